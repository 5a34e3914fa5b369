//! The address book's twin.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{injected, locked};
use crate::engine::ports::{Book, Fault};
use crate::kit::PersonId;
use crate::store::book::check;

/// An address book in memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryBook(Arc<Mutex<Disk>>);

#[derive(Debug, Default)]
struct Disk {
    people: BTreeMap<PersonId, String>,
    faults: u64,
    /// How many of the next forgettings fail.
    holds: u64,
    hits: u64,
}

impl MemoryBook {
    /// Makes one more of the next changes fail; nothing of it is kept.
    pub fn fail_next(&self) {
        locked(&self.0).faults += 1;
    }

    /// Makes so many of the next forgettings fail.
    pub fn keep_next(&self, times: u64) {
        locked(&self.0).holds = times;
    }

    /// Loses people, as somebody who puts an old copy back does.
    pub fn lose(&self, lost: impl Fn(PersonId) -> bool) {
        locked(&self.0).people.retain(|id, _| !lost(*id));
    }

    /// How often a fault has struck.
    pub fn hits(&self) -> u64 {
        locked(&self.0).hits
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<PersonId, String>)) -> Result<(), Fault> {
        let mut disk = locked(&self.0);
        if disk.faults > 0 {
            disk.faults -= 1;
            disk.hits += 1;
            return Err(injected("write to"));
        }
        change(&mut disk.people);
        Ok(())
    }
}

impl Book for MemoryBook {
    fn load(&mut self) -> Result<Vec<(PersonId, String)>, Fault> {
        let disk = locked(&self.0);
        Ok(disk
            .people
            .iter()
            .map(|(id, person)| (*id, person.clone()))
            .collect())
    }

    fn put(&mut self, people: &[(PersonId, String)]) -> Result<(), Fault> {
        for (id, person) in people {
            check(*id, person).map_err(|source| Fault::Io {
                what: "write to",
                path: "memory".into(),
                source,
            })?;
        }
        self.change(|kept| kept.extend(people.iter().cloned()))
    }

    fn forget(&mut self, people: &[PersonId]) -> Result<(), Fault> {
        {
            let mut disk = locked(&self.0);
            if disk.holds > 0 {
                disk.holds -= 1;
                disk.hits += 1;
                return Err(injected("forget somebody in"));
            }
        }
        self.change(|kept| kept.retain(|id, _| !people.contains(id)))
    }
}
