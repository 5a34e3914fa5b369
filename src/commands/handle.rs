//! `handle`: the name others see.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use crate::kit::Refusal;

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
    let Some(wanted) = ask.field("handle") else {
        return Ok(Reply::line(format!(
            "You are {now}. Type `handle` and a name to change it."
        ))
        .with("handle", now));
    };
    ask.desk.may_speak(me)?;
    let handle = ask.desk.world().people.may_take(me, wanted)?;
    ask.desk
        .change_person(me, |person| person.handle = handle.clone())?;
    ask.desk.screen(me, "handle", None, &handle);
    Ok(
        Reply::line(format!("You are now {handle}, here and in every record."))
            .with("handle", handle),
    )
}
