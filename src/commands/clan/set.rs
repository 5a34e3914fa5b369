//! `clan set`: changes what a clan says about itself, and how one joins it.

use super::{CLAN, create::read_joining, read_role, read_span};
use crate::clans::{ClanAsk, Setting, check_name};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::{Refusal, clean_line, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-set",
    aliases: &[],
    title: "Clan: settings",
    help: "Sets the clan's name, colours, description, avatar, joining (invite, apply, open), entry (the role of newcomers) or succession (60d, never).",
    example: "clan set wolves joining apply",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        Field {
            name: "what",
            label: "What to change",
            kind: Kind::OneOf(&[
                "name",
                "colours",
                "description",
                "avatar",
                "joining",
                "entry",
                "succession",
            ]),
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        Field {
            name: "value",
            label: "Value (empty: none)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
    ],
    run,
};

/// Characters of a description that are read at all; more are refused by the clan.
const MAX_READ: usize = 1000;

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let what = ask.field("what").unwrap_or_default().to_lowercase();
    let value = ask.field("value").unwrap_or_default().to_owned();
    let setting = read_setting(&what, &value)?;
    if let Setting::Name(name) = &setting {
        ask.desk.check_clan_name(name, Some(tag))?;
    }
    ask.ask_clan(tag, &ClanAsk::Set(setting.clone()))?;
    let said = match value.is_empty() {
        true => format!("{} is empty now.", setting.word()),
        false => format!("{} is `{}` now.", setting.word(), clip(&value, 80)),
    };
    Ok(ask.about_clan(
        tag,
        format!("{said} Type `clan show {tag}` to see everything."),
    ))
}

fn read_setting(what: &str, value: &str) -> Result<Setting, Refusal> {
    let none = matches!(value.to_lowercase().as_str(), "" | "none" | "never" | "off");
    Ok(match what {
        "name" => Setting::Name(check_name(value)?),
        "colours" | "colors" | "colour" | "color" => {
            let colours = value.split([' ', ',']).filter(|one| !one.is_empty());
            Setting::Colours(colours.map(str::to_lowercase).collect())
        }
        "description" | "about" => Setting::Description(clean_line(value, MAX_READ)),
        "avatar" | "picture" => Setting::Avatar((!none).then(|| value.to_owned())),
        "joining" | "join" => Setting::Joining(read_joining(value)?),
        "entry" => Setting::Entry(read_role(value)?),
        "succession" => Setting::Succession(if none { None } else { Some(read_span(value)?) }),
        _ => {
            return Err(refuse("clan/bad-setting", format!("A clan has no setting `{}`.", clip(what, 30)))
                .hint("There are name, colours, description, avatar, joining, entry and succession, as in `clan set joining open`."));
        }
    })
}
