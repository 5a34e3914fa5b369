//! Which domains hold people. An address on a room service or a gateway says nothing of who is behind it, so nobody there is
//! ever taken for a person.
//!
//! What a domain is, it says itself (XEP-0030), once: it is asked when somebody there first asks for something, and again when
//! the answer is old. Who is known is served meanwhile; a stranger's request waits for the answer, or is told to come again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use minidom::Element;
use xmpp_parsers::ns;

use crate::xmpp::out::Heard;
use crate::xmpp::stanza::weigh;

/// Domains of which something is known.
const MAX_DOMAINS: usize = 4096;
/// Of these, what the subdomains of one registered domain may be: whoever owns a domain has as many names as they like.
const MAX_OF_REGISTERED: usize = 32;
/// Domains that are asked at once.
const MAX_ASKED: usize = 64;
/// Requests that wait for one domain's answer, and for all.
const MAX_HELD: usize = 16;
const MAX_HELD_IN_ALL: usize = 256;
/// Longest request that waits, in bytes of memory.
const MAX_HELD_BYTES: usize = 16 * 1024;
/// How long an answer holds.
const LASTS: Duration = Duration::from_secs(6 * 3600);
/// How long it holds that a domain did not say what it is.
const UNSAID_LASTS: Duration = Duration::from_secs(300);

/// What a domain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A server with people, as far as is known.
    People,
    /// A room service: whoever writes from there hides behind a nick.
    Rooms,
    /// A gateway into another network.
    Gateway,
}

/// What is known of a domain now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// This.
    Is(Kind),
    /// Nothing yet; its answer is awaited.
    Awaited,
    /// Nothing, and too many are asked already.
    TooMany,
}

#[derive(Debug, Default)]
struct Entry {
    /// What it is or was last.
    kind: Option<Kind>,
    /// When that is old.
    until: Option<Instant>,
    /// Whether its answer is awaited.
    asked: bool,
    /// Requests that wait for it.
    held: Vec<Element>,
}

/// A registered domain, and one of its names.
type Name = (String, String);

/// See the file's head.
#[derive(Debug, Default)]
pub struct Domains {
    entries: BTreeMap<Name, Entry>,
    /// Those that are not being asked, the oldest answer first.
    ages: BTreeSet<(Instant, Name)>,
    asked: usize,
    held: usize,
}

impl Domains {
    /// What a domain is, and whether it is to be asked now; then [`Domains::heard`] has to follow.
    pub fn look(&mut self, registered: &str, domain: &str, now: Instant) -> (Known, bool) {
        let name = (registered.to_owned(), domain.to_owned());
        let entry = self.entries.get(&name);
        let kind = entry.and_then(|entry| entry.kind);
        let told = kind.map_or(Known::Awaited, Known::Is);
        let fresh = |entry: &Entry| entry.until.is_some_and(|until| until > now);
        if entry.is_some_and(|entry| entry.asked || fresh(entry)) {
            return (told, false);
        }
        if self.asked >= MAX_ASKED || !self.make_room(&name) {
            return (kind.map_or(Known::TooMany, Known::Is), false);
        }
        let entry = self.entries.entry(name.clone()).or_default();
        if let Some(until) = entry.until.take() {
            self.ages.remove(&(until, name));
        }
        entry.asked = true;
        self.asked += 1;
        (told, true)
    }

    /// Whether there is a place for one more name; the oldest answer goes for it, of the same owner where they have their share.
    fn make_room(&mut self, name: &Name) -> bool {
        if self.entries.contains_key(name) {
            return true;
        }
        let first = (name.0.clone(), String::new());
        let theirs = self.entries.range(first..);
        let theirs = theirs.take_while(|((registered, _), _)| *registered == name.0);
        let ages: Vec<_> = theirs
            .map(|(name, entry)| (entry.until, name.clone()))
            .collect();
        let oldest = if ages.len() >= MAX_OF_REGISTERED {
            let answered = ages
                .into_iter()
                .filter_map(|(until, name)| Some((until?, name)));
            answered.min()
        } else if self.entries.len() >= MAX_DOMAINS {
            self.ages.first().cloned()
        } else {
            return true;
        };
        let Some(oldest) = oldest else {
            return false;
        };
        self.ages.remove(&oldest);
        self.entries.remove(&oldest.1);
        true
    }

