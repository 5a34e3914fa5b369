//! Given, when, then: a clan's calendar. `planner.rs` says what the lines mean.

use xmpp_referee::clans::calendar::{Ask, Calendar, Entry, whole};

use super::planner::{Wolves, apply, moment, person, step, told};

const ONCE: &str = "20T10:00 alice plans training Aim thu 20:00";
const WEEKLY: &str = "20T10:00 alice plans training Aim sat 20:00 weekly 4 times";
const SLOTS: &str = "20T10:00 alice proposes match Scrim thu 20:00, 2026-11-27 20:00, 2026-11-28 20:00 by wed 12:00";

/// Given, when, then.
const LAW: &[(&str, &str, &str)] = &[
    // Entering.
    ("", ONCE, "planned 1 2026-11-26T19:00"),
    ("", WEEKLY, "planned 1 2026-11-21T19:00 every week, 4 times"),
    (
        "",
        "20T10:00 bob plans training Aim sat 20:00",
        "no: clan/not-allowed",
    ),
    (
        "",
        "20T10:00 zed plans training Aim sat 20:00",
        "no: clan/not-allowed",
    ),
    (
        "",
        "20T10:00 alice plans training Aim today 10:00",
        "no: calendar/past",
    ),
    (
        "",
        "20T10:00 alice plans training Aim 2028-01-01 10:00",
        "no: calendar/far",
    ),
    (
        "",
        "20T10:00 alice plans training sat 20:00",
        "no: calendar/no-title",
    ),
    (
        "",
        "20T10:00 alice plans training Aim sat 20:00 25h",
        "no: calendar/length",
    ),
    (
        "",
        "20T10:00 alice plans training Aim 2027-03-28 02:30",
        "no: calendar/no-such-time",
    ),
    (
        "",
        "20T10:00 alice plans training Aim sat 20:00 weekly until 2028-12-24",
        "no: calendar/repeat",
    ),
    (
        "",
        "20T10:00 alice plans training Aim sat 20:00 weekly until 2026-11-22",
        "no: calendar/repeat",
    ),
    (
        "",
        "20T10:00 alice plans training Aim sat 20:00 weekly",
        "planned 1 2026-11-21T19:00 every week until 2027-11-22",
    ),
    (
        ONCE,
        "20T10:01 alice plans match Cup fri 20:00",
        "planned 2 2026-11-20T19:00",
    ),
    // Who comes.
    (
        ONCE,
        "20T11:00 bob attends 1 yes",
        "answered 1 bob yes 2026-11-26",
    ),
    (
        ONCE,
        "20T11:00 bob attends 1 yes all",
        "answered 1 bob yes 2026-11-26",
    ),
    (ONCE, "20T11:00 zed attends 1 yes", "no: clan/not-allowed"),
    (ONCE, "20T11:00 bob attends 2 yes", "no: calendar/unknown"),
    (
        ONCE,
        "20T11:00 bob attends 1 yes 2026-11-27",
        "no: calendar/no-such-date",
    ),
    (ONCE, "27T11:00 bob attends 1 yes", "no: calendar/over"),
    (
        "+20T11:00 bob attends 1 yes",
        "20T12:00 bob attends 1 yes",
        "nothing",
    ),
    (
        "+20T11:00 bob attends 1 yes",
        "20T12:00 bob attends 1 no",
        "answered 1 bob no 2026-11-26",
    ),
    (
        WEEKLY,
        "20T11:00 bob attends 1 yes",
        "answered 1 bob yes 2026-11-21",
    ),
    (
        WEEKLY,
        "22T11:00 bob attends 1 yes",
        "answered 1 bob yes 2026-11-28",
    ),
    (
        WEEKLY,
        "20T11:00 bob attends 1 yes all",
        "answered 1 bob yes all",
    ),
    (
        WEEKLY,
        "20T11:00 bob attends 1 no 2026-12-05",
        "answered 1 bob no 2026-12-05",
    ),
    // While it goes on it is not over.
    (
        WEEKLY,
        "21T20:00 bob attends 1 yes",
        "answered 1 bob yes 2026-11-21",
    ),
    // Who plays.
    (
        ONCE,
        "20T11:00 alice picks 1 bob",
        "no: calendar/unavailable",
    ),
    (
        "+20T11:00 bob attends 1 no",
        "20T12:00 alice picks 1 bob",
        "no: calendar/unavailable",
    ),
    (
        "+20T11:00 bob attends 1 maybe",
        "20T12:00 alice picks 1 bob",
        "picked 1 2026-11-26 bob",
    ),
    (
        "+20T11:00 bob attends 1 yes",
        "20T12:00 carol picks 1 bob",
        "picked 1 2026-11-26 bob",
    ),
    (
        "+20T11:00 bob attends 1 yes",
        "20T12:00 bob picks 1 bob",
        "no: clan/not-allowed",
    ),
    (
        "+20T11:00 bob attends 1 yes",
        "20T12:00 carol picks 1 bob subs bob",
        "no: calendar/lineup",
    ),
    (
        "+20T11:00 bob attends 1 yes",
        "20T12:00 carol picks 1 bob subs coach bob",
        "picked 1 2026-11-26 bob+bob",
    ),
    (
        "+20T11:00 bob attends 1 yes",
        "20T12:00 carol picks 1 zed",
        "no: calendar/not-a-member",
    ),
    (
        "+20T11:00 bob attends 1 yes; 20T12:00 carol picks 1 bob",
        "20T13:00 carol picks 1 bob",
        "nothing",
    ),
    // Votes.
    ("", SLOTS, "proposed 1 3"),
    (
        "",
        "20T10:00 alice proposes match Scrim thu 20:00",
        "no: calendar/slots",
    ),
    (
        "",
        "20T10:00 alice proposes match Scrim thu 20:00, thu 20:00",
        "no: calendar/slots",
    ),
    (
        "",
        "20T10:00 alice proposes match Scrim thu 20:00, fri 20:00 by 2026-12-01 12:00",
        "no: calendar/deadline",
    ),
    (SLOTS, "20T11:00 bob votes 1 1 3", "voted 1 bob {0, 2}"),
    (SLOTS, "20T11:00 bob votes 1 4", "no: calendar/slots"),
    (SLOTS, "20T11:00 zed votes 1 1", "no: clan/not-allowed"),
    (
        SLOTS,
        "20T11:00 bob attends 1 yes",
        "no: calendar/not-fixed",
    ),
    (SLOTS, "20T11:00 alice fixes 1", "no: calendar/no-votes"),
    (SLOTS, "20T11:00 alice fixes 1 2", "fixed 1 1 []"),
    (SLOTS, "20T11:00 bob fixes 1 2", "no: clan/not-allowed"),
    (SLOTS, "25T11:00 wake", "lapsed 1"),
    (SLOTS, "25T10:59 wake", "nothing"),
    (
        "*20T11:00 bob votes 1 2 3; 20T11:00 carol votes 1 3",
        "25T11:00 wake",
        "fixed 1 2 []",
    ),
    (
        "*20T11:00 bob votes 1 2 3; 20T11:00 carol votes 1 3 2",
        "25T11:00 wake",
        "fixed 1 1 [2]",
    ),
    (
        "*20T11:00 bob votes 1 2; 20T12:00 bob votes 1",
        "25T11:00 wake",
        "lapsed 1",
    ),
    (
        "*20T11:00 bob votes 1 2; 20T12:00 alice fixes 1",
        "20T13:00 bob attends 1 yes",
        "nothing",
    ),
    (
        "*20T11:00 alice fixes 1 1",
        "20T12:00 bob votes 1 1",
        "no: calendar/fixed",
    ),
    (
        "*20T11:00 alice cancels 1",
        "20T12:00 bob votes 1 1",
        "no: calendar/unknown",
    ),
    // Reminders: two days before to the undecided, a day and an hour before to those who come.
    (ONCE, "24T19:00 wake", "reminded 1 2026-11-26 Undecided"),
    (ONCE, "25T19:00 wake", "reminded 1 2026-11-26 Day"),
    (ONCE, "26T18:00 wake", "reminded 1 2026-11-26 Hour"),
    (ONCE, "26T21:00 wake", "passed 1 2026-11-26"),
    (ONCE, "26T21:01 wake", "nothing"),
    (WEEKLY, "20T10:00 wake", "nothing"),
    (WEEKLY, "20T19:00 wake", "reminded 1 2026-11-21 Day"),
    (WEEKLY, "26T19:00 wake", "reminded 1 2026-11-28 Undecided"),
    (WEEKLY, "2026-12-12T21:00 wake", "passed 1 2026-12-12"),
    (WEEKLY, "2026-12-19T21:00 wake", "nothing"),
    // Calling off.
    (
        ONCE,
        "20T11:00 alice cancels 1 snow",
        "cancelled 1 all snow",
    ),
    (ONCE, "20T11:00 bob cancels 1", "no: clan/not-allowed"),
    ("+20T11:00 alice cancels 1", "24T19:00 wake", "nothing"),
    (
        "+20T11:00 alice cancels 1",
        "20T12:00 alice cancels 1",
        "no: calendar/cancelled",
    ),
    (WEEKLY, "20T11:00 alice cancels 1", "no: calendar/which"),
    (
        WEEKLY,
        "20T11:00 alice cancels 1 2026-11-28 snow",
        "cancelled 1 2026-11-28 snow",
    ),
    (
        WEEKLY,
        "20T11:00 alice cancels 1 2026-11-29",
        "no: calendar/no-such-date",
    ),
    (WEEKLY, "20T11:00 alice cancels 1 all", "cancelled 1 all"),
    (
        "w20T11:00 alice cancels 1 2026-11-28",
        "27T19:00 wake",
        "nothing",
    ),
    (
        "w20T11:00 alice cancels 1 2026-11-28",
        "22T11:00 bob attends 1 yes",
        "answered 1 bob yes 2026-12-05",
    ),
    (
        "w20T11:00 alice cancels 1 2026-11-28",
        "22T11:00 bob attends 1 yes 2026-11-28",
        "no: calendar/no-such-date",
    ),
    // Moving: everybody is asked anew.
    (
        ONCE,
        "20T11:00 alice moves 1 to sun 18:00",
        "moved 1 all 2026-11-22T17:00",
    ),
    (
        "+20T11:00 alice moves 1 to sun 18:00",
        "21T17:00 wake",
        "reminded 1 2026-11-22 Day",
    ),
    (
        "+20T11:00 bob attends 1 yes; 20T12:00 alice moves 1 to fri 18:00",
        "20T13:00 carol picks 1 bob",
        "no: calendar/unavailable",
    ),
    (
        WEEKLY,
        "20T11:00 alice moves 1 2026-11-28 to 2026-11-29 18:00",
        "moved 1 2026-11-28 2026-11-29T17:00",
    ),
    (
        "w20T11:00 alice moves 1 2026-11-28 to 2026-11-29 18:00",
        "28T17:00 wake",
        "reminded 1 2026-11-28 Day",
    ),
    (
        "w20T11:00 alice moves 1 2026-11-28 to 2026-11-29 18:00",
        "29T11:00 bob attends 1 yes",
        "answered 1 bob yes 2026-11-28",
    ),
    (
        "w20T11:00 bob attends 1 yes all; 20T12:00 alice moves 1 2026-11-28 to 2026-11-29 18:00",
        "29T11:00 carol picks 1 bob",
        "no: calendar/unavailable",
    ),
    (
        "w22T11:00 alice moves 1 all to fri 20:00",
        "2026-12-11T21:00 wake",
        "passed 1 2026-12-11",
    ),
    (
        "w22T11:00 alice moves 1 all to fri 20:00",
        "2026-12-18T21:00 wake",
        "nothing",
    ),
];

