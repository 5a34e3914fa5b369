//! `profile`: what is held about a person, and what they may set.

use jiff::civil::Date;

use super::app_password::password_words;
use super::call::Caller;
use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::format::unquoted;
use super::link::account_words;
use super::reply::Reply;
use super::shared::moment;
use super::terms::is_yes;
use crate::clans::{Daily, Person, QuietHours, Remind, day_of, minute_of_day, time_of_day};
use crate::engine::Desk;
use crate::kit::{Refusal, Timestamp, Words, clip, refuse};
use crate::leagues::Standing;
use crate::matches::{Formula, MAX_REMINDERS};

/// The card.
pub const CARD: Card = Card {
    name: "profile",
    aliases: &["settings", "me"],
    title: "My profile",
    help: "Shows everything held about you, and sets time zone, quiet hours, reminders, the daily digest, room invitations and whether search finds you.",
    example: "profile zone=Europe/Vienna quiet=22:00-07:30",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        field(
            "zone",
            "Time zone, such as Europe/Vienna",
            |desk, caller| mine(desk, caller)?.zone.clone(),
        ),
        Field {
            kind: Kind::Program,
            ..field("lang", "Language: en, so far", |_, _| None)
        },
        field(
            "quiet",
            "Quiet hours, such as 22:00-07:30, or off",
            |desk, caller| mine(desk, caller)?.quiet.map(|quiet| quiet.to_string()),
        ),
        field(
            "remind",
            "Remind me when I haven't moved for 2h, 1d or so; or off",
            |desk, caller| mine(desk, caller)?.remind.map(|remind| remind.to_string()),
        ),
        field(
            "digest",
            "Tell me once a day what is waiting, at a time such as 08:00; or off",
            |desk, caller| {
                mine(desk, caller)?
                    .digest
                    .map(|daily| time_of_day(daily.minute))
            },
        ),
        field(
            "listed",
            "May search find you? yes or no",
            |desk, caller| {
                let listed = mine(desk, caller)?.listed;
                Some(if listed { "yes" } else { "no" }.to_owned())
            },
        ),
        field(
            "invitations",
            "Invite me into the room of each match? yes or no",
            |desk, caller| {
                let wanted = mine(desk, caller)?.invitations;
                Some(if wanted { "yes" } else { "no" }.to_owned())
            },
        ),
        Field {
            words: WordsFor::Following("formula"),
            ..field(
                "formula",
                "Whose challenges you take, such as: not bot and rating within 200; or off",
                |desk, caller| mine(desk, caller)?.formula.clone(),
            )
        },
    ],
    run,
};

const fn field(
    name: &'static str,
    label: &'static str,
    now: fn(&Desk, &Caller) -> Option<String>,
) -> Field {
    Field {
        name,
        label,
        kind: Kind::Kept(now),
        default: "",
        required: false,
        words: WordsFor::Named,
    }
}

fn mine<'a>(desk: &'a Desk, caller: &Caller) -> Option<&'a Person> {
    desk.world().people.get(caller.person?)
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let zone = ask.field("zone").map(known_zone).transpose()?;
    let lang = ask.field("lang").map(known_language).transpose()?;
    let quiet = ask.field("quiet").map(quiet_hours).transpose()?;
    let remind = ask.field("remind").map(reminder).transpose()?;
    let now = ask.desk.now();
    let digest = ask
        .field("digest")
        .map(|text| daily(text, now))
        .transpose()?;
    let listed = ask
        .field("listed")
        .map(|word| is_yes("listed", word))
        .transpose()?;
    let invitations = ask
        .field("invitations")
        .map(|word| is_yes("invitations", word))
        .transpose()?;
    let formula = ask.field("formula").map(known_formula).transpose()?;
    if ask.fields.iter().next().is_some() {
        ask.desk.change_person(me, |person| {
            person.zone = zone.or(person.zone.take());
            person.lang = lang.or(person.lang.take());
            person.quiet = quiet.unwrap_or(person.quiet);
            person.remind = remind.unwrap_or(person.remind);
            person.digest = digest.unwrap_or(person.digest);
            person.listed = listed.unwrap_or(person.listed);
            person.invitations = invitations.unwrap_or(person.invitations);
            person.formula = formula.unwrap_or(person.formula.take());
        })?;
    }
    let world = ask.desk.world();
    let Some(mine) = world.people.get(me) else {
        return Ok(Reply::default());
    };
    let standings: Vec<(String, Standing)> = world
        .ratings
        .standings(me)
        .map(|(game, standing)| (game.to_owned(), standing))
        .collect();
    Ok(shown(mine, &standings, day_of(now)))
}

