//! `<event xmlns='urn:x-referee:event:0'/>`: what happened in a match or a clan, for programs.

use minidom::Element;
use minidom::rxml::NcName;

use super::stanza::{attribute, el, writable};
use crate::engine::{About, EventOut, Part};

/// The namespace of `<event/>`.
pub const NS: &str = "urn:x-referee:event:0";

/// The element of an event.
pub fn element(event: &EventOut) -> Element {
    let parts = event.parts.iter().filter_map(part);
    let (game, clan) = match event.about {
        About::Match(id) => (Some(id.to_string()), None),
        About::Clan(tag) => (None, Some(tag.to_string())),
    };
    el("event", NS)
        .attr(attribute("match"), game)
        .attr(attribute("clan"), clan)
        .attr(attribute("n"), event.n.to_string())
        .attr(attribute("hash"), event.hash.to_string())
        .attr(attribute("kind"), writable(&event.kind))
        .attr(attribute("at"), event.at.to_string())
        .attr(
            attribute("again"),
            (event.again > 0).then(|| event.again.to_string()),
        )
        .append_all(parts)
        .build()
}

/// A part whose name is no XML name is left out: no game has one, and a stanza must stay readable.
fn part(part: &Part) -> Option<Element> {
    NcName::try_from(part.name.as_str()).ok()?;
    let mut built = el(&part.name, NS);
    for (name, value) in &part.attrs {
        built = built.attr(NcName::try_from(name.as_str()).ok()?, writable(value));
    }
    Some(match part.text.as_str() {
        "" => built.build(),
        text => built.append(writable(text)).build(),
    })
}

/// Reads an `<event/>` back; `None` when it is none, or lacks what every event has.
pub fn parse(element: &Element) -> Option<EventOut> {
    if !element.is("event", NS) {
        return None;
    }
    let attrs = |part: &Element| {
        part.attrs()
            .iter()
            .map(|(key, value)| (key.1.to_string(), value.clone()))
            .collect()
    };
    let parts = element.children().map(|part| Part {
        name: part.name().to_owned(),
        attrs: attrs(part),
        text: part.text(),
    });
    let about = match (element.attr("match"), element.attr("clan")) {
        (Some(id), None) => About::Match(id.parse().ok()?),
        (None, Some(tag)) => About::Clan(tag.parse().ok()?),
        _ => return None,
    };
    Some(EventOut {
        about,
        n: element.attr("n")?.parse().ok()?,
        hash: element.attr("hash")?.parse().ok()?,
        kind: element.attr("kind")?.to_owned(),
        at: element.attr("at")?.parse().ok()?,
        again: match element.attr("again") {
            Some(again) => again.parse().ok()?,
            None => 0,
        },
        parts: parts.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::{Hash, MatchId, Timestamp};

    fn event() -> EventOut {
        let parts = vec![
            Part::new("move", "e4 & <more>")
                .with("player", "alice")
                .with("seat", 0),
            Part::new("turn", "").with("seat", 1),
        ];
        let at = Timestamp(1_700_000_000_120);
        EventOut {
            about: About::Match(MatchId(42)),
            n: 7,
            hash: Hash::ZERO,
            kind: "moved".to_owned(),
            at,
            again: 2,
            parts,
        }
    }

    #[test]
    fn an_event_reads_back_from_its_bytes() {
        let bytes = String::from(&element(&event()));
        assert!(
            bytes.starts_with("<event xmlns='urn:x-referee:event:0'")
                || bytes.contains("xmlns=\"urn:x-referee:event:0\""),
            "{bytes}"
        );
        assert_eq!(parse(&bytes.parse().unwrap()), Some(event()));
    }

    #[test]
    fn what_is_no_event_reads_as_none() {
        for text in [
            "<event xmlns='urn:x'/>",
            "<event xmlns='urn:x-referee:event:0' match='m1'/>",
            "<event xmlns='urn:x-referee:event:0' match='p1' n='1' hash='0' kind='x' at='now'/>",
        ] {
            assert_eq!(parse(&text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn what_xml_cannot_write_is_left_out() {
        let mut odd = event();
        odd.parts = vec![
            Part::new("no name", "x"),
            Part::new("state", "a\u{1}b\u{ffff}\tc"),
        ];
        let bytes = String::from(&element(&odd));
        let parts = parse(&bytes.parse().unwrap()).unwrap().parts;
        assert_eq!(parts, [Part::new("state", "ab\tc")]);
    }
}
