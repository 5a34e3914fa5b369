//! Records of matches under every kind of clock: what the referee decided passes, and the same told a little otherwise
//! does not.

use xmpp_referee::kit::Span;

use super::forged::{forge, place, rechain, sound};
use super::play::under_clock;

/// The clock, and how long each move after the first two is thought about, in seconds; nobody moves after that.
const MATCHES: &[(&str, &[i64])] = &[
    ("1+5", &[20, 5, 40]),
    ("1d10", &[9, 65, 11]),
    ("1b10", &[9, 30, 40]),
    ("1+2x30s", &[80, 55, 29, 29]),
    ("0+3/30s", &[18, 5, 5, 5, 2]),
    ("hg1", &[50, 60, 30]),
    ("45s/move", &[40, 40]),
    ("1d+2v", &[80_000, 80_000]),
    ("1+0|5+3", &[50, 200]),
    ("1+0 lag2s", &[50, 50]),
];

#[test]
fn every_clock_is_reckoned_again() {
    for (clock, thinks) in MATCHES {
        let lines = under_clock(clock, thinks, None);
        sound(&lines).unwrap_or_else(|why| panic!("{clock}: {why}"));
        assert!(
            lines.iter().any(|line| line.contains("\"flagged\"")),
            "{clock}"
        );
    }
}

/// The same flag in a match that is said to have been agreed with more time.
#[test]
fn a_flag_that_fell_early_is_named() {
    for (clock, longer) in [
        ("1+5", "2+5"),
        ("1d10", "1d60"),
        ("1b10", "2b10"),
        ("1+2x30s", "1+3x30s"),
        ("0+3/30s", "0+3/60s"),
        ("hg1", "hg9"),
        ("45s/move", "90s/move"),
        ("1+0|5+3", "9+0|5+3"),
    ] {
        let (_, thinks) = MATCHES.iter().find(|(of, _)| *of == clock).unwrap();
        let lines = under_clock(clock, thinks, None);
        let terms = |clock| format!("\"clock\":\"{clock}\"");
        let forged = forge(&lines, 0, &terms(clock), &terms(longer));
        let why = sound(&forged).expect_err(clock);
        assert!(
            why.contains("the clocks do not say that this flag fell"),
            "{clock}: {why}"
        );
    }
}

#[test]
fn lag_is_forgiven_only_as_agreed() {
    let lag = Some(Span::millis(1500));
    let lines = under_clock("1+0 lag2s", &[50, 50], lag);
    sound(&lines).unwrap();
    let moved = place(&lines, "\"lag\":1500");
    for (line, from, to, why) in [
        (
            moved,
            "\"lag\":1500",
            "\"lag\":2500",
            "more lag is forgiven",
        ),
        (moved, "\"lag\":1500", "\"lag\":-1", "more lag is forgiven"),
        (0, "1+0 lag2s", "1+0 lag1s", "more lag is forgiven"),
        (0, "1+0 lag2s", "1+0", "more lag is forgiven"),
    ] {
        let said = sound(&forge(&lines, line, from, to)).expect_err(to);
        assert!(said.contains(why), "{to}: {said}");
    }
    // A first move is not on the clock: there is nothing to forgive.
    let first = lines
        .iter()
        .position(|line| line.contains("\"moved\""))
        .unwrap();
    let mut early = lines.clone();
    early[first] = early[first].replacen("\"text\":\"e4\"", "\"text\":\"e4\",\"lag\":9", 1);
    rechain(&mut early);
    let said = sound(&early).expect_err("lag of a first move");
    assert!(said.contains("more lag is forgiven"), "{said}");
}
