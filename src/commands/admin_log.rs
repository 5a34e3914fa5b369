//! `admin log`: who did what in a match.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use super::shared::is_match_id;
use crate::engine::record;
use crate::kit::{MatchId, Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "admin-log",
    aliases: &[],
    title: "Admin: log of a match",
    help: "Shows who did what in a match, line by line, without anything sealed.",
    example: "admin log m42",
    who: Who::Admin,
    effect: Effect::Reads,
    fields: &[Field {
        name: "match",
        label: "Match",
        kind: Kind::AnyMatch,
        default: "",
        required: true,
        words: WordsFor::If(is_match_id),
    }],
    run,
};

/// Lines in one answer.
const MAX_LINES: usize = 40;

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let named = ask
        .field("match")
        .map(str::to_owned)
        .or(ask.place.game().map(|id| id.to_string()));
    let id: MatchId = named.and_then(|named| named.parse().ok()).ok_or_else(|| {
        refuse("match/bad-id", "Which match?").hint("Type for example `admin log m42`.")
    })?;
    let all = ask.desk.record_len(id);
    let skipped = all.saturating_sub(MAX_LINES);
    let lines = ask
        .desk
        .record_lines(id, skipped, MAX_LINES)
        .map_err(|fault| {
            tracing::error!(%fault, %id, "a record cannot be read");
            refuse(
                "record/unreadable",
                "The record cannot be read; see the log of the service.",
            )
        })?;
    if lines.is_empty() {
        return Err(super::shared::no_such_match(id));
    }
    let people = &ask.desk.world().people;
    let mut shown = Vec::new();
    for line in &lines {
        let Ok(line) = record::read(line) else {
            continue;
        };
        let by = line
            .public
            .by
            .map_or("referee".to_owned(), |person| people.name(person));
        shown.push(format!(
            "{} {by}: {}",
            line.public.at,
            crate::kit::clip(line.public.ev.get(), 160)
        ));
    }
    let head = match skipped {
        0 => format!("{} lines:", shown.len()),
        n => format!("The last {} lines ({n} before them):", shown.len()),
    };
    Ok(Reply::words(Words::line(head).board(shown.join("\n"))).with_list("log", shown))
}
