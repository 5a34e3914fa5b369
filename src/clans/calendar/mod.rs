//! A clan's calendar: events that may repeat, proposals with votes, who comes and who plays, and when members are told.
//!
//! An event is known by its number in the clan, and each of its occurrences by the date it had at first, so that moving
//! one does not lose it. Every reminder and decision derives from state ([`Calendar::next_wake`]). This folder refuses to
//! know what permits an act ([`Roster`] says so) and how words look. Begin reading with `event.rs`, then `decide.rs`;
//! `start.rs` is what a time is, `ical.rs` writes it down for other programs.

mod checks;
mod clash;
mod decide;
mod event;
mod evolve;
mod ical;
mod line;
mod repeat;
mod start;
mod wake;
pub mod words;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use clash::{Window, clashes, place_key};
pub use decide::Roster;
pub use event::{Answer, Ask, Event, Lineup, Occasion, Plan, Reminder, Which};
pub use ical::{component, whole};
pub use line::{Wish, read_tail, split_title};
pub use repeat::{Ends, Every, Repeat};
pub use start::{ReadStart, Start, known_zone, read_start, shown_in};

use crate::kit::{PersonId, Span, Timestamp};

/// Events that are still to come in one clan.
pub const MAX_EVENTS: usize = 64;
/// Proposals that are open in one clan.
pub const MAX_PROPOSALS: usize = 8;
/// Times in one proposal.
pub const MAX_SLOTS: usize = 8;
/// Characters of a title.
pub const MAX_TITLE: usize = 60;
/// Characters of a place.
pub const MAX_PLACE: usize = 120;
/// Characters of a reason.
pub const MAX_WHY: usize = 200;
/// People in one line-up, substitutes and coaches included.
pub const MAX_LINEUP: usize = 24;
/// How far ahead a start may lie, and how long something may repeat, in days.
pub const HORIZON_DAYS: i64 = 366;
/// The shortest and the longest event.
pub const LENGTHS: (Span, Span) = (Span::minutes(5), Span::hours(24));
/// How long what is over stays in memory, in days.
const KEPT_DAYS: i64 = 31;

/// Everything a clan has planned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// The last number that was given out.
    last: u32,
    entries: BTreeMap<u32, Entry>,
    proposals: BTreeMap<u32, Proposal>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number in the clan.
    pub n: u32,
    /// What.
    pub plan: Plan,
    /// When, the first time.
    pub start: Start,
    /// Whether it repeats.
    pub repeat: Option<Repeat>,
    /// How often it was changed, as iCalendar counts.
    pub sequence: u32,
    /// When it was changed last.
    pub changed: Timestamp,
    /// Why it does not take place, if it does not.
    pub cancelled: Option<String>,
    /// Who entered it.
    pub by: Option<PersonId>,
    /// What differs from day to day, by the date at first.
    days: BTreeMap<Date, Day>,
    /// What people said for every occurrence.
    standing: BTreeMap<PersonId, Answer>,
    /// What ended up to this moment has been seen to.
    settled: Timestamp,
    /// When something is due next, once it was reckoned.
    #[serde(skip)]
    due: wake::Due,
}

/// What is special about one occurrence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    moved: Option<(Start, Span)>,
    cancelled: Option<String>,
    answers: BTreeMap<PersonId, Answer>,
    lineup: Lineup,
    /// Who named the line-up.
    picker: Option<PersonId>,
    /// Of what members were told last.
    told: Option<Reminder>,
}

/// Several times for an event that is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its number in the clan.
    pub n: u32,
    /// What.
    pub plan: Plan,
    /// The times.
    pub slots: Vec<Start>,
    /// When the votes decide.
    pub decide: Option<Timestamp>,
    /// Who proposed it.
    pub by: Option<PersonId>,
    /// Which times suit whom.
    pub votes: BTreeMap<PersonId, BTreeSet<u8>>,
}

/// One time at which an event takes place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The event.
    pub n: u32,
    /// The date it had at first, by which it is known.
    pub on: Date,
    /// When it begins.
    pub start: Start,
    /// The moment it begins.
    pub begins: Timestamp,
    /// The moment it ends.
    pub ends: Timestamp,
    /// Why it does not take place, if it does not.
    pub cancelled: Option<String>,
}

