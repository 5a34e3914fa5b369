//! The word for "the person cannot have this".

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a person cannot have what they asked for, and what to type instead.
///
/// A refusal is an ordinary answer, not a fault: nothing changed, nothing is journaled. `code` is stable and meant for
/// programs; `text` is one whole sentence for people; `hint`, when there is one, says what to type next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Stable code such as `match/not-your-turn`.
    pub code: Cow<'static, str>,
    /// One whole sentence for people.
    pub text: String,
    /// What to type next, as a whole sentence.
    pub hint: Option<String>,
}

/// Makes a refusal from its stable code and its sentence.
pub fn refuse(code: &'static str, text: impl Into<String>) -> Refusal {
    Refusal {
        code: Cow::Borrowed(code),
        text: text.into(),
        hint: None,
    }
}

impl Refusal {
    /// Adds what to type next.
    pub fn hint(mut self, hint: impl Into<String>) -> Refusal {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match &self.hint {
            Some(hint) => write!(f, " {hint}"),
            None => Ok(()),
        }
    }
}
