//! One connection to the server: tokio-xmpp's component stream (XEP-0114) above our filter, and nothing after that.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures::{Sink, SinkExt, StreamExt};
use minidom::Element;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_xmpp::xmlstream::{ReadError, StreamHeader, Timeouts, XmlStream, initiate_stream};
use xmpp_parsers::component::Handshake;
use xmpp_parsers::ns;

use super::broken::Broken;
use super::filter::Filter;
use super::link::LinkConfig;
use super::socket::Socket;
use super::sound::is_sound;

/// Why there is no stream.
#[derive(Debug)]
pub enum Fault {
    /// The server cannot be reached, or the connection broke.
    Io(io::Error),
    /// The server closed the stream in order.
    Closed,
    /// The server closed the stream with this condition (RFC 6120 4.9.3) and perhaps a text.
    Stream(String, Option<String>),
    /// The address is another machine and plain text to it is not allowed.
    Plaintext(String),
    /// The server answered something that is no component stream.
    NoComponent,
    /// The server was silent for too long.
    Silent,
    /// The server did not read what we say for too long.
    Deaf,
}

impl Fault {
    /// True when only the operator can mend it.
    pub fn needs_mending(&self) -> bool {
        match self {
            Fault::Stream(condition, _) => {
                condition == "not-authorized" || condition == "host-unknown"
            }
            Fault::Plaintext(_) | Fault::NoComponent => true,
            Fault::Io(_) | Fault::Closed | Fault::Silent | Fault::Deaf => false,
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        match error.kind() {
            // Only what comes before the stream's opening tag can be such: the filter holds back the rest.
            io::ErrorKind::InvalidData => Fault::NoComponent,
            _ => Fault::Io(error),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Io(error) => error.fmt(f),
            Fault::Closed => f.write_str("the server closed the stream"),
            Fault::Stream(condition, text) => {
                let hint = match condition.as_str() {
                    "not-authorized" => "; the server does not accept the secret: compare it with the server's \
                                         configuration of this component",
                    "host-unknown" => "; the server does not know this component's domain: add it to the server's \
                                       configuration",
                    "conflict" => "; another process is connected as this component",
                    _ => "",
                };
                write!(f, "the server said {condition}")?;
                if let Some(text) = text {
                    write!(f, " ({text})")?;
                }
                f.write_str(hint)
            }
            Fault::Plaintext(address) => write!(
                f,
                "{address} is another machine and the link is plain text; use a tunnel to 127.0.0.1, or set \
                 allow_plaintext = true in [component] if the network between is trusted"
            ),
            Fault::NoComponent => {
                f.write_str("what listens there is no component port; `server` in [component] must be the server's \
                             component port, often 5347")
            }
            Fault::Silent => f.write_str("the server did not answer in time"),
            Fault::Deaf => f.write_str("the server does not read what we say"),
        }
    }
}

/// An authenticated stream: tokio-xmpp's, above our filter. One task reads and writes it by two futures that never
/// wait for each other, so the lock is never contended.
pub struct Stream {
    xml: Mutex<XmlStream<Filter<Socket>, Element>>,
}

impl Stream {
    /// The next stanza, or none after [`Timing::idle`](super::link::Timing::idle) without any: then a ping is due.
    /// May be dropped at any time without losing any. After a fault it must not be called again.
    ///
    /// # Errors
    /// The end of the connection, in whatever form.
    pub async fn next(&self) -> Result<Option<Element>, Fault> {
        match poll_fn(|cx| self.lock().poll_next_unpin(cx)).await {
            Some(Ok(element)) => stream_error(&element).map_or(Ok(Some(element)), Err),
            Some(Err(ReadError::SoftTimeout)) => Ok(None),
            Some(Err(ReadError::HardError(error))) if error.kind() == io::ErrorKind::TimedOut => {
                Err(Fault::Silent)
            }
            Some(Err(ReadError::HardError(error))) => Err(error.into()),
            // An element takes any content; were it not so, the connection would be the price, and not the process.
            Some(Err(ReadError::ParseError(error))) => Err(Fault::Io(io::Error::other(error))),
            Some(Err(ReadError::StreamFooterReceived)) | None => Err(Fault::Closed),
        }
    }

    /// Puts a stanza in front of the server, as soon as there is room.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn feed(&self, stanza: &Element) -> io::Result<()> {
        poll_fn(|cx| Sink::<&Element>::poll_ready(Pin::new(&mut *self.lock()), cx)).await?;
        if is_sound(stanza) {
            return self.lock().start_send_unpin(stanza);
        }
        // One of ours holds what XML cannot carry: lost alone, and a bug worth a line.
        tracing::error!(
            name = stanza.name(),
            "a stanza holds characters that cannot be sent"
        );
        Ok(())
    }

    /// Sends what was fed.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn flush(&self) -> io::Result<()> {
        poll_fn(|cx| Sink::<&Element>::poll_flush(Pin::new(&mut *self.lock()), cx)).await
    }

    /// Sends what was fed and the end of the stream.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn shutdown(&self) -> io::Result<()> {
        poll_fn(|cx| Pin::new(&mut *self.lock()).poll_shutdown(cx)).await
    }

    /// When the server last said anything.
    pub fn heard(&self) -> Instant {
        self.lock().get_stream().heard()
    }

    fn lock(&self) -> MutexGuard<'_, XmlStream<Filter<Socket>, Element>> {
        self.xml.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects and authenticates; the caller sets the deadline. What the filter does not let through goes to `lost`.
///
/// # Errors
/// Says why there is no stream, and never the secret.
pub async fn open(config: &LinkConfig, lost: mpsc::Sender<Broken>) -> Result<Stream, Fault> {
    // tokio-xmpp's `ServerConnector` would add nothing here but its return type, which names a crate for SASL.
    let filter = Filter::new(dial(config).await?, lost);
    let header = StreamHeader {
        to: Some(config.domain.as_str().into()),
        ..StreamHeader::default()
    };
    let timeouts = Timeouts {
        read_timeout: config.timing.idle,
        response_timeout: config.timing.pong,
    };
    let mut pending = initiate_stream(filter, ns::COMPONENT, header, timeouts).await?;
    let id = pending.take_header().id.ok_or(Fault::NoComponent)?;
    let stream = Stream {
        xml: Mutex::new(pending.skip_features()),
    };
    let handshake =
        Handshake::from_stream_id_and_password(id.into_owned(), config.secret.reveal().as_str());
    stream.feed(&handshake.into()).await?;
    stream.flush().await?;
    loop {
        match stream.next().await? {
            Some(element) if element.is("handshake", ns::COMPONENT) => return Ok(stream),
            Some(_) => return Err(Fault::NoComponent),
            None => {}
        }
    }
}

async fn dial(config: &LinkConfig) -> Result<Socket, Fault> {
    let mut last = Fault::Io(io::ErrorKind::NotFound.into());
    for address in tokio::net::lookup_host(config.server.as_str()).await? {
        if !address.ip().is_loopback() && !config.allow_plaintext {
            last = Fault::Plaintext(address.to_string());
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(Socket::new(stream)?),
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}

/// The fault that a `<stream:error/>` stands for, or none if the element is something else.
fn stream_error(element: &Element) -> Option<Fault> {
    if !element.is("error", ns::STREAM) {
        return None;
    }
    let condition = element.children().find(|c| c.name() != "text");
    let text = element
        .children()
        .find(|c| c.name() == "text")
        .map(|t| t.text());
    Some(Fault::Stream(
        condition
            .map_or("undefined-condition", |c| c.name())
            .to_owned(),
        text,
    ))
}
