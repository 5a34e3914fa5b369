//! What admins do about people, as a fold over the referee's own stream: mutes, flags, founders, the rules they changed, and
//! the history of all of it, each with who did it, why, when, and until when.
//!
//! Somebody who is muted goes on playing what they play, and says nothing to others through the referee: no challenges, no
//! voice in rooms, no invitations, nothing on the pages of clans, no new name. A mute has the
//! keyed hashes of the addresses, as bans have, so that it outlives forgetting. Begin reading with [`Moderation`].

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::service::ServiceEvent;
use crate::kit::{ClanTag, Hash, PersonId, Timestamp};

/// Measures that are kept at hand about one person; the journal has all.
const MAX_MEASURES: usize = 100;
/// Flags that wait at a time; the oldest goes when there are more.
pub const MAX_FLAGS: usize = 200;
/// Flags of one person that wait at a time: more of the same person's texts would tell nobody anything new.
pub const MAX_FLAGS_OF_ONE: usize = 10;

/// The state of moderation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moderation {
    /// Who is muted.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    mutes: BTreeMap<PersonId, Mute>,
    /// When mutes end.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    ends: BTreeSet<(Timestamp, PersonId)>,
    /// What was done about whom, oldest first.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    measures: BTreeMap<PersonId, Vec<Measure>>,
    /// Texts in which the word filter found something, by number, until an admin has seen to them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    flags: BTreeMap<u64, Flag>,
    /// The highest number of a flag.
    #[serde(skip_serializing_if = "is_zero")]
    last_flag: u64,
    /// Who may found clans where only those who are listed may.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    founders: BTreeSet<PersonId>,
    /// The rules of the community that admins changed while the referee ran.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    rules: BTreeMap<String, RuleChange>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Why and how long somebody is muted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    /// The keyed hashes of the person's addresses, by which the person is known again after being forgotten.
    pub tags: BTreeSet<Hash>,
    /// The reason, which the person is told.
    pub reason: String,
    /// Until when; until it is lifted when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// One thing that was done about somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// When.
    pub at: Timestamp,
    /// By whom; the referee itself when a time was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// What.
    pub what: MeasureKind,
    /// The clan that did it, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clan: Option<ClanTag>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What is done about people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureKind {
    /// Kept away.
    Banned,
    /// Let in again.
    Unbanned,
    /// Muted.
    Muted,
    /// Not muted any more.
    Unmuted,
    /// Allowed to found clans.
    Founder,
    /// Not allowed to any more.
    NoFounder,
    /// A text of theirs was found by the word filter.
    Flagged,
    /// Removed from a clan.
    ClanKicked,
    /// Kept out of a clan.
    ClanBanned,
    /// Let into it again.
    ClanUnbanned,
}

impl MeasureKind {
    /// The word for it, as in "banned by admin".
    pub fn word(self) -> &'static str {
        match self {
            MeasureKind::Banned => "banned",
            MeasureKind::Unbanned => "unbanned",
            MeasureKind::Muted => "muted",
            MeasureKind::Unmuted => "unmuted",
            MeasureKind::Founder => "made a founder",
            MeasureKind::NoFounder => "no founder any more",
            MeasureKind::Flagged => "flagged",
            MeasureKind::ClanKicked => "removed",
            MeasureKind::ClanBanned => "banned",
            MeasureKind::ClanUnbanned => "unbanned",
        }
    }
}

/// A text in which the word filter found something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Flag {
    /// When.
    pub at: Timestamp,
    /// Whose text it is.
    pub who: PersonId,
    /// What kind of text: `handle`, `clan name` and so on.
    pub about: String,
    /// The clan whose text it is, by its tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clan: Option<ClanTag>,
    /// The entry of the filter.
    pub word: String,
    /// The text, cut; empty for a handle, which the journal must not know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// A rule that an admin changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleChange {
    /// Its value, as text.
    pub value: String,
    /// Who changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// The fold.
impl Moderation {
    /// Applies one event that happened at this time, by this person. Events about other things change nothing.
    pub fn evolve(&mut self, at: Timestamp, by: Option<PersonId>, event: &ServiceEvent) {
        if let Some((who, measure)) = measure_of(at, by, event) {
            self.measure(who, measure);
        }
        match event {
            ServiceEvent::Muted {
                who,
                tags,
                reason,
                until,
            } => {
                let mute = Mute {
                    tags: tags.clone(),
                    reason: reason.clone(),
                    until: *until,
                };
                self.mute(*who, mute);
            }
            ServiceEvent::Unmuted { who, .. } => drop(self.unmute(*who)),
            ServiceEvent::Founder { who, on: true, .. } => drop(self.founders.insert(*who)),
            ServiceEvent::Founder { who, .. } => drop(self.founders.remove(who)),
            ServiceEvent::Forgotten { who, into } => self.forget(*who, *into),
            ServiceEvent::Policy {
                rule,
                value,
                reason,
            } => match value.clone() {
                None => drop(self.rules.remove(rule)),
                Some(value) => {
                    let reason = reason.clone();
                    let change = RuleChange {
                        value,
                        by,
                        at,
                        reason,
                    };
                    self.rules.insert(rule.clone(), change);
                }
            },
            ServiceEvent::Flagged { number, flag, .. } => {
                self.last_flag = self.last_flag.max(*number);
                self.flags.insert(*number, flag.clone());
                if self.flags.len() > MAX_FLAGS {
                    self.flags.pop_first();
                }
            }
            ServiceEvent::Unflagged { number, .. } => drop(self.flags.remove(number)),
            _ => {}
        }
    }

