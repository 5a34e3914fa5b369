//! Real crashes: the real binary on real files, killed, ended, started and hurt while bots play through the wire double.
//!
//! Begin with [`fifty_kills_lose_nothing`]. `table` is the server with its players, `bot` one of them, `ledger` what they
//! know of moves, `mail` of messages, `clocks` of time.

// clippy's own exception covers test functions only, not what they call.
#![allow(clippy::unwrap_used)]

#[path = "crash/bot.rs"]
mod bot;
#[path = "crash/clocks.rs"]
mod clocks;
#[path = "crash/hurt.rs"]
mod hurt;
#[path = "crash/ledger.rs"]
mod ledger;
#[path = "crash/line.rs"]
mod line;
#[path = "crash/mail.rs"]
mod mail;
#[path = "crash/process.rs"]
mod process;
mod support;
#[path = "crash/table.rs"]
mod table;

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use bot::{Bot, Fixture};
use process::Home;
use support::wire::WireServer;
use table::Table;

/// Kills in the middle of play.
const KILLS: usize = 50;
/// After so many of them one more process is killed while it starts.
const KILLS_PER_START: usize = 4;
/// Orders to end in the middle of play.
const ENDS: usize = 5;
/// The environment variable that repeats a run.
const SEED: &str = "REFEREE_SEED";

/// Fast games between programs.
const FAST: Fixture = Fixture {
    game: "tic-tac-toe",
    clock: "none",
    thinks: Duration::ZERO,
    limit: 40,
    marked: true,
};
/// A slow game between people, whose messages have words.
const SLOW: Fixture = Fixture {
    thinks: Duration::from_millis(300),
    marked: false,
    ..FAST
};
const CLOCKED: Fixture = Fixture {
    game: "chess",
    clock: "5+0",
    thinks: Duration::from_millis(150),
    limit: 300,
    marked: true,
};

/// A seed, printed, for everything that luck decides in a test.
fn seed() -> u64 {
    let seed = match std::env::var(SEED) {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => rand::random(),
    };
    println!("{SEED}={seed}");
    seed
}

/// Bots on all kinds of games.
fn players(seed: u64) -> Vec<Bot> {
    let chess = Fixture {
        game: "chess",
        ..FAST
    };
    let poker = Fixture {
        game: "kuhn-poker",
        ..FAST
    };
    let hands = Fixture {
        game: "rock-paper-scissors",
        ..FAST
    };
    let fixtures = [FAST, chess, poker, hands, SLOW, CLOCKED];
    let pairs = fixtures.into_iter().enumerate();
    pairs
        .flat_map(|(n, fixture)| Bot::pair(fixture, n, seed.wrapping_add(10 * n as u64)))
        .collect()
}

fn millis(luck: &mut StdRng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(luck.random_range(range))
}

#[tokio::test]
async fn fifty_kills_lose_nothing() {
    let seed = seed();
    let mut luck = StdRng::seed_from_u64(seed);
    let (home, mut table) = (Home::new(), Table::new(players(seed)));
    for kills in 0..KILLS {
        if kills % KILLS_PER_START == 0 {
            kill_a_start(&home, &mut table, millis(&mut luck, 0..150)).await;
        }
        let mut referee = table.start(&home).await;
        assert!(
            table
                .play(Instant::now() + millis(&mut luck, 20..250))
                .await
        );
        // In half of the lives the server has stopped confirming some time before the end.
        table.pongs = luck.random_bool(0.5);
        assert!(table.play(Instant::now() + millis(&mut luck, 0..50)).await);
        table.kill(&mut referee).await;
    }
    let mut referee = table.start(&home).await;
    table.finish().await;
    table.audit(&home).await;
    assert_eq!(table.terminate(&mut referee).await, Some(0));
    let (sound, said) = home.verify([home.data()]);
    assert!(sound, "{said}");
    told(&table);
    report(&table);
}

