//! The service played by hand: what is asked of it, and in which order.

use std::time::Instant;

use super::*;
use crate::engine::{About, EventOut};
use crate::kit::{Hash, Timestamp};

const SERVICE: &str = "pubsub.localhost";
const PUBLIC: &str = "r.localhost/clan/wolves";
const MEMBERS: &str = "r.localhost/clan/wolves/members";

fn wolves() -> ClanTag {
    "wolves".parse().expect("a tag")
}

fn iq(kind: &str, inside: &str) -> Element {
    let xml = format!(
        "<iq xmlns='jabber:component:accept' type='{kind}' id='1' from='{SERVICE}' to='r.localhost'>{inside}</iq>"
    );
    xml.parse().expect("a stanza")
}

fn result(inside: &str) -> Heard {
    Heard::Result(iq("result", inside))
}

fn error(condition: &str) -> Heard {
    Heard::Error(iq(
        "error",
        &format!(
            "<error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        ),
    ))
}

fn owner_list(list: &str, entries: &str) -> Heard {
    result(&format!(
        "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><{list} node='{MEMBERS}'>{entries}</{list}></pubsub>"
    ))
}

fn rights(list: &[(&str, &str)]) -> Heard {
    let all = [("r.localhost", "owner")]
        .into_iter()
        .chain(list.iter().copied());
    let entries: String = all
        .map(|(jid, word)| format!("<affiliation jid='{jid}' affiliation='{word}'/>"))
        .collect();
    owner_list("affiliations", &entries)
}

fn readers(list: &[&str]) -> Heard {
    let entries: String = list
        .iter()
        .map(|jid| format!("<subscription jid='{jid}' subscription='subscribed' subid='s1'/>"))
        .collect();
    owner_list("subscriptions", &entries)
}

fn there(ids: &[&str]) -> Heard {
    let entries: String = ids
        .iter()
        .map(|id| format!("<item jid='{SERVICE}' name='{id}'/>"))
        .collect();
    result(&format!(
        "<query xmlns='http://jabber.org/protocol/disco#items' node='{MEMBERS}'>{entries}</query>"
    ))
}

fn item(id: &str) -> Item {
    let event = EventOut {
        about: About::Clan(wolves()),
        n: 1,
        hash: Hash::ZERO,
        kind: "page".to_owned(),
        at: Timestamp(0),
        again: 0,
        parts: vec![],
    };
    Item {
        id: id.to_owned(),
        at: Timestamp(0),
        title: "Rush B".to_owned(),
        text: "Smoke first".to_owned(),
        event,
    }
}

fn told(outs: &[Out]) -> Vec<String> {
    let line = |out: &Out| match out {
        Out::Ask(question) => {
            assert_eq!(
                (question.from.as_str(), question.to.as_str()),
                ("r.localhost", SERVICE)
            );
            let Then::Nodes(Asked::Of(tag, sees, step)) = &question.then else {
                panic!("{question:?}");
            };
            assert_eq!(*tag, wolves());
            let xml = String::from(&question.payload);
            let jids = xml
                .split("jid='")
                .skip(1)
                .filter_map(|rest| rest.split('\'').next());
            let jids: Vec<&str> = xml
                .split("jid=\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .chain(jids)
                .collect();
            let word = match step {
                Step::Post(item) => format!("post {}", item.id),
                Step::Retract(id) => format!("retract {id}"),
                other => format!("{other:?}").to_lowercase(),
            };
            format!("{} {word} {}", sees.word(), jids.join(" "))
                .trim()
                .to_owned()
        }
        Out::Call(Call::Look(look), Some(Then::Nodes(Asked::Look(_)))) => {
            format!(
                "look{}",
                if matches!(look.at, Sight::Nodes(true)) {
                    " at all"
                } else {
                    ""
                }
            )
        }
        Out::Call(Call::News(news), None) => {
            format!("{news:?}").replace("ClanTag(wolves)", "wolves")
        }
        other => panic!("{other:?}"),
    };
    outs.iter().map(line).collect()
}

/// How the members' node is to be: its name once it is known, who may read, and the pages there.
fn wanted(node: Option<&str>, readers: &[&str], items: &[&str]) -> Answer {
    nodes(true, vec![one(Sees::Members, node, readers, items)])
}

fn one(sees: Sees, node: Option<&str>, readers: &[&str], items: &[&str]) -> ClanNode {
    let ids: Vec<String> = items
        .iter()
        .map(|id| format!("clan-wolves/page/{id}"))
        .collect();
    ClanNode {
        sees,
        node: node.map(str::to_owned),
        readers: readers.iter().map(|jid| (*jid).to_owned()).collect(),
        items: ids.iter().map(|id| item(id)).collect(),
        pages: ids,
    }
}

fn nodes(alive: bool, nodes: Vec<ClanNode>) -> Answer {
    Answer::Seen(Seen::Nodes(ClanNodes {
        clan: wolves(),
        alive,
        nodes,
    }))
}

/// The sub-room and one moment, so that a test reads like a conversation.
struct Talk(Nodes, Instant);

impl Talk {
    fn begun() -> Talk {
        let mut talk = Talk(Nodes::new("r.localhost"), Instant::now());
        let outs = talk.0.stand(Some(SERVICE), &[wolves()], talk.1);
        assert_eq!(told(&outs), ["look at all"]);
        talk
    }

    fn answered(&mut self, answer: &Answer) -> Vec<String> {
        told(&self.0.answered(&Asked::Look(wolves()), answer, self.1))
    }

    fn heard(&mut self, step: Step, heard: &Heard) -> Vec<String> {
        told(
            &self
                .0
                .heard(Asked::Of(wolves(), Sees::Members, step), heard, self.1),
        )
    }

    /// A members' node that alice and bob may read, in step and without pages.
    fn in_step() -> Talk {
        let mut talk = Talk::begun();
        talk.answered(&wanted(Some(MEMBERS), &["alice@a", "bob@a"], &[]));
        talk.heard(Step::Rights, &rights(&[]));
        talk.heard(Step::Configure, &result(""));
        talk.heard(Step::Subscriptions, &readers(&["bob@a/phone"]));
        talk.heard(
            Step::Affiliations,
            &rights(&[("alice@a", "member"), ("bob@a", "member")]),
        );
        assert_eq!(talk.heard(Step::Items, &there(&[])), [""; 0]);
        assert!(!talk.0.is_busy());
        talk
    }

    /// Bob is put out of the clan, and somebody writes a page.
    fn bob_goes(&mut self) {
        assert_eq!(told(&self.0.changed(wolves())), ["look"]);
        let post = self
            .0
            .post(wolves(), Sees::Members, &item("clan-wolves/page/9"));
        assert_eq!(told(&post), [""; 0], "held until bob is out");
        let lists = self.answered(&wanted(Some(MEMBERS), &["alice@a"], &["9"]));
        assert_eq!(lists, ["members subscriptions", "members affiliations"]);
        assert!(self.0.is_busy());
    }
}

#[test]
fn a_private_node_is_made_closed_and_then_opened_to_its_readers() {
    let mut talk = Talk::begun();
    assert_eq!(
        talk.answered(&wanted(None, &["alice@a"], &["1"])),
        ["members create"]
    );
    let outs = talk.0.heard(
        Asked::Of(wolves(), Sees::Members, Step::Create),
        &result(""),
        talk.1,
    );
    assert_eq!(
        told(&outs),
        [
            format!("NodeReady(wolves, Members, {MEMBERS:?})").as_str(),
            "members subscriptions",
            "members affiliations"
        ]
    );
    assert_eq!(talk.heard(Step::Subscriptions, &readers(&[])), [""; 0]);
    assert_eq!(
        talk.heard(Step::Affiliations, &rights(&[])),
        ["members grant alice@a"]
    );
    let again = talk.heard(Step::Grant, &result(""));
    assert_eq!(again, ["members subscriptions", "members affiliations"]);
    talk.heard(Step::Subscriptions, &readers(&[]));
    assert_eq!(
        talk.heard(Step::Affiliations, &rights(&[("alice@a", "member")])),
        ["members items"]
    );
    assert_eq!(
        talk.heard(Step::Items, &there(&[])),
        ["members post clan-wolves/page/1"]
    );
}

#[test]
fn the_configuration_says_whitelist_from_the_first_moment() {
    for (sees, access) in [
        (Sees::Public, "open"),
        (Sees::Members, "whitelist"),
        (Sees::Officers, "whitelist"),
    ] {
        for payload in [
            to_create("n", wolves(), sees),
            to_configure("n", wolves(), sees),
        ] {
            let xml = String::from(&payload);
            let model = xml.split("pubsub#access_model").nth(1).unwrap_or_default();
            assert!(model.contains(&format!(">{access}<")), "{sees:?}: {xml}");
        }
    }
}

#[test]
fn whoever_may_not_read_any_more_loses_the_subscription_first() {
    let mut talk = Talk::in_step();
    talk.bob_goes();
    assert_eq!(
        talk.heard(
            Step::Subscriptions,
            &readers(&["alice@a", "bob@a/phone", "bob@a"])
        ),
        [""; 0]
    );
    let before = rights(&[("alice@a", "member"), ("bob@a", "member")]);
    assert_eq!(
        talk.heard(Step::Affiliations, &before),
        ["members putout bob@a/phone bob@a"]
    );
    assert_eq!(
        talk.heard(Step::PutOut, &result("")),
        ["members grant bob@a"]
    );
    assert_eq!(
        talk.heard(Step::Grant, &result("")),
        ["members subscriptions", "members affiliations"]
    );
    // Bob was quick, and subscribed again between the two.
    talk.heard(Step::Affiliations, &rights(&[("alice@a", "member")]));
    assert_eq!(
        talk.heard(Step::Subscriptions, &readers(&["bob@a"])),
        ["members putout bob@a"]
    );
    let again = talk.heard(Step::PutOut, &result(""));
    assert_eq!(again, ["members subscriptions", "members affiliations"]);
    talk.heard(
        Step::Affiliations,
        &rights(&[("alice@a", "member"), ("bob@a", "none")]),
    );
    let posted = talk.heard(Step::Subscriptions, &readers(&["alice@a"]));
    assert_eq!(posted, ["members post clan-wolves/page/9"]);
    assert!(!talk.0.is_busy());
}

#[test]
fn lists_that_do_not_hold_are_told_aloud_and_nothing_is_published() {
    let mut talk = Talk::in_step();
    talk.bob_goes();
    let mut last = Vec::new();
    for _ in 0..=MAX_ROUNDS {
        talk.heard(Step::Subscriptions, &readers(&["bob@a"]));
        last = talk.heard(
            Step::Affiliations,
            &rights(&[("alice@a", "member"), ("bob@a", "member")]),
        );
        talk.heard(Step::PutOut, &error("forbidden"));
        talk.heard(Step::Grant, &error("forbidden"));
    }
    assert_eq!(last, ["NodeAstray(wolves, Members, true)"]);
    assert!(!talk.0.is_busy(), "refereeing does not wait for it");
    let more = talk
        .0
        .post(wolves(), Sees::Members, &item("clan-wolves/page/10"));
    assert_eq!(told(&more), [""; 0]);
    // Tried again later: now it holds, and what waited is published.
    talk.1 += RETRY;
    let outs = talk.0.tick(talk.1);
    assert_eq!(told(&outs), ["look at all"]);
    talk.answered(&wanted(Some(MEMBERS), &["alice@a"], &["9", "10"]));
    talk.heard(Step::Rights, &rights(&[]));
    talk.heard(Step::Configure, &result(""));
    talk.heard(Step::Subscriptions, &readers(&[]));
    let told = talk.heard(Step::Affiliations, &rights(&[("alice@a", "member")]));
    assert_eq!(
        told,
        ["NodeAstray(wolves, Members, false)", "members items"]
    );
    let posts = [
        "members post clan-wolves/page/9",
        "members post clan-wolves/page/10",
    ];
    assert_eq!(talk.heard(Step::Items, &there(&[])), posts);
}

#[test]
fn what_the_writer_said_before_the_last_change_is_asked_again() {
    let mut talk = Talk::in_step();
    talk.0.changed(wolves());
    talk.0.changed(wolves());
    let stale = wanted(Some(MEMBERS), &["alice@a", "bob@a"], &[]);
    assert_eq!(talk.answered(&stale), ["look"]);
    talk.answered(&wanted(Some(MEMBERS), &["alice@a"], &[]));
    // The roster changes once more while the lists are read: they are in step with what was true, and nothing goes out.
    talk.0.changed(wolves());
    talk.0
        .post(wolves(), Sees::Members, &item("clan-wolves/page/9"));
    talk.heard(Step::Subscriptions, &readers(&[]));
    assert_eq!(
        talk.heard(Step::Affiliations, &rights(&[("alice@a", "member")])),
        ["look"]
    );
    let lists = talk.answered(&wanted(Some(MEMBERS), &["alice@a"], &["9"]));
    assert_eq!(lists, ["members subscriptions", "members affiliations"]);
    talk.heard(Step::Subscriptions, &readers(&[]));
    let posted = talk.heard(Step::Affiliations, &rights(&[("alice@a", "member")]));
    assert_eq!(posted, ["members post clan-wolves/page/9"]);
}

#[test]
fn what_is_taken_back_is_not_published_for_a_moment_first() {
    let mut talk = Talk::in_step();
    talk.bob_goes();
    talk.0
        .retract(wolves(), Sees::Members, "clan-wolves/page/9");
    talk.heard(Step::Subscriptions, &readers(&[]));
    let done = talk.heard(Step::Affiliations, &rights(&[("alice@a", "member")]));
    assert_eq!(done, ["members retract clan-wolves/page/9"]);
}

#[test]
fn after_a_break_what_should_not_be_there_is_taken_back() {
    let mut talk = Talk::begun();
    talk.answered(&wanted(Some(MEMBERS), &[], &["1", "2"]));
    talk.heard(Step::Rights, &rights(&[]));
    talk.heard(Step::Configure, &result(""));
    talk.heard(Step::Subscriptions, &readers(&[]));
    talk.heard(Step::Affiliations, &rights(&[]));
    let items = there(&[
        "clan-wolves/page/1",
        "clan-wolves/page/7",
        "clan-wolves/33/0",
    ]);
    assert_eq!(
        talk.heard(Step::Items, &items),
        [
            "members retract clan-wolves/page/7",
            "members post clan-wolves/page/2"
        ]
    );
}

#[test]
fn a_squatted_node_is_left_alone_and_one_that_is_gone_made_again() {
    let mut talk = Talk::begun();
    talk.answered(&wanted(None, &["alice@a"], &[]));
    assert_eq!(
        talk.heard(Step::Create, &error("conflict")),
        ["members rights"]
    );
    let theirs = owner_list(
        "affiliations",
        "<affiliation jid='eve@a' affiliation='owner'/>",
    );
    assert_eq!(talk.heard(Step::Rights, &theirs), ["members create"]);
    let made = talk.heard(Step::Create, &result(""));
    assert!(
        made[0].starts_with(&format!("NodeReady(wolves, Members, \"{MEMBERS}-")),
        "{made:?}"
    );
    // Somebody who gets the right to publish there makes it foreign, too.
    talk.heard(Step::Subscriptions, &readers(&[]));
    assert_eq!(
        talk.heard(Step::Affiliations, &rights(&[("eve@a", "publisher")])),
        ["members create"]
    );
    let mut talk = Talk::in_step();
    let post = talk
        .0
        .post(wolves(), Sees::Members, &item("clan-wolves/page/1"));
    assert_eq!(told(&post), ["members post clan-wolves/page/1"]);
    let lost = Step::Post(Box::new(item("clan-wolves/page/1")));
    assert_eq!(
        talk.heard(lost, &error("item-not-found")),
        ["members create"]
    );
    assert_eq!(
        talk.heard(Step::Create, &result("")),
        ["members subscriptions", "members affiliations"]
    );
    talk.heard(Step::Subscriptions, &readers(&[]));
    let both = rights(&[("alice@a", "member"), ("bob@a", "member")]);
    assert_eq!(
        talk.heard(Step::Affiliations, &both),
        ["look at all"],
        "a new node begins empty"
    );
}

#[test]
fn the_nodes_of_a_clan_that_is_gone_are_deleted_if_they_are_ours() {
    let gone = nodes(false, vec![one(Sees::Members, Some(MEMBERS), &[], &[])]);
    let mut talk = Talk::in_step();
    talk.0.changed(wolves());
    assert_eq!(talk.answered(&gone), ["members delete"]);
    assert_eq!(
        talk.heard(Step::Delete, &result("")),
        ["NodeGone(wolves, Members)"]
    );
    // The same after a break, when it is not known to be ours any more.
    for (list, then) in [
        (rights(&[]), "members delete"),
        (
            owner_list(
                "affiliations",
                "<affiliation jid='eve@a' affiliation='owner'/>",
            ),
            "NodeGone(wolves, Members)",
        ),
        (error("item-not-found"), "NodeGone(wolves, Members)"),
    ] {
        let mut talk = Talk::begun();
        assert_eq!(talk.answered(&gone), ["members rights"]);
        assert_eq!(talk.heard(Step::Rights, &list), [then]);
    }
}

#[test]
fn the_public_node_is_open_and_waits_for_no_lists() {
    let mut talk = Talk::begun();
    let public = nodes(true, vec![one(Sees::Public, Some(PUBLIC), &[], &["1"])]);
    assert_eq!(talk.answered(&public), ["public rights"]);
    let mut say = |step, heard: &Heard| {
        told(
            &talk
                .0
                .heard(Asked::Of(wolves(), Sees::Public, step), heard, talk.1),
        )
    };
    assert_eq!(say(Step::Rights, &rights(&[])), ["public items"]);
    assert_eq!(say(Step::Items, &there(&["clan-wolves/page/1"])), [""; 0]);
    talk.0.changed(wolves());
    let post = talk
        .0
        .post(wolves(), Sees::Public, &item("clan-wolves/3/0"));
    assert_eq!(told(&post), ["public post clan-wolves/3/0"]);
}

#[test]
fn every_ten_minutes_and_after_each_silence_it_is_looked_after_again() {
    let mut talk = Talk::in_step();
    assert_eq!(talk.0.next_wake(), Some(talk.1 + ROUND));
    talk.1 += ROUND;
    let outs = talk.0.tick(talk.1);
    assert_eq!(told(&outs), ["look at all"]);
    let both = wanted(Some(MEMBERS), &["alice@a", "bob@a"], &[]);
    assert_eq!(
        talk.answered(&both),
        ["members subscriptions", "members affiliations"]
    );
    assert_eq!(talk.heard(Step::Subscriptions, &Heard::Silence), [""; 0]);
    assert_eq!(talk.0.next_wake(), Some(talk.1 + RETRY));
    talk.0.down();
    assert_eq!(talk.0.next_wake(), None);
    assert!(talk.0.stand(None, &[wolves()], talk.1).is_empty());
    assert!(talk.0.changed(wolves()).is_empty(), "no service, no nodes");
}

#[test]
fn only_so_many_clans_are_looked_after_at_a_time() {
    let mut nodes = Nodes::new("r.localhost");
    let tags: Vec<ClanTag> = (0..MAX_AT_WORK + 3)
        .filter_map(|n| format!("c{n}").parse().ok())
        .collect();
    let now = Instant::now();
    assert_eq!(nodes.stand(Some(SERVICE), &tags, now).len(), MAX_AT_WORK);
    let next = nodes.answered(&Asked::Look(tags[0]), &Answer::Nothing, now);
    assert_eq!(next.len(), 1);
    // What an effect waits for comes first.
    nodes.changed(tags[MAX_AT_WORK + 2]);
    let next = nodes.answered(&Asked::Look(tags[1]), &Answer::Nothing, now);
    assert!(
        matches!(&next[0], Out::Call(Call::Look(look), _) if look.place == Place::Clan(tags[MAX_AT_WORK + 2]))
    );
}
