//! Given, when, then: disputes, rulings, appeals, and matches in which nothing happens.

use super::matches::check;

const GAME: &str = "0s alice challenges chess 5+3 white; 0s bob accepts; 1s alice plays e4; 2s bob plays e5; \
                    3s alice plays Nf3";
const THROWS: &str =
    "0s alice challenges dice-duel none first; 0s bob accepts; 1s alice plays roll";
const CARDS: &str = "0s alice challenges kuhn-poker none; 0s bob accepts; 1s bob disputes why";

const FROZEN: &[(&str, &str, &str)] = &[
    (
        "+",
        "4s alice disputes he cheats",
        "disputed 0, paused dispute",
    ),
    ("+", "4s alice disputes", "no: match/no-reason"),
    ("+", "4s carol disputes he cheats", "no: match/not-a-player"),
    (
        "+4s alice disputes why",
        "5s bob disputes too",
        "no: match/disputed",
    ),
    (
        "+4s alice disputes why",
        "5s bob plays Nc6",
        "no: match/paused",
    ),
    (
        "+4s alice disputes why",
        "5s alice resigns",
        "no: match/paused",
    ),
    (
        "+4s alice disputes why",
        "5s alice draws",
        "no: match/paused",
    ),
    (
        "+4s alice disputes why",
        "5s alice aborts",
        "no: match/paused",
    ),
    (
        "+4s alice disputes why",
        "5s alice resumes",
        "no: match/paused",
    ),
    ("+4s alice disputes why", "90d wake", "nothing"),
    // An admin's end leaves nothing to rule on.
    (
        "+4s alice disputes why; 5s admin aborts",
        "6s ruth rules draw why",
        "no: match/nothing-to-rule",
    ),
    // A break may end meanwhile; the match still waits for the ruling.
    (
        "+4s bob pauses 10m; 5s alice pauses; 6s bob disputes why",
        "700s wake",
        "resumed agreed",
    ),
    (
        "+4s bob pauses 10m; 5s alice pauses; 6s bob disputes why; 700s wake",
        "701s bob plays Nc6",
        "no: match/paused",
    ),
    (
        "0s alice challenges chess 5+3 white",
        "1s alice disputes why",
        "no: match/not-started",
    ),
    (
        "0s alice challenges chess 5+3 white",
        "1s bob disputes why",
        "no: match/not-started",
    ),
];

const RULINGS: &[(&str, &str, &str)] = &[
    ("+", "4s ruth rules win 0 why", "no: match/nothing-to-rule"),
    (
        "+4s alice disputes why",
        "5s alice rules win 0 why",
        "no: match/own-case",
    ),
    (
        "+4s alice disputes why",
        "5s bob rules win 0 why",
        "no: match/own-case",
    ),
    (
        "+4s alice disputes why",
        "5s ruth rules win 0",
        "no: match/no-reason",
    ),
    (
        "+4s alice disputes why",
        "5s ruth rules win 0 why",
        "ruled win, over ruled 1-2",
    ),
    (
        "+4s alice disputes why",
        "5s ruth rules win 1 why",
        "ruled win, over ruled 2-1",
    ),
    (
        "+4s alice disputes why",
        "5s ruth rules draw why",
        "ruled draw, over ruled 1-1",
    ),
    (
        "+4s alice disputes why",
        "5s ruth rules void why",
        "ruled void, over ruled",
    ),
    (
        "+4s alice disputes why",
        "5s ruth rules continue why",
        "ruled continue, resumed dispute",
    ),
    (
        "+4s alice disputes why",
        "5s ruth rules continue +5m 1 why",
        "ruled continue, granted 1 5 minutes, resumed dispute",
    ),
    (
        "+4s alice disputes why",
        "5s ruth rules continue +2d 1 why",
        "no: match/no-grant",
    ),
    (
        "+4s alice disputes why",
        "5s ruth rules win 0 +5m 1 why",
        "no: match/no-grant",
    ),
    (
        "+4s alice disputes why",
        "5s ruth rules back 1 why",
        "ruled back, taken-back 2, resumed dispute",
    ),
    (
        "+4s alice disputes why",
        "5s ruth rules back 4 why",
        "no: match/no-such-move",
    ),
    (
        "+4s alice disputes why; 5s ruth rules back 1 why",
        "6s bob plays c5 expecting 1",
        "moved 1 c5",
    ),
    // Time stands still from the dispute to the ruling: bob has used 1 + 1 of 300 + 3.
    (
        "+4s alice disputes why; 1h ruth rules continue why",
        "3600s bob plays Nc6",
        "moved 1 Nc6",
    ),
    (
        "+4s alice disputes why; 1h ruth rules continue why",
        "3898s wake",
        "nothing",
    ),
    (
        "+4s alice disputes why; 1h ruth rules continue why",
        "3899s wake",
        "flagged 1, over time 1-2",
    ),
    // Twice, and no more.
    (
        "+4s alice disputes a; 5s ruth rules continue b; 6s alice disputes c; 7s ruth rules continue d",
        "8s alice disputes e",
        "no: match/too-many-disputes",
    ),
    (
        "+4s alice disputes a; 5s ruth rules continue b; 6s alice disputes c; 7s ruth rules continue d",
        "8s bob disputes e",
        "disputed 1, paused dispute",
    ),
];

