//! Where a clan comes from that was founded on another referee: its record there, line for line.

use serde::{Deserialize, Serialize};

use crate::kit::Hash;

/// Lines of the record that a clan had on another referee, as they were written there. They are history: who they name by
/// id are people of that referee, and nobody here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Chapter {
    /// The stream they belong to, such as `clan-wolves@referee.old.example`.
    pub origin: String,
    /// The number of the first of these lines in that stream.
    pub from: u64,
    /// The hash of the last of these lines.
    pub head: Hash,
    /// The lines, whole or with their public halves only.
    pub lines: Vec<String>,
}

/// What a clan remembers of its record elsewhere; the lines themselves are in its own record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The stream there.
    pub stream: String,
    /// How many lines of it are known.
    pub lines: u64,
    /// The hash of the last of them.
    pub head: Hash,
}

impl Origin {
    /// What is known of an origin once this chapter was added to what was known before.
    pub fn after(chapter: &Chapter) -> Origin {
        Origin {
            stream: chapter.origin.clone(),
            lines: chapter.from - 1 + chapter.lines.len() as u64,
            head: chapter.head,
        }
    }
}
