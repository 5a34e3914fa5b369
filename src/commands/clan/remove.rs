//! `clan remove`: takes a page away.

use super::CLAN;
use super::writing::PAGE;
use crate::clans::{ClanAsk, PageAsk};
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-remove",
    aliases: &[],
    title: "Clan: remove a page",
    help: "Takes a page away, for everybody. To put a member out type `clan kick`.",
    example: "clan remove wolves 3",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[CLAN, PAGE],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let page = ask.page_number(tag).map_err(|no| {
        let hint =
            "Type `clan pages` for the numbers, or `clan kick` and a name to put a member out.";
        no.hint(hint)
    })?;
    ask.ask_clan(tag, &ClanAsk::Page(PageAsk::Remove { page }))?;
    let words = Words::line(format!(
        "[{tag}] Page {page} is gone. The clan's record keeps what it said, for those who may export it."
    ));
    Ok(ask.about_page(tag, page, words))
}
