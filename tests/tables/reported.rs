//! Given, when, then: games that are played elsewhere, with three hours for each step.

use super::stage::{Stage, outcome};

/// One map, so that there is nothing to choose.
const PLAY: &str = "0s alice challenges cs 3h/phase first bo=1 maps=nuke; 0s bob accepts";
const VETO: &str = "0s alice challenges quake 3h/phase first bo=1 maps=dm4+dm6+ztn; 0s bob accepts";
const SIDES: &str =
    "0s alice challenges cs 3h/phase first sides=yes maps=nuke+dust2+train; 0s bob accepts";
const REPORTED: &str =
    "0s alice challenges cs 3h/phase first bo=1 maps=nuke; 0s bob accepts; 1h alice plays 13-7";
const DISPUTED: &str = "0s alice challenges cs 3h/phase first bo=1 maps=nuke; 0s bob accepts; \
                        1h alice plays 13-7; 2h bob plays 13-11";

/// Given, when, then.
const LAW: &[(&str, &str, &str)] = &[
    // Terms.
    ("", "0s alice challenges cs 5+3 first", "no: match/clock"),
    ("", "0s alice challenges cs hg5 first", "no: match/clock"),
    (
        "",
        "0s alice challenges cs 2d first bo3",
        "no: match/series",
    ),
    (
        "",
        "0s alice challenges cs 2d first bo=5 maps=a+b+c",
        "no: setup/contradiction",
    ),
    ("", "0s alice challenges cs none first", "challenged"),
    // The veto.
    (VETO, "1h alice plays ban-dm6", "moved 0 ban-dm6"),
    (VETO, "1h alice plays pick-dm6", "no: veto/turn"),
    (VETO, "1h alice plays ban-q3dm17", "no: game/unreadable"),
    (VETO, "1h alice plays 21-9", "no: game/unreadable"),
    (VETO, "1h bob plays ban-dm6", "no: match/not-your-turn"),
    (VETO, "179m wake", "nothing"),
    (VETO, "3h wake", "flagged 0"),
    // A step that is seen to late gives the next side its whole time all the same.
    (VETO, "6h wake", "flagged 0"),
    (
        "VETO; 3h wake; 4h bob plays ban-dm6",
        "7h wake",
        "flagged 0 1, over unreported",
    ),
    (
        "VETO; 3h wake; 4h bob plays ban-dm6",
        "6h bob plays 21-9",
        "moved 1 21-9",
    ),
    (
        "VETO; 1h alice plays ban-dm6",
        "2h bob plays ban-dm6",
        "no: veto/taken",
    ),
    (SIDES, "1h alice plays pick-dust2", "moved 0 pick-dust2"),
    (
        "SIDES; 1h alice plays pick-dust2",
        "2h bob plays ct",
        "moved 1 ct",
    ),
    (
        "SIDES; 1h alice plays pick-dust2",
        "2h bob plays pick-nuke",
        "no: game/unreadable",
    ),
    (
        "SIDES; 1h alice plays pick-dust2; 2h bob plays ct",
        "5h wake",
        "flagged 1",
    ),
    // Play and report: whoever comes first, in time.
    (PLAY, "1h alice plays 13-7", "moved 0 13-7"),
    (PLAY, "1h bob plays 7-13", "moved 1 7-13"),
    (PLAY, "1h carol plays 13-7", "no: match/not-a-player"),
    (PLAY, "1h alice plays 13-12", "no: report/score"),
    (PLAY, "1h alice plays 13-7,13-7", "no: report/maps"),
    (PLAY, "1h alice plays confirmed", "no: report/nothing"),
    (PLAY, "3h wake", "flagged 0 1, over unreported"),
    (PLAY, "1h alice aborts", "offered 0 abort"),
    ("PLAY; 1h alice aborts", "2h bob aborts", "over aborted"),
    (PLAY, "1h alice resigns", "resigned 0, over resigned 2-1"),
    (PLAY, "1h alice draws", "no: match/no-draws"),
    // The answer: it has its own three hours, whatever the report took.
    (
        REPORTED,
        "2h bob plays confirmed",
        "moved 1 confirmed, over confirmed 1-2",
    ),
    (
        REPORTED,
        "2h bob plays 7-13",
        "moved 1 7-13, over confirmed 1-2",
    ),
    (REPORTED, "2h bob plays 13-11", "moved 1 13-11"),
    (REPORTED, "2h alice plays 13-5", "no: match/not-your-turn"),
    (REPORTED, "3h wake", "nothing"),
    (
        REPORTED,
        "4h wake",
        "flagged 1, over confirmed-by-silence 1-2",
    ),
    (
        "REPORTED; 2h down 24h",
        "28h wake",
        "credited 1 day, flagged 1, over confirmed-by-silence 1-2",
    ),
    ("REPORTED; 2h stand", "30h wake", "nothing"),
    (
        "REPORTED; 2h stand",
        "3h bob plays confirmed",
        "no: match/paused",
    ),
    (
        "REPORTED; 2h stand; 30h go on",
        "32h wake",
        "flagged 1, over confirmed-by-silence 1-2",
    ),
    // A dispute: nobody wins by silence.
    (DISPUTED, "5h wake", "flagged 0 1, over disputed"),
    (
        DISPUTED,
        "3h alice plays confirmed",
        "moved 0 confirmed, over confirmed 2-1",
    ),
    (
        DISPUTED,
        "3h bob plays confirmed",
        "moved 1 confirmed, over confirmed 1-2",
    ),
    (DISPUTED, "3h alice plays 13-7", "no: report/same"),
    (
        DISPUTED,
        "3h alice plays 11-13",
        "moved 0 11-13, over confirmed 2-1",
    ),
    (
        "DISPUTED; 3h alice plays 13-6; 3h alice plays 13-5",
        "4h alice plays 13-4",
        "no: report/often",
    ),
    // Who plays elsewhere need not be seen here.
    (PLAY, "1h bob gone left", "nothing"),
    (PLAY, "1h alice claims", "no: match/nobody-away"),
    // Evidence.
    (PLAY, "1h alice shows https://example.org/1", "evidence"),
    (
        PLAY,
        "1h carol shows https://example.org/1",
        "no: match/not-a-player",
    ),
    (PLAY, "1h alice shows screenshot", "no: evidence/no-link"),
    (
        "PLAY; 1h alice shows https://example.org/1",
        "2h bob shows https://example.org/1",
        "no: evidence/known",
    ),
    (
        "REPORTED; 2h bob plays confirmed",
        "3h bob shows https://example.org/1",
        "no: match/over",
    ),
    (
        "0s alice challenges chess 5+3 white; 0s bob accepts",
        "1s bob shows https://example.org/1",
        "no: evidence/not-here",
    ),
];

