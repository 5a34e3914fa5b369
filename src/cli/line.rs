//! The command line: what can be typed, and which verb it runs. A wrong configuration is exit status 2, what no key
//! could be checked on 3, any other failure 1.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::config::{Config, ConfigError, SECRET_VARIABLE};
use super::records::{Accepted, Records};
use super::verify::{KEY_NOT_CHECKED, KeyNotChecked};
use super::{check, init, log, serve};
use clap::{Parser, Subcommand};

/// Referees games on a Jabber server.
#[derive(Parser)]
#[command(version)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Connect to the server and referee.
    Serve {
        /// The configuration.
        #[arg(short, long, default_value = "referee.toml")]
        config: PathBuf,
        #[command(flatten)]
        accept: Accepted,
        /// Start although the machine's clock is far from what the referee expects.
        #[arg(long)]
        accept_clock: bool,
    },
    /// Try everything that is needed from the server, and say what is missing and how to mend it.
    Check {
        /// The configuration.
        #[arg(short, long, default_value = "referee.toml")]
        config: PathBuf,
    },
    /// Write a new configuration with a fresh secret, and print the lines that the server needs.
    Init {
        /// Where to write it.
        #[arg(default_value = "referee.toml")]
        file: PathBuf,
        /// The domain that the referee will have.
        #[arg(long)]
        domain: String,
        /// The Jabber server's own domain; guessed from the referee's when left out.
        #[arg(long)]
        host: Option<String>,
    },
    /// Print the lines that the server needs once more. They hold the secret.
    Lines {
        /// For which server.
        server: init::Server,
        /// The configuration.
        #[arg(short, long, default_value = "referee.toml")]
        config: PathBuf,
        /// The Jabber server's own domain; guessed from the referee's when left out.
        #[arg(long)]
        host: Option<String>,
    },
    #[command(flatten)]
    Records(Records),
}

/// Reads the command line and runs what it says.
pub fn run() -> ExitCode {
    match Line::parse().command {
        Command::Serve {
            config,
            accept,
            accept_clock,
        } => configured(&config, "info", |config| {
            Ok(serve::serve(config, accept.into(), accept_clock)?)
        }),
        Command::Check { config } => {
            configured(&config, "warn", |config| match check::check(config)? {
                true => Ok(()),
                false => Err("something is missing".into()),
            })
        }
        Command::Records(records) => match records.run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(status_of(&*error), &said(&*error)),
        },
        Command::Lines {
            server,
            config,
            host,
        } => configured(&config, "warn", |config| {
            let lines = init::lines(server, &config.domain, host.as_deref(), &config.secret);
            println!("{lines}");
            Ok(())
        }),
        Command::Init { file, domain, host } => match init::init(&file, &domain, host.as_deref()) {
            Ok(text) => {
                println!("{text}");
                ExitCode::SUCCESS
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => fail(
                1,
                &format!(
                    "{} is there already; give another name, or remove it first",
                    file.display()
                ),
            ),
            Err(error) => fail(1, &format!("could not write {}: {error}", file.display())),
        },
    }
}

/// Runs something with a configuration; one that cannot be used is exit status 2. `level` is what is logged unless RUST_LOG
/// says otherwise.
fn configured(
    file: &Path,
    level: &str,
    run: impl FnOnce(Config) -> Result<(), Box<dyn Error>>,
) -> ExitCode {
    log::start(level);
    match Config::load(file, std::env::var(SECRET_VARIABLE).ok()) {
        Err(error) => fail(2, &error.to_string()),
        Ok(config) => match run(config) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(1, &said(&*error)),
        },
    }
}

/// The exit status of what went wrong with records.
fn status_of(error: &(dyn Error + 'static)) -> u8 {
    if error.is::<KeyNotChecked>() {
        KEY_NOT_CHECKED
    } else {
        1 + u8::from(error.is::<ConfigError>())
    }
}

/// An error with all its causes.
fn said(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |error| (*error).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn fail(status: u8, what: &str) -> ExitCode {
    eprintln!("referee: {what}");
    ExitCode::from(status)
}
