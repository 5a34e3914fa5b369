//! `docs/RECORD.md` tells the truth: its golden bytes are what the code writes.

use std::fs;

use serde_json::value::RawValue;
use xmpp_referee::engine::ports::{Entry, Journal};
use xmpp_referee::engine::record::{self, Draft};
use xmpp_referee::kit::{Hash, MatchId, PersonId, Stream, Timestamp, sha256};
use xmpp_referee::store::FileJournal;

/// The fenced block of the document with this name.
fn golden(name: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/RECORD.md");
    let text = fs::read_to_string(path).unwrap();
    let start = format!("```text {name}\n");
    let block = text
        .split_once(&start)
        .unwrap_or_else(|| panic!("no block {name}"))
        .1;
    block.split_once("```").unwrap().0.to_owned()
}

/// The three records of the document: one of the service, two of a match, the first of these with a sealed half.
fn records() -> Vec<Entry> {
    let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
    let secrets = raw(r#"[{"seed":"6f6e65"}]"#);
    let game = Stream::Match(MatchId(1));
    let drafts = [
        (
            Stream::Service,
            1,
            None,
            None,
            raw(r#"[{"opened":{"room":"lobby"}}]"#),
            None,
        ),
        (
            game,
            1,
            Some(PersonId(2)),
            Some("q1"),
            raw(r#"[{"challenged":{}}]"#),
            Some((&*secrets, [1; 16])),
        ),
        (
            game,
            2,
            Some(PersonId(3)),
            None,
            raw(r#"[{"moved":{"seat":0,"text":"é4"}}]"#),
            None,
        ),
    ];
    let mut prev = Hash::ZERO;
    let mut lines = Vec::new();
    for (n, (stream, v, by, req, events, sealed)) in (1..).zip(&drafts) {
        let prev_in_stream = if *v == 1 { Hash::ZERO } else { prev };
        let draft = Draft {
            n,
            stream: &format!("{stream}@referee.localhost"),
            v: *v,
            at: Timestamp(1_700_000_000_000 + n as i64),
            by: *by,
            req: *req,
            events,
            prev: prev_in_stream,
            sealed: *sealed,
        };
        let (text, hash) = record::write(&draft).unwrap();
        prev = hash;
        lines.push(Entry {
            n,
            stream: *stream,
            text,
        });
    }
    lines
}

#[test]
fn the_golden_segment_is_what_the_journal_writes() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = FileJournal::open(folder.path()).unwrap();
    let records = records();
    journal.commit(&records[..2]).unwrap();
    journal.commit(&records[2..]).unwrap();
    let written = fs::read_to_string(folder.path().join("0000000000000001.log")).unwrap();
    assert_eq!(written, golden("segment"), "written:\n{written}");
}

#[test]
fn the_golden_hashes_follow_from_the_golden_bytes() {
    let segment = golden("segment");
    let lines: Vec<&str> = segment.split_inclusive('\n').collect();
    let mut said = String::new();
    for line in lines.iter().filter(|line| line.starts_with("{\"pub\":")) {
        let line = record::read(line.trim_end()).unwrap();
        said.push_str(&format!("{} {}\n", line.public.n, line.hash));
    }
    assert_eq!(said, golden("line-hashes"), "computed:\n{said}");
    let sealed = concat!("01010101010101010101010101010101", r#"[{"seed":"6f6e65"}]"#);
    assert!(lines[2].contains(&sha256(&[sealed.as_bytes()]).to_string()));
    let first = sha256(&[&[0; 32], lines[1].as_bytes(), lines[2].as_bytes()]);
    let second = sha256(&[&first.0, lines[4].as_bytes()]);
    assert!(lines[3].contains(&first.to_string()) && lines[5].contains(&second.to_string()));
    assert!(lines[3].contains(&format!(
        "{:08x}",
        crc32c::crc32c(lines[..3].concat().as_bytes())
    )));
    assert!(lines[5].contains(&format!("{:08x}", crc32c::crc32c(lines[4].as_bytes()))));
}

#[test]
fn the_golden_export_is_the_public_halves() {
    let exported: String = records()
        .iter()
        .filter(|entry| entry.stream == Stream::Match(MatchId(1)))
        .map(|entry| record::open_half(&entry.text).unwrap() + "\n")
        .collect();
    assert_eq!(exported, golden("export"), "written:\n{exported}");
    assert!(!exported.contains("sealed\":") && !exported.contains("6f6e65"));
}
