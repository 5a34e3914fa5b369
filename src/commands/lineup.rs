//! `lineup` and its short form `team`: a captain names who plays.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::reply::Reply;
use super::shared::MATCH;
use crate::kit::{PersonId, Refusal, Words, refuse};
use crate::matches::{self, MAX_BOARDS, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "lineup",
    aliases: &["team", "allies"],
    title: "Name a line-up",
    help: "Names who plays for your side: the players of a team match in the order of boards, or your allies.",
    example: "lineup m42 carol dave subs=gina",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        MATCH,
        Field {
            name: "players",
            label: "Players in the order of boards, or allies (handles or JIDs)",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Rest,
        },
        Field {
            name: "subs",
            label: "Substitutes",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.game("of yours takes a line-up", |game, me| {
        let takes = game.terms.boards() > 0 || game.terms.allies() > 0;
        takes && game.stage != Stage::Over && game.captained_by(me).is_some()
    })?;
    let players = ask.field("players").unwrap_or_default().to_owned();
    let subs = ask.field("subs").unwrap_or_default().to_owned();
    let people = people(ask, me, &players)?;
    let subs = self::people(ask, me, &subs)?;
    if people.is_empty() {
        return Err(missing(&CARD, "names"));
    }
    let name = matches::Ask::Name { people, subs };
    ask.desk.act(Some(me), id, &name, ask.req)?;
    let words = Words::line(format!("[{id}] Your side is named."));
    let begun = (ask.desk.world().live(id)).is_some_and(|live| live.game.started.is_some());
    let words = if begun {
        words
    } else {
        words.and(format!(
            "Whoever has not accepted yet is asked now; `show {id}` tells who has accepted."
        ))
    };
    Ok(ask.state_of(id, words))
}

/// The people of a list of names; `me` is the one who asks.
fn people(ask: &mut Ask<'_>, me: PersonId, list: &str) -> Result<Vec<PersonId>, Refusal> {
    let names: Vec<&str> = (list.split([' ', ',', ';', '\n']))
        .filter(|name| !name.is_empty())
        .collect();
    if names.len() > usize::from(MAX_BOARDS) {
        return Err(refuse(
            "team/count",
            "Those are more players than any match has boards.",
        )
        .hint("Name as many as there are boards."));
    }
    names
        .into_iter()
        .map(|name| match name {
            "me" => Ok(me),
            name => ask.somebody(name),
        })
        .collect()
}
