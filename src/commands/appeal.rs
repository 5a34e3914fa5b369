//! `appeal`: a player asks another human referee for a second ruling.

use super::card::{Ask, Card, Effect, Who};
use super::disputes::REASON;
use super::reply::Reply;
use super::shared::MATCH;
use crate::kit::Refusal;
use crate::matches;

/// The card.
pub const CARD: Card = Card {
    name: "appeal",
    aliases: &[],
    title: "Appeal against a ruling",
    help: "Asks another human referee for a second ruling: once in a match, within a day of the first.",
    example: "appeal m42 the log shows that I moved in time",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[MATCH, REASON],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    ask.call_referee(|reason| matches::Ask::Appeal { reason }, true)
}
