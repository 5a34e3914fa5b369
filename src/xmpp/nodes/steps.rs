//! The steps of one node: made, found, configured, read back, compared, published to, deleted.

use std::time::Instant;

use minidom::Element;

use super::node::{Deed, Found, Stage};
use super::said::{self, page_prefix, to_delete, to_grant, to_put_out};
use super::{MAX_ROUNDS, MAX_TRIES, Nodes, RETRY, ROUND, Step};
use crate::commands::{Call, News, Sees};
use crate::engine::Item;
use crate::kit::ClanTag;
use crate::xmpp::feeds::is_ours_alone;
use crate::xmpp::out::{Heard, Out};
use crate::xmpp::rooms::tail;

impl Nodes {
    /// It was created just now: everything is to be published, and nobody reads there yet.
    pub(super) fn made(&mut self, tag: ClanTag, sees: Sees) -> Vec<Out> {
        let told = self.tell(tag, sees);
        told.into_iter().chain(self.settled(tag, sees)).collect()
    }

    /// The writer has to know the name of a node that it does not know yet.
    pub(super) fn tell(&mut self, tag: ClanTag, sees: Sees) -> Option<Out> {
        let node = self.node(tag, sees)?;
        let news = News::NodeReady(tag, sees, node.name.clone());
        std::mem::take(&mut node.untold).then_some(Out::Call(Call::News(news), None))
    }

    /// It is ours. Whoever found it may have set it up in any way, and a private one must stay private.
    pub(super) fn checked(&mut self, tag: ClanTag, sees: Sees) -> Vec<Out> {
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        if node.doomed {
            let name = node.name.clone();
            return vec![self.ask(tag, sees, true, to_delete(&name), Step::Delete)];
        }
        if node.untold || sees != Sees::Public {
            let told = self.tell(tag, sees);
            let outs = self.go(tag, sees, Stage::Configuring);
            return told.into_iter().chain(outs).collect();
        }
        self.settled(tag, sees)
    }

    /// It is there, ours and set up: now who reads it, then what is there.
    pub(super) fn settled(&mut self, tag: ClanTag, sees: Sees) -> Vec<Out> {
        match (sees, self.node(tag, sees).is_some_and(|node| node.compare)) {
            (Sees::Public, true) => self.go(tag, sees, Stage::Comparing),
            (Sees::Public, false) => self.ready(tag, sees),
            _ => self.go(tag, sees, Stage::Reading(Found::default())),
        }
    }

    /// One of the two lists has been read; with both it is known what is to be done.
    pub(super) fn read_back(
        &mut self,
        tag: ClanTag,
        sees: Sees,
        step: &Step,
        iq: &Element,
        mut found: Found,
        now: Instant,
    ) -> Vec<Out> {
        let domain = self.domain.clone();
        match step {
            Step::Affiliations if !is_ours_alone(iq, &domain) => {
                return self.not_ours(tag, sees, now);
            }
            Step::Affiliations => found.affiliations = Some(said::read_affiliations(iq)),
            _ => found.subscriptions = Some(said::read_subscriptions(iq)),
        }
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        let Some(change) = found.change(&node.readers, &domain) else {
            node.stage = Stage::Reading(found);
            return Vec::new();
        };
        if change.is_empty() {
            let was_astray = std::mem::take(&mut node.astray);
            let outs = match node.compare {
                true => self.go(tag, sees, Stage::Comparing),
                false => self.ready(tag, sees),
            };
            let told = was_astray.then(|| astray(tag, sees, false));
            return told.into_iter().chain(outs).collect();
        }
        node.rounds += 1;
        if node.rounds > MAX_ROUNDS {
            return self.stray(tag, sees, now);
        }
        if change.out.is_empty() {
            return self.grant(tag, sees, &change.revoked, &change.granted);
        }
        let (name, payload) = (node.name.clone(), &change.out);
        let payload = to_put_out(&name, payload);
        node.stage = Stage::PuttingOut(change.revoked, change.granted);
        vec![self.ask(tag, sees, true, payload, Step::PutOut)]
    }

    pub(super) fn grant(
        &mut self,
        tag: ClanTag,
        sees: Sees,
        revoked: &[String],
        granted: &[String],
    ) -> Vec<Out> {
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        if revoked.is_empty() && granted.is_empty() {
            return self.go(tag, sees, Stage::Reading(Found::default()));
        }
        node.stage = Stage::Granting;
        let payload = to_grant(&node.name.clone(), revoked, granted);
        vec![self.ask(tag, sees, true, payload, Step::Grant)]
    }

    /// The lists do not become what they should be: nothing is published there, and it is said aloud.
    pub(super) fn stray(&mut self, tag: ClanTag, sees: Sees, now: Instant) -> Vec<Out> {
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        tracing::error!(
            node = node.name,
            "somebody may read a clan's node who should not, and the service does not change it; nothing is published there"
        );
        node.astray = true;
        node.give_up();
        self.retry_at.get_or_insert(now + RETRY);
        vec![astray(tag, sees, true)]
    }

