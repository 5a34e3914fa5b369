//! What happens with each stanza that arrives.

use std::time::{Duration, Instant};

use minidom::Element;

use super::gate::Asker;
use super::line::Left;
use super::tickets::{Origin, WriterGone};
use super::{Edge, calls};
use crate::commands::{Answer, Call, Form, Look, Place, Who, find, too_fast};
use crate::engine::Clock;
use crate::kit::Words;
use crate::xmpp::chat::{self, Manner, Message, Rooms};
use crate::xmpp::delivery::Delivery;
use crate::xmpp::iqs::{self, Asked, Here, Written};
use crate::xmpp::mug;
use crate::xmpp::out::Heard;
use crate::xmpp::rooms::Author;
use crate::xmpp::stanza::{Address, Back, CONTACT, Condition, Head, error, place_of};

/// How often a room whose people write to us in private, or whoever invites us, is told where to write.
const VEILED_PAUSE: Duration = Duration::from_secs(60);
/// Such rooms at once; beyond it they get no answer.
const MAX_VEILED: usize = 256;

impl Rooms for Delivery {
    fn author<'a>(&'a self, stanza: &'a Element) -> Option<Author<'a>> {
        Delivery::author(self, stanza)
    }

    fn is_muc(&self, domain: &str) -> bool {
        self.is_service(domain)
    }
}

impl<C: Clock> Edge<C> {
    /// Sees to one stanza.
    pub(super) fn arrived(&mut self, stanza: Element) -> Result<(), WriterGone> {
        let ours = matches!(stanza.attr("type"), Some("result" | "error"));
        let now = Instant::now();
        if stanza.name() == "iq" && ours {
            return match self.calls.take(stanza) {
                Ok((then, calls::Answer::Result(iq))) => self.heard(then, &Heard::Result(iq)),
                Ok((then, calls::Answer::Error(iq))) => self.heard(then, &Heard::Error(iq)),
                // Answers to nothing we asked, and errors of what we said: never answered.
                Err(_) => Ok(()),
            };
        }
        let Some(head) = Head::read(&stanza) else {
            self.refuse(&stanza, Condition::BadRequest, "");
            return Ok(());
        };
        if head.to.domain != self.domain {
            // An answer in a name that is not ours would end the stream.
            return Ok(());
        }
        let asker = self.gate.asker(&head.from);
        // What rooms and services say must not be missed, and what somebody leaves costs nothing.
        let asks = !self.delivery.is_service(&head.from.domain)
            && !matches!(head.kind.as_deref(), Some("error" | "unavailable"));
        let left = self.left(&asker);
        if asks && left == Left::Nothing {
            self.unread += 1;
            tracing::debug!(
                from = asker.bare,
                "the server does not take our answers; a request goes unread"
            );
            return Ok(());
        }
        if asks && self.is_nobodys(&stanza, &head, &asker, now)? {
            return Ok(());
        }
        let outs = self.delivery.notice(&stanza, &head, now);
        self.carry_out(outs)?;
        match stanza.name() {
            "iq" | "message" | "presence"
                if asks && mug::concerns(&stanza) && !self.admits(&asker, left) =>
            {
                let told = mug::too_busy(&stanza);
                told.into_iter().for_each(|told| self.send(told));
                Ok(())
            }
            "iq" => self.iq(&stanza, &head, (&asker, left), now),
            "message" => self.message(&stanza, &head, now),
            // Servers ask again.
            "presence"
                if asks
                    && matches!(head.kind.as_deref(), Some("subscribe" | "probe"))
                    && !self.admits(&asker, left) =>
            {
                Ok(())
            }
            "presence" => {
                let outs = self.delivery.presence(&stanza, now);
                self.carry_out(outs)
            }
            _ => Ok(()),
        }
    }

    /// How much may still be said to somebody.
    fn left(&self, asker: &Asker) -> Left {
        let line = self.line.as_ref();
        line.map_or(Left::Nothing, |line| line.left(asker))
    }

    /// Whether a request may go to the writer now. It uses up a permit.
    fn admits(&mut self, asker: &Asker, left: Left) -> bool {
        left == Left::Enough && self.leaving.is_none() && self.gate.admits(asker, self.clock.now())
    }

