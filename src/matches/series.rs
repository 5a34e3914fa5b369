//! A series: several games between the same two players in one match, and its score.

use serde::{Deserialize, Serialize};

use super::terms::Terms;
use crate::games::Verdict;
use crate::kit::{Refusal, Seat, refuse};

/// The longest series.
pub const MAX_BEST: u8 = 21;
/// Draws of one series that are played again; further ones count half a point each.
pub const MAX_REPLAYS: usize = 6;

/// What was agreed about a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Of how many games it is the best: odd, from 3 to [`MAX_BEST`].
    pub best: u8,
    /// What a drawn game is worth.
    #[serde(skip_serializing_if = "Draws::is_half", default)]
    pub draws: Draws,
    /// Whether time left at the end of a game is added to the next.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub carry: bool,
}

/// What a drawn game of a series is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Draws {
    /// Half a point to each.
    #[default]
    Half,
    /// Nothing: another game is played in its place.
    Replay,
}

impl Draws {
    /// The word in forms: `half`, `replay`.
    pub fn word(self) -> &'static str {
        match self {
            Draws::Half => "half",
            Draws::Replay => "replay",
        }
    }

    fn is_half(&self) -> bool {
        *self == Draws::Half
    }
}

impl Series {
    /// Reads the number of games, `3` or `bo3`.
    ///
    /// # Errors
    /// `series/best` for anything but an odd number in range.
    pub fn best_of(text: &str) -> Result<u8, Refusal> {
        let text = text.trim().to_ascii_lowercase();
        let digits = text.strip_prefix("bo").unwrap_or(&text);
        let best = digits.parse::<u8>().ok();
        best.filter(|best| (3..=MAX_BEST).contains(best) && best % 2 == 1)
            .ok_or_else(|| {
                refuse(
                    "series/best",
                    format!(
                        "A series is the best of an odd number of games, from 3 to {MAX_BEST}."
                    ),
                )
                .hint("Write for example best=3, or bo5.")
            })
    }

    /// In words: `best of 3, draws are played again`.
    pub fn words(self) -> String {
        let mut words = format!("best of {}", self.best);
        if self.draws == Draws::Replay {
            words.push_str(", draws are played again");
        }
        if self.carry {
            words.push_str(", time left is carried over");
        }
        words
    }
}

/// The score of a series that is being played.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The games that are over, in their order.
    pub games: Vec<GameOver>,
    /// Whether the last of them has been counted and neither the next game nor the verdict has come yet.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub between: bool,
    /// Who gave up the whole series.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub given_up: Option<Seat>,
}

/// One game of a series that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GameOver {
    /// The place of each seat of the match, from 1.
    pub places: Vec<u8>,
    /// How it ended.
    pub code: String,
    /// How many moves the match had by then.
    pub plays: u32,
    /// How many decks the match had shuffled by then.
    #[serde(default)]
    pub decks: u32,
    /// Whether it counts; a draw that is played again does not.
    pub counts: bool,
}

impl Tally {
    /// The number of the game that is being played, from 1; after the end that of the last one.
    pub fn number(&self) -> u32 {
        let over = u32::try_from(self.games.len()).unwrap_or(u32::MAX);
        if self.between { over } else { over + 1 }
    }

    /// How many decks had been shuffled before the game that is being played.
    pub fn decks_before(&self) -> u32 {
        self.games.last().map_or(0, |game| game.decks)
    }

    /// Half points of a seat.
    pub fn halves(&self, seat: Seat) -> u32 {
        let one = |played: &GameOver| match (played.counts, played.places.as_slice()) {
            (true, [first, second]) if first == second => 1,
            (true, places) => 2 * u32::from(places.get(seat.index()) == Some(&1)),
            (false, _) => 0,
        };
        self.games.iter().map(one).sum()
    }

    /// Whether a game that ended with these places would be played again.
    pub fn replays(&self, series: Series, places: &[u8]) -> bool {
        let before = self.games.iter().filter(|played| !played.counts).count();
        series.draws == Draws::Replay
            && before < MAX_REPLAYS
            && places.iter().all(|place| *place == 1)
    }

    /// The score, first seat first: `2½–1½`.
    pub fn score(&self) -> String {
        format!(
            "{}–{}",
            points(self.halves(Seat(0))),
            points(self.halves(Seat(1)))
        )
    }

