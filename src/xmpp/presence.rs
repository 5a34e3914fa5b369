//! Who has an address of ours in the contact list, and what they are shown there (RFC 6121 sections 3 and 4).
//!
//! `referee@R` shows each person what waits for that person, `m42@R` shows everybody how the match stands, and
//! `clan-wolves@R` shows members who is on, and others how many they are. What is shown is asked
//! of the writer, a few questions at a time; nobody is sent the same text twice, or two texts within ten seconds.

mod strangers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use minidom::Element;
use xmpp_parsers::ns;

use self::strangers::Strangers;
use super::out::{Out, Then};
use super::stanza::{Address, CONTACT, attribute, el, leaf, place_of};
use super::vcard::avatar;
use crate::commands::{
    Answer, Call, Look, News, Place, Regulars, Seen, Sight, Status, domain_of, is_home, registered,
};
use crate::engine::Contact;
use crate::kit::{ClanTag, MatchId};

/// How a contact names itself (XEP-0172).
const NICK: &str = "http://jabber.org/protocol/nick";
/// At most one update of a contact in this time.
const PACE: Duration = Duration::from_secs(10);
/// Questions to the writer at once: announcing ourselves to everybody must not delay a move.
const LOOKS_AT_ONCE: usize = 64;
/// Contacts in all; each costs some 200 bytes and one presence per reconnect.
const MAX_CONTACTS: usize = 100_000;
/// Contacts of one registered domain, so that no server's accounts use up the places of all others; our own server's may.
const MAX_OF_DOMAIN: u32 = 20_000;
/// Contacts of people whom the referee did not know when they asked: they go first when the places are needed.
const MAX_STRANGERS: usize = 20_000;
/// The same of one registered domain.
const MAX_STRANGERS_OF_DOMAIN: usize = 2_000;
/// Addresses of ours that one person may have as contacts: the referee and a screenful of matches.
const MAX_OF_PERSON: u32 = 50;

/// A question to the writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Somebody wants this contact: is there such a thing for them?
    Subscribe(Contact, String),
    /// Somebody's server asks what to show them; the answer goes to this address.
    Probe(Contact, String),
    /// What is to be shown may have changed.
    Update(Shown),
}

/// What is looked at as one: the referee as one person sees it, or a match as everybody does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// `referee@R`, for this bare JID.
    Referee(String),
    /// `m42@R`
    Match(MatchId),
    /// `clan-wolves@R`
    Clan(ClanTag),
}

#[derive(Default)]
struct Screen {
    /// Who sees it, and what they were shown last.
    by: BTreeMap<String, Option<Arc<str>>>,
    /// No update before this.
    rest: Option<Instant>,
    planned: bool,
}

/// All contacts.
pub struct Presence {
    domain: String,
    /// What rides on every presence of `referee@R`: capabilities, picture, name.
    face: Vec<Element>,
    /// What rides on every presence of a clan: the picture.
    picture: Element,
    screens: BTreeMap<Shown, Screen>,
    agenda: BTreeSet<(Instant, Shown)>,
    looking: usize,
    of_person: BTreeMap<String, u32>,
    of_domain: BTreeMap<String, u32>,
    contacts: usize,
    regulars: Regulars,
    strangers: Strangers,
    /// Whether the journal's contacts are known.
    up: bool,
}

impl Presence {
    /// No contacts yet. `face` rides on every presence of `referee@R`: capabilities, picture, name.
    pub fn new(domain: &str, face: Vec<Element>, regulars: Regulars) -> Presence {
        Presence {
            domain: domain.to_owned(),
            face,
            picture: avatar(),
            screens: BTreeMap::new(),
            agenda: BTreeSet::new(),
            looking: 0,
            of_person: BTreeMap::new(),
            of_domain: BTreeMap::new(),
            contacts: 0,
            regulars,
            strangers: Strangers::default(),
            up: false,
        }
    }

