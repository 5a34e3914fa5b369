//! Bugs planted one at a time: the simulation has to object to each of them, and to nothing when there is none.
//!
//! `cargo test --features planted --test planted`

#![allow(clippy::unwrap_used)]

#[path = "sim/mod.rs"]
mod sim;

use std::panic::{AssertUnwindSafe, catch_unwind};

use sim::Tally;
use xmpp_referee::engine::planted::{Bug, plant};

/// Seeds within which a bug has to show.
const SEEDS: u64 = 25;

/// The first seed that objects, and what it says; else how many faults struck without an objection.
fn objection(bug: Option<Bug>) -> Result<u64, (u64, String)> {
    plant(bug);
    let mut struck = Tally::default();
    let objects = (0..SEEDS).find_map(|seed| {
        let run = catch_unwind(AssertUnwindSafe(|| sim::run(seed)));
        match run.unwrap_or_else(|_| Err("it panicked".to_owned())) {
            Ok(tally) => {
                struck.add(&tally);
                None
            }
            Err(why) => Some((seed, why)),
        }
    });
    plant(None);
    objects.map_or_else(|| Ok(struck.counts().map(|(_, count)| count).sum()), Err)
}

/// Shows a bug to the simulation; `sign` is what the objection must say, so that it is the right one.
fn is_caught(bug: Bug, signs: &[&str]) {
    let (seed, why) = match objection(Some(bug)) {
        Err(objection) => objection,
        Ok(struck) => panic!("{bug:?} passed {SEEDS} seeds and {struck} faults"),
    };
    println!("{bug:?}, seed {seed}: {why}");
    let signed = signs.iter().any(|sign| why.contains(sign));
    assert!(signed, "{bug:?}: {why}");
}

#[test]
fn a_reply_before_the_sync_is_caught() {
    is_caught(
        Bug::ReplyBeforeFsync,
        &["was acknowledged and is not in the record"],
    );
}

#[test]
fn a_skipped_cursor_is_caught() {
    is_caught(Bug::SkippedCursor, &["never arrived"]);
}

#[test]
fn an_event_applied_twice_is_caught() {
    is_caught(
        Bug::DoubleEvolve,
        &[
            "is not the fold of its record",
            "says something else than the record",
        ],
    );
}

#[test]
fn a_leaked_card_is_caught() {
    is_caught(Bug::LeakedView, &["another's card is told"]);
}

#[test]
fn downtime_charged_to_a_player_is_caught() {
    is_caught(
        Bug::ChargedDowntime,
        &["the clock of seat", "the flag of seat"],
    );
}

#[test]
fn a_lost_wake_up_is_caught() {
    is_caught(Bug::LostWakeUp, &["is stuck"]);
}

#[test]
fn without_a_bug_nothing_objects() {
    let struck = objection(None).unwrap();
    assert!(struck > 100, "only {struck} faults struck");
}
