//! Quiet hours: what is held back while somebody rests, and told in one message afterwards.
//!
//! Only matches with a short clock write at any hour. Everything else waits; the list is volatile, because `my`
//! always tells what waits, and a restart makes the list anew from what waits then.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::Note;
use super::service::ServiceEvent;
use super::waiting;
use super::world::World;
use crate::clans::Person;
use crate::kit::{ClanTag, MatchId, PersonId, Timestamp};

/// Matches named in one message after quiet hours.
const MAX_NAMED: usize = 20;

/// What one person is to be told of, and when.
struct Held {
    until: Timestamp,
    about: BTreeSet<MatchId>,
    clans: BTreeSet<ClanTag>,
}

impl Held {
    fn until(until: Timestamp) -> Held {
        Held {
            until,
            about: BTreeSet::new(),
            clans: BTreeSet::new(),
        }
    }
}

/// Whoever is to be told something when their quiet hours end.
#[derive(Default)]
pub(super) struct Quiet {
    held: BTreeMap<PersonId, Held>,
}

impl Quiet {
    /// After a start: those who rest while matches wait for them.
    pub fn after_start(world: &World, now: Timestamp) -> Quiet {
        let mut quiet = Quiet::default();
        for person in world.people.iter() {
            let Some(until) = person.quiet_until(now) else {
                continue;
            };
            let waiting = waiting::waiting(world, person.id, now);
            let ids: BTreeSet<MatchId> = (waiting.iter())
                .map(|one| one.game.id)
                .take(MAX_NAMED)
                .collect();
            if !ids.is_empty() {
                let held = Held {
                    about: ids,
                    ..Held::until(until)
                };
                quiet.held.insert(person.id, held);
            }
        }
        quiet
    }

    /// Whether this note has to wait; then it is remembered by its match.
    pub fn holds(&mut self, world: &World, person: &Person, note: &Note, now: Timestamp) -> bool {
        let Some(until) = person.quiet_until(now).filter(|_| !is_urgent(world, note)) else {
            return false;
        };
        let held = self
            .held
            .entry(person.id)
            .or_insert_with(|| Held::until(until));
        if held.about.len() < MAX_NAMED {
            held.about.extend(note.about);
        }
        if held.clans.len() < MAX_NAMED {
            held.clans.extend(note.clan);
        }
        true
    }

    /// When the first of them may be told.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.held.values().map(|held| held.until).min()
    }

    /// What is to be said now.
    pub fn due(&mut self, now: Timestamp) -> Vec<ServiceEvent> {
        let due: Vec<PersonId> = self
            .held
            .iter()
            .filter(|(_, held)| held.until <= now)
            .map(|(who, _)| *who)
            .collect();
        let told = due
            .into_iter()
            .filter_map(|who| Some((who, self.held.remove(&who)?)));
        told.map(|(who, held)| ServiceEvent::Rested {
            who,
            about: held.about.into_iter().collect(),
            clans: held.clans.into_iter().collect(),
        })
        .collect()
    }
}

fn is_urgent(world: &World, note: &Note) -> bool {
    let Some(live) = note.about.and_then(|id| world.live(id)) else {
        return note.about.is_none() && note.clan.is_none();
    };
    live.game.is_live()
}
