//! Feed items as Atom entries (RFC 4287, XEP-0277 section 3), which any feed reader shows; our event rides inside.

use minidom::Element;

use super::event;
use super::stanza::{attribute, el, leaf, writable};
use crate::engine::Item;

/// The namespace of Atom.
pub const NS: &str = "http://www.w3.org/2005/Atom";

/// The entry of an item. Its id is a tag URI (RFC 4151) that stays the same however often the item is published.
pub fn entry(domain: &str, item: &Item) -> Element {
    let at = item.at.to_string();
    let day = at.split('T').next().unwrap_or_default();
    let text = |name: &str, text: &str| leaf(name, NS, text);
    let plain = |name: &str, words: &str| {
        el(name, NS)
            .attr(attribute("type"), "text")
            .append(writable(words))
            .build()
    };
    let link = el("link", NS).attr(attribute("rel"), "alternate").attr(
        attribute("href"),
        format!("xmpp:{}@{domain}", item.event.about.local()),
    );
    el("entry", NS)
        .append(text("id", &format!("tag:{domain},{day}:{}", item.id)))
        .append(plain("title", &item.title))
        .append(text("updated", &at))
        .append(text("published", &at))
        .append(
            el("author", NS)
                .append(text("name", "referee"))
                .append(text("uri", &format!("xmpp:{domain}"))),
        )
        .append(plain("content", &item.text))
        .append(link)
        .append(event::element(&item.event))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{About, EventOut};
    use crate::kit::{Hash, MatchId, Timestamp};

    #[test]
    fn an_entry_has_what_a_feed_reader_needs() {
        let at = Timestamp(1_700_000_000_120);
        let event = EventOut {
            about: About::Match(MatchId(4)),
            n: 1,
            hash: Hash::ZERO,
            kind: "moved".to_owned(),
            at,
            again: 0,
            parts: vec![],
        };
        let item = Item {
            id: "m4/3/0".to_owned(),
            at,
            title: "alice plays e4".to_owned(),
            text: "alice\nboard".to_owned(),
            event,
        };
        let entry = entry("r.example", &item);
        let text = |name: &str| entry.get_child(name, NS).unwrap().text();
        assert_eq!(text("id"), "tag:r.example,2023-11-14:m4/3/0");
        assert_eq!(
            (text("title"), text("content")),
            ("alice plays e4".to_owned(), "alice\nboard".to_owned())
        );
        assert_eq!(
            (text("updated"), text("published")),
            (at.to_string(), at.to_string())
        );
        assert_eq!(
            entry
                .get_child("author", NS)
                .unwrap()
                .get_child("name", NS)
                .unwrap()
                .text(),
            "referee"
        );
        assert_eq!(
            entry.get_child("link", NS).unwrap().attr("href"),
            Some("xmpp:m4@r.example")
        );
        assert_eq!(
            event::parse(entry.get_child("event", event::NS).unwrap()),
            Some(item.event)
        );
    }
}
