//! `show`: the position of a match.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::result::result;
use super::shared::{ANY_MATCH, position};
use crate::engine::Found;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "show",
    aliases: &["board", "position", "state"],
    title: "Show a match",
    help: "Shows the position of a match, the clocks, and your legal moves when it is your turn.",
    example: "show m42",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[ANY_MATCH],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let id = ask.game_or_last()?;
    match ask.desk.find(id) {
        Some(Found::Live(live)) => Ok(position(ask, live)),
        _ => result(ask, id),
    }
}
