//! `admin status`: how the referee is doing.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use crate::engine::Desk;
use crate::kit::{Refusal, Words};
use crate::matches::Stage;

/// The card.
pub const CARD: Card = Card {
    name: "admin-status",
    aliases: &["status"],
    title: "Admin: status",
    help: "Tells how the referee is doing: matches, people, records, and what needs an admin.",
    example: "admin status",
    who: Who::Admin,
    effect: Effect::Reads,
    fields: &[],
    run,
};

/// Matches named in one answer.
const MAX_NAMED: usize = 20;

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let world = ask.desk.world();
    let count = |stage: Stage| {
        world
            .all_live()
            .filter(|live| live.game.stage == stage)
            .count()
    };
    let halted: Vec<String> = world
        .all_live()
        .filter(|live| live.game.stage == Stage::Halted)
        .map(|live| live.game.id.to_string())
        .take(MAX_NAMED)
        .collect();
    let (running, open, challenged) = (
        count(Stage::Started),
        count(Stage::Open),
        count(Stage::Challenged),
    );
    let words = Words::line(format!(
        "Referee {} for {}.",
        env!("CARGO_PKG_VERSION"),
        world.domain
    ))
    .and(format!(
        "{running} matches run, {open} are open, {challenged} challenges wait; {} were ever made.",
        world.last_match
    ))
    .and(format!(
        "{} people, {} bans, {} records in the journal.",
        world.people.len(),
        world.service.bans.len(),
        world.n
    ))
    .and(format!(
        "Effects confirmed up to record {}.",
        world.service.confirmed
    ))
    .and(match halted.as_slice() {
        [] => "No match is halted.".to_owned(),
        ids => format!(
            "Halted by a fault: {}. See the log, then `admin abort`.",
            ids.join(", ")
        ),
    });
    let astray: Vec<String> = (ask.desk.astray().take(MAX_NAMED))
        .map(|(tag, sees)| format!("{tag} ({})", sees.word()))
        .collect();
    let words = match astray.as_slice() {
        [] => words,
        nodes => words.and(format!(
            "Nodes of clans that somebody reads who may not, see the log: {}.",
            nodes.join(", ")
        )),
    };
    let name = |id: &crate::kit::PersonId| world.people.name(*id);
    let referees: Vec<String> = world.service.referees.iter().map(name).collect();
    let words = words.and(match referees.as_slice() {
        [] => "There are no human referees; `admin referee carol` makes one.".to_owned(),
        names => format!("Human referees: {}.", names.join(", ")),
    });
    let cases: Vec<String> = (world.cases().take(MAX_NAMED))
        .map(|live| live.game.id.to_string())
        .collect();
    let words = match cases.as_slice() {
        [] => words,
        ids => words.and(format!("These wait for a ruling: {}.", ids.join(", "))),
    };
    let words = space_left(ask.desk, words);
    let aside = world.aside.lines();
    let words = aside.iter().take(MAX_NAMED).fold(words, |words, line| {
        words.and(format!("Set aside, because it cannot be read: {line}."))
    });
    let words = ask.desk.resting().fold(words, |words, chore| {
        words.and(format!(
            "This work failed twice and rests until the next start, see the log: {chore}."
        ))
    });
    Ok(Reply::words(words)
        .with_list("aside", aside)
        .with_list("referees", referees)
        .with_list("astray", astray)
        .with_list("cases", cases)
        .with("running", running.to_string())
        .with("open", open.to_string())
        .with("people", world.people.len().to_string())
        .with("records", world.n.to_string())
        .with("confirmed", world.service.confirmed.to_string())
        .with_list("halted", halted))
}

/// What is left on the disk, and what that means.
fn space_left(desk: &Desk, words: Words) -> Words {
    match (desk.space(), desk.is_low_on_space()) {
        (Some(space), true) => words.and(format!(
            "The disk is nearly full ({} MiB free): matches that run go on, nothing new begins. Make room.",
            space.free >> 20
        )),
        (Some(space), false) => words.and(format!("{} MiB are free on the disk.", space.free >> 20)),
        (None, _) => words,
    }
}
