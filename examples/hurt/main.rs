//! Hurts a referee in play, again and again, and counts what the players lose by it:
//!
//! ```text
//! cargo run --release --example hurt -- --server ejabberd|prosody [--rounds N] [--pairs N] [--only kill,term,freeze,server]
//! ```
//!
//! It starts a private server on loopback by the script that users get, a referee on a folder of its own, and pairs of players
//! who know to the millisecond how long they thought ([`players`]). Each round is one wound ([`wounds`]), and play around it.
//! `--silent` connects a component that never answers, so that discovery never ends early. The table at the end says, by kind of wound,
//! what was acknowledged and is missing, what happened twice, and which turns were charged more than the player used;
//! the exit status is 1 when anything of it is not as promised. `docs/RELIABILITY.md` has what was measured.
//!
//! With `--floods` it measures instead how others fare while strangers and bots send as much as they can ([`flood`]):
//!
//! ```text
//! cargo run --release --example hurt -- --server ejabberd|prosody --floods [KIND,KIND…] [--seconds N]
//! ```

mod component;
mod flood;
mod players;
mod report;
#[path = "../load/server.rs"]
#[allow(dead_code)]
mod server;
#[path = "../load/wire.rs"]
mod wire;
mod wounds;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use flood::Flood;
use players::{Pair, Shared};
use rand::RngExt;
use server::{ECHO, Server};
use tokio::task::JoinSet;
use wounds::{Referee, Wound};
use xmpp_referee::cli::config::Config;
use xmpp_referee::cli::serve;

/// How long everybody may take to finish when no more wounds come.
const PATIENCE: Duration = Duration::from_secs(60);
/// Play between two wounds, at least and at most.
const PLAY: std::ops::Range<u64> = 300..900;

#[derive(Parser)]
#[command(about = "Hurts a referee in play, and counts what the players lose by it")]
struct Args {
    /// Which server to start.
    #[arg(long, value_enum, default_value = "ejabberd")]
    server: Kind,
    /// Wounds.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
    /// Pairs of players.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    pairs: u16,
    /// Which kinds of wounds, in turn.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "kill,term,freeze,server"
    )]
    only: Vec<Wound>,
    /// Floods instead of wounds: of all kinds, or of these.
    #[arg(long, value_enum, value_delimiter = ',', num_args = 0..)]
    floods: Option<Vec<Flood>>,
    /// How long each flood lasts, and the quiet before it.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Connects a component that never answers, so that discovery takes its time after each start.
    #[arg(long)]
    silent: bool,
    /// Milliseconds that a turn may be charged beyond what the player used; for machines that do other things too.
    #[arg(long, default_value_t = 50)]
    forgive: u64,
    /// Where the referee keeps its record meanwhile.
    #[arg(long, default_value = "target")]
    store: PathBuf,
    /// The referee itself, as this program starts it.
    #[arg(long, hide = true)]
    serve: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Ejabberd,
    Prosody,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Ejabberd => "ejabberd",
            Kind::Prosody => "prosody",
        }
    }
}

fn main() -> io::Result<ExitCode> {
    let args = Args::parse();
    if let Some(config) = &args.serve {
        referee(config)?;
        return Ok(ExitCode::SUCCESS);
    }
    std::fs::create_dir_all(&args.store)?;
    if let Some(floods) = &args.floods {
        let lasts = Duration::from_secs(args.seconds);
        let floods = if floods.is_empty() {
            Flood::value_variants()
        } else {
            floods
        };
        return flood::flood(args.server.name(), floods, lasts, &args.store);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(hurt(&args))
}

/// The referee itself, as `referee serve` runs it.
fn referee(config: &Path) -> io::Result<()> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let config = Config::load(config, None).map_err(io::Error::other)?;
    serve::serve(config, Default::default(), false).map_err(io::Error::other)
}

async fn hurt(args: &Args) -> io::Result<ExitCode> {
    let folder = tempfile::tempdir_in(&args.store)?;
    let pairs = usize::from(args.pairs);
    let names = (0..pairs).flat_map(|pair| [0, 1].map(|seat| players::account(pair, seat)));
    let accounts: Vec<String> = names
        .map(|name| format!("{name}:{}", players::PASSWORD))
        .collect();
    let kind = args.server.name();
    let server = Server::start(kind, &accounts)?;
    if args.silent {
        tokio::spawn(component::stay(server.echo.clone(), ECHO));
    }
    let mut referee = Referee::new(&server, folder.path())?;
    let shared = Shared::default();
    let mut crowd = JoinSet::new();
    for pair in 0..pairs {
        crowd.spawn(Pair::new(pair, server.clients.clone(), shared.clone()).play());
    }
    println!("{kind}, {} pairs, {} rounds", pairs, args.rounds);
    for wound in args.only.iter().cycle().take(args.rounds as usize) {
        let play = rand::rng().random_range(PLAY);
        tokio::time::sleep(Duration::from_millis(play)).await;
        referee.suffer(*wound, &server, &shared).await?;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    shared.finish();
    let all = async { while crowd.join_next().await.is_some() {} };
    let finished = tokio::time::timeout(PATIENCE, all).await.is_ok();
    Ok(report::print(
        &shared.tally(),
        finished,
        Duration::from_millis(args.forgive),
    ))
}
