//! The journal's own lines, between which the records lie: the first of a segment and the last of a batch.

use serde::{Deserialize, Serialize};

use crate::kit::{Hash, sha256};
use crate::store::crc::Crc;

/// The version of the segment format; another one is refused, never guessed at.
pub(super) const FORMAT: u32 = 1;

/// No opening or commit line is longer: four numbers of 20 digits, a CRC, a hash and their names.
pub(super) const FRAME_MAX: usize = 320;

/// A line that belongs to the journal and not to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Frame {
    /// The first line of a segment.
    Segment(Opening),
    /// The last line of a batch.
    Commit(Commit),
}

/// What a segment starts from, so that it can be checked alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    /// [`FORMAT`].
    pub format: u32,
    /// The number of the segment's first record, as in its name.
    pub first: u64,
    /// The global chain hash before that record.
    pub chain: Hash,
}

/// The seal of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Commit {
    /// The number of the batch's last record.
    pub n: u64,
    /// How many records the batch holds.
    pub count: u64,
    /// How many bytes lie between the previous commit line (or the start of the file) and this one.
    pub bytes: u64,
    /// Over these bytes.
    pub crc: Crc,
    /// The global chain hash after the batch.
    pub chain: Hash,
}

impl Frame {
    /// Whether a line claims to be a frame; records begin with `{"pub":`.
    pub fn claims(line: &[u8]) -> bool {
        line.starts_with(b"{\"commit\":") || line.starts_with(b"{\"segment\":")
    }

    /// Reads a line without its line break; only the exact bytes that [`Frame::push`] writes are accepted.
    pub fn parse(line: &[u8]) -> Option<Frame> {
        if line.len() > FRAME_MAX || !Frame::claims(line) {
            return None;
        }
        let frame: Frame = serde_json::from_slice(line).ok()?;
        (serde_json::to_vec(&frame).ok()? == line).then_some(frame)
    }

    /// Appends the line and its line break.
    pub fn push(&self, buffer: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(&mut *buffer, self)?;
        buffer.push(b'\n');
        Ok(())
    }
}

/// The global chain: SHA-256 over the hash before, then the bytes of a batch's record lines with their line breaks.
pub(in crate::store) fn chain(before: Hash, lines: &[u8]) -> Hash {
    sha256(&[&before.0, lines])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_read_back_and_take_no_other_spelling() {
        let opening = Opening {
            format: FORMAT,
            first: u64::MAX,
            chain: Hash([255; 32]),
        };
        let commit = Commit {
            n: u64::MAX,
            count: u64::MAX,
            bytes: u64::MAX,
            crc: Crc(7),
            chain: Hash::ZERO,
        };
        for frame in [Frame::Segment(opening), Frame::Commit(commit)] {
            let mut line = Vec::new();
            frame.push(&mut line).unwrap();
            assert!(line.len() <= FRAME_MAX);
            assert_eq!(line.pop(), Some(b'\n'));
            assert_eq!(Frame::parse(&line), Some(frame));
            line.insert(10, b' ');
            assert_eq!(Frame::parse(&line), None);
        }
    }
}
