//! Reading a segment batch by batch, and telling a torn tail from damage.

use super::frame::{Commit, FORMAT, Frame, Opening, chain};
use crate::kit::Hash;
use crate::store::crc::Crc;

/// Walks over the batches of one segment, checking each of them whole.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    bytes: &'a [u8],
    /// Where in the segment `bytes` starts.
    origin: u64,
    /// Where in `bytes` the next batch starts.
    at: usize,
    /// Number of the last record before it.
    pub n: u64,
    /// The global chain hash before it.
    pub chain: Hash,
}

/// A batch that fits its commit line and its place in the chain.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    /// Offset of its first record in the segment.
    pub at: u64,
    /// Its record lines with their line breaks.
    pub lines: &'a [u8],
}

/// Why there is no sound batch at an offset.
#[derive(Debug)]
pub(super) struct Bad {
    /// Where in the segment the batch starts.
    pub at: u64,
    /// What is wrong with it.
    pub why: &'static str,
    /// Whether an interrupted write explains it: nothing sound follows. Otherwise stored bytes were changed.
    pub torn: bool,
}

impl<'a> Scan<'a> {
    /// Starts where a batch starts, after record `n` with this chain hash; `bytes` are the segment's from `origin` on.
    pub fn new(bytes: &'a [u8], origin: u64, n: u64, chain: Hash) -> Scan<'a> {
        Scan {
            bytes,
            origin,
            at: 0,
            n,
            chain,
        }
    }

    /// Where in the segment the next batch starts.
    pub fn position(&self) -> u64 {
        self.origin + self.at as u64
    }

    /// The next batch; none at the end of the segment.
    pub fn next_batch(&mut self) -> Result<Option<Batch<'a>>, Bad> {
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        let records = self.opening()?;
        let (commit_at, end, commit, count) = self.find_commit(records)?;
        if commit.crc != Crc::of(&self.bytes[self.at..commit_at]) {
            return Err(self.torn_or_damaged("the batch does not fit its checksum"));
        }
        let lines = &self.bytes[records..commit_at];
        let chain = chain(self.chain, lines);
        let fits = commit.bytes == (commit_at - self.at) as u64
            && commit.count == count
            && commit.n == self.n + count
            && commit.chain == chain;
        if !fits {
            return Err(self.damaged("the batch is whole but does not follow what lies before it"));
        }
        (self.at, self.n, self.chain) = (end, commit.n, chain);
        Ok(Some(Batch {
            at: self.origin + records as u64,
            lines,
        }))
    }

    /// Checks the opening line where a segment starts; returns where the records of the next batch start.
    fn opening(&self) -> Result<usize, Bad> {
        if self.position() != 0 {
            return Ok(self.at);
        }
        let Some(end) = line_end(self.bytes, 0) else {
            return Err(self.torn_or_damaged("the first line is not finished"));
        };
        let expected = Opening {
            format: FORMAT,
            first: self.n + 1,
            chain: self.chain,
        };
        match Frame::parse(&self.bytes[..end - 1]) {
            Some(Frame::Segment(found)) if found == expected => Ok(end),
            Some(Frame::Segment(found)) if found.format != FORMAT => {
                Err(self.damaged("the segment has a format this version does not know"))
            }
            Some(_) => Err(self.damaged("the segment does not follow the one before")),
            None => Err(self.torn_or_damaged("the first line opens no segment")),
        }
    }

    /// The commit line that ends the records starting at `from`: its start, its end, itself, and the records before it.
    fn find_commit(&self, from: usize) -> Result<(usize, usize, Commit, u64), Bad> {
        let (mut at, mut count) = (from, 0);
        while let Some(end) = line_end(self.bytes, at) {
            let line = &self.bytes[at..end - 1];
            if Frame::claims(line) {
                return match Frame::parse(line) {
                    Some(Frame::Commit(commit)) => Ok((at, end, commit, count)),
                    _ => Err(self.torn_or_damaged("the commit line of the batch cannot be read")),
                };
            }
            (at, count) = (end, count + 1);
        }
        Err(self.torn_or_damaged("the batch has no commit line"))
    }

    fn damaged(&self, why: &'static str) -> Bad {
        Bad {
            at: self.position(),
            why,
            torn: false,
        }
    }

    fn torn_or_damaged(&self, why: &'static str) -> Bad {
        Bad {
            at: self.position(),
            why,
            torn: !sound_commit_after(self.bytes, self.at),
        }
    }
}

/// Whether a batch that fits its checksum starts at `from` or later. One write is under way at a time, so a batch that is
/// sound after one that is not means that the first was sound once and acknowledged.
fn sound_commit_after(bytes: &[u8], from: usize) -> bool {
    let mut at = from;
    while let Some(end) = line_end(bytes, at) {
        if let Some(Frame::Commit(commit)) = Frame::parse(&bytes[at..end - 1]) {
            let start = usize::try_from(commit.bytes)
                .ok()
                .and_then(|bytes| at.checked_sub(bytes));
            let sound = |start| start >= from && Crc::of(&bytes[start..at]) == commit.crc;
            if start.is_some_and(sound) {
                return true;
            }
        }
        at = end;
    }
    false
}

/// Where the line that starts at `at` ends, its line break included.
pub(super) fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    use std::io::BufRead;
    let mut rest = bytes.get(at..)?;
    // Reading from memory cannot fail, and this finds line breaks with memchr.
    let skipped = rest.skip_until(b'\n').ok()?;
    (skipped > 0 && bytes[at + skipped - 1] == b'\n').then_some(at + skipped)
}
