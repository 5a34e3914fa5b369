//! `pause`: stops the clocks for a while, by agreement.

use super::card::{Ask, Card, Effect, Who};
use super::proposals::{LENGTH, length};
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use crate::kit::Refusal;
use crate::matches::OfferKind;

/// The card.
pub const CARD: Card = Card {
    name: "pause",
    aliases: &["break"],
    title: "Pause",
    help: "Offers a break in which no clock runs, or accepts one; it ends by itself, or when both type resume.",
    example: "pause m42 10m",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[MATCH, LENGTH, EXPECT],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let lasts = ask.field("length").map(length).transpose()?;
    ask.propose(OfferKind::Pause, lasts)
}
