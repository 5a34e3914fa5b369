//! Golden records, and every way to change them.

use std::path::Path;

use xmpp_referee::cli::audit::audit;
use xmpp_referee::engine::record;
use xmpp_referee::kit::Hash;

use super::play::{given_up, records};

pub fn sound(lines: &[String]) -> Result<Hash, String> {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    audit(&lines)
        .map(|report| report.head)
        .map_err(|bad| bad.to_string())
}

/// The record of a finished match of a game.
fn of(game: &str) -> Vec<String> {
    let (_folder, records) = records();
    records
        .into_iter()
        .find(|(name, _)| *name == game)
        .unwrap()
        .1
}

/// Replaces a text in the only line that has it, and makes the chain fit again, as a forger would.
pub fn forge(lines: &[String], line: usize, from: &str, to: &str) -> Vec<String> {
    let mut forged = lines.to_vec();
    assert!(
        forged[line].contains(from),
        "{from} is not in {}",
        forged[line]
    );
    forged[line] = forged[line].replacen(from, to, 1);
    rechain(&mut forged);
    forged
}

/// Makes the chain fit, and what is signed the end that is there now.
pub fn rechain(lines: &mut [String]) {
    let mut head = Hash::ZERO;
    for line in lines {
        let prev = record::read(line).unwrap().public.prev;
        *line = line.replacen(
            &format!("\"prev\":\"{prev}\""),
            &format!("\"prev\":\"{head}\""),
            1,
        );
        if let Some((_, rest)) = line.split_once("\"signed\":{\"over\":\"") {
            let over = rest[..64].to_owned();
            *line = line.replacen(&over, &head.to_string(), 2);
        }
        head = record::read(line).unwrap().hash;
    }
}

pub fn place(lines: &[String], text: &str) -> usize {
    lines.iter().rposition(|line| line.contains(text)).unwrap()
}

#[test]
fn golden_records_are_sound_and_stay_as_they_are() {
    let (_folder, records) = records();
    for (game, lines) in records {
        let path = Path::new("tests/records").join(format!("{game}.record"));
        let text = lines.join("\n") + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap();
        assert!(
            text == golden,
            "{game} is recorded otherwise than before; was that meant?"
        );
        sound(&lines).unwrap_or_else(|why| panic!("{game}: {why}"));
    }
}

#[test]
fn no_byte_of_any_line_can_be_flipped() {
    let (_folder, records) = records();
    for (game, lines) in records {
        let head = sound(&lines).unwrap();
        let mut flipped = 0;
        for line in 0..lines.len() {
            // Long records are tried at every fifth byte, from another one in each line.
            let step = if lines.len() > 12 { 5 } else { 1 };
            for byte in (line % step..lines[line].len()).step_by(step) {
                let mut bytes = lines[line].clone().into_bytes();
                bytes[byte] ^= 1 << ((byte + line) % 7);
                let Ok(text) = String::from_utf8(bytes) else {
                    continue;
                };
                let mut changed = lines.clone();
                changed[line] = text;
                let found = sound(&changed);
                assert_ne!(found, Ok(head), "{game}, line {}, byte {byte}", line + 1);
                // Only the last line has nothing behind it that holds it; there the anchor does.
                assert!(
                    found.is_err() || line == lines.len() - 1,
                    "{game}, line {}, byte {byte}",
                    line + 1
                );
                flipped += 1;
            }
        }
        assert!(flipped > 1000, "{game}: only {flipped} bytes were flipped");
    }
}

#[test]
fn a_missing_line_is_named() {
    let lines = of("tic-tac-toe");
    for missing in 0..lines.len() - 1 {
        let mut fewer = lines.clone();
        fewer.remove(missing);
        let why = sound(&fewer).unwrap_err();
        assert!(
            why.starts_with(&format!("line {}: a line is missing", missing + 1)),
            "{why}"
        );
    }
    // Nothing follows the last line, so what is left is sound and ends with another hash.
    assert_ne!(sound(&lines[..lines.len() - 1]), sound(&lines));
}

#[test]
fn each_forgery_is_named() {
    let dice = of("dice-duel");
    let poker = of("kuhn-poker");
    let chess = of("chess");
    let shown = place(&poker, "\"shown\"");
    let card = |n: char| format!("\"card\":{n}");
    let dealt = poker[shown].split_once("\"card\":").unwrap().1.as_bytes()[0] as char;
    let swapped = if dealt == '2' { '1' } else { '2' };
    let end = chess.len() - 1;
    let commitment = chess[0].split_once("\"commitment\":\"").unwrap().1[..64].to_owned();
    let zeros = "0".repeat(64);
    for (forged, signs) in [
        (
            forge(&chess, end, "\"places\":[2,1]", "\"places\":[1,2]"),
            &["by the rules the verdict is"][..],
        ),
        (
            forge(
                &chess,
                end,
                "\"code\":\"checkmate\"",
                "\"code\":\"agreement\"",
            ),
            &["by the rules the verdict is"],
        ),
        (
            forge(&poker, shown, &card(dealt), &card(swapped)),
            &["the opened card is not the one that was committed to"],
        ),
        (
            forge(&dice, 0, "\"salt\":\"rain\"", "\"salt\":\"snow\""),
            &["luck is drawn again"],
        ),
        (
            forge(&chess, 0, &commitment, &zeros),
            &["does not fit the commitment"],
        ),
        (
            forge(&chess, 2, "\"by\":\"p", "\"by\":\"p9"),
            &["somebody else plays for this seat"],
        ),
        (
            forge(&chess, 3, "\"text\":\"e5\"", "\"text\":\"e7\""),
            &["line 4: `e7` is not a legal move"],
        ),
        (
            forge(&chess, 3, "\"text\":\"e5\"", "\"text\":\"e2e4\""),
            &["line 4"],
        ),
    ] {
        let why = sound(&forged).expect_err(&format!("it passes: {signs:?}"));
        assert!(
            signs.iter().any(|sign| why.contains(sign)),
            "{why}, not one of {signs:?}"
        );
    }
}

/// Changes the first face of the throw in a line.
fn rethrown(lines: &[String], line: usize) -> Option<Vec<String>> {
    let open = "\"outcome\":{\"dice\":[";
    let (_, rest) = lines[line].rsplit_once(open)?;
    let face = &rest[..1];
    let other = if face == "1" { "2" } else { "1" };
    Some(forge(
        lines,
        line,
        &format!("{open}{face}"),
        &format!("{open}{other}"),
    ))
}

#[test]
fn no_throw_can_be_changed() {
    let dice = of("dice-duel");
    let forged = (0..dice.len()).filter_map(|line| rethrown(&dice, line));
    let refused = forged.map(|forged| sound(&forged).expect_err("a throw was changed"));
    assert!(refused.count() > 5);
    // Where nothing that follows depends on the throw, luck itself tells.
    let given_up = given_up("dice-duel");
    let thrown = place(&given_up, "\"dice\":[");
    let why = sound(&rethrown(&given_up, thrown).unwrap()).unwrap_err();
    assert!(
        why.contains("luck is drawn again and answers otherwise"),
        "{why}"
    );
}

#[test]
fn a_move_after_the_flag_is_named() {
    let chess = of("chess");
    // Ten minutes later everything that follows is later too, so only the clocks object.
    let mut late = chess.clone();
    for line in &mut late[4..] {
        *line = line.replacen("T12:00:", "T12:20:", 1);
    }
    rechain(&mut late);
    let why = sound(&late).unwrap_err();
    assert!(why.contains("a flag had fallen before"), "{why}");
}
