//! What is read for whoever asks: finished matches, and parts of records. Each reading is counted, so that it can be
//! billed.

use super::archive::{self, Finished};
use super::desk::{Desk, Found};
use super::ports::{Fault, Place};
use super::world::Live;
use crate::kit::{ClanTag, MatchId, PersonId, Stream};

/// What reading a finished match costs, in lines of a record.
const FINISHED_READS: usize = 5;
/// Archived matches of a person, the newest by number, among which the one that ended last is looked for.
const LATE: usize = 8;

impl Desk {
    /// A match by its id, live or finished.
    pub fn find(&self, id: MatchId) -> Option<Found<'_>> {
        if let Some(live) = self.world.live(id) {
            return Some(Found::Live(live));
        }
        self.bill(FINISHED_READS);
        match archive::finished(&*self.ports.views, id) {
            Ok(finished) => finished.map(|finished| Found::Finished(Box::new(finished))),
            Err(fault) => {
                tracing::error!(%fault, %id, "the archive cannot be read");
                None
            }
        }
    }

    /// The newest finished matches of a person.
    pub fn finished_of(
        &self,
        person: PersonId,
        before: Option<MatchId>,
        limit: usize,
    ) -> Vec<Finished> {
        let ids =
            archive::finished_of(&*self.ports.views, person, before, limit).unwrap_or_default();
        self.bill(ids.len() * FINISHED_READS);
        let archived = ids
            .into_iter()
            .filter_map(|id| archive::finished(&*self.ports.views, id).ok().flatten())
            .collect();
        self.with_recent(archived, before, limit, |live| {
            live.game.seat_of(person).is_some()
        })
    }

    /// The match of a person that ended last, whatever its number.
    pub fn last_over(&self, person: PersonId) -> Option<Finished> {
        let recent = self.world.recently_over(person).and_then(Finished::of);
        let archived = self.finished_of(person, None, LATE);
        let all = archived.into_iter().chain(recent);
        all.max_by_key(|finished| (finished.ended, finished.id))
    }

    /// How many matches a person has finished, as far as the views know; at most `limit`.
    pub fn finished_count(&self, person: PersonId, limit: usize) -> usize {
        let ids = archive::finished_of(&*self.ports.views, person, None, limit);
        ids.map_or(0, |ids| ids.len())
    }

    /// The newest finished matches.
    pub fn newest_finished(&self, before: Option<MatchId>, limit: usize) -> Vec<Finished> {
        let archived =
            archive::newest_finished(&*self.ports.views, before, limit).unwrap_or_default();
        self.bill(archived.len() * FINISHED_READS);
        self.with_recent(archived, before, limit, |_| true)
    }

    /// Adds to archived matches those that have ended and are still in memory.
    fn with_recent(
        &self,
        mut archived: Vec<Finished>,
        before: Option<MatchId>,
        limit: usize,
        fits: impl Fn(&Live) -> bool,
    ) -> Vec<Finished> {
        let ended = self.world.recently_ended();
        let wanted = ended.filter(|live| before.is_none_or(|id| live.game.id < id) && fits(live));
        archived.extend(wanted.take(limit).filter_map(Finished::of));
        archived.sort_by_key(|finished| std::cmp::Reverse(finished.id));
        archived.dedup_by_key(|finished| finished.id);
        archived.truncate(limit);
        archived
    }

    /// How many lines the durable record of a match has.
    pub fn record_len(&self, id: MatchId) -> usize {
        match self.find(id) {
            Some(Found::Live(live)) => live.places.len(),
            Some(Found::Finished(finished)) => finished.places.len(),
            None => self.set_aside(id).map_or(0, <[Place]>::len),
        }
    }

    /// Some lines of the durable record of a match, with their sealed halves: for the record's readers in this room and
    /// [`super::record::open_half`]. Never hand a line out as it is.
    pub fn record_lines(
        &mut self,
        id: MatchId,
        from: usize,
        most: usize,
    ) -> Result<Vec<String>, Fault> {
        let places = match self.find(id) {
            Some(Found::Live(live)) => part(&live.places, from, most),
            Some(Found::Finished(finished)) => part(&finished.places, from, most),
            None => part(self.set_aside(id).unwrap_or_default(), from, most),
        };
        self.read_lines(&places)
    }

    fn set_aside(&self, id: MatchId) -> Option<&[Place]> {
        let aside = self.world.aside.get(Stream::Match(id));
        aside.map(|aside| aside.places.as_slice())
    }

    /// Some lines of the durable record of a clan.
    pub fn clan_lines(
        &mut self,
        tag: ClanTag,
        from: usize,
        most: usize,
    ) -> Result<Vec<String>, Fault> {
        let Some(live) = self.world.clans.get(tag) else {
            return Ok(Vec::new());
        };
        let places = archive::clan_places(&*self.ports.views, live, from, most)?;
        self.read_lines(&places)
    }

    fn read_lines(&mut self, places: &[Place]) -> Result<Vec<String>, Fault> {
        self.bill(places.len());
        self.ports.journal.read(places)
    }

    /// Counts what was read for whoever asks, in lines of a record.
    pub fn bill(&self, lines: usize) {
        let (bill, last) = self.read.get();
        self.read.set((bill.saturating_add(lines), last));
    }

    /// What was read since this was asked last, in lines of a record.
    pub fn take_bill(&self) -> usize {
        let (bill, _) = self.read.get();
        self.read.set((0, bill));
        bill
    }

    /// The bill that was taken last, for whoever counts.
    pub fn last_bill(&self) -> usize {
        self.read.get().1
    }
}

/// A part of a list.
fn part<T: Clone>(all: &[T], from: usize, most: usize) -> Vec<T> {
    let rest = all.get(from..).unwrap_or_default();
    rest.get(..most).unwrap_or(rest).to_vec()
}
