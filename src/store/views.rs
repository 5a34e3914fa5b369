//! The views on disk: sled, one tree, rebuilt from the journal whenever it is not what it should be.
//!
//! sled 0.34.7 does not survive every power cut, panics on some damage and can open empty without a word. So nothing is
//! kept here that the journal cannot rebuild, every call is fenced against panics, and the engine compares the mark with
//! the journal after every opening.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::disk::{self, failed};
use super::range::range;
use crate::engine::ports::{Change, Fault, Mark, Row, Views};
use crate::kit::Timestamp;

/// sled's page cache; beside it sled takes some 35 MB of memory per million rows.
const CACHE_BYTES: u64 = 64 << 20;

/// How many damaged views are kept for whoever wants to look; older ones are removed.
const KEPT_ASIDE: usize = 2;

/// The key of the mark.
const MARK: &[u8] = b"m";

/// Stands before every key of the engine, so that none of them is the mark's.
const ROW: &[u8] = b"r";

/// The views in a sled folder.
#[derive(Debug)]
pub struct SledViews {
    folder: PathBuf,
    /// None after the system failed it; the next call reopens it.
    open: RefCell<Option<Open>>,
    /// The mark of the last changes that were applied, and of the last that were tried: one of them has to be found when
    /// sled is reopened under way.
    expected: Cell<[Option<Mark>; 2]>,
}

/// An open sled.
#[derive(Debug)]
struct Open {
    db: sled::Db,
    /// sled's file once more: sled hands its writes to the kernel, and this asks the disk for them.
    file: File,
}

impl SledViews {
    /// Opens the views, creating them when they are missing.
    ///
    /// Views that do not open are tried once more without sled's snapshots, and else moved aside under a name with the
    /// time in it, so that empty ones take their place. A full disk and missing permissions are errors, not damage.
    pub fn open(folder: &Path, now: Timestamp) -> Result<SledViews, Fault> {
        let open = match start(folder) {
            Ok(open) => open,
            Err(Broken::System(fault)) => return Err(fault),
            Err(Broken::Damage(why)) => {
                tracing::warn!(folder = %folder.display(), "the views do not open: {why}");
                without_snapshots(folder)?;
                start(folder).or_else(|broken| start_empty(folder, now, broken))?
            }
        };
        let (open, expected) = (RefCell::new(Some(open)), Cell::default());
        let views = SledViews {
            folder: folder.to_owned(),
            open,
            expected,
        };
        // A mark that cannot be read is for the engine to find: it asks for it first.
        let _ = views.mark();
        Ok(views)
    }

    /// Calls sled behind a fence against panics. When the system fails it, it is dropped, because its errors stick.
    fn fenced<T>(&self, call: impl FnOnce(&Open) -> sled::Result<T>) -> Result<T, Fault> {
        let mut slot = self.open.borrow_mut();
        let open = match slot.as_ref() {
            Some(open) => open,
            None => {
                let open = start(&self.folder)?;
                let mark = found(&open, &self.folder)?;
                if !self.expected.get().contains(&mark) {
                    return Err(Fault::Views("they went back to an earlier mark".to_owned()));
                }
                self.expected.set([mark; 2]);
                slot.insert(open)
            }
        };
        let called = guarded(|| call(open), &self.folder);
        if matches!(called, Err(Fault::Io { .. })) {
            close(slot.take(), &self.folder);
        }
        called
    }
}

impl Views for SledViews {
    fn mark(&self) -> Result<Option<Mark>, Fault> {
        let mut slot = self.open.borrow_mut();
        let open = match slot.as_ref() {
            Some(open) => open,
            None => slot.insert(start(&self.folder)?),
        };
        let mark = found(open, &self.folder)?;
        self.expected.set([mark; 2]);
        Ok(mark)
    }

    fn apply(&mut self, changes: Vec<Change>, mark: Mark) -> Result<(), Fault> {
        let text = serde_json::to_vec(&mark).map_err(|error| Fault::Views(error.to_string()))?;
        let mut batch = sled::Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(row_key(&key), value),
                None => batch.remove(row_key(&key)),
            }
        }
        batch.insert(MARK, text);
        // What is there is looked at before it counts as tried.
        self.fenced(|_| Ok(()))?;
        let [applied, _] = self.expected.get();
        self.expected.set([applied, Some(mark)]);
        self.fenced(|open| {
            open.db.apply_batch(batch)?;
            open.db.flush()?;
            Ok(open.file.sync_data()?)
        })?;
        self.expected.set([Some(mark); 2]);
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self
            .fenced(|open| open.db.get(row_key(key)))?
            .map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        backwards: bool,
        limit: usize,
    ) -> Result<Vec<Row>, Fault> {
        let from = from.map(row_key);
        let Some(range) = range(&row_key(prefix), from.as_deref(), backwards) else {
            return Ok(Vec::new());
        };
        let row = |row: sled::Result<(sled::IVec, sled::IVec)>| {
            row.map(|(key, value)| (key[ROW.len()..].to_vec(), value.to_vec()))
        };
        self.fenced(|open| {
            let rows = open.db.range(range);
            match backwards {
                true => rows.rev().take(limit).map(row).collect(),
                false => rows.take(limit).map(row).collect(),
            }
        })
    }

    fn reset(&mut self, now: Timestamp) -> Result<(), Fault> {
        let slot = self.open.get_mut();
        // On a full disk empty views would not open either, and these are sound.
        if slot.is_none()
            && let Err(Broken::System(fault)) = start(&self.folder)
        {
            return Err(fault);
        }
        close(slot.take(), &self.folder);
        let why = Broken::Damage("they do not fit the journal".to_owned());
        *slot = Some(start_empty(&self.folder, now, why)?);
        self.expected.set([None; 2]);
        Ok(())
    }
}

