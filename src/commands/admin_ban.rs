//! `admin ban`: keeps a person or a server away, with a reason they are told; `off` lifts it.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::challenge::is_yes;
use super::lines::missing;
use super::reply::Reply;
use crate::engine::ServiceEvent;
use crate::kit::{Refusal, Span, clean_line, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "admin-ban",
    aliases: &[],
    title: "Admin: ban",
    help: "Keeps a person or a whole @server away; they are told the reason. mode=off lifts it.",
    example: "admin ban bob@example.org days=7 insults in rooms",
    who: Who::Admin,
    effect: Effect::Ends,
    fields: &[
        Field {
            name: "who",
            label: "Handle, JID, or @server",
            kind: Kind::Person,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        Field {
            name: "days",
            label: "For how many days (empty: for good)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
        Field {
            name: "mode",
            label: "on or off",
            kind: Kind::Text,
            default: "on",
            required: false,
            words: WordsFor::Named,
        },
        Field {
            name: "reason",
            label: "Reason (they see it)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let who = ask
        .field("who")
        .ok_or_else(|| missing(&CARD, "somebody"))?
        .to_owned();
    let on = is_yes("mode", ask.field("mode").unwrap_or("on"))?;
    // One address is enough to ban somebody from all of theirs, and all are freed when it is lifted.
    let names = match who.strip_prefix('@') {
        Some(domain) => vec![domain.to_lowercase()],
        None => {
            let them = ask.somebody(&who)?;
            if on && them == me {
                return Err(refuse("people/self", "You cannot ban yourself."));
            }
            let person = ask.desk.world().people.get(them);
            let addresses = person.map(|person| person.addresses().map(str::to_owned).collect());
            addresses.unwrap_or_default()
        }
    };
    let name = names.first().cloned().unwrap_or_default();
    let tag = ask
        .desk
        .world()
        .service
        .ban_tag(&name)
        .ok_or_else(|| refuse("service/fault", "The ban key is missing."))?;
    if !on {
        let service = &ask.desk.world().service;
        let tags = names.iter().filter_map(|name| service.ban_tag(name));
        let held: Vec<_> = tags.filter(|tag| service.bans.contains_key(tag)).collect();
        if held.is_empty() {
            return Err(refuse(
                "people/not-banned",
                format!("{name} is not banned."),
            ));
        }
        for tag in held {
            ask.desk.serve(Some(me), ServiceEvent::Unbanned { tag })?;
        }
        return Ok(Reply::line(format!("{name} may use the referee again.")));
    }
    let reason = clean_line(ask.field("reason").unwrap_or_default(), 200);
    if reason.is_empty() {
        return Err(missing(&CARD, "a reason"));
    }
    let until = match ask.field("days") {
        None => None,
        Some(days) => Some(
            days.parse::<i64>()
                .ok()
                .filter(|days| (1..=3650).contains(days))
                .ok_or_else(|| {
                    refuse(
                        "command/days",
                        "The field days takes a number from 1 to 3650.",
                    )
                    .hint("Leave it out to ban for good.")
                })?,
        ),
    };
    let now = ask.desk.now();
    ask.desk.serve(
        Some(me),
        ServiceEvent::Banned {
            tag,
            reason,
            until: until.map(|days| now + Span::days(days)),
        },
    )?;
    let how_long = until.map_or("for good".to_owned(), |days| {
        format!("for {}", Span::days(days).words())
    });
    Ok(Reply::line(format!(
        "{name} is banned {how_long} and will be told why. Type `admin ban {who} mode=off` to lift it."
    )))
}
