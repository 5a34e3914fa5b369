//! Given, when, then: a match of several games.

use super::stage::{Stage, outcome};

const SERIES: &str = "0s alice challenges ttt 5+3 x bo3; 0s bob accepts";
/// Alice wins the first game as the one who begins.
const ONE: &str = "0s alice challenges ttt 5+3 x bo3; 0s bob accepts; 1s alice plays a1; \
    2s bob plays b1; 3s alice plays a2; 4s bob plays b2; 5s alice plays a3";
const ROUNDS: &str = "0s alice challenges rps none left bo3 replay; 0s bob accepts";
const CHESS: &str = "0s alice challenges chess 5+3 white bo3; 0s bob accepts; 1s alice plays e4; \
    2s bob plays e5";

/// Given, when, then. `+` stands for [`ONE`].
const LAW: &[(&str, &str, &str)] = &[
    // A game ends, and the next begins with the sides exchanged.
    ("+", "6s alice plays a1", "no: match/not-your-turn"),
    ("+", "6s bob plays a1", "moved 1 a1"),
    ("+6s bob resigns", "7s alice plays a1", "no: match/over"),
    (
        "+",
        "6s bob resigns",
        "resigned 1, scored 2 1-2, over series 1-2",
    ),
    (
        "+",
        "6s alice resigns",
        "resigned 0, scored 2 2-1, next 3 0",
    ),
    (
        "+6s alice resigns",
        "7s bob plays a1",
        "no: match/not-your-turn",
    ),
    (
        "+6s alice resigns",
        "7s bob resigns",
        "resigned 1, scored 3 1-2, over series 1-2",
    ),
    // The whole series.
    (
        "+",
        "6s alice resigns match",
        "resigned the series 0, scored 2 2-1, over resigned 2-1",
    ),
    (
        "0s alice challenges chess 5+3 white; 0s bob accepts",
        "1s bob resigns match",
        "resigned 1, over resigned 1-2",
    ),
    // Calling off: alone only while nothing has been decided.
    (SERIES, "1s bob aborts", "over aborted"),
    ("+", "6s alice aborts", "offered 0 abort"),
    ("+6s alice aborts", "7s bob aborts", "over aborted"),
    // A first move that never comes costs the game once there is a score.
    (SERIES, "10m wake", "over no-first-move"),
    ("+", "604s wake", "nothing"),
    ("+", "605s wake", "flagged 1, scored 2 1-2, over series 1-2"),
    // Draws.
    (CHESS, "3s alice draws", "offered 0 draw"),
    (
        "0s alice challenges chess 5+3 white bo3; 0s bob accepts; 1s alice plays e4; 2s bob draws",
        "3s alice draws",
        "scored 1 1-1, next 2 1",
    ),
    (
        "0s alice challenges chess 5+3 white bo3 replay; 0s bob accepts; 1s alice plays e4; 2s bob draws",
        "3s alice draws",
        "scored 1 1-1, next 2 1",
    ),
    // An offer is for the game it was made in.
    (
        "0s alice challenges chess 5+3 white bo3; 0s bob accepts; 1s alice draws; 2s alice resigns",
        "3s bob draws",
        "offered 1 draw",
    ),
    // `expect` counts the moves of the whole match.
    ("+", "6s bob plays a1 expecting 5", "moved 1 a1"),
    ("+", "6s bob plays a1 expecting 0", "no: match/stale"),
    ("+", "6s alice plays a3 expecting 4", "nothing"),
    // Rounds: choices belong to persons, whatever side they have.
    (
        ROUNDS,
        "1s alice resigns",
        "resigned 0, scored 1 2-1, next 2 1",
    ),
    (
        "0s alice challenges rps none left bo3; 0s bob accepts; 1s alice resigns; 2s bob plays rock",
        "3s alice plays paper",
        "chose 0, revealed paper rock",
    ),
];

fn given(text: &str) -> Stage {
    let text = match text.strip_prefix('+') {
        Some(more) => format!("{ONE}; {more}"),
        None => text.to_owned(),
    };
    let mut stage = Stage::new();
    for line in text.split(';').filter(|line| !line.trim().is_empty()) {
        if let Err(no) = stage.perform(line) {
            panic!("given {text}: `{line}` was refused: {no}");
        }
    }
    stage
}

#[test]
fn the_law_of_a_series() {
    let mut wrong = Vec::new();
    for (before, when, then) in LAW {
        let said = outcome(&given(before).perform(when));
        if said != *then {
            wrong.push(format!(
                "given {before}\nwhen {when}\nthen {then}\nbut  {said}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn clocks_begin_anew_or_with_what_was_left() {
    let left = |more: &str| {
        let stage = given(&format!(
            "0s alice challenges chess 5+0 white bo3{more}; 0s bob accepts; 0s alice plays e4; \
             0s bob plays e5; 60s alice plays d4; 90s bob plays d5; 100s alice resigns"
        ));
        let game = stage.game.expect("a match");
        let now = super::stage::START;
        [0, 1].map(|seat| {
            let left = game.time_left(xmpp_referee::kit::Seat(seat), now);
            left.expect("a clock").0 / 1000
        })
    };
    assert_eq!(left(""), [300, 300]);
    // Alice used 60 and 10 seconds, bob 30.
    assert_eq!(left(" carry"), [530, 570]);
}

#[test]
fn drawn_games_are_replayed_so_often_and_no_oftener() {
    let mut replayed = 0;
    let mut stage = given("0s alice challenges chess none white bo3 replay; 0s bob accepts");
    while stage
        .game
        .as_ref()
        .is_some_and(|game| game.verdict.is_none())
    {
        stage.perform("1s alice draws").expect("an offer");
        stage.perform("1s bob draws").expect("an agreement");
        replayed += 1;
        assert!(replayed < 100, "it never ends");
    }
    let game = stage.game.expect("a match");
    let tally = game.tally.expect("a series");
    let counted = tally.games.iter().filter(|game| game.counts).count();
    assert_eq!((tally.games.len(), counted), (9, 3));
    assert_eq!(tally.score(), "1½–1½");
}