    /// Whether requests wait for the answer of this domain; what comes after them waits too.
    pub fn waits(&self, registered: &str, domain: &str) -> bool {
        let name = (registered.to_owned(), domain.to_owned());
        self.held > 0 && (self.entries.get(&name)).is_some_and(|entry| !entry.held.is_empty())
    }

    /// Lets a request wait for the answer of its domain; false when it is one too many.
    pub fn hold(&mut self, registered: &str, domain: &str, stanza: &Element) -> bool {
        let name = (registered.to_owned(), domain.to_owned());
        let Some(entry) = self.entries.get_mut(&name).filter(|entry| entry.asked) else {
            return false;
        };
        let full = entry.held.len() >= MAX_HELD || self.held >= MAX_HELD_IN_ALL;
        if full || weigh(stanza) > MAX_HELD_BYTES {
            return false;
        }
        entry.held.push(stanza.clone());
        self.held += 1;
        true
    }

    /// A domain has said what it is, or never will. Gives what waited for that. A domain that says nothing is what it was,
    /// and a server until it says otherwise: else whoever's server is badly set up could never play.
    pub fn heard(&mut self, name: &Name, heard: &Heard, now: Instant) -> Vec<Element> {
        let Some(entry) = self.entries.get_mut(name).filter(|entry| entry.asked) else {
            return Vec::new();
        };
        let (kind, lasts) = match heard {
            Heard::Result(iq) => (kind_of(iq), LASTS),
            Heard::Error(_) | Heard::Silence => (entry.kind.unwrap_or(Kind::People), UNSAID_LASTS),
        };
        let until = now + lasts;
        (entry.kind, entry.until, entry.asked) = (Some(kind), Some(until), false);
        self.ages.insert((until, name.clone()));
        self.asked -= 1;
        self.held -= entry.held.len();
        std::mem::take(&mut entry.held)
    }

    /// The connection is gone: no answer will come, and nobody waits for one any more.
    pub fn down(&mut self, now: Instant) {
        self.entries.retain(|_, entry| entry.kind.is_some());
        for (name, entry) in &mut self.entries {
            if std::mem::take(&mut entry.asked) {
                entry.until = Some(now);
                self.ages.insert((now, name.clone()));
            }
            entry.held.clear();
        }
        (self.asked, self.held) = (0, 0);
    }
}

