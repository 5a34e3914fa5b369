//! `clan role-drop`: takes back a role that the clan defined.

use super::{CLAN, read_role};
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-role-drop",
    aliases: &[],
    title: "Clan: take a role back",
    help: "Takes back a role that your clan defined and nobody has.",
    example: "clan role-drop wolves coach",
    who: Who::Anyone,
    effect: Effect::Ends,
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
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let role = read_role(ask.field("role").unwrap_or_default())?;
    ask.ask_clan(tag, &ClanAsk::DropRole { role: role.clone() })?;
    Ok(ask.about_clan(tag, format!("There is no role {role} any more.")))
}
