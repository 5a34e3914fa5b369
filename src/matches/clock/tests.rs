//! Tables: notation as people write it, and each kind of clock as its own field reckons it.

use proptest::prelude::*;

use super::{Clock, ClockRule};
use crate::kit::{Seat, Span, Timestamp};

const ME: Seat = Seat(0);
const YOU: Seat = Seat(1);

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1000)
}

fn rule(text: &str) -> ClockRule {
    text.parse().expect(text)
}

/// As people type it, as it is printed, and in words.
#[test]
fn notation_reads_and_prints() {
    for (text, printed, words) in [
        ("5+3", "5+3", "5 minutes each, 3 seconds added per move"),
        ("10", "10+0", "10 minutes each"),
        ("0.5+0", "30s+0", "30 seconds each"),
        ("30S+1", "30s+1", "30 seconds each, 1 second added per move"),
        ("0+2", "2s+2", "2 seconds each, 2 seconds added per move"),
        (
            "0.025+0.5",
            "1.500s+0.500",
            "1 second each, a moment added per move",
        ),
        ("2d", "2d", "2 days per move"),
        ("2d/move", "2d", "2 days per move"),
        ("none", "none", "no clock"),
        (
            "15d10",
            "15d10",
            "15 minutes each, the clock waits 10 seconds at each move",
        ),
        (
            "15b10",
            "15b10",
            "15 minutes each, up to 10 seconds given back per move",
        ),
        (
            "30+3x30s",
            "30+3x30s",
            "30 minutes each, then 3 periods of 30 seconds",
        ),
        (
            "30+3x30",
            "30+3x30s",
            "30 minutes each, then 3 periods of 30 seconds",
        ),
        (
            "1h+1x60",
            "60+1x1m",
            "1 hour each, then 1 period of 1 minute",
        ),
        ("5x30s", "0+5x30s", "5 periods of 30 seconds"),
        (
            "30+25/10m",
            "30+25/10m",
            "30 minutes each, then 25 moves in every 10 minutes",
        ),
        ("25/10", "0+25/10m", "25 moves in every 10 minutes"),
        ("hg5", "hg5", "an hourglass with 5 minutes each"),
        ("3h/phase", "3h/move", "3 hours per move"),
        ("180m/move", "3h/move", "3 hours per move"),
        ("45s/move", "45s/move", "45 seconds per move"),
        (
            "2d+14v",
            "2d+14v",
            "2 days per move, 14 days of absence each",
        ),
        (
            "5+3|3+0",
            "5+3|3+0",
            "5 minutes for white, 3 seconds added per move; 3 minutes for black",
        ),
        ("5+3|5+3", "5+3", "5 minutes each, 3 seconds added per move"),
        (
            "3d | 1d",
            "3d|1d",
            "3 days per move for white; 1 day per move for black",
        ),
        (
            "5+3lag1",
            "5+3 lag1s",
            "5 minutes each, 3 seconds added per move, up to 1 second of lag forgiven per move",
        ),
        (
            "5+3 lag0",
            "5+3",
            "5 minutes each, 3 seconds added per move",
        ),
    ] {
        let rule: ClockRule = text.parse().unwrap();
        let read = (rule.to_string(), rule.words(&["white", "black"]));
        assert_eq!(read, (printed.to_owned(), words.to_owned()));
        assert_eq!(printed.parse::<ClockRule>().unwrap(), rule);
    }
}

#[test]
fn what_is_no_clock_is_refused_by_name() {
    for (code, texts) in [
        (
            "clock/unreadable",
            "5+ +3 5+3+1 -5 5_minutes é 5:3 10min d v x / hg hgx 3x 15d10+3 15d10d lag1s 5+3lag \
             45/move 5+3x 5+/10m 2d+v 5+3| |5+3 1.2345+0 5|x",
        ),
        (
            "clock/out-of-range",
            "0+0 99d 0d 999999+0 25h+0 5+3601 0d10 5d0 5+0x30s 5+100x30s 5+3x0s 5+3x2h 5+0/10m \
             5+999/10m hg0 hg25h 0s/move 31d/move 2d+0v 2d+61v 5+3lag11",
        ),
        (
            "clock/contradiction",
            "5+3+14v hg5+2v 3h/move+2v 5+3|2d 5+3|none none|none none|5+3 hg5|5+3 5+3|3+0|1+0 \
             2d_lag1s none_lag1s",
        ),
    ] {
        for text in texts.split_whitespace() {
            let no = text.replace('_', " ").parse::<ClockRule>().unwrap_err();
            assert_eq!(no.code, code, "{text}: {}", no.text);
            assert!(no.hint.is_some(), "{text}: what to type next");
        }
    }
    assert!("".parse::<ClockRule>().is_err());
    assert!("9".repeat(10_000).parse::<ClockRule>().is_err());
}