    /// A connection is there: shows everybody in the journal how things stand.
    pub fn stand(&mut self, contacts: &[(String, Contact)], now: Instant) -> Vec<Out> {
        self.down();
        self.up = true;
        for (bare, contact) in contacts {
            if self.contacts < MAX_CONTACTS {
                self.add(*contact, bare, true);
            }
        }
        self.agenda = self
            .screens
            .keys()
            .map(|shown| (now, shown.clone()))
            .collect();
        self.screens
            .values_mut()
            .for_each(|screen| screen.planned = true);
        self.tick(now)
    }

    /// The connection is gone, and the journal will tell the contacts again.
    pub fn down(&mut self) {
        self.screens.clear();
        self.agenda.clear();
        self.of_person.clear();
        self.of_domain.clear();
        self.contacts = 0;
        self.strangers = Strangers::default();
        self.looking = 0;
        self.up = false;
    }

    /// The process ends: nobody is here any more.
    pub fn farewell(&mut self) -> Vec<Out> {
        let gone = |(shown, screen): (&Shown, &Screen)| {
            let from = self.address(shown.contact());
            screen
                .by
                .keys()
                .map(move |bare| Out::Send(presence(&from, bare, Some("unavailable")).build()))
                .collect::<Vec<_>>()
        };
        self.screens.iter().flat_map(gone).collect()
    }

    /// A presence to an address of ours. What is not about contacts is none of our business.
    pub fn presence(&mut self, stanza: &Element) -> Vec<Out> {
        let (Some(from), Some(to)) = (stanza.attr("from"), stanza.attr("to")) else {
            return Vec::new();
        };
        let (Some(from), Some(to)) = (Address::read(from), Address::read(to)) else {
            return Vec::new();
        };
        let contact = match place_of(&to) {
            Some(Place::Contact) => Some(Contact::Referee),
            Some(Place::Match(id)) => Some(Contact::Match(id)),
            Some(Place::Clan(tag)) => Some(Contact::Clan(tag)),
            _ => None,
        };
        match stanza.attr("type") {
            Some("subscribe") => match contact
                .filter(|contact| from.local.is_some() && self.has_place(*contact, &from))
            {
                Some(contact) => vec![self.look(
                    contact,
                    &from.bare,
                    Asked::Subscribe(contact, from.bare.clone()),
                )],
                None => vec![reply(&to.bare, &from.bare, "unsubscribed")],
            },
            Some("unsubscribe") => {
                let mut outs = vec![
                    reply(&to.bare, &from.bare, "unavailable"),
                    reply(&to.bare, &from.bare, "unsubscribed"),
                ];
                if let Some(contact) = contact.filter(|contact| self.remove(*contact, &from.bare)) {
                    outs.push(Out::Call(
                        Call::News(News::Unsubscribed(from.bare, contact)),
                        None,
                    ));
                }
                outs
            }
            Some("probe") if self.up => {
                match contact.filter(|contact| self.knows(*contact, &from.bare)) {
                    Some(contact) => vec![self.look(
                        contact,
                        &from.bare,
                        Asked::Probe(contact, from.full.clone()),
                    )],
                    None => vec![reply(&to.bare, &from.bare, "unsubscribed")],
                }
            }
            _ => Vec::new(),
        }
    }

    /// The public status of a match changed.
    pub fn changed(&mut self, game: MatchId, now: Instant) {
        self.plan(&Shown::Match(game), now);
    }

    /// What a clan shows changed, or who is on in it.
    pub fn clan_changed(&mut self, tag: ClanTag, now: Instant) {
        self.plan(&Shown::Clan(tag), now);
    }

    /// Whether this person has an address of ours in the contact list.
    pub fn is_contact(&self, bare: &str) -> bool {
        self.of_person.contains_key(bare)
    }

