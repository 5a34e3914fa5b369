//! Everybody's ratings, and the results that wait to be counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rating::{Standing, change};
use crate::kit::{MatchId, PersonId, Span, Timestamp};

/// Counted results kept for a ruling that may change them; older ones stand.
const MAX_KEPT: usize = 10_000;

/// How a result counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fewer moves than this, and the result does not count.
    pub least_moves: u32,
    /// More results than this between the same two people within [`Limits::within`] do not count.
    pub most_of_pair: usize,
    /// That time.
    pub within: Span,
}

/// A rated match that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Played {
    /// The game's id.
    pub game: String,
    /// Who sat where.
    pub people: Vec<PersonId>,
    /// The place of each seat; empty without a result.
    pub places: Vec<u8>,
    /// Moves played.
    pub moves: u32,
}

/// What a result did to the ratings. The journal keeps these for ever; fields are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rated {
    /// The game's id.
    pub game: String,
    /// The match. A second event about the same match corrects the first.
    #[serde(rename = "match")]
    pub about: MatchId,
    /// When it counted.
    pub at: Timestamp,
    /// Each rating before and after; empty when nothing changes.
    pub people: Vec<Change>,
    /// Why the result does not count, when it does not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<NotRated>,
}

/// One rating, before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Whose.
    pub who: PersonId,
    /// The rating before.
    pub before: i32,
    /// The rating after.
    pub after: i32,
}

/// Why a result does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotRated {
    /// There is no result.
    NoResult,
    /// It was not played by two people.
    NotOfTwo,
    /// Too few moves were played.
    TooShort,
    /// The same two people had enough results counted.
    TooOften,
}

/// A result that has counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Counted {
    /// Who played, and where they stood before.
    before: Vec<(PersonId, Standing)>,
    /// What each rating gained.
    gained: Vec<i32>,
}

/// Everybody's ratings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratings {
    standings: BTreeMap<PersonId, BTreeMap<String, Standing>>,
    /// When results between two people counted lately; the lower id first.
    pairs: BTreeMap<PersonId, BTreeMap<PersonId, Vec<Timestamp>>>,
    /// Matches that are over and not counted yet.
    due: BTreeMap<MatchId, Played>,
    counted: BTreeMap<MatchId, Counted>,
}

impl Ratings {
    /// Where somebody stands in a game.
    pub fn standing(&self, who: PersonId, game: &str) -> Standing {
        let games = self.standings.get(&who);
        games
            .and_then(|games| games.get(game))
            .copied()
            .unwrap_or_default()
    }

    /// Where somebody stands in each game played, by the games' ids.
    pub fn standings(&self, who: PersonId) -> impl Iterator<Item = (&str, Standing)> {
        let games = self.standings.get(&who).into_iter().flatten();
        games.map(|(game, standing)| (game.as_str(), *standing))
    }

    /// What a match did to the ratings, while that is kept: who, before, after.
    pub fn changes(&self, id: MatchId) -> Vec<Change> {
        let Some(counted) = self.counted.get(&id) else {
            return Vec::new();
        };
        let each = counted.before.iter().zip(&counted.gained);
        each.map(|((who, standing), gained)| Change {
            who: *who,
            before: standing.rating,
            after: standing.rating + gained,
        })
        .collect()
    }

    /// How many results between two people have counted since a moment.
    pub fn between(&self, one: PersonId, other: PersonId, since: Timestamp) -> usize {
        let pair = self.pairs.get(&one.min(other));
        let counted = pair.and_then(|pair| pair.get(&one.max(other)));
        counted.map_or(0, |at| at.iter().filter(|at| **at > since).count())
    }

    /// Notes that a rated match is over, for the first time or with another result than before.
    pub fn over(&mut self, id: MatchId, played: Played) {
        self.due.insert(id, played);
    }

    /// Lets the others go on: this result cannot be counted.
    pub fn pass_over(&mut self, id: MatchId) {
        self.due.remove(&id);
    }

    /// A match whose result waits to be counted.
    pub fn next_due(&self) -> Option<MatchId> {
        self.due.keys().next().copied()
    }