#[test]
fn hourglass_and_odds_are_for_two() {
    for (clock, seats, fits) in [
        ("hg5", (2, 2), true),
        ("hg5", (2, 3), false),
        ("5+3|3+0", (2, 2), true),
        ("5+3|3+0", (1, 1), false),
        ("5+3|3+0", (2, 4), false),
        ("5+3", (2, 9), true),
    ] {
        assert_eq!(
            rule(clock).fits(seats, false).is_ok(),
            fits,
            "{clock} {seats:?}"
        );
    }
    assert!(rule("hg5").fits((2, 2), true).is_err(), "both at once");
}

/// What a seat's clock shows: `0:30 then 2 periods`.
fn shown(clock: &Clock, rule: ClockRule, seat: Seat, now: Timestamp) -> String {
    let reading = clock.shows(rule, seat, now).expect("a clock");
    format!("{} {}", reading.left.clock(), reading.beside())
        .trim_end()
        .to_owned()
}

/// Both make their free first moves at 0; then I think so many seconds for each move and you answer at once. What my
/// clock shows after each move, or the second of that turn at which my flag falls.
fn reckon(notation: &str, thinks: &[i64]) -> Vec<String> {
    let rule = rule(notation);
    let mut clock = Clock::new(rule, 2);
    clock.note_move(ME);
    clock.note_move(YOU);
    let mut now = at(0);
    let mut seen = Vec::new();
    for think in thinks {
        clock.run(&[ME], now);
        let due = clock.next_flag(rule).expect("a deadline");
        let moved = now + Span::seconds(*think);
        if due <= moved {
            assert_eq!(clock.overdue(rule, due + Span(-1)).flags, [], "never early");
            assert_eq!(clock.overdue(rule, due).flags, [ME]);
            seen.push(format!("flag at {}", (due - now).0 / 1000));
            return seen;
        }
        clock.stop(rule, ME, moved, None);
        clock.run(&[YOU], moved);
        clock.stop(rule, YOU, moved, None);
        seen.push(shown(&clock, rule, ME, moved));
        now = moved;
    }
    seen
}

