//! What ends a match, agreement apart: time, resignation, calling it off early, an admin.

use super::{Draft, Event, OfferKind, PersonId, Phase, Refusal, Stage};

impl Draft {
    pub(super) fn wake(&mut self) -> Result<(), Refusal> {
        match self.game.stage {
            Stage::Challenged | Stage::Open if self.game.expires <= self.at => {
                let text = if self.game.stage == Stage::Open {
                    "Nobody came in time; {0} no longer waits."
                } else {
                    "{1} did not answer in time; the challenge has lapsed."
                };
                self.end_without_result("expired", text, None)
            }
            Stage::Gathering if self.game.expires <= self.at => self.no_lineup(),
            Stage::Started => {
                self.flags()?;
                self.stall()
            }
            Stage::Paused | Stage::Adjourned => {
                self.wake_standstills()?;
                self.stall()
            }
            Stage::Over if self.game.next_wake().is_some_and(|due| due <= self.at) => {
                self.leave_room()
            }
            _ => Ok(()),
        }
    }

    /// Flags fall until nobody is overdue: whoever has no time left is out of time again at once when the game goes on.
    /// Each one is a step, and no game has more steps than its rules allow.
    fn flags(&mut self) -> Result<(), Refusal> {
        while self.game.stage == Stage::Started {
            if let Some(event) = self.absence_due() {
                self.emit(event)?;
                continue;
            }
            let overdue = self.game.overdue(self.at);
            if let Some(seat) = overdue.no_shows.first() {
                return self.no_first_move(*seat);
            }
            if overdue.flags.is_empty() {
                return Ok(());
            }
            // Before everybody has begun, absence stops no clock; but nobody wins a match that all have left.
            if let Some(seat) = overdue.flags.first()
                && self.game.is_deserted()
                && !self.game.clock.all_moved()
            {
                return self.no_first_move(*seat);
            }
            self.emit(Event::Flagged {
                seats: overdue.flags,
            })?;
            self.settle()?;
        }
        Ok(())
    }

    pub(super) fn leave_room(&mut self) -> Result<(), Refusal> {
        if self.game.node.is_some() {
            self.emit(Event::Unfed)?;
        }
        self.emit(Event::Vacated)
    }

    pub(super) fn resign(&mut self, by: PersonId, whole: bool) -> Result<(), Refusal> {
        let seat = self.resting_seat(by)?;
        let series = whole && self.game.terms.series().is_some();
        self.emit(Event::Resigned { seat, series })?;
        // Also while the match stands still: whoever gives up need not go on first.
        if let Some(Phase::Over(verdict)) = self.game.phase() {
            self.finish(verdict)?;
        }
        self.settle()
    }

    pub(super) fn abort(&mut self, by: PersonId) -> Result<(), Refusal> {
        if let (Stage::Gathering, Some(side)) = (self.game.stage, self.game.captained_by(by)) {
            let text = format!("{{{side}}} called the match off before the line-ups were in.");
            return self.end_without_result("aborted", text, None);
        }
        let seat = self.resting_seat(by)?;
        if self.game.may_abort_alone() {
            return self.end_without_result(
                "aborted",
                format!("{{{seat}}} called the match off before both had moved."),
                None,
            );
        }
        self.offer(by, OfferKind::Abort, None)
    }

    pub(super) fn admin_abort(
        &mut self,
        by: Option<PersonId>,
        reason: &str,
    ) -> Result<(), Refusal> {
        if self.game.stage == Stage::Over {
            return Err(self.too_late());
        }
        self.end_without_result("admin", format!("Ended by an admin: {reason}"), by)
    }
}
