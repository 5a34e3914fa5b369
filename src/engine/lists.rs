//! The matches that everybody may see, in order, for lists: a page costs no more than what is on it.

use super::world::{Live, World};
use crate::kit::{MatchId, Ranked};

impl World {
    /// Public matches that are not over, in order of ids, from this place on.
    pub fn listed_from(&self, place: usize) -> impl Iterator<Item = &Live> {
        let ids = self.listed.from(place);
        ids.filter_map(|id| self.live.get(&id))
    }

    /// Public matches that are not over, backwards from the newest, before this place.
    pub fn listed_before(&self, place: usize) -> impl Iterator<Item = &Live> {
        let ids = self.listed.before(place);
        ids.filter_map(|id| self.live.get(&id))
    }

    /// The same before a match.
    pub fn listed_older(&self, id: MatchId) -> impl Iterator<Item = &Live> {
        self.listed_before(self.listed.rank(id))
    }

    /// How many public matches are not over.
    pub fn listed_count(&self) -> usize {
        self.listed.len()
    }

    /// How many of them have a smaller id.
    pub fn listed_rank(&self, id: MatchId) -> usize {
        self.listed.rank(id)
    }

    /// Whether a match is public and not over.
    pub fn is_listed(&self, id: MatchId) -> bool {
        self.listed.contains(id)
    }

    /// Public matches that wait for anybody.
    pub fn open_matches(&self) -> impl Iterator<Item = &Live> {
        self.open.iter().filter_map(|id| self.live.get(&id))
    }

    /// The same backwards from the newest, without so many of the newest.
    pub fn open_after(&self, newer: usize) -> impl Iterator<Item = &Live> {
        let ids = self.open.before(self.open.len().saturating_sub(newer));
        ids.filter_map(|id| self.live.get(&id))
    }

    /// How many public matches wait for anybody.
    pub fn open_count(&self) -> usize {
        self.open.len()
    }

    /// How many of them are newer than this one.
    pub fn open_newer(&self, id: MatchId) -> usize {
        self.open.len() - self.open.rank(MatchId(id.0.saturating_add(1)))
    }
}

/// Adds an id to a list, or takes it away.
pub(super) fn keep_ranked(set: &mut Ranked<MatchId>, id: MatchId, wanted: bool) {
    if wanted {
        set.insert(id);
    } else {
        set.remove(id);
    }
}
