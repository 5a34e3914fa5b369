//! `admin referee`: makes somebody a human referee, who rules on disputes; `off` takes the role away.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::reply::Reply;
use super::terms::is_yes;
use crate::engine::ServiceEvent;
use crate::kit::{Refusal, refuse};

/// The most human referees: each is told of each dispute.
const MAX_REFEREES: usize = 50;

/// The card.
pub const CARD: Card = Card {
    name: "admin-referee",
    aliases: &[],
    title: "Admin: human referees",
    help: "Makes somebody a human referee, who is told of disputes and rules on them; off takes the role away.",
    example: "admin referee carol on",
    who: Who::Admin,
    effect: Effect::Changes,
    fields: &[
        Field {
            name: "who",
            label: "Handle or JID",
            kind: Kind::Person,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        Field {
            name: "mode",
            label: "On or off",
            kind: Kind::OneOf(&["on", "off"]),
            default: "on",
            required: false,
            words: WordsFor::Next,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let named = ask.field("who").map(str::to_owned);
    let named = named.ok_or_else(|| missing(&CARD, "somebody"))?;
    let on = is_yes("mode", ask.field("mode").unwrap_or("on"))?;
    let who = ask.somebody(&named)?;
    let world = ask.desk.world();
    let (name, referees) = (world.people.name(who), &world.service.referees);
    if referees.contains(&who) == on {
        let said = match on {
            true => format!("{name} is a human referee already."),
            false => format!("{name} is no human referee."),
        };
        return Err(
            refuse("people/unchanged", said).hint("Type `admin status` to see all human referees.")
        );
    }
    if on && referees.len() >= MAX_REFEREES {
        return Err(refuse(
            "people/too-many-referees",
            format!("There are {MAX_REFEREES} human referees already, which is the limit."),
        )
        .hint("Type `admin referee` and a name and `off` to make room."));
    }
    ask.desk
        .serve(Some(me), ServiceEvent::Referee { who, on })?;
    Ok(Reply::line(match on {
        true => format!(
            "{name} is a human referee now and is told of disputes. Type `admin referee {name} off` to change that."
        ),
        false => format!("{name} is no human referee any more."),
    }))
}
