//! All rooms by name, with what is asked of them at each stanza counted and sorted: when one is due, how many are on the
//! way, which one a match has. Whoever changes a room marks it; the next question looks at the marked ones alone.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;
use std::time::Instant;

use super::room::{Claim, Purpose, Room, Stage};

/// Rooms by name.
#[derive(Default)]
pub struct Register {
    all: BTreeMap<String, Room>,
    index: RefCell<Indices>,
    /// Rooms that were handed out in walks over all, or looked at again because they had changed.
    looked_at: Cell<usize>,
}

#[derive(Default)]
struct Indices {
    /// Rooms that may have changed.
    marked: BTreeSet<String>,
    known: BTreeMap<String, Facts>,
    due: BTreeSet<(Instant, String)>,
    by_purpose: BTreeMap<Purpose, String>,
    busy: usize,
    entering: usize,
    halls: usize,
    /// Rooms of matches that each of their players is in.
    of_person: BTreeMap<String, usize>,
    /// The same by server: of those who play from there.
    of_server: BTreeMap<String, usize>,
    of_bots: usize,
}

/// What is asked of a room.
#[derive(Clone, PartialEq, Eq)]
struct Facts {
    purpose: Purpose,
    due: Option<Instant>,
    busy: bool,
    entering: bool,
    people: Vec<String>,
    bots: bool,
}

impl Facts {
    fn of(room: &Room) -> Facts {
        let due = match room.stage {
            Stage::Joining(until) | Stage::Away(until) => Some(until),
            Stage::Open => room.roster.next_check(),
            _ => None,
        };
        // The lobby is no effect's affair.
        let new = room.claim != Claim::Ours && room.purpose != Purpose::Lobby;
        let waits = !room.held.is_empty() || room.roster.has_welcomes();
        let way_in = matches!(
            room.stage,
            Stage::Joining(_) | Stage::Checking | Stage::Configuring
        );
        Facts {
            purpose: room.purpose,
            due,
            busy: room.is_on_the_way() && (new || waits || room.last_word.is_some()),
            // A clan's room that is being brought in step keeps the service busy as well.
            entering: way_in || room.roster.is_at_work(),
            people: match room.purpose {
                Purpose::Match(_) => room.owed_to.clone(),
                _ => Vec::new(),
            },
            bots: room.of_bots,
        }
    }

    fn is_hall(&self) -> bool {
        matches!(self.purpose, Purpose::Clan(..))
    }
}

/// The server of a bare JID.
pub fn server_of(bare: &str) -> &str {
    bare.rsplit('@').next().unwrap_or_default()
}

impl Indices {
    fn add(&mut self, name: &str, facts: Facts) {
        self.due.extend(facts.due.map(|at| (at, name.to_owned())));
        self.by_purpose.insert(facts.purpose, name.to_owned());
        self.busy += usize::from(facts.busy);
        self.entering += usize::from(facts.entering);
        self.halls += usize::from(facts.is_hall());
        self.of_bots += usize::from(facts.bots);
        for bare in &facts.people {
            *self.of_person.entry(bare.clone()).or_default() += 1;
            let server = server_of(bare).to_owned();
            *self.of_server.entry(server).or_default() += 1;
        }
        self.known.insert(name.to_owned(), facts);
    }

    fn take(&mut self, name: &str) {
        let Some(facts) = self.known.remove(name) else {
            return;
        };
        if let Some(at) = facts.due {
            self.due.remove(&(at, name.to_owned()));
        }
        if (self.by_purpose.get(&facts.purpose)).is_some_and(|known| known == name) {
            self.by_purpose.remove(&facts.purpose);
        }
        self.busy -= usize::from(facts.busy);
        self.entering -= usize::from(facts.entering);
        self.halls -= usize::from(facts.is_hall());
        self.of_bots -= usize::from(facts.bots);
        let less = |counts: &mut BTreeMap<String, usize>, name: &str| {
            if let Some(count) = counts.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(name);
                }
            }
        };
        for bare in &facts.people {
            less(&mut self.of_person, bare);
            less(&mut self.of_server, server_of(bare));
        }
    }
}

