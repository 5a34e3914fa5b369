//! How much may be written: the journal is never made smaller, so what it grows by is measured, and the last room on the
//! disk is kept for the matches that run.
//!
//! What players do in their own match is charged and never refused: a match is bounded by itself. Refused is what begins
//! something new, before anything of it is decided. Volatile: a restart forgives.

use std::collections::BTreeMap;

use super::desk::Desk;
use crate::kit::{
    ClanTag, PersonId, Refusal, Span, Stream, Timestamp, domain_of, is_home, refuse, registered,
};

/// Bytes that may be written at once, and what is forgiven each hour.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// At once.
    pub burst: u64,
    /// And then.
    pub per_hour: u64,
}

/// One person: thousands of moves and hundreds of pages of a clan.
pub const OF_PERSON: Budget = Budget {
    burst: 16 << 20,
    per_hour: 1 << 20,
};
/// A bot, which says so itself: no more than a whole server.
pub const OF_BOT: Budget = Budget {
    burst: 128 << 20,
    per_hour: 16 << 20,
};
/// All people of one registered domain, but for the referee's own.
pub const OF_SERVER: Budget = Budget {
    burst: 256 << 20,
    per_hour: 32 << 20,
};
/// All members of a clan, in its record.
pub const OF_CLAN: Budget = Budget {
    burst: 8 << 20,
    per_hour: 1 << 20,
};

/// The room on the disk that is kept for matches that run: as much as all of them need for a day.
pub const SPACE_KEPT: u64 = 256 << 20;
/// On a small disk it is this part of it.
const SPACE_PART: u64 = 20;
/// How much more has to be free before new things begin again, as a part of what is kept.
const SPACE_BACK: u64 = 4;
/// How often the disk is asked.
const SPACE_PAUSE: Span = Span::seconds(1);

/// One byte an hour is one part a millisecond, so that no fraction is lost.
const BYTE: u64 = 3_600_000;
/// Names that are kept without looking which of them are forgiven.
const FEW: usize = 1024;

/// What a disk has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes that may still be written.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
}

impl Space {
    /// What is kept of this disk for matches that run.
    pub fn kept(self) -> u64 {
        SPACE_KEPT.min(self.total / SPACE_PART)
    }

    /// Whether there is too little room for anything new; once there was, a little more has to be free.
    pub fn is_low(self, was_low: bool) -> bool {
        let kept = self.kept();
        let more = if was_low { kept / SPACE_BACK } else { 0 };
        self.free < kept + more
    }
}

/// What was written and is not forgiven yet.
#[derive(Clone, Copy, Debug)]
struct Level {
    parts: u64,
    at: Timestamp,
}

impl Level {
    fn left(self, budget: Budget, now: Timestamp) -> u64 {
        let passed = u64::try_from((now - self.at).0).unwrap_or(0);
        self.parts
            .saturating_sub(passed.saturating_mul(budget.per_hour))
    }
}

#[derive(Debug)]
struct Levels<Name> {
    of: BTreeMap<Name, Level>,
    sweep_at: usize,
}

impl<Name: Ord> Default for Levels<Name> {
    fn default() -> Self {
        Levels {
            of: BTreeMap::new(),
            sweep_at: FEW,
        }
    }
}

impl<Name: Ord> Levels<Name> {
    fn add(&mut self, name: Name, bytes: usize, budget: Budget, now: Timestamp) {
        let level = self.of.entry(name).or_insert(Level { parts: 0, at: now });
        let more = (bytes as u64).saturating_mul(BYTE);
        (level.parts, level.at) = (level.left(budget, now).saturating_add(more), now);
        // Each walk is paid by as many new names as it looks at.
        if self.of.len() >= self.sweep_at {
            self.of.retain(|_, level| level.left(budget, now) > 0);
            self.sweep_at = FEW.max(2 * self.of.len());
        }
    }

    fn is_spent<Key: Ord + ?Sized>(&self, name: &Key, budget: Budget, now: Timestamp) -> bool
    where
        Name: std::borrow::Borrow<Key>,
    {
        let level = self.of.get(name);
        level.is_some_and(|level| level.left(budget, now) >= budget.burst * BYTE)
    }
}

/// What everybody has written lately, and whether the disk is nearly full.
#[derive(Debug, Default)]
pub struct Budgets {
    people: Levels<PersonId>,
    servers: Levels<String>,
    clans: Levels<ClanTag>,
    /// Whether only what runs goes on.
    low: bool,
    next_look: Timestamp,
}

impl Desk {
    /// Refuses what this person would begin: while the disk takes no writes, or nearly none, or when they have written
    /// more than their measure, or all people of their server have.
    ///
    /// # Errors
    /// `service/stalled`, `service/disk-low`, `journal/person`, `journal/server`.
    pub fn check_new(&self, by: PersonId) -> Result<(), Refusal> {
        self.check_writable()?;
        self.check_space()?;
        if self.is_trusted(by) {
            return Ok(());
        }
        if self
            .budgets
            .people
            .is_spent(&by, self.budget_of(by), self.now)
        {
            return Err(refuse("journal/person", lately("You have")).hint(LATER));
        }
        let server = self.server_of(by);
        if server.is_some_and(|server| self.budgets.servers.is_spent(server, OF_SERVER, self.now)) {
            return Err(
                refuse("journal/server", lately("The people of your server have")).hint(LATER),
            );
        }
        Ok(())
    }

