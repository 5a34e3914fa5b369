//! `bot`: marks an account as a program. Bots are first-class: the same commands, the same rights, less prose.

use super::bots;
use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use super::terms::{is_yes, named_game};
use crate::clans::Person;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "bot",
    aliases: &[],
    title: "Bot account",
    help: "Says whether this account is a program, and which games it plays; a bot is told by events without text, and may play more matches.",
    example: "bot on chess tic-tac-toe",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        Field {
            name: "mode",
            label: "Bot",
            kind: Kind::OneOf(&["on", "off"]),
            default: "on",
            required: false,
            words: WordsFor::If(|word| matches!(word, "on" | "off")),
        },
        Field {
            name: "games",
            label: "The games it plays, or all (empty: as before)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let bot = is_yes("mode", ask.field("mode").unwrap_or("on"))?;
    let plays = ask.field("games").map(read_games).transpose()?;
    let changed = |person: &Person| {
        let others = plays.as_ref().is_some_and(|plays| *plays != person.plays);
        person.bot != bot || others
    };
    if ask.desk.world().people.get(me).is_some_and(changed) {
        ask.desk.change_person(me, |person| {
            person.bot = bot;
            person.plays = plays.unwrap_or(std::mem::take(&mut person.plays));
        })?;
    }
    let words = match ask.desk.world().people.get(me) {
        Some(mine) if mine.bot => {
            let found = match mine.listed {
                true => "People find you by `bots`.",
                false => "Type `profile listed=yes` so that people find you by `bots`.",
            };
            Words::line(
                "You are marked as a bot: events come without text. Type `bot off` to change that.",
            )
            .and(format!("You play {}. {found}", bots::titles(mine)))
        }
        _ => Words::line("You are marked as a person. Type `bot on` if this account is a program."),
    };
    let mine = ask.desk.world().people.get(me);
    let plays = mine.map(|mine| mine.plays.clone()).unwrap_or_default();
    let reply = Reply::words(words).with("bot", if bot { "1" } else { "0" });
    Ok(reply.with_list("games", plays))
}

/// Names of games, whichever way they are divided.
fn read_games(text: &str) -> Result<Vec<String>, Refusal> {
    let names = text.split([' ', ',', '+']).filter(|name| !name.is_empty());
    let mut plays = Vec::new();
    for name in names.filter(|name| !name.eq_ignore_ascii_case("all")) {
        let id = named_game(name)?.spec().id;
        if !plays.iter().any(|one| one == id) {
            plays.push(id.to_owned());
        }
    }
    Ok(plays)
}
