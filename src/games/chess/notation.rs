//! How chess moves are written and read: SAN out, SAN and UCI in, and for people whatever names a move.

use cozy_chess::util::display_san_move;
use cozy_chess::{Board, Move};

use super::super::rules::unreadable;
use super::HOW;
use super::pattern::{Pattern, loose, strict};
use crate::kit::{Refusal, clean_line, refuse};

/// Standard algebraic notation in its shortest form, with `+` and `#`.
pub fn san(board: &Board, mv: Move) -> String {
    if board.is_legal(mv) {
        display_san_move(board, mv).to_string()
    } else {
        mv.to_string()
    }
}

/// Every legal move, ordered by its squares so that the order does not depend on the library.
pub fn legal_moves(board: &Board) -> Vec<Move> {
    let mut moves = Vec::with_capacity(40);
    board.generate_moves(|of_one_piece| {
        moves.extend(of_one_piece);
        false
    });
    moves.sort_by_key(|mv| {
        (
            mv.from as u8,
            mv.to as u8,
            mv.promotion.map(|piece| piece as u8),
        )
    });
    moves
}

/// The one move that a text names, in SAN or UCI as programs write them. Check marks may be left out.
pub fn read_exact(board: &Board, text: &str) -> Result<Move, Refusal> {
    let pattern = strict(text).ok_or_else(|| unreadable("chess move", text, HOW))?;
    let found = matching(board, &[pattern]);
    match found.as_slice() {
        [mv] => Ok(*mv),
        [] => Err(no_such_move(board, text, &[pattern])),
        _ => Err(
            refuse("game/ambiguous", "More than one piece can go there.")
                .hint(spellings(board, &found)),
        ),
    }
}

/// Every legal move that a person may mean: letters in either case, marks and hyphens left out or added, castling with
/// zeros, a move number in front. `bxc3` may be a pawn's or a bishop's move, and a phone may have made it `Bxc3`.
pub fn read_loosely(board: &Board, text: &str) -> Result<Vec<Move>, Refusal> {
    let patterns = loose(text);
    if patterns.is_empty() {
        return Err(unreadable("chess move", text, HOW));
    }
    let found = matching(board, &patterns);
    if found.is_empty() {
        Err(no_such_move(board, text, &patterns))
    } else {
        Ok(found)
    }
}

fn matching(board: &Board, patterns: &[Pattern]) -> Vec<Move> {
    let named = |mv: &Move| {
        patterns
            .iter()
            .any(|p| p.promotion == mv.promotion && p.names(board, *mv))
    };
    legal_moves(board).into_iter().filter(named).collect()
}

fn no_such_move(board: &Board, text: &str, patterns: &[Pattern]) -> Refusal {
    let named = |mv: &Move| mv.promotion.is_some() && patterns.iter().any(|p| p.names(board, *mv));
    let promotions: Vec<Move> = legal_moves(board).into_iter().filter(named).collect();
    if !promotions.is_empty() && patterns.iter().all(|p| p.promotion.is_none()) {
        let text = "Say which piece the pawn becomes.";
        return refuse("game/promotion", text).hint(spellings(board, &promotions));
    }
    let shown = clean_line(text, 12);
    let refusal = match board.checkers().is_empty() {
        true => refuse(
            "game/illegal",
            format!("`{shown}` is not a legal move here."),
        ),
        false => refuse("game/illegal", format!("`{shown}` does not end the check.")),
    };
    let meant = matching(board, &loose(text));
    let hint = if meant.is_empty() {
        HOW.to_owned()
    } else {
        spellings(board, &meant)
    };
    refusal.hint(hint)
}

/// `Type Nbd2 or Nfd2.`
fn spellings(board: &Board, moves: &[Move]) -> String {
    let names: Vec<String> = moves.iter().map(|mv| san(board, *mv)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            format!("Type {} or {last} for the one you mean.", rest.join(", "))
        }
        _ => format!("Type {} for it.", names.join("")),
    }
}

#[cfg(test)]
mod tests {
    use cozy_chess::util::display_uci_move;

