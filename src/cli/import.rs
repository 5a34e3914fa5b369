//! `referee import`: a full export becomes the journal of a new data folder.
//!
//! What is restored is the record: every match, every chain, every published hash stays what it was. People come back as
//! the ids that the record knows; their addresses are in the address book, which only a backup holds.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;

use super::export::{End, Trailer, is_trailer};
use super::ledger::Ledger;
use crate::engine::ports::{Entry, Journal};
use crate::engine::record;
use crate::kit::{PublicKey, sha256};
use crate::store::{DataFolder, FileJournal};

/// Records written with one sync.
const BATCH: usize = 1000;

/// Imports a file into a data folder, which must have no journal yet.
///
/// # Errors
/// A file that is no full export, or has a gap, a changed line or a broken chain; a folder with a journal; a disk that
/// takes no more. Nothing is written before all of the file was checked.
pub fn import(data: &Path, file: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let name = file.display();
    let text =
        fs::read_to_string(file).map_err(|error| format!("could not read {name}: {error}"))?;
    let found = check(&text, &[]).map_err(|why| format!("{name}, {why}"))?;
    let folder = DataFolder::lock(data)?;
    let taken = |path: &Path| fs::read_dir(path).is_ok_and(|mut names| names.next().is_some());
    if taken(&folder.journal()) {
        return Err(format!(
            "{} has a journal already; import into a new folder",
            data.display()
        )
        .into());
    }
    let mut journal = FileJournal::open(&folder.journal())?;
    let entries: Vec<Entry> = text
        .lines()
        .filter(|line| !is_trailer(line))
        .filter_map(entry)
        .collect();
    for batch in entries.chunks(BATCH) {
        journal.commit(batch)?;
    }
    writeln!(
        out,
        "{} records are imported into {}",
        found.records,
        data.display()
    )?;
    for line in found.aside {
        writeln!(out, "set aside, because it cannot be read: {line}")?;
    }
    Ok(())
}

fn entry(line: &str) -> Option<Entry> {
    let (n, stream) = record::head(line)?;
    let text = line.to_owned();
    Some(Entry { n, stream, text })
}

/// What a full export holds.
pub(super) struct Checked {
    /// How many records.
    pub records: u64,
    /// What cannot be read, one line each; the rest is sound.
    pub aside: Vec<String>,
}

/// Checks a full export from its first line to its last. With keys, whatever has to be signed has to be signed with one of
/// them.
pub(super) fn check(text: &str, keys: &[PublicKey]) -> Result<Checked, String> {
    let Some(end) = text.trim_end_matches('\n').rfind('\n').map(|at| at + 1) else {
        return Err("there is nothing here that `referee export --all` has written".to_owned());
    };
    let (lines, trailer) = text.split_at(end);
    let Ok(Trailer {
        export: End {
            records,
            sha256: sum,
        },
    }) = serde_json::from_str(trailer.trim_end_matches('\n'))
    else {
        return Err("the last line is missing: this is no full export (`referee export --all`), or its end was cut off".to_owned());
    };
    let mut ledger = Ledger::trusting(keys);
    for (number, line) in (1..).zip(lines.lines()) {
        if record::head(line).is_none() {
            return Err(format!("line {number}: this is no record of a journal"));
        }
        ledger
            .take(line)
            .map_err(|why| format!("line {number}: {why}"))?;
    }
    ledger.finish()?;
    if ledger.records() != records || sha256(&[lines.as_bytes()]) != sum {
        return Err("the lines are not those that the last line counts".to_owned());
    }
    Ok(Checked {
        records,
        aside: ledger.aside().lines(),
    })
}
