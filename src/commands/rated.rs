//! When a rated match may be made: head-to-head farming is refused before it begins, with the reason.

use super::card::Ask;
use crate::kit::{PersonId, Refusal, refuse};
use crate::matches::{MAX_RATED_A_DAY, RATED_WINDOW, Terms};

impl Ask<'_> {
    /// Whether a match on these terms between two people may be made: a rated one only while its result would count.
    pub fn may_be_rated(
        &self,
        terms: &Terms,
        one: PersonId,
        other: PersonId,
    ) -> Result<(), Refusal> {
        if !terms.rated || self.desk.would_count(one, other) {
            return Ok(());
        }
        Err(refuse(
            "match/rated-enough",
            format!(
                "You two have {MAX_RATED_A_DAY} rated matches within {}; another would not count.",
                RATED_WINDOW.words()
            ),
        )
        .hint("Leave `rated` away to play for the fun of it, or play somebody else."))
    }
}
