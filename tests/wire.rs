//! The link against a server that says anything: this file plays the server's end of XEP-0114 in-process.

// clippy's own exception covers test functions only, not what they call.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use minidom::Element;
use support::wire::{DOMAIN, PATIENCE, SECRET, WirePeer, WireServer};
use tokio::sync::mpsc::Receiver;
use xmpp_referee::kit::Secret;
use xmpp_referee::xmpp::link::{
    Link, LinkConfig, LinkEvent, MAX_EVENTS, MAX_ORDERS, Outlet, Timing,
};

fn config(server: &WireServer, secret: &str) -> LinkConfig {
    LinkConfig {
        domain: DOMAIN.to_owned(),
        server: server.address(),
        secret: Secret::new(secret.to_owned()),
        allow_plaintext: false,
        timing: Timing::default(),
    }
}

async fn next(events: &mut Receiver<LinkEvent>) -> LinkEvent {
    tokio::time::timeout(PATIENCE, events.recv())
        .await
        .expect("no event came")
        .expect("the link has ended")
}

async fn up(events: &mut Receiver<LinkEvent>) -> Outlet {
    match next(events).await {
        LinkEvent::Up { outlet, .. } => outlet,
        other => panic!("not up: {other:?}"),
    }
}

async fn down(events: &mut Receiver<LinkEvent>) -> (Instant, String) {
    match next(events).await {
        LinkEvent::Down { alive, why } => (alive, why),
        other => panic!("not down: {other:?}"),
    }
}

async fn connected(
    config: LinkConfig,
    server: &WireServer,
) -> (Link, Receiver<LinkEvent>, WirePeer, Outlet) {
    let (link, mut events) = Link::spawn(config);
    let peer = server.login().await;
    let outlet = up(&mut events).await;
    (link, events, peer, outlet)
}

fn message(id: usize) -> Element {
    format!("<message xmlns='jabber:component:accept' from='{DOMAIN}' to='a@b' id='n{id}'><body>hi</body></message>")
        .parse()
        .unwrap()
}

#[tokio::test]
async fn stanzas_and_pongs_keep_their_order() {
    let server = WireServer::start().await;
    let (link, mut events, mut peer, outlet) = connected(config(&server, SECRET), &server).await;
    for n in 0..100 {
        outlet.send(message(n)).await.unwrap();
        outlet.ping(n as u64).await.unwrap();
    }
    for n in 0..100 {
        peer.expect(|stanza| {
            stanza.contains(&format!("n{n}\"")) || stanza.contains(&format!("n{n}'"))
        })
        .await;
    }
    peer.serve_for(Duration::from_millis(100)).await;
    for n in 0..100 {
        assert!(matches!(next(&mut events).await, LinkEvent::Pong(token) if token == n));
    }
    let closing = tokio::spawn(link.close());
    peer.expect(|stanza| stanza.contains("</stream:stream>"))
        .await;
    peer.send("</stream:stream>").await;
    assert_eq!(down(&mut events).await.1, "the server closed the stream");
    closing.await.unwrap();
    assert!(events.recv().await.is_none());
}

#[tokio::test]
async fn a_wrong_secret_is_said_without_the_secret_and_tried_again() {
    let server = WireServer::start().await;
    let mut config = config(&server, "wrong-secret");
    config.timing.mending = Duration::from_millis(50);
    let (_link, mut events) = Link::spawn(config);
    for _ in 0..3 {
        let mut peer = server.accept().await;
        assert!(!peer.handshake_is_right().await);
        peer.send("<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>").await;
        assert!(peer.is_closed().await);
    }
    assert!(events.try_recv().is_err(), "it was never up");
}

