//! The subcommands that work on records and data folders, and what they have in common.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::clock::RunClock;
use super::config::{Config, ConfigError, SECRET_VARIABLE};
use super::export::{Selection, export};
use super::import_clan::{Settler, import_clan};
use super::key::Key;
use super::verify::{Verify, verify};
use super::{backup, import, rebuild};
use crate::engine::{Accept, Clock};

/// The subcommands.
#[derive(clap::Subcommand)]
pub enum Records {
    /// Check records and data folders, offline.
    Verify(Verify),
    /// Write the records of matches, for anybody to check; or everything, to move it.
    Export {
        /// Which data folder.
        #[command(flatten)]
        folder: Folder,
        /// What of it.
        #[command(flatten)]
        what: Selection,
        /// A new file to write to, instead of the standard output.
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
    /// Show the key that signs results, or make a new one.
    #[command(subcommand)]
    Key(Key),
    /// Make a new data folder from what `export --all` has written, or take in a clan from another referee.
    Import {
        /// Which data folder.
        #[command(flatten)]
        folder: Folder,
        /// A clan instead.
        #[command(flatten)]
        settler: Settler,
        /// The export.
        file: PathBuf,
    },
    /// Throw the views away and build them again from the journal.
    Rebuild {
        /// Which data folder.
        #[command(flatten)]
        folder: Folder,
        /// What may be missing.
        #[command(flatten)]
        accept: Accepted,
    },
    /// Copy journal and address book, of a running referee too.
    Backup {
        /// Which data folder.
        #[command(flatten)]
        folder: Folder,
        /// Where to: a folder that is not there yet, or is empty.
        to: PathBuf,
    },
}

/// Which data folder is meant.
#[derive(Clone, Debug, clap::Args)]
pub struct Folder {
    /// The configuration that names it.
    #[arg(short, long, default_value = "referee.toml")]
    config: PathBuf,
    /// The data folder itself; no configuration is read then.
    #[arg(long, conflicts_with = "config")]
    data: Option<PathBuf>,
}

/// What may be missing in a data folder, because the operator says so.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Accepted {
    /// Go on although records are missing that the views or the address book know of.
    #[arg(long)]
    accept_short_journal: bool,
    /// Go on although people are missing in the address book: they count as forgotten for good.
    #[arg(long)]
    accept_missing_people: bool,
}

impl From<Accepted> for Accept {
    fn from(accepted: Accepted) -> Accept {
        Accept {
            short_journal: accepted.accept_short_journal,
            missing_people: accepted.accept_missing_people,
        }
    }
}

impl Folder {
    fn path(self) -> Result<PathBuf, ConfigError> {
        match self.data {
            Some(data) => Ok(data),
            None => Ok(Config::load(&self.config, std::env::var(SECRET_VARIABLE).ok())?.store),
        }
    }
}

impl Records {
    /// Does it.
    ///
    /// # Errors
    /// Says what is wrong; a configuration that cannot be used is a [`ConfigError`].
    pub fn run(self) -> Result<(), Box<dyn Error>> {
        let out = &mut BufWriter::new(io::stdout().lock());
        match self {
            Records::Verify(args) => verify(&args, out)?,
            Records::Export {
                folder,
                what,
                output: None,
            } => export(&folder.path()?, &what, out)?,
            Records::Export {
                folder,
                what,
                output: Some(file),
            } => {
                let data = folder.path()?;
                let mut written = BufWriter::new(fresh(&file)?);
                export(&data, &what, &mut written)?;
                written.into_inner().map_err(io::Error::from)?.sync_all()?;
            }
            Records::Key(key) => key.run(out)?,
            Records::Import {
                folder,
                settler,
                file,
            } => match settler.owner {
                None => import::import(&folder.path()?, &file, out)?,
                Some(_) => {
                    let now = RunClock::start().now();
                    import_clan(&folder.path()?, &file, &settler, now, out)?;
                }
            },
            Records::Rebuild { folder, accept } => {
                let now = RunClock::start().now();
                rebuild::rebuild(&folder.path()?, now, accept.into(), out)?;
            }
            Records::Backup { folder, to } => backup::backup(&folder.path()?, &to, out)?,
        }
        Ok(out.flush()?)
    }
}

/// A file that was not there before and that nobody else may read.
fn fresh(path: &Path) -> Result<std::fs::File, String> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(path);
    opened.map_err(|error| format!("could not create {}: {error}", path.display()))
}
