//! Who is on: the presence that people let us see, client by client, told to the writer when it changes for a person.
//!
//! Only people who have an address of ours in the contact list are followed; after a break their servers are asked (probe)
//! a few at a time. Nothing here is kept. Begin reading with [`Roll::presence`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use minidom::Element;
use xmpp_parsers::ns;

use super::out::{Out, Then};
use super::stanza::{CONTACT, Head, attribute, el, place_of};
use crate::commands::{Call, News, Place};
use crate::engine::Here;

/// Clients of one person that are followed.
const MAX_CLIENTS: usize = 8;
/// People who are followed at once.
const MAX_PEOPLE: usize = 100_000;
/// The writer is told of one person at most once in this time.
const PACE: Duration = Duration::from_secs(2);
/// Servers are asked after a break so many people at once, once in [`PROBE_PAUSE`].
const PROBES: usize = 50;
const PROBE_PAUSE: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Person {
    clients: BTreeMap<String, Here>,
    /// What the writer was told last.
    told: Option<Here>,
    /// No news before this.
    rest: Option<Instant>,
    planned: bool,
}

impl Person {
    fn here(&self) -> Option<Here> {
        self.clients.values().copied().max()
    }
}

/// Everybody whose presence we see.
pub struct Roll {
    from: String,
    people: BTreeMap<String, Person>,
    agenda: BTreeSet<(Instant, String)>,
    probes: VecDeque<String>,
    probe_at: Option<Instant>,
}

impl Roll {
    /// Nobody is known to be on.
    pub fn new(domain: &str) -> Roll {
        Roll {
            from: format!("{CONTACT}@{domain}"),
            people: BTreeMap::new(),
            agenda: BTreeSet::new(),
            probes: VecDeque::new(),
            probe_at: None,
        }
    }

    /// A connection is there: asks the servers of these people how they are.
    pub fn stand(&mut self, people: impl Iterator<Item = String>, now: Instant) {
        self.down();
        let once: BTreeSet<String> = people.take(MAX_PEOPLE).collect();
        self.probes.extend(once);
        self.probe_at = (!self.probes.is_empty()).then_some(now);
    }

    /// The connection is gone, and with it what was known; the writer forgets by itself.
    pub fn down(&mut self) {
        self.people.clear();
        self.agenda.clear();
        self.probes.clear();
        self.probe_at = None;
    }

    /// A presence to an address that people have as a contact. Resources of ours are for MUG clients, whose presence says
    /// nothing about the rest of the world.
    pub fn presence(&mut self, stanza: &Element, head: &Head, now: Instant) -> Vec<Out> {
        let contact = matches!(place_of(&head.to), Some(Place::Contact | Place::Clan(_)));
        if !contact || head.to.resource().is_some() || head.from.local.is_none() {
            return Vec::new();
        }
        match (head.kind.as_deref(), head.from.resource()) {
            (None, Some(client)) => {
                let here = how(stanza);
                self.sees(&head.from.bare, client, here);
            }
            (Some("unavailable"), Some(client)) => {
                if let Some(person) = self.people.get_mut(&head.from.bare) {
                    person.clients.remove(client);
                }
            }
            // A server says of somebody who is off, or who does not let us see it, that there is nobody.
            (Some("unavailable" | "unsubscribed"), None) => {
                if let Some(person) = self.people.get_mut(&head.from.bare) {
                    person.clients.clear();
                }
            }
            _ => return Vec::new(),
        }
        self.plan(&head.from.bare, now);
        self.tick(now)
    }

    /// Somebody is no contact any more.
    pub fn forget(&mut self, bare: &str, now: Instant) -> Vec<Out> {
        if let Some(person) = self.people.get_mut(bare) {
            person.clients.clear();
            self.plan(bare, now);
        }
        self.tick(now)
    }

    /// When [`Roll::tick`] is next needed.
    pub fn next_wake(&self) -> Option<Instant> {
        let first = self.agenda.first().map(|(at, _)| *at);
        first.into_iter().chain(self.probe_at).min()
    }

    /// Tells the writer what is due, and asks some servers more.
    pub fn tick(&mut self, now: Instant) -> Vec<Out> {
        let mut outs = Vec::new();
        while self.agenda.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, bare)) = self.agenda.pop_first() else {
                break;
            };
            outs.extend(self.tell(bare, now));
        }
        if self.probe_at.is_some_and(|at| at <= now) {
            let some = self.probes.len().min(PROBES);
            let probe = |bare: String| {
                let probe = el("presence", ns::DEFAULT_NS)
                    .attr(attribute("from"), self.from.as_str())
                    .attr(attribute("to"), bare)
                    .attr(attribute("type"), "probe");
                Out::Send(probe.build())
            };
            outs.extend(self.probes.drain(..some).map(probe));
            self.probe_at = (!self.probes.is_empty()).then_some(now + PROBE_PAUSE);
        }
        outs
    }

    fn sees(&mut self, bare: &str, client: &str, here: Here) {
        if self.people.len() >= MAX_PEOPLE && !self.people.contains_key(bare) {
            return;
        }
        let person = self.people.entry(bare.to_owned()).or_default();
        if person.clients.len() < MAX_CLIENTS || person.clients.contains_key(client) {
            person.clients.insert(client.to_owned(), here);
        }
    }

    fn plan(&mut self, bare: &str, now: Instant) {
        let Some(person) = self.people.get_mut(bare) else {
            return;
        };
        if person.here() == person.told || person.planned {
            return;
        }
        person.planned = true;
        let at = person.rest.map_or(now, |rest| rest.max(now));
        self.agenda.insert((at, bare.to_owned()));
    }

    fn tell(&mut self, bare: String, now: Instant) -> Option<Out> {
        let person = self.people.get_mut(&bare)?;
        person.planned = false;
        let here = person.here();
        let changed = std::mem::replace(&mut person.told, here) != here;
        person.rest = Some(now + PACE);
        if person.clients.is_empty() {
            self.people.remove(&bare);
        }
        let news = Call::News(News::Here(bare, here));
        changed.then_some(Out::Call(news, Some(Then::Roll)))
    }
}