impl Register {
    /// Brings the indices in step, and asks them something.
    fn ask<T>(&self, question: impl FnOnce(&Indices) -> T) -> T {
        let mut index = self.index.borrow_mut();
        let marked = std::mem::take(&mut index.marked);
        self.looked_at.set(self.looked_at.get() + marked.len());
        for name in marked {
            let now = self.all.get(&name).map(Facts::of);
            if index.known.get(&name) != now.as_ref() {
                index.take(&name);
                if let Some(now) = now {
                    index.add(&name, now);
                }
            }
        }
        question(&index)
    }

    fn mark(&mut self, name: &str) {
        self.index.get_mut().marked.insert(name.to_owned());
    }

    pub fn get(&self, name: &str) -> Option<&Room> {
        self.all.get(name)
    }

    pub fn get_key_value(&self, name: &str) -> Option<(&String, &Room)> {
        self.all.get_key_value(name)
    }

    pub fn contains_key(&self, name: &str) -> bool {
        self.all.contains_key(name)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Room> {
        let room = self.all.get_mut(name)?;
        self.index.get_mut().marked.insert(name.to_owned());
        Some(room)
    }

    pub fn insert(&mut self, name: String, room: Room) {
        self.mark(&name);
        self.all.insert(name, room);
    }

    pub fn remove(&mut self, name: &str) -> Option<Room> {
        self.mark(name);
        self.all.remove(name)
    }

    pub fn clear(&mut self) {
        self.all.clear();
        *self.index.get_mut() = Indices::default();
    }

    /// Keeps some. It walks over all, as the following do: nothing that happens with each stanza may use them.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.iter_mut().for_each(drop);
        self.all.retain(|name, _| keep(name));
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Room)> {
        self.looked_at.set(self.looked_at.get() + self.all.len());
        self.all.iter()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&String, &mut Room)> {
        self.looked_at.set(self.looked_at.get() + self.all.len());
        let index = self.index.get_mut();
        index.marked.extend(self.all.keys().cloned());
        self.all.iter_mut()
    }

    /// The room for this purpose.
    pub fn of(&self, purpose: Purpose) -> Option<String> {
        self.ask(|index| index.by_purpose.get(&purpose).cloned())
    }

    /// Whether something that an effect asked for is still under way in some room.
    pub fn is_busy(&self) -> bool {
        self.ask(|index| index.busy > 0)
    }

    /// How many rooms are being entered or brought in step.
    pub fn entering(&self) -> usize {
        self.ask(|index| index.entering)
    }

    /// How many rooms of clans there are.
    pub fn halls(&self) -> usize {
        self.ask(|index| index.halls)
    }

    /// How many others there are.
    pub fn others(&self) -> usize {
        self.ask(|index| index.known.len() - index.halls)
    }

    /// In how many rooms of matches somebody plays.
    pub fn of_person(&self, bare: &str) -> usize {
        self.ask(|index| index.of_person.get(bare).copied().unwrap_or(0))
    }

    /// In how many people of this server play.
    pub fn of_server(&self, server: &str) -> usize {
        self.ask(|index| index.of_server.get(server).copied().unwrap_or(0))
    }

    /// In how many nobody but bots plays.
    pub fn of_bots(&self) -> usize {
        self.ask(|index| index.of_bots)
    }

    /// When something is due.
    pub fn next_due(&self) -> Option<Instant> {
        self.ask(|index| index.due.first().map(|(at, _)| *at))
    }

    /// The rooms where something is due.
    pub fn due(&self, now: Instant) -> Vec<String> {
        self.ask(|index| {
            let due = index.due.iter().take_while(|(at, _)| *at <= now);
            due.map(|(_, name)| name.clone()).collect()
        })
    }

    /// How many rooms were looked at so far, for whoever counts.
    #[cfg(test)]
    pub fn looked_at(&self) -> usize {
        self.looked_at.get()
    }
}

impl Index<&String> for Register {
    type Output = Room;

    fn index(&self, name: &String) -> &Room {
        &self.all[name]
    }
}
