//! `rule`: a human referee rules on a match that waits for it.

use super::call::{Caller, Place};
use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::disputes::REASON;
use super::lines::missing;
use super::proposals::length;
use super::reply::Reply;
use super::shared::ANY_MATCH;
use crate::engine::Desk;
use crate::engine::ruling::may_rule;
use crate::kit::{Refusal, Seat, Span, Words, clip, refuse};
use crate::matches::{self, Match, Ruling};

/// The card.
pub const CARD: Card = Card {
    name: "rule",
    aliases: &["ruling"],
    title: "Rule on a match",
    help: "Rules on a match that waits for a human referee: win and a player, draw, void, continue, or back and a move.",
    example: "rule m42 win alice her move came in time",
    who: Who::Referee,
    effect: Effect::Ends,
    fields: &[
        ANY_MATCH,
        Field {
            name: "ruling",
            label: "Ruling: win, draw, void, continue or back",
            kind: Kind::Pick(rulings),
            default: "",
            required: true,
            words: WordsFor::If(|word| RULINGS.iter().any(|(name, _)| *name == word)),
        },
        Field {
            name: "who",
            label: "Who wins, or gets the time (handle or side; empty: each player)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
        Field {
            name: "move",
            label: "Back to the position after this move (a number)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
        Field {
            name: "time",
            label: "Time to add, such as +5m",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::If(|word| word.starts_with('+')),
        },
        REASON,
    ],
    run,
};

const RULINGS: &[(&str, &str)] = &[
    ("win", "A player wins"),
    ("draw", "Drawn"),
    ("void", "No result"),
    ("continue", "Goes on as it stands, or the result stands"),
    ("back", "Goes back to a move"),
];

fn rulings(_: &Desk, _: &Caller, _: Place) -> Vec<(String, String)> {
    let own = |(name, label): &(&str, &str)| ((*name).to_owned(), (*label).to_owned());
    RULINGS.iter().map(own).collect()
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.ruled(me)?;
    let live = ask.desk.world().live(id).ok_or_else(|| settled(ask, id))?;
    may_rule(ask.desk.world(), me, &live.game)?;
    let (ruling, grants, reason) = read(ask, &live.game)?;
    let asked = matches::Ask::Rule {
        ruling,
        grants,
        reason,
    };
    ask.desk.act(Some(me), id, &asked, ask.req)?;
    let words = Words::line(format!(
        "[{id}] You have ruled; both players are told, with your name and reason."
    ));
    Ok(ask.state_of(id, ask.and_what_came_of_it(words)))
}

/// Why there is nothing to rule on a match that is not in memory any more.
fn settled(ask: &Ask<'_>, id: crate::kit::MatchId) -> Refusal {
    match ask.desk.find(id) {
        Some(_) => refuse(
            "match/settled",
            format!("The result of {id} stands: the time to dispute it is over."),
        )
        .hint("Type `my` to see what waits for a ruling."),
        None => ask.desk.missing_match(id, ask.reader()),
    }
}

/// What is ruled, the time that is given to seats, and the reason.
type Ruled = (Ruling, Vec<(Seat, Span)>, String);

/// What is ruled. In chat the player or the move stands between the ruling and the reason.
fn read(ask: &Ask<'_>, game: &Match) -> Result<Ruled, Refusal> {
    let mut reason = ask.field("reason").unwrap_or_default().trim();
    let mut word = |named: Option<&str>, wanted: &dyn Fn(&str) -> bool| match named {
        Some(named) => Some(named.to_owned()),
        None => {
            let (first, rest) = reason.split_once(' ').unwrap_or((reason, ""));
            let taken = wanted(first).then(|| first.to_owned());
            if taken.is_some() {
                reason = rest.trim();
            }
            taken
        }
    };
    let sits = |name: &str| seat(ask, game, name).is_some();
    let ruling = match ask.field("ruling").unwrap_or_default() {
        "win" => {
            let who = word(ask.field("who"), &|_| true).unwrap_or_default();
            let seat = seat(ask, game, &who).ok_or_else(|| nobody(ask, game, &who))?;
            Ruling::Win { seat }
        }
        "draw" => Ruling::Draw,
        "void" => Ruling::Void,
        "continue" => Ruling::Continue,
        "back" => {
            let to = word(ask.field("move"), &|_| true).unwrap_or_default();
            let to = to.parse().map_err(|_| {
                refuse("command/number", "To which move does the match go back?").hint(format!(
                    "Type for example `rule {} back {}` and why.",
                    game.id,
                    game.plays.saturating_sub(1)
                ))
            })?;
            Ruling::Back { to }
        }
        _ => return Err(missing(&CARD, "win, draw, void, continue or back")),
    };
    let mut grants = Vec::new();
    if let Some(time) = ask.field("time") {
        let time = length(time.trim_start_matches('+'))?;
        let all = (0..u8::try_from(game.seats.len()).unwrap_or(0)).map(Seat);
        let named = ask
            .field("who")
            .filter(|_| !matches!(ruling, Ruling::Win { .. }));
        match word(named, &sits) {
            Some(name) => {
                let seat = seat(ask, game, &name).ok_or_else(|| nobody(ask, game, &name))?;
                grants.push((seat, time));
            }
            None => grants.extend(all.map(|seat| (seat, time))),
        }
    }
    Ok((ruling, grants, reason.to_owned()))
}

/// The seat of a player by handle or by side.
fn seat(ask: &Ask<'_>, game: &Match, name: &str) -> Option<Seat> {
    let name = name.trim_end_matches([',', ':']);
    let person = ask.desk.world().people.by_handle(name);
    let sides = game.terms.game().map_or(&[][..], |game| game.spec().sides);
    let side = sides
        .iter()
        .position(|side| side.eq_ignore_ascii_case(name));
    let side = side.filter(|at| *at < game.seats.len());
    person
        .and_then(|person| game.seat_of(person.id))
        .or(side.and_then(|at| u8::try_from(at).ok()).map(Seat))
}

fn nobody(ask: &Ask<'_>, game: &Match, name: &str) -> Refusal {
    let people = &ask.desk.world().people;
    let names: Vec<String> = game.seats.iter().map(|id| people.name(*id)).collect();
    let hint = format!(
        "Name {}, then why, as in `rule {} win {} …`.",
        names.join(" or "),
        game.id,
        names.first().map_or("alice", String::as_str)
    );
    match name {
        "" => refuse("match/no-player", "Which player?").hint(hint),
        name => refuse(
            "match/no-player",
            format!("`{}` does not play in {}.", clip(name, 30), game.id),
        )
        .hint(hint),
    }
}
