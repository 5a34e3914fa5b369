//! Contacts that are the first to go.

use std::collections::{BTreeMap, BTreeSet};

use super::counted;
use crate::engine::Contact;

/// Contacts of people whom the referee did not know when they asked, by registered domain.
#[derive(Default)]
pub struct Strangers {
    all: BTreeMap<String, BTreeSet<(Contact, String)>>,
    /// Domains by how many there are of each.
    by_count: BTreeSet<(usize, String)>,
    /// How many there are.
    pub len: usize,
}

impl Strangers {
    /// How many there are of a registered domain.
    pub fn of(&self, domain: &str) -> usize {
        self.all.get(domain).map_or(0, BTreeSet::len)
    }

    /// One more.
    pub fn add(&mut self, contact: Contact, bare: &str) {
        self.change(bare, |those| those.insert((contact, bare.to_owned())));
    }

    /// One less, if it was one.
    pub fn remove(&mut self, contact: Contact, bare: &str) {
        self.change(bare, |those| those.remove(&(contact, bare.to_owned())));
    }

    fn change(
        &mut self,
        bare: &str,
        change: impl FnOnce(&mut BTreeSet<(Contact, String)>) -> bool,
    ) {
        let domain = counted(bare);
        let those = self.all.entry(domain.clone()).or_default();
        let before = those.len();
        change(those);
        let after = those.len();
        if after == 0 {
            self.all.remove(&domain);
        } else {
            self.by_count.insert((after, domain.clone()));
        }
        if before != after {
            self.by_count.remove(&(before, domain));
        }
        self.len = self.len + after - before;
    }

    /// One of the domain that has the most.
    pub fn first(&self) -> Option<(Contact, String)> {
        let (_, domain) = self.by_count.last()?;
        self.all.get(domain)?.first().cloned()
    }
}
