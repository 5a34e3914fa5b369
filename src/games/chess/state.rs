//! A chess position with as much of its past as the law still asks for.

use cozy_chess::{Board, Color, File, Move, Piece, Rank, Square};
use serde::{Deserialize, Serialize};

use super::super::rules::Verdict;
use crate::kit::Seat;

/// Half-moves without a capture or a pawn move after which either player may claim a draw (FIDE 9.3).
const CLAIM_QUIET: usize = 100;
/// The same, after which the game is drawn by itself (FIDE 9.6.2).
const DRAWN_QUIET: usize = 150;
/// How often the same position gives a claim (FIDE 9.2), and ends the game by itself (FIDE 9.6.1).
const CLAIM_REPEATED: usize = 3;
const DRAWN_REPEATED: usize = 5;

/// The position now, and the line of moves since the last capture or pawn move: no earlier position can come back, so
/// that line is all that the laws on repetition and on quiet moves need.
///
/// It is saved as the position where the line begins and the moves, not as hashes, so that a saved game does not depend
/// on how a library computes them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct State {
    base: Board,
    line: Vec<Move>,
    board: Board,
    /// One key for each position from `base` to `board`; equal keys are equal positions in the sense of FIDE 9.2.3.
    keys: Vec<u64>,
    over: Option<Verdict>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    base: String,
    /// Castling is written as the king taking its own rook, as the library does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    line: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over: Option<Verdict>,
}

impl From<State> for Saved {
    fn from(state: State) -> Saved {
        let line: Vec<String> = state.line.iter().map(Move::to_string).collect();
        Saved {
            base: state.base.to_string(),
            line: line.join(" "),
            over: state.over,
        }
    }
}

impl TryFrom<Saved> for State {
    type Error = String;
    fn try_from(saved: Saved) -> Result<State, String> {
        let base = saved
            .base
            .parse::<Board>()
            .map_err(|_| format!("`{}` is no chess position", saved.base))?;
        let mut state = State::from(base);
        for text in saved.line.split(' ').filter(|text| !text.is_empty()) {
            let legal = text.parse().ok().filter(|mv| state.board.is_legal(*mv));
            state.push(legal.ok_or_else(|| format!("`{text}` is no move of this line"))?);
        }
        Ok(State {
            over: saved.over,
            ..state
        })
    }
}

impl From<Board> for State {
    fn from(mut board: Board) -> State {
        // The library stops counting at 100; here the length of the line counts.
        board.set_halfmove_clock(0);
        State {
            base: board.clone(),
            line: Vec::new(),
            keys: vec![key(&board)],
            board,
            over: None,
        }
    }
}

/// The ground on which the player on turn may claim a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The position is there for the third time.
    Threefold,
    /// Fifty moves of each side without a capture or a pawn move.
    FiftyMoves,
}

impl State {
    /// The position itself.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// How the game ended, if it did.
    pub fn over(&self) -> Option<&Verdict> {
        self.over.as_ref()
    }

    /// Who is to move.
    pub fn turn(&self) -> Seat {
        seat_of(self.board.side_to_move())
    }

    /// The position in Forsyth-Edwards notation, with the true number of quiet half-moves.
    pub fn fen(&self) -> String {
        let text = self.board.to_string();
        let mut fields: Vec<&str> = text.split(' ').collect();
        let quiet = self.line.len().to_string();
        if let Some(field) = fields.get_mut(4) {
            *field = &quiet;
        }
        fields.join(" ")
    }

    /// Whether the player on turn may claim a draw in the position as it stands.
    pub fn claim(&self) -> Option<Claim> {
        if self.over.is_some() {
            None
        } else if self.repeated() >= CLAIM_REPEATED {
            Some(Claim::Threefold)
        } else {
            (self.line.len() >= CLAIM_QUIET).then_some(Claim::FiftyMoves)
        }
    }

    /// The game after this verdict.
    pub fn ended(&self, verdict: Verdict) -> State {
        State {
            over: Some(verdict),
            ..self.clone()
        }
    }

    /// The game after a legal move, ended where the law ends it.
    pub fn after(&self, mv: Move) -> State {
        let mut state = self.clone();
        state.push(mv);
        state.over = state.end();
        state
    }

