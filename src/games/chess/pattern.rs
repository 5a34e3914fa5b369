//! What a text says about a chess move, before any position is looked at: strictly for programs, generously for people.

use cozy_chess::{Board, File, Move, Piece, Rank, Square};

/// What a text says about a move; what it leaves open is `None`.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    piece: Option<Piece>,
    file: Option<File>,
    rank: Option<Rank>,
    to: Option<Square>,
    /// What a pawn becomes; `None` is judged too: a promotion must be said.
    pub promotion: Option<Piece>,
    captures: Option<bool>,
    castle: Option<Wing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wing {
    King,
    Queen,
}

impl Pattern {
    const ANY: Pattern = Pattern {
        piece: None,
        file: None,
        rank: None,
        to: None,
        promotion: None,
        captures: None,
        castle: None,
    };

    fn castling(wing: Wing) -> Pattern {
        Pattern {
            castle: Some(wing),
            ..Pattern::ANY
        }
    }

    /// Whether a legal move is meant, apart from the piece a pawn becomes.
    pub fn names(&self, board: &Board, mv: Move) -> bool {
        let piece = board.piece_on(mv.from);
        // The library writes castling as the king taking its own rook.
        let own_rook = board.colors(board.side_to_move()).has(mv.to);
        let wing = own_rook.then(|| {
            if mv.to.file() > mv.from.file() {
                Wing::King
            } else {
                Wing::Queen
            }
        });
        if self.castle.is_some() {
            return wing == self.castle;
        }
        let to = match wing {
            Some(Wing::King) => Square::new(File::G, mv.to.rank()),
            Some(Wing::Queen) => Square::new(File::C, mv.to.rank()),
            None => mv.to,
        };
        let captures = board.piece_on(to).is_some() && wing.is_none()
            || piece == Some(Piece::Pawn) && mv.from.file() != mv.to.file();
        // As a king's move, castling is named by both squares only.
        let by_squares = self.piece.is_none();
        Some(to) == self.to
            && (by_squares || wing.is_none() && piece == self.piece)
            && self.file.is_none_or(|file| file == mv.from.file())
            && self.rank.is_none_or(|rank| rank == mv.from.rank())
            && self.captures.is_none_or(|wanted| wanted == captures)
    }
}

/// SAN, or UCI in small letters.
pub fn strict(text: &str) -> Option<Pattern> {
    let text = text.strip_suffix(['+', '#']).unwrap_or(text);
    match text {
        "O-O" => return Some(Pattern::castling(Wing::King)),
        "O-O-O" => return Some(Pattern::castling(Wing::Queen)),
        _ => {}
    }
    if let Some(uci) = long_form(text) {
        return Some(uci);
    }
    let (piece, rest) = match text.chars().next().filter(char::is_ascii_uppercase) {
        Some(letter) => (piece(letter)?, text.get(1..)?),
        None => (Piece::Pawn, text),
    };
    let (rest, promotion) = match rest.split_once('=') {
        Some((rest, letter)) if letter.len() == 1 => {
            (rest, Some(promoted(letter.chars().next()?)?))
        }
        Some(_) => return None,
        None => (rest, None),
    };
    if promotion.is_some() && piece != Piece::Pawn {
        return None;
    }
    let (from, to) = rest.split_at_checked(rest.len().checked_sub(2)?)?;
    let captures = from.ends_with('x');
    let (file, rank) = origin(from.strip_suffix('x').unwrap_or(from))?;
    // A pawn's move names its file exactly when it captures.
    if piece == Piece::Pawn && (captures != file.is_some() || rank.is_some()) {
        return None;
    }
    let to = Some(to.parse().ok()?);
    Some(Pattern {
        piece: Some(piece),
        file,
        rank,
        to,
        promotion,
        captures: Some(captures),
        castle: None,
    })
}