impl Occurrence {
    /// Whether it takes place and is not over.
    pub fn is_to_come(&self, now: Timestamp) -> bool {
        self.cancelled.is_none() && self.ends > now
    }
}

impl Proposal {
    /// How many people a time suits.
    pub fn votes_for(&self, slot: u8) -> usize {
        self.votes
            .values()
            .filter(|slots| slots.contains(&slot))
            .count()
    }

    /// The times that are still to come, counted from 0.
    pub fn open_slots(&self, now: Timestamp) -> impl Iterator<Item = u8> {
        let slots = (0_u8..).zip(&self.slots);
        slots
            .filter(move |(_, start)| start.moment() > now)
            .map(|(slot, _)| slot)
    }

    /// The time that suits the most people, the earliest of those with as many votes, and the others of those. `None`
    /// where no time to come has a vote.
    pub fn winner(&self, now: Timestamp) -> Option<(u8, Vec<u8>)> {
        let most = self
            .open_slots(now)
            .map(|slot| self.votes_for(slot))
            .max()?;
        let mut best: Vec<u8> = self
            .open_slots(now)
            .filter(|slot| self.votes_for(*slot) == most)
            .collect();
        best.sort_by_key(|slot| (self.slots[usize::from(*slot)].moment(), *slot));
        let (first, tied) = best.split_first()?;
        (most > 0).then(|| (*first, tied.to_vec()))
    }

    /// The last of its times.
    fn ends(&self) -> Timestamp {
        self.slots
            .iter()
            .map(Start::moment)
            .max()
            .unwrap_or_default()
    }
}