/// The lines of a given; a name in capitals stands for what is above.
fn lines(given: &str) -> Vec<&str> {
    let named = |line: &'static str| line.split(';').map(str::trim).collect::<Vec<_>>();
    given
        .split(';')
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .flat_map(|line| match line {
            "PLAY" => named(PLAY),
            "VETO" => named(VETO),
            "SIDES" => named(SIDES),
            "REPORTED" => named(REPORTED),
            "DISPUTED" => named(DISPUTED),
            line => vec![line],
        })
        .collect()
}

#[test]
fn the_law_of_reported_games() {
    let mut wrong = Vec::new();
    for (given, when, then) in LAW {
        let mut stage = Stage::new();
        for line in lines(given) {
            if let Err(no) = stage.perform(line) {
                panic!("given {given}: {line}: {no}");
            }
        }
        let said = outcome(&stage.perform(when));
        if said != *then {
            wrong.push(format!(
                "given {given}\n  when {when}\n  then {then}\n  was  {said}"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn one_side_gives_no_more_links_than_fit() {
    let mut stage = Stage::new();
    lines(PLAY).into_iter().for_each(|line| {
        stage.perform(line).unwrap();
    });
    let mut given = 0;
    for n in 0..20 {
        match stage.perform(&format!("1h alice shows https://example.org/{n}")) {
            Ok(_) => given += 1,
            Err(no) => assert_eq!(no.code, "evidence/many"),
        }
    }
    assert_eq!(given, 8);
    assert!(stage.perform("1h bob shows https://example.org/b").is_ok());
}
