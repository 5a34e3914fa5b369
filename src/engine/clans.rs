//! The clans in memory, with the ways to find one: by tag, by member, by name, and by what falls due next.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::decided::Decided;
use super::ports::Place;
use crate::clans::calendar::place_key;
use crate::clans::{Clan, ClanEvent, NameIndex};
use crate::kit::{ClanTag, FixtureId, Hash, PersonId, Span, Timestamp};

/// A clan in memory, with its place in the journal.
#[derive(Clone, Serialize, Deserialize)]
pub struct LiveClan {
    /// The clan itself.
    pub clan: Clan,
    /// Records in its stream so far.
    pub v: u64,
    /// Hash of its last record.
    pub head: Hash,
    /// Where its newest records lie in the journal; those before them lie in the views.
    pub(super) places: Vec<Place>,
    /// How many places lie in the views, a whole number of leaves.
    #[serde(default)]
    pub(super) filed: usize,
    /// The wake-up that is in the timers.
    #[serde(skip)]
    wake: Option<Timestamp>,
    /// What was recorded of this day. Volatile: a restart forgives.
    #[serde(skip)]
    pub(super) day: Day,
}

/// Places of a clan's records in one leaf of the views. Memory and each checkpoint hold the rest, so a clan costs
/// what is new, however old it is.
pub const LEAF: usize = 256;

/// How many records people made on one day.
#[derive(Clone, Default)]
pub(super) struct Day {
    date: i64,
    all: u32,
    of: BTreeMap<PersonId, u32>,
}

impl Day {
    fn count(&mut self, at: Timestamp, by: Option<PersonId>) {
        let date = at.0.div_euclid(Span::days(1).0);
        if date != self.date {
            *self = Day {
                date,
                ..Day::default()
            };
        }
        if let Some(by) = by {
            self.all += 1;
            *self.of.entry(by).or_default() += 1;
        }
    }

    /// How many records there are of the day of this moment: of this person, and of all.
    pub(super) fn counted(&self, at: Timestamp, by: PersonId) -> (u32, u32) {
        match at.0.div_euclid(Span::days(1).0) == self.date {
            true => (self.of.get(&by).copied().unwrap_or(0), self.all),
            false => (0, 0),
        }
    }
}

impl LiveClan {
    /// How many records are durable.
    pub fn recorded(&self) -> usize {
        self.filed + self.places.len()
    }

    /// How many places of them are in memory.
    pub fn in_memory(&self) -> usize {
        self.places.len()
    }

    /// The places that go to the views with the next checkpoint, leaf by leaf, with the number of each.
    pub(super) fn full_leaves(&self) -> impl Iterator<Item = (usize, &[Place])> {
        (self.filed / LEAF..).zip(self.places.chunks_exact(LEAF))
    }
}

/// All clans, those included that are no more: their tags are never given out again.
#[derive(Clone, Default)]
pub struct Clans {
    all: BTreeMap<ClanTag, LiveClan>,
    /// Those that exist, in order: a list, so that the place of one of them in it costs no walk.
    alive: Vec<ClanTag>,
    by_person: BTreeMap<PersonId, BTreeSet<ClanTag>>,
    /// Who is invited where, or has applied.
    waiting: BTreeMap<PersonId, BTreeSet<ClanTag>>,
    /// What tags and names look like, and whose they are.
    names: NameIndex<ClanTag>,
    /// Which clans a person founded, and when.
    founded: BTreeMap<PersonId, BTreeSet<(Timestamp, ClanTag)>>,
    timers: BTreeSet<(Timestamp, ClanTag)>,
    /// Events by where they take place.
    places: BTreeMap<String, BTreeSet<(ClanTag, u32)>>,
    /// Clans with results, the most points first.
    ranked: BTreeSet<(Reverse<u32>, ClanTag)>,
    /// Matches between clans of which something may be due in one of the two streams.
    stirred: BTreeSet<FixtureId>,
    /// Clans changed since the last checkpoint.
    pub(super) dirty: BTreeSet<ClanTag>,
}

impl Clans {
    /// A clan by its tag, also one that is no more.
    pub fn get(&self, tag: ClanTag) -> Option<&LiveClan> {
        self.all.get(&tag)
    }

    /// The clans a person belongs to.
    pub fn of(&self, person: PersonId) -> impl Iterator<Item = &LiveClan> {
        let mine = self.by_person.get(&person).into_iter().flatten();
        mine.filter_map(|tag| self.all.get(tag))
    }

    /// The clans to which a person is invited or has applied.
    pub fn waiting_for(&self, person: PersonId) -> impl Iterator<Item = &LiveClan> {
        let waiting = self.waiting.get(&person).into_iter().flatten();
        waiting.filter_map(|tag| self.all.get(tag))
    }

    /// The tags of the clans that exist, in order.
    pub fn tags(&self) -> &[ClanTag] {
        &self.alive
    }

