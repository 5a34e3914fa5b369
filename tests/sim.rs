//! The simulation: two hundred seeds of players and faults, and what must hold through all of them.
//!
//! `SEED=17 cargo test --test sim` plays one seed.

#![allow(clippy::unwrap_used)]

#[path = "sim/mod.rs"]
mod sim;

use sim::Tally;

/// Seeds of one run.
const SEEDS: u64 = 200;
/// Each kind of fault has to strike at least so often, or the simulation shows nothing about it.
const ENOUGH: u64 = 20;

#[test]
fn two_hundred_seeds_of_faults() {
    if let Ok(seed) = std::env::var("SEED") {
        let seed = seed.parse().expect("SEED is a number");
        play(seed);
        return;
    }
    let all = play_all();
    for (fault, count) in all.counts() {
        println!("{count:6}  {fault}");
    }
    for (fault, count) in all.counts() {
        assert!(count >= ENOUGH, "`{fault}` struck only {count} times");
    }
}

/// Plays the seeds on as many threads as there are processors; each run is a thing of its own.
fn play_all() -> Tally {
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let part = |first: u64| {
        let mut sum = Tally::default();
        (first..SEEDS)
            .step_by(threads as usize)
            .for_each(|seed| sum.add(&play(seed)));
        sum
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || part(first)))
            .collect();
        let mut all = Tally::default();
        for part in parts {
            all.add(&part.join().expect("the seed is printed above"));
        }
        all
    })
}

fn play(seed: u64) -> Tally {
    match sim::run(seed) {
        Ok(tally) => tally,
        Err(why) => panic!("SEED={seed}: {why}"),
    }
}
