//! Directories, page by page: what a page costs does not depend on how long the list is.

use super::clan;
use super::details::{info, match_name};
use super::{
    Answer, Desk, GAMES, ItemOut, Listing, Live, MAX_SEARCHED, MatchId, Page, PersonId, Place, Seen,
};
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
        "open" => {
            // Names are made for the page alone: a list of thousands costs no more than their ids.
            let open = desk.world().open_matches().rev().take(MAX_SEARCHED);
            let is = |live: &&Live, key: &str| key.parse() == Ok(live.game.id);
            cut(open.collect(), is, page).of(|live| item(desk, live))
        }
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
    let is_paged = *page != Page::default() || count > max;
    if let Some(before) = &page.before {
        let end = match before.parse::<MatchId>() {
            Ok(id) => id,
            Err(()) if before.is_empty() => MatchId(u64::MAX),
            Err(()) => return paged(fixed, page),
        };
        let mut items: Vec<ItemOut> = world
            .listed_before(end)
            .take(max)
            .map(|live| item(desk, live))
            .collect();
        items.reverse();
        let missing = max - items.len();
        let kept = fixed.len().saturating_sub(missing);
        let items: Vec<ItemOut> = fixed.into_iter().skip(kept).chain(items).collect();
        let last_index = if before.is_empty() {
            count
        } else {
            count - world.listed_from(end)
        };
        return Listing {
            first_index: last_index.saturating_sub(items.len()),
            items,
            count,
            paged: is_paged,
        };
    }
    let (skip_fixed, after) = match (&page.after, page.index) {
        (Some(key), _) => match key.parse::<MatchId>() {
            Ok(id) => (fixed.len(), Start::After(id)),
            Err(()) => (
                fixed
                    .iter()
                    .position(|item| item.key == *key)
                    .map_or(0, |at| at + 1),
                Start::After(MatchId(0)),
            ),
        },
        (None, Some(index)) => (
            index.min(fixed.len()),
            Start::Skip(index.saturating_sub(fixed.len())),
        ),
        (None, None) => (0, Start::After(MatchId(0))),
    };
    let first_index = match after {
        Start::After(MatchId(0)) => skip_fixed,
        Start::After(id) => count - world.listed_from(MatchId(id.0 + 1)),
        Start::Skip(n) => skip_fixed + n,
    };
    let mut items: Vec<ItemOut> = fixed.into_iter().skip(skip_fixed).take(max).collect();
    let room = max - items.len();
    match after {
        Start::After(id) => items.extend(
            world
                .listed_after(id)
                .take(room)
                .map(|live| item(desk, live)),
        ),
        Start::Skip(n) => items.extend(
            world
                .listed_after(MatchId(0))
                .skip(n)
                .take(room)
                .map(|live| item(desk, live)),
        ),
    }
    Listing {
        items,
        first_index,
        count,
        paged: is_paged,
    }
}

enum Start {
    After(MatchId),
    Skip(usize),
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
        Listing {
            items: self.items.into_iter().map(item).collect(),
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
