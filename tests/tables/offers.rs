//! Given, when, then: what players offer each other.

use super::matches::check;

const GAME: &str = "0s alice challenges chess 5+3 white; 0s bob accepts; 1s alice plays e4; 2s bob plays e5; \
                    3s alice plays Nf3";
const SLOW: &str =
    "0s alice challenges chess none white; 0s bob accepts; 1s alice plays e4; 2s bob plays e5";
const THROWS: &str = "0s alice challenges dice-duel none; 0s bob accepts";
const ROUND: &str =
    "0s alice challenges rps none left; 0s bob accepts; 1s alice plays rock; 1s bob plays paper";

const UNDO: &[(&str, &str, &str)] = &[
    ("+", "4s alice undoes", "offered 0 undo"),
    ("+4s alice undoes", "5s bob undoes", "taken-back 1"),
    ("+4s bob undoes", "5s alice undoes", "taken-back 2"),
    ("+4s alice undoes", "5s bob declines", "refused 1 undo"),
    ("+4s alice undoes", "5s bob plays Nc6", "moved 1 Nc6"),
    // A move answers, and nobody undoes another move than the one that was meant.
    (
        "+4s alice undoes; 5s bob plays Nc6",
        "6s bob undoes",
        "offered 1 undo",
    ),
    (
        "+4s bob undoes; 5s bob plays Nc6",
        "6s alice undoes",
        "offered 0 undo",
    ),
    (
        "+4s alice undoes; 5s bob undoes",
        "6s bob plays Nc6",
        "no: match/not-your-turn",
    ),
    (
        "+4s alice undoes; 5s bob undoes",
        "6s alice plays d4 expecting 2",
        "moved 0 d4",
    ),
    (
        "+4s alice undoes; 5s bob undoes",
        "6s alice plays d4 expecting 3",
        "no: match/stale",
    ),
    (
        "+4s alice undoes; 5s bob declines",
        "6s alice undoes",
        "no: match/pestering",
    ),
    (
        "0s alice challenges chess 5+3 white; 0s bob accepts",
        "1s alice undoes",
        "no: match/nothing-to-undo",
    ),
    (THROWS, "1s alice undoes", "no: match/no-undo"),
    (ROUND, "2s alice undoes", "no: match/no-undo"),
    ("+", "4s carol undoes", "no: match/not-a-player"),
];

const PAUSES: &[(&str, &str, &str)] = &[
    ("+", "4s bob pauses 10m", "offered 1 pause"),
    (
        "+4s bob pauses 10m",
        "5s alice pauses",
        "paused agreed until",
    ),
    (
        "+4s bob pauses 10m",
        "5s alice pauses 10m",
        "paused agreed until",
    ),
    (
        "+4s bob pauses 10m",
        "5s alice pauses 20m",
        "no: match/other-pause",
    ),
    ("+", "4s bob pauses 25h", "no: match/long-pause"),
    ("+", "4s bob pauses 0s", "no: match/long-pause"),
    (
        "+4s bob pauses 10m; 5s alice pauses",
        "6s bob plays Nc6",
        "no: match/paused",
    ),
    (
        "+4s bob pauses 10m; 5s alice pauses",
        "604s wake",
        "nothing",
    ),
    (
        "+4s bob pauses 10m; 5s alice pauses",
        "605s wake",
        "resumed agreed",
    ),
    // The time before the break stays used, that of the break does not count: 300 - 2 at first, bob has moved once.
    (
        "+4s bob pauses 10m; 5s alice pauses; 605s wake",
        "902s wake",
        "nothing",
    ),
    (
        "+4s bob pauses 10m; 5s alice pauses; 605s wake",
        "903s wake",
        "flagged 1, over time 1-2",
    ),
    (
        "+4s bob pauses 10m; 5s alice pauses",
        "6s alice resumes",
        "offered 0 resume",
    ),
    (
        "+4s bob pauses 10m; 5s alice pauses; 6s alice resumes",
        "7s bob resumes",
        "resumed agreed",
    ),
    ("+", "4s bob resumes", "no: match/not-paused"),
    ("+4s bob adjourns", "5s alice adjourns", "paused adjourned"),
    ("+4s bob adjourns; 5s alice adjourns", "29d wake", "nothing"),
    ("+4s bob adjourns; 5s alice adjourns", "31d wake", "stalled"),
    (
        "+4s bob adjourns; 5s alice adjourns; 31d wake",
        "60d wake",
        "nothing",
    ),
    (
        "+4s bob adjourns; 5s alice adjourns; 1d alice resumes",
        "86401s bob resumes",
        "resumed adjourned",
    ),
    (
        "+4s bob adjourns; 5s alice adjourns; 1d alice resumes",
        "86401s bob declines",
        "refused 1 resume",
    ),
    // Whoever has put a match away may still give it up, or agree on its end.
    (
        "+4s bob adjourns; 5s alice adjourns",
        "6s bob resigns",
        "resigned 1, over resigned 1-2",
    ),
    (
        "+4s bob adjourns; 5s alice adjourns",
        "6s bob draws",
        "offered 1 draw",
    ),
    (
        "+4s bob adjourns; 5s alice adjourns; 6s bob draws",
        "7s alice draws",
        "over agreement 1-1",
    ),
    (
        "+4s bob adjourns; 5s alice adjourns",
        "6s bob undoes",
        "no: match/paused",
    ),
];

