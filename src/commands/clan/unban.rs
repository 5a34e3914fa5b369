//! `clan unban`: lifts a ban.

use super::{CLAN, REASON, WHO};
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::{PersonId, Refusal};

/// The card.
pub const CARD: Card = Card {
    name: "clan-unban",
    aliases: &[],
    title: "Clan: lift a ban",
    help: "Lifts a ban; the person is told why.",
    example: "clan unban wolves bob the appeal is right",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[CLAN, WHO, REASON],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    // Whoever was forgotten is known by the number alone.
    let number = ask.field("who").and_then(|named| named.parse().ok());
    let bans = &ask.desk.clan(tag)?.clan.bans;
    let who = match number.filter(|number: &PersonId| bans.contains_key(number)) {
        Some(number) => number,
        None => ask.clan_person()?,
    };
    let reason = ask.field("reason").unwrap_or_default().to_owned();
    ask.ask_clan(tag, &ClanAsk::Unban { who, reason })?;
    let name = ask.name_of(who);
    Ok(ask.about_clan(
        tag,
        format!("{name} may come back; `clan invite {tag} {name}` invites."),
    ))
}
