//! Floods at the door, against the whole edge with its host: two people go on playing, and everybody gets an answer.
//!
//! Nothing here is timed. What is counted is what the writer was asked, what was answered, and that the innocent were.

// clippy's own exception covers test functions only, not what they call.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use minidom::Element;
use support::referee::{first_pong, parse, referee, referee_with, said_to, start};
use support::wire::{DOMAIN, WirePeer, WireServer};
use tokio::io::AsyncReadExt;
use xmpp_referee::commands::{Answer, Call, Regular, Seen};
use xmpp_referee::engine::{Inbound, Outbound};
use xmpp_referee::xmpp::edge::{KNOWN, STRANGER, STRANGERS_OF_DOMAIN};
use xmpp_referee::xmpp::link::Timing;

const ANN: &str = "ann@quiet.net/phone";
const BOB: &str = "bob@quiet.net/phone";

fn chat(from: &str, id: &str, text: &str) -> String {
    format!(
        "<message type='chat' id='{id}' from='{from}' to='referee@{DOMAIN}'><body>{text}</body></message>"
    )
}

fn info(from: &str, id: &str, to: &str) -> String {
    format!(
        "<iq type='get' id='{id}' from='{from}' to='{to}'>\
         <query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
    )
}

fn condition(stanza: &Element) -> Option<String> {
    let error = stanza.get_child("error", "jabber:component:accept")?;
    error.children().next().map(|child| child.name().to_owned())
}

fn body(stanza: &Element) -> String {
    let body = stanza.get_child("body", "jabber:component:accept");
    body.map(Element::text).unwrap_or_default()
}

/// Waits for a message to this address whose body holds this.
async fn hears(peer: &mut WirePeer, who: &str, what: &str) -> String {
    let bare = who.split('/').next().unwrap();
    peer.expect(|stanza| {
        stanza.contains("<message") && stanza.contains(bare) && stanza.contains(what)
    })
    .await
}

/// Whether this tells somebody, by full JID, that it is their turn.
fn gives_turn(stanza: &str, who: &str) -> bool {
    let (bare, _) = who.split_once('/').unwrap();
    let (name, _) = bare.split_once('@').unwrap();
    stanza.starts_with("<message")
        && stanza.contains(&format!("to='{bare}'"))
        && stanza.contains(&format!("<turn player='{name}'"))
}

/// A match between Ann and Bob, in which Ann is to move.
async fn pair(peer: &mut WirePeer) {
    peer.send(&chat(
        ANN,
        "h1",
        "challenge bob@quiet.net tic-tac-toe side=x",
    ))
    .await;
    hears(peer, BOB, "m1").await;
    peer.send(&chat(BOB, "h2", "accept m1")).await;
    peer.expect(|stanza| gives_turn(stanza, ANN)).await;
    // Both are known as players from now on.
    for who in [ANN, BOB] {
        peer.send(&chat(who, "h3", "my")).await;
        hears(peer, who, "m1").await;
    }
}

/// Stanzas of a flood that are sent before their answers are read.
const AT_ONCE: usize = 250;

/// Plays the match to its end in the middle of this flood: each move is sent behind a part of it. Every IQ of the flood is
/// answered; gives the conditions by number, `ok` for results.
async fn play_through(peer: &mut WirePeer, flood: &[String]) -> BTreeMap<String, usize> {
    let moves = [
        (ANN, "a1", BOB),
        (BOB, "b1", ANN),
        (ANN, "a2", BOB),
        (BOB, "b2", ANN),
    ];
    let part = flood.len() / moves.len();
    let (mut answers, mut left) = (
        BTreeMap::new(),
        flood.iter().filter(|one| one.starts_with("<iq")).count(),
    );
    let mut count = |stanza: &str| {
        if !stanza.starts_with("<iq") {
            return 0;
        }
        let stanza = parse(stanza);
        if !stanza.attr("id").is_some_and(|id| id.starts_with("flood")) {
            return 0;
        }
        let word = condition(&stanza).unwrap_or("ok".to_owned());
        *answers.entry(word).or_insert(0) += 1;
        1
    };
    for (n, (mover, square, other)) in moves.into_iter().enumerate() {
        // A server that does not read for long is another test: what was asked so far is read before more is asked.
        let mut played = false;
        for (k, some) in flood[n * part..(n + 1) * part].chunks(AT_ONCE).enumerate() {
            peer.send(&some.concat()).await;
            if k == 0 {
                peer.send(&chat(mover, &format!("move{n}"), square)).await;
            }
            let mut asked = some.iter().filter(|one| one.starts_with("<iq")).count();
            while asked > 0 {
                let stanza = peer.stanza().await;
                let answers = count(&stanza);
                (asked, left) = (asked - answers, left - answers);
                played |= gives_turn(&stanza, other);
            }
        }
        while !played {
            let stanza = peer.stanza().await;
            left -= count(&stanza);
            played |= gives_turn(&stanza, other);
        }
    }
    while left > 0 {
        left -= count(&peer.stanza().await);
    }
    answers
}

