//! Given, when, then: what admins did about people, as the journal's events tell it.

use xmpp_referee::engine::{Flag, MeasureKind, Moderation, ServiceEvent};
use xmpp_referee::kit::{Hash, PersonId, Span, Timestamp, sha256};

const NOON: Timestamp = Timestamp(1_700_000_000_000);
const ADMIN: PersonId = PersonId(1);
const BOB: PersonId = PersonId(2);
const ROB: PersonId = PersonId(3);

fn tag(name: &str) -> Hash {
    sha256(&[name.as_bytes()])
}

fn muted(who: PersonId, tags: &[&str], hours: Option<i64>) -> ServiceEvent {
    ServiceEvent::Muted {
        who,
        tags: tags.iter().map(|name| tag(name)).collect(),
        reason: "insults".to_owned(),
        until: hours.map(|hours| NOON + Span::hours(hours)),
    }
}

fn unmuted(who: PersonId) -> ServiceEvent {
    let reason = "sorry".to_owned();
    ServiceEvent::Unmuted { who, reason }
}

fn forgotten(who: PersonId, into: Option<PersonId>) -> ServiceEvent {
    ServiceEvent::Forgotten { who, into }
}

fn flagged(number: u64) -> ServiceEvent {
    let flag = Flag {
        at: NOON,
        who: BOB,
        about: "clan name".to_owned(),
        clan: None,
        word: "bad".to_owned(),
        text: format!("bad {number}"),
    };
    ServiceEvent::Flagged {
        number,
        flag,
        tell: Vec::new(),
    }
}

fn after(events: &[ServiceEvent]) -> Moderation {
    let mut moderation = Moderation::default();
    for event in events {
        moderation.evolve(NOON, Some(ADMIN), event);
    }
    moderation
}

#[test]
fn a_mute_holds_for_a_person_until_it_ends() {
    for (events, who, addresses, hours, holds) in [
        (vec![], BOB, &["bob"][..], 0, false),
        (vec![muted(BOB, &["bob"], None)], BOB, &[], 9999, true),
        (vec![muted(BOB, &["bob"], None)], ROB, &["rob"], 0, false),
        (vec![muted(BOB, &["bob"], Some(2))], BOB, &[], 1, true),
        (vec![muted(BOB, &["bob"], Some(2))], BOB, &[], 2, false),
        // The newest word counts, also when it is the shorter one.
        (
            vec![muted(BOB, &["bob"], None), muted(BOB, &["bob"], Some(1))],
            BOB,
            &[],
            1,
            false,
        ),
        (
            vec![muted(BOB, &["bob"], None), unmuted(BOB)],
            BOB,
            &["bob"],
            0,
            false,
        ),
        // Who was forgotten and comes again is known by any of the addresses.
        (
            vec![muted(BOB, &["bob", "bob2"], None), forgotten(BOB, None)],
            ROB,
            &["bob2"],
            0,
            true,
        ),
        // A second address of the same person brings its mute along.
        (
            vec![muted(BOB, &["bob"], Some(2)), forgotten(BOB, Some(ROB))],
            ROB,
            &[],
            1,
            true,
        ),
    ] {
        let moderation = after(&events);
        let tags = || addresses.iter().map(|name| tag(name)).collect();
        let at = NOON + Span::hours(hours);
        let found = moderation.mute_of(who, tags, at).is_some();
        assert_eq!(found, holds, "{events:?} {who} after {hours}h");
    }
}

#[test]
fn mutes_end_in_turn_and_each_once() {
    let mut moderation = after(&[
        muted(BOB, &["bob"], Some(5)),
        muted(ROB, &["rob"], Some(3)),
        muted(PersonId(4), &["eve"], None),
        muted(BOB, &["bob"], Some(1)),
    ]);
    let hour = |n| NOON + Span::hours(n);
    assert_eq!(moderation.next_wake(), Some(hour(1)));
    assert_eq!(moderation.due(hour(4), 10), [BOB, ROB]);
    assert_eq!(moderation.due(hour(4), 1), [BOB]);
    moderation.evolve(hour(4), None, &unmuted(BOB));
    moderation.evolve(hour(4), None, &unmuted(ROB));
    assert_eq!(moderation.next_wake(), None);
    assert!(moderation.due(hour(9), 10).is_empty() && moderation.has_mutes());
}

#[test]
fn the_history_keeps_the_newest_with_who_and_why() {
    let moderation = after(&[muted(BOB, &["bob"], Some(2)), unmuted(BOB)]);
    let [first, second] = moderation.measures(BOB) else {
        panic!("two measures");
    };
    assert_eq!(
        (first.what, second.what),
        (MeasureKind::Muted, MeasureKind::Unmuted)
    );
    assert_eq!((first.by, first.reason.as_str()), (Some(ADMIN), "insults"));
    assert_eq!(first.until, Some(NOON + Span::hours(2)));
    let many: Vec<ServiceEvent> = (1..=150)
        .map(|hours| muted(BOB, &["bob"], Some(hours)))
        .collect();
    let moderation = after(&many);
    let measures = moderation.measures(BOB);
    assert_eq!(measures.len(), 100);
    let last = measures.last().and_then(|measure| measure.until);
    assert_eq!(last, Some(NOON + Span::hours(150)));
}

#[test]
fn flags_wait_until_they_are_done_and_the_oldest_make_room() {
    let many: Vec<ServiceEvent> = (1..=205).map(flagged).collect();
    let mut moderation = after(&many);
    assert_eq!(moderation.flags().len(), 200);
    assert!(!moderation.flags().contains_key(&5) && moderation.flags().contains_key(&6));
    let reason = "seen".to_owned();
    moderation.evolve(
        NOON,
        Some(ADMIN),
        &ServiceEvent::Unflagged {
            number: 205,
            reason,
        },
    );
    assert!(!moderation.flags().contains_key(&205));
    assert_eq!(moderation.next_flag(), 206, "numbers are never given twice");
}

#[test]
fn founders_and_rules_come_and_go() {
    let founder = |on| ServiceEvent::Founder {
        who: BOB,
        on,
        reason: "asked".to_owned(),
    };
    let rule = |value: Option<&str>| ServiceEvent::Policy {
        rule: "clans".to_owned(),
        value: value.map(str::to_owned),
        reason: "asked".to_owned(),
    };
    let moderation = after(&[founder(true), rule(Some("5"))]);
    assert!(moderation.is_founder(BOB));
    let change = &moderation.rules()["clans"];
    assert_eq!((change.value.as_str(), change.by), ("5", Some(ADMIN)));
    let moderation = after(&[founder(true), founder(false), rule(Some("5")), rule(None)]);
    assert!(moderation.founders().is_empty() && moderation.rules().is_empty());
    assert!(!after(&[founder(true), forgotten(BOB, None)]).is_founder(BOB));
}

#[test]
fn it_is_saved_whole_and_names_nobody() {
    let moderation = after(&[
        muted(BOB, &["bob", "bob2"], Some(2)),
        flagged(1),
        ServiceEvent::Founder {
            who: ROB,
            on: true,
            reason: "asked".to_owned(),
        },
    ]);
    let saved = serde_json::to_string(&moderation).unwrap();
    let back: Moderation = serde_json::from_str(&saved).unwrap();
    assert_eq!(back, moderation);
    assert_eq!(serde_json::to_string(&Moderation::default()).unwrap(), "{}");
    assert!(!saved.contains("bob"), "{saved}");
}
