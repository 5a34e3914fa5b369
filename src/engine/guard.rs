//! What happens when a piece of the writer's own work fails: nothing of the batch counts, memory is read back, and the
//! piece is tried once more. If it fails again it alone stands still: a match is halted, or set aside where even that
//! fails; a clan is set aside; anything else rests until the next start. The process goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::desk::Desk;
use crate::kit::{ClanTag, FixtureId, MatchId, PersonId, Stream};
use crate::matches::Stage;

/// Failures in a row after which a piece of work stands still.
const MOST_STRIKES: u8 = 2;

/// A piece of the writer's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chore {
    /// Somebody asks something of a match.
    Asked(MatchId),
    /// A match's timer.
    Timer(MatchId),
    /// The boards of a team match.
    Boards(MatchId),
    /// A reminder in a match.
    Reminder(MatchId),
    /// Halting a match after one of the above failed.
    Halt(MatchId),
    /// A clan's timer, or something asked of it.
    Clan(ClanTag),
    /// What a match between clans needs next.
    Fixture(FixtureId),
    /// Closing the feed of a match that is over.
    Sweep(MatchId),
    /// Somebody's daily digest.
    Digest(PersonId),
    /// Mutes that are over.
    Mutes,
    /// Counting results.
    Ratings,
    /// Quiet hours that are over.
    Quiet,
    /// Guests who went.
    Guests,
}

/// A piece of work failed; nothing of the batch can stand.
pub struct Failed;

/// What failed, and what stands still for it.
#[derive(Default)]
pub struct Guard {
    /// Memory may hold half of something; it has to be read back.
    spoiled: bool,
    strikes: BTreeMap<Chore, u8>,
    condemned: Vec<Chore>,
    resting: BTreeSet<Chore>,
    shelved: BTreeSet<Stream>,
}

impl Guard {
    /// Whether memory may hold half of something.
    pub fn is_spoiled(&self) -> bool {
        self.spoiled
    }

    /// Whether some work rests that may be due all the time.
    pub fn has_resting(&self) -> bool {
        !self.resting.is_empty()
    }

    /// The work that rests until the next start, in words.
    pub fn resting(&self) -> impl Iterator<Item = String> + '_ {
        self.resting.iter().map(|chore| format!("{chore:?}"))
    }

    fn blame(&mut self, chore: Option<Chore>) {
        self.spoiled = true;
        let Some(chore) = chore else { return };
        let most = match chore {
            Chore::Asked(_) | Chore::Halt(_) => 1,
            _ => MOST_STRIKES,
        };
        let strikes = self.strikes.entry(chore).or_default();
        *strikes += 1;
        tracing::error!(?chore, strikes, "a piece of the referee's work failed");
        if *strikes >= most {
            self.strikes.remove(&chore);
            self.condemned.push(chore);
        }
    }
}

impl Desk {
    /// Does a piece of work, so that nothing of it gets out when it fails.
    pub(super) fn chore(
        &mut self,
        chore: Chore,
        work: impl FnOnce(&mut Desk),
    ) -> Result<(), Failed> {
        if self.guard.resting.contains(&chore) {
            return Ok(());
        }
        self.at_work = Some(chore);
        let done = catch_unwind(AssertUnwindSafe(|| work(self)));
        if done.is_err() || self.guard.spoiled {
            self.at_work = Some(chore);
            self.spoil();
            return Err(Failed);
        }
        self.at_work = None;
        self.guard.strikes.remove(&chore);
        Ok(())
    }

    /// The work that rests until the next start, in words.
    pub fn resting(&self) -> impl Iterator<Item = String> + '_ {
        self.guard.resting()
    }

    /// As part of something that may fail: what is blamed then.
    pub(super) fn at_work_on<T>(&mut self, chore: Chore, work: impl FnOnce(&mut Desk) -> T) -> T {
        let outer = self.at_work.replace(chore);
        let done = work(self);
        self.at_work = outer;
        if !self.guard.spoiled {
            self.guard.strikes.remove(&chore);
        }
        done
    }

    /// Something failed in the middle of whatever is at work.
    pub(super) fn spoil(&mut self) {
        let blamed = self.at_work.take();
        self.guard.blame(blamed);
    }

    /// Half of a record may be in memory.
    pub(super) fn note_spoiled(&mut self) {
        self.guard.spoiled = true;
    }

    /// Memory is read back; what was set aside while the referee ran stays so.
    pub(super) fn is_read_back(&mut self) {
        self.guard.spoiled = false;
        self.at_work = None;
        for stream in self.guard.shelved.clone() {
            if self.world.aside.get(stream).is_none() {
                self.shelve(stream, FAILED_TWICE);
            }
        }
    }

    /// Stops what has failed too often.
    pub(super) fn sentence(&mut self) -> Result<(), Failed> {
        while let Some(chore) = self.guard.condemned.pop() {
            let stream = match chore {
                Chore::Asked(id) | Chore::Timer(id) | Chore::Boards(id) | Chore::Reminder(id) => {
                    self.chore(Chore::Halt(id), |desk| desk.wake_halted(id))?;
                    let now = self.now;
                    let halted = |game: &crate::matches::Match| match game.stage {
                        Stage::Halted => true,
                        // One that is over stays over; if something is due in it all the same, it would fail again.
                        Stage::Over => game.next_wake().is_none_or(|due| due > now),
                        _ => false,
                    };
                    if self.world.live(id).is_none_or(|live| halted(&live.game)) {
                        continue;
                    }
                    Stream::Match(id)
                }
                Chore::Halt(id) => Stream::Match(id),
                Chore::Clan(tag) => Stream::Clan(tag),
                Chore::Fixture(id) => Stream::Clan(id.home),
                other => {
                    tracing::error!(chore = ?other, "this work rests until the next start");
                    self.guard.resting.insert(other);
                    continue;
                }
            };
            self.guard.shelved.insert(stream);
            self.shelve(stream, FAILED_TWICE);
            self.announce_asides();
        }
        Ok(())
    }
}

const FAILED_TWICE: &str = "the referee's own work on it failed again and again";
