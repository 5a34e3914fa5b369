//! How often each kind of fault has struck, so that a quiet simulation cannot pass for a sound one.

use std::collections::BTreeMap;

/// Every kind of fault there is, and every kind of trouble people make.
pub const FAULTS: [&str; 40] = [
    "killed before the write",
    "killed between write and sync, the write survived",
    "killed between write and sync, the write was lost",
    "killed after the sync, before anybody was told",
    "killed at rest",
    "power cut",
    "write refused",
    "sync failed",
    "disk full",
    "address book refused",
    "request lost",
    "request late",
    "request twice",
    "answer lost",
    "clock jumped",
    "connection lost",
    "called at once after a break",
    "effects waited for discovery",
    "process stood still",
    "window cut in two",
    "player lost the line",
    "player left",
    "server away",
    "break agreed",
    "adjourned",
    "moves taken back",
    "match disputed",
    "result disputed",
    "ruling appealed",
    "ended by a ruling",
    "moves taken back by a ruling",
    "let stand by a ruling",
    "time given by a ruling",
    "clan founded",
    "clan joined",
    "clan left",
    "put out of a clan",
    "clan changed hands",
    CARDS,
    CHOICES,
];
/// Texts in which the simulation has looked for what a game hides.
pub const CARDS: &str = "text about a match with hidden cards";
pub const CHOICES: &str = "text about a choice that nobody knows yet";

#[derive(Default)]
pub struct Tally(BTreeMap<&'static str, u64>);

impl Tally {
    pub fn hit(&mut self, fault: &'static str) {
        self.hits(fault, 1);
    }

    pub fn hits(&mut self, fault: &'static str, times: u64) {
        assert!(FAULTS.contains(&fault), "{fault}");
        *self.0.entry(fault).or_default() += times;
    }

    pub fn add(&mut self, other: &Tally) {
        for (fault, count) in &other.0 {
            *self.0.entry(fault).or_default() += count;
        }
    }

    /// Every kind with its count, those that never struck included.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        FAULTS
            .iter()
            .map(|fault| (*fault, self.0.get(fault).copied().unwrap_or(0)))
    }
}
