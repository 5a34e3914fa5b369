//! What waits to be written on one connection, and how much of it is for whom.
//!
//! What is for one address keeps its order. Registered domains take turns, and within a domain its addresses, so that
//! nobody's answer stands behind what somebody else asked for. A ping goes after all that was queued before it.
//!
//! Nothing that was decided is ever held back here. The bounds are for what comes in: whoever does not take what they are
//! told is told no more, by asking them to wait ([`Left::Little`]) and, when even that does not go out, by not reading what
//! they ask ([`Left::Nothing`]). Before that, others have their share: of the whole, of each domain, of each person.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use minidom::Element;

use super::gate::Asker;
use crate::commands::{domain_of, registered};
use crate::xmpp::link::{Gone, Outlet};
use crate::xmpp::stanza::weigh;

/// Bytes of answers and news that wait for one person before they are asked to wait. In memory a stanza takes up about five
/// times as much.
pub const MAX_OF_PERSON: usize = 256 * 1024;
/// The same of one registered domain.
pub const MAX_OF_DOMAIN: usize = 8 * 1024 * 1024;
/// The same of everybody. Strangers have the first half of it, those who do not play the first three quarters.
pub const MAX_OF_ALL: usize = 24 * 1024 * 1024;
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

/// A stanza that waits.
#[derive(Debug)]
struct Waiting {
    /// Its number, in the order in which stanzas came.
    n: u64,
    bytes: usize,
    stanza: Element,
}

/// What waits for one address, in order.
#[derive(Debug, Default)]
struct Person {
    stanzas: VecDeque<Waiting>,
    bytes: usize,
}

/// What waits for one registered domain.
#[derive(Debug, Default)]
struct House {
    people: BTreeMap<String, Person>,
    /// Whose turn it is; everybody once for whom something waits.
    round: VecDeque<String>,
    bytes: usize,
}

/// The way out of one connection, with a queue that never makes the edge wait.
#[derive(Debug)]
pub struct Line {
    outlet: Outlet,
    houses: BTreeMap<String, House>,
    /// Whose turn it is; every domain once for which something waits.
    round: VecDeque<String>,
    bytes: usize,
    /// The number of the next stanza, and those of all that wait.
    next: u64,
    numbers: BTreeSet<u64>,
    /// Pings, each with the number that the next stanza had then.
    pings: VecDeque<(u64, u64)>,
}

impl Line {
    /// Nothing waits yet.
    pub fn new(outlet: Outlet) -> Line {
        Line {
            outlet,
            houses: BTreeMap::new(),
            round: VecDeque::new(),
            bytes: 0,
            next: 0,
            numbers: BTreeSet::new(),
            pings: VecDeque::new(),
        }
    }

    /// Queues a stanza.
    pub fn send(&mut self, stanza: Element) {
        // While the link takes what it is given, nothing has to be counted.
        let stanza = match self.is_empty() {
            true => match self.outlet.offer(stanza) {
                Ok(()) => return,
                Err(stanza) => stanza,
            },
            false => stanza,
        };
        let to = stanza.attr("to").unwrap_or_default();
        let bare = to.split('/').next().unwrap_or_default().to_owned();
        let domain = registered(domain_of(&bare)).to_owned();
        let bytes = weigh(&stanza);
        let n = self.next;
        self.next += 1;
        self.numbers.insert(n);
        self.bytes += bytes;
        let house = self.houses.entry(domain.clone()).or_default();
        if house.round.is_empty() {
            self.round.push_back(domain);
        }
        house.bytes += bytes;
        let person = house.people.entry(bare.clone()).or_default();
        if person.stanzas.is_empty() {
            house.round.push_back(bare);
        }
        person.bytes += bytes;
        person.stanzas.push_back(Waiting { n, bytes, stanza });
    }

    /// Queues a ping whose pong confirms what was queued before it.
    pub fn ping(&mut self, token: u64) {
        self.pings.push_back((self.next, token));
        self.flush();
    }