    /// Something happened that may change what waits for this person.
    pub fn stir(&mut self, bare: &str, now: Instant) {
        self.plan(&Shown::Referee(bare.to_owned()), now);
    }

    /// When something is due.
    pub fn next_wake(&self) -> Option<Instant> {
        self.agenda
            .first()
            .filter(|_| self.looking < LOOKS_AT_ONCE)
            .map(|(at, _)| *at)
    }

    /// Asks for what is due to be shown, as many at once as is fit.
    pub fn tick(&mut self, now: Instant) -> Vec<Out> {
        let mut outs = Vec::new();
        while self.looking < LOOKS_AT_ONCE && self.agenda.first().is_some_and(|(at, _)| *at <= now)
        {
            let Some((_, shown)) = self.agenda.pop_first() else {
                break;
            };
            let Some(screen) = self.screens.get_mut(&shown) else {
                continue;
            };
            screen.planned = false;
            screen.rest = Some(now + PACE);
            // What a clan shows depends on who sees it, so that is asked in nobody's name; for others one look serves all.
            let viewer = match shown {
                Shown::Clan(_) => String::new(),
                _ => screen.by.keys().next().cloned().unwrap_or_default(),
            };
            self.looking += 1;
            outs.push(self.look(shown.contact(), &viewer, Asked::Update(shown)));
        }
        outs
    }

    /// The writer has said how things stand.
    pub fn answered(&mut self, asked: &Asked, answer: &Answer, now: Instant) -> Vec<Out> {
        let status = match answer {
            Answer::Seen(Seen::Status(status)) => Some(status),
            _ => None,
        };
        match asked {
            Asked::Subscribe(contact, bare) => match status {
                Some(status) if !status.gone => self.subscribed(*contact, bare, status),
                _ => vec![reply(&self.address(*contact), bare, "unsubscribed")],
            },
            Asked::Probe(contact, to) => match status {
                Some(status) => vec![self.available(*contact, to, &status.text, status)],
                None => Vec::new(),
            },
            Asked::Update(shown) => {
                self.looking = self.looking.saturating_sub(1);
                let mut outs = match (status, answer) {
                    (Some(status), _) => self.show(shown, status),
                    (None, Answer::Nothing) => self.forget(shown),
                    (None, _) => {
                        self.plan(shown, now);
                        Vec::new()
                    }
                };
                outs.extend(self.tick(now));
                outs
            }
        }
    }
}

impl Shown {
    fn contact(&self) -> Contact {
        match self {
            Shown::Referee(_) => Contact::Referee,
            Shown::Match(id) => Contact::Match(*id),
            Shown::Clan(tag) => Contact::Clan(*tag),
        }
    }

    fn of(contact: Contact, bare: &str) -> Shown {
        match contact {
            Contact::Referee => Shown::Referee(bare.to_owned()),
            Contact::Match(id) => Shown::Match(id),
            Contact::Clan(tag) => Shown::Clan(tag),
        }
    }
}

impl Presence {
    fn address(&self, contact: Contact) -> String {
        match contact {
            Contact::Referee => format!("{CONTACT}@{}", self.domain),
            Contact::Match(id) => format!("{id}@{}", self.domain),
            Contact::Clan(tag) => format!("clan-{tag}@{}", self.domain),
        }
    }

    fn look(&self, contact: Contact, viewer: &str, asked: Asked) -> Out {
        let place = match contact {
            Contact::Referee => Place::Contact,
            Contact::Match(id) => Place::Match(id),
            Contact::Clan(tag) => Place::Clan(tag),
        };
        let look = Look {
            bare: viewer.to_owned(),
            place,
            at: Sight::Status,
        };
        Out::Call(Call::Look(look), Some(Then::Presence(asked)))
    }

    fn plan(&mut self, shown: &Shown, now: Instant) {
        let Some(screen) = self.screens.get_mut(shown).filter(|screen| !screen.planned) else {
            return;
        };
        screen.planned = true;
        self.agenda
            .insert((screen.rest.map_or(now, |rest| rest.max(now)), shown.clone()));
    }

