//! The engine alone, above the disk: `cargo bench --bench engine`.
//!
//! 64 matches of tic-tac-toe play at once; each batch is one move in every match, decided, journaled and made durable,
//! with its effects taken. Raw is the least that is durable: one `write` of as many bytes, then `fdatasync`. Both write
//! in turn, round by round, because disks have moods. After that: 100,000 live matches in memory, and a page of them.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use xmpp_referee::commands::{Call, Host, HostConfig, Look, Page, Place, Sight};
use xmpp_referee::engine::{Engine, Handler};
use xmpp_referee::games::{self, Setup};
use xmpp_referee::kit::{MatchId, PersonId, Seat, Timestamp};
use xmpp_referee::matches::{Ask, ClockRule, Side, Terms, Visibility};
use xmpp_referee::store::DataFolder;

const ROUNDS: usize = 7;
/// Matches that each seat of a round plays to its end.
const ROUND_MATCHES: usize = 40;
const IN_FLIGHT: usize = 64;
const LIVE: usize = 100_000;
/// Bots that play them; the referee lets each have 500 matches.
const BOTS: usize = 500;
/// A match of nine moves that nobody wins.
const MOVES: [&str; 9] = ["a3", "b3", "c3", "b2", "a2", "c2", "b1", "a1", "c1"];

fn main() {
    // Not the system's folder for temporary files, which may be memory.
    std::fs::create_dir_all("target").unwrap();
    let folder = tempfile::tempdir_in("target").unwrap();
    moves(folder.path());
    live(folder.path());
}

/// An engine on its own folder, with people who are bots.
struct Bench {
    _folder: DataFolder,
    engine: Engine,
    people: Vec<PersonId>,
    now: i64,
}

impl Bench {
    fn new(path: &Path, people: usize) -> Bench {
        let now = 1_800_000_000_000;
        let (folder, ports) = DataFolder::open(path, Timestamp(now)).unwrap();
        let mut engine = Engine::open("referee.localhost", ports, Timestamp(now)).unwrap();
        engine.begin(Timestamp(now));
        let desk = engine.desk();
        let meet = |n| {
            let id = desk.meet(&format!("bot{n}@localhost"), true).unwrap();
            desk.change_person(id, |person| person.bot = true).unwrap();
            id
        };
        let people = (0..people).map(meet).collect();
        engine.commit().unwrap();
        engine.link_up(false);
        engine.open_outbox();
        Bench {
            _folder: folder,
            engine,
            people,
            now,
        }
    }

    /// One batch, a millisecond after the one before: asks, makes durable, takes the effects.
    fn batch<T>(&mut self, ask: impl FnOnce(&mut Engine, &[PersonId]) -> T) -> T {
        self.now += 1;
        self.engine.begin(Timestamp(self.now));
        let answer = ask(&mut self.engine, &self.people);
        self.engine.commit().unwrap();
        loop {
            match self.engine.next_window().len() {
                0 => return answer,
                given => self.engine.confirmed(given),
            }
        }
    }

    /// Challenges and accepts one match for each pair of people.
    fn start(&mut self, pairs: &[(usize, usize)], clock: ClockRule) -> Vec<MatchId> {
        let ids: Vec<MatchId> = self.batch(|engine, people| {
            let create = |(first, second): &(usize, usize)| {
                let to = Some(people[*second]);
                engine
                    .desk()
                    .create(people[*first], to, terms(clock), None, None)
                    .unwrap()
            };
            pairs.iter().map(create).collect()
        });
        self.batch(|engine, people| {
            for (id, (_, second)) in ids.iter().zip(pairs) {
                let accept = Ask::Accept { salt: None };
                engine
                    .desk()
                    .act(Some(people[*second]), *id, &accept, None)
                    .unwrap();
            }
        });
        ids
    }
}

fn terms(clock: ClockRule) -> Terms {
    let spec = games::find("tic-tac-toe").unwrap().spec();
    Terms {
        game: spec.id.to_owned(),
        rules: spec.version,
        setup: Setup::read(spec.options, "").unwrap(),
        clock,
        side: Side::Seat(Seat(0)),
        rated: false,
        visibility: Visibility::Public,
        room: false,
        delay: None,
        spectators: None,
        law: 0,
        format: None,
    }
}

