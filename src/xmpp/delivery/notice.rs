//! What every stanza that arrives says about whoever sent it: that they are there, or not.

use std::time::Instant;

use minidom::Element;
use minidom::rxml::Namespace;

use super::Delivery;
use crate::commands::{Call, Leave};
use crate::kit::Span;
use crate::xmpp::muc;
use crate::xmpp::out::Out;
use crate::xmpp::stanza::{Address, Head};

impl Delivery {
    /// Takes note of who is there, and who is not any more.
    pub fn notice(&mut self, stanza: &Element, head: &Head, now: Instant) -> Vec<Out> {
        let (name, kind) = (stanza.name(), head.kind.as_deref());
        if self.is_service(&head.from.bare) {
            return match name {
                "presence" => self.occupant(stanza, now),
                "message" => self.speaker(stanza, now),
                _ => Vec::new(),
            };
        }
        match (name, kind) {
            ("message" | "presence", Some("error")) => self.reach.bounced(&head.from, stanza, now),
            // A MUG client that leaves one match may be there all the same: it is asked.
            ("presence", Some("unavailable"))
                if head.to.resource().is_some() && how(stanza) == Leave::Left =>
            {
                self.reach.doubted(&head.from, now)
            }
            ("presence", Some("unavailable")) => {
                self.reach.lost(&head.from, how(stanza), now);
                Vec::new()
            }
            // Servers ask in the name of people who may not be there.
            ("presence", Some(_)) | (_, Some("error")) => Vec::new(),
            _ => self.reach.seen(&head.from, now),
        }
    }

    /// How long what a client sends is on its way, as far as it was measured.
    pub fn lag(&self, bare: &str, full: &str) -> Option<Span> {
        self.reach.lag(bare, full)
    }

    /// Writes into the commands of a MUG client how long they were on their way.
    pub(super) fn with_lag(&self, mut outs: Vec<Out>) -> Vec<Out> {
        for out in &mut outs {
            if let Out::Call(Call::Form(form), _) = out {
                form.lag = self.lag(&form.bare, &form.full);
            }
        }
        outs
    }

    /// What a room tells of somebody's real address. Whoever was thrown out for technical reasons (333) is asked.
    fn occupant(&mut self, presence: &Element, now: Instant) -> Vec<Out> {
        let seen = muc::read(presence);
        let real = seen.as_ref().and_then(|seen| Address::read(seen.real?));
        let (Some(seen), Some(real)) = (seen, real) else {
            return Vec::new();
        };
        match seen.kind {
            None => self.reach.seen(&real, now),
            Some("unavailable") if seen.has(333) => self.reach.doubted(&real, now),
            _ => Vec::new(),
        }
    }

    /// Whoever says something in a room of ours is there.
    fn speaker(&mut self, message: &Element, now: Instant) -> Vec<Out> {
        let full = self.rooms.author(message).map(|author| author.full);
        match full.and_then(Address::read) {
            Some(real) => self.reach.seen(&real, now),
            None => Vec::new(),
        }
    }
}

/// How somebody went. What a client says when it logs out has its id or its language; what a server says for a client that
/// is gone has neither, on ejabberd and on Prosody alike. (A client that only closes its stream cannot be told apart.)
fn how(unavailable: &Element) -> Leave {
    let language = unavailable.attr_ns(Namespace::xml(), "lang");
    if unavailable.attr("id").or(language).is_some() {
        Leave::Left
    } else {
        Leave::Network
    }
}
