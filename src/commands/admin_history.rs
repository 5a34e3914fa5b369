//! `admin history`: everything that was ever done about somebody, with who did it, why, when and until when.

use super::card::{Ask, Card, Effect, Who};
use super::moderation::{WHO, measure_line};
use super::reply::Reply;
use super::shared::moment;
use crate::engine::{muted_words, until_words};
use crate::kit::{MatchId, PersonId, Refusal, Timestamp, Words};
use crate::matches::Given;

/// The card.
pub const CARD: Card = Card {
    name: "admin-history",
    aliases: &[],
    title: "Admin: history of somebody",
    help: "Shows bans, mutes, flags, notes and rulings about somebody, each with who, why, when and until when.",
    example: "admin history bob",
    who: Who::Admin,
    effect: Effect::Reads,
    fields: &[WHO],
    run,
};

/// Finished matches that are looked through for rulings.
const MATCHES_LOOKED_AT: usize = 50;
/// Lines of one kind in one answer; the newest stay.
const MAX_LINES: usize = 30;

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let them = ask.target(&CARD)?;
    let (world, now) = (ask.desk.world(), ask.desk.now());
    let mut words = Words::line(format!("{} ({}):", them.name, them.who));
    let jid = world.people.get(them.who).map(|person| person.jid.as_str());
    if let Some(ban) = jid.and_then(|jid| world.ban_of(jid, now)) {
        let until = ban
            .until
            .map_or("for good".to_owned(), |until| until_words(Some(until)));
        words = words.and(format!(
            "Banned {until}: {}.",
            ban.reason.trim_end_matches('.')
        ));
    }
    if let Some(mute) = world.mute_of(them.who, now) {
        let said = muted_words(mute);
        words = words.and(format!("Is {said}"));
    }
    let measures = world.service.moderation.measures(them.who);
    let mut lines: Vec<(Timestamp, String)> = (measures.iter())
        .map(|measure| (measure.at, measure_line(ask, measure)))
        .collect();
    lines.extend(rulings(ask, them.who));
    lines.sort_by_key(|(at, _)| *at);
    let skipped = lines.len().saturating_sub(MAX_LINES);
    let lines: Vec<String> = lines
        .into_iter()
        .skip(skipped)
        .map(|(_, line)| line)
        .collect();
    let remarks = remarks(ask, them.who);
    if lines.is_empty() && remarks.is_empty() {
        words = words.and("Nothing was ever done about them, and nothing is noted.");
    }
    if skipped > 0 {
        words = words.and(format!("{skipped} older ones are in the journal."));
    }
    let words = lines
        .iter()
        .chain(&remarks)
        .cloned()
        .fold(words, Words::and);
    Ok(Reply::words(words)
        .with("person", them.who.to_string())
        .with_list("history", lines)
        .with_list("notes", remarks))
}

/// What admins noted, with the numbers to take a note away by.
fn remarks(ask: &Ask<'_>, who: PersonId) -> Vec<String> {
    let people = &ask.desk.world().people;
    let remarks = people.get(who).map_or(&[][..], |person| &person.remarks);
    (1..)
        .zip(remarks)
        .map(|(number, remark)| {
            let (at, by) = (moment(remark.at), people.name(remark.by));
            format!("Note {number}, {at} by {by}: {}", remark.text)
        })
        .collect()
}

/// Rulings of human referees in the matches of somebody.
fn rulings(ask: &Ask<'_>, who: PersonId) -> Vec<(Timestamp, String)> {
    let people = &ask.desk.world().people;
    let line = |id: MatchId, given: &Given| {
        let (at, by) = (moment(given.at), people.name(given.by));
        let (ruling, reason) = (given.ruling.word(), &given.reason);
        (
            given.at,
            format!("{at}: ruling in {id} by {by}, {ruling}: {reason}"),
        )
    };
    let mut lines = Vec::new();
    for live in ask.desk.world().matches_of(who) {
        let rulings = live.game.case.rulings.iter();
        lines.extend(rulings.map(|given| line(live.game.id, given)));
    }
    for finished in ask.desk.finished_of(who, None, MATCHES_LOOKED_AT) {
        let rulings = finished.case.rulings.iter();
        lines.extend(rulings.map(|given| line(finished.id, given)));
    }
    lines.sort();
    lines.dedup();
    lines
}
