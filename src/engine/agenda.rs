//! What is planned, across clans: what waits for an answer, and what stands in each other's way.
//!
//! Nothing here is stored but the places, which are indexed ([`super::clans`]): the rest follows from the calendars of the
//! few clans that a person belongs to.

use std::collections::BTreeMap;

use super::world::World;
use crate::clans::calendar::{Answer, Entry, Occurrence, Reminder, Window, clashes, place_key};
use crate::clans::{Clan, Permission, authorise};
use crate::kit::{ClanTag, PersonId, Timestamp};

/// Clashes that are told of one kind: what fits a phone's screen.
const MAX_TOLD: usize = 5;

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
/// reminded of and answered with `maybe`. Where there is none, those they were reminded of and answered at all.
pub fn asked(world: &World, who: PersonId, now: Timestamp) -> Vec<Asked> {
    let mut open = Vec::new();
    let mut reminded = Vec::new();
    for clan in clans_with_part(world, who) {
        for entry in clan.calendar.entries() {
            let Some(one) = entry.next(now).filter(|one| one.begins > now) else {
                continue;
            };
            let near = entry.told(one.on).is_some_and(|told| told >= Reminder::Day);
            let found = match entry.answer(one.on, who) {
                None => &mut open,
                Some(Answer::Maybe) if near => &mut open,
                Some(_) if near => &mut reminded,
                Some(_) => continue,
            };
            let title = entry.plan.title.clone();
            let tag = clan.tag;
            found.push(Asked { tag, title, one });
        }
    }
    let mut found = if open.is_empty() { reminded } else { open };
    found.sort_by_key(|asked| (asked.one.begins, asked.tag, asked.one.n));
    found
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
