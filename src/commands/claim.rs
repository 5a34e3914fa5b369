//! `claim`: wins a match whose opponent has been away for too long.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use crate::kit::{Refusal, Words};
use crate::matches::{self, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "claim",
    aliases: &[],
    title: "Claim the win of an absent opponent",
    help: "Wins a match whose opponent is away and has not come back in the time that `rules` names; `wait` gives more.",
    example: "claim m42",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[MATCH, EXPECT],
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
    ask.expected(id)?;
    ask.desk.act(Some(me), id, &matches::Ask::Claim, ask.req)?;
    let words = Words::line(format!("[{id}] You claim the win."));
    Ok(ask.state_of(id, ask.and_what_came_of_it(words)))
}
