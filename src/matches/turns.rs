//! Who is waited for, since when, and how often that was told again: what the due time of a reminder derives from.

use serde::{Deserialize, Serialize};

use super::state::{Match, Stage};
use crate::kit::{Seat, Span, Timestamp};

/// Reminders of one turn: whoever does not answer the third knows.
pub const MAX_REMINDERS: u8 = 3;

/// A seat that is to act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Whose turn it is.
    pub seat: Seat,
    /// How many moves had been played: with the seat, the identity of the turn.
    pub plays: u32,
    /// Since when.
    pub since: Timestamp,
    /// When that was last told: at first, or by a reminder.
    pub told: Timestamp,
    /// How often the player was reminded.
    pub reminded: u8,
}

impl Turn {
    /// Whether one more reminder may come.
    pub fn may_be_told_again(&self) -> bool {
        self.reminded < MAX_REMINDERS
    }
}

/// The turns after a change: those that go on keep their beginning.
pub(super) fn follow(before: &[Turn], waiting: &[Seat], plays: u32, at: Timestamp) -> Vec<Turn> {
    let one = |seat: &Seat| {
        let goes_on = |turn: &&Turn| turn.seat == *seat && turn.plays == plays;
        before.iter().find(goes_on).cloned().unwrap_or(Turn {
            seat: *seat,
            plays,
            since: at,
            told: at,
            reminded: 0,
        })
    };
    waiting.iter().map(one).collect()
}

impl Match {
    /// The turns that wait for an answer; none while nothing is to be played.
    pub fn turns(&self) -> &[Turn] {
        match self.stage {
            Stage::Started => &self.turns,
            _ => &[],
        }
    }

    /// Whether time runs in minutes here, so that nobody is told anything late.
    pub fn is_live(&self) -> bool {
        self.stage == Stage::Started && self.terms.clock.is_fast()
    }

    /// Until when a turn has to be answered, where anything ends it; a first move that is not on the clock has its own time.
    pub fn answer_by(&self, turn: &Turn) -> Option<Timestamp> {
        self.clock.flag_of(self.terms.clock, turn.seat)
    }

    /// When a turn is told again where the player has chosen nothing: once, when half of the time for it has passed. With
    /// a running clock of minutes, and without a clock, never.
    pub fn usual_reminder(&self, turn: &Turn) -> Option<Timestamp> {
        if turn.reminded > 0 || self.is_live() {
            return None;
        }
        let by = self.answer_by(turn)?;
        Some(turn.since + Span((by - turn.since).0 / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_goes_on_keeps_its_beginning() {
        let (first, later) = (Timestamp(1000), Timestamp(2000));
        let mut turns = follow(&[], &[Seat(0), Seat(1)], 4, first);
        turns[1].reminded = 2;
        let turns = follow(&turns, &[Seat(1)], 4, later);
        assert_eq!((turns.len(), turns[0].since), (1, first));
        assert_eq!(turns[0].reminded, 2);
        let turns = follow(&turns, &[Seat(1)], 5, later);
        assert_eq!((turns[0].since, turns[0].reminded), (later, 0));
    }
}
