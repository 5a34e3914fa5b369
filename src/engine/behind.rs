//! A match as spectators see it, where its terms hold the position back for them.
//!
//! It is the same match, a few events behind: whatever is shown to somebody who does not play is read from here and never
//! from the match itself ([`Live::seen_by`]). Events that happen around a match (who watches, the room, the feed) are not
//! held back.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::decided::{Decided, What};
use super::world::{Facts, Live, World};
use crate::games::Fact;
use crate::kit::{Hash, PersonId, Refusal, Span, Timestamp};
use crate::matches::{Decision, Delay, Event, Stage};

/// The match as it was, and the records since.
#[derive(Clone, Serialize, Deserialize)]
pub struct Behind {
    /// What spectators see.
    pub(super) shown: Live,
    queue: VecDeque<Pending>,
}

/// A record of which spectators do not know everything.
#[derive(Clone, Serialize, Deserialize)]
struct Pending {
    decided: Decided,
    /// How many of its events are dealt with.
    done: usize,
}

/// Events of one record that spectators are told now, with the match as it was after them.
pub struct Told {
    /// The match.
    pub live: Live,
    /// The record, with these events alone.
    pub decided: Decided,
    /// The place of the first of them in the record.
    pub first: usize,
    /// What the game had to say about them.
    pub facts: Facts,
}

impl Told {
    /// The events.
    pub fn events(&self) -> &[Event] {
        match &self.decided.what {
            What::Match { made, .. } => &made.events,
            What::Service { .. } | What::Clan { .. } => &[],
        }
    }
}

impl Behind {
    /// Nothing is held back yet.
    pub fn of(live: &Live) -> Behind {
        Behind {
            shown: live.clone(),
            queue: VecDeque::new(),
        }
    }

    /// A record was applied to the match; `begun` of its events made the match. Everything up to the public event number
    /// `upto` may be told now.
    pub fn follow(
        &mut self,
        decided: &Decided,
        begun: usize,
        upto: u32,
    ) -> Result<Vec<Told>, Refusal> {
        let mut told = Vec::new();
        let Some(made) = made_of(decided) else {
            return Ok(told);
        };
        let around = |(_, event): &(usize, &Event)| event.kind().is_none();
        let after = || made.events.iter().enumerate().skip(begun);
        for (place, event) in after().filter(around) {
            let facts = self.shown.game.evolve(decided.at, event, &made.sealed)?;
            told.push(self.tell(decided, place, vec![(event.clone(), facts)]));
        }
        if let Some(first) = made.events.first().filter(|_| begun > 0) {
            told.push(self.tell(decided, 0, vec![(first.clone(), Vec::new())]));
        }
        self.queue.push_back(Pending {
            decided: decided.clone(),
            done: begun,
        });
        while let Some(mut front) = self.queue.pop_front() {
            let whole = self.catch_up(&mut front, upto, &mut told)?;
            if !whole {
                self.queue.push_front(front);
                break;
            }
            (self.shown.v, self.shown.head) = (front.decided.v, front.decided.hash);
        }
        Ok(told)
    }

    /// Tells of a record as far as may be; whether that was all of it.
    fn catch_up(
        &mut self,
        front: &mut Pending,
        upto: u32,
        told: &mut Vec<Told>,
    ) -> Result<bool, Refusal> {
        let decided = front.decided.clone();
        let Some(made) = made_of(&decided) else {
            return Ok(true);
        };
        let mut run: Vec<(Event, Vec<Fact>)> = Vec::new();
        let mut first = front.done;
        let mut whole = true;
        for event in made.events.iter().skip(front.done) {
            if event.kind().is_none() {
                if !run.is_empty() {
                    told.push(self.tell(&decided, first, std::mem::take(&mut run)));
                }
                front.done += 1;
                first = front.done;
                continue;
            }
            if self.shown.game.events >= upto {
                whole = false;
                break;
            }
            let facts = self.shown.game.evolve(decided.at, event, &made.sealed)?;
            run.push((event.clone(), facts));
            front.done += 1;
        }
        if !run.is_empty() {
            let mut last = self.tell(&decided, first, run);
            if !whole {
                // The hash of a record is a word about all of it: luck with few outcomes could be guessed from it.
                last.decided.hash = self.shown.head;
            }
            told.push(last);
        }
        Ok(whole)
    }

    fn tell(&self, decided: &Decided, first: usize, run: Vec<(Event, Vec<Fact>)>) -> Told {
        let (events, facts) = run.into_iter().unzip();
        let what = match &decided.what {
            What::Match { id, .. } => What::Match {
                id: *id,
                made: Decision {
                    events,
                    sealed: Vec::new(),
                },
            },
            service => service.clone(),
        };
        Told {
            live: self.shown.clone(),
            decided: Decided {
                what,
                ..decided.clone()
            },
            first,
            facts,
        }
    }
}

fn made_of(decided: &Decided) -> Option<&Decision> {
    match &decided.what {
        What::Match { made, .. } => Some(made),
        What::Service { .. } | What::Clan { .. } => None,
    }
}

impl Live {
    /// The match as this person may see it: its players as it is, everybody else as late as its terms say.
    pub fn seen_by(&self, person: Option<PersonId>) -> &Live {
        let plays = person.is_some_and(|person| self.game.names().contains(&person));
        match &self.behind {
            Some(behind) if !plays => &behind.shown,
            _ => self,
        }
    }

    /// The time that clocks show to this person.
    pub fn clock_time(&self, person: Option<PersonId>, now: Timestamp) -> Timestamp {
        let seen = self.seen_by(person);
        let (Some(behind), false) = (&self.behind, std::ptr::eq(seen, self)) else {
            return now;
        };
        let hidden = behind.queue.front().map(|front| front.decided.at);
        let then = match self.game.terms.delay {
            Some(Delay::Time(span)) => now + Span(-span.0),
            _ => now,
        };
        hidden.map_or(then, |hidden| then.min(hidden))
    }

    /// Whether spectators see it late, now.
    pub(super) fn is_held_back(&self) -> bool {
        self.game.terms.delay.is_some() && self.game.stage != Stage::Over
    }
}

/// Up to which record of a match everybody may know, by its records so far: what is published of a live match ends there.
pub fn known_to_all(history: &[Decided]) -> u64 {
    let mut past = World::new("");
    let (mut head, mut known) = (Hash::ZERO, 0);
    for decided in history {
        let renumbered = Decided {
            n: past.n + 1,
            ..decided.clone()
        };
        if past.apply(&renumbered, head, None).is_err() {
            break;
        }
        head = decided.hash;
        known = match decided.what {
            What::Match { id, .. } => past.live(id).map_or(decided.v, |live| live.seen_by(None).v),
            What::Service { .. } | What::Clan { .. } => decided.v,
        };
    }
    known
}
