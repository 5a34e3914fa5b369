//! What the journal costs above the disk, as ratios of one run: `cargo bench --bench journal`.
//!
//! Raw is the least that is durable: one `write` of the same lines to a file, then `fdatasync`. Both sides write in turn,
//! round by round, because disks have moods. After that: starting on a journal of a million lines, and the views.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::value::RawValue;
use xmpp_referee::engine::ports::{Entry, Journal, Views};
use xmpp_referee::engine::record::{self, Draft};
use xmpp_referee::kit::{Hash, MatchId, PersonId, Stream, Timestamp};
use xmpp_referee::store::{FileJournal, SledViews};

const ROUNDS: usize = 7;
/// Batches written in a round, or fewer so that a round has at most [`ROUND_LINES`].
const ROUND_BATCHES: u64 = 2000;
const ROUND_LINES: u64 = 200_000;
const LINES: u64 = 1_000_000;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    println!(
        "lines of {} bytes, medians of {ROUNDS} rounds",
        entry(LINES).text.len() + 1
    );
    println!(
        "{:>5} {:>12} {:>12} {:>9} {:>9} {:>6}",
        "batch", "raw/s", "journal/s", "raw p50", "p50", "ratio"
    );
    for count in [1, 8, 64, 512] {
        append(folder.path(), count);
    }
    start(&folder.path().join("million"));
    views(&folder.path().join("views"));
}

/// A line such as a move makes.
fn entry(n: u64) -> Entry {
    let stream = Stream::Match(MatchId(n % 1000 + 1));
    let events =
        RawValue::from_string(r#"[{"moved":{"seat":0,"text":"Nxe4"}}]"#.to_owned()).unwrap();
    let draft = Draft {
        n,
        stream: &format!("{stream}@referee.localhost"),
        v: n / 1000 + 1,
        at: Timestamp(1_700_000_000_000 + n as i64),
        by: Some(PersonId(n % 2000)),
        req: Some("b7f3a2"),
        events: &events,
        prev: Hash([n as u8; 32]),
        sealed: None,
    };
    Entry {
        n,
        stream,
        text: record::write(&draft).unwrap().0,
    }
}

/// Calls once with each item; how often per second, and the median of the times.
fn round<T>(items: impl IntoIterator<Item = T>, mut call: impl FnMut(T)) -> (f64, Duration) {
    let (mut times, mut sum) = (Vec::new(), Duration::ZERO);
    for item in items {
        let before = Instant::now();
        call(item);
        let time = before.elapsed();
        times.push(time);
        sum += time;
    }
    (times.len() as f64 / sum.as_secs_f64(), median(times))
}

fn median<T: Copy + PartialOrd>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap());
    values[values.len() / 2]
}

fn append(folder: &Path, count: u64) {
    let raw = File::create(folder.join(format!("raw-{count}"))).unwrap();
    let mut journal = FileJournal::open(&folder.join(format!("journal-{count}"))).unwrap();
    let text: Vec<u8> = (1..=count)
        .flat_map(|n| (entry(n).text + "\n").into_bytes())
        .collect();
    let mut written = 0;
    let mut rounds = Vec::new();
    let batches = ROUND_BATCHES.min(ROUND_LINES / count);
    for _ in 0..ROUNDS {
        let (raw_rate, raw_time) = round(0..batches, |_| {
            raw.write_all_at(&text, written).unwrap();
            raw.sync_data().unwrap();
            written += text.len() as u64;
        });
        // Lines are made outside the measured call: that is the engine's work, not the journal's.
        let first = journal.mark().n;
        let made = (0..batches).map(|batch| {
            (first + batch * count + 1..=first + (batch + 1) * count)
                .map(entry)
                .collect::<Vec<_>>()
        });
        let (rate, time) = round(made, |batch| {
            journal.commit(&batch).unwrap();
        });
        rounds.push((raw_rate, raw_time, rate, time));
    }
    let lines = |rate: f64| rate * count as f64;
    println!(
        "{count:>5} {:>12.0} {:>12.0} {:>6} us {:>6} us {:>6.2}",
        median(rounds.iter().map(|round| lines(round.0)).collect()),
        median(rounds.iter().map(|round| lines(round.2)).collect()),
        median(rounds.iter().map(|round| round.1).collect()).as_micros(),
        median(rounds.iter().map(|round| round.3).collect()).as_micros(),
        median(rounds.iter().map(|round| round.2 / round.0).collect()),
    );
}

fn start(path: &Path) {
    let mut journal = FileJournal::open(path).unwrap();
    for first in (0..LINES).step_by(500) {
        let batch: Vec<Entry> = (first + 1..=first + 500).map(entry).collect();
        journal.commit(&batch).unwrap();
    }
    let mark = journal.mark();
    drop(journal);
    let timed = |what: &str, from: Option<_>| {
        let before = Instant::now();
        let mut journal = FileJournal::open(path).unwrap();
        let opened = before.elapsed();
        let mut lines = 0u64;
        journal
            .replay(from, &mut |_, _| {
                lines += 1;
                Ok(())
            })
            .unwrap();
        let all = before.elapsed();
        println!(
            "{LINES} lines, {what}: open {opened:.0?}, then {lines} lines read, {all:.0?} in all"
        );
    };
    timed("started from the mark at the end", Some(mark));
    timed("started from nothing", None);
}

fn views(path: &Path) {
    let mut views = SledViews::open(path, Timestamp(0)).unwrap();
    let mut journal = FileJournal::open(&path.with_extension("journal")).unwrap();
    journal.commit(&[entry(1)]).unwrap();
    for count in [1u64, 64, 1000] {
        let key = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes().to_vec();
        let made = (0..100_000 / count.max(100)).map(|batch| {
            (0..count)
                .map(|n| (key(batch * count + n), Some(vec![7; 400])))
                .collect::<Vec<_>>()
        });
        let (rate, time) = round(made, |changes| {
            views.apply(changes, journal.mark()).unwrap()
        });
        let rows = rate * count as f64;
        println!(
            "views, {count} rows at once: {rows:.0} rows/s, p50 {} us",
            time.as_micros()
        );
    }
}
