//! Answers to challenges and open matches.

use super::{Draft, Event, OfferKind, PersonId, Question, Refusal, Seat, Side, Stage};
use super::{checked_salt, misfit, refuse};
use crate::games::Draw;

impl Draft {
    pub(super) fn accept(&mut self, by: PersonId, salt: Option<String>) -> Result<(), Refusal> {
        let salt = checked_salt(salt)?;
        if self.game.awaits_member(by) {
            return self.enlist(by);
        }
        if self.game.awaits_consent_of(by) {
            return self.consent(by);
        }
        match self.game.stage {
            Stage::Challenged if self.game.to == Some(by) => {}
            Stage::Open if self.game.by != by => {}
            Stage::Open => {
                return Err(refuse(
                    "match/own-open",
                    "This is your own open match: wait for somebody else.",
                ));
            }
            Stage::Challenged => {
                return Err(
                    refuse("match/not-yours", "This challenge is for somebody else.")
                        .hint("Type `open` to see matches that wait for anybody."),
                );
            }
            _ => return Err(self.too_late()),
        }
        self.emit(Event::Accepted { by, salt })?;
        if self.game.stage == Stage::Gathering {
            return self.begin_if_ready();
        }
        self.seat_and_start()
    }

    /// Everybody is there: seats are given, and play begins.
    pub(super) fn seat_and_start(&mut self) -> Result<(), Refusal> {
        let by = self.game.to.ok_or_else(|| misfit("nobody accepted"))?;
        let challenger = match self.game.terms.side {
            Side::Seat(seat) => seat,
            Side::Luck => {
                let ask = Question::Dice { count: 1, sides: 2 };
                self.draw(ask)?;
                match self.made.events.last() {
                    Some(Event::Drawn {
                        outcome: Some(Draw::Dice(faces)),
                        ..
                    }) => Seat(u8::from(faces == &[2])),
                    _ => return Err(misfit("the draw for seats")),
                }
            }
        };
        let seats = if challenger == Seat(0) {
            vec![self.game.by, by]
        } else {
            vec![by, self.game.by]
        };
        self.emit(Event::Started { seats })?;
        self.settle()
    }

    pub(super) fn decline(
        &mut self,
        by: PersonId,
        what: Option<OfferKind>,
        reason: Option<&str>,
    ) -> Result<(), Refusal> {
        let reason = reason.map(super::disputes::checked_words).transpose()?;
        let reason = reason.filter(|reason| !reason.is_empty());
        if self.game.awaits_member(by) {
            return self.emit(Event::Unlisted { by });
        }
        if self.game.awaits_consent_of(by) {
            return self.emit(Event::Kept { by });
        }
        match self.game.stage {
            Stage::Challenged if self.game.to == Some(by) => {
                let text = match reason {
                    // Names of seats are filled in later; nobody's words are taken for one.
                    Some(reason) => format!(
                        "{{1}} declined the challenge: {}",
                        reason.replace(['{', '}'], "")
                    ),
                    None => "{1} declined the challenge.".to_owned(),
                };
                self.end_without_result("declined", &text, None)
            }
            Stage::Started | Stage::Paused | Stage::Adjourned => {
                self.decline_offer(by, what, reason)
            }
            Stage::Challenged | Stage::Open => Err(refuse(
                "match/not-yours",
                "This challenge is not for you to decline.",
            )
            .hint("If it is your own, type `withdraw`.")),
            _ => Err(self.too_late()),
        }
    }

    pub(super) fn withdraw(&mut self, by: PersonId) -> Result<(), Refusal> {
        match self.game.stage {
            Stage::Challenged | Stage::Open if self.game.by == by => {
                let text = if self.game.stage == Stage::Open {
                    "{0} no longer waits."
                } else {
                    "{0} took the challenge back."
                };
                self.end_without_result("withdrawn", text, None)
            }
            Stage::Challenged | Stage::Open => Err(refuse(
                "match/not-yours",
                "Only the challenger can withdraw.",
            )
            .hint("Type `decline` to turn it down.")),
            _ => Err(self
                .too_late()
                .hint("Type `abort` or `resign` to end a running match.")),
        }
    }
}
