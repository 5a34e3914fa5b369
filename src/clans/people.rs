//! Everybody the referee knows, with the ways to find one of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::handle::{check_handle, skeleton};
use super::person::Person;
use crate::kit::{PersonId, Refusal, Timestamp, refuse};

/// The most people one referee knows: at about 300 bytes each in memory and on disk this stays below 100 MB.
pub const MAX_PEOPLE: usize = 200_000;
/// Of those, one in so many is kept for the referee's own server.
const HOME_SHARE: usize = 10;

/// The address book in memory.
#[derive(Clone, Debug, Default)]
pub struct People {
    all: BTreeMap<PersonId, Person>,
    by_jid: BTreeMap<String, PersonId>,
    by_skeleton: BTreeMap<String, PersonId>,
    /// Those of whom nothing is known but that they were there, and when they were there last, as far as that is known.
    guests: BTreeMap<PersonId, Timestamp>,
    /// The bots that search may find.
    bots: BTreeSet<PersonId>,
    /// Fewer than usual, where somebody says so.
    most: Option<usize>,
    /// The day that the engine last told; before it does, no address is stale.
    today: Option<Date>,
}

impl People {
    /// Adds or replaces a person.
    pub fn put(&mut self, person: Person) {
        let heard = self.guests.get(&person.id).copied();
        self.forget(person.id);
        for address in person.addresses() {
            self.by_jid.insert(address.to_owned(), person.id);
        }
        self.by_skeleton.insert(skeleton(&person.handle), person.id);
        if person.guest {
            let midnight = person.seen.and_then(midnight);
            let seen = person.since.max(midnight.unwrap_or(person.since));
            self.guests
                .insert(person.id, seen.max(heard.unwrap_or(seen)));
        }
        if person.bot && person.listed {
            self.bots.insert(person.id);
        }
        self.all.insert(person.id, person);
    }

    /// The most people there may be.
    pub fn most(&self) -> usize {
        self.most.unwrap_or(MAX_PEOPLE)
    }

    /// Knows no more people than this from now on.
    pub fn know_at_most(&mut self, most: usize) {
        self.most = Some(most);
    }

    /// Whether there is room for one more from another server than the referee's own, which has a share for itself.
    pub fn has_room_for_others(&self) -> bool {
        self.all.len() < self.most() - self.most() / HOME_SHARE
    }

    /// Whoever is a guest was there at this moment.
    pub fn heard(&mut self, id: PersonId, now: Timestamp) {
        if let Some(at) = self.guests.get_mut(&id) {
            *at = now.max(*at);
        }
    }

    /// Guests after one of them who were not there since a moment, and where to look on. Looks at no more than `looks`.
    pub fn silent_guests(
        &self,
        after: PersonId,
        since: Timestamp,
        looks: usize,
    ) -> (Vec<PersonId>, PersonId) {
        use std::ops::Bound::{Excluded, Unbounded};
        let some: Vec<(PersonId, Timestamp)> = self
            .guests
            .range((Excluded(after), Unbounded))
            .map(|(id, at)| (*id, *at))
            .take(looks)
            .collect();
        let next = match some.last() {
            Some((last, _)) if some.len() == looks => *last,
            _ => PersonId(0),
        };
        let silent = some.into_iter().filter(|(_, at)| *at < since);
        (silent.map(|(id, _)| id).collect(), next)
    }

    /// Finds out anew whose each address is, where two had one.
    pub fn sort_addresses(&mut self) {
        let each = |person: &Person| {
            let id = person.id;
            person
                .addresses()
                .map(|address| (address.to_owned(), id))
                .collect::<Vec<_>>()
        };
        self.by_jid = self.all.values().flat_map(each).collect();
    }

    /// A person by id.
    pub fn get(&self, id: PersonId) -> Option<&Person> {
        self.all.get(&id)
    }

    /// A new day has begun: addresses that were silent for too long speak for nobody from now on.
    pub fn dawn(&mut self, today: Date) {
        self.today = Some(today);
    }

    /// Whoever acts from this bare JID: nobody where it was silent so long that it has to be proven again.
    pub fn acting(&self, bare: &str) -> Option<&Person> {
        let stale = |person: &Person| self.today.is_some_and(|today| person.is_stale(bare, today));
        self.by_jid(bare).filter(|person| !stale(person))
    }

