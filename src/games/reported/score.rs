//! Scores: how they are typed, which are possible, and how they are told.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::kit::{Refusal, Seat, clip, refuse};

/// No duel and no game of anything ends higher.
const MOST_FRAGS: u16 = 250;
const MOST_POINTS: u16 = 999;
/// Rounds won on one map, overtimes included.
const MOST_ROUNDS: u16 = 61;
/// Rounds of one overtime half.
const OVERTIME_HALF: u16 = 3;

/// How a map or game is counted, which decides the scores that are possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Counting {
    /// Rounds: who first has one more than half of them wins; level, there is overtime of 3 and 3, or the map is drawn.
    Rounds {
        /// Rounds of one half: 12 or 15.
        half: u8,
        /// Whether overtime is played.
        overtime: bool,
    },
    /// Frags: more of them win, and there is always a winner.
    Frags,
    /// Points of any kind: more of them win.
    Points {
        /// Whether both may have as many.
        draws: bool,
    },
}

/// How one map or game ended, in the order of seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Score {
    /// It was played.
    Played(u16, u16),
    /// This seat won because the other did not play it.
    Forfeit(Seat),
}

impl Score {
    /// Who won it; nobody if it is drawn.
    pub fn winner(self) -> Option<Seat> {
        match self {
            Score::Played(first, second) if first > second => Some(Seat(0)),
            Score::Played(first, second) if first < second => Some(Seat(1)),
            Score::Played(..) => None,
            Score::Forfeit(winner) => Some(winner),
        }
    }

    /// The same with the two sides changed.
    pub fn turned(self) -> Score {
        match self {
            Score::Played(first, second) => Score::Played(second, first),
            Score::Forfeit(winner) => Score::Forfeit(winner.other()),
        }
    }

    /// As this seat sees it, the own score first.
    pub fn seen_by(self, seat: Seat) -> Score {
        if seat == Seat(0) { self } else { self.turned() }
    }

    /// In a sentence, after what was played: `{0} 13–7 on inferno`.
    pub fn told(self, place: &str) -> String {
        match (self, self.winner()) {
            (Score::Forfeit(winner), _) => format!("{{{winner}}} by forfeit{place}"),
            (Score::Played(first, second), Some(winner)) => {
                let (high, low) = (first.max(second), first.min(second));
                format!("{{{winner}}} {high}–{low}{place}")
            }
            (Score::Played(both, _), None) => format!("{both}–{both}{place}"),
        }
    }
}

/// `13-7`, and `w-f` or `f-w` for a map that was not played.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Score::Played(first, second) => write!(f, "{first}-{second}"),
            Score::Forfeit(Seat(0)) => f.write_str("w-f"),
            Score::Forfeit(_) => f.write_str("f-w"),
        }
    }
}

