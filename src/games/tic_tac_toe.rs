//! Tic-tac-toe on any board: so many in a row win. The smallest game, and the one to read first.

use serde::{Deserialize, Serialize};

use super::rules::{
    Fact, Legal, Phase, Reveal, Rules, Spec, Step, Verdict, View, Viewer, unasked, unreadable,
};
use super::setup::{Choice, Opt, Setup};
use crate::kit::{Refusal, Seat, refuse};

/// Tic-tac-toe, with the options of the multi-user-gaming ProtoXEP.
#[derive(Debug)]
pub struct TicTacToe;

/// The longest side of a board: that of a go board, which still fits a phone's 30 columns.
const LONGEST_SIDE: i64 = 19;

/// Boards wider than this are printed without blanks between the cells, to stay within 30 columns.
const WIDEST_SPACED: u8 = 13;

static SPEC: Spec = Spec {
    id: "tic-tac-toe",
    aliases: &["tictactoe", "ttt", "noughts-and-crosses"],
    title: "Tic-tac-toe",
    version: 1,
    seats: (2, 2),
    sides: &["x", "o"],
    hidden: false,
    reveal: Reveal::Whole,
    draws: false,
    draw_offers: true,
    undo: true,
    options: &[
        Opt {
            name: "rows",
            choice: Choice::Number(3, LONGEST_SIDE),
            default: "3",
            help: "Rows of the board.",
        },
        Opt {
            name: "cols",
            choice: Choice::Number(3, LONGEST_SIDE),
            default: "3",
            help: "Columns of the board.",
        },
        Opt {
            name: "strike",
            choice: Choice::Number(3, LONGEST_SIDE),
            default: "3",
            help: "How many in a row win.",
        },
    ],
    max_steps: 361,
    about: "X and O take turns to mark an empty cell, X first. Three marks in a row, a column or a diagonal win, or as \
            many as the option strike says. A full board without a winner is a tie. Who runs out of time loses.",
    how: "Name a cell by its column and row, for example b2.",
    notation: "Rows from the first to the last with `/` between them; `.` is free, `X` and `O` are the marks of x and o. A move is a column letter and a row number.",
};

/// The board and, once there is one, the verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    cols: u8,
    strike: u8,
    /// `X`, `O` or `.` for each cell, row by row from the top.
    cells: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over: Option<Verdict>,
}

/// A cell, counted from 0 from the top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    col: u8,
    row: u8,
}

impl State {
    fn rows(&self) -> u8 {
        u8::try_from(self.cells.len() / usize::from(self.cols.max(1))).unwrap_or(0)
    }

    fn index(&self, cell: Cell) -> usize {
        usize::from(cell.row) * usize::from(self.cols) + usize::from(cell.col)
    }

    fn mark(&self, cell: Cell) -> Option<u8> {
        if cell.col < self.cols {
            self.cells.as_bytes().get(self.index(cell)).copied()
        } else {
            None
        }
    }

    fn turn(&self) -> Seat {
        let marks = self.cells.bytes().filter(|mark| *mark != b'.').count();
        Seat(if marks % 2 == 0 { 0 } else { 1 })
    }

    fn every_cell(&self) -> impl Iterator<Item = Cell> {
        let cols = self.cols;
        (0..self.rows()).flat_map(move |row| (0..cols).map(move |col| Cell { col, row }))
    }

    /// Whether the mark in this cell lies in a row of at least `strike` of its kind.
    fn strikes(&self, cell: Cell) -> bool {
        let mine = self.mark(cell);
        let run = |step: (i8, i8)| {
            let next = |cell: &Cell| {
                let col = cell.col.checked_add_signed(step.0)?;
                let row = cell.row.checked_add_signed(step.1)?;
                Some(Cell { col, row }).filter(|cell| self.mark(*cell) == mine)
            };
            std::iter::successors(next(&cell), next).count()
        };
        let lines = [(0, 1), (1, 0), (1, 1), (1, -1)];
        lines
            .iter()
            .any(|(col, row)| 1 + run((*col, *row)) + run((-col, -row)) >= usize::from(self.strike))
    }

