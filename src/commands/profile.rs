//! `profile`: what is held about a person, and what they may set.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::challenge::is_yes;
use super::reply::Reply;
use super::shared::moment;
use crate::clans::QuietHours;
use crate::kit::{Refusal, Words, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "profile",
    aliases: &["settings", "me"],
    title: "My profile",
    help: "Shows everything held about you, and sets time zone, language, quiet hours and whether search finds you.",
    example: "profile zone=Europe/Vienna quiet=22:00-07:30",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        field("zone", "Time zone, such as Europe/Vienna"),
        field("lang", "Language, such as en"),
        field("quiet", "Quiet hours, such as 22:00-07:30, or off"),
        field("listed", "Whether search may find you: yes or no"),
    ],
    run,
};

const fn field(name: &'static str, label: &'static str) -> Field {
    Field {
        name,
        label,
        kind: Kind::Text,
        default: "",
        required: false,
        words: WordsFor::Named,
    }
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let zone = ask.field("zone").map(known_zone).transpose()?;
    let lang = ask.field("lang").map(known_language).transpose()?;
    let quiet = ask.field("quiet").map(quiet_hours).transpose()?;
    let listed = ask
        .field("listed")
        .map(|word| is_yes("listed", word))
        .transpose()?;
    if ask.fields.iter().next().is_some() {
        ask.desk.change_person(me, |person| {
            person.zone = zone.or(person.zone.take());
            person.lang = lang.or(person.lang.take());
            person.quiet = quiet.unwrap_or(person.quiet);
            person.listed = listed.unwrap_or(person.listed);
        })?;
    }
    let world = ask.desk.world();
    let Some(mine) = world.people.get(me) else {
        return Ok(Reply::default());
    };
    let or = |value: &Option<String>, none: &str| value.clone().unwrap_or_else(|| none.to_owned());
    let (zone, lang) = (or(&mine.zone, "UTC"), or(&mine.lang, "en"));
    let quiet = mine
        .quiet
        .map_or("none".to_owned(), |quiet| quiet.to_string());
    let words = Words::line("This is everything the referee holds about you:")
        .and(format!(
            "· handle {}, address {}, known since {}",
            mine.handle,
            mine.jid,
            moment(mine.since)
        ))
        .and(format!(
            "· {}, {} by search",
            if mine.bot { "a bot" } else { "a person" },
            if mine.listed { "found" } else { "not found" }
        ))
        .and(format!(
            "· time zone {zone}, language {lang}, quiet hours {quiet}"
        ))
        .and(format!(
            "· {} people and servers ignored",
            mine.ignores.len() + mine.ignored_domains.len()
        ))
        .and(format!(
            "· the records of your matches, in which you are {me}"
        ))
        .and("Set with for example `profile zone=Europe/Vienna quiet=22:00-07:30 listed=yes`.");
    Ok(Reply::words(words)
        .with("person", me.to_string())
        .with("handle", mine.handle.clone())
        .with("jid", mine.jid.clone())
        .with("since", mine.since.to_string())
        .with("bot", if mine.bot { "1" } else { "0" })
        .with("listed", if mine.listed { "1" } else { "0" })
        .with("zone", zone)
        .with("lang", lang)
        .with("quiet", quiet))
}

fn known_zone(name: &str) -> Result<String, Refusal> {
    match jiff::tz::TimeZone::get(name) {
        Ok(zone) => Ok(zone.iana_name().unwrap_or(name).to_owned()),
        Err(_) => Err(refuse(
            "profile/zone",
            format!("`{}` is no time zone that I know.", clip(name, 40)),
        )
        .hint("Use a name such as Europe/Vienna or America/New_York.")),
    }
}

fn known_language(tag: &str) -> Result<String, Refusal> {
    let plain =
        (2..=20).contains(&tag.len()) && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if plain {
        Ok(tag.to_owned())
    } else {
        Err(refuse(
            "profile/lang",
            "A language is a tag such as en or pt-BR.",
        ))
    }
}

fn quiet_hours(text: &str) -> Result<Option<QuietHours>, Refusal> {
    if matches!(text, "off" | "none" | "no") {
        return Ok(None);
    }
    QuietHours::read(text).map(Some).ok_or_else(|| {
        refuse("profile/quiet", "Quiet hours are written like 22:00-07:30.")
            .hint("Write quiet=off to end them.")
    })
}