impl Drop for SledViews {
    fn drop(&mut self) {
        close(self.open.get_mut().take(), &self.folder);
    }
}

/// The mark that lies in the views.
fn found(open: &Open, folder: &Path) -> Result<Option<Mark>, Fault> {
    let Some(mark) = guarded(|| open.db.get(MARK), folder)? else {
        return Ok(None);
    };
    serde_json::from_slice(&mark)
        .map(Some)
        .map_err(|error| Fault::Views(format!("their mark cannot be read: {error}")))
}

/// Calls sled and survives it.
fn guarded<T>(call: impl FnOnce() -> sled::Result<T>, folder: &Path) -> Result<T, Fault> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(sled::Error::Io(error))) if is_systems(error.kind()) => {
            Err(failed("use the views in", folder)(error))
        }
        Ok(Err(error)) => Err(Fault::Views(error.to_string())),
        Err(_) => Err(Fault::Views("sled panicked".to_owned())),
    }
}

/// Closes sled. Nothing is lost if that fails: the journal has it.
fn close(open: Option<Open>, folder: &Path) {
    let Some(open) = open else { return };
    let closed = guarded(
        || {
            drop(open);
            Ok(())
        },
        folder,
    );
    if closed.is_err() || !is_let_go(folder) {
        tracing::warn!(folder = %folder.display(), "the views did not close cleanly");
    }
}

/// How long sled's own threads may take to let go of a closed database. It takes them some milliseconds.
const LETTING_GO: Duration = Duration::from_secs(2);

/// Waits until sled has let go of its file: its threads write on for a moment after the handle is dropped, and whoever
/// opens the same files meanwhile finds them locked or half written.
fn is_let_go(folder: &Path) -> bool {
    let Ok(file) = File::open(folder.join("db")) else {
        return true;
    };
    let until = Instant::now() + LETTING_GO;
    while file.try_lock().is_err() {
        if Instant::now() > until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}

/// Why views do not open.
enum Broken {
    /// Their content is at fault.
    Damage(String),
    /// The system is, and would be with empty ones as well.
    System(Fault),
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Fault {
        match broken {
            Broken::Damage(why) => Fault::Views(why),
            Broken::System(fault) => fault,
        }
    }
}

/// Opens sled in a thread of its own, where a panic ends nothing else.
fn start(folder: &Path) -> Result<Open, Broken> {
    // Every change is flushed when it is applied, so sled needs no thread for that.
    let config = sled::Config::new()
        .path(folder)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None);
    let system = |source| Broken::System(failed("open the views in", folder)(source));
    disk::make_folder(folder).map_err(Broken::System)?;
    let thread = std::thread::Builder::new().name("open-views".to_owned());
    match thread.spawn(move || config.open()).map_err(system)?.join() {
        Ok(Ok(db)) => {
            let file = File::open(folder.join("db")).map_err(system)?;
            Ok(Open { db, file })
        }
        Ok(Err(sled::Error::Io(error))) if is_systems(error.kind()) => Err(system(error)),
        Ok(Err(error)) => Err(Broken::Damage(error.to_string())),
        Err(_) => Err(Broken::Damage("sled panicked".to_owned())),
    }
}

fn is_systems(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{
        OutOfMemory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
    };
    matches!(
        kind,
        OutOfMemory | PermissionDenied | QuotaExceeded | ReadOnlyFilesystem | StorageFull
    )
}

/// Moves the folder aside and opens an empty one in its place.
fn start_empty(folder: &Path, now: Timestamp, broken: Broken) -> Result<Open, Fault> {
    let why = match broken {
        Broken::Damage(why) => why,
        Broken::System(fault) => return Err(fault),
    };
    let aside = move_aside(folder, now)?;
    tracing::warn!(
        aside = %aside.display(),
        "the views were moved aside and are rebuilt from the journal: {why}"
    );
    Ok(start(folder)?)
}

/// Removes what sled can do without: it then reads its log from the start.
fn without_snapshots(folder: &Path) -> Result<(), Fault> {
    for path in siblings(folder, "snap.")? {
        disk::remove(&path)?;
    }
    Ok(())
}

/// Renames the folder and removes the oldest of those that were renamed before.
fn move_aside(folder: &Path, now: Timestamp) -> Result<PathBuf, Fault> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let start = format!("{name}.damaged-");
    let parent = disk::parent(folder);
    let stamp = now.to_string().replace([':', '-'], "");
    let mut aside = parent.join(format!("{start}{stamp}"));
    let mut again = 1;
    while aside.exists() {
        again += 1;
        aside = parent.join(format!("{start}{stamp}-{again}"));
    }
    std::fs::rename(folder, &aside).map_err(failed("move aside", folder))?;
    let mut others = siblings(&parent, &start)?;
    others.retain(|path| *path != aside);
    others.sort();
    for old in others.iter().rev().skip(KEPT_ASIDE - 1) {
        std::fs::remove_dir_all(old).map_err(failed("remove", old))?;
    }
    disk::sync_folder(&parent)?;
    Ok(aside)
}

/// What lies in a folder under names that start like this.
fn siblings(folder: &Path, start: &str) -> Result<Vec<PathBuf>, Fault> {
    let items = std::fs::read_dir(folder).map_err(failed("list", folder))?;
    let mut found = Vec::new();
    for item in items {
        let item = item.map_err(failed("list", folder))?;
        if item.file_name().to_string_lossy().starts_with(start) {
            found.push(item.path());
        }
    }
    Ok(found)
}

fn row_key(key: &[u8]) -> Vec<u8> {
    [ROW, key].concat()
}
