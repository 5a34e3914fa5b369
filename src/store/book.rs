//! The address book: `people.jsonl`, one line per person, apart from the journal so that a person can be forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::crc::Crc;
use super::disk::{self, damaged, failed};
use crate::engine::ports::{Book, Fault, PERSON_MAX};
use crate::kit::PersonId;

/// A file smaller than this is not worth rewriting.
const COMPACT_FROM: u64 = 64 << 10;
/// What is put over the bytes of somebody who is forgotten.
const BLANK: u8 = b' ';

/// What a line begins with; 8 digits, [`CRC_END`] and the rest follow, and the CRC is over the rest.
const CRC_START: &[u8] = b"{\"crc\":\"";
const CRC_END: &[u8] = b"\",";
const REST_AT: usize = CRC_START.len() + Crc::DIGITS + CRC_END.len();

/// The address book in a file.
///
/// Changes are appended and synced, and the last line about a person counts: replacing the whole file by rename for each
/// new contact would write 20 MB for every greeting in a community of 100,000. The file is rewritten when more than half
/// of it is out of date.
///
/// Whoever is forgotten is blanked out where they stand, in every line there ever was: that costs as much as they wrote,
/// however many others are in the book. A line that says which bytes go is durable first, so that a crash in between
/// leaves no damage, and the next opening finishes the work. (What a file system keeps of overwritten bytes in its free
/// blocks is out of our reach.)
#[derive(Debug)]
pub struct FileBook {
    path: PathBuf,
    file: File,
    /// The sound bytes of the file; behind them lies only what a failed write left.
    len: u64,
    /// Where each person's lines are, the last of which counts.
    lines: BTreeMap<PersonId, Vec<Stretch>>,
    /// The bytes of the lines that count.
    live_bytes: u64,
}

/// Bytes of the file: where they begin, and how many they are, with the line break at their end.
type Stretch = (u64, u64);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    crc: Crc,
    id: PersonId,
    #[serde(borrow)]
    person: &'a RawValue,
}

#[derive(Serialize)]
struct Rest<'a> {
    id: PersonId,
    person: &'a RawValue,
}

/// What is forgotten, by its place alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gone {
    #[serde(rename = "crc")]
    _crc: Crc,
    gone: Vec<Stretch>,
}

/// What stands in a line.
enum Said<'a> {
    Person(PersonId, &'a str),
    Gone(Vec<Stretch>),
    Blank,
}

impl FileBook {
    /// Opens the book, creating it when it is missing. An unfinished last line is cut, and what was to be forgotten is;
    /// other damage is refused.
    pub fn open(path: &Path) -> Result<FileBook, Fault> {
        disk::remove(&draft_path(path))?;
        let file = disk::open(path)?;
        disk::sync_folder(&disk::parent(path))?;
        let mut book = FileBook {
            path: path.to_owned(),
            file,
            len: 0,
            lines: BTreeMap::new(),
            live_bytes: 0,
        };
        let bytes = std::fs::read(path).map_err(failed("read", path))?;
        let found = read(&bytes, path)?;
        for (id, _, stretch) in found.people {
            book.count(id, stretch);
        }
        book.len = found.len;
        if book.len < bytes.len() as u64 {
            let lost = bytes.len() as u64 - book.len;
            tracing::warn!(file = %path.display(), bytes = lost, "the address book ended in an unfinished line");
            book.cut()?;
        }
        if !found.unfinished.is_empty() {
            tracing::warn!(file = %path.display(), "somebody was not wholly forgotten yet; now they are");
            book.blank(&found.unfinished)?;
        }
        Ok(book)
    }

    /// Notes that this line is now the one that counts.
    fn count(&mut self, id: PersonId, stretch: Stretch) {
        let lines = self.lines.entry(id).or_default();
        let replaced = lines.last().map_or(0, |(_, len)| *len);
        lines.push(stretch);
        self.live_bytes = self.live_bytes + stretch.1 - replaced;
    }

    /// Removes what lies behind the sound bytes, durably.
    fn cut(&mut self) -> Result<(), Fault> {
        let cut = self
            .file
            .set_len(self.len)
            .and_then(|()| self.file.sync_all());
        cut.map_err(failed("cut", &self.path))
    }

