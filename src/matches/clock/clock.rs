//! The clocks of one match while they run.
//!
//! Clocks run from our receipt of one move to our receipt of the next. A player's first move is not on the clock: it has
//! a deadline of its own, after which the match is called off without a result, so that nobody loses a match that they
//! did not know had begun. Time during which the referee could not be reached is owed to the players ([`Clock::owe`]) and
//! never charged. What a turn costs is reckoned once, when it ends, from all the time it took: a pause in the middle of a
//! delay or of a byo-yomi period changes nothing.

use serde::{Deserialize, Serialize};

use super::face::{Face, Reading};
use super::rule::{ClockRule, Control};
use super::stretch::{Stretch, covered, reach};
use crate::kit::{Seat, Span, Timestamp};

/// The clocks of one match. A value: it is told the time and never reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// One per seat; empty before the start.
    pub(super) faces: Vec<Face>,
    /// The seats whose time runs, each since when.
    running: Vec<(Seat, Timestamp)>,
    /// Stretches of time that must not be charged and are not yet part of the record.
    owed: Vec<Stretch>,
    /// Absences that were granted, and whose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) away: Vec<(Seat, Timestamp, Timestamp)>,
}

/// Whose time is up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overdue {
    /// Flags that fell.
    pub flags: Vec<Seat>,
    /// First moves that were never made.
    pub no_shows: Vec<Seat>,
}

impl Clock {
    /// Clocks at rest.
    pub fn new(rule: ClockRule, seats: u8) -> Clock {
        Clock {
            faces: (0..seats)
                .map(|seat| Face::new(rule.of(Seat(seat))))
                .collect(),
            ..Clock::default()
        }
    }

    /// Clocks at rest for the next game of a series. With `carry` what was left of a time for the whole game is added to the
    /// new one. Days of absence are for the whole match.
    pub fn again(&mut self, rule: ClockRule, carry: bool) {
        for (seat, face) in (0..).map(Seat).zip(&mut self.faces) {
            let control = rule.of(seat);
            let mut fresh = Face::new(control);
            fresh.leave = face.leave;
            let adds_up = matches!(
                control,
                Control::Increment { .. } | Control::Delay { .. } | Control::Bronstein { .. }
            );
            if carry && adds_up {
                fresh.left = fresh.left + Span((face.left - face.spent).0.max(0));
            }
            *face = fresh;
        }
        self.running.clear();
    }

    /// Makes exactly these seats' time run; a seat that runs already goes on without a new start.
    pub fn run(&mut self, seats: &[Seat], now: Timestamp) {
        let asked = |seat: &Seat| seats.contains(seat);
        let dropped: Vec<Seat> = self.running().filter(|seat| !asked(seat)).collect();
        self.rest(&dropped);
        for seat in seats {
            if self.since(*seat).is_none() {
                self.running.push((*seat, now));
                self.away
                    .retain(|(whose, _, to)| whose != seat || *to > now);
            }
        }
        if self.running.is_empty() {
            self.owed.clear();
        }
    }

    /// Stops every clock in the middle of its turn. When [`Clock::run`] starts it again the turn goes on from there: the
    /// elapsed part of a period or of a delay stays used. A first move that is not on the clock has its whole time again.
    pub fn pause(&mut self, now: Timestamp) {
        for (seat, since) in std::mem::take(&mut self.running) {
            let counted = self.counted(seat, since, now);
            if let Some(face) = self.faces.get_mut(seat.index()) {
                face.spent = if face.moved {
                    face.spent + counted
                } else {
                    Span::ZERO
                };
            }
        }
        self.owed.clear();
    }

    /// Ends the wait for seats that could have acted and did not have to: nothing is charged, and whoever has time for each
    /// move has all of it at the next.
    pub fn rest(&mut self, seats: &[Seat]) {
        for (seat, _) in self
            .running
            .extract_if(.., |(seat, _)| seats.contains(seat))
        {
            if let Some(face) = self.faces.get_mut(seat.index()) {
                face.spent = Span::ZERO;
            }
        }
    }

