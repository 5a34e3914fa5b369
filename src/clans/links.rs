//! What belongs to one person besides the main address: other addresses, and accounts at other services.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::person::Person;
use crate::kit::{PersonId, Refusal, Span, Timestamp, clean_line, refuse};

/// Addresses that one person may have besides the main one.
pub const MAX_OTHER_ADDRESSES: usize = 4;
/// Accounts at other services that one person may name.
pub const MAX_ACCOUNTS: usize = 10;
/// Characters of an account's name.
pub const MAX_ACCOUNT_CHARS: usize = 64;
/// Days after which whoever was not seen has to confirm a link again: addresses and nicks find new owners.
pub const STALE_DAYS: i64 = 365;

/// The services that an account can be of, in alphabetical order.
pub const KINDS: &[&str] = &[
    "discord", "forum", "game", "github", "irc", "matrix", "mumble", "other", "steam", "twitch",
    "website",
];

/// Everything that is linked to a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// Bare JIDs besides the main one, each proven by a code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub addresses: BTreeMap<String, Seen>,
    /// Accounts at other services, in the order of their coming.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Account>,
    /// The day this person came back after [`STALE_DAYS`]: what was proven before has to be proven again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapsed: Option<Date>,
}

/// How lately an address of somebody was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The day it was proven.
    pub proven: Date,
    /// The day it last wrote to the referee.
    pub seen: Date,
}

/// An account at another service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// One of [`KINDS`].
    pub kind: String,
    /// The name there.
    pub name: String,
    /// The day a service of that kind confirmed it; until then the person only says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven: Option<Date>,
    /// Which registered service confirmed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// Whether others are shown it.
    #[serde(default)]
    pub public: bool,
}

impl Links {
    /// Whether nothing is linked.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.accounts.is_empty() && self.lapsed.is_none()
    }

    /// The account of this kind and name, whatever the case.
    pub fn account(&mut self, kind: &str, name: &str) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|one| one.is(kind, name))
    }
}

impl Account {
    /// Whether this is the account of that name: services do not tell capitals apart.
    pub fn is(&self, kind: &str, name: &str) -> bool {
        self.kind == kind && self.name.to_lowercase() == name.to_lowercase()
    }
}

/// How far a link can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It was proven.
    Proven,
    /// It was proven, and nobody was seen for so long that it has to be proven again.
    Stale,
    /// The person says so.
    Said,
}

impl Trust {
    /// One word for people and programs.
    pub fn word(self) -> &'static str {
        match self {
            Trust::Proven => "proven",
            Trust::Stale => "stale",
            Trust::Said => "says",
        }
    }
}

/// The day in UTC on which something happens.
pub fn day_of(at: Timestamp) -> Date {
    at.jiff().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// Whether so many days lie between the two that a link has to be proven again.
fn is_long(from: Date, to: Date) -> bool {
    let midnight = |day: Date| {
        let zoned = day.to_zoned(jiff::tz::TimeZone::UTC).ok();
        zoned.map(|at| Timestamp(at.timestamp().as_millisecond()))
    };
    match (midnight(from), midnight(to)) {
        (Some(from), Some(to)) => to - from >= Span::days(STALE_DAYS),
        _ => false,
    }
}

impl Person {
    /// Every address of this person, the main one first.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let others = self.links.addresses.keys().map(String::as_str);
        std::iter::once(self.jid.as_str()).chain(others)
    }

    /// Whether an address is one of this person's, stale or not.
    pub fn has_address(&self, bare: &str) -> bool {
        self.jid == bare || self.links.addresses.contains_key(bare)
    }

    /// The day this person was last seen at the main address.
    pub fn seen_at_main(&self) -> Date {
        self.seen.unwrap_or_else(|| day_of(self.since))
    }

    /// The day this person was last seen at any address.
    pub fn last_seen(&self) -> Date {
        let others = self.links.addresses.values().map(|address| address.seen);
        others.fold(self.seen_at_main(), Date::max)
    }

    /// Whether an address of this person was silent so long that it does not speak for them until it is proven again.
    /// The main one always does, unless another was there meanwhile that can confirm it.
    pub fn is_stale(&self, bare: &str, today: Date) -> bool {
        match self.links.addresses.get(bare) {
            Some(address) => is_long(address.seen, today),
            None if self.jid == bare && !self.links.addresses.is_empty() => {
                is_long(self.seen_at_main(), today) && !is_long(self.last_seen(), today)
            }
            None => false,
        }
    }

    /// How far an account can be relied on.
    pub fn trust(&self, account: &Account, today: Date) -> Trust {
        match account.proven {
            None => Trust::Said,
            Some(day) => {
                let lapsed = self.links.lapsed.is_some_and(|lapsed| day < lapsed);
                match lapsed || is_long(self.last_seen(), today) {
                    true => Trust::Stale,
                    false => Trust::Proven,
                }
            }
        }
    }

    /// Notes that this person was there today, at one of their addresses. Whoever was away too long has links to confirm.
    /// Whether anything changed by it.
    pub fn note_seen(&mut self, bare: &str, today: Date) -> bool {
        let before = self.clone();
        if is_long(self.last_seen(), today) && self.links.accounts.iter().any(is_proven) {
            self.links.lapsed = Some(today);
        }
        if let Some(address) = self.links.addresses.get_mut(bare) {
            address.seen = address.seen.max(today);
        } else if self.jid == bare && today > self.seen_at_main() {
            self.seen = Some(today);
        }
        *self != before
    }

    /// Takes a proven address in, or confirms one again.
    pub fn take_address(&mut self, bare: &str, today: Date) -> Result<(), Refusal> {
        if self.jid == bare {
            self.seen = Some(today);
            return Ok(());
        }
        let seen = Seen {
            proven: today,
            seen: today,
        };
        self.links.addresses.insert(bare.to_owned(), seen);
        match self.links.addresses.len() <= MAX_OTHER_ADDRESSES {
            true => Ok(()),
            false => {
                self.links.addresses.remove(bare);
                Err(too_many_addresses())
            }
        }
    }

    /// Makes another address the main one, to which messages go. Whether it is one of this person's.
    pub fn choose_main(&mut self, bare: &str) -> bool {
        let Some(chosen) = self.links.addresses.remove(bare) else {
            return self.jid == bare;
        };
        let seen = self.seen_at_main();
        let before = Seen { proven: seen, seen };
        let main = std::mem::replace(&mut self.jid, bare.to_owned());
        self.links.addresses.insert(main, before);
        self.seen = Some(chosen.seen);
        true
    }
}

