//! Our feeds: pubsub nodes (XEP-0060) made, confirmed, published to, deleted. All of it from the bare domain.
//!
//! A node is ours if we created it, or if we alone own it and nobody else may publish there. Nothing is published to a node
//! before that is confirmed on this connection; a node that somebody else took is left alone and another name chosen.

mod keys;
mod node;

use std::collections::BTreeMap;

use minidom::Element;
use xmpp_parsers::ns;

use self::node::{Node, Stage, configure, ready_call};
pub use self::node::{Purpose, options};
pub(super) use self::node::{config, is_ours_alone};
use super::atom;
use super::muc::condition;
use super::out::{Heard, Out, Question, Then};
use super::rooms::tail;
use super::stanza::{attribute, el};
use crate::commands::{Answer, Call, KeyOut, Look, Place, Sight};
use crate::engine::Item;
use crate::engine::story::NEWS_NODE;
use crate::kit::MatchId;

/// Nodes remembered on one connection; those at rest are forgotten first, and confirmed again when they are needed.
const MAX_NODES: usize = 4096;
/// Names tried for one node.
const MAX_TRIES: u8 = 5;

/// A question of this sub-room, with the node it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The writer: whether strangers may know of this match.
    Face(MatchId),
    /// To create the node.
    Create(String),
    /// Who may do what there.
    Rights(String),
    /// To take our configuration.
    Configure(String),
    /// To take a key that signs results.
    PublishKey(String),
    /// To take an item.
    Publish(String, Box<Item>),
    /// To delete the node.
    Delete(String),
}

/// All feeds of ours.
pub struct Feeds {
    domain: String,
    service: Option<String>,
    nodes: BTreeMap<String, Node>,
    /// Matches whose face was asked for before a feed is made.
    asked: usize,
    told: bool,
    /// The keys that sign results.
    keys: Vec<KeyOut>,
}

impl Feeds {
    /// No feeds yet.
    pub fn new(domain: &str) -> Feeds {
        Feeds {
            domain: domain.to_owned(),
            service: None,
            nodes: BTreeMap::new(),
            asked: 0,
            told: false,
            keys: Vec::new(),
        }
    }

    /// A connection is there, and the service is known: makes or confirms the node of what is going on. Feeds of matches
    /// are confirmed when they are next needed.
    pub fn stand(&mut self, service: Option<&str>, news: Option<&str>) -> Vec<Out> {
        self.down();
        self.service = service.map(str::to_owned);
        if service.is_none() {
            return Vec::new();
        }
        let (name, stage) = match news {
            Some(name) => (name.to_owned(), Stage::Checking),
            None => (format!("{}/{NEWS_NODE}", self.domain), Stage::Creating),
        };
        let begun = if news.is_some() {
            self.check(&name)
        } else {
            self.create(&name, Purpose::News)
        };
        self.nodes.insert(name, Node::new(Purpose::News, stage));
        vec![begun]
    }

    /// The connection is gone. Whatever was under way belongs to a window that will be sent again.
    pub fn down(&mut self) {
        self.nodes.clear();
        self.asked = 0;
        self.told = false;
    }

    /// Whether this is the domain of our feeds: an address there is never a person.
    pub fn is_service(&self, domain: &str) -> bool {
        self.service.as_deref() == Some(domain)
    }

    /// Whether something that an effect asked for is still under way. The news' own node is no effect's affair.
    pub fn is_busy(&self) -> bool {
        let new = |node: &Node| node.untold && !node.purpose.is_standing();
        let due = |node: &Node| new(node) || node.doomed || !node.held.is_empty();
        let waits = |node: &Node| node.stage != Stage::Ready && due(node);
        self.asked > 0 || self.nodes.values().any(waits)
    }