    /// Ends a seat's turn: what it used is charged, less the lag that is forgiven; what the rule adds is added.
    pub fn stop(&mut self, rule: ClockRule, seat: Seat, now: Timestamp, lag: Option<Span>) {
        let Some(at) = self.running.iter().position(|(runs, _)| *runs == seat) else {
            return;
        };
        let (_, since) = self.running.remove(at);
        let counted = self.counted(seat, since, now);
        let Some(face) = self.faces.get_mut(seat.index()) else {
            return;
        };
        let lag = lag.unwrap_or_default().min(rule.lag);
        let used = Span((face.spent + counted - lag).0.max(0));
        face.spent = Span::ZERO;
        if !face.moved {
            face.moved = true;
            return;
        }
        let gained = used.min(face.left);
        face.charge(rule.of(seat), used);
        self.turn_over(rule, seat, gained);
    }

    /// Gives a seat time, by a ruling; with days per move, for its next move. Without a clock there is nothing to give.
    pub fn give(&mut self, rule: ClockRule, seat: Seat, time: Span) {
        let Some(face) = self.faces.get_mut(seat.index()) else {
            return;
        };
        match rule.of(seat) {
            Control::None => {}
            Control::PerMove { .. } => face.spent = face.spent - time,
            _ => face.left = face.left + time,
        }
    }

    /// Writes a seat's time off after its flag fell.
    pub fn empty(&mut self, rule: ClockRule, seat: Seat) {
        self.running.retain(|(running, _)| *running != seat);
        let Some(face) = self.faces.get_mut(seat.index()) else {
            return;
        };
        let gained = face.left;
        face.spent = Span::ZERO;
        if !matches!(rule.of(seat), Control::None | Control::PerMove { .. }) {
            (face.left, face.spare) = (Span::ZERO, 0);
        }
        self.turn_over(rule, seat, gained);
    }

    /// Sand that ran out of one end of the glass is in the other.
    fn turn_over(&mut self, rule: ClockRule, from: Seat, sand: Span) {
        if let (Control::Hourglass { .. }, Some(face)) =
            (rule.of(from), self.faces.get_mut(from.other().index()))
        {
            face.left = face.left + sand;
        }
    }

    /// Time that must not be charged, because the referee could not be reached.
    pub fn owe(&mut self, from: Timestamp, to: Timestamp) {
        if from < to && self.running.iter().any(|(_, since)| *since < to) {
            self.owed.push((from, to));
        }
    }

    /// What is owed and not yet recorded.
    pub fn owed(&self) -> &[Stretch] {
        &self.owed
    }

    /// Pays back a stretch to every clock that runs: what of it would have been charged counts as not used.
    pub fn credit(&mut self, from: Timestamp, to: Timestamp) {
        self.owed.retain(|owed| *owed != (from, to));
        for (seat, since) in self.running.clone() {
            let mut free = self.free(seat);
            let before = covered(&free, since, to);
            free.push((from, to));
            let gain = covered(&free, since, to) - before;
            if let Some(face) = self.faces.get_mut(seat.index()) {
                face.spent = face.spent - gain;
            }
        }
    }

    /// Stretches that do not count for this seat.
    fn free(&self, seat: Seat) -> Vec<Stretch> {
        let away = self.away.iter().filter(|(whose, ..)| *whose == seat);
        let away = away.map(|(_, from, to)| (*from, *to));
        self.owed.iter().copied().chain(away).collect()
    }

    /// How much of the time since then counts.
    fn counted(&self, seat: Seat, since: Timestamp, now: Timestamp) -> Span {
        Span(
            (now - since - covered(&self.free(seat), since, now))
                .0
                .max(0),
        )
    }

    fn since(&self, seat: Seat) -> Option<Timestamp> {
        let mut running = self.running.iter();
        running.find(|(runs, _)| *runs == seat).map(|(_, at)| *at)
    }

    /// How much of its turn a seat has used; nothing while the first move is due, for that is not on the clock.
    fn used(&self, seat: Seat, now: Timestamp) -> Span {
        let Some(face) = self.faces.get(seat.index()).filter(|face| face.moved) else {
            return Span::ZERO;
        };
        let counted = self
            .since(seat)
            .map_or(Span::ZERO, |since| self.counted(seat, since, now));
        Span((face.spent + counted).0.max(0))
    }