    fn is_empty(&self) -> bool {
        self.round.is_empty() && self.pings.is_empty()
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How much may still be said to whoever asks.
    pub fn left(&self, asker: &Asker) -> Left {
        let all = match (asker.is_stranger(), asker.plays()) {
            (true, _) => MAX_OF_ALL / 2,
            (false, false) => MAX_OF_ALL / 4 * 3,
            (false, true) => MAX_OF_ALL,
        };
        let house = self.houses.get(&asker.domain);
        let person = house.and_then(|house| house.people.get(&asker.bare));
        // The referee's own server may have everybody there is.
        let of_domain = match asker.is_home() {
            true => all,
            false => MAX_OF_DOMAIN,
        };
        let bounds = [
            (self.bytes, all),
            (house.map_or(0, |house| house.bytes), of_domain),
            (person.map_or(0, |person| person.bytes), MAX_OF_PERSON),
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
        loop {
            if let Some(token) = self.due_ping() {
                if !self.outlet.offer_ping(token) {
                    break;
                }
                self.pings.pop_front();
            } else if let Some(Waiting { n, bytes, stanza }) = self.take() {
                if let Err(stanza) = self.outlet.offer(stanza) {
                    self.put_back(Waiting { n, bytes, stanza });
                    break;
                }
                self.numbers.remove(&n);
                self.turn(bytes);
            } else {
                break;
            }
        }
    }

    /// The first ping, when nothing that was queued before it waits any more.
    fn due_ping(&self) -> Option<u64> {
        let (before, token) = *self.pings.front()?;
        let waits = self.numbers.first().is_some_and(|n| *n < before);
        (!waits).then_some(token)
    }

    fn first(&mut self) -> Option<&mut Person> {
        let house = self.houses.get_mut(self.round.front()?)?;
        house.people.get_mut(house.round.front()?)
    }

    /// Takes out whatever comes next, and leaves the rounds as they are.
    fn take(&mut self) -> Option<Waiting> {
        self.first()?.stanzas.pop_front()
    }

    fn put_back(&mut self, waiting: Waiting) {
        if let Some(person) = self.first() {
            person.stanzas.push_front(waiting);
        }
    }

    /// What was taken out has gone: the next domain has its turn, and here the next address.
    fn turn(&mut self, bytes: usize) {
        self.bytes -= bytes;
        let Some(domain) = self.round.pop_front() else {
            return;
        };
        let Some(house) = self.houses.get_mut(&domain) else {
            return;
        };
        house.bytes -= bytes;
        if let Some(bare) = house.round.pop_front()
            && let Some(person) = house.people.get_mut(&bare)
        {
            person.bytes -= bytes;
            match person.stanzas.is_empty() {
                true => drop(house.people.remove(&bare)),
                false => house.round.push_back(bare),
            }
        }
        match house.round.is_empty() {
            true => drop(self.houses.remove(&domain)),
            false => self.round.push_back(domain),
        }
    }

    /// Waits until [`Line::flush`] can give the link what comes next, or for ever when there is nothing. May be dropped.
    pub async fn wait(&self) -> Result<(), Gone> {
        let house = self
            .round
            .front()
            .and_then(|domain| self.houses.get(domain));
        let person = house.and_then(|house| house.people.get(house.round.front()?));
        let first = person.and_then(|person| person.stanzas.front());
        match (self.due_ping(), first) {
            (Some(_), _) => self.outlet.ready(0).await,
            (None, Some(first)) => self.outlet.ready(first.bytes).await,
            (None, None) => std::future::pending().await,
        }
    }

    /// Gives the link everything, and waits for it.
    pub async fn finish(&mut self) -> Result<(), Gone> {
        self.flush();
        while !self.is_empty() {
            self.wait().await?;
            self.flush();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::link::{MAX_ORDERED, Order};
    use tokio::sync::mpsc;

    const BIG: usize = 20_000;

    fn stanza(to: &str, n: usize, bytes: usize) -> Element {
        let body = "x".repeat(bytes);
        format!("<message xmlns='jabber:component:accept' to='{to}' id='{n}'><body>{body}</body></message>")
            .parse()
            .unwrap()
    }

    /// What the link is given, in order: whom a stanza is for and its id, or `ping`.
    fn given(line: &mut Line, orders: &mut mpsc::Receiver<Order>) -> Vec<(String, usize)> {
        let mut all = Vec::new();
        loop {
            line.flush();
            match orders.try_recv() {
                Ok(Order::Send(stanza, _)) => {
                    let id = stanza.attr("id").unwrap().parse().unwrap();
                    all.push((stanza.attr("to").unwrap().to_owned(), id));
                }
                Ok(Order::Ping(token)) => all.push(("ping".to_owned(), token as usize)),
                Err(_) => return all,
            }
        }
    }

    #[test]
    fn an_answer_does_not_stand_behind_what_others_asked_for() {
        let (outlet, mut orders) = Outlet::alone();
        let mut line = Line::new(outlet);
        let flood = 10 * MAX_ORDERED / BIG;
        for n in 0..flood {
            line.send(stanza("bot@evil.org/x", n, BIG));
            line.send(stanza("eve@example.org/x", n, BIG));
        }
        line.send(stanza("alice@example.org/phone", 0, 10));
        line.send(stanza("alice@example.org/phone", 1, 10));
        let all = given(&mut line, &mut orders);
        assert_eq!(all.len(), 2 * flood + 2);
        let at = |who: &str, id: usize| {
            all.iter()
                .position(|(to, n)| to.starts_with(who) && *n == id)
        };
        let in_front = MAX_ORDERED / BIG;
        assert!(at("alice", 0).unwrap() <= in_front + 4, "{all:?}");
        assert!(at("alice", 1).unwrap() <= in_front + 8, "{all:?}");
        for who in ["alice", "bot", "eve"] {
            let theirs = all
                .iter()
                .filter(|(to, _)| to.starts_with(who))
                .map(|(_, n)| *n);
            assert!(theirs.is_sorted(), "{who} is told in order");
        }
        assert!(line.is_empty() && line.bytes() == 0 && line.houses.is_empty());
    }

    #[test]
    fn a_ping_goes_after_all_that_was_queued_before_it() {
        let (outlet, mut orders) = Outlet::alone();
        let mut line = Line::new(outlet);
        for n in 0..40 {
            line.send(stanza(&format!("u{}@example.org", n % 3), n, BIG));
        }
        line.ping(7);
        line.send(stanza("alice@quiet.net", 100, 10));
        line.ping(8);
        let all = given(&mut line, &mut orders);
        let ping = |token| {
            all.iter()
                .position(|one| *one == ("ping".to_owned(), token))
                .unwrap()
        };
        let before: Vec<usize> = all[..ping(7)]
            .iter()
            .map(|(_, n)| *n)
            .filter(|n| *n < 40)
            .collect();
        assert_eq!(before.len(), 40, "{all:?}");
        assert!(
            all[..ping(7)].iter().any(|(to, _)| to == "alice@quiet.net"),
            "she need not wait for it"
        );
        assert!(ping(7) < ping(8));
    }
}
