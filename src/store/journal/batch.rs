//! Composing a batch: its record lines, and the commit line that seals them.

use super::frame::{Commit, FORMAT, Frame, Opening, chain};
use crate::engine::ports::{BATCH_MAX, Entry, Fault, LINE_MAX, Mark, Place};
use crate::engine::record;
use crate::store::crc::Crc;

/// Fills the buffer with the bytes of the batch that follows a mark; `fresh` when it opens a segment. Returns where its
/// records will lie, and the mark after it.
pub(super) fn compose(
    buffer: &mut Vec<u8>,
    before: Mark,
    batch: &[Entry],
    fresh: bool,
) -> Result<(Vec<Place>, Mark), Fault> {
    let first = before.n + 1;
    buffer.clear();
    if fresh {
        let opening = Opening {
            format: FORMAT,
            first,
            chain: before.chain,
        };
        push(Frame::Segment(opening), buffer, first)?;
    }
    let start = buffer.len();
    let mut places = Vec::with_capacity(batch.len());
    for (expected, entry) in (first..).zip(batch) {
        fits(entry, expected)?;
        places.push(Place(before.next.0 + buffer.len() as u64));
        buffer.extend_from_slice(entry.text.as_bytes());
        buffer.push(b'\n');
        if buffer.len() > BATCH_MAX {
            return Err(refused(
                entry,
                format!("its batch is longer than {BATCH_MAX} bytes"),
            ));
        }
    }
    let count = batch.len() as u64;
    let (n, bytes, crc) = (before.n + count, buffer.len() as u64, Crc::of(buffer));
    let chain = chain(before.chain, &buffer[start..]);
    push(
        Frame::Commit(Commit {
            n,
            count,
            bytes,
            crc,
            chain,
        }),
        buffer,
        n,
    )?;
    let next = Place(before.next.0 + buffer.len() as u64);
    Ok((places, Mark { n, chain, next }))
}

/// Refuses what could not be read back: another number, another stream, more than one line, too long a line.
pub(in crate::store) fn fits(entry: &Entry, expected: u64) -> Result<(), Fault> {
    if entry.n != expected {
        return Err(refused(
            entry,
            format!("the journal expects record {expected}"),
        ));
    }
    if record::head(&entry.text) != Some((entry.n, entry.stream)) {
        return Err(refused(
            entry,
            "its line does not begin with its number and stream",
        ));
    }
    if entry.text.len() > LINE_MAX {
        return Err(refused(
            entry,
            format!("its line is longer than {LINE_MAX} bytes"),
        ));
    }
    if entry.text.contains('\n') {
        return Err(refused(entry, "its line has a line break in it"));
    }
    Ok(())
}

fn refused(entry: &Entry, why: impl Into<String>) -> Fault {
    Fault::Fold {
        n: entry.n,
        why: why.into(),
    }
}

fn push(frame: Frame, buffer: &mut Vec<u8>, n: u64) -> Result<(), Fault> {
    frame.push(buffer).map_err(|error| Fault::Fold {
        n,
        why: format!("its batch: {error}"),
    })
}