#[test]
fn each_kind_reckons_as_its_field_does() {
    #[rustfmt::skip]
    let rows: &[(&str, &[i64], &[&str])] = &[
        // FIDE: sudden death and increment; time saved piles up.
        ("1+0", &[20, 39, 1], &["0:40", "0:01.0", "flag at 1"]),
        ("1+5", &[0, 20, 50], &["1:05", "0:50", "flag at 50"]),
        // US Chess: the clock waits first; nothing piles up, and a move within the delay is free.
        ("1d5", &[5, 4, 25, 45], &["1:00", "1:00", "0:40", "flag at 45"]),
        ("1d5", &[64, 5, 6], &["0:01.0", "0:01.0", "flag at 6"]),
        // Bronstein: what was used is given back, but the flag falls on the main time.
        ("1b5", &[3, 20, 44, 6], &["1:00", "0:45", "0:06.0", "flag at 6"]),
        // Japanese byo-yomi: a move within a period costs nothing; three periods, one lost, two lost, flag.
        ("1+3x30s", &[59, 1, 29], &["0:01.0 then 3 periods", "0:30 then 2 periods", "0:30 then 2 periods"]),
        ("1+3x30s", &[90, 30, 30], &["0:30 then 1 period", "0:30 last period", "flag at 30"]),
        ("1+3x30s", &[61, 60, 29, 31], &["0:30 then 2 periods", "0:30 last period", "0:30 last period", "flag at 30"]),
        ("1+3x30s", &[150], &["flag at 150"]),
        ("1+1x10s", &[69, 9, 10], &["0:10 last period", "0:10 last period", "flag at 10"]),
        ("0+5x10s", &[9, 49, 9, 10], &["0:10 then 4 periods", "0:10 last period", "0:10 last period", "flag at 10"]),
        // Canadian: the move that runs over is the first of the period; the rest of a period is lost when it is renewed.
        ("1+3/30s", &[50, 20, 5, 5], &["0:10", "0:20 for 2 moves", "0:15 for 1 move", "0:30 for 3 moves"]),
        ("1+3/30s", &[60, 1], &["0:30 for 3 moves", "0:29 for 2 moves"]),
        ("1+3/30s", &[70, 10, 10], &["0:20 for 2 moves", "0:10 for 1 move", "flag at 10"]),
        ("1+3/30s", &[90], &["flag at 90"]),
        ("0+2/20s", &[19, 1], &["0:01.0 for 1 move", "flag at 1"]),
        ("0+1/20s", &[19, 19, 20], &["0:20 for 1 move", "0:20 for 1 move", "flag at 20"]),
        // Hourglass: you lose nothing by answering at once, and I get nothing back.
        ("hg1", &[20, 39, 1], &["0:40", "0:01.0", "flag at 1"]),
        // Correspondence: every decision has its time afresh.
        ("1d", &[86_399, 86_399, 86_400], &["1 day 0:00:00", "1 day 0:00:00", "flag at 86400"]),
        ("45s/move", &[44, 45], &["0:45", "flag at 45"]),
        // Odds: mine is the first clock.
        ("1+0|9+9", &[20, 40], &["0:40", "flag at 40"]),
        // Forgiven lag holds the flag back, for nobody knows yet how much there was.
        ("1+0 lag2s", &[59, 3], &["0:01.0", "flag at 3"]),
    ];
    for (notation, thinks, expected) in rows {
        assert_eq!(reckon(notation, thinks), *expected, "{notation} {thinks:?}");
    }
}

#[test]
fn first_moves_are_free_and_have_a_deadline() {
    for (notation, minutes) in [
        ("5+3", 10),
        ("15d10", 10),
        ("0+5x10s", 10),
        ("0+1/20s", 10),
        ("hg1", 10),
        ("45s/move", 10),
        ("2d", 2880),
    ] {
        let rule = rule(notation);
        let mut clock = Clock::new(rule, 2);
        let full = shown(&clock, rule, ME, at(0));
        clock.run(&[ME], at(0));
        let due = at(minutes * 60);
        assert_eq!(clock.next_flag(rule), Some(due), "{notation}");
        assert_eq!(clock.overdue(rule, due).no_shows, [ME]);
        clock.stop(rule, ME, due + Span(-1), None);
        assert_eq!(shown(&clock, rule, ME, due), full, "{notation}");
    }
    assert_eq!(ClockRule::NONE.first_move(ME), None);
}

/// A clock on which I have been thinking for so long, both having moved.
fn thinking(notation: &str) -> (ClockRule, Clock) {
    let rule = rule(notation);
    let mut clock = Clock::new(rule, 2);
    clock.note_move(ME);
    clock.note_move(YOU);
    clock.run(&[ME], at(0));
    (rule, clock)
}

/// Whatever interrupts a turn, it costs what it would have cost without: a pause, the referee's absence while it is owed,
/// and once it is paid back.
#[test]
fn an_interrupted_turn_goes_on_where_it_was() {
    for (notation, after) in [
        ("5+3", "4:18"),
        ("5d10", "4:25"),
        ("5b10", "4:25"),
        ("0+3x30s", "0:30 then 1 period"),
        ("0+9/5m", "4:15 for 8 moves"),
        ("hg5", "4:15"),
        ("2d", "2 days 0:00:00"),
    ] {
        let (rule, mut paused) = thinking(notation);
        let mut owed = paused.clone();
        paused.pause(at(20));
        assert_eq!(paused.next_flag(rule), None, "{notation} stands still");
        let still = shown(&paused, rule, ME, at(25));
        assert_eq!(still, shown(&paused, rule, ME, at(999)));
        paused.run(&[ME], at(1000));
        let due = paused.next_flag(rule).map(|due| due - at(980));
        paused.stop(rule, ME, at(1025), None);
        owed.owe(at(20), at(1000));
        assert_eq!(shown(&owed, rule, ME, at(1000)), still, "{notation}");
        let mut credited = owed.clone();
        credited.credit(at(20), at(1000));
        for (how, mut clock) in [("owed", owed), ("credited", credited)] {
            let left = clock.next_flag(rule).map(|due| due - at(980));
            assert_eq!(left, due, "{notation} {how}");
            clock.stop(rule, ME, at(1025), None);
            assert_eq!(shown(&clock, rule, ME, at(1025)), after, "{notation} {how}");
        }
        assert_eq!(
            shown(&paused, rule, ME, at(1025)),
            after,
            "{notation} paused"
        );
    }
}