/// `e2e4` and `e7e8q`.
fn long_form(text: &str) -> Option<Pattern> {
    let (squares, promotion) = match text.len() {
        4 => (text, None),
        5 => {
            let (squares, letter) = text.split_at_checked(4)?;
            let letter = letter.chars().next().filter(char::is_ascii_lowercase)?;
            (squares, Some(promoted(letter)?))
        }
        _ => return None,
    };
    let (from, to) = squares.split_at_checked(2)?;
    let (from, to): (Square, Square) = (from.parse().ok()?, to.parse().ok()?);
    Some(Pattern {
        file: Some(from.file()),
        rank: Some(from.rank()),
        to: Some(to),
        promotion,
        ..Pattern::ANY
    })
}

/// All patterns a hasty text may stand for.
pub fn loose(text: &str) -> Vec<Pattern> {
    /// No spelling of a move is longer, move number and marks included.
    const LONGEST: usize = 24;
    if text.len() > LONGEST {
        return Vec::new();
    }
    let text = text.trim();
    let unnumbered = text.trim_start_matches(|c: char| c.is_ascii_digit());
    // Only with a dot are digits in front a move number; 0-0 is castling.
    let text = if unnumbered.starts_with('.') {
        unnumbered.trim_start_matches(['.', ' '])
    } else {
        text
    };
    let capital = text.starts_with(|c: char| c.is_ascii_uppercase());
    let text = text.to_ascii_lowercase();
    let text = text.trim_end_matches("e.p.");
    let letters: String = text
        .chars()
        .filter(|c| !" -x:=()/+#!?".contains(*c))
        .collect();
    match letters.as_str() {
        "oo" | "00" => return vec![Pattern::castling(Wing::King)],
        "ooo" | "000" => return vec![Pattern::castling(Wing::Queen)],
        _ => {}
    }
    let (squares, promotion) = match letters.chars().next_back().and_then(promoted) {
        Some(piece) => (&letters[..letters.len() - 1], Some(piece)),
        None => (letters.as_str(), None),
    };
    let split = squares
        .len()
        .checked_sub(2)
        .and_then(|at| squares.split_at_checked(at));
    let Some((from, Ok(to))) = split.map(|(from, to)| (from, to.parse::<Square>())) else {
        return Vec::new();
    };
    let pattern = Pattern {
        to: Some(to),
        promotion,
        ..Pattern::ANY
    };
    let mut patterns = Vec::new();
    match origin(from) {
        Some((file @ Some(_), rank @ Some(_))) => {
            patterns.push(Pattern {
                file,
                rank,
                ..pattern
            });
            // `b2c3` is from square to square; in `B2c3` the capital may mean a bishop.
            if !capital {
                return patterns;
            }
        }
        Some((file, None)) => {
            patterns.push(Pattern {
                piece: Some(Piece::Pawn),
                file,
                captures: Some(file.is_some()),
                ..pattern
            });
        }
        _ => {}
    }
    let mut rest = from.chars();
    if let Some(piece) = rest.next().and_then(piece)
        && let Some((file, rank)) = origin(rest.as_str())
    {
        patterns.push(Pattern {
            piece: Some(piece),
            file,
            rank,
            ..pattern
        });
    }
    patterns
}

/// Nothing, a file, a rank, or both: where a piece comes from.
fn origin(text: &str) -> Option<(Option<File>, Option<Rank>)> {
    let letters: Vec<char> = text.chars().collect();
    match letters.as_slice() {
        [] => Some((None, None)),
        [one] => match File::try_from(*one) {
            Ok(file) => Some((Some(file), None)),
            Err(_) => Some((None, Some(Rank::try_from(*one).ok()?))),
        },
        [file, rank] => Some((
            Some(File::try_from(*file).ok()?),
            Some(Rank::try_from(*rank).ok()?),
        )),
        _ => None,
    }
}

fn piece(letter: char) -> Option<Piece> {
    Piece::try_from(letter.to_ascii_lowercase())
        .ok()
        .filter(|piece| *piece != Piece::Pawn)
}

fn promoted(letter: char) -> Option<Piece> {
    piece(letter).filter(|piece| *piece != Piece::King)
}
