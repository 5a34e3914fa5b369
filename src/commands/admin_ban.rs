//! `admin ban`: keeps a person or a server away, with a reason they are told; `off` lifts it.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::reply::Reply;
use super::terms::is_yes;
use crate::engine::ServiceEvent;
use crate::kit::{Hash, PersonId, Refusal, Span, clean_line, refuse};

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
            label: "On or off",
            kind: Kind::OneOf(&["on", "off"]),
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

/// A person or a server that is banned, or is to be.
pub(super) struct Banned {
    /// The main address, or the domain.
    name: String,
    /// Who, where it is a person.
    who: Option<PersonId>,
    /// The keyed hash of the main address, or of the domain: it is enough to keep somebody away from all addresses.
    tag: Hash,
    /// Those of the other addresses.
    others: Vec<Hash>,
}

/// Whom the field `who` names.
pub(super) fn whom(ask: &mut Ask<'_>) -> Result<Banned, Refusal> {
    let named = ask.field("who").map(str::to_owned);
    let named = named.ok_or_else(|| missing(&CARD, "somebody"))?;
    let (names, who) = match named.strip_prefix('@') {
        Some(domain) => (vec![domain.to_lowercase()], None),
        None => {
            let them = ask.somebody(&named)?;
            let person = ask.desk.world().people.get(them);
            let addresses = person.map(|person| person.addresses().map(str::to_owned).collect());
            (addresses.unwrap_or_default(), Some(them))
        }
    };
    let service = &ask.desk.world().service;
    let mut tags = names.iter().filter_map(|name| service.ban_tag(name));
    let tag = tags.next();
    let others = tags.collect();
    let tag = tag.ok_or_else(|| refuse("service/fault", "The ban key is missing."))?;
    let name = names.into_iter().next().unwrap_or_default();
    Ok(Banned {
        name,
        who,
        tag,
        others,
    })
}

/// Lifts a ban, of all addresses of a person.
pub(super) fn lift(
    ask: &mut Ask<'_>,
    me: PersonId,
    whom: Banned,
    reason: &str,
) -> Result<Reply, Refusal> {
    let name = whom.name;
    let bans = &ask.desk.world().service.bans;
    let tags = std::iter::once(whom.tag).chain(whom.others);
    let held: Vec<Hash> = tags.filter(|tag| bans.contains_key(tag)).collect();
    if held.is_empty() {
        return Err(
            refuse("people/not-banned", format!("{name} is not banned."))
                .hint("Type `admin history` and a name to see what was done about somebody."),
        );
    }
    // The person is told once, and the history has it once.
    let mut who = whom.who;
    for tag in held {
        let (who, reason) = (who.take(), reason.to_owned());
        ask.desk
            .serve(Some(me), ServiceEvent::Unbanned { tag, who, reason })?;
    }
    Ok(Reply::line(format!("{name} may use the referee again.")))
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let on = is_yes("mode", ask.field("mode").unwrap_or("on"))?;
    let whom = whom(ask)?;
    if on && whom.who == Some(me) {
        return Err(refuse("people/self", "You cannot ban yourself."));
    }
    let reason = clean_line(ask.field("reason").unwrap_or_default(), 200);
    if !on {
        return lift(ask, me, whom, &reason);
    }
    if reason.is_empty() {
        return Err(missing(&CARD, "a reason"));
    }
    let days = ask.field("days").map(read_days).transpose()?;
    let Banned { name, who, tag, .. } = whom;
    let banned = ServiceEvent::Banned {
        tag,
        reason,
        until: days.map(|days| ask.desk.now() + days),
        who,
    };
    ask.desk.serve(Some(me), banned)?;
    let how_long = days.map_or("for good".to_owned(), |days| {
        format!("for {}", days.words())
    });
    let shown = ask.field("who").unwrap_or(&name).to_owned();
    Ok(Reply::line(format!(
        "{name} is banned {how_long} and will be told why. Type `admin ban {shown} mode=off` to lift it."
    )))
}

fn read_days(days: &str) -> Result<Span, Refusal> {
    let read = days.parse().ok().filter(|days| (1..=3650).contains(days));
    read.map(Span::days).ok_or_else(|| {
        refuse(
            "command/days",
            "The field days takes a number from 1 to 3650.",
        )
        .hint("Leave it out to ban for good.")
    })
}
