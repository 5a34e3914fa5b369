//! Reading and answering stanzas without trusting any of them: addresses, places, errors.

use minidom::{Element, ElementBuilder};
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::ns;

pub use super::sound::attribute;
use crate::commands::{Place, Stop};

/// The local part of the one contact people talk to.
pub const CONTACT: &str = "referee";

/// Begins an element; [`attr`](ElementBuilder::attr) takes names from [`attribute`].
pub fn el(name: &str, namespace: &str) -> ElementBuilder {
    Element::builder(name, namespace)
}

/// An element with a text, without the characters that XML has no way to write.
pub fn leaf(name: &str, namespace: &str, text: &str) -> Element {
    el(name, namespace).append(writable(text)).build()
}

/// A text without the characters that XML 1.0 has no way to write: one of them would lose the whole stanza.
pub fn writable(text: &str) -> String {
    let fits = |c: &char| {
        matches!(c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    text.chars().filter(fits).collect()
}

/// An address: the bare part is normalised, the resource is whatever the server stamped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The part before the `@`, if there is one.
    pub local: Option<String>,
    /// The domain.
    pub domain: String,
    /// The bare JID.
    pub bare: String,
    /// The full JID; equal to the bare one without a resource.
    pub full: String,
}

impl Address {
    /// Reads an address; none when it is no JID. Resources are not judged: servers know newer letters than we do.
    pub fn read(text: &str) -> Option<Address> {
        let (bare, resource) = match text.split_once('/') {
            Some((bare, resource)) => (bare, Some(resource)),
            None => (text, None),
        };
        let bare = BareJid::new(bare).ok()?;
        Some(Address {
            local: bare.node().map(|node| node.to_string()),
            domain: bare.domain().to_string(),
            full: match resource {
                Some(resource) => format!("{bare}/{resource}"),
                None => bare.to_string(),
            },
            bare: bare.to_string(),
        })
    }

    /// The resource, if there is one.
    pub fn resource(&self) -> Option<&str> {
        self.full.get(self.bare.len() + 1..)
    }
}

/// Who sent a stanza, and to which address of ours.
#[derive(Clone, Debug)]
pub struct Head {
    /// The sender, as the server stamped it.
    pub from: Address,
    /// Our address.
    pub to: Address,
    /// The stanza's id.
    pub id: Option<String>,
    /// The stanza's type.
    pub kind: Option<String>,
}

impl Head {
    /// Reads the addresses; none when one of them is missing or no JID.
    pub fn read(stanza: &Element) -> Option<Head> {
        Some(Head {
            from: Address::read(stanza.attr("from")?)?,
            to: Address::read(stanza.attr("to")?)?,
            id: stanza.attr("id").map(str::to_owned),
            kind: stanza.attr("type").map(str::to_owned),
        })
    }
}

/// What an address of ours stands for; none when nothing has that name.
pub fn place_of(address: &Address) -> Option<Place> {
    match address.local.as_deref() {
        None => Some(Place::Service),
        Some(CONTACT) => Some(Place::Contact),
        Some(local) => match local.strip_prefix("clan-") {
            Some(tag) => tag.parse().ok().map(Place::Clan),
            None => local.parse().ok().map(Place::Match),
        },
    }
}

/// What goes wrong with a stanza, as its sender is told (RFC 6120 8.3.3 and XEP-0050 4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The stanza makes no sense.
    BadRequest,
    /// An ad-hoc action that does not exist.
    BadAction,
    /// A form that cannot be read.
    BadPayload,
    /// A session that is not known, or has ended.
    BadSession,
    /// The name is another's.
    Conflict,
    /// Not for this person.
    Forbidden,
    /// No place is free at the moment.
    Full,
    /// There is nothing at this address, or nothing this person may know of.
    ItemNotFound,
    /// Too long, or not in this way.
    NotAcceptable,
    /// Not now, or not at all here.
    NotAllowed,
    /// A part of a protocol that is not served.
    NotImplemented,
    /// Try again later.
    ResourceConstraint,
    /// Not offered here.
    ServiceUnavailable,
    /// Something that a child in another namespace names.
    Undefined,
}

