//! What the engine's ports are made of: the journal's files, the sled views, the address book, the heartbeat, luck.
//!
//! This room refuses to know what a record says or what a view is for: lines, keys and values are bytes to it. Begin with
//! [`DataFolder::open`], then [`FileJournal`], the truth that everything else is built from. [`memory`] holds the twins
//! that tests and the simulation run on; one conformance suite (`tests/store.rs`) runs on both kinds.

mod book;
mod crc;
mod disk;
mod entropy;
mod journal;
pub mod memory;
mod pulse;
mod range;
mod signer;
mod views;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

pub use book::FileBook;
pub use entropy::OsEntropy;
pub use journal::{FileJournal, Inspection, SEGMENT_BYTES, inspect};
pub use pulse::FilePulse;
pub use signer::{Ed25519Signer, FormerKey, KeyFile};
pub use views::SledViews;

use crate::engine::budget::Space;
pub use crate::engine::ports::{BATCH_MAX, LINE_MAX, PERSON_MAX};
use crate::engine::ports::{Fault, Ports};
use crate::kit::Timestamp;
use disk::failed;

/// The folder of one referee, locked against every other process until this value is dropped.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Opens a folder, making it when it is missing, and everything in it. The signing key need not lie here: who serves adds
    /// the signer.
    pub fn open(path: &Path, now: Timestamp) -> Result<(DataFolder, Ports), Fault> {
        let folder = DataFolder::lock(path)?;
        let ports = Ports {
            journal: Box::new(FileJournal::open(&folder.journal())?),
            views: Box::new(SledViews::open(&folder.views(), now)?),
            book: Box::new(FileBook::open(&folder.book())?),
            pulse: Box::new(FilePulse::open(&path.join("pulse"))?),
            entropy: Box::new(OsEntropy::open().map_err(|error| {
                failed("get luck from the system for", path)(std::io::Error::other(error))
            })?),
            signer: None,
        };
        Ok((folder, ports))
    }

    /// What is free on the disk that a folder is on; none where the system does not say.
    pub fn space(path: &Path) -> Option<Space> {
        disk::space(path)
    }

    /// Makes the folder when it is missing and locks it, without opening anything in it.
    pub fn lock(path: &Path) -> Result<DataFolder, Fault> {
        disk::make_folder(path)?;
        let lock_path = path.join("lock");
        let lock = disk::open(&lock_path)?;
        match lock.try_lock() {
            Ok(()) => Ok(DataFolder {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Fault::Locked { path: lock_path }),
            Err(TryLockError::Error(error)) => Err(failed("lock", &lock_path)(error)),
        }
    }

    /// Where the journal's segments lie.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal")
    }

    /// Where sled lies.
    pub fn views(&self) -> PathBuf {
        self.path.join("views")
    }

    /// The address book.
    pub fn book(&self) -> PathBuf {
        self.path.join("people.jsonl")
    }
}
