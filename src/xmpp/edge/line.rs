//! What waits to be written on one connection, in order, and how much of it is for whom.
//!
//! Nothing that was decided is ever held back here. The bounds are for what comes in: whoever does not take what they are
//! told is told no more, by asking them to wait ([`Left::Little`]) and, when even that does not go out, by not reading what
//! they ask ([`Left::Nothing`]). Before that, others have their share: of the whole, of each domain, of each person.

use std::collections::{BTreeMap, VecDeque};

use minidom::Element;

use super::gate::Asker;
use crate::commands::{domain_of, registered};
use crate::xmpp::link::{Gone, Outlet};
use crate::xmpp::stanza::weigh;

/// Bytes of answers and news that wait for one person before they are asked to wait.
pub const MAX_OF_PERSON: usize = 1024 * 1024;
/// The same of one registered domain.
pub const MAX_OF_DOMAIN: usize = 16 * 1024 * 1024;
/// The same of everybody. Strangers have the first half of it, those who do not play the first three quarters.
pub const MAX_OF_ALL: usize = 64 * 1024 * 1024;
/// Bytes beyond any of these bounds that are left for saying so.
const MARGIN: usize = 1024 * 1024;

/// How much may still be said to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Whatever they ask for.
    Enough,
    /// That they have to wait.
    Little,
    /// Nothing: the connection does not take it.
    Nothing,
}

#[derive(Debug)]
enum Errand {
    Send(Element, Share),
    Ping(u64),
}

/// What one stanza takes up, and of whose share.
#[derive(Debug)]
struct Share {
    bytes: usize,
    person: String,
    domain: String,
}

/// The way out of one connection, with a queue that never makes the edge wait.
#[derive(Debug)]
pub struct Line {
    outlet: Outlet,
    errands: VecDeque<Errand>,
    /// Bytes that wait: in all, by registered domain, by bare JID.
    bytes: usize,
    of_domain: BTreeMap<String, usize>,
    of_person: BTreeMap<String, usize>,
}

impl Line {
    /// Nothing waits yet.
    pub fn new(outlet: Outlet) -> Line {
        Line {
            outlet,
            errands: VecDeque::new(),
            bytes: 0,
            of_domain: BTreeMap::new(),
            of_person: BTreeMap::new(),
        }
    }

    /// Queues a stanza.
    pub fn send(&mut self, stanza: Element) {
        // While the link takes what it is given, nothing has to be counted.
        let stanza = match self.errands.is_empty() {
            true => match self.outlet.offer(stanza) {
                Ok(()) => return,
                Err(stanza) => stanza,
            },
            false => stanza,
        };
        let to = stanza.attr("to").unwrap_or_default();
        let person = to.split('/').next().unwrap_or_default().to_owned();
        let domain = registered(domain_of(&person)).to_owned();
        let bytes = weigh(&stanza);
        self.bytes += bytes;
        *self.of_person.entry(person.clone()).or_default() += bytes;
        *self.of_domain.entry(domain.clone()).or_default() += bytes;
        let share = Share {
            bytes,
            person,
            domain,
        };
        self.errands.push_back(Errand::Send(stanza, share));
    }

    /// Queues a ping whose pong confirms what was queued before it.
    pub fn ping(&mut self, token: u64) {
        self.errands.push_back(Errand::Ping(token));
        self.flush();
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How much may still be said to whoever asks.
    pub fn left(&self, asker: &Asker) -> Left {
        let of = |counts: &BTreeMap<String, usize>, name: &str| counts.get(name).copied();
        let all = match (asker.is_stranger(), asker.plays()) {
            (true, _) => MAX_OF_ALL / 2,
            (false, false) => MAX_OF_ALL / 4 * 3,
            (false, true) => MAX_OF_ALL,
        };
        let person = of(&self.of_person, &asker.bare).unwrap_or_default();
        let domain = of(&self.of_domain, &asker.domain).unwrap_or_default();
        // The referee's own server may have everybody there is.
        let of_domain = match asker.is_home() {
            true => all,
            false => MAX_OF_DOMAIN,
        };
        let bounds = [
            (self.bytes, all),
            (domain, of_domain),
            (person, MAX_OF_PERSON),
        ];
        if bounds.iter().all(|(bytes, most)| bytes < most) {
            Left::Enough
        } else if bounds.iter().all(|(bytes, most)| *bytes < most + MARGIN) {
            Left::Little
        } else {
            Left::Nothing
        }
    }

    /// Gives the link as much as it takes without waiting.
    pub fn flush(&mut self) {
        while let Some(errand) = self.errands.pop_front() {
            let back = match errand {
                Errand::Send(stanza, share) => match self.outlet.offer(stanza) {
                    Ok(()) => {
                        self.went(&share);
                        continue;
                    }
                    Err(stanza) => Errand::Send(stanza, share),
                },
                Errand::Ping(token) if self.outlet.offer_ping(token) => continue,
                ping @ Errand::Ping(_) => ping,
            };
            self.errands.push_front(back);
            break;
        }
    }

    /// Waits until [`Line::flush`] can give the link the first errand, or for ever when there is none. May be dropped.
    pub async fn wait(&self) -> Result<(), Gone> {
        match self.errands.front() {
            Some(Errand::Send(stanza, _)) => self.outlet.ready(weigh(stanza)).await,
            Some(Errand::Ping(_)) => self.outlet.ready(0).await,
            None => std::future::pending().await,
        }
    }

    /// Gives the link everything, and waits for it.
    pub async fn finish(&mut self) -> Result<(), Gone> {
        self.flush();
        while !self.errands.is_empty() {
            self.wait().await?;
            self.flush();
        }
        Ok(())
    }

    fn went(&mut self, share: &Share) {
        self.bytes -= share.bytes;
        uncount(&mut self.of_person, &share.person, share.bytes);
        uncount(&mut self.of_domain, &share.domain, share.bytes);
    }
}

fn uncount(counts: &mut BTreeMap<String, usize>, name: &str, bytes: usize) {
    if let Some(count) = counts.get_mut(name) {
        *count -= bytes;
        if *count == 0 {
            counts.remove(name);
        }
    }
}