/// A rating in words: `chess 1512 (3 games)`.
pub fn rated((game, standing): &(String, Standing)) -> String {
    let games = if standing.games == 1 { "game" } else { "games" };
    format!("{game} {} ({} {games})", standing.rating, standing.games)
}

/// Everything that is held about somebody, for themselves.
fn shown(mine: &Person, standings: &[(String, Standing)], today: Date) -> Reply {
    let or = |value: &Option<String>, none: &str| value.clone().unwrap_or_else(|| none.to_owned());
    let (zone, lang) = (or(&mine.zone, "UTC"), or(&mine.lang, "en"));
    let quiet = mine
        .quiet
        .map_or("none".to_owned(), |quiet| quiet.to_string());
    let remind = mine
        .remind
        .map_or("usual".to_owned(), |remind| remind.to_string());
    let digest = (mine.digest).map_or("off".to_owned(), |daily| time_of_day(daily.minute));
    let words = Words::line("This is everything the referee holds about you:").and(format!(
        "· handle {}, address {}, known since {}, last here {}",
        mine.handle,
        mine.jid,
        moment(mine.since),
        mine.last_seen()
    ));
    let words = linked(mine, today).into_iter().fold(words, Words::and)
        .and(format!(
            "· {}, {} by search",
            if mine.bot { "a bot" } else { "a person" },
            if mine.listed { "found" } else { "not found" }
        ))
        .and(format!(
            "· time zone {zone}, quiet hours {quiet}"
        ))
        .and(format!("· {}; daily digest {digest}", reminded(mine)))
        .and(format!(
            "· {} into the rooms of your matches",
            if mine.invitations { "invited" } else { "not invited" }
        ))
        .and(match standings {
            [] => "· no rating yet: play a match that is `rated`".to_owned(),
            each => format!("· ratings: {}", each.iter().map(rated).collect::<Vec<_>>().join(", ")),
        })
        .and(format!("· challenges wanted: {}", or(&mine.formula, "anybody's")))
        .and(format!(
            "· {} people and servers ignored",
            mine.ignores.len() + mine.ignores_unnamed.len() + mine.ignored_domains.len()
        ))
        .and(format!(
            "· the records of your matches, in which you are {}",
            mine.id
        ))
        .and("Type `profile export` for all of it as a file, or `profile forget` to be forgotten.")
        .and("Set with for example `profile zone=Europe/Vienna quiet=22:00-07:30 remind=1d digest=08:00 listed=yes`.");
    Reply::words(words)
        .with("person", mine.id.to_string())
        .with("handle", mine.handle.clone())
        .with("jid", mine.jid.clone())
        .with("since", mine.since.to_string())
        .with("bot", if mine.bot { "1" } else { "0" })
        .with("listed", if mine.listed { "1" } else { "0" })
        .with("invitations", if mine.invitations { "1" } else { "0" })
        .with("zone", zone)
        .with("lang", lang)
        .with("quiet", quiet)
        .with("remind", remind)
        .with("digest", digest)
        .with("formula", or(&mine.formula, ""))
        .with_list("addresses", mine.addresses().map(str::to_owned).collect())
        .with_list(
            "app-passwords",
            mine.app_passwords.iter().map(password_words).collect(),
        )
        .with_list("ratings", standings.iter().map(rated).collect())
}

