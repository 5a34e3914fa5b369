//! The pubsub nodes of clans (XEP-0060): the public one, and those with whitelist access that follow the roster.
//!
//! Who may read a node is never taken from an effect, but asked of the writer when it matters. Whoever may not is put out in
//! this order: the subscriptions to none, then the affiliation (ejabberd goes on delivering to a subscriber whose
//! affiliation is revoked), then both lists are read back, until they are as they should be. Until then nothing is published
//! there. All of it again after each reconnection and every ten minutes. Begin reading with [`Nodes::changed`].

mod node;
mod said;
mod steps;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use minidom::Element;

use self::node::{Deed, Found, Node, Stage};
use self::said::{
    affiliations, items_there, subscriptions, to_configure, to_create, to_delete, to_post,
    to_retract,
};
use super::feeds::is_ours_alone;
use super::muc::condition;
use super::out::{Heard, Out, Question, Then};
use crate::commands::{Answer, Call, Look, Place, Seen, Sees, Sight};
use crate::engine::{ClanNode, ClanNodes, Item};
use crate::kit::ClanTag;

/// How often every node is looked after, whatever happens.
const ROUND: Duration = Duration::from_secs(600);
/// How soon a node is tried again that could not be brought in step.
const RETRY: Duration = Duration::from_secs(60);
/// Clans whose nodes are looked after at the same time.
const MAX_AT_WORK: usize = 16;
/// Names tried for one node.
const MAX_TRIES: u8 = 5;
/// How often the lists of a node are set and read back before it is said aloud that they do not hold.
const MAX_ROUNDS: u8 = 4;

/// A question of this sub-room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The writer: how the nodes of this clan are to be.
    Look(ClanTag),
    /// The service, about one node.
    Of(ClanTag, Sees, Step),
}

/// What the service was asked about a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To create it.
    Create,
    /// Who owns it.
    Rights,
    /// To take our configuration.
    Configure,
    /// Who may read there.
    Affiliations,
    /// Who reads there.
    Subscriptions,
    /// To end subscriptions.
    PutOut,
    /// To change who may read.
    Grant,
    /// Which items are there.
    Items,
    /// To take an item.
    Post(Box<Item>),
    /// To take an item back.
    Retract(String),
    /// To delete it.
    Delete,
}

/// The nodes of all clans.
pub struct Nodes {
    domain: String,
    service: Option<String>,
    clans: BTreeMap<ClanTag, Clan>,
    /// Clans to be looked after, in this order.
    queue: VecDeque<ClanTag>,
    /// Clans being looked after.
    at_work: BTreeSet<ClanTag>,
    /// Clans of which an effect has asked something that is not done.
    owed: BTreeSet<ClanTag>,
    round_at: Option<Instant>,
    retry_at: Option<Instant>,
    /// Whether it was said that the server lets us make none.
    told: bool,
}

#[derive(Default)]
struct Clan {
    nodes: BTreeMap<Sees, Node>,
    /// What is to be done on nodes that are not known yet.
    held: Vec<(Sees, Deed)>,
    /// The writer is being asked.
    looking: bool,
    /// Something has changed since the writer was last asked.
    outdated: bool,
    /// The writer could not say it, and is to be asked again.
    undone: bool,
    /// The items are to be compared, too.
    whole: bool,
}

impl Nodes {
    /// No nodes yet.
    pub fn new(domain: &str) -> Nodes {
        Nodes {
            domain: domain.to_owned(),
            service: None,
            clans: BTreeMap::new(),
            queue: VecDeque::new(),
            at_work: BTreeSet::new(),
            owed: BTreeSet::new(),
            round_at: None,
            retry_at: None,
            told: false,
        }
    }

    /// A connection is there, and the service is known: every clan's nodes are looked after.
    pub fn stand(&mut self, service: Option<&str>, clans: &[ClanTag], now: Instant) -> Vec<Out> {
        self.down();
        self.service = service.map(str::to_owned);
        if service.is_none() {
            return Vec::new();
        }
        self.round_at = Some(now + ROUND);
        for tag in clans {
            self.clans.entry(*tag).or_default().whole = true;
            self.queue.push_back(*tag);
        }
        self.pump()
    }

    /// The connection is gone. Whatever was under way belongs to a window that will be sent again.
    pub fn down(&mut self) {
        self.clans.clear();
        self.queue.clear();
        self.at_work.clear();
        self.owed.clear();
        (self.round_at, self.retry_at) = (None, None);
        self.told = false;
    }

