//! Who is on, as the door hears it from those who let the referee see their presence. Volatile: after a break the door
//! asks again, and whoever it has not heard of is not known to be on.

use std::collections::BTreeMap;

use super::desk::Desk;
use crate::kit::{ClanTag, PersonId};

/// How somebody is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Here {
    /// Some client of theirs is there, but they are away from it, or do not want to be disturbed.
    Away,
    /// They are there.
    On,
}

/// Everybody who is on, by each of their addresses.
#[derive(Default)]
pub struct Roll(BTreeMap<PersonId, BTreeMap<String, Here>>);

impl Roll {
    /// How somebody is on; none when they are off, or when nothing is known.
    pub fn of(&self, person: PersonId) -> Option<Here> {
        self.0.get(&person)?.values().copied().max()
    }

    /// The connection is gone, and with it what was known.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl Desk {
    /// Who is on.
    pub fn roll(&self) -> &Roll {
        &self.roll
    }

    /// Takes note of somebody, by bare JID, who is on or off. The clans that are told otherwise by it; none for
    /// somebody nobody has met.
    pub fn note_here(&mut self, bare: &str, here: Option<Here>) -> Vec<ClanTag> {
        let Some(person) = self.world.people.by_jid(bare).map(|person| person.id) else {
            return Vec::new();
        };
        let before = self.roll.of(person);
        let addresses = self.roll.0.entry(person).or_default();
        match here {
            Some(here) => addresses.insert(bare.to_owned(), here),
            None => addresses.remove(bare),
        };
        if addresses.is_empty() {
            self.roll.0.remove(&person);
        }
        if before == self.roll.of(person) {
            return Vec::new();
        }
        let clans = self.world.clans.of(person);
        clans.map(|live| live.clan.tag).collect()
    }
}
