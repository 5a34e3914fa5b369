//! The journal's twin.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::{injected, locked};
use crate::engine::budget::Space;
use crate::engine::ports::{Entry, Fault, Journal, Mark, Place};
use crate::store::disk::damaged;
use crate::store::journal::{START, chain, fits};

/// How a commit fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitFault {
    /// Nothing reached the disk.
    BeforeWrite,
    /// Everything reached the disk, but nobody knows: the sync failed. A restart finds the batch, a recovery or a power cut
    /// removes it.
    AfterWrite,
    /// The disk is sound, and the journal does not take the batch.
    Unfit,
}

/// How often each fault has struck, for tests that have to know that they tested something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalHits {
    /// Commits that failed before anything was written.
    pub before_write: u64,
    /// Commits that failed after everything was written.
    pub after_write: u64,
    /// Commits refused while the disk was full.
    pub full: u64,
    /// Unacknowledged batches that a restart brought back.
    pub risen: u64,
    /// Unacknowledged batches lost in a power cut.
    pub lost: u64,
    /// Commits refused for what was in them.
    pub unfit: u64,
    /// Recoveries that cut an unacknowledged batch or had nothing to cut.
    pub recoveries: u64,
}

/// A journal in memory; clones share it. A [`Place`] is the index of a line.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal(Arc<Mutex<Disk>>);

#[derive(Debug)]
struct Disk {
    lines: Vec<Entry>,
    /// The mark after each batch.
    marks: Vec<Mark>,
    /// Written, but never acknowledged.
    unsynced: Option<Vec<Entry>>,
    poisoned: bool,
    full: bool,
    space: Option<Space>,
    faults: VecDeque<CommitFault>,
    /// How many of the next recoveries fail.
    lame: u64,
    hits: JournalHits,
}

impl MemoryJournal {
    /// Makes the next commit fail that no earlier call has claimed.
    pub fn fail_next(&self, fault: CommitFault) {
        locked(&self.0).faults.push_back(fault);
    }

    /// Makes so many of the next recoveries fail.
    pub fn fail_recoveries(&self, times: u64) {
        locked(&self.0).lame = times;
    }

    /// Loses the newest records, as somebody who puts an old copy back does; whole batches, so that at most `n` stay.
    pub fn lose_after(&self, n: u64) {
        let mut disk = locked(&self.0);
        disk.marks.retain(|mark| mark.n <= n);
        let kept = disk.mark().next.0 as usize;
        disk.lines.truncate(kept);
    }

    /// Makes every commit fail before it writes, until it is switched off again.
    pub fn set_full(&self, full: bool) {
        locked(&self.0).full = full;
    }

    /// What is free on the disk from now on.
    pub fn set_space(&self, space: Space) {
        locked(&self.0).space = Some(space);
    }

    /// How often each fault has struck so far.
    pub fn hits(&self) -> JournalHits {
        locked(&self.0).hits
    }

    /// The acknowledged lines, in their order.
    pub fn lines(&self) -> Vec<Entry> {
        locked(&self.0).lines.clone()
    }

    /// How many lines are acknowledged.
    pub fn len(&self) -> usize {
        locked(&self.0).lines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lets a new process open the journal. What was written without an acknowledgement is found there, as the kernel keeps
    /// it, unless the power was cut.
    pub fn restart(&self, power_cut: bool) {
        let mut disk = locked(&self.0);
        disk.poisoned = false;
        let Some(unsynced) = disk.unsynced.take() else {
            return;
        };
        if power_cut {
            disk.hits.lost += 1;
        } else {
            disk.hits.risen += 1;
            disk.store(&unsynced);
        }
    }
}

impl Default for Disk {
    fn default() -> Disk {
        Disk {
            lines: Vec::new(),
            marks: vec![START],
            unsynced: None,
            poisoned: false,
            full: false,
            space: None,
            faults: VecDeque::new(),
            lame: 0,
            hits: JournalHits::default(),
        }
    }
}

impl Disk {
    fn mark(&self) -> Mark {
        self.marks.last().copied().unwrap_or(START)
    }

    fn store(&mut self, batch: &[Entry]) {
        let mut text = String::new();
        for entry in batch {
            text.push_str(&entry.text);
            text.push('\n');
        }
        let before = self.mark();
        self.lines.extend_from_slice(batch);
        self.marks.push(Mark {
            n: before.n + batch.len() as u64,
            chain: chain(before.chain, text.as_bytes()),
            next: Place(self.lines.len() as u64),
        });
    }

    fn fault(&mut self) -> Option<CommitFault> {
        if self.full {
            self.hits.full += 1;
            return Some(CommitFault::BeforeWrite);
        }
        let fault = self.faults.pop_front()?;
        match fault {
            CommitFault::BeforeWrite => self.hits.before_write += 1,
            CommitFault::AfterWrite => self.hits.after_write += 1,
            CommitFault::Unfit => self.hits.unfit += 1,
        }
        Some(fault)
    }
}

impl Journal for MemoryJournal {
    fn commit(&mut self, batch: &[Entry]) -> Result<Vec<Place>, Fault> {
        let mut disk = locked(&self.0);
        if disk.poisoned {
            return Err(injected("write to"));
        }
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        disk.poisoned = true;
        let Mark { n, next, .. } = disk.mark();
        for (expected, entry) in (n + 1..).zip(batch) {
            fits(entry, expected)?;
        }
        match disk.fault() {
            Some(CommitFault::BeforeWrite) => return Err(injected("write to")),
            Some(CommitFault::AfterWrite) => {
                disk.unsynced = Some(batch.to_vec());
                return Err(injected("sync"));
            }
            Some(CommitFault::Unfit) => {
                return Err(Fault::Fold {
                    n: n + 1,
                    why: "a misfit was injected".to_owned(),
                });
            }
            None => disk.store(batch),
        }
        disk.poisoned = false;
        Ok((next.0..).map(Place).take(batch.len()).collect())
    }

    fn mark(&self) -> Mark {
        locked(&self.0).mark()
    }

    fn space(&self) -> Option<Space> {
        locked(&self.0).space
    }

    fn recover(&mut self) -> Result<Mark, Fault> {
        let mut disk = locked(&self.0);
        if disk.lame > 0 {
            disk.lame -= 1;
            return Err(injected("open"));
        }
        disk.unsynced = None;
        disk.poisoned = false;
        disk.hits.recoveries += 1;
        Ok(disk.mark())
    }

    fn replay(
        &mut self,
        after: Option<Mark>,
        each: &mut dyn FnMut(Entry, Place) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let after = after.unwrap_or(START);
        let lines = {
            let disk = locked(&self.0);
            let known = disk.marks.binary_search_by_key(&after.n, |mark| mark.n);
            if known.map(|at| disk.marks[at]) != Ok(after) {
                let why = "the mark is not of this journal";
                return Err(damaged(Path::new("memory"), after.next.0, why));
            }
            disk.lines[after.next.0 as usize..].to_vec()
        };
        for (place, entry) in (after.next.0..).map(Place).zip(lines) {
            each(entry, place)?;
        }
        Ok(())
    }

    fn read(&mut self, places: &[Place]) -> Result<Vec<String>, Fault> {
        let disk = locked(&self.0);
        let line = |place: &Place| {
            let line = usize::try_from(place.0)
                .ok()
                .and_then(|at| disk.lines.get(at));
            line.map(|entry| entry.text.clone())
                .ok_or_else(|| damaged(Path::new("memory"), place.0, "no record starts here"))
        };
        places.iter().map(line).collect()
    }
}
