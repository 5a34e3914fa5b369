//! `clan propose`: several times for an event, to be voted on.

use super::CLAN;
use super::agenda::{choices, titled};
use super::event::{KIND, TITLE, read_plan};
use crate::clans::ClanAsk;
use crate::clans::calendar;
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-propose",
    aliases: &["clan-poll"],
    title: "Clan: propose times",
    help: "Proposes several times for a match, a training or a meeting; members vote, and the votes decide at the time after `by`, or somebody fixes one.",
    example: "clan propose wolves match Scrim sat 20:00, sun 18:00 by fri 18:00 at cs.example.org",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        KIND,
        TITLE,
        Field {
            name: "when",
            label: "Times and the rest: sat 20:00, sun 18:00 2h by fri 18:00 at cs.example.org",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let (plan, wish) = read_plan(ask, &CARD)?;
    let wanted = calendar::Ask::Propose {
        plan,
        slots: wish.starts.iter().map(|read| read.start.clone()).collect(),
        decide: wish.by.as_ref().map(|by| by.start.moment()),
    };
    ask.ask_clan(tag, &ClanAsk::Calendar(wanted))?;
    let calendar = &ask.desk.clan(tag)?.clan.calendar;
    let Some(proposal) = calendar.proposals().last() else {
        return Ok(ask.with_clan(tag, Words::default()));
    };
    let (n, zone) = (proposal.n, ask.own_zone());
    let words = Words::line(format!(
        "[{tag}] {}: the members are asked which time suits them.",
        titled(n, &proposal.plan)
    ));
    let words = choices(ask, proposal, zone.as_deref())
        .into_iter()
        .fold(words, Words::and);
    let words = ask.reading_notes(&wish).into_iter().fold(words, Words::and);
    let words = match &wish.by {
        Some(by) => words.and(format!("The votes decide {}; `clan fix {tag} {n} 1` decides before.", by.start.shown(zone.as_deref()))),
        None => words.and(format!("`clan vote {tag} {n} 1 2` votes, `clan fix {tag} {n} 1` decides; nothing decides by itself.")),
    };
    Ok(ask.with_clan(tag, words).with("event", n.to_string()))
}