#[tokio::test]
async fn looks_by_never_seen_people_stop_nobody_and_are_all_answered() {
    let server = WireServer::start().await;
    let (_referee, mut peer) = referee(&server).await;
    pair(&mut peer).await;
    let flood: Vec<String> = (0..4000)
        .map(|n| {
            info(
                &format!("x{n}@s{}.evil.org/r", n % 7),
                &format!("flood{n}"),
                &format!("m1@{DOMAIN}"),
            )
        })
        .collect();
    let answers = play_through(&mut peer, &flood).await;
    let ok = answers["ok"] as i64;
    // A little more than the burst: some seconds may have passed.
    assert!(
        (1..2 * STRANGERS_OF_DOMAIN.burst).contains(&ok),
        "{answers:?}"
    );
    assert_eq!(
        answers["resource-constraint"] as i64 + ok,
        4000,
        "{answers:?}"
    );
    // A newcomer of another server, and one of our own, are answered like on any day.
    for who in ["new@friendly.net/r", "new@example/r"] {
        peer.send(&info(who, "fresh", &format!("m1@{DOMAIN}")))
            .await;
        let answer = parse(&peer.expect(|stanza| stanza.contains("fresh")).await);
        assert_eq!(condition(&answer), None, "{who}");
        peer.send(&chat(who, "fresh", "help")).await;
        hears(&mut peer, who, "help").await;
    }
}

#[tokio::test]
async fn searches_stop_nobody_and_are_all_answered() {
    let server = WireServer::start().await;
    let (_referee, mut peer) = referee(&server).await;
    pair(&mut peer).await;
    let flood: Vec<String> = (0..1000)
        .map(|n| {
            format!(
                "<iq type='set' id='flood{n}' from='x{n}@s{n}.evil.org/r' to='{DOMAIN}'>\
                 <query xmlns='jabber:iq:search'><nick>a</nick></query></iq>"
            )
        })
        .collect();
    let answers = play_through(&mut peer, &flood).await;
    assert!(answers["resource-constraint"] >= 500, "{answers:?}");
    assert_eq!(answers.values().sum::<usize>(), 1000, "{answers:?}");
}

#[tokio::test]
async fn subscriptions_of_a_crowd_leave_room_for_those_who_play() {
    let server = WireServer::start().await;
    let (_referee, mut peer) = referee(&server).await;
    pair(&mut peer).await;
    let flood: Vec<String> = (0..4000)
        .map(|n| {
            format!("<presence type='subscribe' from='x{n}@s{n}.evil.org' to='referee@{DOMAIN}'/>")
        })
        .collect();
    play_through(&mut peer, &flood).await;
    peer.send(&format!(
        "<presence type='subscribe' from='ann@quiet.net' to='referee@{DOMAIN}'/>"
    ))
    .await;
    peer.expect(|stanza| stanza.contains("to='ann@quiet.net'") && stanza.contains("'subscribed'"))
        .await;
}

#[tokio::test]
async fn one_person_who_asks_without_end_is_answered_and_others_play_on() {
    let server = WireServer::start().await;
    let (_referee, mut peer) = referee(&server).await;
    pair(&mut peer).await;
    let flood: Vec<String> = (0..4000)
        .map(|n| {
            format!(
                "<iq type='set' id='flood{n}' from='{BOB}' to='{DOMAIN}'>\
                 <command xmlns='http://jabber.org/protocol/commands' node='my'/></iq>"
            )
        })
        .collect();
    // Bob floods, and Ann plays on against somebody else.
    peer.send(&chat(ANN, "h", "challenge cy@quiet.net tic-tac-toe side=x"))
        .await;
    hears(&mut peer, "cy@quiet.net", "m2").await;
    peer.send(&chat("cy@quiet.net/r", "h", "accept m2")).await;
    peer.expect(|stanza| gives_turn(stanza, ANN)).await;
    let (mut told, mut answered) = (false, 0);
    for (n, part) in flood.chunks(500).enumerate() {
        peer.send(&part.concat()).await;
        if n == 2 {
            peer.send(&chat(ANN, "h", "m2 a1")).await;
        }
        // A server that does not read for long is another test.
        while answered < (n + 1) * 500 || (n == 2 && !told) {
            let stanza = peer.stanza().await;
            answered += usize::from(stanza.starts_with("<iq") && stanza.contains("flood"));
            told |= gives_turn(&stanza, "cy@quiet.net/r");
        }
    }
    assert!(told);
}

