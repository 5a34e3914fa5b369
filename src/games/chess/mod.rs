//! Chess by the FIDE laws, with moves by cozy-chess; repetition, quiet moves, dead positions and flags are our own affair.
//!
//! Begin with the [`Rules`] below; `state` holds the law of draws, `notation` reads and writes moves by
//! the `pattern` a text names, `pgn` whole games.

mod notation;
mod pattern;
mod pgn;
mod state;

use cozy_chess::{Board, Color, File, Move, Rank, Square};

use super::rules::{Fact, Legal, Phase, Reveal, Rules, Spec, Step, Verdict, View, Viewer, unasked};
use super::setup::Setup;
use crate::kit::{Refusal, Seat, refuse};
use state::{Claim, State};

/// Chess.
#[derive(Debug)]
pub struct Chess;

/// The notation of a claim. `claim` and `draw` alone are words of the referee.
const CLAIM: &str = "claim-draw";

const HOW: &str = "Type a move such as e4, Nf3, exd5, O-O or e2e4. On the board capital letters are the white pieces. \
                   Type claim-draw for threefold repetition or the 50-move rule.";

static SPEC: Spec = Spec {
    id: "chess",
    aliases: &["standard-chess"],
    title: "Chess",
    version: 1,
    seats: (2, 2),
    sides: &["white", "black"],
    hidden: false,
    reveal: Reveal::Whole,
    draws: false,
    draw_offers: true,
    undo: true,
    options: &[],
    // Under the 75-move rule no game is longer than 8848 moves and a half; one step more to give up.
    max_steps: 17_698,
    about: "Chess by the FIDE laws. The player on turn may claim a draw when the position is there for the third time or \
            after 50 moves of each side without capture or pawn move; a fifth time, 75 such moves, stalemate and too \
            little material end the game as a draw by themselves. Who runs out of time loses, unless the opponent could \
            not mate with any help: a lone king, a knight against king or queens, bishops of one colour without pawns \
            or knights on the board.",
    how: HOW,
    notation: "Forsyth-Edwards notation (PGN standard, 16.1). Moves are in standard algebraic notation as `legal` lists them; coordinates (`e2e4`, `e7e8q`) are read too.",
};

/// A move, or the claim of a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A move; castling is the king taking its own rook, as the library has it.
    Move(Move),
    /// The player on turn claims a draw for the position as it stands (FIDE 9.2.1.2 and 9.3.2).
    ClaimDraw,
}

impl Rules for Chess {
    type State = State;
    type Action = Action;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn start(&self, _setup: &Setup, _seats: u8) -> Result<State, Refusal> {
        Ok(State::from(Board::startpos()))
    }

    fn phase(&self, state: &State) -> Phase {
        state.over().map_or_else(
            || Phase::Act(state.turn()),
            |verdict| Phase::Over(verdict.clone()),
        )
    }

    fn legal(&self, state: &State, seat: Seat) -> Legal<Action> {
        if state.over().is_some() || state.turn() != seat {
            return Legal::All(Vec::new());
        }
        let moves = notation::legal_moves(state.board())
            .into_iter()
            .map(Action::Move);
        Legal::All(
            moves
                .chain(state.claim().map(|_| Action::ClaimDraw))
                .collect(),
        )
    }

    fn step(&self, state: &State, step: &Step<Action>) -> Result<(State, Vec<Fact>), Refusal> {
        let next = match step {
            Step::Act(_, Action::Move(mv)) if state.board().is_legal(*mv) => state.after(*mv),
            Step::Act(_, Action::Move(_)) => {
                return Err(refuse("game/illegal", "That move is not legal here.").hint(HOW));
            }
            Step::Act(seat, Action::ClaimDraw) => state.ended(claimed(state, *seat)?),
            Step::TimedOut(seats) => state.ended(flag_fell(state, seats)),
            Step::Left(seat) => state.ended(Verdict::lost_by(&[*seat], 2, "resigned", "gave up")),
            Step::Together(_) | Step::Chance(_) => return Err(unasked()),
        };
        Ok((next, Vec::new()))
    }

    fn view(&self, state: &State, viewer: Viewer) -> View {
        let black = viewer == Viewer::Seat(Seat(1));
        View {
            board: picture(state.board(), black),
            position: state.fen(),
        }
    }

    fn parse(&self, state: &State, _seat: Seat, text: &str) -> Result<Action, Refusal> {
        if text == CLAIM {
            return may_claim(state).map(|_| Action::ClaimDraw);
        }
        notation::read_exact(state.board(), text).map(Action::Move)
    }

