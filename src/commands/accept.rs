//! `accept`: takes up a challenge.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::{MATCH, SALT};
use crate::kit::{Refusal, Words};
use crate::matches::{self, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "accept",
    aliases: &["ok"],
    title: "Accept a challenge",
    help: "Accepts a challenge; the match begins at once.",
    example: "accept m42",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[MATCH, SALT],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.game("waits for your answer", |game, me| {
        game.stage == Stage::Challenged && game.to == Some(me)
    })?;
    let salt = ask.field("salt").map(str::to_owned);
    ask.desk
        .act(Some(me), id, &matches::Ask::Accept { salt }, ask.req)?;
    Ok(ask.state_of(
        id,
        Words::line(format!(
            "[{id}] The match begins. Type `show {id}` to see it whenever you like."
        )),
    ))
}