    /// What a seat's clock shows; `None` without a clock.
    pub fn shows(&self, rule: ClockRule, seat: Seat, now: Timestamp) -> Option<Reading> {
        let face = self.faces.get(seat.index())?;
        let control = rule.of(seat);
        let mut reading = face.reading(control, self.used(seat, now))?;
        if matches!(control, Control::Hourglass { .. }) && self.since(seat).is_none() {
            let other = seat.other();
            let theirs = self.faces.get(other.index()).map(|face| face.left);
            let sand = self.used(other, now).min(theirs.unwrap_or_default());
            reading.left = reading.left + sand;
        }
        Some(reading)
    }

    /// Whether this seat has made its first move, so that its clock really runs.
    fn is_timed(&self, seat: Seat) -> bool {
        self.faces.get(seat.index()).is_some_and(|face| face.moved)
    }

    /// Whether every seat has moved at least once.
    pub fn all_moved(&self) -> bool {
        self.faces.iter().all(|face| face.moved)
    }

    /// Notes a move of a seat in a match without running clocks, so that [`Clock::all_moved`] is right there too.
    pub fn note_move(&mut self, seat: Seat) {
        if let Some(face) = self.faces.get_mut(seat.index()) {
            face.moved = true;
        }
    }

    /// How much of a measured lag is forgiven for a move made now; `None` where none is.
    pub fn forgives(&self, rule: ClockRule, seat: Seat, lag: Option<Span>) -> Option<Span> {
        let lag = lag?.min(rule.lag);
        let counts = lag > Span::ZERO && self.is_timed(seat) && self.since(seat).is_some();
        counts.then_some(lag)
    }

    /// Whether a move that comes now, after so much lag, comes when the time is up. The flag itself falls a little later
    /// where lag is forgiven, because nobody knows before the move arrives how much of it there was.
    pub fn is_too_late(
        &self,
        rule: ClockRule,
        seat: Seat,
        now: Timestamp,
        lag: Option<Span>,
    ) -> bool {
        let Some(face) = self.faces.get(seat.index()).filter(|face| face.moved) else {
            return false;
        };
        let lag = lag.unwrap_or_default().min(rule.lag);
        let used = self.used(seat, now) - lag;
        self.since(seat).is_some()
            && face
                .budget(rule.of(seat))
                .is_some_and(|budget| used >= budget)
    }

    /// When the next flag falls or the next first move is overdue, and whose it is.
    pub fn next_flag(&self, rule: ClockRule) -> Option<Timestamp> {
        self.running
            .iter()
            .filter_map(|(seat, since)| self.deadline(rule, *seat, *since))
            .min()
    }

    /// When a seat's flag falls or its first move is overdue, if its time runs.
    pub fn flag_of(&self, rule: ClockRule, seat: Seat) -> Option<Timestamp> {
        self.deadline(rule, seat, self.since(seat)?)
    }

    fn deadline(&self, rule: ClockRule, seat: Seat, since: Timestamp) -> Option<Timestamp> {
        let face = self.faces.get(seat.index())?;
        let allowed = if face.moved {
            face.budget(rule.of(seat))? + rule.lag
        } else {
            rule.first_move(seat)?
        };
        Some(reach(&self.free(seat), since, allowed - face.spent))
    }

    /// The seats whose flag has fallen, and those that never made their first move in time. Only the earliest count.
    pub fn overdue(&self, rule: ClockRule, now: Timestamp) -> Overdue {
        let due = |seat: &Seat, since: &Timestamp| self.deadline(rule, *seat, *since);
        let Some(first) = self.next_flag(rule).filter(|first| *first <= now) else {
            return Overdue::default();
        };
        let mut overdue = Overdue::default();
        for (seat, since) in &self.running {
            if due(seat, since) == Some(first) {
                let list = if self.is_timed(*seat) {
                    &mut overdue.flags
                } else {
                    &mut overdue.no_shows
                };
                list.push(*seat);
            }
        }
        overdue.flags.sort();
        overdue.no_shows.sort();
        overdue
    }

    /// The seats whose time runs now.
    pub fn running(&self) -> impl Iterator<Item = Seat> + '_ {
        self.running.iter().map(|(seat, _)| *seat)
    }
}
