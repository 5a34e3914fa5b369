//! `clan uninvite`: takes an invitation back.

use super::{CLAN, WHO};
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-uninvite",
    aliases: &[],
    title: "Clan: take an invitation back",
    help: "Takes an invitation back.",
    example: "clan uninvite wolves bob",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[CLAN, WHO],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let who = ask.clan_person()?;
    ask.ask_clan(tag, &ClanAsk::Uninvite { who })?;
    let name = ask.name_of(who);
    Ok(ask.about_clan(tag, format!("{name} is not invited any more, and is told.")))
}
