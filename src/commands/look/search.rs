//! Search over public live matches, and over people who want to be found (XEP-0055).

use super::pages::{MAX_PAGE, clan_item, cut, item, paged};
use super::{Answer, Desk, ItemOut, Live, MAX_SEARCHED, MatchId, Page, Rows, Seen};
use crate::clans::Clan;
use crate::commands::clans::{is_called, is_recruiting};
use crate::engine::About;

const FOUND: &[(&str, &str)] = &[
    ("jid", "Address"),
    ("game", "Game"),
    ("player", "Players"),
    ("state", "State"),
    ("clock", "Clock"),
];

const CLANS: &[(&str, &str)] = &[
    ("jid", "Address"),
    ("clan", "Tag"),
    ("name", "Name"),
    ("members", "Members"),
    ("recruiting", "Recruiting"),
];

/// Search over clans: by a part of tag or name, and by whether they take new members.
fn clans(desk: &Desk, called: Option<&str>, recruiting: Option<&str>, page: &Page) -> Answer {
    let wanted = recruiting.map(|word| matches!(word, "1" | "true" | "yes" | "y"));
    let world = desk.world();
    let found = world
        .clans
        .after(None)
        .take(MAX_SEARCHED)
        .map(|live| &live.clan);
    let fits = found.filter(|clan| {
        called.is_none_or(|text| is_called(clan, text))
            && wanted.is_none_or(|wanted| wanted == is_recruiting(clan))
    });
    // Rows are made for the page alone.
    let is = |clan: &&Clan, key: &str| clan.tag.as_str() == key;
    let listing = cut(fits.collect(), is, page).of(clan_item);
    let shown = listing
        .items
        .iter()
        .filter_map(|item| world.clans.get(item.key.parse().ok()?));
    let row = |clan: &Clan| {
        let recruiting = if is_recruiting(clan) { "1" } else { "0" };
        vec![
            format!("{}@{}", About::Clan(clan.tag).local(), world.domain),
            clan.tag.to_string(),
            clan.name.clone(),
            clan.members.len().to_string(),
            recruiting.to_owned(),
        ]
    };
    let rows = shown.map(|live| row(&live.clan)).collect();
    Answer::Seen(Seen::Found(
        Rows {
            columns: CLANS,
            rows,
        },
        listing,
    ))
}

/// Search over public live matches and people who want to be found.
pub(super) fn search(desk: &Desk, fields: &[(String, String)], page: &Page) -> Answer {
    let wanted = |name: &str| {
        fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.trim().to_lowercase())
    };
    let filled = |name: &str| wanted(name).filter(|value| !value.is_empty());
    let (game, player, state) = (filled("game"), filled("player"), filled("state"));
    let (clan, recruiting) = (filled("clan"), filled("recruiting"));
    if clan.is_some() || recruiting.is_some() {
        return clans(desk, clan.as_deref(), recruiting.as_deref(), page);
    }
    let world = desk.world();
    let game =
        game.map(|name| crate::games::find(&name).map_or(name, |game| game.spec().id.to_owned()));
    let names = |live: &Live| -> Vec<String> {
        live.game
            .names()
            .into_iter()
            .map(|id| world.people.name(id))
            .collect()
    };
    let fits = |live: &&Live| {
        game.as_ref()
            .is_none_or(|game| live.game.terms.game == *game)
            && state
                .as_ref()
                .is_none_or(|state| live.seen_by(None).game.stage.word() == state)
            && player.as_ref().is_none_or(|player| {
                names(live)
                    .iter()
                    .any(|name| name.to_lowercase().contains(player))
            })
    };
    let mut items = Vec::new();
    let mut rows = Vec::new();
    for live in world
        .listed_before(MatchId(u64::MAX))
        .take(MAX_SEARCHED)
        .filter(fits)
    {
        let id = live.game.id.to_string();
        rows.push(vec![
            format!("{id}@{}", world.domain),
            live.game.terms.game.clone(),
            names(live).join(" "),
            live.seen_by(None).game.stage.word().to_owned(),
            live.game.terms.clock.to_string(),
        ]);
        items.push(item(desk, live));
    }
    if let (Some(player), None, None) = (&player, &game, &state) {
        let listed = world
            .people
            .iter()
            .filter(|person| person.listed && person.handle.to_lowercase().contains(player));
        for person in listed.take(MAX_PAGE) {
            // The address of somebody who wants to be found by name is still theirs to tell.
            rows.push(vec![
                format!("referee@{}", world.domain),
                String::new(),
                person.handle.clone(),
                String::new(),
                String::new(),
            ]);
            items.push(ItemOut {
                local: "referee".to_owned(),
                node: None,
                name: person.handle.clone(),
                key: person.id.to_string(),
            });
        }
    }
    let listing = paged(items, page);
    let rows = rows
        .into_iter()
        .skip(listing.first_index)
        .take(listing.items.len())
        .collect();
    Answer::Seen(Seen::Found(
        Rows {
            columns: FOUND,
            rows,
        },
        listing,
    ))
}
