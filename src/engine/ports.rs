//! What the engine asks of the world, as traits and plain data. `store` implements them; tests use the memory twins.

use std::path::{Path, PathBuf};

use super::budget::Space;
use crate::kit::{Hash, PersonId, PublicKey, Signature, Stream, Timestamp};

/// The longest text about one person in the address book. Somebody who uses every limit there is comes to two thirds of it
/// (`tests/store/caps.rs` reckons); what would be longer is refused before it is staged.
pub const PERSON_MAX: usize = 128 << 10;

/// The longest record line. A game of 5,000 moves is a tenth of this; what is longer is a mistake or an attack, and is
/// refused before it is staged.
pub const LINE_MAX: usize = 1 << 20;

/// The largest batch. The engine batches far less; this bounds the memory that a reader of the journal needs.
pub const BATCH_MAX: usize = 64 << 20;

/// The world broke: nothing a person did wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Reading or writing failed; the source says how.
    #[error("could not {what} {}", path.display())]
    Io {
        /// What was attempted, fitting "could not …".
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// Stored bytes are not what was written; a person has to look.
    #[error("{} is damaged at byte {offset}: {why}", path.display())]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// Where the damage starts.
        offset: u64,
        /// What is wrong there.
        why: String,
    },
    /// Another process works on the data folder.
    #[error("{} is in use by another referee (process lock held)", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The views cannot be used and have to be rebuilt from the journal.
    #[error("the views are unusable: {0}")]
    Views(String),
    /// Something that was written once is not there any more, so going on would not be going on. Says what, and how to go on
    /// all the same.
    #[error("{0}")]
    Lost(String),
    /// The journal's content does not fold: a bug, or a record of a newer version.
    #[error("record {n} cannot be applied: {why}")]
    Fold {
        /// The record's global number.
        n: u64,
        /// Why it does not fit.
        why: String,
    },
}

impl Fault {
    /// Says in which data folder something is missing.
    pub fn within(self, folder: &Path) -> Fault {
        match self {
            Fault::Lost(what) => Fault::Lost(format!("{}: {what}", folder.display())),
            other => other,
        }
    }
}

/// Where a line lies in the journal. Opaque to all but the journal that made it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct Place(pub u64);

/// How far a journal has come: what is durable, and where to read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    /// The global number of the last durable record; 0 before the first.
    pub n: u64,
    /// The global chain hash after it.
    pub chain: Hash,
    /// Where the next record will lie.
    pub next: Place,
}

/// One record on its way into the journal: a line of text without line breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The global number, one more than the entry before.
    pub n: u64,
    /// The stream it belongs to.
    pub stream: Stream,
    /// The line itself, made by [`super::record::write`].
    pub text: String,
}

/// The truth: an append-only sequence of lines.
pub trait Journal: Send {
    /// Appends a batch and makes it durable: all of it or nothing. Returns where each entry lies.
    ///
    /// After an error the journal takes nothing more until [`Journal::recover`] has succeeded.
    fn commit(&mut self, batch: &[Entry]) -> Result<Vec<Place>, Fault>;
    /// How far the journal has come.
    fn mark(&self) -> Mark;
    /// After an error: reopens and cuts everything that was never acknowledged, durably, so that a refused record cannot
    /// rise from the dead.
    fn recover(&mut self) -> Result<Mark, Fault>;
    /// Calls `each` with every durable record after `mark`, in order; `None` starts at the beginning. A mark that does not
    /// fit this journal (other chain, beyond its end) is [`Fault::Damaged`].
    fn replay(
        &mut self,
        after: Option<Mark>,
        each: &mut dyn FnMut(Entry, Place) -> Result<(), Fault>,
    ) -> Result<(), Fault>;
    /// What is free on the disk that the journal is on; none where that is not known.
    fn space(&self) -> Option<Space> {
        None
    }
    /// Reads single records back, in the order asked for.
    fn read(&mut self, places: &[Place]) -> Result<Vec<String>, Fault>;
}

/// A change of one key in the views: a new value, or none to delete it.
pub type Change = (Vec<u8>, Option<Vec<u8>>);

/// Key and value of one row of the views.
pub type Row = (Vec<u8>, Vec<u8>);

/// Projections and snapshots built from the journal, and only what the journal can rebuild.
pub trait Views: Send {
    /// The mark written with the last batch; `None` when the views are empty.
    fn mark(&self) -> Result<Option<Mark>, Fault>;
    /// Applies changes and the mark atomically.
    fn apply(&mut self, changes: Vec<Change>, mark: Mark) -> Result<(), Fault>;
    /// One value.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;
    /// Up to `limit` rows under a prefix, strictly after `from` in the direction asked for; from the edge when `None`.
    fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        backwards: bool,
        limit: usize,
    ) -> Result<Vec<Row>, Fault>;
    /// Moves everything aside, under a name that says when, and starts empty.
    fn reset(&mut self, now: Timestamp) -> Result<(), Fault>;
}

/// The address book: one JSON text per person, apart from the journal so that a person can be forgotten.
pub trait Book: Send {
    /// Everybody in it.
    fn load(&mut self) -> Result<Vec<(PersonId, String)>, Fault>;
    /// Adds or replaces people, durably on return.
    fn put(&mut self, people: &[(PersonId, String)]) -> Result<(), Fault>;
    /// Removes people so that no byte about them stays in the file.
    fn forget(&mut self, people: &[PersonId]) -> Result<(), Fault>;
}

/// The last moment at which this process was alive, kept without syncing: it survives kill -9, not a power cut.
pub trait Pulse: Send {
    /// The last beat of the run before this one.
    fn last(&self) -> Option<Timestamp>;
    /// Beats. A failure is harmless and ignored: the last commit's time serves instead.
    fn beat(&mut self, now: Timestamp);
}

/// Where luck comes from.
pub trait Entropy: Send {
    /// 32 bytes nobody can guess.
    fn seed(&mut self) -> [u8; 32];
}

/// Signs results (Ed25519, RFC 8032). The same text always gets the same signature, so a replay compares.
pub trait Signer: Send {
    /// The public half of the key that signs.
    fn key(&self) -> PublicKey;
    /// Signs a text; the secret half never leaves.
    fn sign(&self, statement: &[u8]) -> Signature;
}

/// Everything an engine runs on.
pub struct Ports {
    /// The truth.
    pub journal: Box<dyn Journal>,
    /// What is built from it.
    pub views: Box<dyn Views>,
    /// Who the people are.
    pub book: Box<dyn Book>,
    /// Signs of life.
    pub pulse: Box<dyn Pulse>,
    /// Luck.
    pub entropy: Box<dyn Entropy>,
    /// Who signs results; nobody in tools that only read.
    pub signer: Option<Box<dyn Signer>>,
}