impl Entry {
    /// Its occurrences that end after this moment; cancelled ones are among them. Those that were moved come first, the
    /// others in order of time.
    pub fn occurrences(&self, after: Timestamp) -> impl Iterator<Item = Occurrence> + '_ {
        self.within(after, Timestamp(i64::MAX))
    }

    /// The same, of those that begin before another moment.
    pub fn within(
        &self,
        after: Timestamp,
        until: Timestamp,
    ) -> impl Iterator<Item = Occurrence> + '_ {
        let first = self.start.local.date();
        // A day and the longest event before: whatever began then may still go on.
        let from = self.start.date_at(after + Span::days(-2)).max(first);
        let repeats = self
            .repeat
            .iter()
            .flat_map(move |repeat| repeat.dates(first, from));
        let once = self.repeat.is_none().then_some(first);
        // What was moved may lie anywhere, so it is looked at by itself.
        let moved = self.days.iter().filter(|(_, day)| day.moved.is_some());
        let moved = moved.map(|(on, _)| *on).filter(|on| self.happens_on(*on));
        let regular = once
            .into_iter()
            .chain(repeats)
            .filter(|on| self.moved(*on).is_none());
        let regular = regular.map(|on| self.occurrence(on));
        let regular = regular.take_while(move |one| one.begins < until);
        let moved = moved.map(|on| self.occurrence(on));
        let moved = moved.filter(move |one| one.begins < until);
        moved.chain(regular).filter(move |one| one.ends > after)
    }

    fn moved(&self, on: Date) -> Option<&(Start, Span)> {
        self.days.get(&on).and_then(|day| day.moved.as_ref())
    }

    /// Whether it takes place on this date, or would if that occurrence were not cancelled.
    pub fn happens_on(&self, on: Date) -> bool {
        let first = self.start.local.date();
        match &self.repeat {
            None => on == first,
            Some(repeat) => on >= first && repeat.dates(first, on).next() == Some(on),
        }
    }

    /// The occurrence of a date on which it happens.
    pub fn occurrence(&self, on: Date) -> Occurrence {
        let (start, length) = match self.moved(on) {
            Some((start, length)) => (start.clone(), *length),
            None => (self.start.on(on), self.plan.length),
        };
        let begins = start.moment();
        let day = self.days.get(&on).and_then(|day| day.cancelled.clone());
        Occurrence {
            n: self.n,
            on,
            start,
            begins,
            ends: begins + length,
            cancelled: self.cancelled.clone().or(day),
        }
    }

    /// The next occurrence that takes place, or that goes on now.
    pub fn next(&self, now: Timestamp) -> Option<Occurrence> {
        let to_come = self.occurrences(now).filter(|one| one.cancelled.is_none());
        match self.days.values().any(|day| day.moved.is_some()) {
            true => to_come.min_by_key(|one| one.begins),
            false => { to_come }.next(),
        }
    }

    /// The occurrences that have not begun and about which members were asked: the next, and those that were moved or of
    /// which they were reminded.
    pub fn asked(&self, now: Timestamp) -> Vec<Occurrence> {
        let special = self
            .days
            .iter()
            .filter(|(_, day)| day.moved.is_some() || day.told.is_some());
        let special = special.map(|(on, _)| *on).filter(|on| self.happens_on(*on));
        let next = self
            .occurrences(now)
            .find(|one| one.is_to_come(now) && one.begins > now);
        let mut dates: BTreeSet<Date> = special.collect();
        dates.extend(next.map(|one| one.on));
        let all = dates.into_iter().map(|on| self.occurrence(on));
        all.filter(|one| one.is_to_come(now) && one.begins > now)
            .collect()
    }

    /// Whether nothing of it is to come.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.cancelled.is_some() || self.next(now).is_none()
    }

    /// What somebody said of an occurrence.
    pub fn answer(&self, on: Date, who: PersonId) -> Option<Answer> {
        let day = self.days.get(&on).and_then(|day| day.answers.get(&who));
        // Whoever said yes to every Saturday has not said yes to the one that became a Sunday.
        let standing = || self.standing.get(&who).filter(|_| self.moved(on).is_none());
        day.or_else(standing).copied()
    }

    /// Everybody who said anything of an occurrence.
    pub fn answers(&self, on: Date) -> BTreeMap<PersonId, Answer> {
        let mut answers = match self.moved(on) {
            None => self.standing.clone(),
            Some(_) => BTreeMap::new(),
        };
        if let Some(day) = self.days.get(&on) {
            answers.extend(day.answers.iter().map(|(who, answer)| (*who, *answer)));
        }
        answers
    }

    /// Who plays in an occurrence.
    pub fn lineup(&self, on: Date) -> Lineup {
        self.days
            .get(&on)
            .map(|day| day.lineup.clone())
            .unwrap_or_default()
    }

    /// Of what members were told last about an occurrence.
    pub fn told(&self, on: Date) -> Option<Reminder> {
        self.days.get(&on).and_then(|day| day.told)
    }

    /// Who named the line-up of an occurrence.
    pub fn picker(&self, on: Date) -> Option<PersonId> {
        self.days.get(&on).and_then(|day| day.picker)
    }
}

impl Calendar {
    /// An event by its number.
    pub fn entry(&self, n: u32) -> Option<&Entry> {
        self.entries.get(&n)
    }

    /// A proposal by its number.
    pub fn proposal(&self, n: u32) -> Option<&Proposal> {
        self.proposals.get(&n)
    }

    /// All events that are kept, in the order of their numbers; some are over.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// All open proposals.
    pub fn proposals(&self) -> impl Iterator<Item = &Proposal> {
        self.proposals.values()
    }

    /// The next occurrence of all, or the one that goes on now: what a subject or a status shows.
    pub fn next(&self, now: Timestamp) -> Option<Occurrence> {
        let next = self.entries.values().filter_map(|entry| entry.next(now));
        next.min_by_key(|one| (one.begins, one.n))
    }

    /// What takes place between two moments, in order of time: at most `limit` occurrences.
    pub fn between(&self, after: Timestamp, until: Timestamp, limit: usize) -> Vec<Occurrence> {
        let mut found: Vec<Occurrence> = Vec::new();
        for entry in self.entries.values() {
            let to_come = entry
                .within(after, until)
                .filter(|one| one.cancelled.is_none());
            found.extend(to_come.take(limit));
        }
        found.sort_by_key(|one| (one.begins, one.n));
        found.truncate(limit);
        found
    }

    /// Whether nothing was ever planned or proposed: what is left out of a snapshot.
    pub fn is_empty(&self) -> bool {
        self.last == 0
    }
}