    fn place(&self, seat: Seat, cell: Cell) -> Result<State, Refusal> {
        let name = cell_name(cell);
        if self.mark(cell) != Some(b'.') {
            return Err(refuse(
                "game/illegal",
                format!("The cell {name} is taken or off the board."),
            )
            .hint("Choose a cell that shows a dot."));
        }
        let (before, after) = self.cells.split_at(self.index(cell));
        let mark = if seat.0 == 0 { "X" } else { "O" };
        let mut state = State {
            cells: [before, mark, &after[1..]].concat(),
            ..self.clone()
        };
        if state.strikes(cell) {
            let text = format!("{{{seat}}} has {} in a row and wins.", state.strike);
            state.over = Some(Verdict::won_by(seat, 2, "strike", text));
        } else if !state.cells.contains('.') {
            state.over = Some(Verdict::tie(
                2,
                "full",
                "The board is full, and nobody has won.",
            ));
        }
        Ok(state)
    }
}

impl Rules for TicTacToe {
    type State = State;
    type Action = Cell;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn start(&self, setup: &Setup, _seats: u8) -> Result<State, Refusal> {
        let side = |name| u8::try_from(setup.number(name)).unwrap_or(3);
        let (rows, cols, strike) = (side("rows"), side("cols"), side("strike"));
        if strike > rows.max(cols) {
            let text = format!(
                "Nobody can have {strike} in a row on a board of {rows} rows and {cols} columns."
            );
            return Err(refuse("setup/contradiction", text)
                .hint(format!("Write strike={} or less.", rows.max(cols))));
        }
        Ok(State {
            cols,
            strike,
            cells: ".".repeat(usize::from(rows) * usize::from(cols)),
            over: None,
        })
    }

    fn phase(&self, state: &State) -> Phase {
        match &state.over {
            Some(verdict) => Phase::Over(verdict.clone()),
            None => Phase::Act(state.turn()),
        }
    }

    fn legal(&self, state: &State, seat: Seat) -> Legal<Cell> {
        if state.over.is_some() || state.turn() != seat {
            return Legal::All(Vec::new());
        }
        Legal::All(
            state
                .every_cell()
                .filter(|cell| state.mark(*cell) == Some(b'.'))
                .collect(),
        )
    }

    fn step(&self, state: &State, step: &Step<Cell>) -> Result<(State, Vec<Fact>), Refusal> {
        let verdict = match step {
            Step::Act(seat, cell) => return Ok((state.place(*seat, *cell)?, Vec::new())),
            Step::TimedOut(seats) => Verdict::lost_by(seats, 2, "time", "ran out of time"),
            Step::Left(seat) => Verdict::lost_by(&[*seat], 2, "resigned", "gave up"),
            Step::Together(_) | Step::Chance(_) => return Err(unasked()),
        };
        Ok((
            State {
                over: Some(verdict),
                ..state.clone()
            },
            Vec::new(),
        ))
    }

    fn view(&self, state: &State, _viewer: Viewer) -> View {
        let gap = if state.cols > WIDEST_SPACED { "" } else { " " };
        let margin = if state.rows() > 9 { 2 } else { 1 };
        let letters: Vec<String> = (0..state.cols)
            .map(|col| char::from(b'a' + col).to_string())
            .collect();
        let mut board = format!("{:margin$} {}\n", "", letters.join(gap));
        let mut position = Vec::new();
        for row in 0..state.rows() {
            let marks = (0..state.cols)
                .filter_map(|col| state.mark(Cell { col, row }))
                .map(char::from);
            let line: String = marks.collect();
            let spaced: Vec<String> = line.chars().map(String::from).collect();
            board.push_str(&format!("{:>margin$} {}\n", row + 1, spaced.join(gap)));
            position.push(line);
        }
        View {
            board,
            position: position.join("/"),
        }
    }

    fn parse(&self, state: &State, _seat: Seat, text: &str) -> Result<Cell, Refusal> {
        // Spelled back, so that `b02` is no second name for b2.
        let cell = column_and_row(text).filter(|cell| cell_name(*cell) == text);
        cell.filter(|cell| state.mark(*cell).is_some())
            .ok_or_else(|| unreadable("cell of this board", text, SPEC.how))
    }

    fn notate(&self, _state: &State, _seat: Seat, cell: &Cell) -> String {
        cell_name(*cell)
    }

    /// Also `B2`, `2b`, and on the usual board the numbers 1 to 9 from the top left, as on a telephone.
    fn readings(&self, state: &State, seat: Seat, text: &str) -> Result<Vec<Cell>, Refusal> {
        let text = text.trim().to_ascii_lowercase();
        let digits = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let turned = format!("{}{digits}", &text[digits.len()..]);
        let exact = match text.as_bytes() {
            [digit @ b'1'..=b'9'] if state.cells.len() == 9 && state.cols == 3 => {
                let n = digit - b'1';
                cell_name(Cell {
                    col: n % 3,
                    row: n / 3,
                })
            }
            _ => turned,
        };
        self.parse(state, seat, &exact).map(|cell| vec![cell])
    }
}

