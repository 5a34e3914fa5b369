//! Who may rule on a match, and who is called to it.

use super::world::World;
use crate::kit::{PersonId, Refusal};
use crate::matches::Match;

/// Whether this person may rule on this match: somebody who has a part in it may not.
///
/// That the person has the role of a referee at all is the commands' affair.
pub fn may_rule(person: PersonId, game: &Match) -> Result<(), Refusal> {
    game.may_be_ruled_by(person)
}

/// The referees who may rule on a match, in the order of ids.
pub fn referees_for(world: &World, game: &Match) -> Vec<PersonId> {
    let known = (world.service.referees.iter()).filter(|id| world.people.get(**id).is_some());
    known
        .copied()
        .filter(|person| may_rule(*person, game).is_ok())
        .collect()
}
