//! `record`: the record of a match, for people to read and for `referee verify` to check.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use super::shared::MATCH;
use crate::engine::{Found, record};
use crate::games::Game;
use crate::kit::{MatchId, Refusal, Seat, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "record",
    aliases: &["pgn", "log"],
    title: "Record of a match",
    help: "Shows the moves of a match, and gives programs its hash-chained record.",
    example: "record m42",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[
        MATCH,
        Field {
            name: "from",
            label: "First line of the record (for long ones)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
    ],
    run,
};

/// Lines of the record in one answer: about 100 kB, which every server passes.
const MAX_LINES: usize = 200;
/// Moves shown to people in one answer.
const MAX_MOVES: usize = 120;

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let id = ask.game_or_last()?;
    let from: usize = match ask.field("from") {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| refuse("command/number", "The field from takes a number of a line."))?,
    };
    let (moves, transcript) = moves(ask, id);
    let lines = ask.desk.record(id).map_err(|fault| {
        tracing::error!(%fault, %id, "a record cannot be read");
        refuse(
            "record/unreadable",
            "The record cannot be read at the moment; the admins have been told.",
        )
    })?;
    let known = match ask.desk.find(id) {
        Some(Found::Live(live)) => live.seen_by(ask.reader()).v,
        _ => u64::MAX,
    };
    let known = usize::try_from(known).unwrap_or(usize::MAX);
    let all = lines.len().min(known);
    let public: Vec<String> = lines
        .iter()
        .take(all)
        .skip(from)
        .take(MAX_LINES)
        .filter_map(|line| record::open_half(line).ok())
        .collect();
    let mut words = Words::line(format!(
        "Record of {id}: {all} lines, {} moves.",
        moves.len()
    ));
    match &transcript {
        Some(text) => words = words.board(text),
        None if moves.is_empty() => {}
        None => {
            let shown: Vec<&str> = moves
                .iter()
                .rev()
                .take(MAX_MOVES)
                .rev()
                .map(|(_, text)| text.as_str())
                .collect();
            words = words.and(shown.join(" "));
        }
    }
    words = words.and("The form of this command holds the lines themselves; save them and check them with `referee verify FILE`.");
    let next = from.saturating_add(public.len());
    let mut reply = ask.state_of(id, words).with_list("record", public);
    if next < all {
        reply = reply.with("next", next.to_string());
    }
    if let Some(text) = transcript {
        reply = reply.with_list("transcript", text.lines().map(str::to_owned).collect());
    }
    Ok(reply)
}

fn moves(ask: &Ask<'_>, id: MatchId) -> (Vec<(Seat, String)>, Option<String>) {
    let people = &ask.desk.world().people;
    let Some(found) = ask.desk.find(id) else {
        return (Vec::new(), None);
    };
    let (terms, seats, moves, started, places) = match &found {
        Found::Live(live) => {
            let live = live.seen_by(ask.reader());
            let places = live
                .game
                .verdict
                .as_ref()
                .map(|verdict| verdict.places.clone());
            let moves = crate::engine::archive::moves_of(&live.game);
            (
                live.game.terms.clone(),
                live.game.seats.clone(),
                moves,
                live.game.started,
                places,
            )
        }
        Found::Finished(finished) => {
            let places = Some(finished.verdict.places.clone());
            (
                finished.terms.clone(),
                finished.seats.clone(),
                finished.moves.clone(),
                finished.started,
                places,
            )
        }
    };
    let name = |seat: usize| {
        seats
            .get(seat)
            .map(|person| people.name(*person))
            .unwrap_or_default()
    };
    let result = match places.as_deref() {
        Some([1, 1]) => "1/2-1/2",
        Some([1, _]) => "1-0",
        Some([_, 1]) => "0-1",
        _ => "*",
    };
    let date = started
        .map(|at| at.to_string())
        .unwrap_or_default()
        .chars()
        .take(10)
        .collect::<String>()
        .replace('-', ".");
    let tags = [
        ("Event", format!("Match {id}")),
        ("Site", ask.desk.world().domain.clone()),
        ("Date", date),
        ("Round", "-".to_owned()),
        ("White", name(0)),
        ("Black", name(1)),
        ("Result", result.to_owned()),
    ];
    let game: Option<&'static dyn Game> = terms.game();
    let transcript = game.and_then(|game| game.transcript(&terms.setup, &moves, &tags));
    (moves, transcript)
}
