use super::*;
use crate::commands::Reply;
use crate::kit::{MatchId, refuse};

struct Hall;

impl Rooms for Hall {
    fn author<'a>(&'a self, stanza: &'a Element) -> Option<Author<'a>> {
        let known = stanza.attr("from") == Some("m1-x@muc/bob")
            || stanza.attr("from") == Some("m1-x@muc/referee");
        known.then_some(Author {
            full: "bob@x/phone",
            place: Place::Room(MatchId(1)),
            room: "m1-x@muc",
            our_nick: "referee",
        })
    }

    fn is_muc(&self, domain: &str) -> bool {
        domain == "muc"
    }
}

fn message(attributes: &str, inner: &str) -> Element {
    format!("<message xmlns='jabber:component:accept' to='referee@r' id='i1' {attributes}>{inner}</message>")
        .parse()
        .unwrap()
}

fn heard(attributes: &str, inner: &str) -> Message {
    let stanza = message(attributes, inner);
    read(&stanza, &Head::read(&stanza).unwrap(), "r", &Hall)
}

fn said(attributes: &str, inner: &str) -> (Chat, Manner) {
    match heard(attributes, inner) {
        Message::Said(chat, manner) => (chat, manner),
        other => panic!("{inner}: {other:?}"),
    }
}

const BOB: &str = "from='bob@x/phone' type='chat'";
const LINE: &str = "from='m1-x@muc/bob' type='groupchat'";

#[test]
fn an_invitation_is_turned_down() {
    let heard = |from: &str, x: &str| match heard(&format!("from='{from}'"), x) {
        Message::Invited(told) => told,
        other => panic!("{other:?}"),
    };
    let told = heard(
        "bob@x/phone",
        "<x xmlns='jabber:x:conference' jid='a@muc'/><body>come</body>",
    );
    assert_eq!(told.attr("to"), Some("bob@x/phone"));
    assert!(told.has_child("body", ns::DEFAULT_NS));
    let told = heard(
        "a@muc",
        "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='bob@x/phone'/></x>\
         <x xmlns='jabber:x:conference' jid='a@muc'/>",
    );
    assert_eq!(told.attr("to"), Some("a@muc"));
    let x = told.get_child("x", ns::MUC_USER).unwrap();
    let decline = x.get_child("decline", ns::MUC_USER).unwrap();
    assert_eq!(decline.attr("to"), Some("bob@x/phone"));
}