impl Condition {
    /// The error's type, its condition, and the ad-hoc detail.
    fn words(self) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Condition::BadRequest => ("modify", "bad-request", None),
            Condition::BadAction => ("modify", "bad-request", Some("malformed-action")),
            Condition::BadPayload => ("modify", "bad-request", Some("bad-payload")),
            Condition::BadSession => ("modify", "bad-request", Some("bad-sessionid")),
            Condition::Conflict => ("cancel", "conflict", None),
            Condition::Forbidden => ("auth", "forbidden", None),
            Condition::Full => ("wait", "service-unavailable", None),
            Condition::ItemNotFound => ("cancel", "item-not-found", None),
            Condition::NotAcceptable => ("modify", "not-acceptable", None),
            Condition::NotAllowed => ("cancel", "not-allowed", None),
            Condition::NotImplemented => ("cancel", "feature-not-implemented", None),
            Condition::ResourceConstraint => ("wait", "resource-constraint", None),
            Condition::ServiceUnavailable => ("cancel", "service-unavailable", None),
            Condition::Undefined => ("cancel", "undefined-condition", None),
        }
    }
}

impl From<Stop> for Condition {
    fn from(stop: Stop) -> Condition {
        match stop {
            Stop::Forbidden => Condition::Forbidden,
            Stop::Unknown => Condition::ItemNotFound,
            Stop::BadSession => Condition::BadSession,
            Stop::Overload => Condition::ResourceConstraint,
        }
    }
}

/// The error that answers a stanza, or none for what must not be answered: errors, results, presence, and whatever was
/// not sent to our `domain` (an answer in another name ends the stream).
pub fn error(stanza: &Element, domain: &str, condition: Condition, text: &str) -> Option<Element> {
    let kind = stanza.attr("type");
    let answered = match stanza.name() {
        "iq" => !matches!(kind, Some("error" | "result")),
        "message" => !matches!(kind, Some("error" | "groupchat" | "headline")),
        _ => false,
    };
    let (from, to) = (stanza.attr("from")?, stanza.attr("to")?);
    if !answered || domain_of(to) != domain {
        return None;
    }
    let answer = address(stanza.name(), to, from, stanza.attr("id"), "error");
    Some(answer.append(error_child(condition, text)).build())
}

/// The `<error/>` itself.
pub fn error_child(condition: Condition, text: &str) -> Element {
    let (kind, name, detail) = condition.words();
    let said = (!text.is_empty()).then(|| leaf("text", ns::XMPP_STANZAS, text));
    el("error", ns::DEFAULT_NS)
        .attr(attribute("type"), kind)
        .append(Element::bare(name, ns::XMPP_STANZAS))
        .append_all(said)
        .append_all(detail.map(|detail| Element::bare(detail, super::adhoc::COMMANDS)))
        .build()
}

/// Begins a stanza from one address to another.
pub fn address(name: &str, from: &str, to: &str, id: Option<&str>, kind: &str) -> ElementBuilder {
    el(name, ns::DEFAULT_NS)
        .attr(attribute("from"), from)
        .attr(attribute("to"), to)
        .attr(attribute("id"), id)
        .attr(attribute("type"), kind)
}

/// What one element costs in memory beside its names and texts.
const OF_ELEMENT: usize = 256;

/// What one attribute costs beside its name and value.
const OF_ATTRIBUTE: usize = 64;

/// About how many bytes of memory a stanza takes up while it waits, which is more than it has on the wire.
pub fn weigh(stanza: &Element) -> usize {
    let mut bytes = 0;
    let mut left = vec![stanza];
    while let Some(element) = left.pop() {
        let attributes = element.attrs().into_iter();
        let attributes =
            attributes.map(|((_, name), value)| OF_ATTRIBUTE + name.len() + value.len());
        let texts = element.texts().map(str::len);
        bytes += OF_ELEMENT + element.name().len() + attributes.chain(texts).sum::<usize>();
        left.extend(element.children());
    }
    bytes
}

