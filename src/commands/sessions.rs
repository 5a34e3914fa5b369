//! Ad-hoc sessions: what somebody has filled in so far. Volatile, bounded, and theirs alone.

use std::collections::BTreeMap;

use super::call::Place;
use super::card::{Card, Fields};
use crate::kit::{Span, Timestamp};

/// How long a form may lie about.
const LASTS: Span = Span::minutes(15);
/// Sessions one person may have open.
const MAX_EACH: usize = 10;
/// Sessions in all; each may hold some tens of kilobytes.
const MAX_ALL: usize = 2000;

/// A command half filled in.
#[derive(Clone)]
pub struct Session {
    /// Whose it is, by bare JID.
    pub bare: String,
    /// Which command.
    pub card: &'static Card,
    /// At which address.
    pub place: Place,
    /// The values so far.
    pub fields: Fields,
    /// The stage that is shown, from 0.
    pub stage: usize,
    expires: Timestamp,
}

/// All sessions.
#[derive(Default)]
pub struct Sessions {
    open: BTreeMap<String, Session>,
    made: u64,
}

impl Sessions {
    /// Opens a session and names it. `None` when this person has too many.
    pub fn open(
        &mut self,
        bare: &str,
        card: &'static Card,
        place: Place,
        fields: Fields,
        now: Timestamp,
    ) -> Option<String> {
        self.open.retain(|_, session| session.expires > now);
        let mine = self
            .open
            .values()
            .filter(|session| session.bare == bare)
            .count();
        if mine >= MAX_EACH {
            return None;
        }
        if self.open.len() >= MAX_ALL {
            // A crowd must not keep others from their forms: whoever waited longest begins again.
            let oldest = self.open.iter().min_by_key(|(_, session)| session.expires);
            let oldest = oldest.map(|(id, _)| id.clone());
            oldest.and_then(|id| self.open.remove(&id));
        }
        self.made += 1;
        // Whoever guesses an id gains nothing: a session answers to its owner's JID alone.
        let id = format!("{}-{}", card.name, self.made);
        let session = Session {
            bare: bare.to_owned(),
            card,
            place,
            fields,
            stage: 0,
            expires: now + LASTS,
        };
        self.open.insert(id.clone(), session);
        Some(id)
    }

    /// A session of this person at this command.
    pub fn get(
        &mut self,
        id: &str,
        bare: &str,
        node: &str,
        now: Timestamp,
    ) -> Option<&mut Session> {
        let fits = |session: &&mut Session| {
            session.bare == bare && session.card.name == node && session.expires > now
        };
        let session = self.open.get_mut(id).filter(fits)?;
        session.expires = now + LASTS;
        Some(session)
    }

    /// Ends a session.
    pub fn close(&mut self, id: &str) -> Option<Session> {
        self.open.remove(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::challenge;

    fn opened(sessions: &mut Sessions, bare: &str, now: i64) -> Option<String> {
        let (card, fields) = (&challenge::CARD, Fields::default());
        sessions.open(bare, card, Place::Contact, fields, Timestamp(now))
    }

    #[test]
    fn a_crowd_keeps_nobody_from_a_form() {
        let mut sessions = Sessions::default();
        let first = opened(&mut sessions, "first@a", 0).unwrap();
        for n in 0..MAX_ALL as i64 {
            assert!(opened(&mut sessions, &format!("{n}@evil"), 1 + n).is_some());
        }
        assert_eq!(sessions.open.len(), MAX_ALL);
        let gone = sessions.get(&first, "first@a", "challenge", Timestamp(9));
        assert!(gone.is_none());
    }

    #[test]
    fn nobody_prolongs_the_session_of_somebody_else() {
        let mut sessions = Sessions::default();
        let id = opened(&mut sessions, "anna@a", 0).unwrap();
        let late = Timestamp(0) + LASTS;
        let before = Timestamp(late.0 - 1);
        assert!(sessions.get(&id, "eve@a", "challenge", before).is_none());
        assert!(sessions.get(&id, "anna@a", "challenge", late).is_none());
    }
}
