//! `referee export`: the records of matches as lines that anybody can check, or the whole journal to move it elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::import_clan::clan_tag;
use crate::engine::ports::Fault;
use crate::engine::{Decided, What, known_to_all, read_decided, record};
use crate::kit::{ClanTag, Hash, MatchId, Stream};
use crate::matches::Event;
use crate::store;

/// What to export.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Selection {
    /// Only this match, such as m42; may be given several times.
    #[arg(long = "match", value_parser = match_id)]
    matches: Vec<MatchId>,
    /// Only this clan, such as wolves: its whole record, the pages that are for members included; may be given several
    /// times.
    #[arg(long = "clan", value_parser = clan_tag)]
    clans: Vec<ClanTag>,
    /// With the sealed halves of matches that are over. They show cards that were never opened in play.
    #[arg(long)]
    sealed: bool,
    /// Everything there is, for `referee import`: every stream and every sealed half, those of live matches included.
    /// Whoever has this file knows every card.
    #[arg(long, conflicts_with_all = ["matches", "clans", "sealed"])]
    all: bool,
}

/// The last line of a full export: nothing before it is missing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trailer {
    pub export: End,
}

/// How many records there are, and SHA-256 over their lines with line feeds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub records: u64,
    pub sha256: Hash,
}

fn match_id(text: &str) -> Result<MatchId, String> {
    text.parse()
        .map_err(|()| "matches are named m1, m2 and so on".to_owned())
}

/// Whether a line ends a full export.
pub(super) fn is_trailer(line: &str) -> bool {
    line.starts_with("{\"export\":")
}

/// Writes the export of a data folder; the referee may run meanwhile.
///
/// # Errors
/// A journal that cannot be read or is damaged, a match that is not there, and an output that takes no more.
pub fn export(data: &Path, args: &Selection, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let journal = data.join("journal");
    if !journal.is_dir() {
        return Err(format!("{}: there is no journal here", data.display()).into());
    }
    if args.all {
        return everything(&journal, out);
    }
    // Sealed halves go out only of matches that were over before the first line is written.
    let over = if args.sealed {
        over(&journal)?
    } else {
        BTreeSet::new()
    };
    let late = late(&journal)?;
    let mut missing: BTreeSet<Stream> = args.matches.iter().copied().map(Stream::Match).collect();
    missing.extend(args.clans.iter().copied().map(Stream::Clan));
    let all_matches = missing.is_empty();
    each_line(&journal, &mut |stream, text| {
        missing.remove(&stream);
        let id = match stream {
            Stream::Match(id) => id,
            Stream::Clan(tag) if args.clans.contains(&tag) => {
                writeln!(out, "{}", record::open_half(text)?)?;
                return Ok(());
            }
            _ => return Ok(()),
        };
        if !all_matches && !args.matches.contains(&id) {
            return Ok(());
        }
        if let Some(known) = late.get(&id)
            && record::read(text)?.public.v > *known
        {
            return Ok(());
        }
        if over.contains(&id) {
            writeln!(out, "{text}")?;
        } else {
            writeln!(out, "{}", record::open_half(text)?)?;
        }
        Ok(())
    })?;
    match missing.first() {
        Some(Stream::Clan(tag)) => {
            Err(format!("there is no clan {tag} in {}", data.display()).into())
        }
        Some(id) => Err(format!("there is no match {id} in {}", data.display()).into()),
        None => Ok(()),
    }
}

fn everything(journal: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let (mut records, mut sum) = (0, Sha256::new());
    each_line(journal, &mut |_, text| {
        records += 1;
        sum.update(text.as_bytes());
        sum.update(b"\n");
        writeln!(out, "{text}")?;
        Ok(())
    })?;
    let sha256 = Hash(sum.finalize().into());
    let trailer = Trailer {
        export: End { records, sha256 },
    };
    writeln!(out, "{}", serde_json::to_string(&trailer)?)?;
    Ok(())
}

/// Matches that spectators see late and that are not over, with the last record that everybody may know.
fn late(journal: &Path) -> Result<BTreeMap<MatchId, u64>, Box<dyn Error>> {
    let mut histories: BTreeMap<MatchId, Vec<Decided>> = BTreeMap::new();
    each_line(journal, &mut |stream, text| {
        let Stream::Match(id) = stream else {
            return Ok(());
        };
        // Only the first line has terms, and only few have a delay: the others need not be read.
        if !histories.contains_key(&id) && !text.contains("\"delay\":") {
            return Ok(());
        }
        let Ok((decided, _)) = read_decided(text, 0) else {
            // What cannot be read cannot be judged: it, and what follows, is for nobody yet.
            histories.entry(id).or_default();
            return Ok(());
        };
        let What::Match { made, .. } = &decided.what else {
            return Ok(());
        };
        let begins = made.events.iter().any(|event| match event {
            Event::Challenged { terms, .. } | Event::Opened { terms, .. } => terms.delay.is_some(),
            _ => false,
        });
        let ends = |event: &Event| matches!(event, Event::Over { .. });
        if made.events.iter().any(ends) {
            histories.remove(&id);
        } else if begins || histories.contains_key(&id) {
            histories.entry(id).or_default().push(decided);
        }
        Ok(())
    })?;
    let known = histories.into_iter();
    Ok(known
        .map(|(id, history)| (id, known_to_all(&history)))
        .collect())
}

fn over(journal: &Path) -> Result<BTreeSet<MatchId>, Box<dyn Error>> {
    let mut over = BTreeSet::new();
    each_line(journal, &mut |stream, text| {
        if let Stream::Match(id) = stream
            && let Ok((decided, _)) = read_decided(text, 0)
            && let What::Match { made, .. } = decided.what
            && made
                .events
                .iter()
                .any(|event| matches!(event, Event::Over { .. }))
        {
            over.insert(id);
        }
        Ok(())
    })?;
    Ok(over)
}

type Each<'a> = &'a mut dyn FnMut(Stream, &str) -> Result<(), Box<dyn Error>>;

/// Reads the journal; an error of `each` ends that and is what comes out.
fn each_line(journal: &Path, each: Each<'_>) -> Result<(), Box<dyn Error>> {
    let mut stopped = None;
    let read = store::inspect(journal, &mut |entry, _| {
        each(entry.stream, &entry.text).map_err(|error| {
            stopped = Some(error);
            Fault::Fold {
                n: entry.n,
                why: "it could not be exported".to_owned(),
            }
        })
    });
    match (stopped, read) {
        (Some(error), _) => Err(error),
        (None, read) => Ok(read.map(|_| ())?),
    }
}