/// Other addresses, accounts and app-passwords, where there are any.
fn linked(mine: &Person, today: Date) -> Vec<String> {
    let addresses = mine.links.addresses.keys().cloned();
    let accounts = mine.links.accounts.iter();
    let accounts = accounts.map(|account| account_words(mine, account, today));
    let links: Vec<String> = addresses.chain(accounts).collect();
    let passwords = mine.app_passwords.iter().map(|one| one.service.clone());
    let passwords: Vec<String> = passwords.collect();
    let line = |what: &str, all: &[String]| {
        let named = all.join("; ");
        (!all.is_empty()).then(|| format!("· {what}: {named}"))
    };
    let lines = [
        line("linked", &links),
        line("app-passwords for", &passwords),
    ];
    lines.into_iter().flatten().collect()
}

/// When an unanswered turn is told again, in words.
fn reminded(mine: &Person) -> String {
    match mine.remind {
        Some(Remind::Off) => "never reminded of a turn".to_owned(),
        Some(Remind::After(span)) => format!(
            "reminded of a turn every {}, at most {MAX_REMINDERS} times",
            span.words()
        ),
        None if mine.bot => "never reminded of a turn".to_owned(),
        None => "reminded once, at half time, where a move has days".to_owned(),
    }
}

fn reminder(text: &str) -> Result<Option<Remind>, Refusal> {
    if text.eq_ignore_ascii_case("usual") {
        return Ok(None);
    }
    Remind::read(text).map(Some).ok_or_else(|| {
        refuse(
            "profile/remind",
            "Reminders come after 5 minutes to 14 days, written like 45m, 2h or 1d.",
        )
        .hint("Write remind=2h, remind=off to get none, or remind=usual.")
    })
}

fn daily(text: &str, now: Timestamp) -> Result<Option<Daily>, Refusal> {
    if matches!(text, "off" | "none" | "no") {
        return Ok(None);
    }
    let daily = |minute| Daily { minute, since: now };
    minute_of_day(text).map(daily).map(Some).ok_or_else(|| {
        refuse(
            "profile/digest",
            "The daily digest comes at a time of day such as 08:00.",
        )
        .hint("Write digest=08:00, or digest=off to get none.")
    })
}

/// A formula as it is written canonically; none for `off`.
fn known_formula(text: &str) -> Result<Option<String>, Refusal> {
    if matches!(text, "off" | "none" | "no") {
        return Ok(None);
    }
    let formula: Formula = unquoted(text).parse()?;
    Ok(Some(formula.to_string()))
}

fn known_zone(name: &str) -> Result<String, Refusal> {
    match crate::clans::zone(name) {
        Some(zone) => Ok(zone.iana_name().unwrap_or(name).to_owned()),
        None => Err(refuse(
            "profile/zone",
            format!("I don't know the time zone `{}`.", clip(name, 40)),
        )
        .hint(match zone_of_city(name) {
            Some(zone) => format!("Did you mean `profile zone={zone}`?"),
            None => "Use a name such as Europe/Vienna or America/New_York.".to_owned(),
        })),
    }
}

/// The zone that is named after a city: Asia/Tokyo of `tokyo`.
fn zone_of_city(name: &str) -> Option<String> {
    let wanted = name.trim().replace(' ', "_");
    let named = |zone: &str| {
        let (_, city) = zone.rsplit_once('/')?;
        city.eq_ignore_ascii_case(&wanted).then(|| zone.to_owned())
    };
    jiff::tz::db()
        .available()
        .find_map(|zone| named(zone.as_str()))
}

fn known_language(tag: &str) -> Result<String, Refusal> {
    let english = tag.eq_ignore_ascii_case("en")
        || tag
            .get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("en-"));
    if english {
        return Ok("en".to_owned());
    }
    Err(refuse("profile/lang", "I only speak English so far.")
        .hint("Type `profile` to see what you can set."))
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
