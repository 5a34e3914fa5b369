use super::*;
use crate::commands::Call;
use crate::engine::{About, Effect, EventOut, Item};
use crate::kit::{Hash, PersonId, Seat, Timestamp, Words};

fn delivery() -> (Delivery, Instant) {
    let named = |name: &str| Some(name.to_owned());
    let setup = Setup {
        kick: false,
        regulars: Regulars::default(),
        domain: "r.localhost".to_owned(),
        muc: named("conference.localhost"),
        pubsub: named("pubsub.localhost"),
        lobby: "lobby".to_owned(),
        face: Vec::new(),
    };
    (Delivery::new(setup), Instant::now())
}

fn event() -> EventOut {
    EventOut {
        about: About::Match(MatchId(42)),
        n: 3,
        hash: Hash::ZERO,
        kind: "turn".to_owned(),
        at: Timestamp(0),
        again: 0,
        parts: vec![],
    }
}

fn sending(act: Act, to: &[(&str, bool)]) -> Sending {
    let person = |(jid, bot): &(&str, bool)| Addressee {
        others: Vec::new(),
        muted: false,
        on_clock: false,
        jid: (*jid).to_owned(),
        handle: (*jid).to_owned(),
        bot: *bot,
        invitations: jid.starts_with("inviting"),
    };
    Sending {
        effect: Effect {
            id: "m42/3/0".to_owned(),
            n: 9,
            act,
        },
        to: to.iter().map(person).collect(),
    }
}

fn turn(words: Words) -> Act {
    Act::Tell(Note {
        to: PersonId(1),
        about: Some(MatchId(42)),
        clan: None,
        words,
        event: Some(event()),
        turn: Some((Seat(0), 2)),
    })
}

fn sent(outs: Vec<Out>) -> Vec<Element> {
    let stanza = |out| match out {
        Out::Send(stanza) => stanza,
        other => panic!("{other:?}"),
    };
    outs.into_iter().map(stanza).collect()
}

#[test]
fn a_person_gets_words_and_the_event_from_the_one_contact() {
    let (mut delivery, now) = delivery();
    let words = Words::line("Your turn.").board("a b");
    let stanzas = sent(delivery.window(
        vec![sending(turn(words), &[("alice@localhost", false)])],
        now,
    ));
    let [message] = stanzas.as_slice() else {
        panic!("{stanzas:?}")
    };
    let attr = |name: &'static str| message.attr(name).unwrap();
    assert_eq!(
        (attr("from"), attr("to"), attr("type"), attr("id")),
        ("referee@r.localhost", "alice@localhost", "chat", "m42/3/0")
    );
    let text = |name: &str, ns: &str| message.get_child(name, ns).map(|child| child.text());
    assert_eq!(
        text("body", ns::DEFAULT_NS).unwrap(),
        "Your turn.\n```\na b\n```"
    );
    assert_eq!(text("thread", ns::DEFAULT_NS).unwrap(), "m42");
    assert_eq!(
        message.get_child("origin-id", ns::SID).unwrap().attr("id"),
        Some("m42/3/0")
    );
    assert_eq!(
        event::parse(message.get_child("event", event::NS).unwrap()),
        Some(event())
    );
    assert!(message.has_child("store", HINTS) && !message.has_child("unstyled", muc::STYLING));
    let plain = sent(delivery.window(
        vec![sending(
            turn(Words::line("x")),
            &[("alice@localhost", false)],
        )],
        now,
    ));
    assert!(plain[0].has_child("unstyled", muc::STYLING));
}

#[test]
fn a_program_gets_the_event_alone_from_the_match_itself() {
    let (mut delivery, now) = delivery();
    let stanzas = sent(delivery.window(
        vec![sending(turn(Words::line("x")), &[("bot1@localhost", true)])],
        now,
    ));
    let [message] = stanzas.as_slice() else {
        panic!("{stanzas:?}")
    };
    assert_eq!(
        (message.attr("from"), message.attr("type")),
        (Some("m42@r.localhost"), Some("headline"))
    );
    let mut names: Vec<_> = message.children().map(Element::name).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["event", "no-permanent-store", "no-store", "origin-id"]
    );
    let nobody = delivery.window(vec![sending(turn(Words::line("x")), &[])], now);
    assert!(nobody.is_empty() && delivery.is_done(now));
}

#[test]
fn a_window_waits_for_rooms_and_feeds_but_not_for_ever() {
    let (mut delivery, now) = delivery();
    assert!(delivery.up().is_empty());
    assert!(!delivery.is_settled());
    let outs = delivery.stand(Standing::default(), now);
    assert_eq!(outs.len(), 2, "the lobby and the news: {outs:?}");
    assert!(delivery.is_settled());
    let item = Item {
        id: "m42/3/0".to_owned(),
        at: Timestamp(0),
        title: String::new(),
        text: String::new(),
        event: event(),
    };
    let publish = Act::Publish {
        node: "r.localhost/match/m42".to_owned(),
        item,
    };
    delivery.wait(now);
    let outs = delivery.window(vec![sending(publish, &[])], now);
    let [Out::Ask(question)] = outs.as_slice() else {
        panic!("{outs:?}")
    };
    let then = question.then.clone();
    assert!(!delivery.is_done(now));
    assert_eq!(delivery.next_wake(), Some(now + PATIENCE));
    assert!(delivery.is_done(now + PATIENCE));
    delivery.tick(now + PATIENCE);
    assert!(
        delivery.is_done(now),
        "what was waited for in vain is not waited for again"
    );
    delivery.heard(then, &Heard::Silence, now);
    delivery.down();
    assert!(!delivery.is_settled() && delivery.is_done(now));
}

