//! `clan event`: enters an event in the clan's calendar, or shows one.

use super::CLAN;
use super::agenda::{EVENT, attendance, choices, described, often, planned, titled};
use crate::clans::calendar::{self, Occasion, Plan, Wish, read_tail, split_title};
use crate::clans::{ClanAsk, Permission, authorise};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::lines::missing;
use crate::commands::reply::Reply;
use crate::kit::{ClanTag, Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-event",
    aliases: &["clan-plan", "clan-schedule"],
    title: "Clan: event",
    help: "Plans a match, a training or a meeting, once or repeating, and asks the members whether they come; with a number alone it shows that event.",
    example: "clan event wolves training Aim practice sat 20:00 2h weekly 8 times at cs.example.org",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        KIND,
        TITLE,
        WHEN,
        Field {
            words: WordsFor::Named,
            ..EVENT
        },
    ],
    run,
};
/// What people meet for.
pub const KIND: Field = Field {
    name: "kind",
    label: "Kind of event",
    kind: Kind::OneOf(&["match", "training", "meeting"]),
    default: "",
    required: false,
    words: WordsFor::If(is_kind),
};
/// The title; in chat, everything.
pub const TITLE: Field = Field {
    name: "title",
    label: "Title",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::Rest,
};
/// When, and the rest.
const WHEN: Field = Field {
    name: "when",
    label: "When and where: sat 20:00 2h weekly until 2027-03-01 Europe/Vienna public at cs.example.org",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::Named,
};

fn is_kind(word: &str) -> bool {
    Occasion::read(word).is_some()
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let title = ask.field("title").unwrap_or_default();
    let number = title.strip_prefix('#').unwrap_or(title).parse().ok();
    if let Some(n) = ask.event_number()?.or(number) {
        return show(ask, tag, n);
    }
    let (plan, wish) = read_plan(ask, &CARD)?;
    let [first] = wish.starts.as_slice() else {
        return Err(missing(
            &CARD,
            "one day and one time (several are for `clan propose`)",
        ));
    };
    let wanted = calendar::Ask::Plan {
        plan,
        start: first.start.clone(),
        repeat: wish.repeat()?,
    };
    ask.ask_clan(tag, &ClanAsk::Calendar(wanted))?;
    let newest = ask
        .desk
        .clan(tag)?
        .clan
        .calendar
        .entries()
        .map(|entry| entry.n)
        .max();
    let n = newest.unwrap_or_default();
    let words = planned(ask, tag, n, &wish).and(format!(
        "`clan event {tag} {n}` shows who comes, `clan pick {tag} {n}` and names chooses who plays, `clan cancel {tag} {n}` calls it off. Do you come yourself? Answer yes, no or maybe."
    ));
    Ok(ask.with_clan(tag, words).with("event", n.to_string()))
}

/// What was typed or filled in: the plan, and when.
pub fn read_plan(ask: &Ask<'_>, card: &Card) -> Result<(Plan, Wish), Refusal> {
    let line = ask.field("title").unwrap_or_default().to_owned();
    let (title, tail) = match ask.field("when") {
        Some(when) => (line, when.to_owned()),
        None => split_title(&line).ok_or_else(|| missing(card, "a day and a time"))?,
    };
    let wish = read_tail(&tail, &ask.zone(), ask.desk.now())?;
    let what = ask
        .field("kind")
        .map_or(Some(Occasion::Meeting), Occasion::read);
    let what = what.ok_or_else(|| missing(card, "match, training or meeting"))?;
    let plan = Plan {
        what,
        title,
        place: wish.place.clone().unwrap_or_default(),
        length: wish.length.unwrap_or(what.usual_length()),
        public: wish.public,
    };
    Ok((plan, wish))
}

/// One event, with who comes and who plays; a proposal with its votes.
fn show(ask: &mut Ask<'_>, tag: ClanTag, n: u32) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let (now, zone) = (ask.desk.now(), ask.own_zone());
    let clan = &ask.desk.clan(tag)?.clan;
    let reads = ask.reads_calendar(clan);
    if let Some(proposal) = clan.calendar.proposal(n).filter(|_| reads) {
        let words = Words::line(format!(
            "[{tag}] {}: which of these times?",
            titled(n, &proposal.plan)
        ));
        let words = choices(ask, proposal, zone.as_deref())
            .into_iter()
            .fold(words, Words::and);
        let words = words.and(format!(
            "Type `clan vote {tag} {n} 1 2` for those that suit you."
        ));
        return Ok(ask.with_clan(tag, words).with("event", n.to_string()));
    }
    let public = clan
        .calendar
        .entry(n)
        .is_some_and(|entry| entry.plan.public);
    if !reads && !public {
        clan.require(me, Permission::Read)?;
    }
    let entry = clan.calendar.live_entry(now, n)?;
    let one = clan.calendar.which(now, entry, calendar::Which::Unsaid)?;
    let mut words = Words::line(format!(
        "[{tag}] {}{}.",
        described(entry, &one, zone.as_deref()),
        often(entry, &one)
    ));
    if reads {
        words = attendance(ask, clan, entry, &one)
            .into_iter()
            .fold(words, Words::and);
        let mine = ask.caller.person.and_then(|me| entry.answer(one.on, me));
        let plays = ask
            .caller
            .person
            .is_some_and(|me| authorise(clan, me, Permission::Play).allowed);
        words = words.and(match mine {
            _ if !plays => format!("`clan ical {tag} {n}` gives it for your calendar."),
            Some(mine) => format!(
                "You said {}. `clan attend {tag} {n} yes`, `no` or `maybe` changes it.",
                mine.word()
            ),
            None => format!("Do you come? `clan attend {tag} {n} yes`, `no` or `maybe`."),
        });
    } else {
        words = words.and(format!("`clan ical {tag} {n}` gives it for your calendar."));
    }
    let reply = ask.with_clan(tag, words).with("event", n.to_string());
    Ok(reply
        .with("begins", one.begins.to_string())
        .with("ends", one.ends.to_string()))
}
