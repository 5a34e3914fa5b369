//! One node as we know it, and what is said about it to the service.

use std::collections::VecDeque;

use minidom::Element;
use xmpp_parsers::ns;

use crate::commands::{Call, News};
use crate::engine::Item;
use crate::kit::MatchId;
use crate::xmpp::out::Out;
use crate::xmpp::stanza::{attribute, el, leaf};

/// Items held for a node that is not confirmed yet.
pub const MAX_HELD: usize = 256;
/// Items that the node of a match keeps; a longer match is read from the record.
const KEPT_OF_MATCH: &str = "100";
/// Items that the node of what is going on keeps.
const KEPT_OF_NEWS: &str = "200";
/// What a node is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// What is going on.
    News,
    /// The keys that sign results.
    Keys,
    /// One match.
    Match(MatchId),
    /// Only known by name, from an effect.
    Known,
}

impl Purpose {
    /// Whether every connection makes or confirms it, and no effect waits for it.
    pub fn is_standing(self) -> bool {
        matches!(self, Purpose::News | Purpose::Keys)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Creating,
    Checking,
    Configuring,
    Ready,
}

pub struct Node {
    pub purpose: Purpose,
    pub stage: Stage,
    /// The writer waits to hear that it is there.
    pub untold: bool,
    pub held: VecDeque<Item>,
    /// It is to be deleted as soon as it is known to be ours.
    pub doomed: bool,
    /// It was found missing and made again on this connection: a second time is not worth a third.
    pub remade: bool,
    pub tries: u8,
}

impl Node {
    pub fn new(purpose: Purpose, stage: Stage) -> Node {
        let untold = purpose != Purpose::Known && stage == Stage::Creating;
        Node {
            purpose,
            stage,
            untold,
            held: VecDeque::new(),
            doomed: false,
            remade: false,
            tries: 0,
        }
    }

    pub fn hold(&mut self, item: Item) {
        if self.held.len() >= MAX_HELD {
            self.held.pop_front();
        }
        self.held.push_back(item);
    }
}

pub fn ready_call(name: &str, purpose: Purpose) -> Option<Out> {
    let news = match purpose {
        Purpose::News => News::NewsReady(name.to_owned()),
        Purpose::Match(id) => News::FeedReady(id, name.to_owned()),
        Purpose::Known | Purpose::Keys => return None,
    };
    Some(Out::Call(Call::News(news), None))
}

/// The configuration of a node, every option named: the servers' defaults differ.
pub fn options(name: &str, purpose: Purpose) -> Element {
    let kept = if purpose == Purpose::News {
        KEPT_OF_NEWS
    } else {
        KEPT_OF_MATCH
    };
    let title = match (purpose, name.rsplit('/').next()) {
        (Purpose::News, _) => "Referee: what is going on".to_owned(),
        (Purpose::Keys, _) => "Referee: the keys that sign results".to_owned(),
        (Purpose::Match(id), _) => format!("Referee: match {id}"),
        (Purpose::Known, last) => format!("Referee: {}", last.unwrap_or_default()),
    };
    config(&title, "open", kept)
}

/// The configuration of a node with this title, for these subscribers (XEP-0060, 4.5), keeping so many items.
pub fn config(title: &str, access: &str, kept: &str) -> Element {
    let field = |name: &str, value: &str| {
        el("field", ns::DATA_FORMS)
            .attr(attribute("var"), name)
            .append(leaf("value", ns::DATA_FORMS, value))
    };
    el("x", ns::DATA_FORMS)
        .attr(attribute("type"), "submit")
        .append(field("FORM_TYPE", ns::PUBSUB_CONFIGURE))
        .append(field("pubsub#title", title))
        .append(field("pubsub#access_model", access))
        .append(field("pubsub#publish_model", "publishers"))
        .append(field("pubsub#persist_items", "1"))
        .append(field("pubsub#max_items", kept))
        .append(field("pubsub#notify_delete", "1"))
        .append(field("pubsub#deliver_payloads", "1"))
        .append(field("pubsub#send_last_published_item", "never"))
        .build()
}

pub fn configure(name: &str, purpose: Purpose) -> Element {
    let configure = el("configure", ns::PUBSUB_OWNER)
        .attr(attribute("node"), name)
        .append(options(name, purpose));
    el("pubsub", ns::PUBSUB_OWNER).append(configure).build()
}

/// Whether we are the owner, and nobody else may publish.
pub fn is_ours_alone(iq: &Element, domain: &str) -> bool {
    let list = iq
        .get_child("pubsub", ns::PUBSUB_OWNER)
        .and_then(|pubsub| pubsub.get_child("affiliations", ns::PUBSUB_OWNER));
    let Some(list) = list else { return false };
    let mut ours = false;
    for entry in list.children() {
        let mine = entry.attr("jid") == Some(domain);
        match entry.attr("affiliation") {
            Some("owner") if mine => ours = true,
            Some("owner" | "publisher" | "publish-only") if !mine => return false,
            _ => {}
        }
    }
    ours
}
