use super::*;
use crate::commands::{MatchInfo, News, Seen};
use crate::engine::{About, EventOut};
use crate::kit::{Hash, Timestamp};

const PUBSUB: &str = "pubsub.localhost";
const NODE: &str = "r.localhost/match/m42";

fn iq(kind: &str, payload: &str) -> Element {
    format!(
        "<iq xmlns='jabber:component:accept' type='{kind}' id='1' from='{PUBSUB}'>{payload}</iq>"
    )
    .parse()
    .unwrap()
}

fn result(payload: &str) -> Heard {
    Heard::Result(iq("result", payload))
}

fn error(condition: &str) -> Heard {
    // Prosody sends the error alone, ejabberd echoes the request before it.
    let echo = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='x'/></pubsub>";
    let error = format!(
        "<error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    );
    Heard::Error(iq("error", &format!("{echo}{error}")))
}

fn rights(list: &[(&str, &str)]) -> Heard {
    let items: String = list
        .iter()
        .map(|(jid, what)| format!("<affiliation jid='{jid}' affiliation='{what}'/>"))
        .collect();
    result(&format!(
        "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><affiliations node='{NODE}'>{items}</affiliations></pubsub>"
    ))
}

fn item(n: u32) -> Item {
    let event = EventOut {
        about: About::Match(MatchId(42)),
        n,
        hash: Hash::ZERO,
        kind: "moved".to_owned(),
        at: Timestamp(0),
        again: 0,
        parts: vec![],
    };
    Item {
        id: format!("m42/{n}/0"),
        at: Timestamp(0),
        title: "t".to_owned(),
        text: "t".to_owned(),
        event,
    }
}

fn told(outs: &[Out]) -> Vec<String> {
    let line = |out: &Out| match out {
        Out::Ask(Question {
            from,
            to,
            set,
            then: Then::Feeds(asked),
            ..
        }) => {
            assert_eq!((from.as_str(), to.as_str()), ("r.localhost", PUBSUB));
            let (word, node) = match asked {
                Asked::Create(node) => ("create", node),
                Asked::Rights(node) => ("rights", node),
                Asked::Configure(node) => ("configure", node),
                Asked::Publish(node, item) => return format!("publish {} {node}", item.id),
                Asked::PublishKey(node) => ("publish a key to", node),
                Asked::Delete(node) => ("delete", node),
                Asked::Face(id) => panic!("{id} asked of the service"),
            };
            assert_eq!(*set, word != "rights");
            format!("{word} {node}")
        }
        Out::Call(Call::News(news), None) => format!("{news:?}"),
        Out::Call(Call::Look(look), Some(Then::Feeds(Asked::Face(id)))) => {
            format!("look {id} as {}", look.bare)
        }
        other => panic!("{other:?}"),
    };
    outs.iter().map(line).collect()
}

fn feeds() -> Feeds {
    let mut feeds = Feeds::new("r.localhost");
    assert_eq!(
        told(&feeds.stand(Some(PUBSUB), Some("r.localhost/events"))),
        ["rights r.localhost/events"]
    );
    assert!(
        feeds
            .heard(
                Asked::Rights("r.localhost/events".to_owned()),
                &rights(&[("r.localhost", "owner")])
            )
            .is_empty()
    );
    feeds
}

fn public() -> Answer {
    Answer::Seen(Seen::Match(MatchInfo::default()))
}

/// A feed of match 42 that is being created.
fn creating() -> Feeds {
    let mut feeds = feeds();
    assert_eq!(told(&feeds.open(MatchId(42))), ["look m42 as r.localhost"]);
    assert!(feeds.is_busy());
    assert_eq!(
        told(&feeds.answered(&Asked::Face(MatchId(42)), &public())),
        [format!("create {NODE}")]
    );
    feeds
}

fn with_feed() -> Feeds {
    let mut feeds = creating();
    let outs = feeds.heard(Asked::Create(NODE.to_owned()), &result(""));
    assert_eq!(told(&outs), [format!("FeedReady(MatchId(42), {NODE:?})")]);
    assert!(!feeds.is_busy());
    feeds
}

#[test]
fn a_node_is_created_with_its_whole_configuration_in_one_request() {
    let mut feeds = feeds();
    feeds.open(MatchId(42));
    let outs = feeds.answered(&Asked::Face(MatchId(42)), &public());
    let [Out::Ask(question)] = outs.as_slice() else {
        panic!("{outs:?}")
    };
    let form = question
        .payload
        .get_child("configure", ns::PUBSUB)
        .unwrap()
        .get_child("x", ns::DATA_FORMS)
        .unwrap();
    let fields: Vec<(&str, String)> = form
        .children()
        .map(|field| {
            (
                field.attr("var").unwrap(),
                field.children().map(Element::text).collect(),
            )
        })
        .collect();
    let value = |name: &str| {
        fields
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| value.trim().to_owned())
    };
    for (name, wanted) in [
        ("FORM_TYPE", "http://jabber.org/protocol/pubsub#node_config"),
        ("pubsub#access_model", "open"),
        ("pubsub#publish_model", "publishers"),
        ("pubsub#max_items", "100"),
        ("pubsub#persist_items", "1"),
        ("pubsub#notify_delete", "1"),
        ("pubsub#deliver_payloads", "1"),
        ("pubsub#send_last_published_item", "never"),
    ] {
        assert_eq!(value(name).as_deref(), Some(wanted), "{name}");
    }
}

