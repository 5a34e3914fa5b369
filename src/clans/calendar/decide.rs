//! What may be asked of a calendar, and what follows: decides on what there is, and changes nothing.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::checks::{check_length, check_repeat, check_start, checked};
use super::event::{Answer, Ask, Event, Lineup, Plan, Which};
use super::repeat::{Ends, Repeat};
use super::start::Start;
use super::{
    Calendar, Entry, MAX_EVENTS, MAX_LINEUP, MAX_PROPOSALS, MAX_SLOTS, MAX_WHY, Occurrence,
    Proposal,
};
use crate::clans::{Clan, Permission};
use crate::kit::{PersonId, Refusal, Span, Timestamp, clean_line, refuse};

/// Who may do what in the clan: refuses whoever may not.
pub trait Roster {
    /// Refuses somebody who may not, with the reason.
    fn require(&self, who: PersonId, permission: Permission) -> Result<(), Refusal>;
}

impl Roster for Clan {
    fn require(&self, who: PersonId, permission: Permission) -> Result<(), Refusal> {
        Clan::require(self, who, permission)
    }
}

impl Calendar {
    /// What follows from a request; `by` is missing where time alone asks.
    pub fn decide(
        &self,
        now: Timestamp,
        by: Option<PersonId>,
        ask: &Ask,
        roster: &impl Roster,
    ) -> Result<Vec<Event>, Refusal> {
        let Some(by) = by else {
            return Ok(self.wake(now).into_iter().collect());
        };
        let may = |permission| roster.require(by, permission);
        match ask {
            Ask::Plan {
                plan,
                start,
                repeat,
            } => {
                may(Permission::Schedule)?;
                self.plan(now, plan, start, repeat.as_ref())
            }
            Ask::Propose {
                plan,
                slots,
                decide,
            } => {
                may(Permission::Schedule)?;
                self.propose(now, plan, slots, *decide)
            }
            Ask::Vote { n, slots } => {
                may(Permission::Play)?;
                self.vote(now, by, *n, slots)
            }
            Ask::Fix { n, slot } => {
                may(Permission::Schedule)?;
                self.fix(now, *n, *slot)
            }
            Ask::Attend { n, on, answer } => {
                may(Permission::Play)?;
                self.attend(now, by, *n, *on, *answer)
            }
            Ask::Pick { n, on, lineup } => {
                may(Permission::Lineup)?;
                self.pick(now, *n, *on, lineup, roster)
            }
            Ask::Cancel { n, on, why } => {
                may(Permission::Schedule)?;
                self.cancel(now, *n, *on, why)
            }
            Ask::Move {
                n,
                on,
                start,
                length,
            } => {
                may(Permission::Schedule)?;
                self.put_off(now, *n, *on, start, *length)
            }
            Ask::Wake => Ok(self.wake(now).into_iter().collect()),
        }
    }

    /// Enters an event; who may is judged before.
    pub(in crate::clans) fn plan(
        &self,
        now: Timestamp,
        plan: &Plan,
        start: &Start,
        repeat: Option<&Repeat>,
    ) -> Result<Vec<Event>, Refusal> {
        self.check_room(now)?;
        check_start(now, start)?;
        if let Some(repeat) = repeat {
            check_repeat(start, repeat, plan.length)?;
        }
        Ok(vec![Event::Planned {
            n: self.last + 1,
            plan: checked(plan)?,
            start: start.clone(),
            repeat: repeat.cloned(),
        }])
    }

    fn propose(
        &self,
        now: Timestamp,
        plan: &Plan,
        slots: &[Start],
        decide: Option<Timestamp>,
    ) -> Result<Vec<Event>, Refusal> {
        self.check_room(now)?;
        if self.proposals.len() >= MAX_PROPOSALS {
            return Err(refuse(
                "calendar/full",
                format!("{MAX_PROPOSALS} open proposals at a time are the limit."),
            )
            .hint("Type `clan events` to see them; fix or cancel some first."));
        }
        if !(2..=MAX_SLOTS).contains(&slots.len()) {
            return Err(refuse(
                "calendar/slots",
                format!("A proposal has 2 to {MAX_SLOTS} times, separated by commas."),
            )
            .hint("Type for example `clan propose match Scrim sat 20:00, sun 18:00`."));
        }
        for start in slots {
            check_start(now, start)?;
        }
        let moments: BTreeSet<Timestamp> = slots.iter().map(Start::moment).collect();
        if moments.len() < slots.len() {
            return Err(refuse("calendar/slots", "Two of these times are the same.")
                .hint("Leave one of them out."));
        }
        let last = moments.last().copied().unwrap_or(now);
        if decide.is_some_and(|decide| decide <= now || decide >= last) {
            return Err(refuse(
                "calendar/deadline",
                "The votes have to decide after now, and before the last of the times.",
            )
            .hint("Add for example `by fri 18:00`."));
        }
        Ok(vec![Event::Proposed {
            n: self.last + 1,
            plan: checked(plan)?,
            slots: slots.to_vec(),
            decide,
        }])
    }

