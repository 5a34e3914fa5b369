//! The record of one match, checked with nothing but its lines: shape, chain, rules, clocks, verdict and luck.
//!
//! Nothing here trusts the referee that wrote the record. Begin with [`audit`]; `law` says which event may follow which,
//! `rulings` what players agree on and human
//! referees rule, `luck` redraws what luck answered, `signature` checks who signed. What is checked, step by step, is in `docs/RECORD.md`.

mod absence;
mod clan;
mod clan_law;
mod law;
mod line;
mod luck;
mod rulings;
mod signature;
mod teams;

pub use clan::{ClanReport, audit_clan};
pub use signature::Signing;

use std::collections::BTreeMap;

use crate::engine::{Decided, What, read_decided, record};
use crate::games::Fact;
use crate::kit::{Hash, MatchId, Seat, Secret, Stream, Timestamp};
use crate::matches::{Event, Match, Sealed, Stage};
use law::Law;

/// What a sound record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The match.
    pub id: MatchId,
    /// The referee's domain.
    pub domain: String,
    /// The game's id.
    pub game: String,
    /// How many lines the record has.
    pub lines: usize,
    /// Moves played.
    pub moves: u32,
    /// How far the match has come, or how it ended.
    pub outcome: String,
    /// What could be said of the luck.
    pub luck: String,
    /// Who signed it.
    pub signing: Signing,
    /// How many lines came with their sealed half, which fits.
    pub sealed: usize,
    /// The hash of the last line, to compare with an anchor.
    pub head: Hash,
    /// Whether the match is over.
    pub over: bool,
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Objection {
    /// The line of this match, from 1.
    pub line: usize,
    /// What is wrong there.
    pub why: String,
}

/// A line with its types.
pub(super) struct Entry {
    pub line: usize,
    pub decided: Decided,
    /// The hash of the line before.
    pub prev: Hash,
    pub events: Vec<Event>,
    pub sealed: Vec<Sealed>,
}

/// Checks the record of one match from its first line on.
///
/// # Errors
/// Names the first line that cannot stand, and why.
pub fn audit(lines: &[&str]) -> Result<Report, Objection> {
    let chain = Chain::read(lines)?;
    let at = |line: usize| move |why: String| Objection { line, why };
    let decks = luck::decks(&chain.entries)?;
    let mut law = Law::default();
    let mut choices: BTreeMap<Seat, String> = BTreeMap::new();
    let mut game: Option<Match> = None;
    for entry in &chain.entries {
        let fail = at(entry.line);
        let (mut events, mut sealed) = (entry.events.as_slice(), entry.sealed.clone());
        sealed.retain(|sealed| !matches!(sealed, Sealed::Order { .. }));
        let game = match &mut game {
            Some(game) => game,
            none => {
                let (first, rest) = events
                    .split_first()
                    .ok_or_else(|| fail("it says nothing".to_owned()))?;
                law::first(&entry.decided, first).map_err(&fail)?;
                let begun = Match::begin(chain.id, entry.decided.at, first, &[]);
                events = rest;
                none.insert(begun.map_err(|no| fail(no.text))?)
            }
        };
        for event in events {
            law.may_follow(game, &entry.decided, event).map_err(&fail)?;
            opened_as_sealed(event, &entry.sealed, &mut choices).map_err(&fail)?;
            if let Event::Drawn { draw, .. } = event
                && let Some(order) = decks.get(draw)
            {
                let order = Secret::new(order.clone());
                sealed.push(Sealed::Order { draw: *draw, order });
            }
            let facts = game
                .evolve(entry.decided.at, event, &sealed)
                .map_err(|no| fail(format!("the rules refuse it: {}", no.text)))?;
            law.owes(facts.iter().filter_map(|fact| match fact {
                Fact::Opened { deck, at, to: None } => Some((*deck, *at)),
                _ => None,
            }));
        }
        law.ends_well(game).map_err(&fail)?;
    }
    let game = game.ok_or_else(|| at(1)("the record is empty".to_owned()))?;
    let luck = luck::check(&game, &chain.entries, &decks)?;
    let signing = signature::check(&chain.domain, chain.id, &chain.entries, &game)?;
    Ok(chain.report(&game, luck, signing))
}

