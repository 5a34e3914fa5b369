//! Given, when, then: players who go away. The clock is 5+3, so each has thirty seconds of grace.

use xmpp_referee::kit::{Seat, Span};
use xmpp_referee::matches::Event;

use super::stage::{START, Stage, outcome, span};

const BEGUN: &str = "0s alice challenges chess 5+3 white; 0s bob accepts";
/// Bob is to move since the tenth second, with five minutes left.
const BOBS: &str = "0s alice challenges chess 5+3 white; 0s bob accepts; 1s alice plays e4; \
                    2s bob plays e5; 10s alice plays Nf3";

/// Bob has two days per move, and fourteen of absence.
const DAYS: &str = "0s alice challenges chess 2d+14v white; 0s bob accepts; 1s alice plays e4; \
                    2s bob plays e5; 10s alice plays Nf3";

/// Given (after `BOBS` where it begins with +), when, then.
const LAW: &[(&str, &str, &str)] = &[
    // Going and coming back.
    (BOBS, "20s bob gone network", "absent 1 network"),
    (BOBS, "20s bob gone left", "absent 1 left"),
    (BOBS, "20s alice gone network", "absent 0 network"),
    (BOBS, "20s bob back", "nothing"),
    ("+20s bob gone network", "21s bob gone network", "nothing"),
    ("+20s bob gone network", "21s bob gone left", "nothing"),
    ("+20s bob gone left", "21s bob gone network", "nothing"),
    ("+20s bob gone left", "21s bob gone server", "nothing"),
    ("+20s bob gone network", "30s bob back", "back 1"),
    // Whoever asks for something is there.
    (
        "+20s bob gone network",
        "30s bob plays Nc6",
        "back 1, moved 1 Nc6",
    ),
    (
        "+20s bob gone network",
        "30s bob resigns",
        "back 1, resigned 1, over resigned 1-2",
    ),
    (
        "+20s bob gone network",
        "30s bob plays zz9",
        "no: game/unreadable",
    ),
    // Where nobody sits and waits, absence is nothing.
    (
        "0s alice challenges chess 2d white; 0s bob accepts",
        "1s bob gone network",
        "nothing",
    ),
    (
        "0s alice challenges chess none white; 0s bob accepts",
        "1s bob gone server",
        "nothing",
    ),
    (
        "0s alice challenges chess 5+3 white; 0s bob accepts; 1s bob resigns",
        "2s bob gone left",
        "nothing",
    ),
    // The clock stands still while grace lasts, and goes on from where that ended.
    ("+20s bob gone network", "49s wake", "nothing"),
    ("+20s bob gone network", "50s wake", "claimable 1"),
    ("+20s bob gone network; 50s wake", "339s wake", "nothing"),
    (
        "+20s bob gone network; 50s wake",
        "340s wake",
        "flagged 1, over time 1-2",
    ),
    // Woken late, both come in their order.
    (
        "+20s bob gone network",
        "400s wake",
        "claimable 1, flagged 1, over time 1-2",
    ),
    // Grace is shared over the match: ten seconds of it are left, and then twenty until a claim.
    (
        "+20s bob gone network; 40s bob back; 100s bob gone network",
        "110s wake",
        "grace-over 1",
    ),
    (
        "+20s bob gone network; 40s bob back; 100s bob gone network; 110s wake",
        "130s wake",
        "claimable 1",
    ),
    // Whoever goes while the other is to move loses nothing yet.
    ("+20s alice gone network", "200s wake", "nothing"),
    (
        "+20s alice gone network; 30s bob plays Nc6",
        "60s wake",
        "claimable 0",
    ),
    // Leaving gives no grace, and the other waits as long for a claim.
    ("+20s bob gone left", "50s wake", "claimable 1"),
    (
        "+20s bob gone left",
        "310s wake",
        "claimable 1, flagged 1, over time 1-2",
    ),
    // Claims.
    (BOBS, "20s alice claims", "no: match/nobody-away"),
    (
        "+20s bob gone network",
        "49s alice claims",
        "no: match/claim-early",
    ),
    (
        "+20s bob gone network; 50s wake",
        "51s alice claims",
        "over abandoned 1-2",
    ),
    (
        "+20s bob gone network; 50s wake",
        "51s carol claims",
        "no: match/not-a-player",
    ),
    (
        "+20s bob gone network; 50s wake",
        "51s bob claims",
        "no: match/nobody-away",
    ),
    (
        "+20s bob gone network; 50s wake; 51s bob back",
        "52s alice claims",
        "no: match/nobody-away",
    ),
    (
        "+20s alice gone network",
        "200s bob claims",
        "no: match/not-waiting",
    ),
    (
        "+20s bob gone network; 50s wake; 51s alice claims",
        "52s bob plays Nc6",
        "no: match/over",
    ),
    // Waiting.
    (
        "+20s bob gone network",
        "30s alice waits",
        "no: match/wait-early",
    ),
    (BOBS, "20s alice waits", "no: match/nobody-away"),
    (
        "+20s bob gone network; 50s wake",
        "60s alice waits",
        "waited 1",
    ),
    (
        "+20s bob gone network; 50s wake; 60s alice waits",
        "70s alice claims",
        "no: match/claim-early",
    ),
    (
        "+20s bob gone network; 50s wake; 60s alice waits",
        "70s alice waits",
        "no: match/wait-early",
    ),
    (
        "+20s bob gone network; 50s wake; 60s alice waits",
        "359s wake",
        "nothing",
    ),
    (
        "+20s bob gone network; 50s wake; 60s alice waits",
        "360s wake",
        "claimable 1",
    ),
    // Both gone: put away, and won by nobody.
    (
        "+20s bob gone network",
        "30s alice gone network",
        "absent 0 network, paused absent",
    ),
    (
        "+20s bob gone left",
        "30s alice gone left",
        "absent 0 left, paused absent",
    ),
    (
        "+20s bob gone network; 30s alice gone left",
        "1h wake",
        "nothing",
    ),
    (
        "+20s bob gone network; 30s alice gone left",
        "8d wake",
        "over deserted",
    ),
    (
        "+20s bob gone network; 30s alice gone left",
        "40s alice back",
        "back 0",
    ),
    (
        "+20s bob gone network; 30s alice gone left; 40s alice back",
        "41s alice resumes",
        "no: match/absent",
    ),
    (
        "+20s bob gone network; 30s alice gone left; 40s alice back",
        "41s alice claims",
        "no: match/paused",
    ),
    (
        "+20s bob gone network; 30s alice gone left; 40s alice back",
        "41s bob plays Nc6",
        "no: match/paused",
    ),
    (
        "+20s bob gone network; 30s alice gone left; 40s alice back",
        "41s bob resumes",
        "back 1, resumed absent",
    ),
    (
        "+20s bob gone network; 30s alice gone left; 40s alice back; 1d bob back",
        "25h alice resumes",
        "resumed absent",
    ),
    (
        "+20s bob gone network; 30s alice gone left",
        "40s carol resumes",
        "no: match/not-a-player",
    ),
    (BOBS, "20s bob resumes", "no: match/not-paused"),
    // A server: no clock runs, whoever is to move, and no grace is used.
    (
        BOBS,
        "20s bob gone server",
        "absent 1 server, paused outage",
    ),
    (
        BOBS,
        "20s alice gone server",
        "absent 0 server, paused outage",
    ),
    (
        "+20s bob gone network",
        "30s bob gone server",
        "absent 1 server, paused outage",
    ),
    (
        "+20s bob gone server",
        "30s alice gone server",
        "absent 0 server",
    ),
    ("+20s bob gone server", "30s bob gone network", "nothing"),
    (
        "+20s bob gone server",
        "1h bob back",
        "back 1, resumed outage",
    ),
    (
        "+20s bob gone server; 30s alice gone server",
        "1h bob back",
        "back 1",
    ),
    (
        "+20s bob gone server",
        "1h alice claims",
        "no: match/paused",
    ),
    ("+20s bob gone server", "15m wake", "nothing"),
    // But not for ever: after that the law of whoever is away holds, as if the line had broken without grace.
    ("+20s bob gone server", "16m wake", "resumed outage"),
    ("+20s bob gone server; 16m wake", "17m wake", "claimable 1"),
    (
        "+20s bob gone server; 16m wake; 17m wake; 17m bob back",
        "18m bob gone server",
        "absent 1 server",
    ),
    (
        "+20s bob gone server; 10m bob back",
        "11m bob gone server",
        "absent 1 server, paused outage",
    ),
    (
        "+20s bob gone server; 10m bob back; 11m bob gone server",
        "17m wake",
        "resumed outage",
    ),
    // Only where nobody is there the match is put away.
    (
        "+20s bob gone server; 30s alice gone server",
        "16m wake",
        "paused absent, resumed outage",
    ),
    (
        "+20s bob gone server; 30s alice gone server; 16m wake; 26h bob back; 26h alice back",
        "27h alice resumes",
        "resumed absent",
    ),
    (
        "+20s bob gone server; 30s alice gone server; 16m wake",
        "9d wake",
        "over deserted",
    ),
    // The beginning: nobody loses a match in which a first move is missing.
    (BEGUN, "10m wake", "over no-first-move"),
    (
        "0s alice challenges chess 5+3 white; 0s bob accepts; 1s alice gone network",
        "10m wake",
        "over no-show",
    ),
    (
        "0s alice challenges chess 5+3 white; 0s bob accepts; 1s bob gone left",
        "10m wake",
        "over no-first-move",
    ),
    (
        "0s alice challenges chess 5+3 white; 0s bob accepts; 1s bob gone left; 2s alice gone network",
        "10m wake",
        "over both-absent",
    ),
    (
        "0s alice challenges chess 5+3 white; 0s bob accepts; 1s alice gone left",
        "9m bob claims",
        "no: match/not-begun",
    ),
    // Days of absence, within the allowance and no longer.
    (DAYS, "1h bob takes 3d", "on-leave 1 3 days"),
    (DAYS, "1h bob takes 20d", "on-leave 1 14 days"),
    (DAYS, "1h carol takes 3d", "no: match/not-a-player"),
    (DAYS, "1h bob returns", "no: match/not-on-leave"),
    (BOBS, "20s bob takes 3d", "no: match/leave-used"),
    // Nothing of it is for anybody who does not play.
    (
        "+20s bob gone network",
        "30s carol waits",
        "no: match/not-a-player",
    ),
];

