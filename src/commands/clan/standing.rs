//! `clan standing`: the table of all clans by their results.

use super::history::record_words;
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::{Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-standing",
    aliases: &["clan-table"],
    title: "Clans: table",
    help: "Ranks the clans by their matches with each other: two points for a win, one for a draw.",
    example: "clan standing",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[Field {
        name: "page",
        label: "Page",
        kind: Kind::Text,
        default: "1",
        required: false,
        words: WordsFor::Next,
    }],
    run,
};

/// Lines that fit a phone's screen.
const PAGE: usize = 12;
/// Places that are shown at all: further down `clan history` tells.
const MAX_PLACES: usize = 1200;
const COLUMNS: &[(&str, &str)] = &[
    ("place", "Place"),
    ("clan", "Clan"),
    ("points", "Points"),
    ("won", "Won"),
    ("drawn", "Drawn"),
    ("lost", "Lost"),
];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let page = ask.field("page").unwrap_or("1").parse::<usize>().ok();
    let from = page
        .and_then(|page| page.checked_sub(1)?.checked_mul(PAGE))
        .filter(|from| *from < MAX_PLACES);
    let from = from.ok_or_else(|| {
        refuse(
            "clan/page",
            format!("A page is a number from 1 to {}.", MAX_PLACES / PAGE),
        )
        .hint("Type `clan standing` for the first one.")
    })?;
    let clans = &ask.desk.world().clans;
    let shown: Vec<_> = clans
        .ranked_from(from)
        .take(PAGE)
        .map(|live| &live.clan)
        .collect();
    let mut words = match shown.is_empty() {
        true => Words::line("No clan has a result here. Type `clan challenge` and a clan to play."),
        false => Words::default(),
    };
    for (place, clan) in (from + 1..).zip(&shown) {
        words = words.and(format!(
            "{place}. {}: {}",
            clan.tag,
            record_words(clan.fixtures.standing)
        ));
    }
    if clans.ranked_count() > from + PAGE {
        words = words.and(format!(
            "Type `clan standing {}` for more.",
            from / PAGE + 2
        ));
    }
    let rows = (from + 1..).zip(&shown).map(|(place, clan)| {
        let record = clan.fixtures.standing;
        vec![
            place.to_string(),
            clan.tag.to_string(),
            record.points().to_string(),
            record.won.to_string(),
            record.drawn.to_string(),
            record.lost.to_string(),
        ]
    });
    let rows = rows.collect();
    Ok(Reply::words(words)
        .with("count", clans.ranked_count().to_string())
        .with_rows(COLUMNS, rows))
}
