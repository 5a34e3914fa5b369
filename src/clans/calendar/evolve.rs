//! What each event changes. Nothing is decided here, and nothing that was decided is refused.

use super::event::{Answer, Event};
use super::{Calendar, Day, Entry, KEPT_DAYS, Proposal};
use crate::kit::{PersonId, Span, Timestamp};

impl Calendar {
    /// Applies what happened at a moment by somebody's will.
    pub fn evolve(&mut self, at: Timestamp, by: Option<PersonId>, event: &Event) {
        match event {
            Event::Planned {
                n,
                plan,
                start,
                repeat,
            } => {
                self.tidy(at);
                self.last = self.last.max(*n);
                let entry = Entry {
                    repeat: repeat.clone(),
                    ..Entry::new(*n, plan.clone(), start.clone(), at, by)
                };
                self.entries.insert(*n, entry);
            }
            Event::Proposed {
                n,
                plan,
                slots,
                decide,
            } => {
                self.tidy(at);
                self.last = self.last.max(*n);
                let proposal = Proposal {
                    n: *n,
                    plan: plan.clone(),
                    slots: slots.clone(),
                    decide: *decide,
                    by,
                    votes: Default::default(),
                };
                self.proposals.insert(*n, proposal);
            }
            Event::Voted { n, who, slots } => {
                if let Some(proposal) = self.proposals.get_mut(n) {
                    proposal.votes.insert(*who, slots.clone());
                }
            }
            Event::Fixed { n, slot, .. } => self.fix_evolved(at, *n, *slot),
            Event::Lapsed { n, .. } => {
                self.proposals.remove(n);
            }
            Event::Cancelled { n, .. } if self.proposals.remove(n).is_some() => {}
            _ => {
                if let Some(entry) = self.entries.get_mut(&event.number()) {
                    entry.evolve(at, by, event);
                    entry.stir();
                }
            }
        }
    }

    fn fix_evolved(&mut self, at: Timestamp, n: u32, slot: u8) {
        let Some(proposal) = self.proposals.remove(&n) else {
            return;
        };
        let Some(start) = proposal.slots.get(usize::from(slot)) else {
            return;
        };
        let mut entry = Entry::new(n, proposal.plan.clone(), start.clone(), at, proposal.by);
        let willing = proposal
            .votes
            .iter()
            .filter(|(_, slots)| slots.contains(&slot));
        let day = entry.days.entry(start.local.date()).or_default();
        day.answers
            .extend(willing.map(|(who, _)| (*who, Answer::Yes)));
        self.entries.insert(n, entry);
    }

    /// Somebody is no member any more: what they said, and where they were named, goes.
    pub fn forget(&mut self, who: PersonId) {
        for proposal in self.proposals.values_mut() {
            proposal.votes.remove(&who);
        }
        for entry in self.entries.values_mut() {
            entry.standing.remove(&who);
            for day in entry.days.values_mut() {
                day.answers.remove(&who);
                day.lineup.drop(who);
            }
        }
    }

    /// Forgets what has been over for a while; the record keeps it.
    fn tidy(&mut self, at: Timestamp) {
        let old = at + Span::days(-KEPT_DAYS);
        self.entries.retain(|_, entry| match entry.cancelled {
            Some(_) => entry.changed > old,
            None => entry.occurrences(old).next().is_some(),
        });
        for entry in self.entries.values_mut() {
            let start = entry.start.clone();
            let past = start.date_at(old);
            entry
                .days
                .retain(|on, day| *on >= past || day.moved.is_some());
            entry.stir();
        }
    }
}

impl Entry {
    fn new(
        n: u32,
        plan: super::Plan,
        start: super::Start,
        at: Timestamp,
        by: Option<PersonId>,
    ) -> Entry {
        Entry {
            n,
            plan,
            start,
            repeat: None,
            sequence: 0,
            changed: at,
            cancelled: None,
            by,
            days: Default::default(),
            standing: Default::default(),
            settled: at,
            due: Default::default(),
        }
    }

    fn evolve(&mut self, at: Timestamp, by: Option<PersonId>, event: &Event) {
        match event {
            Event::Answered {
                who, on, answer, ..
            } => self.answered(*who, *on, *answer),
            Event::Picked { on, lineup, .. } => {
                let day = self.days.entry(*on).or_default();
                day.lineup = lineup.clone();
                day.picker = by;
            }
            Event::Cancelled { on, why, .. } => {
                self.change(at);
                match on {
                    None => self.cancelled = Some(why.clone()),
                    Some(on) => self.days.entry(*on).or_default().cancelled = Some(why.clone()),
                }
            }
            Event::Moved {
                on,
                start,
                length,
                repeat,
                ..
            } => {
                self.change(at);
                let length = length.unwrap_or(self.plan.length);
                match on {
                    Some(on) => {
                        let day = Day {
                            moved: Some((start.clone(), length)),
                            ..Day::default()
                        };
                        self.days.insert(*on, day);
                    }
                    None => {
                        self.start = start.clone();
                        self.plan.length = length;
                        self.repeat = repeat.clone().or(self.repeat.take());
                        self.days.clear();
                        self.standing.clear();
                        self.settled = at;
                    }
                }
            }
            Event::Reminded { on, reminder, .. } => {
                self.days.entry(*on).or_default().told = Some(*reminder);
            }
            Event::Passed { on, .. } => {
                self.settled = self.settled.max(self.occurrence(*on).ends);
            }
            _ => {}
        }
    }

    fn answered(&mut self, who: PersonId, on: Option<jiff::civil::Date>, answer: Answer) {
        let said = |day: &mut Day| {
            if answer == Answer::No {
                day.lineup.drop(who);
            }
        };
        match on {
            Some(on) => {
                let day: &mut Day = self.days.entry(on).or_default();
                day.answers.insert(who, answer);
                said(day);
            }
            None => {
                self.standing.insert(who, answer);
                for day in self.days.values_mut() {
                    day.answers.remove(&who);
                    said(day);
                }
            }
        }
    }

    fn change(&mut self, at: Timestamp) {
        self.sequence += 1;
        self.changed = at;
    }
}
