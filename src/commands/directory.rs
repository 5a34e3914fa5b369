//! What a directory such as LDAP shows: people in clans, clans with their members. Never an address.
//!
//! The rows come in small portions, so that whoever reads a whole directory keeps no player waiting.

use super::reply::{Answer, Seen};
use crate::clans::{Clan, Permission, Person, day_of};
use crate::engine::{Desk, World};
use crate::kit::{ClanTag, PersonId, Refusal, Secret, clan_uuid, person_uuid};

/// People of the address book that are looked at for one portion.
const PEOPLE_AT_ONCE: usize = 256;
/// Clans of one portion.
const CLANS_AT_ONCE: usize = 16;

/// What a directory asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryAsk {
    /// What proves that somebody is who they say.
    Password {
        /// The handle, in any case.
        handle: String,
        /// The service they log in to.
        service: String,
    },
    /// One person.
    Person(String),
    /// The person of this number.
    Numbered(PersonId),
    /// Everybody who is in a clan, after this person.
    People(Option<PersonId>),
    /// The members of a clan.
    Members(String),
    /// One clan.
    Clan(String),
    /// The clans of a person.
    ClansOf(String),
    /// All clans, after this one.
    Clans(Option<String>),
    /// Those who may do something in a clan.
    May {
        /// The clan's tag.
        clan: String,
        /// The permission's word.
        permission: String,
    },
}

/// What a directory hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectorySeen {
    /// The handle as it is written, and the hash of the app-password; nothing for nobody, for the banned, and without such a
    /// password.
    Password(Option<(String, Secret<String>)>),
    /// People, and after whom there are more.
    People(Vec<PersonRow>, Option<PersonId>),
    /// Clans, and after which there are more.
    Clans(Vec<ClanRow>, Option<String>),
    /// Tag and permission as they are written, and the handles of those who may; nothing when there is no such thing.
    May(Option<(String, String, Vec<String>)>),
}

/// A person in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// The id.
    pub id: PersonId,
    /// The same as a UUID that no other referee gives: it stays when the handle changes, and is never another's.
    pub uuid: String,
    /// The handle.
    pub handle: String,
    /// Clans by their tags, with the role in each.
    pub groups: Vec<(String, String)>,
}

/// A clan in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClanRow {
    /// The tag.
    pub tag: String,
    /// A UUID that is made from it, and that no other referee gives.
    pub uuid: String,
    /// The name.
    pub name: String,
    /// Handles of the members, with their roles.
    pub members: Vec<(String, String)>,
}

