//! How much refereeing costs above an echo of the same stanzas, as a ratio of one run:
//!
//! ```text
//! cargo run --release --example load -- --server ejabberd|prosody [--pairs N] [--seconds S] [--rounds R]
//! ```
//!
//! It starts a private server on loopback, the referee, and an echo component that says what the referee says in the
//! same match ([`script`]), and lets the same pairs of bots ([`bots`]) play with one and the other in turn. The last
//! line is `ratio=` the refereed moves per second ÷ those of the echo. `docs/PERFORMANCE.md` explains the table.

mod bots;
mod echo;
mod report;
mod script;
mod server;
mod wire;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bots::{Bot, MOVES, Order, PASSWORD, Shared, account, tally};
use clap::{Parser, Subcommand, ValueEnum};
use report::Row;
use script::Script;
use server::{ECHO, Part, REFEREE, SECRET, Server, cpu_of_tree};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use xmpp_referee::cli::config::Config;
use xmpp_referee::cli::serve;

/// No pair rests later than this after it was told to.
const PATIENCE: Duration = Duration::from_secs(30);
/// Play before counting begins, so that neither side pays for a cold start.
const WARM_UP: Duration = Duration::from_secs(1);

#[derive(Parser)]
#[command(about = "How much refereeing costs above an echo of the same stanzas")]
struct Args {
    /// Which server to start.
    #[arg(long, value_enum, default_value = "ejabberd")]
    server: Kind,
    /// Pairs of bots. The referee meets at most 300 new people of one server at once.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(2..=140))]
    pairs: u16,
    /// How long a round counts.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Rounds of each side.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=50))]
    rounds: u8,
    /// Where the referee keeps its record meanwhile: a folder on the disk that is of interest.
    #[arg(long, default_value = "target")]
    store: PathBuf,
    #[command(subcommand)]
    part: Option<Role>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Ejabberd,
    Prosody,
}

/// The parts that this program starts of itself, so that their processor time can be told apart.
#[derive(Subcommand)]
enum Role {
    #[command(hide = true)]
    Echo { address: String, script: String },
    #[command(hide = true)]
    Referee { config: PathBuf },
}

fn main() -> io::Result<()> {
    let args = Args::parse();
    if let Some(Role::Referee { config }) = &args.part {
        return referee(config);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match &args.part {
        Some(Role::Echo { address, script }) => runtime.block_on(echo::serve(address, script)),
        _ => runtime.block_on(load(&args)),
    }
}

/// The referee itself, as `referee serve` runs it.
fn referee(config: &Path) -> io::Result<()> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let config = Config::load(config, None).map_err(io::Error::other)?;
    serve::serve(config, Default::default(), false).map_err(io::Error::other)
}

async fn load(args: &Args) -> io::Result<()> {
    std::fs::create_dir_all(&args.store)?;
    let folder = tempfile::tempdir_in(&args.store)?;
    let pairs = usize::from(args.pairs);
    let names = (0..pairs).flat_map(|pair| [0, 1].map(|seat| account(pair, seat)));
    let accounts: Vec<String> = names.map(|name| format!("{name}:{PASSWORD}")).collect();
    let kind = match args.server {
        Kind::Ejabberd => "ejabberd",
        Kind::Prosody => "prosody",
    };
    let server = Server::start(kind, &accounts)?;
    let referee = start_referee(&server, folder.path())?;
    let mut crowd = Crowd::gather(&server.clients, pairs).await?;
    let script = crowd.record().await?;
    let echo = start_echo(&server, folder.path(), &script)?;
    println!("{kind}, {pairs} pairs, {} s a round", args.seconds);
    report::print_head();
    let mut rows = Vec::new();
    let mut plan = vec![pairs; usize::from(args.rounds)];
    // Then a quiet server: one pair alone.
    plan.extend([1; 3]);
    for pairs in plan {
        for (who, domain, part) in [("echo", ECHO, &echo), ("referee", REFEREE, &referee)] {
            let cpu = || {
                [
                    cpu_of_tree(server.id()),
                    cpu_of_tree(part.id()),
                    cpu_of_tree_without(&server, &echo, &referee),
                ]
            };
            let (took, latencies, used) = crowd.round(domain, pairs, args.seconds, cpu).await?;
            rows.push(Row::new(who, pairs, took, latencies, used));
            rows.last().into_iter().for_each(Row::print);
        }
    }
    report::print_sum(&rows, pairs, fdatasync(folder.path())?);
    Ok(())
}

