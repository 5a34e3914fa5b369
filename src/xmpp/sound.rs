//! What may be written: XML has characters that no escape can carry, and tokio-xmpp's encoder does not recover from one.

use minidom::rxml::{NcName, NcNameStr};
use minidom::{Element, Node};

/// A name that is known to be fit for an attribute.
pub fn attribute(name: &'static str) -> NcName {
    NcName::try_from(name).unwrap_or_else(|_| unreachable!("`{name}` is no attribute name"))
}

/// True when every name, value and text in this element can be written.
pub fn is_sound(element: &Element) -> bool {
    <&NcNameStr>::try_from(element.name()).is_ok()
        && is_plain(&element.ns())
        && element
            .attrs()
            .iter()
            .all(|((ns, _), value)| is_plain(ns) && is_plain(value))
        && element.nodes().all(|node| match node {
            Node::Element(child) => is_sound(child),
            Node::Text(text) => is_plain(text),
        })
}

/// True when XML 1.0 knows all these characters (its production 2, `Char`).
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    !bytes.iter().enumerate().any(|(at, byte)| match byte {
        b'\t' | b'\n' | b'\r' => false,
        0..0x20 => true,
        // U+FFFE and U+FFFF.
        0xbe | 0xbf => bytes[..at].ends_with(&[0xef, 0xbf]),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_xml_can_carry() {
        let text = |text: &str| Element::builder("a", "urn:a").append(text).build();
        assert!(is_sound(&text("é€𝄞\t\r\n<>&\"'\u{fffd}\u{7f}")));
        for bad in ["\0", "a\u{b}", "\u{1f}", "\u{fffe}", "€\u{ffff}"] {
            assert!(!is_sound(&text(bad)), "{bad:?}");
            let value = Element::builder("a", "urn:a").attr(attribute("b"), bad);
            assert!(!is_sound(&value.build()), "{bad:?}");
            let deep = Element::builder("a", "urn:a").append(text(bad));
            assert!(!is_sound(&deep.build()), "{bad:?}");
            assert!(!is_sound(&Element::bare("a", bad.to_owned())), "{bad:?}");
        }
        for name in ["", "a b", "a:b", "<"] {
            assert!(!is_sound(&Element::bare(name, "urn:a")), "{name:?}");
        }
    }
}
