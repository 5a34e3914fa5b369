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

    /// Everything that is due by now.
    pub(super) fn wake(&self, now: Timestamp) -> Vec<Event> {
        let proposals = self
            .proposals
            .values()
            .filter(|proposal| proposal.due() <= now);
        let decided = proposals.map(|proposal| proposal.decided(now));
        let told = self
            .entries
            .values()
            .flat_map(|entry| entry.due_events(now));
        decided.chain(told).collect()
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
            },
            None => Event::Lapsed { n: self.n },
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
            let earliest = at(&one, Reminder::Undecided);
            let is_moved = self.moved(one.on).is_some();
            if !is_moved && best.is_some_and(|best| best <= earliest) {
                break;
            }
            let due = dues(&one)
                .into_iter()
                .filter(|due| *due > self.settled)
                .min();
            if one.cancelled.is_none() {
                best = best.into_iter().chain(due).min();
            }
        }
        best
    }

    fn due_events(&self, now: Timestamp) -> Vec<Event> {
        let n = self.n;
        let is_due = |due: Timestamp| due > self.settled && due <= now;
        if self.next_due().is_none_or(|due| due > now) {
            return Vec::new();
        }
        let horizon = now + Reminder::Undecided.before() + Span::millis(1);
        let near = self.within(self.settled, horizon);
        let events = near
            .filter(|one| one.cancelled.is_none())
            .filter_map(|one| {
                let on = one.on;
                if one.ends <= now {
                    return Some(Event::Passed { n, on });
                }
                // Where several are due at once, as after a standstill, the latest says it all.
                let due = |reminder: &&Reminder| is_due(at(&one, **reminder));
                let reminder = *Reminder::ALL.iter().rev().find(due)?;
                Some(Event::Reminded { n, on, reminder })
            });
        events.collect()
    }
}

fn at(one: &Occurrence, reminder: Reminder) -> Timestamp {
    one.begins + (Span::ZERO - reminder.before())
}

fn dues(one: &Occurrence) -> [Timestamp; 4] {
    let [undecided, day, hour] = Reminder::ALL.map(|reminder| at(one, reminder));
    [undecided, day, hour, one.ends]
}