    /// Makes a feed for a match, if strangers may know of the match.
    pub fn open(&mut self, game: MatchId) -> Vec<Out> {
        if self.service.is_none() {
            return Vec::new();
        }
        let existing = self
            .nodes
            .iter()
            .find(|(_, node)| node.purpose == Purpose::Match(game));
        if let Some((name, node)) = existing {
            let ready = (node.stage == Stage::Ready).then(|| ready_call(name, node.purpose));
            return ready.flatten().into_iter().collect();
        }
        self.asked += 1;
        let look = Look {
            bare: self.domain.clone(),
            place: Place::Match(game),
            at: Sight::Info,
        };
        vec![Out::Call(
            Call::Look(look),
            Some(Then::Feeds(Asked::Face(game))),
        )]
    }

    /// Publishes an item, as soon as the node is known to be ours.
    pub fn publish(&mut self, name: &str, item: &Item) -> Vec<Out> {
        if self.service.is_none() {
            return Vec::new();
        }
        match self.nodes.get_mut(name) {
            Some(node) if node.stage == Stage::Ready => vec![self.send(name, item.clone())],
            Some(node) => {
                node.hold(item.clone());
                Vec::new()
            }
            None => {
                self.make_space();
                let mut node = Node::new(Purpose::Known, Stage::Checking);
                node.hold(item.clone());
                self.nodes.insert(name.to_owned(), node);
                vec![self.check(name)]
            }
        }
    }

    /// Deletes a node, as soon as it is known to be ours.
    pub fn close(&mut self, name: &str) -> Vec<Out> {
        if self.service.is_none() {
            return Vec::new();
        }
        if let Some(node) = self.nodes.get_mut(name) {
            node.doomed = true;
            return if node.stage == Stage::Ready {
                self.settled(name)
            } else {
                Vec::new()
            };
        }
        self.make_space();
        let node = Node {
            doomed: true,
            ..Node::new(Purpose::Known, Stage::Checking)
        };
        self.nodes.insert(name.to_owned(), node);
        vec![self.check(name)]
    }

    /// The writer has said whether a match is public.
    pub fn answered(&mut self, asked: &Asked, answer: &Answer) -> Vec<Out> {
        let Asked::Face(game) = asked else {
            return Vec::new();
        };
        self.asked = self.asked.saturating_sub(1);
        if !matches!(answer, Answer::Seen(_)) || self.service.is_none() {
            return Vec::new();
        }
        let name = format!("{}/match/{game}", self.domain);
        if self.nodes.contains_key(&name) {
            return Vec::new();
        }
        self.make_space();
        self.nodes.insert(
            name.clone(),
            Node::new(Purpose::Match(*game), Stage::Creating),
        );
        vec![self.create(&name, Purpose::Match(*game))]
    }