/// Answers a directory.
pub(super) fn seen(desk: &Desk, ask: &DirectoryAsk) -> Answer {
    let world = desk.world();
    let named = |handle: &str| world.people.by_handle(handle);
    let clan = |tag: &str| {
        let live = world.clans.get(tag.parse::<ClanTag>().ok()?)?;
        live.clan.is_alive().then_some(&live.clan)
    };
    Answer::Seen(Seen::Directory(match ask {
        DirectoryAsk::Password { handle, service } => {
            let kept = named(handle)
                .filter(|person| world.ban_of(&person.jid, desk.now()).is_none())
                .and_then(|person| Some((person, person.app_password(service)?)));
            DirectorySeen::Password(
                kept.map(|(person, kept)| (person.handle.clone(), kept.hash.clone())),
            )
        }
        DirectoryAsk::Person(handle) => {
            let row = named(handle).and_then(|person| person_row(world, person));
            DirectorySeen::People(row.into_iter().collect(), None)
        }
        DirectoryAsk::Numbered(id) => {
            let row = (world.people.get(*id)).and_then(|person| person_row(world, person));
            DirectorySeen::People(row.into_iter().collect(), None)
        }
        DirectoryAsk::People(after) => people(world, *after),
        DirectoryAsk::Members(tag) => {
            let members = clan(tag).into_iter().flat_map(|clan| clan.members.keys());
            let people = members.filter_map(|id| world.people.get(*id));
            let rows = people.filter_map(|person| person_row(world, person));
            DirectorySeen::People(rows.collect(), None)
        }
        DirectoryAsk::Clan(tag) => {
            let row = clan(tag).map(|clan| clan_row(world, clan));
            DirectorySeen::Clans(row.into_iter().collect(), None)
        }
        DirectoryAsk::ClansOf(handle) => {
            let person = named(handle).map(|person| person.id);
            let clans = person.into_iter().flat_map(|id| clans_of(world, id));
            DirectorySeen::Clans(clans.map(|clan| clan_row(world, clan)).collect(), None)
        }
        DirectoryAsk::May {
            clan: tag,
            permission,
        } => {
            let found = clan(tag).zip(Permission::read(permission));
            DirectorySeen::May(found.map(|(clan, permission)| {
                let people = clan.those_who_may(permission);
                let people = people.filter_map(|id| world.people.get(id));
                let handles = people.map(|person| person.handle.clone()).collect();
                (clan.tag.to_string(), permission.word().to_owned(), handles)
            }))
        }
        DirectoryAsk::Clans(after) => {
            let after = after.as_ref().and_then(|tag| tag.parse().ok());
            let mut rest = world.clans.after(after);
            let rows: Vec<ClanRow> = (rest.by_ref().take(CLANS_AT_ONCE))
                .map(|live| clan_row(world, &live.clan))
                .collect();
            let next = rows.last().map(|row| row.tag.clone());
            DirectorySeen::Clans(rows, next.filter(|_| rest.next().is_some()))
        }
    }))
}

/// Notes the day on which an app-password was used last, so that its owner sees what is not used any more.
pub(super) fn logged_in(desk: &mut Desk, handle: &str, service: &str) -> Result<(), Refusal> {
    let today = day_of(desk.now());
    let person = desk.world().people.by_handle(handle);
    let stale = person.filter(|person| {
        let known = person.app_password(service);
        known.is_some_and(|known| known.used != Some(today))
    });
    let Some(id) = stale.map(|person| person.id) else {
        return Ok(());
    };
    desk.change_person(id, |person| {
        let mut all = person.app_passwords.iter_mut();
        if let Some(known) = all.find(|known| known.service == service) {
            known.used = Some(today);
        }
    })
}

/// A portion of the address book. It may hold nobody who is in a clan, and yet there are more.
fn people(world: &World, after: Option<PersonId>) -> DirectorySeen {
    let mut rest = world.people.after(after);
    let mut last = None;
    let mut rows = Vec::new();
    for person in rest.by_ref().take(PEOPLE_AT_ONCE) {
        last = Some(person.id);
        rows.extend(person_row(world, person));
    }
    DirectorySeen::People(rows, last.filter(|_| rest.next().is_some()))
}

fn clans_of(world: &World, person: PersonId) -> impl Iterator<Item = &Clan> {
    let mine = world.clans.of(person).map(|live| &live.clan);
    mine.filter(|clan| clan.is_alive())
}

/// Somebody who is in a clan. Nobody else is shown.
fn person_row(world: &World, person: &Person) -> Option<PersonRow> {
    let groups: Vec<(String, String)> = clans_of(world, person.id)
        .filter_map(|clan| {
            let role = &clan.members.get(&person.id)?.role;
            Some((clan.tag.to_string(), role.to_string()))
        })
        .collect();
    (!groups.is_empty()).then(|| PersonRow {
        id: person.id,
        uuid: person_uuid(&world.domain, person.id),
        handle: person.handle.clone(),
        groups,
    })
}

fn clan_row(world: &World, clan: &Clan) -> ClanRow {
    let members = clan.members.iter().filter_map(|(id, member)| {
        let person = world.people.get(*id)?;
        Some((person.handle.clone(), member.role.to_string()))
    });
    ClanRow {
        tag: clan.tag.to_string(),
        uuid: clan_uuid(&world.domain, &clan.tag.to_string()),
        name: clan.name.clone(),
        members: members.collect(),
    }
}
