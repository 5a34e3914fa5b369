//! `clan kick`: puts a member out.

use super::{CLAN, REASON, WHO};
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-kick",
    aliases: &[],
    title: "Clan: put a member out",
    help: "Puts a member out; they are told the reason. They may come back unless you `clan ban` them.",
    example: "clan kick wolves bob never comes to matches",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[CLAN, WHO, REASON],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let who = ask.clan_person()?;
    let reason = ask.field("reason").unwrap_or_default().to_owned();
    ask.ask_clan(tag, &ClanAsk::Kick { who, reason })?;
    let name = ask.name_of(who);
    Ok(ask.about_clan(
        tag,
        format!("{name} is out, and is told why. `clan ban {tag} {name}` keeps somebody out."),
    ))
}
