//! `record`: the record of a match, for people to read and for `referee verify` to check.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::paging::part_of;
use super::reply::Reply;
use super::shared::ANY_MATCH;
use crate::engine::{Found, archive, record};
use crate::kit::{MatchId, Refusal, Seat, Span, Words, refuse};
use crate::matches::{Control, Tally, Terms};

/// The card.
pub const CARD: Card = Card {
    name: "record",
    aliases: &["pgn", "log"],
    title: "Record of a match",
    help: "Shows the moves of a match, and gives programs its hash-chained record.",
    example: "record m42",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[
        ANY_MATCH,
        Field {
            name: "from",
            label: "First line of the record (for long ones)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
    ],
    run,
};

/// Lines of the record in one answer: about 100 kB, which every server passes.
const MAX_LINES: usize = 200;
/// Moves shown to people in one answer.
const MAX_MOVES: usize = 120;
/// The longest transcript that stands in the first answer, in bytes.
const MAX_TRANSCRIPT: usize = 15_000;

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let id = ask.game_or_last()?;
    let from: usize = match ask.field("from") {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| refuse("command/number", "The field from takes a number of a line."))?,
    };
    let (moves, transcript) = moves(ask, id, from == 0);
    let lines = ask
        .desk
        .record_lines(id, from, MAX_LINES)
        .map_err(|fault| {
            tracing::error!(%fault, %id, "a record cannot be read");
            refuse(
                "record/unreadable",
                "The record cannot be read at the moment; the admins have been told.",
            )
        })?;
    let known = match ask.desk.find(id) {
        Some(Found::Live(live)) => live.seen_by(ask.reader()).v,
        _ => u64::MAX,
    };
    let known = usize::try_from(known).unwrap_or(usize::MAX);
    let all = ask.desk.record_len(id).min(known);
    let open = lines.iter().take(all.saturating_sub(from));
    let public = part_of(open.filter_map(|line| record::open_half(line).ok()));
    let mut words = Words::line(format!(
        "Record of {id}: {all} lines, {} moves.",
        moves.len()
    ));
    match &transcript {
        Some(text) => words = words.board(text),
        None if moves.is_empty() => {}
        None => {
            let shown: Vec<&str> = moves
                .iter()
                .rev()
                .take(MAX_MOVES)
                .rev()
                .map(|(_, text)| text.as_str())
                .collect();
            words = words.and(shown.join(" "));
        }
    }
    words = words.and("The form of this command holds the lines themselves; save them and check them with `referee verify FILE`.");
    let next = from.saturating_add(public.len());
    let mut reply = ask.state_of(id, words).with_list("record", public);
    reply = reply.with_next((next < all).then(|| next.to_string()));
    if let Some(text) = transcript {
        reply = reply.with_list("transcript", text.lines().map(str::to_owned).collect());
    }
    Ok(reply)
}

/// What the transcript of a match is made of.
struct Sheet {
    id: MatchId,
    site: String,
    date: String,
    terms: Terms,
    names: Vec<String>,
    places: Vec<u8>,
    /// The verdict's code; nothing while the match runs.
    code: Option<String>,
    moves: Vec<(Seat, String)>,
    tally: Option<Box<Tally>>,
}

/// The moves, and with the first part of a record the transcript, unless it is too long for an answer.
fn moves(ask: &Ask<'_>, id: MatchId, first: bool) -> (Vec<(Seat, String)>, Option<String>) {
    let people = &ask.desk.world().people;
    let Some(found) = ask.desk.find(id) else {
        return (Vec::new(), None);
    };
    // Before the end there is no result of a live match: its fields are taken as they stand.
    let (terms, seats, moves, started, verdict, tally) = match found {
        Found::Live(live) => {
            let live = live.seen_by(ask.reader());
            let game = &live.game;
            (
                game.terms.clone(),
                game.seats.clone(),
                archive::moves_of(game),
                game.started,
                game.verdict.clone(),
                game.tally.clone(),
            )
        }
        Found::Finished(finished) => (
            finished.terms,
            finished.seats,
            finished.moves,
            finished.started,
            Some(finished.verdict),
            finished.tally,
        ),
    };
    let date = started.map(|at| at.to_string()).unwrap_or_default();
    let sheet = Sheet {
        id,
        site: ask.desk.world().domain.clone(),
        date: date.chars().take(10).collect::<String>().replace('-', "."),
        terms,
        names: seats
            .into_iter()
            .map(|person| people.name(person))
            .collect(),
        code: verdict.as_ref().map(|verdict| verdict.code.clone()),
        places: verdict.map(|verdict| verdict.places).unwrap_or_default(),
        moves,
        tally,
    };
    let transcript = if first { sheet.transcript() } else { None };
    let fits = |text: &String| text.len() <= MAX_TRANSCRIPT;
    (sheet.moves, transcript.filter(fits))
}