#[test]
fn the_news_are_made_once_and_confirmed_after_each_break() {
    let mut feeds = Feeds::new("r.localhost");
    assert_eq!(
        told(&feeds.stand(Some(PUBSUB), None)),
        ["create r.localhost/events"]
    );
    let outs = feeds.heard(Asked::Create("r.localhost/events".to_owned()), &result(""));
    assert_eq!(told(&outs), ["NewsReady(\"r.localhost/events\")"]);
    feeds.down();
    assert_eq!(
        told(&feeds.stand(Some(PUBSUB), Some("r.localhost/events"))),
        ["rights r.localhost/events"]
    );
    assert!(feeds.publish("r.localhost/events", &item(1)).is_empty());
    assert!(feeds.is_busy());
    let outs = feeds.heard(
        Asked::Rights("r.localhost/events".to_owned()),
        &rights(&[("r.localhost", "owner")]),
    );
    assert_eq!(told(&outs), ["publish m42/1/0 r.localhost/events"]);
}

#[test]
fn a_squatted_node_is_left_alone_and_another_name_is_taken() {
    for list in [
        vec![("mallory@localhost", "owner")],
        vec![("mallory@localhost", "owner"), ("r.localhost", "owner")],
        // Given to us by somebody who kept the right to publish.
        vec![("r.localhost", "owner"), ("mallory@localhost", "publisher")],
        vec![
            ("r.localhost", "owner"),
            ("mallory@localhost", "publish-only"),
        ],
        vec![],
    ] {
        let mut feeds = creating();
        let outs = feeds.heard(Asked::Create(NODE.to_owned()), &error("conflict"));
        assert_eq!(told(&outs), [format!("rights {NODE}")]);
        let lines = told(&feeds.heard(Asked::Rights(NODE.to_owned()), &rights(&list)));
        let next = lines[0].strip_prefix("create ").unwrap().to_owned();
        assert!(
            next.starts_with(&format!("{NODE}-")) && lines.len() == 1,
            "{lines:?}"
        );
        let outs = feeds.heard(Asked::Create(next.clone()), &result(""));
        assert_eq!(told(&outs), [format!("FeedReady(MatchId(42), {next:?})")]);
    }
    let mut feeds = creating();
    feeds.heard(Asked::Create(NODE.to_owned()), &error("conflict"));
    let lines = told(&feeds.heard(Asked::Rights(NODE.to_owned()), &error("forbidden")));
    assert!(
        lines[0].starts_with(&format!("create {NODE}-")),
        "{lines:?}"
    );
}

#[test]
fn a_node_of_ours_that_the_writer_forgot_is_set_up_again() {
    let mut feeds = creating();
    feeds.heard(Asked::Create(NODE.to_owned()), &error("conflict"));
    let list = [("r.localhost", "owner"), ("carol@localhost", "outcast")];
    assert_eq!(
        told(&feeds.heard(Asked::Rights(NODE.to_owned()), &rights(&list))),
        [format!("configure {NODE}")]
    );
    let outs = feeds.heard(Asked::Configure(NODE.to_owned()), &result(""));
    assert_eq!(told(&outs), [format!("FeedReady(MatchId(42), {NODE:?})")]);
}

