//! How fast passwords are checked, and whose need no check: so that nobody who guesses keeps anybody else out.
//!
//! A password is 125 random bits, and no number of guesses finds one; what a guess costs is the processor. So where too many were
//! wrong, whoever comes next is not refused but goes through the slow lane, where one is tried after the other with a pause between
//! them. Whoever has shown the right password lately is known by a keyed hash of it, and waits in no lane.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

/// Passwords that wait in the slow lane; one more is told to come later.
pub const MAX_SLOW: usize = 32;
/// The same for one name, so that whoever guesses one person's password fills no lane.
pub const MAX_SLOW_OF_NAME: usize = 4;
/// The pause after each of them: a sixth of one processor at the most.
pub const SLOW_PAUSE: Duration = Duration::from_millis(100);
/// Passwords that are known to be right, by their keyed hashes; the oldest name in the alphabet goes for one more.
pub const MAX_PROVEN: usize = 10_000;

/// The slow lane.
#[derive(Debug)]
pub struct SlowLane {
    one: Semaphore,
    waiting: Mutex<BTreeMap<String, usize>>,
}

impl Default for SlowLane {
    fn default() -> SlowLane {
        SlowLane {
            one: Semaphore::new(1),
            waiting: Mutex::default(),
        }
    }
}

/// Gives the place in the queue back, also when the connection goes meanwhile.
struct Turn<'a> {
    lane: &'a SlowLane,
    name: &'a str,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut waiting = self.lane.waiting();
        if let Some(count) = waiting.get_mut(self.name) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(self.name);
            }
        }
    }
}

impl SlowLane {
    fn waiting(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place in the queue for this name, if there is one.
    fn turn<'a>(&'a self, name: &'a str) -> Option<Turn<'a>> {
        let mut waiting = self.waiting();
        let mine = waiting.get(name).copied().unwrap_or(0);
        let all: usize = waiting.values().sum();
        if mine >= MAX_SLOW_OF_NAME || all >= MAX_SLOW {
            return None;
        }
        waiting.insert(name.to_owned(), mine + 1);
        Some(Turn { lane: self, name })
    }

    /// Does something when its turn comes; nothing where too many wait.
    pub async fn run<T>(&self, name: &str, work: impl Future<Output = T>) -> Option<T> {
        let _turn = self.turn(name)?;
        let _one = self.one.acquire().await.ok()?;
        let done = work.await;
        tokio::time::sleep(SLOW_PAUSE).await;
        Some(done)
    }
}

/// Who has shown the right password lately. Nothing here opens anything: a name, the hash that was right, and a hash of the
/// password under a key that is nowhere else and goes with the process.
#[derive(Debug)]
pub struct Proven {
    key: [u8; 32],
    known: Mutex<BTreeMap<String, (String, [u8; 32])>>,
}

impl Default for Proven {
    fn default() -> Proven {
        Proven {
            key: rand::random(),
            known: Mutex::default(),
        }
    }
}

impl Proven {
    fn known(&self) -> MutexGuard<'_, BTreeMap<String, (String, [u8; 32])>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn digest(&self, name: &str, text: &str) -> [u8; 32] {
        let hash = Sha256::new_with_prefix(self.key);
        let hash = hash.chain_update(name).chain_update([0]).chain_update(text);
        hash.finalize().into()
    }

    /// Whether this text was found right for this name, and for the hash that still counts.
    pub fn holds(&self, name: &str, hash: &str, text: &str) -> bool {
        let digest = self.digest(name, text);
        let known = self.known();
        known
            .get(name)
            .is_some_and(|(of, right)| of == hash && *right == digest)
    }

    /// It was found right.
    pub fn note(&self, name: &str, hash: &str, text: &str) {
        let digest = self.digest(name, text);
        let mut known = self.known();
        if known.len() >= MAX_PROVEN && !known.contains_key(name) {
            known.pop_first();
        }
        known.insert(name.to_owned(), (hash.to_owned(), digest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_fills_no_lane_and_a_place_that_is_left_is_free() {
        let lane = SlowLane::default();
        let held: Vec<_> = (0..MAX_SLOW_OF_NAME)
            .map(|_| lane.turn("forum anna").unwrap())
            .collect();
        assert!(lane.turn("forum anna").is_none());
        let names: Vec<String> = (0..MAX_SLOW).map(|n| format!("forum {n}")).collect();
        let others: Vec<_> = names.iter().filter_map(|name| lane.turn(name)).collect();
        assert_eq!(others.len(), MAX_SLOW - MAX_SLOW_OF_NAME);
        drop(held);
        assert!(lane.turn("forum anna").is_some());
        drop(others);
        assert!(lane.waiting().is_empty());
    }

    #[test]
    fn what_was_right_is_known_again_for_the_same_name_and_hash_alone() {
        let proven = Proven::default();
        proven.note("forum anna", "hash", "text");
        assert!(proven.holds("forum anna", "hash", "text"));
        assert!(!proven.holds("forum anna", "hash", "other"));
        assert!(!proven.holds("forum anna", "another", "text"));
        assert!(!proven.holds("forum bob", "hash", "text"));
        for n in 0..MAX_PROVEN + 10 {
            proven.note(&format!("forum {n}"), "hash", "text");
        }
        assert_eq!(proven.known().len(), MAX_PROVEN);
    }
}
