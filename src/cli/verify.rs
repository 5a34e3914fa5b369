//! `referee verify`: checks records and whole data folders, offline, with nothing but what it is given.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::audit::{Objection, Signing, audit, audit_clan};
use super::export::is_trailer;
use super::ledger::Ledger;
use crate::engine::ports::Fault;
use crate::engine::record;
use crate::kit::{Hash, PublicKey};
use crate::store;

/// What to verify.
#[derive(Clone, Debug, clap::Args)]
pub struct Verify {
    /// Records as `record` or `export` give them, data folders, or journal folders.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The hash of the last line, from a published event or a player: nothing can have been cut off behind it.
    #[arg(long)]
    head: Option<String>,
    /// A public key of the referee, in base64 as its disco and `referee key show` give it; may be given several times.
    /// A record that another key signed is refused then, and so is a match that was played to an end that nobody signed.
    #[arg(long)]
    key: Vec<String>,
    /// A file of such keys, as `referee key show` prints them.
    #[arg(long)]
    keys: Vec<PathBuf>,
}

/// Checks everything, and says one line per match or folder.
///
/// # Errors
/// Names the first file and line that cannot stand, and why; [`KeyNotChecked`] when all can, and the keys given were of no
/// use for something.
pub fn verify(args: &Verify, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let head = match &args.head {
        None => None,
        Some(text) => Some(
            text.parse::<Hash>()
                .map_err(|()| "--head takes 64 lower-case hexadecimal digits")?,
        ),
    };
    let mut judge = Judge {
        head,
        trusted: trusted(args)?,
        unsigned: None,
        aside: 0,
        out,
    };
    for path in &args.paths {
        if path.is_dir() {
            judge.folder(path)?;
        } else {
            judge.file(path)?;
        }
    }
    match (judge.aside, judge.unsigned) {
        (0, None) => Ok(()),
        (0, Some(what)) => Err(KeyNotChecked(what).into()),
        (n, _) => Err(format!("{n} of these records cannot be read, so they could not be checked; everything else is sound").into()),
    }
}

fn soundness(all: bool) -> &'static str {
    match all {
        true => "sound.",
        false => "not all of it can be read.",
    }
}

/// The keys that were given.
fn trusted(args: &Verify) -> Result<Vec<PublicKey>, String> {
    let mut keys = Vec::new();
    for text in &args.key {
        let key = text.parse();
        keys.push(key.map_err(|()| "--key takes a public key: 44 characters of base64")?);
    }
    for path in &args.keys {
        let name = path.display();
        let text =
            fs::read_to_string(path).map_err(|error| format!("could not read {name}: {error}"))?;
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let key = line.split_whitespace().find_map(|word| word.parse().ok());
            keys.push(
                key.ok_or_else(|| format!("{name}, line {number}: there is no public key in it"))?,
            );
        }
    }
    if keys.is_empty() && !args.keys.is_empty() {
        return Err("there is no key in the file that --keys names".to_owned());
    }
    Ok(keys)
}

/// Nothing wrong was found, but a key was given and not all that was given is signed. The exit status says so.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0}: not signed, key not checked. Only the end of a match that was played is signed; nothing here says who wrote this."
)]
pub struct KeyNotChecked(String);

/// The status of [`KeyNotChecked`]: neither sound by that key nor wrong.
pub const KEY_NOT_CHECKED: u8 = 3;

/// Whose key signed, as far as the keys given can tell.
pub(super) fn whose(signing: Signing, trusted: &[PublicKey]) -> Result<&'static str, String> {
    match signing {
        Signing::By(key) if trusted.contains(&key) => Ok("The key is one of those given."),
        Signing::By(key) if !trusted.is_empty() => Err(format!(
            "it is signed with key {}, which is none of the keys given",
            key.id()
        )),
        Signing::By(_) => {
            Ok("The key is the record's own claim; give --key or --keys to know whose it is.")
        }
        Signing::Unsigned if !trusted.is_empty() => Err(
            "the match is over and its end is not signed, so none of the keys given stands behind it"
                .to_owned(),
        ),
        Signing::Unsigned | Signing::NotOver | Signing::NothingPlayed => Ok(""),
    }
}

/// What the command was given, and where it says what it found.
struct Judge<'a> {
    head: Option<Hash>,
    trusted: Vec<PublicKey>,
    /// What was found sound and is signed by nobody, though keys were given.
    unsigned: Option<String>,
    /// How many streams could not be checked.
    aside: usize,
    out: &'a mut dyn Write,
}

