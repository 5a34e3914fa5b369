//! The heartbeat: a file of a few bytes that is written over and over and never synced.
//!
//! It survives `kill -9`, because the kernel has it, and not a power cut; it tells how long the referee was away.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::crc::Crc;
use super::disk;
use crate::engine::ports::{Fault, Pulse};
use crate::kit::Timestamp;

/// Milliseconds in 20 digits, a space, the CRC of these digits, a line break: always the same length, so that a beat
/// replaces the one before it.
const BEAT_BYTES: usize = DIGITS + 1 + Crc::DIGITS + 1;
const DIGITS: usize = 20;

/// A heartbeat kept in a file.
#[derive(Debug)]
pub struct FilePulse {
    file: File,
    last: Option<Timestamp>,
}

impl FilePulse {
    /// Opens the file, creating it when it is missing. A beat that was torn or damaged counts as none.
    pub fn open(path: &Path) -> Result<FilePulse, Fault> {
        let file = disk::open(path)?;
        let mut beat = [0; BEAT_BYTES];
        let last = file
            .read_exact_at(&mut beat, 0)
            .ok()
            .and_then(|()| parse(&beat));
        Ok(FilePulse { file, last })
    }
}

impl Pulse for FilePulse {
    fn last(&self) -> Option<Timestamp> {
        self.last
    }

    fn beat(&mut self, now: Timestamp) {
        // A beat that fails is the next one's affair, as the port promises.
        let _ = self.file.write_all_at(render(now).as_bytes(), 0);
    }
}

fn render(now: Timestamp) -> String {
    let digits = format!("{:020}", now.0);
    let crc = Crc::of(digits.as_bytes());
    format!("{digits} {crc}\n")
}

fn parse(beat: &[u8; BEAT_BYTES]) -> Option<Timestamp> {
    let (digits, rest) = beat.split_at(DIGITS);
    let crc = Crc::parse(rest.strip_prefix(b" ")?.strip_suffix(b"\n")?)?;
    if crc != Crc::of(digits) {
        return None;
    }
    std::str::from_utf8(digits)
        .ok()?
        .parse()
        .ok()
        .map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_fits_and_no_changed_byte_passes() {
        for now in [i64::MIN, -1, 0, 1_700_000_000_000, i64::MAX] {
            let beat: [u8; BEAT_BYTES] = render(Timestamp(now)).into_bytes().try_into().unwrap();
            assert_eq!(parse(&beat), Some(Timestamp(now)));
            for i in 0..BEAT_BYTES {
                let mut torn = beat;
                torn[i] ^= 1;
                assert_eq!(parse(&torn), None, "byte {i} of {now}");
            }
        }
    }
}
