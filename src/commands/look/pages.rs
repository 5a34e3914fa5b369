//! Directories, page by page: what a page costs does not depend on how long the list is.

use super::clan;
use super::details::{info, match_name};
use super::{Answer, Desk, GAMES, ItemOut, Listing, Live, MatchId, Page, PersonId, Place, Seen};
use crate::clans::Clan;
use crate::engine::About;
use crate::kit::ClanTag;

/// Items on one page, whatever is asked for.
pub(super) const MAX_PAGE: usize = 100;
/// Items on a page nobody asked a size for.
const USUAL_PAGE: usize = 50;

/// The directory nodes of the service, with their names.
pub const DIRECTORIES: &[(&str, &str)] = &[
    ("matches", "Matches"),
    ("open", "Matches that wait for an opponent"),
    ("clans", "Clans"),
    ("games", "Games"),
];

pub(super) fn items(
    desk: &Desk,
    place: Place,
    node: &str,
    page: &Page,
    me: Option<PersonId>,
) -> Answer {
    if let Some(tag) = place.clan() {
        // A clan's own items are its public room and feed, which stand in its details.
        return clan::info(desk, tag);
    }
    if let Some(id) = place.game() {
        // A match's own items are its room and its feed, which stand in its details.
        return info(desk, Place::Match(id), me);
    }
    let listing = match node {
        "" => top(desk, page),
        "matches" => live_page(desk, page, Vec::new()),
        "open" => open_page(desk, page),
        "games" => {
            let game = |game: &&dyn crate::games::Game| ItemOut {
                local: String::new(),
                node: Some(format!("games/{}", game.spec().id)),
                name: game.spec().title.to_owned(),
                key: game.spec().id.to_owned(),
            };
            paged(GAMES.iter().map(game).collect(), page)
        }
        "clans" => clan_page(desk, page),
        other
            if other
                .strip_prefix("games/")
                .and_then(crate::games::find)
                .is_some() =>
        {
            Listing::default()
        }
        _ => return Answer::Nothing,
    };
    Answer::Seen(Seen::Items(listing))
}

/// A page of the matches that wait for anybody, the newest first.
fn open_page(desk: &Desk, page: &Page) -> Listing {
    let world = desk.world();
    let max = page.max.unwrap_or(USUAL_PAGE).min(MAX_PAGE);
    let count = world.open_count();
    // A match that does not wait any more still has its place in the order.
    let newer = |key: &str| key.parse().ok().map(|id: MatchId| world.open_newer(id));
    let from = |key: &str| {
        let id: Option<MatchId> = key.parse().ok();
        id.map(|id| world.open_newer(MatchId(id.0.saturating_sub(1))))
    };
    let (first, end) = match (&page.after, &page.before, page.index) {
        (Some(key), ..) => (from(key).unwrap_or(count), count),
        (None, Some(key), _) => {
            let end = match key.as_str() {
                "" => count,
                key => newer(key).unwrap_or(0),
            };
            (end.saturating_sub(max), end)
        }
        (None, None, index) => (index.unwrap_or(0).min(count), count),
    };
    let shown = world.open_after(first).take(max.min(end - first));
    Listing {
        items: shown.map(|live| item(desk, live)).collect(),
        first_index: first,
        count,
        paged: *page != Page::default() || count > max,
    }
}

/// A page of the clans that exist, in the order of their tags.
fn clan_page(desk: &Desk, page: &Page) -> Listing {
    let clans = &desk.world().clans;
    let tags = clans.tags();
    let max = page.max.unwrap_or(USUAL_PAGE).min(MAX_PAGE);
    let count = tags.len();
    // A tag that is gone meanwhile still has its place in the order.
    let place = |key: &str, with: bool| {
        let tag: Option<ClanTag> = key.parse().ok();
        tag.map(|tag| tags.partition_point(|one| *one < tag || (with && *one == tag)))
    };
    let (first, end) = match (&page.after, &page.before, page.index) {
        (Some(key), ..) => (place(key, true).unwrap_or(count), count),
        (None, Some(key), _) => {
            let end = if key.is_empty() {
                count
            } else {
                place(key, false).unwrap_or(0)
            };
            (end.saturating_sub(max), end)
        }
        (None, None, index) => (index.unwrap_or(0).min(count), count),
    };
    let shown = tags[first..end]
        .iter()
        .take(max)
        .filter_map(|tag| clans.get(*tag));
    Listing {
        items: shown.map(|live| clan_item(&live.clan)).collect(),
        first_index: first,
        count,
        paged: *page != Page::default() || count > max,
    }
}

