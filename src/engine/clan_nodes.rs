//! The pubsub nodes of clans: what the door has to know to make them, to let the right people read, and to publish.

use super::decided::What;
use super::desk::Desk;
use super::effect::Item;
use super::story;
use super::world::World;
use crate::clans::{ClanEvent, PageEvent, Sees};
use crate::kit::{ClanTag, Refusal, Span, Timestamp};

/// A page of everybody's node that is older was pushed out by newer items, and is not published again.
const RECENT: Span = Span::days(1);

/// The nodes of one clan, as they are to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClanNodes {
    /// The clan.
    pub clan: ClanTag,
    /// Whether it exists; the nodes of one that does not are deleted.
    pub alive: bool,
    /// The nodes that are ours or are to be made.
    pub nodes: Vec<ClanNode>,
}

/// One node of a clan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClanNode {
    /// For whom.
    pub sees: Sees,
    /// Its name, once it is ours.
    pub node: Option<String>,
    /// Bare JIDs of those who may read there; empty where everybody may.
    pub readers: Vec<String>,
    /// The items of pages that belong there; any other page's item is taken back.
    pub pages: Vec<String>,
    /// Those that are to be published where they are missing.
    pub items: Vec<Item>,
}

impl World {
    /// The nodes of a clan as they are to be at this time; with their items only when these are asked for.
    pub fn clan_nodes(&self, tag: ClanTag, with_items: bool, now: Timestamp) -> Option<ClanNodes> {
        let live = self.clans.get(tag)?;
        let (clan, alive) = (&live.clan, live.clan.is_alive());
        let there = |sees: &Sees| match alive {
            true => clan.pages.wants(*sees),
            false => clan.pages.nodes.contains_key(sees),
        };
        let one = |sees: Sees| {
            let node = clan.pages.nodes.get(&sees).cloned();
            let of_it = || (clan.pages.all.iter()).filter(move |(_, page)| page.sees == sees);
            let fresh = |changed: Timestamp| {
                sees != Sees::Public || node.is_none() || changed + RECENT > now
            };
            let items = of_it()
                .filter(|(_, page)| with_items && fresh(page.changed()))
                .map(|(number, page)| story::page_item(self, live, *number, page));
            let readers = match sees {
                Sees::Public => Vec::new(),
                _ => clan.readers_of(sees),
            };
            let people = readers.into_iter().filter_map(|who| self.people.get(who));
            let jids = people.filter_map(|person| self.people.told_at(person).next());
            ClanNode {
                sees,
                readers: jids.map(str::to_owned).collect(),
                pages: of_it()
                    .map(|(number, _)| story::page_item_id(tag, *number))
                    .collect(),
                items: items.collect(),
                node,
            }
        };
        let wanted = Sees::ALL.into_iter().filter(there);
        Some(ClanNodes {
            clan: tag,
            alive,
            nodes: wanted.map(one).collect(),
        })
    }
}

impl Desk {
    /// Notes that a node of a clan is ours, or that it is deleted.
    ///
    /// # Errors
    /// The disk takes no writes.
    pub fn note_clan_node(
        &mut self,
        tag: ClanTag,
        sees: Sees,
        node: Option<String>,
    ) -> Result<(), Refusal> {
        self.check_writable()?;
        let known = self.world.clans.get(tag);
        let Some(live) = known.filter(|live| live.clan.pages.nodes.get(&sees) != node.as_ref())
        else {
            return Ok(());
        };
        let tag = live.clan.tag;
        let events = vec![ClanEvent::Page(PageEvent::Node { sees, node })];
        self.stage(None, None, What::Clan { tag, events })
    }

    /// Notes whether everybody who reads a clan's node may, as far as the door could find out.
    pub fn note_astray(&mut self, tag: ClanTag, sees: Sees, astray: bool) {
        if astray {
            self.astray.insert((tag, sees));
        } else {
            self.astray.remove(&(tag, sees));
        }
    }

    /// The nodes of clans that do not follow their roster.
    pub fn astray(&self) -> impl Iterator<Item = (ClanTag, Sees)> + '_ {
        self.astray.iter().copied()
    }
}
