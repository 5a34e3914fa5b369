//! Sides of several people: consultation teams, team matches over boards, and substitutes. A seat is not a person.

use serde::{Deserialize, Serialize};

use super::series::points;
use super::terms::Terms;
use crate::games::Verdict;
use crate::kit::{ClanTag, FixtureId, MatchId, PersonId, Seat, Span, Timestamp};

/// The most boards of a team match.
pub const MAX_BOARDS: u8 = 20;
/// The most allies of a captain.
pub const MAX_ALLIES: u8 = 5;
/// The most substitutes in a line-up.
pub const MAX_SUBS: usize = 4;
/// How long the captains have for their line-ups, and everybody named for the answer.
pub const LINEUP_LASTS: Span = Span::days(1);

/// Where a board of a team match belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The team match.
    pub game: MatchId,
    /// The number of the board, from 1.
    pub board: u8,
    /// The captains, by the seats of this board.
    pub captains: [PersonId; 2],
    /// The substitutes who had accepted when the boards began, by the seats of this board.
    pub subs: [Vec<PersonId>; 2],
}

/// A match between two clans, as it stood when line-ups were locked. By place: first the side of whoever is named first when
/// the match is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fixture {
    /// The match between the clans.
    pub id: FixtureId,
    /// The two clans.
    pub clans: [ClanTag; 2],
    /// Who plays besides the captains: by boards, or the allies. Empty on a board of a team match.
    #[serde(skip_serializing_if = "nobody", default)]
    pub people: [Vec<PersonId>; 2],
    /// The substitutes.
    #[serde(skip_serializing_if = "nobody", default)]
    pub subs: [Vec<PersonId>; 2],
}

fn nobody(lists: &[Vec<PersonId>; 2]) -> bool {
    lists.iter().all(Vec::is_empty)
}

impl Fixture {
    /// The sides, which have accepted by naming them.
    pub(super) fn rosters(&self) -> [Roster; 2] {
        [0, 1].map(|place| {
            let (people, subs) = (self.people[place].clone(), self.subs[place].clone());
            let agreed = people.iter().chain(&subs).copied().collect();
            Roster {
                people,
                subs,
                agreed,
            }
        })
    }
}

/// The people of both sides. By place: first the challenger's and then the other's side; from the start on by seat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Who was named.
    pub rosters: [Roster; 2],
    /// The boards, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub boards: Vec<Board>,
    /// A substitution that waits for consent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proposal: Option<Proposal>,
    /// Who sat where before being replaced.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub replaced: Vec<(Seat, PersonId)>,
}

/// One side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// Who plays, in the order of boards; or the captain's allies.
    pub people: Vec<PersonId>,
    /// Substitutes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub subs: Vec<PersonId>,
    /// Who of them has accepted.
    pub agreed: Vec<PersonId>,
}

impl Roster {
    /// Whether this person was named.
    pub fn names(&self, person: PersonId) -> bool {
        self.people.contains(&person) || self.subs.contains(&person)
    }

    /// Whether so many play and all of them have accepted.
    pub fn is_ready(&self, boards: u8) -> bool {
        self.people.len() == usize::from(boards)
            && self
                .people
                .iter()
                .all(|person| self.agreed.contains(person))
    }
}

/// A board of a team match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// The match that is played on it.
    pub game: MatchId,
    /// How it ended: the places by the seats of the team match, empty for no result; and the code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub over: Option<(Vec<u8>, String)>,
}

/// A substitution that waits for consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// For which seat.
    pub seat: Seat,
    /// Who comes.
    pub who: PersonId,
    /// Who goes.
    pub was: PersonId,
    /// Until when it stands.
    pub expires: Timestamp,
    /// Whether the other side has consented.
    pub opponent: bool,
    /// Whether the substitute has.
    pub substitute: bool,
}

/// Whose side a seat is, by place: 0 for the first who was named when the match was made, 1 for the other; also after
/// substitutions.
pub fn place_of(by: PersonId, seats: &[PersonId], team: Option<&Team>, seat: Seat) -> usize {
    let replaced = team.and_then(|team| team.replaced.iter().find(|(place, _)| *place == seat));
    let first = replaced.map(|(_, was)| was).or(seats.get(seat.index()));
    usize::from(first != Some(&by))
}