/// What a domain says it is. A server of people stays one with whatever else it offers under the same name.
fn kind_of(iq: &Element) -> Kind {
    let Some(query) = iq.get_child("query", ns::DISCO_INFO) else {
        return Kind::People;
    };
    let mut categories = BTreeSet::new();
    let identities = query.children().filter(|child| child.name() == "identity");
    categories.extend(identities.filter_map(|identity| identity.attr("category")));
    if categories.contains("server") {
        Kind::People
    } else if categories.contains("conference") {
        Kind::Rooms
    } else if categories.contains("gateway") {
        Kind::Gateway
    } else {
        Kind::People
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(categories: &[&str]) -> Heard {
        let identities: String = (categories.iter())
            .map(|category| format!("<identity category='{category}' type='x'/>"))
            .collect();
        let iq = format!(
            "<iq xmlns='jabber:component:accept' type='result'>\
             <query xmlns='http://jabber.org/protocol/disco#info'>{identities}</query></iq>"
        );
        Heard::Result(iq.parse().unwrap())
    }

    fn line() -> Element {
        "<message xmlns='jabber:component:accept'><body>hi</body></message>"
            .parse()
            .unwrap()
    }

    fn name(domain: &str) -> Name {
        ("x.org".to_owned(), domain.to_owned())
    }

    #[test]
    fn a_domain_is_asked_once_and_again_when_its_answer_is_old() {
        let (mut domains, now) = (Domains::default(), Instant::now());
        let look = |domains: &mut Domains, now| domains.look("x.org", "muc.x.org", now);
        assert_eq!(look(&mut domains, now), (Known::Awaited, true));
        assert_eq!(look(&mut domains, now), (Known::Awaited, false));
        assert!(domains.hold("x.org", "muc.x.org", &line()));
        let held = domains.heard(&name("muc.x.org"), &says(&["conference"]), now);
        assert_eq!(held, [line()]);
        let rooms = Known::Is(Kind::Rooms);
        assert_eq!(look(&mut domains, now), (rooms, false));
        // Nobody waits for what is known already, even if it is old.
        let later = now + LASTS;
        assert_eq!(look(&mut domains, later), (rooms, true));
        domains.heard(&name("muc.x.org"), &Heard::Silence, later);
        assert_eq!(look(&mut domains, later), (rooms, false));
        assert_eq!(look(&mut domains, later + UNSAID_LASTS), (rooms, true));
        domains.down(later);
        assert_eq!(look(&mut domains, later), (rooms, true));
    }

    #[test]
    fn what_a_domain_is_it_says_itself() {
        for (categories, kind) in [
            (&["server", "pubsub"] as &[_], Kind::People),
            (&["server", "conference"], Kind::People),
            (&["conference"], Kind::Rooms),
            (&["gateway"], Kind::Gateway),
            (&["component"], Kind::People),
            (&[], Kind::People),
        ] {
            let (mut domains, now) = (Domains::default(), Instant::now());
            domains.look("x.org", "a.x.org", now);
            domains.heard(&name("a.x.org"), &says(categories), now);
            let known = domains.look("x.org", "a.x.org", now).0;
            assert_eq!(known, Known::Is(kind), "{categories:?}");
        }
    }

    #[test]
    fn an_answer_that_nobody_asked_for_changes_nothing() {
        let (mut domains, now) = (Domains::default(), Instant::now());
        let none = domains.heard(&name("a.x.org"), &says(&["conference"]), now);
        assert_eq!((none, domains.entries.len()), (Vec::new(), 0));
        assert!(!domains.hold("x.org", "a.x.org", &line()));
    }

    #[test]
    fn no_owner_of_many_names_uses_up_the_table() {
        let (mut domains, now) = (Domains::default(), Instant::now());
        domains.look("y.org", "y.org", now);
        domains.heard(
            &("y.org".to_owned(), "y.org".to_owned()),
            &says(&["server"]),
            now,
        );
        for n in 0..MAX_OF_REGISTERED * 3 {
            let (domain, now) = (format!("{n}.x.org"), now + Duration::from_secs(n as u64));
            assert!(domains.look("x.org", &domain, now).1);
            domains.heard(&name(&domain), &says(&["server"]), now);
        }
        assert_eq!(domains.entries.len(), MAX_OF_REGISTERED + 1);
        assert_eq!(domains.ages.len(), domains.entries.len());
        assert!(!domains.look("y.org", "y.org", now).1);
        // Those that never answer hold their places, and no more than these.
        let mut domains = Domains::default();
        let asked = (0..MAX_OF_REGISTERED * 3).map(|n| format!("{n}.x.org"));
        let asked: Vec<bool> = asked.map(|d| domains.look("x.org", &d, now).1).collect();
        let many = asked.iter().filter(|asked| **asked).count();
        assert_eq!(many, MAX_OF_REGISTERED);
        assert_eq!(domains.look("x.org", "new.x.org", now).0, Known::TooMany);
    }

    #[test]
    fn the_table_and_what_waits_are_bounded() {
        let (mut domains, now) = (Domains::default(), Instant::now());
        for n in 0..MAX_DOMAINS + 100 {
            let domain = format!("x{n}.org");
            domains.look(&domain, &domain, now);
            domains.heard(&(domain.clone(), domain), &says(&["server"]), now);
        }
        assert_eq!(domains.entries.len(), MAX_DOMAINS);
        let asked: Vec<String> = (0..100).map(|n| format!("y{n}.org")).collect();
        let asked = (asked.iter()).filter(|domain| domains.look(domain, domain, now).1);
        let asked: Vec<String> = asked.cloned().collect();
        assert_eq!(asked.len(), MAX_ASKED);
        let hold = |domain: &String| {
            (0..100)
                .filter(|_| domains.hold(domain, domain, &line()))
                .count()
        };
        let held: Vec<usize> = asked.iter().map(hold).collect();
        assert_eq!((held[0], held.iter().sum()), (MAX_HELD, MAX_HELD_IN_ALL));
        let mut long = line();
        long.append_text_node("x".repeat(MAX_HELD_BYTES));
        domains.heard(&(asked[0].clone(), asked[0].clone()), &Heard::Silence, now);
        domains.look("z.org", "z.org", now);
        assert!(!domains.hold("z.org", "z.org", &long));
        assert!(domains.hold("z.org", "z.org", &line()));
        domains.down(now);
        assert_eq!((domains.asked, domains.held), (0, 0));
    }
}
