//! `unwatch`: stops following a match.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::MATCH;
use crate::kit::{Refusal, Words};
use crate::matches;

/// The card.
pub const CARD: Card = Card {
    name: "unwatch",
    aliases: &["unfollow"],
    title: "Stop watching",
    help: "No longer tells you how a match goes.",
    example: "unwatch m42",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[MATCH],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.game("was named", |game, me| game.watchers.contains(&me))?;
    ask.expected(id)?;
    ask.desk
        .act(Some(me), id, &matches::Ask::Unwatch, ask.req)?;
    Ok(ask.state_of(id, Words::line(format!("You no longer watch {id}."))))
}