    /// Whether this side could not even mate if the other helped it: it has a lone king; a knight against no piece that
    /// could block the king's flight (queens cannot); or bishops of one colour on a board without pawns and knights.
    /// Closed pawn walls are not looked through, as on the large servers.
    pub fn cannot_mate(&self, side: Seat) -> bool {
        let color = if side.0 == 0 {
            Color::White
        } else {
            Color::Black
        };
        let count = |piece| self.board.colored_pieces(color, piece).len();
        let all = |piece| self.board.pieces(piece);
        if count(Piece::Pawn) + count(Piece::Rook) + count(Piece::Queen) > 0 {
            return false;
        }
        if count(Piece::Knight) > 0 {
            let helpers = self.board.colors(!color) & !all(Piece::King) & !all(Piece::Queen);
            return count(Piece::Knight) + count(Piece::Bishop) == 1 && helpers.is_empty();
        }
        let light = |square: Square| (square.file() as u8 + square.rank() as u8) % 2 == 1;
        let bishops = all(Piece::Bishop);
        let one_colour = bishops.iter().all(light) || !bishops.iter().any(light);
        count(Piece::Bishop) == 0
            || one_colour && (all(Piece::Pawn) | all(Piece::Knight)).is_empty()
    }

    fn push(&mut self, mv: Move) {
        self.board.play_unchecked(mv);
        if self.board.halfmove_clock() == 0 {
            *self = State::from(self.board.clone());
        } else {
            self.line.push(mv);
            self.keys.push(key(&self.board));
        }
    }

    fn repeated(&self) -> usize {
        self.keys
            .iter()
            .filter(|key| Some(*key) == self.keys.last())
            .count()
    }

    fn end(&self) -> Option<Verdict> {
        let draw = |code, text| Some(Verdict::tie(2, code, text));
        let mover = self.turn().other();
        if !self.board.generate_moves(|_| true) {
            return if self.board.checkers().is_empty() {
                draw(
                    "stalemate",
                    format!(
                        "Stalemate: {{{}}} has no legal move and is not in check.",
                        self.turn()
                    ),
                )
            } else {
                Some(Verdict::won_by(
                    mover,
                    2,
                    "checkmate",
                    format!("Checkmate: {{{mover}}} wins."),
                ))
            };
        }
        if self.cannot_mate(Seat(0)) && self.cannot_mate(Seat(1)) {
            return draw(
                "insufficient-material",
                "Neither side has the pieces to give mate.".to_owned(),
            );
        }
        if self.repeated() >= DRAWN_REPEATED {
            return draw(
                "fivefold-repetition",
                "The same position is there for the fifth time.".to_owned(),
            );
        }
        if self.line.len() >= DRAWN_QUIET {
            let text = "Each side has made 75 moves without a capture or a pawn move.";
            return draw("seventy-five-moves", text.to_owned());
        }
        None
    }
}

/// White has seat 0.
pub fn seat_of(color: Color) -> Seat {
    Seat(if color == Color::White { 0 } else { 1 })
}