    /// The addresses at which somebody may be told something, the main one first: none that was silent so long that it may be
    /// another's by now.
    pub fn told_at<'a>(&'a self, person: &'a Person) -> impl Iterator<Item = &'a str> {
        let stale = |bare: &str| self.today.is_some_and(|today| person.is_stale(bare, today));
        person.addresses().filter(move |bare| !stale(bare))
    }

    /// A person by any of their bare JIDs, as others name them.
    pub fn by_jid(&self, bare: &str) -> Option<&Person> {
        self.by_jid.get(bare).and_then(|id| self.all.get(id))
    }

    /// A person by handle, as people type it: case does not matter, and neither do look-alike letters.
    pub fn by_handle(&self, handle: &str) -> Option<&Person> {
        let person = self
            .by_skeleton
            .get(&skeleton(handle))
            .and_then(|id| self.all.get(id))?;
        // A look-alike must not reach somebody else's friend by accident: only case and punctuation may differ.
        let plain = |text: &str| text.to_lowercase();
        (plain(&person.handle) == plain(handle.trim())).then_some(person)
    }

    /// People whose handle begins like this, look-alike letters and case aside, without looking at anybody else.
    pub fn called(&self, text: &str) -> impl Iterator<Item = &Person> {
        let begin = skeleton(text);
        let from = self.by_skeleton.range(begin.clone()..);
        let those = from.take_while(move |(name, _)| name.starts_with(&begin));
        those.filter_map(|(_, id)| self.all.get(id))
    }

    /// The name to show for a person; somebody who was forgotten is shown by id.
    pub fn name(&self, id: PersonId) -> String {
        self.all
            .get(&id)
            .map_or_else(|| id.to_string(), |person| person.handle.clone())
    }

    /// A new person with a free handle made from the JID; `kept` says of one whether it waits for somebody else. Refused when
    /// the book is full.
    pub fn introduce(
        &self,
        id: PersonId,
        bare: &str,
        kept: impl Fn(&str) -> bool,
        now: Timestamp,
    ) -> Result<Person, Refusal> {
        if self.all.len() >= self.most() {
            return Err(refuse(
                "people/full",
                "This referee knows as many people as it can.",
            ));
        }
        Ok(Person {
            id,
            jid: bare.to_owned(),
            handle: self.free_handle(bare, kept),
            since: now,
            bot: false,
            plays: Vec::new(),
            spoke: false,
            zone: None,
            lang: None,
            quiet: None,
            remind: None,
            digest: None,
            formula: None,
            listed: false,
            invitations: false,
            ignores: Default::default(),
            ignores_unnamed: Default::default(),
            ignored_domains: Default::default(),
            remarks: Vec::new(),
            app_passwords: Vec::new(),
            links: Default::default(),
            seen: None,
            guest: true,
        })
    }

    fn free_handle(&self, bare: &str, kept: impl Fn(&str) -> bool) -> String {
        let local = bare.split('@').next().unwrap_or_default();
        let local = if tells_too_much(local) { "" } else { local };
        let letters: String = local
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
            .take(18)
            .collect();
        let base =
            check_handle(letters.trim_matches(['-', '_'])).unwrap_or_else(|_| "player".to_owned());
        let mut number = 1_u64;
        loop {
            let handle = if number == 1 {
                base.clone()
            } else {
                format!("{base}-{number}")
            };
            if !self.by_skeleton.contains_key(&skeleton(&handle)) && !kept(&handle) {
                return handle;
            }
            // Beyond a handful of namesakes the count of all people is a number nobody has yet, but for those forgotten.
            number = match number {
                1..10 => number + 1,
                _ => number.max(self.all.len() as u64) + 1,
            };
        }
    }

    /// Checks that a person may take a handle, and returns it in normal form.
    pub fn may_take(&self, person: PersonId, handle: &str) -> Result<String, Refusal> {
        let handle = check_handle(handle)?;
        match self.by_skeleton.get(&skeleton(&handle)) {
            Some(owner) if *owner != person => Err(refuse(
                "handle/taken",
                "That handle, or one that looks like it, is taken.",
            )
            .hint("Try another, such as your name and a number.")),
            _ => Ok(handle),
        }
    }

