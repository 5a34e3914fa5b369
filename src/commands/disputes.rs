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
    fn disputed(&mut self) -> Result<MatchId, Refusal> {
        let playing = self.game("of yours is being played", |game, me| {
            game.seat_of(me).is_some() && game.started.is_some()
        });
        let id = match playing {
            Err(no) if no.code == "match/none" => self.last_over().ok_or(no)?,
            other => other?,
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
        let id = self.disputed()?;
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
        words = words.and(match referees_for(self.desk.world(), &live.game).len() {
            0 => "No human referee is there for this match yet; the admins see that it waits.",
            _ => "You are told of the ruling.",
        });
        Ok(self.state_of(id, words))
    }

    /// Refuses to stop a match that the rules judge where nobody is there to rule: whoever stands badly would gain by it, and
    /// nobody could ever start it again. A result may be disputed afterwards, when no clock runs.
    fn somebody_rules(&self, id: MatchId) -> Result<(), Refusal> {
        let world = self.desk.world();
        let Some(game) = world.live(id).map(|live| &live.game) else {
            return Ok(());
        };
        let judged = game.in_play() && !game.terms.is_elsewhere();
        if !judged || !referees_for(world, game).is_empty() {
            return Ok(());
        }
        Err(refuse(
            "match/no-referee",
            format!("No human referee is available for {id}, so it isn't stopped."),
        )
        .hint(format!(
            "Play on: the rules decide it. If somebody cheats, write to {}.",
            world.policy().contact
        )))
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
