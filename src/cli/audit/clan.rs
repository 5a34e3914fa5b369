//! The record of one clan, checked with nothing but its lines: chain, foundation, and that nobody did what their role did
//! not allow. A record that came from another referee is in it line for line, and is checked in the same way.

use super::Objection;
use crate::clans::{Clan, ClanEvent, Permission, Why, authorise, fixtures};
use crate::engine::{Decided, What, read_decided, record};
use crate::kit::{ClanTag, Hash, Timestamp};

/// Referees that a clan has come through; more are a loop that somebody made up.
const MAX_ORIGINS: usize = 8;

/// What a sound record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClanReport {
    /// The clan.
    pub tag: ClanTag,
    /// The referee's domain.
    pub domain: String,
    /// Its name.
    pub name: String,
    /// How many lines the record has.
    pub lines: usize,
    /// How many members it has.
    pub members: usize,
    /// The hash of the last line, to compare with an anchor.
    pub head: Hash,
    /// The record it had on another referee.
    pub origin: Option<Box<ClanReport>>,
}

/// Checks the record of one clan from its first line on.
///
/// # Errors
/// Names the first line that cannot stand, and why.
pub fn audit_clan(lines: &[&str]) -> Result<ClanReport, Objection> {
    audit(lines, MAX_ORIGINS)
}

fn audit(lines: &[&str], depth: usize) -> Result<ClanReport, Objection> {
    let mut book = Book::default();
    for (line, text) in (1..).zip(lines) {
        book.take(line as u64, text)
            .map_err(|why| Objection { line, why })?;
    }
    let end = |why: String| Objection {
        line: lines.len().max(1),
        why,
    };
    let origin = match (book.past.is_empty(), depth) {
        (true, _) => None,
        (false, 0) => return Err(end("it comes from too many other referees".to_owned())),
        (false, depth) => {
            let past: Vec<&str> = book.past.iter().map(String::as_str).collect();
            let report = audit(&past, depth - 1).map_err(|bad| {
                end(format!(
                    "its record on another referee, line {}: {}",
                    bad.line, bad.why
                ))
            })?;
            Some(Box::new(report))
        }
    };
    let clan = book.clan.ok_or_else(|| end("it is empty".to_owned()))?;
    let (_, domain) = book.stream.rsplit_once('@').unwrap_or_default();
    Ok(ClanReport {
        tag: clan.tag,
        domain: domain.to_owned(),
        name: clan.name.clone(),
        lines: lines.len(),
        members: clan.members.len(),
        head: book.head,
        origin,
    })
}

/// A record on its way through the checks.
struct Book {
    stream: String,
    clan: Option<Clan>,
    head: Hash,
    n: u64,
    at: Timestamp,
    /// The lines of the record elsewhere.
    past: Vec<String>,
    /// The stream and the last hash of those.
    origin: Option<(String, Hash)>,
}

impl Default for Book {
    fn default() -> Book {
        Book {
            stream: String::new(),
            clan: None,
            head: Hash::ZERO,
            n: 0,
            at: Timestamp(i64::MIN),
            past: Vec::new(),
            origin: None,
        }
    }
}

impl Book {
    fn take(&mut self, number: u64, text: &str) -> Result<(), String> {
        let line = record::read(text).map_err(|bad| bad.to_string())?;
        let public = &line.public;
        if number == 1 {
            self.stream = public.s.clone().into_owned();
        }
        let objection = if public.s != self.stream {
            Some("it belongs to another stream")
        } else if public.v != number {
            Some("a line is missing before it, or lines are out of order")
        } else if public.prev != self.head {
            Some("`prev` is not the hash of the line before: one of the two was changed")
        } else if public.n <= self.n {
            Some("its number does not grow")
        } else if public.at < self.at {
            Some("time runs backwards")
        } else {
            None
        };
        if let Some(why) = objection {
            return Err(why.to_owned());
        }
        (self.head, self.n, self.at) = (line.hash, public.n, public.at);
        let (decided, _) = read_decided(text, self.n).map_err(|bad| bad.to_string())?;
        let What::Clan { tag, events } = &decided.what else {
            return Err("it is not about a clan".to_owned());
        };
        let mut events = events.as_slice();
        let clan = match &mut self.clan {
            Some(clan) => clan,
            none => {
                let (first, rest) = events.split_first().ok_or("it says nothing")?;
                events = rest;
                let begun = Clan::begin(*tag, decided.at, first);
                none.insert(begun.map_err(|no| no.text)?)
            }
        };
        for event in events {
            may(clan, &decided, event)?;
        }
        for event in events {
            if let ClanEvent::Imported(chapter) = event {
                let known = self.past.len() as u64;
                let follows = self
                    .origin
                    .as_ref()
                    .is_none_or(|(s, _)| *s == chapter.origin);
                if !follows || chapter.from != known + 1 {
                    return Err("what it says of another referee has a gap".to_owned());
                }
                let last = chapter.lines.last().map(|line| record::read(line));
                let last = last.and_then(Result::ok).map(|line| line.hash);
                if last != Some(chapter.head) {
                    return Err("the lines of another referee are not those it names".to_owned());
                }
                self.origin = Some((chapter.origin.clone(), chapter.head));
                self.past.extend(chapter.lines.iter().cloned());
            }
            clan.evolve(decided.at, decided.by, event);
        }
        Ok(())
    }
}

/// Whether whoever did this was allowed to, as the clan was before the line.
fn may(clan: &Clan, decided: &Decided, event: &ClanEvent) -> Result<(), String> {
    let Some(by) = decided.by else {
        return Ok(());
    };
    let other = event.who().is_some_and(|who| who != by);
    let needed = match event {
        ClanEvent::Set(_) => Some(Permission::Settings),
        ClanEvent::Page(_) => Some(Permission::EditPages),
        ClanEvent::Invited { .. } => Some(Permission::Invite),
        ClanEvent::Joined { .. } if other => Some(Permission::Recruit),
        ClanEvent::Turned {
            why: Why::Declined, ..
        } if other => Some(Permission::Recruit),
        ClanEvent::Kicked { .. } => Some(Permission::Kick),
        ClanEvent::Banned { .. } | ClanEvent::Upheld { .. } | ClanEvent::Unbanned { .. } => {
            Some(Permission::Ban)
        }
        ClanEvent::Ranked { .. } | ClanEvent::RoleMade { .. } | ClanEvent::RoleGone { .. } => {
            Some(Permission::Roles)
        }
        ClanEvent::Fixture(fixtures::Event::Named { .. }) => Some(Permission::Lineup),
        ClanEvent::Disbanding { .. } | ClanEvent::Kept | ClanEvent::Owned { .. } => {
            Some(Permission::Disband)
        }
        ClanEvent::Calendar(event) => event.needs(by),
        _ => None,
    };
    let authority = needed.map(|permission| authorise(clan, by, permission));
    match authority {
        Some(no) if !no.allowed => Err(format!("{by} had no right to this: {}", no.because)),
        _ => Ok(()),
    }
}

impl std::fmt::Display for ClanReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "clan-{}@{}: sound. {}, {} lines, {} members. Last hash {}",
            self.tag, self.domain, self.name, self.lines, self.members, self.head
        )?;
        match &self.origin {
            Some(origin) => write!(f, ". It came from {origin}"),
            None => Ok(()),
        }
    }
}