fn moves(folder: &Path) {
    let mut bench = Bench::new(&folder.join("moves"), 2 * IN_FLIGHT);
    let raw = File::create(folder.join("raw")).unwrap();
    let pairs: Vec<_> = (0..IN_FLIGHT)
        .map(|pair| (2 * pair, 2 * pair + 1))
        .collect();
    let (mut rates, mut raws, mut cpus) = (Vec::new(), Vec::new(), Vec::new());
    let (mut written, mut line) = (0, 0);
    for _ in 0..ROUNDS {
        let (mut spent, mut used) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..ROUND_MATCHES {
            let ids = bench.start(&pairs, ClockRule::NONE);
            let before = size(&folder.join("moves/journal"));
            let (begun, cpu) = (Instant::now(), on_cpu());
            for (played, text) in MOVES.iter().enumerate() {
                bench.batch(|engine, people| play(engine, people, &ids, played, text));
            }
            spent += begun.elapsed();
            used += on_cpu() - cpu;
            line =
                (size(&folder.join("moves/journal")) - before) / (IN_FLIGHT * MOVES.len()) as u64;
        }
        let batches = ROUND_MATCHES * MOVES.len();
        cpus.push(used.as_secs_f64() * 1e6 / (batches * IN_FLIGHT) as f64);
        rates.push((batches * IN_FLIGHT) as f64 / spent.as_secs_f64());
        let bytes = vec![b'.'; usize::try_from(line).unwrap() * IN_FLIGHT];
        let begun = Instant::now();
        for _ in 0..batches {
            raw.write_all_at(&bytes, written).unwrap();
            raw.sync_data().unwrap();
            written += bytes.len() as u64;
        }
        raws.push((batches * IN_FLIGHT) as f64 / begun.elapsed().as_secs_f64());
    }
    let ratios = rates
        .iter()
        .zip(&raws)
        .map(|(rate, raw)| rate / raw)
        .collect();
    println!("{IN_FLIGHT} matches in flight, lines of {line} bytes, medians of {ROUNDS} rounds");
    println!("raw append and fdatasync: {:.0} lines/s", median(raws));
    println!("engine: {:.0} moves/s", median(rates));
    println!("engine, CPU of its thread: {:.1} µs a move", median(cpus));
    println!("engine ÷ raw: {:.2}", median(ratios));
}

fn play(engine: &mut Engine, people: &[PersonId], ids: &[MatchId], played: usize, text: &str) {
    for (pair, id) in ids.iter().enumerate() {
        let ask = Ask::Play {
            text: text.to_owned(),
            expect: u32::try_from(played).ok(),
            lag: None,
        };
        let by = people[2 * pair + played % 2];
        engine.desk().act(Some(by), *id, &ask, None).unwrap();
    }
}

fn live(folder: &Path) {
    let mut bench = Bench::new(&folder.join("live"), BOTS);
    let before = memory();
    let all: Vec<_> = (0..LIVE)
        .map(|n| (n % BOTS, (n + 1 + n / BOTS) % BOTS))
        .collect();
    for pairs in all.chunks(200) {
        let ids = bench.start(pairs, "2d".parse().unwrap());
        bench.batch(|engine, people| {
            for (id, (first, _)) in ids.iter().zip(pairs) {
                let ask = Ask::Play {
                    text: "b2".to_owned(),
                    expect: None,
                    lag: None,
                };
                engine
                    .desk()
                    .act(Some(people[*first]), *id, &ask, None)
                    .unwrap();
            }
        });
    }
    let used = memory() - before;
    println!(
        "{LIVE} live matches: {} KiB each, {} MiB in all",
        used / LIVE,
        memory() / 1024
    );
    pages(&mut bench.engine);
}

/// A page of 50 from the middle of the list, as disco#items asks for it.
fn pages(engine: &mut Engine) {
    const TIMES: usize = 200;
    let mut host = Host::new(HostConfig::default());
    let mut times = Vec::new();
    for n in 0..TIMES {
        let page = Page {
            max: Some(50),
            after: Some(format!("m{}@referee.localhost", LIVE / 4 + n)),
            ..Page::default()
        };
        let look = Look {
            bare: "bot1@localhost".to_owned(),
            place: Place::Service,
            at: Sight::Items {
                node: "matches".to_owned(),
                page,
            },
        };
        let begun = Instant::now();
        let answer = host.answer(engine.desk(), Call::Look(look));
        times.push(begun.elapsed().as_secs_f64() * 1e6);
        if n == 0 {
            println!(
                "a page of 50: {} bytes as data",
                format!("{answer:?}").len()
            );
        }
    }
    println!("a page of 50 of {LIVE}: {:.0} µs", median(times));
}

/// What this process occupies, in KiB.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// How long this thread has been on a processor; unlike the clock, that does not depend on who else is at work.
fn on_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split_whitespace().next().unwrap().parse().unwrap())
}

fn size(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
