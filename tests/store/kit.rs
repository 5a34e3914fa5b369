//! What the store's tests share: record lines made as the engine makes them, and reading a journal out.

use serde_json::value::RawValue;
use xmpp_referee::engine::ports::{Entry, Journal, Mark, Place};
use xmpp_referee::engine::record::{self, Draft};
use xmpp_referee::kit::{Hash, MatchId, PersonId, Stream, Timestamp};

/// The moment at which all tests take place.
pub const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// A record line with some text in it.
pub fn entry(n: u64, text: &str) -> Entry {
    let stream = if n.is_multiple_of(3) {
        Stream::Service
    } else {
        Stream::Match(MatchId(n % 5 + 1))
    };
    let events = RawValue::from_string(serde_json::to_string(&[text]).unwrap()).unwrap();
    let draft = Draft {
        n,
        stream: &format!("{stream}@referee.localhost"),
        v: n,
        at: NOW,
        by: Some(PersonId(n)),
        req: None,
        events: &events,
        prev: Hash::ZERO,
        sealed: None,
    };
    Entry {
        n,
        stream,
        text: record::write(&draft).unwrap().0,
    }
}

/// So many entries after record `n`.
pub fn batch(n: u64, count: u64) -> Vec<Entry> {
    (n + 1..=n + count).map(|n| entry(n, "moved")).collect()
}

/// Everything after a mark.
pub fn replayed(journal: &mut dyn Journal, after: Option<Mark>) -> Vec<(Entry, Place)> {
    let mut all = Vec::new();
    journal
        .replay(after, &mut |entry, place| {
            all.push((entry, place));
            Ok(())
        })
        .unwrap();
    all
}

/// The entries after a mark.
pub fn entries(journal: &mut dyn Journal, after: Option<Mark>) -> Vec<Entry> {
    replayed(journal, after)
        .into_iter()
        .map(|(entry, _)| entry)
        .collect()
}
