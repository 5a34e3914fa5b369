//! `wait`: gives an opponent who is away more time to come back.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::MATCH;
use crate::kit::{Refusal, Words};
use crate::matches::{self, Stage, WAIT};

/// The card.
pub const CARD: Card = Card {
    name: "wait",
    aliases: &[],
    title: "Wait for an absent opponent",
    help: "Gives an opponent who is away more time, in which that clock stands still, instead of claiming the win.",
    example: "wait m42",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[MATCH],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.game("of yours is being played", |game, me| {
        let on = matches!(
            game.stage,
            Stage::Started | Stage::Paused | Stage::Adjourned
        );
        on && game.seat_of(me).is_some()
    })?;
    ask.desk.act(Some(me), id, &matches::Ask::Wait, ask.req)?;
    let words = Words::line(format!(
        "[{id}] You wait {} more. You are told when your opponent is back, or when the time is over.",
        WAIT.words()
    ));
    Ok(ask.state_of(id, words))
}
