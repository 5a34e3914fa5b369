//! What players can offer each other.

use serde::{Deserialize, Serialize};

use crate::kit::{Seat, Span, Timestamp};

/// Something one player offered the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Offer {
    /// Who offers.
    pub seat: Seat,
    /// What.
    pub what: OfferKind,
    /// Until when it stands; the other's next move ends it too.
    pub expires: Timestamp,
    /// How many moves had been played.
    pub at_move: u32,
    /// For how long, of a pause, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lasts: Option<Span>,
}

/// What can be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfferKind {
    /// To end the game as a draw.
    Draw,
    /// To call the match off without a result.
    Abort,
    /// To take back the asker's last move, and what was answered to it.
    Undo,
    /// To stop for a while.
    Pause,
    /// To go on another day.
    Adjourn,
    /// To go on before a pause ends by itself, or after an adjournment.
    Resume,
}

impl OfferKind {
    /// The word people type.
    pub fn word(self) -> &'static str {
        match self {
            OfferKind::Draw => "draw",
            OfferKind::Abort => "abort",
            OfferKind::Undo => "undo",
            OfferKind::Pause => "pause",
            OfferKind::Adjourn => "adjourn",
            OfferKind::Resume => "resume",
        }
    }

    /// The kind a word names, as [`OfferKind::word`] writes it.
    pub fn read(word: &str) -> Option<OfferKind> {
        OfferKind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Every kind.
    pub const ALL: [OfferKind; 6] = [
        OfferKind::Draw,
        OfferKind::Abort,
        OfferKind::Undo,
        OfferKind::Pause,
        OfferKind::Adjourn,
        OfferKind::Resume,
    ];

    /// What is offered, to complete "alice offers …".
    pub fn what(self) -> &'static str {
        match self {
            OfferKind::Draw => "a draw",
            OfferKind::Abort => "to call the match off",
            OfferKind::Undo => "to take back the last move",
            OfferKind::Pause => "a break",
            OfferKind::Adjourn => "to go on another day",
            OfferKind::Resume => "to go on now",
        }
    }
}
