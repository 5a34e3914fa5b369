//! A calendar without anything around it: lines of text become requests, events become short words. It is November 2026, times of requests are UTC, and everybody types Vienna's.
//!
//! ```text
//! 20T10:00 alice plans training Aim sat 20:00 2h weekly 8 times at cs.example.org
//! 20T10:00 alice proposes match Scrim sat 20:00, sun 18:00 by sat 12:00
//! 20T10:00 bob votes 1 1 2 · alice fixes 1 2 · bob attends 1 yes [2026-11-21 · all]
//! 20T10:00 alice picks 1 bob carol subs dave coach alice · cancels 1 [date · all] [why] · moves 1 [date · all] to sun 18:00
//! 21T18:00 wake                       what time alone brings at that moment
//! ```
//!
//! Alice may do everything, carol may pick, bob and dave nothing; zed is no member.

use xmpp_referee::clans::Permission;
use xmpp_referee::clans::calendar::{
    Answer, Ask, Calendar, Event, Lineup, Occasion, Plan, Roster, Start, Which, read_tail,
    split_title,
};
use xmpp_referee::kit::{PersonId, Refusal, Timestamp, refuse};

pub const VIENNA: &str = "Europe/Vienna";
const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "zed"];

pub struct Wolves;

impl Roster for Wolves {
    fn require(&self, who: PersonId, right: Permission) -> Result<(), Refusal> {
        match (who.0, right) {
            (1, _) | (3, Permission::Lineup) | (2..=4, Permission::Play) => Ok(()),
            _ => Err(refuse("clan/not-allowed", "No.").hint("Ask alice.")),
        }
    }
}

pub fn person(name: &str) -> PersonId {
    let place = NAMES.iter().position(|known| *known == name);
    PersonId(place.unwrap_or_else(|| panic!("who is {name}?")) as u64 + 1)
}

fn name(who: PersonId) -> &'static str {
    NAMES[who.0 as usize - 1]
}

pub fn moment(text: &str) -> Timestamp {
    let text = match text.len() {
        8 => format!("2026-11-{text}:00Z"),
        _ => format!("{text}:00Z"),
    };
    text.parse()
        .unwrap_or_else(|()| panic!("{text} is no time"))
}

fn plan(
    what: &str,
    line: &str,
    now: Timestamp,
) -> Result<(Plan, xmpp_referee::clans::calendar::Wish), Refusal> {
    let (title, tail) = split_title(line).unwrap_or_else(|| panic!("no time in {line}"));
    let wish = read_tail(&tail, VIENNA, now)?;
    let what = Occasion::read(what).unwrap();
    let plan = Plan {
        what,
        title,
        place: wish.place.clone().unwrap_or_default(),
        length: wish.length.unwrap_or(what.usual_length()),
        public: wish.public,
    };
    Ok((plan, wish))
}

