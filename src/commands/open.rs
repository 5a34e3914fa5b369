//! `open`: waits for anybody to play.

use super::audience::{DELAY, SPECTATORS};
use super::card::{Ask, Card, Effect, Who};
use super::format::{ALLIES, BEST, BOARDS, CARRY, DRAWS, FOR};
use super::reply::Reply;
use super::shared::SALT;
use super::terms::{CLOCK, GAME, LAG, OPTIONS, RATED, ROOM, SIDE, VISIBILITY, agreed};
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "open",
    aliases: &["seek"],
    title: "Wait for an opponent",
    help: "Opens a match that anybody may join, or only those for whom what follows the word `for` holds.",
    example: "open tic-tac-toe 5+3",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        GAME, CLOCK, LAG, SIDE, RATED, ROOM, VISIBILITY, DELAY, SPECTATORS, BEST, DRAWS, CARRY,
        BOARDS, ALLIES, FOR, SALT, OPTIONS,
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let terms = ask.terms(me, None)?;
    ask.may_make(me)?;
    let salt = ask.field("salt").map(str::to_owned);
    let id = ask.desk.create(me, None, terms, salt, ask.req)?;
    let words = Words::line(format!(
        "[{id}] Waiting for an opponent, who types `join {id}`."
    ))
    .and(agreed(ask, id, me))
    .and(format!("Type `withdraw {id}` to stop waiting."));
    Ok(ask.state_of(id, words))
}
