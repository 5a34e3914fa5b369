//! `referee key`: what signs results, for people who have to trust it, and a new one when that must change.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::clock::RunClock;
use super::config::{Config, ConfigError, SECRET_VARIABLE};
use crate::engine::Clock;
use crate::kit::{ALGORITHM, PublicKey, Timestamp};
use crate::store::{KeyFile, OsEntropy};

/// What to do with the key.
#[derive(clap::Subcommand)]
pub enum Key {
    /// Print the public keys, for `referee verify --keys` and for a web page.
    Show(Where),
    /// Make a new key; the old one's public half stays in the file. A running referee signs with it after a restart.
    Rotate(Where),
}

/// Which key is meant.
#[derive(Clone, Debug, clap::Args)]
pub struct Where {
    /// The configuration that names it.
    #[arg(short, long, default_value = "referee.toml")]
    config: PathBuf,
    /// The key file itself; no configuration is read then.
    #[arg(long, conflicts_with = "config")]
    file: Option<PathBuf>,
}

impl Where {
    fn path(&self) -> Result<PathBuf, ConfigError> {
        match &self.file {
            Some(file) => Ok(file.clone()),
            None => Ok(Config::load(&self.config, std::env::var(SECRET_VARIABLE).ok())?.key),
        }
    }
}

impl Key {
    /// Does it.
    ///
    /// # Errors
    /// A configuration or a key file that cannot be used, a disk that takes no more.
    pub fn run(&self, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
        match self {
            Key::Show(place) => show(&place.path()?, out),
            Key::Rotate(place) => rotate(&place.path()?, RunClock::start().now(), out),
        }
    }
}

/// One line per key, the one that signs first: name, algorithm, key, since when, until when.
fn show(path: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let file = KeyFile::read(path)?;
    writeln!(out, "{}", line(&file.public(), file.since))?;
    for former in file.former.iter().rev() {
        writeln!(
            out,
            "{} {}",
            line(&former.public, former.since),
            former.until
        )?;
    }
    Ok(())
}

fn line(key: &PublicKey, since: Timestamp) -> String {
    format!("{} {ALGORITHM} {key} {since}", key.id())
}

fn rotate(path: &Path, now: Timestamp, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let mut file = KeyFile::read(path)?;
    file.rotate(&mut OsEntropy::open()?, now)?;
    writeln!(out, "A new key is in {}:", path.display())?;
    show(path, out)?;
    writeln!(
        out,
        "# Restart the referee: it signs with the new key from then on, and publishes both."
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::SeededEntropy;

    #[test]
    fn shown_and_rotated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("referee.key");
        let made = KeyFile::make(&path, &mut SeededEntropy::new(1), Timestamp(0)).unwrap();
        let old = made.public();
        let said = |key: &Key| {
            let mut out = Vec::new();
            key.run(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let place = Where {
            config: PathBuf::new(),
            file: Some(path.clone()),
        };
        let shown = format!("{} ed25519 {old} 1970-01-01T00:00:00.000Z\n", old.id());
        assert_eq!(said(&Key::Show(place.clone())), shown);
        let rotated = said(&Key::Rotate(place.clone()));
        let new = KeyFile::read(&path).unwrap().public();
        assert!(rotated.contains(&new.to_string()) && rotated.contains(&shown.replace('\n', " ")));
        assert_eq!(said(&Key::Show(place)).lines().count(), 2);
    }
}
