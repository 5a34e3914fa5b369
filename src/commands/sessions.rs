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
    expires: Timestamp,
}

/// All sessions.
#[derive(Default)]
pub struct Sessions {
    open: BTreeMap<String, Session>,
    made: u64,
}

impl Sessions {
    /// Opens a session and names it. Whoever has too many loses the one that lay about longest: phones leave forms open.
    pub fn open(
        &mut self,
        bare: &str,
        card: &'static Card,
        place: Place,
        fields: Fields,
        now: Timestamp,
    ) -> String {
        self.open.retain(|_, session| session.expires > now);
        let mine = |session: &Session| session.bare == bare;
        if self.open.values().filter(|session| mine(session)).count() >= MAX_EACH {
            self.drop_oldest(mine);
        }
        if self.open.len() >= MAX_ALL {
            // A crowd must not keep others from their forms: whoever waited longest begins again.
            self.drop_oldest(|_| true);
        }
        self.made += 1;
        // Whoever guesses an id gains nothing: a session answers to its owner's JID alone.
        let id = format!("{}-{}", card.name, self.made);
        let session = Session {
            bare: bare.to_owned(),
            card,
            place,
            fields,
            expires: now + LASTS,
        };
        self.open.insert(id.clone(), session);
        id
    }

    fn drop_oldest(&mut self, of: impl Fn(&Session) -> bool) {
        let those = self.open.iter().filter(|(_, session)| of(session));
        let oldest = those.min_by_key(|(_, session)| session.expires);
        let oldest = oldest.map(|(id, _)| id.clone());
        oldest.and_then(|id| self.open.remove(&id));
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

    fn opened(sessions: &mut Sessions, bare: &str, now: i64) -> String {
        let (card, fields) = (&challenge::CARD, Fields::default());
        sessions.open(bare, card, Place::Contact, fields, Timestamp(now))
    }

    #[test]
    fn a_crowd_keeps_nobody_from_a_form() {
        let mut sessions = Sessions::default();
        let first = opened(&mut sessions, "first@a", 0);
        for n in 0..MAX_ALL as i64 {
            opened(&mut sessions, &format!("{n}@evil"), 1 + n);
        }
        assert_eq!(sessions.open.len(), MAX_ALL);
        let gone = sessions.get(&first, "first@a", "challenge", Timestamp(9));
        assert!(gone.is_none());
    }

    #[test]
    fn one_form_too_many_closes_the_oldest() {
        let mut sessions = Sessions::default();
        let ids: Vec<_> = (0..=MAX_EACH as i64)
            .map(|n| opened(&mut sessions, "anna@a", n))
            .collect();
        let there = |sessions: &mut Sessions, id: &str| {
            let now = Timestamp(MAX_EACH as i64);
            sessions.get(id, "anna@a", "challenge", now).is_some()
        };
        assert!(!there(&mut sessions, &ids[0]));
        assert!(ids[1..].iter().all(|id| there(&mut sessions, id)));
    }

    #[test]
    fn nobody_prolongs_the_session_of_somebody_else() {
        let mut sessions = Sessions::default();
        let id = opened(&mut sessions, "anna@a", 0);
        let late = Timestamp(0) + LASTS;
        let before = Timestamp(late.0 - 1);
        assert!(sessions.get(&id, "eve@a", "challenge", before).is_none());
        assert!(sessions.get(&id, "anna@a", "challenge", late).is_none());
    }
}
