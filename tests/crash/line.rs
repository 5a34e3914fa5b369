//! One connection of the referee, seen from the server, which outlives the other side's sudden death.

use minidom::Element;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::wire::stanza_end;

/// See the file's head.
pub struct Line {
    socket: TcpStream,
    /// Bytes that are no whole letter yet.
    raw: Vec<u8>,
    seen: String,
}

impl Line {
    /// A connection whose handshake is done.
    pub fn new(socket: TcpStream) -> Line {
        let (raw, seen) = (Vec::new(), String::new());
        Line { socket, raw, seen }
    }

    /// The next stanza, or none once the other side is gone. May be given up at any time.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(end) = stanza_end(&self.seen) {
                return Some(self.seen.drain(..end).collect());
            }
            let mut bytes = [0; 16384];
            let read = match self.socket.read(&mut bytes).await {
                Ok(0) | Err(_) => return None,
                Ok(read) => read,
            };
            self.raw.extend_from_slice(&bytes[..read]);
            let whole = match std::str::from_utf8(&self.raw) {
                Ok(text) => text.len(),
                Err(error) => error.valid_up_to(),
            };
            let text: Vec<u8> = self.raw.drain(..whole).collect();
            self.seen.push_str(std::str::from_utf8(&text).unwrap());
        }
    }

    /// Says something. That nobody is there to hear it any more is found out by reading.
    pub async fn send(&mut self, text: &str) {
        let _ = self.socket.write_all(text.as_bytes()).await;
    }
}

/// A stanza as an element, in the namespace of the stream.
pub fn parse(stanza: &str) -> Element {
    let wrapped = format!("<stream xmlns='jabber:component:accept'>{stanza}</stream>");
    let stream: Element = wrapped
        .parse()
        .unwrap_or_else(|error| panic!("{error}: {stanza}"));
    stream.children().next().unwrap().clone()
}

/// The values of a field of a command's result form.
pub fn values(form: &Element, name: &str) -> Vec<String> {
    let fields = form
        .children()
        .filter(|field| field.attr("var") == Some(name));
    let values = fields
        .flat_map(Element::children)
        .filter(|child| child.name() == "value");
    values.map(Element::text).collect()
}

/// The only value of a field; empty when there is none.
pub fn value(form: &Element, name: &str) -> String {
    values(form, name).into_iter().next().unwrap_or_default()
}
