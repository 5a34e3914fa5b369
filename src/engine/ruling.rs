//! Who may rule on a match, and who is called to it.

use super::world::World;
use crate::kit::{ClanTag, PersonId, Refusal, refuse};
use crate::matches::Match;

/// Whether this person may rule on this match: somebody who has a part in it may not.
///
/// That the person has the role of a referee at all is the commands' affair.
/// In a board of a team match everybody has who plays for one of the teams; and so have the members of a player's clan.
pub fn may_rule(world: &World, person: PersonId, game: &Match) -> Result<(), Refusal> {
    if let Some(parent) = game
        .terms
        .parent()
        .and_then(|parent| world.live(parent.game))
    {
        parent.game.may_be_ruled_by(person)?;
    }
    game.may_be_ruled_by(person)?;
    no_clan_of_theirs(world, person, game)
}

/// Nobody rules for or against a clan they belong to: neither where clans play, nor where a clan mate does.
fn no_clan_of_theirs(world: &World, person: PersonId, game: &Match) -> Result<(), Refusal> {
    let id = game.id;
    let playing = |tag: ClanTag| (game.terms.fixture()).is_some_and(|one| one.clans.contains(&tag));
    for live in world.clans.of(person) {
        let tag = live.clan.tag;
        let text = if playing(tag) {
            format!(
                "{tag} plays in {id} and you belong to it, so another referee has to rule on it."
            )
        } else if game.people().iter().any(|who| live.clan.is_member(*who)) {
            format!(
                "Somebody in {id} belongs to {tag} as you do, so another referee has to rule on it."
            )
        } else {
            continue;
        };
        return Err(
            refuse("match/own-clan", text).hint("Type `my` to see what else waits for a ruling.")
        );
    }
    Ok(())
}

/// Who is called to a match, in the order of ids: the referees who may rule on it, and where there is none the admins who
/// may.
pub fn referees_for(world: &World, game: &Match) -> Vec<PersonId> {
    let may = |person: &PersonId| may_rule(world, *person, game).is_ok();
    let known = (world.service.referees.iter()).filter(|id| world.people.get(**id).is_some());
    let referees: Vec<PersonId> = known.copied().filter(may).collect();
    if !referees.is_empty() {
        return referees;
    }
    let admins = world
        .admins
        .iter()
        .filter_map(|jid| world.people.acting(jid));
    let mut admins: Vec<PersonId> = admins.map(|admin| admin.id).filter(may).collect();
    admins.sort_unstable();
    admins.dedup();
    admins
}