const BACK: &[(&str, &str, &str)] = &[
    // Dice that were seen stay as they fell.
    (
        "0s alice challenges dice-duel none; 0s bob accepts; 1s bob disputes why",
        "2s ruth rules back 0 why",
        "ruled back, taken-back 0, resumed dispute",
    ),
    // Cards that were seen cannot be forgotten.
    (CARDS, "2s ruth rules back 0 why", "no: match/seen"),
    (CARDS, "2s ruth rules void why", "ruled void, over ruled"),
    // Rounds go back whole.
    (
        "0s alice challenges rps none left; 0s bob accepts; 1s alice plays rock; 1s bob plays paper; 2s bob disputes why",
        "3s ruth rules back 1 why",
        "no: match/mid-round",
    ),
    (
        "0s alice challenges rps none left; 0s bob accepts; 1s alice plays rock; 1s bob plays paper; 2s bob disputes why",
        "3s ruth rules back 0 why",
        "ruled back, taken-back 2, resumed dispute",
    ),
];

const APPEALS: &[(&str, &str, &str)] = &[
    ("+", "4s alice appeals why", "no: match/no-ruling"),
    (
        "+4s alice disputes a; 5s ruth rules win 0 b",
        "6s bob appeals why",
        "appealed 1",
    ),
    (
        "+4s alice disputes a; 5s ruth rules win 0 b",
        "6s bob disputes why",
        "no: match/ruled",
    ),
    (
        "+4s alice disputes a; 5s ruth rules win 0 b",
        "25h bob appeals why",
        "no: match/late-appeal",
    ),
    (
        "+4s alice disputes a; 5s ruth rules continue b",
        "6s bob appeals why",
        "appealed 1, paused dispute",
    ),
    (
        "+4s alice disputes a; 5s ruth rules win 0 b; 6s bob appeals c",
        "7s ruth rules win 0 d",
        "no: match/own-ruling",
    ),
    (
        "+4s alice disputes a; 5s ruth rules win 0 b; 6s bob appeals c",
        "7s rolf rules draw d",
        "ruled draw, over ruled 1-1",
    ),
    (
        "+4s alice disputes a; 5s ruth rules win 0 b; 6s bob appeals c",
        "7s rolf rules continue d",
        "ruled continue",
    ),
    (
        "+4s alice disputes a; 5s ruth rules win 0 b; 6s bob appeals c; 7s rolf rules draw d",
        "8s alice appeals e",
        "no: match/appealed",
    ),
    (
        "+4s alice disputes a; 5s ruth rules win 0 b; 6s bob appeals c",
        "7s rolf rules back 3 +1m 1 d",
        "ruled back, taken-back 0, granted 1 1 minute",
    ),
    // Nothing else happens to a result in suspense, for however long.
    (
        "+4s alice disputes a; 5s ruth rules win 0 b; 6s bob appeals c",
        "90d wake",
        "nothing",
    ),
    (
        "+4s alice disputes a; 5s ruth rules win 0 b; 6s bob appeals c",
        "7s bob plays Nc6",
        "no: match/over",
    ),
    (
        "+4s alice disputes a; 5s ruth rules win 0 b",
        "86404s wake",
        "nothing",
    ),
    (
        "+4s alice disputes a; 5s ruth rules win 0 b",
        "86405s wake",
        "vacated",
    ),
    (
        "+4s alice disputes a; 5s ruth rules win 0 b; 86405s wake",
        "86406s bob appeals c",
        "no: match/settled",
    ),
];

