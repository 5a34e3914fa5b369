//! `absence`: tells the referee of days away, for matches whose clock allows for them.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use super::shared::{MATCH, moment};
use crate::kit::{MatchId, PersonId, Refusal, Span, Timestamp, Words, clip, refuse};
use crate::matches::{self, Stage};

/// The longest absence that can be told of at once, in days.
const MAX_DAYS: i64 = 60;

/// The card.
pub const CARD: Card = Card {
    name: "absence",
    aliases: &["vacation"],
    title: "Days of absence",
    help: "Stops your clock for days in which you are away, in all your matches that allow for it (such as 2d+14v) or in one; `off` when you are back; alone it shows what is left.",
    example: "absence until 2026-12-24",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        MATCH,
        Field {
            name: "until",
            label: "For how long (3d), until which day (2026-12-24), or off",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
    ],
    run,
};

/// What is asked for.
enum Wish {
    Show,
    Until(Timestamp),
    Off,
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let wish = wish(ask, me)?;
    let ids = concerned(ask, me)?;
    let one = ids.len() == 1;
    let mut lines = Vec::new();
    for id in ids {
        let asked = match wish {
            Wish::Show => Ok(()),
            Wish::Until(to) => {
                let leave = matches::Ask::Leave { to };
                ask.desk.act(Some(me), id, &leave, ask.req)
            }
            Wish::Off => ask.desk.act(Some(me), id, &matches::Ask::EndLeave, ask.req),
        };
        match asked {
            Err(refusal) if one || crate::engine::Desk::passes(&refusal) => {
                return Err(refusal);
            }
            Err(refusal) => lines.push(format!("[{id}] {}", refusal.text)),
            Ok(()) => lines.extend(line(ask, id, me, &wish)),
        }
    }
    let words = lines.into_iter().fold(Words::default(), Words::and);
    Ok(Reply::words(match wish {
        Wish::Show => {
            words.and("Type `absence 3d` or `absence until 2026-12-24` to be away from now on.")
        }
        Wish::Until(_) => words.and("Type `absence off` when you are back early."),
        Wish::Off => words,
    }))
}

/// How an absence stands in one match.
fn line(ask: &Ask<'_>, id: MatchId, me: PersonId, wish: &Wish) -> Option<String> {
    let (now, game) = (ask.desk.now(), &ask.desk.world().live(id)?.game);
    let seat = game.seat_of(me)?;
    let left = match game.clock.leave_left(seat) {
        Span::ZERO => "none".to_owned(),
        left => left.words(),
    };
    let away = game.clock.absences(seat).filter(|(_, to)| *to > now);
    let away = away.map(|(_, to)| to).max();
    let short = match (wish, away) {
        (Wish::Until(wanted), Some(to)) if to < *wanted => {
            " That is all there is: after it your clock runs."
        }
        _ => "",
    };
    Some(match away {
        Some(to) => format!(
            "[{id}] Your clock stands still until {}. Absence left: {left}.{short}",
            moment(to)
        ),
        None => format!("[{id}] You are here. Absence left: {left}."),
    })
}

/// The matches in which absence stops a clock.
fn concerned(ask: &mut Ask<'_>, me: PersonId) -> Result<Vec<MatchId>, Refusal> {
    let allows = |game: &matches::Match| {
        let playing = matches!(
            game.stage,
            Stage::Started | Stage::Paused | Stage::Adjourned
        );
        let seat = game.seat_of(me);
        playing && seat.is_some_and(|seat| game.terms.clock.allows_leave(seat))
    };
    let named = ask.field("match").is_some() || ask.place.game().is_some();
    let mut ids: Vec<MatchId> = if named {
        vec![ask.game("of yours is being played", |_, _| true)?]
    } else {
        let mine = ask.desk.world().matches_of(me);
        mine.map(|live| live.game.id).collect()
    };
    let world = ask.desk.world();
    ids.retain(|id| world.live(*id).is_some_and(|live| allows(&live.game)));
    if ids.is_empty() {
        let text = if named {
            "The clock of that match knows no days of absence."
        } else {
            "None of your matches has a clock with days of absence."
        };
        return Err(refuse("absence/none", text)
            .hint("Agree on one before you play, such as `challenge bob chess 2d+14v`."));
    }
    Ok(ids)
}

fn wish(ask: &Ask<'_>, me: PersonId) -> Result<Wish, Refusal> {
    let Some(text) = ask.field("until") else {
        return Ok(Wish::Show);
    };
    let text = text.strip_prefix("until ").unwrap_or(text).trim();
    if matches!(text.to_lowercase().as_str(), "off" | "back" | "no" | "none") {
        return Ok(Wish::Off);
    }
    let now = ask.desk.now();
    let longest = now + Span::days(MAX_DAYS + 1);
    let days = text
        .strip_suffix(['d', 'D'])
        .and_then(|days| days.parse().ok());
    let to = match days {
        Some(days @ 1..=MAX_DAYS) => now + Span::days(days),
        Some(_) => return Err(too_long()),
        None => end_of_day(ask, me, text)?,
    };
    match to {
        to if to > longest => Err(too_long()),
        to if to <= now => Err(refuse("absence/past", "That day is over.")
            .hint("Write a day to come, such as `absence until 2026-12-24`, or `absence 3d`.")),
        to => Ok(Wish::Until(to)),
    }
}

fn too_long() -> Refusal {
    refuse(
        "absence/too-long",
        format!("I take note of 1 to {MAX_DAYS} days at a time."),
    )
    .hint("Type for example `absence 14d`.")
}

/// The end of a day in the person's own time zone.
fn end_of_day(ask: &Ask<'_>, me: PersonId, text: &str) -> Result<Timestamp, Refusal> {
    let person = ask.desk.world().people.get(me);
    let end = text.parse().ok().and_then(|day| person?.end_of_day(day));
    end.ok_or_else(|| {
        refuse(
            "absence/no-date",
            format!("`{}` is no day of the calendar.", clip(text, 30)),
        )
        .hint("Write `absence 3d`, `absence until 2026-12-24` or `absence off`.")
    })
}