    /// Whether something that an effect asked for is still under way.
    pub fn is_busy(&self) -> bool {
        !self.owed.is_empty()
    }

    /// The roster of a clan has changed, or the nodes that it is to have.
    pub fn changed(&mut self, tag: ClanTag) -> Vec<Out> {
        if self.service.is_none() {
            return Vec::new();
        }
        let clan = self.clans.entry(tag).or_default();
        clan.outdated = true;
        // From here on nothing is published there before the lists have been read back.
        let private = clan
            .nodes
            .iter_mut()
            .filter(|(sees, _)| **sees != Sees::Public);
        for (_, node) in private {
            if matches!(node.stage, Stage::Ready | Stage::Comparing) {
                node.stage = Stage::Stale;
            }
        }
        self.hurry(tag);
        self.pump()
    }

    /// Publishes an item, as soon as the node is known to be ours and in step.
    pub fn post(&mut self, tag: ClanTag, sees: Sees, item: &Item) -> Vec<Out> {
        self.act(tag, sees, Deed::Post(Box::new(item.clone())))
    }

    /// Takes an item back.
    pub fn retract(&mut self, tag: ClanTag, sees: Sees, item: &str) -> Vec<Out> {
        self.act(tag, sees, Deed::Retract(item.to_owned()))
    }

    fn act(&mut self, tag: ClanTag, sees: Sees, deed: Deed) -> Vec<Out> {
        if self.service.is_none() {
            return Vec::new();
        }
        let clan = self.clans.entry(tag).or_default();
        match clan.nodes.get_mut(&sees) {
            Some(node) if node.stage == Stage::Ready => {
                let name = node.name.clone();
                return vec![self.perform(tag, sees, &name, deed)];
            }
            // It is tried again later.
            Some(node) if node.stage == Stage::Failed => {
                node.hold(deed);
                return Vec::new();
            }
            Some(node) => node.hold(deed),
            None => {
                clan.held
                    .retain(|(for_whom, held)| *for_whom != sees || !deed.replaces(held));
                clan.held.push((sees, deed));
            }
        }
        if !self.at_work.contains(&tag) && !self.queue.contains(&tag) {
            self.hurry(tag);
        }
        self.owed.insert(tag);
        self.pump()
    }

    /// Puts a clan first: an effect waits for it.
    fn hurry(&mut self, tag: ClanTag) {
        self.owed.insert(tag);
        if !self.at_work.contains(&tag) {
            self.queue.retain(|waiting| *waiting != tag);
            self.queue.push_front(tag);
        }
    }

    /// Begins with as many clans as may be looked after at a time.
    fn pump(&mut self) -> Vec<Out> {
        let mut outs = Vec::new();
        while self.at_work.len() < MAX_AT_WORK {
            let Some(tag) = self.queue.pop_front() else {
                break;
            };
            if self.at_work.insert(tag) {
                outs.push(self.look(tag));
            }
        }
        outs
    }

    fn look(&mut self, tag: ClanTag) -> Out {
        let clan = self.clans.entry(tag).or_default();
        (clan.looking, clan.outdated) = (true, false);
        let failed = |node: &Node| node.stage == Stage::Failed;
        clan.whole |= clan.nodes.is_empty() || clan.nodes.values().any(failed);
        let look = Look {
            bare: self.domain.clone(),
            place: Place::Clan(tag),
            at: Sight::Nodes(clan.whole),
        };
        Out::Call(Call::Look(look), Some(Then::Nodes(Asked::Look(tag))))
    }

    /// The writer has said how the nodes of a clan are to be.
    pub fn answered(&mut self, asked: &Asked, answer: &Answer, now: Instant) -> Vec<Out> {
        let Asked::Look(tag) = asked else {
            return Vec::new();
        };
        let Some(clan) = self.clans.get_mut(tag).filter(|clan| clan.looking) else {
            return Vec::new();
        };
        // What it says may be older than the change.
        if clan.outdated {
            return vec![self.look(*tag)];
        }
        clan.looking = false;
        clan.undone = false;
        let mut outs = match answer {
            Answer::Seen(Seen::Nodes(nodes)) => self.follow(nodes),
            Answer::Nothing => {
                self.clans.remove(tag);
                Vec::new()
            }
            _ => {
                clan.undone = true;
                self.retry_at.get_or_insert(now + RETRY);
                Vec::new()
            }
        };
        outs.extend(self.rest(*tag));
        outs
    }

