//! `clan disband`: gives a clan up.

use super::{CLAN, REASON};
use crate::clans::{ClanAsk, ClanStage};
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::commands::shared::moment;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-disband",
    aliases: &[],
    title: "Clan: give it up",
    help: "Disbands the clan: it ends after some days in which you can change your mind; its results stay.",
    example: "clan disband wolves we play elsewhere now",
    who: Who::Anyone,
    effect: Effect::Final,
    fields: &[CLAN, REASON],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let reason = ask.field("reason").unwrap_or_default().to_owned();
    let me = ask.me()?;
    if ask.desk.clan(tag)?.clan.owner() == Some(me) {
        let lost = format!(
            "Disbanding {tag} ends the clan for everybody in it, and its tag is never given out again."
        );
        ask.sure(&format!("clan disband {tag} {reason}"), lost)?;
    }
    ask.ask_clan(tag, &ClanAsk::Disband { reason })?;
    let until = match ask.desk.clan(tag)?.clan.stage {
        ClanStage::Disbanding { until } => moment(until),
        _ => String::new(),
    };
    Ok(ask.about_clan(tag, format!("The clan ends on {until}; its members are told. Type `clan keep {tag}` before then to keep it.")))
}