    /// The service has answered, or never will.
    pub fn heard(&mut self, asked: Asked, heard: &Heard) -> Vec<Out> {
        let failed = match heard {
            Heard::Error(iq) => condition(iq).unwrap_or_default(),
            Heard::Result(_) | Heard::Silence => String::new(),
        };
        match (asked, heard) {
            (Asked::Publish(name, item), Heard::Error(_)) => {
                self.not_published(&name, *item, &failed)
            }
            (Asked::PublishKey(name), Heard::Error(_)) => {
                tracing::warn!(node = name, condition = failed, "a key was not published");
                Vec::new()
            }
            (Asked::Delete(name), Heard::Error(_)) if failed != "item-not-found" => {
                tracing::warn!(
                    node = name,
                    condition = failed,
                    "a feed could not be deleted"
                );
                Vec::new()
            }
            (Asked::Create(name), Heard::Result(_)) if self.is_at(&name, Stage::Creating) => {
                self.settled(&name)
            }
            (Asked::Create(name), Heard::Error(_)) if self.is_at(&name, Stage::Creating) => {
                if failed == "conflict" {
                    self.to(&name, Stage::Checking);
                    return vec![self.check(&name)];
                }
                self.may_not_create(&name, &failed)
            }
            (Asked::Rights(name), Heard::Result(iq)) if self.is_at(&name, Stage::Checking) => {
                if !is_ours_alone(iq, &self.domain) {
                    return self.not_ours(&name);
                }
                let Some(node) = self.nodes.get(&name) else {
                    return Vec::new();
                };
                if node.untold {
                    // Found, not made: whoever made it may have set it up in any way.
                    let set_up = configure(&name, node.purpose);
                    self.to(&name, Stage::Configuring);
                    return vec![self.ask(true, set_up, Asked::Configure(name))];
                }
                self.settled(&name)
            }
            (Asked::Rights(name), Heard::Error(_)) if self.is_at(&name, Stage::Checking) => {
                match failed.as_str() {
                    "item-not-found" => self.remake(&name),
                    _ => self.not_ours(&name),
                }
            }
            (Asked::Configure(name), Heard::Result(_)) if self.is_at(&name, Stage::Configuring) => {
                self.settled(&name)
            }
            (Asked::Configure(name), Heard::Error(_)) if self.is_at(&name, Stage::Configuring) => {
                self.not_ours(&name)
            }
            (
                Asked::Create(name) | Asked::Rights(name) | Asked::Configure(name),
                Heard::Silence,
            ) => self.unanswered(&name),
            _ => Vec::new(),
        }
    }
}

/// The steps of one node.
impl Feeds {
    fn is_at(&self, name: &str, stage: Stage) -> bool {
        self.nodes.get(name).is_some_and(|node| node.stage == stage)
    }

    fn to(&mut self, name: &str, stage: Stage) {
        if let Some(node) = self.nodes.get_mut(name) {
            node.stage = stage;
        }
    }

    fn ask(&self, set: bool, payload: Element, asked: Asked) -> Out {
        let to = self.service.clone().unwrap_or_default();
        Out::Ask(Question {
            from: self.domain.clone(),
            to,
            set,
            payload,
            then: Then::Feeds(asked),
        })
    }

    fn create(&self, name: &str, purpose: Purpose) -> Out {
        let create = el("create", ns::PUBSUB).attr(attribute("node"), name);
        let configure = el("configure", ns::PUBSUB).append(options(name, purpose));
        let payload = el("pubsub", ns::PUBSUB)
            .append(create)
            .append(configure)
            .build();
        self.ask(true, payload, Asked::Create(name.to_owned()))
    }

    fn check(&self, name: &str) -> Out {
        let affiliations = el("affiliations", ns::PUBSUB_OWNER).attr(attribute("node"), name);
        let payload = el("pubsub", ns::PUBSUB_OWNER).append(affiliations).build();
        self.ask(false, payload, Asked::Rights(name.to_owned()))
    }

    fn send(&self, name: &str, item: Item) -> Out {
        let entry = atom::entry(&self.domain, &item);
        let element = el("item", ns::PUBSUB)
            .attr(attribute("id"), item.id.as_str())
            .append(entry);
        let publish = el("publish", ns::PUBSUB)
            .attr(attribute("node"), name)
            .append(element);
        let payload = el("pubsub", ns::PUBSUB).append(publish).build();
        self.ask(
            true,
            payload,
            Asked::Publish(name.to_owned(), Box::new(item)),
        )
    }

    /// The node is there, ours and set up.
    fn settled(&mut self, name: &str) -> Vec<Out> {
        let Some(node) = self.nodes.get_mut(name) else {
            return Vec::new();
        };
        node.stage = Stage::Ready;
        let mut outs = Vec::new();
        if std::mem::take(&mut node.untold) {
            outs.extend(ready_call(name, node.purpose));
        }
        if node.purpose == Purpose::Keys {
            return self.publish_keys(name);
        }
        let (held, doomed) = (std::mem::take(&mut node.held), node.doomed);
        outs.extend(held.into_iter().map(|item| self.send(name, item)));
        if doomed {
            self.nodes.remove(name);
            let delete = el("delete", ns::PUBSUB_OWNER).attr(attribute("node"), name);
            let payload = el("pubsub", ns::PUBSUB_OWNER).append(delete).build();
            outs.push(self.ask(true, payload, Asked::Delete(name.to_owned())));
        }
        outs
    }

