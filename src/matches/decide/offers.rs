//! Offers: what one player proposes, the other agrees to by proposing the same, or declines.

use super::{Draft, Event, Offer, OfferKind, PersonId, Refusal, Seat, Stage, Verdict};
use super::{misfit, refuse};
use crate::kit::Span;
use crate::matches::event::Pause;
use crate::matches::manners::{self, MAX_PAUSE, PAUSE_LASTS, Unwelcome};

impl Draft {
    /// Offers something, or agrees to what the other has offered. `lasts` is the length of a break.
    pub(super) fn offer(
        &mut self,
        by: PersonId,
        what: OfferKind,
        lasts: Option<Span>,
    ) -> Result<(), Refusal> {
        let seat = self.offering_seat(by, what)?;
        self.can_be_offered(seat, what)?;
        if lasts.is_some_and(|lasts| lasts <= Span::ZERO || lasts > MAX_PAUSE) {
            return Err(refuse(
                "match/long-pause",
                format!("A break lasts at most {}.", MAX_PAUSE.words()),
            )
            .hint("Type `adjourn` to go on another day."));
        }
        if let Some(theirs) = self.standing(seat, what) {
            return self.agree_to(seat, &theirs, lasts);
        }
        let mine = |offer: &&Offer| (offer.seat, offer.what) == (seat, what);
        let mine = self.game.offers.iter().find(mine);
        if mine.is_some_and(|offer| offer.at_move == self.game.plays && offer.expires > self.at) {
            return Err(refuse(
                "match/already-offered",
                "You have already offered that; it stands until your opponent answers or moves.",
            )
            .hint("Go on playing, or wait for the answer."));
        }
        self.check_manners(seat, what)?;
        let expires = self.at + self.game.terms.clock.offer_lasts();
        let lasts = (what == OfferKind::Pause).then(|| lasts.unwrap_or(PAUSE_LASTS));
        self.emit(Event::Offered(Offer {
            seat,
            what,
            expires,
            at_move: self.game.plays,
            lasts,
        }))
    }

    /// The seat of somebody who offers this: a draw or a calling-off also while the match stands still by agreement.
    fn offering_seat(&self, by: PersonId, what: OfferKind) -> Result<Seat, Refusal> {
        match what {
            OfferKind::Draw | OfferKind::Abort => self.resting_seat(by),
            OfferKind::Undo | OfferKind::Pause | OfferKind::Adjourn => self.own_seat(by),
            OfferKind::Resume => {
                if self.game.stage == Stage::Started && self.game.seat_of(by).is_some() {
                    let id = self.game.id;
                    return Err(refuse(
                        "match/not-paused",
                        format!("Match {id} is being played already."),
                    )
                    .hint(format!("Type `show {id}` to see whose turn it is.")));
                }
                self.resting_seat(by)
            }
        }
    }

    /// Whether this game and this position know such a thing.
    fn can_be_offered(&self, seat: Seat, what: OfferKind) -> Result<(), Refusal> {
        let spec = self.game.terms.game().map(|game| game.spec());
        match what {
            OfferKind::Draw if !spec.is_some_and(|spec| spec.draw_offers) => Err(refuse(
                "match/no-draws",
                "This game has no draws by agreement.",
            )
            .hint("Type `abort` to propose calling the match off, or `resign` to give up.")),
            OfferKind::Undo if !spec.is_some_and(|spec| spec.undo) => Err(refuse(
                "match/no-undo",
                "Moves of this game cannot be taken back: luck or hidden choices are part of it.",
            )
            .hint("Go on playing, or type `resign`.")),
            OfferKind::Undo if self.undone_by(seat).is_none() => Err(refuse(
                "match/nothing-to-undo",
                "There is no move of yours to take back.",
            )
            .hint("Make your move first.")),
            _ => Ok(()),
        }
    }

    /// How many moves an undo would take back: the asker's, or the asker's and the other's, where that is whose offer it is.
    fn undone_by(&self, seat: Seat) -> Option<u32> {
        let asker = self.standing(seat, OfferKind::Undo);
        let asker = asker.map_or(seat, |offer| offer.seat);
        self.game.since_last_move_of(asker)
    }

    /// What another seat has offered this one, if it still stands.
    fn standing(&self, seat: Seat, what: OfferKind) -> Option<Offer> {
        let mut offers = self.game.offers.iter();
        let theirs =
            |offer: &&Offer| offer.seat != seat && offer.what == what && offer.expires > self.at;
        offers.find(theirs).cloned()
    }

