//! What time alone brings: reminders, the end of an event, and the decision of a vote. All of it derives from state.

use super::event::{Event, Reminder};
use super::{Calendar, Entry, Occurrence, Proposal};
use crate::kit::{Span, Timestamp};

impl Calendar {
    /// When something is due next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let entries = self.entries.values().filter_map(Entry::next_due);
        let proposals = self.proposals.values().map(Proposal::due);
        entries.chain(proposals).min()
    }

    /// One thing that is due by now: votes before reminders, and those before what is over. Each is a record of its own, so
    /// that whoever answers a message answers one event.
    pub fn wake(&self, now: Timestamp) -> Option<Event> {
        let votes = self
            .proposals
            .values()
            .filter(|proposal| proposal.due() <= now)
            .min_by_key(|proposal| (proposal.due(), proposal.n))
            .map(|proposal| proposal.decided(now));
        votes.or_else(|| {
            let due = self.entries.values().filter_map(|entry| entry.due(now));
            due.min_by_key(|(order, _)| *order).map(|(_, event)| event)
        })
    }
}

impl Proposal {
    /// When it is decided, or lapses.
    fn due(&self) -> Timestamp {
        self.decide.unwrap_or_else(|| self.ends())
    }

    fn decided(&self, now: Timestamp) -> Event {
        // Without a deadline of its proposer's it only lapses, when the last of its times is over.
        match self.decide.and_then(|_| self.winner(now)) {
            Some((slot, tied)) => Event::Fixed {
                n: self.n,
                slot,
                tied,
                public: self.plan.public,
            },
            None => Event::Lapsed {
                n: self.n,
                title: self.plan.title.clone(),
            },
        }
    }
}

impl Entry {
    /// When the next reminder is due, or the next occurrence ends.
    fn next_due(&self) -> Option<Timestamp> {
        if self.cancelled.is_some() {
            return None;
        }
        let mut best: Option<Timestamp> = None;
        for one in self.occurrences(self.settled) {
            // Those that were moved come first, the others in order: from here on nothing is due earlier.
            let is_moved = self.moved(one.on).is_some();
            if !is_moved && best.is_some_and(|best| best <= at(&one, Reminder::Undecided)) {
                break;
            }
            if one.cancelled.is_none() {
                let due = self.reminders(&one).map(|reminder| at(&one, reminder));
                best = best.into_iter().chain(due).chain([one.ends]).min();
            }
        }
        best
    }

    /// The first thing that is due by now, and its place in the order of such things.
    fn due(&self, now: Timestamp) -> Option<((bool, Timestamp, u32), Event)> {
        if self.next_due().is_none_or(|due| due > now) {
            return None;
        }
        let n = self.n;
        let horizon = now + Reminder::Undecided.before() + Span::millis(1);
        let near = self.within(self.settled, horizon);
        let due = near
            .filter(|one| one.cancelled.is_none())
            .filter_map(|one| {
                let on = one.on;
                if one.ends <= now {
                    return Some(((true, one.ends, n), Event::Passed { n, on }));
                }
                // Where several are due at once, as after a standstill, the latest says it all.
                let due = self
                    .reminders(&one)
                    .filter(|reminder| at(&one, *reminder) <= now);
                let reminder = due.last()?;
                let event = Event::Reminded { n, on, reminder };
                Some(((false, at(&one, reminder), n), event))
            });
        due.min_by_key(|(order, _)| *order)
    }

    /// What members are still to be told of an occurrence. What was due before the last change was told with it.
    fn reminders(&self, one: &Occurrence) -> impl Iterator<Item = Reminder> {
        let told = self.days.get(&one.on).and_then(|day| day.told);
        let (changed, begins) = (self.changed, one.begins);
        let open = move |reminder: &Reminder| {
            Some(*reminder) > told && begins + (Span::ZERO - reminder.before()) > changed
        };
        Reminder::ALL.into_iter().filter(open)
    }
}

fn at(one: &Occurrence, reminder: Reminder) -> Timestamp {
    one.begins + (Span::ZERO - reminder.before())
}
