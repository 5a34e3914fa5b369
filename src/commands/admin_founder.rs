//! `admin founder`: who may found clans where the rules of the community name them one by one.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::moderation::{REASON, WHO};
use super::reply::Reply;
use super::terms::is_yes;
use crate::clans::Creators;
use crate::engine::ServiceEvent;
use crate::kit::{Refusal, Words, refuse};

/// The most people on the list.
const MAX_FOUNDERS: usize = 1000;

/// The card.
pub const CARD: Card = Card {
    name: "admin-founder",
    aliases: &[],
    title: "Admin: founders",
    help: "Lets somebody found clans where the rule creators is listed; off takes it away. They are told.",
    example: "admin founder carol on leads the chess club",
    who: Who::Admin,
    effect: Effect::Changes,
    fields: &[
        WHO,
        Field {
            name: "mode",
            label: "On or off",
            kind: Kind::OneOf(&["on", "off"]),
            default: "on",
            required: true,
            words: WordsFor::Next,
        },
        REASON,
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let on = is_yes("mode", ask.field("mode").unwrap_or("on"))?;
    let them = ask.target(&CARD)?;
    let reason = ask.reason(&CARD)?;
    let founders = ask.desk.world().service.moderation.founders();
    if founders.contains(&them.who) == on {
        let said = match on {
            true => format!("{} may found clans already.", them.name),
            false => format!("{} is not on the list.", them.name),
        };
        return Err(refuse("people/unchanged", said)
            .hint("Type `admin policy` to see who may found clans."));
    }
    if on && founders.len() >= MAX_FOUNDERS {
        let said = format!("{MAX_FOUNDERS} founders are the limit.");
        return Err(refuse("people/too-many-founders", said)
            .hint("Type `admin policy creators anyone` and a reason to let everybody."));
    }
    let who = them.who;
    ask.desk
        .serve(Some(me), ServiceEvent::Founder { who, on, reason })?;
    let words = Words::line(match on {
        true => format!("{} may found clans and is told so.", them.name),
        false => format!("{} may not found clans any more and is told so.", them.name),
    });
    let creators = ask.desk.world().policy().creators;
    Ok(Reply::words(match creators {
        Creators::Listed => words,
        other => words.and(format!(
            "The list counts only after `admin policy creators listed`; now it is {other}."
        )),
    }))
}