    /// The verdict, once the score or a player has decided the series.
    pub fn verdict(&self, series: Series) -> Option<Verdict> {
        if let Some(seat) = self.given_up {
            let winner = seat.other();
            let text = format!("{{{seat}}} gives the series up; {{{winner}}} wins.");
            return Some(Verdict::won_by(winner, 2, "resigned", text));
        }
        let halves = [Seat(0), Seat(1)].map(|seat| self.halves(seat));
        let best = u32::from(series.best);
        for seat in [Seat(0), Seat(1)] {
            let (mine, theirs) = (halves[seat.index()], halves[seat.other().index()]);
            if mine > best {
                let text = format!(
                    "{{{seat}}} wins the series {}–{}.",
                    points(mine),
                    points(theirs)
                );
                return Some(Verdict::won_by(seat, 2, "series", text));
            }
        }
        (halves[0] + halves[1] == 2 * best).then(|| {
            let each = points(best);
            Verdict::tie(2, "series", format!("The series is tied, {each}–{each}."))
        })
    }
}

/// Half points as people write them: `2½`.
pub fn points(halves: u32) -> String {
    match (halves / 2, halves % 2) {
        (0, 1) => "½".to_owned(),
        (whole, 1) => format!("{whole}½"),
        (whole, _) => whole.to_string(),
    }
}

/// The sentences of the law about a series, and whether the challenge tells them.
pub(super) fn rules(terms: &Terms) -> Vec<(String, bool)> {
    let Some(series) = terms.series() else {
        return Vec::new();
    };
    let to_win = points(u32::from(series.best) + 1);
    let draws = match series.draws {
        Draws::Half => "a draw gives half a point to each".to_owned(),
        Draws::Replay => format!(
            "a draw is played again (after {MAX_REPLAYS} of them further draws give half a point to each)"
        ),
    };
    let clock = if series.carry {
        "with the full time plus what was left of it"
    } else {
        "with the full time"
    };
    let odds = if terms.clock.second.is_some() {
        " Odds of time stay with the player."
    } else {
        ""
    };
    vec![
        (
            format!(
                "The match is the best of {} games: {to_win} points win it, {draws}. With equal points at the end it is tied.",
                series.best
            ),
            true,
        ),
        (
            format!(
                "You change sides after every game. The next game begins at once, {clock}; who lets the time for a first move pass then has no time left in that game.{odds}"
            ),
            true,
        ),
        (
            "`resign` gives up one game, `resign match` the whole series. From the second game on the match is called off by agreement only."
                .to_owned(),
            false,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(places: [u8; 2], counts: bool) -> GameOver {
        GameOver {
            places: places.to_vec(),
            code: String::new(),
            plays: 0,
            decks: 0,
            counts,
        }
    }

    fn ended(games: &[[u8; 2]], best: u8) -> Option<(Vec<u8>, String)> {
        let tally = Tally {
            games: games.iter().map(|places| played(*places, true)).collect(),
            ..Tally::default()
        };
        let series = Series {
            best,
            draws: Draws::Half,
            carry: false,
        };
        tally
            .verdict(series)
            .map(|verdict| (verdict.places, verdict.text))
    }

    #[test]
    fn a_series_ends_when_nobody_can_catch_up() {
        let (won, lost, drawn) = ([1, 2], [2, 1], [1, 1]);
        assert_eq!(ended(&[won], 3), None);
        assert_eq!(
            ended(&[won, drawn], 3),
            None,
            "the other can still reach a tie"
        );
        assert_eq!(
            ended(&[won, won], 3),
            Some((vec![1, 2], "{0} wins the series 2–0.".to_owned()))
        );
        assert_eq!(
            ended(&[lost, drawn, drawn], 3),
            Some((vec![2, 1], "{1} wins the series 2–1.".to_owned()))
        );
        assert_eq!(
            ended(&[drawn, drawn, drawn], 3),
            Some((vec![1, 1], "The series is tied, 1½–1½.".to_owned()))
        );
        assert_eq!(ended(&[won, won, drawn], 5), None);
        assert_eq!(
            ended(&[won, won, drawn, drawn], 5),
            Some((vec![1, 2], "{0} wins the series 3–1.".to_owned()))
        );
    }

    #[test]
    fn draws_are_replayed_only_so_often() {
        let series = Series {
            best: 3,
            draws: Draws::Replay,
            carry: false,
        };
        let mut tally = Tally::default();
        for _ in 0..MAX_REPLAYS {
            assert!(tally.replays(series, &[1, 1]));
            tally.games.push(played([1, 1], false));
        }
        assert!(!tally.replays(series, &[1, 1]));
        assert_eq!(tally.halves(Seat(0)), 0);
        assert!(!Tally::default().replays(series, &[1, 2]));
    }

    #[test]
    fn only_odd_numbers_make_a_series() {
        assert_eq!(Series::best_of("bo5").unwrap(), 5);
        assert_eq!(Series::best_of(" 21 ").unwrap(), 21);
        for bad in ["", "1", "4", "23", "bo", "-3", "300", "bo bo3"] {
            assert_eq!(
                Series::best_of(bad).unwrap_err().code,
                "series/best",
                "{bad}"
            );
        }
    }
}
