//! `clan news`: writes news, of which those who may read them are told.

use super::writing::WRITTEN;
use crate::clans::PageKind;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-news",
    aliases: &[],
    title: "Clan: write news",
    help: "Writes news, for members unless you say public or officers; they are told once. The first line is the title.",
    example: "clan news wolves public We won the cup",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: WRITTEN,
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let text = ask.field("text").unwrap_or_default().to_owned();
    ask.write_page(PageKind::News, text, None)
}