const AFTER_THE_END: &[(&str, &str, &str)] = &[
    ("+4s bob resigns", "10m alice disputes why", "disputed 0"),
    (
        "+4s bob resigns",
        "904s bob disputes why",
        "no: match/settled",
    ),
    ("+4s bob resigns; 5s bob disputes why", "1h wake", "nothing"),
    (
        "+4s bob resigns; 5s bob disputes why",
        "6s ruth rules continue why",
        "ruled continue",
    ),
    (
        "+4s bob resigns; 5s bob disputes why",
        "6s ruth rules continue +5m 1 why",
        "no: match/no-grant",
    ),
    (
        "+4s bob resigns; 5s bob disputes why",
        "6s ruth rules win 1 why",
        "ruled win, over ruled 2-1",
    ),
    (
        "+4s bob resigns; 5s bob disputes why",
        "6s ruth rules back 3 why",
        "ruled back, taken-back 0",
    ),
    (
        "+4s bob resigns; 5s bob disputes why; 6s ruth rules back 3 why",
        "7s bob plays Nc6",
        "moved 1 Nc6",
    ),
    (
        "+4s bob resigns; 5s bob disputes why; 6s ruth rules back 3 why",
        "7s bob resigns",
        "resigned 1, over resigned 1-2",
    ),
    // Whoever ran out of time needs some to play on.
    (
        "+303s wake; 304s bob disputes why",
        "305s ruth rules back 3 why",
        "no: match/no-time",
    ),
    (
        "+303s wake; 304s bob disputes why",
        "305s ruth rules back 3 +5m 1 why",
        "ruled back, taken-back 0, granted 1 5 minutes",
    ),
    // Luck that was opened at the end is known.
    (
        "0s alice challenges dice-duel none; 0s bob accepts; 1s bob resigns; 2s bob disputes why",
        "3s ruth rules back 0 why",
        "no: match/opened",
    ),
];

const STALLED: &[(&str, &str, &str)] = &[
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
    (
        "0s alice challenges chess none white; 0s bob accepts; 7d wake",
        "20d wake",
        "nothing",
    ),
    (
        "0s alice challenges chess none white; 0s bob accepts; 7d wake",
        "8d ruth rules void why",
        "ruled void, over ruled",
    ),
    (
        "0s alice challenges chess none white; 0s bob accepts; 7d wake",
        "8d alice plays e4",
        "moved 0 e4",
    ),
    (
        "0s alice challenges chess none white; 0s bob accepts; 7d wake; 8d alice plays e4",
        "9d ruth rules void why",
        "no: match/nothing-to-rule",
    ),
    (
        "0s alice challenges chess none white; 0s bob accepts; 7d wake; 8d alice plays e4",
        "15d wake",
        "stalled",
    ),
    (
        "0s alice challenges chess none white; 0s bob accepts; 7d wake",
        "8d ruth rules continue why",
        "ruled continue",
    ),
    (
        "0s alice challenges chess none white; 0s bob accepts; 1s halt",
        "2s ruth rules void why",
        "ruled void, over ruled",
    ),
    (
        "0s alice challenges chess none white; 0s bob accepts; 1s halt",
        "2s ruth rules continue why",
        "no: match/halted",
    ),
];

#[test]
fn a_dispute_freezes_the_match() {
    check(FROZEN, GAME);
}

#[test]
fn rulings_and_what_follows_from_them() {
    check(RULINGS, GAME);
    check(BACK, GAME);
    check(STALLED, GAME);
}

#[test]
fn one_appeal_to_another_referee() {
    check(APPEALS, GAME);
}

#[test]
fn results_can_be_disputed_for_a_while() {
    check(AFTER_THE_END, GAME);
    check(
        &[(
            "+2s alice disputes why",
            "3s ruth rules back 0 why",
            "ruled back, taken-back 1, resumed dispute",
        )],
        THROWS,
    );
}
