//! The table.

use std::process::ExitCode;
use std::time::Duration;

use crate::players::{Count, Tally};

/// More than this beyond what the player used is not as promised.
pub const PROMISED: Duration = Duration::from_millis(50);

/// Prints what was counted; fails when anything was lost, happened twice, or was charged more than is forgiven.
pub fn print(tally: &Tally, finished: bool, forgiven: Duration) -> ExitCode {
    println!(
        "{:<16} {:>7} {:>9} {:>8} {:>6} {:>8} {:>13} {:>11}",
        "", "rounds", "moves", "missing", "twice", "turns", "over 50 ms", "worst, ms"
    );
    let mut sum = Count::default();
    for (wound, count) in &tally.counts {
        row(wound.map_or("in between", |wound| wound.name()), count);
        sum.add(count);
    }
    row("all", &sum);
    if !finished {
        println!("not everybody could finish");
    }
    let charged = sum.charged.iter().filter(|over| **over > forgiven).count();
    match finished && sum.missing + sum.twice + charged == 0 {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn row(name: &str, count: &Count) {
    let over = count.charged.iter().filter(|over| **over > PROMISED);
    let worst = count.charged.iter().max().copied().unwrap_or_default();
    println!(
        "{name:<16} {:>7} {:>9} {:>8} {:>6} {:>8} {:>13} {:>11}",
        count.rounds,
        count.moves,
        count.missing,
        count.twice,
        count.charged.len(),
        over.count(),
        worst.as_millis()
    );
}
