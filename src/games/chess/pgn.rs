//! Portable game notation: the file format in which chess games travel.

use cozy_chess::Board;

use super::super::rules::Verdict;
use super::state::State;
use super::{CLAIM, notation};
use crate::kit::Seat;

/// The seven tags every game must have, in the order of the standard, with what stands for "unknown".
const ROSTER: [(&str, &str); 7] = [
    ("Event", "?"),
    ("Site", "?"),
    ("Date", "????.??.??"),
    ("Round", "?"),
    ("White", "?"),
    ("Black", "?"),
    ("Result", "*"),
];

/// A line of moves holds fewer than 80 columns (PGN standard, 4.3).
const LONGEST_LINE: usize = 79;

/// Writes a game; `None` when the moves are no game. A result that the moves do not show (somebody gave up) comes from the
/// tag `Result`.
pub fn write(moves: &[(Seat, String)], tags: &[(&str, String)]) -> Option<String> {
    let mut state = State::from(Board::startpos());
    let mut words = Vec::new();
    let mut claimed = false;
    for (n, (seat, text)) in moves.iter().enumerate() {
        if *seat != state.turn() || claimed {
            return None;
        }
        if text == CLAIM {
            state.claim()?;
            claimed = true;
            continue;
        }
        if n % 2 == 0 {
            words.push(format!("{}.", n / 2 + 1));
        }
        let mv = notation::read_exact(state.board(), text).ok()?;
        words.push(notation::san(state.board(), mv));
        state = state.after(mv);
    }
    let shown = if claimed {
        Some("1/2-1/2")
    } else {
        state.over().map(result)
    };
    let given = tags
        .iter()
        .find(|(name, _)| *name == "Result")
        .map(|(_, value)| value.as_str());
    let result = shown
        .or(given.filter(|text| ["1-0", "0-1", "1/2-1/2"].contains(text)))
        .unwrap_or("*");
    words.push(result.to_owned());

    let mut pgn = String::new();
    for (name, unknown) in ROSTER {
        let value = tags
            .iter()
            .find(|(given, _)| *given == name)
            .map_or(unknown, |(_, value)| value);
        pgn.push_str(&tag(name, if name == "Result" { result } else { value }));
    }
    let in_roster = |name: &str| ROSTER.iter().any(|(known, _)| *known == name);
    for (name, value) in tags.iter().filter(|(name, _)| !in_roster(name)) {
        pgn.push_str(&tag(name, value));
    }
    pgn.push('\n');
    pgn.push_str(&wrapped(&words));
    Some(pgn)
}

fn result(verdict: &Verdict) -> &'static str {
    match verdict.winner() {
        Some(Seat(0)) => "1-0",
        Some(_) => "0-1",
        None => "1/2-1/2",
    }
}

fn tag(name: &str, value: &str) -> String {
    let visible: String = value.chars().filter(|c| !c.is_control()).collect();
    let escaped = visible.replace('\\', "\\\\").replace('"', "\\\"");
    format!("[{name} \"{escaped}\"]\n")
}

fn wrapped(words: &[String]) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in words {
        if column > 0 && column + 1 + word.len() > LONGEST_LINE {
            text.push('\n');
            column = 0;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += word.len();
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(text: &str) -> Vec<(Seat, String)> {
        text.split(' ')
            .enumerate()
            .map(|(n, text)| (Seat((n % 2) as u8), text.to_owned()))
            .collect()
    }

    #[test]
    fn a_short_game_with_awkward_names() {
        let tags = [
            ("White", "al\"ice\\".to_owned()),
            ("Black", "bob\n".to_owned()),
            ("TimeControl", "300+3".to_owned()),
        ];
        let pgn = write(&moves("f3 e5 g4 Qh4#"), &tags).unwrap();
        let golden = "[Event \"?\"]\n[Site \"?\"]\n[Date \"????.??.??\"]\n[Round \"?\"]\n[White \"al\\\"ice\\\\\"]\n\
                      [Black \"bob\"]\n[Result \"0-1\"]\n[TimeControl \"300+3\"]\n\n1. f3 e5 2. g4 Qh4# 0-1\n";
        assert_eq!(pgn, golden);
    }

    #[test]
    fn what_the_moves_do_not_show_comes_from_the_result_tag() {
        let given = |text: &str| write(&moves("e4 e5"), &[("Result", text.to_owned())]).unwrap();
        assert!(given("1-0").ends_with("\n1. e4 e5 1-0\n"));
        assert!(given("won \" easily").contains("[Result \"*\"]"));
        assert!(write(&moves("e4 e4"), &[]).is_none());
        assert!(write(&moves("e4 claim-draw"), &[]).is_none());
        let claimed = "Nf3 Nf6 Ng1 Ng8 Nf3 Nf6 Ng1 Ng8 claim-draw";
        assert!(
            write(&moves(claimed), &[])
                .unwrap()
                .ends_with("4. Ng1 Ng8 1/2-1/2\n")
        );
    }

    #[test]
    fn long_games_are_wrapped() {
        let shuffle = "Nf3 Nf6 Ng1 Ng8 e4 e5 Nf3 Nf6 Ng1 Ng8 d4 d5 Nf3 Nf6 Ng1 Ng8 Nf3 Nf6 Ng1 Ng8";
        let pgn = write(&moves(shuffle), &[]).unwrap();
        let longest = pgn.lines().map(str::len).max().unwrap();
        assert!(pgn.lines().count() > 9 && longest <= LONGEST_LINE, "{pgn}");
    }
}
