//! `bot`: marks an account as a program. Bots are first-class: the same commands, the same rights, less prose.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use super::terms::is_yes;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "bot",
    aliases: &[],
    title: "Bot account",
    help: "Says whether this account is a program; a bot is told by events without text, and may play more matches.",
    example: "bot on",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[Field {
        name: "mode",
        label: "Bot",
        kind: Kind::OneOf(&["on", "off"]),
        default: "on",
        required: false,
        words: WordsFor::Next,
    }],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let bot = is_yes("mode", ask.field("mode").unwrap_or("on"))?;
    if ask
        .desk
        .world()
        .people
        .get(me)
        .is_some_and(|person| person.bot != bot)
    {
        ask.desk.change_person(me, |person| person.bot = bot)?;
    }
    let said = if bot {
        "You are marked as a bot: events come without text. Type `bot off` to change that."
    } else {
        "You are marked as a person. Type `bot on` if this account is a program."
    };
    Ok(Reply::line(said).with("bot", if bot { "1" } else { "0" }))
}
