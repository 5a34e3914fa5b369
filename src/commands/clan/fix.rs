//! `clan fix`: makes an event of a proposal.

use super::CLAN;
use super::agenda::{EVENT, described};
use super::vote::read_slots;
use crate::clans::ClanAsk;
use crate::clans::calendar;
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::lines::missing;
use crate::commands::reply::Reply;
use crate::engine::agenda;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-fix",
    aliases: &[],
    title: "Clan: fix a time",
    help: "Makes an event of a proposal, at the time of this number, or at the one with the most votes.",
    example: "clan fix wolves 4 2",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        EVENT,
        Field {
            name: "time",
            label: "Number of the time (empty: the one with the most votes)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Next,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let n = ask
        .event_number()?
        .ok_or_else(|| missing(&CARD, "the number of a proposal"))?;
    let slot = match ask.field("time") {
        None => None,
        Some(text) => read_slots(text)?.first().copied(),
    };
    ask.ask_clan(tag, &ClanAsk::Calendar(calendar::Ask::Fix { n, slot }))?;
    let (now, zone) = (ask.desk.now(), ask.own_zone());
    let clan = &ask.desk.clan(tag)?.clan;
    let Some((entry, one)) = clan
        .calendar
        .entry(n)
        .and_then(|entry| Some((entry, entry.next(now)?)))
    else {
        return Ok(ask.with_clan(tag, Words::default()));
    };
    let words = Words::line(format!(
        "[{tag}] {}. The members are told.",
        described(entry, &one, zone.as_deref())
    ));
    let warnings = agenda::warnings(ask.desk.world(), clan, entry, now);
    let words = warnings.into_iter().fold(words, Words::and);
    let words = words.and(format!(
        "Whoever voted for this time is down as yes; `clan event {tag} {n}` shows who comes."
    ));
    Ok(ask.with_clan(tag, words).with("event", n.to_string()))
}
