//! `clan keep`: keeps a clan that was given up.

use super::CLAN;
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-keep",
    aliases: &[],
    title: "Clan: keep it after all",
    help: "Keeps a clan that is being given up.",
    example: "clan keep wolves",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[CLAN],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    ask.ask_clan(tag, &ClanAsk::Keep)?;
    Ok(ask.about_clan(tag, "The clan stays; its members are told."))
}