    fn vote(
        &self,
        now: Timestamp,
        who: PersonId,
        n: u32,
        slots: &BTreeSet<u8>,
    ) -> Result<Vec<Event>, Refusal> {
        let proposal = self.open_proposal(n)?;
        let open: BTreeSet<u8> = proposal.open_slots(now).collect();
        if let Some(wrong) = slots.iter().find(|slot| !open.contains(slot)) {
            return Err(no_such_slot(proposal, *wrong));
        }
        if proposal.votes.get(&who) == Some(slots) {
            return Ok(Vec::new());
        }
        let slots = slots.clone();
        Ok(vec![Event::Voted { n, who, slots }])
    }

    fn fix(&self, now: Timestamp, n: u32, slot: Option<u8>) -> Result<Vec<Event>, Refusal> {
        let proposal = self.open_proposal(n)?;
        let (slot, tied) = match slot {
            Some(slot) => (slot, Vec::new()),
            None => proposal.winner(now).ok_or_else(|| {
                refuse(
                    "calendar/no-votes",
                    "Nobody has voted for any of these times.",
                )
                .hint(format!("Say which time: `clan fix {n} 1`."))
            })?,
        };
        if !proposal.open_slots(now).any(|open| open == slot) {
            return Err(no_such_slot(proposal, slot));
        }
        let public = proposal.plan.public;
        Ok(vec![Event::Fixed {
            n,
            slot,
            tied,
            public,
        }])
    }

    fn attend(
        &self,
        now: Timestamp,
        who: PersonId,
        n: u32,
        on: Which,
        answer: Answer,
    ) -> Result<Vec<Event>, Refusal> {
        let entry = self.live_entry(now, n)?;
        let on = match on {
            Which::All if entry.repeat.is_some() => None,
            which => Some(self.which(now, entry, which)?.on),
        };
        let said = match on {
            Some(on) => entry.answer(on, who),
            // Saying it for all of them also unsays what was said for single ones.
            None => entry.standing_alone(who),
        };
        if said == Some(answer) {
            return Ok(Vec::new());
        }
        let in_lineup = |on: Date| entry.lineup(on).part_of(who).is_some();
        let dropped = answer == Answer::No
            && match on {
                Some(on) => in_lineup(on),
                None => entry.occurrences(now).any(|one| in_lineup(one.on)),
            };
        Ok(vec![Event::Answered {
            n,
            who,
            on,
            answer,
            dropped,
        }])
    }

    fn pick(
        &self,
        now: Timestamp,
        n: u32,
        on: Option<Date>,
        lineup: &Lineup,
        roster: &impl Roster,
    ) -> Result<Vec<Event>, Refusal> {
        let entry = self.live_entry(now, n)?;
        let one = self.which(now, entry, on.map_or(Which::Unsaid, Which::On))?;
        let people: Vec<PersonId> = lineup.people().collect();
        if people.len() > MAX_LINEUP {
            return Err(refuse(
                "calendar/lineup",
                format!("{MAX_LINEUP} people in a line-up are the limit."),
            )
            .hint("Name fewer."));
        }
        let players: BTreeSet<&PersonId> =
            lineup.players.iter().chain(&lineup.substitutes).collect();
        if players.len() < lineup.players.len() + lineup.substitutes.len() {
            return Err(refuse("calendar/lineup", "Somebody is named twice.")
                .hint("Name each player once, in the line-up or as a substitute."));
        }
        // Each refusal names one person: whoever it is, the captain asks them next.
        for who in people {
            if roster.require(who, Permission::Play).is_err() {
                return Err(refuse(
                    "calendar/not-a-member",
                    format!("{{{who}}} is nobody of this clan who takes part in events."),
                )
                .hint("Pick from those who said yes or maybe; `clan events` shows who did."));
            }
            let unavailable = match entry.answer(one.on, who) {
                Some(Answer::Yes | Answer::Maybe) => continue,
                Some(Answer::No) => format!("{{{who}}} does not come."),
                None => format!("{{{who}}} has not said yet whether they come."),
            };
            return Err(refuse("calendar/unavailable", unavailable)
                .hint("Pick from those who said yes or maybe; `clan events` shows who did."));
        }
        let before = entry.lineup(one.on);
        if before == *lineup {
            return Ok(Vec::new());
        }
        let out = before.people().filter(|who| lineup.part_of(*who).is_none());
        Ok(vec![Event::Picked {
            n,
            on: one.on,
            lineup: lineup.clone(),
            out: out.collect(),
        }])
    }

