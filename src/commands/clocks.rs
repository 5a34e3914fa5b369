//! `clocks`: the kinds of clock there are, how each is written, and what the law of one is.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use crate::kit::{Refusal, Words};
use crate::matches::{ClockRule, guide};

/// The card.
pub const CARD: Card = Card {
    name: "clocks",
    aliases: &["clock", "time-controls"],
    title: "Clocks",
    help: "Lists the kinds of clock and how to write them, or explains one.",
    example: "clocks 30+3x30s",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[Field {
        name: "clock",
        label: "Clock (empty for all kinds)",
        kind: Kind::Text,
        default: "",
        required: false,
        words: WordsFor::Rest,
    }],
    run,
};

const COLUMNS: &[(&str, &str)] = &[("clock", "Clock"), ("words", "In words")];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    match ask.field("clock") {
        Some(text) => Ok(explain(text.parse()?)),
        None => Ok(all()),
    }
}

fn all() -> Reply {
    let lines = guide::NOTATION
        .iter()
        .map(|(example, words)| format!("· {example} — {words}"));
    let words = lines
        .chain(guide::NOTES.iter().map(|note| (*note).to_owned()))
        .fold(Words::line("Clocks:"), Words::and)
        .and("Type `clocks 30+3x30s` to have one explained, `challenge bob chess 30+3x30s` to play with it.");
    let rows = guide::NOTATION
        .iter()
        .map(|(example, words)| vec![(*example).to_owned(), (*words).to_owned()]);
    Reply::words(words).with_rows(COLUMNS, rows.collect())
}

fn explain(rule: ClockRule) -> Reply {
    let words = guide::law(rule).into_iter().fold(
        Words::line(format!("{rule}: {}.", rule.words(&[]))),
        Words::and,
    );
    let words = match rule.shortest_first_move() {
        Some(first) => words.and(format!(
            "A first move is not on the clock, but has to come within {}.",
            first.words()
        )),
        None => words,
    };
    let words = words.and(format!(
        "Type `challenge bob chess {rule}` to play with it."
    ));
    Reply::words(words).with_rows(COLUMNS, vec![vec![rule.to_string(), rule.words(&[])]])
}
