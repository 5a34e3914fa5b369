//! What ends a match, or is offered to end it: time, resignation, agreement, an admin.

use super::{Draft, Event, Offer, OfferKind, PersonId, Refusal, Stage, Verdict, misfit, refuse};

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
            Stage::Started => self.flags(),
            Stage::Paused | Stage::Adjourned => self.wake_standstills(),
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
        let seat = self.own_seat(by)?;
        let series = whole && self.game.terms.series().is_some();
        self.emit(Event::Resigned { seat, series })?;
        self.settle()
    }

    pub(super) fn abort(&mut self, by: PersonId) -> Result<(), Refusal> {
        if let (Stage::Gathering, Some(side)) = (self.game.stage, self.game.captained_by(by)) {
            let text = format!("{{{side}}} called the match off before the line-ups were in.");
            return self.end_without_result("aborted", text, None);
        }
        let seat = self.own_seat(by)?;
        let alone = !self.game.is_later_game() && self.game.terms.parent().is_none();
        if alone && !self.game.clock.all_moved() {
            return self.end_without_result(
                "aborted",
                format!("{{{seat}}} called the match off before both had moved."),
                None,
            );
        }
        self.offer(by, OfferKind::Abort)
    }

    pub(super) fn offer(&mut self, by: PersonId, what: OfferKind) -> Result<(), Refusal> {
        let seat = self.own_seat(by)?;
        let spec = self.game.terms.game().map(|game| game.spec());
        if what == OfferKind::Draw && !spec.is_some_and(|spec| spec.draw_offers) {
            return Err(
                refuse("match/no-draws", "This game has no draws by agreement.")
                    .hint("Type `abort` to propose calling the match off, or `resign` to give up."),
            );
        }
        let standing = |mine: bool| {
            self.game
                .offers
                .iter()
                .find(|offer| (offer.seat == seat) == mine && offer.what == what)
        };
        if standing(false).is_some_and(|offer| offer.expires > self.at) {
            return self.agree(what);
        }
        if standing(true)
            .is_some_and(|offer| offer.at_move == self.game.plays && offer.expires > self.at)
        {
            return Err(refuse(
                "match/already-offered",
                "You have already offered that; it stands until your opponent moves.",
            )
            .hint("Go on playing, or wait for the answer."));
        }
        let expires = self.at + self.game.terms.clock.offer_lasts();
        self.emit(Event::Offered(Offer {
            seat,
            what,
            expires,
            at_move: self.game.plays,
        }))
    }

    pub(super) fn agree(&mut self, what: OfferKind) -> Result<(), Refusal> {
        let seats = u8::try_from(self.game.seats.len()).map_err(|_| misfit("too many seats"))?;
        match what {
            OfferKind::Draw => {
                self.finish(Verdict::tie(seats, "agreement", "Drawn by agreement."))?;
                self.settle()
            }
            OfferKind::Abort => {
                self.end_without_result("aborted", "Called off by agreement.", None)
            }
        }
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
