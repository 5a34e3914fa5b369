//! The pulse of one connection: pings that are out, and what their pongs confirm.
//!
//! A ping is an `iq` from the component's domain to itself. It goes through the server's router like any stanza and
//! comes back, on ejabberd and on Prosody alike, without knowing the name of the server's own domain. The server has
//! stamped its sender, so nobody else can make one.

use std::collections::VecDeque;

use minidom::Element;
use xmpp_parsers::ns;

use super::sound::attribute;

/// Pings that may be out at once. A server that has answered none of so many is not serving.
pub const MAX_PINGS: usize = 1024;

struct Ping {
    id: String,
    token: Option<u64>,
}

/// See the file's head.
pub struct Pulse {
    domain: String,
    /// Makes the ids of an earlier connection strange to this one.
    nonce: u64,
    count: u64,
    out: VecDeque<Ping>,
}

impl Pulse {
    /// The pulse of a connection that has just opened.
    pub fn new(domain: &str) -> Pulse {
        Pulse {
            domain: domain.to_owned(),
            nonce: rand::random(),
            count: 0,
            out: VecDeque::new(),
        }
    }

    /// The next ping to write, or none when [`MAX_PINGS`] are out.
    pub fn ping(&mut self, token: Option<u64>) -> Option<Element> {
        if self.out.len() >= MAX_PINGS {
            return None;
        }
        self.count += 1;
        let id = format!("pulse-{:016x}-{}", self.nonce, self.count);
        self.out.push_back(Ping {
            id: id.clone(),
            token,
        });
        let ping = Element::builder("iq", ns::DEFAULT_NS)
            .attr(attribute("type"), "get")
            .attr(attribute("from"), self.domain.as_str())
            .attr(attribute("to"), self.domain.as_str())
            .attr(attribute("id"), id)
            .append(Element::bare("ping", ns::PING))
            .build();
        Some(ping)
    }

    /// Takes a pong: none if the stanza is none, else the token of its ping.
    pub fn pong(&mut self, stanza: &Element) -> Option<Option<u64>> {
        let ours = |name| stanza.attr(name) == Some(self.domain.as_str());
        if stanza.name() != "iq" || !ours("from") || !ours("to") {
            return None;
        }
        let id = stanza.attr("id")?;
        let at = self.out.iter().position(|ping| ping.id == id)?;
        // Stanzas of one stream keep their order: an older ping that is missing was lost by the server and its token
        // is covered by this one.
        self.out.drain(..=at).next_back().map(|ping| ping.token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minidom::rxml::Namespace;

    #[test]
    fn pongs_come_from_the_domain_itself_only() {
        let mut pulse = Pulse::new("r.example");
        let ping = pulse.ping(Some(7)).unwrap();
        let mut forged = ping.clone();
        forged.set_attr(Namespace::NONE, attribute("from"), "evil@example");
        assert_eq!(pulse.pong(&forged), None);
        assert_eq!(pulse.pong(&ping), Some(Some(7)));
        assert_eq!(pulse.pong(&ping), None, "twice");
    }

    #[test]
    fn a_later_pong_stands_for_the_earlier_ones() {
        let mut pulse = Pulse::new("r.example");
        let early = pulse.ping(Some(1)).unwrap();
        let own = pulse.ping(None).unwrap();
        let late = pulse.ping(Some(2)).unwrap();
        assert_eq!(pulse.pong(&own), Some(None));
        assert_eq!(pulse.pong(&late), Some(Some(2)));
        assert_eq!(pulse.pong(&early), None);
        for token in 0..MAX_PINGS as u64 {
            assert!(pulse.ping(Some(token)).is_some());
        }
        assert!(pulse.ping(None).is_none());
    }
}
