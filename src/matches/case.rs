//! What human referees have to do with a match: who called them, what they ruled, and whether anything waits for them.

use serde::{Deserialize, Serialize};

use crate::kit::{PersonId, Seat, Span, Timestamp};

/// How often one player may call a human referee in one match.
pub const MAX_DISPUTES: usize = 2;
/// How long after a ruling a player may appeal.
pub const APPEAL_LASTS: Span = Span::days(1);
/// The longest reason of a dispute, an appeal or a ruling, in characters.
pub const MAX_REASON_CHARS: usize = 200;
/// How long nobody moves in a match without a clock before human referees are told.
pub const STALLS_AFTER: Span = Span::days(7);
/// How long a match stands still without an end in sight before human referees are told.
pub const RESTS_AFTER: Span = Span::days(30);

/// Disputes, rulings and stalls of one match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// What waits for a ruling now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub open: Option<Claim>,
    /// Who called a referee so far, once for each time.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub filed: Vec<Seat>,
    /// What was ruled, in order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub rulings: Vec<Given>,
    /// Whether the one appeal of this match was made.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub appealed: bool,
    /// Whether the match had ended before, so that this end, or the one to come, is not the first.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub reopened: bool,
    /// Since when nobody has done anything, once referees were told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stalled: Option<Timestamp>,
}

/// What a player wants a human referee to rule on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Who called.
    pub seat: Seat,
    /// Why, in the player's words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// Whether it is an appeal against a ruling.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub appeal: bool,
}

/// A ruling that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The human referee.
    pub by: PersonId,
    /// What was ruled.
    pub ruling: Ruling,
    /// Why, in the referee's words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl Case {
    /// Whether no human referee ever had to do with the match.
    pub fn is_empty(&self) -> bool {
        *self == Case::default()
    }

    /// Until when the last ruling may be appealed against; `None` when it may not.
    pub fn appeal_until(&self) -> Option<Timestamp> {
        let last = self.rulings.last()?;
        (!self.appealed && self.open.is_none()).then(|| last.at + APPEAL_LASTS)
    }
}

/// What a human referee rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Ruling {
    /// This seat wins.
    Win {
        /// Which.
        seat: Seat,
    },
    /// The match is drawn.
    Draw,
    /// The match has no result.
    Void,
    /// The match goes on as it stands; after the end, the result stands.
    Continue,
    /// The match goes on from the position after so many moves.
    Back {
        /// How many moves stay.
        to: u32,
    },
}

impl Ruling {
    /// The word people type: one of `win draw void continue back`.
    pub fn word(self) -> &'static str {
        match self {
            Ruling::Win { .. } => "win",
            Ruling::Draw => "draw",
            Ruling::Void => "void",
            Ruling::Continue => "continue",
            Ruling::Back { .. } => "back",
        }
    }

    /// Whether it ends the match, or changes how it ended.
    pub fn ends(self) -> bool {
        matches!(self, Ruling::Win { .. } | Ruling::Draw | Ruling::Void)
    }

    /// What is ruled, to complete "carol rules that …", with players as `{0}`, `{1}`.
    pub fn that(self, over: bool) -> String {
        match self {
            Ruling::Win { seat } => format!("{{{seat}}} wins"),
            Ruling::Draw => "the match is drawn".to_owned(),
            Ruling::Void => "the match has no result".to_owned(),
            Ruling::Continue if over => "the result stands".to_owned(),
            Ruling::Continue => "the match goes on as it stands".to_owned(),
            Ruling::Back { to: 0 } => "the match goes on from the start".to_owned(),
            Ruling::Back { to } => format!("the match goes on from move {to}"),
        }
    }
}
