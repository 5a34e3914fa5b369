//! `watch`: follows a match.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::{ANY_MATCH, position};
use crate::kit::{Refusal, Words, refuse};
use crate::matches::{self, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "watch",
    aliases: &["follow"],
    title: "Watch a match",
    help: "Tells you how a match goes, move by move.",
    example: "watch m42",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[ANY_MATCH],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.game("was named", |_, _| false)?;
    let Some(live) = ask
        .desk
        .world()
        .live(id)
        .filter(|live| live.game.stage != Stage::Over)
    else {
        return Err(refuse("match/over", format!("Match {id} is over."))
            .hint(format!("Type `result {id}` to see how it ended.")));
    };
    if live.game.seat_of(me).is_some() {
        return Err(refuse(
            "match/player",
            "You play in this match and are told of every turn anyway.",
        ));
    }
    ask.desk.check_audience(live, &ask.caller.bare)?;
    if live.game.watchers.len() >= MAX_WATCHERS {
        return Err(refuse(
            "match/full",
            "This match has as many watchers as the referee writes to.",
        )
        .hint(format!("Type `show {id}` for its room and its feed.")));
    }
    if !live.game.watchers.contains(&me) {
        ask.desk.act(Some(me), id, &matches::Ask::Watch, ask.req)?;
    }
    let now = ask
        .desk
        .world()
        .live(id)
        .map(|live| position(ask, live))
        .unwrap_or_default();
    let words = Words::line(format!("You watch {id}. Type `unwatch {id}` to stop."));
    Ok(Reply {
        words: Words(words.0.into_iter().chain(now.words.0).collect()),
        ..now
    })
}

/// People one match writes to, move by move. Everybody else has the room and the feed.
const MAX_WATCHERS: usize = 200;
