//! What a clock may have charged, from the wire alone.
//!
//! A turn begins when the referee has the move before it and ends when it has the next one. The wire tells both to
//! within a round trip: not before the first time we sent it, not after we first knew of it. The same goes for when the
//! referee could be reached: from its connection, or from its first answer after "referee ready", until its death. So
//! every charge lies between two sums of stretches, however slow the machine is.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

type Stretch = (Instant, Instant);

/// How much a player may gain at each kill: what the contract allows.
const GAIN_PER_KILL: Duration = Duration::from_millis(100);
/// One part in so many of the time that was held may be given back besides: the process notices that it did not run for
/// a while, or waited for its disk, and the wire does not tell.
const HICCUPS: u32 = 2;
/// Rounding to whole milliseconds, at each end of each stretch.
const ROUNDING: Duration = Duration::from_millis(2);

/// When a move was first sent, and when it was first known to be in.
#[derive(Clone, Copy)]
struct Known {
    sent: Instant,
    known: Option<Instant>,
}

/// A kill, and by how much the machine was late at that time.
struct Kill {
    at: Instant,
    late: Duration,
}

/// See the file's head.
#[derive(Default)]
pub struct Clocks {
    /// By match and number of the move.
    moves: BTreeMap<(String, usize), Known>,
    /// Stretches in which the process may have been reachable.
    maybe_up: Vec<(Instant, Option<Instant>)>,
    /// Stretches in which it was, for certain.
    surely_up: Vec<(Instant, Option<Instant>)>,
    kills: Vec<Kill>,
    /// How many clocks were compared.
    pub compared: usize,
    /// The furthest that a clock showed less than the time surely held.
    pub most_gained: Duration,
    /// Time surely held while the referee was up, as last compared, by match and seat.
    pub held: BTreeMap<(String, usize), Duration>,
}

impl Clocks {
    /// The process has connected, or may be able to write again.
    pub fn connected(&mut self) {
        self.maybe_up.push((Instant::now(), None));
    }

    /// The process has answered after it said that it is ready.
    pub fn ready(&mut self) {
        self.surely_up.push((Instant::now(), None));
    }

    /// The process is about to be killed, and the machine is late by this much.
    pub fn dying(&mut self, late: Duration) {
        let at = Instant::now();
        self.kills.push(Kill { at, late });
        close(&mut self.surely_up, at);
    }

    /// From here on it may fail at any moment.
    pub fn unsure(&mut self) {
        close(&mut self.surely_up, Instant::now());
    }

    /// The process is dead, or can write no more.
    pub fn dead(&mut self) {
        close(&mut self.maybe_up, Instant::now());
    }

    /// A move is sent, for the first time or again.
    pub fn sent(&mut self, game: &str, n: usize) {
        let (sent, known) = (Instant::now(), None);
        self.moves
            .entry((game.to_owned(), n))
            .or_insert(Known { sent, known });
    }

    /// So many moves have been made.
    pub fn known(&mut self, game: &str, count: usize) {
        let from = (game.to_owned(), 0);
        let now = Instant::now();
        for (_, known) in self.moves.range_mut(from..(game.to_owned(), count)) {
            known.known.get_or_insert(now);
        }
    }

    /// Compares what the clocks show with what was held. `asked` is when the question was sent; the answer is here now.
    pub fn compare(
        &mut self,
        game: &str,
        shown: &[Duration],
        base: Duration,
        moves: usize,
        asked: Instant,
    ) {
        for (seat, left) in shown.iter().enumerate() {
            assert!(*left <= base, "{game}: more time than there was: {left:?}");
            let charged = base - *left;
            let (mut least, mut most, mut gain) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
            // First moves are not on the clock.
            for n in (seat..=moves).step_by(2).skip(1) {
                let Some(before) = self.moves.get(&(game.to_owned(), n - 1)).copied() else {
                    continue;
                };
                let now = Instant::now();
                let this = match self.moves.get(&(game.to_owned(), n)).filter(|_| n < moves) {
                    Some(this) => (this.sent, this.known.unwrap_or(now)),
                    None => (asked, now),
                };
                let widest = (before.sent, this.1);
                most += up(&self.maybe_up, widest) + ROUNDING;
                least += up(&self.surely_up, (before.known.unwrap_or(now), this.0));
                let kills = self
                    .kills
                    .iter()
                    .filter(|kill| widest.0 <= kill.at && kill.at <= widest.1);
                for kill in kills {
                    gain += GAIN_PER_KILL + kill.late;
                    most += ROUNDING;
                }
            }
            assert!(
                charged <= most,
                "{game}, seat {seat}: {charged:?} charged, at most {most:?} held while up"
            );
            assert!(
                charged + gain + ROUNDING + least / HICCUPS >= least,
                "{game}, seat {seat}: {charged:?} charged, {least:?} held, at most {gain:?} may be given"
            );
            self.compared += 1;
            self.most_gained = self.most_gained.max(least.saturating_sub(charged));
            self.held.insert((game.to_owned(), seat), least);
        }
    }

    /// How long the referee was down in all, from the first connection to the last.
    pub fn downtime(&self) -> Duration {
        let gaps = self
            .maybe_up
            .windows(2)
            .filter_map(|pair| Some(pair[1].0 - pair[0].1?));
        gaps.sum()
    }
}

fn close(stretches: &mut [(Instant, Option<Instant>)], at: Instant) {
    if let Some((_, end)) = stretches.last_mut() {
        end.get_or_insert(at);
    }
}

/// How much of a stretch lies within these.
fn up(stretches: &[(Instant, Option<Instant>)], (from, to): Stretch) -> Duration {
    let within = stretches.iter().map(|(begin, end)| {
        let end = end.unwrap_or(to).min(to);
        end.saturating_duration_since(from.max(*begin))
    });
    within.sum()
}

/// A thread that wants to wake every few milliseconds, and knows by how much the machine let it oversleep.
pub struct Lateness(std::sync::Arc<std::sync::Mutex<Vec<(Instant, Duration)>>>);

impl Lateness {
    /// How long it sleeps each time.
    const NAP: Duration = Duration::from_millis(5);
    /// How far back a kill looks: two beats of the referee's pulse and some more.
    const BACK: Duration = Duration::from_millis(500);

    /// Starts the thread; it ends with this value.
    pub fn watch() -> Lateness {
        let late = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let weak = std::sync::Arc::downgrade(&late);
        std::thread::spawn(move || {
            let mut last = Instant::now();
            loop {
                std::thread::sleep(Lateness::NAP);
                let now = Instant::now();
                let Some(late) = weak.upgrade() else { return };
                let mut late = late.lock().unwrap();
                late.retain(|(at, _)| now.duration_since(*at) < Lateness::BACK);
                late.push((now, (now - last).saturating_sub(Lateness::NAP)));
                last = now;
            }
        });
        Lateness(late)
    }

    /// The longest that anything runnable had to wait lately.
    pub fn worst(&self) -> Duration {
        let late = self.0.lock().unwrap();
        late.iter().map(|(_, late)| *late).max().unwrap_or_default()
    }
}
