//! Going back: a position is played again from the log of the match, up to one of its moves.

use super::{Held, Match, Stage, misfit};
use crate::games::{Draw, Phase, Step, Table, turned as turned_table};
use crate::kit::{Refusal, Seat, Timestamp, refuse};
use crate::matches::offer::OfferKind;

/// Marks of lines in the log that are no moves: a throw of dice, fallen flags, a player who gave up.
const DICE: &str = "d";
const TIMED_OUT: &str = "t";
const LEFT: &str = "l";
/// The next game of a series begins behind this line.
const GAME: &str = "g";

fn numbers(of: impl Iterator<Item = u8>) -> String {
    of.map(|n| format!(" {n}")).collect()
}

impl Match {
    /// Notes a step that is no move, so that the position can be played again.
    pub(super) fn log_step(&mut self, step: &Step<String>) {
        let line = match step {
            Step::Chance(Draw::Dice(faces)) => {
                format!("{DICE}{}\n", numbers(faces.iter().copied()))
            }
            Step::TimedOut(seats) => {
                format!("{TIMED_OUT}{}\n", numbers(seats.iter().map(|seat| seat.0)))
            }
            Step::Left(seat) => format!("{LEFT} {seat}\n"),
            // Moves are logged where they are counted; whoever was dealt cards cannot go back.
            Step::Act(..) | Step::Together(_) | Step::Chance(_) => return,
        };
        self.log.push_str(&line);
    }

    /// Notes that the next game of a series begins: nobody goes back behind it.
    pub(super) fn log_game(&mut self) {
        self.log.push_str(GAME);
        self.log.push('\n');
    }

    /// How many moves an undo of this seat takes back: its own last one and whatever came after it. `None` when it has not
    /// moved.
    pub fn since_last_move_of(&self, seat: Seat) -> Option<u32> {
        let own = (0..).zip(self.moves()).filter(|(_, (by, _))| *by == seat);
        let last: u32 = own.map(|(at, _)| at).last()?;
        if last < self.moves_before() {
            return None;
        }
        self.plays.checked_sub(last)
    }

    /// Whether the match can go on from the position after so many moves; the refusal says why not.
    pub fn can_go_back(&self, to: u32) -> Result<(), Refusal> {
        self.position_after(to).map(|_| ())
    }

    /// Takes back this many of the last moves.
    pub(super) fn take_back(&mut self, at: Timestamp, moves: u32) -> Result<(), Refusal> {
        let to = self.plays.checked_sub(moves);
        let to = to.ok_or_else(|| misfit("more moves are taken back than were played"))?;
        let (held, log) = self.position_after(to)?;
        (self.table, self.log, self.plays) = (Some(held), log, to);
        self.chosen.clear();
        self.offers.retain(|offer| offer.what != OfferKind::Undo);
        if let Some(tally) = self.tally.as_mut().filter(|tally| tally.between) {
            // The game of the series that was over is not.
            tally.games.pop();
            (tally.between, tally.given_up) = (false, None);
        }
        if self.stage == Stage::Over {
            self.case.reopened = true;
            self.stage = Stage::Started;
            (self.ended, self.verdict, self.reveal) = (None, None, None);
            (self.promised, self.signature) = (None, None);
        }
        self.acted = Some(at);
        if self.stage == Stage::Started {
            // What was used of the time stays used, also by whoever is no longer on turn.
            self.clock.pause(at);
            self.wind(at);
        }
        Ok(())
    }

    /// The position after so many moves, with the part of the log that leads there.
    fn position_after(&self, to: u32) -> Result<(Held, String), Refusal> {
        if to > self.plays {
            return Err(refuse(
                "match/no-such-move",
                format!("Only {} moves have been played.", self.plays),
            )
            .hint("Name the last move that is to stay."));
        }
        let before = self.moves_before();
        if to < before {
            return Err(refuse(
                "match/earlier-game",
                format!("Move {to} belongs to an earlier game of the series, which is over."),
            )
            .hint(format!(
                "Name a move from {before} on, or rule win, draw, void or continue."
            )));
        }
        if !self.luck.decks.is_empty() {
            return Err(refuse(
                "match/seen",
                "Cards were dealt and seen in this match, so it cannot go back.",
            )
            .hint("Rule win, draw, void or continue."));
        }
        let game = self.terms.game().ok_or_else(|| misfit("unknown rules"))?;
        let count = u8::try_from(self.seats.len()).map_err(|_| misfit("too many seats"))?;
        let turned = self.table.as_ref().is_some_and(|held| held.turned);
        let mut table = game.open(&self.terms.setup, count)?;
        if turned {
            table = turned_table(table);
        }
        let (earlier, lines) = self.log.split_at(last_game(&self.log));
        let mut lines = lines.lines().peekable();
        let (mut log, mut plays) = (earlier.to_owned(), before);
        while let Some(line) = lines.peek() {
            let is_dice = line.starts_with(DICE);
            if plays == to && !is_dice {
                break;
            }
            let wanted = match table.phase() {
                Phase::Together(seats) => seats.len(),
                _ => 1,
            };
            let round: Vec<&str> = match is_move(line) {
                true => lines.by_ref().take(wanted).collect(),
                false => lines.by_ref().take(1).collect(),
            };
            plays += round.iter().filter(|line| is_move(line)).count() as u32;
            if plays > to {
                return Err(refuse(
                    "match/mid-round",
                    format!("Move {to} lies in the middle of a round."),
                )
                .hint(format!("Name move {plays}, at which the round was open.")));
            }
            play_again(&mut *table, &round)?;
            round
                .iter()
                .for_each(|line| log.extend([line.to_owned(), "\n"]));
        }
        let held = Held {
            game: self.terms.game.clone(),
            rules: self.terms.rules,
            turned,
            table,
        };
        Ok((held, log))
    }
}

/// Where the log of the last game of a series begins.
fn last_game(log: &str) -> usize {
    let (mut end, mut last) = (0, 0);
    for line in log.split_inclusive('\n') {
        end += line.len();
        if line.trim_end() == GAME {
            last = end;
        }
    }
    last
}

fn is_move(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_digit())
}

/// One step of the log, played again.
fn play_again(table: &mut dyn Table, round: &[&str]) -> Result<(), Refusal> {
    let torn = || misfit("the log of the moves is torn");
    let (mark, rest) = round
        .first()
        .and_then(|line| line.split_once(' '))
        .ok_or_else(torn)?;
    let all = rest
        .split(' ')
        .map(str::parse)
        .collect::<Result<Vec<u8>, _>>();
    let step = match mark {
        DICE => Step::Chance(Draw::Dice(all.map_err(|_| torn())?)),
        TIMED_OUT => Step::TimedOut(all.map_err(|_| torn())?.into_iter().map(Seat).collect()),
        LEFT => Step::Left(Seat(rest.parse().map_err(|_| torn())?)),
        _ => {
            let mut moves = Vec::new();
            for line in round {
                let (seat, text) = line.split_once(' ').ok_or_else(torn)?;
                moves.push((Seat(seat.parse().map_err(|_| torn())?), text.to_owned()));
            }
            match (table.phase(), moves.as_slice()) {
                (Phase::Together(_), _) => Step::Together(moves),
                (_, [(seat, text)]) => Step::Act(*seat, text.clone()),
                _ => return Err(torn()),
            }
        }
    };
    table.step(&step).map(|_| ())
}
