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
    fields: &[
        Field {
            name: "filter",
            label: "open, over, a game or a player (empty for all that run)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Next,
        },
        Field {
            name: "before",
            label: "Before this match (empty: the newest)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Following("before"),
        },
    ],
    run,
};

/// Lines that fit a phone's screen.
const LINES: usize = 12;
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
    let before = ask.field("before").map(read_before).transpose()?;
    if filter.as_deref() == Some("over") {
        return Ok(ended(ask, before));
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
    let (me, size) = (ask.reader(), ask.page_size(LINES));
    let from = before.unwrap_or(MatchId(u64::MAX));
    let mut newest = (ask.desk.world().listed_older(from))
        .map(|live| &live.seen_by(me).game)
        .take(MAX_LOOKED_AT);
    let mut found: Vec<&Match> = Vec::new();
    // The last one that was looked at: where the next page begins.
    let mut upto = None;
    for game in newest.by_ref() {
        upto = Some(game.id);
        if fits(game) {
            found.push(game);
        }
        if found.len() == size {
            break;
        }
    }
    let older = |id: &MatchId| ask.desk.world().listed_older(*id).next().is_some();
    let next = upto.filter(older);
    let mut words = Words::default();
    for game in &found {
        words = words.and(headline(ask, game));
    }
    if found.is_empty() {
        words = words
            .and("No such match at the moment. Type `open` and a game to wait for an opponent.");
    } else if let Some(next) = next {
        let filter = filter.map_or(String::new(), |filter| format!(" {}", clip(&filter, 30)));
        words = words.and(format!(
            "There are {} matches. Type `matches{filter} before {next}` for older ones.",
            ask.desk.world().listed_count()
        ));
    }
    if !found.is_empty() {
        words = words.and("Type `show`, `watch` or `join` and a match's name.");
    }
    let rows = found.iter().map(|game| row(ask, game)).collect();
    let reply = Reply::words(words).with_next(next.map(|id| id.to_string()));
    Ok(reply.with_rows(COLUMNS, rows))
}

fn read_before(text: &str) -> Result<MatchId, Refusal> {
    text.parse().map_err(|()| {
        refuse(
            "match/bad-id",
            "The field before takes a match such as m42.",
        )
        .hint("Type `matches` for the newest.")
    })
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

/// Finished matches read for each line, as many were private or came to nothing.
const READ_FOR_ONE: usize = 4;

fn ended(ask: &Ask<'_>, before: Option<MatchId>) -> Reply {
    let people = &ask.desk.world().people;
    let mut words = Words::default();
    let mut rows = Vec::new();
    let most = READ_FOR_ONE * LINES;
    let newest = ask.desk.newest_finished(before, most);
    let mut upto = None;
    for one in &newest {
        upto = Some(one.id);
        if !one.counts() || one.terms.visibility != crate::matches::Visibility::Public {
            continue;
        }
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
        if rows.len() == LINES {
            break;
        }
    }
    let more = newest.len() == most || newest.last().map(|one| one.id) != upto;
    let next = upto.filter(|_| more);
    words = words.and(match (rows.is_empty(), next) {
        (_, Some(next)) => format!("Type `matches over before {next}` for older ones."),
        (true, None) => "No match has ended with a result yet.".to_owned(),
        (false, None) => "Type `result` or `record` and a match's name.".to_owned(),
    });
    let reply = Reply::words(words).with_next(next.map(|id| id.to_string()));
    reply.with_rows(COLUMNS, rows)
}