fn is_proven(account: &Account) -> bool {
    account.proven.is_some()
}

/// The refusal for one address too many.
pub fn too_many_addresses() -> Refusal {
    refuse(
        "link/limit",
        format!("{MAX_OTHER_ADDRESSES} addresses besides the main one are the limit."),
    )
    .hint("Type `link drop` and one of them first.")
}

/// A kind of service, in small letters.
pub fn check_kind(text: &str) -> Result<String, Refusal> {
    let kind = text.trim().to_lowercase();
    if KINDS.contains(&kind.as_str()) {
        return Ok(kind);
    }
    let known = KINDS.join(", ");
    Err(
        refuse("link/kind", "That is no kind of account that I know.").hint(format!(
            "Use one of {known}, such as `link irc anna`; or `link jid` and an address."
        )),
    )
}

/// The name of an account, on one clean line.
pub fn check_account(text: &str) -> Result<String, Refusal> {
    let name = clean_line(text, MAX_ACCOUNT_CHARS + 1);
    match name.chars().count() {
        1..=MAX_ACCOUNT_CHARS => Ok(name),
        _ => Err(refuse(
            "link/name",
            format!("The name of an account has 1 to {MAX_ACCOUNT_CHARS} characters."),
        )
        .hint("Type for example `link irc anna`.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clans::People;
    use jiff::civil::date;

    fn anna() -> Person {
        let people = People::default();
        let noon = "2026-01-01T12:00:00Z".parse().unwrap();
        people
            .introduce(PersonId(1), "anna@old.example", |_| false, noon)
            .unwrap()
    }

    #[test]
    fn an_address_that_was_silent_for_a_year_speaks_for_nobody() {
        let mut anna = anna();
        anna.take_address("anna@new.example", date(2026, 1, 1))
            .unwrap();
        let year = date(2027, 1, 1);
        assert!(!anna.is_stale("anna@new.example", date(2026, 12, 31)));
        assert!(anna.is_stale("anna@new.example", year));
        assert!(
            !anna.is_stale("anna@old.example", year),
            "nobody could confirm it"
        );
        anna.note_seen("anna@new.example", date(2026, 6, 1));
        assert!(!anna.is_stale("anna@new.example", year));
        assert!(anna.is_stale("anna@old.example", year));
        anna.take_address("anna@old.example", year).unwrap();
        assert!(!anna.is_stale("anna@old.example", year));
    }

    #[test]
    fn the_main_address_changes_and_nothing_is_lost() {
        let mut anna = anna();
        anna.take_address("anna@new.example", date(2026, 2, 1))
            .unwrap();
        assert!(anna.choose_main("anna@new.example"));
        assert_eq!(anna.jid, "anna@new.example");
        assert_eq!(anna.seen, Some(date(2026, 2, 1)));
        assert_eq!(
            anna.links.addresses["anna@old.example"].seen,
            date(2026, 1, 1)
        );
        assert!(anna.choose_main("anna@new.example") && !anna.choose_main("eve@new.example"));
    }

    #[test]
    fn whoever_comes_back_after_a_year_confirms_accounts_again() {
        let mut anna = anna();
        anna.links.accounts.push(Account {
            kind: "irc".to_owned(),
            name: "Anna".to_owned(),
            proven: Some(date(2026, 1, 1)),
            by: None,
            public: true,
        });
        let trust = |anna: &Person, day| anna.trust(&anna.links.accounts[0], day);
        assert_eq!(trust(&anna, date(2026, 12, 31)), Trust::Proven);
        assert_eq!(trust(&anna, date(2027, 1, 1)), Trust::Stale);
        assert!(anna.note_seen("anna@old.example", date(2027, 1, 1)));
        assert!(!anna.note_seen("anna@old.example", date(2027, 1, 1)));
        assert_eq!(trust(&anna, date(2027, 1, 1)), Trust::Stale);
        let known = anna.links.account("irc", "aNNA").unwrap();
        known.proven = Some(date(2027, 1, 1));
        assert_eq!(trust(&anna, date(2027, 1, 1)), Trust::Proven);
    }

    #[test]
    fn addresses_and_names_have_limits() {
        let mut anna = anna();
        for n in 0..MAX_OTHER_ADDRESSES {
            anna.take_address(&format!("a{n}@b.example"), date(2026, 1, 1))
                .unwrap();
        }
        let one_more = anna.take_address("more@b.example", date(2026, 1, 1));
        assert_eq!(one_more.unwrap_err().code, "link/limit");
        assert!(!anna.has_address("more@b.example"));
        assert_eq!(check_kind(" IRC "), Ok("irc".to_owned()));
        assert_eq!(check_kind("fax").unwrap_err().code, "link/kind");
        for bad in ["", " \n", &"x".repeat(MAX_ACCOUNT_CHARS + 1)] {
            assert_eq!(check_account(bad).unwrap_err().code, "link/name");
        }
        assert!(KINDS.is_sorted());
    }
}
