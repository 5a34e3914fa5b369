//! Standstills: why a match does not go on, and what ends that.

use super::{Draft, Event, PersonId, Refusal, Stage, refuse};
use crate::matches::event::Pause;

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
                Pause::Absent => return self.deserted_too_long(),
                Pause::Outage => self.outage_too_long()?,
                _ => self.emit(Event::Resumed { why })?,
            }
        }
        Ok(())
    }

    /// A player wants to play on.
    pub(super) fn resume(&mut self, by: PersonId) -> Result<(), Refusal> {
        let id = self.game.id;
        if self.game.seat_of(by).is_none() {
            return Err(
                refuse("match/not-a-player", "You do not play in this match.")
                    .hint(format!("Type `watch {id}` to be told how it goes.")),
            );
        }
        if self.holds(Pause::Absent) {
            return self.resume_deserted();
        }
        match self.game.stage {
            Stage::Paused | Stage::Adjourned => Err(self.standing_still()),
            _ => Err(
                refuse("match/not-paused", "This match does not stand still.")
                    .hint(format!("Type `show {id}` to see it.")),
            ),
        }
    }

    /// The refusal of a move while the match stands still.
    pub(super) fn standing_still(&self) -> Refusal {
        let id = self.game.id;
        let why = self.game.standstills.first().map(|held| held.why);
        let because = why.map_or("it was stopped", Pause::because);
        refuse(
            "match/paused",
            format!("Match {id} stands still: {because}. No clock runs."),
        )
        .hint(match why {
            Some(Pause::Agreed | Pause::Adjourned | Pause::Absent) => {
                format!("Type `resume {id}` to go on.")
            }
            _ => format!("Type `show {id}` to see how it stands; you are told when it goes on."),
        })
    }
}