    /// Somebody is not in the address book any more. Where they turned out to be another's second address, what was done
    /// about the one holds for the other.
    fn forget(&mut self, who: PersonId, into: Option<PersonId>) {
        self.founders.remove(&who);
        let Some(into) = into else {
            return;
        };
        if let Some(mute) = self.unmute(who) {
            self.mute(into, mute);
        }
        for one in self.measures.remove(&who).unwrap_or_default() {
            self.measure(into, one);
        }
    }

    /// Adds to somebody's history.
    pub(super) fn measure(&mut self, who: PersonId, measure: Measure) {
        let mine = self.measures.entry(who).or_default();
        mine.push(measure);
        if mine.len() > MAX_MEASURES {
            mine.remove(0);
        }
    }

    fn mute(&mut self, who: PersonId, mute: Mute) {
        self.unmute(who);
        self.ends.extend(mute.until.map(|until| (until, who)));
        self.mutes.insert(who, mute);
    }

    fn unmute(&mut self, who: PersonId) -> Option<Mute> {
        let mute = self.mutes.remove(&who)?;
        if let Some(until) = mute.until {
            self.ends.remove(&(until, who));
        }
        Some(mute)
    }
}

/// What an event did about whom, for the history.
fn measure_of(
    at: Timestamp,
    by: Option<PersonId>,
    event: &ServiceEvent,
) -> Option<(PersonId, Measure)> {
    use MeasureKind::{Banned, Flagged, Founder, Muted, NoFounder, Unbanned, Unmuted};
    let (who, what, reason, until) = match event {
        ServiceEvent::Banned {
            who: Some(who),
            reason,
            until,
            ..
        } => (who, Banned, reason.clone(), *until),
        ServiceEvent::Unbanned {
            who: Some(who),
            reason,
            ..
        } => (who, Unbanned, reason.clone(), None),
        ServiceEvent::Muted {
            who, reason, until, ..
        } => (who, Muted, reason.clone(), *until),
        ServiceEvent::Unmuted { who, reason } => (who, Unmuted, reason.clone(), None),
        ServiceEvent::Founder { who, on, reason } => {
            let what = if *on { Founder } else { NoFounder };
            (who, what, reason.clone(), None)
        }
        ServiceEvent::Flagged { flag, .. } => {
            let found = format!("{}: {}", flag.about, flag.word);
            (&flag.who, Flagged, found, None)
        }
        _ => return None,
    };
    let measure = Measure {
        at,
        by,
        what,
        clan: None,
        reason,
        until,
    };
    Some((*who, measure))
}

/// The state.
impl Moderation {
    /// Whether nothing was ever done about anybody.
    pub fn is_empty(&self) -> bool {
        *self == Moderation::default()
    }

    /// Whether anybody is muted at all.
    pub fn has_mutes(&self) -> bool {
        !self.mutes.is_empty()
    }

    /// The mute that holds now for somebody, and whose it is: theirs, or that of somebody who was forgotten and had one of
    /// their addresses. `tags` gives the keyed hashes of these, and is only asked where it matters.
    pub fn mute_of(
        &self,
        who: PersonId,
        tags: impl FnOnce() -> Vec<Hash>,
        now: Timestamp,
    ) -> Option<(PersonId, &Mute)> {
        let own = self.mutes.get_key_value(&who);
        let found = own.or_else(|| {
            let tags = tags();
            let mut all = self.mutes.iter();
            all.find(|(_, mute)| tags.iter().any(|tag| mute.tags.contains(tag)))
        });
        let (owner, mute) = found?;
        let holds = mute.until.is_none_or(|until| until > now);
        holds.then_some((*owner, mute))
    }

    /// Those whose mutes are over and not lifted yet, at most `limit`.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<PersonId> {
        let due = self.ends.iter().take_while(|(until, _)| *until <= now);
        due.take(limit).map(|(_, who)| *who).collect()
    }

    /// When the next mute is over.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.ends.first().map(|(until, _)| *until)
    }

    /// What was done about somebody, oldest first.
    pub fn measures(&self, who: PersonId) -> &[Measure] {
        self.measures.get(&who).map_or(&[], Vec::as_slice)
    }

    /// The flags that wait for an admin, by number.
    pub fn flags(&self) -> &BTreeMap<u64, Flag> {
        &self.flags
    }

    /// The number the next flag gets.
    pub fn next_flag(&self) -> u64 {
        self.last_flag + 1
    }

    /// Whether somebody may found clans where only those who are listed may.
    pub fn is_founder(&self, who: PersonId) -> bool {
        self.founders.contains(&who)
    }

    /// Everybody who may.
    pub fn founders(&self) -> &BTreeSet<PersonId> {
        &self.founders
    }

    /// The rules that admins changed while the referee ran, by name.
    pub fn rules(&self) -> &BTreeMap<String, RuleChange> {
        &self.rules
    }
}
