//! `referee backup`: a consistent copy of journal and address book, of a running referee too.
//!
//! Journal files only grow, so a copy that ends behind an acknowledged batch is a journal as it was at that moment. The
//! address book is copied after it: people are written there before the records that name them.

use std::error::Error;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::engine::ports::Journal;
use crate::store::{FileBook, FileJournal};

/// Copies a data folder to a place that does not exist yet, or is empty.
///
/// # Errors
/// A folder without a journal, a destination that is in use, a damaged journal, a disk that takes no more.
pub fn backup(data: &Path, to: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let journal = data.join("journal");
    if !journal.is_dir() {
        return Err(format!("{}: there is no journal here", data.display()).into());
    }
    if fs::read_dir(to).is_ok_and(|mut names| names.next().is_some()) || to.is_file() {
        return Err(format!(
            "{} is not empty; a backup needs a place of its own",
            to.display()
        )
        .into());
    }
    let copied = to.join("journal");
    make_folder(&copied)?;
    for segment in segments(&journal)? {
        let name = segment.file_name().unwrap_or_default();
        copy(&segment, &copied.join(name))?;
    }
    let book = data.join("people.jsonl");
    if book.is_file() {
        copy(&book, &to.join("people.jsonl"))?;
    }
    let key = data.join("referee.key");
    if key.is_file() {
        copy(&key, &to.join("referee.key"))?;
    }
    // Opening cuts what was being written while it was copied, and refuses what is damaged.
    let mark = FileJournal::open(&copied)?.mark();
    FileBook::open(&to.join("people.jsonl"))?;
    for folder in [&copied, to] {
        File::open(folder)?.sync_all()?;
    }
    writeln!(
        out,
        "{} records and the address book are copied to {}",
        mark.n,
        to.display()
    )?;
    writeln!(
        out,
        "Keep it as safe as the original: it holds sealed cards and choices, and people's addresses{}.",
        if key.is_file() {
            ", and the signing key"
        } else {
            ""
        }
    )?;
    writeln!(
        out,
        "To restore, stop the referee and put these files in the place of its data folder's."
    )?;
    Ok(())
}

/// The segments in the order of their records, which is that of their names.
fn segments(journal: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for name in fs::read_dir(journal)? {
        let path = name?.path();
        if path.extension().is_some_and(|end| end == "log") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn make_folder(path: &Path) -> Result<(), Box<dyn Error>> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    Ok(made.map_err(|error| format!("could not create {}: {error}", path.display()))?)
}

fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    let failed = |error: io::Error| {
        format!(
            "could not copy {} to {}: {error}",
            from.display(),
            to.display()
        )
    };
    let mut source = File::open(from).map_err(failed)?;
    let mut options = OpenOptions::new();
    let mut copy = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(failed)?;
    io::copy(&mut source, &mut copy).map_err(failed)?;
    copy.sync_all().map_err(failed)?;
    Ok(())
}