/// Where the answer to an IQ goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    from: String,
    to: String,
    id: Option<String>,
}

impl Back {
    /// Back to the sender, in the name of the address that was asked.
    pub fn to(stanza: &Element) -> Back {
        let copy = |name| stanza.attr(name).unwrap_or_default().to_owned();
        Back {
            from: copy("to"),
            to: copy("from"),
            id: stanza.attr("id").map(str::to_owned),
        }
    }

    /// The result, with this child.
    pub fn result(&self, payload: impl Into<Option<Element>>) -> Element {
        let iq = address("iq", &self.from, &self.to, self.id.as_deref(), "result");
        iq.append_all(payload.into()).build()
    }

    /// The error.
    pub fn error(&self, condition: Condition, text: &str) -> Element {
        self.error_with(error_child(condition, text))
    }

    /// The error, with this `<error/>`.
    pub fn error_with(&self, error: Element) -> Element {
        let iq = address("iq", &self.from, &self.to, self.id.as_deref(), "error");
        iq.append(error).build()
    }
}

fn domain_of(address: &str) -> String {
    let bare = address.split('/').next().unwrap_or_default();
    bare.rsplit('@').next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::MatchId;

    fn stanza(text: &str) -> Element {
        text.replacen(' ', " xmlns='jabber:component:accept' ", 1)
            .parse()
            .unwrap()
    }

    #[test]
    fn addresses_and_places() {
        let place = |text| Address::read(text).and_then(|address| place_of(&address));
        assert_eq!(place("r.example"), Some(Place::Service));
        assert_eq!(place("Referee@R.example/x"), Some(Place::Contact));
        assert_eq!(place("m42@r.example"), Some(Place::Match(MatchId(42))));
        for none in [
            "m042@r.example",
            "nobody@r.example",
            "😀@r.example",
            "@r.example",
            "",
            "/x",
        ] {
            assert_eq!(place(none), None, "{none}");
        }
        let phone = Address::read("Bob@x.example/📱").unwrap();
        assert_eq!(
            (phone.bare.as_str(), phone.resource()),
            ("bob@x.example", Some("📱"))
        );
        assert_eq!(Address::read("bob@x.example").unwrap().resource(), None);
    }

    #[test]
    fn errors_go_back_and_are_never_answered() {
        let error = |text: &str| error(&stanza(text), "r", Condition::BadSession, "so");
        let told = error("<iq type='set' id='1' from='a@b/c' to='m1@r'/>").unwrap();
        assert_eq!(
            (told.attr("to"), told.attr("from"), told.attr("id")),
            (Some("a@b/c"), Some("m1@r"), Some("1"))
        );
        let child = told.get_child("error", ns::DEFAULT_NS).unwrap();
        assert_eq!(child.attr("type"), Some("modify"));
        let names: Vec<_> = child.children().map(Element::name).collect();
        assert_eq!(names, ["bad-request", "text", "bad-sessionid"]);
        for silent in [
            "<iq type='error' from='a@b' to='r'/>",
            "<iq type='result' from='a@b' to='r'/>",
            "<message type='error' from='a@b' to='r'/>",
            "<message type='groupchat' from='a@b' to='r'/>",
            "<presence from='a@b' to='r'/>",
            "<iq type='get' from='a@b'/>",
            "<iq type='get' to='r'/>",
            "<iq type='get' from='a@b' to='m1@other'/>",
        ] {
            assert_eq!(error(silent), None, "{silent}");
        }
    }

    #[test]
    fn what_xml_cannot_write_is_left_out() {
        assert_eq!(
            leaf("body", ns::DEFAULT_NS, "a\u{1}b\u{ffff}\n").text(),
            "ab\n"
        );
    }
}
