//! `resign`: gives a match up. The smallest card, and the one to read first.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use crate::kit::{Refusal, Words};
use crate::matches::{self, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "resign",
    aliases: &["surrender", "concede"],
    title: "Resign",
    help: "Gives up a match you play in.",
    example: "resign m42",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[MATCH, EXPECT],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.game("of yours is being played", |game, me| {
        game.stage == Stage::Started && game.seat_of(me).is_some()
    })?;
    ask.expected(id)?;
    ask.desk.act(Some(me), id, &matches::Ask::Resign, ask.req)?;
    let words = Words::line(format!("[{id}] You have resigned."));
    Ok(ask.state_of(id, ask.and_what_came_of_it(words)))
}
