//! A try of everything that the referee needs from the server: the handshake, the line's speed, discovery, a room, a node.
//! What is made here is taken away again.

use std::io;
use std::time::{Duration, Instant};

use minidom::Element;
use tokio::sync::mpsc::Receiver;
use xmpp_parsers::ns;

use super::feeds::{Purpose, options};
use super::link::{self, Link, LinkConfig, LinkEvent, Outlet};
use super::muc;
use super::out::{Heard, Out, Question, Then};
use super::services::Services;
use super::stanza::{CONTACT, address, attribute, el, leaf};
use super::stream::Fault;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How one step went.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was tried.
    pub what: String,
    /// What went wrong and what mends it; none when it went well.
    pub fault: Option<(String, String)>,
}

fn good(what: impl Into<String>) -> Finding {
    Finding {
        what: what.into(),
        fault: None,
    }
}

fn bad(what: impl Into<String>, why: impl Into<String>, mend: impl Into<String>) -> Finding {
    Finding {
        what: what.into(),
        fault: Some((why.into(), mend.into())),
    }
}

/// Tries everything in turn. Nothing else may be connected as this component meanwhile.
pub async fn check(
    config: LinkConfig,
    room_service: Option<String>,
    feed_service: Option<String>,
) -> Vec<Finding> {
    let domain = config.domain.clone();
    let connect = format!("connect to {} as {domain}", config.server);
    if let Err(fault) = link::try_out(&config).await {
        let mend = connecting(&fault, &config);
        return vec![bad(connect, fault.to_string(), mend)];
    }
    let (link, events) = Link::spawn(config);
    let mut checker = Checker {
        domain,
        events,
        outlet: None,
        asked: 0,
    };
    let mut found = vec![good(connect), checker.speed().await];
    if found[1].fault.is_some() {
        // Everything else would only fail for the same reason.
        link.close().await;
        return found;
    }
    let mut services = Services::new(&checker.domain, room_service, feed_service);
    found.push(checker.discover(&mut services).await);
    found.push(match services.muc().address() {
        Some(at) => checker.room(at).await,
        None => bad("find a room service", "the server lists none", NO_ROOMS),
    });
    found.push(match services.pubsub().address() {
        Some(at) => checker.node(at).await,
        None => bad("find a pubsub service", "the server lists none", NO_FEEDS),
    });
    drop(checker);
    link.close().await;
    found
}

/// What mends a connection that does not come about.
fn connecting(fault: &Fault, config: &LinkConfig) -> String {
    let (server, domain) = (&config.server, &config.domain);
    match fault {
        Fault::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => format!(
            "Nothing listens at {server}. Is the Jabber server running, and does it have the component's lines? `referee lines` \
             prints them. If it listens on another port, say so: server = \"127.0.0.1:PORT\" in [component]."
        ),
        Fault::Io(_) => format!(
            "Is {server} the right host and port (`server` in [component])? From this machine, `nc -vz {}` tells whether it can be reached.",
            server.replace(':', " ")
        ),
        Fault::NoComponent | Fault::Silent | Fault::Deaf | Fault::Closed => format!(
            "Something else seems to use {server}: that must be the port for components, not the one for clients (5222) or other \
             servers (5269). `ss -ltnp` shows who listens where."
        ),
        Fault::Stream(condition, _) if condition == "not-authorized" => format!(
            "The secret is not the one that the server has for {domain}. `referee lines` prints the server's lines with the right one; \
             reload ejabberd, or restart Prosody, after a change."
        ),
        Fault::Stream(condition, _) if condition == "host-unknown" => format!(
            "The server has no component {domain}. `referee lines` prints the lines for it; reload ejabberd, or restart Prosody, after a change."
        ),
        Fault::Stream(condition, _) if condition == "conflict" => format!(
            "{domain} is connected already. Is another referee running? In Prosody, component_conflict_resolve = \"kick_old\" lets a new one in."
        ),
        Fault::Stream(..) | Fault::Plaintext(_) => {
            "Compare `domain`, `server` and `secret` in [component] with the component's lines \
             in the server's configuration; `referee lines` prints them."
                .to_owned()
        }
    }
}