#[test]
fn a_short_line_in_a_matchs_room_may_be_a_move() {
    match heard(LINE, "<body> Nf3 </body>") {
        Message::Overheard(chat, _) => {
            assert_eq!((chat.text.as_str(), chat.bare.as_str()), ("Nf3", "bob@x"))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_person_speaks() {
    let (chat, manner) = said(
        BOB,
        "<body>my</body><thread>t</thread><request xmlns='urn:xmpp:receipts'/>",
    );
    assert_eq!(
        (chat.bare.as_str(), chat.text.as_str(), chat.place),
        ("bob@x", "my", Place::Contact)
    );
    assert_eq!((chat.flaw, chat.id.as_deref()), (None, Some("i1")));
    let said = manner.answer(
        &Answer::Say {
            result: Ok(Reply::line("None.")),
            private: false,
        },
        "a1",
    );
    assert_eq!(said.len(), 2);
    assert!(
        said[0].has_child("received", ns::RECEIPTS) && said[0].attr("to") == Some("bob@x/phone")
    );
    let answer = &said[1];
    assert_eq!(
        (answer.attr("type"), answer.attr("from")),
        (Some("chat"), Some("referee@r"))
    );
    assert!(answer.has_child("unstyled", STYLING) && answer.has_child("thread", ns::DEFAULT_NS));
    assert_eq!(
        answer.get_child("origin-id", ns::SID).unwrap().attr("id"),
        Some("a1")
    );
}

#[test]
fn no_receipt_for_what_is_not_durable() {
    let (_, manner) = said(BOB, "<body>e4</body><request xmlns='urn:xmpp:receipts'/>");
    let sorry = manner.answer(&Answer::Sorry, "a1");
    assert_eq!(
        (sorry.len(), sorry[0].attr("type"), sorry[0].attr("id")),
        (1, Some("error"), Some("i1"))
    );
    assert!(manner.answer(&Answer::Silence, "a1").is_empty());
}

#[test]
fn boards_are_styled() {
    let (_, manner) = said("from='bob@x/phone'", "<body>show</body>");
    let words = Words::line("Your turn.").board("x o");
    let answer = manner.answer(
        &Answer::Say {
            result: Ok(Reply::words(words)),
            private: false,
        },
        "a1",
    );
    assert_eq!(answer[0].attr("type"), Some("normal"));
    assert!(!answer[0].has_child("unstyled", STYLING));
    assert!(
        answer[0]
            .get_child("body", ns::DEFAULT_NS)
            .unwrap()
            .text()
            .contains("```\nx o\n```")
    );
}

#[test]
fn flaws_are_seen() {
    let flaw = |inner: &str| said(BOB, &format!("<body>e4</body>{inner}")).0.flaw;
    assert_eq!(
        flaw("<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25Z'/>"),
        Some(Flaw::Delayed)
    );
    assert_eq!(flaw("<x xmlns='jabber:x:delay'/>"), Some(Flaw::Delayed));
    assert_eq!(
        flaw("<replace xmlns='urn:xmpp:message-correct:0' id='i0'/>"),
        Some(Flaw::Corrected)
    );
    for sealed in [
        "<encrypted xmlns='eu.siacs.conversations.axolotl'><payload/></encrypted>",
        "<encrypted xmlns='urn:xmpp:omemo:2'/>",
        "<encryption xmlns='urn:xmpp:eme:0' namespace='x'/>",
        "<openpgp xmlns='urn:xmpp:openpgp:0'>x</openpgp>",
        "<x xmlns='jabber:x:encrypted'>x</x>",
    ] {
        assert_eq!(flaw(sealed), Some(Flaw::Encrypted), "{sealed}");
    }
    let silent = "<encrypted xmlns='urn:xmpp:omemo:2'><payload/></encrypted>";
    assert_eq!(said(BOB, silent).0.flaw, Some(Flaw::Encrypted));
    assert_eq!(
        said(BOB, "<body>?OTRv23?</body>").0.flaw,
        Some(Flaw::Encrypted)
    );
}

#[test]
fn what_is_no_talk_is_left_alone() {
    let nothing = |attributes: &str, inner: &str| {
        assert!(
            matches!(heard(attributes, inner), Message::Nothing),
            "{attributes} {inner}"
        );
    };
    nothing(
        BOB,
        "<active xmlns='http://jabber.org/protocol/chatstates'/>",
    );
    nothing(BOB, "<body> </body>");
    nothing(
        BOB,
        "<encrypted xmlns='urn:xmpp:omemo:2'><header/></encrypted>",
    );
    nothing("from='bob@x/phone' type='headline'", "<body>my</body>");
    nothing("from='x'", "<body>Welcome!</body>");
    nothing(BOB, "<sent xmlns='urn:xmpp:carbons:2'/><body>my</body>");
    nothing(BOB, "<event xmlns='urn:x-referee:event:0'/><body>my</body>");
    nothing(LINE, "<body>hello everybody, good luck</body>");
    nothing(LINE, "<body>!!!</body>");
    nothing(LINE, "<body>!my</body><delay xmlns='urn:xmpp:delay'/>");
    nothing(
        "from='m1-x@muc/referee' type='groupchat'",
        "<body>!my</body>",
    );
    assert!(matches!(
        heard("from='bob@x' type='error'", "<body>my</body>"),
        Message::Notice
    ));
    assert!(matches!(
        heard("from='other@muc/eve' type='groupchat'", "<body>!my</body>"),
        Message::Notice
    ));
    assert!(matches!(
        heard("from='m1-x@muc'", "<body>come</body>"),
        Message::Notice
    ));
}

#[test]
fn nobody_is_a_person_through_a_room() {
    for (from, x) in [
        ("m1-x@muc/bob", ""),
        (
            "room@evil/bob",
            "<x xmlns='http://jabber.org/protocol/muc#user'/>",
        ),
    ] {
        let from = format!("from='{from}' type='chat'");
        assert!(
            matches!(
                heard(&from, &format!("<body>resign</body>{x}")),
                Message::Veiled(_)
            ),
            "{from}"
        );
    }
}

#[test]
fn commands_in_rooms_belong_to_the_real_person() {
    for line in [
        "!move e4",
        "! move e4",
        "referee: move e4",
        "Referee, move e4",
    ] {
        let (chat, manner) = said(LINE, &format!("<body>{line}</body>"));
        assert_eq!(
            (chat.bare.as_str(), chat.text.as_str()),
            ("bob@x", "move e4"),
            "{line}"
        );
        let refusal = || Answer::Say {
            result: Err(refuse("a/b", "Not here.")),
            private: true,
        };
        let aside = &manner.answer(&refusal(), "a1")[0];
        assert_eq!(
            (aside.attr("to"), aside.attr("type")),
            (Some("bob@x"), Some("chat"))
        );
        assert_eq!(aside.attr("from"), Some("referee@r"));
        let aloud = &manner.answer(&Answer::Sorry, "a1")[0];
        assert_eq!(
            (aloud.attr("to"), aloud.attr("type")),
            (Some("m1-x@muc"), Some("groupchat"))
        );
    }
}

#[test]
fn what_is_too_long_and_whom_nobody_knows_is_refused() {
    let long = "x".repeat(MAX_TEXT + 1);
    let Message::Refused(told) = heard(BOB, &format!("<body>{long}</body>")) else {
        panic!()
    };
    assert!(String::from(&told).contains("not-acceptable"));
    let stanza = message(BOB, "<body>hi</body>");
    let mut head = Head::read(&stanza).unwrap();
    head.to = Address::read("nobody@r").unwrap();
    let Message::Refused(told) = read(&stanza, &head, "r", &Hall) else {
        panic!()
    };
    assert!(String::from(&told).contains("item-not-found"));
}
