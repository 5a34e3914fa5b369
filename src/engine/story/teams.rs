//! What is said of sides of several people: line-ups, boards, substitutions. People besides the players are `{p7}` until
//! their names are filled in.

use crate::clans::People;
use crate::engine::effect::Part;
use crate::kit::{PersonId, Seat};
use crate::matches::{Event, Fixture, Match, points};

/// The sentence of an event about sides.
pub(super) fn sentence(game: &Match, event: &Event) -> Option<String> {
    let id = game.id;
    Some(match event {
        Event::Paired { .. } => {
            if let Some(parent) = game.terms.parent() {
                format!("Board {} of the team match {}.", parent.board, parent.game)
            } else {
                let fixture = game.terms.fixture()?;
                let [one, other] = fixture.clans;
                format!("{one} against {other}, {}.", fixture.id)
            }
        }
        Event::Named { side, people, subs } => {
            let what = match (game.terms.boards(), subs.is_empty()) {
                (0, _) => format!("{{{side}}} names as allies: {}.", names(people)),
                (_, true) => format!("Line-up of {{{side}}}: {}.", names(people)),
                (_, false) => format!(
                    "Line-up of {{{side}}}: {}; substitutes {}.",
                    names(people),
                    names(subs)
                ),
            };
            let waiting: Vec<PersonId> = people.iter().chain(subs).copied().collect();
            let waiting: Vec<PersonId> = (waiting.into_iter())
                .filter(|person| game.awaits_member(*person))
                .collect();
            if waiting.is_empty() {
                what
            } else {
                format!("{what} To accept: {}.", names(&waiting))
            }
        }
        Event::Enlisted { by } => format!("{{{by}}} accepts."),
        Event::Unlisted { by } => {
            format!("{{{by}}} does not play; the captain may name somebody else.")
        }
        Event::Boarded { board, game } => format!("Board {board} is {game}."),
        Event::BoardOver {
            board,
            places,
            code,
        } => {
            let team = game.team.as_ref()?;
            let result = match places.as_slice() {
                [] => "called off, no points".to_owned(),
                [first, second] if first == second => "½–½".to_owned(),
                [1, _] => "{0}'s side wins".to_owned(),
                _ => "{1}'s side wins".to_owned(),
            };
            format!(
                "Board {board}: {result} ({code}). Score: {{0}} {}, {{1}} {}.",
                points(team.halves(Seat(0))),
                points(team.halves(Seat(1)))
            )
        }
        Event::Proposed(proposal) => format!(
            "{{{}}} is to play for {{{}}} in {id}, if the opponent and the substitute agree.",
            proposal.who, proposal.was
        ),
        Event::Consented { by } => format!("{{{by}}} agrees to the substitution."),
        Event::Allowed { by } => format!("The human referee {{{by}}} allows the substitution."),
        Event::Kept { by } => format!("{{{by}}} does not agree to the substitution."),
        Event::Replaced { who, was, .. } => format!("{{{who}}} plays for {{{was}}} from now on."),
        _ => return None,
    })
}

fn names(people: &[PersonId]) -> String {
    let marks: Vec<String> = people
        .iter()
        .map(|person| format!("{{{person}}}"))
        .collect();
    marks.join(", ")
}

/// What programs are told of it.
pub(super) fn team_parts(people: &People, game: &Match, event: &Event) -> Vec<Part> {
    let name = |person: &PersonId| people.name(*person);
    let handles = |list: &[PersonId]| list.iter().map(name).collect::<Vec<_>>().join(" ");
    match event {
        Event::Paired { .. } => (game.terms.parent().into_iter())
            .map(|parent| Part::new("board", parent.game.to_string()).with("board", parent.board))
            .chain(game.terms.fixture().map(fixture_part))
            .collect(),
        Event::Named {
            side,
            people: line,
            subs,
        } => vec![
            Part::new("lineup", handles(line))
                .with("side", side)
                .with("subs", handles(subs)),
        ],
        Event::Enlisted { by } => vec![Part::new("enlisted", name(by))],
        Event::Unlisted { by } => vec![Part::new("unlisted", name(by))],
        Event::Boarded { board, game } => {
            vec![Part::new("board", game.to_string()).with("board", board)]
        }
        Event::BoardOver {
            board,
            places,
            code,
        } => {
            let places: Vec<String> = places.iter().map(u8::to_string).collect();
            let halves = |seat| game.team.as_ref().map_or(0, |team| team.halves(seat));
            vec![
                Part::new("scored", "")
                    .with("board", board)
                    .with("code", code)
                    .with("places", places.join(" ")),
                Part::new("score", "")
                    .with("halves", format!("{} {}", halves(Seat(0)), halves(Seat(1)))),
            ]
        }
        Event::Proposed(proposal) => vec![
            Part::new("substitute", name(&proposal.who))
                .with("seat", proposal.seat)
                .with("for", name(&proposal.was))
                .with("expires", proposal.expires),
        ],
        Event::Consented { by } => vec![Part::new("consented", name(by))],
        Event::Allowed { by } => vec![Part::new("allowed", name(by))],
        Event::Kept { by } => vec![Part::new("kept", name(by))],
        Event::Replaced { seat, who, was } => vec![
            Part::new("replaced", name(who))
                .with("seat", seat)
                .with("for", name(was)),
        ],
        _ => Vec::new(),
    }
}

/// The match between clans that a match is or belongs to.
pub(super) fn fixture_part(fixture: &Fixture) -> Part {
    let clans = fixture.clans.map(|tag| tag.to_string()).join(" ");
    Part::new("fixture", fixture.id.to_string()).with("clans", clans)
}