#[test]
fn nothing_is_published_to_a_node_that_is_not_confirmed() {
    let mut feeds = feeds();
    assert_eq!(
        told(&feeds.publish(NODE, &item(1))),
        [format!("rights {NODE}")]
    );
    assert!(feeds.publish(NODE, &item(2)).is_empty());
    assert!(feeds.is_busy());
    let outs = feeds.heard(
        Asked::Rights(NODE.to_owned()),
        &rights(&[("r.localhost", "owner")]),
    );
    assert_eq!(
        told(&outs),
        [
            format!("publish m42/1/0 {NODE}"),
            format!("publish m42/2/0 {NODE}")
        ]
    );
    assert_eq!(
        told(&feeds.publish(NODE, &item(3))),
        [format!("publish m42/3/0 {NODE}")]
    );
    let mut feeds = self::feeds();
    feeds.publish(NODE, &item(1));
    assert!(
        feeds
            .heard(
                Asked::Rights(NODE.to_owned()),
                &rights(&[("mallory@localhost", "owner")])
            )
            .is_empty()
    );
    assert!(!feeds.is_busy());
}

#[test]
fn a_node_that_is_gone_is_made_again_once() {
    let mut feeds = with_feed();
    feeds.publish(NODE, &item(1));
    feeds.publish(NODE, &item(2));
    let lost = |n| Asked::Publish(NODE.to_owned(), Box::new(item(n)));
    assert_eq!(
        told(&feeds.heard(lost(1), &error("item-not-found"))),
        [format!("create {NODE}")]
    );
    assert!(feeds.heard(lost(2), &error("item-not-found")).is_empty());
    let outs = feeds.heard(Asked::Create(NODE.to_owned()), &result(""));
    assert_eq!(
        told(&outs),
        [
            format!("publish m42/1/0 {NODE}"),
            format!("publish m42/2/0 {NODE}")
        ]
    );
    assert!(
        feeds.heard(lost(2), &error("item-not-found")).is_empty(),
        "a second time it is let go"
    );
    assert!(feeds.heard(lost(2), &error("forbidden")).is_empty());
}

#[test]
fn a_feed_is_deleted_only_if_it_is_ours() {
    let mut feeds = feeds();
    assert_eq!(told(&feeds.close(NODE)), [format!("rights {NODE}")]);
    let outs = feeds.heard(
        Asked::Rights(NODE.to_owned()),
        &rights(&[("r.localhost", "owner")]),
    );
    assert_eq!(told(&outs), [format!("delete {NODE}")]);
    feeds.close(NODE);
    assert!(
        feeds
            .heard(
                Asked::Rights(NODE.to_owned()),
                &rights(&[("mallory@localhost", "owner")])
            )
            .is_empty()
    );
    feeds.close(NODE);
    assert!(
        feeds
            .heard(Asked::Rights(NODE.to_owned()), &error("item-not-found"))
            .is_empty(),
        "it is gone already"
    );
    let mut feeds = with_feed();
    assert_eq!(told(&feeds.close(NODE)), [format!("delete {NODE}")]);
}

#[test]
fn a_private_match_has_no_feed_and_without_a_service_there_is_none() {
    let mut feeds = feeds();
    feeds.open(MatchId(7));
    assert!(
        feeds
            .answered(&Asked::Face(MatchId(7)), &Answer::Nothing)
            .is_empty()
    );
    assert!(!feeds.is_busy());
    let mut feeds = Feeds::new("r.localhost");
    assert!(feeds.stand(None, Some("r.localhost/events")).is_empty());
    assert!(
        feeds.open(MatchId(42)).is_empty()
            && feeds.publish(NODE, &item(1)).is_empty()
            && feeds.close(NODE).is_empty()
    );
    assert!(!feeds.is_busy());
}

#[test]
fn what_a_server_forbids_or_leaves_unanswered_is_not_waited_for() {
    for heard in [error("forbidden"), Heard::Silence] {
        let mut feeds = creating();
        assert!(
            feeds
                .heard(Asked::Create(NODE.to_owned()), &heard)
                .is_empty()
        );
        assert!(!feeds.is_busy());
        assert!(
            feeds
                .heard(Asked::Create(NODE.to_owned()), &result(""))
                .is_empty(),
            "too late"
        );
    }
}

