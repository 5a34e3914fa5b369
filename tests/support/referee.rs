//! The whole edge with its host, in this process, for tests that play the server.

use std::sync::mpsc;
use std::time::Instant;

use minidom::Element;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use xmpp_referee::commands::{Answer, Call, Host, HostConfig, Regulars};
use xmpp_referee::engine::{Clock, Engine, Inbound, Outbound, Runner};
use xmpp_referee::kit::{Secret, Timestamp};
use xmpp_referee::store::memory::Memory;
use xmpp_referee::xmpp::edge::{Edge, EdgeConfig, WriterGone};
use xmpp_referee::xmpp::link::{LinkConfig, Timing};

use super::wire::{DOMAIN, SECRET, WirePeer, WireServer};

/// The MUC service.
pub const MUC: &str = "conference.example";

/// The time since the test began.
#[derive(Clone, Copy)]
pub struct TestClock(pub Instant);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_700_000_000_000 + i64::try_from(self.0.elapsed().as_millis()).unwrap())
    }
}

/// A referee that runs.
pub struct Referee {
    /// Ends it in order.
    pub stop: Option<oneshot::Sender<()>>,
    /// The edge.
    pub edge: JoinHandle<Result<(), WriterGone>>,
}

/// Where the writer answers.
pub type Out = tokio::sync::mpsc::UnboundedSender<Outbound<Answer>>;

fn config(server: &WireServer, timing: Timing, regulars: Regulars) -> EdgeConfig {
    EdgeConfig {
        link: LinkConfig {
            domain: DOMAIN.to_owned(),
            server: server.address(),
            secret: Secret::new(SECRET.to_owned()),
            allow_plaintext: false,
            timing,
        },
        muc: Some(MUC.to_owned()),
        pubsub: Some("pubsub.example".to_owned()),
        lobby: "lobby".to_owned(),
        kick_on_illegal_turn: false,
        regulars,
    }
}

/// The edge, with a writer that this function runs on a thread.
pub async fn start(
    server: &WireServer,
    timing: Timing,
    writer: impl FnOnce(mpsc::Receiver<Inbound<Call>>, Out, Regulars) + Send + 'static,
) -> (Referee, WirePeer) {
    let (calls, calls_in) = mpsc::channel();
    let (out, out_in) = tokio::sync::mpsc::unbounded_channel();
    let regulars = Regulars::default();
    let theirs = regulars.clone();
    std::thread::spawn(move || writer(calls_in, out, theirs));
    let config = config(server, timing, regulars);
    let edge = Edge::new(&config, calls, TestClock(Instant::now()));
    let (stop, stopped) = oneshot::channel();
    let (ready, is_ready) = oneshot::channel();
    let mut ready = Some(ready);
    let edge = tokio::spawn(edge.run(
        config.link,
        out_in,
        async {
            let _ = stopped.await;
        },
        move || {
            let _ = ready.take().map(|ready| ready.send(()));
        },
    ));
    let mut peer = server.login().await;
    // The first thing that is said on a connection is a ping; with its answer the referee hears.
    first_pong(&mut peer).await;
    is_ready.await.unwrap();
    (
        Referee {
            stop: Some(stop),
            edge,
        },
        peer,
    )
}

/// The edge with the real host on a memory journal.
pub async fn referee(server: &WireServer) -> (Referee, WirePeer) {
    referee_with(server, Timing::default()).await
}

/// The same with other patience.
pub async fn referee_with(server: &WireServer, timing: Timing) -> (Referee, WirePeer) {
    start(server, timing, |calls, out, regulars| {
        let clock = TestClock(Instant::now());
        let engine = Engine::open(DOMAIN, Memory::new(7).ports(), clock.now()).unwrap();
        let handler = Host::new(HostConfig {
            admins: vec!["admin@x.example".to_owned()],
            regulars,
            ..HostConfig::default()
        });
        Runner {
            engine,
            handler,
            clock,
        }
        .run(&calls, |answer| {
            let _ = out.send(answer);
        });
    })
    .await
}

/// A stanza that the referee sent.
pub fn parse(text: &str) -> Element {
    let named = text.contains("xmlns=\"jabber:component:accept\"")
        || text.contains("xmlns='jabber:component:accept'");
    let end = text.find([' ', '>', '/']).unwrap();
    let whole = format!(
        "{} xmlns='jabber:component:accept'{}",
        &text[..end],
        &text[end..]
    );
    if named {
        text.parse().unwrap()
    } else {
        whole.parse().unwrap()
    }
}

/// Everything that is said to this sender until the answer to a last question, which the writer answers as all others.
pub async fn said_to(peer: &mut WirePeer, who: &str) -> Vec<Element> {
    let id = format!("last{}", rand::random::<u32>());
    peer.send(&format!(
        "<iq type='get' id='{id}' from='{who}' to='{DOMAIN}'>\
         <query xmlns='http://jabber.org/protocol/disco#items' node='open'/></iq>"
    ))
    .await;
    let mut said = Vec::new();
    loop {
        let stanza = parse(&peer.stanza().await);
        if stanza.attr("id") == Some(&id) {
            return said;
        }
        if stanza.attr("to") == Some(who) {
            said.push(stanza);
        }
    }
}

/// Answers the ping with which a connection begins.
pub async fn first_pong(peer: &mut WirePeer) {
    peer.answers_pings = false;
    let ping = peer.stanza().await;
    assert!(ping.contains("urn:xmpp:ping"), "{ping}");
    peer.send(&ping).await;
    peer.answers_pings = true;
}
