//! A clan from another referee is founded here anew, with its record from there as history.

use std::collections::BTreeSet;

use super::decided::{What, read};
use super::desk::Desk;
use super::record;
use crate::clans::{
    Chapter, Clan, ClanAsk, ClanEvent, MAX_TEXT_CHARS, Role, RoleId, SUCCESSION, Setting,
};
use crate::kit::{ClanTag, Hash, PersonId, Refusal, clean_line, refuse};

/// How much is shown of a name that is none.
const SHOWN_CHARS: usize = 40;

/// Bytes of lines in one record: what fits, quotes and all, into a stanza when the clan is exported again.
const CHAPTER_BYTES: usize = 60_000;

impl Desk {
    /// Founds a clan from the lines of its record on another referee, which the caller has audited. Its name, its roles and
    /// its settings are decided here anew, as if its owner asked for each; of the people only the owner comes along, because
    /// ids of another referee are nobody's here. What it gives is what could not be taken along, and why.
    ///
    /// # Errors
    /// Tag or name are taken here, the owner belongs to too many clans, or the lines are no record of a clan.
    pub fn import_clan(
        &mut self,
        owner: PersonId,
        tag: ClanTag,
        lines: &[String],
    ) -> Result<Vec<String>, Refusal> {
        let was = last_state(lines)?;
        let chapters = chapters(lines)?;
        self.check_names(tag, &was.name)?;
        self.found(owner, tag, &was.name, was.joining, None)?;
        let mut left = Vec::new();
        for (what, ask) in settling(&was, &mut left) {
            match self.go_on_in_clan(Some(owner), tag, &ask, None) {
                Err(no) if Desk::passes(&no) => return Err(no),
                Err(no) => left.push(format!("{what}: {}", no.text)),
                Ok(()) => {}
            }
        }
        for chapter in chapters {
            let events = vec![ClanEvent::Imported(chapter)];
            self.stage(None, None, What::Clan { tag, events })?;
        }
        Ok(left)
    }
}

/// What the owner asks for, so that the clan is as it was, each with its name. Whatever would give strangers power, or stand
/// as high as the owner, is not asked for at all.
fn settling(was: &Clan, left: &mut Vec<String>) -> Vec<(String, ClanAsk)> {
    let mut asks = Vec::new();
    // A role comes after the one it is like; what is like itself never comes.
    let mut waiting: Vec<(&RoleId, &Role)> = was.roles.iter().collect();
    let mut made: BTreeSet<&RoleId> = BTreeSet::new();
    loop {
        let before = waiting.len();
        waiting.retain(|(id, role)| {
            let like = role.like.as_ref();
            let ready =
                like.is_none_or(|like| !was.roles.contains_key(like) || made.contains(like));
            if ready && RoleId::read(id.as_str()).as_ref() == Some(*id) {
                made.insert(id);
                let ask = ClanAsk::MakeRole {
                    role: (*id).clone(),
                    rank: role.rank.clamp(1, Role::OWNER_RANK - 1),
                    may: role.may.iter().copied().collect(),
                    like: role.like.clone(),
                };
                asks.push((format!("the role {id}"), ask));
                return false;
            }
            true
        });
        if waiting.len() == before {
            break;
        }
    }
    left.extend(waiting.iter().map(|(id, _)| {
        let id = clean_line(id.as_str(), SHOWN_CHARS);
        format!("the role {id}: it has no fit name, or is like itself")
    }));
    let mut set = |setting: Setting| {
        asks.push((setting.word().to_owned(), ClanAsk::Set(setting)));
    };
    let entry = was.role(&was.entry);
    match entry {
        Some(role) if role.rank <= Role::MEMBER_RANK && was.entry != RoleId::member() => {
            set(Setting::Entry(was.entry.clone()));
        }
        Some(role) if role.rank <= Role::MEMBER_RANK => {}
        _ => left.push("entry: whoever joins is a member here, and no more".to_owned()),
    }
    if was.succession != Some(SUCCESSION) {
        set(Setting::Succession(was.succession));
    }
    if !was.colours.is_empty() {
        set(Setting::Colours(was.colours.clone()));
    }
    let description = clean_line(&was.description, 2 * MAX_TEXT_CHARS);
    if !description.is_empty() {
        set(Setting::Description(description));
    }
    if was.avatar.is_some() {
        set(Setting::Avatar(was.avatar.clone()));
    }
    asks
}

fn unread(why: &str) -> Refusal {
    refuse(
        "clan/unread",
        format!("This is no record of a clan: {why}."),
    )
    .hint("Take the file that `referee export --clan` or `clan export` gave.")
}

/// The clan as its record leaves it.
fn last_state(lines: &[String]) -> Result<Clan, Refusal> {
    let mut clan: Option<Clan> = None;
    for line in lines {
        let (decided, _) = read(line, 0).map_err(|fault| unread(&fault.to_string()))?;
        let What::Clan { tag, events } = decided.what else {
            return Err(unread("a line is about something else"));
        };
        let mut events = events.as_slice();
        let clan = match &mut clan {
            Some(clan) => clan,
            none => {
                let (first, rest) = events.split_first().ok_or_else(|| unread("it is empty"))?;
                events = rest;
                none.insert(Clan::begin(tag, decided.at, first)?)
            }
        };
        for event in events {
            clan.evolve(decided.at, decided.by, event);
        }
    }
    clan.ok_or_else(|| unread("it is empty"))
}

/// The lines in portions that fit into a record each.
fn chapters(lines: &[String]) -> Result<Vec<Chapter>, Refusal> {
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut bytes = 0;
    for (from, text) in (1..).zip(lines) {
        let line = record::read(text).map_err(|bad| unread(&bad.to_string()))?;
        bytes += text.len();
        if chapters.is_empty() || bytes > CHAPTER_BYTES {
            bytes = text.len();
            chapters.push(Chapter {
                origin: line.public.s.into_owned(),
                from,
                head: Hash::ZERO,
                lines: Vec::new(),
            });
        }
        if let Some(chapter) = chapters.last_mut() {
            chapter.head = line.hash;
            chapter.lines.push(text.clone());
        }
    }
    Ok(chapters)
}
