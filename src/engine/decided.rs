//! A record with its types: what [`super::record`] writes as a line.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::ports::{Entry, Fault};
use super::record::{self, Draft};
use super::service::{ServiceEvent, ServiceSealed};
use crate::clans::ClanEvent;
use crate::kit::{ClanTag, Hash, PersonId, Stream, Timestamp};
use crate::matches;

/// One decision as the engine and its readers see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// Global number.
    pub n: u64,
    /// Number within the stream.
    pub v: u64,
    /// When.
    pub at: Timestamp,
    /// Whose request.
    pub by: Option<PersonId>,
    /// The stream, its events and their secrets.
    pub what: What,
    /// Hash of the record's public half.
    pub hash: Hash,
}

/// What was decided, by stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// About the referee itself.
    Service {
        /// What happened.
        events: Vec<ServiceEvent>,
        /// The secrets.
        sealed: Vec<ServiceSealed>,
    },
    /// About a match.
    Match {
        /// Which.
        id: crate::kit::MatchId,
        /// What happened, and the secrets.
        made: matches::Decision,
    },
    /// About a clan.
    Clan {
        /// Which.
        tag: ClanTag,
        /// What happened.
        events: Vec<ClanEvent>,
    },
}

impl Decided {
    /// The events, where this is about a clan.
    pub fn clan_events(&self) -> Option<&[ClanEvent]> {
        match &self.what {
            What::Clan { events, .. } => Some(events),
            _ => None,
        }
    }
}

impl What {
    /// The stream this belongs to.
    pub fn stream(&self) -> Stream {
        match self {
            What::Service { .. } => Stream::Service,
            What::Match { id, .. } => Stream::Match(*id),
            What::Clan { tag, .. } => Stream::Clan(*tag),
        }
    }
}

/// Where a record goes: everything but its content.
#[derive(Clone, Copy, Debug)]
pub struct Position<'a> {
    /// Global number.
    pub n: u64,
    /// Number within the stream.
    pub v: u64,
    /// When.
    pub at: Timestamp,
    /// Whose request.
    pub by: Option<PersonId>,
    /// The request's id.
    pub req: Option<&'a str>,
    /// Hash of the stream's record before.
    pub prev: Hash,
    /// 16 random bytes for the seal.
    pub salt: [u8; 16],
}

/// Writes a decision as a journal entry, and reads it back: what the next start could not read, or would read as something
/// else, never gets into the journal.
///
/// # Errors
/// [`Fault::Fold`]: this decision cannot be recorded.
pub fn write(domain: &str, position: Position<'_>, what: What) -> Result<(Decided, Entry), Fault> {
    let (n, prev) = (position.n, position.prev);
    let no = |why: String| Fault::Fold { n, why };
    let (decided, entry) = put(domain, position, what).map_err(|error| no(error.to_string()))?;
    let (read, before) = read(&entry.text, n)?;
    let reads_back = read == decided && before == prev;
    let one_line =
        record::head(&entry.text) == Some((n, entry.stream)) && !entry.text.contains('\n');
    if reads_back && one_line {
        return Ok((decided, entry));
    }
    Err(no(
        "its line does not read back as what was decided".to_owned()
    ))
}

fn put(
    domain: &str,
    position: Position<'_>,
    what: What,
) -> Result<(Decided, Entry), serde_json::Error> {
    let raw = |text: String| RawValue::from_string(text);
    let (events, sealed) = match &what {
        What::Service { events, sealed } => (
            raw(serde_json::to_string(events)?)?,
            (!sealed.is_empty()).then(|| serde_json::to_string(sealed)),
        ),
        What::Match { made, .. } => {
            let secrets = (!made.sealed.is_empty()).then(|| serde_json::to_string(&made.sealed));
            (raw(serde_json::to_string(&made.events)?)?, secrets)
        }
        What::Clan { events, .. } => (raw(serde_json::to_string(events)?)?, None),
    };
    let sealed = sealed.transpose()?.map(raw).transpose()?;
    let stream = what.stream();
    let (text, hash) = record::write(&Draft {
        n: position.n,
        stream: &format!("{stream}@{domain}"),
        v: position.v,
        at: position.at,
        by: position.by,
        req: position.req,
        events: &events,
        prev: position.prev,
        sealed: sealed.as_deref().map(|sealed| (sealed, position.salt)),
    })?;
    let decided = Decided {
        n: position.n,
        v: position.v,
        at: position.at,
        by: position.by,
        what,
        hash,
    };
    Ok((
        decided,
        Entry {
            n: position.n,
            stream,
            text,
        },
    ))
}

/// Reads a journal entry back, with the hash of the record before it in its stream.
pub fn read(text: &str, n: u64) -> Result<(Decided, Hash), Fault> {
    let fold = |why: String| Fault::Fold { n, why };
    let line = record::read(text).map_err(|bad| fold(bad.to_string()))?;
    let (name, _) = line
        .public
        .s
        .rsplit_once('@')
        .ok_or_else(|| fold("a stream without a domain".to_owned()))?;
    let stream: Stream = name
        .parse()
        .map_err(|()| fold(format!("unknown stream {name}")))?;
    let (events, sealed) = (
        line.public.ev.get(),
        line.sealed.map_or("[]", RawValue::get),
    );
    let shape = |error: serde_json::Error| fold(error.to_string());
    let what = match stream {
        Stream::Service => What::Service {
            events: serde_json::from_str(events).map_err(shape)?,
            sealed: serde_json::from_str(sealed).map_err(shape)?,
        },
        Stream::Match(id) => What::Match {
            id,
            made: matches::Decision {
                events: serde_json::from_str(events).map_err(shape)?,
                sealed: serde_json::from_str(sealed).map_err(shape)?,
            },
        },
        Stream::Clan(tag) => What::Clan {
            tag,
            events: serde_json::from_str(events).map_err(shape)?,
        },
    };
    let public = &line.public;
    Ok((
        Decided {
            n: public.n,
            v: public.v,
            at: public.at,
            by: public.by,
            what,
            hash: line.hash,
        },
        public.prev,
    ))
}
