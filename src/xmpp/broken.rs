//! What the filter did not let through: who sent it, and the `bad-request` that they get.

use minidom::Element;
use xmpp_parsers::ns;

use super::frames::MAX_HEAD;
use super::sound::attribute;

/// Longest address or id that is repeated to the sender (RFC 7622: 3071 bytes).
const MAX_ECHO: usize = 3071;

/// What can be told about a stanza that could not be parsed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Broken {
    /// `iq`, `message`, `presence` or anything else.
    pub name: String,
    /// The sender, as the server wrote it.
    pub from: Option<String>,
    /// The address of ours that it was sent to.
    pub to: Option<String>,
    /// The id of the stanza.
    pub id: Option<String>,
    /// The `type` attribute.
    pub kind: Option<String>,
}

impl Broken {
    /// The `bad-request` that the sender gets, or none for what must not be answered (RFC 6120 8.3.1).
    pub fn answer(&self) -> Option<Element> {
        let kind = self.kind.as_deref();
        let answered = match self.name.as_str() {
            "iq" => matches!(kind, Some("get" | "set")),
            "message" => matches!(kind, None | Some("chat" | "normal")),
            _ => false,
        };
        let (from, to) = (self.from.as_ref()?, self.to.as_ref()?);
        let fault = Element::builder("bad-request", ns::XMPP_STANZAS).build();
        let error = Element::builder("error", ns::DEFAULT_NS)
            .attr(attribute("type"), "modify")
            .append(fault)
            .build();
        let answer = Element::builder(&self.name, ns::DEFAULT_NS)
            .attr(attribute("type"), "error")
            .attr(attribute("from"), to.as_str())
            .attr(attribute("to"), from.as_str())
            .attr(attribute("id"), self.id.as_deref())
            .append(error)
            .build();
        answered.then_some(answer)
    }

    /// Looks at the first tag only, forgiving everything.
    pub fn sniff(bytes: &[u8]) -> Broken {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_HEAD)]);
        let mut rest = head.trim_start_matches('<');
        let end = rest
            .find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/')
            .unwrap_or(rest.len());
        let mut broken = Broken {
            name: rest[..end].to_owned(),
            ..Broken::default()
        };
        rest = &rest[end..];
        while let Some((name, value, later)) = next_attribute(rest) {
            let slot = match name {
                "from" => Some(&mut broken.from),
                "to" => Some(&mut broken.to),
                "id" => Some(&mut broken.id),
                "type" => Some(&mut broken.kind),
                _ => None,
            };
            if let Some(slot) = slot {
                *slot = unescape(value);
            }
            rest = later;
        }
        broken
    }
}

fn next_attribute(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_ascii_start();
    let (name, rest) = text.split_once('=')?;
    if name.contains(['>', '<']) {
        return None;
    }
    let rest = rest.trim_ascii_start();
    let mark = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, rest) = rest[1..].split_once(mark)?;
    Some((name.trim_ascii(), value, rest))
}

fn unescape(value: &str) -> Option<String> {
    if value.len() > MAX_ECHO || value.contains(char::is_control) {
        return None;
    }
    let plain = value
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'");
    // Another reference left over: rather no answer than a wrong one.
    let clean = plain.replace("&amp;", "");
    (!clean.contains('&')).then(|| plain.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_unknown_senders_get_no_answer() {
        let head = |text: &str| Broken::sniff(text.as_bytes());
        assert_eq!(head("<iq type='error' from='a' to='b'").answer(), None);
        assert_eq!(head("<presence from='a' to='b'>").answer(), None);
        assert_eq!(head("<message to='b'>").answer(), None);
        assert_eq!(head("<message from='a&nbsp;' to='b'>").answer(), None);
        assert_eq!(
            head("<iq from='a&amp;lt;' b=").from.as_deref(),
            Some("a&lt;")
        );
        assert_eq!(head(&format!("<iq id='{}'", "x".repeat(4000))).id, None);
    }
}
