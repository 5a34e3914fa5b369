//! The real binary as a child process, in a folder of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::wire::{DOMAIN, SECRET};

/// How long anything may take that happens once.
pub const PATIENCE: Duration = Duration::from_secs(20);

const BINARY: &str = env!("CARGO_BIN_EXE_referee");

/// Where a referee lives: its configuration, its log and its data.
pub struct Home {
    folder: tempfile::TempDir,
    data: PathBuf,
}

impl Home {
    /// A fresh home.
    pub fn new() -> Home {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        Home { folder, data }
    }

    /// A fresh home whose data lie somewhere else.
    pub fn with_data(data: PathBuf) -> Home {
        Home {
            data,
            ..Home::new()
        }
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The only segment of the journal: the tests write less than a segment holds.
    pub fn segment(&self) -> PathBuf {
        let files = fs::read_dir(self.data.join("journal")).unwrap();
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }

    /// Starts the referee; it connects to this server.
    pub fn start(&self, server: &str) -> Referee {
        let config = self.folder.path().join("referee.toml");
        let text = format!(
            "[component]\ndomain = \"{DOMAIN}\"\nserver = \"{server}\"\nsecret = \"{SECRET}\"\n\
             [store]\npath = \"{}\"\n",
            self.data.display()
        );
        fs::write(&config, text).unwrap();
        let log = self
            .folder
            .path()
            .join(format!("log-{:x}", rand::random::<u64>()));
        let child = Command::new(BINARY)
            .args(["serve", "-c"])
            .arg(&config)
            .env_remove("RUST_LOG")
            .env_remove("REFEREE_SECRET")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Referee { child, log }
    }

    /// What `referee verify` says of these files or folders, and whether it is satisfied.
    pub fn verify<'a>(&self, paths: impl IntoIterator<Item = &'a Path>) -> (bool, String) {
        let output = Command::new(BINARY)
            .arg("verify")
            .args(paths)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }
}

/// A running referee; killed when dropped.
pub struct Referee {
    child: Child,
    log: PathBuf,
}

impl Referee {
    /// What it has written to its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// `kill -9`: it is gone on return.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Any signal.
    pub fn signal(&self, signal: &str) {
        let told = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(told.unwrap().success());
    }

    /// Whether it has ended, and with which status.
    pub fn ended(&mut self) -> Option<Option<i32>> {
        self.child.try_wait().unwrap().map(|status| status.code())
    }

    /// Waits for its end and gives the exit status; none if a signal ended it.
    pub fn end(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Referee {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
