//! `adjourn`: puts a match away for another day, by agreement.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use crate::kit::Refusal;
use crate::matches::OfferKind;

/// The card.
pub const CARD: Card = Card {
    name: "adjourn",
    aliases: &[],
    title: "Adjourn",
    help: "Offers to go on another day, or accepts that; no clock runs until both type resume.",
    example: "adjourn m42",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[MATCH, EXPECT],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    ask.propose(OfferKind::Adjourn, None)
}
