//! Golden signed records and golden forgeries of them: `examples/verify/verify.py` is held against the same files by
//! `tests/live/test_verify.py`.

use std::fs;
use std::path::Path;

use clap::Parser;
use xmpp_referee::cli::audit::{Report, Signing, audit};
use xmpp_referee::cli::verify::{Verify, verify};
use xmpp_referee::engine::ports::Signer;
use xmpp_referee::engine::record;
use xmpp_referee::engine::signing::statement;
use xmpp_referee::kit::{MatchId, Secret};
use xmpp_referee::store::Ed25519Signer;

use super::forged::{forge, place, rechain};
use super::play::{DOMAIN, data, golden_key, signed_records};

fn judged(lines: &[String]) -> Result<Report, String> {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    audit(&lines).map_err(|bad| bad.to_string())
}

/// Compares with a golden file, or writes it when `UPDATE` is set.
pub fn golden(folder: &str, name: &str, lines: &[String]) {
    let path = Path::new("tests/records").join(folder).join(name);
    let text = lines.join("\n") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let held = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == held, "{name} is not what {} holds", path.display());
}

#[test]
fn golden_signed_records_are_sound_and_stay_as_they_are() {
    let (_folder, records) = signed_records();
    for (game, lines) in records {
        golden("signed", &format!("{game}.record"), &lines);
        let report = judged(&lines).unwrap_or_else(|why| panic!("{game}: {why}"));
        assert_eq!(report.signing, Signing::By(golden_key().key()), "{game}");
        // The end and its signature are the last two lines of a match without a room.
        let without = &lines[..lines.len() - 1];
        let why = judged(without).unwrap_err();
        assert!(why.contains("was cut off behind it"), "{why}");
        let started = &lines[..2];
        assert_eq!(judged(started).unwrap().signing, Signing::NotOver);
    }
}

#[test]
fn the_signature_on_the_page_is_that_of_the_golden_record() {
    let (_folder, records) = signed_records();
    let lines = &records[4].1;
    let end = record::read(&lines[lines.len() - 2]).unwrap();
    let signer = golden_key();
    let said = statement(DOMAIN, MatchId(5), end.hash);
    let mut block = format!(
        "public     {}\nkey        {}\n",
        signer.key(),
        signer.key().id()
    );
    for (number, line) in (1..).zip(said.lines()) {
        block += &format!("line {number}     {line}\n");
    }
    block += &format!("signature  {}\n", signer.sign(said.as_bytes()));
    let page = include_str!("../../docs/RECORD.md");
    let fits = page.contains(&format!("```text signature\n{block}```"));
    assert!(fits, "the page should have\n{block}");
}

/// A record that somebody else signed as if it were the referee's: sound in itself, with another key.
fn signed_by_another(lines: &[String]) -> Vec<String> {
    let (mine, other) = (golden_key(), Ed25519Signer::new(&Secret::new([9; 32])));
    let key = |signer: &Ed25519Signer| signer.key().id().to_string();
    let mut forged: Vec<String> = lines.to_vec();
    for line in &mut forged {
        *line = line
            .replace(&key(&mine), &key(&other))
            .replace(&mine.key().to_string(), &other.key().to_string());
    }
    rechain(&mut forged);
    resign(&mut forged, &other);
    forged
}

/// Puts the signature of this key under the end, as whoever holds the key could.
fn resign(lines: &mut [String], signer: &Ed25519Signer) {
    let end = lines.len() - 1;
    let first = record::read(&lines[0]).unwrap();
    let id: MatchId = first.public.s.split('@').next().unwrap().parse().unwrap();
    let over = record::read(&lines[end - 1]).unwrap().hash;
    let signature = signer
        .sign(statement(DOMAIN, id, over).as_bytes())
        .to_string();
    let (before, rest) = lines[end].split_once("\"signature\":\"").unwrap();
    lines[end] = format!("{before}\"signature\":\"{signature}{}", &rest[88..]);
}

