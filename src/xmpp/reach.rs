//! Who of the people who play with a short clock can be reached: told by what arrives from them, by what bounces, and by
//! pings (XEP-0199) to the clients that were seen.
//!
//! *Gone* needs the unavailable presence of somebody's last client, or an error: a ping that stays unanswered proves
//! nothing, and somebody of whom nothing is known counts as there. What looks like a loss has to last for
//! [`SETTLE`] before it is told, so that a phone that changes its network is no event. Begin with [`Reach::seen`] and
//! [`Reach::lost`]; `servers` is about servers as a whole.

mod person;
mod servers;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use minidom::Element;
use xmpp_parsers::ns;

use self::person::{Person, Presence};
use self::servers::Server;
use super::muc::condition;
use super::out::{Heard, Out, Question, Then};
use super::stanza::{Address, CONTACT};
use crate::commands::Leave;
use crate::commands::{Call, Clocked, News};
use crate::kit::Span;

/// People looked after at once; beyond it nobody new is, and counts as there.
const MAX_PEOPLE: usize = 10_000;
/// How long somebody is looked after from the last news of a match of theirs with a short clock.
const LOOKED_AFTER: Duration = Duration::from_secs(3 * 3600);
/// Whoever is silent for so long is asked whether they are there.
const QUIET: Duration = Duration::from_secs(15);
/// Not more than one question to a client in this time, however often it is that player's turn.
const PING_PAUSE: Duration = Duration::from_secs(5);
/// How long a loss has to last before anybody is told.
const SETTLE: Duration = Duration::from_secs(10);
/// Pings in one second, to all together.
const PINGS_PER_SECOND: u32 = 50;

/// A question that is out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Is this client there? Bare and full address, and when that was asked.
    Client(String, String, Instant),
    /// Can this server be reached?
    Server(String),
}

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Errand {
    Person(String),
    Server(String),
}

/// Everybody who is looked after.
pub struct Reach {
    from: String,
    people: BTreeMap<String, Person>,
    /// Servers that cannot be reached, or about which there is doubt.
    servers: BTreeMap<String, Server>,
    agenda: BTreeSet<(Instant, Errand)>,
    /// Pings in the second that began then.
    second: Option<(Instant, u32)>,
}

impl Reach {
    /// Nobody is looked after yet.
    pub fn new(domain: &str) -> Reach {
        Reach {
            from: format!("{CONTACT}@{domain}"),
            people: BTreeMap::new(),
            servers: BTreeMap::new(),
            agenda: BTreeSet::new(),
            second: None,
        }
    }

    /// A connection is there, and the journal says who plays. Clients that were seen before are remembered.
    pub fn stand(&mut self, clocked: &[Clocked], now: Instant) -> Vec<Out> {
        let mut known = std::mem::take(&mut self.people);
        self.agenda.clear();
        self.servers.clear();
        let mut outs = Vec::new();
        for one in clocked {
            let old = known.remove(&one.jid);
            if self.people.contains_key(&one.jid) || self.people.len() >= MAX_PEOPLE {
                continue;
            }
            let mut person = old.unwrap_or_default();
            person.asked = None;
            person.until = Some(now + LOOKED_AFTER);
            // Seen before the journal told that their clock waits for that.
            let back = one.away == Some(Leave::Unseen) && person.fresh;
            let away = one.away.filter(|_| !back);
            person.presence = away.map_or(Presence::There, Presence::Gone);
            self.people.insert(one.jid.clone(), person);
            self.plan(&one.jid, now + QUIET);
            match away {
                None if back => outs.push(tell(News::Back(one.jid.clone()))),
                Some(Leave::Server) => {
                    outs.extend(self.doubt_server(domain_of(&one.jid), true, now));
                }
                // Their clock waits for them: whoever never noticed the outage is found at once.
                Some(Leave::Unseen) => self.plan(&one.jid, now),
                _ => {}
            }
        }
        outs.extend(self.tick(now));
        outs
    }

    /// Somebody is told of a match with a short clock: from now on they are looked after. When it is their turn their
    /// client is asked at once, which also measures the lag.
    pub fn expect(&mut self, bare: &str, turn: bool, now: Instant) -> Vec<Out> {
        if self.people.len() >= MAX_PEOPLE && !self.people.contains_key(bare) {
            return Vec::new();
        }
        let person = self.people.entry(bare.to_owned()).or_default();
        let fresh = person.until.is_none();
        person.until = Some(now + LOOKED_AFTER);
        // A match that began while they were away has not heard of it.
        if let Presence::Gone(why) = person.presence {
            return vec![tell(News::Gone(bare.to_owned(), why))];
        }
        let rested = person.asked.is_none_or(|asked| now - asked >= PING_PAUSE);
        if turn && rested {
            self.plan(bare, now);
        } else if fresh {
            self.plan(bare, now + QUIET);
        }
        self.tick(now)
    }

    /// The connection is gone: nobody was seen on the next one.
    pub fn down(&mut self) {
        self.people
            .values_mut()
            .for_each(|person| person.fresh = false);
    }

    /// A client has sent something.
    pub fn seen(&mut self, from: &Address, now: Instant) -> Vec<Out> {
        let mut outs = Vec::new();
        if !self.servers.is_empty() {
            outs.extend(self.server_back(&from.domain, now));
        }
        let Some(person) = self.people.get_mut(&from.bare) else {
            return outs;
        };
        person.heard(&from.full, from.resource().is_some(), now);
        person.fresh = true;
        if let Presence::Gone(_) = std::mem::replace(&mut person.presence, Presence::There) {
            outs.push(tell(News::Back(from.bare.clone())));
        }
        outs
    }