#[test]
fn held_items_and_known_nodes_are_bounded() {
    let mut feeds = with_feed();
    for n in 0..MAX_NODES {
        let name = format!("r.localhost/match/m{}", n + 100);
        feeds.publish(&name, &item(1));
        feeds.heard(Asked::Rights(name), &rights(&[("r.localhost", "owner")]));
    }
    assert!(feeds.nodes.len() <= MAX_NODES, "{}", feeds.nodes.len());
    let mut feeds = self::feeds();
    for n in 0..400 {
        feeds.publish(NODE, &item(n));
    }
    let outs = feeds.heard(
        Asked::Rights(NODE.to_owned()),
        &rights(&[("r.localhost", "owner")]),
    );
    assert_eq!(outs.len(), node::MAX_HELD);
    assert_eq!(
        told(&outs)[0],
        format!("publish m42/{}/0 {NODE}", 400 - node::MAX_HELD)
    );
}

#[test]
fn news_ready_names_the_node_that_was_taken() {
    let mut feeds = Feeds::new("r.localhost");
    feeds.stand(Some(PUBSUB), Some("r.localhost/events"));
    let lines = told(&feeds.heard(
        Asked::Rights("r.localhost/events".to_owned()),
        &rights(&[("mallory@localhost", "owner")]),
    ));
    let next = lines[0].strip_prefix("create ").unwrap().to_owned();
    let outs = feeds.heard(Asked::Create(next.clone()), &result(""));
    assert!(
        matches!(&outs[0], Out::Call(Call::News(News::NewsReady(node)), None) if *node == next)
    );
}

const KEYS_NODE: &str = "r.localhost/keys";

/// Feeds that were told of two keys, and the node of the keys being created.
fn standing_keys() -> Feeds {
    let mut feeds = feeds();
    let key = |byte, until| KeyOut {
        key: crate::kit::PublicKey([byte; 32]),
        since: Timestamp(0),
        until,
    };
    let keys = [key(2, None), key(1, Some(Timestamp(5)))];
    let outs = feeds.stand_keys(&keys);
    assert_eq!(told(&outs), [format!("create {KEYS_NODE}")]);
    assert!(!feeds.is_busy(), "no effect waits for it");
    assert_eq!(feeds.keys_node(), None);
    feeds
}

#[test]
fn the_keys_that_sign_are_published_the_newest_last() {
    let mut feeds = standing_keys();
    let outs = feeds.heard(Asked::Create(KEYS_NODE.to_owned()), &result(""));
    let publish = format!("publish a key to {KEYS_NODE}");
    assert_eq!(told(&outs), [publish.clone(), publish]);
    assert_eq!(feeds.keys_node(), Some(KEYS_NODE));
    let texts: Vec<String> = outs
        .iter()
        .map(|out| match out {
            Out::Ask(question) => String::from(&question.payload),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(
        texts[0].contains("until=") && texts[0].contains("AQEBAQEB"),
        "{}",
        texts[0]
    );
    assert!(
        !texts[1].contains("until=") && texts[1].contains("AgICAgIC"),
        "{}",
        texts[1]
    );
    assert!(
        feeds
            .heard(Asked::PublishKey(KEYS_NODE.to_owned()), &error("forbidden"))
            .is_empty()
    );
}

#[test]
fn a_node_of_keys_that_is_not_ours_is_left_alone() {
    let mut feeds = standing_keys();
    let outs = feeds.heard(Asked::Create(KEYS_NODE.to_owned()), &error("conflict"));
    assert_eq!(told(&outs), [format!("rights {KEYS_NODE}")]);
    let others = rights(&[("r.localhost", "owner"), ("eve@localhost", "publisher")]);
    assert!(
        feeds
            .heard(Asked::Rights(KEYS_NODE.to_owned()), &others)
            .is_empty()
    );
    assert_eq!(feeds.keys_node(), None);
    // Ours from before: set up anew, then published to.
    let mut feeds = standing_keys();
    feeds.heard(Asked::Create(KEYS_NODE.to_owned()), &error("conflict"));
    let ours = rights(&[("r.localhost", "owner")]);
    let outs = feeds.heard(Asked::Rights(KEYS_NODE.to_owned()), &ours);
    assert_eq!(told(&outs), [format!("configure {KEYS_NODE}")]);
    let outs = feeds.heard(Asked::Configure(KEYS_NODE.to_owned()), &result(""));
    assert_eq!(outs.len(), 2);
}
