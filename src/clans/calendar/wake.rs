//! What time alone brings: reminders, the end of an event, and the decision of a vote. All of it derives from state.

use std::cell::Cell;

use super::event::{Event, Reminder};
use super::{Calendar, Entry, Occurrence, Proposal};
use crate::kit::{Span, Timestamp};

/// When something of an event is due next. Reckoning it walks through its occurrences and time zones, so that is kept until
/// the event changes. It is no part of what an event is.
#[derive(Clone, Debug, Default)]
pub(super) struct Due(Cell<Option<Option<Timestamp>>>);

impl PartialEq for Due {
    fn eq(&self, _: &Due) -> bool {
        true
    }
}

impl Eq for Due {}

#[cfg(test)]
thread_local! {
    /// How often it was reckoned on this thread.
    pub(super) static RECKONED: Cell<usize> = const { Cell::new(0) };
}

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
        match self.due.0.get() {
            Some(known) => known,
            None => {
                let due = self.reckon_due();
                self.due.0.set(Some(due));
                due
            }
        }
    }

    /// Something of the event changed.
    pub(super) fn stir(&mut self) {
        self.due.0.set(None);
    }

    fn reckon_due(&self) -> Option<Timestamp> {
        #[cfg(test)]
        RECKONED.with(|count| count.set(count.get() + 1));
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

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::super::event::{Occasion, Plan};
    use super::super::{Answer, Ends, Every, Repeat, Start};
    use super::*;
    use crate::kit::PersonId;

    /// 64 events that take place daily for a year, each with a hundred days on which it does not.
    fn full() -> (Calendar, Timestamp) {
        let now = Timestamp(1_767_268_800_000);
        let mut calendar = Calendar::default();
        for n in 1..=64 {
            let local = Date::constant(2026, 1, 2).at(20, 0, 0, 0);
            let start = Start::read(local, "Europe/Vienna").unwrap().start;
            let plan = Plan {
                what: Occasion::Training,
                title: "practice".to_owned(),
                place: String::new(),
                length: Span::hours(1),
                public: false,
            };
            let repeat = Some(Repeat {
                every: Every::Days(1),
                ends: Ends::Count(300),
            });
            let planned = Event::Planned {
                n,
                plan,
                start,
                repeat,
            };
            calendar.evolve(now, None, &planned);
            let entry = calendar.entries.get_mut(&n).unwrap();
            let first = Date::constant(2026, 1, 2);
            for day in 0..100 {
                let on = first.checked_add(jiff::Span::new().days(day)).unwrap();
                entry.days.entry(on).or_default().cancelled = Some("no".to_owned());
            }
            entry.stir();
        }
        (calendar, now)
    }

    #[test]
    fn a_record_reckons_the_event_it_is_about_and_no_other() {
        let (mut calendar, now) = full();
        let first = calendar.next_wake();
        RECKONED.with(|count| count.set(0));
        for n in 0..50 {
            let answered = Event::Answered {
                n: 7,
                who: PersonId(n),
                on: None,
                answer: Answer::Yes,
                dropped: false,
            };
            calendar.evolve(now, None, &answered);
            assert_eq!(calendar.next_wake(), first);
            assert_eq!(calendar.wake(now), None);
        }
        let reckoned = RECKONED.with(Cell::get);
        assert!((1..=50).contains(&reckoned), "{reckoned} times");
    }

    #[test]
    fn what_is_kept_is_what_would_be_reckoned() {
        let (mut calendar, now) = full();
        let mut at = now;
        for _ in 0..300 {
            let kept = calendar.next_wake();
            let mut anew = calendar.clone();
            anew.entries.values_mut().for_each(Entry::stir);
            assert_eq!(kept, anew.next_wake());
            at = kept.unwrap();
            let event = calendar.wake(at).unwrap();
            calendar.evolve(at, None, &event);
        }
        assert!(at > now);
    }
}