    fn check_manners(&self, seat: Seat, what: OfferKind) -> Result<(), Refusal> {
        let (asked, clock) = (&self.game.asked, self.game.terms.clock);
        let fine = manners::may_ask(asked, clock, (seat, what), self.game.plays, self.at);
        let Err(unwelcome) = fine else {
            return Ok(());
        };
        let id = self.game.id;
        Err(match unwelcome {
            Unwelcome::TooOften(times) => refuse(
                "match/pestering",
                format!(
                    "You have offered {} {times} times in this match; that is the limit.",
                    what.what()
                ),
            )
            .hint("Go on playing; your opponent may still offer it."),
            Unwelcome::TooSoon(moves, left) => {
                let moves = match (what, moves) {
                    (OfferKind::Resume, _) => String::new(),
                    (_, 1) => "after one more move, or ".to_owned(),
                    (_, n) => format!("after {n} more moves, or "),
                };
                refuse(
                    "match/pestering",
                    format!(
                        "You offered {} not long ago; you may again {moves}in {}.",
                        what.what(),
                        left.words()
                    ),
                )
                .hint(format!(
                    "Go on playing; type `show {id}` to see the position."
                ))
            }
        })
    }

    fn agree_to(&mut self, seat: Seat, theirs: &Offer, lasts: Option<Span>) -> Result<(), Refusal> {
        if let (Some(mine), Some(offered)) = (lasts, theirs.lasts)
            && mine != offered
        {
            let id = self.game.id;
            return Err(refuse(
                "match/other-pause",
                format!("A break of {} is offered to you.", offered.words()),
            )
            .hint(format!(
                "Type `pause {id}` to agree to it, or `decline {id}` and then offer your own."
            )));
        }
        let seats = u8::try_from(self.game.seats.len()).map_err(|_| misfit("too many seats"))?;
        match theirs.what {
            OfferKind::Draw => {
                self.finish(Verdict::tie(seats, "agreement", "Drawn by agreement."))?;
                self.settle()
            }
            OfferKind::Abort => {
                self.end_without_result("aborted", "Called off by agreement.", None)
            }
            OfferKind::Undo => {
                let moves = self.undone_by(seat).ok_or_else(|| misfit("no move"))?;
                self.emit(Event::TakenBack { moves })?;
                self.settle()
            }
            OfferKind::Pause => self.emit(Event::Paused {
                why: Pause::Agreed,
                until: Some(self.at + theirs.lasts.unwrap_or(PAUSE_LASTS)),
                reason: None,
            }),
            OfferKind::Adjourn => self.emit(Event::Paused {
                why: Pause::Adjourned,
                until: None,
                reason: None,
            }),
            OfferKind::Resume => self.go_on(),
        }
    }

    /// Both want to go on: the breaks they agreed on are over.
    fn go_on(&mut self) -> Result<(), Refusal> {
        let causes: Vec<Pause> = (self.game.standstills.iter())
            .map(|held| held.why)
            .filter(|why| matches!(why, Pause::Agreed | Pause::Adjourned))
            .collect();
        for why in causes {
            self.emit(Event::Resumed { why })?;
        }
        Ok(())
    }

    /// Turns down what was offered: the only thing, or the one that is named.
    pub(super) fn decline_offer(
        &mut self,
        by: PersonId,
        what: Option<OfferKind>,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        let seat = self.resting_seat(by)?;
        let offers = self.game.offers.iter();
        let standing: Vec<OfferKind> = offers
            .filter(|offer| offer.seat != seat && offer.expires > self.at)
            .map(|offer| offer.what)
            .filter(|kind| what.is_none_or(|what| what == *kind))
            .collect();
        match standing.as_slice() {
            [] => Err(
                refuse("match/no-offer", "Nothing is offered to you in this match.")
                    .hint("Type `resign` to give up, or `draw` to offer a draw."),
            ),
            [only] => self.emit(Event::Refused {
                seat,
                what: *only,
                reason,
            }),
            several => {
                let words: Vec<&str> = several.iter().map(|kind| kind.word()).collect();
                Err(refuse(
                    "match/which-offer",
                    format!("Which offer do you decline: {}?", words.join(" or ")),
                )
                .hint(format!(
                    "Type for example `decline {} {}`.",
                    self.game.id, words[0]
                )))
            }
        }
    }
}