#[test]
fn players_are_let_in_and_people_are_told_where() {
    let (mut delivery, now) = delivery();
    delivery.up();
    let room = "m42-abcd@conference.localhost".to_owned();
    let admit = Act::Admit {
        game: MatchId(42),
        room: room.clone(),
        people: vec![],
    };
    let outs = delivery.window(
        vec![sending(
            admit,
            &[
                ("alice@localhost", false),
                ("bot1@localhost", true),
                ("inviting@localhost", false),
            ],
        )],
        now,
    );
    let stanzas = sent(outs);
    let [message, wanted] = stanzas.as_slice() else {
        panic!("{stanzas:?}")
    };
    assert_eq!(
        (message.attr("from"), message.attr("to")),
        (Some("referee@r.localhost"), Some("alice@localhost"))
    );
    let body = message.get_child("body", ns::DEFAULT_NS).unwrap().text();
    assert!(
        body.ends_with("xmpp:m42-abcd@conference.localhost?join"),
        "{body}"
    );
    // Only whoever chose it gets a dialog over the board.
    let invitation = |message: &Element| {
        let x = message.get_child("x", "jabber:x:conference")?;
        x.attr("jid").map(str::to_owned)
    };
    assert_eq!(invitation(message), None);
    assert_eq!(invitation(wanted), Some(room));
}

#[test]
fn nobody_on_a_service_of_ours_is_a_person() {
    let (mut delivery, now) = delivery();
    delivery.up();
    delivery.stand(Standing::default(), now);
    for address in [
        "x@conference.localhost/ally",
        "conference.localhost",
        "pubsub.localhost",
    ] {
        assert!(delivery.is_service(address), "{address}");
    }
    assert!(!delivery.is_service("alice@localhost/conference.localhost"));
    let subscribe = "<presence xmlns='jabber:component:accept' type='subscribe' from='x@conference.localhost' \
                     to='referee@r.localhost'/>";
    assert!(
        delivery
            .presence(&subscribe.parse().unwrap(), now)
            .is_empty()
    );
}

#[test]
fn without_services_everything_else_works() {
    let (_, now) = delivery();
    let setup = Setup {
        kick: false,
        regulars: Regulars::default(),
        domain: "r.localhost".to_owned(),
        muc: None,
        pubsub: None,
        lobby: "lobby".to_owned(),
        face: vec![],
    };
    let mut delivery = Delivery::new(setup);
    let outs = delivery.up();
    let [Out::Ask(question)] = outs.as_slice() else {
        panic!("{outs:?}")
    };
    assert!(delivery.stand(Standing::default(), now).is_empty() && !delivery.is_settled());
    assert!(
        delivery
            .heard(question.then.clone(), &Heard::Silence, now)
            .is_empty()
    );
    assert!(delivery.is_settled());
    let outs = delivery.window(
        vec![
            sending(
                Act::OpenRoom {
                    game: MatchId(42),
                    people: Vec::new(),
                    hidden: false,
                },
                &[],
            ),
            sending(Act::OpenFeed { game: MatchId(42) }, &[]),
            sending(turn(Words::line("x")), &[("alice@localhost", false)]),
        ],
        now,
    );
    assert!(sent(outs).len() == 1 && delivery.is_done(now));
}

#[test]
fn what_a_person_does_stirs_what_that_person_is_shown() {
    let (mut delivery, now) = delivery();
    delivery.up();
    let contacts = vec![(
        "alice@localhost".to_owned(),
        crate::engine::Contact::Referee,
    )];
    let outs = delivery.stand(
        Standing {
            contacts,
            ..Standing::default()
        },
        now,
    );
    let look = outs.iter().find_map(|out| match out {
        Out::Call(Call::Look(_), Some(then)) => Some(then.clone()),
        _ => None,
    });
    let status = |text: &str| {
        Answer::Seen(Seen::Status(crate::commands::Status {
            text: text.to_owned(),
            waiting: 1,
            ..crate::commands::Status::default()
        }))
    };
    assert_eq!(
        delivery
            .answered(&look.unwrap(), &status("1 match waits for you"), now)
            .len(),
        1
    );
    delivery.stir("alice@localhost", now);
    let later = now + Duration::from_secs(10);
    let outs = delivery.tick(later);
    assert!(
        outs.iter()
            .any(|out| matches!(out, Out::Call(Call::Look(_), Some(Then::Presence(_))))),
        "{outs:?}"
    );
}
