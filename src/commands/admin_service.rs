//! `admin service`: which programs confirm accounts at other services.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::reply::Reply;
use super::terms::is_yes;
use crate::clans::check_kind;
use crate::engine::ServiceEvent;
use crate::kit::{Refusal, Words, refuse};

/// Programs in all that confirm accounts.
const MAX_PROVERS: usize = 50;

/// The card.
pub const CARD: Card = Card {
    name: "admin-service",
    aliases: &[],
    title: "Admin: services that confirm accounts",
    help: "Lets a program confirm that accounts of a kind are somebody's (`off` ends that); alone it lists them.",
    example: "admin service irc bridge@example.org",
    who: Who::Admin,
    effect: Effect::Changes,
    fields: &[
        Field {
            name: "kind",
            label: "Kind of account, such as irc",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Next,
        },
        Field {
            name: "who",
            label: "The program: handle or JID",
            kind: Kind::Person,
            default: "",
            required: false,
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
    let Some(kind) = ask.field("kind") else {
        return Ok(listed(ask));
    };
    let kind = check_kind(kind)?;
    let who = ask.field("who").map(str::to_owned);
    let who = who.ok_or_else(|| missing(&CARD, "the program that confirms them"))?;
    let on = is_yes("mode", ask.field("mode").unwrap_or("on"))?;
    let who = ask.somebody(&who)?;
    let world = ask.desk.world();
    let (name, provers) = (world.people.name(who), &world.service.provers);
    if provers.contains(&(kind.clone(), who)) == on {
        let said = match on {
            true => format!("{name} confirms {kind} accounts already."),
            false => format!("{name} confirms no {kind} accounts."),
        };
        return Err(
            refuse("people/unchanged", said).hint("Type `admin service` to see all that do.")
        );
    }
    if on && provers.len() >= MAX_PROVERS {
        return Err(refuse(
            "link/limit",
            format!("{MAX_PROVERS} programs that confirm accounts are the limit."),
        )
        .hint("Type `admin service`, and end one with `off`."));
    }
    let said = match on {
        true => format!(
            "{name} may confirm {kind} accounts and is told how. Type `admin service {kind} {name} off` to end that."
        ),
        false => format!(
            "{name} confirms {kind} accounts no longer. What was confirmed stays; type `admin service` to see who does."
        ),
    };
    ask.desk
        .serve(Some(me), ServiceEvent::Prover { who, kind, on })?;
    Ok(Reply::line(said))
}

fn listed(ask: &Ask<'_>) -> Reply {
    let world = ask.desk.world();
    let provers = world.service.provers.iter();
    let rows: Vec<Vec<String>> = provers
        .map(|(kind, who)| vec![kind.clone(), world.people.name(*who)])
        .collect();
    let words = match rows.is_empty() {
        true => Words::line("No program confirms accounts here."),
        false => rows
            .iter()
            .map(|row| format!("· {}", row.join(": ")))
            .fold(Words::line("These confirm accounts:"), Words::and),
    };
    Reply::words(words.and("Type for example `admin service irc bridge@example.org`."))
        .with_rows(&[("kind", "Kind"), ("who", "Program")], rows)
}