/// Reads one score as it is typed, the first number first; only shape is judged.
pub fn read(text: &str) -> Result<Score, Refusal> {
    let unreadable = || {
        refuse(
            "report/unreadable",
            format!("`{}` is no score.", clip(text, 20)),
        )
        .hint("Type each score as two numbers, yours first: 13-7; or w-f for a map the other side did not play.")
    };
    if text.starts_with('-') || text.contains("--") {
        return Err(refuse("report/score", "No score is below 0.")
            .hint("Type each score as two numbers, yours first: 13-7."));
    }
    let (first, second) = text.split_once(['-', ':', '–']).ok_or_else(unreadable)?;
    match (first, second) {
        ("w", "f") => return Ok(Score::Forfeit(Seat(0))),
        ("f", "w") => return Ok(Score::Forfeit(Seat(1))),
        _ => {}
    }
    let number = |digits: &str| {
        let plain = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    match (number(first), number(second)) {
        (Some(first), Some(second)) => Ok(Score::Played(first, second)),
        _ => Err(unreadable()),
    }
}

impl Counting {
    /// Whether a map can end so; if not, why not.
    pub fn allows(self, score: Score) -> Result<(), Refusal> {
        let Score::Played(first, second) = score else {
            return Ok(());
        };
        let (high, low) = (first.max(second), first.min(second));
        let most = match self {
            Counting::Rounds { .. } => MOST_ROUNDS,
            Counting::Frags => MOST_FRAGS,
            Counting::Points { .. } => MOST_POINTS,
        };
        let why = if high > most {
            format!("nobody has more than {most}")
        } else {
            match self {
                Counting::Rounds { half, overtime } => {
                    return rounds(u16::from(half), overtime, high, low)
                        .map_err(|why| impossible(high, low, &why));
                }
                Counting::Frags if high == low => "a duel goes on until one leads".to_owned(),
                Counting::Points { draws: false } if high == low => {
                    "this match has no draws".to_owned()
                }
                Counting::Frags | Counting::Points { .. } => return Ok(()),
            }
        };
        Err(impossible(high, low, &why))
    }

    /// Whether a map can end level.
    pub fn draws(self) -> bool {
        matches!(
            self,
            Counting::Rounds {
                overtime: false,
                ..
            } | Counting::Points { draws: true }
        )
    }

    /// A few scores that are possible, the winner's first.
    pub fn examples(self) -> [Score; 2] {
        match self {
            Counting::Rounds { half, .. } => {
                let win = u16::from(half) + 1;
                [Score::Played(win, 7), Score::Played(win, 4)]
            }
            Counting::Frags => [Score::Played(21, 9), Score::Played(17, 16)],
            Counting::Points { .. } => [Score::Played(3, 1), Score::Played(2, 0)],
        }
    }
}

fn impossible(high: u16, low: u16, why: &str) -> Refusal {
    refuse(
        "report/score",
        format!("{high}–{low} cannot be a final score: {why}."),
    )
    .hint("Look at the scoreboard again, and type the scores in the order in which the maps were played, yours first.")
}

fn rounds(half: u16, overtime: bool, high: u16, low: u16) -> Result<(), String> {
    let win = half + 1;
    if high < win && !(high == half && low == half) {
        return Err(format!("it takes {win} rounds to win a map"));
    }
    match (high == low, overtime) {
        (true, false) if high == half => return Ok(()),
        (true, true) => return Err("level maps go to overtime".to_owned()),
        (true, false) => return Err(format!("a drawn map ends {half}–{half}")),
        (false, false) if high > win => return Err("no overtime was agreed".to_owned()),
        _ => {}
    }
    if high == win {
        return if low < half {
            Ok(())
        } else {
            Err("that goes to overtime".to_owned())
        };
    }
    // An overtime begins level at half, half + 3, half + 6 …; four of its six rounds win it.
    let begins = (high - win).checked_rem(OVERTIME_HALF) == Some(0);
    let level = high - OVERTIME_HALF - 1;
    if begins && (level..level + OVERTIME_HALF).contains(&low) {
        Ok(())
    } else {
        Err(format!(
            "overtime ends at {}, {} and so on, with four rounds of six",
            win + OVERTIME_HALF,
            win + 2 * OVERTIME_HALF
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_end_as_maps_do() {
        let regular = Counting::Rounds {
            half: 12,
            overtime: true,
        };
        let drawn = Counting::Rounds {
            half: 12,
            overtime: false,
        };
        let long = Counting::Rounds {
            half: 15,
            overtime: true,
        };
        let ok = |counting: Counting, text: &str| counting.allows(read(text).unwrap()).is_ok();
        for (counting, good, bad) in [
            (
                regular,
                "13-0 11-13 16-12 16-14 19-15 19-17 22-20 w-f",
                "12-12 13-12 14-12 15-13 16-11 16-15 12-5 20-18 62-60",
            ),
            (drawn, "13-11 12-12 f-w", "13-12 16-14 11-11 13-13"),
            (long, "16-0 16-14 19-15 19-17", "13-7 15-15 16-15 18-16"),
            (Counting::Frags, "23-11 1-0", "5-5 251-0"),
            (Counting::Points { draws: true }, "0-0 999-1", "1000-1"),
            (Counting::Points { draws: false }, "1-0", "3-3"),
        ] {
            for text in good.split(' ') {
                assert!(ok(counting, text), "{text} with {counting:?}");
            }
            for text in bad.split(' ') {
                assert!(!ok(counting, text), "{text} with {counting:?}");
            }
            assert!(
                counting
                    .examples()
                    .iter()
                    .all(|score| counting.allows(*score).is_ok())
            );
        }
    }

    #[test]
    fn scores_read_and_print() {
        for text in ["13-7", "0-13", "w-f", "f-w"] {
            let score = read(text).unwrap();
            assert_eq!(score.to_string(), text);
            assert_eq!(score.turned().turned(), score);
        }
        assert_eq!(read("13:7"), read("13-7"));
        let code = |text: &str| read(text).unwrap_err().code.into_owned();
        assert_eq!(code("-1-13"), "report/score");
        assert_eq!(code("13--7"), "report/score");
        for text in ["13", "a-b", "13-", "12345-1", "1-2-3", "+1-2"] {
            assert_eq!(code(text), "report/unreadable", "{text}");
        }
    }
}
