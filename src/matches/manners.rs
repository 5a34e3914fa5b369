//! How often something may be offered, so that nobody is pestered.

use serde::{Deserialize, Serialize};

use super::clock::ClockRule;
use super::offer::{Offer, OfferKind};
use crate::kit::{Seat, Span, Timestamp};

/// How long a break lasts when nobody says how long.
pub const PAUSE_LASTS: Span = Span::minutes(15);
/// The longest break; what takes longer is an adjournment.
pub const MAX_PAUSE: Span = Span::days(1);
/// Moves after which the same may be offered again.
pub const AGAIN_AFTER_MOVES: u32 = 6;
/// Time after which the same may be offered again in a match that is played in one sitting.
pub const AGAIN_AFTER: Span = Span::minutes(10);
/// The same for matches with days per move or without a clock.
pub const AGAIN_AFTER_SLOW: Span = Span::days(1);

/// What one seat has offered so far, of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who.
    pub seat: Seat,
    /// What.
    pub what: OfferKind,
    /// How often in this match.
    pub times: u32,
    /// When it was last offered or refused.
    pub at: Timestamp,
    /// After how many moves.
    pub at_move: u32,
}

/// Why something may not be offered now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwelcome {
    /// Not in this match any more.
    TooOften(u32),
    /// Again after so many more moves, or so much time.
    TooSoon(u32, Span),
}

/// How often one player may offer this in one match.
pub fn most(what: OfferKind) -> u32 {
    match what {
        OfferKind::Draw => 10,
        OfferKind::Abort | OfferKind::Undo | OfferKind::Pause | OfferKind::Adjourn => 5,
        // Nobody is to be locked out of an adjourned match.
        OfferKind::Resume => 50,
    }
}

/// How long has to pass before the same is offered again without [`AGAIN_AFTER_MOVES`] between.
pub fn again_after(clock: ClockRule, what: OfferKind) -> Span {
    match clock.is_fast() || what == OfferKind::Resume {
        true => AGAIN_AFTER,
        false => AGAIN_AFTER_SLOW,
    }
}

/// Notes an offer that was made.
pub(super) fn note(asked: &mut Vec<Asked>, offer: &Offer, at: Timestamp) {
    let (seat, what, at_move) = (offer.seat, offer.what, offer.at_move);
    match find(asked, seat, what) {
        Some(old) => {
            old.times += 1;
            (old.at, old.at_move) = (at, at_move);
        }
        None => asked.push(Asked {
            seat,
            what,
            times: 1,
            at,
            at_move,
        }),
    }
}

/// Notes that an offer was turned down: from then on it is not to come again soon.
pub(super) fn note_refusal(asked: &mut [Asked], refuser: Seat, what: OfferKind, at: Timestamp) {
    for old in asked {
        if old.seat != refuser && old.what == what {
            old.at = at;
        }
    }
}

/// Whether this seat may offer that now, after so many moves.
pub(super) fn may_ask(
    asked: &[Asked],
    clock: ClockRule,
    (seat, what): (Seat, OfferKind),
    plays: u32,
    at: Timestamp,
) -> Result<(), Unwelcome> {
    let Some(old) = (asked.iter()).find(|old| old.seat == seat && old.what == what) else {
        return Ok(());
    };
    if old.times >= most(what) {
        return Err(Unwelcome::TooOften(old.times));
    }
    // Moves may have been taken back since, so that there are fewer now.
    let moves = AGAIN_AFTER_MOVES.saturating_sub(plays.saturating_sub(old.at_move));
    let left = old.at + again_after(clock, what) - at;
    if moves == 0 || left <= Span::ZERO {
        return Ok(());
    }
    Err(Unwelcome::TooSoon(moves, left))
}

fn find(asked: &mut [Asked], seat: Seat, what: OfferKind) -> Option<&mut Asked> {
    (asked.iter_mut()).find(|old| old.seat == seat && old.what == what)
}