    use super::*;

    fn board(fen: &str) -> Board {
        fen.parse().unwrap()
    }

    fn exact(board: &Board, text: &str) -> String {
        read_exact(board, text)
            .map_or_else(|refusal| refusal.code.into_owned(), |mv| san(board, mv))
    }

    fn loosely(board: &Board, text: &str) -> String {
        let names = |moves: Vec<Move>| {
            moves
                .iter()
                .map(|mv| san(board, *mv))
                .collect::<Vec<_>>()
                .join(" ")
        };
        read_loosely(board, text).map_or_else(|refusal| refusal.code.into_owned(), names)
    }

    #[test]
    fn programs_write_san_or_uci() {
        let start = Board::startpos();
        for (text, read) in [
            ("e4", "e4"),
            ("e2e4", "e4"),
            ("Nf3", "Nf3"),
            ("Ngf3", "Nf3"),
            ("Ng1f3", "Nf3"),
            ("g1f3", "Nf3"),
            ("Nf3+", "Nf3"),
            ("E4", "game/unreadable"),
            ("nf3", "game/unreadable"),
            ("e2e4q", "game/illegal"),
            ("e2e4x", "game/unreadable"),
            ("exd3", "game/illegal"),
            ("Nxf3", "game/illegal"),
            ("e5", "game/illegal"),
            ("e7e5", "game/illegal"),
            ("", "game/unreadable"),
            ("e", "game/unreadable"),
            ("=", "game/unreadable"),
            ("é4", "game/unreadable"),
            ("Né", "game/unreadable"),
            ("O-O", "game/illegal"),
        ] {
            assert_eq!(exact(&start, text), read, "{text}");
        }
    }

    #[test]
    fn people_write_as_they_like() {
        let start = Board::startpos();
        for (text, read) in [
            ("E4", "e4"),
            (" e2-e4 ", "e4"),
            ("E2E4", "e4"),
            ("nf3", "Nf3"),
            ("NF3!?", "Nf3"),
            ("1. e4", "e4"),
            ("1.Nf3", "Nf3"),
            ("e2 e4", "e4"),
            ("e5", "game/illegal"),
            ("hello", "game/unreadable"),
            ("\u{1f600}\u{1f600}", "game/unreadable"),
        ] {
            assert_eq!(loosely(&start, text), read, "{text}");
        }
    }

    #[test]
    fn a_bishop_and_the_b_pawn_look_alike() {
        let both = board("4k3/8/8/8/8/2p5/1P1B4/4K3 w - - 0 1");
        for text in ["bxc3", "Bxc3", "bc3", "BXC3"] {
            assert_eq!(loosely(&both, text), "bxc3 Bxc3", "{text}");
        }
        assert_eq!(
            (exact(&both, "bxc3").as_str(), exact(&both, "Bxc3").as_str()),
            ("bxc3", "Bxc3")
        );
        // Written from square to square there is no doubt, except where a capital may stand for a bishop on that rank.
        assert_eq!(
            (
                loosely(&both, "b2c3").as_str(),
                loosely(&both, "B2c3").as_str()
            ),
            ("bxc3", "bxc3 Bxc3")
        );
    }

    #[test]
    fn castling_in_every_spelling() {
        let both = board("r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1");
        for text in ["O-O", "0-0", "o-o", "OO", "e1g1", "O-O+"] {
            assert_eq!(loosely(&both, text), "O-O", "{text}");
        }
        for text in ["O-O-O", "0-0-0", "ooo", "E1C1"] {
            assert_eq!(loosely(&both, text), "O-O-O", "{text}");
        }
        assert_eq!(
            (exact(&both, "e1g1").as_str(), exact(&both, "e1c1").as_str()),
            ("O-O", "O-O-O")
        );
        // The library's own spelling, and the king's square alone, are no names for it.
        assert_eq!(
            (exact(&both, "e1h1").as_str(), exact(&both, "Kg1").as_str()),
            ("game/illegal", "game/illegal")
        );
    }

