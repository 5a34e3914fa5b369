//! `clan history`: what came of the matches of a clan with others, and its record.

use super::ANY_CLAN;
use super::fixture::title;
use crate::clans::fixtures::{MAX_HISTORY, Outcome, Played, Record};
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::paging::PAGE;
use crate::commands::reply::Reply;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-history",
    aliases: &["clan-results"],
    title: "Clan: results",
    help: "Shows what came of a clan's matches with others, the newest first, and its record by game.",
    example: "clan history wolves",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[ANY_CLAN, PAGE],
    run,
};

/// Lines that fit a phone's screen.
const LINES: usize = 10;
const COLUMNS: &[(&str, &str)] = &[
    ("fixture", "Match"),
    ("against", "Against"),
    ("game", "Game"),
    ("result", "Result"),
    ("score", "Score"),
    ("date", "Date"),
    ("match", "Played as"),
];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let page = ask.page(LINES)?;
    let fixtures = &ask.desk.clan(tag)?.clan.fixtures;
    let all = fixtures.history.len();
    let shown: Vec<&Played> = fixtures
        .history
        .iter()
        .rev()
        .skip(page.skip())
        .take(page.size)
        .collect();
    let mut words = Words::line(format!("[{tag}] {}.", record_words(fixtures.standing)));
    let several = fixtures.by_game.len() > 1;
    for (game, record) in fixtures.by_game.iter().filter(|_| several) {
        words = words.and(format!("{}: {}.", title(game), record_words(*record)));
    }
    for played in &shown {
        words = words.and(line(played));
    }
    if let Some(next) = page.next(all) {
        words = words.and(format!("Type `clan history {tag} {next}` for more."));
    } else if all == MAX_HISTORY {
        words = words.and("Older results are in the clan's record.");
    } else if all == 0 {
        words = words.and("Type `clan challenge` and a clan to play.");
    } else {
        words = words.and("Type `result` and a match for more, `clan standing` for the table.");
    }
    let record = fixtures.standing;
    let rows = shown.iter().map(|played| row(played)).collect();
    let reply = ask
        .with_clan(tag, words)
        .with("won", record.won.to_string())
        .with("drawn", record.drawn.to_string())
        .with("lost", record.lost.to_string())
        .with("points", record.points().to_string());
    Ok(reply.paged(page, all).with_rows(COLUMNS, rows))
}

/// `won 3, drawn 1, lost 2, 7 points`
pub fn record_words(record: Record) -> String {
    match record.played() {
        0 => "No result yet".to_owned(),
        _ => format!(
            "won {}, drawn {}, lost {}, {} points",
            record.won,
            record.drawn,
            record.lost,
            record.points()
        ),
    }
}

fn line(played: &Played) -> String {
    let score = match played.score.is_empty() {
        true => String::new(),
        false => format!(" {}", played.score),
    };
    let how = match played.outcome {
        Some(Outcome::Void) => "no result".to_owned(),
        Some(outcome) => format!("{}{score}", outcome.word()),
        None => "being played again".to_owned(),
    };
    format!(
        "{} {}, {} against {}: {how} ({})",
        played.at.jiff().strftime("%Y-%m-%d"),
        played.fixture,
        title(&played.game),
        played.with,
        played.id
    )
}

fn row(played: &Played) -> Vec<String> {
    vec![
        played.fixture.to_string(),
        played.with.to_string(),
        played.game.clone(),
        played.outcome.map_or("undone", Outcome::word).to_owned(),
        played.score.clone(),
        played.at.to_string(),
        played.id.to_string(),
    ]
}
