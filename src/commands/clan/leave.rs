//! `clan leave`: leaves a clan.

use super::CLAN;
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-leave",
    aliases: &[],
    title: "Clan: leave",
    help: "Leaves a clan.",
    example: "clan leave wolves",
    who: Who::Anyone,
    effect: Effect::Final,
    fields: &[CLAN],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let me = ask.me()?;
    if ask.desk.clan(tag)?.clan.members.contains_key(&me) {
        let lost = format!(
            "If you leave {tag}, you lose your role there and may need an invitation to come back."
        );
        ask.sure(&format!("clan leave {tag}"), lost)?;
    }
    ask.ask_clan(tag, &ClanAsk::Leave)?;
    Ok(ask.about_clan(tag, "You have left the clan."))
}
