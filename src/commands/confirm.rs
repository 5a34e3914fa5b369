//! `confirm`: agrees with the result that the other side reported.

use super::card::{Ask, Card, Effect, Who};
use super::elsewhere::Doing;
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "confirm",
    aliases: &[],
    title: "Confirm a result",
    help: "Confirms the result that the other side has reported, which ends the match.",
    example: "confirm m42",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[MATCH, EXPECT],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let id = ask.game_elsewhere("waits for you to confirm a report", Doing::Confirm)?;
    ask.play_elsewhere(id, "confirmed", "confirmed")
}
