//! Given, when, then: every kind of clock, in a match of chess in which both have made their first move at 0 seconds.

use super::stage::{Stage, outcome};

/// The clock, what else happened, what is asked, and what comes of it.
const LAW: &[(&str, &str, &str, &str)] = &[
    // Sudden death and increment: FIDE.
    ("1+0", "", "59s wake", "nothing"),
    ("1+0", "", "60s wake", "flagged 0, over time 2-1"),
    (
        "1+5",
        "10s alice plays Nf3; 10s bob plays Nc6",
        "64s wake",
        "nothing",
    ),
    (
        "1+5",
        "10s alice plays Nf3; 10s bob plays Nc6",
        "65s wake",
        "flagged 0, over time 2-1",
    ),
    // Simple delay: what is not used of the wait is lost.
    ("1d5", "", "64s wake", "nothing"),
    ("1d5", "", "65s wake", "flagged 0, over time 2-1"),
    (
        "1d5",
        "4s alice plays Nf3; 4s bob plays Nc6",
        "69s wake",
        "flagged 0, over time 2-1",
    ),
    // Bronstein: given back after the move, so it does not hold the flag.
    ("1b5", "", "59s wake", "nothing"),
    ("1b5", "", "60s wake", "flagged 0, over time 2-1"),
    (
        "1b5",
        "4s alice plays Nf3; 4s bob plays Nc6",
        "63s wake",
        "nothing",
    ),
    (
        "1b5",
        "4s alice plays Nf3; 4s bob plays Nc6",
        "64s wake",
        "flagged 0, over time 2-1",
    ),
    // Byo-yomi: a lost period is lost, a kept one comes back whole, the last is used to the millisecond.
    ("1+2x30s", "", "119s wake", "nothing"),
    ("1+2x30s", "", "120s wake", "flagged 0, over time 2-1"),
    (
        "1+2x30s",
        "95s alice plays Nf3; 95s bob plays Nc6",
        "124999ms alice plays Bc4",
        "moved 0 Bc4",
    ),
    (
        "1+2x30s",
        "95s alice plays Nf3; 95s bob plays Nc6",
        "125s wake",
        "flagged 0, over time 2-1",
    ),
    (
        "0+1x30s",
        "29s alice plays Nf3; 29s bob plays Nc6; 58s alice plays Bc4; 58s bob plays Bc5",
        "88s wake",
        "flagged 0, over time 2-1",
    ),
    (
        "1+2x30s",
        "75s down 1h",
        "3719s alice plays Nf3",
        "credited 1 hour, moved 0 Nf3",
    ),
    (
        "1+2x30s",
        "75s down 1h",
        "3720s wake",
        "credited 1 hour, flagged 0, over time 2-1",
    ),
    // Canadian: two moves in every twenty seconds, and a fresh period after the second.
    ("0+2/20s", "", "19s wake", "nothing"),
    ("0+2/20s", "", "20s wake", "flagged 0, over time 2-1"),
    (
        "0+2/20s",
        "15s alice plays Nf3; 15s bob plays Nc6",
        "20s wake",
        "flagged 0, over time 2-1",
    ),
    (
        "0+2/20s",
        "15s alice plays Nf3; 15s bob plays Nc6; 19s alice plays Bc4; 19s bob plays Bc5",
        "38s wake",
        "nothing",
    ),
    (
        "0+2/20s",
        "15s alice plays Nf3; 15s bob plays Nc6; 19s alice plays Bc4; 19s bob plays Bc5",
        "39s wake",
        "flagged 0, over time 2-1",
    ),
    ("1+2/20s", "", "80s wake", "flagged 0, over time 2-1"),
    // Hourglass: what alice uses bob gains.
    ("hg1", "", "60s wake", "flagged 0, over time 2-1"),
    ("hg1", "40s alice plays Nf3", "139s wake", "nothing"),
    (
        "hg1",
        "40s alice plays Nf3",
        "140s wake",
        "flagged 1, over time 1-2",
    ),
    // Time for each decision, and days with absence.
    ("45s/move", "44s alice plays Nf3", "88s wake", "nothing"),
    (
        "45s/move",
        "44s alice plays Nf3",
        "89s wake",
        "flagged 1, over time 1-2",
    ),
    ("2d", "", "2d wake", "flagged 0, over time 2-1"),
    ("2d+14v", "", "2d wake", "flagged 0, over time 2-1"),
    (
        "2d+14v",
        "1h absent alice 1d 11d",
        "288h wake",
        "flagged 0, over time 2-1",
    ),
    ("2d+14v", "1h absent alice 1d 11d", "287h wake", "nothing"),
    (
        "2d+14v",
        "1h absent alice 1d 30d",
        "16d wake",
        "flagged 0, over time 2-1",
    ),
    (
        "2d+14v",
        "1h absent bob 1d 11d",
        "2d wake",
        "flagged 0, over time 2-1",
    ),
    (
        "2d+14v",
        "1h absent alice 1d 11d; 3d back alice",
        "4d wake",
        "flagged 0, over time 2-1",
    ),
    (
        "2d+14v",
        "1h absent alice 1d 3d; 36h down 48h",
        "5d wake",
        "credited 2 days, flagged 0, over time 2-1",
    ),
    // Odds: one minute against ten.
    ("1+0|10+0", "", "60s wake", "flagged 0, over time 2-1"),
    ("1+0|10+0", "5s alice plays Nf3", "604s wake", "nothing"),
    (
        "1+0|10+0",
        "5s alice plays Nf3",
        "605s wake",
        "flagged 1, over time 1-2",
    ),
    // Lag: the flag waits for moves that are on their way, and for no others.
    (
        "1+0_lag2s",
        "",
        "61s alice plays Nf3 lagging 2s",
        "moved 0 Nf3 lag 2 seconds",
    ),
    (
        "1+0_lag2s",
        "",
        "61s alice plays Nf3 lagging 9s",
        "moved 0 Nf3 lag 2 seconds",
    ),
    (
        "1+0_lag2s",
        "",
        "61s alice plays Nf3 lagging 1s",
        "no: match/too-late",
    ),
    ("1+0_lag2s", "", "60s alice plays Nf3", "no: match/too-late"),
    ("1+0_lag2s", "", "61s wake", "nothing"),
    ("1+0_lag2s", "", "62s wake", "flagged 0, over time 2-1"),
    ("1+0", "", "10s alice plays Nf3 lagging 2s", "moved 0 Nf3"),
    // A pause keeps what was used, of a delay and of a period too.
    ("1+0", "20s stand; 100s go on", "139s wake", "nothing"),
    (
        "1+0",
        "20s stand; 100s go on",
        "140s wake",
        "flagged 0, over time 2-1",
    ),
    (
        "1d5",
        "3s stand; 100s go on",
        "162s wake",
        "flagged 0, over time 2-1",
    ),
    (
        "0+2x30s",
        "20s stand; 100s go on; 115s alice plays Nf3; 115s bob plays Nc6",
        "145s wake",
        "flagged 0, over time 2-1",
    ),
    (
        "0+2/20s",
        "15s stand; 100s go on",
        "105s wake",
        "flagged 0, over time 2-1",
    ),
    (
        "2d+14v",
        "1d stand; 10d go on",
        "11d wake",
        "flagged 0, over time 2-1",
    ),
];

