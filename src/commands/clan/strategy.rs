//! `clan strategy`: writes down how to play.

use super::writing::WRITTEN;
use crate::clans::PageKind;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-strategy",
    aliases: &["clan-strat"],
    title: "Clan: write a strategy",
    help: "Writes down how to play, for members unless you say officers or public; nobody is told. The first line is the title.",
    example: "clan strategy wolves officers Rush B, smoke first",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: WRITTEN,
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let text = ask.field("text").unwrap_or_default().to_owned();
    ask.write_page(PageKind::Strategy, text, None)
}