#[tokio::test]
async fn a_cut_line_is_back_at_once() {
    let server = WireServer::start().await;
    let (_link, mut events, mut peer, outlet) = connected(config(&server, SECRET), &server).await;
    peer.send("<message from='a@b' to='m1@r'/>").await;
    assert!(matches!(next(&mut events).await, LinkEvent::Stanza(_)));
    let cut = Instant::now();
    drop(peer);
    let (alive, _) = down(&mut events).await;
    assert!(alive <= cut);
    assert!(outlet.is_gone() && outlet.send(message(1)).await.is_err());
    let peer = server.login().await;
    let outlet = up(&mut events).await;
    outlet.send(message(2)).await.unwrap();
    let mut peer = peer;
    assert!(
        peer.stanza().await.contains("n2"),
        "nothing of the old connection comes first"
    );
}

#[tokio::test]
async fn every_end_of_a_stream_is_told_and_mended() {
    let server = WireServer::start().await;
    let mut config = config(&server, SECRET);
    config.timing.last_retry = Duration::from_millis(20);
    let (_link, mut events) = Link::spawn(config);
    let ends = [
        ("</stream:stream>", "closed the stream"),
        (
            "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
            "another process",
        ),
        (
            "<stream:error><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>bye</text>\
             <system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
            "system-shutdown (bye)",
        ),
        ("<message><body>half a stan", "unexpected end of file"),
    ];
    for (said, told) in ends {
        let mut peer = server.login().await;
        up(&mut events).await;
        peer.send(said).await;
        drop(peer);
        let (_, why) = down(&mut events).await;
        assert!(why.contains(told), "{why}");
    }
    server.login().await;
    up(&mut events).await;
}

/// What strangers can make a server pass on; the notes call these the shapes that end ordinary components.
fn shapes() -> Vec<String> {
    let long = "x".repeat(9000);
    let shapes = [
        format!("<iq type='get' id='1' from='e@x' to='m1@r' a='{long}'/>"),
        format!("<message from='e@x' to='m1@r'><{long}/></message>"),
        format!("<message from='e@x' to='m1@r'><q {long}='é€𝄞'/></message>"),
        "<message from='e@x' to='m1@r'><q xmlns='u' foo:bar='x'/></message>".to_owned(),
        "<message from='e@x' to='m1@r'><foo:q/></message>".to_owned(),
        "<message from='e@x' to='m1@r'>&#1;&nope;</message>".to_owned(),
        format!(
            "<message from='e@x' to='m1@r'>{}{}</message>",
            "<a>".repeat(5000),
            "</a>".repeat(5000)
        ),
        "<presence from='e@x' to='m1@r'><show>busy</show><show/></presence>".to_owned(),
        "<presence from='e@x' to='m1@r'><priority>300</priority></presence>".to_owned(),
        "<message from='e@x' to='m1@r' type='bogus'>text<thread/><thread/></message>".to_owned(),
        "<iq type='error' id='2' from='e@x' to='m1@r'><error type='zzz'/></iq>".to_owned(),
        "<iq type='get' id='3' from='e@x' to='m1@r'/>".to_owned(),
        "<iq type='error' id='4' from='e@x' to='m1@r'/>".to_owned(),
        "<message from='e@x' to='😀@r/😀'/>".to_owned(),
        "<unknown xmlns='urn:unknown'/>".to_owned(),
    ];
    shapes.into()
}

#[tokio::test]
async fn a_thousand_malformed_stanzas_harm_nobody_else() {
    let server = WireServer::start().await;
    let (_link, mut events, mut peer, _outlet) = connected(config(&server, SECRET), &server).await;
    const ROUNDS: usize = 1000;
    let sending = tokio::spawn(async move {
        let shapes = shapes();
        for round in 0..ROUNDS {
            let bad = &shapes[round % shapes.len()];
            let text = format!(
                "{bad}<message from='a@b' to='m1@r' id='good{round}'><body>é𝄞</body></message>"
            );
            let mut cuts: Vec<usize> = (0..3).map(|_| rand::random_range(0..text.len())).collect();
            cuts.sort_unstable();
            peer.send_in_pieces(text.as_bytes(), cuts).await;
        }
        peer
    });
    let mut good = 0;
    while good < ROUNDS {
        match next(&mut events).await {
            LinkEvent::Stanza(stanza) if stanza.attr("id") == Some(&format!("good{good}")) => {
                good += 1
            }
            LinkEvent::Stanza(stanza) => {
                assert!(stanza.attr("id").is_none_or(|id| !id.starts_with("good")))
            }
            other => panic!("after {good}: {other:?}"),
        }
    }
    let mut peer = sending.await.unwrap();
    let answer = peer.expect(|stanza| stanza.contains("bad-request")).await;
    assert!(
        answer.contains("e@x") && answer.contains("error"),
        "{answer}"
    );
}