    /// A client is not there any more.
    pub fn lost(&mut self, from: &Address, why: Leave, now: Instant) {
        let Some(person) = self.people.get_mut(&from.bare) else {
            return;
        };
        if person.loses(&from.full) && person.presence == Presence::There {
            person.presence = Presence::Doubt(now, why);
            self.plan(&from.bare, now + SETTLE);
        }
    }

    /// A client may not be there any more: it is asked at once.
    pub fn doubted(&mut self, from: &Address, now: Instant) -> Vec<Out> {
        if !self.people.contains_key(&from.bare) {
            return Vec::new();
        }
        self.plan(&from.bare, now);
        self.tick(now)
    }

    /// Something that was sent to this address came back.
    pub fn bounced(&mut self, from: &Address, stanza: &Element, now: Instant) -> Vec<Out> {
        match condition(stanza).as_deref() {
            Some("remote-server-not-found" | "remote-server-timeout") => {
                let tracked = self.people.contains_key(&from.bare);
                if tracked {
                    self.doubt_server(&from.domain, false, now)
                } else {
                    Vec::new()
                }
            }
            Some("recipient-unavailable" | "gone") => {
                self.lost(from, Leave::Network, now);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// A ping was answered, or came back, or neither.
    pub fn heard(&mut self, asked: Asked, heard: &Heard, now: Instant) -> Vec<Out> {
        let (bare, full, sent) = match asked {
            Asked::Client(bare, full, sent) => (bare, full, sent),
            Asked::Server(domain) => return self.server_heard(&domain, heard, now),
        };
        let Some(address) = Address::read(&full).filter(|address| address.bare == bare) else {
            return Vec::new();
        };
        match heard {
            Heard::Result(_) => {
                let outs = self.seen(&address, now);
                if let Some(person) = self.people.get_mut(&bare) {
                    person.answered(&full, now - sent);
                }
                outs
            }
            Heard::Error(iq) => match condition(iq).as_deref() {
                // The same answer comes from a client that knows no ping, unless it has answered one before.
                Some("service-unavailable" | "item-not-found") => {
                    let person = self.people.get(&bare);
                    if person.is_some_and(|person| person.has_answered(&full)) {
                        self.lost(&address, Leave::Network, now);
                    }
                    Vec::new()
                }
                Some("feature-not-implemented") => self.seen(&address, now),
                _ => self.bounced(&address, iq, now),
            },
            Heard::Silence => Vec::new(),
        }
    }

    /// The lag of a client: the least that was measured lately.
    pub fn lag(&self, bare: &str, full: &str) -> Option<Span> {
        let least = self.people.get(bare)?.lag(full)?;
        Some(Span(i64::try_from(least.as_millis()).ok()?))
    }

    /// When [`Reach::tick`] is next needed.
    pub fn next_wake(&self) -> Option<Instant> {
        self.agenda.first().map(|(at, _)| *at)
    }

    /// Sees to what is due.
    pub fn tick(&mut self, now: Instant) -> Vec<Out> {
        let mut outs = Vec::new();
        while self.agenda.first().is_some_and(|(at, _)| *at <= now) {
            match self.agenda.pop_first() {
                Some((_, Errand::Person(bare))) => outs.extend(self.attend(&bare, now)),
                Some((_, Errand::Server(domain))) => outs.extend(self.probe(&domain, now)),
                None => break,
            }
        }
        outs
    }

    fn attend(&mut self, bare: &str, now: Instant) -> Option<Out> {
        let person = self.people.get_mut(bare)?;
        person.planned = None;
        if person.until.is_none_or(|until| until <= now) {
            self.people.remove(bare);
            return None;
        }
        match person.presence {
            Presence::Doubt(since, why) if since + SETTLE <= now => {
                person.presence = Presence::Gone(why);
                self.plan(bare, now + QUIET);
                Some(tell(News::Gone(bare.to_owned(), why)))
            }
            Presence::Doubt(since, _) => {
                self.plan(bare, since + SETTLE);
                None
            }
            Presence::There | Presence::Gone(_) => self.ping(bare, now),
        }
    }

    /// Asks the client that was heard of last whether it is there.
    fn ping(&mut self, bare: &str, now: Instant) -> Option<Out> {
        let full = self.people.get(bare)?.client()?.to_owned();
        if !self.may_ping(now) {
            self.plan(bare, now + Duration::from_secs(1));
            return None;
        }
        self.people.get_mut(bare)?.asked = Some(now);
        self.plan(bare, now + QUIET);
        let asked = Asked::Client(bare.to_owned(), full.clone(), now);
        Some(self.question(full, asked))
    }

    fn question(&self, to: String, asked: Asked) -> Out {
        Out::Ask(Question {
            from: self.from.clone(),
            to,
            set: false,
            payload: Element::bare("ping", ns::PING),
            then: Then::Reach(asked),
        })
    }

    fn may_ping(&mut self, now: Instant) -> bool {
        let (since, count) = match self.second {
            Some((since, count)) if now - since < Duration::from_secs(1) => (since, count),
            _ => (now, 0),
        };
        self.second = Some((since, count + 1));
        count < PINGS_PER_SECOND
    }

    /// Sees to somebody at this time, and not at another.
    fn plan(&mut self, bare: &str, at: Instant) {
        let Some(person) = self.people.get_mut(bare) else {
            return;
        };
        let errand = Errand::Person(bare.to_owned());
        if let Some(old) = person.planned.replace(at) {
            self.agenda.remove(&(old, errand.clone()));
        }
        self.agenda.insert((at, errand));
    }
}

fn tell(news: News) -> Out {
    Out::Call(Call::News(news), None)
}

fn domain_of(bare: &str) -> &str {
    bare.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
