//! `clan role-make`: defines a role, or defines it anew.

use super::{CLAN, read_role};
use crate::clans::{ClanAsk, Permission};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::{Refusal, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-role-make",
    aliases: &[],
    title: "Clan: define a role",
    help: "Defines a role: its rank (1 to 99; a member has 40) and what it may; `like` takes over what another role may.",
    example: "clan role-make wolves coach 50 line-up schedule like=member",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        Field {
            name: "role",
            label: "Role",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        Field {
            name: "rank",
            label: "Rank from 1 to 99 (a member has 40, an officer 60, a captain 80)",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        Field {
            name: "like",
            label: "The role whose permissions it has too",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
        Field {
            name: "may",
            label: "What it may, with spaces between",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let role = read_role(ask.field("role").unwrap_or_default())?;
    let rank = ask.field("rank").unwrap_or_default();
    let rank: u8 = rank
        .parse()
        .ok()
        .filter(|rank| (1..=99).contains(rank))
        .ok_or_else(|| {
            refuse("clan/bad-rank", format!("`{}` is no rank.", clip(rank, 20)))
                .hint("Ranks go from 1 to 99; a member has 40, an officer 60, a captain 80.")
        })?;
    let like = ask.field("like").map(read_role).transpose()?;
    let words = ask
        .field("may")
        .unwrap_or_default()
        .split([' ', ','])
        .filter(|word| !word.is_empty());
    let may = words
        .map(read_permission)
        .collect::<Result<Vec<Permission>, Refusal>>()?;
    ask.ask_clan(
        tag,
        &ClanAsk::MakeRole {
            role: role.clone(),
            rank,
            may,
            like,
        },
    )?;
    Ok(ask.about_clan(tag, format!("The role {role} is there. Type `clan role {tag}`, a name and `{role}` to give it; `clan roles {tag}` shows all.")))
}

fn read_permission(word: &str) -> Result<Permission, Refusal> {
    Permission::read(word).ok_or_else(|| {
        let all: Vec<&str> = Permission::ALL.iter().map(|one| one.word()).collect();
        refuse(
            "clan/bad-permission",
            format!("`{}` is no permission.", clip(word, 30)),
        )
        .hint(format!("There are: {}.", all.join(", ")))
    })
}
