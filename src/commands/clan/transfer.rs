//! `clan transfer`: gives a clan to another member.

use super::{CLAN, WHO};
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-transfer",
    aliases: &[],
    title: "Clan: give it away",
    help: "Gives the clan to another member; you stay as captain.",
    example: "clan transfer wolves bob",
    who: Who::Anyone,
    effect: Effect::Final,
    fields: &[CLAN, WHO],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let who = ask.clan_person()?;
    let (me, name) = (ask.me()?, ask.name_of(who));
    if ask.desk.clan(tag)?.clan.owner() == Some(me) {
        let lost = format!("{name} would own {tag} then, and only {name} could give it back.");
        ask.sure(&format!("clan transfer {tag} {name}"), lost)?;
    }
    ask.ask_clan(tag, &ClanAsk::Transfer { who })?;
    Ok(ask.about_clan(tag, format!("{name} owns the clan now; you are a captain.")))
}
