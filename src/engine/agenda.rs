//! What is planned, across clans: what waits for an answer, and what stands in each other's way.
//!
//! Nothing here is stored but the places, which are indexed ([`super::clans`]): the rest follows from the calendars of the
//! few clans that a person belongs to.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::decided::{self, What};
use super::desk::Desk;
use super::world::World;
use crate::clans::calendar::{Answer, Entry, Occurrence, Reminder, Window, clashes, place_key};
use crate::clans::{Clan, ClanEvent, Permission, authorise};
use crate::kit::{ClanTag, PersonId, Span, Stream, Timestamp};

/// Clashes that are told of one kind: what fits a phone's screen.
const MAX_TOLD: usize = 5;

/// What counts as soon.
const SOON: Span = Span::hours(48);

/// An event of a clan that waits for somebody's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The clan.
    pub tag: ClanTag,
    /// The event.
    pub title: String,
    /// When.
    pub one: Occurrence,
}

/// What waits for somebody's `yes`, `no` or `maybe`, in order of time: events they have not answered, and those they were
/// reminded of and answered with `maybe`. Where there is none, those they were reminded of; and then whatever they have
/// answered at all, since everybody may think again.
pub fn asked(world: &World, who: PersonId, now: Timestamp) -> Vec<Asked> {
    let by_urgency = by_urgency(world, who, now);
    by_urgency
        .into_iter()
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// The events that somebody has not answered, or with `maybe` although they are near, in order of time.
pub fn unanswered(world: &World, who: PersonId, now: Timestamp) -> Vec<Asked> {
    let [open, ..] = by_urgency(world, who, now);
    open
}

fn by_urgency(world: &World, who: PersonId, now: Timestamp) -> [Vec<Asked>; 3] {
    let mut by_urgency = [Vec::new(), Vec::new(), Vec::new()];
    for clan in clans_with_part(world, who) {
        for (entry, one) in clan
            .calendar
            .entries()
            .flat_map(|entry| entry.asked(now).into_iter().map(move |one| (entry, one)))
        {
            let near = entry.told(one.on).is_some_and(|told| told >= Reminder::Day);
            let urgency = match entry.answer(one.on, who) {
                None => 0,
                Some(Answer::Maybe) if near => 0,
                Some(_) if near => 1,
                Some(_) => 2,
            };
            let title = entry.plan.title.clone();
            let tag = clan.tag;
            by_urgency[urgency].push(Asked { tag, title, one });
        }
    }
    for found in &mut by_urgency {
        found.sort_by_key(|asked| (asked.one.begins, asked.tag, asked.one.n));
    }
    by_urgency
}

/// What takes place soon in some clans, for whoever comes or has not answered: a line each.
pub fn soon(world: &World, who: PersonId, clans: &[ClanTag], now: Timestamp) -> Vec<String> {
    let zone = world
        .people
        .get(who)
        .and_then(|person| person.zone.as_deref());
    let mine = clans_with_part(world, who).filter(|clan| clans.contains(&clan.tag));
    let lines = mine.flat_map(|clan| {
        let near = clan.calendar.between(now, now + SOON, MAX_TOLD);
        near.into_iter().filter_map(move |one| {
            let entry = clan.calendar.entry(one.n)?;
            let said = match entry.answer(one.on, who) {
                Some(Answer::No) => return None,
                Some(answer) => format!("you said {}", answer.word()),
                None => "you have not answered".to_owned(),
            };
            Some(format!(
                "[{}] #{} {}: {}, {said}.",
                clan.tag,
                one.n,
                entry.plan.title,
                one.start.shown(zone)
            ))
        })
    });
    lines.take(MAX_TOLD).collect()
}

/// The clans in whose events somebody takes part.
fn clans_with_part(world: &World, who: PersonId) -> impl Iterator<Item = &Clan> {
    let mine = world.clans.of(who).map(|live| &live.clan);
    mine.filter(move |clan| authorise(clan, who, Permission::Play).allowed)
}

/// What takes place in one clan during a stretch of time, apart from one event.
fn during<'a>(
    clan: &'a Clan,
    window: &Window,
    except: Option<(ClanTag, u32)>,
) -> Vec<(&'a Entry, Occurrence)> {
    let others = clan.calendar.entries();
    let others = others.filter(|entry| Some((clan.tag, entry.n)) != except);
    let found = others.flat_map(|entry| {
        let near = entry.within(window.begins, window.ends);
        near.map(move |one| (entry, one))
    });
    found.filter(|(_, one)| one.cancelled.is_none()).collect()
}

/// Looks up what else members have to do, each clan once.
pub struct Diary<'a> {
    world: &'a World,
    window: Window,
    except: (ClanTag, u32),
    seen: BTreeMap<ClanTag, Vec<(&'a Entry, Occurrence)>>,
}