/// `2026-11-21`, `all` or neither in front of other words.
fn which<'a>(words: &'a [&'a str]) -> (Which, &'a [&'a str]) {
    match words {
        ["all", rest @ ..] => (Which::All, rest),
        [word, rest @ ..] => match word.parse() {
            Ok(date) => (Which::On(date), rest),
            Err(_) => (Which::Unsaid, words),
        },
        [] => (Which::Unsaid, words),
    }
}

fn people(words: &[&str]) -> Vec<PersonId> {
    words.iter().map(|name| person(name)).collect()
}

fn ask(verb: &str, words: &[&str], now: Timestamp) -> Result<Ask, Refusal> {
    let n = || words[0].parse().unwrap();
    Ok(match verb {
        "plans" => {
            let (plan, wish) = plan(words[0], &words[1..].join(" "), now)?;
            Ask::Plan {
                plan,
                start: wish.starts[0].start.clone(),
                repeat: wish.repeat()?,
            }
        }
        "proposes" => {
            let (plan, wish) = plan(words[0], &words[1..].join(" "), now)?;
            Ask::Propose {
                plan,
                slots: wish.starts.into_iter().map(|read| read.start).collect(),
                decide: wish.by.map(|by| by.start.at),
            }
        }
        "votes" => Ask::Vote {
            n: n(),
            slots: words[1..]
                .iter()
                .map(|slot| slot.parse::<u8>().unwrap() - 1)
                .collect(),
        },
        "fixes" => Ask::Fix {
            n: n(),
            slot: words.get(1).map(|slot| slot.parse::<u8>().unwrap() - 1),
        },
        "attends" => Ask::Attend {
            n: n(),
            on: which(&words[2..]).0,
            answer: Answer::read(words[1]).unwrap(),
        },
        "picks" => {
            let mut parts = words[1..]
                .split(|word| matches!(*word, "subs" | "coach"))
                .map(people);
            Ask::Pick {
                n: n(),
                on: None,
                lineup: Lineup {
                    players: parts.next().unwrap_or_default(),
                    substitutes: parts.next().unwrap_or_default(),
                    coaches: parts.next().unwrap_or_default(),
                },
            }
        }
        "cancels" => {
            let (on, why) = which(&words[1..]);
            Ask::Cancel {
                n: n(),
                on,
                why: why.join(" "),
            }
        }
        "moves" => {
            let (on, to) = which(&words[1..]);
            let wish = read_tail(&to[1..].join(" "), VIENNA, now)?;
            Ask::Move {
                n: n(),
                on,
                start: wish.starts[0].start.clone(),
                length: wish.length,
            }
        }
        "wake" => Ask::Wake,
        other => panic!("nobody {other}"),
    })
}

pub fn apply(calendar: &mut Calendar, at: Timestamp, by: Option<PersonId>, events: &[Event]) {
    for event in events {
        // What is written is what is read.
        let text = serde_json::to_string(event).unwrap();
        assert_eq!(
            serde_json::from_str::<Event>(&text).unwrap(),
            *event,
            "{text}"
        );
        calendar.evolve(at, by, event);
    }
}

/// What is due before a moment happens at its own time, as it does in the engine.
fn sleep(calendar: &mut Calendar, until: Timestamp) {
    while let Some(due) = calendar.next_wake().filter(|due| *due < until) {
        let events = calendar.decide(due, None, &Ask::Wake, &Wolves).unwrap();
        assert!(!events.is_empty(), "woken for nothing at {due}");
        apply(calendar, due, None, &events);
    }
}

pub fn step(calendar: &mut Calendar, line: &str) -> Result<Vec<Event>, Refusal> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = moment(words[0]);
    sleep(calendar, at);
    let (by, verb, rest) = match words[1] {
        "wake" => (None, "wake", &words[2..]),
        who => (Some(person(who)), words[2], &words[3..]),
    };
    let events = calendar.decide(at, by, &ask(verb, rest, at)?, &Wolves)?;
    apply(calendar, at, by, &events);
    Ok(events)
}

pub fn told(event: &Event) -> String {
    let on = |on: &Option<jiff::civil::Date>| on.map_or("all".to_owned(), |on| on.to_string());
    let short = |start: &Start| start.moment().to_string().replace(":00.000Z", "");
    match event {
        Event::Planned {
            n, start, repeat, ..
        } => {
            let repeat = repeat
                .as_ref()
                .map_or(String::new(), |repeat| format!(" {}", repeat.words()));
            format!("planned {n} {}{repeat}", short(start))
        }
        Event::Proposed { n, slots, .. } => format!("proposed {n} {}", slots.len()),
        Event::Voted { n, who, slots } => format!("voted {n} {} {slots:?}", name(*who)),
        Event::Fixed { n, slot, tied, .. } => format!("fixed {n} {slot} {tied:?}"),
        Event::Lapsed { n, .. } => format!("lapsed {n}"),
        Event::Answered {
            n,
            who,
            on: date,
            answer,
            ..
        } => {
            format!("answered {n} {} {} {}", name(*who), answer.word(), on(date))
        }
        Event::Picked { n, on, lineup, .. } => {
            let names: Vec<&str> = lineup.people().map(name).collect();
            format!("picked {n} {on} {}", names.join("+"))
        }
        Event::Cancelled {
            n, on: date, why, ..
        } => format!("cancelled {n} {} {why}", on(date))
            .trim_end()
            .to_owned(),
        Event::Moved {
            n, on: date, start, ..
        } => format!("moved {n} {} {}", on(date), short(start)),
        Event::Reminded { n, on, reminder } => format!("reminded {n} {on} {reminder:?}"),
        Event::Passed { n, on } => format!("passed {n} {on}"),
    }
}
