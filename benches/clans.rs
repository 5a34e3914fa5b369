//! Clans by the thousand: `cargo bench --bench clans`.
//!
//! 10,000 people in 1,000 clans, each found, joined, listed and asked who is on through the host, with the journal on disk.
//! Then 9,000 more clans: whatever costs O(page) costs the same. Times are processor time of the thread that does it, which
//! hardly depends on what else the machine does; each ratio is of one run.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::Duration;

use xmpp_referee::clans::Joining;
use xmpp_referee::commands::{
    Answer, Call, Chat, Host, HostConfig, Look, Page, Place, Seen, Sight,
};
use xmpp_referee::engine::{Engine, Handler, Here};
use xmpp_referee::kit::{ClanTag, PersonId, Timestamp};
use xmpp_referee::store::DataFolder;

const CLANS: usize = 1000;
const MEMBERS: usize = 10;
const MORE: usize = 9000;
/// Pages and lists that are asked for, for one median.
const TIMES: usize = 200;

fn main() {
    // Not the system's folder for temporary files, which may be memory.
    std::fs::create_dir_all("target").unwrap();
    let folder = tempfile::tempdir_in("target").unwrap();
    let mut bench = Bench::new(folder.path());
    let joins = bench.settle();
    println!(
        "{} people in {CLANS} clans; a join: {:.0} µs of CPU (median), {:.0} µs (99 of 100)",
        CLANS * MEMBERS,
        part(&joins, 50),
        part(&joins, 99)
    );
    let few = bench.looks(CLANS);
    bench.found(CLANS..CLANS + MORE);
    let many = bench.looks(CLANS + MORE);
    for ((what, few), (_, many)) in few.iter().zip(&many) {
        let all = CLANS + MORE;
        println!(
            "{what}: {few:.0} µs of {CLANS} clans, {many:.0} µs of {all}, ratio {:.2}",
            many / few
        );
    }
}

/// An engine on its own folder.
struct Bench {
    _folder: DataFolder,
    engine: Engine,
    host: Host,
    people: Vec<PersonId>,
    now: i64,
}

impl Bench {
    fn new(path: &Path) -> Bench {
        let now = 1_800_000_000_000;
        let (folder, ports) = DataFolder::open(path, Timestamp(now)).unwrap();
        let mut engine = Engine::open("referee.localhost", ports, Timestamp(now)).unwrap();
        engine.begin(Timestamp(now));
        let meet = |n| engine.desk().meet(&jid(n), true).unwrap();
        let people = (0..CLANS * MEMBERS).map(meet).collect();
        engine.commit().unwrap();
        engine.link_up(false);
        engine.open_outbox();
        Bench {
            _folder: folder,
            engine,
            host: Host::new(HostConfig::default()),
            people,
            now,
        }
    }

    /// One batch, a minute after the one before: asks, makes durable, takes the effects.
    fn batch<T>(&mut self, ask: impl FnOnce(&mut Host, &mut Engine) -> T) -> T {
        self.now += 60_000;
        self.engine.begin(Timestamp(self.now));
        let answer = ask(&mut self.host, &mut self.engine);
        self.engine.commit().unwrap();
        loop {
            match self.engine.next_window().len() {
                0 => return answer,
                given => self.engine.confirmed(given),
            }
        }
    }

    /// Founds clans, each by the first of ten people as long as there are such.
    fn found(&mut self, clans: std::ops::Range<usize>) {
        let all: Vec<usize> = clans.collect();
        for some in all.chunks(200) {
            let people = self.people.clone();
            self.batch(|_, engine| {
                for n in some {
                    // Nobody owns more than three: the later clans are those of people who joined one.
                    let owner = people[(n % CLANS) * MEMBERS + n / CLANS];
                    let name = format!("Pack {}", letters(*n));
                    let desk = engine.desk();
                    desk.found_clan(owner, tag(*n), &name, Joining::Open, None)
                        .unwrap();
                }
            });
        }
    }

