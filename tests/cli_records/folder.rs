//! Whole folders: verify, export, import, rebuild, backup.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use clap::Parser;
use xmpp_referee::cli::records::Records;
use xmpp_referee::kit::Timestamp;

use super::forged::{forge, sound};
use super::play::{data, late, play_all, records};

#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    records: Records,
}

/// Runs a command line; what it would say when it fails.
pub fn run(line: &[&str]) -> Result<(), String> {
    let line =
        Line::try_parse_from([&["referee"], line].concat()).map_err(|error| error.to_string())?;
    line.records.run().map_err(|error| error.to_string())
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn export(from: &Path, to: &Path, more: &[&str]) -> Result<String, String> {
    let line = ["export", "--data", text(from), "-o", text(to)];
    run(&[&line, more].concat())?;
    Ok(fs::read_to_string(to).unwrap())
}

#[test]
fn a_folder_is_verified_and_its_damage_is_named() {
    let (folder, _) = records();
    let data = data(&folder);
    run(&["verify", text(&data)]).unwrap();
    run(&["verify", text(&data.join("journal"))]).unwrap();
    let segment = fs::read_dir(data.join("journal"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let why = run(&["verify", text(&data)]).unwrap_err();
    assert!(why.contains("is damaged at byte"), "{why}");
    let why = run(&["verify", text(folder.path())]).unwrap_err();
    assert!(why.contains("there is no journal here"), "{why}");
}

#[test]
fn an_export_keeps_the_secrets_of_live_matches() {
    let (folder, _) = records();
    let (data, dir) = (data(&folder), folder.path());
    let public = export(&data, &dir.join("public"), &[]).unwrap();
    assert!(
        !public.contains("\"sealed\":{") && public.contains("m6@"),
        "{public}"
    );
    let sealed = export(&data, &dir.join("sealed"), &["--sealed"]).unwrap();
    for line in sealed.lines() {
        let live = line.contains("\"s\":\"m6@");
        assert!(
            !(live && line.contains("\"sealed\":{")),
            "a live match is told: {line}"
        );
    }
    assert!(
        sealed
            .lines()
            .filter(|line| line.contains("\"sealed\":{"))
            .count()
            >= 5
    );
    for name in ["public", "sealed"] {
        run(&["verify", text(&dir.join(name))]).unwrap();
        let mode = fs::metadata(dir.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let one = export(&data, &dir.join("one"), &["--match", "m5"]).unwrap();
    assert!(one.lines().all(|line| line.contains("\"s\":\"m5@")) && !one.is_empty());
    let why = export(&data, &dir.join("none"), &["--match", "m99"]).unwrap_err();
    assert!(why.contains("there is no match m99"), "{why}");
    let why = export(&data, &dir.join("one"), &[]).unwrap_err();
    assert!(why.contains("could not create"), "{why}");
}

#[test]
fn an_export_of_a_live_match_ends_where_spectators_are() {
    let live = late(false);
    let file = live.path().join("live");
    let public = export(&data(&live), &file, &[]).unwrap();
    let told = |text: &str| public.contains(&format!("\"text\":\"{text}\""));
    assert!(told("a1") && !told("b2") && !told("c3"), "{public}");
    run(&["verify", text(&file)]).unwrap();
    let over = late(true);
    let file = over.path().join("over");
    let public = export(&data(&over), &file, &[]).unwrap();
    let told = |text: &str| public.contains(&format!("\"text\":\"{text}\""));
    assert!(told("a1") && told("b2") && told("c3"), "{public}");
    run(&["verify", text(&file)]).unwrap();
}

#[test]
fn a_spectator_told_too_early_is_found() {
    let over = late(true);
    let public = export(&data(&over), &over.path().join("over"), &[]).unwrap();
    let lines: Vec<String> = public.lines().map(str::to_owned).collect();
    let early = forge(&lines, 0, "\"delay\":\"2moves\"", "\"delay\":\"1move\"");
    let why = sound(&early).unwrap_err();
    assert!(why.contains("spectators are told at another time"), "{why}");
}

#[test]
fn an_anchor_shows_a_cut_end() {
    let (folder, records) = records();
    let file = folder.path().join("one");
    let (_, lines) = &records[4];
    let head = xmpp_referee::engine::record::read(lines.last().unwrap())
        .unwrap()
        .hash
        .to_string();
    fs::write(&file, lines.join("\n")).unwrap();
    run(&["verify", text(&file), "--head", &head]).unwrap();
    fs::write(&file, lines[..lines.len() - 1].join("\n")).unwrap();
    run(&["verify", text(&file)]).unwrap();
    let why = run(&["verify", text(&file), "--head", &head]).unwrap_err();
    assert!(why.contains("the end was cut off or changed"), "{why}");
    fs::write(&file, "hello\n").unwrap();
    let why = run(&["verify", text(&file)]).unwrap_err();
    assert!(why.contains("line 1: not a record line"), "{why}");
}

#[test]
fn a_full_export_moves_everything_and_nothing_less() {
    let (folder, _) = records();
    let (from, dir) = (data(&folder), folder.path());
    let full = dir.join("full");
    let whole = export(&from, &full, &["--all"]).unwrap();
    run(&["verify", text(&full)]).unwrap();
    let to = dir.join("moved");
    run(&["import", "--data", text(&to), text(&full)]).unwrap();
    assert_eq!(export(&to, &dir.join("again"), &["--all"]).unwrap(), whole);
    run(&["verify", text(&to)]).unwrap();
    let why = run(&["import", "--data", text(&to), text(&full)]).unwrap_err();
    assert!(why.contains("has a journal already"), "{why}");

    let lines: Vec<&str> = whole.lines().collect();
    let gap = [&lines[..5], &lines[6..]].concat().join("\n");
    let cut = lines[..lines.len() - 1].join("\n");
    let fewer = [&lines[..lines.len() - 2], &lines[lines.len() - 1..]]
        .concat()
        .join("\n");
    for (broken, sign) in [
        (gap, "record 6 is missing"),
        (cut, "its end was cut off"),
        (fewer, "the lines are not those that the last line counts"),
        (
            whole.replace("\"salt\":\"rain\"", "\"salt\":\"snow\""),
            "chain",
        ),
        (
            whole.replacen("\"sealed\":{\"salt\":\"", "\"sealed\":{\"salt\":\"0", 1),
            "does not fit its seal",
        ),
    ] {
        let file = dir.join("broken");
        fs::write(&file, broken).unwrap();
        let fresh = dir.join("fresh");
        let why = run(&["import", "--data", text(&fresh), text(&file)]).unwrap_err();
        assert!(why.contains(sign), "{why}, not {sign}");
        assert!(!fresh.exists(), "something was written: {sign}");
    }
}

#[test]
fn views_are_rebuilt_when_nobody_works_on_them() {
    let (folder, _) = records();
    let data = data(&folder);
    fs::remove_dir_all(data.join("views")).unwrap();
    run(&["rebuild", "--data", text(&data)]).unwrap();
    let referee = super::play::Referee::open(&data);
    assert!(referee.folder.views().is_dir());
    let why = run(&["rebuild", "--data", text(&data)]).unwrap_err();
    assert!(why.contains("in use by another referee"), "{why}");
    let why = run(&["rebuild", "--data", text(folder.path())]).unwrap_err();
    assert!(why.contains("there is no journal here"), "{why}");
}

#[test]
fn a_running_referee_is_backed_up() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (data(&folder), folder.path().join("copy"));
    let running = play_all(&data);
    run(&["backup", "--data", text(&data), text(&copy)]).unwrap();
    run(&["verify", text(&copy)]).unwrap();
    let dir = folder.path();
    let original = export(&data, &dir.join("one"), &["--all"]).unwrap();
    assert_eq!(
        export(&copy, &dir.join("other"), &["--all"]).unwrap(),
        original
    );
    let book = fs::read_to_string(copy.join("people.jsonl")).unwrap();
    assert!(book.contains("alice@example.org") && book.contains("bob@example.net"));
    let why = run(&["backup", "--data", text(&data), text(&copy)]).unwrap_err();
    assert!(why.contains("is not empty"), "{why}");
    drop(running);
    // The copy is a data folder: a referee goes on from it.
    let (_held, ports) = xmpp_referee::store::DataFolder::open(&copy, Timestamp(0)).unwrap();
    assert!(ports.journal.mark().n > 20);
}

/// A line that this version cannot read costs its own match: everything else is verified, exported, rebuilt and moved.
#[test]
fn what_cannot_be_read_is_named_and_the_rest_goes_on() {
    use xmpp_referee::engine::{ports::Entry, record};
    use xmpp_referee::kit::{MatchId, Stream};
    let (folder, _) = records();
    let (data, dir) = (data(&folder), folder.path());
    let live = export(&data, &dir.join("live"), &["--match", "m6"]).unwrap();
    let last = record::read(live.lines().last().unwrap()).unwrap();
    {
        let (_held, mut ports) =
            xmpp_referee::store::DataFolder::open(&data, Timestamp(0)).unwrap();
        let n = ports.journal.mark().n + 1;
        let events = serde_json::value::RawValue::from_string(r#"[{"tomorrow":{}}]"#.to_owned());
        let (text, _) = record::write(&record::Draft {
            n,
            stream: &last.public.s,
            v: last.public.v + 1,
            at: last.public.at,
            by: None,
            req: None,
            events: &events.unwrap(),
            prev: last.hash,
            sealed: None,
        })
        .unwrap();
        let stream = Stream::Match(MatchId(6));
        ports.journal.commit(&[Entry { n, stream, text }]).unwrap();
    }
    let why = run(&["verify", text(&data)]).unwrap_err();
    assert!(why.contains("everything else is sound"), "{why}");
    let public = export(&data, &dir.join("public"), &[]).unwrap();
    assert!(public.contains("\"s\":\"m6@") && public.contains("\"s\":\"m5@"));
    export(&data, &dir.join("sealed"), &["--sealed"]).unwrap();
    fs::remove_dir_all(data.join("views")).unwrap();
    run(&["rebuild", "--data", text(&data)]).unwrap();
    run(&["backup", "--data", text(&data), text(&dir.join("copy"))]).unwrap();
    let full = dir.join("full");
    export(&data, &full, &["--all"]).unwrap();
    let to = dir.join("moved");
    run(&["import", "--data", text(&to), text(&full)]).unwrap();
    drop(super::play::Referee::open(&to));
}
