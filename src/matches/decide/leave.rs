//! Days of absence in correspondence play, within the allowance that was agreed.

use super::{Draft, Event, PersonId, Refusal, Seat, Span, Stage, Timestamp, refuse};

impl Draft {
    /// Grants absence from now on: what is asked for, as far as the allowance goes.
    pub(super) fn take_leave(&mut self, by: PersonId, to: Timestamp) -> Result<(), Refusal> {
        let seat = self.on_calendar(by)?;
        if self.game.clock.leave_left(seat) == Span::ZERO {
            return Err(refuse(
                "match/leave-used",
                "You have no days of absence left in this match: its clock runs.",
            )
            .hint(format!(
                "Type `show {}` to see the time left.",
                self.game.id
            )));
        }
        let Some((from, to)) = self.game.clock.grantable(seat, self.at, to) else {
            return Err(refuse("match/leave-known", "I know that already.").hint(
                "Type `absence` to see what is granted, or `absence off` when you are back.",
            ));
        };
        self.emit(Event::OnLeave { seat, from, to })
    }

    /// Ends an absence before its time.
    pub(super) fn end_leave(&mut self, by: PersonId) -> Result<(), Refusal> {
        let seat = self.on_calendar(by)?;
        if !self.game.clock.absences(seat).any(|(_, to)| to > self.at) {
            return Err(refuse(
                "match/not-on-leave",
                "You have not told me of any absence in this match.",
            )
            .hint("Type `absence 3d` for three days from now."));
        }
        self.emit(Event::LeaveEnded { seat })
    }

    /// The seat of somebody in a match that is being played, or stands still.
    fn on_calendar(&self, by: PersonId) -> Result<Seat, Refusal> {
        match self.game.stage {
            Stage::Paused | Stage::Adjourned => self.game.seat_of(by).ok_or_else(|| {
                refuse("match/not-a-player", "You do not play in this match.")
                    .hint("Type `my` for your matches.")
            }),
            _ => self.seat(by),
        }
    }
}
