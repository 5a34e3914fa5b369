//! How much a person, and a room, may have sent to others. One stanza of somebody's may go to a hundred clients, so what
//! is counted is what goes out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::errors::Fault;
use super::{Mug, PACED};
use crate::kit::MatchId;
use crate::xmpp::stanza::Condition;

/// Names whose pace is remembered; whoever would be calm first is forgotten first.
const MAX_PACED: usize = 10_000;
/// What one person may have sent by coming, going, roles and starting: so many stanzas at once, then one each so often.
const OF_PERSON: (u32, Duration) = (2000, Duration::from_millis(25));
/// The same of all in one room together: a hundred people come in at once, then it is calm. Its players are not held up.
const OF_ROOM: (u32, Duration) = (20_000, Duration::from_millis(2));

/// How fast something may be done: so many at once, then one at a time.
#[derive(Debug)]
pub struct Pace {
    burst: u32,
    pause: Duration,
    /// When everything done so far would be done at one a pause.
    until: BTreeMap<String, Instant>,
    order: BTreeSet<(Instant, String)>,
}

impl Pace {
    /// So many at once, then one each `pause`.
    pub fn new((burst, pause): (u32, Duration)) -> Pace {
        Pace {
            burst,
            pause,
            until: BTreeMap::new(),
            order: BTreeSet::new(),
        }
    }

    /// Whether one thing more may be done.
    pub fn may(&self, name: &str, now: Instant) -> bool {
        let until = self.until.get(name);
        until.is_none_or(|until| *until <= now + self.pause * self.burst)
    }

    /// Counts what was done.
    pub fn spend(&mut self, name: &str, count: usize, now: Instant) {
        let known = self.until.get(name).copied();
        if let Some(known) = known {
            self.order.remove(&(known, name.to_owned()));
        } else if self.until.len() >= MAX_PACED
            && let Some((_, calm)) = self.order.pop_first()
        {
            self.until.remove(&calm);
        }
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let until = known.map_or(now, |known| known.max(now)) + self.pause.saturating_mul(count);
        self.until.insert(name.to_owned(), until);
        self.order.insert((until, name.to_owned()));
    }
}

/// The paces of people and of rooms.
#[derive(Debug)]
pub struct Paces {
    people: Pace,
    rooms: Pace,
}

impl Default for Paces {
    fn default() -> Paces {
        Paces {
            people: Pace::new(OF_PERSON),
            rooms: Pace::new(OF_ROOM),
        }
    }
}

#[cfg(test)]
impl Paces {
    /// As if all that a room may have sent had been sent.
    pub fn rooms_are_spent(&mut self, game: MatchId, now: Instant) {
        self.rooms.spend(&game.to_string(), 30_000, now);
    }
}

impl Mug {
    /// Takes what something costs that is shown to everybody in a room `times` times; refused when this person, or the
    /// room, has had too much sent.
    pub(super) fn paced(
        &mut self,
        game: MatchId,
        bare: &str,
        times: usize,
        now: Instant,
    ) -> Result<(), Fault> {
        let room = self.rooms.get(&game);
        let plays = room.is_some_and(|room| room.facts.is_party(bare));
        let paces = &self.paces;
        if paces.people.may(bare, now) && (plays || paces.rooms.may(&game.to_string(), now)) {
            self.spend(game, bare, times, now);
            return Ok(());
        }
        Err(Fault::new(Condition::ResourceConstraint, PACED))
    }

    /// The same for what cannot be refused, such as leaving.
    pub(super) fn spend(&mut self, game: MatchId, bare: &str, times: usize, now: Instant) {
        let sessions = self.rooms.get(&game).map_or(0, |room| room.sessions());
        let count = 1 + sessions * times;
        self.paces.people.spend(bare, count, now);
        self.paces.rooms.spend(&game.to_string(), count, now);
    }
}
