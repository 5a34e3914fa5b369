//! What stands in each other's way: two events of a clan at a time, or two events at one place.

use super::{Entry, Occurrence};
use crate::kit::Timestamp;

/// Occurrences of one event that are compared: of a weekly event, all of a year.
const MAX_COMPARED: usize = 64;

/// A stretch of time that an event takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From this moment.
    pub begins: Timestamp,
    /// Until before this one.
    pub ends: Timestamp,
}

impl Window {
    /// Whether two stretches share a moment.
    pub fn meets(&self, other: &Window) -> bool {
        self.begins < other.ends && other.begins < self.ends
    }
}

impl From<&Occurrence> for Window {
    fn from(one: &Occurrence) -> Window {
        Window {
            begins: one.begins,
            ends: one.ends,
        }
    }
}

/// The first occurrence of `entry` that shares a moment with one of `other`, and that one.
pub fn clashes(entry: &Entry, other: &Entry, now: Timestamp) -> Option<(Occurrence, Occurrence)> {
    let in_order = |found: &mut Vec<Occurrence>| found.sort_by_key(|one| one.begins);
    let to_come = entry.occurrences(now).filter(|one| one.cancelled.is_none());
    let mut mine: Vec<Occurrence> = to_come.take(MAX_COMPARED).collect();
    in_order(&mut mine);
    let (first, last) = (mine.first()?, mine.last()?);
    let near = other.within(first.begins, last.ends);
    let mut theirs: Vec<Occurrence> = near.filter(|one| one.cancelled.is_none()).collect();
    in_order(&mut theirs);
    let mut theirs = theirs.into_iter().peekable();
    for one in mine {
        // Both lists are in order of time: what ended before this one begins meets none of the later ones either.
        while theirs.next_if(|other| other.ends <= one.begins).is_some() {}
        let meets = |other: &&Occurrence| Window::from(*other).meets(&Window::from(&one));
        if let Some(other) = theirs.peek().filter(meets) {
            return Some((one.clone(), other.clone()));
        }
    }
    None
}

/// A place as it is compared: case and spaces do not matter. Empty where nothing was said.
pub fn place_key(place: &str) -> String {
    place
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