/// A referee whose writer answers nothing but what stands, so that whatever is asked waits.
#[tokio::test]
async fn no_server_uses_up_what_waits_for_the_writer() {
    let server = WireServer::start().await;
    let (count, counted) = std::sync::mpsc::channel();
    let (_referee, mut peer) = start(&server, Timing::default(), move |calls, out, regulars| {
        let known = Regular {
            known: true,
            plays: true,
            bot: false,
        };
        regulars.note("ann@quiet.net", known);
        let mut first = true;
        while let Ok(inbound) = calls.recv() {
            if let Inbound::Call(ticket, _, call) = inbound {
                if std::mem::take(&mut first) {
                    let standing = Answer::Seen(Seen::Standing(Default::default()));
                    let _ = out.send(Outbound::Answers(vec![(ticket, standing)]));
                } else {
                    let _ = count.send(matches!(call, Call::Chat(_)));
                }
            }
        }
    })
    .await;
    for n in 0..2000 {
        peer.send(&info(
            &format!("x{n}@evil.org/r"),
            "flood",
            &format!("m1@{DOMAIN}"),
        ))
        .await;
    }
    peer.send(&chat(ANN, "h", "e4")).await;
    // This writer answers nothing; the edge answers pings by itself.
    peer.send(&format!(
        "<iq type='get' id='last' from='{ANN}' to='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>"
    ))
    .await;
    peer.expect(|stanza| stanza.contains("'last'")).await;
    let asked: Vec<bool> = std::iter::from_fn(|| counted.recv_timeout(Duration::from_secs(5)).ok())
        .scan(false, |done, chat| {
            (!std::mem::replace(done, chat)).then_some(chat)
        })
        .collect();
    assert_eq!(asked.last(), Some(&true), "the move came through");
    assert!(asked.len() < 100, "{} before a player's move", asked.len());
}

#[tokio::test]
async fn lines_that_come_too_fast_are_said_not_to_be_taken() {
    let server = WireServer::start().await;
    let (_referee, mut peer) = referee(&server).await;
    // A stranger's flood of talk is answered, and told that not all of it was read; once, for it goes on too long.
    peer.send(&chat("x@evil.org/r", "first", "help")).await;
    peer.expect(|stanza| stanza.contains("<body")).await;
    let flood: String = (0..3 * STRANGER.burst)
        .map(|n| chat("x@evil.org/r", &format!("c{n}"), "help"))
        .collect();
    peer.send(&flood).await;
    let told = said_to(&mut peer, "x@evil.org/r").await;
    let slow = told
        .iter()
        .filter(|stanza| body(stanza).contains("Too many messages"))
        .count();
    assert!((1..=5).contains(&slow), "{slow}");
    // Somebody in time trouble as well.
    pair(&mut peer).await;
    let flood: String = (0..2 * KNOWN.burst)
        .map(|n| chat(ANN, &format!("c{n}"), "my"))
        .collect();
    peer.send(&flood).await;
    let told = said_to(&mut peer, ANN).await;
    assert!(
        told.iter()
            .any(|stanza| body(stanza).contains("I didn't take `my`"))
    );
}

#[tokio::test]
async fn a_server_that_stops_reading_costs_bounded_memory_and_nobody_waits_for_ever() {
    let server = WireServer::start().await;
    let timing = Timing {
        stall: Duration::from_millis(1500),
        ..Timing::default()
    };
    let (_referee, mut peer) = referee_with(&server, timing).await;
    pair(&mut peer).await;
    // From now on nobody reads what the referee says. It goes on reading what it is asked.
    let mut socket = peer.into_socket();
    let (mut read, mut write) = socket.split();
    let page = format!(
        "<iq type='get' id='flood' from='{ANN}' to='referee@{DOMAIN}'><vCard xmlns='vcard-temp'/></iq>"
    )
    .repeat(200);
    let mut sent = 0;
    loop {
        let write = tokio::io::AsyncWriteExt::write_all(&mut write, page.as_bytes());
        match tokio::time::timeout(Duration::from_secs(10), write)
            .await
            .expect("the referee stopped reading")
        {
            Ok(()) => sent += 200,
            // It has let go of a connection that takes nothing.
            Err(_) => break,
        }
        tokio::task::yield_now().await;
    }
    assert!(sent > 1000, "{sent}");
    let mut said = 0;
    let mut bytes = vec![0; 1 << 16];
    while let Ok(n @ 1..) = read.read(&mut bytes).await {
        said += n;
    }
    assert!(
        said < 64 * 1024 * 1024,
        "{said} bytes were still waiting to be said"
    );
    // It comes back, and the match goes on.
    let mut peer = server.login().await;
    first_pong(&mut peer).await;
    peer.serve_for(Duration::from_millis(300)).await;
    peer.send(&chat(ANN, "h", "a1")).await;
    peer.expect(|stanza| gives_turn(stanza, BOB)).await;
}
