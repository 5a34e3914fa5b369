//! `clan roles`: which roles there are, and what each may.

use super::CLAN;
use crate::clans::{Role, RoleId};
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-roles",
    aliases: &[],
    title: "Clan: roles",
    help: "Lists a clan's roles with their ranks and what each may.",
    example: "clan roles wolves",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[CLAN],
    run,
};

const COLUMNS: &[(&str, &str)] = &[
    ("role", "Role"),
    ("rank", "Rank"),
    ("may", "May"),
    ("like", "Like"),
];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let roles = ask.desk.clan(tag)?.clan.all_roles();
    let line = |words: Words, (id, role): &(RoleId, Role)| {
        words.and(format!("{id} ({}): {}", role.rank, may(role)))
    };
    let words = roles.iter().fold(
        Words::line(format!("[{tag}] Roles, the highest first:")),
        line,
    );
    let rows = roles.iter().map(|(id, role)| {
        let like = role
            .like
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        vec![id.to_string(), role.rank.to_string(), list(role), like]
    });
    let rows = rows.collect();
    let words = words.and(format!("`clan role {tag} bob officer` gives one; `help clan role-make` shows how to define your own."));
    Ok(ask.with_clan(tag, words).with_rows(COLUMNS, rows))
}

fn list(role: &Role) -> String {
    role.may
        .iter()
        .map(|one| one.word())
        .collect::<Vec<_>>()
        .join(" ")
}

fn may(role: &Role) -> String {
    let own = list(role);
    match (&role.like, own.is_empty()) {
        (Some(like), true) => format!("all that a {like} may."),
        (Some(like), false) => format!("all that a {like} may, and {own}."),
        (None, true) => "nothing.".to_owned(),
        (None, false) => format!("{own}."),
    }
}
