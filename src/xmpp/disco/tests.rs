use super::*;
use crate::commands::{ItemOut, Value};
use crate::kit::MatchId;

fn query(inner: &str, node: &str) -> Element {
    format!("<query xmlns='{}' {node}>{inner}</query>", ns::DISCO_ITEMS)
        .parse()
        .unwrap()
}

#[test]
fn the_hash_of_the_capabilities_is_that_of_what_is_told() {
    let Disco::Now(told) = info(Place::Contact, None) else {
        panic!("not told")
    };
    let told = DiscoInfoResult::try_from(told).unwrap();
    let caps = Caps::try_from(caps().unwrap()).unwrap();
    assert_eq!(
        hash_caps(&compute_disco(&told), Algo::Sha_1).unwrap().hash,
        caps.ver
    );
    let node = caps_node().unwrap();
    let Disco::Now(by_node) = info(Place::Contact, Some(&node)) else {
        panic!("not told")
    };
    assert_eq!(by_node.attr("node"), Some(node.as_str()));
    // Fields in order: a client that sorts them, as it must, gets the same hash.
    let names: Vec<_> = told.extensions[0]
        .fields
        .iter()
        .map(|field| field.var.clone())
        .collect();
    assert!(names[1..].is_sorted(), "{names:?}");
}

#[test]
fn pages_are_asked_for_and_told() {
    let rsm = "<set xmlns='http://jabber.org/protocol/rsm'><max>2</max><before/></set>";
    let Disco::Look(Sight::Items { node, page }, shape) =
        items(Place::Service, &query(rsm, "node='matches'"))
    else {
        panic!("no look")
    };
    let last = Page {
        max: Some(2),
        before: Some(String::new()),
        ..Page::default()
    };
    assert_eq!(
        (node.as_str(), page, shape),
        ("matches", last, Shape::Items(Some("matches".into())))
    );
    let bad = "<set xmlns='http://jabber.org/protocol/rsm'><max>many</max></set>";
    assert!(matches!(
        items(Place::Service, &query(bad, "")),
        Disco::Refused(Condition::BadRequest)
    ));

    let one = |key: &str| ItemOut {
        local: key.into(),
        node: None,
        name: "A".into(),
        key: key.into(),
    };
    let seen = Listing {
        items: vec![one("m3"), one("m4")],
        first_index: 2,
        count: 9,
        paged: true,
    };
    let told = DiscoItemsResult::try_from(listing(&seen, None, "r.example")).unwrap();
    assert_eq!(told.items[1].jid.to_string(), "m4@r.example");
    let set = told.rsm.unwrap();
    assert_eq!(
        (set.first.unwrap().index, set.last.as_deref(), set.count),
        (Some(2), Some("m4"), Some(9))
    );
}

#[test]
fn a_match_shows_its_form_its_room_and_its_feed() {
    let seen = MatchInfo {
        game: "chess".into(),
        name: "m1: a - b".into(),
        room: Some("m1-x@muc.example".into()),
        feed: Some("r/match/m1".into()),
        form: vec![
            ("state", Value::Text("started".into())),
            ("players", Value::List(vec!["a".into(), "b".into()])),
        ],
        ..MatchInfo::default()
    };
    let told = DiscoInfoResult::try_from(match_info(&seen, "m1@r", (0, 0))).unwrap();
    assert_eq!(
        (
            told.identities[0].category.as_str(),
            told.identities[0].type_.as_str()
        ),
        ("game", "chess")
    );
    assert_eq!(told.extensions[0].form_type(), Some(MATCH_FORM));
    let items = DiscoItemsResult::try_from(own_items(
        seen.room.as_deref(),
        seen.feed.as_deref(),
        Some("pubsub.example"),
    ))
    .unwrap()
    .items;
    assert_eq!(items[1].node.as_deref(), Some("r/match/m1"));
    assert_eq!(
        own_items(seen.room.as_deref(), seen.feed.as_deref(), None)
            .children()
            .count(),
        1
    );
}

#[test]
fn everything_about_a_match_is_looked_up() {
    let place = Place::Match(MatchId(1));
    for node in [None, Some(COMMANDS), Some("move"), Some("matches")] {
        assert!(matches!(info(place, node), Disco::Look(..)), "{node:?}");
    }
    for node in [
        "",
        "node='move'",
        "node='http://jabber.org/protocol/commands'",
    ] {
        assert!(
            matches!(items(place, &query("", node)), Disco::Look(..)),
            "{node:?}"
        );
    }
}

#[test]
fn the_keys_that_sign_are_told_with_those_before_them() {
    let key = |byte, since, until| KeyOut {
        key: crate::kit::PublicKey([byte; 32]),
        since: crate::kit::Timestamp(since),
        until,
    };
    let (now, before) = (
        key(2, 5_000, None),
        key(1, 1_000, Some(crate::kit::Timestamp(5_000))),
    );
    let told = service(&[now, before], Some("r.example/keys"));
    let told = DiscoInfoResult::try_from(told).unwrap();
    let form = &told.extensions[0];
    let value = |name: &str| {
        let field = form
            .fields
            .iter()
            .find(|field| field.var.as_deref() == Some(name));
        field
            .map(|field| field.values.join("\n"))
            .unwrap_or_default()
    };
    assert_eq!(value("FORM_TYPE"), KEYS);
    assert_eq!(value("key"), now.key.id().to_string());
    assert_eq!(value("public"), now.key.to_string());
    assert_eq!(value("node"), "r.example/keys");
    let former = format!(
        "{} ed25519 {} 1970-01-01T00:00:01.000Z 1970-01-01T00:00:05.000Z",
        before.key.id(),
        before.key
    );
    assert_eq!(value("former"), former);
    let without = DiscoInfoResult::try_from(service(&[], None)).unwrap();
    assert_eq!(without.extensions.len(), 1, "no key, no form");
}
