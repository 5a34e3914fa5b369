//! `clan decline`: says no to an invitation, or takes one's application back.

use super::CLAN;
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-decline",
    aliases: &[],
    title: "Clan: decline an invitation",
    help: "Says no to an invitation, or takes your application back.",
    example: "clan decline wolves",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[CLAN],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.waiting_clan()?;
    ask.ask_clan(tag, &ClanAsk::Decline)?;
    Ok(ask.about_clan(tag, "Done; nothing of yours waits there any more."))
}
