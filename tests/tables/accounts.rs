//! Given, when, then: addresses that are one person's, how long they speak for them, and accounts elsewhere.

use jiff::civil::{Date, date};
use xmpp_referee::clans::{Account, MAX_OTHER_ADDRESSES, People, Person, Trust, day_of};
use xmpp_referee::kit::{PersonId, Timestamp};

const FIRST: Date = date(2026, 1, 1);

fn noon() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().expect("a moment")
}

/// Anna, known by a main address since the first day, with others that were proven and last seen on these days.
fn anna(others: &[(&str, Date, Date)]) -> Person {
    let book = People::default();
    let mut anna = book
        .introduce(PersonId(1), "anna@main", |_| false, noon())
        .expect("there is room");
    for (address, proven, seen) in others {
        anna.take_address(address, *proven).expect("there is room");
        anna.note_seen(address, *seen);
    }
    anna
}

#[test]
fn a_person_is_found_by_each_address_and_by_none_that_was_dropped() {
    let mut book = People::default();
    let mut person = anna(&[("anna@new", FIRST, FIRST)]);
    book.put(person.clone());
    for (address, then) in [
        ("anna@main", true),
        ("anna@new", true),
        ("anna@other", false),
    ] {
        assert_eq!(book.by_jid(address).is_some(), then, "{address}");
    }
    assert!(person.choose_main("anna@new"));
    person.links.addresses.remove("anna@main");
    book.put(person);
    assert!(book.by_jid("anna@main").is_none());
    assert_eq!(
        book.by_jid("anna@new").map(|anna| anna.id),
        Some(PersonId(1))
    );
    book.forget(PersonId(1));
    assert!(book.by_jid("anna@new").is_none() && book.is_empty());
}

#[test]
fn whoever_is_silent_for_a_year_speaks_for_nobody() {
    let later = |month| date(2026, month, 1);
    for (others, address, today, acts) in [
        // Nobody but the main address: there is nobody who could confirm it.
        (&[][..], "anna@main", date(2030, 1, 1), true),
        (
            &[("anna@new", FIRST, FIRST)][..],
            "anna@new",
            date(2026, 12, 31),
            true,
        ),
        (
            &[("anna@new", FIRST, FIRST)][..],
            "anna@new",
            date(2027, 1, 1),
            false,
        ),
        (
            &[("anna@new", FIRST, later(6))][..],
            "anna@new",
            date(2027, 1, 1),
            true,
        ),
        // The other was there meanwhile, so the main one may have another owner now.
        (
            &[("anna@new", FIRST, later(6))][..],
            "anna@main",
            date(2027, 1, 1),
            false,
        ),
        // Both were away: the main one is believed, the other is not.
        (
            &[("anna@new", FIRST, later(6))][..],
            "anna@main",
            date(2028, 1, 1),
            true,
        ),
        (
            &[("anna@new", FIRST, later(6))][..],
            "anna@new",
            date(2028, 1, 1),
            false,
        ),
        (&[][..], "eve@evil", FIRST, false),
    ] {
        let mut book = People::default();
        book.put(anna(others));
        book.dawn(today);
        let found = book.acting(address).is_some();
        assert_eq!(found, acts, "{address} on {today} with {others:?}");
    }
}

#[test]
fn accounts_are_believed_as_far_as_they_are_proven() {
    let account = |proven| Account {
        kind: "irc".to_owned(),
        name: "anna".to_owned(),
        proven,
        by: None,
        public: false,
    };
    for (proven, seen, today, trust) in [
        (None, FIRST, FIRST, Trust::Said),
        (Some(FIRST), FIRST, date(2026, 12, 31), Trust::Proven),
        (Some(FIRST), FIRST, date(2027, 1, 1), Trust::Stale),
        (
            Some(FIRST),
            date(2026, 12, 1),
            date(2027, 3, 1),
            Trust::Proven,
        ),
    ] {
        let mut anna = anna(&[]);
        anna.links.accounts.push(account(proven));
        anna.note_seen("anna@main", seen);
        let found = anna.trust(&anna.links.accounts[0], today);
        assert_eq!(found, trust, "{proven:?}, seen {seen}, on {today}");
    }
}

#[test]
fn addresses_have_a_limit_that_costs_nothing_already_there() {
    let mut anna = anna(&[]);
    for n in 0..MAX_OTHER_ADDRESSES {
        assert!(anna.take_address(&format!("a{n}@b"), FIRST).is_ok());
    }
    assert!(anna.take_address("one-more@b", FIRST).is_err());
    // One that is theirs is confirmed again all the same.
    assert!(anna.take_address("a0@b", date(2027, 1, 1)).is_ok());
    assert_eq!(anna.links.addresses["a0@b"].proven, date(2027, 1, 1));
    assert_eq!(anna.addresses().count(), MAX_OTHER_ADDRESSES + 1);
}

#[test]
fn days_are_those_of_utc() {
    for (moment, day) in [
        ("2026-01-01T00:00:00Z", FIRST),
        ("2026-01-01T23:59:59.999Z", FIRST),
        ("2026-01-02T00:00:00Z", date(2026, 1, 2)),
        ("2025-12-31T23:30:00Z", date(2025, 12, 31)),
    ] {
        assert_eq!(day_of(moment.parse().expect("a moment")), day);
    }
}
