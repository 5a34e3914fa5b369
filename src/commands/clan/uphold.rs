//! `clan uphold`: lets a ban stand in spite of an appeal.

use super::{CLAN, REASON, WHO};
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-uphold",
    aliases: &[],
    title: "Clan: let a ban stand",
    help: "Lets a ban stand in spite of an appeal, with a reason; somebody else than who banned, where there is one.",
    example: "clan uphold wolves bob the log shows it",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[CLAN, WHO, REASON],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let who = ask.clan_person()?;
    let reason = ask.field("reason").unwrap_or_default().to_owned();
    ask.ask_clan(tag, &ClanAsk::Uphold { who, reason })?;
    let name = ask.name_of(who);
    Ok(ask.about_clan(tag, format!("The ban stands, and {name} is told why.")))
}
