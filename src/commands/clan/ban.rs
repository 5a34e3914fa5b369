//! `clan ban`: keeps somebody out.

use super::{CLAN, REASON, WHO, is_span, read_span, span_text};
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-ban",
    aliases: &[],
    title: "Clan: ban",
    help: "Keeps somebody out of the clan, for a time or for good; they are told the reason and may appeal.",
    example: "clan ban wolves bob 7d insults in the room",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[
        CLAN,
        WHO,
        Field {
            name: "time",
            label: "For how long (7d, 12h, 2w; empty: for good)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::If(is_span),
        },
        REASON,
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let named = ask.field("who").unwrap_or_default().to_owned();
    let who = ask.somebody(&named)?;
    let span = ask.field("time").map(read_span).transpose()?;
    let reason = ask.field("reason").unwrap_or_default().to_owned();
    ask.ask_clan(tag, &ClanAsk::Ban { who, reason, span })?;
    let name = ask.name_of(who);
    let time = span.map_or("for good".to_owned(), |span| {
        format!("for {}", span_text(span))
    });
    Ok(ask.about_clan(tag, format!("{name} is banned {time}, and is told why and how to appeal. `clan unban {tag} {name}` and a reason lifts it.")))
}
