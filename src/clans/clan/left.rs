//! Who left, for the time the community wants between leaving and coming back.

use super::{Clan, ClanEvent};
use crate::kit::{PersonId, Refusal, Span, Timestamp, refuse};

/// Departures that are remembered; the oldest is forgotten when there are more.
const MAX_LEFT: usize = 500;

impl Clan {
    /// Notes who goes, and forgets it when they are back.
    pub(super) fn note_leaving(&mut self, at: Timestamp, event: &ClanEvent) {
        match event {
            ClanEvent::Left { who } | ClanEvent::Kicked { who, .. } => {
                self.left.insert(*who, at);
            }
            ClanEvent::Joined { who, .. } => {
                self.left.remove(who);
            }
            _ => {}
        }
        if self.left.len() > MAX_LEFT {
            let oldest = self.left.iter().min_by_key(|(who, at)| (**at, **who));
            if let Some(who) = oldest.map(|(who, _)| *who) {
                self.left.remove(&who);
            }
        }
    }

    /// Refuses somebody who left a short while ago, and was not asked to come back.
    pub fn may_return(&self, now: Timestamp, who: PersonId, rejoin: Span) -> Result<(), Refusal> {
        let free = self.left.get(&who).map(|left| *left + rejoin);
        match free.filter(|free| *free > now) {
            None => Ok(()),
            Some(free) => Err(refuse(
                "clan/rejoin",
                format!(
                    "You belonged to {} until a short while ago and can come back from {} on.",
                    self.name,
                    free.moment()
                ),
            )
            .hint("Whoever may invite there can let you in before.")),
        }
    }
}
