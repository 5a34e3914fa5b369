//! `resign`: gives a match up. The smallest card, and the one to read first.

use super::call::{Caller, Place};
use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use crate::engine::Desk;
use crate::kit::{Refusal, Words};
use crate::matches;

/// The card.
pub const CARD: Card = Card {
    name: "resign",
    aliases: &["surrender", "concede"],
    title: "Resign",
    help: "Gives up a match you play in; in a series the game, and with `match` the whole series.",
    example: "resign m42",
    who: Who::Anyone,
    effect: Effect::Final,
    fields: &[
        MATCH,
        Field {
            name: "what",
            label: "In a series: game, or match for all of it",
            kind: Kind::Pick(parts),
            default: "game",
            required: false,
            words: WordsFor::If(is_part),
        },
        EXPECT,
    ],
    run,
};

fn parts(_: &Desk, _: &Caller, _: Place) -> Vec<(String, String)> {
    [("game", "this game"), ("match", "the whole match")]
        .map(|(word, label)| (word.to_owned(), label.to_owned()))
        .to_vec()
}

fn is_part(word: &str) -> bool {
    matches!(
        word.to_ascii_lowercase().as_str(),
        "game" | "match" | "series" | "all"
    )
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.game("of yours is being played", |game, me| {
        game.in_play() && game.seat_of(me).is_some()
    })?;
    ask.expected(id)?;
    let whole = (ask.field("what")).is_some_and(|what| is_part(what) && what != "game");
    let what = if whole {
        matches::Ask::Concede
    } else {
        matches::Ask::Resign
    };
    let plays = (ask.desk.world().live(id))
        .is_some_and(|live| live.game.in_play() && live.game.seat_of(me).is_some());
    if plays {
        let (line, lost) = match whole {
            true => (format!("resign {id} match"), "the whole series"),
            false => (format!("resign {id}"), "the game"),
        };
        ask.sure(&line, format!("If you resign, you lose {lost} {id}."))?;
    }
    ask.desk.act(Some(me), id, &what, ask.req)?;
    let words = Words::line(format!("[{id}] You have resigned."));
    Ok(ask.state_of(id, ask.and_what_came_of_it(words)))
}
