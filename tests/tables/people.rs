//! Given, when, then: people, their names and their quiet hours.

use xmpp_referee::clans::{People, QuietHours, bare_jid, check_handle};
use xmpp_referee::kit::{PersonId, Timestamp};

fn people(jids: &[&str]) -> People {
    let mut people = People::default();
    for (id, jid) in (1..).map(PersonId).zip(jids) {
        let person = people.introduce(id, jid, |_| false, Timestamp(0)).unwrap();
        people.put(person);
    }
    people
}

#[test]
fn a_first_contact_gets_a_free_handle() {
    for (known, jid, handle) in [
        (&[][..], "anna@a.example", "anna"),
        (&["anna@a.example"], "anna@b.example", "anna-2"),
        (
            &["anna@a.example", "anna@b.example"],
            "Anna@c.example",
            "Anna-3",
        ),
        (&["al-ice@a.example"], "alice@b.example", "alice-2"),
        (&[], "admin@a.example", "player"),
        (&["root@a.example"], "referee@a.example", "player-2"),
        (&[], "m42@a.example", "player"),
        (&[], "x@a.example", "player"),
        (&[], "a'b&c@a.example", "player"),
        (
            &[],
            "very-long-name-that-goes-on@a.example",
            "very-long-name-tha",
        ),
        (&[], "__@a.example", "player"),
    ] {
        let book = people(known);
        let met = book
            .introduce(PersonId(99), jid, |_| false, Timestamp(0))
            .unwrap();
        assert_eq!(met.handle, handle, "{jid} after {known:?}");
        assert!(check_handle(&met.handle).is_ok(), "{jid}: {}", met.handle);
    }
}

#[test]
fn handles_are_taken_or_refused() {
    let book = people(&["anna@a.example", "bob@b.example"]);
    for (who, wanted, then) in [
        (1, "Berta", "Berta"),
        (1, "ANNA", "ANNA"),
        (1, "bob", "no: handle/taken"),
        (1, "B-o-b", "no: handle/taken"),
        (1, "bоb", "no: handle/taken"),
        (1, "you", "no: handle/reserved"),
        (1, "white", "no: handle/reserved"),
        (1, "p12", "no: handle/reserved"),
        (1, "b", "no: handle/length"),
        (1, "anna berta", "no: handle/characters"),
        (1, "anna\u{200d}b", "no: handle/characters"),
        (1, "<b>", "no: handle/characters"),
        (1, "{0}", "no: handle/characters"),
        (2, "anna2", "anna2"),
    ] {
        let said = match book.may_take(PersonId(who), wanted) {
            Ok(handle) => handle,
            Err(no) => format!("no: {}", no.code),
        };
        assert_eq!(said, then, "p{who} wants {wanted:?}");
    }
}

#[test]
fn a_changed_handle_frees_the_old_one_and_a_forgotten_person_leaves_nothing() {
    let mut book = people(&["anna@a.example"]);
    let mut anna = book.get(PersonId(1)).unwrap().clone();
    anna.handle = "berta".to_owned();
    book.put(anna);
    assert!(book.by_handle("anna").is_none());
    assert_eq!(book.may_take(PersonId(2), "anna").unwrap(), "anna");
    book.forget(PersonId(1));
    assert!(book.is_empty() && book.by_jid("anna@a.example").is_none());
    assert!(book.by_handle("berta").is_none());
    assert_eq!(book.name(PersonId(1)), "p1");
}

#[test]
fn ignoring_is_of_a_person_or_of_a_server() {
    let mut book = people(&["anna@a.example", "bob@b.example", "eve@b.example"]);
    let mut anna = book.get(PersonId(1)).unwrap().clone();
    anna.ignores.insert(PersonId(2));
    book.put(anna.clone());
    let ignores =
        |anna: &xmpp_referee::clans::Person, id| anna.ignores(book.get(PersonId(id)).unwrap());
    assert!(ignores(&anna, 2) && !ignores(&anna, 3));
    anna.ignored_domains.insert("b.example".to_owned());
    assert!(ignores(&anna, 3));
    assert!(!ignores(&anna, 1));
}

#[test]
fn jids_are_read_as_bare_addresses_of_people_only() {
    for (text, then) in [
        ("bob@example.org", Some("bob@example.org")),
        (" Bob@EXAMPLE.org ", Some("bob@example.org")),
        ("bob@example.org/phone", None),
        ("example.org", None),
        ("@example.org", None),
        ("bob@", None),
        ("bo b@example.org", None),
        ("", None),
    ] {
        assert_eq!(bare_jid(text).as_deref(), then, "{text:?}");
    }
}

#[test]
fn quiet_hours_follow_the_clock_on_the_wall() {
    let mut book = people(&["anna@a.example"]);
    let mut anna = book.get(PersonId(1)).unwrap().clone();
    anna.quiet = QuietHours::read("22:00-07:30");
    for (zone, moment, quiet) in [
        (None, "2026-01-01T21:59:00Z", false),
        (None, "2026-01-01T22:00:00Z", true),
        (None, "2026-01-02T07:29:59Z", true),
        (None, "2026-01-02T07:30:00Z", false),
        (Some("Europe/Vienna"), "2026-01-01T21:00:00Z", true),
        (Some("Europe/Vienna"), "2026-07-01T20:00:00Z", true),
        (Some("Europe/Vienna"), "2026-07-01T19:59:00Z", false),
        (Some("Nowhere/Atall"), "2026-01-01T22:00:00Z", true),
    ] {
        anna.zone = zone.map(str::to_owned);
        let at: Timestamp = moment.parse().unwrap();
        assert_eq!(anna.quiet_until(at).is_some(), quiet, "{zone:?} {moment}");
    }
    book.put(anna);
}
