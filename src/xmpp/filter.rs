//! The byte filter beneath tokio-xmpp's stream: it lets only whole stanzas through that cannot end that stream.
//!
//! The [`Sieve`] says which stanzas may pass; this file is its input and output.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufStream, ReadBuf};
use tokio::sync::mpsc;

use super::broken::Broken;
use super::sieve::Sieve;

/// How much is read and written at once, in bytes.
const BATCH: usize = 64 * 1024;

/// Lost stanzas that wait for their answer; for more of them there is none.
pub const MAX_LOST: usize = 64;

/// See the file's head. Writing goes through untouched, gathered into large writes until it is flushed.
#[derive(Debug)]
pub struct Filter<Io> {
    io: BufStream<Io>,
    sieve: Sieve,
    /// Bytes of [`Sieve::passed`] that the stream has taken.
    taken: usize,
    heard: Instant,
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Filter<Io> {
    /// Filters what comes from `io`; what is lost goes to `lost` while there is room.
    pub fn new(io: Io, lost: mpsc::Sender<Broken>) -> Filter<Io> {
        Filter {
            io: BufStream::with_capacity(BATCH, BATCH, io),
            sieve: Sieve::new(lost),
            taken: 0,
            heard: Instant::now(),
        }
    }

    /// When bytes last came, good or bad.
    pub fn heard(&self) -> Instant {
        self.heard
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> AsyncBufRead for Filter<Io> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        while this.taken == this.sieve.passed.len() && !this.sieve.closed {
            this.taken = 0;
            this.sieve.passed.clear();
            let bytes = ready!(Pin::new(&mut this.io).poll_fill_buf(cx))?;
            let read = bytes.len();
            if read == 0 {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
            let sifted = this.sieve.sift(bytes);
            Pin::new(&mut this.io).consume(read);
            this.heard = Instant::now();
            sifted?;
        }
        Poll::Ready(Ok(&this.sieve.passed[this.taken..]))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        self.get_mut().taken += amount;
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> AsyncRead for Filter<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        space: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = ready!(self.as_mut().poll_fill_buf(cx))?;
        let amount = bytes.len().min(space.remaining());
        space.put_slice(&bytes[..amount]);
        self.consume(amount);
        Poll::Ready(Ok(()))
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Filter<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use minidom::Element;
    use minidom::rxml::Namespace;
    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt;
    use tokio_xmpp::xmlstream::{ReadError, StreamHeader, Timeouts, XmlStream, initiate_stream};
    use xmpp_parsers::ns;

    const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' \
                          xmlns='jabber:component:accept' id='42' from='r.example'>";

    /// What tokio-xmpp's stream makes of these bytes in pieces of this size: the stanzas, how it ended, what was lost.
    async fn read(text: Vec<u8>, size: usize) -> (Vec<Element>, ReadError, Vec<Broken>) {
        let (near, mut far) = tokio::io::duplex(size);
        let (near_in, _) = tokio::io::split(near);
        let server = tokio::spawn(async move { far.write_all(&text).await });
        let (loser, mut lost) = mpsc::channel(MAX_LOST);
        let filter = Filter::new(tokio::io::join(near_in, tokio::io::sink()), loser);
        let (header, timeouts) = (StreamHeader::default(), Timeouts::default());
        let pending = initiate_stream(filter, ns::COMPONENT, header, timeouts).await;
        let mut stream: XmlStream<_, Element> = pending.unwrap().skip_features();
        let mut stanzas = Vec::new();
        let end = loop {
            match stream.next().await {
                Some(Ok(stanza)) => stanzas.push(stanza),
                Some(Err(end)) => break end,
                None => panic!("the stream ended without saying why"),
            }
        };
        drop(stream);
        let _ = server.await;
        let lost = std::iter::from_fn(|| lost.try_recv().ok()).collect();
        (stanzas, end, lost)
    }

    fn is_eof(end: &ReadError) -> bool {
        matches!(end, ReadError::HardError(e) if e.kind() == io::ErrorKind::UnexpectedEof)
    }

    #[tokio::test]
    async fn broken_ones_are_lost_alone() {
        let long = "x".repeat(9000);
        let broken = [
            format!("<iq from='a@b' to='m1@r' type='get' id='1' x='{long}'/>"),
            format!("<iq from='a@b' to='m1@r' type='get' id='1'><{long}/></iq>"),
            format!("<iq from='a@b' to='m1@r' type='get' id='1'><a {long}='1'/></iq>"),
            "<iq from='a@b' to='m1@r' type='get' id='1' foo:bar='x'/>".to_owned(),
            "<iq from='a@b' to='m1@r' type='get' id='1'><foo:bar/></iq>".to_owned(),
            "<iq from='a@b' to='m1@r' type='get' id='1'>&nbsp;</iq>".to_owned(),
            "<iq from='a@b' to='m1@r' type='get' id='1'>\u{1}</iq>".to_owned(),
            "<iq from='a@b' to='m1@r' type='get' id='1'><a></b></iq>".to_owned(),
            "<iq from='a@b' to='m1@r' type='get' id='1' a='1' a='2'/>".to_owned(),
            "<iq from='a@b' to='m1@r' type='get' id='1'><?pi?></iq>".to_owned(),
            "<iq from='a@b' to='m1@r' type='get' id='1'><!-- c --></iq>".to_owned(),
        ];
        for shape in broken {
            let text = format!("{HEADER}<message/>{shape}<message><body>hi</body></message>");
            let (stanzas, end, lost) = read(text.into(), 8192).await;
            let shown = &shape[..shape.len().min(80)];
            assert!(is_eof(&end), "{shown}: {end}");
            assert_eq!(stanzas.len(), 2, "{shown}");
            assert!(stanzas[1].is("message", ns::DEFAULT_NS));
            assert_eq!(stanzas[1].children().count(), 1);
            assert_eq!(lost.len(), 1, "{shown}");
            let answer = lost[0].answer().unwrap();
            let attr = |name| answer.attr(name).unwrap();
            assert_eq!(answer.name(), "iq");
            assert_eq!([attr("type"), attr("id")], ["error", "1"]);
            assert_eq!([attr("from"), attr("to")], ["m1@r", "a@b"]);
        }
    }

    #[tokio::test]
    async fn the_end_is_the_stream_s_own() {
        let own = HEADER
            .replace("stream:stream", "s:stream")
            .replace("xmlns:stream", "xmlns:s");
        for header in [HEADER, &own] {
            let text = format!("{header} <a/> </whatever><b/>");
            let (stanzas, end, _) = read(text.into(), 10).await;
            assert_eq!(stanzas.len(), 1);
            assert!(matches!(end, ReadError::StreamFooterReceived), "{end}");
        }
    }

    #[tokio::test]
    async fn the_last_stanza_comes_before_the_cut() {
        let (stanzas, end, _) = read(format!("{HEADER}<a/>").into(), 8192).await;
        assert!(stanzas.len() == 1 && is_eof(&end), "{end}");
    }

    #[tokio::test]
    async fn what_is_no_stream_is_an_error_at_once() {
        for text in ["<a/>", "<a b=c>", "<foo:a>", "</a>", "<html><body>"] {
            let (loser, _lost) = mpsc::channel(1);
            let io = tokio::io::join(text.as_bytes(), tokio::io::sink());
            let (header, timeouts) = (StreamHeader::default(), Timeouts::default());
            let pending =
                initiate_stream(Filter::new(io, loser), ns::COMPONENT, header, timeouts).await;
            let error = pending.err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{text}");
        }
    }

    #[tokio::test]
    async fn prefixes_that_are_declared_pass() {
        let text = format!(
            "{HEADER}<message xmlns:p='urn:p' p:a='1' xml:lang='de'><p:x xmlns:p='urn:q' p:b='2'/></message>"
        );
        let (stanzas, _, lost) = read(text.into(), 100).await;
        assert_eq!(lost, []);
        assert_eq!(stanzas[0].attr_ns(Namespace::xml(), "lang"), Some("de"));
        assert_eq!(stanzas[0].attr_ns("urn:p", "a"), Some("1"));
        assert!(stanzas[0].has_child("x", "urn:q"));
    }

    /// Bytes that a hostile or broken peer might put anywhere.
    fn shard() -> impl Strategy<Value = Vec<u8>> {
        let shards: Vec<&[u8]> = vec![
            b"<a",
            b"<x:a",
            b" b='",
            b"'",
            b"\"",
            b" b",
            b"=",
            b"/>",
            b"</a>",
            b"</x:a>",
            b">",
            b"<",
            b"/",
            b"&",
            b"&#1;",
            b"&#xD800;",
            b"&amp;",
            b"&nope;",
            b"<![CDATA[",
            b"]]>",
            b"<!--",
            b"-->",
            b"<!",
            b"<?x",
            b"?>",
            b"<?xml version='1.0'?>",
            b" xmlns:x='u'",
            b" xmlns:x=''",
            b" xmlns='u'",
            b" xmlns:xml='u'",
            b" x:b='1'",
            b" y:b='2' b='3'",
            b"\0",
            b"\xff",
            b"\xc3",
            b"\xa9",
            b"\xef\xbf\xbf",
            b" ",
            b"\r",
            b"text",
            b":",
            b"<a:b:c/>",
            b"<1/>",
            b"</stream:stream>",
            b"<stream:error/>",
            b"<stream:stream>",
        ];
        prop_oneof![
            20 => prop::sample::select(shards).prop_map(<[u8]>::to_vec),
            1 => prop::sample::select(vec![8191usize, 8192, 8193]).prop_map(|n| vec![b'n'; n]),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// The promise of this file: whatever comes, tokio-xmpp's stream never ends but as the server ends it.
        #[test]
        fn nothing_that_passes_ends_the_stream(
            stanzas in prop::collection::vec(
                (prop::collection::vec(shard(), 0..6), prop::bool::ANY), 1..6),
            size in 1usize..200,
        ) {
            let mut text = HEADER.as_bytes().to_vec();
            for (shards, wrapped) in stanzas {
                let shards = shards.concat();
                let (open, close) = if wrapped { ("<a xmlns:y='v'>", "</a>") } else { ("", "<ok/>") };
                text.extend([open.as_bytes(), &shards, close.as_bytes()].concat());
            }
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let (_, end, _) = runtime.block_on(read(text, size));
            prop_assert!(is_eof(&end) || matches!(end, ReadError::StreamFooterReceived), "{}", end);
        }
    }
}
