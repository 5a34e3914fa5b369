//! Standstills: why a match does not go on, and what ends that.

use super::{Draft, Event, OfferKind, PersonId, Refusal, refuse};
use crate::matches::event::Pause;
use crate::matches::state::Match;

impl Draft {
    /// A cause that goes by itself at its time.
    pub(super) fn wake_standstills(&mut self) -> Result<(), Refusal> {
        let now = self.at;
        let due = |until: Option<crate::kit::Timestamp>| until.is_some_and(|until| until <= now);
        let over: Vec<Pause> = (self.game.standstills.iter())
            .filter(|held| due(held.until))
            .map(|held| held.why)
            .collect();
        for why in over {
            match why {
                // While a ruling is awaited nothing else becomes of the match.
                _ if self.holds(Pause::Dispute) => self.emit(Event::Resumed { why })?,
                Pause::Absent => return self.deserted_too_long(),
                Pause::Outage => self.outage_too_long()?,
                _ => self.emit(Event::Resumed { why })?,
            }
        }
        Ok(())
    }

    /// A player wants to play on: with whoever is back at once, after a break when the other wants it too.
    pub(super) fn resume(&mut self, by: PersonId) -> Result<(), Refusal> {
        let id = self.game.id;
        if self.game.seat_of(by).is_none() {
            return Err(
                refuse("match/not-a-player", "You do not play in this match.")
                    .hint(format!("Type `watch {id}` to be told how it goes.")),
            );
        }
        match (self.holds(Pause::Dispute), self.holds(Pause::Absent)) {
            (true, _) => Err(self.game.standing_still()),
            (false, true) => self.resume_deserted(),
            (false, false) => self.offer(by, OfferKind::Resume, None),
        }
    }
}

impl Match {
    /// The refusal of a move while the match stands still.
    pub fn standing_still(&self) -> Refusal {
        let id = self.id;
        // What the players cannot end themselves is what they have to know.
        let held = &self.standstills;
        let first = held.iter().find(|held| !held.why.is_the_players());
        let why = first.or(held.first()).map(|held| held.why);
        let because = why.map_or("it was stopped", Pause::because);
        refuse(
            "match/paused",
            format!("Match {id} stands still: {because}. No clock runs."),
        )
        .hint(match why {
            Some(Pause::Dispute) => {
                format!("Type `show {id}` to see how it stands; you are told of the ruling.")
            }
            Some(Pause::Agreed | Pause::Adjourned) => format!("Type `resume {id}` to go on."),
            Some(Pause::Absent) => format!("Type `resume {id}` when everybody is there."),
            _ => format!("Type `show {id}` to see how it stands; you are told when it goes on."),
        })
    }
}
