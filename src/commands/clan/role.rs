//! `clan role`: gives a member another role.

use super::{CLAN, WHO, read_role};
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-role",
    aliases: &[],
    title: "Clan: give a role",
    help: "Gives a member another role. Nobody gives what they do not have.",
    example: "clan role wolves bob officer",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        WHO,
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
    let who = ask.clan_person()?;
    let role = read_role(ask.field("role").unwrap_or_default())?;
    ask.ask_clan(
        tag,
        &ClanAsk::Rank {
            who,
            role: role.clone(),
        },
    )?;
    let name = ask.name_of(who);
    Ok(ask.about_clan(tag, format!("{name} is {role} now, and is told.")))
}
