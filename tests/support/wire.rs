//! The wire double: a server's end of XEP-0114 in this process, which says whatever a test wants, byte by byte.

use std::time::Duration;

use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout_at};

/// No test waits longer than this for one thing.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The component's domain in all wire tests.
pub const DOMAIN: &str = "referee.example";

/// The secret in all wire tests.
pub const SECRET: &str = "s3cret";

const STREAM_ID: &str = "stream&amp;1";

/// Listens as a server does for its component.
pub struct WireServer {
    listener: TcpListener,
}

impl WireServer {
    /// Listens on a free loopback port.
    pub async fn start() -> WireServer {
        WireServer {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        }
    }

    /// `host:port`, for the component's configuration.
    pub fn address(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    /// Takes the next connection up to the stream header, and answers that.
    pub async fn accept(&self) -> WirePeer {
        let socket = timeout_at(Instant::now() + PATIENCE, self.listener.accept()).await;
        let (socket, _) = socket.expect("no connection came").unwrap();
        let mut peer = WirePeer {
            socket,
            seen: String::new(),
            begun: Vec::new(),
            answers_pings: true,
            answers_for_servers: true,
        };
        let header = peer
            .until(|text| text.contains("<stream:stream") && text.ends_with('>'))
            .await;
        assert!(header.contains(DOMAIN), "{header}");
        peer.seen.clear();
        peer.send(&format!(
            "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' \
             xmlns='jabber:component:accept' id='{STREAM_ID}' from='{DOMAIN}'>"
        ))
        .await;
        peer
    }

    /// Takes the next connection and its handshake, which must be right.
    pub async fn login(&self) -> WirePeer {
        let mut peer = self.accept().await;
        assert!(peer.handshake_is_right().await);
        peer.send("<handshake/>").await;
        peer
    }
}

/// One connection, seen from the server.
pub struct WirePeer {
    socket: TcpStream,
    /// Text that no expectation has taken yet.
    seen: String,
    /// The beginning of a character of which the rest has not come yet.
    begun: Vec<u8>,
    /// Whether stanzas to the component's own domain are routed back, as servers do.
    pub answers_pings: bool,
    /// Whether domains of people say that they are servers.
    pub answers_for_servers: bool,
}

impl WirePeer {
    /// Whether the handshake that comes next has the right hash.
    pub async fn handshake_is_right(&mut self) -> bool {
        let said = self.stanza().await;
        let hash = Sha1::digest(format!("{}{SECRET}", STREAM_ID.replace("&amp;", "&")));
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        said.starts_with("<handshake") && said.contains(&hash)
    }

    /// Sends raw text.
    pub async fn send(&mut self, text: &str) {
        self.socket.write_all(text.as_bytes()).await.unwrap();
    }

    /// Sends raw bytes in pieces that end at these places.
    pub async fn send_in_pieces(&mut self, bytes: &[u8], cuts: impl IntoIterator<Item = usize>) {
        let mut from = 0;
        for cut in cuts.into_iter().chain([bytes.len()]) {
            self.socket.write_all(&bytes[from..cut]).await.unwrap();
            self.socket.flush().await.unwrap();
            tokio::task::yield_now().await;
            from = cut;
        }
    }

    /// The next stanza that is no ping (or is, when pings are not answered), as text.
    pub async fn stanza(&mut self) -> String {
        loop {
            let stanza = self.any_stanza().await;
            if let Some(answer) = self.said_by_a_server(&stanza) {
                self.send(&answer).await;
                continue;
            }
            let ping = stanza.contains("urn:xmpp:ping")
                && stanza.contains(&format!("to='{DOMAIN}'").replace('\'', "\""))
                || stanza.contains("urn:xmpp:ping") && stanza.contains(&format!("to='{DOMAIN}'"));
            if !(ping && self.answers_pings) {
                return stanza;
            }
            self.send(&stanza).await;
        }
    }