    fn notate(&self, state: &State, _seat: Seat, action: &Action) -> String {
        match action {
            Action::Move(mv) => notation::san(state.board(), *mv),
            Action::ClaimDraw => CLAIM.to_owned(),
        }
    }

    fn readings(&self, state: &State, _seat: Seat, text: &str) -> Result<Vec<Action>, Refusal> {
        let words: Vec<&str> = text
            .split([' ', '-'])
            .filter(|word| !word.is_empty())
            .collect();
        if let [first, second] = words.as_slice()
            && first.eq_ignore_ascii_case("claim")
            && second.eq_ignore_ascii_case("draw")
        {
            return may_claim(state).map(|_| vec![Action::ClaimDraw]);
        }
        Ok(notation::read_loosely(state.board(), text)?
            .into_iter()
            .map(Action::Move)
            .collect())
    }

    fn transcript(
        &self,
        _setup: &Setup,
        moves: &[(Seat, String)],
        tags: &[(&str, String)],
    ) -> Option<String> {
        pgn::write(moves, tags)
    }
}

fn may_claim(state: &State) -> Result<Claim, Refusal> {
    state.claim().ok_or_else(|| {
        refuse("game/no-claim", "No draw can be claimed here.")
            .hint("A claim needs the same position three times, or 50 moves of each side without capture or pawn move.")
    })
}

fn claimed(state: &State, seat: Seat) -> Result<Verdict, Refusal> {
    let (code, ground) = match may_claim(state)? {
        Claim::Threefold => (
            "threefold-repetition",
            "the same position is there for the third time",
        ),
        Claim::FiftyMoves => (
            "fifty-moves",
            "fifty moves without a capture or a pawn move",
        ),
    };
    Ok(Verdict::tie(
        2,
        code,
        format!("{{{seat}}} claims a draw: {ground}."),
    ))
}

/// FIDE 6.9: who runs out of time loses, unless the opponent could not mate by any series of moves.
fn flag_fell(state: &State, late: &[Seat]) -> Verdict {
    match late {
        [seat] if state.cannot_mate(seat.other()) => {
            let (seat, other) = (*seat, seat.other());
            let text = format!(
                "{{{seat}}} ran out of time, but {{{other}}} has not the pieces to give mate."
            );
            Verdict::tie(2, "time-without-mating-material", text)
        }
        _ => Verdict::lost_by(late, 2, "time", "ran out of time"),
    }
}

