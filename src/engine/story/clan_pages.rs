//! The pages of a clan and its public events, as items of its nodes; and who is told of news.

use super::clans::ClanStory;
use crate::clans::{ClanEvent, Page, PageEvent, PageKind, Sees, Setting};
use crate::engine::clans::LiveClan;
use crate::engine::effect::{About, Act, EventOut, Item, Part};
use crate::engine::world::World;
use crate::kit::ClanTag;

/// The id of a page's item: the same for ever, so that an edit replaces it.
pub fn page_item_id(tag: ClanTag, page: u32) -> String {
    format!("clan-{tag}/page/{page}")
}

/// A page as an item of a node.
pub fn page_item(world: &World, live: &LiveClan, number: u32, page: &Page) -> Item {
    let by = world.people.name(page.by);
    let mut lines: Vec<&str> = Vec::new();
    if !page.text.is_empty() {
        lines.push(&page.text);
    }
    let signed = format!("({} by {by})", page.kind.word());
    lines.extend(page.file.as_ref().map(|file| file.url.as_str()));
    lines.push(&signed);
    let clan = &live.clan;
    let event = EventOut {
        about: About::Clan(clan.tag),
        n: clan.events,
        hash: live.head,
        kind: "page".to_owned(),
        at: page.changed(),
        again: 0,
        parts: page_parts(number, page, by.clone()),
    };
    Item {
        id: page_item_id(clan.tag, number),
        at: page.changed(),
        title: page.title.clone(),
        text: lines.join("\n"),
        event,
    }
}

/// What programs are told of a page; its text is in the item alone.
fn page_parts(number: u32, page: &Page, by: String) -> Vec<Part> {
    let about = Part::new("page", number.to_string())
        .with("kind", page.kind.word())
        .with("for", page.sees.word());
    let about = match page.edited {
        Some(at) => about.with("edited", at),
        None => about,
    };
    let file = page.file.as_ref();
    let file = file.map(|file| Part::new("file", file.url.clone()).with("kind", file.kind.word()));
    let title = Part::new("title", page.title.clone());
    [about, title, Part::new("person", by)]
        .into_iter()
        .chain(file)
        .collect()
}

/// Whether who may read the nodes may be another since this event, or which nodes there are.
fn moves_nodes(live: &LiveClan, event: &ClanEvent) -> bool {
    let pages = &live.clan.pages;
    match event {
        ClanEvent::Founded { .. } | ClanEvent::Disbanded => true,
        ClanEvent::Joined { .. }
        | ClanEvent::Left { .. }
        | ClanEvent::Kicked { .. }
        | ClanEvent::Banned { .. }
        | ClanEvent::Ranked { .. }
        | ClanEvent::RoleMade { .. }
        | ClanEvent::RoleGone { .. }
        | ClanEvent::Owned { .. } => pages.wants(Sees::Members) || pages.wants(Sees::Officers),
        ClanEvent::Page(PageEvent::Written { sees, .. } | PageEvent::Edited { sees, .. }) => {
            !pages.nodes.contains_key(sees)
        }
        _ => false,
    }
}

