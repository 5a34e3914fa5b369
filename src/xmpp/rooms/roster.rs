//! What a clan's room should be like beside what it is, as far as we know. No stanza is sent from here.
//!
//! The clan's roster is the truth. The room's lists are read when we come in, every ten minutes, and whenever a presence or
//! the room itself says something that does not fit; what differs is set back, and what was not our own doing is told aloud.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use minidom::Element;

use crate::commands::Halls;
use crate::xmpp::muc::Affiliation;

/// How often the lists of a room are read.
pub(super) const CHECK_EVERY: Duration = Duration::from_secs(600);
/// The least time between two readings, however much is changed by hand.
const CHECK_PAUSE: Duration = Duration::from_secs(2);
/// Changes of one room's lists that are unanswered at a time.
pub(super) const MENDS_AT_ONCE: usize = 8;
/// What presences say and lists do not, per room: the server's own admins, as a rule.
const MAX_EXCUSED: usize = 200;
/// People named in one line.
const MAX_NAMED: usize = 5;
/// How long nobody is introduced again.
const GREET_PAUSE: Duration = Duration::from_secs(3600);

/// What the clan says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    lists: BTreeMap<String, Affiliation>,
    names: BTreeMap<String, String>,
    badges: BTreeMap<String, String>,
    subject: String,
    clan: String,
}

impl Wanted {
    /// For one of the two rooms, where we sit as `own`: nobody but us is more than a member, so that the roster decides.
    pub(super) fn of(halls: &Halls, private: bool, own: &str) -> Wanted {
        let people = || halls.members.iter().chain(&halls.outcasts);
        let outcasts = halls.outcasts.iter();
        let members = halls.members.iter();
        let lists = outcasts
            .map(|one| (one.jid.clone(), Affiliation::Outcast))
            .chain(members.map(|one| (one.jid.clone(), Affiliation::Member)))
            .chain([(own.to_owned(), Affiliation::Owner)]);
        let badges = halls
            .members
            .iter()
            .filter_map(|one| Some((one.jid.clone(), one.badge.clone()?)));
        let [members_subject, public_subject] = &halls.subjects;
        Wanted {
            lists: lists.collect(),
            names: people()
                .map(|one| (one.jid.clone(), one.name.clone()))
                .collect(),
            badges: badges
                .chain([(own.to_owned(), "referee".to_owned())])
                .collect(),
            subject: if private {
                members_subject
            } else {
                public_subject
            }
            .clone(),
            clan: halls.name.clone(),
        }
    }

    fn of_person(&self, bare: &str) -> Affiliation {
        self.lists.get(bare).copied().unwrap_or_default()
    }
}

/// The lists that were read so far.
#[derive(Debug, Default)]
struct Reading {
    lists: BTreeMap<String, Affiliation>,
    missing: usize,
}

/// A room's lists, and what is on its way to them.
#[derive(Debug, Default)]
pub(super) struct Roster {
    wanted: Option<Wanted>,
    known: BTreeMap<String, Affiliation>,
    reading: Option<Reading>,
    /// Whether all lists were read since we came in.
    has_read: bool,
    due: BTreeMap<String, Affiliation>,
    sent: BTreeMap<String, Affiliation>,
    /// Whom the room refused to change: that is nobody's doing.
    refused: BTreeSet<String>,
    /// Whom a change of ours concerned while the lists were being read.
    touched: BTreeSet<String>,
    /// What presences said that did not fit, until the lists were read.
    doubts: BTreeSet<(String, Affiliation)>,
    /// What the lists did not confirm.
    excused: BTreeSet<(String, Affiliation)>,
    /// Invitations for those whom the room does not let in yet.
    welcomes: BTreeMap<String, Element>,
    /// The room's subject as it was last told, ours included.
    subject: Option<String>,
    /// Whether the lists were read for the first time since we came in: what differs then may have come about without us.
    pub(super) first: bool,
    /// Whether we made the room just now, so that nothing in it is anybody else's doing.
    pub(super) fresh: bool,
    /// Whether the server has hats.
    pub(super) has_hats: bool,
    hats: BTreeSet<(String, String)>,
    greeted: BTreeMap<String, Instant>,
    /// Our own change of the room's settings is on its way.
    pub(super) reforming: bool,
    /// The clan is no more: the room ends as soon as we are in.
    pub(super) ends: bool,
    last_check: Option<Instant>,
    next_check: Option<Instant>,
}

