//! `clan invite`: invites somebody.

use super::{CLAN, WHO, read_role};
use crate::clans::{ClanAsk, Permission};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-invite",
    aliases: &[],
    title: "Clan: invite",
    help: "Invites somebody to your clan; they are told how to answer.",
    example: "clan invite wolves bob",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        WHO,
        Field {
            name: "role",
            label: "Role (empty for the usual one)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Next,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let tag = ask.clan()?;
    // Who may not invite uses up no permit and makes nobody known.
    ask.desk.clan(tag)?.clan.require(me, Permission::Invite)?;
    let role = ask.field("role").map(read_role).transpose()?;
    let named = ask.field("who").unwrap_or_default().to_owned();
    let who = ask.somebody(&named)?;
    ask.may_challenge(me, who)?;
    ask.ask_clan(tag, &ClanAsk::Invite { who, role })?;
    let name = ask.name_of(who);
    let joined = ask.desk.clan(tag)?.clan.is_member(who);
    Ok(match joined {
        true => ask.about_clan(tag, format!("{name} had applied, and is a member now.")),
        false => ask.about_clan(tag, format!("{name} is invited. You are told of the answer; `clan uninvite {tag} {name}` takes it back.")),
    })
}
