//! Whose a handle stays after it was let go of: other services know people by it, so nobody else may take it soon.
//!
//! Neither the journal nor the views know a handle: they have its keyed hash, as bans have those of addresses, which outlives
//! forgetting. Begin reading with [`Desk::take_handle`].

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::service::{Service, ServiceEvent};
use super::world::World;
use crate::clans::{Person, STALE_DAYS, skeleton};
use crate::kit::{Hash, PersonId, Refusal, Span, Timestamp, refuse};

/// How long a handle that was let go of waits for its old owner.
pub const KEPT_FOR: Span = Span::days(365);
/// Handles that wait for one person: more are a way to use names up.
pub const MAX_KEPT_OF_ONE: usize = 8;
/// Handles that wait in all; beyond it the one whose time is over first goes. Those kept for good never go.
pub const MAX_KEPT: usize = 50_000;
/// Numbers of one person that are known of with a handle: those of more than a week of being forgotten each hour.
const MAX_BEFORE: usize = 256;

/// A handle that nobody but its old owner may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The old owner.
    pub who: PersonId,
    /// The keyed hashes of the old owner's addresses, who may have been forgotten since.
    pub owners: BTreeSet<Hash>,
    /// Since when.
    pub since: Timestamp,
    /// Until when; for good when missing, because other services were told who bears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Numbers that somebody with one of these addresses had before this one, and was forgotten under.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub before: BTreeSet<PersonId>,
}

impl Kept {
    fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    /// Whether somebody is the old owner. An address speaks for them no longer than any other that was silent.
    fn is_of(&self, who: Option<PersonId>, tags: &BTreeSet<Hash>, now: Timestamp) -> bool {
        let known = now - self.since < Span::days(STALE_DAYS);
        who == Some(self.who) || known && !self.owners.is_disjoint(tags)
    }
}

/// The handles that wait for their old owners, by keyed hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(Hash, Kept)>", into = "Vec<(Hash, Kept)>")]
pub struct KeptHandles {
    all: BTreeMap<Hash, Kept>,
    /// Whose they are: by number, and by address.
    by_who: BTreeSet<(PersonId, Hash)>,
    by_owner: BTreeSet<(Hash, Hash)>,
    /// When those end that are not kept for good.
    ends: BTreeSet<(Timestamp, Hash)>,
}

impl From<Vec<(Hash, Kept)>> for KeptHandles {
    fn from(all: Vec<(Hash, Kept)>) -> KeptHandles {
        let mut kept = KeptHandles::default();
        for (tag, one) in all {
            kept.insert(tag, one);
        }
        kept
    }
}

impl From<KeptHandles> for Vec<(Hash, Kept)> {
    fn from(kept: KeptHandles) -> Self {
        kept.all.into_iter().collect()
    }
}

impl KeptHandles {
    /// Whether no handle waits.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Applies one event that happened at this time; events about other things change nothing.
    pub(super) fn evolve(&mut self, at: Timestamp, event: &ServiceEvent) {
        if let ServiceEvent::HandleKept {
            tag,
            who,
            owners,
            until,
        } = event
        {
            let kept = Kept {
                who: *who,
                owners: owners.clone(),
                since: at,
                until: *until,
                before: BTreeSet::new(),
            };
            self.keep(*tag, kept);
        }
    }

    /// Keeps a handle. What was kept for good stays so.
    fn keep(&mut self, tag: Hash, mut kept: Kept) {
        if self.all.get(&tag).is_some_and(|old| old.until.is_none()) {
            kept.until = None;
        }
        if let Some(old) = self.all.get(&tag)
            && !old.owners.is_disjoint(&kept.owners)
        {
            kept.before = old.before.clone();
            kept.before.insert(old.who);
            kept.before.remove(&kept.who);
            while kept.before.len() > MAX_BEFORE {
                kept.before.pop_first();
            }
        }
        let now = kept.since;
        self.insert(tag, kept);
        while let Some((until, tag)) = self.ends.first().copied() {
            if until > now && self.all.len() <= MAX_KEPT {
                break;
            }
            self.remove(&tag);
        }
    }

    fn insert(&mut self, tag: Hash, kept: Kept) {
        self.remove(&tag);
        self.by_who.insert((kept.who, tag));
        let owners = kept.owners.iter();
        self.by_owner.extend(owners.map(|owner| (*owner, tag)));
        self.ends.extend(kept.until.map(|until| (until, tag)));
        self.all.insert(tag, kept);
    }

    fn remove(&mut self, tag: &Hash) {
        let Some(old) = self.all.remove(tag) else {
            return;
        };
        self.by_who.remove(&(old.who, *tag));
        for owner in &old.owners {
            self.by_owner.remove(&(*owner, *tag));
        }
        if let Some(until) = old.until {
            self.ends.remove(&(until, *tag));
        }
    }

