//! `decline`: says no to a challenge or an offer.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::MATCH;
use crate::kit::{Refusal, Words};
use crate::matches::{self, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "decline",
    aliases: &["refuse"],
    title: "Decline",
    help: "Says no to a challenge, or to an offer of your opponent.",
    example: "decline m42",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[MATCH],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.game("asks anything of you", |game, me| {
        game.awaits_answer_of(me)
            || (game.stage == Stage::Started
                && game
                    .seat_of(me)
                    .is_some_and(|seat| game.offers.iter().any(|offer| offer.seat != seat)))
    })?;
    ask.expected(id)?;
    ask.desk
        .act(Some(me), id, &matches::Ask::Decline, ask.req)?;
    Ok(ask.state_of(id, Words::line(format!("[{id}] You have declined."))))
}