#[test]
fn sand_runs_into_the_other_end() {
    let (rule, mut clock) = thinking("hg1");
    assert_eq!(shown(&clock, rule, YOU, at(20)), "1:20");
    clock.stop(rule, ME, at(20), None);
    clock.run(&[YOU], at(20));
    assert_eq!(shown(&clock, rule, ME, at(50)), "1:10");
    assert_eq!(clock.next_flag(rule), Some(at(100)));
    clock.empty(rule, YOU);
    assert_eq!(shown(&clock, rule, ME, at(100)), "2:00");
    assert_eq!(shown(&clock, rule, YOU, at(100)), "0:00.0");
}

#[test]
fn the_earliest_flag_falls_alone() {
    let (rule, mut clock) = thinking("5+3");
    clock.run(&[ME, YOU], at(1));
    assert_eq!(clock.next_flag(rule), Some(at(300)));
    assert_eq!(clock.overdue(rule, at(400)).flags, [ME]);
    assert!(clock.overdue(rule, at(299)).flags.is_empty());
}

#[test]
fn a_fallen_flag_stays_down() {
    for notation in [
        "5+3", "5d10", "5b10", "5+3x30s", "0+3x30s", "5+9/5m", "0+9/5m", "hg5",
    ] {
        let (rule, mut clock) = thinking(notation);
        let due = clock.next_flag(rule).expect("a deadline");
        clock.empty(rule, ME);
        clock.run(&[ME], due);
        assert_eq!(clock.overdue(rule, due).flags, [ME], "{notation}");
        assert_eq!(clock.shows(rule, ME, due).map(|r| r.left), Some(Span::ZERO));
    }
}

#[test]
fn lag_is_forgiven_up_to_the_cap_and_no_further() {
    let second = Some(Span::seconds(1));
    for (notation, think, lag, after) in [
        ("1+0", 20, Span::seconds(5), "0:40"),
        ("1+0 lag2s", 20, Span::seconds(1), "0:41"),
        ("1+0 lag2s", 20, Span::seconds(5), "0:42"),
        ("1+0 lag2s", 1, Span::seconds(5), "1:00"),
        ("0+3x30s lag2s", 31, Span::seconds(2), "0:30 then 2 periods"),
    ] {
        let (rule, mut clock) = thinking(notation);
        clock.stop(rule, ME, at(think), Some(lag));
        assert_eq!(shown(&clock, rule, ME, at(think)), after, "{notation}");
    }
    let (rule, clock) = thinking("1+0 lag2s");
    assert_eq!(clock.forgives(rule, ME, second), second);
    assert_eq!(clock.forgives(rule, ME, Some(Span(9000))), Some(Span(2000)));
    assert_eq!(clock.forgives(rule, YOU, second), None, "not on the move");
    assert_eq!(clock.forgives(rule, ME, Some(Span::ZERO)), None);
    // Sent in time and on its way for a second: in time. Sent too late: too late.
    assert!(!clock.is_too_late(rule, ME, Timestamp(60_999), second));
    assert!(clock.is_too_late(rule, ME, at(61), second));
    assert!(clock.is_too_late(rule, ME, at(60), None));
    assert_eq!(clock.next_flag(rule), Some(at(62)));
}

/// Days after the start.
fn day(n: i64) -> Timestamp {
    at(n * 86_400)
}