impl Roster {
    /// The connection is gone, or the room: nothing is known of it any more.
    pub(super) fn forget(&mut self) {
        *self = Roster {
            welcomes: std::mem::take(&mut self.welcomes),
            greeted: std::mem::take(&mut self.greeted),
            ends: self.ends,
            wanted: self.wanted.take(),
            ..Roster::default()
        };
    }

    /// What the clan says now.
    pub(super) fn want(&mut self, wanted: Wanted) {
        self.welcomes
            .retain(|bare, _| wanted.of_person(bare) == Affiliation::Member);
        self.wanted = Some(wanted);
    }

    /// Whether the lists were read since we came in.
    pub(super) fn is_read(&self) -> bool {
        self.has_read
    }

    /// When the lists are to be read next.
    pub(super) fn next_check(&self) -> Option<Instant> {
        self.next_check.filter(|_| self.reading.is_none())
    }

    /// Whether something is asked of the room and not answered.
    pub(super) fn is_at_work(&self) -> bool {
        self.reading.is_some() || !self.sent.is_empty()
    }

    /// Something does not fit: the lists are read soon.
    pub(super) fn check_soon(&mut self, now: Instant) {
        let soon = self
            .last_check
            .map_or(now, |last| (last + CHECK_PAUSE).max(now));
        self.next_check = Some(self.next_check.map_or(soon, |next| next.min(soon)));
    }

    /// The lists are being read from now on; false when they already are.
    pub(super) fn begin_reading(&mut self, now: Instant) -> bool {
        self.last_check = Some(now);
        self.next_check = Some(now + CHECK_EVERY);
        if self.reading.is_some() {
            return false;
        }
        self.touched.clear();
        self.reading = Some(Reading {
            missing: Affiliation::LISTED.len(),
            ..Reading::default()
        });
        true
    }

    /// A list has come. Once all are there: who is something by somebody else's hand, and what.
    pub(super) fn listed(
        &mut self,
        affiliation: Affiliation,
        people: Vec<String>,
    ) -> Option<Vec<(String, Affiliation)>> {
        let reading = self.reading.as_mut()?;
        reading
            .lists
            .extend(people.into_iter().map(|bare| (bare, affiliation)));
        reading.missing = reading.missing.saturating_sub(1);
        if reading.missing > 0 {
            return None;
        }
        let lists = self.reading.take()?.lists;
        let ours = |bare: &String| {
            self.sent.contains_key(bare)
                || self.due.contains_key(bare)
                || self.touched.contains(bare)
                || self.refused.contains(bare)
        };
        let seen = |bare: &String| lists.get(bare).copied().unwrap_or_default();
        let mut by_hand = Vec::new();
        if let Some(wanted) = self.wanted.as_ref().filter(|_| !self.fresh) {
            let people: BTreeSet<&String> = lists
                .keys()
                .chain(self.known.keys())
                .chain(wanted.lists.keys())
                .collect();
            for bare in people.into_iter().filter(|bare| !ours(bare)) {
                let before = match self.has_read {
                    true => self.known.get(bare).copied().unwrap_or_default(),
                    false => wanted.of_person(bare),
                };
                if seen(bare) != before && seen(bare) != wanted.of_person(bare) {
                    by_hand.push((bare.clone(), seen(bare)));
                }
            }
        }
        let unconfirmed = std::mem::take(&mut self.doubts).into_iter();
        let unconfirmed = unconfirmed.filter(|(bare, affiliation)| seen(bare) != *affiliation);
        self.excused.extend(unconfirmed);
        if self.excused.len() > MAX_EXCUSED {
            self.excused.clear();
        }
        let mut known = lists;
        for bare in self.touched.iter().chain(self.sent.keys()) {
            match self.known.get(bare) {
                Some(affiliation) => known.insert(bare.clone(), *affiliation),
                None => known.remove(bare),
            };
        }
        self.known = known;
        self.first = !self.has_read;
        (self.has_read, self.fresh) = (true, false);
        self.touched.clear();
        self.refused.clear();
        Some(by_hand)
    }