    fn cancel(&self, now: Timestamp, n: u32, on: Which, why: &str) -> Result<Vec<Event>, Refusal> {
        let why = clean_line(why, MAX_WHY);
        if let Some(proposal) = self.proposals.get(&n) {
            return Ok(vec![Event::Cancelled {
                n,
                title: proposal.plan.title.clone(),
                on: None,
                why,
                public: false,
            }]);
        }
        let entry = self.live_entry(now, n)?;
        let on = self.one_or_all(now, entry, on, "cancel")?;
        Ok(vec![Event::Cancelled {
            n,
            title: entry.plan.title.clone(),
            on,
            why,
            public: entry.plan.public,
        }])
    }

    fn put_off(
        &self,
        now: Timestamp,
        n: u32,
        on: Which,
        start: &Start,
        length: Option<Span>,
    ) -> Result<Vec<Event>, Refusal> {
        if self.proposals.contains_key(&n) {
            return Err(refuse(
                "calendar/not-fixed",
                format!("#{n} is a proposal that has no time yet."),
            )
            .hint(format!(
                "Type `clan fix {n} 1` to choose a time, or cancel it and propose anew."
            )));
        }
        let entry = self.live_entry(now, n)?;
        check_start(now, start)?;
        length.map_or(Ok(()), check_length)?;
        let on = self.one_or_all(now, entry, on, "move")?;
        let repeat = match (on, &entry.repeat) {
            (None, Some(repeat)) => {
                let left = rest_of(entry, repeat, now);
                check_repeat(start, &left, length.unwrap_or(entry.plan.length))?;
                Some(left)
            }
            _ => None,
        };
        let start = start.clone();
        Ok(vec![Event::Moved {
            n,
            on,
            start,
            length,
            repeat,
            public: entry.plan.public,
        }])
    }

    /// What it means for the calendar that somebody leaves: a gap in each line-up that they are in.
    pub fn gaps(&self, now: Timestamp, who: PersonId) -> Vec<Event> {
        let entries = self
            .entries
            .values()
            .filter(|entry| entry.cancelled.is_none());
        let named =
            entries.flat_map(|entry| entry.days.iter().map(move |(on, day)| (entry, *on, day)));
        let gaps = named.filter(|(entry, on, day)| {
            day.lineup.part_of(who).is_some()
                && entry.happens_on(*on)
                && entry.occurrence(*on).is_to_come(now)
        });
        let gone = gaps.map(|(entry, on, _)| Event::Answered {
            n: entry.n,
            who,
            on: Some(on),
            answer: Answer::No,
            dropped: true,
        });
        gone.collect()
    }

    fn check_room(&self, now: Timestamp) -> Result<(), Refusal> {
        let to_come = self.entries.values().filter(|entry| !entry.is_over(now));
        if to_come.count() + self.proposals.len() < MAX_EVENTS {
            return Ok(());
        }
        Err(refuse(
            "calendar/full",
            format!("{MAX_EVENTS} events that are to come are the limit of a clan."),
        )
        .hint("Type `clan events` to see them; cancel some first."))
    }

    /// A proposal, or why there is none.
    pub fn open_proposal(&self, n: u32) -> Result<&Proposal, Refusal> {
        if self.entries.contains_key(&n) {
            return Err(refuse(
                "calendar/fixed",
                format!("#{n} is no proposal any more: its time is fixed."),
            )
            .hint(format!("Type `clan attend {n} yes` to say that you come.")));
        }
        self.proposals.get(&n).ok_or_else(|| no_such_event(n))
    }