impl ClanStory<'_> {
    /// What a record changes on the nodes: who reads them first, then what is there.
    pub(super) fn publish(&self, events: &[ClanEvent]) -> Vec<Act> {
        let mut acts = Vec::new();
        let clan = self.clan().tag;
        let moves = events.iter().any(|event| moves_nodes(self.live, event));
        // Readers hear that the clan is gone before its nodes are.
        let ends = !self.clan().is_alive();
        acts.extend((moves && !ends).then_some(Act::Nodes { clan }));
        for (k, event) in events.iter().enumerate() {
            match event {
                ClanEvent::Page(event) => acts.extend(self.page_acts(event)),
                event => acts.extend(
                    self.headline(event)
                        .map(|title| self.post(events, k, title, String::new(), self.seen(event))),
                ),
            }
        }
        acts.extend((moves && ends).then_some(Act::Nodes { clan }));
        acts
    }

    /// Something that everybody may know, as an item of the clan's public node: the record's k-th event, whose
    /// [`ClanEvent::kind`] says what it is.
    pub(super) fn post(
        &self,
        events: &[ClanEvent],
        k: usize,
        title: String,
        text: String,
        parts: Vec<Part>,
    ) -> Act {
        let clan = self.clan();
        let later = events.iter().skip(k + 1);
        let later = later.filter(|event| event.kind().is_some()).count();
        let kind = events.get(k).and_then(ClanEvent::kind).unwrap_or_default();
        let event = EventOut {
            n: clan
                .events
                .saturating_sub(u32::try_from(later).unwrap_or_default()),
            ..self.event(kind, parts)
        };
        Act::Post {
            clan: clan.tag,
            sees: Sees::Public,
            page: None,
            item: Item {
                id: format!("clan-{}/{}/{k}", clan.tag, self.decided.v),
                at: self.decided.at,
                text: if text.is_empty() { title.clone() } else { text },
                title,
                event,
            },
        }
    }

    /// What everybody may read of an event, in one sentence.
    fn headline(&self, event: &ClanEvent) -> Option<String> {
        event.kind()?;
        let who = event.who().map(|who| self.name(who)).unwrap_or_default();
        let clan = self.clan();
        Some(match event {
            ClanEvent::Founded { name, .. } => format!("{who} founded the clan {name}."),
            ClanEvent::Set(Setting::Name(name)) => {
                format!("The clan {} is called {name} now.", clan.tag)
            }
            ClanEvent::Joined { role, .. } => format!("{who} joined as {}.", role.with_article()),
            ClanEvent::Left { .. } | ClanEvent::Kicked { .. } => {
                format!("{who} is not in the clan any more.")
            }
            ClanEvent::Owned { .. } => format!("{who} owns the clan now."),
            ClanEvent::Disbanding { until, .. } => {
                format!(
                    "The clan is being disbanded and ends on {}.",
                    until.moment()
                )
            }
            ClanEvent::Kept => "The clan goes on after all.".to_owned(),
            ClanEvent::Disbanded => "The clan is disbanded. Its results stay.".to_owned(),
            ClanEvent::Calendar(event) => self.public_event(event)?,
            _ => return None,
        })
    }

    /// What programs are told of a public event: nobody's reasons.
    fn seen(&self, event: &ClanEvent) -> Vec<Part> {
        if let ClanEvent::Calendar(event) = event {
            return self.public_event_parts(event);
        }
        let who = event.who().map(|who| Part::new("person", self.name(who)));
        let more = match event {
            ClanEvent::Joined { role, .. } => Some(Part::new("role", role.as_str())),
            ClanEvent::Disbanding { until, .. } => Some(Part::new("until", until.to_string())),
            ClanEvent::Founded { name, .. } | ClanEvent::Set(Setting::Name(name)) => {
                Some(Part::new("name", name.clone()))
            }
            _ => None,
        };
        who.into_iter().chain(more).collect()
    }

    /// A page on the node of those who may read it, and gone from where it was.
    fn page_acts(&self, event: &PageEvent) -> Vec<Act> {
        let clan = self.clan().tag;
        let retract = |sees: Sees, page: u32| Act::Retract {
            clan,
            sees,
            item: page_item_id(clan, page),
        };
        match event {
            PageEvent::Written { page, .. } => self.page_post(*page).into_iter().collect(),
            PageEvent::Edited { page, was, .. } => {
                let before = was.map(|was| retract(was, *page));
                before.into_iter().chain(self.page_post(*page)).collect()
            }
            PageEvent::Removed { page, sees } => vec![retract(*sees, *page)],
            PageEvent::Node { .. } => Vec::new(),
        }
    }

    fn page_post(&self, number: u32) -> Option<Act> {
        let page = self.clan().pages.all.get(&number)?;
        Some(Act::Post {
            clan: self.clan().tag,
            sees: page.sees,
            page: Some(number),
            item: page_item(self.world, self.live, number, page),
        })
    }

    /// News are told once, to those who may read them. Everything else is there to be looked up.
    pub(super) fn tell_page(&self, event: &PageEvent) -> Vec<Act> {
        let PageEvent::Written {
            page: number,
            kind: PageKind::News,
            sees,
            ..
        } = event
        else {
            return Vec::new();
        };
        let Some(page) = self.clan().pages.all.get(number) else {
            return Vec::new();
        };
        let (tag, by) = (self.clan().tag, self.doer());
        let lead = format!("News by {by}: {}", page.title);
        let text = match page.text.is_empty() {
            true => lead,
            false => format!("{lead} — type `clan read {tag} {number}` to read it all."),
        };
        let parts = page_parts(*number, page, self.name(page.by));
        let readers = self.clan().readers_of(*sees).into_iter();
        readers
            .filter(|who| Some(*who) != self.decided.by)
            .map(|who| self.note(who, "page", parts.clone(), text.clone()))
            .collect()
    }
}