    /// Removes a person; their id stays in the journal.
    pub fn forget(&mut self, id: PersonId) {
        if let Some(old) = self.all.remove(&id) {
            for address in old.addresses() {
                self.by_jid.remove(address);
            }
            self.by_skeleton.remove(&skeleton(&old.handle));
            self.guests.remove(&id);
            self.bots.remove(&id);
        }
    }

    /// Everybody, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        self.all.values()
    }

    /// Everybody after one of them, in the order of ids.
    pub fn after(&self, id: Option<PersonId>) -> impl Iterator<Item = &Person> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = id.map_or(Unbounded, Excluded);
        self.all.range((from, Unbounded)).map(|(_, person)| person)
    }

    /// The bots after one of them that search may find, in the order of ids.
    pub fn bots_after(&self, id: PersonId) -> impl Iterator<Item = &Person> {
        use std::ops::Bound::{Excluded, Unbounded};
        let those = self.bots.range((Excluded(id), Unbounded));
        those.filter_map(|id| self.all.get(id))
    }

    /// How many people are known.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether nobody is known.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The highest id in use.
    pub fn last_id(&self) -> PersonId {
        self.all.keys().next_back().copied().unwrap_or(PersonId(0))
    }
}

/// When a day begins, in UTC.
fn midnight(day: Date) -> Option<Timestamp> {
    let at = day.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp(at.timestamp().as_millisecond()))
}

/// Whether the local part of an address says more of somebody than a name they chose: a whole name, a year of birth, a number
/// of a telephone, an address behind a gateway. Everybody would read it in lists, whom no address is shown.
fn tells_too_much(local: &str) -> bool {
    const MOST_DIGITS: usize = 3;
    let strange = |c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'));
    let digits = local.chars().filter(char::is_ascii_digit).count();
    local.contains(strange) || digits > MOST_DIGITS
}

/// The normal form of a bare JID with a local part (RFC 7622); `None` for anything else, full JIDs included.
pub fn bare_jid(text: &str) -> Option<String> {
    let jid = xmpp_parsers::jid::BareJid::new(text.trim()).ok()?;
    jid.node().is_some().then(|| jid.to_string())
}

/// The normal form of a server's name, no longer than DNS allows; `None` for anything else.
pub fn server_name(text: &str) -> Option<String> {
    const LONGEST: usize = 253;
    let jid = xmpp_parsers::jid::BareJid::new(text.trim()).ok()?;
    let name = jid.to_string();
    (jid.node().is_none() && name.len() <= LONGEST).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(people: &mut People, jid: &str) -> Person {
        let person = people
            .introduce(
                PersonId(people.last_id().0 + 1),
                jid,
                |_| false,
                Timestamp(0),
            )
            .unwrap();
        people.put(person.clone());
        person
    }

    #[test]
    fn no_whole_name_year_or_number_becomes_a_handle_by_itself() {
        let mut people = People::default();
        for (jid, handle) in [
            ("bob@a", "bob"),
            ("anna-k@a", "anna-k"),
            ("zoe99@a", "zoe99"),
            ("anna.schmidt@a", "player"),
            ("anna1987@a", "player-2"),
            ("+491701234567@gateway.a", "player-3"),
            ("carl%old.example@a", "player-4"),
        ] {
            assert_eq!(met(&mut people, jid).handle, handle, "{jid}");
        }
    }

    #[test]
    fn a_handle_that_waits_for_somebody_is_not_given_out() {
        let people = People::default();
        let kept = |handle: &str| handle == "bob";
        let met = people.introduce(PersonId(1), "bob@a", kept, Timestamp(0));
        assert_eq!(met.unwrap().handle, "bob-2");
    }

    #[test]
    fn namesakes_get_numbers_and_look_alikes_count_as_namesakes() {
        let mut people = People::default();
        assert_eq!(met(&mut people, "alice@a").handle, "alice");
        assert_eq!(met(&mut people, "alice@b").handle, "alice-2");
        assert_eq!(met(&mut people, "аlice@c").handle, "аlice-3");
        assert_eq!(met(&mut people, "referee@d").handle, "player");
        assert_eq!(people.by_handle("ALICE").unwrap().jid, "alice@a");
        assert_eq!(people.by_handle("аlice"), None);
        assert_eq!(
            people.may_take(PersonId(4), "Alice").unwrap_err().code,
            "handle/taken"
        );
        assert_eq!(
            people.may_take(PersonId(1), "Alice"),
            Ok("Alice".to_owned())
        );
    }
}
