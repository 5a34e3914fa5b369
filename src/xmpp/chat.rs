//! Talk: which messages are commands, what makes them unfit, and how answers look.
//!
//! Most of what arrives is not for us to answer: errors, headlines, carbons, room history, our own echoes, messages of
//! other referees. Nothing that came through a room's occupant address is ever taken for a person.

use minidom::Element;
use xmpp_parsers::ns;

use super::rooms::Author;
use super::stanza::{
    Address, CONTACT, Condition, Head, address, attribute, el, error, leaf, place_of,
};
use crate::commands::{Answer, Chat, Flaw, Place, Reaction};
use crate::kit::Words;

/// Longest command, in bytes: a profile text or a long move, many times over.
pub const MAX_TEXT: usize = 8 * 1024;

const EVENT: &str = "urn:x-referee:event:0";
const STYLING: &str = "urn:xmpp:styling:0";
const OLD_DELAY: &str = "jabber:x:delay";
const DIRECT_INVITE: &str = "jabber:x:conference";
const REACTIONS: &str = "urn:xmpp:reactions:0";
/// Signs of one reaction that are read, and the longest of them in bytes: families and flags are a dozen characters.
const MAX_SIGNS: usize = 8;
const MAX_SIGN: usize = 64;
const OMEMO: [&str; 3] = [ns::LEGACY_OMEMO, "urn:xmpp:omemo:1", "urn:xmpp:omemo:2"];

/// What a message turned out to be.
#[derive(Debug)]
pub enum Message {
    /// Nothing that concerns us.
    Nothing,
    /// A bounce, a notice of a room, a line of somebody unknown: for the house.
    Notice,
    /// A private message through a room: it proves nothing about who wrote it.
    Veiled(Manner),
    /// It is refused with this stanza.
    Refused(Element),
    /// A command, or something that the host may take for one.
    Said(Chat, Manner),
    /// A short line of talk in a match's room, which may have been meant as a move.
    Overheard(Chat, Manner),
    /// Somebody wants us in a room of theirs: what they are told.
    Invited(Element),
    /// A reaction to one of our messages (XEP-0444).
    Reacted(Reaction, Manner),
}

/// How an answer goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manner {
    /// Our address.
    from: String,
    /// Whoever wrote, or the room.
    to: String,
    kind: &'static str,
    /// The id of the message that is answered.
    id: Option<String>,
    thread: Option<String>,
    /// The id of a message whose arrival is to be confirmed (XEP-0184).
    receipt: Option<String>,
    /// For answers that nobody else may read: from and to.
    private: Option<(String, String)>,
}

/// Longest line of talk in a match's room that is looked at, in bytes: moves are short.
const MAX_OVERHEARD: usize = 16;

/// What a message's reader has to know about rooms.
pub trait Rooms {
    /// Who wrote a line in a room that we are in, when that is certain.
    fn author<'a>(&'a self, stanza: &'a Element) -> Option<Author<'a>>;
    /// Whether nobody at this domain is a person.
    fn is_muc(&self, domain: &str) -> bool;
}

/// Reads a message to our `domain`.
pub fn read(stanza: &Element, head: &Head, domain: &str, rooms: &impl Rooms) -> Message {
    let veiled = rooms.is_muc(&head.from.domain) || stanza.has_child("x", ns::MUC_USER);
    match head.kind.as_deref() {
        Some("error") => Message::Notice,
        Some("headline") => Message::Nothing,
        _ if is_invitation(stanza) => turned_down(stanza, head),
        _ if is_machine_talk(stanza) => Message::Nothing,
        Some("groupchat") => line(stanza, head, domain, rooms),
        // A room speaks for itself from its bare address: invitations, changes, declined invitations.
        _ if veiled && head.from.resource().is_none() => Message::Notice,
        _ if veiled && body(stanza).is_some() => Message::Veiled(Manner::back(stanza, head)),
        _ if veiled => Message::Nothing,
        _ => person(stanza, head, domain),
    }
}

/// Whether this is an invitation into a room, direct (XEP-0249) or through the room itself (XEP-0045, 7.8.2).
fn is_invitation(stanza: &Element) -> bool {
    let through = stanza.get_child("x", ns::MUC_USER);
    through.is_some_and(|x| x.has_child("invite", ns::MUC_USER))
        || stanza.has_child("x", DIRECT_INVITE)
}

/// We sit in rooms of our own alone, where we know who speaks.
fn turned_down(stanza: &Element, head: &Head) -> Message {
    const WHY: &str =
        "I only sit in rooms that I made myself. Write to me in private: type `help`.";
    let through = stanza.get_child("x", ns::MUC_USER);
    let inviter = through.and_then(|x| x.get_child("invite", ns::MUC_USER)?.attr("from"));
    let told = match inviter {
        Some(inviter) => {
            let decline = el("decline", ns::MUC_USER)
                .attr(attribute("to"), inviter)
                .append(leaf("reason", ns::MUC_USER, WHY));
            let x = el("x", ns::MUC_USER).append(decline.build()).build();
            address("message", &head.to.full, &head.from.bare, None, "normal").append(x)
        }
        None => address("message", &head.to.full, &head.from.full, None, "chat").append(leaf(
            "body",
            ns::DEFAULT_NS,
            WHY,
        )),
    };
    Message::Invited(told.build())
}

