//! The record of one clan, checked with nothing but its lines: chain, foundation, and that nobody did what their role did
//! not allow (`clan_law`). A record that came from another referee is in it line for line, and is checked in the same way.

use std::collections::BTreeSet;

use super::clan_law::Deed;
use super::{Objection, line};
use crate::clans::{Chapter, Clan, ClanEvent, Role, Setting};
use crate::engine::{Decided, What, read_decided, record};
use crate::kit::{ClanTag, Hash, PersonId, Timestamp};

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
    audit(lines, MAX_ORIGINS).map(|(report, _)| report)
}

fn audit(lines: &[&str], depth: usize) -> Result<(ClanReport, Clan), Objection> {
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
            let (report, was) = audit(&past, depth - 1).map_err(|bad| {
                end(format!(
                    "its record on another referee, line {}: {}",
                    bad.line, bad.why
                ))
            })?;
            book.brought(&was)
                .map_err(|why| Objection { line: 2, why })?;
            Some(Box::new(report))
        }
    };
    if book.past.is_empty() && !book.settled.is_empty() {
        let why = "nobody is named who set this, and it came from no other referee".to_owned();
        return Err(Objection { line: 2, why });
    }
    let clan = book.clan.ok_or_else(|| end("it is empty".to_owned()))?;
    let (_, domain) = book.stream.rsplit_once('@').unwrap_or_default();
    let report = ClanReport {
        tag: clan.tag,
        domain: domain.to_owned(),
        name: clan.name.clone(),
        lines: lines.len(),
        members: clan.members.len(),
        head: book.head,
        origin,
    };
    Ok((report, clan))
}

/// Whether this is of what a clan brings along from another referee.
fn settles(event: &ClanEvent) -> bool {
    matches!(event, ClanEvent::Set(_) | ClanEvent::RoleMade { .. })
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
    /// What nobody set: an older referee wrote so what a clan brought along, right before its lines.
    settled: Vec<ClanEvent>,
    /// Whether everything so far came from elsewhere.
    arriving: bool,
    /// Who is nobody any more.
    forgotten: BTreeSet<PersonId>,
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
            settled: Vec::new(),
            arriving: true,
            forgotten: BTreeSet::new(),
        }
    }
}

impl Book {
    fn take(&mut self, number: u64, text: &str) -> Result<(), String> {
        let read = record::read_strict(text).map_err(|bad| bad.to_string())?;
        let public = &read.public;
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
        (self.head, self.n, self.at) = (read.hash, public.n, public.at);
        let (decided, _) = read_decided(text, self.n).map_err(|bad| bad.to_string())?;
        let What::Clan { tag, events } = &decided.what else {
            return Err("it is not about a clan".to_owned());
        };
        if !public.s.starts_with(&format!("clan-{tag}@")) {
            return Err("its stream is not written as a clan's is".to_owned());
        }
        line::says_no_more(public.ev, events)?;
        if read.sealed.is_some() || public.seal.is_some() {
            return Err("the record of a clan has no sealed halves".to_owned());
        }
        let mut events = events.as_slice();
        let clan = match self.clan.take() {
            Some(clan) => clan,
            None => {
                let (first, rest) = events.split_first().ok_or("it says nothing")?;
                events = rest;
                let begun = Clan::begin(*tag, decided.at, first).map_err(|no| no.text)?;
                if decided.by != begun.owner() {
                    return Err("somebody else founded it than its owner".to_owned());
                }
                begun
            }
        };
        self.clan = Some(self.step(clan, &decided, events)?);
        Ok(())
    }

    /// The clan after a line.
    fn step(
        &mut self,
        clan: Clan,
        decided: &Decided,
        events: &[ClanEvent],
    ) -> Result<Clan, String> {
        let at = decided.at;
        let deed = Deed {
            clan: &clan,
            at,
            events,
        };
        let mut after = clan.clone();
        let gone = |who: &PersonId| self.forgotten.contains(who);
        let named = events.iter().filter_map(ClanEvent::who);
        if let Some(who) = decided.by.into_iter().chain(named).find(gone) {
            return Err(format!("{who} was forgotten, and is nobody any more"));
        }
        match decided.by {
            Some(by) => {
                for event in events {
                    deed.may(&after, by, event)?;
                    after.evolve(at, Some(by), event);
                }
                // What the owner of a clan that comes from elsewhere sets at first comes with it.
                self.arriving &= events.iter().all(settles);
            }
            None => {
                let arrives = self.arriving && !events.is_empty();
                if arrives && events.iter().all(settles) && decided.v == 2 {
                    self.settled = events.to_vec();
                } else if arrives && let [ClanEvent::Imported(chapter)] = events {
                    self.bring(chapter)?;
                } else {
                    deed.is_the_referees()?;
                    self.forgotten.extend(deed.forgotten());
                    self.arriving = false;
                }
                for event in events {
                    after.evolve(at, None, event);
                }
            }
        }
        Ok(after)
    }

    /// Lines of the record elsewhere.
    fn bring(&mut self, chapter: &Chapter) -> Result<(), String> {
        let known = self.past.len() as u64;
        let follows = (self.origin.as_ref()).is_none_or(|(s, _)| *s == chapter.origin);
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
        Ok(())
    }

    /// Whether what nobody set is what the clan had elsewhere.
    fn brought(&self, was: &Clan) -> Result<(), String> {
        let same = self.settled.iter().all(|event| match event {
            ClanEvent::RoleMade {
                role,
                rank,
                may,
                like,
            } => {
                *rank < Role::OWNER_RANK
                    && (was.roles.get(role))
                        .is_some_and(|had| (had.rank, &had.may, &had.like) == (*rank, may, like))
            }
            ClanEvent::Set(setting) => match setting {
                Setting::Entry(role) => was.entry == *role,
                Setting::Succession(span) => was.succession == *span,
                Setting::Colours(colours) => was.colours == *colours,
                Setting::Description(text) => was.description == *text,
                Setting::Avatar(url) => was.avatar == *url,
                Setting::Name(_) | Setting::Joining(_) => false,
            },
            _ => false,
        });
        if same {
            return Ok(());
        }
        Err("nobody is named who set this, and the clan did not bring it along".to_owned())
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
