//! Links that a side shows for what it says: screenshots, demos, a server's own page.

use super::{Draft, Event, PersonId, Refusal, Seat, Stage, refuse};
use crate::kit::{MAX_LINK_CHARS, clip, read_link};
use crate::matches::event::Pause;

/// Links one side may give in one match.
pub const MAX_EVIDENCE: usize = 8;

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

/// A link that may be shown to everybody, as [`read_link`] takes it.
pub fn link(text: &str) -> Result<String, Refusal> {
    if text.trim().chars().count() > MAX_LINK_CHARS {
        return Err(refuse(
            "evidence/long-link",
            format!("A link has at most {MAX_LINK_CHARS} characters."),
        )
        .hint("Use a shorter link to the same page."));
    }
    read_link(text).map_err(|why| {
        refuse(
            "evidence/no-link",
            format!("`{}` {why}.", clip(text.trim(), 40)),
        )
        .hint("Type evidence and a link that others can open, such as https://example.org/demo/1.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_link_says_what_is_wrong_with_it() {
        let long = format!("https://example.org/{}", "x".repeat(MAX_LINK_CHARS));
        for (bad, code) in [
            ("look at my screenshot", "evidence/no-link"),
            ("https://localhost/x", "evidence/no-link"),
            (long.as_str(), "evidence/long-link"),
        ] {
            assert_eq!(link(bad).unwrap_err().code, code, "{bad}");
        }
        assert_eq!(
            link(" https://example.org/demo/1 ").as_deref(),
            Ok("https://example.org/demo/1")
        );
    }
}