    /// What the result of a match comes to. A result that was counted before is taken back in the same event.
    pub fn decide(&self, id: MatchId, at: Timestamp, limits: &Limits) -> Option<Rated> {
        let played = self.due.get(&id)?;
        let before = self.counted.get(&id);
        let why = self.objection(played, before.is_some(), at, limits);
        let gained = match (why, before) {
            (Some(_), _) => vec![0; played.people.len()],
            (None, Some(counted)) => gains(&counted.before, &played.places),
            (None, None) => gains(&self.those(played), &played.places),
        };
        let change = |(seat, who): (usize, &PersonId)| {
            let now = self.standing(*who, &played.game).rating;
            let taken_back = before.and_then(|counted| counted.gained.get(seat)).copied();
            Change {
                who: *who,
                before: now,
                after: now - taken_back.unwrap_or(0) + gained[seat],
            }
        };
        let changes = played.people.iter().enumerate().map(change);
        let counts = why.is_none() || before.is_some();
        Some(Rated {
            game: played.game.clone(),
            about: id,
            at,
            people: changes.filter(|_| counts).collect(),
            why,
        })
    }

    fn objection(
        &self,
        played: &Played,
        again: bool,
        at: Timestamp,
        limits: &Limits,
    ) -> Option<NotRated> {
        let [one, other] = played.people.as_slice() else {
            return Some(NotRated::NotOfTwo);
        };
        if played.places.len() != 2 {
            Some(NotRated::NoResult)
        } else if played.moves < limits.least_moves {
            Some(NotRated::TooShort)
        } else if !again
            && self.between(*one, *other, before(at, limits.within)) >= limits.most_of_pair
        {
            Some(NotRated::TooOften)
        } else {
            None
        }
    }

    fn those(&self, played: &Played) -> Vec<(PersonId, Standing)> {
        let people = played.people.iter();
        people
            .map(|who| (*who, self.standing(*who, &played.game)))
            .collect()
    }

    /// Applies what was decided.
    pub fn evolve(&mut self, rated: &Rated) {
        self.due.remove(&rated.about);
        let before = self.counted.remove(&rated.about);
        if rated.people.is_empty() {
            return;
        }
        let stood: Vec<(PersonId, Standing)> = match &before {
            Some(counted) => counted.before.clone(),
            None => {
                let people = rated.people.iter();
                people
                    .map(|change| (change.who, self.standing(change.who, &rated.game)))
                    .collect()
            }
        };
        let mut gained = Vec::new();
        for (seat, change) in rated.people.iter().enumerate() {
            let games = self.standings.entry(change.who).or_default();
            let standing = games.entry(rated.game.clone()).or_default();
            let taken_back = before.as_ref().and_then(|before| before.gained.get(seat));
            gained.push(change.after - change.before + taken_back.copied().unwrap_or(0));
            standing.rating += change.after - change.before;
            standing.top |= standing.rating >= super::rating::TOP;
            match (before.is_some(), rated.why.is_some()) {
                (false, false) => standing.games += 1,
                (true, true) => standing.games = standing.games.saturating_sub(1),
                _ => {}
            }
        }
        if before.is_none() {
            self.note_pair(rated);
        }
        if rated.why.is_none() {
            self.counted.insert(
                rated.about,
                Counted {
                    before: stood,
                    gained,
                },
            );
            if self.counted.len() > MAX_KEPT {
                self.counted.pop_first();
            }
        }
    }

    fn note_pair(&mut self, rated: &Rated) {
        let [one, other] = rated.people.as_slice() else {
            return;
        };
        const KEPT: usize = 32;
        let pair = self.pairs.entry(one.who.min(other.who)).or_default();
        let counted = pair.entry(one.who.max(other.who)).or_default();
        counted.push(rated.at);
        if counted.len() > KEPT {
            counted.remove(0);
        }
    }
}

fn before(at: Timestamp, span: Span) -> Timestamp {
    at + (Span::ZERO - span)
}

