//! How many matches somebody has, kept as a count: a limit that counted them anew would cost more the nearer one is to it.

use std::collections::{BTreeMap, BTreeSet};

use crate::kit::{MatchId, PersonId};
use crate::matches::{Match, Stage};

/// The matches of people that count for their limits.
#[derive(Clone, Default)]
pub struct Shares {
    /// Those they made, joined or accepted.
    own: BTreeMap<PersonId, BTreeSet<MatchId>>,
    /// Those that have a room, or are to have one, until the referee leaves it.
    roomed: BTreeMap<PersonId, BTreeSet<MatchId>>,
}

impl Shares {
    /// Follows what became of a match.
    pub(super) fn follow(&mut self, game: &Match) {
        let runs = !game.is_settled();
        let roomed = game.terms.room && game.started.is_some() && !game.is_done();
        for person in game.people() {
            // Challenges of others do not count: else a crowd could keep somebody from playing at all.
            let own = game.by == person || game.stage != Stage::Challenged;
            keep(&mut self.own, person, game.id, runs && own);
            keep(&mut self.roomed, person, game.id, roomed);
        }
    }

    /// Somebody has no more to do with a match.
    pub(super) fn part(&mut self, person: PersonId, id: MatchId) {
        keep(&mut self.own, person, id, false);
        keep(&mut self.roomed, person, id, false);
    }

    /// A match is taken out of everything.
    pub(super) fn drop_match(&mut self, id: MatchId) {
        for all in [&mut self.own, &mut self.roomed] {
            all.retain(|_, mine| {
                mine.remove(&id);
                !mine.is_empty()
            });
        }
    }

    /// How many matches somebody takes part in by their own will.
    pub fn own(&self, person: PersonId) -> usize {
        self.own.get(&person).map_or(0, BTreeSet::len)
    }

    /// How many rooms of matches somebody plays in.
    pub fn roomed(&self, person: PersonId) -> usize {
        self.roomed.get(&person).map_or(0, BTreeSet::len)
    }
}

fn keep(
    all: &mut BTreeMap<PersonId, BTreeSet<MatchId>>,
    person: PersonId,
    id: MatchId,
    wanted: bool,
) {
    if wanted {
        all.entry(person).or_default().insert(id);
    } else if let Some(mine) = all.get_mut(&person) {
        mine.remove(&id);
        if mine.is_empty() {
            all.remove(&person);
        }
    }
}
