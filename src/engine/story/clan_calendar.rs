//! What happens in a clan's calendar, for its members: each reads times in their own zone, and what to type next.

use super::clans::ClanStory;
use crate::clans::Permission;
use crate::clans::calendar::{
    Answer, Entry, Event, Lineup, Occurrence, Proposal, Reminder, component,
};
use crate::engine::agenda::Diary;
use crate::engine::effect::{Act, Part};
use crate::kit::{PersonId, Span};

/// What closes a message that asks whether somebody comes.
const DO_YOU_COME: &str = "Do you come? Answer yes, no or maybe.";

impl ClanStory<'_> {
    /// The effects of something that happened in the calendar.
    pub(super) fn tell_calendar(&self, event: &Event) -> Vec<Act> {
        let entry = self.clan().calendar.entry(event.number());
        match (event, entry) {
            (Event::Proposed { n, .. }, _) => self.proposed(event, *n),
            (Event::Lapsed { n, title }, _) => {
                let text = format!(
                    "#{n} {title} is off: nobody voted for a time that was still to come. Type `clan propose` and other times to try again."
                );
                let parts = [number(*n)];
                self.to_those_who_may(Permission::Schedule, event.kind(), &parts, &text)
            }
            (
                Event::Cancelled {
                    n, title, on, why, ..
                },
                entry,
            ) => {
                let on = on.map_or(String::new(), |on| format!(" on {on}"));
                let why = if why.is_empty() {
                    String::new()
                } else {
                    format!(": {why}")
                };
                let text = format!("{} cancelled #{n} {title}{on}{why}.", self.doer());
                let parts: Vec<Part> = match entry {
                    Some(entry) => vec![self.part(entry, None)],
                    None => vec![number(*n)],
                };
                self.to_those_who_may(Permission::Play, event.kind(), &parts, &full_stop(text))
            }
            (_, Some(entry)) => self.of_entry(event, entry),
            _ => Vec::new(),
        }
    }

    fn of_entry(&self, event: &Event, entry: &Entry) -> Vec<Act> {
        let (n, title, now) = (entry.n, &entry.plan.title, self.decided.at);
        match event {
            Event::Planned { .. } => {
                // A match that two clans agreed on was planned by nobody of either alone.
                let agreed = self.clan().fixtures.is_in_calendar(title);
                let said = match agreed {
                    true => "In the calendar:".to_owned(),
                    false => format!("{} planned", self.doer()),
                };
                self.ask_all(event, entry, entry.next(now), (&said, ""))
            }
            Event::Fixed { tied, .. } => {
                let tie = match tied.len() {
                    0 => String::new(),
                    1 => " Another time had as many votes; the earlier one was taken.".to_owned(),
                    more => {
                        format!(" {more} other times had as many votes; the earliest was taken.")
                    }
                };
                self.ask_all(
                    event,
                    entry,
                    entry.next(now),
                    ("The time is fixed for", &tie),
                )
            }
            Event::Moved { on, .. } => {
                let one = match on {
                    Some(on) => Some(entry.occurrence(*on)),
                    None => entry.next(now),
                };
                let was = on.map_or(String::new(), |on| format!(" It was on {on}."));
                let said = format!("{} moved", self.doer());
                self.ask_all(event, entry, one, (&said, &was))
            }
            Event::Reminded { on, reminder, .. } => {
                self.reminded(event, entry, &entry.occurrence(*on), *reminder)
            }
            Event::Answered {
                who, on, dropped, ..
            } if *dropped => {
                let name = self.name(*who);
                let on = on.map_or(String::new(), |on| format!(" on {on}"));
                let tag = self.clan().tag;
                let text = format!(
                    "{name} does not come to #{n} {title}{on} any more, and is out of the line-up. Type `clan pick {tag} {n}` and names to fill it."
                );
                let parts = [self.part(entry, None), Part::new("person", name)];
                self.to_those_who_may(Permission::Lineup, event.kind(), &parts, &text)
            }
            Event::Picked {
                on, lineup, out, ..
            } => self.picked(event, entry, &entry.occurrence(*on), lineup, out),
            _ => Vec::new(),
        }
    }

    /// A message to everybody who takes part, each with their own zone, answer and clashes. `said` is what stands
    /// before the event and behind it.
    fn ask_all(
        &self,
        event: &Event,
        entry: &Entry,
        one: Option<Occurrence>,
        (before, behind): (&str, &str),
    ) -> Vec<Act> {
        let Some(one) = one else { return Vec::new() };
        // What is said of one date that was moved says nothing of the others.
        let all = one.start.local == entry.start.on(one.on).local;
        let repeat = entry.repeat.as_ref().filter(|_| all);
        let often = repeat.map_or(String::new(), |repeat| format!(", {}", repeat.words()));
        let mut diary = Diary::of(self.world, self.clan().tag, &one);
        let told = self.clan().those_who_may(Permission::Play);
        let told = told.filter(|who| Some(*who) != self.decided.by);
        let changed = format!("`clan attend {} {} no`", self.clan().tag, entry.n);
        told.map(|who| {
            let clash = diary.warning(who).map_or(String::new(), |clash| format!(" {clash}"));
            let ask = match entry.answer(one.on, who) {
                Some(Answer::Yes) => format!("You said that this time suits you, so you are down as yes; {changed} if that changed."),
                _ => DO_YOU_COME.to_owned(),
            };
            let text = format!("{before} {}{often}.{behind}{clash} {ask}", self.described(entry, &one, who));
            self.note(who, event.kind(), vec![self.part(entry, Some(&one))], text)
        })
        .collect()
    }

    fn reminded(
        &self,
        event: &Event,
        entry: &Entry,
        one: &Occurrence,
        reminder: Reminder,
    ) -> Vec<Act> {
        let mut diary = Diary::of(self.world, self.clan().tag, one);
        let lineup = entry.lineup(one.on);
        let told = self.clan().those_who_may(Permission::Play);
        let told = told.filter(|who| reminder.is_for(entry.answer(one.on, *who)));
        let attend = format!("clan attend {} {}", self.clan().tag, entry.n);
        told.map(|who| {
            let clash = diary
                .warning(who)
                .map_or(String::new(), |clash| format!(" {clash}"));
            let part = lineup
                .part_of(who)
                .map_or(String::new(), |part| format!(" You are {}.", as_part(part)));
            let ask = match entry.answer(one.on, who) {
                None => "You have not answered: do you come? Answer yes, no or maybe.".to_owned(),
                Some(Answer::Maybe) => {
                    format!("You said maybe: do you come? Type `{attend} yes` or `{attend} no`.")
                }
                Some(_) => format!("You said yes; type `{attend} no` if that changed."),
            };
            let text = format!(
                "{} {}.{part}{clash} {ask}",
                begins(one.begins - self.decided.at),
                self.described(entry, one, who)
            );
            self.note(who, event.kind(), vec![self.part(entry, Some(one))], text)
        })
        .collect()
    }

    fn picked(
        &self,
        event: &Event,
        entry: &Entry,
        one: &Occurrence,
        lineup: &Lineup,
        out: &[PersonId],
    ) -> Vec<Act> {
        let said = self.lineup_words(lineup);
        let parts = vec![self.part(entry, Some(one))];
        let others = |who: &PersonId| Some(*who) != self.decided.by;
        let (n, title, tag) = (entry.n, &entry.plan.title, self.clan().tag);
        let mut named: Vec<PersonId> = lineup.people().filter(others).collect();
        named.sort_unstable();
        named.dedup();
        let named = named.into_iter().map(|who| {
            let part = lineup.part_of(who).map_or("in it", as_part);
            let text = format!(
                "You are {part} for {}. {said}. If you cannot come, type `clan attend {tag} {n} no`.",
                self.described(entry, one, who)
            );
            self.note(who, event.kind(), parts.clone(), text)
        });
        let left = out.iter().filter(|who| others(who)).map(|who| {
            let text = format!(
                "You are not in the line-up for #{n} {title} on {} any more. {said}.",
                one.on
            );
            self.note(*who, event.kind(), parts.clone(), text)
        });
        named.chain(left).collect()
    }

    /// Who plays, in words.
    fn lineup_words(&self, lineup: &Lineup) -> String {
        let names = |people: &[PersonId]| -> String {
            let names: Vec<String> = people.iter().map(|who| self.name(*who)).collect();
            names.join(", ")
        };
        let parts = [
            ("Line-up", &lineup.players),
            ("substitutes", &lineup.substitutes),
            ("coach", &lineup.coaches),
        ];
        let said = parts.into_iter().filter(|(_, people)| !people.is_empty());
        let said: Vec<String> = said
            .map(|(part, people)| format!("{part}: {}", names(people)))
            .collect();
        match (said.is_empty(), lineup.players.is_empty()) {
            (true, _) => "The line-up is open".to_owned(),
            (false, true) => format!("Line-up: nobody yet; {}", said.join("; ")),
            (false, false) => said.join("; "),
        }
    }

    fn proposed(&self, event: &Event, n: u32) -> Vec<Act> {
        let Some(proposal) = self.clan().calendar.proposal(n) else {
            return Vec::new();
        };
        let told = self.clan().those_who_may(Permission::Play);
        let told = told.filter(|who| Some(*who) != self.decided.by);
        told.map(|who| {
            let text = self.choice(proposal, who);
            self.note(who, event.kind(), vec![proposal_part(proposal)], text)
        })
        .collect()
    }

    /// A proposal with its times, for one reader.
    fn choice(&self, proposal: &Proposal, who: PersonId) -> String {
        let (n, plan, tag) = (proposal.n, &proposal.plan, self.clan().tag);
        let zone = self.zone(who);
        let slots = proposal.slots.iter().zip(1..);
        let slots: Vec<String> = slots
            .map(|(start, slot)| format!("{slot}) {}", start.shown(zone)))
            .collect();
        let decide = proposal.decide.map_or(String::new(), |at| {
            let shown = proposal
                .slots
                .first()
                .map(|start| start.at_moment(at).shown(zone));
            format!(" The votes decide {}.", shown.unwrap_or_default())
        });
        format!(
            "{} proposes #{n} {} ({}). Which of these times suit you? {}.{decide} Type for example `clan vote {tag} {n} 1 2`, or `clan vote {tag} {n} none`.",
            self.doer(),
            plan.title,
            plan.what.word(),
            slots.join(", ")
        )
    }

    /// `#3 Aim practice (training): Sat 2026-12-26 20:00 Europe/Vienna, 2 hours, at cs.example.org`
    fn described(&self, entry: &Entry, one: &Occurrence, who: PersonId) -> String {
        let plan = &entry.plan;
        let mut said = format!(
            "#{} {} ({}): {}, {}",
            entry.n,
            plan.title,
            plan.what.word(),
            one.start.shown(self.zone(who)),
            (one.ends - one.begins).words()
        );
        if !plan.place.is_empty() {
            said.push_str(&format!(", at {}", plan.place));
        }
        said
    }

    /// What everybody may read of a public event: `Planned: #3 Cup (match), Sat 2026-12-26 20:00 Europe/Vienna.`
    pub(super) fn public_event(&self, event: &Event) -> Option<String> {
        let entry = self.clan().calendar.entry(event.number())?;
        let (n, plan) = (entry.n, &entry.plan);
        let when = match self.told_of(event, entry) {
            Some(one) => one.start.shown(None),
            None => entry.start.shown(None),
        };
        let deed = match event {
            Event::Cancelled { .. } => "Cancelled",
            Event::Moved { .. } => "Moved",
            _ => "Planned",
        };
        Some(format!(
            "{deed}: #{n} {} ({}), {when}.",
            plan.title,
            plan.what.word()
        ))
    }

    /// The same for programs, with the event as iCalendar text.
    pub(super) fn public_event_parts(&self, event: &Event) -> Vec<Part> {
        let (domain, tag) = (&self.world.domain, self.clan().tag);
        let Some(entry) = self.clan().calendar.entry(event.number()) else {
            return Vec::new();
        };
        let one = self.told_of(event, entry);
        let ical = component(entry, &format!("clan-{tag}"), domain);
        vec![self.part(entry, one.as_ref()), Part::new("ical", ical)]
    }

    /// The occurrence that a public event is about: the one that was moved or cancelled, else the next.
    fn told_of(&self, event: &Event, entry: &Entry) -> Option<Occurrence> {
        match event {
            Event::Moved { on: Some(on), .. } | Event::Cancelled { on: Some(on), .. } => {
                Some(entry.occurrence(*on))
            }
            _ => entry.next(self.decided.at),
        }
    }

    pub(super) fn zone(&self, who: PersonId) -> Option<&str> {
        self.world
            .people
            .get(who)
            .and_then(|person| person.zone.as_deref())
    }

    /// For programs: `<event-at n='3' on='2026-12-26' …>Aim practice</event-at>`.
    fn part(&self, entry: &Entry, one: Option<&Occurrence>) -> Part {
        let part = Part::new("appointment", entry.plan.title.clone())
            .with("n", entry.n)
            .with("kind", entry.plan.what.word());
        let Some(one) = one else { return part };
        let part = part
            .with("date", one.on)
            .with("begins", one.begins)
            .with("ends", one.ends)
            .with("zone", &one.start.zone);
        match entry.plan.place.as_str() {
            "" => part,
            place => part.with("place", place),
        }
    }
}

fn number(n: u32) -> Part {
    Part::new("appointment", "").with("n", n)
}

fn proposal_part(proposal: &Proposal) -> Part {
    let slots: Vec<String> = proposal
        .slots
        .iter()
        .map(|start| start.moment().to_string())
        .collect();
    Part::new("proposal", proposal.plan.title.clone())
        .with("n", proposal.n)
        .with("kind", proposal.plan.what.word())
        .with("times", slots.join(" "))
}

/// `In 1 day:`, or what to say when it has begun already.
fn begins(left: Span) -> String {
    match left.0 > 0 {
        true => format!("In {}:", left.words()),
        false => format!("It began {} ago:", (Span::ZERO - left).words()),
    }
}

/// What somebody is, after "You are".
fn as_part(part: &'static str) -> &'static str {
    match part {
        "line-up" => "in the line-up",
        "substitute" => "a substitute",
        _ => "the coach",
    }
}

fn full_stop(text: String) -> String {
    match text.strip_suffix("..") {
        Some(text) => format!("{text}."),
        None => text,
    }
}