    /// A list did not come: another time.
    pub(super) fn not_listed(&mut self) {
        self.reading = None;
    }

    /// What of the lists is to be changed, after anything that may have made a difference.
    pub(super) fn plan(&mut self) {
        let (Some(wanted), true) = (&self.wanted, self.has_read) else {
            return;
        };
        let people = wanted.lists.keys().chain(self.known.keys());
        let differs = people.filter_map(|bare| {
            let want = wanted.of_person(bare);
            let have = self
                .sent
                .get(bare)
                .or(self.known.get(bare))
                .copied()
                .unwrap_or_default();
            (want != have).then(|| (bare.clone(), want))
        });
        self.due = differs.collect();
    }

    /// The next change to be sent: whoever may not come in goes first.
    pub(super) fn next_mend(&mut self) -> Option<(String, Affiliation)> {
        if self.sent.len() >= MENDS_AT_ONCE {
            return None;
        }
        let free = |bare: &&String| !self.sent.contains_key(*bare);
        let bare = self
            .due
            .iter()
            .filter(|(bare, _)| free(bare))
            .min_by_key(|(_, affiliation)| **affiliation)?
            .0
            .clone();
        let affiliation = self.due.remove(&bare)?;
        self.sent.insert(bare.clone(), affiliation);
        Some((bare, affiliation))
    }

    /// A change was taken, or refused.
    pub(super) fn mended(&mut self, bare: &str, taken: bool) {
        let Some(affiliation) = self.sent.remove(bare) else {
            return;
        };
        if self.reading.is_some() {
            self.touched.insert(bare.to_owned());
        }
        match (taken, affiliation) {
            // What the room refuses is not asked again before the lists have been read.
            (false, _) => {
                self.refused.insert(bare.to_owned());
                if let Some(wanted) = self.wanted.as_ref() {
                    self.known.insert(bare.to_owned(), wanted.of_person(bare));
                }
            }
            (true, Affiliation::None) => {
                self.known.remove(bare);
            }
            (true, _) => {
                self.known.insert(bare.to_owned(), affiliation);
            }
        }
    }

    /// A presence or the room says what somebody is; true when that does not fit and was not looked into before.
    pub(super) fn doubts(&mut self, bare: &str, affiliation: Affiliation) -> bool {
        let Some(wanted) = self.wanted.as_ref().filter(|_| self.has_read) else {
            return false;
        };
        let pending = self.sent.contains_key(bare) || self.due.contains_key(bare);
        let said = (bare.to_owned(), affiliation);
        if pending || wanted.of_person(bare) == affiliation || self.excused.contains(&said) {
            return false;
        }
        self.doubts.insert(said);
        true
    }

    /// Somebody is to be told where the room is.
    pub(super) fn welcome(&mut self, bare: String, invitation: Element) {
        self.welcomes.insert(bare, invitation);
    }

    /// Whether invitations wait.
    pub(super) fn has_welcomes(&self) -> bool {
        !self.welcomes.is_empty()
    }

    /// The invitations of those whom the room lets in now.
    pub(super) fn take_welcomes(&mut self) -> Vec<Element> {
        let known = &self.known;
        let lets_in = |bare: &String| known.get(bare) == Some(&Affiliation::Member);
        let (open, closed) = std::mem::take(&mut self.welcomes)
            .into_iter()
            .partition(|(bare, _)| lets_in(bare));
        self.welcomes = closed;
        let open: BTreeMap<String, Element> = open;
        open.into_values().collect()
    }