#[test]
fn absence_stops_the_clock_within_the_allowance_and_no_longer() {
    let (rule, mut clock) = thinking("2d+14v");
    assert_eq!(clock.leave_left(ME), Span::days(14));
    assert_eq!(
        clock.grantable(ME, day(1), day(11)),
        Some((day(1), day(11)))
    );
    clock.grant(ME, day(1), day(11));
    assert_eq!(
        clock.next_flag(rule),
        Some(day(12)),
        "a day before, a day after"
    );
    assert_eq!(clock.leave_left(ME), Span::days(4));
    assert_eq!(clock.leave_left(YOU), Span::days(14));
    // More than is left is cut, what is granted already costs nothing twice, and nothing is nothing.
    assert_eq!(
        clock.grantable(ME, day(8), day(30)),
        Some((day(11), day(15)))
    );
    assert_eq!(clock.grantable(ME, day(2), day(11)), None);
    assert_eq!(clock.grantable(ME, day(0), day(30)), Some((day(0), day(1))));
    assert_eq!(clock.grantable(ME, day(20), day(20)), None);
    // Back early: the rest returns.
    let mut early = clock.clone();
    early.back(ME, day(4));
    assert_eq!(early.leave_left(ME), Span::days(11));
    assert_eq!(early.next_flag(rule), Some(day(5)));
    // The clock shows what is left, and the next turn is not stopped by an old absence.
    assert_eq!(shown(&clock, rule, ME, day(7)), "1 day 0:00:00");
    clock.stop(rule, ME, day(11), None);
    clock.run(&[ME], day(11));
    assert_eq!(clock.next_flag(rule), Some(day(13)));
    assert_eq!(clock.absences(ME).count(), 0);
}

#[test]
fn absence_and_downtime_together_count_once() {
    let (rule, mut clock) = thinking("2d+14v");
    clock.grant(ME, day(1), day(5));
    clock.owe(day(4), day(7));
    assert_eq!(clock.next_flag(rule), Some(day(8)));
    clock.credit(day(4), day(7));
    assert_eq!(clock.next_flag(rule), Some(day(8)));
    assert_eq!(shown(&clock, rule, ME, day(7)), "1 day 0:00:00");
    // A clock without an allowance grants nothing.
    let (_, short) = thinking("5+3");
    assert_eq!(short.grantable(ME, day(0), day(1)), None);
}

#[test]
fn who_need_not_act_any_more_begins_afresh() {
    let rule = rule("45s/move");
    let mut clock = Clock::new(rule, 2);
    clock.note_move(ME);
    clock.note_move(YOU);
    clock.run(&[ME, YOU], at(0));
    clock.stop(rule, ME, at(40), None);
    clock.rest(&[ME, YOU]);
    clock.run(&[YOU], at(40));
    assert_eq!(clock.next_flag(rule), Some(at(85)));
}

/// Any clock one can write, as text.
fn notations() -> BoxedStrategy<String> {
    let time = || {
        let unit = prop_oneof![Just(""), Just("s"), Just("m"), Just("h")];
        // Among them those that are written down longest.
        let n = prop_oneof![3 => 0..2000i64, 1 => 1435..1440i64];
        let part = prop_oneof![3 => 0..1000i64, 1 => 998..1000i64];
        (n, prop::option::of(part), unit)
            .prop_map(|(n, part, unit)| match part {
                Some(part) => format!("{n}.{part}{unit}"),
                None => format!("{n}{unit}"),
            })
            .boxed()
    };
    let control = prop_oneof![
        Just("none".to_owned()),
        (time(), time()).prop_map(|(base, more)| format!("{base}+{more}")),
        (time(), time()).prop_map(|(base, more)| format!("{base}d{more}")),
        (time(), time()).prop_map(|(base, more)| format!("{base}b{more}")),
        (time(), 1..200u16, time()).prop_map(|(base, n, len)| format!("{base}+{n}x{len}")),
        (time(), 1..400u16, time()).prop_map(|(base, n, len)| format!("{base}+{n}/{len}")),
        time().prop_map(|base| format!("hg{base}")),
        time().prop_map(|base| format!("{base}/phase")),
        (1..40u16, 0..70u16).prop_map(|(days, leave)| match leave {
            0 => format!("{days}d"),
            leave => format!("{days}d+{leave}v"),
        }),
    ]
    .boxed();
    let second = prop::option::of(control.clone());
    let lag = prop::option::of(time());
    (control, second, lag)
        .prop_map(|(first, second, lag)| {
            let second = second.map_or(String::new(), |second| format!("|{second}"));
            let lag = lag.map_or(String::new(), |lag| format!(" lag{lag}"));
            format!("{first}{second}{lag}")
        })
        .boxed()
}