/// What a client says of its user; an unknown word counts as nothing said.
fn how(presence: &Element) -> Here {
    let show = presence.get_child("show", ns::DEFAULT_NS);
    match show.map(|show| show.text()).as_deref().map(str::trim) {
        Some("away" | "xa" | "dnd") => Here::Away,
        _ => Here::On,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A presence of a client to an address of ours, and what the writer is told.
    fn heard(roll: &mut Roll, from: &str, to: &str, inner: &str, now: Instant) -> Vec<String> {
        let (kind, inner) = inner.split_once('|').unwrap_or(("", inner));
        let kind = if kind.is_empty() {
            String::new()
        } else {
            format!("type='{kind}'")
        };
        let text = format!(
            "<presence xmlns='jabber:component:accept' {kind} from='{from}' to='{to}'>{inner}</presence>"
        );
        let stanza: Element = text.parse().expect("a presence");
        let head = Head::read(&stanza).expect("addresses");
        told(&roll.presence(&stanza, &head, now))
    }

    fn told(outs: &[Out]) -> Vec<String> {
        let one = |out: &Out| match out {
            Out::Call(Call::News(News::Here(bare, here)), Some(Then::Roll)) => {
                format!("{bare} {here:?}")
            }
            Out::Send(stanza) => format!("{:?} {:?}", stanza.attr("type"), stanza.attr("to")),
            other => panic!("{other:?}"),
        };
        outs.iter().map(one).collect()
    }

    #[test]
    fn a_person_is_as_present_as_the_most_present_client() {
        let (mut roll, now) = (Roll::new("r"), Instant::now());
        let (phone, desk) = ("a@x/phone", "a@x/desk");
        assert_eq!(
            heard(&mut roll, phone, "referee@r", "", now),
            ["a@x Some(On)"]
        );
        let away = "<show>away</show>";
        assert!(heard(&mut roll, desk, "clan-wolves@r", away, now + PACE).is_empty());
        let left = heard(
            &mut roll,
            phone,
            "referee@r",
            "unavailable|",
            now + 2 * PACE,
        );
        assert_eq!(left, ["a@x Some(Away)"]);
        let left = heard(&mut roll, desk, "referee@r", "unavailable|", now + 4 * PACE);
        assert_eq!(left, ["a@x None"]);
        assert!(roll.people.is_empty() && roll.next_wake().is_none());
    }

    #[test]
    fn somebody_who_flickers_is_told_of_seldom() {
        let (mut roll, now) = (Roll::new("r"), Instant::now());
        let client = "a@x/phone";
        assert_eq!(heard(&mut roll, client, "referee@r", "", now).len(), 1);
        for _ in 0..10 {
            assert!(heard(&mut roll, client, "referee@r", "unavailable|", now).is_empty());
            assert!(heard(&mut roll, client, "referee@r", "", now).is_empty());
        }
        assert!(told(&roll.tick(now + PACE)).is_empty(), "it is as it was");
        heard(&mut roll, client, "referee@r", "unavailable|", now + PACE);
        assert_eq!(told(&roll.tick(now + 2 * PACE)), ["a@x None"]);
    }

    #[test]
    fn what_says_nothing_about_people_is_not_taken_for_it() {
        let (mut roll, now) = (Roll::new("r"), Instant::now());
        for (from, to, inner) in [
            ("a@x/phone", "m42@r", ""),
            ("a@x/phone", "referee@r/x", ""),
            ("x", "referee@r", ""),
            ("a@x", "referee@r", ""),
            ("a@x/phone", "referee@r", "probe|"),
            ("a@x/phone", "referee@r", "error|"),
            ("a@x/phone", "referee@r", "unavailable|"),
        ] {
            assert!(
                heard(&mut roll, from, to, inner, now).is_empty(),
                "{from} {to} {inner}"
            );
        }
        assert!(roll.people.is_empty());
    }

    #[test]
    fn one_person_has_so_many_clients_and_servers_are_asked_a_few_at_a_time() {
        let (mut roll, now) = (Roll::new("r"), Instant::now());
        for n in 0..2 * MAX_CLIENTS {
            heard(&mut roll, &format!("a@x/{n}"), "referee@r", "", now);
        }
        assert_eq!(roll.people["a@x"].clients.len(), MAX_CLIENTS);
        roll.stand((0..PROBES + 1).map(|n| format!("p{n}@x")), now);
        assert_eq!(told(&roll.tick(now)).len(), PROBES);
        assert!(roll.tick(now).is_empty());
        let last = told(&roll.tick(now + PROBE_PAUSE));
        assert_eq!(last.len(), 1);
        assert!(last[0].starts_with("Some(\"probe\")"), "{last:?}");
        assert_eq!(roll.next_wake(), None);
    }
}