    /// Fills the first clans, one join in a batch of its own; the CPU of each, its record and its effects included.
    fn settle(&mut self) -> Vec<f64> {
        self.found(0..CLANS);
        let mut times = Vec::new();
        for clan in 0..CLANS {
            for member in 1..MEMBERS {
                let begun = on_cpu();
                let who = clan * MEMBERS + member;
                let line = format!("clan join {}", tag(clan));
                let answer =
                    self.batch(|host, engine| host.answer(engine.desk(), says(who, &line)));
                times.push((on_cpu() - begun).as_secs_f64() * 1e6);
                assert!(
                    matches!(answer, Answer::Say { result: Ok(_), .. }),
                    "{answer:?}"
                );
            }
            self.engine
                .desk()
                .note_here(&jid(clan * MEMBERS), Some(Here::On));
        }
        times
    }

    /// What pages and lists cost, in µs of CPU.
    fn looks(&mut self, clans: usize) -> Vec<(&'static str, f64)> {
        let page = |after: usize| Sight::Items {
            node: "clans".to_owned(),
            page: Page {
                max: Some(50),
                after: Some(tag(after).to_string()),
                ..Page::default()
            },
        };
        let look = |place, at| Look {
            bare: jid(0),
            place,
            at,
        };
        let items = self.median(|n| Call::Look(look(Place::Service, page(clans / 4 + n))), |answer| {
            matches!(answer, Answer::Seen(Seen::Items(listing)) if listing.items.len() == 50 && listing.count == clans)
        });
        let info = self.median(
            |n| Call::Look(look(Place::Clan(tag(n)), Sight::Info)),
            |answer| matches!(answer, Answer::Seen(Seen::Clan(_))),
        );
        let said = |answer: &Answer| matches!(answer, Answer::Say { result: Ok(_), .. });
        let who = self.median(|n| says(n * MEMBERS, &format!("clan who {}", tag(n))), said);
        let list = self.median(
            |n| says(n * MEMBERS, &format!("clans after {}", tag(clans / 4 + n))),
            said,
        );
        vec![
            ("a page of 50 clans (disco)", items),
            ("disco#info of a clan", info),
            ("`clan who` of ten members", who),
            ("`clans`, twelve lines", list),
        ]
    }

    fn median(&mut self, call: impl Fn(usize) -> Call, fits: impl Fn(&Answer) -> bool) -> f64 {
        let mut times = Vec::new();
        for n in 0..TIMES {
            let call = call(n);
            let spent = self.batch(|host, engine| {
                let begun = on_cpu();
                let answer = host.answer(engine.desk(), call);
                let spent = on_cpu() - begun;
                assert!(fits(&answer), "{answer:?}");
                spent
            });
            times.push(spent.as_secs_f64() * 1e6);
        }
        part(&times, 50)
    }
}

fn says(who: usize, text: &str) -> Call {
    Call::Chat(Chat {
        bare: jid(who),
        full: format!("{}/phone", jid(who)),
        place: Place::Contact,
        text: text.to_owned(),
        flaw: None,
        lag: None,
        id: None,
    })
}

fn jid(n: usize) -> String {
    format!("p{n}@localhost")
}

fn tag(n: usize) -> ClanTag {
    format!("pack-{}", letters(n)).parse().unwrap()
}

/// A number in letters, so that no two names look alike.
fn letters(n: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghkmprstwxyz";
    let digit = |place: u32| LETTERS[n / LETTERS.len().pow(place) % LETTERS.len()] as char;
    (0..4).rev().map(digit).collect()
}

/// The value below which so many of a hundred are.
fn part(values: &[f64], of_hundred: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() * of_hundred / 100]
}

/// How long this thread has been on a processor; unlike the clock, that does not depend on who else is at work.
fn on_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split_whitespace().next().unwrap().parse().unwrap())
}