    fn follow(&mut self, nodes: &ClanNodes) -> Vec<Out> {
        let mut outs = Vec::new();
        if !nodes.alive && nodes.nodes.is_empty() {
            self.clans.remove(&nodes.clan);
            return outs;
        }
        let whole = self
            .clans
            .get_mut(&nodes.clan)
            .is_some_and(|clan| std::mem::take(&mut clan.whole));
        for wanted in &nodes.nodes {
            outs.extend(self.tend(nodes.clan, wanted, nodes.alive, whole));
        }
        let held = match self.clans.get_mut(&nodes.clan) {
            Some(clan) => std::mem::take(&mut clan.held),
            None => Vec::new(),
        };
        for (sees, deed) in held {
            let clan = self.clans.get_mut(&nodes.clan);
            if let Some(node) = clan.and_then(|clan| clan.nodes.get_mut(&sees)) {
                match node.stage {
                    Stage::Ready => {
                        let name = node.name.clone();
                        outs.push(self.perform(nodes.clan, sees, &name, deed));
                    }
                    _ => node.hold(deed),
                }
            }
        }
        outs
    }

    /// Brings one node to where the writer wants it.
    fn tend(&mut self, tag: ClanTag, wanted: &ClanNode, alive: bool, whole: bool) -> Vec<Out> {
        let sees = wanted.sees;
        let own = said::name_of(&self.domain, tag, sees);
        let Some(clan) = self.clans.get_mut(&tag) else {
            return Vec::new();
        };
        let fresh = !clan.nodes.contains_key(&sees);
        let node = clan.nodes.entry(sees).or_insert_with(|| {
            Node::new(wanted.node.clone().unwrap_or(own), wanted.node.is_none())
        });
        node.readers = wanted.readers.iter().cloned().collect();
        node.pages = wanted.pages.iter().cloned().collect();
        node.doomed = !alive;
        if whole {
            node.items = wanted.items.clone();
            node.compare = true;
        }
        if !fresh && node.is_under_way() {
            return Vec::new();
        }
        node.rounds = 0;
        let (name, untold) = (node.name.clone(), node.untold);
        match (fresh || node.stage == Stage::Failed, untold) {
            (true, true) => self.go(tag, sees, Stage::Creating),
            (true, false) => self.go(tag, sees, Stage::Checking),
            (false, _) if !alive => vec![self.ask(tag, sees, true, to_delete(&name), Step::Delete)],
            (false, _) => self.settled(tag, sees),
        }
    }

    /// What is asked of the service on the way into a stage.
    fn go(&mut self, tag: ClanTag, sees: Sees, stage: Stage) -> Vec<Out> {
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        let name = node.name.clone();
        let asks: Vec<(bool, Element, Step)> = match &stage {
            Stage::Creating => vec![(true, to_create(&name, tag, sees), Step::Create)],
            Stage::Checking => vec![(false, affiliations(&name), Step::Rights)],
            Stage::Configuring => {
                vec![(true, to_configure(&name, tag, sees), Step::Configure)]
            }
            Stage::Reading(_) => vec![
                (false, subscriptions(&name), Step::Subscriptions),
                (false, affiliations(&name), Step::Affiliations),
            ],
            Stage::Comparing => vec![(false, items_there(&name), Step::Items)],
            Stage::PuttingOut(..) | Stage::Granting | Stage::Stale => Vec::new(),
            Stage::Ready | Stage::Failed => Vec::new(),
        };
        node.stage = stage;
        asks.into_iter()
            .map(|(set, payload, step)| self.ask(tag, sees, set, payload, step))
            .collect()
    }

    fn node(&mut self, tag: ClanTag, sees: Sees) -> Option<&mut Node> {
        self.clans.get_mut(&tag)?.nodes.get_mut(&sees)
    }

    fn ask(&self, tag: ClanTag, sees: Sees, set: bool, payload: Element, step: Step) -> Out {
        Out::Ask(Question {
            from: self.domain.clone(),
            to: self.service.clone().unwrap_or_default(),
            set,
            payload,
            then: Then::Nodes(Asked::Of(tag, sees, step)),
        })
    }

    fn perform(&self, tag: ClanTag, sees: Sees, name: &str, deed: Deed) -> Out {
        let (payload, step) = match deed {
            Deed::Post(item) => (to_post(&self.domain, name, &item), Step::Post(item)),
            Deed::Retract(id) => (to_retract(name, &id), Step::Retract(id)),
        };
        self.ask(tag, sees, true, payload, step)
    }

