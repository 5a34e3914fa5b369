//! `my`: the matches that wait for whoever asks. A bot calls it after every login; messages are only hints.

use super::card::{Ask, Card, Effect, Who};
use super::matches::row;
use super::paging::PAGE;
use super::questions::{Question, challenges_of_clans, invitations};
use super::reply::Reply;
use super::shared::headline;
use crate::engine::agenda;
use crate::engine::waiting::{self, Wait, Waiting};
use crate::kit::{PersonId, Refusal, Words};
use crate::matches::Match;

/// The card.
pub const CARD: Card = Card {
    name: "my",
    aliases: &["mine", "waiting"],
    title: "My matches",
    help: "Lists what waits for you, the most urgent first, and your other matches.",
    example: "my",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[PAGE],
    run,
};

const COLUMNS: &[(&str, &str)] = &[
    ("match", "Match"),
    ("game", "Game"),
    ("players", "Players"),
    ("state", "State"),
    ("clock", "Clock"),
    ("turn", "To move"),
    ("waits-for", "Waits for"),
    ("left", "Time left (ms)"),
];
/// Lines that fit a phone's screen.
const LINES: usize = 15;
/// Events of clans that are named.
const EVENTS: usize = 5;

/// Whether a match waits for this person: to move, or to answer.
pub fn waits_for(game: &Match, me: PersonId) -> bool {
    !waiting::waits_for(game, me).is_empty()
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let page = ask.page(LINES)?;
    let (world, now) = (ask.desk.world(), ask.desk.clock_time());
    let found = waiting::waiting(world, me, now);
    let mut words = Words::line(waiting::heading(found.len()));
    let shown = page.of(&found);
    for one in shown {
        words = words.and(waiting::line(world, me, one));
    }
    let behind = found.len().saturating_sub(page.skip() + shown.len());
    if let Some(next) = page.next(found.len()) {
        words = words.and(format!(
            "… and {behind} more. Type `my {next}` to see them."
        ));
    }
    let others: Vec<&Match> = world
        .matches_of(me)
        .map(|live| &live.game)
        .filter(|game| page.number == 1 && !waits_for(game, me))
        .collect();
    let room = LINES.saturating_sub(found.len()).max(3);
    if !others.is_empty() {
        words = words.and("Others:");
    }
    for game in others.iter().take(room) {
        words = words.and(headline(ask, game));
    }
    if others.len() > room {
        words = words.and(format!("… and {} more.", others.len() - room));
    }
    words = of_clans(ask, me).into_iter().fold(words, Words::and);
    words = events(ask, me).into_iter().fold(words, Words::and);
    let rows = shown.iter().map(|one| item(ask, one)).collect();
    let reply = Reply::words(words.and(next_step(found.first()))).paged(page, found.len());
    Ok(reply.with_rows(COLUMNS, rows))
}

/// Invitations to clans and challenges of clans that wait for an answer, with what to type.
fn of_clans(ask: &Ask<'_>, me: PersonId) -> Vec<String> {
    let world = ask.desk.world();
    let open = invitations(world, me).chain(challenges_of_clans(world, me));
    let line = |question: Question| match question.no {
        Ok(no) => format!("{}: `{}` or `{no}`", question.what, question.yes),
        Err(_) => format!("{}: `{}`", question.what, question.yes),
    };
    open.take(EVENTS).map(line).collect()
}

/// The events of clans that wait for an answer, with what to type.
fn events(ask: &Ask<'_>, me: PersonId) -> Vec<String> {
    let world = ask.desk.world();
    let zone = world
        .people
        .get(me)
        .and_then(|person| person.zone.as_deref());
    let waiting = agenda::unanswered(world, me, ask.desk.now());
    let lines = waiting.iter().take(EVENTS).map(|asked| {
        let (tag, one) = (asked.tag, &asked.one);
        let when = one.start.shown(zone);
        format!(
            "[{tag}] #{} {}, {when}: do you come? `clan attend {tag} {} yes`, `no` or `maybe`",
            one.n, asked.title, one.n
        )
    });
    lines.collect()
}

/// What to type about the most urgent of them.
fn next_step(first: Option<&Waiting<'_>>) -> String {
    let Some(first) = first else {
        return "Type `challenge` and a name, or `open` and a game.".to_owned();
    };
    let id = first.game.id;
    match first.waits.first() {
        Some(Wait::Challenge) => format!("Type `accept {id}` or `decline {id}`."),
        Some(Wait::Offer(what)) => {
            format!("Type `{} {id}` to agree or `decline {id}`.", what.word())
        }
        Some(Wait::Confirm) => {
            format!("Type `confirm {id}`, or `report {id}` and the score as you know it.")
        }
        Some(Wait::Ruling) => format!("Type `show {id}` and `record {id}`, then `rule {id}` …"),
        Some(Wait::Adjourned) => format!("Type `resume {id}` to propose going on."),
        Some(Wait::Turn) | None => format!("Type `show {id}` to see the position."),
    }
}

/// A match as an item for programs.
fn item(ask: &Ask<'_>, one: &Waiting<'_>) -> Vec<String> {
    let waits: Vec<String> = one.waits.iter().map(|wait| wait.word()).collect();
    let left = one
        .left
        .map_or(String::new(), |left| left.0.max(0).to_string());
    let mut cells = row(ask, one.game);
    cells.extend([waits.join(" "), left]);
    cells
}
