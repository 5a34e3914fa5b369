//! Records on the command line: sound ones pass, and no change of any byte does.
//!
//! `UPDATE=1 cargo test --test cli_records` writes the golden records anew.

#![allow(clippy::unwrap_used)]

#[path = "cli_records/clans.rs"]
mod clans;
#[path = "cli_records/clocks.rs"]
mod clocks;
#[path = "cli_records/folder.rs"]
mod folder;
#[path = "cli_records/forged.rs"]
mod forged;
#[path = "cli_records/luck.rs"]
mod luck;
#[path = "cli_records/play.rs"]
mod play;
#[path = "cli_records/signed.rs"]
mod signed;
#[path = "cli_records/stories.rs"]
mod stories;
