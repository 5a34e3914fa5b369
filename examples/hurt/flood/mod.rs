//! Floods: strangers and bots send as much as they can, and what counts is how it goes on for others.
//!
//! For each kind ([`kinds`]) a referee starts on an empty folder; pairs play for a while in quiet, then beside the same flood at a
//! component that says nothing, which shows what the server alone makes of it, and then beside the flood at the referee.
//! A row says how long their moves took then and before, how much memory and disk the referee took, and how long newcomers
//! of the own server and of another one waited for an answer to `help`.

mod command;
mod innocents;
mod kinds;
mod source;

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

pub use kinds::Flood;
use source::Flow;
use tokio::sync::oneshot;

use crate::component;
use crate::players::PASSWORD;
use crate::server::Server;
use crate::wounds::Referee;

/// Where a crowd comes from that nobody has seen before.
pub const CROWD: &str = "crowd.example";
/// Where an honest newcomer of another server comes from.
const ELSEWHERE: &str = "elsewhere.example";
/// A component that takes everything and says nothing.
pub const SILENT: &str = "silent.example";
/// Pairs that play meanwhile.
const PAIRS: usize = 8;
/// Newcomers of each kind in each flood.
const NEWCOMERS: u32 = 2;
/// A newcomer has an answer by then.
const WELCOMED: Duration = Duration::from_secs(2);
/// A move that is answered faster than this is fast however fast it was in quiet.
const FAST: Duration = Duration::from_millis(25);
/// What is left of one stretch has come to rest after so long; neither stretch counts it.
const SETTLES: Duration = Duration::from_secs(1);

/// Where everything listens.
pub struct Place {
    clients: String,
    crowd: String,
    elsewhere: String,
}

/// How long the moves of a stretch took.
struct Moves(Vec<Duration>);

impl Moves {
    fn percent(&self, percent: usize) -> Duration {
        let at = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(at).copied().unwrap_or_default()
    }
}

