//! Who sits in the rooms of matches, as the door sees it. Volatile: after a break the rooms say it again.

use std::collections::{BTreeMap, BTreeSet};

use super::desk::Desk;
use super::world::Live;
use crate::clans::Person;
use crate::kit::{MatchId, Refusal, refuse};

/// Bare JIDs by room, with how often each is there.
#[derive(Default)]
pub struct Crowds(BTreeMap<MatchId, BTreeMap<String, u32>>);

impl Crowds {
    /// Somebody came in.
    pub fn came(&mut self, id: MatchId, bare: &str) {
        let times = self.0.entry(id).or_default();
        *times.entry(bare.to_owned()).or_default() += 1;
    }

    /// Somebody left, with one of perhaps several clients.
    pub fn left(&mut self, id: MatchId, bare: &str) {
        let Some(crowd) = self.0.get_mut(&id) else {
            return;
        };
        match crowd.get_mut(bare) {
            Some(times) if *times > 1 => *times -= 1,
            _ => {
                crowd.remove(bare);
            }
        }
        if crowd.is_empty() {
            self.0.remove(&id);
        }
    }

    /// Nothing is known of a room any more.
    pub fn forget(&mut self, id: MatchId) {
        self.0.remove(&id);
    }

    /// The connection is gone, and with it what was known.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn of(&self, id: MatchId) -> impl Iterator<Item = &str> {
        self.0
            .get(&id)
            .into_iter()
            .flatten()
            .map(|(bare, _)| bare.as_str())
    }
}

impl Desk {
    /// Who sits in the rooms of matches.
    pub fn crowds(&mut self) -> &mut Crowds {
        &mut self.crowds
    }

    /// How many watch a match: whoever is told of it or sits in its room, players left out, each once.
    pub fn spectators(&self, live: &Live) -> usize {
        let players = live.game.names();
        let jid = |who: &_| {
            self.world
                .people
                .get(*who)
                .map(|person| person.jid.as_str())
        };
        // A player may sit in the room with any of their addresses.
        let people = players.iter().filter_map(|who| self.world.people.get(*who));
        let playing: BTreeSet<&str> = people.flat_map(Person::addresses).collect();
        let told = (live.game.watchers.iter()).filter(|who| !players.contains(who));
        // Somebody who was forgotten has no address, and is still told apart by id.
        let (known, unknown): (Vec<_>, Vec<_>) = told.partition(|who| jid(who).is_some());
        let there = self.crowds.of(live.game.id);
        let watching: BTreeSet<&str> = known.into_iter().filter_map(jid).chain(there).collect();
        watching.difference(&playing).count() + unknown.len()
    }

    /// Refuses when a match has more spectators than its players agreed on, once this person is one of them.
    pub fn check_audience(&self, live: &Live, bare: &str) -> Result<(), Refusal> {
        let Some(cap) = live.game.terms.spectators else {
            return Ok(());
        };
        let person = self.world.people.by_jid(bare).map(|person| person.id);
        if person.is_some_and(|person| live.game.names().contains(&person)) {
            return Ok(());
        }
        let counted = self.crowds.of(live.game.id).any(|there| there == bare)
            || person.is_some_and(|person| live.game.watchers.contains(&person));
        let after = self.spectators(live) + usize::from(!counted);
        if after <= usize::from(cap) {
            return Ok(());
        }
        let id = live.game.id;
        let said = match cap {
            0 => format!("The players of {id} want nobody to watch."),
            _ => format!("As many people watch {id} as its players allow."),
        };
        Err(refuse("match/full", said).hint(format!(
            "Type `result {id}` when it is over, or `matches` for others."
        )))
    }
}
