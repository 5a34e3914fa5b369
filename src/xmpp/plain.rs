//! Knows the plain stanzas, nearly all there are, at a tenth of what a parser costs.
//!
//! Plain is far stricter than well-formed: ASCII names without prefixes, no comments, CDATA or numeric references, short
//! values. What is plain is well-formed with certainty and within all limits of rxml; what is not plain may well be
//! well-formed too, and is then for the parser to judge. So an error here can only be one of being too generous, and the
//! test below looks for those.

use std::ops::Range;

/// Longest name, value of an attribute, or reference: a quarter of rxml's own limit of 8 KiB per token.
const MAX_TOKEN: usize = 2048;

/// Attributes of one tag; more are compared with each other by the parser.
const MAX_ATTRIBUTES: usize = 16;

/// Looks at stanzas, one at a time; keeps its memory from one to the next.
#[derive(Debug, Default)]
pub struct Plain {
    /// Where the names of the open elements are.
    open: Vec<Range<usize>>,
    /// Where the names of this tag's attributes are.
    names: Vec<Range<usize>>,
}

impl Plain {
    /// Whether these bytes are one whole plain element, and nothing after it.
    pub fn is_plain(&mut self, bytes: &[u8]) -> bool {
        std::str::from_utf8(bytes).is_ok() && self.element(bytes).is_some()
    }

    fn element(&mut self, bytes: &[u8]) -> Option<()> {
        self.open.clear();
        let mut at = 0;
        loop {
            if bytes.get(at)? != &b'<' {
                return None;
            }
            at = match bytes.get(at + 1)? {
                b'/' => {
                    let name = self.open.pop()?;
                    let end = at + 2 + name.len();
                    if bytes.get(at + 2..end)? != &bytes[name] || bytes.get(end)? != &b'>' {
                        return None;
                    }
                    end + 1
                }
                _ => self.tag(bytes, at + 1)?,
            };
            if self.open.is_empty() {
                return (at == bytes.len()).then_some(());
            }
            at = text(bytes, at, b'<')?;
        }
    }

    /// An opening or empty tag, from its name to after its `>`.
    fn tag(&mut self, bytes: &[u8], start: usize) -> Option<usize> {
        let mut at = name(bytes, start)?;
        let element = start..at;
        self.names.clear();
        loop {
            match bytes.get(at)? {
                b'>' => {
                    self.open.push(element);
                    return Some(at + 1);
                }
                b'/' => return (bytes.get(at + 1)? == &b'>').then_some(at + 2),
                b' ' => at = self.attribute(bytes, at + 1)?,
                _ => return None,
            }
        }
    }

    fn attribute(&mut self, bytes: &[u8], start: usize) -> Option<usize> {
        const LANGUAGE: &[u8] = b"xml:lang";
        let end = if bytes[start..].starts_with(LANGUAGE) {
            start + LANGUAGE.len()
        } else {
            name(bytes, start)?
        };
        let known = |other: &Range<usize>| bytes[other.clone()] == bytes[start..end];
        let mark = *bytes.get(end + 1)?;
        if bytes[end] != b'='
            || !matches!(mark, b'\'' | b'"')
            || self.names.len() == MAX_ATTRIBUTES
            || self.names.iter().any(known)
        {
            return None;
        }
        let value = end + 2;
        let close = text(bytes, value, mark)?;
        // Some namespaces are reserved, and none is a thing apart.
        let reserved = &bytes[start..end] == b"xmlns"
            && (value == close || bytes[value..close].starts_with(b"http://www.w3.org/"));
        self.names.push(start..end);
        (!reserved && close - value <= MAX_TOKEN).then_some(close + 1)
    }
}

/// Where the name that starts here ends.
fn name(bytes: &[u8], start: usize) -> Option<usize> {
    let first = bytes.get(start)?;
    if !(first.is_ascii_alphabetic() || *first == b'_') {
        return None;
    }
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let length = bytes[start..].iter().position(|byte| !in_name(byte))?;
    (length <= MAX_TOKEN).then_some(start + length)
}

