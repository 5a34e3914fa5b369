//! Giving back what was written: all of it in order, or single lines.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::scan::{Scan, line_end};
use super::segment::{self, START, Segment, Survey, survey};
use crate::engine::ports::{Entry, Fault, LINE_MAX, Mark, Place};
use crate::engine::record;
use crate::kit::Hash;
use crate::store::disk::{damaged, failed};

/// How much is read at first when a single record is asked for; most records are shorter.
const READ_AHEAD: usize = 4096;

/// What a look at a journal found, see [`inspect`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// How far the sound part reaches.
    pub mark: Mark,
    /// How many bytes follow it that no commit line seals: a write that is under way or was interrupted.
    pub unsealed: u64,
}

/// Reads and checks the whole journal of a folder without changing it, also while a referee writes to it.
pub fn inspect(
    folder: &Path,
    each: &mut dyn FnMut(Entry, Place) -> Result<(), Fault>,
) -> Result<Inspection, Fault> {
    let Survey {
        segments,
        mark,
        tail,
    } = survey(folder)?;
    replay(&segments, START, each)?;
    Ok(Inspection {
        mark,
        unsealed: tail.map_or(0, |tail| tail.lost),
    })
}

/// Calls `each` with every record after a mark, checking every batch on the way.
pub(super) fn replay(
    segments: &[Segment],
    after: Mark,
    each: &mut dyn FnMut(Entry, Place) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let Mark {
        mut n,
        mut chain,
        next,
    } = after;
    for segment in segments
        .iter()
        .filter(|segment| segment.base + segment.len >= next.0)
    {
        let from = next.0.saturating_sub(segment.base);
        follows(segment, from, n, chain)?;
        let bytes = segment::read(segment, from)?;
        let mut scan = Scan::new(&bytes, from, n, chain);
        while let Some(batch) = scan
            .next_batch()
            .map_err(|bad| damaged(&segment.path, bad.at, bad.why))?
        {
            let mut at = 0;
            while let Some(end) = line_end(batch.lines, at) {
                let offset = batch.at + at as u64;
                let entry = entry(&batch.lines[at..end - 1])
                    .filter(|entry| entry.n == n + 1)
                    .ok_or_else(|| damaged(&segment.path, offset, "this is not the next record"))?;
                (n, at) = (entry.n, end);
                each(entry, Place(segment.base + offset))?;
            }
        }
        chain = scan.chain;
    }
    Ok(())
}

/// Checks that a batch ends at an offset of a segment, and that it is the one with this last record and chain hash.
fn follows(segment: &Segment, from: u64, n: u64, chain: Hash) -> Result<(), Fault> {
    let known = if from == 0 {
        (segment.first, segment.chain) == (n + 1, chain)
    } else {
        let file = File::open(&segment.path).map_err(failed("open", &segment.path))?;
        let commit = segment::last_commit(&file, segment, from)?;
        commit.is_some_and(|commit| (commit.n, commit.chain) == (n, chain))
    };
    if known {
        Ok(())
    } else {
        Err(damaged(
            &segment.path,
            from,
            "the mark is not of this journal",
        ))
    }
}

/// A record line as the engine knows it.
fn entry(line: &[u8]) -> Option<Entry> {
    let text = std::str::from_utf8(line).ok()?;
    let (n, stream) = record::head(text)?;
    Some(Entry {
        n,
        stream,
        text: text.to_owned(),
    })
}

/// Reads single lines, keeping the segment open that it read from last.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    folder: &'a Path,
    segments: &'a [Segment],
    open: Option<(u64, File)>,
}

impl<'a> Reader<'a> {
    /// Of the acknowledged bytes of these segments.
    pub fn new(folder: &'a Path, segments: &'a [Segment]) -> Reader<'a> {
        Reader {
            folder,
            segments,
            open: None,
        }
    }

    /// The line that starts at a place.
    pub fn line(&mut self, place: Place) -> Result<String, Fault> {
        let nowhere = || damaged(self.folder, place.0, "no record starts here");
        let after = self
            .segments
            .partition_point(|segment| segment.base <= place.0);
        let segment = self.segments[..after].last().ok_or_else(nowhere)?;
        let file = match self.open.take() {
            Some((first, file)) if first == segment.first => file,
            _ => File::open(&segment.path).map_err(failed("open", &segment.path))?,
        };
        let line = line_at(&file, segment, place.0 - segment.base)?.ok_or_else(nowhere)?;
        self.open = Some((segment.first, file));
        let text = String::from_utf8(line).map_err(|_| nowhere())?;
        match record::head(&text) {
            Some(_) => Ok(text),
            None => Err(nowhere()),
        }
    }
}

/// The bytes up to the next line break; none when there is no such thing within a line's length.
fn line_at(file: &File, segment: &Segment, offset: u64) -> Result<Option<Vec<u8>>, Fault> {
    let left = usize::try_from(segment.len.saturating_sub(offset)).unwrap_or(usize::MAX);
    let (mut line, mut want) = (Vec::new(), READ_AHEAD);
    loop {
        line.resize(want.min(left), 0);
        file.read_exact_at(&mut line, offset)
            .map_err(failed("read", &segment.path))?;
        if let Some(end) = line_end(&line, 0) {
            line.truncate(end - 1);
            return Ok(Some(line));
        }
        if want >= left || want > LINE_MAX {
            return Ok(None);
        }
        want *= 8;
    }
}
