//! `app-password`: passwords for services that ask this referee who somebody is.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::limits::{APP_PASSWORDS, APP_PASSWORDS_OF_ALL};
use super::lines::missing;
use super::reply::Reply;
use crate::clans::{AppPassword, MAX_APP_PASSWORDS, check_service, day_of, make_app_password};
use crate::kit::{PersonId, Refusal, Words, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "app-password",
    aliases: &["app-passwords"],
    title: "My app-passwords",
    help: "Makes a password for another service that is shown once, lists those you have, or revokes one.",
    example: "app-password add forum",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        Field {
            name: "do",
            label: "What to do",
            kind: Kind::Pick(|_, _, _| {
                let all = [
                    ("list", "List them"),
                    ("add", "Make one"),
                    ("revoke", "Revoke one"),
                ];
                let one = |(value, label): (&str, &str)| (value.to_owned(), label.to_owned());
                all.into_iter().map(one).collect()
            }),
            default: "list",
            required: false,
            words: WordsFor::Next,
        },
        Field {
            name: "service",
            label: "The service, such as forum",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Next,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    if ask.place.is_room() {
        return Err(
            refuse("room/private", "Passwords are nothing for a room.").hint(format!(
                "Write `{}` to referee@{} in private.",
                CARD.example,
                ask.desk.world().domain
            )),
        );
    }
    let me = ask.me()?;
    let verb = ask.field("do").unwrap_or("list").to_lowercase();
    let service = ask.field("service").map(str::to_owned);
    let service = || service.ok_or_else(|| missing(&CARD, "the name of a service"));
    match verb.as_str() {
        "list" => Ok(listed(ask, me)),
        "add" => add(ask, me, &check_service(&service()?)?),
        "revoke" => revoke(ask, me, &service()?.to_lowercase()),
        other => Err(refuse(
            "command/usage",
            format!("I cannot `{}` app-passwords.", clip(other, 20)),
        )
        .hint("Type `app-password`, `app-password add forum` or `app-password revoke forum`.")),
    }
}

fn mine<'a>(ask: &'a Ask<'_>, me: PersonId) -> &'a [AppPassword] {
    let person = ask.desk.world().people.get(me);
    person.map_or(&[], |person| person.app_passwords.as_slice())
}

fn add(ask: &mut Ask<'_>, me: PersonId, service: &str) -> Result<Reply, Refusal> {
    let known = mine(ask, me);
    if known.iter().any(|one| one.service == service) {
        return Err(refuse(
            "app-password/known",
            format!("You have a password for {service} already."),
        )
        .hint(format!("Type `app-password revoke {service}` first.")));
    }
    if known.len() >= MAX_APP_PASSWORDS {
        return Err(refuse(
            "app-password/limit",
            format!("{MAX_APP_PASSWORDS} app-passwords are the limit."),
        )
        .hint("Type `app-password` to see them, and revoke one."));
    }
    let now = ask.desk.now();
    // Each costs the writer some milliseconds, in which nobody else is served.
    let fits = ask
        .limits
        .take(&format!("passwords of {me}"), APP_PASSWORDS, now)
        && ask.limits.take("passwords", APP_PASSWORDS_OF_ALL, now);
    if !fits {
        return Err(refuse(
            "app-password/too-fast",
            "Enough passwords were made for now.",
        )
        .hint("Try again in some minutes."));
    }
    let (text, kept) = make_app_password(service, &ask.desk.luck(), day_of(now))?;
    ask.desk
        .change_person(me, |person| person.app_passwords.push(kept))?;
    ask.desk.vouch(me)?;
    let handle = ask.desk.world().people.name(me);
    Ok(Reply::words(
        Words::line(format!(
            "Your password for {service}; log in there as {handle}:"
        ))
        .board(text.reveal().clone())
        .and(format!(
            "It is shown this once, and nobody here can read it again. Type `app-password revoke {service}` when you lose it."
        )),
    )
    .with("service", service)
    .with("login", handle)
    .with("password", text.reveal().clone()))
}

fn revoke(ask: &mut Ask<'_>, me: PersonId, service: &str) -> Result<Reply, Refusal> {
    if !mine(ask, me).iter().any(|one| one.service == service) {
        return Err(refuse(
            "app-password/unknown",
            format!("You have no password for {}.", clip(service, 20)),
        )
        .hint("Type `app-password` to see those you have."));
    }
    ask.desk.change_person(me, |person| {
        person.app_passwords.retain(|one| one.service != service);
    })?;
    Ok(Reply::line(format!(
        "Your password for {service} opens nothing any more. Type `app-password add {service}` for a new one."
    ))
    .with("service", service))
}

/// An app-password in words, for its owner: what it is for, and how old it is.
pub fn password_words(one: &AppPassword) -> String {
    let used = match one.used {
        Some(day) => format!("last used {day}"),
        None => "never used".to_owned(),
    };
    format!("{}, made {}, {used}", one.service, one.made)
}

fn listed(ask: &Ask<'_>, me: PersonId) -> Reply {
    let known = mine(ask, me);
    let words = match known {
        [] => Words::line(
            "You have no app-passwords. Type `app-password add forum` to make one for a forum, say.",
        ),
        all => all
            .iter()
            .map(|one| format!("· {}", password_words(one)))
            .fold(Words::line("Your app-passwords:"), Words::and)
            .and("Type `app-password revoke` and a name to end one."),
    };
    let row = |one: &AppPassword| {
        let used = one.used.map(|day| day.to_string());
        vec![
            one.service.clone(),
            one.made.to_string(),
            used.unwrap_or_default(),
        ]
    };
    Reply::words(words).with_rows(
        &[
            ("service", "Service"),
            ("made", "Made"),
            ("used", "Last used"),
        ],
        known.iter().map(row).collect(),
    )
}
