//! What programs are told, as children of an `<event/>`.

use super::sentences::with_names;
use super::teams::{fixture_part, team_parts};
use super::{Event, Match, People, Viewer};
use crate::engine::effect::Part;
use crate::games::{Draw, Verdict};
use crate::kit::{PersonId, Seat, Timestamp};
use crate::matches::{Reading, Reveal, Ruling};

pub(super) fn opening_part(name: &str, opening: &crate::matches::Opening) -> Part {
    Part::new(name, opening.card.to_string())
        .with("deck", opening.deck)
        .with("at", opening.at)
        .with("nonce", opening.nonce)
}

/// Marks a part about a bot.
fn marked(people: &People, part: Part, person: PersonId) -> Part {
    match people.get(person) {
        Some(person) if person.bot => part.with("bot", "true"),
        _ => part,
    }
}

/// What programs are told of one event.
pub(super) fn event_parts(people: &People, game: &Match, event: &Event) -> Vec<Part> {
    let player = |part: Part, seat: Seat| match game.seats.get(seat.index()) {
        Some(person) => {
            let part = part.with("seat", seat).with("player", people.name(*person));
            marked(people, part, *person)
        }
        None => part.with("seat", seat).with("player", ""),
    };
    match event {
        Event::Challenged { commitment, .. } | Event::Opened { commitment, .. } => {
            let mut parts = vec![
                marked(people, Part::new("by", people.name(game.by)), game.by),
                Part::new("game", game.terms.game.clone()),
                Part::new("clock", game.terms.clock.to_string()),
                Part::new("rated", game.terms.rated.to_string()),
                Part::new("options", game.terms.setup.text(&[])),
                Part::new("commitment", commitment.to_string()),
            ];
            parts.extend(game.terms.series().map(|series| {
                let carry = if series.carry { "clock" } else { "none" };
                Part::new("series", "")
                    .with("best", series.best)
                    .with("draws", series.draws.word())
                    .with("carry", carry)
            }));
            parts
        }
        Event::Started { seats } => {
            let mut parts: Vec<Part> = (0..u8::try_from(seats.len()).unwrap_or(0))
                .map(|seat| player(Part::new("seat-of", ""), Seat(seat)))
                .collect();
            parts.push(Part::new("game", game.terms.game.clone()));
            parts.push(Part::new("commitment", game.luck.commitment.to_string()));
            let fixture = game.terms.fixture();
            parts.extend(fixture.map(fixture_part));
            parts
        }
        Event::Drawn {
            outcome: Some(Draw::Dice(faces)),
            draw,
            ..
        } => {
            let faces: Vec<String> = faces.iter().map(u8::to_string).collect();
            vec![Part::new("dice", faces.join(" ")).with("draw", draw)]
        }
        Event::Drawn { cards, draw, .. } => {
            let cards: Vec<String> = cards.iter().map(ToString::to_string).collect();
            vec![Part::new("cards", cards.join(" ")).with("draw", draw)]
        }
        Event::Shown(opening) => vec![opening_part("shown", opening)],
        Event::Moved { seat, text, lag } => {
            let part = player(Part::new("move", text.clone()), *seat);
            vec![match lag {
                Some(lag) => part.with("lag", lag.0),
                None => part,
            }]
        }
        Event::Chose { seat, .. } => vec![player(Part::new("chose", ""), *seat)],
        Event::Revealed { choices } => choices
            .iter()
            .map(|(seat, text)| player(Part::new("move", text.clone()), *seat))
            .collect(),
        Event::Flagged { seats } => seats
            .iter()
            .map(|seat| player(Part::new("flag", ""), *seat))
            .collect(),
        Event::Resigned { seat, series } => {
            let what = if *series { "series" } else { "" };
            vec![player(Part::new("resign", what), *seat)]
        }
        Event::Scored { .. } | Event::Next { .. } => series_parts(people, game, &player, event),
        Event::Over {
            verdict, reveal, ..
        } => over_parts(people, game, verdict, reveal.as_ref()),
        Event::Ruled { by, ruling, reason } => {
            let part = Part::new("ruled", reason)
                .with("ruling", ruling.word())
                .with("referee", people.name(*by));
            vec![match ruling {
                Ruling::Win { seat } => player(part, *seat),
                Ruling::Back { to } => part.with("to", to),
                Ruling::Draw | Ruling::Void | Ruling::Continue => part,
            }]
        }
        other => match team_parts(people, game, other) {
            parts if parts.is_empty() => parts_around(&player, other),
            parts => parts,
        },
    }
}

/// What programs are told of the games of a series.
fn series_parts(
    people: &People,
    game: &Match,
    player: &impl Fn(Part, Seat) -> Part,
    event: &Event,
) -> Vec<Part> {
    match event {
        Event::Scored {
            game: number,
            verdict,
        } => {
            let places: Vec<String> = verdict.places.iter().map(u8::to_string).collect();
            let tally = game.tally.as_ref();
            let halves = |seat| tally.map_or(0, |tally| tally.halves(seat));
            vec![
                Part::new("scored", with_names(people, game, &verdict.text))
                    .with("game", number)
                    .with("code", &verdict.code)
                    .with("places", places.join(" ")),
                Part::new(
                    "score",
                    tally.map(|tally| tally.score()).unwrap_or_default(),
                )
                .with("halves", format!("{} {}", halves(Seat(0)), halves(Seat(1)))),
            ]
        }
        Event::Next {
            game: number,
            first,
        } => vec![player(Part::new("next", "").with("game", number), *first)],
        _ => Vec::new(),
    }
}

