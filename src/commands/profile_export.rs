//! `profile export`: everything held about a person, as text that programs read.

use serde::Serialize;

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use super::shared::{MATCH, is_match_id};
use crate::clans::Person;
use crate::engine::{Ban, Contact, LiveClan, Measure};
use crate::kit::{ClanTag, MatchId, PersonId, Refusal, Secret, Timestamp, Words, refuse};
use crate::leagues::Standing;

/// The format's name and version.
const FORMAT: &str = "urn:x-referee:profile:0";
/// Finished matches in one text: with the longest profile it still is one message.
const MATCHES: usize = 1000;

/// The card.
pub const CARD: Card = Card {
    name: "profile-export",
    aliases: &[],
    title: "Export my profile",
    help: "Gives you everything held about you, as JSON; where it is long, in several parts.",
    example: "profile export",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[Field {
        name: "before",
        label: "Finished matches before this one (for the next part)",
        kind: Kind::Text,
        words: WordsFor::If(is_match_id),
        ..MATCH
    }],
    run,
};

/// All of it, in the order in which it is written.
#[derive(Serialize)]
struct Export<'a> {
    format: &'static str,
    referee: &'a str,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Person>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<Held<'a>>,
    matches: Vec<MatchId>,
    finished: Vec<MatchId>,
}

/// What the record of the referee itself holds.
#[derive(Serialize)]
struct Held<'a> {
    ratings: Vec<(&'a str, Standing)>,
    contacts: Vec<String>,
    watches: Vec<MatchId>,
    human_referee: bool,
    confirms: Vec<&'a str>,
    digested: Option<Timestamp>,
    bans: Vec<&'a Ban>,
    /// What admins did about the person; their notes are in the profile.
    #[serde(skip_serializing_if = "<[Measure]>::is_empty")]
    measures: &'a [Measure],
    founder: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    clans: Vec<Belonging<'a>>,
    /// The clans that wait for the person's answer, or that the person waits for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asked_to_join: Vec<ClanTag>,
}

/// A clan that somebody belongs to.
#[derive(Serialize)]
struct Belonging<'a> {
    clan: ClanTag,
    role: &'a str,
    since: Timestamp,
}

impl Belonging<'_> {
    fn of(live: &LiveClan, who: PersonId) -> Option<Belonging<'_>> {
        let member = live.clan.members.get(&who)?;
        Some(Belonging {
            clan: live.clan.tag,
            role: member.role.as_str(),
            since: member.since,
        })
    }
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    if ask.place.is_room() {
        return Err(
            refuse("room/private", "Your profile is nothing for a room.")
                .hint("Write `profile export` to me in private."),
        );
    }
    let me = ask.me()?;
    let before = ask.field("before").map(str::parse::<MatchId>);
    let before = before.transpose().map_err(|()| {
        refuse(
            "match/bad-id",
            "The field before takes a match such as m42.",
        )
        .hint("Type `profile export` for the first part.")
    })?;
    let finished = ask.desk.finished_ids_of(me, before, MATCHES + 1);
    let next = finished.get(MATCHES - 1..).filter(|rest| rest.len() > 1);
    let next = next.and_then(|rest| rest.first()).copied();
    let finished = finished.into_iter().take(MATCHES).collect();
    let text = serde_json::to_string_pretty(&export(ask, me, before.is_none(), finished)).map_err(
        |_| {
            refuse(
                "service/fault",
                "Something went wrong inside the referee; nothing has changed.",
            )
            .hint("Tell the admins of this referee.")
        },
    )?;
    let text = one_line_lists(&text);
    let words = Words::line(
        "This is everything held about you here. Records of matches name you by id alone; `record m42` gives one.",
    );
    let words = match next {
        None => words.board(text.clone()),
        Some(id) => words
            .board(text.clone())
            .and(format!("There is more: type `profile export before={id}`.")),
    };
    Ok(Reply::words(words)
        .with_list("export", text.lines().map(str::to_owned).collect())
        .with("next", next.map(|id| id.to_string()).unwrap_or_default()))
}

fn export<'a>(ask: &'a Ask<'_>, me: PersonId, first: bool, finished: Vec<MatchId>) -> Export<'a> {
    let (world, now) = (ask.desk.world(), ask.desk.now());
    let live = || world.matches_of(me).map(|live| live.game.id);
    let matches = match first {
        true => live().collect(),
        false => Vec::new(),
    };
    let profile = world.people.get(me).filter(|_| first).cloned();
    let bans = profile.iter().flat_map(Person::addresses);
    let bans = bans.filter_map(|address| world.service.ban_of(address, now));
    let service = &world.service;
    let contacts = service.contacts.iter().filter(|(_, who)| *who == me);
    let watches = world.watched_by(me);
    let held = first.then(|| Held {
        ratings: world.ratings.standings(me).collect(),
        contacts: contacts.map(|(contact, _)| named(*contact)).collect(),
        watches: watches.collect(),
        human_referee: service.referees.contains(&me),
        confirms: (service.provers.iter())
            .filter(|(_, who)| *who == me)
            .map(|(kind, _)| kind.as_str())
            .collect(),
        digested: service.digested.get(&me).copied(),
        bans: bans.collect(),
        measures: service.moderation.measures(me),
        founder: service.moderation.is_founder(me),
        clans: (world.clans.of(me))
            .filter_map(|live| Belonging::of(live, me))
            .collect(),
        asked_to_join: (world.clans.waiting_for(me))
            .map(|live| live.clan.tag)
            .collect(),
    });
    Export {
        format: FORMAT,
        referee: &world.domain,
        at: now,
        profile: profile.map(without_hashes),
        service: held,
        matches,
        finished,
    }
}

/// A hash helps nobody but whoever wants to guess at it: what is said is that there is one.
fn without_hashes(mut person: Person) -> Person {
    for one in &mut person.app_passwords {
        one.hash = Secret::new("kept as argon2id".to_owned());
    }
    person
}

fn named(contact: Contact) -> String {
    match contact {
        Contact::Referee => "referee".to_owned(),
        Contact::Match(id) => id.to_string(),
        Contact::Clan(tag) => format!("clan-{tag}"),
    }
}

/// Lists of plain values on one line each, so that a thousand matches are no thousand lines.
fn one_line_lists(pretty: &str) -> String {
    let mut text = String::with_capacity(pretty.len());
    let mut open = false;
    for line in pretty.lines() {
        let plain = line.trim();
        if open {
            text.push_str(plain);
            if plain.starts_with(']') {
                open = false;
                text.push('\n');
            } else if plain.ends_with(',') {
                text.push(' ');
            }
            continue;
        }
        text.push_str(line);
        if line.ends_with('[') {
            open = true;
        } else {
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_stand_on_one_line_and_mean_the_same() {
        let value = serde_json::json!({"a": ["m1", "m2"], "b": [], "c": {"d": [1]}, "e": [[1, "x]"], [2, "["]]});
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let folded = one_line_lists(&pretty);
        assert!(folded.contains(r#""a": ["m1", "m2"]"#), "{folded}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&folded).unwrap(),
            value
        );
    }
}