#[test]
fn each_clock_has_its_law() {
    let mut wrong = Vec::new();
    for (clock, given, when, then) in LAW {
        let begin = format!(
            "0s alice challenges chess {clock} white; 0s bob accepts; 0s alice plays e4; 0s bob plays e5"
        );
        let mut stage = Stage::new();
        let lines = begin.split(';').chain(given.split(';'));
        for line in lines.filter(|line| !line.trim().is_empty()) {
            if let Err(no) = stage.perform(line) {
                panic!("given {clock}: {given}: `{line}` was refused: {no}");
            }
        }
        let said = outcome(&stage.perform(when));
        if said != *then {
            wrong.push(format!(
                "given {clock}: {given}\nwhen {when}\nthen {then}\nbut  {said}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_clock_that_does_not_fit_the_game_is_refused() {
    for (line, then) in [
        ("0s alice challenges rps hg5", "no: clock/seats"),
        ("0s alice opens rps hg5", "no: clock/seats"),
        ("0s alice challenges rps 5+3|3+0", "challenged"),
        ("0s alice challenges chess hg5", "challenged"),
    ] {
        assert_eq!(outcome(&Stage::new().perform(line)), then, "{line}");
    }
}

/// Both have to choose at once and neither does: both flags are one event, in which nobody is first.
#[test]
fn flags_of_the_same_moment_fall_together() {
    let mut stage = Stage::new();
    for line in [
        "0s alice challenges rps 1+2x10s left",
        "0s bob accepts",
        "0s alice plays rock",
        "0s bob plays rock",
        "79s wake",
    ] {
        stage.perform(line).unwrap();
    }
    let said = outcome(&stage.perform("80s wake"));
    assert!(said.starts_with("flagged 0 1, flagged 0 1, "), "{said}");
    assert!(said.ends_with(", over score 1-1"), "{said}");
}
