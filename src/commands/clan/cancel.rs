//! `clan cancel`: calls an event off, or takes a proposal back.

use super::CLAN;
use super::agenda::{DATE, EVENT};
use crate::clans::ClanAsk;
use crate::clans::calendar::{self, Which};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-cancel",
    aliases: &[],
    title: "Clan: cancel an event",
    help: "Calls an event off, one date of it or all, or takes a proposal back; the members are told, with the reason.",
    example: "clan cancel wolves 3 2026-12-26 the server is down",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[
        CLAN,
        EVENT,
        DATE,
        Field {
            name: "reason",
            label: "Reason (the members see it)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let n = ask.event_of(tag)?;
    let on = ask.event_date()?;
    let why = ask.field("reason").unwrap_or_default().to_owned();
    ask.ask_clan(
        tag,
        &ClanAsk::Calendar(calendar::Ask::Cancel { n, on, why }),
    )?;
    let date = match on {
        Which::On(date) => format!(" on {date}"),
        _ => String::new(),
    };
    let text = format!(
        "#{n} is cancelled{date}, and the members are told. `clan events {tag}` shows what is left."
    );
    Ok(ask.about_clan(tag, text).with("event", n.to_string()))
}
