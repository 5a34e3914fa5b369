//! `clan join`: becomes a member.

use super::CLAN;
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-join",
    aliases: &[],
    title: "Clan: join",
    help: "Joins a clan that invited you, or that is open to everybody.",
    example: "clan join wolves",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[CLAN],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.waiting_clan()?;
    ask.ask_clan(tag, &ClanAsk::Join)?;
    let name = ask.desk.clan(tag)?.clan.name.clone();
    Ok(ask.about_clan(tag, format!("You are a member of {name} now. Type `clan show {tag}` to see who is who, `clan leave {tag}` to leave.")))
}
