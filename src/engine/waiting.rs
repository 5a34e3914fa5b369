//! What waits for a person: the one list behind `my`, the digests and the status of `referee@R`.

use super::ruling::may_rule;
use super::world::World;
use crate::games::Table;
use crate::kit::{PersonId, Seat, Span, Timestamp, Words};
use crate::matches::{Match, OfferKind, Pause, Stage};

/// Lines of a digest: what fits a phone's screen.
pub const DIGEST_LINES: usize = 10;
/// Matches that wait for a ruling, in one list.
const MAX_CASES: usize = 50;

/// Why a match waits for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It is their turn.
    Turn,
    /// The other side has reported a result, and they are to confirm it or to report another.
    Confirm,
    /// They were challenged.
    Challenge,
    /// Something is offered to them.
    Offer(OfferKind),
    /// A human referee is called, and this person may rule.
    Ruling,
    /// It was put away, and whoever played it may propose to go on.
    Adjourned,
}

impl Wait {
    /// The word for programs: `turn`, `confirm`, `challenge`, `offer-draw`, `adjourned`.
    pub fn word(self) -> String {
        match self {
            Wait::Turn => "turn".to_owned(),
            Wait::Confirm => "confirm".to_owned(),
            Wait::Challenge => "challenge".to_owned(),
            Wait::Offer(what) => format!("offer-{}", what.word()),
            Wait::Ruling => "ruling".to_owned(),
            Wait::Adjourned => "adjourned".to_owned(),
        }
    }

    /// For people, behind the name of the match.
    fn words(self) -> String {
        match self {
            Wait::Turn => "your turn".to_owned(),
            Wait::Confirm => "a result to confirm".to_owned(),
            Wait::Challenge => "a challenge to you".to_owned(),
            Wait::Offer(what) => format!("offered to you: {}", what.word()),
            Wait::Ruling => "waits for a ruling".to_owned(),
            Wait::Adjourned => "adjourned".to_owned(),
        }
    }
}

/// A match that waits for somebody.
pub struct Waiting<'a> {
    /// The match.
    pub game: &'a Match,
    /// For what, the most urgent first.
    pub waits: Vec<Wait>,
    /// How much time is left for it, where anything ends it.
    pub left: Option<Span>,
}

/// For what a match waits of this person; empty when it does not.
pub fn waits_for(game: &Match, me: PersonId) -> Vec<Wait> {
    let Some(seat) = game.seat_of(me) else {
        let asked = game.awaits_answer_of(me);
        return asked.then_some(Wait::Challenge).into_iter().collect();
    };
    let mut waits = Vec::new();
    if game.waits_for().contains(&seat) {
        waits.push(turn_of(game, seat));
    }
    if game.stage != Stage::Over {
        let theirs = game.offers.iter().filter(|offer| offer.seat != seat);
        waits.extend(theirs.map(|offer| Wait::Offer(offer.what)));
    }
    if game.stage == Stage::Adjourned
        && (game.standstills.iter()).any(|held| held.why == Pause::Adjourned)
    {
        waits.push(Wait::Adjourned);
    }
    waits
}

/// What a seat is to do whose turn it is: a game played elsewhere may only want a word to a report.
fn turn_of(game: &Match, seat: Seat) -> Wait {
    let elsewhere = game.prompt(seat).is_some();
    let confirms = |table: &dyn Table| table.read_exact(seat, "confirmed").is_ok();
    if elsewhere && game.table().is_some_and(confirms) {
        Wait::Confirm
    } else {
        Wait::Turn
    }
}

/// Everything that waits for a person, by the time that is left; what nothing ends comes last. Challenges stand behind the
/// matches that are played, so that a crowd of challengers hides none of them.
pub fn waiting(world: &World, me: PersonId, now: Timestamp) -> Vec<Waiting<'_>> {
    let mut found: Vec<Waiting<'_>> = world
        .matches_of(me)
        .filter_map(|live| {
            let game = &live.game;
            let waits = waits_for(game, me);
            (!waits.is_empty()).then(|| Waiting {
                left: waits
                    .iter()
                    .filter_map(|wait| left(game, me, *wait, now))
                    .min(),
                game,
                waits,
            })
        })
        .collect();
    if world.service.referees.contains(&me) {
        let cases = world.cases().map(|live| &live.game);
        let mine = cases.filter(|game| may_rule(world, me, game).is_ok());
        found.extend(mine.take(MAX_CASES).map(|game| Waiting {
            game,
            waits: vec![Wait::Ruling],
            left: None,
        }));
    }
    let asked = |one: &Waiting<'_>| one.waits == [Wait::Challenge];
    found.sort_by_key(|one| (asked(one), one.left.is_none(), one.left, one.game.id));
    found
}

fn left(game: &Match, me: PersonId, wait: Wait, now: Timestamp) -> Option<Span> {
    match wait {
        Wait::Turn | Wait::Confirm => {
            let seat = game.seat_of(me)?;
            let turn = game.turns().iter().find(|turn| turn.seat == seat)?;
            game.answer_by(turn).map(|by| by - now)
        }
        Wait::Challenge => Some(game.expires - now),
        Wait::Ruling => None,
        Wait::Offer(what) => {
            let offer = game.offers.iter().find(|offer| offer.what == what)?;
            Some(offer.expires - now)
        }
        Wait::Adjourned => {
            let until = game.standstills.iter().filter_map(|held| held.until).min();
            until.map(|until| until - now)
        }
    }
}

/// One line: `m1 Chess against bob: your turn, 2 days left`.
pub fn line(world: &World, me: PersonId, waiting: &Waiting<'_>) -> String {
    let game = waiting.game;
    let title = game
        .terms
        .game()
        .map_or(game.terms.game.as_str(), |game| game.spec().title);
    let others = game.names().into_iter().filter(|person| *person != me);
    let others: Vec<String> = others.map(|person| world.people.name(person)).collect();
    let task = game.seat_of(me).and_then(|seat| game.prompt(seat));
    let waits = waiting.waits.iter().map(|wait| match (wait, &task) {
        (Wait::Turn | Wait::Confirm, Some(prompt)) => prompt.task.clone(),
        _ => wait.words(),
    });
    let waits: Vec<String> = waits.collect();
    let between = match waiting.waits.as_slice() {
        [Wait::Ruling] => "between",
        _ => "against",
    };
    let left = waiting
        .left
        .map_or(String::new(), |left| format!(", {} left", left_words(left)));
    format!(
        "{} {title} {between} {}: {}{left}",
        game.id,
        others.join(", "),
        waits.join(", ")
    )
}

/// A time that is left, for people: in words from an hour on, as a clock shows it below.
pub fn left_words(left: Span) -> String {
    if left >= Span::hours(1) {
        left.words()
    } else {
        left.clock()
    }
}

/// The heading of such a list.
pub fn heading(count: usize) -> String {
    match count {
        0 => "No match waits for you.".to_owned(),
        1 => "1 match waits for you:".to_owned(),
        n => format!("{n} matches wait for you:"),
    }
}

/// Adds the list to a message: heading, lines and how many more there are. Nothing when nothing waits.
pub fn digest(world: &World, me: PersonId, now: Timestamp, words: Words) -> Words {
    let found = waiting(world, me, now);
    if found.is_empty() {
        return words;
    }
    let lines = found.iter().take(DIGEST_LINES);
    let words = lines.fold(words.and(heading(found.len())), |words, one| {
        words.and(line(world, me, one))
    });
    match found.len().saturating_sub(DIGEST_LINES) {
        0 => words,
        more => words.and(format!("… and {more} more.")),
    }
}
