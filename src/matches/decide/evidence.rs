//! Links that a side shows for what it says: screenshots, demos, a server's own page.

use super::{Draft, Event, PersonId, Refusal, Seat, Stage, refuse};
use crate::kit::clip;
use crate::matches::event::Pause;

/// Links one side may give in one match.
pub const MAX_EVIDENCE: usize = 8;
/// The longest link.
pub const MAX_LINK_CHARS: usize = 300;

impl Draft {
    pub(super) fn evidence(&mut self, by: PersonId, text: &str) -> Result<(), Refusal> {
        let seat = match self.game.stage {
            // Evidence is what a dispute waits for, so a standstill does not keep it out.
            Stage::Paused | Stage::Adjourned => self.game.seat_of(by),
            _ => Some(self.seat(by)?),
        };
        let id = self.game.id;
        let seat = seat.ok_or_else(|| {
            refuse("match/not-a-player", "You do not play in this match.")
                .hint(format!("Type `watch {id}` to be told how it goes."))
        })?;
        let url = link(text)?;
        self.game.takes_evidence(seat, &url)?;
        self.emit(Event::Evidence { seat, url })
    }
}

impl crate::matches::Match {
    /// Whether this side may show this link now; an auditor asks the same.
    pub fn takes_evidence(&self, seat: Seat, url: &str) -> Result<(), Refusal> {
        let disputed = self
            .standstills
            .iter()
            .any(|held| held.why == Pause::Dispute);
        let id = self.id;
        if !self.terms.is_elsewhere() && !disputed {
            return Err(refuse(
                "evidence/not-here",
                "I see every move of this match myself, so it needs no evidence.",
            )
            .hint(format!("Type `record {id}` for what happened.")));
        }
        if self.evidence.iter().any(|(_, known)| known == url) {
            return Err(
                refuse("evidence/known", "That link is in the record already.").hint(format!(
                    "Type `show {id}` to see it; another link is welcome."
                )),
            );
        }
        if self.evidence.iter().filter(|(by, _)| *by == seat).count() >= MAX_EVIDENCE {
            return Err(refuse(
                "evidence/many",
                format!("You have given {MAX_EVIDENCE} links, and that is the limit."),
            )
            .hint("Put more on one page, and tell a human referee about it."));
        }
        Ok(())
    }
}

/// A link that may be shown to everybody: http or https, a host by name, and none of the characters that URLs do not have
/// (RFC 3986). No user in front of the host, which could pretend to be another one.
pub fn link(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let no_link = |why: &str| {
        refuse("evidence/no-link", format!("`{}` {why}.", clip(text, 40))).hint(
            "Type evidence and a link that others can open, such as https://example.org/demo/1.",
        )
    };
    if text.chars().count() > MAX_LINK_CHARS {
        return Err(refuse(
            "evidence/long-link",
            format!("A link has at most {MAX_LINK_CHARS} characters."),
        )
        .hint("Use a shorter link to the same page."));
    }
    let lower = text.to_ascii_lowercase();
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| lower.starts_with(scheme))
        .ok_or_else(|| no_link("is no link that begins with https:// or http://"))?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    if !text.chars().all(allowed) {
        return Err(no_link("has characters that no link has"));
    }
    let rest = &text[scheme.len()..];
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(no_link("names a user, which could mislead"));
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let label = |label: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(plain)
    };
    let labels: Vec<&str> = host.split('.').collect();
    let is_host = labels.len() > 1 && labels.into_iter().all(label);
    let is_port = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    if !is_host || !is_port {
        return Err(no_link("names no host"));
    }
    Ok(format!("{scheme}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_plain_and_short() {
        for good in [
            "https://example.org/demo.dem?x=1#t",
            "http://example.org:8080",
            "https://10.0.0.1/a%20b",
        ] {
            assert_eq!(link(good).as_deref(), Ok(good));
        }
        assert_eq!(
            link(" HTTPS://example.org/A ").as_deref(),
            Ok("https://example.org/A")
        );
        let long = format!("https://example.org/{}", "x".repeat(MAX_LINK_CHARS));
        for (bad, code) in [
            ("look at my screenshot", "evidence/no-link"),
            ("ftp://example.org/x", "evidence/no-link"),
            ("javascript:alert(1)", "evidence/no-link"),
            ("https://", "evidence/no-link"),
            ("https://localhost/x", "evidence/no-link"),
            ("https://bank.example@evil.example/", "evidence/no-link"),
            ("https://example.org/{0}", "evidence/no-link"),
            ("https://example.org/a b", "evidence/no-link"),
            ("https://ex\u{0430}mple.org/", "evidence/no-link"),
            ("https://example.org:99999999/", "evidence/no-link"),
            (long.as_str(), "evidence/long-link"),
        ] {
            assert_eq!(link(bad).unwrap_err().code, code, "{bad}");
        }
    }
}
