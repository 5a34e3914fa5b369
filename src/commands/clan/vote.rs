//! `clan vote`: says which of the proposed times suit.

use std::collections::BTreeSet;

use super::CLAN;
use super::agenda::{EVENT, choices, titled};
use crate::clans::ClanAsk;
use crate::clans::calendar::{self, MAX_SLOTS};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::lines::missing;
use crate::commands::reply::Reply;
use crate::kit::{Refusal, Words, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-vote",
    aliases: &[],
    title: "Clan: vote for times",
    help: "Says which times of a proposal suit you: as many as you like, all or none; a new vote replaces the one before.",
    example: "clan vote wolves 4 1 3",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        EVENT,
        Field {
            name: "times",
            label: "Numbers of the times that suit you (1 3), all or none",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Rest,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let n = ask
        .event_number()?
        .ok_or_else(|| missing(&CARD, "the number of a proposal"))?;
    let now = ask.desk.now();
    let proposal = ask.desk.clan(tag)?.clan.calendar.open_proposal(n)?;
    let slots = match ask
        .field("times")
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "all" => proposal.open_slots(now).collect(),
        "none" => BTreeSet::new(),
        list => read_slots(list)?,
    };
    ask.ask_clan(tag, &ClanAsk::Calendar(calendar::Ask::Vote { n, slots }))?;
    let calendar = &ask.desk.clan(tag)?.clan.calendar;
    let Ok(proposal) = calendar.open_proposal(n) else {
        return Ok(ask.with_clan(tag, Words::default()));
    };
    let words = Words::line(format!(
        "[{tag}] Your vote for {} counts. It stands like this:",
        titled(n, &proposal.plan)
    ));
    let lines = choices(ask, proposal, ask.own_zone().as_deref());
    let words = lines.into_iter().fold(words, Words::and);
    let words = words.and("You are told when the time is fixed; vote again to change your vote.");
    Ok(ask.with_clan(tag, words).with("event", n.to_string()))
}

/// `1 3` or `1,3`, counted from 1 by people.
pub fn read_slots(list: &str) -> Result<BTreeSet<u8>, Refusal> {
    let words = list.split([' ', ',']).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let number = word
                .parse::<u8>()
                .ok()
                .filter(|n| (1..=MAX_SLOTS).contains(&usize::from(*n)));
            number.map(|number| number - 1).ok_or_else(|| {
                refuse(
                    "calendar/slots",
                    format!("`{}` is no number of a time.", clip(word, 20)),
                )
                .hint("Type the numbers of the times that suit you, such as `1 3`, or all or none.")
            })
        })
        .collect()
}
