//! The referee's signature: right behind each end that promised one, by that key, under that end.

use super::{Entry, Objection};
use crate::engine::signing;
use crate::kit::{KeyId, MatchId, PublicKey};
use crate::matches::{Event, Match, Signed, Stage};

/// What can be said of the signature under a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// The match is not over, so there is nothing to sign yet.
    NotOver,
    /// Nothing was played, so nothing was to be signed.
    NothingPlayed,
    /// The match ended while the referee had no key.
    Unsigned,
    /// This key signed it. Whose key that is, the record alone cannot say.
    By(PublicKey),
}

/// Checks every signature.
pub(super) fn check(
    domain: &str,
    id: MatchId,
    entries: &[Entry],
    game: &Match,
) -> Result<Signing, Objection> {
    let (mut promised, mut signing): (Option<KeyId>, _) = (None, Signing::Unsigned);
    for entry in entries {
        let fail = |why: &str| Objection {
            line: entry.line,
            why: why.to_owned(),
        };
        match (promised.take(), entry.events.as_slice()) {
            (Some(key), [Event::Signed(signed)]) => {
                good(domain, id, entry, key, signed).map_err(fail)?;
                signing = Signing::By(signed.public);
            }
            (Some(_), _) => {
                return Err(fail(
                    "the signature that the line before promises is missing",
                ));
            }
            (None, events) if events.iter().any(|event| matches!(event, Event::Signed(_))) => {
                return Err(fail("it signs what the line before does not hold: an end"));
            }
            (None, _) => {}
        }
        for event in &entry.events {
            if let Event::Over { key, .. } = event {
                (promised, signing) = (*key, Signing::Unsigned);
            }
        }
    }
    if promised.is_some() {
        return Err(Objection {
            line: entries.len(),
            why: "the signature that it promises was cut off behind it".to_owned(),
        });
    }
    Ok(match (game.stage, game.started) {
        (Stage::Over, None) => Signing::NothingPlayed,
        (Stage::Over, Some(_)) => signing,
        _ => Signing::NotOver,
    })
}

fn good(
    domain: &str,
    id: MatchId,
    entry: &Entry,
    promised: KeyId,
    signed: &Signed,
) -> Result<(), &'static str> {
    let statement = signing::statement(domain, id, signed.over);
    if signed.key != promised || signed.public.id() != promised {
        Err("it is signed with another key than the line before names")
    } else if signed.over != entry.prev {
        Err("another end is signed than the one in the line before")
    } else if !signing::is_signed_by(&signed.public, &statement, &signed.signature) {
        Err("the signature is wrong")
    } else {
        Ok(())
    }
}