pub(super) fn clan_item(clan: &Clan) -> ItemOut {
    ItemOut {
        local: About::Clan(clan.tag).local(),
        node: None,
        name: clan.name.clone(),
        key: clan.tag.to_string(),
    }
}

pub(super) fn item(desk: &Desk, live: &Live) -> ItemOut {
    let id = live.game.id.to_string();
    ItemOut {
        local: id.clone(),
        node: None,
        name: match_name(desk, &live.game.terms, &live.game.names()),
        key: id,
    }
}

/// The directories, then the live matches.
fn top(desk: &Desk, page: &Page) -> Listing {
    let directory = |(node, name): &(&str, &str)| ItemOut {
        local: String::new(),
        node: Some((*node).to_owned()),
        name: (*name).to_owned(),
        key: (*node).to_owned(),
    };
    live_page(desk, page, DIRECTORIES.iter().map(directory).collect())
}

/// A page of live public matches behind some fixed items, without walking through what is not on the page.
fn live_page(desk: &Desk, page: &Page, fixed: Vec<ItemOut>) -> Listing {
    let world = desk.world();
    let max = page.max.unwrap_or(USUAL_PAGE).min(MAX_PAGE);
    let count = fixed.len() + world.listed_count();
    // A match that is over meanwhile still has its place in the order.
    let place = |key: &str, with: bool| match key.parse::<MatchId>() {
        Ok(id) => Some(fixed.len() + world.listed_rank(MatchId(id.0.saturating_add(with.into())))),
        Err(()) => {
            let at = fixed.iter().position(|item| item.key == *key);
            at.map(|at| at + usize::from(with))
        }
    };
    let (first, end) = match (&page.after, &page.before, page.index) {
        (Some(key), ..) => (place(key, true).unwrap_or(0), count),
        (None, Some(key), _) => {
            let end = match key.as_str() {
                "" => count,
                key => place(key, false).unwrap_or(0),
            };
            (end.saturating_sub(max), end)
        }
        (None, None, index) => (index.unwrap_or(0).min(count), count),
    };
    let room = max.min(end - first);
    let live = world.listed_from(first.saturating_sub(fixed.len()));
    let live = live.map(|live| item(desk, live));
    let items = fixed.iter().skip(first).cloned().chain(live).take(room);
    Listing {
        items: items.collect(),
        first_index: first,
        count,
        paged: *page != Page::default() || count > max,
    }
}

/// A page of a short list that is at hand as a whole.
pub(super) fn paged(all: Vec<ItemOut>, page: &Page) -> Listing {
    cut(all, |item, key| item.key == key, page).of(|item| item)
}

/// The part of a list that is on a page.
pub(super) struct Cut<T> {
    items: Vec<T>,
    first_index: usize,
    count: usize,
    paged: bool,
}

impl<T> Cut<T> {
    pub(super) fn of(self, item: impl Fn(T) -> ItemOut) -> Listing {
        self.of_some(|one| Some(item(one)))
    }

    /// The same without what is gone.
    pub(super) fn of_some(self, item: impl FnMut(T) -> Option<ItemOut>) -> Listing {
        Listing {
            items: self.items.into_iter().filter_map(item).collect(),
            first_index: self.first_index,
            count: self.count,
            paged: self.paged,
        }
    }
}

pub(super) fn cut<T>(all: Vec<T>, is: impl Fn(&T, &str) -> bool, page: &Page) -> Cut<T> {
    let count = all.len();
    let max = page.max.unwrap_or(USUAL_PAGE).min(MAX_PAGE);
    let place = |key: &str| all.iter().position(|item| is(item, key));
    let first = match (&page.after, &page.before, page.index) {
        (Some(key), ..) => place(key).map_or(count, |at| at + 1),
        (None, Some(key), _) => if key.is_empty() {
            count
        } else {
            place(key).unwrap_or(0)
        }
        .saturating_sub(max),
        (None, None, Some(index)) => index.min(count),
        (None, None, None) => 0,
    };
    let end = match &page.before {
        Some(key) if !key.is_empty() => place(key).unwrap_or(0),
        _ => count,
    };
    Cut {
        items: all.into_iter().take(end).skip(first).take(max).collect(),
        first_index: first,
        count,
        paged: *page != Page::default() || count > max,
    }
}
