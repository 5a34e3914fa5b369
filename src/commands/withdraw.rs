//! `withdraw`: takes back a challenge.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::MATCH;
use crate::kit::{Refusal, Words};
use crate::matches::{self, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "withdraw",
    aliases: &["cancel-challenge"],
    title: "Withdraw",
    help: "Takes back your own challenge or open match before anybody accepts.",
    example: "withdraw m42",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[MATCH],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.game("of yours waits for an answer", |game, me| {
        matches!(game.stage, Stage::Challenged | Stage::Open) && game.by == me
    })?;
    ask.expected(id)?;
    ask.desk
        .act(Some(me), id, &matches::Ask::Withdraw, ask.req)?;
    Ok(ask.state_of(id, Words::line(format!("[{id}] You have taken it back."))))
}
