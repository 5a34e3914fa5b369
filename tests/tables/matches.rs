//! Given, when, then: one match.

use super::stage::{Stage, outcome};

const CHALLENGED: &str = "0s alice challenges chess 5+3 white";
const STARTED: &str = "0s alice challenges chess 5+3 white; 0s bob accepts";
const BOTH_MOVED: &str =
    "0s alice challenges chess 5+3 white; 0s bob accepts; 1s alice plays e4; 2s bob plays e5";
const ROUND: &str = "0s alice challenges rps none left; 0s bob accepts";
const OVER: &str = "0s alice challenges chess 5+3 white; 0s bob accepts; 1s alice plays e4; \
                    2s bob resigns";

/// Given, when, then.
const LAW: &[(&str, &str, &str)] = &[
    // Challenges.
    ("", "0s alice challenges chess 5+3 white", "challenged"),
    ("", "0s alice opens chess 5+3", "opened"),
    ("", "0s carol challenges chess 5+3", "no: match/self"),
    (CHALLENGED, "1s bob accepts", "accepted, started"),
    (CHALLENGED, "1s carol accepts", "no: match/not-yours"),
    (CHALLENGED, "1s alice accepts", "no: match/not-yours"),
    (CHALLENGED, "1s bob declines", "over declined"),
    (CHALLENGED, "1s alice declines", "no: match/not-yours"),
    (CHALLENGED, "1s carol declines", "no: match/not-yours"),
    (CHALLENGED, "1s alice withdraws", "over withdrawn"),
    (CHALLENGED, "1s bob withdraws", "no: match/not-yours"),
    (CHALLENGED, "1s alice plays e4", "no: match/not-started"),
    (CHALLENGED, "1s bob plays e4", "no: match/not-started"),
    (CHALLENGED, "1s bob resigns", "no: match/not-started"),
    (CHALLENGED, "23h wake", "nothing"),
    (CHALLENGED, "1d wake", "over expired"),
    (CHALLENGED, "1s admin aborts", "over admin"),
    (
        "0s alice challenges chess none",
        "1s bob accepts",
        "accepted, drawn, started",
    ),
    // Open matches.
    (
        "0s alice opens chess 5+3 white",
        "1s bob accepts",
        "accepted, started",
    ),
    (
        "0s alice opens chess 5+3 white",
        "1s alice accepts",
        "no: match/own-open",
    ),
    (
        "0s alice opens chess 5+3 white",
        "1s bob declines",
        "no: match/not-yours",
    ),
    (
        "0s alice opens chess 5+3 white",
        "1s alice withdraws",
        "over withdrawn",
    ),
    ("0s alice opens chess 5+3 white", "6h wake", "over expired"),
    (
        "0s alice opens chess 5+3 white; 1s bob accepts",
        "2s carol accepts",
        "no: match/started",
    ),
    // Moves.
    (STARTED, "1s alice plays e4", "moved 0 e4"),
    (STARTED, "1s alice plays e2e4", "moved 0 e4"),
    (STARTED, "1s alice plays e5", "no: game/illegal"),
    (STARTED, "1s alice plays xyzzy", "no: game/unreadable"),
    (STARTED, "1s bob plays e5", "no: match/not-your-turn"),
    (STARTED, "1s carol plays e4", "no: match/not-a-player"),
    (STARTED, "1s bob accepts", "no: match/started"),
    (STARTED, "1s alice withdraws", "no: match/started"),
    (BOTH_MOVED, "3s alice plays Nf3 expecting 2", "moved 0 Nf3"),
    (BOTH_MOVED, "3s bob plays e5 expecting 1", "nothing"),
    (BOTH_MOVED, "3s bob plays e6 expecting 1", "no: match/stale"),
    (
        BOTH_MOVED,
        "3s alice plays e4 expecting 0",
        "no: match/stale",
    ),
    (
        BOTH_MOVED,
        "3s alice plays e5 expecting 1",
        "no: match/stale",
    ),
    (
        BOTH_MOVED,
        "3s alice plays Nf3 expecting 3",
        "no: match/stale",
    ),
    // Offers.
    (STARTED, "1s alice draws", "offered 0 draw"),
    (BOTH_MOVED, "3s bob draws", "offered 1 draw"),
    (BOTH_MOVED, "3s alice declines", "no: match/no-offer"),
    ("+3s bob draws", "4s alice draws", "over agreement 1-1"),
    ("+3s bob draws", "4s bob draws", "no: match/already-offered"),
    ("+3s bob draws", "4s alice declines", "refused 0 draw"),
    ("+3s bob draws", "4s bob declines", "no: match/no-offer"),
    ("+3s bob draws", "4s carol draws", "no: match/not-a-player"),
    (
        "+3s bob draws; 4s alice plays Nf3",
        "5s alice draws",
        "offered 0 draw",
    ),
    (
        "+3s bob draws; 4s alice plays Nf3; 5s bob plays Nf6",
        "6s alice draws",
        "offered 0 draw",
    ),
    (
        "+3s bob draws; 4s alice declines",
        "5s bob draws",
        "no: match/pestering",
    ),
    // Calling off.
    (STARTED, "1s bob aborts", "over aborted"),
    (BOTH_MOVED, "3s alice aborts", "offered 0 abort"),
    ("+3s alice aborts", "4s bob aborts", "over aborted"),
    ("+3s alice aborts", "4s bob draws", "offered 1 draw"),
    ("+3s alice aborts", "4s bob declines", "refused 1 abort"),
    // Giving up.
    (STARTED, "1s alice resigns", "resigned 0, over resigned 2-1"),
    (
        BOTH_MOVED,
        "3s bob resigns",
        "resigned 1, over resigned 1-2",
    ),
    (BOTH_MOVED, "3s carol resigns", "no: match/not-a-player"),
    // Time.
    (STARTED, "599s wake", "nothing"),
    (STARTED, "10m wake", "over no-first-move"),
    (
        "0s alice challenges chess none white; 0s bob accepts",
        "6d wake",
        "nothing",
    ),
    (
        "0s alice challenges chess none white; 0s bob accepts",
        "7d wake",
        "stalled",
    ),
    (BOTH_MOVED, "301s wake", "nothing"),
    (BOTH_MOVED, "302s wake", "flagged 0, over time 2-1"),
    (
        "0s alice challenges chess 2d white; 0s bob accepts",
        "47h wake",
        "nothing",
    ),
    (
        "0s alice challenges chess 2d white; 0s bob accepts",
        "2d wake",
        "over no-first-move",
    ),
    // The referee's absence.
    ("+10s down 60s", "302s wake", "credited 1 minute"),
    ("+10s down 60s; 302s wake", "361s wake", "nothing"),
    (
        "+10s down 60s; 302s wake",
        "362s wake",
        "flagged 0, over time 2-1",
    ),
    (
        "+10s down 60s",
        "100s alice plays Nf3",
        "credited 1 minute, moved 0 Nf3",
    ),
    // Rounds.
    (ROUND, "1s alice plays rock", "chose 0"),
    (
        "0s alice challenges rps none left; 0s bob accepts; 1s alice plays rock",
        "2s alice plays paper",
        "chose 0",
    ),
    (
        "0s alice challenges rps none left; 0s bob accepts; 1s alice plays rock",
        "2s bob plays paper",
        "chose 1, revealed rock paper",
    ),
    (
        "0s alice challenges rps none left; 0s bob accepts; 1s alice plays rock; 2s alice plays paper",
        "2s bob plays rock",
        "chose 1, revealed paper rock",
    ),
    (ROUND, "1s alice plays lizard", "no: game/unreadable"),
    // After the end.
    (OVER, "3s alice plays d4", "no: match/over"),
    (OVER, "3s alice resigns", "no: match/over"),
    (OVER, "3s bob draws", "no: match/over"),
    (OVER, "3s bob accepts", "no: match/over"),
    (OVER, "3s admin aborts", "no: match/over"),
    // Rooms and feeds.
    (STARTED, "1s housed", "housed"),
    (STARTED, "1s fed", "fed"),
    // Faults.
    (STARTED, "1s halt", "paused"),
    (
        "0s alice challenges chess 5+3 white; 0s bob accepts; 1s halt",
        "2s alice plays e4",
        "no: match/halted",
    ),
    (
        "0s alice challenges chess 5+3 white; 0s bob accepts; 1s halt",
        "2s admin aborts",
        "over admin",
    ),
    (
        "0s alice challenges chess 5+3 white; 0s bob accepts; 1s halt",
        "30d wake",
        "nothing",
    ),
    // Watching.
    (STARTED, "1s carol watches", "watched"),
    (STARTED, "1s carol unwatches", "no: match/not-watching"),
    (
        "0s alice challenges chess 5+3 white; 0s bob accepts; 1s carol watches",
        "2s carol unwatches",
        "unwatched",
    ),
];