    /// Whether a handle waits for somebody else than this person, who has these addresses.
    fn is_anothers(
        &self,
        tag: &Hash,
        who: Option<PersonId>,
        tags: &BTreeSet<Hash>,
        now: Timestamp,
    ) -> bool {
        let kept = self.all.get(tag).filter(|kept| kept.holds(now));
        kept.is_some_and(|kept| !kept.is_of(who, tags, now))
    }

    /// The numbers under which somebody with these addresses was forgotten.
    fn before(&self, who: PersonId, tags: &BTreeSet<Hash>, now: Timestamp) -> BTreeSet<PersonId> {
        let handles = self.of(who, tags, now);
        let kept = handles.iter().filter_map(|tag| self.all.get(tag));
        let numbers = kept.flat_map(|kept| kept.before.iter().copied().chain([kept.who]));
        numbers.filter(|number| *number != who).collect()
    }

    /// The handles that wait for somebody.
    fn of(&self, who: PersonId, tags: &BTreeSet<Hash>, now: Timestamp) -> BTreeSet<Hash> {
        const LAST: Hash = Hash([u8::MAX; 32]);
        const FIRST: Hash = Hash([0; 32]);
        let by_who = self.by_who.range((who, FIRST)..=(who, LAST));
        let by_owner = |owner: &Hash| self.by_owner.range((*owner, FIRST)..=(*owner, LAST));
        let mine = by_who.map(|(_, tag)| *tag);
        let mine = mine.chain(tags.iter().flat_map(by_owner).map(|(_, tag)| *tag));
        mine.filter(|tag| self.all.get(tag).is_some_and(|kept| kept.holds(now)))
            .collect()
    }
}

impl Service {
    /// The keyed hash of a handle, and of all that look like it. No address has it too: none has a zero in it.
    fn handle_tag(&self, handle: &str) -> Option<Hash> {
        self.ban_tag(&format!("handle\0{}", skeleton(handle)))
    }
}

impl World {
    /// The numbers that somebody had before, who was forgotten and came back: whoever was banned from a clan, ignored, or has
    /// just left is not rid of that by being forgotten. Known as long as the handle of then waits for them.
    pub fn numbers_before(&self, who: PersonId) -> BTreeSet<PersonId> {
        if self.service.handles.is_empty() {
            return BTreeSet::new();
        }
        let before = self
            .service
            .handles
            .before(who, &self.tags_of(who), self.at);
        // One who is there is another person, whatever addresses they had.
        let gone = |number: &PersonId| self.people.get(*number).is_none();
        before.into_iter().filter(gone).collect()
    }

    /// Whether somebody wants nothing from that other one, under this number or one before.
    pub fn ignores(&self, one: &Person, other: &Person) -> bool {
        one.ignores(other)
            || (one.ignores_anybody()
                && self
                    .numbers_before(other.id)
                    .into_iter()
                    .any(|number| one.ignores_number(number)))
    }

    /// Whether a handle waits for somebody else than whoever writes from this address.
    pub(super) fn waits_for_another(&self, handle: &str, bare: &str, now: Timestamp) -> bool {
        if self.service.handles.is_empty() {
            return false;
        }
        let tags = self.service.ban_tag(bare).into_iter().collect();
        let tag = self.service.handle_tag(handle);
        tag.is_some_and(|tag| self.service.handles.is_anothers(&tag, None, &tags, now))
    }
}

impl Desk {
    /// Gives somebody another handle, and keeps the one they had for them.
    ///
    /// # Errors
    /// `handle/taken`, `handle/kept` for one that waits for its old owner, `handle/too-many`.
    pub fn take_handle(&mut self, who: PersonId, wanted: &str) -> Result<String, Refusal> {
        let handle = self.world.people.may_take(who, wanted)?;
        let Some(person) = self.world.people.get(who) else {
            return Ok(handle);
        };
        if person.handle == handle {
            return Ok(handle);
        }
        let (old, vouched) = (person.handle.clone(), !person.app_passwords.is_empty());
        let same = skeleton(&old) == skeleton(&handle);
        let (service, tags) = (&self.world.service, self.world.tags_of(who));
        if let Some(tag) = service.handle_tag(&handle) {
            let kept = &service.handles;
            if kept.is_anothers(&tag, Some(who), &tags, self.now) {
                return Err(refuse(
                    "handle/kept",
                    "That handle, or one that looks like it, was somebody else's, and waits for them.",
                )
                .hint("Try another, such as your name and a number."));
            }
            let mine = kept.of(who, &tags, self.now);
            if !same && !mine.contains(&tag) && mine.len() >= MAX_KEPT_OF_ONE {
                return Err(refuse(
                    "handle/too-many",
                    format!("{MAX_KEPT_OF_ONE} handles that you had wait for you already."),
                )
                .hint("Take one of those again: type `handle` and its name."));
            }
        }
        if !same {
            self.keep_handle(who, &old, vouched)?;
        }
        self.change_person(who, |person| person.handle.clone_from(&handle))?;
        if vouched {
            self.keep_handle(who, &handle, true)?;
        }
        Ok(handle)
    }

