//! `resume`: goes on with a match that stands still.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::MATCH;
use crate::kit::{Refusal, Words};
use crate::matches::{self, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "resume",
    aliases: &[],
    title: "Go on with a match that stands still",
    help: "Goes on with a match that was put away, once both players are there.",
    example: "resume m42",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[MATCH],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.game("of yours stands still", |game, me| {
        matches!(game.stage, Stage::Paused | Stage::Adjourned) && game.seat_of(me).is_some()
    })?;
    ask.desk.act(Some(me), id, &matches::Ask::Resume, ask.req)?;
    let words = Words::line(format!(
        "[{id}] The match goes on. Type `show {id}` to see it."
    ));
    Ok(ask.state_of(id, words))
}