impl Sheet {
    /// One game, or all games of a series one after the other, as PGN allows.
    fn transcript(&self) -> Option<String> {
        let Some(tally) = &self.tally else {
            let ended = (self.places.as_slice(), self.code.as_deref());
            return self.game("-", ended, &self.moves, false);
        };
        let mut from = 0;
        let mut games = Vec::new();
        for (number, game) in (1u32..).zip(&tally.games) {
            let to = usize::try_from(game.plays).ok()?.min(self.moves.len());
            let moves = self.moves.get(from..to)?;
            games.push(self.game(
                &number.to_string(),
                (&game.places, Some(&game.code)),
                moves,
                number.is_multiple_of(2),
            )?);
            from = to;
        }
        let last = self.moves.get(from..).unwrap_or_default();
        if !last.is_empty() {
            let number = tally.number();
            games.push(self.game(
                &number.to_string(),
                (&[], None),
                last,
                number.is_multiple_of(2),
            )?);
        }
        Some(games.join("\n"))
    }

    /// `turned`: the players have changed sides.
    fn game(
        &self,
        round: &str,
        (places, code): (&[u8], Option<&str>),
        moves: &[(Seat, String)],
        turned: bool,
    ) -> Option<String> {
        let side = |seat: Seat| if turned { seat.other() } else { seat };
        let name = |seat: u8| {
            let name = self.names.get(side(Seat(seat)).index());
            name.cloned().unwrap_or_default()
        };
        let mut places = places.to_vec();
        if turned {
            places.reverse();
        }
        let result = match places.as_slice() {
            [1, 1] => "1/2-1/2",
            [1, _] => "1-0",
            [_, 1] => "0-1",
            _ => "*",
        };
        let moves: Vec<(Seat, String)> = moves
            .iter()
            .map(|(seat, text)| (side(*seat), text.clone()))
            .collect();
        let clock = |seat: Seat| time_control(self.terms.clock.of(side(seat)));
        let mut tags = vec![
            ("Event", format!("Match {}", self.id)),
            ("Site", self.site.clone()),
            ("Date", self.date.clone()),
            ("Round", round.to_owned()),
            ("White", name(0)),
            ("Black", name(1)),
            ("Result", result.to_owned()),
            ("Termination", termination(code).to_owned()),
        ];
        match (clock(Seat(0)), clock(Seat(1))) {
            (white, black) if white == black => tags.push(("TimeControl", white)),
            (white, black) => {
                tags.extend([("WhiteTimeControl", white), ("BlackTimeControl", black)])
            }
        }
        let game = self.terms.game()?;
        game.transcript(&self.terms.setup, &moves, &tags)
    }
}

/// The tag `TimeControl` (PGN standard, 9.6.1) of one player.
fn time_control(control: Control) -> String {
    let seconds = |span: Span| span.0 / 1000;
    match control {
        Control::None => "-".to_owned(),
        Control::Increment { base, increment } if increment == Span::ZERO => {
            seconds(base).to_string()
        }
        Control::Increment { base, increment } => {
            format!("{}+{}", seconds(base), seconds(increment))
        }
        Control::Hourglass { base } => format!("*{}", seconds(base)),
        // The standard has no word for the others.
        _ => "?".to_owned(),
    }
}

/// The tag `Termination` (PGN standard, 9.8.1) of a verdict's code.
fn termination(code: Option<&str>) -> &'static str {
    match code {
        None => "unterminated",
        Some("time" | "time-without-mating-material") => "time forfeit",
        Some("no-show" | "both-absent" | "no-first-move" | "abandoned" | "claimed") => "abandoned",
        Some("ruled") => "adjudication",
        Some(_) => "normal",
    }
}