impl<'a> Diary<'a> {
    /// What stands in the way of one occurrence of an event.
    pub fn of(world: &'a World, tag: ClanTag, one: &Occurrence) -> Diary<'a> {
        Diary {
            world,
            window: Window::from(one),
            except: (tag, one.n),
            seen: BTreeMap::new(),
        }
    }

    /// What somebody has to do then, in all their clans, but for what they have said no to.
    pub fn clashes_of(&mut self, who: PersonId) -> Vec<(ClanTag, &'a Entry, Occurrence)> {
        let (window, except) = (self.window, self.except);
        let mut found = Vec::new();
        for clan in clans_with_part(self.world, who) {
            let there = self.seen.entry(clan.tag);
            let there = there.or_insert_with(|| during(clan, &window, Some(except)));
            let wanted = there
                .iter()
                .filter(|(entry, one)| entry.answer(one.on, who) != Some(Answer::No));
            found.extend(wanted.map(|(entry, one)| (clan.tag, *entry, one.clone())));
        }
        found.truncate(MAX_TOLD);
        found
    }

    /// The same in words for that person: `It clashes with [lions] #2 Cup.`
    pub fn warning(&mut self, who: PersonId) -> Option<String> {
        let found = self.clashes_of(who);
        let said: Vec<String> = found
            .iter()
            .map(|(tag, entry, _)| format!("[{tag}] #{} {}", entry.n, entry.plan.title))
            .collect();
        (!said.is_empty()).then(|| format!("It clashes with {}.", said.join(" and ")))
    }
}

/// What whoever plans an event is warned of: the clan's own events at that time, events at the same place, and members
/// who have something else to do. Of other clans nothing is told but what is public.
pub fn warnings(world: &World, clan: &Clan, entry: &Entry, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    let own = clan.calendar.entries().filter(|other| other.n != entry.n);
    for other in own {
        if let Some((_, one)) = clashes(entry, other, now) {
            lines.push(format!(
                "It clashes with #{} {} on {}.",
                other.n,
                other.plan.title,
                one.start.local.date()
            ));
        }
    }
    lines.truncate(MAX_TOLD);
    lines.extend(place_warnings(world, clan, entry, now));
    if let Some(one) = entry.next(now) {
        lines.extend(busy_members(world, clan, &one));
    }
    lines
}

fn place_warnings(world: &World, clan: &Clan, entry: &Entry, now: Timestamp) -> Vec<String> {
    let key = place_key(&entry.plan.place);
    let mut lines = Vec::new();
    for (tag, n) in world
        .clans
        .at_place(&key)
        .filter(|(tag, _)| *tag != clan.tag)
    {
        let other = world
            .clans
            .get(tag)
            .and_then(|live| live.clan.calendar.entry(n));
        let clash = other.and_then(|other| Some((other, clashes(entry, other, now)?)));
        if let Some((other, (mine, _))) = clash {
            let whose = match other.plan.public {
                true => format!("[{tag}] #{n} {}", other.plan.title),
                false => "another clan's event".to_owned(),
            };
            let date = mine.start.local.date();
            lines.push(format!(
                "On {date} {whose} is at {} at the same time.",
                entry.plan.place
            ));
        }
        if lines.len() == MAX_TOLD {
            break;
        }
    }
    lines
}

fn busy_members(world: &World, clan: &Clan, one: &Occurrence) -> Option<String> {
    let mut diary = Diary::of(world, clan.tag, one);
    let elsewhere = |who: &PersonId| {
        let found = diary.clashes_of(*who);
        found.iter().any(|(tag, ..)| *tag != clan.tag)
    };
    let busy: Vec<PersonId> = clan
        .those_who_may(Permission::Play)
        .filter(elsewhere)
        .collect();
    let names: Vec<String> = busy
        .iter()
        .take(MAX_TOLD)
        .map(|who| world.people.name(*who))
        .collect();
    let more = match busy.len().saturating_sub(MAX_TOLD) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!names.is_empty()).then(|| {
        format!(
            "{}{more} may have something else to do then.",
            names.join(", ")
        )
    })
}

impl Desk {
    /// The event that a message of ours asked about, by the message's id (`clan-wolves/17/3`: what was told third of the
    /// clan's 17th record). The record itself says which event that was.
    pub fn asked_by_message(&mut self, id: &str) -> Option<(ClanTag, u32, Date)> {
        let mut parts = id.split('/');
        let (stream, v, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next())
        else {
            return None;
        };
        let Ok(Stream::Clan(tag)) = stream.parse() else {
            return None;
        };
        let v: u64 = v.parse().ok().filter(|v| *v > 0)?;
        let live = self.world.clans.get(tag)?;
        let place = *live.places.get(usize::try_from(v - 1).ok()?)?;
        let lines = self.ports.journal.read(&[place]).ok()?;
        let (decided, _) = decided::read(lines.first()?, 0).ok()?;
        let What::Clan { events, .. } = decided.what else {
            return None;
        };
        let calendar = &self.world.clans.get(tag)?.clan.calendar;
        events.iter().find_map(|event| match event {
            ClanEvent::Calendar(event) if decided.v == v => {
                Some((tag, event.number(), event.asks_about(calendar)?))
            }
            _ => None,
        })
    }
}
