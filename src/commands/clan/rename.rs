//! `clan rename`: gives a clan another name.

use super::CLAN;
use crate::clans::{ClanAsk, Setting, check_name};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-rename",
    aliases: &[],
    title: "Clan: rename",
    help: "Gives the clan another name; the tag and the address stay.",
    example: "clan rename wolves Wolves of Vienna",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        Field {
            name: "name",
            label: "Name",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Rest,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let name = check_name(ask.field("name").unwrap_or_default())?;
    ask.desk.check_clan_name(&name, Some(tag))?;
    ask.ask_clan(tag, &ClanAsk::Set(Setting::Name(name.clone())))?;
    Ok(ask.about_clan(tag, format!("The clan is called {name} now.")))
}
