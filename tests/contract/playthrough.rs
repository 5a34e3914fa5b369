//! Golden playthroughs: one game as everybody sees it, step by step, in a text file.

use std::fmt::Write;

use xmpp_referee::games::{Fact, Game, Phase, Setup, Step, Table, Viewer};
use xmpp_referee::kit::Seat;

use super::playout::{Luck, asked, chosen, listed};

/// Steps that are shown; then the last seat gives up.
const SHOWN: usize = 40;

/// Writes one game of the usual setup.
pub fn playthrough(game: &'static dyn Game) -> String {
    let spec = game.spec();
    let setup = Setup::read(spec.options, "").unwrap();
    let mut table = game.open(&setup, spec.seats.0).unwrap();
    let mut luck = Luck(7);
    let mut text = format!("{} version {}\n{}\n", spec.id, spec.version, spec.how);
    for n in 0.. {
        position(&mut text, n, table.as_ref(), spec.seats.0);
        let step = match table.phase() {
            Phase::Over(_) => break,
            phase if n < SHOWN => chosen(table.as_ref(), &phase, &mut luck),
            _ => Step::Left(Seat(spec.seats.0 - 1)),
        };
        writeln!(text, "\n> {step:?}").unwrap();
        for fact in table.step(&step).unwrap() {
            match fact {
                Fact::Public(line) => writeln!(text, "all: {line}"),
                Fact::Split {
                    seat,
                    secret,
                    public,
                } => writeln!(text, "seat {seat}: {secret}\nothers: {public}"),
                Fact::Opened { deck, at, to: None } => {
                    writeln!(text, "opened to all: deck {deck}, position {at}")
                }
                Fact::Opened {
                    deck,
                    at,
                    to: Some(seat),
                } => {
                    writeln!(text, "opened to seat {seat}: deck {deck}, position {at}")
                }
            }
            .unwrap();
        }
    }
    text
}

fn position(text: &mut String, n: usize, table: &dyn Table, seats: u8) {
    let public = table.view(Viewer::Public);
    writeln!(
        text,
        "\n== {n}\n{}public: {}",
        public.board, public.position
    )
    .unwrap();
    for seat in (0..seats).map(Seat) {
        let view = table.view(Viewer::Seat(seat));
        if view.board != public.board {
            write!(text, "{}", view.board).unwrap();
        }
        if view.position != public.position {
            writeln!(text, "seat {seat}: {}", view.position).unwrap();
        }
    }
    writeln!(text, "{:?}", table.phase()).unwrap();
    for seat in asked(&table.phase()) {
        writeln!(
            text,
            "legal for seat {seat}: {}",
            listed(table, seat).join(" ")
        )
        .unwrap();
    }
}

/// Compares a game with its golden file, or rewrites the file when the environment says `UPDATE=1`.
pub fn check(game: &'static dyn Game, file: &std::path::Path) -> Result<(), String> {
    let played = playthrough(game);
    if std::env::var("UPDATE").is_ok_and(|update| update == "1") {
        std::fs::write(file, &played)
            .map_err(|why| format!("could not write {}: {why}", file.display()))?;
    }
    let golden = std::fs::read_to_string(file).unwrap_or_default();
    match golden
        .lines()
        .zip(played.lines())
        .position(|(golden, played)| golden != played)
    {
        None if golden == played => Ok(()),
        line => Err(format!(
            "{} differs from line {} on. If the change is meant, run the test with UPDATE=1 and read the diff.",
            file.display(),
            line.unwrap_or(golden.lines().count().min(played.lines().count())) + 1
        )),
    }
}
