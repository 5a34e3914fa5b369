//! The segment files of a journal: which there are, and how they join.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::frame::{Commit, FORMAT, FRAME_MAX, Frame, Opening};
use super::scan::{Bad, Scan};
use crate::engine::ports::{Fault, Mark, Place};
use crate::kit::Hash;
use crate::store::disk::{damaged, failed};

/// One file of the journal.
///
/// A [`Place`] is an offset into all segments joined end to end, so the end of one is the start of the next.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// `<first record as 16 digits>.log`.
    pub path: PathBuf,
    /// The number of its first record.
    pub first: u64,
    /// The global chain hash before that record.
    pub chain: Hash,
    /// The bytes in all segments before this one.
    pub base: u64,
    /// Its bytes up to the end of its last acknowledged batch.
    pub len: u64,
}

/// What of the last file an interrupted write left behind.
#[derive(Debug)]
pub(super) struct Tail {
    /// The file.
    pub path: PathBuf,
    /// How many of its bytes are sound; with none the whole file goes.
    pub keep: u64,
    /// How many are not.
    pub lost: u64,
    /// Why the first of them is not.
    pub why: &'static str,
}

/// What lies in a journal folder.
#[derive(Debug)]
pub(super) struct Survey {
    /// The sound segments in order.
    pub segments: Vec<Segment>,
    /// How far they reach.
    pub mark: Mark,
    /// What has to be cut.
    pub tail: Option<Tail>,
}

/// The mark of a journal without records.
pub(in crate::store) const START: Mark = Mark {
    n: 0,
    chain: Hash::ZERO,
    next: Place(0),
};

/// The path of the segment whose first record has this number.
pub(super) fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:016}.log"))
}

/// Looks at a folder without changing it: the last segment is checked whole, of those before it only how they join.
pub(super) fn survey(folder: &Path) -> Result<Survey, Fault> {
    let mut segments = list(folder)?;
    join(&mut segments)?;
    let mut tail = None;
    let mut mark = START;
    if let Some(last) = segments.last_mut() {
        let found;
        (found, tail) = end(last, true)?;
        mark = found;
        last.len -= tail.as_ref().map_or(0, |tail| tail.lost);
    }
    // The first write to a new segment was interrupted: the one before it is the last, and it was whole at that time.
    if segments.last().is_some_and(|last| last.len == 0) {
        segments.pop();
        mark = match segments.last() {
            Some(last) => end(last, false)?.0,
            None => START,
        };
    }
    Ok(Survey {
        segments,
        mark,
        tail,
    })
}

/// The segment files of a folder in order; other files are left alone.
fn list(folder: &Path) -> Result<Vec<Segment>, Fault> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder).map_err(failed("list", folder))? {
        let item = item.map_err(failed("list", folder))?;
        let name = item.file_name();
        let Some(digits) = name.to_str().and_then(|name| name.strip_suffix(".log")) else {
            continue;
        };
        if digits.len() != 16 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            continue;
        }
        let Ok(first) = digits.parse() else { continue };
        let path = item.path();
        let len = item.metadata().map_err(failed("look at", &path))?.len();
        found.push(Segment {
            path,
            first,
            chain: Hash::ZERO,
            base: 0,
            len,
        });
    }
    found.sort_by_key(|segment| segment.first);
    Ok(found)
}

/// Checks that each segment ends where the next one starts, without reading what lies between.
fn join(segments: &mut [Segment]) -> Result<(), Fault> {
    let last = segments.len().saturating_sub(1);
    let (mut n, mut chain, mut base) = (0, Hash::ZERO, 0);
    for (i, segment) in segments.iter_mut().enumerate() {
        if segment.first != n + 1 {
            let why = format!(
                "the journal goes on with record {} here, not with {}",
                segment.first,
                n + 1
            );
            return Err(damaged(&segment.path, 0, why));
        }
        (segment.chain, segment.base) = (chain, base);
        if i == last {
            break;
        }
        let file = File::open(&segment.path).map_err(failed("open", &segment.path))?;
        if opening(&file, segment)?
            != Some(Opening {
                format: FORMAT,
                first: segment.first,
                chain,
            })
        {
            return Err(damaged(
                &segment.path,
                0,
                "the segment does not follow the one before",
            ));
        }
        let Some(commit) = last_commit(&file, segment, segment.len)? else {
            return Err(damaged(
                &segment.path,
                segment.len,
                "the segment has lost its end",
            ));
        };
        (n, chain, base) = (commit.n, commit.chain, base + segment.len);
    }
    Ok(())
}

/// Checks a whole segment; what an interrupted write left at its end is told apart where that may be.
fn end(segment: &Segment, may_be_torn: bool) -> Result<(Mark, Option<Tail>), Fault> {
    let bytes = read(segment, 0)?;
    let mut scan = Scan::new(&bytes, 0, segment.first - 1, segment.chain);
    let bad = loop {
        match scan.next_batch() {
            Ok(Some(_)) => {}
            Ok(None) => break None,
            Err(bad) => break Some(bad),
        }
    };
    let keep = scan.position();
    let tail = match bad {
        Some(Bad { at, why, torn }) if !torn || !may_be_torn => {
            return Err(damaged(&segment.path, at, why));
        }
        Some(Bad { why, .. }) => Some(why),
        None if keep == 0 => Some("the segment is empty"),
        None => None,
    };
    let lost = bytes.len() as u64 - keep;
    let tail = tail.map(|why| Tail {
        path: segment.path.clone(),
        keep,
        lost,
        why,
    });
    Ok((
        Mark {
            n: scan.n,
            chain: scan.chain,
            next: Place(segment.base + keep),
        },
        tail,
    ))
}

/// The acknowledged bytes of a segment. A segment is read whole: its size is limited, and one read is fastest.
pub(super) fn read(segment: &Segment, from: u64) -> Result<Vec<u8>, Fault> {
    let file = File::open(&segment.path).map_err(failed("open", &segment.path))?;
    let len = usize::try_from(segment.len.saturating_sub(from)).unwrap_or(usize::MAX);
    let mut bytes = vec![0; len];
    file.read_exact_at(&mut bytes, from)
        .map_err(failed("read", &segment.path))?;
    Ok(bytes)
}

/// The opening line of a segment, when there is one.
fn opening(file: &File, segment: &Segment) -> Result<Option<Opening>, Fault> {
    let mut start = [0; FRAME_MAX + 1];
    let len = file
        .read_at(&mut start, 0)
        .map_err(failed("read", &segment.path))?;
    let line = start[..len]
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    match Frame::parse(line) {
        Some(Frame::Segment(opening)) => Ok(Some(opening)),
        _ => Ok(None),
    }
}

/// The commit line that ends at this offset of a segment, when there is one.
pub(super) fn last_commit(
    file: &File,
    segment: &Segment,
    end: u64,
) -> Result<Option<Commit>, Fault> {
    let start = end.saturating_sub(FRAME_MAX as u64 + 1);
    let mut bytes = vec![0; (end - start) as usize];
    file.read_exact_at(&mut bytes, start)
        .map_err(failed("read", &segment.path))?;
    if bytes.pop() != Some(b'\n') {
        return Ok(None);
    }
    match bytes
        .rsplit(|byte| *byte == b'\n')
        .next()
        .and_then(Frame::parse)
    {
        Some(Frame::Commit(commit)) => Ok(Some(commit)),
        _ => Ok(None),
    }
}
