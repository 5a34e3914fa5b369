//! Given, when, then: the referee's own stream.

use xmpp_referee::engine::{Contact, Service, ServiceEvent, ServiceSealed};
use xmpp_referee::kit::{Hash, MatchId, PersonId, Secret, Span, Timestamp, sha256};

const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn born() -> Service {
    let mut service = Service::default();
    let key = ServiceSealed::BanKey(Secret::new(sha256(&[b"key"])));
    service.evolve(Timestamp(0), &ServiceEvent::Born, &[key]);
    service
}

fn after(events: &[ServiceEvent]) -> Service {
    let mut service = born();
    events
        .iter()
        .for_each(|event| service.evolve(Timestamp(0), event, &[]));
    service
}

fn ban(name: &str, until: Option<Timestamp>) -> ServiceEvent {
    ServiceEvent::Banned {
        tag: born().ban_tag(name).unwrap(),
        reason: "spam".to_owned(),
        until,
        who: None,
    }
}

#[test]
fn bans_hold_for_a_person_or_a_server_until_they_end() {
    let day = NOW + Span::days(1);
    let lifted = ServiceEvent::Unbanned {
        tag: born().ban_tag("eve@b.example").unwrap(),
        who: None,
        reason: String::new(),
    };
    for (events, who, at, banned) in [
        (vec![], "eve@b.example", NOW, false),
        (vec![ban("eve@b.example", None)], "eve@b.example", NOW, true),
        (
            vec![ban("eve@b.example", None)],
            "bob@b.example",
            NOW,
            false,
        ),
        (vec![ban("b.example", None)], "bob@b.example", NOW, true),
        (
            vec![ban("b.example", None)],
            "bob@sub.b.example",
            NOW,
            false,
        ),
        (
            vec![ban("eve@b.example", Some(day))],
            "eve@b.example",
            NOW,
            true,
        ),
        (
            vec![ban("eve@b.example", Some(day))],
            "eve@b.example",
            day,
            false,
        ),
        (
            vec![ban("eve@b.example", None), lifted],
            "eve@b.example",
            NOW,
            false,
        ),
    ] {
        let service = after(&events);
        assert_eq!(
            service.ban_of(who, at).is_some(),
            banned,
            "{events:?} {who}"
        );
    }
}

#[test]
fn a_ban_names_nobody() {
    let service = after(&[ban("eve@b.example", None)]);
    let saved = serde_json::to_string(&service).unwrap();
    assert!(!saved.contains("eve"), "{saved}");
    assert_ne!(
        born().ban_tag("eve@b.example"),
        Some(sha256(&[b"eve@b.example"])),
        "a plain hash could be guessed"
    );
    assert_eq!(
        Service::default().ban_tag("eve@b.example"),
        None,
        "no key, no tag"
    );
}

#[test]
fn contacts_come_and_go() {
    let subscribed = |who, to| ServiceEvent::Subscribed {
        who: PersonId(who),
        to,
    };
    let service = after(&[
        subscribed(1, Contact::Referee),
        subscribed(2, Contact::Match(MatchId(7))),
        subscribed(1, Contact::Match(MatchId(7))),
        subscribed(1, Contact::Match(MatchId(8))),
        ServiceEvent::Unsubscribed {
            who: PersonId(2),
            to: Contact::Match(MatchId(7)),
        },
    ]);
    let of = |contact| service.contacts_of(contact).collect::<Vec<_>>();
    assert_eq!(of(Contact::Referee), [PersonId(1)]);
    assert_eq!(of(Contact::Match(MatchId(7))), [PersonId(1)]);
    assert_eq!(of(Contact::Match(MatchId(9))), []);
}

#[test]
fn the_cursor_only_moves_on() {
    let confirmed = |upto| ServiceEvent::Confirmed { upto };
    let service = after(&[confirmed(3), confirmed(9), confirmed(5)]);
    assert_eq!(service.confirmed, 9);
}

#[test]
fn feeds_linger_and_are_swept_in_turn() {
    let lingers = |game, days| ServiceEvent::Lingers {
        game: MatchId(game),
        node: format!("node-{game}"),
        until: NOW + Span::days(days),
    };
    let mut service = after(&[lingers(1, 7), lingers(2, 3)]);
    assert_eq!(service.next_wake(), Some(NOW + Span::days(3)));
    let node = "node-2".to_owned();
    service.evolve(
        Timestamp(0),
        &ServiceEvent::Swept {
            game: MatchId(2),
            node,
        },
        &[],
    );
    assert_eq!(service.next_wake(), Some(NOW + Span::days(7)));
}

#[test]
fn the_state_is_saved_whole() {
    let service = after(&[
        ban("eve@b.example", Some(NOW)),
        ServiceEvent::Lobby {
            room: "lobby@muc".to_owned(),
        },
        ServiceEvent::News {
            node: "events".to_owned(),
        },
    ]);
    let saved = serde_json::to_string(&service).unwrap();
    let back: Service = serde_json::from_str(&saved).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), saved);
    assert_eq!(back.ban_key, service.ban_key);
    assert_ne!(back.ban_key.map(|key| *key.reveal()), Some(Hash::ZERO));
}