    fn available(&self, contact: Contact, to: &str, text: &str, status: &Status) -> Out {
        let line = (!text.is_empty()).then(|| leaf("status", ns::DEFAULT_NS, text));
        let face = match contact {
            Contact::Referee => self.face.as_slice(),
            Contact::Match(_) => &[],
            Contact::Clan(_) => std::slice::from_ref(&self.picture),
        };
        let nick = status.nick.as_deref().map(|nick| leaf("nick", NICK, nick));
        let presence = presence(&self.address(contact), to, None)
            .append_all(line)
            .append_all(nick)
            .append_all(face.iter().cloned());
        Out::Send(presence.build())
    }

    fn subscribed(&mut self, contact: Contact, bare: &str, status: &Status) -> Vec<Out> {
        let from = self.address(contact);
        let known = self.regulars.get(bare).known;
        let mut outs = match known && self.contacts >= MAX_CONTACTS {
            true => self.make_room(),
            false => Vec::new(),
        };
        outs.push(reply(&from, bare, "subscribed"));
        outs.push(self.available(contact, bare, &status.text, status));
        if self.add(contact, bare, known) {
            if status.asks_back {
                // To know when somebody who plays is not there, and who of a clan is on.
                outs.push(reply(&from, bare, "subscribe"));
            }
            outs.push(Out::Call(
                Call::News(News::Subscribed(bare.to_owned(), contact)),
                None,
            ));
        }
        self.remember(&Shown::of(contact, bare), bare, &status.text);
        outs
    }

    fn remember(&mut self, shown: &Shown, bare: &str, text: &str) {
        let screen = self.screens.get_mut(shown);
        if let Some(last) = screen.and_then(|screen| screen.by.get_mut(bare)) {
            *last = Some(text.into());
        }
    }

    /// Shows a text to everybody who has not seen it. A match that is gone shows its last one, and then leaves.
    fn show(&mut self, shown: &Shown, status: &Status) -> Vec<Out> {
        let Some(screen) = self.screens.get_mut(shown) else {
            return Vec::new();
        };
        let outside: Arc<str> = status.text.as_str().into();
        let inside = status.inside.as_ref();
        let inside = inside.map(|(those, text)| (those, Arc::<str>::from(text.as_str())));
        let mut fresh = Vec::new();
        for (bare, last) in &mut screen.by {
            let text = match &inside {
                Some((those, text)) if those.contains(bare) => text,
                _ => &outside,
            };
            if last.as_ref() != Some(text) {
                *last = Some(text.clone());
                fresh.push((bare.clone(), text.clone()));
            }
        }
        let contact = shown.contact();
        let mut outs: Vec<Out> = fresh
            .iter()
            .map(|(bare, text)| self.available(contact, bare, text, status))
            .collect();
        if status.gone {
            outs.extend(self.forget(shown));
        }
        outs
    }

    /// There is no such contact any more.
    fn forget(&mut self, shown: &Shown) -> Vec<Out> {
        let contact = shown.contact();
        let from = self.address(contact);
        let viewers = self
            .screens
            .get(shown)
            .map(|screen| screen.by.keys().cloned().collect::<Vec<_>>())
            .unwrap_or_default();
        let mut outs = Vec::new();
        for bare in viewers {
            self.remove(contact, &bare);
            outs.push(reply(&from, &bare, "unavailable"));
            outs.push(reply(&from, &bare, "unsubscribed"));
            outs.push(Out::Call(
                Call::News(News::Unsubscribed(bare, contact)),
                None,
            ));
        }
        outs
    }

