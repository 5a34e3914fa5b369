//! `clan admit`: lets an applicant in.

use super::{CLAN, WHO};
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-admit",
    aliases: &[],
    title: "Clan: let an applicant in",
    help: "Lets somebody who has applied become a member.",
    example: "clan admit wolves bob",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[CLAN, WHO],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let who = ask.clan_person()?;
    ask.ask_clan(tag, &ClanAsk::Admit { who })?;
    let name = ask.name_of(who);
    Ok(ask.about_clan(tag, format!("{name} is a member now, and is told.")))
}
