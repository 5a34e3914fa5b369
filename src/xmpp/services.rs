//! Which services of the server hold our rooms and our feeds: those the config names, else those discovery finds.
//!
//! A referee without one of them still referees; one log line says what is missing and which line mends it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use minidom::Element;
use xmpp_parsers::ns;

use super::out::{Heard, Out, Question, Then};

/// Items of the server that are asked what they are; a server has about ten.
const MAX_CANDIDATES: usize = 64;
/// How long after a vain search the next one begins: a service may be added to a running server.
const SEARCH_AGAIN: Duration = Duration::from_secs(60);

/// A question of this sub-room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// What there is on the server.
    Items,
    /// What this item is.
    Info(String),
}

/// What is known of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Service {
    /// It is being looked for.
    Sought,
    /// It is here.
    At(String),
    /// There is none.
    Missing,
}

impl Service {
    /// Its address, if there is one.
    pub fn address(&self) -> Option<&str> {
        match self {
            Service::At(address) => Some(address),
            Service::Sought | Service::Missing => None,
        }
    }
}

/// One kind of service.
struct Place {
    /// Category and type of its identity (XEP-0030).
    identity: (&'static str, &'static str),
    /// What the log says when there is none.
    missing: &'static str,
    configured: bool,
    now: Service,
    found: BTreeSet<String>,
    /// Whether its absence has been spoken of.
    told: bool,
}

impl Place {
    fn settle(&mut self, server: &str) {
        if self.configured {
            return;
        }
        // The server's own services come before those of others that it lists.
        let own = |name: &&String| name.ends_with(&format!(".{server}"));
        let chosen = self.found.iter().find(own).or_else(|| self.found.first());
        self.now = chosen.cloned().map_or(Service::Missing, Service::At);
        match &self.now {
            Service::At(address) => {
                tracing::info!(address, "found the server's {} service", self.identity.0);
                self.told = false;
            }
            _ if !self.told => {
                tracing::warn!("{server} lists no {}", self.missing);
                self.told = true;
            }
            _ => {}
        }
    }
}

/// The services of the server.
pub struct Services {
    server: String,
    domain: String,
    muc: Place,
    pubsub: Place,
    /// Items that have not said yet what they are.
    open: BTreeSet<String>,
    search_at: Option<Instant>,
}

impl Services {
    /// For our domain, with what the config says. The server's own domain is the one above ours.
    pub fn new(domain: &str, muc: Option<String>, pubsub: Option<String>) -> Services {
        let place = |named: Option<String>, identity, missing| Place {
            identity,
            missing,
            configured: named.is_some(),
            now: named.map_or(Service::Sought, Service::At),
            found: BTreeSet::new(),
            told: false,
        };
        let server = domain
            .split_once('.')
            .map_or(domain, |(_, parent)| parent)
            .to_owned();
        let no_rooms = "room service, so matches get no rooms; if there is one, say where: muc = \"conference.…\" in \
                        [services] of the referee's configuration; else add mod_muc to ejabberd, or \
                        Component \"conference.…\" \"muc\" to Prosody";
        let no_feeds = "pubsub service, so there are no feeds; if there is one, say where: pubsub = \"pubsub.…\" in \
                        [services] of the referee's configuration; else add mod_pubsub to ejabberd, or \
                        Component \"pubsub.…\" \"pubsub\" to Prosody";
        Services {
            server,
            domain: domain.to_owned(),
            muc: place(muc, ("conference", "text"), no_rooms),
            pubsub: place(pubsub, ("pubsub", "service"), no_feeds),
            open: BTreeSet::new(),
            search_at: None,
        }
    }

    /// Where rooms are.
    pub fn muc(&self) -> &Service {
        &self.muc.now
    }

    /// Where feeds are.
    pub fn pubsub(&self) -> &Service {
        &self.pubsub.now
    }

    /// A connection is there: looks for what the config does not name.
    pub fn begin(&mut self) -> Vec<Out> {
        self.open.clear();
        self.search_at = None;
        for place in [&mut self.muc, &mut self.pubsub] {
            place.found.clear();
            if !place.configured {
                place.now = Service::Sought;
            }
        }
        self.search()
    }

    /// When the next search is due.
    pub fn next_wake(&self) -> Option<Instant> {
        self.search_at
    }

    /// Begins a search that is due.
    pub fn tick(&mut self, now: Instant) -> Vec<Out> {
        if self.search_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.search()
    }

    fn search(&mut self) -> Vec<Out> {
        self.search_at = None;
        if self.muc.configured && self.pubsub.configured {
            return Vec::new();
        }
        vec![self.ask(&self.server, ns::DISCO_ITEMS, Asked::Items)]
    }

    fn ask(&self, to: &str, query: &str, asked: Asked) -> Out {
        Out::Ask(Question {
            from: self.domain.clone(),
            to: to.to_owned(),
            set: false,
            payload: Element::bare("query", query),
            then: Then::Services(asked),
        })
    }

    /// An answer has come, or never will.
    pub fn heard(&mut self, asked: Asked, heard: &Heard, now: Instant) -> Vec<Out> {
        match asked {
            Asked::Items => {
                let items = match heard {
                    Heard::Result(iq) => candidates(iq, &self.domain),
                    Heard::Error(_) | Heard::Silence => Vec::new(),
                };
                self.open = items.iter().cloned().collect();
                if self.open.is_empty() {
                    self.settle(now);
                }
                items
                    .iter()
                    .map(|item| self.ask(item, ns::DISCO_INFO, Asked::Info(item.clone())))
                    .collect()
            }
            Asked::Info(item) => {
                if !self.open.remove(&item) {
                    return Vec::new();
                }
                if let Heard::Result(iq) = heard {
                    for place in [&mut self.muc, &mut self.pubsub] {
                        if has_identity(iq, place.identity) {
                            place.found.insert(item.clone());
                        }
                    }
                }
                if self.open.is_empty() {
                    self.settle(now);
                }
                Vec::new()
            }
        }
    }