    /// Somebody gets an app-password: from now on other services know a person by this handle, for good.
    ///
    /// # Errors
    /// As [`Desk::serve`].
    pub fn vouch(&mut self, who: PersonId) -> Result<(), Refusal> {
        let Some(person) = self.world.people.get(who) else {
            return Ok(());
        };
        let handle = person.handle.clone();
        self.keep_handle(who, &handle, true)
    }

    /// Before somebody is forgotten: the name waits for whoever has one of the addresses.
    pub(super) fn keep_handle_of(
        &mut self,
        who: PersonId,
        into: Option<PersonId>,
    ) -> Result<(), Refusal> {
        let Some(person) = self.world.people.get(who) else {
            return Ok(());
        };
        let (handle, vouched) = (person.handle.clone(), !person.app_passwords.is_empty());
        self.keep(who, into.unwrap_or(who), &handle, vouched)
    }

    fn keep_handle(&mut self, who: PersonId, handle: &str, ever: bool) -> Result<(), Refusal> {
        self.keep(who, who, handle, ever)
    }

    fn keep(
        &mut self,
        had: PersonId,
        who: PersonId,
        handle: &str,
        ever: bool,
    ) -> Result<(), Refusal> {
        let Some(tag) = self.world.service.handle_tag(handle) else {
            return Ok(());
        };
        let until = (!ever).then(|| self.now + KEPT_FOR);
        let owners = self.world.tags_of(had);
        let kept = ServiceEvent::HandleKept {
            tag,
            who,
            owners,
            until,
        };
        self.serve(Some(who), kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(n: u8) -> Hash {
        Hash([n; 32])
    }

    fn kept(who: u64, owner: u8, since: i64, until: Option<i64>) -> Kept {
        Kept {
            who: PersonId(who),
            owners: [hash(owner)].into(),
            since: Timestamp(since),
            until: until.map(Timestamp),
            before: BTreeSet::new(),
        }
    }

    #[test]
    fn a_handle_waits_for_its_owner_by_number_and_by_address() {
        let mut all = KeptHandles::default();
        all.keep(hash(1), kept(7, 70, 0, Some(1000)));
        let at = |now: i64, who: u64, owner: u8| {
            all.is_anothers(
                &hash(1),
                Some(PersonId(who)),
                &[hash(owner)].into(),
                Timestamp(now),
            )
        };
        assert!(at(999, 8, 80));
        assert!(!at(999, 7, 80));
        assert!(!at(999, 8, 70));
        assert!(!at(1000, 8, 80));
    }

    #[test]
    fn what_is_kept_for_good_stays_so_and_an_old_address_does_not_get_it() {
        let mut all = KeptHandles::default();
        all.keep(hash(1), kept(7, 70, 0, None));
        all.keep(hash(1), kept(7, 70, 5, Some(1000)));
        let year = (Timestamp(5) + Span::days(STALE_DAYS)).0;
        let anothers = |now: i64| {
            let owners = [hash(70)].into();
            all.is_anothers(&hash(1), Some(PersonId(9)), &owners, Timestamp(now))
        };
        assert!(!anothers(year - 1));
        assert!(anothers(year));
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<KeptHandles>(&text).unwrap(), all);
    }

    #[test]
    fn the_list_does_not_grow_without_end() {
        let mut all = KeptHandles::default();
        all.keep(hash(255), kept(1, 1, 0, None));
        for n in 0..MAX_KEPT as u64 + 10 {
            let mut tag = [0; 32];
            tag[..8].copy_from_slice(&n.to_be_bytes());
            all.keep(
                Hash(tag),
                kept(n, 2, n as i64, Some(1_000_000_000 + n as i64)),
            );
        }
        assert_eq!(all.all.len(), MAX_KEPT);
        assert!(all.all.contains_key(&hash(255)));
        assert_eq!(all.by_who.len(), MAX_KEPT);
        assert_eq!(all.by_owner.len(), MAX_KEPT);
        all.keep(hash(9), kept(1, 1, 2_000_000_000, Some(3_000_000_000)));
        assert_eq!(all.all.len(), 2);
    }
}