    /// Lets a request wait for the writer; false when it is one too many.
    fn ask_for(
        &mut self,
        asker: &Asker,
        left: Left,
        call: Call,
        origin: Origin,
    ) -> Result<bool, WriterGone> {
        let waits = self.admits(asker, left)
            && self
                .gate
                .push(asker, (self.clock.now(), call, origin))
                .is_ok();
        self.let_in()?;
        Ok(waits)
    }

    /// What answers need to know of the process.
    pub(super) fn here(&self) -> Here<'_> {
        Here {
            domain: &self.domain,
            pubsub: self.delivery.pubsub(),
            keys: self.delivery.keys_node(),
            occupants: (0, 0),
            started: self.started,
            now: self.clock.now(),
        }
    }

    /// The same for an answer in the name of this address.
    pub(super) fn here_at(&self, address: &str) -> Here<'_> {
        let place = Address::read(address).and_then(|address| place_of(&address));
        let game = place.and_then(Place::game);
        Here {
            occupants: game.map_or((0, 0), |game| self.delivery.occupants(game)),
            ..self.here()
        }
    }

    pub(super) fn refuse(&mut self, stanza: &Element, condition: Condition, text: &str) {
        if let Some(told) = error(stanza, &self.domain, condition, text) {
            self.send(told);
        }
    }

    fn iq(
        &mut self,
        stanza: &Element,
        head: &Head,
        (asker, left): (&Asker, Left),
        now: Instant,
    ) -> Result<(), WriterGone> {
        if let Some(outs) = self.delivery.mug_iq(stanza, now) {
            return self.carry_out(outs);
        }
        let asked = iqs::read(stanza, head, &self.here());
        let place = place_of(&head.to);
        let (call, written, who) = match (asked, place) {
            (Asked::Now(_), _) if left != Left::Enough => {
                self.refuse(stanza, Condition::ResourceConstraint, chat::BUSY);
                return Ok(());
            }
            (Asked::Now(payload), _) => {
                self.send(Back::to(stanza).result(payload));
                return Ok(());
            }
            (Asked::Refused(condition), _) => {
                self.refuse(stanza, condition, "");
                return Ok(());
            }
            (_, None) => {
                self.refuse(stanza, Condition::ItemNotFound, "");
                return Ok(());
            }
            (Asked::Look(at, written), Some(place)) => (
                Call::Look(Look {
                    bare: head.from.bare.clone(),
                    place,
                    at,
                }),
                written,
                None,
            ),
            (Asked::Command(request), Some(place)) => {
                // Other components are no people; what is for them, the host gives to those that are trusted.
                let for_services = find(&request.node).is_some_and(|card| card.who == Who::Service);
                if (head.from.local.is_none() && !for_services)
                    || self.delivery.is_service(&head.from.domain)
                {
                    let text = format!(
                        "Only people use commands. Ask {CONTACT}@{} from your own address.",
                        self.domain
                    );
                    self.refuse(stanza, Condition::Forbidden, &text);
                    return Ok(());
                }
                let form = Form {
                    bare: head.from.bare.clone(),
                    full: head.from.full.clone(),
                    place,
                    node: request.node,
                    action: request.action,
                    session: request.session,
                    fields: request.fields,
                    lag: self.delivery.lag(&head.from.bare, &head.from.full),
                    id: head.id.clone(),
                };
                (
                    Call::Form(form),
                    Written::Step,
                    Some(head.from.bare.clone()),
                )
            }
        };
        let origin = Origin::Iq(Back::to(stanza), written, head.to.full.clone(), who);
        if !self.ask_for(asker, left, call, origin)? {
            self.refuse(stanza, Condition::ResourceConstraint, chat::BUSY);
        }
        Ok(())
    }

    fn message(&mut self, stanza: &Element, head: &Head, now: Instant) -> Result<(), WriterGone> {
        if self.delivery.privileges(stanza, head) {
            return Ok(());
        }
        if head.kind.as_deref() == Some("error") {
            let outs = self.delivery.mug_bounced(stanza);
            self.carry_out(outs)?;
        } else if let Some(outs) = self.delivery.mug_message(stanza, now) {
            return self.carry_out(outs);
        }
        if self.delivery.is_service(&head.from.bare) && head.kind.as_deref() != Some("error") {
            let outs = self.delivery.heed(stanza, now);
            self.carry_out(outs)?;
        }
        match chat::read(stanza, head, &self.domain, &self.delivery) {
            Message::Nothing => {}
            Message::Notice if head.kind.as_deref() == Some("error") => {
                self.delivery.message_error(stanza, now)
            }
            Message::Notice => {}
            Message::Veiled(manner) => {
                let text = format!(
                    "A private message through a room does not tell me who you are. Write to {CONTACT}@{} instead.",
                    self.domain
                );
                self.unveil(&manner, &text, now);
            }
            Message::Refused(told) => self.send(told),
            Message::Overheard(..) if self.leaving.is_some() => {}
            Message::Said(..) | Message::Reacted(..) if self.leaving.is_some() => {
                self.refuse(stanza, Condition::ResourceConstraint, chat::SORRY)
            }
            Message::Reacted(reaction, manner) => {
                // Signs are seldom for us; one too many is no loss worth a word.
                let Some(asker) = self.asker(&reaction.bare) else {
                    return Ok(());
                };
                let origin = Origin::Said(manner, reaction.bare.clone());
                let left = self.left(&asker);
                self.ask_for(&asker, left, Call::Reaction(reaction), origin)?;
            }
            Message::Overheard(said, manner) => {
                // Talk is seldom for us, and costs its speaker nothing that a command needs.
                let Some(asker) = self.asker(&said.bare) else {
                    return Ok(());
                };
                let left = self.left(&asker);
                let origin = Origin::Said(manner, said.bare.clone());
                self.ask_for(&asker, left, Call::Overheard(said), origin)?;
            }
            Message::Invited(told) if self.may_tell(&head.from.bare, now) => self.send(told),
            Message::Invited(_) => {}
            Message::Said(mut said, manner) => {
                let Some(asker) = self.asker(&said.bare) else {
                    return Ok(());
                };
                said.lag = self.delivery.lag(&said.bare, &said.full);
                let (text, left) = (said.text.clone(), self.left(&asker));
                let origin = Origin::Said(manner.clone(), said.bare.clone());
                if !self.ask_for(&asker, left, Call::Chat(said), origin)? {
                    self.slow_down(&asker, left, &manner, &text);
                }
            }
        }
        Ok(())
    }

    /// Whoever is behind a line, in a room or out of it.
    fn asker(&self, bare: &str) -> Option<Asker> {
        Address::read(bare).map(|from| self.gate.asker(&from))
    }

    /// Says that a line was not taken, but not to each of a flood.
    fn slow_down(&mut self, asker: &Asker, left: Left, manner: &Manner, text: &str) {
        if left == Left::Nothing || !self.gate.tells(asker, self.clock.now()) {
            return;
        }
        let told = Answer::Say {
            result: Err(too_fast(text)),
            private: true,
        };
        let id = format!("w{:016x}", rand::random::<u64>());
        for stanza in manner.answer(&told, &id) {
            self.send(stanza);
        }
    }

    /// Says where to write, seldom: two programs must not talk each other to death through a room.
    pub(super) fn unveil(&mut self, manner: &Manner, text: &str, now: Instant) {
        if !self.may_tell(manner.bare_to(), now) {
            return;
        }
        let id = format!("v{:016x}", rand::random::<u64>());
        self.send(manner.say(&Words::line(text), false, &id));
    }

    /// Whether this room, or this person, may be told something that they did not ask for.
    fn may_tell(&mut self, bare: &str, now: Instant) -> bool {
        self.veiled
            .retain(|_, at| now.duration_since(*at) < VEILED_PAUSE);
        if self.veiled.len() >= MAX_VEILED || self.veiled.contains_key(bare) {
            return false;
        }
        self.veiled.insert(bare.to_owned(), now);
        true
    }
}
