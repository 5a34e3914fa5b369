//! The command line: each subcommand in a file of its own, wired to the rooms that do the work.
//!
//! This room knows all others and none knows it. It refuses to decide anything: begin with [`serve`].

pub mod audit;
pub mod backup;
pub mod check;
pub mod clock;
pub mod config;
pub mod export;
mod faces;
pub mod import;
pub mod import_clan;
pub mod init;
pub mod key;
pub mod ledger;
pub mod line;
pub mod log;
pub mod rebuild;
pub mod records;
pub mod serve;
pub mod verify;