    /// Somebody was forgotten: nothing of ours stays in their contact list, and they are shown nothing more.
    pub fn part(&mut self, bare: &str) -> Vec<Out> {
        let theirs = self
            .screens
            .iter()
            .filter(|(_, screen)| screen.by.contains_key(bare));
        let contacts: Vec<Contact> = theirs.map(|(shown, _)| shown.contact()).collect();
        let mut outs = Vec::new();
        for contact in contacts {
            self.remove(contact, bare);
            let from = self.address(contact);
            let kinds = ["unavailable", "unsubscribe", "unsubscribed"];
            outs.extend(kinds.map(|kind| reply(&from, bare, kind)));
        }
        outs
    }

    fn knows(&self, contact: Contact, bare: &str) -> bool {
        self.screens
            .get(&Shown::of(contact, bare))
            .is_some_and(|screen| screen.by.contains_key(bare))
    }

    fn has_place(&self, contact: Contact, from: &Address) -> bool {
        let of = |counts: &BTreeMap<String, u32>, key: &str| counts.get(key).copied().unwrap_or(0);
        if self.knows(contact, &from.bare) {
            return true;
        }
        let domain = registered(&from.domain);
        let home = is_home(&from.domain, &self.domain);
        let fits = match self.regulars.get(&from.bare).known {
            true => self.contacts < MAX_CONTACTS || self.strangers.len > 0,
            false => {
                self.contacts < MAX_CONTACTS
                    && self.strangers.len < MAX_STRANGERS
                    && (home || self.strangers.of(domain) < MAX_STRANGERS_OF_DOMAIN)
            }
        };
        fits && of(&self.of_person, &from.bare) < MAX_OF_PERSON
            && (home || of(&self.of_domain, domain) < MAX_OF_DOMAIN)
    }

    /// Somebody whom the referee knows takes the place of a stranger, of the domain that has the most of them.
    fn make_room(&mut self) -> Vec<Out> {
        let Some((contact, bare)) = self.strangers.first() else {
            return Vec::new();
        };
        self.remove(contact, &bare);
        let from = self.address(contact);
        let kinds = ["unavailable", "unsubscribed"];
        let parted = kinds.map(|kind| reply(&from, &bare, kind));
        let told = Out::Call(Call::News(News::Unsubscribed(bare, contact)), None);
        parted.into_iter().chain([told]).collect()
    }

    fn add(&mut self, contact: Contact, bare: &str, known: bool) -> bool {
        let screen = self.screens.entry(Shown::of(contact, bare)).or_default();
        if screen.by.contains_key(bare) {
            return false;
        }
        screen.by.insert(bare.to_owned(), None);
        self.contacts += 1;
        *self.of_person.entry(bare.to_owned()).or_default() += 1;
        *self.of_domain.entry(counted(bare)).or_default() += 1;
        if !known {
            self.strangers.add(contact, bare);
        }
        true
    }

    fn remove(&mut self, contact: Contact, bare: &str) -> bool {
        let shown = Shown::of(contact, bare);
        let Some(screen) = self.screens.get_mut(&shown) else {
            return false;
        };
        if screen.by.remove(bare).is_none() {
            return false;
        }
        if screen.by.is_empty() {
            self.screens.remove(&shown);
        }
        self.contacts -= 1;
        self.strangers.remove(contact, bare);
        uncount(&mut self.of_person, bare);
        uncount(&mut self.of_domain, &counted(bare));
        true
    }
}

fn uncount(counts: &mut BTreeMap<String, u32>, key: &str) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// The registered domain of a bare JID.
fn counted(bare: &str) -> String {
    registered(domain_of(bare)).to_owned()
}

fn presence(from: &str, to: &str, kind: Option<&str>) -> minidom::ElementBuilder {
    el("presence", ns::DEFAULT_NS)
        .attr(attribute("from"), from)
        .attr(attribute("to"), to)
        .attr(attribute("type"), kind)
}

fn reply(from: &str, to: &str, kind: &str) -> Out {
    Out::Send(presence(from, to, Some(kind)).build())
}

#[cfg(test)]
mod tests;