/// Where the text that starts here meets this byte, with nothing odd before.
fn text(bytes: &[u8], start: usize, end: u8) -> Option<usize> {
    let mut at = start;
    loop {
        match *bytes.get(at)? {
            byte if byte == end => return Some(at),
            b'&' => at += reference(&bytes[at..])?,
            b'<' | b'>' | b'\r' | 0x7f => return None,
            b'\t' | b'\n' => at += 1,
            0..0x20 => return None,
            // The beginning of U+FFFE and U+FFFF, among others.
            0xef => return None,
            _ => at += 1,
        }
    }
}

/// The length of one of the five references that everybody knows.
fn reference(bytes: &[u8]) -> Option<usize> {
    const KNOWN: [&[u8]; 5] = [b"&amp;", b"&lt;", b"&gt;", b"&quot;", b"&apos;"];
    let known = KNOWN.iter().find(|known| bytes.starts_with(known));
    known.map(|known| known.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::sieve::accepts;
    use proptest::prelude::*;

    const MOVE: &str = "<iq xml:lang='en' to='m42@r.example' from='bot1@localhost/1' type='set' id=\"mv17\"><command \
                        xmlns='http://jabber.org/protocol/commands' node='move' action='execute'><x \
                        xmlns='jabber:x:data' type='submit'><field var='move'><value>Nf3 &amp; é€𝄞\n</value></field>\
                        <field var='none'/></x></command></iq>";

    #[test]
    fn the_usual_is_plain_and_the_unusual_is_not() {
        let mut plain = Plain::default();
        assert!(plain.is_plain(MOVE.as_bytes()));
        assert!(accepts(MOVE.as_bytes()));
        for odd in [
            "",
            "<",
            "<a",
            "<a>",
            "<a/",
            "<a/> ",
            " <a/>",
            "<a/><b/>",
            "<a></b>",
            "<a></a",
            "<a></a >",
            "<a b/>",
            "<a b=c/>",
            "<a b='/>",
            "<a  b=''/>",
            "<a b=''c=''/>",
            "<a b='' b=''/>",
            "<x:a/>",
            "<a x:b=''/>",
            "<a xmlns:x='u'/>",
            "<a xmlns=''/>",
            "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
            "<a>&#1;</a>",
            "<a>&nope;</a>",
            "<a>]]></a>",
            "<a><![CDATA[]]></a>",
            "<a><!----></a>",
            "<a><?x?></a>",
            "<1/>",
            "<a>\u{1}</a>",
            "<a>\u{ffff}</a>",
            "<a b='<'/>",
            "<a b='\r'/>",
            "text",
            "</a>",
        ] {
            assert!(!plain.is_plain(odd.as_bytes()), "{odd}");
        }
        assert!(!plain.is_plain(b"<a>\xff</a>"));
        let long = format!("<a b='{}'/>", "x".repeat(9000));
        assert!(!plain.is_plain(long.as_bytes()));
        let long = format!("<a>{}</a>", "x".repeat(90_000));
        assert!(plain.is_plain(long.as_bytes()) && accepts(long.as_bytes()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// The promise of this file, on stanzas that are nearly plain.
        #[test]
        fn what_is_plain_is_accepted(
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0..3usize, prop::sample::select(vec![
                "<", ">", "/", "=", "'", "\"", " ", "&", ";", ":", "a", "x", "<a>", "</a>", "<a/>", " b='c'", " id='1'",
                " xmlns='u'", " xml:lang='de'", "xml", "&lt;", "&#9;", "]]>", "\u{7f}", "\u{fffe}", "é", "\0", "\t", "-",
            ])), 0..4),
        ) {
            let mut text = MOVE.to_owned();
            for (place, cut, put) in edits {
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
                let from = places.get(place.index(places.len().max(1))).copied().unwrap_or(0);
                let to = text[from..].char_indices().nth(cut).map_or(text.len(), |(at, _)| from + at);
                text.replace_range(from..to, put);
            }
            if Plain::default().is_plain(text.as_bytes()) {
                prop_assert!(accepts(text.as_bytes()), "{}", text);
            }
        }
    }
}