/// 51 characters typed, 61 written down: this one stopped every start for good. And what older versions or wider limits let
/// in is read back, but not typed.
#[test]
fn what_was_written_down_is_read_without_the_limits_of_today() {
    let longest = "1439.999+300/1439.999|1439.998+300/1439.998lag9.999";
    let rule: ClockRule = longest.parse().unwrap();
    let stored = serde_json::to_string(&rule).unwrap();
    assert_eq!(
        stored,
        "\"86399.940s+300/86399.940s|86399.880s+300/86399.880s lag9.999s\""
    );
    assert_eq!(serde_json::from_str::<ClockRule>(&stored).unwrap(), rule);
    for stored in ["2000+0", "90d+100v", "1+0 lag20s", "0+200x2h", "hg0.5s"] {
        assert!(stored.parse::<ClockRule>().is_err(), "{stored}");
        let json = format!("\"{stored}\"");
        let read = serde_json::from_str::<ClockRule>(&json);
        assert!(read.is_ok(), "{stored}: {read:?}");
    }
    for nothing in ["hg0", "0+0", "1+0x10s", "5+3|2d", "chess", "0+3x0s"] {
        let json = format!("\"{nothing}\"");
        assert!(
            serde_json::from_str::<ClockRule>(&json).is_err(),
            "{nothing}"
        );
    }
    assert!("1".repeat(101).parse::<ClockRule>().is_err());
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_the_same(text in notations()) {
        if let Ok(rule) = text.parse::<ClockRule>() {
            let printed = rule.to_string();
            prop_assert_eq!(printed.parse::<ClockRule>(), Ok(rule));
            let stored = serde_json::to_string(&rule).unwrap();
            prop_assert_eq!(serde_json::from_str::<ClockRule>(&stored).unwrap(), rule);
            prop_assert_eq!(printed.parse::<ClockRule>().map(|again| again.to_string()), Ok(printed));
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in "[0-9a-z+|./ é-]{0,30}") {
        let _ = text.parse::<ClockRule>();
    }

    /// However a turn is interrupted, the flag falls exactly when the clock shows nothing any more, and never before.
    #[test]
    fn the_flag_falls_when_nothing_is_left(
        text in notations(),
        thinks in prop::collection::vec((0..4_000_000i64, 0..60_000i64, 0..3u8), 1..12),
    ) {
        let Ok(rule) = text.parse::<ClockRule>() else { return Ok(()) };
        let mut clock = Clock::new(rule, 2);
        clock.note_move(ME);
        clock.note_move(YOU);
        let mut now = at(0);
        for (turn, (think, gap, how)) in thinks.into_iter().enumerate() {
            let seat = if turn % 2 == 0 { ME } else { YOU };
            clock.run(&[seat], now);
            let half = now + Span(think / 2);
            if clock.next_flag(rule).is_some_and(|due| due <= half) {
                break;
            }
            let resumed = half + Span(gap);
            match how {
                0 => { clock.pause(half); clock.run(&[seat], resumed); }
                1 => clock.owe(half, resumed),
                _ => { clock.owe(half, resumed); clock.credit(half, resumed); }
            }
            let moved = resumed + Span(think - think / 2);
            if let Some(due) = clock.next_flag(rule) {
                let last = due + Span(-1 - rule.lag.0);
                let just_before = clock.shows(rule, seat, last).expect("a clock");
                prop_assert!(just_before.left > Span::ZERO, "{}: flagged early", rule);
                let left = clock.shows(rule, seat, due).expect("a clock").left;
                prop_assert_eq!(left, Span::ZERO, "{}: flagged late", rule);
                if due <= moved {
                    prop_assert_eq!(clock.overdue(rule, moved).flags, vec![seat]);
                    break;
                }
            }
            clock.stop(rule, seat, moved, None);
            now = moved;
        }
    }
}
