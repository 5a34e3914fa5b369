//! `clan move`: puts an event at another time.

use super::CLAN;
use super::agenda::{EVENT, described, often};
use crate::clans::ClanAsk;
use crate::clans::calendar::{self, Which, read_tail};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::lines::missing;
use crate::commands::reply::Reply;
use crate::engine::agenda;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-move",
    aliases: &["clan-reschedule"],
    title: "Clan: move an event",
    help: "Puts an event at another time, one date of it or all that are to come; everybody is asked anew.",
    example: "clan move wolves 3 sun 18:00 date=2026-12-26",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        EVENT,
        Field {
            name: "when",
            label: "The new time: sun 18:00, or sun 18:00 2h",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Rest,
        },
        Field {
            name: "date",
            label: "Of an event that repeats: which date (2026-12-26), or all",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let n = ask.event_of(tag)?;
    let on = ask.event_date()?;
    let when = ask.field("when").unwrap_or_default().to_owned();
    let wish = read_tail(when.trim_start_matches("to "), &ask.zone(), ask.desk.now())?;
    let [first] = wish.starts.as_slice() else {
        return Err(missing(&CARD, "one day and one time"));
    };
    let wanted = calendar::Ask::Move {
        n,
        on,
        start: first.start.clone(),
        length: wish.length,
    };
    ask.ask_clan(tag, &ClanAsk::Calendar(wanted))?;
    let (now, zone) = (ask.desk.now(), ask.own_zone());
    let clan = &ask.desk.clan(tag)?.clan;
    let entry = clan.calendar.live_entry(now, n)?;
    let which = if on == Which::All { Which::Unsaid } else { on };
    let one = match (which, entry.repeat.is_some()) {
        (Which::On(date), true) => entry.occurrence(date),
        _ => clan.calendar.which(now, entry, Which::Unsaid)?,
    };
    let words = Words::line(format!(
        "[{tag}] Moved: {}{}. The members are asked anew.",
        described(entry, &one, zone.as_deref()),
        often(entry, &one)
    ));
    let warnings = agenda::warnings(ask.desk.world(), clan, entry, now);
    let words = ask
        .reading_notes(&wish)
        .into_iter()
        .chain(warnings)
        .fold(words, Words::and);
    let words = words.and(format!("`clan event {tag} {n}` shows who comes."));
    Ok(ask.with_clan(tag, words).with("event", n.to_string()))
}
