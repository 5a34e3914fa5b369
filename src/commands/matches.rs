//! `matches`: what is being played, who waits, what has ended.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use super::shared::headline;
use crate::games;
use crate::kit::{MatchId, Refusal, Words, clip, refuse};
use crate::matches::{Match, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "matches",
    aliases: &["list", "seeks"],
    title: "Matches",
    help: "Lists public matches: all, those that are open, a game's, a player's, or the last that ended (over).",
    example: "matches open",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[Field {
        name: "filter",
        label: "open, over, a game or a player (empty for all that run)",
        kind: Kind::Text,
        default: "",
        required: false,
        words: WordsFor::Next,
    }],
    run,
};

/// Lines that fit a phone's screen.
const PAGE: usize = 12;
/// Matches looked through for a filter, newest first.
const MAX_LOOKED_AT: usize = 5000;
const COLUMNS: &[(&str, &str)] = &[
    ("match", "Match"),
    ("game", "Game"),
    ("players", "Players"),
    ("state", "State"),
    ("clock", "Clock"),
    ("turn", "To move"),
];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let filter = ask.field("filter").map(str::to_lowercase);
    if filter.as_deref() == Some("over") {
        return Ok(ended(ask));
    }
    let player = filter
        .as_deref()
        .and_then(|name| ask.desk.world().people.by_handle(name))
        .map(|person| person.id);
    let game = filter
        .as_deref()
        .and_then(games::find)
        .map(|game| game.spec().id);
    let fits = |live: &Match| match (filter.as_deref(), game, player) {
        (None, ..) => true,
        (Some("open"), ..) => live.stage == Stage::Open,
        (_, Some(game), _) => live.terms.game == game,
        (_, _, Some(player)) => live.names().contains(&player),
        _ => false,
    };
    let known =
        matches!(filter.as_deref(), None | Some("open")) || game.is_some() || player.is_some();
    if let (false, Some(filter)) = (known, &filter) {
        return Err(refuse("matches/filter", format!("`{}` is no game, no player and no filter.", clip(filter, 30)))
            .hint("Type `matches`, `matches open`, `matches over`, `matches chess` or `matches` and a player's name."));
    }
    let me = ask.reader();
    let newest = ask.desk.world().listed_before(MatchId(u64::MAX));
    let found: Vec<&Match> = newest
        .take(MAX_LOOKED_AT)
        .map(|live| &live.seen_by(me).game)
        .filter(|game| fits(game))
        .take(PAGE)
        .collect();
    let mut words = Words::default();
    for game in &found {
        words = words.and(headline(ask, game));
    }
    if found.is_empty() {
        words = words
            .and("No such match at the moment. Type `open` and a game to wait for an opponent.");
    } else if found.len() == PAGE {
        words = words.and(format!(
            "Those are the newest of {}.",
            ask.desk.world().listed_count()
        ));
    }
    if !found.is_empty() {
        words = words.and("Type `show`, `watch` or `join` and a match's name.");
    }
    let rows = found.iter().map(|game| row(ask, game)).collect();
    Ok(Reply::words(words).with_rows(COLUMNS, rows))
}

/// A match as a row for programs.
pub(super) fn row(ask: &Ask<'_>, game: &Match) -> Vec<String> {
    let people = &ask.desk.world().people;
    let names: Vec<String> = game
        .names()
        .into_iter()
        .map(|person| people.name(person))
        .collect();
    let turn = game
        .waits_for()
        .into_iter()
        .filter_map(|seat| game.seats.get(seat.index()).map(|id| people.name(*id)));
    vec![
        game.id.to_string(),
        game.terms.game.clone(),
        names.join(" "),
        game.stage.word().to_owned(),
        game.terms.clock.to_string(),
        turn.collect::<Vec<_>>().join(" "),
    ]
}

fn ended(ask: &Ask<'_>) -> Reply {
    let people = &ask.desk.world().people;
    let mut words = Words::default();
    let mut rows = Vec::new();
    let newest = ask.desk.newest_finished(None, 10 * PAGE);
    let shown = newest
        .iter()
        .filter(|one| one.counts() && one.terms.visibility == crate::matches::Visibility::Public);
    for one in shown.take(PAGE) {
        let names: Vec<String> = one
            .names()
            .into_iter()
            .map(|person| people.name(person))
            .collect();
        let winner = one
            .verdict
            .winner()
            .and_then(|seat| one.seats.get(seat.index()))
            .map(|id| people.name(*id));
        let outcome = winner.map_or("drawn".to_owned(), |name| format!("{name} won"));
        words = words.and(format!(
            "{} {}: {}, {outcome} ({})",
            one.id,
            one.terms.game,
            names.join("–"),
            one.verdict.code
        ));
        rows.push(vec![
            one.id.to_string(),
            one.terms.game.clone(),
            names.join(" "),
            Stage::Over.word().to_owned(),
            one.terms.clock.to_string(),
            String::new(),
        ]);
    }
    words = words.and(if rows.is_empty() {
        "No match has ended with a result yet."
    } else {
        "Type `result` or `record` and a match's name."
    });
    Reply::words(words).with_rows(COLUMNS, rows)
}
