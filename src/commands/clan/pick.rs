//! `clan pick`: names who plays in an event, from those who come.

use super::CLAN;
use super::agenda::{DATE, EVENT, lineup_words};
use crate::clans::ClanAsk;
use crate::clans::calendar::{self, Lineup, MAX_LINEUP, Which};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::{PersonId, Refusal, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-pick",
    aliases: &[],
    title: "Clan: pick who plays",
    help: "Names the line-up, the substitutes and the coach of an event, from those who said yes or maybe; it replaces what was named before, and `none` empties it.",
    example: "clan pick wolves 3 alice bob subs=carol coach=dave",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        EVENT,
        DATE,
        Field {
            name: "players",
            label: "Who plays (handles), or none",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Rest,
        },
        named("subs", "Substitutes, separated by commas"),
        named("coach", "Coach"),
    ],
    run,
};

const fn named(name: &'static str, label: &'static str) -> Field {
    Field {
        name,
        label,
        kind: Kind::Text,
        default: "",
        required: false,
        words: WordsFor::Named,
    }
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let n = ask.event_of(tag)?;
    let on = match ask.event_date()? {
        Which::On(date) => Some(date),
        Which::Unsaid => None,
        Which::All => {
            return Err(
                refuse("calendar/which", "A line-up is for one date.").hint(format!(
                    "Type `clan pick {tag} {n} date=2026-12-26` and names."
                )),
            );
        }
    };
    let me = ask.me()?;
    let lineup = Lineup {
        players: people(ask, me, "players")?,
        substitutes: people(ask, me, "subs")?,
        coaches: people(ask, me, "coach")?,
    };
    let wanted = calendar::Ask::Pick {
        n,
        on,
        lineup: lineup.clone(),
    };
    let picked = ask.ask_clan(tag, &ClanAsk::Calendar(wanted));
    picked.map_err(|refusal| ask.with_event_names(refusal))?;
    let text = match lineup_words(ask, &lineup) {
        Some(said) => {
            format!("#{n}: {said} They are told; `clan event {tag} {n}` shows who else comes.")
        }
        None => format!("The line-up of #{n} is empty. `clan event {tag} {n}` shows who comes."),
    };
    Ok(ask.about_clan(tag, text).with("event", n.to_string()))
}

/// The people of a list of names.
fn people(ask: &Ask<'_>, me: PersonId, field: &str) -> Result<Vec<PersonId>, Refusal> {
    let list = ask.field(field).unwrap_or_default();
    if list.eq_ignore_ascii_case("none") {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = list
        .split([' ', ',', ';'])
        .filter(|name| !name.is_empty())
        .collect();
    if names.len() > MAX_LINEUP {
        return Err(refuse(
            "calendar/lineup",
            format!("{MAX_LINEUP} people in a line-up are the limit."),
        )
        .hint("Name fewer."));
    }
    let known = |name: &&str| {
        match *name {
        "me" => Ok(me),
        name => ask.acquaintance(name)?.ok_or_else(|| {
            refuse("people/unknown", format!("I do not know anybody called `{}`.", clip(name, 40)))
                .hint("Type `clan events` to see what is planned, and `clan event` with its number to see who comes.")
        }),
    }
    };
    names.iter().map(known).collect()
}