    /// An event that is not over, or why there is none.
    pub fn live_entry(&self, now: Timestamp, n: u32) -> Result<&Entry, Refusal> {
        if self.proposals.contains_key(&n) {
            return Err(refuse(
                "calendar/not-fixed",
                format!("#{n} is a proposal that has no time yet."),
            )
            .hint(format!(
                "Type `clan vote {n} 1` to say that the first time suits you."
            )));
        }
        let entry = self.entries.get(&n).ok_or_else(|| no_such_event(n))?;
        if entry.cancelled.is_some() {
            return Err(refuse("calendar/cancelled", format!("#{n} is cancelled."))
                .hint("Type `clan events` for what is to come."));
        }
        if entry.is_over(now) {
            return Err(refuse("calendar/over", format!("#{n} is over."))
                .hint("Type `clan events` for what is to come."));
        }
        Ok(entry)
    }

    /// The occurrence that is meant: the one of a date, or the next.
    pub fn which(
        &self,
        now: Timestamp,
        entry: &Entry,
        which: Which,
    ) -> Result<Occurrence, Refusal> {
        let Which::On(on) = which else {
            return entry.next(now).ok_or_else(|| no_such_event(entry.n));
        };
        let one = entry.happens_on(on).then(|| entry.occurrence(on));
        let one = one.filter(|one| one.is_to_come(now));
        one.ok_or_else(|| {
            let next = entry.next(now).map_or(String::new(), |next| {
                format!(" The next is on {}.", next.on)
            });
            refuse(
                "calendar/no-such-date",
                format!("#{} does not take place on {on}.", entry.n),
            )
            .hint(format!("Type `clan events` for what is to come.{next}"))
        })
    }

    /// For what ends or moves something: of an event that repeats it has to be said whether one is meant or all.
    fn one_or_all(
        &self,
        now: Timestamp,
        entry: &Entry,
        which: Which,
        verb: &str,
    ) -> Result<Option<Date>, Refusal> {
        if entry.repeat.is_none() {
            return match which {
                Which::On(_) => self.which(now, entry, which).map(|_| None),
                _ => Ok(None),
            };
        }
        match which {
            Which::All => Ok(None),
            Which::On(_) => Ok(Some(self.which(now, entry, which)?.on)),
            Which::Unsaid => {
                let next = entry.next(now).map(|next| next.on);
                let next = next.unwrap_or_else(|| entry.start.local.date());
                Err(
                    refuse("calendar/which", format!("#{} repeats: which date do you mean?", entry.n)).hint(format!(
                        "Add `date={next}` to {verb} that one, or `date=all` to {verb} all that are to come."
                    )),
                )
            }
        }
    }
}

impl Entry {
    /// What somebody said for all of it, where they said nothing else for single dates.
    fn standing_alone(&self, who: PersonId) -> Option<Answer> {
        let single = self.days.values().any(|day| day.answers.contains_key(&who));
        self.standing.get(&who).copied().filter(|_| !single)
    }
}

/// How often it still repeats once its next occurrence is put off.
fn rest_of(entry: &Entry, repeat: &Repeat, now: Timestamp) -> Repeat {
    let Ends::Count(_) = repeat.ends else {
        return repeat.clone();
    };
    let first = entry.start.local.date();
    let left = repeat
        .dates(first, first)
        .filter(|on| entry.occurrence(*on).is_to_come(now));
    Repeat {
        every: repeat.every,
        ends: Ends::Count(u16::try_from(left.count()).unwrap_or(u16::MAX).max(1)),
    }
}

/// The refusal for numbers that no event has.
pub(super) fn no_such_event(n: u32) -> Refusal {
    refuse(
        "calendar/unknown",
        format!("There is no event #{n} in this clan."),
    )
    .hint("Type `clan events` for what is planned.")
}

fn no_such_slot(proposal: &Proposal, slot: u8) -> Refusal {
    let n = proposal.n;
    match usize::from(slot) < proposal.slots.len() {
        true => refuse(
            "calendar/past",
            format!("Time {} of #{n} is over.", slot + 1),
        ),
        false => refuse(
            "calendar/slots",
            format!("#{n} has {} times, numbered from 1.", proposal.slots.len()),
        ),
    }
    .hint("Type `clan events` to see them.")
}
