//! Who may rule on a match, and who is called to it.

use super::world::World;
use crate::kit::{PersonId, Refusal};
use crate::matches::Match;

/// Whether this person may rule on this match: somebody who has a part in it may not.
///
/// That the person has the role of a referee at all is the commands' affair.
/// In a board of a team match everybody has who plays for one of the teams.
pub fn may_rule(world: &World, person: PersonId, game: &Match) -> Result<(), Refusal> {
    if let Some(parent) = game
        .terms
        .parent()
        .and_then(|parent| world.live(parent.game))
    {
        parent.game.may_be_ruled_by(person)?;
    }
    game.may_be_ruled_by(person)
}

/// The referees who may rule on a match, in the order of ids.
pub fn referees_for(world: &World, game: &Match) -> Vec<PersonId> {
    let known = (world.service.referees.iter()).filter(|id| world.people.get(**id).is_some());
    known
        .copied()
        .filter(|person| may_rule(world, *person, game).is_ok())
        .collect()
}
