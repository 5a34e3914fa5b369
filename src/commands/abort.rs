//! `abort`: calls a match off without a result.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use crate::kit::{Refusal, Words};
use crate::matches::{self, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "abort",
    aliases: &[],
    title: "Abort",
    help: "Calls a match off without a result: alone before both have moved, later only if your opponent agrees.",
    example: "abort m42",
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
    ask.desk.act(Some(me), id, &matches::Ask::Abort, ask.req)?;
    let over = ask
        .desk
        .world()
        .live(id)
        .is_none_or(|live| live.game.stage == Stage::Over);
    let said = if over {
        format!("[{id}] The match is called off; there is no result.")
    } else {
        format!(
            "[{id}] You have offered to call the match off. It stands until your opponent answers or moves."
        )
    };
    Ok(ask.state_of(id, Words::line(said)))
}
