//! Standstills: why a match does not go on, and what ends that.

use super::{Draft, Event, Refusal, refuse};
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
            self.emit(Event::Resumed { why })?;
        }
        Ok(())
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
            Some(Pause::Agreed | Pause::Adjourned) => format!("Type `resume {id}` to go on."),
            _ => format!("Type `show {id}` to see how it stands; you are told when it goes on."),
        })
    }
}
