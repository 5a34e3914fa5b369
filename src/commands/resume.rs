//! `resume`: goes on with a match that stands still, by agreement.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::MATCH;
use crate::kit::Refusal;
use crate::matches::OfferKind;

/// The card.
pub const CARD: Card = Card {
    name: "resume",
    aliases: &[],
    title: "Resume",
    help: "Offers to go on with a match that stands still, or accepts that.",
    example: "resume m42",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[MATCH],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    ask.propose(OfferKind::Resume, None)
}