/// Every forgery with a name, and what the auditor says of it.
fn forgeries() -> Vec<(&'static str, Vec<String>, &'static str)> {
    let (_folder, records) = signed_records();
    let of = |game| {
        records
            .iter()
            .find(|(name, _)| *name == game)
            .unwrap()
            .1
            .clone()
    };
    let (chess, dice, poker, tic) = (
        of("chess"),
        of("dice-duel"),
        of("kuhn-poker"),
        of("tic-tac-toe"),
    );
    let (end, wrong) = (chess.len() - 2, "the signature is wrong");
    let shown = place(&poker, "\"shown\"");
    let dealt = &poker[shown].split_once("\"card\":").unwrap().1[..1];
    let other_card = if dealt == "2" {
        "\"card\":1"
    } else {
        "\"card\":2"
    };
    let thrown = place(&dice, "\"outcome\":{\"dice\":[");
    let face = &dice[thrown]
        .rsplit_once("\"outcome\":{\"dice\":[")
        .unwrap()
        .1[..1];
    let faces = |face: &str| format!("\"outcome\":{{\"dice\":[{face}");
    let other_face = faces(if face == "1" { "2" } else { "1" });
    let mut unchained = chess.clone();
    unchained[2] = unchained[2].replacen("f3", "e4", 1);
    let mut missing = chess.clone();
    missing.remove(3);
    let mut elsewhere: Vec<String> = tic
        .iter()
        .map(|line| line.replace(DOMAIN, "rival.example"))
        .collect();
    rechain(&mut elsewhere);
    let mut borrowed = tic.clone();
    let signature = |lines: &[String]| {
        let (_, rest) = lines[lines.len() - 1]
            .split_once("\"signature\":\"")
            .unwrap();
        rest[..88].to_owned()
    };
    let last = borrowed.len() - 1;
    borrowed[last] = borrowed[last].replace(&signature(&tic), &signature(&chess));
    let mut another_key = signed_by_another(&tic);
    another_key[last - 1] = tic[last - 1].clone();
    rechain(&mut another_key);
    vec![
        (
            "verdict",
            forge(&chess, end, "\"places\":[2,1]", "\"places\":[1,2]"),
            "by the rules",
        ),
        (
            "move",
            forge(&chess, 3, "\"text\":\"e5\"", "\"text\":\"d5\""),
            "not a legal move",
        ),
        (
            "mover",
            forge(&chess, 2, "\"by\":\"p", "\"by\":\"p9"),
            "somebody else plays",
        ),
        (
            "late",
            forge(
                &tic,
                4,
                "\"at\":\"2026-01-01T12:02:0",
                "\"at\":\"2026-01-01T12:01:0",
            ),
            "time runs",
        ),
        (
            "name",
            forge(&tic, 0, "\"req\":\"q1\"", "\"req\":\"q2\""),
            wrong,
        ),
        ("domain", elsewhere, wrong),
        (
            "salt",
            forge(&dice, 0, "\"salt\":\"rain\"", "\"salt\":\"snow\""),
            "luck is drawn again",
        ),
        ("throw", forge(&dice, thrown, &faces(face), &other_face), ""),
        (
            "card",
            forge(&poker, shown, &format!("\"card\":{dealt}"), other_card),
            "committed to",
        ),
        ("borrowed-signature", borrowed, wrong),
        (
            "another-key",
            another_key,
            "another key than the line before names",
        ),
        ("cut", tic[..last].to_vec(), "was cut off behind it"),
        ("missing-line", missing, "a line is missing"),
        ("changed-line", unchained, "not the hash of the line before"),
    ]
}

#[test]
fn golden_forgeries_are_refused_for_their_reason() {
    for (name, lines, sign) in forgeries() {
        golden("forged", &format!("{name}.record"), &lines);
        let why = judged(&lines).expect_err(name);
        assert!(why.contains(sign), "{name}: {why}");
    }
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    verify: Verify,
}

fn said(line: &[&str]) -> Result<String, String> {
    let line =
        Line::try_parse_from([&["verify"], line].concat()).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    verify(&line.verify, &mut out).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn the_keys_given_say_whose_signature_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (_played, records) = signed_records();
    let lines = &records[4].1;
    let record = file("record", &lines.join("\n"));
    let stranger = file("stranger", &signed_by_another(lines).join("\n"));
    let (key, id) = (golden_key().key().to_string(), golden_key().key().id());
    let alone = said(&[&record]).unwrap();
    assert!(alone.contains(&format!("Signed with key {id}.")), "{alone}");
    assert!(
        alone.contains("The key is the record's own claim"),
        "{alone}"
    );
    assert!(
        said(&[&stranger])
            .unwrap()
            .contains("the record's own claim")
    );
    let known = said(&[&record, "--key", &key]).unwrap();
    assert!(known.contains("The key is one of those given."), "{known}");
    let why = said(&[&stranger, "--key", &key]).unwrap_err();
    assert!(why.contains("which is none of the keys given"), "{why}");
    let ring = file(
        "ring",
        &format!("# keys\n{id} ed25519 {key} 2026-01-01T00:00:00.000Z\n"),
    );
    assert!(
        said(&[&record, "--keys", &ring])
            .unwrap()
            .contains("one of those given")
    );
    let old = said(&["tests/records/chess.record", "--keys", &ring]).unwrap_err();
    assert!(old.contains("its end is not signed"), "{old}");
    let unkeyed = said(&["tests/records/chess.record"]).unwrap();
    assert!(
        unkeyed.contains("Not signed: the referee had no key"),
        "{unkeyed}"
    );
    let begun = file("begun", &lines[..3].join("\n"));
    let unchecked = said(&[&begun, "--keys", &ring]).unwrap_err();
    assert!(
        unchecked.contains("not signed, key not checked"),
        "{unchecked}"
    );
    // The others in the same call are judged all the same, and what is wrong weighs more than what is not signed.
    let worse = said(&[&begun, "tests/records/chess.record", "--keys", &ring]).unwrap_err();
    assert!(worse.contains("its end is not signed"), "{worse}");
    for (bad, sign) in [
        (["--key", "AAAA"], "44 characters of base64"),
        (
            ["--keys", &file("empty", "# none\n")],
            "there is no key in the file",
        ),
        (
            ["--keys", &file("words", "hello\n")],
            "line 1: there is no public key",
        ),
        (["--keys", "/no/such/file"], "could not read /no/such/file"),
    ] {
        let why = said(&[&[record.as_str()], &bad[..]].concat()).unwrap_err();
        assert!(why.contains(sign), "{why}");
    }
}