    /// All clans, those included that are no more.
    pub fn all(&self) -> impl Iterator<Item = &LiveClan> {
        self.all.values()
    }

    /// The clans that exist, in the order of their tags, after one of them.
    pub fn after(&self, tag: Option<ClanTag>) -> impl Iterator<Item = &LiveClan> {
        let from = tag.map_or(0, |tag| self.alive.partition_point(|one| *one <= tag));
        self.alive[from..]
            .iter()
            .filter_map(|tag| self.all.get(tag))
    }

    /// The same backwards, before one of them.
    pub fn before(&self, tag: Option<ClanTag>) -> impl Iterator<Item = &LiveClan> {
        let to = tag.map_or(self.alive.len(), |tag| {
            self.alive.partition_point(|one| *one < tag)
        });
        self.alive[..to]
            .iter()
            .rev()
            .filter_map(|tag| self.all.get(tag))
    }

    /// The clans that have nodes or are to have them.
    pub fn with_nodes(&self) -> impl Iterator<Item = ClanTag> {
        let wants = |live: &&LiveClan| live.clan.is_alive() || !live.clan.pages.nodes.is_empty();
        self.all.values().filter(wants).map(|live| live.clan.tag)
    }

    /// How many clans exist.
    pub fn count(&self) -> usize {
        self.alive.len()
    }

    /// How many tags are given out, also of clans that are no more.
    pub fn all_count(&self) -> usize {
        self.all.len()
    }

    /// Another clan than `own` whose tag or name looks like this text.
    pub fn looking_like(&self, text: &str, own: Option<ClanTag>) -> Option<ClanTag> {
        self.names.taken(text, own)
    }

    /// The events that are planned for a place, by [`place_key`].
    pub fn at_place(&self, key: &str) -> impl Iterator<Item = (ClanTag, u32)> {
        self.places.get(key).into_iter().flatten().copied()
    }

    /// The clans with results, from a place of the standing on: the most points first, then by tag.
    pub fn ranked_from(&self, place: usize) -> impl Iterator<Item = &LiveClan> {
        let tags = self.ranked.iter().skip(place);
        tags.filter_map(|(_, tag)| self.all.get(tag))
    }

    /// How many clans have results.
    pub fn ranked_count(&self) -> usize {
        self.ranked.len()
    }

    /// Has a match between clans looked at again.
    pub(super) fn stir(&mut self, fixture: FixtureId) {
        self.stirred.insert(fixture);
    }

    /// Whether some match between clans is to be looked at.
    pub(super) fn has_stirred(&self) -> bool {
        !self.stirred.is_empty()
    }

    /// The matches between clans to be looked at, at most `limit`; each is named once.
    pub(super) fn take_stirred(&mut self, limit: usize) -> Vec<FixtureId> {
        let stirred: Vec<FixtureId> = self.stirred.iter().take(limit).copied().collect();
        stirred.iter().for_each(|id| {
            self.stirred.remove(id);
        });
        stirred
    }

    /// When somebody founded clans in the time before now, the earliest first.
    pub fn founded_by(&self, who: PersonId, now: Timestamp, within: Span) -> Vec<Timestamp> {
        let mine = self.founded.get(&who).into_iter().flatten();
        mine.map(|(at, _)| *at)
            .filter(|at| *at + within > now)
            .collect()
    }

