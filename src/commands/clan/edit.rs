//! `clan edit`: changes a page, or who may read it.

use super::CLAN;
use super::writing::{PAGE, SEES, TITLE, is_link};
use crate::clans::{ClanAsk, PageAsk};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-edit",
    aliases: &[],
    title: "Clan: change a page",
    help: "Changes what a page says, or who may read it; its number stays. What you leave out stays as it is.",
    example: "clan edit wolves 3 officers",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        PAGE,
        SEES,
        TITLE,
        Field {
            name: "link",
            label: "Another link, for a file",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::If(is_link),
        },
        Field {
            name: "kind",
            label: "What the file is",
            kind: Kind::OneOf(&["recording", "demo", "screenshot", "other"]),
            default: "",
            required: false,
            words: WordsFor::Named,
        },
        Field {
            name: "text",
            label: "Another text",
            kind: Kind::Lines,
            default: "",
            required: false,
            words: WordsFor::Verbatim,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let page = ask.page_number(tag)?;
    let wish = PageAsk::Edit {
        page,
        sees: ask.sees()?,
        title: ask.field("title").map(str::to_owned),
        text: ask.field("text").map(str::to_owned),
        url: ask.field("link").map(str::to_owned),
        file: ask.file_kind()?,
    };
    ask.ask_clan(tag, &ClanAsk::Page(wish))?;
    let readers = ask.desk.clan(tag)?.clan.pages.all.get(&page);
    let readers = readers.map_or("Nobody", |page| page.sees.readers());
    let words = Words::line(format!(
        "[{tag}] Page {page} is changed. {readers} may read it: `clan read {tag} {page}`."
    ));
    Ok(ask.about_page(tag, page, words))
}
