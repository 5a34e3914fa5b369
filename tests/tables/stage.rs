//! A match without anything around it: lines of text become requests, events become short words.
//!
//! ```text
//! 0s alice challenges chess 5+3 white bo3 replay carry
//!                                         alice is p1, bob p2, carol p3; `opens` waits for anybody
//! 0s alice challenges cs 3h/phase first bo=1 maps=nuke     options of the game; `shows https://…` is evidence
//! 1s bob accepts · declines · withdraws · plays e4 · plays e4 expecting 0 · resigns · resigns match · draws · aborts
//! 1s bob undoes · pauses 10m · adjourns · resumes · declines pause · disputes why · appeals why
//! 1s ruth rules win 0 why · draw · void · continue +5m 1 why · back 2 why      ruth and rolf have no part in the match
//! 2s carol watches · unwatches
//! 2s alice plays e4 lagging 1s            it was on its way so long; `5+3_lag2s` is the clock `5+3 lag2s`
//! 3s absent alice 1d 11d · back alice     days of absence, counted from the start · stand · go on
//! 3s bob gone network · left · server · bob back · alice claims · waits · resumes
//! 3s alice takes 3d · returns             days of absence, as players ask for them
//! 3s wake · housed · fed · halt · admin aborts · down 60s
//! ```

use xmpp_referee::games::{Setup, find};
use xmpp_referee::kit::{Hash, MatchId, PersonId, Refusal, Seat, Span, Timestamp, sha256};
use xmpp_referee::matches::{
    Ask, ClockRule, Decision, Draws, Event, Format, Leave, Match, OfferKind, Pause, Ruling, Series,
    Side, Terms, Visibility, challenge,
};

pub const START: Timestamp = Timestamp(1_700_000_000_000);

/// A match in the making.
pub struct Stage {
    pub game: Option<Match>,
}

pub fn person(name: &str) -> PersonId {
    match name {
        "alice" => PersonId(1),
        "bob" => PersonId(2),
        "carol" => PersonId(3),
        "ruth" => PersonId(7),
        "rolf" => PersonId(8),
        other => panic!("who is {other}?"),
    }
}

pub fn terms(game: &str, clock: &str, side: Option<&str>) -> Terms {
    let spec = find(game).unwrap().spec();
    let seat = side.map(|side| spec.sides.iter().position(|name| *name == side).unwrap());
    Terms {
        game: spec.id.to_owned(),
        rules: spec.version,
        setup: Setup::read(spec.options, "").unwrap(),
        clock: clock.replace('_', " ").parse::<ClockRule>().unwrap(),
        side: seat.map_or(Side::Luck, |seat| Side::Seat(Seat(seat as u8))),
        rated: false,
        visibility: Visibility::Public,
        room: true,
        delay: None,
        spectators: None,
        law: 0,
        format: None,
    }
}

pub fn seed() -> Hash {
    sha256(&[b"tables"])
}

/// `bo3`, `replay`, `carry`
fn format(words: &[&str]) -> Option<Box<Format>> {
    let best = words.iter().find(|word| word.starts_with("bo"))?;
    let draws = if words.contains(&"replay") {
        Draws::Replay
    } else {
        Draws::Half
    };
    let series = Some(Series {
        best: Series::best_of(best).unwrap(),
        draws,
        carry: words.contains(&"carry"),
    });
    Some(Box::new(Format {
        series,
        ..Format::default()
    }))
}

fn leave(how: &str) -> Leave {
    match how {
        "left" => Leave::Left,
        "network" => Leave::Network,
        "server" => Leave::Server,
        other => panic!("gone how: {other}?"),
    }
}

/// What a request asks for.
fn ask(at: Timestamp, verb: &[&str]) -> Ask {
    match verb {
        ["accepts"] => Ask::Accept { salt: None },
        ["accepts", salt] => Ask::Accept {
            salt: Some((*salt).to_owned()),
        },
        ["declines"] => Ask::Decline {
            what: None,
            reason: None,
        },
        ["declines", what] => Ask::Decline {
            what: OfferKind::read(what),
            reason: None,
        },
        ["withdraws"] => Ask::Withdraw,
        ["plays", text] => Ask::Play {
            text: (*text).to_owned(),
            expect: None,
            lag: None,
        },
        ["plays", text, "expecting", n] => Ask::Play {
            text: (*text).to_owned(),
            expect: Some(n.parse().unwrap()),
            lag: None,
        },
        ["plays", text, "lagging", lag] => Ask::Play {
            text: (*text).to_owned(),
            expect: None,
            lag: Some(span(lag)),
        },
        ["resigns"] => Ask::Resign,
        ["resigns", "match"] => Ask::Concede,
        ["draws"] => Ask::Draw,
        ["aborts"] => Ask::Abort,
        ["undoes"] => offer(OfferKind::Undo, None),
        ["pauses"] => offer(OfferKind::Pause, None),
        ["pauses", length] => offer(OfferKind::Pause, Some(span(length))),
        ["adjourns"] => offer(OfferKind::Adjourn, None),
        ["disputes", reason @ ..] => Ask::Dispute {
            reason: reason.join(" "),
        },
        ["appeals", reason @ ..] => Ask::Appeal {
            reason: reason.join(" "),
        },
        ["rules", what @ ..] => ruling(what),
        ["watches"] => Ask::Watch,
        ["unwatches"] => Ask::Unwatch,
        ["takes", length] => Ask::Leave {
            to: at + span(length),
        },
        ["returns"] => Ask::EndLeave,
        ["claims"] => Ask::Claim,
        ["shows", link] => Ask::Evidence {
            link: (*link).to_owned(),
        },
        ["waits"] => Ask::Wait,
        ["resumes"] => Ask::Resume,
        other => panic!("unknown verb {other:?}"),
    }
}