/// Copies of other conversations, and what programs tell each other.
fn is_machine_talk(stanza: &Element) -> bool {
    stanza.children().any(|child| {
        let ns = child.ns();
        (ns == ns::CARBONS && matches!(child.name(), "received" | "sent"))
            || (ns == EVENT && child.name() == "event")
            || (ns == ns::PUBSUB_EVENT && child.name() == "event")
    })
}

/// What somebody said by a sign to one of our messages. An empty set takes back what was said, which asks for nothing.
fn reaction(stanza: &Element, head: &Head) -> Option<Reaction> {
    let reactions = stanza.get_child("reactions", REACTIONS)?;
    let signs = reactions
        .children()
        .filter(|child| child.is("reaction", REACTIONS));
    let signs = signs
        .map(Element::text)
        .filter(|sign| sign.len() <= MAX_SIGN);
    Some(Reaction {
        bare: head.from.bare.clone(),
        full: head.from.full.clone(),
        place: place_of(&head.to)?,
        to: reactions.attr("id")?.to_owned(),
        signs: signs.take(MAX_SIGNS).collect(),
        flaw: flaw(stanza),
        id: head.id.clone(),
    })
}

fn person(stanza: &Element, head: &Head, domain: &str) -> Message {
    if head.from.local.is_some()
        && let Some(reaction) = reaction(stanza, head)
    {
        return Message::Reacted(reaction, Manner::back(stanza, head));
    }
    let refuse = |condition, text| match error(stanza, domain, condition, text) {
        Some(told) => Message::Refused(told),
        None => Message::Nothing,
    };
    let flaw = flaw(stanza);
    let text = body(stanza);
    // Servers speak from bare domains; a person has a name. Chat states and receipts have no body.
    if head.from.local.is_none() || (text.is_none() && flaw != Some(Flaw::Encrypted)) {
        return Message::Nothing;
    }
    let Some(place) = place_of(&head.to) else {
        return refuse(Condition::ItemNotFound, "");
    };
    let text = text.unwrap_or_default();
    if text.len() > MAX_TEXT {
        return refuse(
            Condition::NotAcceptable,
            "This is too long for a command. Type `help` for what I understand.",
        );
    }
    let chat = Chat {
        bare: head.from.bare.clone(),
        full: head.from.full.clone(),
        place,
        text,
        flaw,
        lag: None,
        id: head.id.clone(),
    };
    Message::Said(chat, Manner::back(stanza, head))
}

/// A line of a room: talk, unless it begins with `!` or our nick.
fn line(stanza: &Element, head: &Head, domain: &str, rooms: &impl Rooms) -> Message {
    if is_delayed(stanza) {
        return Message::Nothing;
    }
    let Some(author) = rooms.author(stanza) else {
        return Message::Notice;
    };
    if head.from.resource() == Some(author.our_nick) {
        return Message::Nothing;
    }
    let text = body(stanza).filter(|text| text.len() <= MAX_TEXT);
    let Some(text) = text else {
        return Message::Nothing;
    };
    let command = addressed(&text, author.our_nick);
    let may_be_a_move = matches!(author.place, Place::Room(_))
        && !text.trim_start().starts_with('!')
        && text.trim().len() <= MAX_OVERHEARD;
    if command.is_none() && !may_be_a_move {
        return Message::Nothing;
    }
    let Some(real) = Address::read(author.full) else {
        return Message::Nothing;
    };
    let chat = Chat {
        bare: real.bare.clone(),
        full: real.full,
        place: author.place,
        text: command.unwrap_or(text.trim()).to_owned(),
        flaw: flaw(stanza),
        lag: None,
        id: head.id.clone(),
    };
    let manner = Manner {
        from: head.to.full.clone(),
        to: head.from.bare.clone(),
        kind: "groupchat",
        id: None,
        thread: None,
        receipt: None,
        private: Some((format!("{CONTACT}@{domain}"), real.bare)),
    };
    match command {
        Some(_) => Message::Said(chat, manner),
        None => Message::Overheard(chat, manner),
    }
}

/// The command in a line of a room, without `!` or `nick:` in front.
fn addressed<'a>(text: &'a str, nick: &str) -> Option<&'a str> {
    let text = text.trim_start();
    let command = text.strip_prefix('!').or_else(|| {
        let (name, rest) = text.split_at_checked(nick.len())?;
        let meant = name.eq_ignore_ascii_case(nick);
        rest.strip_prefix([':', ',']).filter(|_| meant)
    })?;
    // `!!!` is talk.
    Some(command.trim()).filter(|command| !command.is_empty() && !command.starts_with('!'))
}

/// The first body with anything in it.
fn body(stanza: &Element) -> Option<String> {
    let bodies = stanza
        .children()
        .filter(|child| child.is("body", ns::DEFAULT_NS));
    bodies
        .map(Element::text)
        .find(|text| !text.trim().is_empty())
}

