//! The sentences: one per event, with `{0}`, `{1}` for the players until their names are filled in.

use super::teams;
use crate::clans::People;
use crate::kit::{Seat, Span, Timestamp};
use crate::matches::{
    Event, Leave, Match, OfferKind, Pause, Side, Stage, UNSEEN_LASTS, WAIT, points,
};

/// Downtime that is not worth a sentence.
const UNNOTICED: Span = Span::seconds(1);

/// The sentence of an event with players as `{0}`, `{1}`; `None` for those that the facts or the verdict tell.
pub fn sentence(game: &Match, event: &Event, domain: &str) -> Option<String> {
    let spec = game.terms.game().map(|game| game.spec());
    let title = spec.map_or(game.terms.game.as_str(), |spec| spec.title);
    let clock = game.terms.clock_words();
    Some(match event {
        Event::Challenged { .. } => format!("{{0}} challenges {{1}} to {title}, {clock}."),
        Event::Opened { .. } => format!("{{0}} waits for an opponent in {title}, {clock}."),
        Event::Accepted { by, .. } => {
            let place = game.names().iter().position(|person| person == by)?;
            format!("{{{place}}} accepts.")
        }
        Event::Started { .. } if game.terms.boards() > 0 => {
            format!("The team match begins on {} boards.", game.terms.boards())
        }
        Event::Started { .. } => {
            let side = |seat: usize| {
                spec.and_then(|spec| spec.sides.get(seat))
                    .copied()
                    .unwrap_or("player")
            };
            let players = (0..game.seats.len()).map(|seat| format!("{{{seat}}} ({})", side(seat)));
            let series = (game.terms.series())
                .map_or(String::new(), |series| format!(", {}", series.words()));
            format!(
                "{title}, {clock}{series}: {}.",
                players.collect::<Vec<_>>().join(" against ")
            )
        }
        Event::Drawn { draw: 0, .. } if game.terms.side == Side::Luck => {
            "Luck decides who sits where.".to_owned()
        }
        // The game itself says what its dice and cards mean.
        Event::Drawn { .. } => return None,
        Event::Shown(_) => "A card is opened, with its proof.".to_owned(),
        Event::Moved { seat, text, .. } => format!("{{{seat}}} plays {text}"),
        Event::Chose { seat, .. } => format!("{{{seat}}} has chosen."),
        Event::Revealed { choices } => {
            let one = |(seat, text): &(Seat, String)| format!("{{{seat}}} chose {text}");
            format!(
                "{}.",
                choices.iter().map(one).collect::<Vec<_>>().join(", ")
            )
        }
        Event::Flagged { seats } => {
            let names: Vec<String> = seats.iter().map(|seat| format!("{{{seat}}}")).collect();
            format!("The time of {} is up.", names.join(" and "))
        }
        Event::Resigned { seat, series: true } => format!("{{{seat}}} gives the series up."),
        Event::Resigned { seat, .. } => format!("{{{seat}}} resigns."),
        Event::Scored { .. } | Event::Next { .. } => games(game, event)?,
        Event::Paired { .. }
        | Event::Named { .. }
        | Event::Enlisted { .. }
        | Event::Unlisted { .. }
        | Event::Boarded { .. }
        | Event::BoardOver { .. }
        | Event::Proposed(_)
        | Event::Consented { .. }
        | Event::Allowed { .. }
        | Event::Kept { .. }
        | Event::Replaced { .. } => teams::sentence(game, event)?,
        Event::Over { verdict, .. } if game.started.is_none() => verdict.text.clone(),
        Event::Over { verdict, .. } if verdict.places.is_empty() => {
            format!("No result. {}", verdict.text)
        }
        Event::Over { verdict, .. } => format!("Match over: {}", verdict.text),
        other => return around(game, other, domain),
    })
}

/// The sentences between the games of a series.
fn games(game: &Match, event: &Event) -> Option<String> {
    let tally = game.tally.as_ref()?;
    Some(match event {
        Event::Scored {
            game: number,
            verdict,
        } => {
            let played = tally.games.get(usize::try_from(number - 1).ok()?);
            let score = match played {
                Some(played) if !played.counts => "It is played again.".to_owned(),
                _ => format!(
                    "Score: {{0}} {}, {{1}} {}.",
                    points(tally.halves(Seat(0))),
                    points(tally.halves(Seat(1)))
                ),
            };
            format!("Game {number}: {} {score}", verdict.text)
        }
        Event::Next {
            game: number,
            first,
        } => {
            let sides = game.terms.game()?.spec().sides;
            let side = |side: usize| sides.get(side).copied().unwrap_or("player");
            format!(
                "Game {number}: {{{first}}} ({}) against {{{}}} ({}).",
                side(0),
                first.other(),
                side(1)
            )
        }
        _ => return None,
    })
}

