//! A clan from another referee is founded here anew, with its record from there as history.

use super::decided::{What, read};
use super::desk::Desk;
use super::record;
use crate::clans::{Chapter, Clan, ClanEvent, Setting};
use crate::kit::{ClanTag, Hash, PersonId, Refusal, refuse};

/// Bytes of lines in one record: what fits, quotes and all, into a stanza when the clan is exported again.
const CHAPTER_BYTES: usize = 60_000;

impl Desk {
    /// Founds a clan from the lines of its record on another referee, which the caller has audited. It has its name, its
    /// settings and its own roles; of the people only the owner, because ids of another referee are nobody's here.
    ///
    /// # Errors
    /// Tag or name are taken here, the owner belongs to too many clans, or the lines are no record of a clan.
    pub fn import_clan(
        &mut self,
        owner: PersonId,
        tag: ClanTag,
        lines: &[String],
    ) -> Result<(), Refusal> {
        let was = last_state(lines)?;
        let chapters = chapters(lines)?;
        self.check_names(tag, &was.name)?;
        self.found(owner, tag, &was.name, was.joining, None)?;
        let mut events = Vec::new();
        let roles = was.roles.iter();
        events.extend(roles.map(|(role, made)| ClanEvent::RoleMade {
            role: role.clone(),
            rank: made.rank,
            may: made.may.clone(),
            like: made.like.clone(),
        }));
        let mut set = vec![
            Setting::Entry(was.entry.clone()),
            Setting::Succession(was.succession),
        ];
        if !was.colours.is_empty() {
            set.push(Setting::Colours(was.colours.clone()));
        }
        if !was.description.is_empty() {
            set.push(Setting::Description(was.description.clone()));
        }
        if was.avatar.is_some() {
            set.push(Setting::Avatar(was.avatar.clone()));
        }
        events.extend(set.into_iter().map(ClanEvent::Set));
        self.stage(None, None, What::Clan { tag, events })?;
        for chapter in chapters {
            let events = vec![ClanEvent::Imported(chapter)];
            self.stage(None, None, What::Clan { tag, events })?;
        }
        Ok(())
    }
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