/// The board in letters, capitals for white, seen from one side.
fn picture(board: &Board, from_black: bool) -> String {
    let turned = |n: usize| if from_black { 7 - n } else { n };
    let mut lines = String::new();
    for row in 0..8 {
        let rank = Rank::index(turned(7 - row));
        lines.push_str(&rank.to_string());
        for col in 0..8 {
            let square = Square::new(File::index(turned(col)), rank);
            let letter = board.piece_on(square).map_or('.', char::from);
            let white = board.color_on(square) == Some(Color::White);
            lines.push(' ');
            lines.push(if white {
                letter.to_ascii_uppercase()
            } else {
                letter
            });
        }
        lines.push('\n');
    }
    let files: Vec<String> = (0..8)
        .map(|col| File::index(turned(col)).to_string())
        .collect();
    format!("{lines}  {}\n", files.join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::erased::{Game, Table};
    use super::*;

    fn table() -> Box<dyn Table> {
        Chess.open(&Setup::default(), 2).unwrap()
    }

    fn play(table: &mut dyn Table, moves: &str) {
        for (n, text) in moves.split(' ').enumerate() {
            table
                .step(&Step::Act(Seat((n % 2) as u8), text.to_owned()))
                .unwrap();
        }
    }

    fn code(phase: Phase) -> String {
        match phase {
            Phase::Over(verdict) => verdict.code,
            other => format!("{other:?}"),
        }
    }

    /// Counts the leaves of the tree of legal moves, through the rules themselves.
    fn perft(state: &State, depth: u32) -> u64 {
        let Legal::All(actions) = Chess.legal(state, state.turn()) else {
            return 0;
        };
        let moves = actions
            .iter()
            .filter(|action| matches!(action, Action::Move(_)));
        if depth == 1 {
            return moves.count() as u64;
        }
        let after = |action: &Action| {
            Chess
                .step(state, &Step::Act(state.turn(), *action))
                .unwrap()
                .0
        };
        moves.map(|action| perft(&after(action), depth - 1)).sum()
    }

    fn perft_file(text: &str) {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let board: Board = lines.next().unwrap().parse().unwrap();
        let state = State::from(board);
        for line in lines {
            let (depth, count) = line.split_once(' ').unwrap();
            assert_eq!(
                perft(&state, depth.parse().unwrap()),
                count.parse::<u64>().unwrap(),
                "depth {depth} of {text}"
            );
        }
    }

    #[test]
    fn perft_of_known_positions() {
        perft_file(include_str!("../../../tests/perft/start.perft"));
        perft_file(include_str!("../../../tests/perft/kiwipete.perft"));
        perft_file(include_str!("../../../tests/perft/pins.perft"));
        perft_file(include_str!("../../../tests/perft/promotions.perft"));
        perft_file(include_str!("../../../tests/perft/discovered.perft"));
        perft_file(include_str!("../../../tests/perft/middlegame.perft"));
    }

    #[test]
    fn mate_and_stalemate_end_the_game() {
        let mut mate = table();
        play(mate.as_mut(), "f3 e5 g4 Qh4#");
        assert_eq!(code(mate.phase()), "checkmate");
        let mut stale = table();
        play(
            stale.as_mut(),
            "e3 a5 Qh5 Ra6 Qxa5 h5 h4 Rah6 Qxc7 f6 Qxd7+ Kf7 Qxb7 Qd3 Qxb8 Qh7 Qxc8 Kg6 Qe6",
        );
        assert_eq!(code(stale.phase()), "stalemate");
        assert_eq!(
            stale.step(&Step::Left(Seat(0))).unwrap_err().code,
            "game/over"
        );
    }

    #[test]
    fn a_claim_is_offered_only_to_the_player_it_belongs_to() {
        let mut table = table();
        let claim = Step::Act(Seat(0), CLAIM.to_owned());
        assert_eq!(table.step(&claim).unwrap_err().code, "game/no-claim");
        play(table.as_mut(), "Nf3 Nf6 Ng1 Ng8 Nf3 Nf6 Ng1 Ng8");
        assert_eq!(table.legal(Seat(1)), Legal::All(Vec::new()));
        assert!(
            matches!(table.legal(Seat(0)), Legal::All(list) if list.contains(&CLAIM.to_owned()))
        );
        assert_eq!(
            table.read_loosely(Seat(0), "Claim draw"),
            Ok(vec![CLAIM.to_owned()])
        );
        // The right passes with the move.
        let mut later = table.copy();
        later.step(&Step::Act(Seat(0), "e4".to_owned())).unwrap();
        assert_eq!(
            later.read_exact(Seat(1), CLAIM).unwrap_err().code,
            "game/no-claim"
        );
        table.step(&claim).unwrap();
        assert_eq!(code(table.phase()), "threefold-repetition");
    }

    #[test]
    fn a_flag_falls_in_vain_against_a_lone_king() {
        let ended = |fen: &str, late: Seat| {
            let state = State::from(fen.parse::<Board>().unwrap());
            let (next, _) = Chess.step(&state, &Step::TimedOut(vec![late])).unwrap();
            code(Chess.phase(&next))
        };
        assert_eq!(
            ended("8/8/4k3/8/8/3K4/8/7Q w - - 0 1", Seat(0)),
            "time-without-mating-material"
        );
        assert_eq!(ended("8/8/4k3/8/8/3K4/8/7Q b - - 0 1", Seat(1)), "time");
        let start = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";
        assert_eq!(ended(start, Seat(0)), "time");
    }

    #[test]
    fn a_board_looks_right_from_either_side() {
        let mut table = table();
        play(table.as_mut(), "e4");
        let white = table.view(Viewer::Public).board;
        assert!(
            white.starts_with("8 r n b q k b n r\n") && white.ends_with("\n  a b c d e f g h\n"),
            "{white}"
        );
        assert!(white.contains("\n4 . . . . P . . .\n"));
        let black = table.view(Viewer::Seat(Seat(1))).board;
        assert!(
            black.starts_with("1 R N B K Q B N R\n") && black.ends_with("\n  h g f e d c b a\n"),
            "{black}"
        );
        let fen = "rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq e3 0 1";
        assert_eq!(table.view(Viewer::Public).position, fen);
    }

    #[test]
    fn a_long_game_is_saved_in_two_kilobytes() {
        let mut table = table();
        let there = "Nf3 Nf6 Nc3 Nc6 Rb1 Rb8 Rg1 Rg8 Ra1 Ra8 Rh1 Rh8 Nb1 Nb8 Ng1 Ng8";
        play(table.as_mut(), "e4 e5 d4 d5 a4 a5 h4 h5");
        play(table.as_mut(), &[there, there].join(" "));
        assert!(table.save().len() < 1024, "{}", table.save());
        assert_eq!(Chess.restore(&table.save()).unwrap().save(), table.save());
    }
}
