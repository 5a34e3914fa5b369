//! A client's connection: plain TCP, SASL PLAIN, and stanzas as text. As little XML as will do, because the clients share
//! the machine with what they measure.

use std::io;

use base64::prelude::{BASE64_STANDARD, Engine};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::HOST;

/// Longest stanza that a client waits for; the server's own limit is lower.
const MAX_STANZA: usize = 1024 * 1024;

/// A logged-in connection.
pub struct Wire {
    socket: TcpStream,
    bytes: Vec<u8>,
    /// How far `bytes` was looked at, and how many elements were open there.
    seen: usize,
    depth: usize,
}

impl Wire {
    /// Logs in and says that it is there.
    ///
    /// # Errors
    /// The connection broke, or the server said no.
    pub async fn login(server: &str, user: &str, password: &str) -> io::Result<Wire> {
        let socket = TcpStream::connect(server).await?;
        socket.set_nodelay(true)?;
        let mut wire = Wire {
            socket,
            bytes: Vec::new(),
            seen: 0,
            depth: 0,
        };
        wire.open().await?;
        let plain = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
        let auth = format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"
        );
        wire.ask(&auth, "<success").await?;
        wire.open().await?;
        let bind = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
        wire.ask(bind, "result").await?;
        wire.send("<presence/>").await?;
        Ok(wire)
    }

    /// Sends text as it is.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn send(&mut self, text: &str) -> io::Result<()> {
        self.socket.write_all(text.as_bytes()).await
    }

    /// The connection itself, for whoever does not read stanzas.
    #[allow(dead_code)]
    pub fn into_socket(self) -> TcpStream {
        self.socket
    }

    /// The next whole stanza. May be dropped at any time without losing any.
    ///
    /// # Errors
    /// The connection broke, or what comes is too long.
    pub async fn stanza(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.end() {
                let stanza = String::from_utf8_lossy(&self.bytes[..end])
                    .trim_start()
                    .to_owned();
                self.bytes.drain(..end);
                (self.seen, self.depth) = (0, 0);
                return Ok(stanza);
            }
            self.read().await?;
        }
    }

    async fn open(&mut self) -> io::Result<()> {
        self.send(&format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams' to='{HOST}' version='1.0'>"
        ))
        .await?;
        loop {
            let text = String::from_utf8_lossy(&self.bytes);
            let header = text
                .find("<stream:stream")
                .and_then(|at| Some(at + text[at..].find('>')? + 1));
            if let Some(end) = header {
                self.bytes.drain(..end);
                break;
            }
            self.read().await?;
        }
        self.stanza().await.map(drop)
    }

    async fn ask(&mut self, question: &str, good: &str) -> io::Result<()> {
        self.send(question).await?;
        let answer = self.stanza().await?;
        if answer.contains(good) {
            return Ok(());
        }
        Err(io::Error::other(format!("the server said {answer}")))
    }

    async fn read(&mut self) -> io::Result<()> {
        if self.bytes.len() > MAX_STANZA {
            return Err(io::Error::other("a stanza is too long"));
        }
        self.bytes.reserve(4096);
        match self.socket.read_buf(&mut self.bytes).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Where the first whole element ends. Servers write neither comments nor a bare `>` within a tag.
    fn end(&mut self) -> Option<usize> {
        loop {
            let rest = &self.bytes[self.seen..];
            let open = rest.iter().position(|byte| *byte == b'<')?;
            let close = open + rest[open..].iter().position(|byte| *byte == b'>')?;
            let (closes, empty) = (rest[open + 1] == b'/', rest[close - 1] == b'/');
            self.seen += close + 1;
            match (closes, empty) {
                (true, _) => self.depth = self.depth.saturating_sub(1),
                (false, false) => self.depth += 1,
                (false, true) => {}
            }
            if self.depth == 0 {
                return Some(self.seen);
            }
        }
    }
}

/// The value of the first attribute of this name in the first tag that begins so; references are left as they are.
pub fn attribute<'a>(stanza: &'a str, tag: &str, name: &str) -> Option<&'a str> {
    let start = stanza.find(tag)?;
    let tag = &stanza[start..start + stanza[start..].find('>')?];
    let start = tag.match_indices(name).find_map(|(at, _)| {
        let before = tag[..at].ends_with(char::is_whitespace);
        let after = tag[at + name.len()..].starts_with(['=']);
        (before && after).then_some(at + name.len() + 1)
    })?;
    let mark = tag[start..].chars().next()?;
    tag[start + 1..].split(mark).next()
}