impl Team {
    /// The verdict of a team match by its boards, once all are over.
    pub fn verdict(&self, boards: u8) -> Option<Verdict> {
        let results: Vec<&Vec<u8>> = (self.boards.iter())
            .filter_map(|board| board.over.as_ref().map(|(places, _)| places))
            .collect();
        if results.len() < usize::from(boards) {
            return None;
        }
        if results.iter().all(|places| places.is_empty()) {
            let text = "Every board was called off; there is no result.";
            return Some(Verdict::void("team-void", text));
        }
        let [first, second] = [Seat(0), Seat(1)].map(|seat| self.halves(seat));
        let score = |mine, theirs| format!("{}–{}", points(mine), points(theirs));
        Some(match first.cmp(&second) {
            std::cmp::Ordering::Equal => Verdict::tie(
                2,
                "team-tie",
                format!("The team match is tied, {}.", score(first, second)),
            ),
            std::cmp::Ordering::Greater => Verdict::won_by(
                Seat(0),
                2,
                "team",
                format!("The team of {{0}} wins {}.", score(first, second)),
            ),
            std::cmp::Ordering::Less => Verdict::won_by(
                Seat(1),
                2,
                "team",
                format!("The team of {{1}} wins {}.", score(second, first)),
            ),
        })
    }

    /// Board points of a side, in halves.
    pub fn halves(&self, seat: Seat) -> u32 {
        let one = |board: &Board| match board.over.as_ref().map(|(places, _)| places.as_slice()) {
            Some([first, second]) if first == second => 1,
            Some(places) => 2 * u32::from(places.get(seat.index()) == Some(&1)),
            None => 0,
        };
        self.boards.iter().map(one).sum()
    }
}

/// The sentences of the law about sides of several people, and whether the challenge tells them.
pub(super) fn rules(terms: &Terms) -> Vec<(String, bool)> {
    let mut rules = Vec::new();
    let (boards, allies) = (terms.boards(), terms.allies());
    if terms.fixture().is_some() {
        rules.push((
            "A match between two clans. Both line-ups were locked before it began; whoever is in one plays to the end, also after leaving the clan. Somebody who speaks for a clan may propose a substitute for its side, and no member of either clan rules on it."
                .to_owned(),
            false,
        ));
    }
    if boards > 0 && terms.fixture().is_none() {
        rules.push((
            format!(
                "A team match on {boards} boards. Each captain names a line-up within {} of the acceptance; it is locked when both are in, and play begins when everybody named has accepted. Else the match is called off.",
                LINEUP_LASTS.words()
            ),
            true,
        ));
    }
    if boards > 0 {
        rules.push((
            "Sides alternate from board to board. A board gives 1 point, a draw ½ to each; a board that is called off gives none to either side, as when neither player of a board appears (FIDE). More points win; equal points are a tie. All boards are played to their end."
                .to_owned(),
            true,
        ));
    }
    if allies > 0 && terms.fixture().is_some() {
        rules.push((
            "Any of a side may move or report for it and sees what it sees; only the captain, who is named first, may resign, offer and agree."
                .to_owned(),
            false,
        ));
    } else if allies > 0 {
        rules.push((
            format!(
                "Each captain may name up to {allies} allies until both have moved. Any of a side may move for it and sees what it sees; only the captain may resign, offer and agree."
            ),
            true,
        ));
    }
    if terms.parent().is_some() {
        rules.push((
            "This board belongs to a team match: it is called off by agreement only, and a substitute from the line-up may come in before its first move without asking."
                .to_owned(),
            false,
        ));
    }
    if boards == 0 {
        rules.push((
            "A player is replaced (`substitute`) only if the substitute agrees and the opponent, or a human referee in the opponent's place, does too. The substitute takes over position, clock and hand; who is replaced sees no more of it."
                .to_owned(),
            false,
        ));
    }
    rules
}
