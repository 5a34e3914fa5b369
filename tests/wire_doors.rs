//! The whole edge with its host, against a server that says anything: every question is answered, no error is, and
//! nobody is taken for somebody else.

// clippy's own exception covers test functions only, not what they call.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use minidom::Element;
use support::referee::said_to;
use support::wire::{DOMAIN, SECRET, WirePeer, WireServer};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use xmpp_referee::commands::{Answer, Call, Host, HostConfig, Regular, Regulars};
use xmpp_referee::engine::{Clock, Engine, Inbound, Outbound, Runner};
use xmpp_referee::kit::{Secret, Timestamp};
use xmpp_referee::store::memory::Memory;
use xmpp_referee::xmpp::edge::{Edge, EdgeConfig, STRANGER, WriterGone};
use xmpp_referee::xmpp::link::{LinkConfig, Timing};

const MUC: &str = "conference.example";
const BOB: &str = "bob@x.example/phone";

#[derive(Clone, Copy)]
struct TestClock(Instant);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_700_000_000_000 + i64::try_from(self.0.elapsed().as_millis()).unwrap())
    }
}

struct Referee {
    stop: Option<oneshot::Sender<()>>,
    edge: JoinHandle<Result<(), WriterGone>>,
}

type Out = tokio::sync::mpsc::UnboundedSender<Outbound<Answer>>;

fn config(server: &WireServer) -> EdgeConfig {
    EdgeConfig {
        link: LinkConfig {
            domain: DOMAIN.to_owned(),
            server: server.address(),
            secret: Secret::new(SECRET.to_owned()),
            allow_plaintext: false,
            timing: Timing::default(),
        },
        muc: Some(MUC.to_owned()),
        pubsub: Some("pubsub.example".to_owned()),
        lobby: "lobby".to_owned(),
        kick_on_illegal_turn: false,
        regulars: Regulars::default(),
    }
}

/// The edge, with a writer that this function runs on a thread.
async fn start(
    server: &WireServer,
    writer: impl FnOnce(mpsc::Receiver<Inbound<Call>>, Out) + Send + 'static,
) -> (Referee, WirePeer) {
    start_with(server, config(server), writer).await
}

async fn start_with(
    server: &WireServer,
    config: EdgeConfig,
    writer: impl FnOnce(mpsc::Receiver<Inbound<Call>>, Out) + Send + 'static,
) -> (Referee, WirePeer) {
    let discovers = config.muc.is_none();
    let (calls, calls_in) = mpsc::channel();
    let (out, out_in) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || writer(calls_in, out));
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
    first_pong(&mut peer).await;
    if !discovers {
        is_ready.await.unwrap();
    }
    (
        Referee {
            stop: Some(stop),
            edge,
        },
        peer,
    )
}

/// The first thing that is said on a connection is a ping; with its answer the referee hears.
async fn first_pong(peer: &mut WirePeer) {
    peer.answers_pings = false;
    let ping = peer.stanza().await;
    assert!(ping.contains("urn:xmpp:ping"), "{ping}");
    peer.send(&ping).await;
    peer.answers_pings = true;
}

/// The edge with the real host on a memory journal.
async fn referee(server: &WireServer) -> (Referee, WirePeer) {
    start(server, host).await
}

