//! Servers as a whole: what bounces because of them is their outage, not their people's.

use std::time::{Duration, Instant};

use minidom::Element;

use super::{Asked, Errand, Presence, Reach, domain_of, tell};
use crate::commands::Leave;
use crate::commands::News;
use crate::xmpp::muc::condition;
use crate::xmpp::out::{Heard, Out};

/// How soon a server that cannot be reached is asked again, at first and at most.
const FIRST_PROBE: Duration = Duration::from_secs(2);
const LAST_PROBE: Duration = Duration::from_secs(60);

/// A server that may not be reached.
pub(super) struct Server {
    /// Whether that was told.
    down: bool,
    pause: Duration,
}

/// Whether an error names this server as the one that made it (RFC 6120, 8.3.2).
fn is_said_by(stanza: &Element, domain: &str) -> bool {
    let mut errors = stanza.children().filter(|child| child.name() == "error");
    errors.any(|error| error.attr("by").is_some_and(|by| domain_of(by) == domain))
}

impl Reach {
    /// Something for this server came back: it is asked itself before anybody is told. `down` is what the journal says.
    pub(super) fn doubt_server(&mut self, domain: &str, down: bool, now: Instant) -> Vec<Out> {
        if self.servers.contains_key(domain) {
            return Vec::new();
        }
        let pause = FIRST_PROBE;
        let server = Server { down, pause };
        self.servers.insert(domain.to_owned(), server);
        self.probe(domain, now).into_iter().collect()
    }

    /// Asks a server whether it can be reached, and plans the next time.
    pub(super) fn probe(&mut self, domain: &str, now: Instant) -> Option<Out> {
        let server = self.servers.get_mut(domain)?;
        self.agenda
            .insert((now + server.pause, Errand::Server(domain.to_owned())));
        server.pause = (server.pause * 2).min(LAST_PROBE);
        Some(self.question(domain.to_owned(), Asked::Server(domain.to_owned())))
    }

    pub(super) fn server_heard(&mut self, domain: &str, heard: &Heard, now: Instant) -> Vec<Out> {
        let error = match heard {
            Heard::Result(_) => return self.server_back(domain, now),
            // Whoever can say of itself that it cannot be reached can be reached.
            Heard::Error(iq) if is_said_by(iq, domain) => return self.server_back(domain, now),
            Heard::Error(iq) => condition(iq),
            Heard::Silence => return Vec::new(),
        };
        match error.as_deref() {
            Some("remote-server-not-found" | "remote-server-timeout") => self.server_down(domain),
            // It answers, if only to say that it knows no ping.
            Some("service-unavailable" | "feature-not-implemented") => {
                self.server_back(domain, now)
            }
            _ => Vec::new(),
        }
    }

    fn server_down(&mut self, domain: &str) -> Vec<Out> {
        let Some(server) = self.servers.get_mut(domain).filter(|server| !server.down) else {
            return Vec::new();
        };
        server.down = true;
        tracing::info!(
            domain,
            "a server cannot be reached; its matches stand still"
        );
        for (bare, person) in &mut self.people {
            if domain_of(bare) == domain && person.presence != Presence::Gone(Leave::Left) {
                person.presence = Presence::Gone(Leave::Server);
            }
        }
        vec![tell(News::ServerDown(domain.to_owned()))]
    }

    /// A server can be reached. Whether its people still can is asked of their clients at once.
    pub(super) fn server_back(&mut self, domain: &str, now: Instant) -> Vec<Out> {
        let Some(server) = self.servers.remove(domain) else {
            return Vec::new();
        };
        let errand = Errand::Server(domain.to_owned());
        self.agenda.retain(|(_, planned)| *planned != errand);
        if !server.down {
            return Vec::new();
        }
        tracing::info!(domain, "a server can be reached again");
        let mut outs = vec![tell(News::ServerBack(domain.to_owned()))];
        let people = self.people.iter_mut();
        let lost = people.filter(|(bare, person)| {
            domain_of(bare) == domain && person.presence == Presence::Gone(Leave::Server)
        });
        let mut asked = Vec::new();
        for (bare, person) in lost {
            person.presence = Presence::There;
            let clients = person.clients().map(str::to_owned);
            asked.extend(clients.map(|full| (bare.clone(), full)));
        }
        for (bare, full) in asked {
            let question = Asked::Client(bare, full.clone(), now);
            outs.push(self.question(full, question));
        }
        outs
    }
}
