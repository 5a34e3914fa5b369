//! The private server under load, and what processes cost the machine.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The host of all bots.
pub const HOST: &str = "localhost";
/// Shared by the server and both components.
pub const SECRET: &str = "secret";
/// The component that is measured.
pub const REFEREE: &str = "referee.localhost";
/// The component that it is measured against; its name is as long, so that stanzas are too.
pub const ECHO: &str = "echoing.localhost";

/// A private server in the foreground of a script, which stops it and removes its folder.
pub struct Server {
    script: Child,
    /// Where clients connect.
    pub clients: String,
    /// Where the referee connects.
    pub referee: String,
    /// Where the echo connects.
    pub echo: String,
    /// Where further components connect, by name.
    pub others: BTreeMap<String, String>,
}

impl Server {
    /// Starts one of this kind, with these accounts.
    ///
    /// # Errors
    /// The script's own words are on the terminal.
    pub fn start(kind: &str, accounts: &[String]) -> io::Result<Server> {
        Server::start_with(kind, accounts, &[])
    }

    /// The same with room for further components.
    ///
    /// # Errors
    /// The script's own words are on the terminal.
    pub fn start_with(kind: &str, accounts: &[String], others: &[&str]) -> io::Result<Server> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let script = match kind {
            "prosody" => "examples/prosody/start.sh",
            _ => "ejabberd-config/start.sh",
        };
        let child = bound(&root.join(script))
            .args(["--domain", REFEREE, "--domain", ECHO, "--secret", SECRET])
            .args(others.iter().flat_map(|domain| ["--domain", domain]))
            .args(accounts)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut server = Server {
            clients: String::new(),
            referee: String::new(),
            echo: String::new(),
            others: BTreeMap::new(),
            script: child,
        };
        let said = server.script.stdout.take().into_iter();
        for line in said.flat_map(|out| BufReader::new(out).lines()) {
            let line = line?;
            if let Some(address) = line.strip_prefix("C2S=") {
                server.clients = address.to_owned();
            }
            for pair in line.strip_prefix("COMPONENTS=").unwrap_or("").split(' ') {
                match pair.split_once('=') {
                    Some((REFEREE, address)) => server.referee = address.to_owned(),
                    Some((ECHO, address)) => server.echo = address.to_owned(),
                    Some((other, address)) => {
                        server.others.insert(other.to_owned(), address.to_owned());
                    }
                    None => {}
                }
            }
            if line == "ready" {
                return Ok(server);
            }
        }
        Err(io::Error::other(format!("{kind} did not start")))
    }

    /// The process of its script, with all of the server below it.
    pub fn id(&self) -> u32 {
        self.script.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        terminate(&mut self.script);
    }
}

/// A process of this program in another part.
pub struct Part(Child);

impl Part {
    /// Starts this program anew with these arguments, and waits until it has written a line with this word to `stderr`.
    ///
    /// # Errors
    /// It ended first.
    pub fn start(args: &[&str], ready: &str) -> io::Result<Part> {
        let program = std::env::current_exe()?;
        let mut child = bound(&program).args(args).stderr(Stdio::piped()).spawn()?;
        let said = child.stderr.take();
        let part = Part(child);
        let mut lines = said.into_iter().flat_map(|err| BufReader::new(err).lines());
        let mut last = String::new();
        while let Some(Ok(line)) = lines.next() {
            if line.contains(ready) {
                // Whatever it still has to say is read, so that it never waits for us.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(part);
            }
            last = line;
        }
        Err(io::Error::other(format!(
            "`{}` ended: {last}",
            args.join(" ")
        )))
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        terminate(&mut self.0);
    }
}

/// A command whose process the kernel ends with this one, however this one ends.
fn bound(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "--"]).arg(program);
    command
}

fn terminate(child: &mut Child) {
    // The standard library knows SIGKILL only, which would leave the server's folder behind.
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    let _ = child.wait();
}

/// The processor time of a process and all below it.
pub fn cpu_of_tree(process: u32) -> Duration {
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let below: Duration = children
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|child| child.parse().ok())
        .map(cpu_of_tree)
        .sum();
    below + cpu_of(process).unwrap_or_default()
}

/// Fields 14 and 15 of `/proc/PID/stat`, in ticks of 10 ms; the second field may hold anything, so they are counted from
/// its closing parenthesis.
fn cpu_of(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Duration::from_millis(10 * (user + system)))
}
