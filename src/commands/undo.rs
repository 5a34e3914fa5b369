//! `undo`: takes back a move, by agreement.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use crate::kit::Refusal;
use crate::matches::OfferKind;

/// The card.
pub const CARD: Card = Card {
    name: "undo",
    aliases: &["takeback"],
    title: "Take a move back",
    help: "Asks your opponent to let you take back your last move, or lets them take back theirs.",
    example: "undo m42",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[MATCH, EXPECT],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    ask.propose(OfferKind::Undo, None)
}