    #[test]
    fn promotion_asks_for_the_piece() {
        let ready = board("3r3k/4P3/8/8/8/8/8/4K3 w - - 0 1");
        for text in [
            "e8=Q", "e8=q", "e8Q", "e8q", "e7e8q", "E7E8Q", "e8(Q)", "e8/Q",
        ] {
            assert_eq!(loosely(&ready, text), "e8=Q+", "{text}");
        }
        for text in ["e8", "e7e8", "exd8"] {
            assert_eq!(exact(&ready, text), "game/promotion", "{text}");
            assert_eq!(loosely(&ready, text), "game/promotion", "{text}");
        }
        let hint = read_exact(&ready, "exd8").unwrap_err().hint.unwrap();
        assert_eq!(
            hint,
            "Type exd8=N, exd8=B, exd8=R+ or exd8=Q+ for the one you mean."
        );
        assert_eq!(
            (
                exact(&ready, "e8=K").as_str(),
                exact(&ready, "Ke8=Q").as_str()
            ),
            ("game/unreadable", "game/unreadable")
        );
    }

    #[test]
    fn two_knights_need_a_name() {
        let knights = board("4k3/8/8/8/8/5N2/8/1N2K3 w - - 0 1");
        let refusal = read_exact(&knights, "Nd2").unwrap_err();
        assert_eq!(refusal.code, "game/ambiguous");
        assert_eq!(
            refusal.hint.as_deref(),
            Some("Type Nbd2 or Nfd2 for the one you mean.")
        );
        assert_eq!(loosely(&knights, "nd2"), "Nbd2 Nfd2");
        // The shortest spelling that is enough: file first, then rank, then both.
        for (pieces, read) in [
            ("6k1/8/8/8/Q6Q/8/8/4K3", "Qad4"),
            ("6k1/8/8/8/Q7/8/8/Q3K3", "Q4d4"),
            ("6k1/8/8/8/Q6Q/8/8/Q3K3", "Qa4d4"),
        ] {
            assert_eq!(exact(&board(&format!("{pieces} w - - 0 1")), "a4d4"), read);
        }
        // A pinned knight is no rival, so its partner needs no file.
        let pinned = board("4k3/8/8/8/1b6/2N5/8/4K1N1 w - - 0 1");
        assert_eq!(exact(&pinned, "g1e2"), "Ne2");
    }

    #[test]
    fn taking_in_passing_and_illegal_moves_with_a_hint() {
        let passing = board("4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 2");
        for text in ["exd6", "e5d6", "ed6", "exd6 e.p."] {
            assert_eq!(loosely(&passing, text), "exd6", "{text}");
        }
        let hint = read_exact(&passing, "ed6").unwrap_err();
        assert_eq!(hint.code, "game/unreadable");
        let capture = board("4k3/8/8/8/8/5p2/8/4K1N1 w - - 0 1");
        assert_eq!(
            read_exact(&capture, "Nf3").unwrap_err().hint.as_deref(),
            Some("Type Nxf3 for it.")
        );
        let check = board("4k3/8/8/8/4r3/8/3P4/4K3 w - - 0 1");
        assert_eq!(
            read_exact(&check, "d4").unwrap_err().text,
            "`d4` does not end the check."
        );
    }

    #[test]
    fn every_legal_move_reads_back_in_san_and_in_uci() {
        for fen in [
            "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
            "r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq - 0 1",
            "r2q1rk1/pP1p2pp/Q4n2/bbp1p3/Np6/1B3NBn/pPPP1PPP/R3K2R b KQ - 0 1",
        ] {
            let board = board(fen);
            for mv in legal_moves(&board) {
                assert_eq!(read_exact(&board, &san(&board, mv)), Ok(mv));
                assert_eq!(
                    read_exact(&board, &display_uci_move(&board, mv).to_string()),
                    Ok(mv)
                );
                assert!(
                    read_loosely(&board, &san(&board, mv))
                        .unwrap()
                        .contains(&mv)
                );
            }
        }
    }
}