    /// What is there, against what should be.
    pub(super) fn compared(&mut self, tag: ClanTag, sees: Sees, iq: &Element) -> Vec<Out> {
        let there = said::read_items(iq);
        let prefix = page_prefix(tag);
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        node.compare = false;
        let surplus = there
            .iter()
            .filter(|id| id.starts_with(&prefix) && !node.pages.contains(*id));
        let surplus: Vec<String> = surplus.cloned().collect();
        let items = std::mem::take(&mut node.items);
        for id in surplus {
            node.hold(Deed::Retract(id));
        }
        for item in items {
            if !there.contains(&item.id) && !node.holds(&item.id) {
                node.hold(Deed::Post(Box::new(item)));
            }
        }
        self.ready(tag, sees)
    }

    /// In step: what waited for it is done.
    pub(super) fn ready(&mut self, tag: ClanTag, sees: Sees) -> Vec<Out> {
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        if node.doomed {
            let name = node.name.clone();
            return vec![self.ask(tag, sees, true, to_delete(&name), Step::Delete)];
        }
        node.stage = Stage::Ready;
        node.rounds = 0;
        let held_back = sees != Sees::Public;
        if held_back && self.clans.get(&tag).is_some_and(|clan| clan.outdated) {
            return self.go(tag, sees, Stage::Stale);
        }
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        let (name, held) = (node.name.clone(), std::mem::take(&mut node.held));
        held.into_iter()
            .map(|deed| self.perform(tag, sees, &name, deed))
            .collect()
    }

    /// A node that should be there is not: somebody with more power deleted it.
    pub(super) fn missing(&mut self, tag: ClanTag, sees: Sees) -> Vec<Out> {
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        if node.doomed {
            return self.gone(tag, sees);
        }
        tracing::warn!(
            node = node.name,
            "a node of a clan was gone; making it again"
        );
        self.afresh(tag);
        self.go(tag, sees, Stage::Creating)
    }

    /// Somebody else has this node: another name is taken, and the writer told.
    pub(super) fn not_ours(&mut self, tag: ClanTag, sees: Sees, now: Instant) -> Vec<Out> {
        let own = said::name_of(&self.domain, tag, sees);
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        if node.doomed {
            return self.gone(tag, sees);
        }
        node.tries += 1;
        if node.tries >= MAX_TRIES {
            return self.fail(
                tag,
                sees,
                "a clan's node is not ours under any name that was tried",
                now,
            );
        }
        let next = format!("{own}-{}", tail());
        tracing::warn!(
            node = node.name,
            next,
            "somebody else has a clan's node of this name; taking another"
        );
        (node.name, node.untold) = (next, true);
        self.afresh(tag);
        self.go(tag, sees, Stage::Creating)
    }

    /// A node begins empty: once it is there, everything that belongs there is asked for.
    pub(super) fn afresh(&mut self, tag: ClanTag) {
        if let Some(clan) = self.clans.get_mut(&tag) {
            (clan.whole, clan.outdated) = (true, true);
        }
    }

    pub(super) fn may_not(
        &mut self,
        tag: ClanTag,
        sees: Sees,
        failed: &str,
        now: Instant,
    ) -> Vec<Out> {
        if !std::mem::replace(&mut self.told, true) {
            tracing::warn!(
                condition = failed,
                "the server lets us make no nodes for clans; for ejabberd set mod_pubsub's `access_createnode: \
                 referee_nodes`, for Prosody add `admins = {{ \"{}\" }}` to the pubsub component",
                self.domain
            );
        }
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        node.give_up();
        self.retry_at.get_or_insert(now + ROUND);
        Vec::new()
    }

    pub(super) fn fail(&mut self, tag: ClanTag, sees: Sees, why: &str, now: Instant) -> Vec<Out> {
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        tracing::warn!(
            node = node.name,
            "a clan's node is left alone for now: {why}"
        );
        node.give_up();
        self.retry_at.get_or_insert(now + RETRY);
        Vec::new()
    }

    pub(super) fn not_posted(
        &mut self,
        tag: ClanTag,
        sees: Sees,
        item: Item,
        failed: &str,
    ) -> Vec<Out> {
        let Some(node) = self.node(tag, sees) else {
            return Vec::new();
        };
        if failed != "item-not-found" {
            tracing::warn!(
                node = node.name,
                item = item.id,
                condition = failed,
                "a page was not published"
            );
            return Vec::new();
        }
        if !node.holds(&item.id) {
            node.hold(Deed::Post(Box::new(item)));
        }
        if node.stage != Stage::Ready {
            // Several were on their way when it was found missing.
            return Vec::new();
        }
        self.at_work.insert(tag);
        self.missing(tag, sees)
    }

    pub(super) fn deleted(
        &mut self,
        tag: ClanTag,
        sees: Sees,
        heard: &Heard,
        failed: &str,
    ) -> Vec<Out> {
        match heard {
            Heard::Result(_) => self.gone(tag, sees),
            Heard::Error(_) if failed == "item-not-found" => self.gone(tag, sees),
            _ => {
                tracing::warn!(clan = %tag, condition = failed, "a node of a clan that is gone could not be deleted");
                if let Some(node) = self.node(tag, sees) {
                    node.give_up();
                }
                Vec::new()
            }
        }
    }

    pub(super) fn gone(&mut self, tag: ClanTag, sees: Sees) -> Vec<Out> {
        if let Some(clan) = self.clans.get_mut(&tag) {
            clan.nodes.remove(&sees);
        }
        vec![Out::Call(Call::News(News::NodeGone(tag, sees)), None)]
    }
}

fn astray(tag: ClanTag, sees: Sees, astray: bool) -> Out {
    Out::Call(Call::News(News::NodeAstray(tag, sees, astray)), None)
}
