//! `handle`: the name others see.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::limits::HANDLES;
use super::reply::Reply;
use crate::kit::{Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "handle",
    aliases: &["nick", "name"],
    title: "My handle",
    help: "Shows the name others see, or changes it.",
    example: "handle anna-k",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[Field {
        name: "handle",
        label: "New handle",
        kind: Kind::Text,
        default: "",
        required: false,
        words: WordsFor::Rest,
    }],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let now = ask.desk.world().people.name(me);
    let Some(wanted) = ask.field("handle").map(str::to_owned) else {
        return Ok(Reply::line(format!(
            "You are {now}. Type `handle` and a name to change it."
        ))
        .with("handle", now));
    };
    ask.desk.may_speak(me)?;
    let fits = wanted == now || {
        let (key, at) = (format!("handles of {me}"), ask.desk.now());
        ask.limits.take(&key, HANDLES, at)
    };
    if !fits {
        return Err(refuse(
            "handle/too-fast",
            "You changed your handle a few times already.",
        )
        .hint("Try again tomorrow: others have to know you by it."));
    }
    let handle = ask.desk.take_handle(me, &wanted)?;
    ask.desk.screen(me, "handle", None, &handle);
    let told = Words::line(format!("You are now {handle}, here and in every record."));
    let told = match handle == now {
        true => told,
        false => told.and(format!(
            "{now} waits for you for a year, and nobody else can take it."
        )),
    };
    Ok(Reply::words(told).with("handle", handle))
}
