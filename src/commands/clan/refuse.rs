//! `clan refuse`: turns an applicant down.

use super::{CLAN, REASON, WHO};
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-refuse",
    aliases: &[],
    title: "Clan: turn an applicant down",
    help: "Turns down somebody who has applied; they are told the reason.",
    example: "clan refuse wolves bob we are full this season",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[CLAN, WHO, REASON],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let who = ask.clan_person()?;
    let reason = ask.field("reason").unwrap_or_default().to_owned();
    ask.ask_clan(tag, &ClanAsk::Refuse { who, reason })?;
    let name = ask.name_of(who);
    Ok(ask.about_clan(tag, format!("{name} is told.")))
}
