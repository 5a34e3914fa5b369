//! Says which bytes of a component stream cannot end the parser above.
//!
//! A streaming XML parser ends with its first error, and everybody on the network can cause one: an attribute over
//! 8 KiB, or a prefix that the server passes on undeclared (ejabberd 23.01 does). So each stanza is cut out of the bytes
//! here ([`Framer`]) and parsed once by a guard before the stream sees it. The guard is the very parser that the stream
//! has, and it has seen the same bytes but for white space between stanzas, so the two cannot disagree. What the guard
//! refuses is lost alone, as a [`Broken`], and the guard begins anew from the stream's opening tag.
//!
//! Parsing twice would cost more than half again, so [`Plain`] stanzas need no guard: a whole stanza leaves no trace in a
//! parser, and the guard may miss it.

use std::io;

use minidom::rxml::{Event, Parse, Parser};
use tokio::sync::mpsc;

use super::broken::Broken;
use super::frames::{Frame, Framer};
use super::plain::Plain;

/// See the file's head.
#[derive(Debug)]
pub struct Sieve {
    framer: Framer,
    plain: Plain,
    guard: Parser,
    /// The stream's opening tag, for a new guard to begin with.
    header: Vec<u8>,
    /// What may pass and was not taken yet; whoever takes it clears it.
    pub passed: Vec<u8>,
    /// The stream has been closed in order.
    pub closed: bool,
    lost: mpsc::Sender<Broken>,
}

impl Sieve {
    /// Lets nothing through yet; what is lost goes to `lost` while there is room.
    pub fn new(lost: mpsc::Sender<Broken>) -> Sieve {
        Sieve {
            framer: Framer::default(),
            plain: Plain::default(),
            guard: Parser::default(),
            header: Vec::new(),
            passed: Vec::new(),
            closed: false,
            lost,
        }
    }

    /// Appends to `passed` what may pass of these bytes and those before.
    ///
    /// # Errors
    /// `InvalidData`: this is no component stream at all.
    pub fn sift(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.framer.space().extend_from_slice(bytes);
        while let Some(frame) = self.framer.next_frame() {
            match frame {
                Frame::Header(tag) if self.header.is_empty() && opens(&mut self.guard, tag) => {
                    self.header.extend_from_slice(tag);
                    self.passed.extend_from_slice(tag);
                }
                Frame::Stanza(stanza) if !self.header.is_empty() => {
                    if self.plain.is_plain(stanza) || is_whole(&mut self.guard, stanza) {
                        self.passed.extend_from_slice(stanza);
                        continue;
                    }
                    self.guard = Parser::default();
                    opens(&mut self.guard, &self.header);
                    // A flood of broken stanzas gets fewer answers, not a queue of them.
                    let _ = self.lost.try_send(Broken::sniff(stanza));
                }
                Frame::Refused(head) if !self.header.is_empty() => {
                    let _ = self.lost.try_send(Broken::sniff(head));
                }
                Frame::Footer if !self.header.is_empty() => {
                    self.closed = true;
                    // The prefix is the server's choice: the name is taken from the opening tag.
                    self.passed.extend_from_slice(&footer(&self.header));
                    return Ok(());
                }
                _ => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
        if !self.passed.is_empty() {
            // The parser gives the end of `<a/>` only when it is asked again: let it have something to be asked with,
            // or the error at the end of the connection comes first.
            self.passed.push(b' ');
        }
        Ok(())
    }
}

/// Whether this is one opening tag, as the guard sees it.
fn opens(guard: &mut Parser, mut bytes: &[u8]) -> bool {
    let opened = matches!(
        guard.parse(&mut bytes, false),
        Ok(Some(Event::StartElement(..)))
    );
    opened && bytes.is_empty()
}

/// Whether this is one element, whole and nothing after it, as the guard sees it.
fn is_whole(guard: &mut Parser, mut bytes: &[u8]) -> bool {
    let mut depth = 0;
    loop {
        match guard.parse(&mut bytes, false) {
            Ok(Some(Event::StartElement(..))) => depth += 1,
            Ok(Some(Event::EndElement(_))) if depth == 1 => return bytes.is_empty(),
            Ok(Some(Event::EndElement(_))) => depth -= 1,
            Ok(Some(Event::Text(..))) if depth > 0 => {}
            _ => return false,
        }
    }
}

/// The closing tag that fits this opening tag.
fn footer(header: &[u8]) -> Vec<u8> {
    let end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let name = header.split(end).next().unwrap_or_default();
    [b"</", &name[1..], b">"].concat()
}

/// Whether a component stream's parser takes this stanza.
#[cfg(test)]
pub fn accepts(stanza: &[u8]) -> bool {
    let mut guard = Parser::default();
    assert!(opens(
        &mut guard,
        b"<stream:stream xmlns='jabber:component:accept' xmlns:stream='u'>"
    ));
    is_whole(&mut guard, stanza)
}