/// Equal for positions with the same pieces, the same side to move and the same possible moves: a pawn that could be taken
/// in passing counts only where the capture is legal.
fn key(board: &Board) -> u64 {
    let takeable = board.en_passant().is_some_and(|file| {
        let to = Square::new(file, Rank::Sixth.relative_to(board.side_to_move()));
        let rank = Rank::Fifth.relative_to(board.side_to_move());
        let from = |file: &File| Move {
            from: Square::new(*file, rank),
            to,
            promotion: None,
        };
        let is_pawn = |mv: &Move| board.piece_on(mv.from) == Some(Piece::Pawn);
        let beside = |file: &&File| (**file as u8).abs_diff(to.file() as u8) == 1;
        File::ALL
            .iter()
            .filter(beside)
            .map(from)
            .any(|mv| is_pawn(&mv) && board.is_legal(mv))
    });
    if takeable {
        board.hash()
    } else {
        board.hash_without_ep()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(fen: &str) -> State {
        State::from(fen.parse::<Board>().unwrap())
    }

    fn play(state: State, moves: &str) -> State {
        moves.split(' ').fold(state, |state, mv| {
            let mv: Move = mv.parse().unwrap();
            assert!(state.board.is_legal(mv) && state.over.is_none(), "{mv}");
            state.after(mv)
        })
    }

    fn code(state: &State) -> &str {
        state.over.as_ref().map_or("", |verdict| &verdict.code)
    }

    #[test]
    fn threefold_is_a_claim_and_fivefold_ends_the_game() {
        let once = "g1f3 g8f6 f3g1 f6g8";
        let twice = play(State::from(Board::startpos()), once);
        assert_eq!((twice.repeated(), twice.claim()), (2, None));
        let thrice = play(twice, once);
        assert_eq!(
            (thrice.claim(), code(&thrice)),
            (Some(Claim::Threefold), "")
        );
        let five = play(play(thrice, once), once);
        assert_eq!((five.claim(), code(&five)), (None, "fivefold-repetition"));
    }

    #[test]
    fn a_right_to_take_in_passing_makes_a_position_differ_only_if_it_can_be_used() {
        // No black pawn can take on e3: the first position counts.
        let useless = play(State::from(Board::startpos()), "e2e4 g8f6 g1f3 f6g8 f3g1");
        assert_eq!(useless.repeated(), 2);
        // Here d4xe3 was possible once and is not any more.
        let useful = state("4k1n1/8/8/8/3p4/8/4P3/4K1N1 w - - 0 1");
        let useful = play(useful, "e2e4 g8f6 g1f3 f6g8 f3g1");
        assert_eq!(useful.repeated(), 1);
        // A pinned pawn cannot take either.
        let pinned = play(
            state("3k2n1/8/8/8/3p4/8/4P3/3RK1N1 w - - 0 1"),
            "e2e4 g8f6 g1f3 f6g8 f3g1",
        );
        assert_eq!(pinned.repeated(), 2);
    }

    #[test]
    fn fifty_quiet_moves_are_a_claim_and_seventy_five_a_draw() {
        // Always the move into the position seen least, so that no position comes five times.
        let mut state = state("7k/8/8/8/8/8/R7/K7 w - - 7 1");
        let mut claims = Vec::new();
        while state.over.is_none() {
            let running = |next: &State| next.over.is_none() || next.line.len() == DRAWN_QUIET;
            let moves = super::super::notation::legal_moves(&state.board);
            let quiet = moves.into_iter().map(|mv| state.after(mv)).filter(running);
            state = quiet.min_by_key(State::repeated).unwrap();
            claims.push(state.claim());
        }
        assert_eq!(
            claims.iter().position(Option::is_some),
            Some(CLAIM_QUIET - 1)
        );
        assert_eq!(
            (state.line.len(), code(&state)),
            (DRAWN_QUIET, "seventy-five-moves")
        );
        assert!(state.fen().contains(" 150 "), "{}", state.fen());
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
        assert!(text.len() < 2048, "{}", text.len());
    }

    #[test]
    fn who_cannot_mate() {
        for (pieces, white, black) in [
            ("8/8/4k3/8/8/3K4/8/8", true, true),
            ("8/8/4k3/8/8/3KN3/8/8", true, true),
            ("8/8/4k3/8/8/3KB3/8/8", true, true),
            ("8/8/3bk3/8/8/3KB3/8/8", true, true),
            ("8/8/2b1k3/8/8/3KB3/8/8", false, false),
            ("8/8/3nk3/8/8/3KN3/8/8", false, false),
            ("8/8/3qk3/8/8/3KN3/8/8", true, false),
            ("8/8/3rk3/8/8/3KN3/8/8", false, false),
            ("8/8/3rk3/8/8/3KB3/8/8", true, false),
            ("8/3p4/4k3/8/8/3KB3/8/8", false, false),
            ("8/8/4k3/8/8/3KNN2/8/8", false, true),
            ("8/8/4k3/8/8/3KP3/8/8", false, true),
        ] {
            let state = state(&format!("{pieces} w - - 0 1"));
            assert_eq!(
                (state.cannot_mate(Seat(0)), state.cannot_mate(Seat(1))),
                (white, black),
                "{pieces}"
            );
        }
    }

    #[test]
    fn damaged_saves_are_refused() {
        for text in [
            r#"{"base":"x"}"#,
            r#"{"base":"rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1","line":"e2e5"}"#,
            r#"{"base":"rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1","line":"é"}"#,
        ] {
            assert!(serde_json::from_str::<State>(text).is_err(), "{text}");
        }
    }
}
