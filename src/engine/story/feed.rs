//! What goes into the feeds, and the event that programs get with every note.

use super::parts::{event_parts, opening_part, state_parts};
use super::{Act, Event, Fact, Story, Viewer, What, World};
use crate::engine::decided::Decided;
use crate::engine::effect::{About, EventOut, Item, Part};
use crate::engine::world::is_news;
use crate::kit::MatchId;

impl Story<'_> {
    pub(super) fn publish(&self, acts: &mut Vec<Act>) {
        let game = self.game();
        if let Some(node) = &game.node {
            acts.extend(self.items().into_iter().map(|item| Act::Publish {
                node: node.clone(),
                item,
            }));
        }
        let news = self.news.filter(|_| self.is_public());
        if let Some(node) = news {
            let of_interest = self
                .events
                .iter()
                .zip(self.facts)
                .enumerate()
                .filter(|(_, (event, _))| self.is_headline(event));
            let items = of_interest.map(|(k, (event, facts))| self.item(k, event, facts));
            acts.extend(items.map(|item| Act::Publish {
                node: node.clone(),
                item,
            }));
        }
    }

    /// What goes into the general feed: of matches between bots only the result.
    pub(super) fn is_headline(&self, event: &Event) -> bool {
        let result = matches!(event, Event::Over { verdict, .. } if !verdict.places.is_empty());
        if self.game().terms.room {
            is_news(event)
        } else {
            result
        }
    }

    /// The feed items of this record, one per public event.
    pub(super) fn items(&self) -> Vec<Item> {
        let told = self
            .events
            .iter()
            .zip(self.facts)
            .enumerate()
            .filter(|(_, (event, _))| event.kind().is_some());
        told.map(|(k, (event, facts))| self.item(k, event, facts))
            .collect()
    }

    pub(super) fn item(&self, k: usize, event: &Event, facts: &[Fact]) -> Item {
        let game = self.game();
        let lines = self.event_lines(event, facts, Viewer::Public);
        let title = lines
            .first()
            .cloned()
            .unwrap_or_else(|| format!("{}: {}", game.id, event.kind().unwrap_or_default()));
        let board = game.view(Viewer::Public).board;
        let text = if board.is_empty() {
            lines.join("\n")
        } else {
            format!("{}\n{}", lines.join("\n"), board)
        };
        let mut parts = event_parts(self.people, game, event);
        parts.extend(state_parts(
            self.people,
            game,
            Viewer::Public,
            self.decided.at,
        ));
        let n = self.number_of(k);
        let kind = event.kind().unwrap_or_default().to_owned();
        let event = EventOut {
            about: About::Match(game.id),
            n,
            hash: self.decided.hash,
            kind,
            at: self.decided.at,
            again: 0,
            parts,
        };
        Item {
            id: format!("{}/{}/{}", game.id, self.decided.v, self.first + k),
            at: self.decided.at,
            title,
            text,
            event,
        }
    }

    /// The number of the record's k-th event among the public events of the match.
    pub(super) fn number_of(&self, k: usize) -> u32 {
        let later = self
            .events
            .iter()
            .skip(k + 1)
            .filter(|event| event.kind().is_some())
            .count();
        self.game()
            .events
            .saturating_sub(u32::try_from(later).unwrap_or(0))
    }

    /// The whole record as one event for one viewer.
    pub(super) fn event_out(&self, viewer: Viewer, turn: bool) -> Option<EventOut> {
        let game = self.game();
        let last = self.events.iter().rev().find_map(Event::kind);
        let kind = match last {
            Some("over") => "over",
            _ if self.has(|event| matches!(event, Event::Started { .. })) => "started",
            _ if turn => "turn",
            _ if self.has(|event| matches!(event, Event::Ruled { .. })) => "ruled",
            _ if self.has(|event| matches!(event, Event::Disputed { .. })) => "disputed",
            _ if self.has(|event| matches!(event, Event::Appealed { .. })) => "appealed",
            Some(kind) => kind,
            None => return None,
        };
        let mut parts: Vec<Part> = self
            .events
            .iter()
            .flat_map(|event| event_parts(self.people, game, event))
            .collect();
        for fact in self.facts.iter().flatten() {
            if let Fact::Opened {
                deck,
                at,
                to: Some(seat),
            } = fact
                && viewer == Viewer::Seat(*seat)
                && let Some(opening) = game.luck.open(game.id, *deck, *at)
            {
                parts.push(opening_part("card", &opening));
            }
        }
        parts.extend(state_parts(self.people, game, viewer, self.decided.at));
        let (n, hash, at) = (game.events, self.decided.hash, self.decided.at);
        Some(EventOut {
            about: About::Match(game.id),
            n,
            hash,
            kind: kind.to_owned(),
            at,
            again: 0,
            parts,
        })
    }
}

/// The feed items of a whole match, told again from its records: for a feed that was made after play had begun.
pub fn retell(world: &World, id: MatchId, history: &[Decided]) -> Vec<Item> {
    let mut past = World::new(&world.domain);
    let mut items = Vec::new();
    let mut head = crate::kit::Hash::ZERO;
    for decided in history {
        let What::Match { made, .. } = &decided.what else {
            continue;
        };
        let renumbered = Decided {
            n: past.n + 1,
            ..decided.clone()
        };
        let Ok(applied) = past.apply(&renumbered, head, None) else {
            break;
        };
        head = decided.hash;
        let Some(live) = past.live(id) else { continue };
        // Names as they are now; everything else as it was then.
        let named = |story: Story<'_>| {
            Story {
                people: &world.people,
                ..story
            }
            .items()
        };
        match &applied.told {
            None => items.extend(named(Story::of(
                &past,
                live,
                decided,
                &made.events,
                &applied.facts,
            ))),
            Some(told) => {
                items.extend(told.iter().flat_map(|told| named(Story::late(&past, told))))
            }
        }
    }
    items
}
