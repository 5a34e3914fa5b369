//! The games of one match: laid out one after the other in a series, and counted.

use super::{Held, Match, misfit};
use crate::games::{Verdict, turned as turned_table};
use crate::kit::{Refusal, Seat, Timestamp};
use crate::matches::clock::Overdue;
use crate::matches::series::GameOver;

impl Match {
    /// What a seat plays in the game at the table: `white`. In a series sides change from game to game.
    pub fn side_of(&self, seat: Seat) -> Option<&'static str> {
        let turned = self.table.as_ref().is_some_and(|held| held.turned);
        let side = if turned { seat.other() } else { seat };
        let sides = self.terms.game()?.spec().sides;
        sides.get(side.index()).copied()
    }

    /// How many moves had been made before the game at the table: not 0 in the later games of a series.
    pub fn moves_before(&self) -> u32 {
        let tally = self.tally.as_ref();
        let last = tally.and_then(|tally| tally.games.iter().nth_back(usize::from(tally.between)));
        last.map_or(0, |played| played.plays)
    }

    /// Whether this is a later game of a series: nobody may slip out of it any more.
    pub fn is_later_game(&self) -> bool {
        self.tally
            .as_ref()
            .is_some_and(|tally| !tally.games.is_empty())
    }

    /// Whose time is up. In the later games of a series a first move that never came is a flag like any other.
    pub fn overdue(&self, now: Timestamp) -> Overdue {
        let mut overdue = self.clock.overdue(self.terms.clock, now);
        if self.is_later_game() {
            overdue.flags.append(&mut overdue.no_shows);
            overdue.flags.sort();
        }
        overdue
    }

    /// Lays out the game anew, with the players on each other's sides or not.
    pub(super) fn lay(&mut self, seats: u8, turned: bool) -> Result<(), Refusal> {
        let game = self.terms.game().ok_or_else(|| misfit("unknown rules"))?;
        let table = game.open(&self.terms.setup, seats)?;
        self.table = Some(Held {
            game: self.terms.game.clone(),
            rules: self.terms.rules,
            turned,
            table: if turned { turned_table(table) } else { table },
        });
        Ok(())
    }

    /// A game of a series is over: what was used of the clocks is charged, offers are off.
    pub(super) fn scored(&mut self, at: Timestamp, verdict: &Verdict) -> Result<(), Refusal> {
        let (Some(tally), Some(series)) = (self.tally.as_mut(), self.terms.series()) else {
            return Err(misfit("a game is counted outside a series"));
        };
        let decks = u32::try_from(self.luck.decks.len()).unwrap_or(u32::MAX);
        let counts = !tally.replays(series, &verdict.places);
        tally.games.push(GameOver {
            places: verdict.places.clone(),
            code: verdict.code.clone(),
            plays: self.plays,
            decks,
            counts,
        });
        tally.between = true;
        self.chosen.clear();
        self.offers.clear();
        self.asked.clear();
        self.turns.clear();
        self.clock.pause(at);
        Ok(())
    }

    /// The next game of a series begins, with `first` on the game's first side.
    pub(super) fn next_game(&mut self, at: Timestamp, first: Seat) -> Result<(), Refusal> {
        let (Some(tally), Some(series)) = (self.tally.as_mut(), self.terms.series()) else {
            return Err(misfit("a next game outside a series"));
        };
        tally.between = false;
        let count = u8::try_from(self.seats.len()).map_err(|_| misfit("too many seats"))?;
        self.log_game();
        self.lay(count, first != Seat(0))?;
        self.clock.again(self.terms.clock, series.carry);
        self.wind(at);
        Ok(())
    }
}
