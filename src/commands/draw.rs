//! `draw`: offers a draw or accepts one.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use crate::kit::Refusal;
use crate::matches::OfferKind;

/// The card.
pub const CARD: Card = Card {
    name: "draw",
    aliases: &["remis"],
    title: "Offer or accept a draw",
    help: "Offers a draw, or accepts the one your opponent has offered.",
    example: "draw m42",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[MATCH, EXPECT],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    ask.propose(OfferKind::Draw, None)
}
