//! What is done to the referee and to its server.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use rand::RngExt;

use crate::players::Shared;
use crate::server::{REFEREE, SECRET, Server};

/// How long a frozen process stays so, in milliseconds.
const FREEZE: std::ops::Range<u64> = 100..3000;
/// How long a process may take to be there again.
const PATIENCE: Duration = Duration::from_secs(60);

/// One kind of wound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Wound {
    /// The referee is killed and started again.
    Kill,
    /// The referee is told to end and started again.
    Term,
    /// The referee is stopped for a while.
    Freeze,
    /// The server is killed and started again.
    Server,
}

impl Wound {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Wound::Kill => "kill -9",
            Wound::Term => "SIGTERM",
            Wound::Freeze => "SIGSTOP",
            Wound::Server => "server restart",
        }
    }
}

/// The referee's process.
pub struct Referee {
    child: Child,
    config: PathBuf,
    log: PathBuf,
}

impl Referee {
    /// Starts one on an empty folder.
    ///
    /// # Errors
    /// It did not start; its log says why.
    pub fn new(server: &Server, folder: &Path) -> io::Result<Referee> {
        let (config, log) = (folder.join("referee.toml"), folder.join("log"));
        let text = format!(
            "[component]\ndomain = \"{REFEREE}\"\nserver = \"{}\"\nsecret = \"{SECRET}\"\n",
            server.referee
        );
        std::fs::write(&config, text)?;
        let child = spawn(&config, &log)?;
        Ok(Referee { child, config, log })
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// One wound, and its healing.
    ///
    /// # Errors
    /// It did not heal.
    pub async fn suffer(
        &mut self,
        wound: Wound,
        server: &Server,
        shared: &Shared,
    ) -> io::Result<()> {
        let begun = Instant::now();
        shared.wounded(wound, begun);
        match wound {
            Wound::Kill | Wound::Term => {
                let signal = if wound == Wound::Kill { "KILL" } else { "TERM" };
                send(self.child.id(), signal)?;
                self.ended().await?;
                self.child = spawn(&self.config, &self.log)?;
            }
            Wound::Freeze => {
                send(self.child.id(), "STOP")?;
                let long = rand::rng().random_range(FREEZE);
                tokio::time::sleep(Duration::from_millis(long)).await;
                send(self.child.id(), "CONT")?;
            }
            Wound::Server => send(server.id(), "HUP")?,
        }
        shared.healed(Instant::now());
        if wound == Wound::Server {
            // Until everybody had the time to come back.
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
        Ok(())
    }

    async fn ended(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                return Err(io::Error::other("the referee does not end"));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }
}

impl Drop for Referee {
    fn drop(&mut self) {
        let _ = send(self.child.id(), "CONT");
        let _ = send(self.child.id(), "TERM");
        let _ = self.child.wait();
    }
}

fn spawn(config: &Path, log: &Path) -> io::Result<Child> {
    let program = std::env::current_exe()?;
    let log = File::options().create(true).append(true).open(log)?;
    // The kernel ends it with this program, however this one ends.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command.arg("--serve").arg(config);
    command.stdout(Stdio::null()).stderr(log).spawn()
}

fn send(process: u32, signal: &str) -> io::Result<()> {
    let status = Command::new("kill")
        .args(["-s", signal, &process.to_string()])
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("could not send SIG{signal}"))),
    }
}
