//! `admin flags`: what the word filter found and nobody has seen to yet.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::moderation::REASON;
use super::reply::Reply;
use super::shared::moment;
use crate::engine::{Flag, ServiceEvent};
use crate::kit::{Refusal, Words, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "admin-flags",
    aliases: &[],
    title: "Admin: flags",
    help: "Lists texts in which the word filter found something; done=3 and what came of it takes one off the list.",
    example: "admin flags done=3 a harmless word",
    who: Who::Admin,
    effect: Effect::Changes,
    fields: &[
        Field {
            name: "done",
            label: "The number of a flag that you have seen to",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
        Field {
            label: "What came of it (admins see it)",
            required: false,
            ..REASON
        },
    ],
    run,
};

/// Flags in one answer.
const MAX_SHOWN: usize = 20;

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let Some(done) = ask.field("done").map(str::to_owned) else {
        return Ok(list(ask));
    };
    let me = ask.me()?;
    let flags = ask.desk.world().service.moderation.flags();
    let number = done.trim_start_matches('#').parse().ok();
    let number = number.filter(|number| flags.contains_key(number));
    let number = number.ok_or_else(|| {
        refuse(
            "people/no-flag",
            format!("There is no open flag `{}`.", clip(&done, 20)),
        )
        .hint("Type `admin flags` to see them.")
    })?;
    let reason = ask.reason(&CARD)?;
    ask.desk
        .serve(Some(me), ServiceEvent::Unflagged { number, reason })?;
    let left = ask.desk.world().service.moderation.flags().len();
    Ok(Reply::line(match left {
        0 => format!("Flag {number} is done. No other waits."),
        1 => format!("Flag {number} is done. One more waits: type `admin flags`."),
        n => format!("Flag {number} is done. {n} more wait: type `admin flags`."),
    }))
}

fn list(ask: &Ask<'_>) -> Reply {
    let flags = ask.desk.world().service.moderation.flags();
    if flags.is_empty() {
        return Reply::line("No flag waits. `admin policy words` shows what the filter looks for.");
    }
    // The newest matter most; what is left out is found when these are done.
    let lines: Vec<String> = (flags.iter().rev().take(MAX_SHOWN))
        .map(|(number, flag)| line(ask, *number, flag))
        .collect();
    let words = lines.iter().cloned().fold(
        Words::line(match flags.len() {
            1 => "One flag waits:".to_owned(),
            n => format!("{n} flags wait, the newest first:"),
        }),
        Words::and,
    );
    Reply::words(
        words.and("Type for example `admin flags done=1 harmless`, or `admin mute` and a name."),
    )
    .with_list("flags", lines)
}

fn line(ask: &Ask<'_>, number: u64, flag: &Flag) -> String {
    let name = ask.desk.world().people.name(flag.who);
    let of = flag
        .clan
        .as_ref()
        .map_or(String::new(), |tag| format!(" of {tag}"));
    let text = match flag.text.as_str() {
        "" => String::new(),
        text => format!(": {}", clip(text, 80)),
    };
    format!(
        "#{number} {}: {}{of} by {name} ({}){text}",
        moment(flag.at),
        flag.about,
        flag.word
    )
}