#[test]
fn the_law_of_the_calendar() {
    let mut wrong = Vec::new();
    for (given, when, then) in LAW {
        let mut calendar = Calendar::default();
        let given = match given.split_at_checked(1) {
            Some(("+", more)) => format!("{ONCE}; {more}"),
            Some(("w", more)) => format!("{WEEKLY}; {more}"),
            Some(("*", more)) => format!("{SLOTS}; {more}"),
            _ => (*given).to_owned(),
        };
        for line in given.split("; ").filter(|line| !line.is_empty()) {
            step(&mut calendar, line).unwrap_or_else(|no| panic!("given {line}: {no}"));
        }
        let came = match step(&mut calendar, when) {
            Err(refusal) => {
                assert!(
                    refusal.hint.is_some(),
                    "{}: nothing to type next",
                    refusal.code
                );
                format!("no: {}", refusal.code)
            }
            Ok(events) if events.is_empty() => "nothing".to_owned(),
            Ok(events) => events.iter().map(told).collect::<Vec<_>>().join(", "),
        };
        if came != *then {
            wrong.push(format!(
                "given {given}, when {when}: {came}, and not {then}"
            ));
        }
        // A snapshot is the same calendar.
        let text = serde_json::to_string(&calendar).unwrap();
        assert_eq!(serde_json::from_str::<Calendar>(&text).unwrap(), calendar);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn after_a_standstill_the_latest_reminder_is_told_once() {
    let mut calendar = Calendar::default();
    step(&mut calendar, ONCE).unwrap();
    let late = moment("26T18:30");
    let events = calendar.decide(late, None, &Ask::Wake, &Wolves).unwrap();
    assert_eq!(
        events.iter().map(told).collect::<Vec<_>>(),
        ["reminded 1 2026-11-26 Hour"]
    );
    apply(&mut calendar, late, None, &events);
    assert_eq!(calendar.wake(late), None);
    assert_eq!(calendar.next_wake(), Some(moment("26T21:00")));
}

#[test]
fn whoever_says_no_or_leaves_is_in_no_line_up_any_more() {
    let mut calendar = Calendar::default();
    for line in [
        ONCE,
        "20T11:00 bob attends 1 yes",
        "20T11:00 dave attends 1 yes",
        "20T12:00 alice picks 1 bob dave",
    ] {
        step(&mut calendar, line).unwrap();
    }
    let on = "2026-11-26".parse().unwrap();
    let players = |calendar: &Calendar| calendar.entry(1).unwrap().lineup(on).players;
    step(&mut calendar, "20T13:00 bob attends 1 no").unwrap();
    assert_eq!(players(&calendar), [person("dave")]);
    calendar.forget(person("dave"));
    assert_eq!(players(&calendar), []);
}

#[test]
fn limits_hold() {
    let mut calendar = Calendar::default();
    for minute in 0..8 {
        let line =
            format!("20T10:00 alice proposes match Scrim thu 20:0{minute}, fri 20:0{minute}");
        step(&mut calendar, &line).unwrap();
    }
    assert_eq!(
        step(&mut calendar, SLOTS).unwrap_err().code,
        "calendar/full"
    );
    for _ in 8..64 {
        step(&mut calendar, ONCE).unwrap();
    }
    assert_eq!(step(&mut calendar, ONCE).unwrap_err().code, "calendar/full");
    // What is over makes room, and is forgotten after a month.
    step(
        &mut calendar,
        "28T10:00 alice plans training Aim 2027-02-01 20:00",
    )
    .unwrap();
    step(
        &mut calendar,
        "2027-01-10T10:00 alice plans training Aim 2027-02-01 20:00",
    )
    .unwrap();
    assert_eq!(calendar.entries().count(), 2);
}

#[test]
fn icalendar_has_what_other_programs_need() {
    let mut calendar = Calendar::default();
    for line in [
        "20T10:00 alice plans training Aim; practice 2027-03-21 20:00 1h30 weekly 4 times at Hölle, a place whose address is long enough to be folded, Höhenstraße 1",
        "20T10:00 alice cancels 1 2027-04-04",
        "20T10:00 alice moves 1 2027-04-11 to 2027-04-12 18:00",
        "20T10:00 alice plans match Cup 2026-12-24 18:00 utc public",
        "20T11:00 alice cancels 2",
    ] {
        step(&mut calendar, line).unwrap_or_else(|no| panic!("{line}: {no}"));
    }
    let entries: Vec<&Entry> = calendar.entries().collect();
    let text = whole(&entries, "Wolves", "clan-wolves", "referee.example.org");
    assert!(
        text.split("\r\n")
            .all(|line| line.len() <= 75 && !line.contains('\n')),
        "{text}"
    );
    if std::env::var_os("UPDATE").is_some() {
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tables/calendar.ics");
        std::fs::write(golden, text.replace("\r\n", "\n")).unwrap();
    }
    let golden = include_str!("calendar.ics").replace('\n', "\r\n");
    assert_eq!(text, golden);
}