#[test]
fn a_folder_of_signed_matches_is_sound_and_knows_its_key() {
    let (folder, _) = signed_records();
    let data = data(&folder);
    let told = said(&[data.to_str().unwrap()]).unwrap();
    assert!(told.contains("5 finished matches"), "{told}");
    let mut referee = super::play::Referee::open(&data);
    let keys = &referee.engine.desk().world().service.keys;
    assert_eq!(
        keys.iter().map(|(key, _)| *key).collect::<Vec<_>>(),
        [golden_key().key()]
    );
}

#[test]
fn a_folder_is_held_against_the_keys_too() {
    let (folder, _) = signed_records();
    let data = data(&folder);
    let data = data.to_str().unwrap();
    let key = golden_key().key().to_string();
    let told = said(&[data, "--key", &key]).unwrap();
    assert!(
        told.contains("is signed with a key that was given"),
        "{told}"
    );
    let other = Ed25519Signer::new(&Secret::new([9; 32])).key().to_string();
    let why = said(&[data, "--key", &other]).unwrap_err();
    assert!(why.contains("none of the keys given"), "{why}");
    let (unsigned, _) = super::play::records();
    let data = super::play::data(&unsigned);
    let why = said(&[data.to_str().unwrap(), "--key", &key]).unwrap_err();
    assert!(why.contains("its end is not signed"), "{why}");
}

/// The events that `examples/verify/verify.py` knows are those there are: a field that it has not heard of it refuses.
#[test]
fn the_independent_verifier_knows_every_event_and_field() {
    let known = include_str!("../../examples/verify/verify.py");
    let table = known.split("\"\"\"").nth(3).unwrap();
    let mut known: Vec<String> = table.split(['|', '\n']).map(str::to_owned).collect();
    known.retain(|row| !row.is_empty());
    known.sort();
    let kebab = |name: &str| {
        let mut out = String::new();
        for c in name.chars() {
            if c.is_uppercase() && !out.is_empty() {
                out.push('-');
            }
            out.extend(c.to_lowercase());
        }
        out.replace('_', "-")
    };
    let of = |source: &str, start: &str| -> Vec<String> {
        let (_, body) = source.split_once(start).unwrap();
        let body = body.split("\n}\n").next().unwrap();
        let public = body
            .lines()
            .filter_map(|line| line.strip_prefix("    pub "));
        public
            .map(|line| kebab(line.split(':').next().unwrap()))
            .collect()
    };
    let source = include_str!("../../src/matches/event.rs");
    let offer = of(
        include_str!("../../src/matches/offer.rs"),
        "pub struct Offer {",
    );
    let proposal = of(
        include_str!("../../src/matches/teams.rs"),
        "pub struct Proposal {",
    );
    let opening = of(
        include_str!("../../src/matches/dealer.rs"),
        "pub struct Opening {",
    );
    let signed = of(source, "pub struct Signed {");
    let (_, body) = source.split_once("pub enum Event {").unwrap();
    let mut there: Vec<(String, Vec<String>)> = Vec::new();
    for line in body.split("\n}\n").next().unwrap().lines() {
        let (depth, text) = (line.len() - line.trim_start().len(), line.trim());
        if text.starts_with("//") || text.starts_with('#') || text.starts_with('}') {
            continue;
        }
        let name = text
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .unwrap();
        match (depth, text) {
            (4, "Offered(Offer),") => there.push((kebab(name), offer.clone())),
            (4, "Proposed(Proposal),") => there.push((kebab(name), proposal.clone())),
            (4, "Shown(Opening),") => there.push((kebab(name), opening.clone())),
            (4, "Signed(Signed),") => there.push((kebab(name), signed.clone())),
            (4, text) => {
                assert!(!text.contains('('), "{text}: what fields has it?");
                there.push((kebab(name), Vec::new()));
            }
            (8, _) => there.last_mut().unwrap().1.push(kebab(name)),
            _ => {}
        }
    }
    let mut there: Vec<String> = (there.iter())
        .map(|(name, fields)| format!("{name}:{}", fields.join(" ")))
        .collect();
    there.sort();
    assert_eq!(known, there, "examples/verify/verify.py knows other events");
}
