//! `bots`: programs that want to be found, and what they play.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use super::terms::named_game;
use crate::clans::Person;
use crate::games;
use crate::kit::{PersonId, Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "bots",
    aliases: &[],
    title: "Bots",
    help: "Lists bots that may be found, or those that play a game.",
    example: "bots chess",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[
        Field {
            name: "after",
            label: "After this bot (empty: from the first on)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Following("after"),
        },
        Field {
            name: "game",
            label: "Only those that play this game (empty: all)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
    ],
    run,
};

/// Lines that fit a phone's screen.
const LINES: usize = 12;
/// Bots looked through for a game; the next page goes on behind them.
const MAX_LOOKED_AT: usize = 1000;
const COLUMNS: &[(&str, &str)] = &[
    ("handle", "Name"),
    ("jid", "Address"),
    ("games", "Games (empty: all)"),
];

/// Whether a bot takes challenges to this game: any, where it names none.
pub fn plays(bot: &Person, game: &str) -> bool {
    bot.plays.is_empty() || bot.plays.iter().any(|one| one == game)
}

/// The titles of what a bot plays.
pub fn titles(bot: &Person) -> String {
    let titles = bot
        .plays
        .iter()
        .map(|id| games::find(id).map_or(id.as_str(), |game| game.spec().title));
    match titles.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "every game".to_owned(),
        some => some,
    }
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let people = &ask.desk.world().people;
    let after = match ask.field("after") {
        None => PersonId(0),
        Some(name) => people.by_handle(name).map(|bot| bot.id).ok_or_else(|| {
            refuse("people/unknown", "There is no bot of that name.").hint("Type `bots` for all.")
        })?,
    };
    let game = ask
        .field("game")
        .map(named_game)
        .transpose()?
        .map(|game| game.spec());
    let size = ask.page_size(LINES);
    let mut found: Vec<&Person> = Vec::new();
    let mut upto = None;
    for bot in people.bots_after(after).take(MAX_LOOKED_AT) {
        if found.len() == size {
            break;
        }
        upto = Some(bot);
        if game.is_none_or(|game| plays(bot, game.id)) {
            found.push(bot);
        }
    }
    let more = upto.filter(|upto| people.bots_after(upto.id).next().is_some());
    let mut words = (found.iter())
        .map(|bot| format!("{}: {}", bot.handle, titles(bot)))
        .fold(Words::default(), Words::and);
    if found.is_empty() {
        words = words.and(match game {
            Some(game) => format!("No bot that may be found plays {}.", game.title),
            None => "No bot may be found yet.".to_owned(),
        });
        words = words.and(
            "Whoever runs one types from its account `bot on chess` and `profile listed=yes`.",
        );
    }
    if let Some(next) = more {
        let game = game.map_or("", |game| game.id);
        words = words
            .and(format!("Type `bots {game} after {}` for more.", next.handle).replace("  ", " "));
    } else if let Some(first) = found.first() {
        words = words.and(format!(
            "Type `challenge {}` and a game to play one.",
            first.handle
        ));
    }
    let row = |bot: &&Person| vec![bot.handle.clone(), bot.jid.clone(), bot.plays.join(" ")];
    let rows = found.iter().map(row).collect();
    let next = more.map_or(String::new(), |next| next.handle.clone());
    Ok(Reply::words(words)
        .with("next", next)
        .with_rows(COLUMNS, rows))
}