    /// The same of a change in a clan.
    ///
    /// # Errors
    /// `journal/clan`, or as [`Desk::check_new`].
    pub(super) fn check_clan_budget(&self, by: PersonId, tag: ClanTag) -> Result<(), Refusal> {
        self.check_new(by)?;
        match self.budgets.clans.is_spent(&tag, OF_CLAN, self.now) {
            true => {
                Err(refuse("journal/clan", lately("The members of this clan have")).hint(LATER))
            }
            false => Ok(()),
        }
    }

    pub(super) fn check_space(&self) -> Result<(), Refusal> {
        match self.budgets.low {
            false => Ok(()),
            true => Err(refuse(
                "service/disk-low",
                "The referee's disk is nearly full, so nothing new begins.",
            )
            .hint("Matches that run go on. Try again later.")),
        }
    }

    /// Whether so little room is left on the disk that nothing new begins.
    pub fn is_low_on_space(&self) -> bool {
        self.budgets.low
    }

    /// What is left on the disk that the journal is on, where that can be known.
    pub fn space(&self) -> Option<Space> {
        self.ports.journal.space()
    }

    /// Looks how much room there is, now and then; says so once when it gets scarce, and once when it is not any more.
    pub(super) fn look_at_space(&mut self) {
        if self.now < self.budgets.next_look {
            return;
        }
        self.budgets.next_look = self.now + SPACE_PAUSE;
        let Some(space) = self.space() else {
            return;
        };
        let was = self.budgets.low;
        self.budgets.low = space.is_low(was);
        let (free, kept) = (space.free, space.kept());
        match (was, self.budgets.low) {
            (false, true) => tracing::error!(
                free,
                kept,
                "the disk is nearly full: matches that run go on, nothing new begins; make room"
            ),
            (true, false) => tracing::info!(free, "there is room on the disk again"),
            _ => {}
        }
    }

    /// Notes what was written for somebody.
    pub fn charge_journal(&mut self, by: Option<PersonId>, stream: Stream, bytes: usize) {
        let Some(by) = by else {
            return;
        };
        let (budget, now) = (self.budget_of(by), self.now);
        if let Some(server) = self.server_of(by).map(str::to_owned) {
            self.budgets.servers.add(server, bytes, OF_SERVER, now);
        }
        self.budgets.people.add(by, bytes, budget, now);
        if let Stream::Clan(tag) = stream {
            self.budgets.clans.add(tag, bytes, OF_CLAN, now);
        }
    }

    fn budget_of(&self, by: PersonId) -> Budget {
        match self.world.people.get(by) {
            Some(person) if person.bot => OF_BOT,
            _ => OF_PERSON,
        }
    }

    /// The registered domain of somebody's server; none of the referee's own, whose accounts are in the hands of those who
    /// run it.
    fn server_of(&self, by: PersonId) -> Option<&str> {
        let domain = domain_of(&self.world.people.get(by)?.jid);
        (!is_home(domain, &self.world.domain)).then(|| registered(domain))
    }

    /// Admins and human referees: what they write is work.
    fn is_trusted(&self, by: PersonId) -> bool {
        let person = self.world.people.get(by);
        self.world.service.referees.contains(&by)
            || person
                .is_some_and(|one| one.addresses().any(|bare| self.world.admins.contains(bare)))
    }
}

/// What whoever wrote too much may do.
const LATER: &str = "Try again in an hour. Matches that run go on.";

fn lately(who: &str) -> String {
    format!("{who} made the referee write down very much lately.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Budget = Budget {
        burst: 1000,
        per_hour: 3600,
    };

    #[test]
    fn what_was_written_is_forgiven_with_time_however_often_it_is_looked_at() {
        let mut levels: Levels<u32> = Levels::default();
        levels.add(1, 1000, SMALL, Timestamp(0));
        assert!(levels.is_spent(&1, SMALL, Timestamp(0)));
        for ms in 0..10 {
            levels.add(1, 0, SMALL, Timestamp(ms));
        }
        assert!(!levels.is_spent(&1, SMALL, Timestamp(10)));
        levels.add(1, 1, SMALL, Timestamp(1000));
        levels.add(1, 1000, SMALL, Timestamp(1000));
        assert!(levels.is_spent(&1, SMALL, Timestamp(1000)));
        assert!(!levels.is_spent(&2, SMALL, Timestamp(1000)));
    }

    #[test]
    fn whoever_is_forgiven_takes_no_memory_and_nobody_else_is_let_off() {
        let mut levels: Levels<u64> = Levels::default();
        levels.add(0, 1 << 40, SMALL, Timestamp(0));
        for n in 1..100_000 {
            levels.add(n, 1, SMALL, Timestamp(n as i64));
        }
        assert!(levels.of.len() <= 3 * FEW, "{}", levels.of.len());
        assert!(levels.is_spent(&0, SMALL, Timestamp(100_000)));
    }

    #[test]
    fn a_small_disk_keeps_a_part_and_a_large_one_a_measure() {
        let space = |free, total| Space { free, total };
        assert!(space(255 << 20, 1 << 40).is_low(false));
        assert!(!space(256 << 20, 1 << 40).is_low(false));
        assert!(space(256 << 20, 1 << 40).is_low(true));
        assert!(!space(320 << 20, 1 << 40).is_low(true));
        assert!(!space(60, 1000).is_low(false));
        assert!(space(40, 1000).is_low(false));
    }
}
