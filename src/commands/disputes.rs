//! What the cards about human referees share: which match is meant, and who is there to rule.

use super::card::{Ask, Field, Kind, WordsFor};
use super::reply::Reply;
use super::shared::no_such_match;
use crate::clans::People;
use crate::engine::ruling::{may_rule, referees_for};
use crate::engine::{Found, story};
use crate::kit::{MatchId, PersonId, Refusal, Words, refuse};
use crate::matches::{self, Case, Match, Stage};

/// The field with the reason of a dispute, an appeal or a ruling.
pub const REASON: Field = Field {
    name: "reason",
    label: "Reason (both players and the record get it)",
    kind: Kind::Text,
    default: "",
    required: true,
    words: WordsFor::Rest,
};

impl Ask<'_> {
    /// The match a player calls a referee to: the named one, the only one that is being played, or the last that ended.
    fn disputed(&mut self, appeal: bool) -> Result<MatchId, Refusal> {
        // Only what was ruled on is appealed against.
        let fits = |game: &Match| !appeal || game.case.appeal_until().is_some();
        let playing = self.game("of yours is being played", |game, me| {
            game.seat_of(me).is_some() && game.started.is_some() && fits(game)
        });
        let named = self.field("match").is_some() || self.place.game().is_some();
        let over = self.last_over().filter(|_| !named);
        let over =
            over.filter(|id| (self.desk.world().live(*id)).is_some_and(|one| fits(&one.game)));
        let id = match (playing, over) {
            (Err(no), _) if no.code == "match/none" => self.last_over().ok_or(no)?,
            // Both may be meant, and nobody wants the wrong one stopped.
            (Ok(id), Some(over)) if id != over => {
                return Err(refuse(
                    "match/which",
                    format!("Do you mean {over}, which is over, or {id}, which is being played?"),
                )
                .hint(format!(
                    "Add its name, such as `{} {over}` and the reason.",
                    if appeal { "appeal" } else { "dispute" }
                )));
            }
            (other, _) => other?,
        };
        match self.desk.find(id) {
            Some(Found::Finished(_)) => Err(refuse(
                "match/settled",
                format!("The result of {id} stands: the time to dispute it is over."),
            )
            .hint(format!("Type `result {id}` to see it."))),
            Some(Found::Live(_)) => Ok(id),
            None => Err(no_such_match(id)),
        }
    }

    /// Calls a human referee with what this makes of the reason.
    pub fn call_referee(
        &mut self,
        ask: fn(String) -> matches::Ask,
        appeal: bool,
    ) -> Result<Reply, Refusal> {
        let me = self.me()?;
        let id = self.disputed(appeal)?;
        let reason = self.field("reason").unwrap_or_default().to_owned();
        self.somebody_rules(id)?;
        self.desk.act(Some(me), id, &ask(reason), self.req)?;
        let Some(live) = self.desk.world().live(id) else {
            return Err(no_such_match(id));
        };
        let who = if appeal { "Another human" } else { "A human" };
        let stands = match live.game.stage {
            Stage::Over => "the result is in suspense until the ruling",
            _ => "the match stands still and no clock runs",
        };
        let mut words = Words::line(format!("[{id}] {who} referee is called; {stands}."));
        words = words.and("You are told of the ruling.");
        Ok(self.state_of(id, words))
    }

    /// Refuses to call anybody to a match where nobody is there to rule, neither a referee nor an admin: whoever stands badly
    /// would gain by it, and nobody could ever let it go on.
    fn somebody_rules(&self, id: MatchId) -> Result<(), Refusal> {
        let world = self.desk.world();
        let Some(game) = world.live(id).map(|live| &live.game) else {
            return Ok(());
        };
        if !referees_for(world, game).is_empty() {
            return Ok(());
        }
        let contact = &world.policy().contact;
        let hint = match (game.stage, game.terms.is_elsewhere()) {
            (Stage::Over, _) => format!("Write to {contact} if the result is wrong."),
            (_, true) => format!("Report your own result, or write to {contact}."),
            (_, false) => {
                format!("Play on: the rules decide it. If somebody cheats, write to {contact}.")
            }
        };
        Err(refuse(
            "match/no-referee",
            format!("Nobody who may rule on {id} is known here, so nothing is stopped."),
        )
        .hint(hint))
    }

    /// The matches this person may rule on now, in order of ids.
    pub fn cases(&self, me: PersonId) -> Vec<&Match> {
        if !(self.caller.referee || self.caller.admin) {
            return Vec::new();
        }
        let cases = self.desk.world().cases().map(|live| &live.game);
        cases
            .filter(|game| may_rule(self.desk.world(), me, game).is_ok())
            .collect()
    }

    /// The match a referee rules on: the named one, or the only one that waits.
    pub fn ruled(&mut self, me: PersonId) -> Result<MatchId, Refusal> {
        if self.field("match").is_some() || self.place.game().is_some() {
            return self.game("waits for your ruling", |_, _| false);
        }
        let cases: Vec<MatchId> = self.cases(me).iter().map(|game| game.id).collect();
        match cases.as_slice() {
            [only] => Ok(*only),
            [] => Err(
                refuse("match/nothing-to-rule", "No match waits for your ruling.")
                    .hint("You are told when a player calls."),
            ),
            several => {
                let ids: Vec<String> = several.iter().take(10).map(ToString::to_string).collect();
                Err(refuse(
                    "match/which",
                    format!("Which match do you rule on: {}?", ids.join(", ")),
                )
                .hint(format!("Add its name, such as `rule {} …`.", ids[0])))
            }
        }
    }
}

/// Disputes and rulings of a match in sentences, for whoever looks at it.
pub fn history(people: &People, names: &[PersonId], case: &Case, over: bool) -> Vec<String> {
    let name = |at: usize| names.get(at).map(|id| people.name(*id)).unwrap_or_default();
    let mut lines = Vec::new();
    for given in &case.rulings {
        let that = (0..names.len()).fold(given.ruling.that(over), |text, at| {
            text.replace(&format!("{{{at}}}"), &name(at))
        });
        let by = people.name(given.by);
        let reason = story::full_stop(&given.reason);
        lines.push(format!("Referee {by} ruled that {that}: {reason}"));
    }
    if let Some(claim) = &case.open {
        let what = if claim.appeal { "appeals" } else { "disputes" };
        lines.push(format!(
            "{} {what}: {} It waits for a ruling.",
            name(claim.seat.index()),
            story::full_stop(&claim.reason)
        ));
    }
    lines
}
