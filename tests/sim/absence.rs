//! Grace once more, reckoned from the record: whose clock should wait, for how long, and who may not win.

use std::collections::BTreeMap;

use xmpp_referee::kit::Seat;
use xmpp_referee::matches::{Event, Leave};

/// The grace of a match, in milliseconds, as the rules tell it: a tenth of the main time, from 30 seconds to 5 minutes.
pub fn grace(base: i64) -> i64 {
    (base / 10).clamp(30_000, 300_000)
}

/// What an opponent gives by waiting.
const GIVEN: i64 = 300_000;
/// How long a clock waits for whoever has to come back after an outage.
const SOUGHT: i64 = 30_000;

/// A clock that stands still for somebody.
struct Hold {
    since: i64,
    /// Time that costs no grace, and how much of it there is.
    given: Option<i64>,
}

/// The absences of one match.
#[derive(Default)]
pub struct Absent {
    away: BTreeMap<Seat, Leave>,
    holds: BTreeMap<Seat, Hold>,
    used: BTreeMap<Seat, i64>,
    /// Those for whom the clock waits no longer, until they are back.
    spent: BTreeMap<Seat, ()>,
}

impl Absent {
    /// Follows an event. `within` is how much of a stretch up to now lies in outages of the referee; the answer is how much
    /// longer than it had to a seat's clock stood still, because the referee was late to say so.
    pub fn follow(
        &mut self,
        event: &Event,
        at: i64,
        budget: &[i64],
        within: impl Fn(i64) -> i64,
    ) -> Option<(Seat, i64)> {
        let end = |absent: &mut Absent, seat: &Seat| {
            let Some(hold) = absent.holds.remove(seat) else {
                return 0;
            };
            let stood = at - hold.since - within(hold.since);
            let used = absent.used.entry(*seat).or_default();
            let most = hold.given.unwrap_or(budget[seat.index()] - *used);
            let counted = stood.min(most);
            if hold.given.is_none() {
                *used += counted;
            }
            stood - counted
        };
        match event {
            Event::Absent { seat, why } => {
                end(self, seat);
                self.away.insert(*seat, *why);
                None
            }
            Event::Back { seat } => {
                let held = self.holds.contains_key(seat);
                end(self, seat);
                self.away.remove(seat);
                self.spent.remove(seat);
                held.then_some((*seat, 0))
            }
            Event::GraceOver { seat } | Event::Claimable { seat } => {
                let late = end(self, seat);
                if self.away.get(seat) == Some(&Leave::Unseen) {
                    self.away.remove(seat);
                } else {
                    self.spent.insert(*seat, ());
                }
                Some((*seat, late))
            }
            Event::Waited { seat, .. } => {
                end(self, seat);
                let (since, given) = (at, Some(GIVEN));
                self.holds.insert(*seat, Hold { since, given });
                None
            }
            Event::Paused { .. } | Event::Over { .. } => {
                let seats: Vec<Seat> = self.away.keys().copied().collect();
                seats.iter().for_each(|seat| {
                    end(self, seat);
                });
                self.spent.clear();
                self.away.retain(|_, why| *why != Leave::Unseen);
                if matches!(event, Event::Over { .. }) {
                    self.away.clear();
                }
                None
            }
            _ => None,
        }
    }

    /// The match waits for these: whose clocks stand still from now on.
    pub fn hold(&mut self, waiting: &[Seat], at: i64, budget: &[i64]) {
        let asked = |seat: &Seat, why: &Leave| *why != Leave::Unseen || waiting.contains(seat);
        self.away.retain(|seat, why| asked(seat, why));
        for seat in waiting {
            let left = budget[seat.index()] - self.used.get(seat).copied().unwrap_or(0);
            let graced = self.away.get(seat) == Some(&Leave::Network);
            let (since, given) = (at, None);
            if graced && left > 0 && !self.spent.contains_key(seat) {
                self.holds.entry(*seat).or_insert(Hold { since, given });
            }
            if self.away.get(seat) == Some(&Leave::Unseen) {
                let given = Some(SOUGHT);
                self.holds.entry(*seat).or_insert(Hold { since, given });
            }
        }
    }

    pub fn is_held(&self, seat: Seat) -> bool {
        self.holds.contains_key(&seat)
    }

    /// Whether nobody is there.
    pub fn is_deserted(&self, seats: usize) -> bool {
        let unseen = (self.away.values()).filter(|why| **why == Leave::Unseen);
        self.away.len() - unseen.count() == seats
    }

    /// What a seat has used of its grace.
    pub fn used(&self, seat: Seat) -> i64 {
        self.used.get(&seat).copied().unwrap_or(0)
    }
}