    fn sound_bytes(&self) -> Result<Vec<u8>, Fault> {
        let mut bytes = vec![0; self.len as usize];
        self.file
            .read_exact_at(&mut bytes, 0)
            .map_err(failed("read", &self.path))?;
        Ok(bytes)
    }

    /// Writes behind the sound bytes, durably: all of it or nothing.
    fn append(&mut self, text: &[u8]) -> Result<(), Fault> {
        let written = self
            .file
            .write_all_at(text, self.len)
            .and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // If this fails too, the next write starts at the same place, and opening cuts what is left.
            let _ = self.cut();
            return Err(failed("write to", &self.path)(error));
        }
        self.len += text.len() as u64;
        Ok(())
    }

    /// Puts blanks over lines, durably; their line breaks stay.
    fn blank(&self, stretches: &[Stretch]) -> Result<(), Fault> {
        let over = |(at, len): &Stretch| {
            let blanks = vec![BLANK; (*len as usize).saturating_sub(1)];
            self.file.write_all_at(&blanks, *at)
        };
        let written = stretches.iter().try_for_each(over);
        written
            .and_then(|()| self.file.sync_data())
            .map_err(failed("forget somebody in", &self.path))
    }

    /// Writes the lines that count to a new file and puts it in the place of the old one.
    fn rewrite(&mut self) -> Result<(), Fault> {
        let bytes = self.sound_bytes()?;
        let (mut text, mut lines) = (Vec::new(), BTreeMap::new());
        for (id, stretches) in &self.lines {
            let Some((at, len)) = stretches.last() else {
                continue;
            };
            let line = bytes.get(*at as usize..(*at + *len) as usize);
            lines.insert(*id, vec![(text.len() as u64, *len)]);
            text.extend_from_slice(line.unwrap_or_default());
        }
        let draft = draft_path(&self.path);
        disk::remove(&draft)?;
        let file = disk::create(&draft)?;
        let written = file.write_all_at(&text, 0).and_then(|()| file.sync_all());
        let renamed = written.and_then(|()| std::fs::rename(&draft, &self.path));
        if let Err(error) = renamed {
            // On a full disk the half-written draft is what stands in the way.
            let _ = disk::remove(&draft);
            return Err(failed("rewrite", &self.path)(error));
        }
        (self.file, self.len, self.live_bytes) = (file, text.len() as u64, text.len() as u64);
        self.lines = lines;
        disk::sync_folder(&disk::parent(&self.path))
    }
}

impl Book for FileBook {
    fn load(&mut self) -> Result<Vec<(PersonId, String)>, Fault> {
        let bytes = self.sound_bytes()?;
        let mut people = BTreeMap::new();
        for (id, person, _) in read(&bytes, &self.path)?.people {
            people.insert(id, person.to_owned());
        }
        Ok(people.into_iter().collect())
    }

    fn put(&mut self, people: &[(PersonId, String)]) -> Result<(), Fault> {
        let mut text = Vec::new();
        let mut stretches = Vec::new();
        for (id, person) in people {
            let line = render(*id, person).map_err(failed("write to", &self.path))?;
            let at = self.len + text.len() as u64;
            stretches.push((*id, (at, line.len() as u64)));
            text.extend_from_slice(&line);
        }
        self.append(&text)?;
        for (id, stretch) in stretches {
            self.count(id, stretch);
        }
        if self.len > COMPACT_FROM && self.len / 2 > self.live_bytes {
            // What was put is durable already; a rewrite that fails is tried with the next change.
            if let Err(fault) = self.rewrite() {
                tracing::warn!(%fault, "the address book could not be made smaller");
            }
        }
        Ok(())
    }

