//! The node `R/keys`: the keys that sign results, one item each, published anew with every connection.

use minidom::Element;
use xmpp_parsers::ns;

use super::node::{Node, Purpose, Stage};
use super::{Asked, Feeds};
use crate::commands::KeyOut;
use crate::kit::ALGORITHM;
use crate::xmpp::disco::KEYS;
use crate::xmpp::out::Out;
use crate::xmpp::stanza::{attribute, el};

/// The node, as a suffix of the domain. If somebody else has it the keys are in disco alone: a node under another name would
/// have to be found there anyway.
const NODE: &str = "keys";

impl Feeds {
    /// A connection is there, and the service is known: makes or confirms the node of the keys.
    pub fn stand_keys(&mut self, keys: &[KeyOut]) -> Vec<Out> {
        self.keys = keys.to_vec();
        if self.service.is_none() || keys.is_empty() {
            return Vec::new();
        }
        let name = self.name_of_keys();
        let begun = self.create(&name, Purpose::Keys);
        self.nodes
            .insert(name, Node::new(Purpose::Keys, Stage::Creating));
        vec![begun]
    }

    /// The node where the keys are published, once it is ours.
    pub fn keys_node(&self) -> Option<&str> {
        let ready = |node: &Node| node.purpose == Purpose::Keys && node.stage == Stage::Ready;
        let (name, _) = self.nodes.get_key_value(&self.name_of_keys())?;
        self.nodes.get(name).is_some_and(ready).then_some(name)
    }

    fn name_of_keys(&self) -> String {
        format!("{}/{NODE}", self.domain)
    }

    /// Oldest first, so that the key that signs is the newest item.
    pub(super) fn publish_keys(&self, name: &str) -> Vec<Out> {
        let publish = |out: &KeyOut| {
            let item = el("item", ns::PUBSUB)
                .attr(attribute("id"), out.key.id().to_string())
                .append(element(out));
            let publish = el("publish", ns::PUBSUB)
                .attr(attribute("node"), name)
                .append(item);
            let payload = el("pubsub", ns::PUBSUB).append(publish).build();
            self.ask(true, payload, Asked::PublishKey(name.to_owned()))
        };
        self.keys.iter().rev().map(publish).collect()
    }
}

/// `<key xmlns='urn:x-referee:keys:0' id='…' algorithm='ed25519' since='…'>…</key>`
fn element(out: &KeyOut) -> Element {
    let key = el("key", KEYS)
        .attr(attribute("id"), out.key.id().to_string())
        .attr(attribute("algorithm"), ALGORITHM)
        .attr(attribute("since"), out.since.to_string());
    let until = out.until.map(|until| until.to_string());
    let key = match until {
        Some(until) => key.attr(attribute("until"), until),
        None => key,
    };
    key.append(out.key.to_string()).build()
}