    fn settle(&mut self, now: Instant) {
        self.muc.settle(&self.server);
        self.pubsub.settle(&self.server);
        if [&self.muc, &self.pubsub]
            .iter()
            .any(|place| place.now == Service::Missing)
        {
            self.search_at = Some(now + SEARCH_AGAIN);
        }
    }
}

/// The items that may be services: domains, without those that are ours.
fn candidates(iq: &Element, domain: &str) -> Vec<String> {
    let Some(query) = iq.get_child("query", ns::DISCO_ITEMS) else {
        return Vec::new();
    };
    let named = query
        .children()
        .filter(|item| item.attr("node").is_none())
        .filter_map(|item| item.attr("jid"));
    let fit = named.filter(|jid| !jid.contains(['@', '/']) && *jid != domain);
    let unique: BTreeSet<String> = fit.map(str::to_owned).collect();
    unique.into_iter().take(MAX_CANDIDATES).collect()
}

fn has_identity(iq: &Element, (category, kind): (&str, &str)) -> bool {
    let query = iq.get_child("query", ns::DISCO_INFO);
    query.is_some_and(|query| {
        query.children().any(|child| {
            child.name() == "identity"
                && child.attr("category") == Some(category)
                && child.attr("type") == Some(kind)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(payload: &str) -> Heard {
        let iq = format!("<iq xmlns='jabber:component:accept' type='result' id='1'>{payload}</iq>");
        Heard::Result(iq.parse().unwrap())
    }

    fn items(jids: &[&str]) -> Heard {
        let items: String = jids
            .iter()
            .map(|jid| format!("<item jid='{jid}'/>"))
            .collect();
        result(&format!(
            "<query xmlns='http://jabber.org/protocol/disco#items'>{items}</query>"
        ))
    }

    fn info(category: &str, kind: &str) -> Heard {
        result(&format!(
            "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='{category}' type='{kind}'/></query>"
        ))
    }

    fn asked(outs: &[Out]) -> Vec<(String, Asked)> {
        let one = |out: &Out| match out {
            Out::Ask(Question {
                to,
                set: false,
                then: Then::Services(asked),
                ..
            }) => (to.clone(), asked.clone()),
            other => panic!("{other:?}"),
        };
        outs.iter().map(one).collect()
    }

    #[test]
    fn discovery_finds_what_the_config_does_not_name() {
        let now = Instant::now();
        let mut services = Services::new("referee.localhost", None, None);
        let asks = asked(&services.begin());
        assert_eq!(asks, [("localhost".to_owned(), Asked::Items)]);
        let listed = [
            "conference.localhost",
            "irc.localhost",
            "pubsub.localhost",
            "referee.localhost",
            "room@elsewhere",
        ];
        let asks = asked(&services.heard(Asked::Items, &items(&listed), now));
        assert_eq!(asks.len(), 3);
        for (to, ask) in asks {
            assert_eq!(services.muc(), &Service::Sought);
            let (category, kind) = match to.as_str() {
                "conference.localhost" => ("conference", "text"),
                "pubsub.localhost" => ("pubsub", "service"),
                _ => ("conference", "irc"),
            };
            services.heard(ask, &info(category, kind), now);
        }
        assert_eq!(services.muc().address(), Some("conference.localhost"));
        assert_eq!(services.pubsub().address(), Some("pubsub.localhost"));
        assert_eq!(services.next_wake(), None);
    }

    #[test]
    fn what_is_missing_is_looked_for_again_and_a_forged_item_changes_nothing() {
        let now = Instant::now();
        let mut services = Services::new(
            "referee.localhost",
            None,
            Some("feeds.localhost".to_owned()),
        );
        services.begin();
        services.heard(Asked::Items, &items(&["conference.localhost"]), now);
        services.heard(
            Asked::Info("evil.example".to_owned()),
            &info("conference", "text"),
            now,
        );
        assert_eq!(services.muc(), &Service::Sought);
        services.heard(
            Asked::Info("conference.localhost".to_owned()),
            &Heard::Silence,
            now,
        );
        assert_eq!(services.muc(), &Service::Missing);
        assert_eq!(services.pubsub().address(), Some("feeds.localhost"));
        assert!(services.tick(now).is_empty());
        assert_eq!(asked(&services.tick(now + SEARCH_AGAIN)).len(), 1);
        services.heard(Asked::Items, &items(&["conference.localhost"]), now);
        services.heard(
            Asked::Info("conference.localhost".to_owned()),
            &info("conference", "text"),
            now,
        );
        assert_eq!(services.muc().address(), Some("conference.localhost"));
    }

    #[test]
    fn a_config_that_names_both_asks_nobody() {
        let named = |name: &str| Some(name.to_owned());
        let mut services = Services::new(
            "r.localhost",
            named("rooms.localhost"),
            named("feeds.localhost"),
        );
        assert!(services.begin().is_empty());
        assert_eq!(services.muc().address(), Some("rooms.localhost"));
    }

    #[test]
    fn the_servers_own_service_comes_before_one_that_it_merely_lists() {
        let now = Instant::now();
        let mut services = Services::new("referee.example.org", None, Some("p".to_owned()));
        services.begin();
        let listed = ["conference.another.example", "rooms.example.org"];
        for (_, ask) in asked(&services.heard(Asked::Items, &items(&listed), now)) {
            services.heard(ask, &info("conference", "text"), now);
        }
        assert_eq!(services.muc().address(), Some("rooms.example.org"));
    }
}
