//! Elo's arithmetic as FIDE does it: FIDE Handbook B.02, FIDE Rating Regulations, section 8.

use serde::{Deserialize, Serialize};

/// The rating of somebody who has not played a rated match of a game.
pub const INITIAL: i32 = 1500;
/// No rating falls below this.
pub const LOWEST: i32 = 100;
/// A difference of more counts as this (8.3.1).
const MAX_DIFFERENCE: i32 = 400;
/// Games after which somebody is no longer new.
const NEW_GAMES: u32 = 30;
/// Who has reached this keeps the smallest factor for good.
pub(super) const TOP: i32 = 2400;

/// Table 8.1.2: the greatest difference in rating for which the higher rated is expected to score 50, 51, 52 … hundredths.
const EXPECTED: [i32; 43] = [
    3, 10, 17, 25, 32, 39, 46, 53, 61, 68, 76, 83, 91, 98, 106, 113, 121, 129, 137, 145, 153, 162,
    170, 179, 188, 197, 206, 215, 225, 235, 245, 256, 267, 278, 290, 302, 315, 328, 344, 357, 374,
    391, 411,
];

/// Where somebody stands in a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The rating.
    pub rating: i32,
    /// How many games have counted.
    pub games: u32,
    /// Whether the rating ever reached 2400.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub top: bool,
}

impl Default for Standing {
    fn default() -> Standing {
        Standing {
            rating: INITIAL,
            games: 0,
            top: false,
        }
    }
}

impl Standing {
    /// The development coefficient K (8.3.3): 40 for the first 30 games, then 20, and 10 for good from 2400 on.
    pub fn factor(&self) -> i32 {
        match (self.games < NEW_GAMES, self.top) {
            (true, _) => 40,
            (false, false) => 20,
            (false, true) => 10,
        }
    }
}

/// What somebody with this lead in rating, negative for an arrear, is expected to score, in hundredths of a game.
pub fn expected(lead: i32) -> i32 {
    let difference = lead.abs().min(MAX_DIFFERENCE);
    let rank = EXPECTED.partition_point(|greatest| *greatest < difference);
    let higher = 50 + i32::try_from(rank).unwrap_or(42);
    if lead < 0 { 100 - higher } else { higher }
}

/// What a game does to a rating: `score` is 100 for a win, 50 for a draw, 0 for a loss. Rounded to the nearest whole number,
/// halves away from zero.
pub fn change(mine: &Standing, theirs: &Standing, score: i32) -> i32 {
    let hundredths = mine.factor() * (score - expected(mine.rating - theirs.rating));
    let rounded = (hundredths.abs() + 50) / 100 * hundredths.signum();
    (mine.rating + rounded).max(LOWEST) - mine.rating
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_that_of_the_handbook() {
        for (lead, hundredths) in [
            (0, 50),
            (3, 50),
            (4, 51),
            (10, 51),
            (11, 52),
            (25, 53),
            (53, 57),
            (54, 58),
            (100, 64),
            (106, 64),
            (107, 65),
            (162, 71),
            (188, 74),
            (197, 75),
            (198, 76),
            (301, 85),
            (302, 85),
            (303, 86),
            (344, 88),
            (345, 89),
            (391, 91),
            (392, 92),
            (400, 92),
            (401, 92),
            (1000, 92),
        ] {
            assert_eq!(expected(lead), hundredths, "{lead}");
            assert_eq!(
                expected(-lead),
                if lead < 4 { 50 } else { 100 - hundredths },
                "-{lead}"
            );
        }
    }

    #[test]
    fn changes_by_factor_and_score() {
        let at = |rating, games, top| Standing { rating, games, top };
        let (new, usual, top) = (at(1500, 0, false), at(1500, 30, false), at(2399, 80, true));
        assert_eq!((new.factor(), usual.factor(), top.factor()), (40, 20, 10));
        assert_eq!(at(2500, 29, true).factor(), 40);
        for (mine, theirs, score, points) in [
            (new, new, 100, 20),
            (new, new, 50, 0),
            (new, new, 0, -20),
            (usual, new, 100, 10),
            // 20 × (0 − 0.64) = −12.8
            (usual, at(1400, 99, false), 0, -13),
            // 20 × (1 − 0.92) = 1.6, however great the difference
            (usual, at(900, 99, false), 100, 2),
            // 10 × (0.5 − 0.76) = −2.6
            (top, at(2200, 40, false), 50, -3),
            // 10 × (0.5 − 0.55) = −0.5
            (at(2400, 80, true), at(2365, 80, false), 50, -1),
            (at(105, 40, false), at(105, 40, false), 0, -5),
        ] {
            assert_eq!(
                change(&mine, &theirs, score),
                points,
                "{mine:?} {theirs:?} {score}"
            );
        }
    }
}