fn offer(what: OfferKind, lasts: Option<Span>) -> Ask {
    Ask::Offer { what, lasts }
}

/// `win 0 why`, `draw why`, `void why`, `continue why`, `continue +5m 1 why`, `back 2 why`, `back 2 +5m 1 why`
fn ruling(words: &[&str]) -> Ask {
    let seat = |text: &str| Seat(text.parse().unwrap());
    let (ruling, rest) = match words {
        ["win", winner, rest @ ..] => (Ruling::Win { seat: seat(winner) }, rest),
        ["draw", rest @ ..] => (Ruling::Draw, rest),
        ["void", rest @ ..] => (Ruling::Void, rest),
        ["continue", rest @ ..] => (Ruling::Continue, rest),
        ["back", to, rest @ ..] => (
            Ruling::Back {
                to: to.parse().unwrap(),
            },
            rest,
        ),
        other => panic!("unknown ruling {other:?}"),
    };
    let (grants, rest) = match rest {
        [time, who, rest @ ..] if time.starts_with('+') => {
            (vec![(seat(who), span(&time[1..]))], rest)
        }
        rest => (Vec::new(), rest),
    };
    Ask::Rule {
        ruling,
        grants,
        reason: rest.join(" "),
    }
}

impl Stage {
    pub fn new() -> Stage {
        Stage { game: None }
    }

    /// Asks, and applies what was decided.
    pub fn perform(&mut self, line: &str) -> Result<Decision, Refusal> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (time, words) = words.split_first().unwrap();
        let at = START + span(time);
        if let [who, verb @ ("challenges" | "opens"), game, clock, rest @ ..] = words {
            // Whoever is not alice challenges alice, and carol herself.
            let to = match *who {
                "alice" => "bob",
                "carol" => "carol",
                _ => "alice",
            };
            let to = (*verb == "challenges").then(|| person(to));
            let side = rest.first().copied();
            let more = rest.get(1..).unwrap_or_default();
            let (options, words): (Vec<&str>, Vec<&str>) =
                more.iter().partition(|word| word.contains('='));
            let spec = find(game).unwrap().spec();
            let terms = Terms {
                format: format(&words),
                setup: Setup::read(spec.options, &options.join(" "))?,
                ..terms(game, clock, side)
            };
            let made = challenge(at, person(who), to, terms, None, seed())?;
            let game = Match::begin(MatchId(1), at, &made.events[0], &made.sealed)?;
            self.game = Some(game);
            return Ok(made);
        }
        let game = self.game.as_ref().unwrap();
        let made = match words {
            ["wake"] => game.decide(at, None, &Ask::Wake)?,
            ["housed"] => {
                let room = "room@muc".to_owned();
                game.decide(at, None, &Ask::House { room })?
            }
            ["fed"] => {
                let node = "node".to_owned();
                game.decide(at, None, &Ask::Feed { node })?
            }
            ["halt"] => {
                let why = "a bug".to_owned();
                game.decide(at, None, &Ask::Halt { why })?
            }
            ["admin", "aborts"] => {
                let reason = "why not".to_owned();
                game.decide(at, Some(PersonId(9)), &Ask::AdminAbort { reason })?
            }
            ["down", length] => {
                let from = at;
                self.game.as_mut().unwrap().owe(from, from + span(length));
                return Ok(Decision::default());
            }
            ["stand"] => events(vec![Event::Paused {
                why: Pause::Agreed,
                until: None,
                reason: None,
            }]),
            ["go", "on"] => events(vec![Event::Resumed { why: Pause::Agreed }]),
            ["absent", who, from, to] => {
                let game = self.game.as_mut().unwrap();
                let seat = game.seat_of(person(who)).unwrap();
                let (from, to) = (START + span(from), START + span(to));
                let (from, to) = game.clock.grantable(seat, from, to).unwrap();
                game.clock.grant(seat, from, to);
                return Ok(Decision::default());
            }
            ["back", who] => {
                let game = self.game.as_mut().unwrap();
                let seat = game.seat_of(person(who)).unwrap();
                game.clock.back(seat, at);
                return Ok(Decision::default());
            }
            [who, "gone", how] => {
                let (seat, why) = (game.seat_of(person(who)).unwrap(), leave(how));
                game.decide(at, None, &Ask::Gone { seat, why })?
            }
            [who, "back"] => {
                let seat = game.seat_of(person(who)).unwrap();
                game.decide(at, None, &Ask::Back { seat })?
            }
            [who, verb @ ..] => game.decide(at, Some(person(who)), &ask(at, verb))?,
            [] => panic!("nothing to do"),
        };
        self.apply(at, &made);
        Ok(made)
    }

    /// Applies events the way the engine does, after they were decided.
    pub fn apply(&mut self, at: Timestamp, made: &Decision) {
        let game = self.game.as_mut().unwrap();
        for event in &made.events {
            game.evolve(at, event, &made.sealed).unwrap();
        }
    }
}