/// Floods of each kind in turn, so long each; fails when somebody pays for one.
///
/// # Errors
/// The server, a referee or a client did not start.
pub fn flood(kind: &str, floods: &[Flood], lasts: Duration, store: &Path) -> io::Result<ExitCode> {
    let mut names: Vec<String> = (0..kinds::FLOODERS).map(kinds::account).collect();
    names.extend((0..PAIRS).flat_map(|pair| [0, 1].map(|seat| innocents::account(pair, seat))));
    names.extend((0..floods.len() as u32 * NEWCOMERS).map(newcomer));
    let accounts: Vec<String> = names
        .iter()
        .map(|name| format!("{name}:{PASSWORD}"))
        .collect();
    let server = Server::start_with(kind, &accounts, &[CROWD, ELSEWHERE, SILENT])?;
    let silent = server.others.get(SILENT).cloned().unwrap_or_default();
    in_thread(async move {
        component::stay(silent, SILENT).await;
        Ok(())
    });
    let place = Arc::new(Place {
        clients: server.clients.clone(),
        crowd: server.others.get(CROWD).cloned().unwrap_or_default(),
        elsewhere: server.others.get(ELSEWHERE).cloned().unwrap_or_default(),
    });
    println!(
        "{kind}, {PAIRS} pairs, {} s of quiet and of each flood",
        lasts.as_secs()
    );
    println!(
        "{:<14} {:>7} {:>8} {:>6} {:>5} {:>15} {:>15} {:>21} {:>13} {:>8} {:>15}",
        "",
        "sent/s",
        "MB back",
        "moves",
        "lost",
        "quiet p50/p99",
        "server p50/p99",
        "flood p50/p99/max, ms",
        "memory, MB",
        "disk, MB",
        "newcomers, ms"
    );
    let mut good = true;
    for (n, flood) in floods.iter().enumerate() {
        let folder = tempfile::tempdir_in(store)?;
        let referee = Referee::new(&server, folder.path())?;
        let names: Vec<String> = (0..NEWCOMERS)
            .map(|one| newcomer(n as u32 * NEWCOMERS + one))
            .collect();
        good &= one(*flood, &place, &referee, folder.path(), lasts, names)?;
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn newcomer(n: u32) -> String {
    format!("newcomer{n}")
}

fn one(
    flood: Flood,
    place: &Arc<Place>,
    referee: &Referee,
    folder: &Path,
    lasts: Duration,
    newcomers: Vec<String>,
) -> io::Result<bool> {
    let server = place.clients.clone();
    let there =
        in_thread(async move { innocents::newcomer(&server, &innocents::account(0, 0)).await });
    there
        .join()
        .map_err(|_| io::Error::other("a player panicked"))??;
    let (control, flow) = (Arc::new(Flow::default()), Arc::new(Flow::default()));
    let (begin, begun) = tokio::sync::mpsc::channel(2);
    let (ready, prepared) = oneshot::channel();
    // Each part has a thread of its own, so that a flood does not make the clocks of others wrong.
    let flooder = {
        let (place, flows) = (place.clone(), [control, flow.clone()]);
        in_thread(async move { flood.run(place, lasts, begun, ready, flows).await })
    };
    let prepared = prepared.blocking_recv();
    if prepared.is_err() {
        return Err(flooder.join().map_or_else(
            |_| io::Error::other("a flood panicked"),
            |ended| {
                ended
                    .err()
                    .unwrap_or_else(|| io::Error::other("a flood was not ready"))
            },
        ));
    }
    let (told, played) = mpsc::channel();
    for pair in 0..PAIRS {
        let (server, told) = (place.clients.clone(), told.clone());
        in_thread(innocents::play(pair, server, told));
    }
    drop(told);
    std::thread::sleep(SETTLES);
    let quiet = Instant::now();
    std::thread::sleep(lasts);
    let controlled = Instant::now();
    let _ = begin.try_send(());
    std::thread::sleep(lasts);
    let spared = Instant::now();
    std::thread::sleep(SETTLES);
    let (before, disk) = (memory(referee.id()), size(folder));
    let flooded = Instant::now();
    let _ = begin.try_send(());
    let welcomed = {
        let place = place.clone();
        in_thread(async move {
            let mut waited = Vec::new();
            let mut elsewhere = component::connect(&place.elsewhere, ELSEWHERE).await?;
            component::introduce(&mut elsewhere, ELSEWHERE).await?;
            for name in newcomers {
                tokio::time::sleep(lasts / (2 * NEWCOMERS)).await;
                waited.push(innocents::newcomer(&place.clients, &name).await?);
                let bare = format!("{name}@{ELSEWHERE}");
                waited.push(innocents::foreigner(&mut elsewhere, &bare).await?);
            }
            io::Result::Ok(waited)
        })
    };
    let mut most = before;
    while flooded.elapsed() < lasts {
        std::thread::sleep(Duration::from_millis(50));
        most = most.max(memory(referee.id()));
    }
    let over = Instant::now();
    let grown = size(folder).saturating_sub(disk);
    // Moves that were begun in the flood and are answered after it count as well.
    std::thread::sleep(SETTLES);
    let all: Vec<innocents::Played> = played.try_iter().collect();
    drop(played);
    flooder
        .join()
        .map_err(|_| io::Error::other("a flood panicked"))??;
    let waited = welcomed
        .join()
        .map_err(|_| io::Error::other("a newcomer panicked"))??;
    let within = |from: Instant, to: Instant| {
        let moves = all.iter().filter(|one| (from..to).contains(&one.at));
        let mut moves: Vec<Duration> = moves.filter_map(|one| one.took.clone().ok()).collect();
        moves.sort_unstable();
        Moves(moves)
    };
    let (calm, server) = (within(quiet, controlled), within(controlled, spared));
    let rough = within(flooded, over);
    let lost: Vec<&String> = all
        .iter()
        .filter_map(|one| one.took.as_ref().err())
        .collect();
    for word in &lost {
        eprintln!("{}: a move was not played: {word}", flood.name());
    }
    let welcome = waited.iter().max().copied().unwrap_or_default();
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
    println!(
        "{:<14} {:>7.0} {:>8.1} {:>6} {:>5} {:>15} {:>15} {:>21} {:>13} {:>8.1} {:>15}",
        flood.name(),
        flow.sent.load(Ordering::Relaxed) as f64 / lasts.as_secs_f64(),
        flow.bytes.load(Ordering::Relaxed) as f64 / 1e6,
        rough.0.len(),
        lost.len(),
        format!("{}/{}", ms(calm.percent(50)), ms(calm.percent(99))),
        format!("{}/{}", ms(server.percent(50)), ms(server.percent(99))),
        format!(
            "{}/{}/{}",
            ms(rough.percent(50)),
            ms(rough.percent(99)),
            ms(rough.percent(100))
        ),
        format!("{:.0} -> {:.0}", before as f64 / 1e6, most as f64 / 1e6),
        grown as f64 / 1e6,
        waited
            .iter()
            .map(|one| one.as_millis().to_string())
            .collect::<Vec<_>>()
            .join("/"),
    );
    let usual = calm.percent(99).max(server.percent(99));
    let slow = rough.percent(99) > FAST.max(3 * usual);
    let moves = !rough.0.is_empty() && lost.is_empty();
    let broken = flow.broken.load(Ordering::Relaxed);
    if broken > 0 {
        eprintln!(
            "{}: the server closed {broken} of the flood's connections",
            flood.name()
        );
    }
    Ok(moves && !slow && welcome <= WELCOMED)
}

/// Runs a future on a thread and a runtime of its own.
fn in_thread<T: Send + 'static>(
    what: impl Future<Output = io::Result<T>> + Send + 'static,
) -> std::thread::JoinHandle<io::Result<T>> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(what)
    })
}

/// The memory that a process has in use (field 2 of `/proc/PID/statm`, in pages of 4 KiB).
fn memory(process: u32) -> u64 {
    let statm = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    4096 * pages.unwrap_or_default()
}

/// The bytes of all files in a folder.
fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(of) if of.is_dir() => size(&entry.path()),
        Ok(of) => of.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
