//! Absence in a record: who went, whose clock waited and for how long, and who claimed.

use crate::engine::Decided;
use crate::games::Verdict;
use crate::kit::{Seat, Span, Timestamp};
use crate::matches::{Event, Leave, Match, Pause, Stage, WAIT, grace};

use super::law::{Verdicts, must};

/// Whether this event about absence may come now.
pub(super) fn may_follow(game: &Match, decided: &Decided, event: &Event) -> Verdicts {
    let playing = matches!(
        game.stage,
        Stage::Started | Stage::Paused | Stage::Adjourned
    );
    must(
        playing,
        "somebody is away from a match that is not being played",
    )?;
    let away = |seat: &Seat| game.absences.of(*seat).map(|away| away.why);
    let due = |from: Option<Timestamp>| from.is_some_and(|from| from <= decided.at);
    let player = decided.by.and_then(|who| game.seat_of(who));
    let own = |seat: Seat| player == Some(seat);
    match event {
        Event::Absent { seat, why } => {
            let fits = match away(seat) {
                None => true,
                Some(Leave::Unseen) => *why != Leave::Unseen,
                Some(Leave::Network) => *why == Leave::Server,
                Some(Leave::Left | Leave::Server) => false,
            };
            must(fits, "whoever is away cannot go away")
        }
        Event::Back { seat } => must(away(seat).is_some(), "somebody comes back who was not away"),
        Event::GraceOver { seat } => must(
            due(game.absences.held_until(*seat)),
            "a player's grace was not used up yet",
        ),
        Event::Claimable { seat } => must(
            due(game.absences.claim_from(*seat)),
            "the opponent may claim too early",
        ),
        Event::Waited { seat, by, until } => {
            must(
                player == Some(*by) && by != seat,
                "somebody else gives more time",
            )?;
            must(
                due(game.absences.claim_from(*seat)) && game.absences.may_wait(*seat),
                "more time is given than can be",
            )?;
            must(
                *until == decided.at + WAIT,
                "another time is given than is given",
            )
        }
        Event::OnLeave { seat, from, to } => must(
            own(*seat) && game.clock.grantable(*seat, *from, *to) == Some((*from, *to)),
            "more days of absence are granted than there are",
        ),
        Event::LeaveEnded { seat } => must(own(*seat), "somebody else ends an absence"),
        _ => Ok(()),
    }
}

/// Whether nobody's clock has waited longer than the grace of the match.
pub(super) fn within_budget(game: &Match) -> Verdicts {
    let seats = u8::try_from(game.seats.len()).unwrap_or(0);
    let within = |seat: u8| {
        let budget = grace(game.terms.clock, Seat(seat)).unwrap_or(Span::ZERO);
        game.absences.used(Seat(seat)) <= budget
    };
    must(
        (0..seats).all(within),
        "a clock waited longer than its grace",
    )
}

/// Whether a match may be paused, above all because players, or their server, are not there.
pub(super) fn may_pause(
    game: &Match,
    decided: &Decided,
    why: Pause,
    until: Option<Timestamp>,
) -> Verdicts {
    let playing = matches!(
        game.stage,
        Stage::Started | Stage::Paused | Stage::Adjourned
    );
    must(playing, "a match that is not being played is paused")?;
    must(
        until.is_none_or(|until| decided.at < until),
        "a pause ends before it begins",
    )?;
    let outage = game.absences.any_outage();
    match why {
        Pause::Outage => must(outage, "no server is known to be away"),
        Pause::Absent => must(
            game.is_deserted() || outage,
            "a match is put away in which somebody is there",
        ),
        _ => Ok(()),
    }
}

/// Whether absence may end a match so: with a win for whoever claims it, or without a result.
pub(super) fn may_end_so(game: &Match, decided: &Decided, verdict: &Verdict) -> bool {
    let late = game.overdue(decided.at);
    let (overdue, flags) = (late.no_shows, late.flags);
    let away = |seat: &Seat| game.absences.of(*seat).is_some();
    match verdict.code.as_str() {
        "abandoned" => {
            let Some(claimant) = decided.by.and_then(|by| game.seat_of(by)) else {
                return false;
            };
            let late = |seat: &Seat| {
                let from = game.absences.claim_from(*seat);
                *seat != claimant && from.is_some_and(|from| from <= decided.at)
            };
            let gone = game.absences.iter().map(|(seat, _)| seat).filter(late);
            let gone: Vec<Seat> = gone.collect();
            !gone.is_empty()
                && game
                    .abandoned(claimant, &gone)
                    .is_none_or(|ruled| ruled == *verdict)
        }
        "no-show" => verdict.places.is_empty() && overdue.first().is_some_and(away),
        "both-absent" => {
            let flagged = !flags.is_empty() && !game.clock.all_moved();
            verdict.places.is_empty() && game.is_deserted() && (!overdue.is_empty() || flagged)
        }
        "deserted" => {
            let held = game.standstills.iter();
            let mut over = held.filter(|held| held.why == Pause::Absent);
            verdict.places.is_empty()
                && over.any(|held| held.until.is_some_and(|until| until <= decided.at))
        }
        _ => false,
    }
}
