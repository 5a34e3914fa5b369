//! `clan standing`: the table of all clans by their results.

use super::history::record_words;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::paging::PAGE;
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
    fields: &[PAGE],
    run,
};

/// Lines that fit a phone's screen.
const LINES: usize = 12;
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
    let page = ask.page(LINES)?;
    let from = page.skip();
    if from >= MAX_PLACES {
        let last = MAX_PLACES / page.size;
        let text = format!("A page is a number from 1 to {last}.");
        return Err(refuse("command/page", text).hint("Type `clan standing` for the first one."));
    }
    let clans = &ask.desk.world().clans;
    let shown: Vec<_> = clans
        .ranked_from(from)
        .take(page.size)
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
    let places = clans.ranked_count().min(MAX_PLACES);
    if let Some(next) = page.next(places) {
        words = words.and(format!("Type `clan standing {next}` for more."));
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
        .paged(page, places)
        .with_rows(COLUMNS, rows))
}
