//! What comes after a game: the end of the match, or the next game of a series.

use super::{Draft, Event, Refusal, Seat, Verdict, misfit};

impl Draft {
    /// A game has ended. Outside a series that ends the match; in one the score says whether another game follows.
    pub(super) fn finish(&mut self, verdict: Verdict) -> Result<(), Refusal> {
        let series = self.game.terms.series();
        let Some(series) = series.filter(|_| !verdict.places.is_empty()) else {
            return self.end(verdict, None);
        };
        let game = self.number()?;
        self.emit(Event::Scored { game, verdict })?;
        let tally = self.game.tally.as_ref().ok_or_else(|| misfit("no score"))?;
        match tally.verdict(series) {
            Some(verdict) => self.end(verdict, None),
            None => {
                let game = game + 1;
                // Whoever had the second side has the first one now.
                let first = Seat(u8::from(game.is_multiple_of(2)));
                self.emit(Event::Next { game, first })
            }
        }
    }

    fn number(&self) -> Result<u32, Refusal> {
        let tally = self.game.tally.as_ref();
        tally
            .map(|tally| tally.number())
            .ok_or_else(|| misfit("no score"))
    }
}