/// Stanzas of the burst with which the line is tried, and the bytes of text in each: what a hundred matches send in a second.
const BURST: usize = 40;
const BURST_BYTES: usize = 2_000;
/// The text of the one large stanza: a long record or a clan's calendar.
const LARGE_BYTES: usize = 60_000;
/// How long all of them may take. A line without a shaper needs some milliseconds.
const BURST_PATIENCE: Duration = Duration::from_secs(5);
const SLOW: &str = "In ejabberd, set `shaper: none` and `max_stanza_size: infinity` on the component's listener; in Prosody, take \
                    `limits` off components and raise `component_stanza_size_limit` to 524288.";

const NO_ROOMS: &str = "Say where it is: muc = \"conference.…\" under [services]; or add mod_muc to ejabberd, or \
                        Component \"conference.…\" \"muc\" to Prosody. Without it matches have no rooms.";
const NO_FEEDS: &str = "Say where it is: pubsub = \"pubsub.…\" under [services]; or add mod_pubsub to ejabberd, or \
                        Component \"pubsub.…\" \"pubsub\" to Prosody. Without it there are no feeds.";

struct Checker {
    domain: String,
    events: Receiver<LinkEvent>,
    outlet: Option<Outlet>,
    asked: u32,
}

impl Checker {
    /// The next stanza that fits; none when time or the connection is over.
    async fn expect(&mut self, fits: impl Fn(&Element) -> bool) -> Option<Element> {
        let waiting = async {
            loop {
                match self.events.recv().await? {
                    LinkEvent::Stanza(stanza) if fits(&stanza) => return Some(stanza),
                    LinkEvent::Up { outlet, .. } => self.outlet = Some(outlet),
                    LinkEvent::Stanza(_) | LinkEvent::Pong(_) => {}
                    LinkEvent::Down { .. } => return None,
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.ok().flatten()
    }

    async fn send(&mut self, stanza: Element) -> Option<()> {
        while self.outlet.is_none() {
            match tokio::time::timeout(PATIENCE, self.events.recv()).await {
                Ok(Some(LinkEvent::Up { outlet, .. })) => self.outlet = Some(outlet),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return None,
            }
        }
        match &self.outlet {
            Some(outlet) => outlet.send(stanza).await.ok(),
            None => None,
        }
    }

    async fn ask(&mut self, from: &str, to: &str, set: bool, payload: Element) -> Heard {
        self.asked += 1;
        let id = format!("check-{:08x}-{}", rand::random::<u32>(), self.asked);
        let kind = if set { "set" } else { "get" };
        let sent = self
            .send(
                address("iq", from, to, Some(&id), kind)
                    .append(payload)
                    .build(),
            )
            .await;
        let ours = |stanza: &Element| stanza.name() == "iq" && stanza.attr("id") == Some(&id);
        match (sent, self.expect(ours).await) {
            (Some(()), Some(iq)) if iq.attr("type") == Some("result") => Heard::Result(iq),
            (Some(()), Some(iq)) => Heard::Error(iq),
            _ => Heard::Silence,
        }
    }

    /// Sends itself a burst and one large stanza: a shaper or a size limit shows, before players feel it.
    async fn speed(&mut self) -> Finding {
        let what = "send itself 140 kB at once";
        let me = format!("{CONTACT}@{}/check", self.domain);
        let sizes = std::iter::repeat_n(BURST_BYTES, BURST).chain([LARGE_BYTES]);
        let trying = async {
            for (n, bytes) in sizes.enumerate() {
                let id = format!("speed{n}");
                let message = address("message", &me, &me, Some(&id), "normal");
                let body = leaf("body", ns::DEFAULT_NS, &"x".repeat(bytes));
                self.send(message.append(body).build()).await?;
            }
            let last = format!("speed{BURST}");
            let is_last = |stanza: &Element| stanza.attr("id") == Some(&last);
            self.expect(is_last).await.map(drop)
        };
        match tokio::time::timeout(BURST_PATIENCE, trying).await {
            Ok(Some(())) => good(what),
            Ok(None) => bad(what, "the server closed the connection", SLOW),
            Err(_) => bad(
                what,
                "it takes longer than 5 seconds: the server slows the connection down",
                SLOW,
            ),
        }
    }

    /// Asks what the running referee asks.
    async fn discover(&mut self, services: &mut Services) -> Finding {
        let what = "ask the server for its services";
        let mut outs: Vec<Out> = services.begin();
        let mut heard_anything = outs.is_empty();
        while let Some(out) = outs.pop() {
            let Out::Ask(Question {
                from,
                to,
                set,
                payload,
                then: Then::Services(asked),
            }) = out
            else {
                continue;
            };
            let heard = self.ask(&from, &to, set, payload).await;
            heard_anything |= matches!(heard, Heard::Result(_));
            outs.extend(services.heard(asked, &heard, Instant::now()));
        }
        if heard_anything {
            return good(what);
        }
        bad(
            what,
            "it did not tell",
            "Name the services: muc = \"…\" and pubsub = \"…\" under [services].",
        )
    }

    async fn room(&mut self, service: &str) -> Finding {
        let what = format!("make a room on {service}");
        let (me, room) = (
            format!("{CONTACT}@{}/check", self.domain),
            format!("check-{:08x}@{service}", rand::random::<u32>()),
        );
        let mend = format!(
            "In ejabberd, let {domain} pass the rule of `access_create` in mod_muc, as ejabberd-config/referee.yml does; in \
             Prosody, add these two lines under Component \"{service}\" \"muc\": admins = {{ \"{domain}\" }} and \
             component_admins_as_room_owners = false",
            domain = self.domain
        );
        if self.send(muc::join(&me, &room, "check")).await.is_none() {
            return bad(what, "the connection broke", "Run this again.");
        }
        let from_room = |stanza: &Element| {
            let from = stanza.attr("from").unwrap_or_default();
            stanza.name() == "presence" && from.split('/').next() == Some(room.as_str())
        };
        let Some(presence) = self.expect(from_room).await else {
            return bad(what, "nothing came back", mend);
        };
        if presence.attr("type") == Some("error") {
            return bad(what, muc::condition(&presence).unwrap_or_default(), mend);
        }
        match self.set_up(&me, &room).await {
            Some(true) => good(what),
            Some(false) => bad(
                format!("make a room on {service} that lasts"),
                "it would vanish with its last occupant",
                "In ejabberd, set `access_persistent: referee_rooms` in mod_muc, as ejabberd-config/referee.yml says.",
            ),
            None => bad(what, "it could not be set up and taken away again", mend),
        }
    }

    /// Sets a new room up and takes it away again; says whether it could be made to last.
    async fn set_up(&mut self, me: &str, room: &str) -> Option<bool> {
        let owner = |child: Option<Element>| el("query", muc::OWNER).append_all(child).build();
        // ejabberd offers only what we may change.
        let offered = self.ask(me, room, false, owner(None)).await;
        let lasts = matches!(&offered, Heard::Result(iq) if muc::offers(iq, muc::PERSISTENT));
        let form = el("x", ns::DATA_FORMS)
            .attr(attribute("type"), "submit")
            .build();
        let set_up = self.ask(me, room, true, owner(Some(form))).await;
        let destroy = owner(Some(Element::bare("destroy", muc::OWNER)));
        let gone = self.ask(me, room, true, destroy).await;
        matches!((set_up, gone), (Heard::Result(_), Heard::Result(_))).then_some(lasts)
    }

    async fn node(&mut self, service: &str) -> Finding {
        let what = format!("make a pubsub node on {service}");
        let mend = format!(
            "In ejabberd, let {domain} pass the rule of `access_createnode` in mod_pubsub, as ejabberd-config/referee.yml \
             does; in Prosody, set `admins = {{ \"{domain}\" }}` under Component \"{service}\" \"pubsub\".",
            domain = self.domain
        );
        let (me, node) = (
            self.domain.clone(),
            format!("{}/check-{:08x}", self.domain, rand::random::<u32>()),
        );
        let create = el("create", ns::PUBSUB)
            .attr(attribute("node"), node.as_str())
            .build();
        let configure = el("configure", ns::PUBSUB)
            .append(options(&node, Purpose::News))
            .build();
        let made = el("pubsub", ns::PUBSUB)
            .append(create)
            .append(configure)
            .build();
        match self.ask(&me, service, true, made).await {
            Heard::Result(_) => {}
            Heard::Error(iq) => return bad(what, muc::condition(&iq).unwrap_or_default(), mend),
            Heard::Silence => return bad(what, "nothing came back", mend),
        }
        let delete = el("delete", ns::PUBSUB_OWNER)
            .attr(attribute("node"), node.as_str())
            .build();
        let gone = el("pubsub", ns::PUBSUB_OWNER).append(delete).build();
        match self.ask(&me, service, true, gone).await {
            Heard::Result(_) => good(what),
            Heard::Error(_) | Heard::Silence => {
                bad(what, format!("{node} could not be deleted again"), mend)
            }
        }
    }
}