    fn forget(&mut self, people: &[PersonId]) -> Result<(), Fault> {
        let known = people.iter().filter_map(|id| self.lines.get(id));
        let gone: Vec<Stretch> = known.flatten().copied().collect();
        if gone.is_empty() {
            return Ok(());
        }
        let rest = serde_json::to_vec(&serde_json::json!({ "gone": gone }));
        let rest = rest.map_err(|error| failed("write to", &self.path)(error.into()))?;
        self.append(&seal(&rest))?;
        self.blank(&gone)?;
        for id in people {
            let last = self
                .lines
                .remove(id)
                .and_then(|lines| lines.last().copied());
            self.live_bytes -= last.map_or(0, |(_, len)| len);
        }
        Ok(())
    }
}

/// Where a rewritten book grows before it takes the old one's name.
fn draft_path(path: &Path) -> PathBuf {
    path.with_extension("draft")
}

/// Reads the text about a person, which has to be JSON on one line and not too long.
pub(super) fn check(id: PersonId, person: &str) -> std::io::Result<&RawValue> {
    if person.len() > PERSON_MAX || person.contains('\n') {
        let why = format!("the text about {id} is not one line of at most {PERSON_MAX} bytes");
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, why));
    }
    Ok(serde_json::from_str(person)?)
}

fn render(id: PersonId, person: &str) -> std::io::Result<Vec<u8>> {
    let person = check(id, person)?;
    Ok(seal(&serde_json::to_vec(&Rest { id, person })?))
}

/// A line of a JSON object, with its checksum in front.
fn seal(object: &[u8]) -> Vec<u8> {
    let rest = object.get(1..).unwrap_or_default();
    let mut line = Vec::with_capacity(REST_AT + rest.len() + 1);
    line.extend_from_slice(CRC_START);
    line.extend_from_slice(Crc::of(rest).to_string().as_bytes());
    line.extend_from_slice(CRC_END);
    line.extend_from_slice(rest);
    line.push(b'\n');
    line
}

/// Reads a line with its line break; none when a byte of it was changed.
fn parse(line: &[u8]) -> Option<Said<'_>> {
    let line = line.strip_suffix(b"\n")?;
    if !line.is_empty() && line.iter().all(|byte| *byte == BLANK) {
        return Some(Said::Blank);
    }
    let start = line.get(..REST_AT)?;
    let crc = start
        .strip_prefix(CRC_START)?
        .strip_suffix(CRC_END)
        .and_then(Crc::parse)?;
    if crc != Crc::of(&line[REST_AT..]) {
        return None;
    }
    match serde_json::from_slice::<Line<'_>>(line) {
        Ok(line) => Some(Said::Person(line.id, line.person.get())),
        Err(_) => {
            let gone: Gone = serde_json::from_slice(line).ok()?;
            Some(Said::Gone(gone.gone))
        }
    }
}

/// What a book's bytes say.
struct Found<'a> {
    /// The people who are not forgotten, line by line.
    people: Vec<(PersonId, &'a str, Stretch)>,
    /// How many bytes are whole lines.
    len: u64,
    /// What was to be forgotten and is still there.
    unfinished: Vec<Stretch>,
}

/// Reads all lines. What is not ended by a line break is the torn end of the last write; any other line that does not fit
/// its checksum is damage, unless it was being forgotten.
fn read<'a>(bytes: &'a [u8], path: &Path) -> Result<Found<'a>, Fault> {
    let (mut people, mut gone, mut bad) = (Vec::new(), BTreeSet::new(), Vec::new());
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let stretch = (at, line.len() as u64);
        match parse(line) {
            Some(Said::Person(id, person)) => people.push((id, person, stretch)),
            Some(Said::Gone(stretches)) => gone.extend(stretches),
            Some(Said::Blank) => {}
            None if !line.ends_with(b"\n") => break,
            None => bad.push(stretch),
        }
        at += line.len() as u64;
    }
    if let Some((offset, _)) = bad.iter().find(|bad| !gone.contains(bad)) {
        let why = "this line about a person does not fit its checksum";
        return Err(damaged(path, *offset, why));
    }
    let mut unfinished = bad;
    let still = people.iter().map(|(_, _, stretch)| *stretch);
    unfinished.extend(still.filter(|stretch| gone.contains(stretch)));
    people.retain(|(_, _, stretch)| !gone.contains(stretch));
    Ok(Found {
        people,
        len: at,
        unfinished,
    })
}
