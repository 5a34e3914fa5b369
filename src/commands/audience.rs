//! What a challenge says of spectators: how much later they see the position, and how many there may be.

use super::card::{Ask, Field, Kind, WordsFor};
use crate::kit::{Refusal, clip, refuse};
use crate::matches::{Delay, MAX_SPECTATORS};

pub(super) const DELAY: Field = Field {
    name: "delay",
    label: "How much later spectators see the position: 30s, 5m, 2moves",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::Named,
};
pub(super) const SPECTATORS: Field = Field {
    name: "spectators",
    label: "How many may watch (0 for nobody)",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::Named,
};

impl Ask<'_> {
    /// The delay that was asked for.
    pub(super) fn delay(&self) -> Result<Option<Delay>, Refusal> {
        match self.field("delay") {
            None | Some("0" | "none" | "no" | "off") => Ok(None),
            Some(text) => text.parse().map(Some),
        }
    }

    /// The cap that was asked for.
    pub(super) fn spectators(&self) -> Result<Option<u16>, Refusal> {
        let Some(text) = self.field("spectators") else {
            return Ok(None);
        };
        let cap = text.parse().ok().filter(|cap| *cap <= MAX_SPECTATORS);
        cap.map(Some).ok_or_else(|| {
            refuse(
                "match/spectators",
                format!("`{}` is no number of spectators.", clip(text, 20)),
            )
            .hint(format!(
                "Write spectators=20, or spectators=0 for nobody; at most {MAX_SPECTATORS}."
            ))
        })
    }
}
