//! `clan fixtures`: the matches of a clan with others that are not over.

use super::CLAN;
use super::fixture::needs;
use crate::clans::calendar::shown_in;
use crate::clans::fixtures::{Fixture, FixtureStage};
use crate::clans::{Clan, Permission, authorise};
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::{FixtureId, PersonId, Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-fixtures",
    aliases: &["clan-matches"],
    title: "Clan: matches with other clans",
    help: "Shows the challenges and matches of a clan that are not over, and what each waits for.",
    example: "clan fixtures wolves",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[CLAN],
    run,
};

const COLUMNS: &[(&str, &str)] = &[
    ("fixture", "Match"),
    ("against", "Against"),
    ("game", "Game"),
    ("state", "State"),
    ("start", "Start"),
    ("match", "Played as"),
];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let clan = &ask.desk.clan(tag)?.clan;
    // What is not agreed is between the two clans; a line-up is the own side's until it is locked.
    let reader = ask.reader().filter(|me| clan.is_member(*me));
    let shown =
        |one: &Fixture| reader.is_some() || !matches!(one.stage, FixtureStage::Talking { .. });
    let open: Vec<(&FixtureId, &Fixture)> = clan
        .fixtures
        .open
        .iter()
        .filter(|(_, one)| shown(one))
        .collect();
    let mut words = match open.is_empty() {
        true => Words::line(format!(
            "[{tag}] No match with another clan is open. Type `clan challenge` and a clan for one, `clan history {tag}` for those played."
        )),
        false => Words::line(format!("[{tag}] Matches with other clans:")),
    };
    for (id, one) in &open {
        words = words.and(line(ask, clan, **id, one, reader));
    }
    let rows = open.iter().map(|(id, one)| row(**id, one)).collect();
    Ok(ask.with_clan(tag, words).with_rows(COLUMNS, rows))
}

fn line(
    ask: &Ask<'_>,
    clan: &Clan,
    id: FixtureId,
    one: &Fixture,
    reader: Option<PersonId>,
) -> String {
    let tag = clan.tag;
    let zone = ask.own_zone();
    let zone = zone.as_deref();
    let may = |permission| reader.is_some_and(|me| authorise(clan, me, permission).allowed);
    let next = match one.stage {
        FixtureStage::Talking { until } if one.answers(tag) == tag => {
            let how = match may(Permission::Speak) {
                true => format!(
                    " Type `clan accept {id}`, `clan decline {id}` or `clan counter {id}` with something else."
                ),
                false => String::new(),
            };
            format!("waits for our answer until {}.{how}", shown_in(until, zone))
        }
        FixtureStage::Talking { until } => {
            format!(
                "waits for the answer of {} until {}.",
                one.with,
                shown_in(until, zone)
            )
        }
        FixtureStage::Agreed { lock } if !one.locked => {
            let named = match (reader, &one.lineup) {
                (Some(_), Some(lineup)) => {
                    let names: Vec<String> = lineup.all().map(|who| ask.name_of(who)).collect();
                    format!(" Our line-up: {}.", names.join(", "))
                }
                (Some(_), None) => " We have no line-up yet.".to_owned(),
                (None, _) => String::new(),
            };
            let how = match may(Permission::Lineup) {
                true => format!(" Type `clan lineup {id}` and names."),
                false => String::new(),
            };
            format!(
                "is agreed; line-ups are locked {}.{named}{how}",
                shown_in(lock, zone)
            )
        }
        FixtureStage::Agreed { .. } | FixtureStage::Due => {
            "is agreed, and line-ups are locked.".to_owned()
        }
        FixtureStage::Playing { game } => format!("is being played; type `show {game}`."),
    };
    format!("{id} against {}, {}: {next}", one.with, needs(one, zone))
}

fn row(id: FixtureId, one: &Fixture) -> Vec<String> {
    let (state, game) = match one.stage {
        FixtureStage::Talking { .. } => ("talking", None),
        FixtureStage::Agreed { .. } if !one.locked => ("agreed", None),
        FixtureStage::Agreed { .. } | FixtureStage::Due => ("locked", None),
        FixtureStage::Playing { game } => ("playing", Some(game)),
    };
    vec![
        id.to_string(),
        one.with.to_string(),
        one.offer.game.clone(),
        state.to_owned(),
        one.offer.at.map_or(String::new(), |at| at.to_string()),
        game.map_or(String::new(), |game| game.to_string()),
    ]
}
