//! `admin note`: a private word of the admins about somebody, kept with the person and not in the journal.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::moderation::WHO;
use super::reply::Reply;
use crate::clans::{MAX_REMARK_CHARS, MAX_REMARKS, Remark};
use crate::kit::{PersonId, Refusal, clean_line, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "admin-note",
    aliases: &[],
    title: "Admin: note about somebody",
    help: "Notes something about somebody for the admins; drop=2 takes the second note away. The person finds it in their export.",
    example: "admin note bob warned twice about insults",
    who: Who::Admin,
    effect: Effect::Changes,
    fields: &[
        WHO,
        Field {
            name: "drop",
            label: "The number of a note to take away",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
        Field {
            name: "text",
            label: "What to note",
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
    let them = ask.target(&CARD)?;
    let kept = ask.desk.world().people.get(them.who);
    let kept = kept.map_or(0, |person| person.remarks.len());
    if let Some(number) = ask.field("drop").map(str::to_owned) {
        return drop_one(ask, them.who, &them.name, &number, kept);
    }
    let text = clean_line(ask.field("text").unwrap_or_default(), MAX_REMARK_CHARS);
    if text.is_empty() {
        return Err(missing(&CARD, "a text"));
    }
    if kept >= MAX_REMARKS {
        let said = format!("{MAX_REMARKS} notes about one person are the limit.");
        return Err(refuse("people/too-many-notes", said).hint(format!(
            "Type `admin note {} drop=1` to take the oldest away.",
            them.name
        )));
    }
    let at = ask.desk.now();
    ask.desk.change_person(them.who, |person| {
        person.remarks.push(Remark { at, by: me, text });
    })?;
    Ok(Reply::line(format!(
        "Noted. Type `admin history {}` to see everything about them.",
        them.name
    )))
}

fn drop_one(
    ask: &mut Ask<'_>,
    who: PersonId,
    name: &str,
    number: &str,
    kept: usize,
) -> Result<Reply, Refusal> {
    let place = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    let place = place.filter(|place| *place < kept).ok_or_else(|| {
        refuse(
            "people/no-note",
            format!("There is no note `{}` about {name}.", clip(number, 20)),
        )
        .hint(format!(
            "Type `admin history {name}` to see the notes with their numbers."
        ))
    })?;
    ask.desk.change_person(who, |person| {
        person.remarks.remove(place);
    })?;
    Ok(Reply::line(match kept - 1 {
        0 => "The note is gone; no other is left.".to_owned(),
        1 => "The note is gone; one is left.".to_owned(),
        n => format!("The note is gone; {n} are left."),
    }))
}
