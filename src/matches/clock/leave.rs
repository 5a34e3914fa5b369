//! Days of absence in correspondence play: so much per player and match, agreed before play (`2d+14v`).
//!
//! As in ICCF play, leave is counted in days of the calendar, whoever's turn it is: what was granted is gone from the
//! allowance, and what is left of it when the player comes back early is returned.

use super::clock::Clock;
use crate::kit::{Seat, Span, Timestamp};

/// Absences of one player that are kept at a time: those ahead, and those of the turn that runs.
const MAX_ABSENCES: usize = 8;

impl Clock {
    /// The allowance a seat has left; zero where the clock knows no absence.
    pub fn leave_left(&self, seat: Seat) -> Span {
        self.faces
            .get(seat.index())
            .map_or(Span::ZERO, |face| face.leave)
    }

    /// What of an absence can be granted: its first part that is not granted already, as far as the allowance goes.
    /// `None` when that is nothing, or when enough absences lie ahead.
    pub fn grantable(
        &self,
        seat: Seat,
        from: Timestamp,
        to: Timestamp,
    ) -> Option<(Timestamp, Timestamp)> {
        let mut granted: Vec<_> = self.absences(seat).collect();
        granted.sort_unstable();
        let mut from = from;
        for (begin, end) in &granted {
            if *begin <= from && from < *end {
                from = *end;
            }
        }
        let next = granted.iter().map(|(begin, _)| *begin);
        let next = next.filter(|begin| *begin > from).min().unwrap_or(to);
        let to = to.min(next).min(from + self.leave_left(seat));
        (from < to && granted.len() < MAX_ABSENCES).then_some((from, to))
    }

    /// Grants an absence: this seat's clock stands still over it, and the allowance is less by its length.
    pub fn grant(&mut self, seat: Seat, from: Timestamp, to: Timestamp) {
        if let Some(face) = self.faces.get_mut(seat.index())
            && from < to
        {
            face.leave = Span((face.leave - (to - from)).0.max(0));
            self.away.push((seat, from, to));
        }
    }

    /// The player is back: absences end now, and those ahead are off. What was not used returns to the allowance.
    pub fn back(&mut self, seat: Seat, now: Timestamp) {
        let mut returned = Span::ZERO;
        for (whose, from, to) in &mut self.away {
            if *whose == seat && *to > now {
                let end = now.max(*from);
                returned = returned + (*to - end);
                *to = end;
            }
        }
        self.away.retain(|(_, from, to)| from < to);
        if let Some(face) = self.faces.get_mut(seat.index()) {
            face.leave = face.leave + returned;
        }
    }

    /// The absences of a seat that were granted and may still matter, each from and to.
    pub fn absences(&self, seat: Seat) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let mine = self.away.iter().filter(move |(whose, ..)| *whose == seat);
        mine.map(|(_, from, to)| (*from, *to))
    }
}
