//! Whether two people may play on these terms: formulas are judged here, on facts about the one who comes, and head-to-head
//! farming is refused before it begins. Each refusal says which part failed.

use super::card::Ask;
use crate::kit::{PersonId, Refusal, refuse};
use crate::matches::{Facts, Formula, MAX_RATED_A_DAY, RATED_WINDOW, Terms};

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

    /// Whether somebody fits the formula of an open match.
    pub fn may_join(&self, terms: &Terms, host: PersonId, me: PersonId) -> Result<(), Refusal> {
        let objection = terms
            .wanted()
            .and_then(|wanted| self.objection(wanted, terms, host, me));
        let Some(part) = objection else { return Ok(()) };
        Err(refuse(
            "match/not-for-you",
            format!("This match is not for you: {part}."),
        )
        .hint("Type `matches open` to see others, or `open` one yourself."))
    }

    /// Whether somebody fits the formula by which the opponent takes challenges.
    pub fn may_ask(&self, terms: &Terms, me: PersonId, opponent: PersonId) -> Result<(), Refusal> {
        let Some(theirs) = self.desk.world().people.get(opponent) else {
            return Ok(());
        };
        // It was read when it was set; what cannot be read any more keeps nobody out.
        let formula = theirs
            .formula
            .as_ref()
            .and_then(|text| text.parse::<Formula>().ok());
        let objection = formula.and_then(|wanted| self.objection(&wanted, terms, opponent, me));
        let Some(part) = objection else { return Ok(()) };
        Err(refuse(
            "match/unwanted",
            format!(
                "{} takes challenges only where this holds: {part}.",
                theirs.handle
            ),
        )
        .hint("Type `open` and a game to wait for anybody."))
    }

    /// The part of a formula that keeps `who` out, judged beside the one who made it.
    fn objection(
        &self,
        wanted: &Formula,
        terms: &Terms,
        host: PersonId,
        who: PersonId,
    ) -> Option<String> {
        let world = self.desk.world();
        let person = world.people.get(who)?;
        let standing = world.ratings.standing(who, &terms.game);
        wanted.objection(&Facts {
            rated: terms.rated,
            bot: person.bot,
            rating: standing.rating,
            host: world.ratings.standing(host, &terms.game).rating,
            games: standing.games,
            handle: &person.handle,
            domain: person.domain(),
        })
    }
}
