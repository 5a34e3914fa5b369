//! Talk files: a chat transcript is the test.
//!
//! `tests/talk/*.talk` hold blocks of input lines, a line `----`, and everything that people, rooms and feeds get to see
//! because of them, to the letter. `UPDATE=1 cargo test --test talk` rewrites the expectations; read the diff as the
//! people would. The verbs are in `talk/verbs.rs`; the whole application runs below them: host, engine and the store's
//! memory twins, with a clock that only moves when a line says so. No tokio, no stanzas.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "talk/app.rs"]
mod app;
#[path = "talk/script.rs"]
mod script;
#[path = "talk/show.rs"]
mod show;
#[path = "talk/verbs.rs"]
mod verbs;

use std::path::{Path, PathBuf};

/// The behaviours a player, captain, bot author or admin cares about: at least so many have a file each.
const AT_LEAST: usize = 25;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/talk");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "talk"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_transcript_comes_out_as_written() {
    let only = std::env::var("TALK").ok();
    let mut wrong = Vec::new();
    for path in files() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let written = std::fs::read_to_string(&path).unwrap();
        let played = script::play(&name, &written);
        if played == written {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, played).unwrap();
        } else {
            wrong.push(format!("{name}:\n{}", difference(&written, &played)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} transcripts differ (UPDATE=1 rewrites them, TALK=name runs one)\n\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn there_are_enough_transcripts_and_each_says_why() {
    let files = files();
    assert!(files.len() >= AT_LEAST, "only {} talk files", files.len());
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("# "),
            "{}: the first line says why",
            path.display()
        );
        assert!(text.contains("\n----\n"), "{}: no block", path.display());
    }
}

/// The first lines that differ, as a person wants to see them.
fn difference(written: &str, played: &str) -> String {
    let (written, played): (Vec<&str>, Vec<&str>) =
        (written.lines().collect(), played.lines().collect());
    let same = written
        .iter()
        .zip(&played)
        .take_while(|(a, b)| a == b)
        .count();
    let part = |lines: &[&str], mark: &str| -> String {
        let lines = lines.iter().skip(same).take(12);
        lines.map(|line| format!("{mark} {line}\n")).collect()
    };
    format!(
        "  line {}\n{}{}",
        same + 1,
        part(&written, "-"),
        part(&played, "+")
    )
}
