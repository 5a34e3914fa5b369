//! The views' twin.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{injected, locked};
use crate::engine::ports::{Change, Fault, Mark, Row, Views};
use crate::kit::Timestamp;
use crate::store::range::range;

/// Views in memory; clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryViews(Arc<Mutex<Disk>>);

#[derive(Debug, Default)]
struct Disk {
    now: State,
    /// What a power cut leaves.
    synced: State,
    damaged: bool,
    /// How many of the next changes are lost.
    faults: u64,
    resets: u64,
}

#[derive(Clone, Debug, Default)]
struct State {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    mark: Option<Mark>,
}

impl MemoryViews {
    /// Makes every call fail until the views are reset, as sled does when it stumbles over damage.
    pub fn damage(&self) {
        locked(&self.0).damaged = true;
    }

    /// Makes one more of the next changes fail and be lost, as a full disk does.
    pub fn fail_next(&self) {
        locked(&self.0).faults += 1;
    }

    /// From here on a power cut leaves what is there now.
    pub fn sync(&self) {
        let mut disk = locked(&self.0);
        disk.synced = disk.now.clone();
    }

    /// Goes back to the last [`MemoryViews::sync`], or to empty views.
    pub fn power_cut(&self) {
        let mut disk = locked(&self.0);
        disk.now = disk.synced.clone();
    }

    /// How often the views were moved aside.
    pub fn resets(&self) -> u64 {
        locked(&self.0).resets
    }

    fn sound<T>(&self, read: impl FnOnce(&mut State) -> T) -> Result<T, Fault> {
        let mut disk = locked(&self.0);
        disk.check()?;
        Ok(read(&mut disk.now))
    }
}

impl Disk {
    fn check(&self) -> Result<(), Fault> {
        if self.damaged {
            return Err(Fault::Views("damage was injected".to_owned()));
        }
        Ok(())
    }
}

impl Views for MemoryViews {
    fn mark(&self) -> Result<Option<Mark>, Fault> {
        self.sound(|state| state.mark)
    }

    fn apply(&mut self, changes: Vec<Change>, mark: Mark) -> Result<(), Fault> {
        let mut disk = locked(&self.0);
        disk.check()?;
        if disk.faults > 0 {
            disk.faults -= 1;
            return Err(injected("write the views in"));
        }
        let state = &mut disk.now;
        for (key, value) in changes {
            match value {
                Some(value) => state.rows.insert(key, value),
                None => state.rows.remove(&key),
            };
        }
        state.mark = Some(mark);
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.sound(|state| state.rows.get(key).cloned())
    }

    fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        backwards: bool,
        limit: usize,
    ) -> Result<Vec<Row>, Fault> {
        self.sound(|state| {
            let Some(range) = range(prefix, from, backwards) else {
                return Vec::new();
            };
            let rows = state
                .rows
                .range(range)
                .map(|(key, value)| (key.clone(), value.clone()));
            match backwards {
                true => rows.rev().take(limit).collect(),
                false => rows.take(limit).collect(),
            }
        })
    }

    fn reset(&mut self, _now: Timestamp) -> Result<(), Fault> {
        let mut disk = locked(&self.0);
        let resets = disk.resets + 1;
        *disk = Disk {
            resets,
            ..Disk::default()
        };
        Ok(())
    }
}