    /// The room says what its subject is; true when it is not ours.
    pub(super) fn heard_subject(&mut self, subject: String) -> bool {
        let wanted = self.wanted.as_ref().map(|wanted| wanted.subject.as_str());
        let differs = wanted.is_some_and(|wanted| wanted != subject);
        self.subject = Some(subject);
        differs
    }

    /// The subject to be written, if the room has another.
    pub(super) fn next_subject(&mut self) -> Option<String> {
        let wanted = self.wanted.as_ref()?.subject.clone();
        if self.subject.as_ref() == Some(&wanted) {
            return None;
        }
        self.subject = Some(wanted.clone());
        Some(wanted)
    }

    /// The hats that somebody wears, as their presence shows; true when one of them is to come off or is missing.
    pub(super) fn noted_hats(&mut self, bare: &str, titles: Vec<String>) -> bool {
        self.hats.retain(|(one, _)| one != bare);
        let worn = titles.into_iter().map(|title| (bare.to_owned(), title));
        self.hats.extend(worn);
        self.has_hats
    }

    /// Hats to give (true) and to take, with the title.
    pub(super) fn next_hats(&mut self) -> Vec<(bool, String, String)> {
        let Some(wanted) = self.wanted.as_ref().filter(|_| self.has_hats) else {
            return Vec::new();
        };
        let due: BTreeSet<(String, String)> = wanted
            .badges
            .iter()
            .map(|(bare, title)| (bare.clone(), title.clone()))
            .collect();
        let give = due
            .difference(&self.hats)
            .map(|(bare, title)| (true, bare.clone(), title.clone()));
        let take = self
            .hats
            .difference(&due)
            .map(|(bare, title)| (false, bare.clone(), title.clone()));
        let changes = take.chain(give).collect();
        self.hats = due;
        changes
    }

    /// Who somebody is that came in, where the server has no hats: those who lead, once an hour.
    pub(super) fn introduce(&mut self, bare: &str, nick: &str, now: Instant) -> Option<String> {
        let wanted = self.wanted.as_ref().filter(|_| !self.has_hats)?;
        let (badge, name) = (wanted.badges.get(bare)?, wanted.names.get(bare)?);
        let lately = self.greeted.get(bare);
        if lately.is_some_and(|at| now.duration_since(*at) < GREET_PAUSE) {
            return None;
        }
        self.greeted.insert(bare.to_owned(), now);
        Some(match nick == name {
            true => format!("{name} is {badge} of {}.", wanted.clan),
            false => format!("{nick} is {name}, {badge} of {}.", wanted.clan),
        })
    }

    /// The line about what was set back; `nick_of` says under which nickname somebody sits in the room.
    pub(super) fn set_back(
        &self,
        by_hand: &[(String, Affiliation)],
        nick_of: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        let wanted = self.wanted.as_ref().filter(|_| !by_hand.is_empty())?;
        // Addresses are nobody's business but the server's.
        let name = |bare: &str| {
            let known = wanted.names.get(bare).cloned().or_else(|| nick_of(bare));
            known.unwrap_or_else(|| "somebody who is not in the clan".to_owned())
        };
        let one = |(bare, was): &(String, Affiliation)| {
            let is = wanted.of_person(bare).for_people();
            format!("{} was {}, and is {is} again", name(bare), was.for_people())
        };
        let named: Vec<String> = by_hand.iter().take(MAX_NAMED).map(one).collect();
        let more = match by_hand.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        Some(format!(
            "{}: {}{more}. The clan's roster decides who is what here: type `clan invite` or `clan kick` instead.",
            match self.first {
                true =>
                    "This room's lists did not agree with the clan's roster, and I brought them in step",
                false => "This room's lists were changed by hand, and I set them back",
            },
            named.join("; ")
        ))
    }
}