/// The same for events that take no step in the game.
fn parts_around(player: &impl Fn(Part, Seat) -> Part, event: &Event) -> Vec<Part> {
    match event {
        Event::Offered(offer) => {
            let part = player(Part::new("offer", offer.what.word()), offer.seat)
                .with("expires", offer.expires);
            vec![match offer.lasts {
                Some(lasts) => part.with("lasts", lasts.0),
                None => part,
            }]
        }
        Event::Refused { seat, what, .. } => vec![player(Part::new("refused", what.word()), *seat)],
        Event::Credited { from, to } => {
            vec![Part::new("downtime", "").with("from", from).with("to", to)]
        }
        Event::Absent { seat, why } => {
            vec![player(Part::new("absent", why.word()), *seat)]
        }
        Event::OnLeave { seat, from, to } => vec![
            player(Part::new("on-leave", ""), *seat)
                .with("from", from)
                .with("to", to),
        ],
        Event::LeaveEnded { seat } => vec![player(Part::new("leave-ended", ""), *seat)],
        Event::Back { seat } => vec![player(Part::new("back", ""), *seat)],
        Event::GraceOver { seat } => vec![player(Part::new("grace-over", ""), *seat)],
        Event::Claimable { seat } => vec![player(Part::new("claimable", ""), *seat)],
        Event::Waited { seat, by, until } => vec![
            player(Part::new("waited", ""), *seat)
                .with("by", by)
                .with("until", until),
        ],
        Event::Paused { why, until, .. } => {
            let part = Part::new("paused", why.word());
            vec![match until {
                Some(until) => part.with("until", until),
                None => part,
            }]
        }
        Event::Evidence { seat, url } => vec![player(Part::new("evidence", url.clone()), *seat)],
        Event::Resumed { why } => vec![Part::new("resumed", why.word())],
        Event::Signed(signed) => vec![
            Part::new("signed", signed.signature.to_string())
                .with("over", signed.over)
                .with("key", signed.key)
                .with("public", signed.public),
        ],
        Event::TakenBack { moves } => vec![Part::new("taken-back", moves.to_string())],
        Event::Disputed { seat, reason } => vec![player(Part::new("disputed", reason), *seat)],
        Event::Appealed { seat, reason } => vec![player(Part::new("appealed", reason), *seat)],
        Event::Granted { seat, time } => {
            vec![player(Part::new("granted", time.0.to_string()), *seat)]
        }
        Event::Stalled { since } => vec![Part::new("stalled", "").with("since", since)],
        _ => Vec::new(),
    }
}

fn over_parts(
    people: &People,
    game: &Match,
    verdict: &Verdict,
    reveal: Option<&Reveal>,
) -> Vec<Part> {
    let places: Vec<String> = verdict.places.iter().map(u8::to_string).collect();
    let text = with_names(people, game, &verdict.text);
    let mut parts = vec![
        Part::new("verdict", text)
            .with("code", &verdict.code)
            .with("places", places.join(" ")),
    ];
    if let Some(reveal) = reveal {
        let mut part = Part::new("reveal", "")
            .with("open-key", reveal.open_key)
            .with("card-key-hash", reveal.card_key_hash);
        if let Some(key) = reveal.card_key {
            part = part.with("card-key", key);
        }
        parts.push(part);
    }
    parts
}

/// The position, the clocks and whose turn it is, as a viewer may see them.
pub(super) fn state_parts(
    people: &People,
    game: &Match,
    viewer: Viewer,
    now: Timestamp,
) -> Vec<Part> {
    let mut parts = vec![
        Part::new("state", game.view(viewer).position)
            .with("stage", game.stage.word())
            .with("moves", game.plays),
    ];
    for (seat, person) in game.seats.iter().enumerate() {
        let Ok(seat) = u8::try_from(seat).map(Seat) else {
            continue;
        };
        if let Some(reading) = game.reading(seat, now) {
            parts.push(clock_part(reading).with("seat", seat));
        }
        if game.waits_for().contains(&seat) {
            let mut turn = Part::new("turn", "")
                .with("seat", seat)
                .with("player", people.name(*person));
            if let Some(left) = game.time_left(seat, now) {
                turn = turn.with("left", left.0);
            }
            parts.push(turn);
        }
    }
    parts
}

/// What a clock shows: milliseconds, and what is left of overtime where there is any.
fn clock_part(reading: Reading) -> Part {
    let mut part = Part::new("clock", reading.left.0.to_string());
    if reading.overtime {
        part = part.with("overtime", true);
    }
    if let Some(periods) = reading.periods {
        part = part.with("periods", periods);
    }
    if let Some(moves) = reading.moves {
        part = part.with("moves", moves);
    }
    part
}
