//! Players who are away, and whose clocks run meanwhile.

use super::{Match, Stage};
use crate::games::{Phase, Step, Verdict};
use crate::kit::{Seat, Timestamp};
use crate::matches::away::{Leave, grace};
use crate::matches::event::Event;
use crate::matches::terms::LUCK_BINDS;
use crate::matches::turns;

/// The code of a verdict over somebody who saw the luck of a rated match and never began.
pub const FORFEIT: &str = "forfeit";

impl Match {
    pub(super) fn evolve_absence(&mut self, at: Timestamp, event: &Event) {
        let since = match event {
            Event::Absent { seat, why } => {
                self.absences.gone(*seat, *why, at);
                at
            }
            Event::Back { seat } => {
                self.absences.back(*seat, at);
                at
            }
            Event::GraceOver { seat } => self.absences.grace_over(*seat, at),
            Event::Claimable { seat } => self.absences.claimable(*seat, at),
            Event::Waited { seat, until, .. } => {
                self.absences.wait(*seat, at, *until);
                at
            }
            _ => return,
        };
        if self.stage == Stage::Started {
            self.wind(since);
        }
    }

    /// Makes the clocks run of those the game waits for, but for those whose clock waits for them to come back.
    pub(super) fn wind(&mut self, at: Timestamp) {
        if self.tally.is_some() && matches!(self.phase(), Some(Phase::Over(_))) {
            // What is left may be carried over, so what was used is charged.
            self.turns.clear();
            self.absences.rest(at);
            return self.clock.pause(at);
        }
        let mut waiting = self.waits_for();
        if self.forgives_absence() {
            self.absences.asked(self.terms.clock, &waiting, at);
        }
        self.turns = turns::follow(&self.turns, &waiting, self.plays, at);
        let held = |seat: &Seat| self.absences.held_until(*seat).is_some();
        if self.clock.running().any(|seat| held(&seat)) {
            self.clock.pause(at);
        }
        waiting.retain(|seat| !held(seat));
        self.clock.run(&waiting, at);
    }

    /// Whether absence matters here: the players sit and wait for each other, and everybody has begun. Before, the deadline
    /// of the first move is all there is.
    pub fn forgives_absence(&self) -> bool {
        grace(self.terms.clock, Seat(0)).is_some()
            && self.clock.all_moved()
            && !self.terms.is_elsewhere()
    }

    /// Whether everybody is away, by leaving or by a broken connection.
    pub fn is_deserted(&self) -> bool {
        let mut seats = 0..u8::try_from(self.seats.len()).unwrap_or(0);
        let away = |seat| {
            let away = self.absences.of(Seat(seat));
            away.is_some_and(|away| matches!(away.why, Leave::Left | Leave::Network))
        };
        !self.seats.is_empty() && seats.all(away)
    }

    /// Whether luck was shown that a player of this rated match might like to leave behind. What was agreed before that rule
    /// holds on: there only cards counted.
    pub fn luck_was_seen(&self) -> bool {
        let rolled = self.terms.law >= LUCK_BINDS && self.luck.draws > 0;
        self.terms.rated && (rolled || !self.luck.decks.is_empty())
    }

    /// The verdict when this seat never makes the first move of a rated match although luck was shown; `None` where that
    /// only calls the match off.
    pub fn forfeited(&self, seat: Seat) -> Option<Verdict> {
        let binds = self.terms.law >= LUCK_BINDS && self.luck_was_seen();
        let seats = u8::try_from(self.seats.len()).ok()?;
        (binds && !self.is_deserted()).then(|| {
            let what = "did not begin, although the luck of this rated match was seen";
            Verdict::lost_by(&[seat], seats, FORFEIT, what)
        })
    }

    /// The verdict when this seat claims because those do not come back: as the game rules on their time running out, or on
    /// their leaving where that alone ends nothing. `None` where neither ends the game.
    pub fn abandoned(&self, claimant: Seat, gone: &[Seat]) -> Option<Verdict> {
        let steps = [Step::TimedOut(gone.to_vec()), Step::Left(*gone.first()?)];
        let places = steps.iter().find_map(|step| {
            let mut table = self.table()?.copy();
            table.step(step).ok()?;
            match table.phase() {
                Phase::Over(verdict) => Some(verdict.places),
                _ => None,
            }
        })?;
        let names: Vec<String> = gone.iter().map(|seat| format!("{{{seat}}}")).collect();
        let names = names.join(" and ");
        let text = if places.iter().all(|place| *place == 1) {
            format!("{names} did not come back, but {{{claimant}}} could not have won: drawn.")
        } else {
            format!("{names} did not come back; {{{claimant}}} claims the win.")
        };
        let code = "abandoned".to_owned();
        Some(Verdict { places, code, text })
    }

    /// Time in which the referee could not be reached is charged to nobody.
    pub fn owe(&mut self, from: Timestamp, to: Timestamp) {
        self.clock.owe(from, to);
        self.absences.owe(from, to);
    }

    /// What is owed and not yet recorded, each stretch once.
    pub fn owed(&self) -> Vec<(Timestamp, Timestamp)> {
        let mut owed = self.clock.owed().to_vec();
        let others = self.absences.owed().iter();
        owed.extend(others.filter(|stretch| !self.clock.owed().contains(stretch)));
        owed.sort_unstable();
        owed
    }
}
