//! `clan lineup`: names who plays for one's clan.

use super::fixture::{FIXTURE, needs};
use crate::clans::Permission;
use crate::clans::calendar::shown_in;
use crate::clans::fixtures::{Ask as Wish, FixtureStage, LineUp};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::{PersonId, Refusal, Words, clip, refuse};

/// Names in one line-up, substitutes included; more are no line-up of any match.
const MAX_NAMES: usize = 24;

/// The card.
pub const CARD: Card = Card {
    name: "clan-lineup",
    aliases: &["clan-team"],
    title: "Clan: name a line-up",
    help: "Names who plays for your clan, in the order of boards or the captain first, until line-ups are locked. Without names it shows yours.",
    example: "clan lineup wolves/3 alice bob subs=carol",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        FIXTURE,
        Field {
            name: "players",
            label: "Players in the order of boards, or the captain first (handles)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
        Field {
            name: "subs",
            label: "Substitutes, with commas between them",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let (id, side, fixture) = ask.fixture(Permission::Lineup, |fixture, _| {
        matches!(fixture.stage, FixtureStage::Agreed { .. })
    })?;
    let (players, subs) = (ask.field("players"), ask.field("subs"));
    if players.is_none() && subs.is_none() {
        let words = match &fixture.lineup {
            Some(lineup) => shown(ask, lineup),
            None => "Nobody is named yet.".to_owned(),
        };
        let words =
            Words::line(format!("[{side}] {id} against {}: {words}", fixture.with)).and(format!(
                "{}. Type `clan lineup {id}` and names to change it.",
                needs(&fixture, ask.own_zone().as_deref())
            ));
        return Ok(ask.about_fixture(id, side, words));
    }
    let lineup = LineUp {
        people: people(ask, me, players.unwrap_or_default())?,
        subs: people(ask, me, subs.unwrap_or_default())?,
    };
    let told = shown(ask, &lineup);
    let wish = Wish::Name {
        fixture: id,
        lineup,
    };
    ask.desk.act_in_fixture(me, side, wish, ask.req)?;
    let live = ask.desk.world().clans.get(side);
    let open = live.and_then(|live| live.clan.fixtures.open.get(&id));
    let words = Words::line(format!("[{side}] {id} against {}: {told}", fixture.with));
    let words = match open
        .and_then(|one| one.lock())
        .filter(|_| open.is_some_and(|one| !one.locked))
    {
        Some(lock) => words.and(format!(
            "They are told. You may change it until line-ups are locked, {}{}.",
            shown_in(lock, ask.own_zone().as_deref()),
            if fixture.offer.at.is_none() {
                " or when both are in"
            } else {
                ""
            }
        )),
        None => words.and("Both line-ups are in, and locked: the match begins."),
    };
    Ok(ask.about_fixture(id, side, words))
}

fn shown(ask: &Ask<'_>, lineup: &LineUp) -> String {
    let names = |list: &[PersonId]| {
        list.iter()
            .map(|who| ask.name_of(*who))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match lineup.subs.is_empty() {
        true => format!("{}.", names(&lineup.people)),
        false => format!(
            "{}; substitutes {}.",
            names(&lineup.people),
            names(&lineup.subs)
        ),
    }
}

/// The people of a list of names; `me` is the one who asks. Members are known, so nobody new is met here.
fn people(ask: &Ask<'_>, me: PersonId, list: &str) -> Result<Vec<PersonId>, Refusal> {
    let names: Vec<&str> = (list.split([' ', ',', ';', '\n']))
        .filter(|name| !name.is_empty())
        .collect();
    if names.len() > MAX_NAMES {
        return Err(refuse(
            "fixture/count",
            "Those are more players than any match has.",
        )
        .hint("Name as many as play for a side."));
    }
    let known = |name: &&str| match *name {
        "me" => Ok(me),
        name => ask.acquaintance(name)?.ok_or_else(|| {
            refuse(
                "people/unknown",
                format!("I do not know anybody called `{}`.", clip(name, 40)),
            )
            .hint("Type `clan show` to see who is who.")
        }),
    };
    names.iter().map(known).collect()
}
