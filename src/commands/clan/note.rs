//! `clan note`: writes something to look up.

use super::writing::WRITTEN;
use crate::clans::PageKind;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-note",
    aliases: &[],
    title: "Clan: write a note",
    help: "Writes a note, for members unless you say public or officers; nobody is told. The first line is the title.",
    example: "clan note wolves officers Who pays the server",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: WRITTEN,
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let text = ask.field("text").unwrap_or_default().to_owned();
    ask.write_page(PageKind::Note, text, None)
}