/// Plays each line of a table: given these requests, when this one comes, then that follows. A `+` stands for `base`.
pub fn check(law: &[(&str, &str, &str)], base: &str) {
    let mut wrong = Vec::new();
    for (given, when, then) in law {
        let given = match given.strip_prefix('+') {
            Some(more) => format!("{base}; {more}"),
            None => (*given).to_owned(),
        };
        let mut stage = Stage::new();
        for line in given.split(';').filter(|line| !line.trim().is_empty()) {
            if let Err(no) = stage.perform(line) {
                panic!("given {given}: `{line}` was refused: {no}");
            }
        }
        let said = outcome(&stage.perform(when));
        if said != *then {
            wrong.push(format!(
                "given {given}\nwhen {when}\nthen {then}\nbut  {said}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_law_of_a_match() {
    check(LAW, BOTH_MOVED);
}

#[test]
fn every_refusal_says_what_to_do_or_why_there_is_nothing() {
    for (given, when, then) in LAW {
        if !then.starts_with("no: ") || given.starts_with('+') {
            continue;
        }
        let mut stage = Stage::new();
        for line in given.split(';').filter(|line| !line.trim().is_empty()) {
            stage.perform(line).unwrap();
        }
        let no = stage.perform(when).unwrap_err();
        assert!(no.text.ends_with('.'), "{}: a whole sentence", no.text);
        assert!(no.code.contains('/'), "{}: room/reason", no.code);
    }
}

/// Whoever has no time left has none in the next round either: nobody gets a last move out of it.
#[test]
fn without_time_every_round_is_over_at_once() {
    let mut stage = Stage::new();
    for line in [
        "0s alice challenges rps 1+0 left",
        "0s bob accepts",
        "0s alice plays rock",
        "0s bob plays rock",
    ] {
        stage.perform(line).unwrap();
    }
    let said = outcome(&stage.perform("60s wake"));
    assert!(said.starts_with("flagged 0 1, flagged 0 1, "), "{said}");
    assert!(said.ends_with(", over score 1-1"), "{said}");
}
