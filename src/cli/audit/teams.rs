//! The law of sides of several people, read from the outside: line-ups, boards, substitutions.

use super::law::{Verdicts, must};
use crate::engine::Decided;
use crate::kit::{PersonId, Seat};
use crate::matches::{Event, Match, Proposal, Stage};

/// Whether an event about sides may come now; `None` for all other events.
pub(super) fn may_follow(game: &Match, decided: &Decided, event: &Event) -> Option<Verdicts> {
    let by = decided.by;
    Some(match event {
        Event::Named { side, people, subs } => named(game, by, *side, people, subs),
        Event::Enlisted { by: who } => must(
            by == Some(*who) && game.awaits_member(*who),
            "somebody accepts who was not named",
        ),
        Event::Unlisted { by: who } => must(
            by == Some(*who) && game.awaits_member(*who),
            "somebody declines who was not named",
        ),
        Event::Boarded { board, .. } => {
            let known = game.team.as_ref().map_or(0, |team| team.boards.len());
            must(
                game.stage == Stage::Started
                    && usize::from(*board) == known + 1
                    && *board <= game.terms.boards(),
                "this board is not due",
            )
        }
        Event::BoardOver { board, .. } => {
            let team = game.team.as_ref();
            let known = team.and_then(|team| team.boards.get(usize::from(*board).wrapping_sub(1)));
            must(
                known.is_some_and(|known| known.over.is_none()),
                "this board was not being played",
            )
        }
        Event::Proposed(proposal) => proposed(game, decided, proposal),
        Event::Consented { by: who } | Event::Kept { by: who } => {
            let standing = (game.proposal()).is_some_and(|standing| standing.expires > decided.at);
            let declines = matches!(event, Event::Kept { .. });
            must(
                by == Some(*who) && game.awaits_consent_of(*who) && (standing || declines),
                "somebody answers for a substitution who was not asked",
            )
        }
        Event::Allowed { by: who } => {
            let standing = (game.proposal()).is_some_and(|standing| standing.expires > decided.at);
            must(
                by == Some(*who) && game.may_be_ruled_by(*who).is_ok() && standing,
                "somebody allows a substitution who has a part in the match, or nothing was proposed",
            )
        }
        Event::Replaced { seat, who, was } => replaced(game, by, *seat, *who, *was),
        _ => return None,
    })
}

fn named(
    game: &Match,
    by: Option<PersonId>,
    side: Seat,
    people: &[PersonId],
    subs: &[PersonId],
) -> Verdicts {
    let captain = by.and_then(|by| game.captained_by(by));
    must(
        captain == Some(side.index()),
        "somebody names players who is not the captain",
    )?;
    let (boards, allies) = (game.terms.boards(), game.terms.allies());
    let count = people.len();
    must(
        if boards > 0 {
            count == usize::from(boards)
        } else {
            count <= usize::from(allies) && subs.is_empty()
        },
        "a line-up has another number of players than was agreed",
    )?;
    let others = (game.team.as_ref()).and_then(|team| team.rosters.get(1 - side.index().min(1)));
    must(
        !others.is_some_and(|others| people.iter().chain(subs).any(|who| others.names(*who))),
        "somebody is named on both sides",
    )
}

fn proposed(game: &Match, decided: &Decided, proposal: &Proposal) -> Verdicts {
    let seat = proposal.seat;
    // Who speaks for a clan stands in the clan's record, not in this one.
    let may = |by| game.answers_for(by, seat) || game.terms.fixture().is_some();
    must(
        game.seats.get(seat.index()) == Some(&proposal.was) && (decided.by).is_some_and(may),
        "a substitute is proposed by somebody who may not",
    )?;
    let own = decided.by == Some(proposal.who);
    must(
        !proposal.opponent
            && (!proposal.substitute || own || is_sub(game, seat, proposal.who))
            && proposal.expires == decided.at + game.terms.clock.offer_lasts(),
        "a proposal says that somebody agreed who did not",
    )
}

fn replaced(
    game: &Match,
    by: Option<PersonId>,
    seat: Seat,
    who: PersonId,
    was: PersonId,
) -> Verdicts {
    must(
        game.seats.get(seat.index()) == Some(&was),
        "somebody is replaced who does not sit there",
    )?;
    let agreed = (game.proposal()).is_some_and(|standing| {
        (standing.seat, standing.who) == (seat, who) && standing.opponent && standing.substitute
    });
    let early = game.plays == 0
        && game.chosen.is_empty()
        && is_sub(game, seat, who)
        && by.is_some_and(|by| game.answers_for(by, seat));
    must(
        agreed || early,
        "a player is replaced and not everybody agreed",
    )
}

fn is_sub(game: &Match, seat: Seat, who: PersonId) -> bool {
    let subs = (game.terms.parent()).and_then(|parent| parent.subs.get(seat.index()));
    subs.is_some_and(|subs| subs.contains(&who))
}
