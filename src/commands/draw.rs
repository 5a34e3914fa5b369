//! `draw`: offers a draw or accepts one.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use crate::engine::Live;
use crate::kit::{Refusal, Words};
use crate::matches::{self, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "draw",
    aliases: &["remis"],
    title: "Offer or accept a draw",
    help: "Offers a draw, or accepts the one your opponent has offered.",
    example: "draw m42",
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
    ask.desk.act(Some(me), id, &matches::Ask::Draw, ask.req)?;
    let drawn = |live: &Live| {
        let game = &live.game;
        let next = game.is_later_game() && game.plays == game.moves_before();
        game.stage == Stage::Over || (next && game.offers.is_empty())
    };
    let over = ask.desk.world().live(id).is_none_or(drawn);
    let words = if over {
        ask.and_what_came_of_it(Words::line(format!("[{id}] You agree to the draw.")))
    } else {
        Words::line(format!(
            "[{id}] You have offered a draw. It stands until your opponent answers or moves."
        ))
    };
    Ok(ask.state_of(id, words))
}