fn played(given: &str) -> Stage {
    let given = match given.strip_prefix('+') {
        Some(more) => format!("{BOBS}; {more}"),
        None => given.to_owned(),
    };
    let mut stage = Stage::new();
    for line in given.split(';') {
        if let Err(no) = stage.perform(line) {
            panic!("given {given}: `{line}` was refused: {no}");
        }
    }
    stage
}

#[test]
fn the_law_of_absence() {
    let mut wrong = Vec::new();
    for (given, when, then) in LAW {
        let said = outcome(&played(given).perform(when));
        if said != *then {
            wrong.push(format!(
                "given {given}\nwhen {when}\nthen {then}\nbut  {said}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_refusal_says_what_to_type() {
    for (given, when, then) in LAW {
        if then.starts_with("no: match/") {
            let no = played(given).perform(when).unwrap_err();
            assert!(
                no.text.ends_with('.') && no.hint.is_some(),
                "{when}: {no:?}"
            );
        }
    }
}

#[test]
fn the_clock_shows_what_the_law_says() {
    for (given, when, left) in [
        ("+20s bob gone network", "45s", 290),
        ("+20s bob gone network; 30s bob back", "40s", 280),
        ("+20s bob gone network; 50s wake", "60s", 280),
        ("+20s bob gone network; 58s wake", "60s", 280),
        ("+20s bob gone left", "45s", 265),
        ("+20s bob gone server", "14m", 290),
        ("+20s bob gone server; 1h bob back", "3610s", 280),
        (
            "+20s bob gone network; 50s wake; 60s alice waits",
            "300s",
            280,
        ),
        ("+20s bob gone network; 30s alice gone network", "5d", 290),
        ("+20s alice gone network", "45s", 265),
    ] {
        let stage = played(given);
        let game = stage.game.as_ref().unwrap();
        let shown = game.time_left(Seat(1), START + span(when)).unwrap();
        assert_eq!(shown, Span::seconds(left), "{given}, at {when}");
    }
}

/// The referee's own downtime costs neither clock nor grace, and is recorded once.
#[test]
fn downtime_in_the_middle_of_grace_is_given_back() {
    let mut stage = played("+20s bob gone network; 30s down 10m");
    assert_eq!(outcome(&stage.perform("649s wake")), "credited 10 minutes");
    assert_eq!(outcome(&stage.perform("650s wake")), "claimable 1");
    let game = stage.game.as_ref().unwrap();
    let at = START + Span::seconds(660);
    assert_eq!(game.time_left(Seat(1), at), Some(Span::seconds(280)));
    assert_eq!(game.absences.used(Seat(1)), Span::seconds(30));
}

#[test]
fn more_time_is_given_a_limited_number_of_times() {
    let mut stage = played("+20s bob gone left; 50s wake");
    let mut given = 0;
    for round in 0..100 {
        match stage.perform(&format!("{}s alice waits", 60 + round * 301)) {
            Ok(made) => given += usize::from(matches!(made.events[..], [Event::Waited { .. }])),
            Err(no) => {
                assert_eq!(no.code, "match/waited-enough");
                break;
            }
        }
        // The clock runs for a second between two gifts.
        stage
            .perform(&format!("{}s wake", 60 + round * 301 + 300))
            .unwrap();
    }
    assert_eq!(given, 12);
}