/// A round that was opened says what was sealed, where the sealed halves are at hand.
fn opened_as_sealed(
    event: &Event,
    sealed: &[Sealed],
    choices: &mut BTreeMap<Seat, String>,
) -> Result<(), String> {
    match event {
        Event::Chose { seat, .. } => {
            choices.remove(seat);
            for sealed in sealed {
                if let Sealed::Choice { seat: by, text } = sealed
                    && by == seat
                {
                    choices.insert(*seat, text.reveal().clone());
                }
            }
        }
        Event::Revealed { choices: opened } => {
            for (seat, text) in opened {
                if choices.remove(seat).is_some_and(|sealed| sealed != *text) {
                    return Err(format!("seat {seat} had sealed another choice"));
                }
            }
        }
        Event::Flagged { .. } => choices.clear(),
        _ => {}
    }
    Ok(())
}

/// The lines with their types, and the chain through them sound.
struct Chain {
    id: MatchId,
    domain: String,
    entries: Vec<Entry>,
    sealed: usize,
    head: Hash,
}

impl Chain {
    fn read(lines: &[&str]) -> Result<Chain, Objection> {
        let (mut stream, mut entries, mut sealed) = (String::new(), Vec::new(), 0);
        let (mut head, mut n, mut at) = (Hash::ZERO, 0, Timestamp(i64::MIN));
        for (line, text) in (1..).zip(lines) {
            let fail = |why: String| Objection { line, why };
            let read = record::read_strict(text).map_err(|bad| fail(bad.to_string()))?;
            let public = &read.public;
            if line == 1 {
                stream = public.s.clone().into_owned();
            }
            let objection = if public.s != stream {
                Some("it belongs to another stream")
            } else if public.v != line as u64 {
                Some("a line is missing before it, or lines are out of order")
            } else if public.prev != head {
                Some("`prev` is not the hash of the line before: one of the two was changed")
            } else if public.n <= n {
                Some("its number does not grow")
            } else if public.at < at {
                Some("time runs backwards")
            } else {
                None
            };
            if let Some(why) = objection {
                return Err(fail(why.to_owned()));
            }
            (head, n, at) = (read.hash, public.n, public.at);
            sealed += usize::from(read.sealed.is_some());
            let (decided, prev) = read_decided(text, n).map_err(|bad| fail(bad.to_string()))?;
            let What::Match { made, .. } = &decided.what else {
                return Err(fail("it is not about a match".to_owned()));
            };
            line::says_no_more(read.public.ev, &made.events).map_err(&fail)?;
            if let Some(ev) = read.sealed {
                line::says_no_more(ev, &made.sealed).map_err(&fail)?;
            }
            let (events, sealed) = (made.events.clone(), made.sealed.clone());
            entries.push(Entry {
                line,
                decided,
                prev,
                events,
                sealed,
            });
        }
        let (name, domain) = stream.rsplit_once('@').unwrap_or_default();
        let named = name.parse().ok();
        let written = |stream: &Stream| stream.to_string() == name;
        let Some(Stream::Match(id)) = named.filter(written) else {
            return Err(Objection {
                line: 1,
                why: "there is no match here".to_owned(),
            });
        };
        let domain = domain.to_owned();
        Ok(Chain {
            id,
            domain,
            entries,
            sealed,
            head,
        })
    }

    fn report(self, game: &Match, luck: String, signing: Signing) -> Report {
        let outcome = match &game.verdict {
            Some(verdict) if verdict.places.is_empty() => format!("no result ({})", verdict.code),
            Some(verdict) => {
                let places: Vec<String> = verdict.places.iter().map(u8::to_string).collect();
                format!("over ({}), places {}", verdict.code, places.join(" "))
            }
            None => format!("not over yet ({})", game.stage.word()),
        };
        Report {
            id: self.id,
            domain: self.domain,
            game: game.terms.game.clone(),
            lines: self.entries.len(),
            moves: game.plays,
            outcome,
            luck,
            signing,
            sealed: self.sealed,
            head: self.head,
            over: game.stage == Stage::Over,
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}@{}: sound. {}, {} lines, {} moves, {}. Luck: {}.",
            self.id, self.domain, self.game, self.lines, self.moves, self.outcome, self.luck
        )?;
        match self.signing {
            Signing::NotOver => write!(f, " Not signed yet.")?,
            Signing::NothingPlayed => {}
            Signing::Unsigned => write!(f, " Not signed: the referee had no key when it ended.")?,
            Signing::By(key) => write!(f, " Signed with key {}.", key.id())?,
        }
        if self.sealed > 0 {
            write!(f, " {} sealed halves fit.", self.sealed)?;
        }
        write!(f, " Last hash {}", self.head)
    }
}
