//! `abort`: calls a match off without a result.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use crate::kit::Refusal;
use crate::matches::OfferKind;

/// The card.
pub const CARD: Card = Card {
    name: "abort",
    aliases: &[],
    title: "Abort",
    help: "Calls a match off without a result: alone before both have moved, later only if your opponent agrees.",
    example: "abort m42",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[MATCH, EXPECT],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    ask.propose(OfferKind::Abort, None)
}
