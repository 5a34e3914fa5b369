//! One clan as service discovery and contact lists show it, and what may be done at its address.

use std::collections::BTreeSet;

use super::{Answer, Card, Desk, PersonId, Seen, Value};
use crate::clans::{Clan, ClanStage, Permission, Sees, authorise};
use crate::commands::clans::is_recruiting;
use crate::commands::reply::{ClanInfo, Status};
use crate::engine::{Contact, Here, LiveClan};
use crate::kit::{ClanTag, Timestamp};

/// The details of a clan: the same for everybody, because they are public.
pub(super) fn info(desk: &Desk, tag: ClanTag) -> Answer {
    match desk.clan(tag) {
        Ok(live) => Answer::Seen(Seen::Clan(shown(live))),
        Err(_) => Answer::Nothing,
    }
}

fn shown(live: &LiveClan) -> ClanInfo {
    let clan = &live.clan;
    let text = |text: &str| Value::Text(text.to_owned());
    let recruiting = if is_recruiting(clan) { "1" } else { "0" };
    let state = match clan.stage {
        ClanStage::Active => "active",
        ClanStage::Disbanding { .. } => "disbanding",
        ClanStage::Disbanded => "disbanded",
    };
    let form = vec![
        ("tag", text(clan.tag.as_str())),
        ("name", text(&clan.name)),
        ("state", text(state)),
        ("members", Value::Text(clan.members.len().to_string())),
        ("joining", text(clan.joining.word())),
        ("recruiting", text(recruiting)),
        ("founded", Value::Text(clan.founded.to_string())),
        ("description", text(&clan.description)),
        ("record", Value::Text(record(clan))),
        ("colours", Value::List(clan.colours.clone())),
        ("avatar", text(clan.avatar.as_deref().unwrap_or_default())),
        (
            "room",
            text(clan.house.public.as_deref().unwrap_or_default()),
        ),
        (
            "feed",
            text(
                clan.pages
                    .nodes
                    .get(&Sees::Public)
                    .map_or("", String::as_str),
            ),
        ),
        ("hash", Value::Text(live.head.to_string())),
    ];
    ClanInfo {
        name: clan.name.clone(),
        about: clan.description.clone(),
        room: clan.house.public.clone(),
        feed: clan.pages.nodes.get(&Sees::Public).cloned(),
        form,
    }
}

/// What stands beside a clan in contact lists. Members read who is on and what is next; nobody reads names there.
pub(super) fn status(desk: &Desk, tag: ClanTag, me: Option<PersonId>) -> Answer {
    let Ok(live) = desk.clan(tag) else {
        return Answer::Nothing;
    };
    let (clan, world) = (&live.clan, desk.world());
    let members = clan.members.len();
    let people = if members == 1 { "member" } else { "members" };
    let next = |inside| next_line(clan, desk.now(), None, inside);
    let next = |inside| next(inside).map_or(String::new(), |next| format!("; {next}"));
    let outside = match is_recruiting(clan) {
        true => format!(
            "{}: {members} {people}, recruiting{}",
            clan.name,
            next(false)
        ),
        false => format!("{}: {members} {people}{}", clan.name, next(false)),
    };
    let on = (clan.members.keys()).filter(|who| desk.roll().of(**who) == Some(Here::On));
    let inside = format!(
        "{}: {} of {members} on{}",
        clan.name,
        on.count(),
        next(true)
    );
    let belongs = |who: &PersonId| authorise(clan, *who, Permission::Read).allowed;
    // All who belong, not only those who have the contact: the door may know of a new one before the journal does.
    let those = clan.members.keys().filter(|who| belongs(who));
    let those = those.filter_map(|who| world.people.get(*who));
    let those = those.filter_map(|person| world.people.told_at(person).next());
    let those: BTreeSet<String> = those.map(str::to_owned).collect();
    let mine = me.filter(|me| belongs(me));
    let seen_already = |me| world.service.contacts.contains(&(Contact::Referee, me));
    Answer::Seen(Seen::Status(Status {
        text: mine.map_or(outside, |_| inside.clone()),
        nick: Some(clan.name.clone()),
        inside: Some((those, inside)),
        asks_back: mine.is_some_and(|me| !seen_already(me)),
        ..Status::default()
    }))
}

/// What is next in a clan's calendar, in the reader's zone where one is known: `training, Sat 2026-01-03 20:00 UTC`. From
/// outside, only what is public.
pub fn next_line(clan: &Clan, now: Timestamp, zone: Option<&str>, inside: bool) -> Option<String> {
    let calendar = &clan.calendar;
    let shown = calendar
        .entries()
        .filter(|entry| inside || entry.plan.public);
    let next = shown.filter_map(|entry| Some((entry.next(now)?, entry)));
    let (one, entry) = next.min_by_key(|(one, entry)| (one.begins, entry.n))?;
    Some(format!("{}, {}", entry.plan.title, one.start.shown(zone)))
}

/// Whether a command can come to anything at a clan's address, for this person.
pub(super) fn fits(clan: &Clan, me: Option<PersonId>, card: &Card) -> bool {
    let Some(verb) = card.name.strip_prefix("clan-") else {
        return matches!(card.name, "help" | "my");
    };
    let may = |permission| me.is_some_and(|me| authorise(clan, me, permission).allowed);
    let member = me.is_some_and(|me| clan.is_member(me));
    let invited = me.is_some_and(|me| clan.invitations.contains_key(&me));
    let applied = me.is_some_and(|me| clan.applications.contains_key(&me));
    match verb {
        "show" | "roles" | "history" | "standing" => true,
        "create" => false,
        "contacts" => may(Permission::Read) || me.is_some_and(|me| clan.mates.shares(me)),
        "join" => !member && (invited || clan.joining == crate::clans::Joining::Open),
        "apply" => !member && clan.joining == crate::clans::Joining::Apply,
        "decline" => invited || applied || member,
        "accept" | "challenge" | "counter" => may(Permission::Speak),
        "lineup" => may(Permission::Lineup),
        "appeal" => me.is_some_and(|me| clan.bans.contains_key(&me)),
        "leave" => member,
        "invite" | "uninvite" => may(Permission::Invite),
        "admit" | "refuse" => may(Permission::Recruit),
        "kick" => may(Permission::Kick),
        "ban" | "bans" | "unban" | "uphold" => may(Permission::Ban),
        "role" | "role-make" | "role-drop" => may(Permission::Roles),
        "set" | "rename" => may(Permission::Settings),
        "disband" | "transfer" => may(Permission::Disband),
        "keep" => clan.stage != ClanStage::Active && may(Permission::Disband),
        "event" | "propose" | "fix" | "move" | "cancel" => may(Permission::Schedule),
        "pick" => may(Permission::Lineup),
        "attend" | "vote" => may(Permission::Play),
        "export" => may(Permission::Export),
        // Whatever else there is, is for those who may read what is for members.
        _ => may(Permission::Read),
    }
}

/// Matches won, drawn and lost against other clans: `3 1 2`.
fn record(clan: &Clan) -> String {
    let standing = clan.fixtures.standing;
    format!("{} {} {}", standing.won, standing.drawn, standing.lost)
}
