//! The journal on disk: append-only segment files of lines, specified in `docs/RECORD.md`.
//!
//! A batch is its record lines and one commit line, written in one call and made durable by one `fdatasync`: that is the
//! acknowledgement. Begin with [`FileJournal`], which writes; `batch` composes what it writes, `read` gives it back, `scan`
//! checks it, `segment` knows the files, `frame` the journal's own lines.

mod batch;
mod frame;
mod read;
mod scan;
mod segment;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::disk::{self, damaged, failed};
use crate::engine::budget::Space;
use crate::engine::ports::{Entry, Fault, Journal, Mark, Place};
use batch::compose;
pub(super) use batch::fits;
pub(super) use frame::chain;
pub use read::{Inspection, inspect};
use read::{Reader, replay};
pub(super) use segment::START;
use segment::{Segment, Survey, Tail, survey};

/// A segment that has grown to this takes no further batch. Small enough to be read whole into memory.
pub const SEGMENT_BYTES: u64 = 64 << 20;

/// The journal in a folder of segment files.
#[derive(Debug)]
pub struct FileJournal {
    folder: PathBuf,
    segment_bytes: u64,
    segments: Vec<Segment>,
    /// The last segment, open for writing.
    file: Option<File>,
    mark: Mark,
    /// The batch being written; kept to spare an allocation per commit.
    buffer: Vec<u8>,
    /// An earlier write failed, and what it left behind has not been cut yet.
    poisoned: bool,
}

impl FileJournal {
    /// Opens the journal in a folder, which is made when it is missing.
    ///
    /// The last segment is checked whole; of those before it only how they join, so that opening takes the same time
    /// however long the journal is. What an interrupted write left at the end is cut, durably. Damage is
    /// [`Fault::Damaged`], and nothing is changed.
    pub fn open(folder: &Path) -> Result<FileJournal, Fault> {
        FileJournal::open_with(folder, SEGMENT_BYTES)
    }

    /// The same with segments of another size, for tests.
    pub fn open_with(folder: &Path, segment_bytes: u64) -> Result<FileJournal, Fault> {
        disk::make_folder(folder)?;
        let Survey {
            segments,
            mark,
            tail,
        } = survey(folder)?;
        if let Some(tail) = tail {
            cut(folder, &tail)?;
        }
        let file = match segments.last() {
            Some(last) => Some(disk::open(&last.path)?),
            None => None,
        };
        let (buffer, poisoned) = (Vec::new(), false);
        let folder = folder.to_owned();
        Ok(FileJournal {
            folder,
            segment_bytes,
            segments,
            file,
            mark,
            buffer,
            poisoned,
        })
    }

    /// Writes the buffer behind the last acknowledged byte and waits until the disk has it.
    fn write_through(&mut self) -> Result<(), Fault> {
        let (Some(file), Some(last)) = (&self.file, self.segments.last_mut()) else {
            let source = std::io::Error::other("no segment is open");
            return Err(failed("write to", &self.folder)(source));
        };
        let written = file.write_all_at(&self.buffer, last.len);
        written.map_err(failed("write to", &last.path))?;
        file.sync_data().map_err(failed("sync", &last.path))?;
        last.len += self.buffer.len() as u64;
        Ok(())
    }

    /// The same for the first batch of a new segment, whose name has to be durable too.
    fn write_new_segment(&mut self) -> Result<(), Fault> {
        let Mark { n, chain, next } = self.mark;
        let (first, base, len) = (n + 1, next.0, self.buffer.len() as u64);
        let path = segment::path(&self.folder, first);
        let file = disk::create(&path)?;
        let written = file.write_all_at(&self.buffer, 0);
        written.map_err(failed("write to", &path))?;
        file.sync_all().map_err(failed("sync", &path))?;
        disk::sync_folder(&self.folder)?;
        self.segments.push(Segment {
            path,
            first,
            chain,
            base,
            len,
        });
        self.file = Some(file);
        Ok(())
    }
}

impl Journal for FileJournal {
    fn commit(&mut self, batch: &[Entry]) -> Result<Vec<Place>, Fault> {
        if self.poisoned {
            let source = std::io::Error::other("an earlier write failed, recovery comes first");
            return Err(failed("write to", &self.folder)(source));
        }
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        // Until everything below has succeeded nobody knows what is on the disk.
        self.poisoned = true;
        let fresh = self
            .segments
            .last()
            .is_none_or(|last| last.len >= self.segment_bytes);
        let (places, mark) = compose(&mut self.buffer, self.mark, batch, fresh)?;
        if fresh {
            self.write_new_segment()?;
        } else {
            self.write_through()?;
        }
        self.mark = mark;
        self.poisoned = false;
        Ok(places)
    }

    fn mark(&self) -> Mark {
        self.mark
    }

    fn space(&self) -> Option<Space> {
        disk::space(&self.folder)
    }

    fn recover(&mut self) -> Result<Mark, Fault> {
        self.poisoned = true;
        self.file = None;
        // A new segment whose first batch failed.
        disk::remove(&segment::path(&self.folder, self.mark.n + 1))?;
        disk::sync_folder(&self.folder)?;
        if let Some(last) = self.segments.last() {
            let file = disk::open(&last.path)?;
            let found = file
                .metadata()
                .map_err(failed("look at", &last.path))?
                .len();
            if found < last.len {
                return Err(damaged(
                    &last.path,
                    found,
                    "acknowledged records are missing",
                ));
            }
            file.set_len(last.len).map_err(failed("cut", &last.path))?;
            file.sync_all().map_err(failed("sync", &last.path))?;
            let commit = segment::last_commit(&file, last, last.len)?;
            if commit.is_none_or(|commit| commit.chain != self.mark.chain) {
                return Err(damaged(
                    &last.path,
                    last.len,
                    "acknowledged records were changed",
                ));
            }
            self.file = Some(file);
        }
        self.poisoned = false;
        Ok(self.mark)
    }

    fn replay(
        &mut self,
        after: Option<Mark>,
        each: &mut dyn FnMut(Entry, Place) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let after = after.unwrap_or(START);
        let beyond = after.n > self.mark.n || after.next > self.mark.next;
        if beyond || (after.n == self.mark.n && after != self.mark) {
            return Err(damaged(
                &self.folder,
                self.mark.next.0,
                "the journal ends before the mark",
            ));
        }
        replay(&self.segments, after, each)
    }

    fn read(&mut self, places: &[Place]) -> Result<Vec<String>, Fault> {
        let mut reader = Reader::new(&self.folder, &self.segments);
        places.iter().map(|place| reader.line(*place)).collect()
    }
}

/// Removes what an interrupted write left behind, aloud and durably.
fn cut(folder: &Path, tail: &Tail) -> Result<(), Fault> {
    let Tail {
        path,
        keep,
        lost,
        why,
    } = tail;
    tracing::warn!(
        file = %path.display(), at = keep, bytes = lost,
        "the journal's end was never acknowledged and is cut: {why}"
    );
    if *keep == 0 {
        disk::remove(path)?;
        return disk::sync_folder(folder);
    }
    let file = disk::open(path)?;
    file.set_len(*keep)
        .and_then(|()| file.sync_all())
        .map_err(failed("cut", path))
}