    /// A node that should be there is not: somebody with more power deleted it.
    fn remake(&mut self, name: &str) -> Vec<Out> {
        let Some(node) = self.nodes.get_mut(name) else {
            return Vec::new();
        };
        if node.doomed || node.remade {
            self.nodes.remove(name);
            return Vec::new();
        }
        tracing::warn!(node = name, "a feed of ours was gone; making it again");
        node.remade = true;
        node.stage = Stage::Creating;
        let purpose = node.purpose;
        vec![self.create(name, purpose)]
    }

    /// Somebody else has this node. One that the writer does not know yet gets another name; so does the news.
    fn not_ours(&mut self, name: &str) -> Vec<Out> {
        let Some(mut node) = self.nodes.remove(name) else {
            return Vec::new();
        };
        let local = match node.purpose {
            Purpose::News => NEWS_NODE.to_owned(),
            Purpose::Match(id) if node.untold => format!("match/{id}"),
            _ => {
                tracing::warn!(
                    node = name,
                    "this feed is not ours any more; nothing is published there"
                );
                return Vec::new();
            }
        };
        node.tries += 1;
        if node.tries >= MAX_TRIES {
            tracing::warn!(
                node = name,
                "a feed is not ours under any name that was tried; giving up"
            );
            return Vec::new();
        }
        let next = format!("{}/{local}-{}", self.domain, tail());
        tracing::warn!(
            node = name,
            next,
            "somebody else has the node of this name; taking another"
        );
        (node.stage, node.untold, node.doomed) = (Stage::Creating, true, false);
        let purpose = node.purpose;
        self.nodes.insert(next.clone(), node);
        vec![self.create(&next, purpose)]
    }

    fn may_not_create(&mut self, name: &str, failed: &str) -> Vec<Out> {
        self.nodes.remove(name);
        if !std::mem::replace(&mut self.told, true) {
            tracing::warn!(
                node = name,
                condition = failed,
                "the server lets us make no feeds; for ejabberd set mod_pubsub's `access_createnode: referee_nodes`, for \
                 Prosody add `admins = {{ \"{}\" }}` to the pubsub component",
                self.domain
            );
        }
        Vec::new()
    }

    /// The service is silent. A node that was to be made is given up; a held item is not waited for any longer.
    fn unanswered(&mut self, name: &str) -> Vec<Out> {
        if self.nodes.remove(name).is_some() {
            tracing::warn!(node = name, "the pubsub service does not answer");
        }
        Vec::new()
    }

    fn not_published(&mut self, name: &str, item: Item, failed: &str) -> Vec<Out> {
        let Some(node) = self.nodes.get_mut(name) else {
            return Vec::new();
        };
        match (failed, node.stage) {
            ("item-not-found", Stage::Ready) if !node.remade => {
                node.hold(item);
                self.remake(name)
            }
            // Several items were on their way when the node was found missing.
            ("item-not-found", Stage::Creating) => {
                node.hold(item);
                Vec::new()
            }
            _ => {
                tracing::warn!(
                    node = name,
                    item = item.id,
                    condition = failed,
                    "an item was not published"
                );
                Vec::new()
            }
        }
    }

    /// Forgets a node at rest when too many are known.
    fn make_space(&mut self) {
        if self.nodes.len() < MAX_NODES {
            return;
        }
        let at_rest = |node: &Node| node.stage == Stage::Ready && !node.purpose.is_standing();
        if let Some(name) = self
            .nodes
            .iter()
            .find(|(_, node)| at_rest(node))
            .map(|(name, _)| name.clone())
        {
            self.nodes.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests;
