//! `referee import --owner JID FILE`: a clan from another referee is founded here, with its record as history.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;

use super::audit::audit_clan;
use crate::clans::bare_jid;
use crate::engine::{Engine, record};
use crate::kit::{ClanTag, Timestamp};
use crate::store::{self, DataFolder};

/// Which clan comes to whom.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Settler {
    /// The file is the record of one clan (`referee export --clan`, or the form of `clan export`), and the person with this
    /// JID owns it here.
    #[arg(long, value_name = "JID")]
    pub owner: Option<String>,
    /// The tag it has here, where its own is taken.
    #[arg(long, requires = "owner", value_parser = clan_tag)]
    pub tag: Option<ClanTag>,
}

/// Reads a clan's tag.
pub fn clan_tag(text: &str) -> Result<ClanTag, String> {
    let text = text.strip_prefix("clan-").unwrap_or(text);
    text.parse()
        .map_err(|()| "clans are named by their tag, such as wolves".to_owned())
}

/// Founds a clan in the data folder of a referee that does not run at the moment.
///
/// # Errors
/// A record that is not sound, an owner who is no JID, a tag or name that is taken here, a folder in use, and a disk that
/// takes no more. Nothing is written before all of the record was checked.
pub fn import_clan(
    data: &Path,
    file: &Path,
    settler: &Settler,
    now: Timestamp,
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let name = file.display();
    let text =
        fs::read_to_string(file).map_err(|error| format!("could not read {name}: {error}"))?;
    let lines: Vec<&str> = text.lines().collect();
    let report = audit_clan(&lines).map_err(|bad| format!("{name}, {bad}"))?;
    let owner = settler.owner.as_deref().and_then(bare_jid);
    let owner = owner.ok_or("--owner takes the JID of a person, such as anna@example.org")?;
    let tag = settler.tag.unwrap_or(report.tag);
    let domain = domain(data)?;
    if report.domain == domain {
        return Err(format!("{name} is the record of a clan of {domain} itself").into());
    }
    let (_folder, ports) = DataFolder::open(data, now)?;
    let mut engine = Engine::open(&domain, ports, now)?;
    engine.begin(now);
    let owned: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let desk = engine.desk();
    let founded = desk
        .meet(&owner, false)
        .and_then(|owner| desk.import_clan(owner, tag, &owned));
    let left = founded.map_err(|no| no.to_string())?;
    engine.commit()?;
    engine.checkpoint();
    writeln!(
        out,
        "the clan {tag} is founded anew and owned by {owner}; {} lines of its record on {} are its history",
        report.lines, report.domain
    )?;
    for what in left {
        writeln!(out, "left out: {what}")?;
    }
    Ok(())
}

/// The domain of the referee that wrote a journal.
fn domain(data: &Path) -> Result<String, Box<dyn Error>> {
    let journal = data.join("journal");
    let mut domain = None;
    if journal.is_dir() {
        store::inspect(&journal, &mut |entry, _| {
            if domain.is_none()
                && let Ok(line) = record::read(&entry.text)
            {
                let (_, of) = line.public.s.rsplit_once('@').unwrap_or_default();
                domain = Some(of.to_owned());
            }
            Ok(())
        })?;
    }
    domain.ok_or_else(|| {
        format!(
            "{}: there is no journal here; start the referee once before a clan comes to it",
            data.display()
        )
        .into()
    })
}