    /// The service has answered, or never will.
    pub fn heard(&mut self, asked: Asked, heard: &Heard, now: Instant) -> Vec<Out> {
        let Asked::Of(tag, sees, step) = asked else {
            return Vec::new();
        };
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        let stage = node.stage.clone();
        let failed = match heard {
            Heard::Error(iq) => condition(iq).unwrap_or_default(),
            Heard::Result(_) | Heard::Silence => String::new(),
        };
        let mut outs = match (step, heard, stage) {
            (Step::Post(item), Heard::Error(_), _) => self.not_posted(tag, sees, *item, &failed),
            (Step::Post(_) | Step::Retract(_), ..) => Vec::new(),
            (Step::Delete, ..) => self.deleted(tag, sees, heard, &failed),
            (_, Heard::Silence, _) => {
                self.fail(tag, sees, "the pubsub service does not answer", now)
            }
            (Step::Create, Heard::Result(_), Stage::Creating) => self.made(tag, sees),
            (Step::Create, Heard::Error(_), Stage::Creating) if failed == "conflict" => {
                self.go(tag, sees, Stage::Checking)
            }
            (Step::Create, Heard::Error(_), Stage::Creating) => {
                self.may_not(tag, sees, &failed, now)
            }
            (Step::Rights, Heard::Result(iq), Stage::Checking)
                if is_ours_alone(iq, &self.domain) =>
            {
                self.checked(tag, sees)
            }
            (Step::Rights, Heard::Error(_), Stage::Checking) if failed == "item-not-found" => {
                self.missing(tag, sees)
            }
            (Step::Rights, _, Stage::Checking)
            | (Step::Configure, Heard::Error(_), Stage::Configuring) => {
                self.not_ours(tag, sees, now)
            }
            (Step::Configure, Heard::Result(_), Stage::Configuring) => self.settled(tag, sees),
            (Step::Affiliations | Step::Subscriptions, Heard::Error(_), Stage::Reading(_)) => {
                match failed.as_str() {
                    "item-not-found" => self.missing(tag, sees),
                    _ => self.fail(tag, sees, "a clan's node does not show who reads it", now),
                }
            }
            (
                step @ (Step::Affiliations | Step::Subscriptions),
                Heard::Result(iq),
                Stage::Reading(found),
            ) => self.read_back(tag, sees, &step, iq, found, now),
            // Whether it took is seen when the lists are read back.
            (Step::PutOut, _, Stage::PuttingOut(out, granted)) => {
                self.grant(tag, sees, &out, &granted)
            }
            (Step::Grant, _, Stage::Granting) => {
                self.go(tag, sees, Stage::Reading(Found::default()))
            }
            (Step::Items, Heard::Result(iq), Stage::Comparing) => self.compared(tag, sees, iq),
            (Step::Items, Heard::Error(_), Stage::Comparing) => self.ready(tag, sees),
            _ => Vec::new(),
        };
        outs.extend(self.rest(tag));
        outs
    }

    /// Whether a clan has been looked after; then others get their turn.
    fn rest(&mut self, tag: ClanTag) -> Vec<Out> {
        let clan = self.clans.get(&tag);
        let under_way = |clan: &Clan| clan.looking || clan.nodes.values().any(Node::is_under_way);
        if clan.is_some_and(under_way) || !self.at_work.contains(&tag) {
            return Vec::new();
        }
        if clan.is_some_and(|clan| clan.outdated) {
            return vec![self.look(tag)];
        }
        self.at_work.remove(&tag);
        if !self.queue.contains(&tag) {
            self.owed.remove(&tag);
        }
        self.pump()
    }

    /// When [`Nodes::tick`] is next needed.
    pub fn next_wake(&self) -> Option<Instant> {
        [self.round_at, self.retry_at].into_iter().flatten().min()
    }

    /// Every ten minutes all nodes are looked after, and sooner those that failed.
    pub fn tick(&mut self, now: Instant) -> Vec<Out> {
        let round = self.round_at.is_some_and(|at| at <= now);
        let retry = self.retry_at.is_some_and(|at| at <= now);
        if round {
            self.round_at = Some(now + ROUND);
        }
        if retry {
            self.retry_at = None;
        }
        if !round && !retry {
            return Vec::new();
        }
        let failed = |clan: &Clan| {
            clan.undone || clan.nodes.values().any(|node| node.stage == Stage::Failed)
        };
        let queued: BTreeSet<ClanTag> = self.queue.iter().copied().collect();
        for (tag, clan) in &mut self.clans {
            if (round || failed(clan)) && !queued.contains(tag) && !self.at_work.contains(tag) {
                clan.whole = true;
                self.queue.push_back(*tag);
            }
        }
        self.pump()
    }
}

#[cfg(test)]
mod tests;
