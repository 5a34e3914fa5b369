//! Who asks from a domain where nobody is a person is told so; who asks from one that nobody knows waits until it has said
//! what it is.

use std::time::Instant;

use minidom::Element;
use xmpp_parsers::ns;

use super::Edge;
use super::domains::{Kind, Known};
use super::gate::Asker;
use super::tickets::WriterGone;
use crate::engine::Clock;
use crate::xmpp::chat::Manner;
use crate::xmpp::mug;
use crate::xmpp::out::{Heard, Question, Then};
use crate::xmpp::stanza::{CONTACT, Condition, Head, address};

/// What a stranger is told while too many domains are asked.
const NOT_NOW: &str =
    "I'm still finding out what server you write from. Try again in a few seconds.";

impl<C: Clock> Edge<C> {
    /// Sees to what comes from where nobody is a person, or from where nobody knows; true when that was all.
    pub(super) fn is_nobodys(
        &mut self,
        stanza: &Element,
        head: &Head,
        asker: &Asker,
        now: Instant,
    ) -> Result<bool, WriterGone> {
        let waits = self.domains.waits(&asker.domain, &head.from.domain);
        if !(acts(stanza, head) || waits && asker.is_stranger()) {
            return Ok(false);
        }
        let (known, asks) = self.domains.look(&asker.domain, &head.from.domain, now);
        if asks {
            self.ask(Question {
                from: self.domain.clone(),
                to: head.from.domain.clone(),
                set: false,
                payload: Element::bare("query", ns::DISCO_INFO),
                then: Then::Domain(asker.domain.clone(), head.from.domain.clone()),
            })?;
        }
        match known {
            Known::Is(Kind::People) => return Ok(false),
            Known::Is(kind) => self.turn_away(stanza, head, kind, now),
            // Nobody who plays here waits for that.
            Known::Awaited | Known::TooMany if !asker.is_stranger() => return Ok(false),
            Known::Awaited if self.domains.hold(&asker.domain, &head.from.domain, stanza) => {}
            Known::Awaited | Known::TooMany => {
                // A question has its answer always; of a flood of lines only some have.
                if stanza.name() == "iq" || self.gate.tells(asker, self.clock.now()) {
                    self.deny(stanza, head, Condition::ResourceConstraint, NOT_NOW);
                }
            }
        }
        Ok(true)
    }

    /// A domain has said what it is: what waited for that goes on.
    pub(super) fn knows_domain(
        &mut self,
        name: &(String, String),
        heard: &Heard,
    ) -> Result<(), WriterGone> {
        let held = self.domains.heard(name, heard, Instant::now());
        held.into_iter().try_for_each(|stanza| self.arrived(stanza))
    }

    fn turn_away(&mut self, stanza: &Element, head: &Head, kind: Kind, now: Instant) {
        let (domain, ours) = (&head.from.domain, &self.domain);
        let what = match kind {
            Kind::Gateway => "a gateway",
            Kind::Rooms | Kind::People => "a chat room service",
        };
        let text = format!(
            "{domain} is {what}, so I can't tell who you are. Write to {CONTACT}@{ours} from your own address."
        );
        if stanza.name() == "message" && !mug::concerns(stanza) {
            // A room speaks for itself from its bare address.
            let speaks = kind == Kind::Gateway || head.from.resource().is_some();
            if speaks && stanza.has_child("body", ns::DEFAULT_NS) {
                self.unveil(&Manner::back(stanza, head), &text, now);
            }
            return;
        }
        self.deny(stanza, head, Condition::Forbidden, &text);
    }

    /// Refuses whatever it is.
    fn deny(&mut self, stanza: &Element, head: &Head, condition: Condition, text: &str) {
        if stanza.name() != "presence" {
            self.refuse(stanza, condition, text);
        } else if mug::concerns(stanza) {
            let told = mug::refused(stanza, condition, text);
            told.into_iter().for_each(|told| self.send(told));
        } else if head.kind.as_deref() == Some("subscribe") && condition == Condition::Forbidden {
            let told = address(
                "presence",
                &head.to.bare,
                &head.from.bare,
                None,
                "unsubscribed",
            );
            self.send(told.build());
        }
    }
}

/// Whether a stanza asks for something in the name of its sender. What shows the same to everybody, a list or a version,
/// needs nobody's name; nor is there one in what a room repeats from its occupants.
fn acts(stanza: &Element, head: &Head) -> bool {
    if head.from.local.is_none() {
        return false;
    }
    let kind = head.kind.as_deref();
    match stanza.name() {
        "iq" => mug::concerns(stanza) || stanza.has_child("command", crate::xmpp::adhoc::COMMANDS),
        "message" => !matches!(kind, Some("error" | "groupchat" | "headline")),
        "presence" => kind == Some("subscribe") || kind == Some("probe") || mug::concerns(stanza),
        _ => false,
    }
}