/// Kills a process that is still reading back or connecting.
async fn kill_a_start(home: &Home, table: &mut Table, after: Duration) {
    let server = WireServer::start().await;
    let mut referee = home.start(&server.address());
    let connected = tokio::time::timeout(after, table.connect(&server, &mut referee)).await;
    match connected {
        Ok(()) => table.kill(&mut referee).await,
        Err(_) => table.cut(&mut referee),
    }
}

/// Every match that is over was told to at least one of its players; messages are lost by no crash.
fn told(table: &Table) {
    let over = &table.ledger.mail.over;
    for game in &table.ledger.games {
        assert!(
            over.iter().any(|(told, _)| told == game),
            "nobody was told that {game} is over"
        );
    }
}

fn report(table: &Table) {
    let (ledger, mail, clocks) = (&table.ledger, &table.ledger.mail, &table.ledger.clocks);
    println!(
        "{KILLS} kills in play and {} at the start; {} matches, {} moves acknowledged, {} refused",
        KILLS.div_ceil(KILLS_PER_START),
        ledger.games.len(),
        ledger.acknowledged(),
        ledger.refusals()
    );
    println!(
        "{} messages, {} repeated, {} of them after their pong but before their cursor was durable; \
         at most of {} windows at once",
        mail.count(),
        mail.repeated,
        mail.repeated_although_confirmed,
        mail.most_windows
    );
    println!(
        "clocks compared {} times; at least {:?} held while up; {:?} down and not charged; at most {:?} given",
        clocks.compared,
        clocks.held.values().sum::<Duration>(),
        clocks.downtime(),
        clocks.most_gained
    );
    assert!(
        ledger.acknowledged() > 4 * KILLS
            && ledger.refusals() > KILLS / 5
            && clocks.compared > KILLS
    );
    assert!(mail.repeated > 0, "no crash ever met an unconfirmed window");
    assert!(clocks.downtime() > Duration::from_secs(1));
}

#[tokio::test]
async fn an_ordered_end_in_the_middle_of_play_loses_nothing() {
    let seed = seed();
    let mut luck = StdRng::seed_from_u64(seed);
    let (home, mut table) = (Home::new(), Table::new(players(seed)));
    for _ in 0..ENDS {
        let mut referee = table.start(&home).await;
        assert!(
            table
                .play(Instant::now() + millis(&mut luck, 100..300))
                .await
        );
        assert_eq!(
            table.terminate(&mut referee).await,
            Some(0),
            "{}",
            referee.log()
        );
        assert!(referee.log().contains("stopped"), "{}", referee.log());
    }
    let mut referee = table.start(&home).await;
    table.finish().await;
    table.audit(&home).await;
    told(&table);
    assert_eq!(table.terminate(&mut referee).await, Some(0));
    assert!(table.ledger.acknowledged() > 10 * ENDS);
}

/// Freezes in the middle of play, and how long each lasts.
const FREEZES: usize = 6;
const FREEZE: Duration = Duration::from_millis(700);

#[tokio::test]
async fn a_freeze_is_nobodys_time() {
    let seed = seed();
    let mut luck = StdRng::seed_from_u64(seed);
    let pairs = [CLOCKED, CLOCKED, FAST].into_iter().enumerate();
    let bots =
        pairs.flat_map(|(n, fixture)| Bot::pair(fixture, n, seed.wrapping_add(10 * n as u64)));
    let (home, mut table) = (Home::new(), Table::new(bots.collect()));
    let mut referee = table.start(&home).await;
    for _ in 0..FREEZES {
        let compared = table.ledger.clocks.compared;
        table
            .play_until("clocks were compared", |table| {
                table.ledger.clocks.compared > compared + 4
            })
            .await;
        assert!(table.play(Instant::now() + millis(&mut luck, 0..100)).await);
        table.freeze(&mut referee, FREEZE).await;
    }
    assert!(table.ledger.clocks.downtime() >= FREEZE * FREEZES as u32);
    table.finish().await;
    table.audit(&home).await;
    assert_eq!(table.terminate(&mut referee).await, Some(0));
    let (sound, said) = home.verify([home.data()]);
    assert!(sound, "{said}");
}