/// What was decided elsewhere, without secrets.
fn events(events: Vec<Event>) -> Decision {
    Decision {
        events,
        ..Decision::default()
    }
}

/// `90s`, `10m`, `2h`, `1d`, or milliseconds as `1500ms`.
pub fn span(text: &str) -> Span {
    let digits = text.trim_end_matches(char::is_alphabetic);
    let n: i64 = digits.parse().unwrap();
    match &text[digits.len()..] {
        "ms" => Span::millis(n),
        "s" => Span::seconds(n),
        "m" => Span::minutes(n),
        "h" => Span::hours(n),
        "d" => Span::days(n),
        unit => panic!("unknown unit {unit}"),
    }
}

/// An event in a few words.
pub fn brief(event: &Event) -> String {
    let kind = event.kind().unwrap_or(match event {
        Event::Watched { .. } => "watched",
        Event::Unwatched { .. } => "unwatched",
        Event::Housed { .. } => "housed",
        Event::Fed { .. } => "fed",
        Event::Vacated => "vacated",
        _ => "unfed",
    });
    match event {
        Event::Moved {
            seat,
            text,
            lag: Some(lag),
        } => format!("moved {seat} {text} lag {}", lag.words()),
        Event::Moved { seat, text, .. } => format!("moved {seat} {text}"),
        Event::Chose { seat, .. } => format!("chose {seat}"),
        Event::Revealed { choices } => {
            let texts: Vec<&str> = choices.iter().map(|(_, text)| text.as_str()).collect();
            format!("revealed {}", texts.join(" "))
        }
        Event::Flagged { seats } => {
            let seats: Vec<String> = seats.iter().map(ToString::to_string).collect();
            format!("flagged {}", seats.join(" "))
        }
        Event::Resigned { seat, series: true } => format!("resigned the series {seat}"),
        Event::Resigned { seat, .. } => format!("resigned {seat}"),
        Event::Scored { game, verdict } => format!("scored {game} {}", places(&verdict.places)),
        Event::Next { game, first } => format!("next {game} {first}"),
        Event::Offered(offer) => format!("offered {} {}", offer.seat, word(offer.what)),
        Event::Refused { seat, what, .. } => format!("refused {seat} {}", word(*what)),
        Event::TakenBack { moves } => format!("taken-back {moves}"),
        Event::Paused { why, until, .. } => {
            let ends = *why == Pause::Agreed && until.is_some();
            format!("paused {}{}", why.word(), if ends { " until" } else { "" })
        }
        Event::Resumed { why } => format!("resumed {}", why.word()),
        Event::Disputed { seat, .. } => format!("disputed {seat}"),
        Event::Appealed { seat, .. } => format!("appealed {seat}"),
        Event::Ruled { ruling, .. } => format!("ruled {}", ruling.word()),
        Event::Granted { seat, time } => format!("granted {seat} {}", time.words()),
        Event::Credited { from, to } => format!("credited {}", (*to - *from).words()),
        Event::Absent { seat, why } => format!("absent {seat} {}", why.word()),
        Event::Back { seat } => format!("back {seat}"),
        Event::GraceOver { seat } => format!("grace-over {seat}"),
        Event::Claimable { seat } => format!("claimable {seat}"),
        Event::OnLeave { seat, from, to } => format!("on-leave {seat} {}", (*to - *from).words()),
        Event::LeaveEnded { seat } => format!("leave-ended {seat}"),
        Event::Waited { seat, .. } => format!("waited {seat}"),
        Event::Over { verdict, .. } => format!("over {} {}", verdict.code, places(&verdict.places))
            .trim_end()
            .to_owned(),
        _ => kind.to_owned(),
    }
}

fn places(places: &[u8]) -> String {
    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
    places.join("-")
}

fn word(what: OfferKind) -> &'static str {
    what.word()
}

/// What a request came to: events, or the code of a refusal.
pub fn outcome(result: &Result<Decision, Refusal>) -> String {
    match result {
        Ok(made) if made.events.is_empty() => "nothing".to_owned(),
        Ok(made) => {
            let events: Vec<String> = made.events.iter().map(brief).collect();
            events.join(", ")
        }
        Err(no) => format!("no: {}", no.code),
    }
}
