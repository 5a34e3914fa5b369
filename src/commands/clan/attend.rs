//! `clan attend`: says whether one comes.

use super::CLAN;
use super::agenda::{DATE, EVENT, described, is_date_or_all};
use crate::clans::ClanAsk;
use crate::clans::calendar::{self, Answer, Which};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::lines::missing;
use crate::commands::reply::Reply;
use crate::engine::agenda::{Diary, asked};
use crate::kit::{ClanTag, Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-attend",
    aliases: &["clan-come", "clan-rsvp"],
    title: "Clan: attend",
    help: "Says whether you come to an event: yes, no or maybe; of one that repeats, to the next, to that of a date, or to all. To a reminder `yes`, `no` or `maybe` alone is enough.",
    example: "clan attend wolves 3 yes",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        EVENT,
        Field {
            name: "answer",
            label: "Will you come?",
            kind: Kind::OneOf(&["yes", "no", "maybe"]),
            default: "",
            required: true,
            words: WordsFor::If(is_answer),
        },
        Field {
            words: WordsFor::If(is_date_or_all),
            ..DATE
        },
    ],
    run,
};

/// Events that are named where one has to be chosen.
const MAX_CHOICES: usize = 8;

fn is_answer(word: &str) -> bool {
    Answer::read(word).is_some()
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let answer = ask.field("answer").and_then(Answer::read);
    let answer = answer.ok_or_else(|| missing(&CARD, "yes, no or maybe"))?;
    let which = ask.event_date()?;
    let (tag, n, on) = match ask.event_number()? {
        Some(n) => (ask.clan()?, n, which),
        None => the_one_that_waits(ask, answer, which)?,
    };
    let me = ask.me()?;
    ask.ask_clan(
        tag,
        &ClanAsk::Calendar(calendar::Ask::Attend { n, on, answer }),
    )?;
    let (now, zone) = (ask.desk.now(), ask.own_zone());
    let calendar = &ask.desk.clan(tag)?.clan.calendar;
    let entry = calendar.live_entry(now, n)?;
    let one = calendar.which(now, entry, on)?;
    let (you, change) = match answer {
        Answer::Yes => ("You come to", "no"),
        Answer::Maybe => ("You may come to", "yes"),
        Answer::No => ("You do not come to", "yes"),
    };
    let what = match (on, entry.repeat.is_some()) {
        (Which::All, true) => format!("every #{n} {}", entry.plan.title),
        _ => described(entry, &one, zone.as_deref()),
    };
    let words = Words::line(format!("[{tag}] {you} {what}."));
    let clash = (answer != Answer::No).then(|| Diary::of(ask.desk.world(), tag, &one).warning(me));
    let words = clash.flatten().into_iter().fold(words, Words::and);
    let words = words.and(format!(
        "`clan attend {tag} {n} {change}` changes it, `clan event {tag} {n}` shows who comes."
    ));
    Ok(ask
        .with_clan(tag, words)
        .with("event", n.to_string())
        .with("answer", answer.word()))
}

/// The only event that waits for this person's answer, here or in all their clans.
fn the_one_that_waits(
    ask: &mut Ask<'_>,
    answer: Answer,
    which: Which,
) -> Result<(ClanTag, u32, Which), Refusal> {
    let me = ask.me()?;
    let here = match ask.field("clan").is_some() {
        true => Some(ask.clan()?),
        false => ask.place.clan(),
    };
    let mut waiting = asked(ask.desk.world(), me, ask.desk.now());
    waiting.retain(|asked| here.is_none_or(|tag| asked.tag == tag));
    match waiting.as_slice() {
        [] => Err(refuse("calendar/none", "No event waits for your answer.")
            .hint("Type `clan events` to see what is planned, and `clan attend 3 yes` with its number.")),
        [only] => Ok((only.tag, only.one.n, match which {
            Which::Unsaid => Which::On(only.one.on),
            said => said,
        })),
        several => {
            let named = several.iter().take(MAX_CHOICES);
            let named: Vec<String> = named.map(|asked| format!("[{}] #{} {}", asked.tag, asked.one.n, asked.title)).collect();
            let first = &several[0];
            Err(refuse("calendar/which-event", format!("Which event do you mean: {}?", named.join(", "))).hint(format!(
                "Type for example `clan attend {} {} {}`.",
                first.tag,
                first.one.n,
                answer.word()
            )))
        }
    }
}
