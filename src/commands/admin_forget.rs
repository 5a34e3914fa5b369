//! `admin forget`: forgets somebody who asked for it and cannot do so here, such as somebody who is banned.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::profile_forget::CONFIRM;
use super::reply::Reply;
use crate::kit::{Refusal, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "admin-forget",
    aliases: &[],
    title: "Admin: forget somebody",
    help: "Deletes somebody's name, addresses and settings for good, as `profile forget` does for oneself; a ban stays.",
    example: "admin forget bob yes",
    who: Who::Admin,
    effect: Effect::Ends,
    fields: &[
        Field {
            name: "who",
            label: "Handle or JID",
            kind: Kind::Person,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        CONFIRM,
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let name = ask.field("who").ok_or_else(|| missing(&CARD, "somebody"))?;
    let name = name.to_owned();
    let them = ask.acquaintance(&name)?.ok_or_else(|| {
        refuse("people/unknown", "Nothing is held about that person.")
            .hint("Give the handle or the whole JID.")
    })?;
    let handle = ask.desk.world().people.name(them);
    ask.may_be_forgotten(them, &format!("{handle} is"))?;
    if !ask.is_confirmed()? {
        return Err(refuse(
            "profile/confirm",
            format!("Everything that says who {handle} is goes for good."),
        )
        .hint(format!(
            "Type `admin forget {handle} yes` if they asked for it."
        )));
    }
    ask.forget(me, them)?;
    Ok(Reply::line(format!(
        "{handle} is forgotten; records call them {them}. A ban of their addresses stays."
    ))
    .with("person", them.to_string()))
}