    /// What a server of people says when it is asked what it is; services say nothing by themselves.
    fn said_by_a_server(&self, stanza: &str) -> Option<String> {
        let stanza = stanza.replace('\'', "\"");
        let opening = stanza.split_once('>')?.0;
        let value = |name: &str| {
            let (_, rest) = opening.split_once(&format!(" {name}=\""))?;
            Some(rest.split_once('"')?.0.to_owned())
        };
        let (to, id) = (value("to")?, value("id")?);
        let service = ["conference.", "pubsub.", "rooms.", "gateway."];
        let service = to.contains('@') || service.iter().any(|name| to.starts_with(name));
        let asks = stanza.starts_with("<iq") && stanza.contains("protocol/disco#info\"");
        (asks && value("type")? == "get" && !service && self.answers_for_servers).then(|| {
            format!(
                "<iq type='result' id='{id}' from='{to}' to='{DOMAIN}'>\
                 <query xmlns='http://jabber.org/protocol/disco#info'>\
                 <identity category='server' type='im'/></query></iq>"
            )
        })
    }

    /// Waits for a stanza that fits; others are passed over.
    pub async fn expect(&mut self, fits: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut others = Vec::new();
        loop {
            let stanza = timeout_at(deadline, self.stanza()).await;
            let stanza = stanza.unwrap_or_else(|_| panic!("instead there came {others:#?}"));
            if fits(&stanza) {
                return stanza;
            }
            others.push(stanza);
            others.drain(..others.len().saturating_sub(5));
        }
    }

    /// Answers pings until the other side is silent for so long.
    pub async fn serve_for(&mut self, silence: Duration) {
        let pings = self.answers_pings;
        self.answers_pings = false;
        while let Ok(stanza) = tokio::time::timeout(silence, self.any_stanza()).await {
            if let Some(answer) = self.said_by_a_server(&stanza) {
                self.send(&answer).await;
            } else if stanza.contains("urn:xmpp:ping") && pings {
                self.send(&stanza).await;
            }
        }
        self.answers_pings = pings;
    }

    /// The bare socket, for a test that reads on by itself; nothing may be left that no expectation has taken.
    pub fn into_socket(self) -> TcpStream {
        assert_eq!(self.seen, "");
        self.socket
    }

    /// True when the other side has closed, in order or not.
    pub async fn is_closed(&mut self) -> bool {
        let mut bytes = [0; 4096];
        let deadline = Instant::now() + PATIENCE;
        loop {
            match timeout_at(deadline, self.socket.read(&mut bytes)).await {
                Ok(Ok(0) | Err(_)) => return true,
                Ok(Ok(_)) => {}
                Err(_) => return false,
            }
        }
    }

    async fn any_stanza(&mut self) -> String {
        let text = self.until(|text| stanza_end(text).is_some()).await;
        let end = stanza_end(&text).unwrap();
        let stanza = text[..end].to_owned();
        self.seen.drain(..end);
        stanza
    }

    async fn until(&mut self, enough: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        while !enough(&self.seen) {
            let mut bytes = vec![0; 65536];
            let read = timeout_at(deadline, self.socket.read(&mut bytes))
                .await
                .expect("nothing came")
                .unwrap();
            assert!(
                read > 0,
                "the component closed the connection after {:?}",
                self.seen
            );
            self.begun.extend_from_slice(&bytes[..read]);
            let whole = match std::str::from_utf8(&self.begun) {
                Ok(text) => text.len(),
                Err(cut) => cut.valid_up_to(),
            };
            assert!(self.begun.len() - whole < 4, "this is no UTF-8");
            let rest = self.begun.split_off(whole);
            let text = std::mem::replace(&mut self.begun, rest);
            self.seen.push_str(&String::from_utf8(text).unwrap());
        }
        self.seen.clone()
    }
}

/// Where the first whole element ends; the component writes no `>` inside attributes, comments or CDATA.
pub fn stanza_end(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0, 0);
    while let Some(open) = text[at..].find('<') {
        let close = at + text[at..].find('>')?;
        let tag = &text[at + open..=close];
        if tag.starts_with("</stream") {
            return Some(close + 1);
        }
        if tag.starts_with("</") {
            depth -= 1;
        } else if !tag.ends_with("/>") {
            depth += 1;
        }
        at = close + 1;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}