/// The writer with the real host on a memory journal.
fn host(calls: mpsc::Receiver<Inbound<Call>>, out: Out) {
    {
        let clock = TestClock(Instant::now());
        let engine = Engine::open(DOMAIN, Memory::new(7).ports(), clock.now()).unwrap();
        let handler = Host::new(HostConfig {
            admins: vec!["admin@x.example".to_owned()],
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
    }
}

fn parse(text: &str) -> Element {
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

/// Sends an IQ of Bob's and gives its answer.
async fn ask(peer: &mut WirePeer, kind: &str, to: &str, payload: &str) -> Element {
    let id = format!("q{}", rand::random::<u32>());
    peer.send(&format!(
        "<iq type='{kind}' id='{id}' from='{BOB}' to='{to}'>{payload}</iq>"
    ))
    .await;
    let answer = peer.expect(|stanza| stanza.contains(&id)).await;
    parse(&answer)
}

fn command(iq: &Element) -> &Element {
    iq.get_child("command", "http://jabber.org/protocol/commands")
        .unwrap_or_else(|| panic!("{}", String::from(iq)))
}

fn value(command: &Element, name: &str) -> String {
    let form = command.get_child("x", "jabber:x:data").unwrap();
    let field = form
        .children()
        .find(|field| field.attr("var") == Some(name));
    let values = field
        .into_iter()
        .flat_map(Element::children)
        .filter(|child| child.name() == "value");
    values.map(Element::text).collect::<Vec<_>>().join("\n")
}

async fn execute(
    peer: &mut WirePeer,
    to: &str,
    attributes: &str,
    fields: &[(&str, &str)],
) -> Element {
    let fields: String = fields
        .iter()
        .map(|(n, v)| format!("<field var='{n}'><value>{v}</value></field>"))
        .collect();
    let form = match fields.as_str() {
        "" => String::new(),
        fields => format!("<x xmlns='jabber:x:data' type='submit'>{fields}</x>"),
    };
    let payload = format!(
        "<command xmlns='http://jabber.org/protocol/commands' {attributes}>{form}</command>"
    );
    ask(peer, "set", to, &payload).await
}

fn condition(stanza: &Element) -> Option<&str> {
    let error = stanza.get_child("error", "jabber:component:accept")?;
    error.children().next().map(Element::name)
}

#[tokio::test]
async fn every_iq_is_answered() {
    let server = WireServer::start().await;
    let (_referee, mut peer) = referee(&server).await;
    let commands = "http://jabber.org/protocol/commands";
    let info = |node: &str| format!("<query xmlns='http://jabber.org/protocol/disco#info'{node}/>");
    let items =
        |node: &str| format!("<query xmlns='http://jabber.org/protocol/disco#items'{node}/>");
    let list = format!(" node='{commands}'");
    let answered = [
        (DOMAIN, "get", info("")),
        (DOMAIN, "get", items("")),
        (DOMAIN, "get", items(" node='matches'")),
        (DOMAIN, "get", info(" node='open'")),
        (DOMAIN, "get", items(&list)),
        (DOMAIN, "get", info(&list)),
        (DOMAIN, "get", info(" node='help'")),
        (
            DOMAIN,
            "get",
            "<query xmlns='jabber:iq:version'/>".to_owned(),
        ),
        (DOMAIN, "get", "<query xmlns='jabber:iq:last'/>".to_owned()),
        (
            DOMAIN,
            "get",
            "<query xmlns='jabber:iq:search'/>".to_owned(),
        ),
        (
            DOMAIN,
            "set",
            "<query xmlns='jabber:iq:search'><nick>bob</nick></query>".to_owned(),
        ),
        (DOMAIN, "get", "<time xmlns='urn:xmpp:time'/>".to_owned()),
        (DOMAIN, "get", "<vCard xmlns='vcard-temp'/>".to_owned()),
    ];
    for (to, kind, payload) in answered {
        let answer = ask(&mut peer, kind, to, &payload).await;
        assert_eq!(
            answer.attr("type"),
            Some("result"),
            "{payload}: {}",
            String::from(&answer)
        );
    }
    let refused = [
        (
            DOMAIN,
            "get",
            "<query xmlns='jabber:iq:roster'/>",
            "service-unavailable",
        ),
        (
            DOMAIN,
            "set",
            "<ping xmlns='urn:xmpp:ping'/>",
            "service-unavailable",
        ),
        (DOMAIN, "get", "", "bad-request"),
        (
            DOMAIN,
            "bogus",
            "<ping xmlns='urn:xmpp:ping'/>",
            "bad-request",
        ),
        (
            "nobody@referee.example",
            "get",
            "<ping xmlns='urn:xmpp:ping'/>",
            "item-not-found",
        ),
        (
            "m9@referee.example",
            "get",
            "<query xmlns='http://jabber.org/protocol/disco#info'/>",
            "item-not-found",
        ),
        (
            "m9@referee.example",
            "get",
            "<query xmlns='http://jabber.org/protocol/disco#items'/>",
            "item-not-found",
        ),
        (
            "m9@referee.example",
            "get",
            "<vCard xmlns='vcard-temp'/>",
            "item-not-found",
        ),
        (
            DOMAIN,
            "get",
            "<query xmlns='http://jabber.org/protocol/disco#items' node='nothing'/>",
            "item-not-found",
        ),
    ];
    for (to, kind, payload, wanted) in refused {
        let answer = ask(&mut peer, kind, to, payload).await;
        assert_eq!(
            condition(&answer),
            Some(wanted),
            "{payload}: {}",
            String::from(&answer)
        );
    }
}

#[tokio::test]
async fn malformed_stanzas_harm_nobody_and_errors_are_never_answered() {
    let server = WireServer::start().await;
    let (_referee, mut peer) = referee(&server).await;
    let long = "x".repeat(9000);
    let eve = "eve@x.example/e";
    let with_answer = [
        format!("<iq type='get' id='1' from='{eve}' to='{DOMAIN}'/>"),
        format!(
            "<iq type='set' id='2' from='{eve}' to='{DOMAIN}'><command xmlns='http://jabber.org/protocol/commands'/></iq>"
        ),
        format!(
            "<iq type='set' id='3' from='{eve}' to='{DOMAIN}'><command xmlns='http://jabber.org/protocol/commands' \
             node='my' action='dance'/></iq>"
        ),
        format!(
            "<iq type='set' id='4' from='{eve}' to='{DOMAIN}'><command xmlns='http://jabber.org/protocol/commands' \
             node='my'><x xmlns='jabber:x:data' type='dance'/></command></iq>"
        ),
        format!("<iq id='5' from='{eve}' to='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>"),
        format!(
            "<iq type='get' id='6' from='{eve}' to='{DOMAIN}'><query xmlns='http://jabber.org/protocol/disco#items'>\
             <set xmlns='http://jabber.org/protocol/rsm'><max>-1</max></set></query></iq>"
        ),
    ];
    for stanza in &with_answer {
        peer.send(stanza).await;
    }
    let told = said_to(&mut peer, eve).await;
    let conditions: Vec<_> = told
        .iter()
        .map(|told| (told.attr("id"), condition(told)))
        .collect();
    let wanted: Vec<_> = ["1", "2", "3", "4", "5", "6"]
        .iter()
        .map(|id| (Some(*id), Some("bad-request")))
        .collect();
    assert_eq!(conditions, wanted);

    let silent = [
        format!("<presence from='{eve}' to='{DOMAIN}'><show>busy</show><show/></presence>"),
        format!("<presence from='{eve}' to='{DOMAIN}'><priority>300</priority></presence>"),
        format!("<iq type='error' id='7' from='{eve}' to='{DOMAIN}'><error type='zzz'/></iq>"),
        format!("<iq type='error' id='8' from='{eve}' to='{DOMAIN}'/>"),
        format!("<iq type='result' id='9' from='{eve}' to='{DOMAIN}'/>"),
        format!(
            "<message type='error' from='{eve}' to='referee@{DOMAIN}'><body>my</body></message>"
        ),
        format!(
            "<message type='headline' from='{eve}' to='referee@{DOMAIN}'><body>my</body></message>"
        ),
        format!(
            "<message type='groupchat' from='{eve}' to='referee@{DOMAIN}'><body>!my</body></message>"
        ),
        format!(
            "<iq type='get' id='10' from='{eve}' to='other.example'><ping xmlns='urn:xmpp:ping'/></iq>"
        ),
        format!("<unknown from='{eve}' to='{DOMAIN}'/>"),
    ];
    for stanza in &silent {
        peer.send(stanza).await;
    }
    let told: Vec<_> = said_to(&mut peer, eve)
        .await
        .iter()
        .map(String::from)
        .collect();
    assert!(told.is_empty(), "{told:?}");

    // Shapes that the byte filter or the parser may mend or refuse: whatever is said, the stream lives.
    let odd = [
        format!(
            "<iq type='get' id='11' from='{eve}' to='{DOMAIN}' a='{long}'><ping xmlns='urn:xmpp:ping'/></iq>"
        ),
        format!(
            "<message from='{eve}' to='referee@{DOMAIN}'><q xmlns='u' foo:bar='x'/><body>my</body></message>"
        ),
        format!(
            "<message from='{eve}' to='referee@{DOMAIN}' type='bogus'><thread/><thread/><body>my</body></message>"
        ),
        format!("<message from='{eve}' to='😀@{DOMAIN}/😀'><body>my</body></message>"),
        format!(
            "<message from='{eve}' to='referee@{DOMAIN}'><body>{}</body></message>",
            "y".repeat(200_000)
        ),
    ];
    for stanza in &odd {
        peer.send(stanza).await;
    }
    said_to(&mut peer, eve).await;
    let answer = ask(&mut peer, "get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>").await;
    assert_eq!(answer.attr("type"), Some("result"));
}

#[tokio::test]
async fn words_are_answered_with_words() {
    let server = WireServer::start().await;
    let (_referee, mut peer) = referee(&server).await;
    peer.send(&format!(
        "<message type='chat' id='w1' from='{BOB}' to='referee@{DOMAIN}'><body>my</body><thread>t9</thread>\
         <request xmlns='urn:xmpp:receipts'/></message>"
    ))
    .await;
    let receipt = parse(
        &peer
            .expect(|stanza| stanza.contains("urn:xmpp:receipts"))
            .await,
    );
    assert_eq!(receipt.children().next().unwrap().attr("id"), Some("w1"));
    let answer = parse(&peer.expect(|stanza| stanza.contains("<body")).await);
    assert_eq!(
        (answer.attr("to"), answer.attr("type")),
        (Some(BOB), Some("chat"))
    );
    assert_eq!(
        answer
            .get_child("thread", "jabber:component:accept")
            .unwrap()
            .text(),
        "t9"
    );
    assert_eq!(
        answer
            .get_child("origin-id", "urn:xmpp:sid:0")
            .unwrap()
            .attr("id"),
        answer.attr("id")
    );
    for flaw in [
        "<delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z'/>",
        "<replace xmlns='urn:xmpp:message-correct:0' id='w1'/>",
        "<encrypted xmlns='eu.siacs.conversations.axolotl'><payload>x</payload></encrypted>",
    ] {
        let message = format!(
            "<message type='chat' id='w2' from='{BOB}' to='referee@{DOMAIN}'><body>my</body>{flaw}</message>"
        );
        peer.send(&message).await;
        let answer = parse(&peer.expect(|stanza| stanza.contains("<body")).await);
        assert_eq!(answer.attr("to"), Some(BOB), "{flaw}");
    }
}

#[tokio::test]
async fn nobody_is_a_person_through_a_room() {
    let server = WireServer::start().await;
    let (_referee, mut peer) = referee(&server).await;
    for (who, x) in [
        (format!("m1-abcd@{MUC}/bob"), ""),
        (
            "den@evil.example/bob".to_owned(),
            "<x xmlns='http://jabber.org/protocol/muc#user'/>",
        ),
    ] {
        let message = format!(
            "<message type='chat' id='p' from='{who}' to='referee@{DOMAIN}'><body>my</body>{x}</message>"
        );
        peer.send(&message).await;
        peer.send(&message).await;
        let told = said_to(&mut peer, &who).await;
        let bodies: Vec<_> = told.iter().map(Element::text).collect();
        let bodies: Vec<_> = told
            .iter()
            .zip(bodies)
            .flat_map(|(told, _)| told.children().next().map(Element::text))
            .collect();
        assert_eq!(bodies.len(), 1, "once, and then silence: {bodies:?}");
        assert!(
            bodies[0].contains(&format!("referee@{DOMAIN}")),
            "{bodies:?}"
        );
    }
    let room = format!("m1-abcd@{MUC}/bob");
    for from in [room.as_str(), "x.example"] {
        peer.send(&format!(
            "<iq type='set' id='c' from='{from}' to='{DOMAIN}'><command xmlns='http://jabber.org/protocol/commands' \
             node='my'/></iq>"
        ))
        .await;
        let told = said_to(&mut peer, from).await;
        assert_eq!(
            told.iter().map(condition).collect::<Vec<_>>(),
            [Some("forbidden")],
            "{from}"
        );
    }
}

/// What a domain says that it is.
async fn says(peer: &mut WirePeer, domain: &str, category: &str) {
    let asked = format!("to=\"{domain}\"");
    let asked = peer
        .expect(|stanza| {
            stanza.contains("disco#info") && stanza.replace('\'', "\"").contains(&asked)
        })
        .await;
    let id = parse(&asked).attr("id").unwrap().to_owned();
    peer.send(&format!(
        "<iq type='result' id='{id}' from='{domain}' to='{DOMAIN}'>\
         <query xmlns='http://jabber.org/protocol/disco#info'>\
         <identity category='{category}' type='text'/></query></iq>"
    ))
    .await;
}

/// Every way to ask for something in one's own name.
fn acts_of(who: &str) -> Vec<String> {
    vec![
        format!(
            "<iq type='set' id='c' from='{who}' to='{DOMAIN}'>\
             <command xmlns='http://jabber.org/protocol/commands' node='open'/></iq>"
        ),
        format!("<presence from='{who}' to='m1@{DOMAIN}/ann'><game {MUG}/></presence>"),
        format!("<presence type='subscribe' from='{who}' to='referee@{DOMAIN}'/>"),
        format!(
            "<message type='chat' id='m' from='{who}' to='referee@{DOMAIN}'><body>open chess</body></message>"
        ),
    ]
}

#[tokio::test]
async fn nobody_is_a_person_at_a_domain_of_rooms_or_at_a_gateway() {
    let server = WireServer::start().await;
    let (_referee, mut peer) = referee(&server).await;
    for (domain, category) in [
        ("conference.elsewhere.example", "conference"),
        ("gateway.elsewhere.example", "gateway"),
    ] {
        let who = format!("room@{domain}/ann");
        // What comes while the domain is asked waits, and so does what comes after it.
        let acts = acts_of(&who);
        peer.send(&acts[0]).await;
        peer.send(&acts[1]).await;
        says(&mut peer, domain, category).await;
        peer.send(&acts[2]).await;
        peer.send(&acts[3]).await;
        let told = peer.expect(|stanza| stanza.contains("<body")).await;
        assert!(told.contains(&format!("referee@{DOMAIN}")), "{told}");
        assert!(told.contains(domain), "{told}");
        // Once more, now that it is known: nothing is asked again.
        for act in &acts[..3] {
            peer.send(act).await;
        }
        let told = said_to(&mut peer, &who).await;
        let conditions: Vec<_> = told.iter().map(condition).collect();
        assert_eq!(conditions, [Some("forbidden"); 2], "{told:?}");
        // Lists are for everybody.
        peer.send(&format!(
            "<iq type='get' id='l' from='{who}' to='{DOMAIN}'>\
             <query xmlns='http://jabber.org/protocol/disco#items' node='open'/></iq>"
        ))
        .await;
        let told = said_to(&mut peer, &who).await;
        assert_eq!(told[0].attr("type"), Some("result"), "{told:?}");
    }
    // Nobody of these has become anybody, and nothing was opened.
    let open = ask(
        &mut peer,
        "get",
        DOMAIN,
        "<query xmlns='http://jabber.org/protocol/disco#items' node='open'/>",
    )
    .await;
    assert!(!String::from(&open).contains("m1@"), "{open:?}");
}

#[tokio::test]
async fn a_stranger_waits_for_their_domain_and_whoever_is_known_does_not() {
    let server = WireServer::start().await;
    let regulars = Regulars::default();
    regulars.note(
        "known@quiet.example",
        Regular {
            known: true,
            ..Regular::default()
        },
    );
    let config = EdgeConfig {
        regulars,
        ..config(&server)
    };
    let (_referee, mut peer) = start_with(&server, config, host).await;
    peer.answers_for_servers = false;
    let say = |who: &str, n: usize| {
        format!(
            "<message type='chat' id='{n}' from='{who}' to='referee@{DOMAIN}'><body>games</body></message>"
        )
    };
    let is_asked = |stanza: &str| stanza.contains("disco#info") && stanza.contains("quiet.example");
    let (known, new) = ("known@quiet.example/a", "new@quiet.example/a");
    peer.send(&say(known, 0)).await;
    peer.expect(is_asked).await;
    let told = peer.expect(|stanza| stanza.contains("<body")).await;
    assert!(told.contains(known), "{told}");
    // Sixteen wait; the next is told to come again, at once.
    for n in 0..17 {
        peer.send(&say(new, n)).await;
    }
    let told = peer.expect(|stanza| stanza.contains(new)).await;
    let told = parse(&told);
    assert_eq!(condition(&told), Some("resource-constraint"));
    assert_eq!(told.attr("id"), Some("16"));
    // The domain never says what it is: then it is taken for a server.
    peer.expect(|stanza| stanza.contains(new) && stanza.contains("<body"))
        .await;
}

#[tokio::test]
async fn commands_run_at_once_or_step_by_step() {
    let server = WireServer::start().await;
    let (_referee, mut peer) = referee(&server).await;
    let made = execute(&mut peer, DOMAIN, "node='open'", &[("game", "tic-tac-toe")]).await;
    let made = command(&made);
    assert_eq!(
        made.attr("status"),
        Some("completed"),
        "{}",
        String::from(made)
    );
    assert!(value(made, "match").starts_with('m') && !value(made, "text").is_empty());
    assert_eq!(
        (
            value(made, "state").as_str(),
            value(made, "FORM_TYPE").as_str()
        ),
        ("open", "urn:x-referee:command:0")
    );

    // A refusal is a completed command, with a code.
    let refused = execute(
        &mut peer,
        DOMAIN,
        "node='move'",
        &[("match", "m99"), ("move", "a1")],
    )
    .await;
    let refused = command(&refused);
    assert_eq!(refused.attr("status"), Some("completed"));
    assert!(!value(refused, "code").is_empty() && !value(refused, "text").is_empty());

    // One page, with the session as it is echoed: any word for going on submits it, and `prev` shows it again.
    for path in [
        &["next"][..],
        &["execute"],
        &["prev", "complete"],
        &["complete"],
    ] {
        let asked = execute(&mut peer, DOMAIN, "node='open' action='execute'", &[]).await;
        let mut command_now = command(&asked).clone();
        let session = command_now.attr("sessionid").unwrap().to_owned();
        let mut attributes = String::new();
        for action in path {
            assert_eq!(
                command_now.attr("status"),
                Some("executing"),
                "{}",
                String::from(&command_now)
            );
            let actions = command_now
                .get_child("actions", "http://jabber.org/protocol/commands")
                .unwrap();
            let offered = actions.children().any(|offered| offered.name() == *action);
            assert!(
                offered || matches!(*action, "execute" | "next" | "prev"),
                "{path:?}: {}",
                String::from(actions)
            );
            attributes = format!("node='open' action='{action}' sessionid='{session}'");
            let answer = execute(&mut peer, DOMAIN, &attributes, &[("game", "chess")]).await;
            command_now = command(&answer).clone();
            assert_eq!(command_now.attr("sessionid"), Some(session.as_str()));
        }
        assert_eq!(
            command_now.attr("status"),
            Some("completed"),
            "{path:?}: {}",
            String::from(&command_now)
        );
        assert_eq!(value(&command_now, "state"), "open");
        let again = execute(&mut peer, DOMAIN, &attributes, &[("game", "chess")]).await;
        assert_eq!(
            condition(&again),
            Some("bad-request"),
            "{}",
            String::from(&again)
        );
        assert!(String::from(&again).contains("bad-sessionid"));
    }
    let asked = execute(&mut peer, DOMAIN, "node='open'", &[]).await;
    let session = command(&asked).attr("sessionid").unwrap().to_owned();
    let given_up = execute(
        &mut peer,
        DOMAIN,
        &format!("node='open' action='cancel' sessionid='{session}'"),
        &[],
    )
    .await;
    assert_eq!(command(&given_up).attr("status"), Some("canceled"));
    let unknown = execute(&mut peer, DOMAIN, "node='nothing'", &[]).await;
    assert_eq!(condition(&unknown), Some("item-not-found"));
    let admin = execute(&mut peer, DOMAIN, "node='admin-status'", &[]).await;
    assert!(
        matches!(condition(&admin), Some("forbidden" | "item-not-found")),
        "{}",
        String::from(&admin)
    );
}

#[tokio::test]
async fn too_much_at_once_is_asked_to_wait() {
    let server = WireServer::start().await;
    // A writer that tells what stands and then answers nothing.
    let (_referee, mut peer) = start(&server, |calls, out| {
        let standing = Answer::Seen(xmpp_referee::commands::Seen::Standing(Default::default()));
        while let Ok(inbound) = calls.recv() {
            if let (Inbound::Call(ticket, _, Call::Look(_)), standing) = (inbound, standing.clone())
            {
                let _ = out.send(Outbound::Answers(vec![(ticket, standing)]));
            }
        }
    })
    .await;
    let one = |n: usize| {
        format!(
            "<iq type='set' id='f{n}' from='{BOB}' to='{DOMAIN}'><command xmlns='http://jabber.org/protocol/commands' \
             node='my'/></iq>"
        )
    };
    for n in 0..2 * STRANGER.burst as usize {
        peer.send(&one(n)).await;
    }
    let told = said_to(&mut peer, BOB).await;
    // All of those are told that do not wait for the writer.
    assert!(told.len() > STRANGER.burst as usize, "{}", told.len());
    assert!(
        told.iter()
            .all(|told| condition(told) == Some("resource-constraint"))
    );
}

#[tokio::test]
async fn an_ordered_end_says_good_bye() {
    let server = WireServer::start().await;
    let (mut referee, mut peer) = referee(&server).await;
    // The lobby is ours: it hears the last word, before the stream ends.
    let join = parse(&peer.expect(|stanza| stanza.contains("<presence")).await);
    let (from, to) = (join.attr("to").unwrap(), join.attr("from").unwrap());
    peer.send(&format!(
        "<presence from='{from}' to='{to}'><x xmlns='http://jabber.org/protocol/muc#user'>\
         <item affiliation='owner' role='moderator'/><status code='110'/><status code='201'/></x></presence>"
    ))
    .await;
    for _ in 0..2 {
        let form = parse(&peer.expect(|stanza| stanza.contains("muc#owner")).await);
        let (id, room) = (form.attr("id").unwrap(), form.attr("to").unwrap());
        peer.send(&format!(
            "<iq type='result' id='{id}' from='{room}' to='{to}'><query xmlns='http://jabber.org/protocol/muc#owner'>\
             <x xmlns='jabber:x:data' type='form'/></query></iq>"
        ))
        .await;
    }
    said_to(&mut peer, BOB).await;
    referee.stop.take().unwrap().send(()).unwrap();
    peer.expect(|stanza| stanza.contains("unavailable") && stanza.contains(MUC))
        .await;
    peer.expect(|stanza| stanza.contains("</stream:stream>"))
        .await;
    peer.send("</stream:stream>").await;
    assert_eq!(referee.edge.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn a_writer_that_is_gone_ends_the_edge() {
    let server = WireServer::start().await;
    let (referee, mut peer) = start(&server, |calls, out| {
        let standing = Answer::Seen(xmpp_referee::commands::Seen::Standing(Default::default()));
        while let Ok(inbound) = calls.recv() {
            match inbound {
                Inbound::Call(_, _, Call::Form(_)) => return,
                Inbound::Call(ticket, ..) => {
                    let _ = out.send(Outbound::Answers(vec![(ticket, standing.clone())]));
                }
                _ => {}
            }
        }
    })
    .await;
    peer.send(&format!(
        "<iq type='set' id='g' from='{BOB}' to='{DOMAIN}'><command xmlns='http://jabber.org/protocol/commands' node='my'/></iq>"
    ))
    .await;
    assert_eq!(referee.edge.await.unwrap(), Err(WriterGone));
}

const MUG: &str = "xmlns='http://jabber.org/protocol/mug'";
const MUG_USER: &str = "xmlns='http://jabber.org/protocol/mug#user'";
const MUG_OWNER: &str = "xmlns='http://jabber.org/protocol/mug#owner'";

#[tokio::test]
async fn mug_of_any_shape_is_answered_and_moves_nothing() {
    let server = WireServer::start().await;
    let (_referee, mut peer) = referee(&server).await;
    let fields = [("game", "tic-tac-toe"), ("side", "x")];
    let made = execute(&mut peer, DOMAIN, "node='open'", &fields).await;
    assert_eq!(value(command(&made), "state"), "open");
    let long = "x".repeat(4000);
    let refused = [
        format!("<presence from='{BOB}' to='m1@{DOMAIN}/ '><game {MUG}/></presence>"),
        format!("<presence from='{BOB}' to='m1@{DOMAIN}/{long}'><game {MUG}/></presence>"),
        format!("<presence from='{BOB}' to='m1@{DOMAIN}/b&#x202e;ob'><game {MUG}/></presence>"),
        format!("<presence from='{BOB}' to='m1@{DOMAIN}/referee'><game {MUG}/></presence>"),
        format!("<presence from='{BOB}' to='m9@{DOMAIN}/bob'><game {MUG}/></presence>"),
        format!(
            "<presence from='{BOB}' to='m1@{DOMAIN}/bob'><game {MUG} var='{long}'/></presence>"
        ),
        format!("<presence from='{BOB}' to='m1@{DOMAIN}'><game {MUG}/></presence>"),
        format!(
            "<presence from='{BOB}' to='m1@{DOMAIN}'><game {MUG}><item role='{long}'/></game></presence>"
        ),
        format!("<presence from='{BOB}' to='new-chess@{DOMAIN}/bob'><game {MUG}/></presence>"),
        format!("<presence from='{BOB}' to='new-chess@{DOMAIN}/bob'/>"),
        format!("<message from='{BOB}' to='m1@{DOMAIN}'><turn {MUG_USER}>{long}</turn></message>"),
        format!("<message from='{BOB}' to='m1@{DOMAIN}'><start {MUG_USER}/></message>"),
        format!("<message from='{BOB}' to='m1@{DOMAIN}'><game {MUG_USER}/></message>"),
        format!("<message from='{BOB}' to='new-chess@{DOMAIN}'><turn {MUG_USER}/></message>"),
        format!("<iq type='set' id='i1' from='{BOB}' to='m1@{DOMAIN}'><save {MUG_OWNER}/></iq>"),
        format!("<iq type='get' id='i2' from='{BOB}' to='m1@{DOMAIN}'><load {MUG_OWNER}/></iq>"),
        format!("<iq type='get' id='i3' from='{BOB}' to='m9@{DOMAIN}'><load {MUG_OWNER}/></iq>"),
        format!(
            "<iq type='set' id='i4' from='{BOB}' to='m1@{DOMAIN}'><query {MUG_OWNER}><item/></query></iq>"
        ),
        format!(
            "<iq type='set' id='i5' from='{BOB}' to='new-chess@{DOMAIN}'><query {MUG_OWNER}/></iq>"
        ),
        format!(
            "<iq type='set' id='i6' from='{BOB}' to='new-chess@{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>"
        ),
    ];
    for shape in &refused {
        peer.send(shape).await;
        let said = said_to(&mut peer, BOB).await;
        assert_eq!(said.len(), 1, "{shape}\n{said:?}");
        assert!(condition(&said[0]).is_some(), "{shape}\n{said:?}");
        assert!(String::from(&said[0]).len() < 1500, "{shape} is echoed");
    }
    let silent = [
        format!("<presence type='unavailable' from='{BOB}' to='m1@{DOMAIN}/bob'/>"),
        format!(
            "<presence type='error' from='{BOB}' to='m1@{DOMAIN}/bob'><game {MUG}/></presence>"
        ),
        format!("<presence from='{BOB}' to='m1@{DOMAIN}/bob'/>"),
        format!("<message type='error' from='{BOB}' to='m1@{DOMAIN}'><turn {MUG_USER}/></message>"),
        format!(
            "<message from='{BOB}' to='m1@{DOMAIN}'><game {MUG_USER}><decline to='a@b'/></game></message>"
        ),
        format!("<presence from='room@{MUC}/bob' to='m1@{DOMAIN}/bob'><game {MUG}/></presence>"),
        format!("<presence from='{DOMAIN}' to='m1@{DOMAIN}/bob'><game {MUG}/></presence>"),
    ];
    for shape in &silent {
        peer.send(shape).await;
        let said = said_to(&mut peer, BOB).await;
        assert!(said.is_empty(), "{shape}\n{said:?}");
    }
    // Inside, too.
    peer.send(&format!(
        "<presence from='{BOB}' to='m1@{DOMAIN}/bob'><game {MUG}/><game {MUG}/></presence>"
    ))
    .await;
    let said = said_to(&mut peer, BOB).await;
    assert_eq!(said.len(), 2, "{said:?}");
    let inside = [
        format!(
            "<presence from='{BOB}' to='m1@{DOMAIN}'><game {MUG}><item role='x' role2='o'/></game></presence>"
        ),
        format!(
            "<message from='{BOB}' to='m1@{DOMAIN}'><turn {MUG_USER}><move xmlns='http://jabber.org/protocol/mug/tictactoe' row='1' col='999999999999' id='-4'/></turn></message>"
        ),
        format!(
            "<message from='{BOB}' to='m1@{DOMAIN}'><game {MUG_USER}><invite/></game></message>"
        ),
        format!(
            "<message from='{BOB}' to='m1@{DOMAIN}'><game {MUG_USER}>{}</game></message>",
            "<invite to='a@b'/>".repeat(50)
        ),
        format!(
            "<message from='{BOB}' to='m1@{DOMAIN}'><game {MUG_USER}><invite to='referee@{DOMAIN}'/></game></message>"
        ),
        format!(
            "<message type='chat' from='{BOB}' to='m1@{DOMAIN}/nobody'><body>x</body></message>"
        ),
        format!(
            "<message type='groupchat' from='{BOB}' to='m1@{DOMAIN}'><body>{long}</body></message>"
        ),
    ];
    for shape in &inside {
        peer.send(shape).await;
        let said = said_to(&mut peer, BOB).await;
        assert_eq!(said.len(), 1, "{shape}\n{said:?}");
    }
    let shown = execute(&mut peer, DOMAIN, "node='show'", &[("match", "m1")]).await;
    assert_eq!(value(command(&shown), "state"), "open");
}

/// A command of somebody, and the form of its answer.
async fn order(peer: &mut WirePeer, who: &str, node: &str, fields: &[(&str, &str)]) -> Element {
    let fields: String = fields
        .iter()
        .map(|(name, value)| format!("<field var='{name}'><value>{value}</value></field>"))
        .collect();
    let id = format!("c{}", rand::random::<u64>());
    peer.send(&format!(
        "<iq type='set' id='{id}' from='{who}' to='{DOMAIN}'><command xmlns='http://jabber.org/protocol/commands' \
         node='{node}'><x xmlns='jabber:x:data' type='submit'>{fields}</x></command></iq>"
    ))
    .await;
    let answer = peer.expect(|stanza| stanza.contains(&id)).await;
    let answer = parse(&answer);
    let command = answer.children().next().unwrap();
    command
        .get_child("x", "jabber:x:data")
        .unwrap_or_else(|| panic!("{}", String::from(&answer)))
        .clone()
}

fn values(form: &Element, name: &str) -> Vec<String> {
    let field = form
        .children()
        .find(|field| field.attr("var") == Some(name));
    let values = field.into_iter().flat_map(Element::children);
    values.map(Element::text).collect()
}

async fn clocks(peer: &mut WirePeer) -> Vec<i64> {
    let shown = order(peer, "bob@x.example/1", "show", &[("match", "m1")]).await;
    let clocks = values(&shown, "clocks");
    clocks.iter().map(|left| left.parse().unwrap()).collect()
}

/// Time that only scheduling took.
const SLACK: i64 = 250;

#[tokio::test]
async fn nobody_pays_for_a_break_while_discovery_never_answers() {
    let server = WireServer::start().await;
    let found = EdgeConfig {
        muc: None,
        pubsub: None,
        ..config(&server)
    };
    let (_referee, mut peer) = start_with(&server, found, host).await;
    let (alice, bob) = ("alice@x.example/1", "bob@x.example/1");
    order(&mut peer, bob, "bot", &[("mode", "on")]).await;
    order(&mut peer, alice, "bot", &[("mode", "on")]).await;
    let terms = [
        ("opponent", "bob@x.example"),
        ("game", "chess"),
        ("clock", "2+0"),
        ("side", "white"),
        ("room", "0"),
    ];
    order(&mut peer, alice, "challenge", &terms).await;
    order(&mut peer, bob, "accept", &[("match", "m1")]).await;
    for (who, text) in [(alice, "e4"), (bob, "e5")] {
        let form = order(&mut peer, who, "move", &[("match", "m1"), ("move", text)]).await;
        assert_eq!(values(&form, "code"), Vec::<String>::new());
    }
    let before = clocks(&mut peer).await;
    drop(peer);
    // The referee tries again at once; nobody answers for a while.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mut peer = server.login().await;
    let up = Instant::now();
    // Neither the first pong nor any answer of the server comes before the move.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let form = order(
        &mut peer,
        alice,
        "move",
        &[("match", "m1"), ("move", "Nf3")],
    )
    .await;
    let used = i64::try_from(up.elapsed().as_millis()).unwrap();
    assert_eq!(values(&form, "code"), Vec::<String>::new());
    let after = clocks(&mut peer).await;
    let charged = before[0] - after[0];
    assert!(charged <= used + SLACK, "charged {charged}, used {used}");
    // And the opponent is told of it although nobody knows yet where rooms and feeds are.
    let told = order(&mut peer, bob, "move", &[("match", "m1"), ("move", "Nc6")]).await;
    assert_eq!(values(&told, "code"), Vec::<String>::new());
    peer.expect(|stanza| stanza.contains("<message") && stanza.contains("alice@x.example"))
        .await;
}
