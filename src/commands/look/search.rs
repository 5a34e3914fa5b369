//! Search over public live matches, and over people who want to be found (XEP-0055).

use std::collections::BTreeSet;

use super::pages::{MAX_PAGE, clan_item, cut, item};
use super::{Answer, Desk, ItemOut, Live, MatchId, Page, PersonId, Rows, Seen};
use crate::clans::{Clan, Person};
use crate::commands::clans::{is_called, is_recruiting};
use crate::engine::About;

/// Matches a search looks at, newest first, and matches of the people it is for.
const MAX_SEARCHED: usize = 2000;
/// People with such a name whose matches a search looks at.
const MAX_NAMED: usize = 200;
/// Clans a search looks at.
const MAX_CLANS: usize = 5000;

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
        .take(MAX_CLANS)
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
    let fits = |live: &&Live| {
        game.as_ref()
            .is_none_or(|game| live.game.terms.game == *game)
            && state
                .as_ref()
                .is_none_or(|state| live.seen_by(None).game.stage.word() == state)
    };
    let named = player.as_ref().map(|text| named(desk, text));
    // Rows and names are made for the page alone.
    let mut found: Vec<Found> = match &named {
        None => {
            let newest = world.listed_before(usize::MAX).take(MAX_SEARCHED);
            newest
                .filter(fits)
                .map(|live| Found::Match(live.game.id))
                .collect()
        }
        Some(people) => {
            let theirs = people.iter().flat_map(|person| {
                let plays = |live: &&Live| live.game.names().contains(&person.id);
                let matches = world.matches_of(person.id).rev().filter(plays);
                matches.filter(|live| world.is_listed(live.game.id))
            });
            let ids: BTreeSet<MatchId> = theirs
                .take(MAX_SEARCHED)
                .filter(fits)
                .map(|live| live.game.id)
                .collect();
            ids.into_iter().rev().map(Found::Match).collect()
        }
    };
    if let (Some(people), None, None) = (&named, &game, &state) {
        let listed = people.iter().filter(|person| person.listed);
        found.extend(listed.take(MAX_PAGE).map(|person| Found::Person(person.id)));
    }
    let is = |found: &Found, key: &str| match found {
        Found::Match(id) => key.parse() == Ok(*id),
        Found::Person(id) => id.to_string() == key,
    };
    let mut rows = Vec::new();
    let listing = cut(found, is, page).of_some(|found| {
        let (row, item) = match found {
            Found::Match(id) => match_found(desk, world.live(id)?),
            Found::Person(id) => person_found(desk, world.people.get(id)?),
        };
        rows.push(row);
        Some(item)
    });
    Answer::Seen(Seen::Found(
        Rows {
            columns: FOUND,
            rows,
        },
        listing,
    ))
}

enum Found {
    Match(MatchId),
    Person(PersonId),
}

/// People whose handle begins with this, few of them.
fn named<'a>(desk: &'a Desk, text: &str) -> Vec<&'a Person> {
    let begins = |person: &&Person| person.handle.to_lowercase().starts_with(text);
    let people = desk.world().people.called(text).take(MAX_NAMED);
    people.filter(begins).collect()
}

fn match_found(desk: &Desk, live: &Live) -> (Vec<String>, ItemOut) {
    let (world, id) = (desk.world(), live.game.id);
    let names = live.game.names().into_iter();
    let names: Vec<String> = names.map(|id| world.people.name(id)).collect();
    let row = vec![
        format!("{id}@{}", world.domain),
        live.game.terms.game.clone(),
        names.join(" "),
        live.seen_by(None).game.stage.word().to_owned(),
        live.game.terms.clock.to_string(),
    ];
    (row, item(desk, live))
}

/// The address of somebody who wants to be found by name is still theirs to tell.
fn person_found(desk: &Desk, person: &Person) -> (Vec<String>, ItemOut) {
    let row = vec![
        format!("referee@{}", desk.world().domain),
        String::new(),
        person.handle.clone(),
        String::new(),
        String::new(),
    ];
    let item = ItemOut {
        local: "referee".to_owned(),
        node: None,
        name: person.handle.clone(),
        key: person.id.to_string(),
    };
    (row, item)
}
