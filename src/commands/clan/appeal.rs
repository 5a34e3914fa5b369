//! `clan appeal`: says something against one's own ban.

use super::CLAN;
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-appeal",
    aliases: &[],
    title: "Clan: appeal against a ban",
    help: "Says why you should not be banned; somebody else of the clan hears it, where there is one.",
    example: "clan appeal wolves it was my brother",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        Field {
            name: "text",
            label: "What you have to say",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Rest,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let tag = ask.clan_among(|ask| {
        let clans = ask.desk.world().clans.after(None);
        clans
            .filter(|live| live.clan.bans.contains_key(&me))
            .map(|live| live.clan.tag)
            .take(2)
            .collect()
    })?;
    let text = ask.field("text").unwrap_or_default().to_owned();
    ask.ask_clan(tag, &ClanAsk::Appeal { text })?;
    Ok(ask.about_clan(
        tag,
        "Your appeal is with those who may lift the ban. You are told what comes of it.",
    ))
}