/// What each of two gains, in the order of seats.
fn gains(stood: &[(PersonId, Standing)], places: &[u8]) -> Vec<i32> {
    let ([(_, one), (_, other)], [first, second]) = (stood, places) else {
        return vec![0; stood.len()];
    };
    let score = match first.cmp(second) {
        std::cmp::Ordering::Less => 100,
        std::cmp::Ordering::Equal => 50,
        std::cmp::Ordering::Greater => 0,
    };
    vec![change(one, other, score), change(other, one, 100 - score)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        least_moves: 4,
        most_of_pair: 3,
        within: Span::days(1),
    };
    const NOON: Timestamp = Timestamp(1_767_268_800_000);

    fn played(places: &[u8], moves: u32) -> Played {
        Played {
            game: "chess".to_owned(),
            people: vec![PersonId(1), PersonId(2)],
            places: places.to_vec(),
            moves,
        }
    }

    /// Ends a match and counts it.
    fn count(ratings: &mut Ratings, id: u64, at: Timestamp, played: Played) -> Rated {
        ratings.over(MatchId(id), played);
        assert_eq!(ratings.next_due(), Some(MatchId(id)));
        let rated = ratings.decide(MatchId(id), at, &LIMITS).unwrap();
        ratings.evolve(&rated);
        assert_eq!(ratings.next_due(), None);
        assert_eq!(
            ratings.decide(MatchId(id), at, &LIMITS),
            None,
            "counted once"
        );
        rated
    }

    fn numbers(ratings: &Ratings) -> [(i32, u32); 2] {
        [1, 2].map(|id| {
            let standing = ratings.standing(PersonId(id), "chess");
            (standing.rating, standing.games)
        })
    }

    #[test]
    fn a_win_a_draw_and_what_does_not_count() {
        let mut ratings = Ratings::default();
        let rated = count(&mut ratings, 1, NOON, played(&[1, 2], 30));
        assert_eq!((rated.people[0].after, rated.people[1].after), (1520, 1480));
        count(&mut ratings, 2, NOON, played(&[1, 1], 30));
        assert_eq!(numbers(&ratings), [(1518, 2), (1482, 2)]);
        for (result, why) in [
            (played(&[1, 2], 3), NotRated::TooShort),
            (played(&[], 30), NotRated::NoResult),
            (
                Played {
                    people: vec![PersonId(1)],
                    ..played(&[1], 30)
                },
                NotRated::NotOfTwo,
            ),
        ] {
            let rated = count(&mut ratings, 3, NOON, result);
            assert_eq!((rated.why, rated.people.len()), (Some(why), 0));
        }
        assert_eq!(numbers(&ratings), [(1518, 2), (1482, 2)]);
        assert_eq!(
            ratings.standing(PersonId(1), "go").rating,
            1500,
            "games are apart"
        );
    }

    #[test]
    fn the_same_two_cannot_farm() {
        let mut ratings = Ratings::default();
        for id in 1..=3 {
            assert_eq!(count(&mut ratings, id, NOON, played(&[1, 2], 30)).why, None);
        }
        let before = numbers(&ratings);
        let rated = count(&mut ratings, 4, NOON + Span::hours(23), played(&[2, 1], 30));
        assert_eq!(rated.why, Some(NotRated::TooOften));
        assert_eq!(numbers(&ratings), before);
        assert_eq!(
            ratings.between(PersonId(2), PersonId(1), NOON + Span::hours(-1)),
            3
        );
        let later = NOON + Span::hours(25);
        assert_eq!(count(&mut ratings, 5, later, played(&[2, 1], 30)).why, None);
    }

    #[test]
    fn a_ruling_that_changes_a_result_changes_the_ratings_with_it() {
        let mut ratings = Ratings::default();
        count(&mut ratings, 1, NOON, played(&[1, 2], 30));
        count(&mut ratings, 2, NOON, played(&[1, 2], 30));
        let between = numbers(&ratings);
        // The first is turned round: minus 20 instead of plus 20.
        let rated = count(&mut ratings, 1, NOON, played(&[2, 1], 30));
        assert_eq!(rated.people[0].before - rated.people[0].after, 40);
        assert_eq!(
            numbers(&ratings),
            [(between[0].0 - 40, 2), (between[1].0 + 40, 2)]
        );
        // And then there is no result at all.
        count(&mut ratings, 1, NOON, played(&[], 30));
        assert_eq!(
            numbers(&ratings),
            [(between[0].0 - 20, 1), (between[1].0 + 20, 1)]
        );
        // A verdict after all counts like a new one.
        count(&mut ratings, 1, NOON, played(&[1, 1], 30));
        assert_eq!(ratings.standing(PersonId(1), "chess").games, 2);
        let text = serde_json::to_string(&ratings).unwrap();
        assert_eq!(serde_json::from_str::<Ratings>(&text).unwrap(), ratings);
    }
}