impl Judge<'_> {
    fn folder(&mut self, path: &Path) -> Result<(), Box<dyn Error>> {
        let inside = path.join("journal");
        let journal = if inside.is_dir() {
            inside
        } else {
            path.to_owned()
        };
        let is_segment =
            |name: &fs::DirEntry| name.path().extension().is_some_and(|end| end == "log");
        if !fs::read_dir(&journal)?
            .flatten()
            .any(|name| is_segment(&name))
        {
            return Err(format!("{}: there is no journal here", path.display()).into());
        }
        let mut ledger = Ledger::trusting(&self.trusted);
        let found = store::inspect(&journal, &mut |entry, _| {
            ledger
                .take(&entry.text)
                .map_err(|why| Fault::Fold { n: entry.n, why })
        })
        .map_err(|fault| format!("{}: {}", path.display(), with_causes(&fault)))?;
        let live = ledger
            .finish()
            .map_err(|why| format!("{}: {why}", path.display()))?;
        writeln!(
            self.out,
            "{}: {} {} records, {} finished matches, {live} others; chain {}",
            path.display(),
            soundness(ledger.aside().is_empty()),
            found.mark.n,
            ledger.finished,
            found.mark.chain
        )?;
        if !self.trusted.is_empty() {
            writeln!(
                self.out,
                "Every match that was played to its end is signed with a key that was given. Nothing else is signed."
            )?;
        }
        if found.unsealed > 0 {
            let bytes = found.unsealed;
            writeln!(
                self.out,
                "{bytes} bytes at the end are no acknowledged batch: a write that is under way, or was cut off."
            )?;
        }
        self.say_aside(&ledger.aside().lines())
    }

    fn file(&mut self, path: &Path) -> Result<(), Box<dyn Error>> {
        let name = path.display().to_string();
        let text =
            fs::read_to_string(path).map_err(|error| format!("could not read {name}: {error}"))?;
        if text.lines().next_back().is_some_and(is_trailer) {
            let full = super::import::check(&text, &self.trusted)
                .map_err(|why| format!("{name}, {why}"))?;
            let (records, word) = (full.records, soundness(full.aside.is_empty()));
            writeln!(
                self.out,
                "{name}: {word} A full export of {records} records"
            )?;
            return self.say_aside(&full.aside);
        }
        let matches = by_match(&text).map_err(|why| format!("{name}, {why}"))?;
        if matches.is_empty() {
            return Err(format!("{name}: there is no record here").into());
        }
        if self.head.is_some() && matches.len() > 1 {
            return Err(format!(
                "{name}: --head is for one record, and there are {}",
                matches.len()
            )
            .into());
        }
        for (stream, lines) in matches {
            let found = self.one(&name, &stream, &lines)?;
            if self.head.is_some_and(|head| head != found) {
                return Err(format!(
                    "{name}: the record does not end with that hash: the end was cut off or changed"
                )
                .into());
            }
        }
        Ok(())
    }

    /// Checks one record, and gives the hash of its last line.
    fn one(
        &mut self,
        name: &str,
        stream: &str,
        lines: &[(usize, &str)],
    ) -> Result<Hash, Box<dyn Error>> {
        let texts: Vec<&str> = lines.iter().map(|(_, text)| *text).collect();
        let named = |bad: Objection| {
            let line = lines.get(bad.line - 1).map_or(0, |(line, _)| *line);
            format!(
                "{name}, line {line} ({stream}, record {}): {}",
                bad.line, bad.why
            )
        };
        if stream.starts_with("clan-") {
            let report = audit_clan(&texts).map_err(named)?;
            writeln!(self.out, "{report}")?;
            self.not_signed(name, stream);
            return Ok(report.head);
        }
        let report = audit(&texts).map_err(named)?;
        let whose = whose(report.signing, &self.trusted)
            .map_err(|why| format!("{name}, {stream}: {why}"))?;
        writeln!(self.out, "{}", format!("{report}. {whose}").trim_end())?;
        if matches!(report.signing, Signing::NotOver | Signing::NothingPlayed) {
            self.not_signed(name, stream);
        }
        Ok(report.head)
    }

    /// Says what could not be checked.
    fn say_aside(&mut self, lines: &[String]) -> Result<(), Box<dyn Error>> {
        self.aside += lines.len();
        for line in lines {
            writeln!(self.out, "set aside, because it cannot be read: {line}")?;
        }
        Ok(())
    }

    fn not_signed(&mut self, name: &str, stream: &str) {
        if !self.trusted.is_empty() && self.unsigned.is_none() {
            self.unsigned = Some(format!("{name}, {stream}"));
        }
    }
}

fn with_causes(fault: &Fault) -> String {
    match fault.source() {
        Some(source) => format!("{fault}: {source}"),
        None => fault.to_string(),
    }
}

/// The lines of each stream, with their numbers in the file.
type ByMatch<'a> = BTreeMap<String, Vec<(usize, &'a str)>>;

fn by_match(text: &str) -> Result<ByMatch<'_>, String> {
    let mut matches = ByMatch::new();
    for (number, line) in (1..).zip(text.lines()) {
        let read = record::read_strict(line).map_err(|bad| format!("line {number}: {bad}"))?;
        let stream = read.public.s.into_owned();
        matches.entry(stream).or_default().push((number, line));
    }
    Ok(matches)
}