    /// When the next clan has something due.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// The clans that have something due, at most `limit`.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<ClanTag> {
        let due = self.timers.iter().take_while(|(at, _)| *at <= now);
        due.take(limit).map(|(_, tag)| *tag).collect()
    }

    /// Applies a record of a clan's stream.
    ///
    /// # Errors
    /// It does not follow the clan's last record, or does not begin with the foundation.
    pub(super) fn apply(
        &mut self,
        decided: &Decided,
        tag: ClanTag,
        events: &[ClanEvent],
        prev: Hash,
        place: Option<Place>,
    ) -> Result<(), String> {
        let mut live = match self.all.remove(&tag) {
            Some(live) => {
                self.unindex(&live);
                live
            }
            None => {
                let first = events.first().ok_or("an empty first record")?;
                let clan = Clan::begin(tag, decided.at, first).map_err(|no| no.text)?;
                LiveClan {
                    clan,
                    v: 0,
                    head: Hash::ZERO,
                    places: Vec::new(),
                    filed: 0,
                    wake: None,
                    day: Day::default(),
                }
            }
        };
        let follows = prev == live.head && decided.v == live.v + 1;
        if follows {
            for event in events {
                live.clan.evolve(decided.at, decided.by, event);
            }
            (live.v, live.head) = (decided.v, decided.hash);
            live.places.extend(place);
            live.day.count(decided.at, decided.by);
        }
        let fixtures = events.iter().filter_map(|event| match event {
            ClanEvent::Fixture(event) => Some(event.fixture()),
            _ => None,
        });
        self.stirred.extend(fixtures);
        self.index(live);
        self.dirty.insert(tag);
        if follows {
            Ok(())
        } else {
            Err(format!("the chain of {tag} is broken"))
        }
    }

    /// Notes where the newest record of a clan lies, once the journal knows.
    pub(super) fn set_place(&mut self, tag: ClanTag, place: Place) {
        if let Some(live) = self.all.get_mut(&tag) {
            live.places.push(place);
        }
    }

    /// Takes a clan out of everything but its tag and its names, which nobody else may have: the
    /// clan as it was, where anything of it could be read.
    pub(super) fn take_out(&mut self, tag: ClanTag) -> Option<LiveClan> {
        // What went wrong may have gone wrong between two of these, so they are searched.
        self.timers.retain(|(_, other)| *other != tag);
        self.ranked.retain(|(_, other)| *other != tag);
        self.alive.retain(|other| *other != tag);
        self.stirred.retain(|fixture| fixture.home != tag);
        self.dirty.remove(&tag);
        for mine in [&mut self.by_person, &mut self.waiting] {
            mine.retain(|_, tags| {
                tags.remove(&tag);
                !tags.is_empty()
            });
        }
        self.places.retain(|_, there| {
            there.retain(|(other, _)| *other != tag);
            !there.is_empty()
        });
        self.all.remove(&tag)
    }

    /// Keeps the tag and the name of a clan that is set aside from others.
    pub(super) fn reserve(&mut self, tag: ClanTag, name: &str) {
        let name = Some(name).filter(|name| !name.is_empty());
        self.names.put(tag, [tag.as_str()].into_iter().chain(name));
    }

    /// What a checkpoint has written is the views' from now on.
    pub(super) fn checkpointed(&mut self) {
        for tag in std::mem::take(&mut self.dirty) {
            if let Some(live) = self.all.get_mut(&tag) {
                let filed = live.places.len() / LEAF * LEAF;
                live.places.drain(..filed);
                live.filed += filed;
            }
        }
    }

    /// Puts a clan from a snapshot in place.
    pub(super) fn restore(&mut self, live: LiveClan) {
        self.stirred.extend(live.clan.fixtures.open.keys());
        self.index(live);
    }

    fn index(&mut self, mut live: LiveClan) {
        let (tag, clan) = (live.clan.tag, &live.clan);
        live.wake = clan.next_wake();
        self.timers.extend(live.wake.map(|at| (at, tag)));
        let mine = self.founded.entry(clan.founder).or_default();
        mine.insert((clan.founded, tag));
        let name = clan.is_alive().then_some(clan.name.as_str());
        self.names.put(tag, [tag.as_str()].into_iter().chain(name));
        match (self.alive.binary_search(&tag), clan.is_alive()) {
            (Err(at), true) => self.alive.insert(at, tag),
            (Ok(at), false) => {
                self.alive.remove(at);
            }
            _ => {}
        }
        if clan.is_alive() {
            self.ranked.extend(rank(clan));
            for person in clan.members.keys() {
                self.by_person.entry(*person).or_default().insert(tag);
            }
            for entry in clan.calendar.entries() {
                let key = place_key(&entry.plan.place);
                if !key.is_empty() {
                    self.places.entry(key).or_default().insert((tag, entry.n));
                }
            }
        }
        for person in clan.invitations.keys().chain(clan.applications.keys()) {
            self.waiting.entry(*person).or_default().insert(tag);
        }
        self.all.insert(tag, live);
    }

    /// The opposite of [`Clans::index`], but for what putting anew replaces: the names, and whether it exists.
    fn unindex(&mut self, live: &LiveClan) {
        let (tag, clan) = (live.clan.tag, &live.clan);
        if let Some(at) = live.wake {
            self.timers.remove(&(at, tag));
        }
        for entry in clan.calendar.entries() {
            let key = place_key(&entry.plan.place);
            let there = self.places.get_mut(&key);
            if there.is_some_and(|there| there.remove(&(tag, entry.n)) && there.is_empty()) {
                self.places.remove(&key);
            }
        }
        if let Some(rank) = rank(clan) {
            self.ranked.remove(&rank);
        }
        for person in clan.members.keys() {
            let mine = self.by_person.get_mut(person);
            if mine.is_some_and(|mine| mine.remove(&tag) && mine.is_empty()) {
                self.by_person.remove(person);
            }
        }
        for person in clan.invitations.keys().chain(clan.applications.keys()) {
            let mine = self.waiting.get_mut(person);
            if mine.is_some_and(|mine| mine.remove(&tag) && mine.is_empty()) {
                self.waiting.remove(person);
            }
        }
    }
}

/// The place of a clan in the standing, once it has a result.
fn rank(clan: &Clan) -> Option<(Reverse<u32>, ClanTag)> {
    let standing = clan.fixtures.standing;
    (standing.played() > 0).then_some((Reverse(standing.points()), clan.tag))
}
