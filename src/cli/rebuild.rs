//! `referee rebuild`: throws the views away and builds them again from the journal.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use crate::engine::ports::Views;
use crate::engine::{Accept, Engine, record};
use crate::kit::Timestamp;
use crate::store::{self, DataFolder, SledViews};

/// Rebuilds the views of a data folder on which no referee works; the old ones are moved aside.
///
/// # Errors
/// A folder in use, a journal that is missing, empty or damaged, a disk that takes no more.
pub fn rebuild(
    data: &Path,
    now: Timestamp,
    accept: Accept,
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let journal = data.join("journal");
    if !journal.is_dir() {
        return Err(format!("{}: there is no journal here", data.display()).into());
    }
    let (folder, mut ports) = DataFolder::open(data, now)?;
    writeln!(out, "checking the journal")?;
    let (mut domain, began) = (None, Instant::now());
    let found = store::inspect(&journal, &mut |entry, _| {
        if domain.is_none()
            && let Ok(line) = record::read(&entry.text)
        {
            domain = line
                .public
                .s
                .rsplit_once('@')
                .map(|(_, domain)| domain.to_owned());
        }
        Ok(())
    })?;
    // The old views are the last that know what is missing.
    accept
        .check_journal(&mut ports)
        .map_err(|fault| fault.within(data))?;
    let Some(domain) = domain else {
        return Err(format!(
            "{}: the journal is empty, there is nothing to rebuild from",
            data.display()
        )
        .into());
    };
    writeln!(
        out,
        "{} records are sound; rebuilding the views",
        found.mark.n
    )?;
    ports.views.reset(now)?;
    let engine = Engine::open_with(&domain, ports, now, accept);
    drop(engine.map_err(|fault| fault.within(data))?);
    let known = SledViews::open(&folder.views(), now)?.mark()?;
    if known.is_none_or(|known| known.n < found.mark.n) {
        return Err("the views could not be written; is the disk full?".into());
    }
    writeln!(
        out,
        "the views are rebuilt from {} records in {:.1} s",
        found.mark.n,
        began.elapsed().as_secs_f64()
    )?;
    Ok(())
}
