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
//! Other wounds (floods, malformed stanzas) belong into files of their own beside `wounds`, as further kinds of [`wounds::Wound`].

mod players;
mod report;
#[path = "../load/server.rs"]
#[allow(dead_code)]
mod server;
mod silent;
#[path = "../load/wire.rs"]
mod wire;
mod wounds;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use players::{Pair, Shared};
use rand::RngExt;
use server::{ECHO, SECRET, Server};
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

fn main() -> io::Result<ExitCode> {
    let args = Args::parse();
    if let Some(config) = &args.serve {
        referee(config)?;
        return Ok(ExitCode::SUCCESS);
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
    std::fs::create_dir_all(&args.store)?;
    let folder = tempfile::tempdir_in(&args.store)?;
    let pairs = usize::from(args.pairs);
    let names = (0..pairs).flat_map(|pair| [0, 1].map(|seat| players::account(pair, seat)));
    let accounts: Vec<String> = names
        .map(|name| format!("{name}:{}", players::PASSWORD))
        .collect();
    let kind = match args.server {
        Kind::Ejabberd => "ejabberd",
        Kind::Prosody => "prosody",
    };
    let server = Server::start(kind, &accounts)?;
    if args.silent {
        tokio::spawn(silent::stay(server.echo.clone(), ECHO, SECRET));
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
