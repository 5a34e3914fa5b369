//! `clan apply`: asks to become a member.

use super::ANY_CLAN;
use crate::clans::ClanAsk;
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-apply",
    aliases: &[],
    title: "Clan: apply",
    help: "Asks to become a member of a clan that takes applications.",
    example: "clan apply wolves I play every Saturday",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        ANY_CLAN,
        Field {
            name: "text",
            label: "A few words about yourself",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let tag = ask.waiting_clan()?;
    let text = ask.field("text").unwrap_or_default().to_owned();
    ask.ask_clan(tag, &ClanAsk::Apply { text })?;
    let joined = ask.desk.clan(tag)?.clan.is_member(me);
    Ok(match joined {
        true => ask.about_clan(tag, format!("You are a member now. Type `clan show {tag}` to see who is who.")),
        false => ask.about_clan(tag, format!("Your application waits for two weeks; you are told the answer. `clan decline {tag}` takes it back.")),
    })
}