/// The sentence of an event that takes no step in the game.
fn around(game: &Match, event: &Event, domain: &str) -> Option<String> {
    Some(match event {
        Event::Offered(offer) if offer.what == OfferKind::Undo => {
            format!("{{{}}} asks to take back their own last move.", offer.seat)
        }
        Event::Offered(offer) => format!(
            "{{{}}} offers {}{}.",
            offer.seat,
            offer.what.what(),
            offer
                .lasts
                .map_or(String::new(), |lasts| format!(" of {}", lasts.words()))
        ),
        Event::Refused { seat, what, reason } => {
            let said = match what {
                OfferKind::Draw => format!("{{{seat}}} declines the draw"),
                OfferKind::Abort | OfferKind::Pause | OfferKind::Adjourn => {
                    format!("{{{seat}}} wants to play on")
                }
                OfferKind::Undo => format!("{{{seat}}} lets the move stand"),
                OfferKind::Resume => format!("{{{seat}}} isn't ready to go on yet"),
            };
            match reason {
                Some(reason) => format!("{said}: {}", full_stop(&reason.replace(['{', '}'], ""))),
                None => format!("{said}."),
            }
        }
        // Too short for anybody to have noticed; the record has it.
        Event::Credited { from, to } if *to - *from < UNNOTICED => return None,
        Event::Credited { from, to } => {
            format!(
                "{domain} could not be reached for {}; nobody's clock ran.",
                (*to - *from).words()
            )
        }
        Event::Absent { .. }
        | Event::Back { .. }
        | Event::GraceOver { .. }
        | Event::Claimable { .. }
        | Event::Waited { .. } => absence(game, event)?,
        Event::OnLeave { seat, from, to } => format!(
            "{{{seat}}} takes {} of absence, until {} UTC; that clock stands still meanwhile.",
            (*to - *from).words(),
            to.jiff().strftime("%Y-%m-%d %H:%M")
        ),
        Event::LeaveEnded { seat } => {
            format!("{{{seat}}} is back early; that clock runs as before.")
        }
        Event::Paused { why, until, reason } if matches!(why, Pause::Absent | Pause::Outage) => {
            empty_seats(game, *why, *until, reason.as_deref())
        }
        Event::Paused { why, until, reason } => {
            let held = game.standstills.iter().find(|held| held.why == *why);
            let lasts = until.and_then(|until| Some(until - held?.since));
            let until = lasts.map_or(why.next_step().to_owned(), |lasts| {
                format!(" It goes on by itself in {}.", lasts.words())
            });
            match reason {
                Some(reason) => format!("{reason} No clock runs.{until}"),
                None => format!(
                    "The match stands still: {}. No clock runs.{until}",
                    why.because()
                ),
            }
        }
        Event::Resumed { .. } if game.standstills.is_empty() => "The match goes on.".to_owned(),
        Event::Resumed { why } => format!("This is settled: {}.", why.because()),
        Event::Evidence { seat, url } => format!("{{{seat}}} shows evidence: {url}"),
        Event::Halted { .. } => {
            "The referee failed on this match and stopped it; the admins have been told.".to_owned()
        }
        Event::Signed(signed) => format!("The referee signs the result with key {}.", signed.key),
        other => return of_a_case(game, other),
    })
}

/// The sentence of a dispute, a ruling or what follows from it; the human referee as `{by}`.
fn of_a_case(game: &Match, event: &Event) -> Option<String> {
    Some(match event {
        Event::TakenBack { moves: 0 } => format!("The position after move {} stands.", game.plays),
        Event::TakenBack { moves: 1 } => "The last move is taken back.".to_owned(),
        Event::TakenBack { moves } => format!("The last {moves} moves are taken back."),
        Event::Disputed { seat, reason } => {
            let held = match game.stage {
                Stage::Over => " The result is in suspense until the ruling.",
                _ => "",
            };
            let reason = full_stop(reason);
            format!("{{{seat}}} calls a human referee: {reason}{held}")
        }
        Event::Appealed { seat, reason } => {
            format!(
                "{{{seat}}} appeals to another human referee: {}",
                full_stop(reason)
            )
        }
        Event::Ruled { ruling, reason, .. } => format!(
            "Referee {{by}} rules that {}: {}",
            ruling.that(game.stage == Stage::Over),
            full_stop(reason)
        ),
        Event::Granted { seat, time } => format!("{{{seat}}} gets {}.", time.words()),
        Event::Stalled { .. } => {
            let days = game.stalls_after().words();
            format!("Nobody has done anything for {days}; the human referees are told.")
        }
        _ => return None,
    })
}

