//! The memory twins of everything the store keeps on disk, with faults on demand: the reference of the conformance suite,
//! and the ground that talk tests and the simulation stand on.
//!
//! Begin with [`Memory`]: it stands for one machine. Its parts are handles; clones share what they hold, so a test can drop
//! an engine as a crash would, and open another one on [`Memory::restart`].

mod book;
mod journal;
mod views;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use book::MemoryBook;
pub use journal::{CommitFault, JournalHits, MemoryJournal};
pub use views::MemoryViews;

use super::Ed25519Signer;
use crate::engine::ports::{Entropy, Fault, Ports, Pulse};
use crate::kit::{Secret, Timestamp, sha256};

/// One machine: what is on its disks, and the luck of its system.
#[derive(Clone, Debug)]
pub struct Memory {
    /// The journal.
    pub journal: MemoryJournal,
    /// The views.
    pub views: MemoryViews,
    /// The address book.
    pub book: MemoryBook,
    /// The heartbeat.
    pub pulse: MemoryPulse,
    /// Luck.
    pub entropy: SeededEntropy,
    /// The key that signs.
    pub signer: Ed25519Signer,
}

impl Memory {
    /// A new machine with empty disks, whose luck follows from a seed.
    pub fn new(seed: u64) -> Memory {
        Memory {
            journal: MemoryJournal::default(),
            views: MemoryViews::default(),
            book: MemoryBook::default(),
            pulse: MemoryPulse::default(),
            entropy: SeededEntropy::new(seed),
            signer: Ed25519Signer::new(&Secret::new(sha256(&[b"key", &seed.to_be_bytes()]).0)),
        }
    }

    /// Ports for an engine that share everything with this value.
    pub fn ports(&self) -> Ports {
        Ports {
            journal: Box::new(self.journal.clone()),
            views: Box::new(self.views.clone()),
            book: Box::new(self.book.clone()),
            pulse: Box::new(self.pulse.clone()),
            entropy: Box::new(self.entropy.clone()),
            signer: Some(Box::new(self.signer.clone())),
        }
    }

    /// What a new process finds after the old one was killed: unacknowledged writes may have reached the journal.
    pub fn restart(&self) -> Ports {
        self.journal.restart(false);
        Ports {
            pulse: Box::new(self.pulse.reopen()),
            ..self.ports()
        }
    }

    /// What a new process finds after a power cut: unacknowledged writes and the heartbeat are lost, and the views are at
    /// most as new as the last [`MemoryViews::sync`].
    pub fn power_cut(&self) -> Ports {
        self.journal.restart(true);
        self.views.power_cut();
        self.pulse.lose();
        Ports {
            pulse: Box::new(self.pulse.reopen()),
            ..self.ports()
        }
    }
}

/// A heartbeat in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryPulse {
    now: Arc<Mutex<Option<Timestamp>>>,
    last: Option<Timestamp>,
}

impl MemoryPulse {
    /// As the next process opens it.
    pub fn reopen(&self) -> MemoryPulse {
        MemoryPulse {
            now: self.now.clone(),
            last: *locked(&self.now),
        }
    }

    /// Forgets the beats, as a power cut does.
    pub fn lose(&self) {
        *locked(&self.now) = None;
    }
}

impl Pulse for MemoryPulse {
    fn last(&self) -> Option<Timestamp> {
        self.last
    }

    fn beat(&mut self, now: Timestamp) {
        *locked(&self.now) = Some(now);
    }
}

/// Luck that follows from a seed; clones draw from the same sequence.
#[derive(Clone, Debug)]
pub struct SeededEntropy {
    seed: u64,
    drawn: Arc<Mutex<u64>>,
}

impl SeededEntropy {
    /// A new sequence.
    pub fn new(seed: u64) -> SeededEntropy {
        SeededEntropy {
            seed,
            drawn: Arc::default(),
        }
    }
}

impl Entropy for SeededEntropy {
    fn seed(&mut self) -> [u8; 32] {
        let mut drawn = locked(&self.drawn);
        *drawn += 1;
        sha256(&[&self.seed.to_be_bytes(), &drawn.to_be_bytes()]).0
    }
}

/// The error of an injected fault: looks like a full disk.
fn injected(what: &'static str) -> Fault {
    let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
    Fault::Io {
        what,
        path: "memory".into(),
        source,
    }
}

/// A lock that a test which panicked elsewhere cannot spoil.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