fn cell_name(cell: Cell) -> String {
    format!("{}{}", char::from(b'a' + cell.col), u16::from(cell.row) + 1)
}

fn column_and_row(text: &str) -> Option<Cell> {
    let (letter, number) = text.split_at_checked(1)?;
    let col = letter.bytes().next().filter(u8::is_ascii_lowercase)? - b'a';
    let row = number.parse::<u8>().ok()?.checked_sub(1)?;
    Some(Cell { col, row })
}

#[cfg(test)]
mod tests {
    use super::super::erased::{Game, Table};
    use super::*;

    fn table(options: &str) -> Box<dyn Table> {
        TicTacToe
            .open(&Setup::read(SPEC.options, options).unwrap(), 2)
            .unwrap()
    }

    fn play(table: &mut dyn Table, moves: &str) {
        for (n, cell) in moves.split(' ').enumerate() {
            table
                .step(&Step::Act(Seat((n % 2) as u8), cell.to_owned()))
                .unwrap();
        }
    }

    fn verdict(table: &dyn Table) -> Verdict {
        match table.phase() {
            Phase::Over(verdict) => verdict,
            other => panic!("still running: {other:?}"),
        }
    }

    #[test]
    fn three_in_any_line_win() {
        for moves in [
            "a1 b1 a2 b2 a3",
            "a1 a2 b1 b2 c1",
            "a1 a2 b2 b1 c3",
            "c1 a2 b2 b1 a3",
        ] {
            let mut table = table("");
            play(table.as_mut(), moves);
            assert_eq!(verdict(table.as_ref()).winner(), Some(Seat(0)), "{moves}");
        }
    }

    #[test]
    fn a_full_board_is_a_tie() {
        let mut table = table("");
        play(table.as_mut(), "a1 b1 c1 b2 a2 a3 b3 c3 c2");
        assert_eq!(
            (
                verdict(table.as_ref()).code.as_str(),
                verdict(table.as_ref()).winner()
            ),
            ("full", None)
        );
        assert_eq!(table.view(Viewer::Public).position, "XOX/XOX/OXO");
    }

    #[test]
    fn a_row_does_not_run_on_over_the_edge() {
        let mut table = table("rows=3 cols=4");
        // c1, d1 and a2 are neighbours in the text of the position, not on the board.
        play(table.as_mut(), "c1 a3 d1 c3 a2");
        assert_eq!(table.phase(), Phase::Act(Seat(1)));
    }

    #[test]
    fn a_strike_longer_than_the_board_is_refused() {
        let setup = Setup::read(SPEC.options, "rows=3 cols=4 strike=5").unwrap();
        let refusal = TicTacToe.open(&setup, 2).err().unwrap();
        assert_eq!(refusal.code, "setup/contradiction");
        assert!(
            TicTacToe
                .open(&Setup::read(SPEC.options, "cols=5 strike=5").unwrap(), 2)
                .is_ok()
        );
    }

    #[test]
    fn people_name_cells_in_many_ways_programs_in_one() {
        let small = table("");
        for text in ["b3", "B3", "3b", " 3B ", "8"] {
            assert_eq!(
                small.read_loosely(Seat(0), text),
                Ok(vec!["b3".to_owned()]),
                "{text}"
            );
        }
        for text in [
            "B3", "3b", "8", "b03", "b+3", "b4", "d1", "b0", "", "b", "é1",
        ] {
            assert!(small.read_exact(Seat(0), text).is_err(), "{text}");
        }
        // On a larger board a number alone names no cell.
        let large = table("cols=19 rows=19 strike=5");
        assert!(large.read_loosely(Seat(0), "8").is_err());
        assert_eq!(
            large.read_loosely(Seat(0), "19S"),
            Ok(vec!["s19".to_owned()])
        );
    }

    #[test]
    fn the_board_names_its_cells() {
        let mut table = table("");
        play(table.as_mut(), "b2 a1");
        assert_eq!(
            table.view(Viewer::Public).board,
            "  a b c\n1 O . .\n2 . X .\n3 . . .\n"
        );
    }
}