fn is_delayed(stanza: &Element) -> bool {
    stanza.has_child("delay", ns::DELAY) || stanza.has_child("x", OLD_DELAY)
}

fn flaw(stanza: &Element) -> Option<Flaw> {
    if is_encrypted(stanza) {
        Some(Flaw::Encrypted)
    } else if is_delayed(stanza) {
        Some(Flaw::Delayed)
    } else if stanza.has_child("replace", ns::MESSAGE_CORRECT) {
        Some(Flaw::Corrected)
    } else {
        None
    }
}

/// Whether something was said that only a key could open. An OMEMO message without a payload only moves keys.
fn is_encrypted(stanza: &Element) -> bool {
    let omemo = OMEMO
        .iter()
        .filter_map(|omemo| stanza.get_child("encrypted", *omemo));
    let says = body(stanza).is_some();
    omemo
        .into_iter()
        .any(|sealed| says || sealed.children().any(|child| child.name() == "payload"))
        || stanza.has_child("openpgp", ns::OX)
        || stanza.has_child("x", "jabber:x:encrypted")
        || (says && stanza.has_child("encryption", ns::EME))
        || body(stanza).is_some_and(|text| text.starts_with("?OTR"))
}

impl Manner {
    /// Back to whoever wrote.
    pub fn back(stanza: &Element, head: &Head) -> Manner {
        let thread = stanza
            .get_child("thread", ns::DEFAULT_NS)
            .map(Element::text);
        let wants_receipt = stanza.has_child("request", ns::RECEIPTS);
        Manner {
            from: head.to.full.clone(),
            to: head.from.full.clone(),
            kind: if head.kind.as_deref() == Some("chat") {
                "chat"
            } else {
                "normal"
            },
            id: head.id.clone(),
            thread: thread.filter(|thread| !thread.is_empty()),
            receipt: head.id.clone().filter(|_| wants_receipt),
            private: None,
        }
    }

    /// The stanzas that answer, the receipt first; `id` is for the answer.
    pub fn answer(&self, answer: &Answer, id: &str) -> Vec<Element> {
        let (words, private) = match answer {
            Answer::Say {
                result: Ok(reply),
                private,
            } => (reply.words.clone(), *private),
            Answer::Say {
                result: Err(refusal),
                private,
            } => (Words::line(refusal.to_string()), *private),
            Answer::Sorry => return vec![self.fault(Condition::ResourceConstraint, SORRY, id)],
            Answer::Stop(stop, text) => return vec![self.fault((*stop).into(), text, id)],
            Answer::Nothing => return vec![self.fault(Condition::ItemNotFound, "", id)],
            Answer::Silence | Answer::Step(_) | Answer::Seen(_) => return Vec::new(),
        };
        let receipt = self.receipt.as_deref().map(|id| self.received(id));
        let said = (!words.0.is_empty()).then(|| self.say(&words, private, id));
        receipt.into_iter().chain(said).collect()
    }

    /// Words, to where the question came from.
    pub fn say(&self, words: &Words, private: bool, id: &str) -> Element {
        let aside = self.private.as_ref().filter(|_| private);
        let (from, to, kind) = match aside {
            Some((from, to)) => (from, to, "chat"),
            None => (&self.from, &self.to, self.kind),
        };
        let plain = (!words.has_board()).then(|| Element::bare("unstyled", STYLING));
        let thread = self.thread.as_deref().filter(|_| aside.is_none());
        address("message", from, to, Some(id), kind)
            .append(leaf("body", ns::DEFAULT_NS, &words.body()))
            .append_all(thread.map(|thread| leaf("thread", ns::DEFAULT_NS, thread)))
            .append_all(plain)
            .append(el("origin-id", ns::SID).attr(attribute("id"), id).build())
            .build()
    }

    fn received(&self, id: &str) -> Element {
        let received = el("received", ns::RECEIPTS).attr(attribute("id"), id);
        address("message", &self.from, &self.to, None, self.kind)
            .append(received.build())
            .build()
    }

    /// An error; in rooms, where nobody sees errors, a line.
    fn fault(&self, condition: Condition, text: &str, id: &str) -> Element {
        if self.kind == "groupchat" {
            return self.say(
                &Words::line(if text.is_empty() { SORRY } else { text }),
                false,
                id,
            );
        }
        let message = address("message", &self.from, &self.to, self.id.as_deref(), "error");
        message
            .append(super::stanza::error_child(condition, text))
            .build()
    }

    /// The bare address that is answered, for limits.
    pub fn bare_to(&self) -> &str {
        self.to.split('/').next().unwrap_or_default()
    }
}

/// What is said when nothing could be done.
pub const SORRY: &str =
    "I could not do that just now, and nothing has changed. Try again in a moment.";

/// What an IQ is told while too much is asked.
pub const BUSY: &str = "Too much is asked of me right now. Try again in a few seconds.";

#[cfg(test)]
mod tests;
