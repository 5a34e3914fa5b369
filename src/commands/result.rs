//! `result`: how a match ended.

use super::card::{Ask, Card, Effect, Who};
use super::disputes::history;
use super::reply::Reply;
use super::shared::{ANY_MATCH, board_lines, moment, no_such_match};
use crate::engine::Found;
use crate::engine::archive::Finished;
use crate::kit::{MatchId, Refusal, Words, refuse};
use crate::matches::Stage;

/// The card.
pub const CARD: Card = Card {
    name: "result",
    aliases: &["score"],
    title: "Result of a match",
    help: "Shows how a match ended, and the proof of its luck.",
    example: "result m42",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[ANY_MATCH],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let id = match (ask.field("match"), ask.place.game(), ask.last_over()) {
        (None, None, Some(last)) => last,
        _ => ask.game("of yours has ended", |_, _| false)?,
    };
    result(ask, id)
}

/// How a match ended; a refusal while it has not.
pub fn result(ask: &Ask<'_>, id: MatchId) -> Result<Reply, Refusal> {
    let finished = match ask.desk.find(id) {
        Some(Found::Finished(finished)) => *finished,
        Some(Found::Live(live)) => Finished::of(live).ok_or_else(|| {
            refuse("match/running", format!("Match {id} is not over."))
                .hint(format!("Type `show {id}` to see it."))
        })?,
        None => return Err(no_such_match(id)),
    };
    let people = &ask.desk.world().people;
    let names: Vec<String> = finished
        .names()
        .into_iter()
        .map(|person| people.name(person))
        .collect();
    let title = finished
        .terms
        .game()
        .map_or(finished.terms.game.as_str(), |game| game.spec().title);
    let verdict = fill(&finished.verdict.text, &names);
    let kind = if finished.counts() || finished.started.is_none() {
        ""
    } else {
        "No result. "
    };
    let mut words = Words::line(format!(
        "{id} {title}, {}: {kind}{verdict}",
        names.join("–")
    ))
    .board(&finished.view.board);
    for line in history(people, &finished.names(), &finished.case, true) {
        words = words.and(line);
    }
    words = words.and(format!(
        "{} moves, ended {}. Type `record {id}` for the record.",
        finished.plays,
        moment(finished.ended)
    ));
    words = games(ask, &finished, &names)
        .into_iter()
        .fold(words, Words::and);
    let changes = ask.desk.world().ratings.changes(id);
    let each = changes.iter().map(|change| {
        let name = people.name(change.who);
        format!("{name} {} → {}", change.before, change.after)
    });
    let ratings: Vec<String> = each.collect();
    if !ratings.is_empty() {
        words = words.and(format!("Ratings: {}.", ratings.join(", ")));
    }
    let places: Vec<String> = finished.verdict.places.iter().map(u8::to_string).collect();
    let mut reply = Reply::words(words)
        .with("match", id.to_string())
        .with("version", finished.v.to_string())
        .with("state", Stage::Over.word())
        .with("players", names.join(" "))
        .with("result", finished.verdict.code.clone())
        .with("places", places.join(" "))
        .with("verdict", verdict)
        .with("turn", "")
        .with("position", finished.view.position.clone())
        .with_list("legal", Vec::new())
        .with_list(
            "moves",
            finished
                .moves
                .iter()
                .map(|(_, text)| text.clone())
                .collect(),
        )
        .with_list(
            "clocks",
            finished.clocks.iter().map(i64::to_string).collect(),
        )
        .with("hash", finished.head.to_string())
        .with("commitment", finished.commitment.to_string());
    if !changes.is_empty() {
        let after = changes.iter().map(|change| change.after.to_string());
        reply = reply.with_list("ratings", after.collect());
    }
    Ok(with_proof(reply, &finished))
}

/// What proves the result: the signature, and the keys of the luck.
fn with_proof(mut reply: Reply, finished: &Finished) -> Reply {
    if let Some(signed) = &finished.signature {
        reply = reply
            .with("signed", signed.over.to_string())
            .with("key", signed.key.to_string())
            .with("signature", signed.signature.to_string());
    }
    if let Some(reveal) = &finished.reveal {
        reply = reply
            .with("open-key", reveal.open_key.to_string())
            .with("card-key-hash", reveal.card_key_hash.to_string());
        if let Some(key) = reveal.card_key {
            reply = reply.with("card-key", key.to_string());
        }
    }
    reply
}

/// The boards of a team match, or the games of a series.
fn games(ask: &Ask<'_>, finished: &Finished, names: &[String]) -> Vec<String> {
    let team = finished.team.as_ref();
    let mut lines = team.map_or_else(Vec::new, |team| board_lines(ask, &finished.seats, team));
    if let Some(tally) = &finished.tally {
        let games = tally.games.iter().zip(1..).map(|(played, number)| {
            let outcome = match played.places.as_slice() {
                [1, 1] => "drawn",
                [1, _] => names.first().map_or("", String::as_str),
                _ => names.get(1).map_or("", String::as_str),
            };
            format!("{number} {outcome} ({})", played.code)
        });
        lines.push(format!("Games: {}.", games.collect::<Vec<_>>().join(", ")));
    }
    lines
}

fn fill(text: &str, names: &[String]) -> String {
    names
        .iter()
        .enumerate()
        .fold(text.to_owned(), |text, (seat, name)| {
            text.replace(&format!("{{{seat}}}"), name)
        })
}
