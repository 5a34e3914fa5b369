//! The address book: `people.jsonl`, one line per person, apart from the journal so that a person can be forgotten.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::crc::Crc;
use super::disk::{self, damaged, failed};
use crate::engine::ports::{Book, Fault};
use crate::kit::PersonId;

/// The longest text about one person; a profile is a tenth of it.
pub const PERSON_MAX: usize = 64 << 10;

/// A file smaller than this is not worth rewriting.
const COMPACT_FROM: u64 = 64 << 10;

/// What a line begins with; 8 digits, [`CRC_END`] and the rest follow, and the CRC is over the rest.
const CRC_START: &[u8] = b"{\"crc\":\"";
const CRC_END: &[u8] = b"\",";
const REST_AT: usize = CRC_START.len() + Crc::DIGITS + CRC_END.len();

/// The address book in a file.
///
/// Changes are appended and synced, and the last line about a person counts: replacing the whole file by rename for each
/// new contact would write 20 MB for every greeting in a community of 100,000. The file is rewritten when more than half
/// of it is out of date, and whenever somebody is forgotten, because then no byte about them may stay in it. (What the
/// file system keeps of a removed file in its free blocks is out of our reach.)
#[derive(Debug)]
pub struct FileBook {
    path: PathBuf,
    file: File,
    /// The sound bytes of the file; behind them lies only what a failed write left.
    len: u64,
    /// The length of the line that counts, per person.
    live: BTreeMap<PersonId, u64>,
    /// Their sum.
    live_bytes: u64,
}

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

impl FileBook {
    /// Opens the book, creating it when it is missing. An unfinished last line is cut; damage before it is refused.
    pub fn open(path: &Path) -> Result<FileBook, Fault> {
        disk::remove(&draft_path(path))?;
        let file = disk::open(path)?;
        disk::sync_folder(&disk::parent(path))?;
        let (live, live_bytes) = (BTreeMap::new(), 0);
        let mut book = FileBook {
            path: path.to_owned(),
            file,
            len: 0,
            live,
            live_bytes,
        };
        let bytes = std::fs::read(path).map_err(failed("read", path))?;
        book.len = each_line(&bytes, path, |id, _, line| {
            book.count(id, line.len() as u64)
        })?;
        if book.len < bytes.len() as u64 {
            let lost = bytes.len() as u64 - book.len;
            tracing::warn!(file = %path.display(), bytes = lost, "the address book ended in an unfinished line");
            book.cut()?;
        }
        Ok(book)
    }

    /// Notes that a line of this length is now the one that counts.
    fn count(&mut self, id: PersonId, len: u64) {
        let replaced = self.live.insert(id, len).unwrap_or(0);
        self.live_bytes = self.live_bytes + len - replaced;
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

    /// Writes the lines that count, but for those of `forgotten`, to a new file and puts it in the place of the old one.
    fn rewrite(&mut self, forgotten: &[PersonId]) -> Result<(), Fault> {
        let bytes = self.sound_bytes()?;
        let mut kept = BTreeMap::new();
        each_line(&bytes, &self.path, |id, _, line| {
            kept.insert(id, line);
        })?;
        kept.retain(|id, _| !forgotten.contains(id));
        let text = kept.values().copied().collect::<Vec<_>>().concat();
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
        self.live = kept
            .into_iter()
            .map(|(id, line)| (id, line.len() as u64))
            .collect();
        disk::sync_folder(&disk::parent(&self.path))
    }
}

impl Book for FileBook {
    fn load(&mut self) -> Result<Vec<(PersonId, String)>, Fault> {
        let bytes = self.sound_bytes()?;
        let mut people = BTreeMap::new();
        each_line(&bytes, &self.path, |id, person, _| {
            people.insert(id, person.to_owned());
        })?;
        Ok(people.into_iter().collect())
    }

    fn put(&mut self, people: &[(PersonId, String)]) -> Result<(), Fault> {
        let mut text = Vec::new();
        let mut lengths = Vec::new();
        for (id, person) in people {
            let line = render(*id, person).map_err(failed("write to", &self.path))?;
            lengths.push((*id, line.len() as u64));
            text.extend_from_slice(&line);
        }
        let written = self
            .file
            .write_all_at(&text, self.len)
            .and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // If this fails too, the next write starts at the same place, and opening cuts what is left.
            let _ = self.cut();
            return Err(failed("write to", &self.path)(error));
        }
        self.len += text.len() as u64;
        for (id, len) in lengths {
            self.count(id, len);
        }
        if self.len > COMPACT_FROM && self.len / 2 > self.live_bytes {
            self.rewrite(&[])?;
        }
        Ok(())
    }

    fn forget(&mut self, people: &[PersonId]) -> Result<(), Fault> {
        self.rewrite(people)
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
    let rest = serde_json::to_vec(&Rest { id, person })?;
    let rest = rest.get(1..).unwrap_or_default();
    let mut line = Vec::with_capacity(REST_AT + rest.len() + 1);
    line.extend_from_slice(CRC_START);
    line.extend_from_slice(Crc::of(rest).to_string().as_bytes());
    line.extend_from_slice(CRC_END);
    line.extend_from_slice(rest);
    line.push(b'\n');
    Ok(line)
}

/// Reads a line with its line break; none when a byte of it was changed.
fn parse(line: &[u8]) -> Option<(PersonId, &str)> {
    let line = line.strip_suffix(b"\n")?;
    let start = line.get(..REST_AT)?;
    let crc = start
        .strip_prefix(CRC_START)?
        .strip_suffix(CRC_END)
        .and_then(Crc::parse)?;
    if crc != Crc::of(&line[REST_AT..]) {
        return None;
    }
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    Some((line.id, line.person.get()))
}

/// Calls `each` with every line, and returns how many bytes are whole lines. What is not ended by a line break is the torn
/// end of the last write; any other line that does not fit its checksum is damage.
fn each_line<'a>(
    bytes: &'a [u8],
    path: &Path,
    mut each: impl FnMut(PersonId, &'a str, &'a [u8]),
) -> Result<u64, Fault> {
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match parse(line) {
            Some((id, person)) => each(id, person, line),
            None if !line.ends_with(b"\n") => break,
            None => {
                let why = "this line about a person does not fit its checksum";
                return Err(damaged(path, at, why));
            }
        }
        at += line.len() as u64;
    }
    Ok(at)
}
