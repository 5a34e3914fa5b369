//! What players agree on and what human referees rule, read from the outside.

use super::absence;
use super::law::{Law, Verdicts, must, sits, stands};
use crate::engine::Decided;
use crate::games::Verdict;
use crate::kit::{Seat, Timestamp};
use crate::matches::{
    Event, MAX_DISPUTES, MAX_REASON_CHARS, Match, Offer, OfferKind, Pause, Ruling, Stage,
};

/// Whether a ruling has to be followed by an event of its own.
pub(super) fn needs_more(ruling: Ruling) -> bool {
    ruling.ends() || matches!(ruling, Ruling::Back { .. })
}

/// Whether such a thing may be offered in this match.
pub(super) fn may_offer(game: &Match, offer: &Offer) -> Verdicts {
    let spec = game.terms.game().map(|game| game.spec());
    let known = match offer.what {
        OfferKind::Draw => spec.is_some_and(|spec| spec.draw_offers),
        OfferKind::Undo => spec.is_some_and(|spec| spec.undo),
        OfferKind::Abort | OfferKind::Pause | OfferKind::Adjourn | OfferKind::Resume => true,
    };
    must(known, "this game knows no such offer")?;
    must(
        game.in_play() && !is_frozen(game),
        "something is offered in a match that is not being played",
    )
}

fn is_frozen(game: &Match) -> bool {
    (game.standstills.iter()).any(|held| held.why == Pause::Dispute)
}

/// Whether somebody who plays agrees to what the other has offered.
fn agrees(game: &Match, decided: &Decided, what: OfferKind) -> bool {
    let seat = decided.by.and_then(|by| game.seat_of(by));
    seat.is_some_and(|seat| stands(game, seat, what, decided))
}

pub(super) fn may_pause(
    game: &Match,
    decided: &Decided,
    why: Pause,
    until: Option<Timestamp>,
) -> Verdicts {
    absence::may_pause(game, decided, why, until)?;
    let fits = match why {
        Pause::Agreed => agrees(game, decided, OfferKind::Pause),
        Pause::Adjourned => agrees(game, decided, OfferKind::Adjourn),
        Pause::Dispute => game.case.open.is_some(),
        Pause::Absent | Pause::Outage => true,
    };
    must(fits, "nobody agreed to stand still, or called a referee")
}

pub(super) fn may_resume(game: &Match, decided: &Decided, why: Pause) -> Verdicts {
    let held = game.standstills.iter().find(|held| held.why == why);
    let held = held.ok_or("the match did not stand still for this")?;
    let due = held.until.is_some_and(|until| until <= decided.at);
    let fits = match why {
        Pause::Agreed | Pause::Adjourned => due || agrees(game, decided, OfferKind::Resume),
        Pause::Dispute => game.case.open.is_none(),
        Pause::Absent | Pause::Outage => true,
    };
    must(fits, "nobody agreed to go on, and nobody has ruled")
}

impl Law {
    /// Whether something may still come after the end: a dispute, and what is ruled on it.
    pub(super) fn may_come_late(&self, event: &Event) -> bool {
        match event {
            Event::Disputed { .. } | Event::Appealed { .. } | Event::Ruled { .. } => true,
            Event::Over { .. } | Event::TakenBack { .. } => self.ruled.is_some(),
            _ => false,
        }
    }

    /// Whether moves may be taken back: agreed to, or ruled.
    fn taken_back(&mut self, game: &Match, decided: &Decided, moves: u32) -> Verdicts {
        if let Some(Ruling::Back { to }) = self.ruled {
            self.ruled = None;
            return must(
                game.plays.checked_sub(moves) == Some(to),
                "the match goes back to another move than was ruled",
            );
        }
        let seat = decided.by.and_then(|by| game.seat_of(by));
        let seat = seat.ok_or("moves are taken back by somebody who does not play")?;
        must(
            stands(game, seat, OfferKind::Undo, decided),
            "nobody asked to take moves back",
        )?;
        let mut offers = game.offers.iter();
        let asker = offers.find(|offer| offer.seat != seat && offer.what == OfferKind::Undo);
        let agreed = asker.and_then(|offer| game.since_last_move_of(offer.seat));
        must(
            agreed == Some(moves),
            "other moves are taken back than were asked for",
        )
    }

    pub(super) fn of_a_case(&mut self, game: &Match, decided: &Decided, event: &Event) -> Verdicts {
        let case = &game.case;
        match event {
            Event::TakenBack { moves } => self.taken_back(game, decided, *moves),
            Event::Disputed { seat, reason } => {
                called(game, decided, *seat, reason)?;
                let times = case.filed.iter().filter(|filed| *filed == seat).count();
                must(times < MAX_DISPUTES, "somebody calls a referee too often")
            }
            Event::Appealed { seat, reason } => {
                called(game, decided, *seat, reason)?;
                must(
                    case.appeal_until().is_some_and(|until| decided.at < until),
                    "there is no ruling that could be appealed against now",
                )
            }
            Event::Ruled { by, ruling, reason } => {
                must(decided.by == Some(*by), "somebody else rules")?;
                must(
                    game.waits_for_ruling(),
                    "nobody called a referee, and somebody rules",
                )?;
                game.may_be_ruled_by(*by).map_err(|no| no.text)?;
                must(is_reason(reason), "a ruling without a reason")?;
                self.ruled = Some(*ruling);
                Ok(())
            }
            Event::Granted { .. } => must(
                case.rulings
                    .last()
                    .is_some_and(|last| last.at == decided.at),
                "time is given that nobody ruled",
            ),
            Event::Stalled { since } => must(
                game.acted == Some(*since) && game.stalls_at().is_some_and(|due| due <= decided.at),
                "a match is reported as stalled that goes on",
            ),
            _ => Ok(()),
        }
    }

    /// Whether this verdict is the one that was ruled.
    pub(super) fn as_ruled(&mut self, game: &Match, verdict: &Verdict) -> Verdicts {
        let seats = u8::try_from(game.seats.len()).map_err(|_| "too many seats")?;
        let places = match self.ruled.take() {
            Some(Ruling::Win { seat }) => Verdict::won_by(seat, seats, "", "").places,
            Some(Ruling::Draw) => Verdict::tie(seats, "", "").places,
            Some(Ruling::Void) => Vec::new(),
            _ => return Err("nobody ruled that the match ends so".to_owned()),
        };
        must(places == verdict.places, "another verdict was ruled")
    }
}

fn is_reason(reason: &str) -> bool {
    (1..=MAX_REASON_CHARS).contains(&reason.chars().count())
}

/// What holds for whoever calls a referee, for the first time or the second.
fn called(game: &Match, decided: &Decided, seat: Seat, reason: &str) -> Verdicts {
    must(
        sits(game, decided.by, seat),
        "somebody else calls a referee for this seat",
    )?;
    must(
        game.case.open.is_none(),
        "a referee has been called already",
    )?;
    must(
        game.in_play() || matches!(game.stage, Stage::Over | Stage::Halted),
        "a referee is called to a match that has not begun",
    )?;
    must(is_reason(reason), "a referee is called without a reason")
}
