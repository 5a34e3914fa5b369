//! `dispute`: a player calls a human referee.

use super::card::{Ask, Card, Effect, Who};
use super::disputes::REASON;
use super::reply::Reply;
use super::shared::MATCH;
use crate::kit::Refusal;
use crate::matches;

/// The card.
pub const CARD: Card = Card {
    name: "dispute",
    aliases: &["protest"],
    title: "Call a human referee",
    help: "Stops a match of yours and calls a human referee to rule on it; also for a while after the end.",
    example: "dispute m42 my opponent moves for somebody else",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[MATCH, REASON],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    ask.call_referee(|reason| matches::Ask::Dispute { reason }, false)
}
