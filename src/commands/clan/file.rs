//! `clan file`: lists a file that lies elsewhere, by its link.

use super::CLAN;
use super::writing::{SEES, TITLE, is_file_kind, is_link};
use crate::clans::{FileKind, PageKind};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::lines::missing;
use crate::commands::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "clan-file",
    aliases: &[],
    title: "Clan: list a file",
    help: "Lists a file that you sent with your client or put elsewhere: its link, what it is (recording, demo, screenshot) and a title.",
    example: "clan file wolves https://upload.example.org/final.dem demo Final, map 3",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        Field {
            name: "link",
            label: "Link (http or https)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::If(is_link),
        },
        Field {
            name: "kind",
            label: "What it is",
            kind: Kind::OneOf(&["recording", "demo", "screenshot", "other"]),
            default: "",
            required: false,
            words: WordsFor::If(is_file_kind),
        },
        SEES,
        TITLE,
        Field {
            name: "text",
            label: "Title and description (empty: the name of the file)",
            kind: Kind::Lines,
            default: "",
            required: false,
            words: WordsFor::Verbatim,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let link = ask
        .field("link")
        .ok_or_else(|| missing(&CARD, "a link"))?
        .to_owned();
    let kind = ask.file_kind()?.unwrap_or(FileKind::Other);
    let name = link.rsplit('/').find(|part| !part.is_empty());
    let text = ask
        .field("text")
        .or(name.filter(|_| ask.field("title").is_none()));
    let text = text.unwrap_or_default().to_owned();
    ask.write_page(PageKind::File, text, Some((link, kind)))
}