#[tokio::test]
async fn what_cannot_be_written_is_lost_alone() {
    let server = WireServer::start().await;
    let (_link, _events, mut peer, outlet) = connected(config(&server, SECRET), &server).await;
    let mut bad = message(0);
    bad.append_text("\u{1}");
    let mut deep = message(1);
    deep.append_child(Element::bare("no name", "urn:x"));
    for stanza in [bad, deep, message(2)] {
        outlet.send(stanza).await.unwrap();
    }
    outlet.ping(7).await.unwrap();
    assert!(peer.stanza().await.contains("n2"));
    let stanza = Element::builder("a", "urn:a")
        .append(Element::bare("b", "urn:b"))
        .append("<&\"'>]]>")
        .build();
    outlet.send(stanza.clone()).await.unwrap();
    let text = peer.expect(|stanza| stanza.starts_with("<a")).await;
    assert_eq!(text.parse::<Element>().unwrap(), stanza);
}

#[tokio::test]
async fn a_silent_server_is_found_out() {
    let server = WireServer::start().await;
    let mut config = config(&server, SECRET);
    config.timing.idle = Duration::from_millis(50);
    config.timing.pong = Duration::from_millis(200);
    let (_link, mut events, mut peer, _outlet) = connected(config, &server).await;
    // Pings that are answered keep the stream up, through many idle times.
    let served = Instant::now();
    while served.elapsed() < Duration::from_millis(600) {
        peer.answers_pings = false;
        let ping = peer.expect(|stanza| stanza.contains("urn:xmpp:ping")).await;
        peer.send(&ping).await;
    }
    assert!(
        events.try_recv().is_err(),
        "it stayed up and told nobody of its own pings"
    );
    let (alive, why) = down(&mut events).await;
    assert!(why.contains("did not answer in time"), "{why}");
    assert!(alive.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn both_directions_are_bounded() {
    let server = WireServer::start().await;
    let (_link, mut events, mut peer, outlet) = connected(config(&server, SECRET), &server).await;
    // Nobody takes what the server says: it must come to a stop and not grow in memory.
    let flood = "<message from='a@b' to='m1@r'/>".repeat(1000);
    let mut sent = 0;
    while tokio::time::timeout(Duration::from_millis(500), peer.send(&flood))
        .await
        .is_ok()
    {
        sent += 1000;
        assert!(sent < 5_000_000, "the link reads without end");
    }
    // Writing goes on meanwhile.
    for n in 0..MAX_ORDERS {
        outlet.send(message(n)).await.unwrap();
    }
    let last = format!("n{}", MAX_ORDERS - 1);
    peer.expect(|stanza| stanza.contains(&last)).await;
    for _ in 0..=MAX_EVENTS {
        assert!(matches!(next(&mut events).await, LinkEvent::Stanza(_)));
    }
}

#[tokio::test]
async fn plain_text_stays_on_this_machine() {
    let server = WireServer::start().await;
    let mut config = config(&server, SECRET);
    // 0.0.0.0 reaches this machine, but does not look like it.
    config.server = config.server.replace("127.0.0.1", "0.0.0.0");
    let (_link, mut events) = Link::spawn(config.clone());
    assert!(
        tokio::time::timeout(Duration::from_millis(300), events.recv())
            .await
            .is_err()
    );
    config.allow_plaintext = true;
    let _peer = connected(config, &server).await;
}
