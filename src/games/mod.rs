//! Games as pure rules: the trait [`Rules`], the registry [`GAMES`], and one file or folder per game.
//!
//! This room refuses to know who plays, what time it is, and where luck comes from: a game asks for chance
//! ([`Phase::Chance`]) and is answered ([`Step::Chance`]), so a record replays without a generator. Nor does it know
//! stanzas, clocks or people: texts name players as `{0}` and `{1}`, and the referee fills in the handles.
//!
//! To add a game: one new file, its `mod` line and its entry in [`GAMES`]; `docs/ADD-A-GAME.md` walks through it, and the
//! contract suite (`tests/contract.rs`) then tests the new game without another line. Begin reading with [`Rules`], then
//! `tic_tac_toe.rs`, the smallest game.

#![deny(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::float_arithmetic
)]

mod erased;
mod rules;
mod setup;
mod turned;

mod chess;
mod counter_strike;
mod dice_duel;
mod kuhn_poker;
mod quake;
mod reported;
mod rock_paper_scissors;
mod tic_tac_toe;

pub use erased::{Game, Table};
pub use rules::{
    Ask, Draw, Fact, Legal, Phase, Played, Prompt, Reveal, Rules, Spec, Step, Verdict, View,
    Viewer, unasked, unreadable,
};
pub use setup::{Choice, Opt, Setup};
pub use turned::{turned, turned_verdict};

/// Every game and rules version the referee can run, in alphabetical order.
///
/// Changed behaviour is a new version beside the old one; an old version stays until no live match uses it.
pub static GAMES: &[&dyn Game] = &[
    &chess::Chess,
    &counter_strike::GAME,
    &dice_duel::DiceDuel,
    &kuhn_poker::KuhnPoker,
    &quake::GAME,
    &reported::GAME,
    &rock_paper_scissors::RockPaperScissors,
    &tic_tac_toe::TicTacToe,
];

/// The newest version of a game, by its id or one of its aliases, in any case.
pub fn find(name: &str) -> Option<&'static dyn Game> {
    let name = name.trim().to_ascii_lowercase();
    let named =
        |game: &&&dyn Game| game.spec().id == name || game.spec().aliases.contains(&name.as_str());
    GAMES
        .iter()
        .filter(named)
        .max_by_key(|game| game.spec().version)
        .copied()
}

/// Exactly this game and rules version: what a stored match asks for.
pub fn find_version(id: &str, version: u32) -> Option<&'static dyn Game> {
    GAMES
        .iter()
        .find(|game| game.spec().id == id && game.spec().version == version)
        .copied()
}
