//! People who did nothing that lasts: whoever speaks is known by a handle from then on, so that others can challenge them,
//! but a crowd that only said hello does not fill the address book for ever.
//!
//! Somebody is a guest until a record or another's entry names them, or they choose something. That is noted before the
//! record that names them is written, so no record ever names somebody who was let go of.

use super::desk::Desk;
use super::service::ServiceEvent;
use crate::kit::{PersonId, Span, Timestamp};

/// How long a guest is kept who is not heard of.
pub const KEPT: Span = Span::days(90);
/// The same while three quarters of the address book are full.
pub const KEPT_IF_CROWDED: Span = Span::days(7);
/// The same while nine tenths are.
pub const KEPT_IF_FULL: Span = Span::hours(1);

/// How often guests are looked at, how many at a time, and how many are let go of at most: more than may come.
const PAUSE: Span = Span::seconds(1);
const LOOKS: usize = 2000;
const MOST: usize = 200;

/// Where to look next, and when.
#[derive(Debug, Default)]
pub struct Guests {
    after: Option<PersonId>,
    next: Timestamp,
}

impl Desk {
    /// Knows no more people than this from now on: for small machines, and tests.
    pub fn know_at_most(&mut self, most: usize) {
        self.world.people.know_at_most(most);
    }

    /// Lets go of guests who were silent for too long, some at a time.
    pub(super) fn let_guests_go(&mut self) {
        if self.now < self.guests.next || self.check_writable().is_err() {
            return;
        }
        self.guests.next = self.now + PAUSE;
        let people = &self.world.people;
        let (known, most) = (people.len(), people.most());
        let kept = if known * 10 >= most * 9 {
            KEPT_IF_FULL
        } else if known * 4 >= most * 3 {
            KEPT_IF_CROWDED
        } else {
            KEPT
        };
        let after = self.guests.after.unwrap_or(PersonId(0));
        let (mut gone, mut next) = people.silent_guests(after, self.now + Span(-kept.0), LOOKS);
        if gone.len() > MOST {
            gone.truncate(MOST);
            next = gone[MOST - 1];
        }
        self.guests.after = Some(next);
        if gone.is_empty() {
            return;
        }
        let event = |who: &PersonId| ServiceEvent::Forgotten {
            who: *who,
            into: None,
        };
        // They have no contacts that would have to end, so nothing is to be sent to any of them.
        for id in &gone {
            self.world.people.forget(*id);
            self.changed.remove(id);
            self.leaving.insert(*id);
        }
        let events = gone.iter().map(event).collect();
        if let Err(no) = self.serve_all(events) {
            // Memory forgot them already, so it has to be read back.
            tracing::error!(code = %no.code, "guests could not be let go of");
            self.note_spoiled();
            return;
        }
        tracing::debug!(
            people = gone.len(),
            "guests who did nothing that lasts are let go of"
        );
    }

    /// Whoever is named by what is written is a guest no longer.
    pub(super) fn keep_named(&mut self, text: &str) {
        for id in named(text) {
            let guest = self.world.people.get(id).filter(|person| person.guest);
            let Some(mut person) = guest.cloned() else {
                continue;
            };
            person.guest = false;
            // An entry that grows shorter fits.
            let _ = self.put_person(person);
        }
    }
}

/// The people whom a line of JSON names. A name too many does no harm.
fn named(text: &str) -> impl Iterator<Item = PersonId> {
    let words = text.split('"');
    words
        .filter(|word| word.starts_with('p'))
        .filter_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_people_as_values_and_as_keys() {
        let line =
            r#"{"by":"p7","events":[{"who":"p12"},{"seats":{"p3":1}}],"text":"p 4, pp5 and p06"}"#;
        let ids: Vec<u64> = named(line).map(|id| id.0).collect();
        assert_eq!(ids, [7, 12, 3]);
    }
}
