//! A child process that writes and says what is acknowledged, and killing it.
//!
//! The child is this test binary again: it runs the test [`child`] with a folder in its environment.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child as Process, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use xmpp_referee::engine::ports::{Book, Entry, Fault, Journal, Mark, Views};
use xmpp_referee::kit::{Hash, PersonId};
use xmpp_referee::store::{DataFolder, FileBook, FileJournal, SledViews, inspect};

use crate::kit::{NOW, entries, entry};

const FOLDER: &str = "REFEREE_STORE_CHILD";

/// Small enough that a run of the child fills several segments.
const SEGMENT_BYTES: u64 = 100_000;

/// Not a test by itself: the child's work, which ends when it is killed.
#[test]
fn child() {
    let Ok(path) = std::env::var(FOLDER) else {
        return;
    };
    let folder = DataFolder::lock(Path::new(&path)).unwrap();
    let mut journal = FileJournal::open_with(&folder.journal(), SEGMENT_BYTES).unwrap();
    let mut views = SledViews::open(&folder.views(), NOW).unwrap();
    let mut book = FileBook::open(&folder.book()).unwrap();
    loop {
        let n = journal.mark().n;
        journal.commit(&expected(n, n % 40 + 1)).unwrap();
        let mark = journal.mark();
        println!("ack {} {}", mark.n, mark.chain);
        if n.is_multiple_of(5) {
            let row = (mark.n.to_be_bytes().to_vec(), Some(vec![1; 50]));
            views.apply(vec![row], mark).unwrap();
        }
        if n.is_multiple_of(4) {
            book.put(&[(PersonId(n % 50), format!("{n}"))]).unwrap();
            println!("person {} {n}", n % 50);
        }
    }
}

/// The entries that the child writes after record `n`.
fn expected(n: u64, count: u64) -> Vec<Entry> {
    (n + 1..=n + count)
        .map(|n| entry(n, &"x".repeat(n as usize * 7919 % 500)))
        .collect()
}

/// A running child.
pub struct Child {
    process: Process,
    lines: Lines<BufReader<ChildStdout>>,
}

/// What a child has said.
#[derive(Default)]
pub struct Acks {
    /// The chain hash after each acknowledged batch, by its last record.
    pub marks: BTreeMap<u64, Hash>,
    /// The last acknowledged text about each person.
    people: BTreeMap<PersonId, u64>,
    /// Everything that children write, as far as it was needed.
    expected: Vec<Entry>,
}

impl Child {
    /// Starts a child that works on a folder.
    pub fn start(folder: &Path) -> Child {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child::child", "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Child { process, lines }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Listens until the child has acknowledged so many batches and then for a while longer.
    pub fn listen(&mut self, acks: &mut Acks, batches: usize, longer: Duration) {
        let mut left = batches;
        let mut deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            let line = self
                .lines
                .next()
                .expect("the child died by itself")
                .unwrap();
            if acks.hear(&line) && left > 0 {
                left -= 1;
                if left == 0 {
                    deadline = Instant::now() + longer;
                }
            }
        }
        assert_eq!(left, 0, "the child is too slow");
    }

    /// Kills it (signal 9), and hears what it said before that.
    pub fn kill(mut self, acks: &mut Acks) {
        self.process.kill().unwrap();
        for line in self.lines.by_ref() {
            acks.hear(&line.unwrap());
        }
        self.process.wait().unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Acks {
    /// Takes a line; whether it acknowledges a batch. The last line before a kill may be torn.
    fn hear(&mut self, line: &str) -> bool {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["ack", n, chain] => {
                let (Ok(n), Ok(chain)) = (n.parse(), chain.parse()) else {
                    return false;
                };
                self.marks.insert(n, chain);
                true
            }
            ["person", id, said] => {
                if let (Ok(id), Ok(said)) = (id.parse(), said.parse()) {
                    self.people.insert(PersonId(id), said);
                }
                false
            }
            _ => false,
        }
    }

    /// Opens what the child left behind: everything acknowledged is there, and it is what the child wrote. Returns how
    /// many records follow the last one that was acknowledged.
    pub fn check(&mut self, path: &Path) -> u64 {
        let folder = DataFolder::lock(path).unwrap();
        let mut journal = FileJournal::open_with(&folder.journal(), SEGMENT_BYTES).unwrap();
        let end = journal.mark();
        let acked = self.marks.last_key_value().map_or(0, |(n, _)| *n);
        assert!(
            end.n >= acked,
            "record {acked} was acknowledged, the journal ends with {}",
            end.n
        );
        assert_eq!(self.marks.get(&end.n).unwrap_or(&end.chain), &end.chain);
        let known = self.expected.len() as u64;
        self.expected
            .extend(expected(known, end.n.saturating_sub(known)));
        assert!(
            entries(&mut journal, None) == self.expected[..end.n as usize],
            "a record changed"
        );
        let looked_at = inspect(&folder.journal(), &mut |_, _| Ok(())).unwrap();
        assert_eq!((looked_at.mark, looked_at.unsealed), (end, 0));
        self.check_book(&folder);
        self.check_views(&folder, &mut journal, end);
        end.n - acked
    }

    fn check_book(&self, folder: &DataFolder) {
        let people: BTreeMap<PersonId, String> = FileBook::open(&folder.book())
            .unwrap()
            .load()
            .unwrap()
            .into_iter()
            .collect();
        for (id, said) in &self.people {
            let found: u64 = people[id].parse().unwrap();
            assert!(
                found >= *said,
                "{id}: {said} was acknowledged, {found} is there"
            );
        }
    }

    /// The views may be behind, damaged or empty, but never ahead, and never of another journal.
    fn check_views(&self, folder: &DataFolder, journal: &mut FileJournal, end: Mark) {
        let views = SledViews::open(&folder.views(), NOW).unwrap();
        match views.mark() {
            Ok(Some(mark)) => {
                assert!(mark.n <= end.n);
                let rest = &self.expected[mark.n as usize..end.n as usize];
                assert_eq!(entries(journal, Some(mark)), rest);
            }
            Ok(None) | Err(Fault::Views(_)) => {}
            Err(fault) => panic!("{fault}"),
        }
    }
}

#[test]
fn killed_at_random_moments_it_loses_nothing_and_tears_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut acks = Acks::default();
    for round in 0..25u64 {
        let mut child = Child::start(folder.path());
        child.listen(&mut acks, 2, Duration::from_millis(round * 37 % 101));
        if round == 0 {
            let second = DataFolder::lock(folder.path());
            assert!(matches!(second, Err(Fault::Locked { .. })), "{second:?}");
        }
        child.kill(&mut acks);
        assert!(
            acks.check(folder.path()) <= 40,
            "at most one batch was under way"
        );
    }
    let segments = std::fs::read_dir(folder.path().join("journal"))
        .unwrap()
        .count();
    println!(
        "25 kills, {} acknowledged batches, {segments} segments",
        acks.marks.len()
    );
    assert!(
        segments > 3,
        "the kills should have hit changes of segment too"
    );
}