const MANNERS: &[(&str, &str, &str)] = &[
    (
        "+4s bob draws; 5s alice declines; 6s bob plays Nc6",
        "7s bob draws",
        "no: match/pestering",
    ),
    (
        "+4s bob draws; 5s alice declines; 6s bob plays Nc6; 7s alice plays Nc3; 8s bob plays Nf6; 9s alice plays d3; \
         10s bob plays d6; 11s alice plays h3",
        "12s bob draws",
        "offered 1 draw",
    ),
    // Another kind, and the other player, are free to ask.
    (
        "+4s bob draws; 5s alice declines",
        "6s bob undoes",
        "offered 1 undo",
    ),
    (
        "+4s bob draws; 5s alice declines",
        "6s alice draws",
        "offered 0 draw",
    ),
    (
        "+4s bob draws; 4s bob pauses",
        "5s alice declines",
        "no: match/which-offer",
    ),
    (
        "+4s bob draws; 4s bob pauses",
        "5s alice declines pause",
        "refused 0 pause",
    ),
    (
        "+4s bob draws; 4s bob pauses",
        "5s alice declines undo",
        "no: match/no-offer",
    ),
];

#[test]
fn what_players_offer() {
    check(UNDO, GAME);
    check(PAUSES, GAME);
    check(MANNERS, GAME);
}

#[test]
fn without_a_clock_a_day_passes_before_the_same_is_offered_again() {
    check(
        &[
            (
                "+3s bob draws; 4s alice declines",
                "23h bob draws",
                "no: match/pestering",
            ),
            (
                "+3s bob draws; 4s alice declines",
                "25h bob draws",
                "offered 1 draw",
            ),
        ],
        SLOW,
    );
}

#[test]
fn nobody_asks_for_more_than_five_undos() {
    let mut given = SLOW.to_owned();
    for day in 1..=5 {
        given += &format!(
            "; {}h bob undoes; {}h alice declines",
            30 * day,
            30 * day + 1
        );
    }
    check(&[("+", "190h bob undoes", "no: match/pestering")], &given);
}

/// In a rated match nobody walks away from a hand.
#[test]
fn cards_that_were_dealt_keep_both_at_the_table() {
    use super::stage::{Stage, outcome};
    for (rated, then) in [(false, "over aborted"), (true, "offered 0 abort")] {
        let mut stage = Stage::new();
        stage
            .perform("0s alice challenges kuhn-poker none first")
            .unwrap();
        stage.game.as_mut().unwrap().terms.rated = rated;
        stage.perform("0s bob accepts").unwrap();
        let alone = stage.perform("1s alice aborts");
        assert!(
            outcome(&alone).ends_with(then),
            "rated {rated}: {}",
            outcome(&alone)
        );
    }
}
