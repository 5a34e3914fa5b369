//! Which numbers of people were given out and are in the address book no more: it has to be told from a book that is lost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::kit::PersonId;

/// Numbers of people who were forgotten, as stretches: those who come and go in a row take no more room than one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub struct Gone {
    /// The first and the last of each stretch; no two of them touch.
    stretches: BTreeMap<u64, u64>,
}

impl Gone {
    /// Notes that somebody was forgotten.
    pub fn insert(&mut self, who: PersonId) {
        if self.contains(who) {
            return;
        }
        let (mut first, mut last) = (who.0, who.0);
        if let Some((before, end)) = self.stretches.range(..who.0).next_back()
            && end.checked_add(1) == Some(who.0)
        {
            first = *before;
        }
        if let Some(next) = who.0.checked_add(1)
            && let Some(end) = self.stretches.remove(&next)
        {
            last = end;
        }
        self.stretches.insert(first, last);
    }

    /// Whether somebody was.
    pub fn contains(&self, who: PersonId) -> bool {
        let before = self.stretches.range(..=who.0).next_back();
        before.is_some_and(|(_, last)| *last >= who.0)
    }

    /// How many people were forgotten.
    pub fn len(&self) -> u64 {
        let each = self.stretches.iter();
        each.fold(0, |sum, (first, last)| {
            sum.saturating_add(last - first).saturating_add(1)
        })
    }

    /// Whether nobody was.
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }

    /// How many stretches there are.
    pub fn stretches(&self) -> usize {
        self.stretches.len()
    }
}

impl From<Vec<(u64, u64)>> for Gone {
    fn from(stretches: Vec<(u64, u64)>) -> Gone {
        let stretches = stretches.into_iter().collect();
        Gone { stretches }
    }
}

impl From<Gone> for Vec<(u64, u64)> {
    fn from(gone: Gone) -> Vec<(u64, u64)> {
        gone.stretches.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set_of_numbers(ids in prop::collection::vec(0..40_u64, 0..60)) {
            let (mut gone, mut set) = (Gone::default(), BTreeSet::new());
            for id in ids {
                gone.insert(PersonId(id));
                set.insert(id);
            }
            for id in 0..41 {
                prop_assert_eq!(gone.contains(PersonId(id)), set.contains(&id));
            }
            let runs = set.iter().filter(|id| **id == 0 || !set.contains(&(**id - 1))).count();
            prop_assert_eq!(gone.stretches(), runs);
            prop_assert_eq!(gone.len(), set.len() as u64);
            let text = serde_json::to_string(&gone).unwrap();
            prop_assert_eq!(serde_json::from_str::<Gone>(&text).unwrap(), gone);
        }
    }

    #[test]
    fn a_row_of_numbers_takes_the_room_of_one() {
        let mut gone = Gone::default();
        for id in [3, 1, 2, u64::MAX, 2] {
            gone.insert(PersonId(id));
        }
        assert_eq!(gone.stretches(), 2);
        assert!(gone.contains(PersonId(u64::MAX)) && !gone.contains(PersonId(4)));
    }
}