/// The sentence of somebody's going, staying away or coming back.
fn absence(game: &Match, event: &Event) -> Option<String> {
    let held = |seat: &Seat| game.absences.held_until(*seat);
    let waits = |seat: &Seat| game.absences.claim_from(*seat).is_some();
    Some(match event {
        Event::Absent { seat, why } => match why {
            Leave::Server => return None,
            Leave::Unseen => format!(
                "The server was away. The clock of {{{seat}}} waits until they are seen again, for at most {}.",
                UNSEEN_LASTS.words()
            ),
            Leave::Left if waits(seat) => {
                format!("{{{seat}}} has left; the clock runs on, and there is no grace.")
            }
            Leave::Left => format!("{{{seat}}} has left."),
            Leave::Network => {
                let since = game.absences.of(*seat).map(|away| away.since);
                match held(seat).zip(since) {
                    Some((until, since)) => format!(
                        "The connection of {{{seat}}} is gone; that clock stands still for at most {}.",
                        (until - since).words()
                    ),
                    None => format!("The connection of {{{seat}}} is gone."),
                }
            }
        },
        Event::Back { seat } => format!("{{{seat}}} is back."),
        Event::GraceOver { seat } => {
            format!("The grace of {{{seat}}} is used up; that clock runs again.")
        }
        Event::Claimable { seat } => {
            format!("{{{seat}}} has not come back; that clock runs, and the win may be claimed.")
        }
        Event::Waited { seat, by, .. } => format!(
            "{{{by}}} waits for {{{seat}}}, whose clock stands still for {} more.",
            WAIT.words()
        ),
        _ => return None,
    })
}

/// The sentence of a match that stands still because players, or their server, are not there.
fn empty_seats(game: &Match, why: Pause, until: Option<Timestamp>, reason: Option<&str>) -> String {
    let held = game.standstills.iter().find(|held| held.why == why);
    let lasts = until.zip(held).map(|(until, held)| until - held.since);
    let lasts = lasts.map_or("some time".to_owned(), Span::words);
    match (why, reason) {
        (Pause::Absent, reason) => format!(
            "{} The match is adjourned and no clock runs. It can be resumed within {lasts}; else it is called off.",
            reason.unwrap_or("All players are away.")
        ),
        (_, reason) => format!(
            "{} The match stands still and no clock runs, for at most {lasts}.",
            reason.unwrap_or("A player's server cannot be reached.")
        ),
    }
}

/// Somebody's words as a sentence.
pub fn full_stop(text: &str) -> String {
    match text.ends_with(['.', '!', '?', '…']) {
        true => text.to_owned(),
        false => format!("{text}."),
    }
}

/// Fills in the names of players for `{0}`, `{1}`, …, and of others who have to do with the match for `{p7}`.
pub fn with_names(people: &People, game: &Match, text: &str) -> String {
    let mut filled = text.to_owned();
    for (seat, person) in game.names().into_iter().enumerate() {
        let mark = format!("{{{seat}}}");
        if filled.contains(&mark) {
            filled = filled.replace(&mark, &people.name(person));
        }
    }
    while let Some((start, end)) =
        (filled.find("{p")).and_then(|start| Some((start, start + filled[start..].find('}')?)))
    {
        let Ok(person) = filled[start + 1..end].parse() else {
            break;
        };
        filled.replace_range(start..=end, &people.name(person));
    }
    filled
}

/// A phrase as the beginning of a sentence.
pub(super) fn capital(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// "Your turn", or what the game asks for, with the time left; before a player's first move also with an example of what to type.
pub fn turn_line(game: &Match, seat: Seat, now: Timestamp) -> String {
    let spec = game.terms.game().map(|game| game.spec());
    let side = game.side_of(seat).unwrap_or("your side");
    let time = match game.reading(seat, now) {
        Some(reading) => {
            let left = match reading.left {
                left if left >= Span::hours(1) => left.words(),
                left => left.clock(),
            };
            let beside = reading.beside();
            match reading.moves {
                Some(_) => format!(", {left} left {beside}"),
                None if beside.is_empty() => format!(", {left} left"),
                None => format!(", {left} left, {beside}"),
            }
        }
        None => String::new(),
    };
    if let Some(prompt) = game.prompt(seat) {
        return format!("{} ({side}{time}). {}", capital(&prompt.task), prompt.how);
    }
    let newcomer = !game.moves().any(|(mover, _)| mover == seat);
    let how = spec.filter(|_| newcomer).map_or("", |spec| spec.how);
    format!("Your turn ({side}{time}). {how}")
        .trim_end()
        .to_owned()
}
