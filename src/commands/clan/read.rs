//! `clan read`: shows a page.

use super::CLAN;
use super::writing::PAGE;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::commands::shared::moment;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-read",
    aliases: &[],
    title: "Clan: read a page",
    help: "Shows one of a clan's pages that you may read.",
    example: "clan read wolves 3",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[CLAN, PAGE],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let number = ask.page_number(tag)?;
    let me = ask.caller.person;
    let page = ask.desk.clan(tag)?.clan.page_for(me, number)?;
    let mut words = Words::line(format!("[{tag}] {number}. {}", page.title));
    for line in page.text.lines() {
        words = words.and(line);
    }
    if let Some(file) = &page.file {
        words = words.and(format!("{} ({})", file.url, file.kind.word()));
    }
    let edited = page
        .edited
        .map_or(String::new(), |at| format!(", changed {}", moment(at)));
    words = words.and(format!(
        "{} by {}, {}{edited}, for {}.",
        page.kind.word(),
        ask.name_of(page.by),
        moment(page.at),
        match page.sees {
            crate::clans::Sees::Public => "everybody",
            sees => sees.word(),
        }
    ));
    let (text, link) = (
        page.text.clone(),
        page.file.as_ref().map(|file| file.url.clone()),
    );
    let by = ask.name_of(page.by);
    let reply = ask.about_page(tag, number, words);
    Ok(reply
        .with("body", text)
        .with("by", by)
        .with("link", link.unwrap_or_default()))
}