/// The processor time of this process alone: all that it has started is below it.
fn cpu_of_tree_without(server: &Server, echo: &Part, referee: &Part) -> Duration {
    let others = [server.id(), echo.id(), referee.id()]
        .map(cpu_of_tree)
        .iter()
        .sum::<Duration>();
    cpu_of_tree(std::process::id()).saturating_sub(others)
}

fn start_referee(server: &Server, folder: &Path) -> io::Result<Part> {
    let config = folder.join("referee.toml");
    let text = format!(
        "[component]\ndomain = \"{REFEREE}\"\nserver = \"{}\"\nsecret = \"{SECRET}\"\n",
        server.referee
    );
    std::fs::write(&config, text)?;
    Part::start(&["referee", &config.to_string_lossy()], "referee ready")
}

fn start_echo(server: &Server, folder: &Path, script: &Script) -> io::Result<Part> {
    let file = folder.join("script.json");
    std::fs::write(&file, serde_json::to_string(script)?)?;
    Part::start(
        &["echo", &server.echo, &file.to_string_lossy()],
        echo::READY,
    )
}

/// All bots.
struct Crowd {
    bots: JoinSet<io::Error>,
    orders: watch::Sender<Order>,
    rests: mpsc::UnboundedReceiver<usize>,
    tally: Shared,
}

impl Crowd {
    async fn gather(server: &str, pairs: usize) -> io::Result<Crowd> {
        let (orders, _) = watch::channel(Order::Rest);
        let (resting, rests) = mpsc::unbounded_channel();
        let mut crowd = Crowd {
            bots: JoinSet::new(),
            orders,
            rests,
            tally: Shared::default(),
        };
        for place in (0..pairs).flat_map(|pair| [(pair, 0), (pair, 1)]) {
            let orders = crowd.orders.subscribe();
            let bot = Bot::new(server, place, orders, resting.clone(), crowd.tally.clone()).await?;
            crowd.bots.spawn(bot.run());
        }
        Ok(crowd)
    }

    /// One match of the first pair with the referee, recorded.
    async fn record(&mut self) -> io::Result<Script> {
        tally(&self.tally).script = Some(Script::default());
        self.orders.send_replace(Order::Play(REFEREE, 1));
        // Changed between the first order's being seen and the end of the match.
        self.during(Duration::from_millis(20)).await?;
        self.rest(1).await?;
        let script = tally(&self.tally).script.take().unwrap_or_default();
        script.check(MOVES.len())?;
        Ok(script)
    }

    async fn round(
        &mut self,
        domain: &'static str,
        pairs: usize,
        seconds: u64,
        cpu: impl Fn() -> [Duration; 3],
    ) -> io::Result<(Duration, Vec<Duration>, [Duration; 3])> {
        self.orders.send_replace(Order::Play(domain, pairs));
        self.during(WARM_UP).await?;
        let before = cpu();
        let begun = Instant::now();
        tally(&self.tally).counts = true;
        self.during(Duration::from_secs(seconds)).await?;
        let latencies = {
            let mut tally = tally(&self.tally);
            tally.counts = false;
            std::mem::take(&mut tally.latencies)
        };
        let (took, after) = (begun.elapsed(), cpu());
        self.rest(pairs).await?;
        let used = [0, 1, 2].map(|k| after[k].saturating_sub(before[k]));
        Ok((took, latencies, used))
    }

    /// Lets them play for so long; a bot that fails ends it all.
    async fn during(&mut self, time: Duration) -> io::Result<()> {
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            Some(failed) = self.bots.join_next() => Err(failed.unwrap_or_else(io::Error::other)),
        }
    }

    /// Waits until so many pairs have finished their matches.
    async fn rest(&mut self, pairs: usize) -> io::Result<()> {
        self.orders.send_replace(Order::Rest);
        let all = async {
            for _ in 0..pairs {
                self.rests.recv().await;
            }
        };
        tokio::select! {
            () = all => Ok(()),
            Some(failed) = self.bots.join_next() => Err(failed.unwrap_or_else(io::Error::other)),
            () = tokio::time::sleep(PATIENCE) => Err(io::Error::other("a pair never finished its match")),
        }
    }
}

/// The median of appending what a move appends, and making it durable.
fn fdatasync(folder: &Path) -> io::Result<Duration> {
    const LINE: [u8; 600] = [b'.'; 600];
    const TIMES: usize = 500;
    let mut file = File::create(folder.join("probe"))?;
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let begun = Instant::now();
        file.write_all(&LINE)?;
        file.sync_data()?;
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    Ok(took[TIMES / 2])
}
