//! Who has which of our addresses in the contact list, by address and by person.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::service::Contact;
use crate::kit::PersonId;

/// The contacts of everybody. It is written as the plain list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    from = "BTreeSet<(Contact, PersonId)>",
    into = "BTreeSet<(Contact, PersonId)>"
)]
pub struct Contacts {
    all: BTreeSet<(Contact, PersonId)>,
    by_person: BTreeMap<PersonId, BTreeSet<Contact>>,
}

impl Contacts {
    /// Whether somebody has this address.
    pub fn contains(&self, contact: &(Contact, PersonId)) -> bool {
        self.all.contains(contact)
    }

    /// Everything, in the order of addresses.
    pub fn iter(&self) -> impl Iterator<Item = &(Contact, PersonId)> {
        self.all.iter()
    }

    /// Who has this address.
    pub fn of(&self, contact: Contact) -> impl Iterator<Item = PersonId> + '_ {
        let range = (contact, PersonId(0))..=(contact, PersonId(u64::MAX));
        self.all.range(range).map(|(_, who)| *who)
    }

    /// Which addresses somebody has.
    pub fn of_person(&self, who: PersonId) -> impl Iterator<Item = Contact> + '_ {
        self.by_person.get(&who).into_iter().flatten().copied()
    }

    /// How many addresses somebody has.
    pub fn count_of(&self, who: PersonId) -> usize {
        self.by_person.get(&who).map_or(0, BTreeSet::len)
    }

    /// Somebody has this address now.
    pub fn insert(&mut self, contact: Contact, who: PersonId) {
        self.all.insert((contact, who));
        self.by_person.entry(who).or_default().insert(contact);
    }

    /// Somebody does not have this address any more.
    pub fn remove(&mut self, contact: Contact, who: PersonId) {
        self.all.remove(&(contact, who));
        if let Some(theirs) = self.by_person.get_mut(&who) {
            theirs.remove(&contact);
            if theirs.is_empty() {
                self.by_person.remove(&who);
            }
        }
    }
}

impl From<BTreeSet<(Contact, PersonId)>> for Contacts {
    fn from(all: BTreeSet<(Contact, PersonId)>) -> Contacts {
        let mut contacts = Contacts::default();
        all.iter()
            .for_each(|(contact, who)| contacts.insert(*contact, *who));
        contacts
    }
}

impl From<Contacts> for BTreeSet<(Contact, PersonId)> {
    fn from(contacts: Contacts) -> Self {
        contacts.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::MatchId;

    #[test]
    fn both_ways_agree_and_the_list_is_written_as_ever() {
        let (alice, bob) = (PersonId(1), PersonId(2));
        let mut contacts = Contacts::default();
        contacts.insert(Contact::Referee, alice);
        contacts.insert(Contact::Match(MatchId(7)), alice);
        contacts.insert(Contact::Referee, bob);
        contacts.insert(Contact::Referee, bob);
        contacts.remove(Contact::Referee, PersonId(3));
        assert_eq!((contacts.count_of(alice), contacts.count_of(bob)), (2, 1));
        let written = serde_json::to_string(&contacts).unwrap();
        assert_eq!(
            written,
            r#"[["referee","p1"],["referee","p2"],[{"match":"m7"},"p1"]]"#
        );
        assert_eq!(
            serde_json::from_str::<Contacts>(&written).unwrap(),
            contacts
        );
        contacts.remove(Contact::Referee, bob);
        assert_eq!(contacts.of(Contact::Referee).collect::<Vec<_>>(), [alice]);
        assert_eq!(contacts.of_person(bob).count(), 0);
    }
}
