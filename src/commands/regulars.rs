//! Who is no stranger, for the doors: the host notes it, and a door knows before it asks the writer for anything.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a door knows of somebody who is in the address book. The default is a stranger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Regular {
    /// They are in the address book.
    pub known: bool,
    /// They have matches that are not over.
    pub plays: bool,
    /// They are marked as a bot.
    pub bot: bool,
}

/// People noted in one generation; those of whom two generations heard nothing are strangers until they are heard again.
const MAX_REGULARS: usize = 100_000;

#[derive(Debug, Default)]
struct Table {
    young: HashMap<u64, Regular>,
    old: HashMap<u64, Regular>,
    seed: RandomState,
}

/// Everybody who was noted, shared between the host and its doors. Nothing depends on it but who has to wait.
#[derive(Clone, Debug, Default)]
pub struct Regulars(Arc<Mutex<Table>>);

impl Regulars {
    /// Notes what somebody, by bare JID, is now.
    pub fn note(&self, bare: &str, regular: Regular) {
        let mut table = self.table();
        let key = table.seed.hash_one(bare);
        if !regular.known {
            table.young.remove(&key);
            table.old.remove(&key);
            return;
        }
        if table.young.len() >= MAX_REGULARS && !table.young.contains_key(&key) {
            table.old = std::mem::take(&mut table.young);
        }
        table.young.insert(key, regular);
    }

    /// What somebody, by bare JID, was when last noted.
    pub fn get(&self, bare: &str) -> Regular {
        let table = self.table();
        let key = table.seed.hash_one(bare);
        let noted = table.young.get(&key).or_else(|| table.old.get(&key));
        noted.copied().unwrap_or_default()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_heard_of_stays_known_and_the_table_stays_small() {
        let (regulars, known) = (
            Regulars::default(),
            Regular {
                known: true,
                ..Regular::default()
            },
        );
        for n in 0..3 * MAX_REGULARS {
            if n % 1000 == 0 {
                regulars.note(
                    "alice@a",
                    Regular {
                        plays: true,
                        ..known
                    },
                );
            }
            regulars.note(&n.to_string(), known);
        }
        assert!(regulars.get("alice@a").plays);
        assert_eq!(regulars.get("0"), Regular::default());
        let table = regulars.table();
        assert!(table.young.len() <= MAX_REGULARS && table.old.len() <= MAX_REGULARS);
        drop(table);
        regulars.note("alice@a", Regular::default());
        assert!(!regulars.get("alice@a").known);
    }
}
