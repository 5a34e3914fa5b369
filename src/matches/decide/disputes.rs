//! Disputes: players call a human referee, who rules; and matches in which nothing happens any more.

use super::{Draft, Event, PersonId, Refusal, Ruling, Seat, Span, Stage, Verdict};
use super::{misfit, refuse};
use crate::matches::case::{MAX_DISPUTES, MAX_REASON_CHARS};
use crate::matches::event::Pause;
use crate::matches::state::Match;

/// The most time one ruling gives one player.
const MAX_GRANT: Span = Span::days(1);

impl Match {
    /// Whether this person may rule on this match, as far as the record of the match can tell: nobody rules on a match they
    /// have a part in, and an appeal is for another referee.
    pub fn may_be_ruled_by(&self, person: PersonId) -> Result<(), Refusal> {
        let id = self.id;
        if self.by == person || self.people().contains(&person) {
            return Err(refuse(
                "match/own-case",
                format!("You play in {id}, so another referee has to rule on it."),
            )
            .hint("Type `my` to see what else waits for a ruling."));
        }
        let appeal = self.case.open.as_ref().is_some_and(|claim| claim.appeal);
        if appeal && self.case.rulings.iter().any(|given| given.by == person) {
            return Err(refuse(
                "match/own-ruling",
                format!("The appeal in {id} is against your own ruling: another referee decides."),
            )
            .hint("Type `my` to see what else waits for a ruling."));
        }
        Ok(())
    }
}

impl Draft {
    pub(super) fn dispute(&mut self, by: PersonId, reason: &str) -> Result<(), Refusal> {
        let seat = self.party(by)?;
        let id = self.game.id;
        let reason = checked_reason(reason, "dispute", id)?;
        self.no_claim_yet()?;
        if self.game.stage == Stage::Over {
            let ended = self.game.ended.unwrap_or(self.at);
            if (self.game.case.rulings.last()).is_some_and(|last| last.at >= ended) {
                return Err(refuse(
                    "match/ruled",
                    format!("A referee has ruled on the result of {id}."),
                )
                .hint(format!("Type `appeal {id}` and a reason for a second ruling, once, or `result {id}` to see the first.")));
            }
            if self.at >= ended + self.game.terms.dispute_lasts() {
                return Err(self.result_stands());
            }
        }
        let times = (self.game.case.filed.iter()).filter(|filed| **filed == seat);
        if times.count() >= MAX_DISPUTES {
            return Err(refuse(
                "match/too-many-disputes",
                format!(
                    "You have called a referee {MAX_DISPUTES} times in {id}; that is the limit."
                ),
            )
            .hint(format!(
                "Type `appeal {id}` if the last ruling was wrong, or go on playing."
            )));
        }
        self.emit(Event::Disputed { seat, reason })?;
        self.freeze()
    }

    pub(super) fn appeal(&mut self, by: PersonId, reason: &str) -> Result<(), Refusal> {
        let seat = self.party(by)?;
        let id = self.game.id;
        let reason = checked_reason(reason, "appeal", id)?;
        self.no_claim_yet()?;
        if self.game.case.rulings.is_empty() {
            return Err(
                refuse("match/no-ruling", format!("Nobody has ruled in {id} yet.")).hint(format!(
                    "Type `dispute {id}` and a reason to call a referee."
                )),
            );
        }
        match self.game.case.appeal_until() {
            Some(until) if self.at < until => {}
            Some(_) => {
                return Err(refuse(
                    "match/late-appeal",
                    format!("The time to appeal in {id} is over: the ruling stands."),
                )
                .hint(format!("Type `result {id}` or `show {id}` to see it.")));
            }
            None => {
                return Err(refuse(
                    "match/appealed",
                    format!("The one appeal of {id} has been made: the second ruling stands."),
                )
                .hint(format!("Type `result {id}` or `show {id}` to see it.")));
            }
        }
        self.emit(Event::Appealed { seat, reason })?;
        self.freeze()
    }

    /// What is played on stops until the ruling; of a match that is over only the result is in suspense.
    fn freeze(&mut self) -> Result<(), Refusal> {
        if !self.game.in_play() {
            return Ok(());
        }
        self.emit(Event::Paused {
            why: Pause::Dispute,
            until: None,
            reason: None,
        })
    }

    /// The seat of a player who may call a referee: while the match is played, stands still or was stopped, and a while after.
    fn party(&self, by: PersonId) -> Result<Seat, Refusal> {
        let started = self.game.in_play() || matches!(self.game.stage, Stage::Over | Stage::Halted);
        let id = self.game.id;
        if self.game.table().is_none() && started {
            return Err(refuse(
                "team/boards",
                format!("Match {id} is played on boards, each of which is a match."),
            )
            .hint("Type `my` for your boards, then `dispute`, the board and a reason."));
        }
        if self.game.stage == Stage::Over && self.game.terms.parent().is_some() {
            // The team match has counted the board.
            return Err(self.result_stands());
        }
        match self.game.seat_of(by) {
            Some(seat) if started && self.game.seats.get(seat.index()) == Some(&by) => Ok(seat),
            Some(_) if started => self.own_seat(by),
            _ if started => Err(refuse(
                "match/not-a-player",
                "Only those who play in a match call a referee to it.",
            )
            .hint(format!(
                "Type `watch {}` to be told how it goes.",
                self.game.id
            ))),
            _ => self.seat(by),
        }
    }

    fn no_claim_yet(&self) -> Result<(), Refusal> {
        let id = self.game.id;
        match &self.game.case.open {
            Some(_) => Err(refuse(
                "match/disputed",
                format!("A human referee has been called to {id} already."),
            )
            .hint(format!(
                "You are told of the ruling; type `show {id}` to see how it stands."
            ))),
            None => Ok(()),
        }
    }

    /// The refusal of everything that comes after the time for disputes.
    pub(super) fn result_stands(&self) -> Refusal {
        let id = self.game.id;
        refuse(
            "match/settled",
            format!("The result of {id} stands: the time to dispute it is over."),
        )
        .hint(format!("Type `result {id}` to see it."))
    }

    pub(super) fn rule(
        &mut self,
        by: PersonId,
        ruling: Ruling,
        grants: &[(Seat, Span)],
        reason: &str,
    ) -> Result<(), Refusal> {
        let id = self.game.id;
        if !self.game.waits_for_ruling() {
            return Err(refuse(
                "match/nothing-to-rule",
                format!("Nobody has called a referee to {id}, and it goes on."),
            )
            .hint("Type `my` to see what waits for a ruling."));
        }
        self.game.may_be_ruled_by(by)?;
        let reason = checked_reason(reason, "rule", id)?;
        self.fits(ruling, grants)?;
        let over = self.game.stage == Stage::Over;
        self.emit(Event::Ruled {
            by,
            ruling,
            reason: reason.clone(),
        })?;
        match ruling {
            Ruling::Win { .. } | Ruling::Draw | Ruling::Void => self.end_as_ruled(ruling, &reason),
            Ruling::Continue if over => Ok(()),
            Ruling::Continue => {
                self.grant(grants)?;
                self.thaw()
            }
            Ruling::Back { to } => {
                let moves = self.game.plays - to;
                self.emit(Event::TakenBack { moves })?;
                self.grant(grants)?;
                self.thaw()?;
                self.settle()?;
                self.has_time()
            }
        }
    }

    /// Whether such a ruling is possible here at all.
    fn fits(&self, ruling: Ruling, grants: &[(Seat, Span)]) -> Result<(), Refusal> {
        let id = self.game.id;
        let (halted, over) = (
            self.game.stage == Stage::Halted,
            self.game.stage == Stage::Over,
        );
        if halted && !ruling.ends() {
            return Err(refuse(
                "match/halted",
                format!("Match {id} was stopped by a fault and cannot go on."),
            )
            .hint(format!(
                "Type `rule {id} void` and a reason, or rule win or draw."
            )));
        }
        let goes_on =
            matches!(ruling, Ruling::Back { .. }) || (ruling == Ruling::Continue && !over);
        let timed = self.game.time_left(Seat(0), self.at).is_some();
        let may_grant = goes_on && timed;
        if !grants.is_empty() && !may_grant {
            return Err(refuse(
                "match/no-grant",
                "Time is given only in a match with a clock that goes on.",
            )
            .hint(format!(
                "Leave the time out: `rule {id} {}` and a reason.",
                ruling.word()
            )));
        }
        if grants
            .iter()
            .any(|(_, time)| *time <= Span::ZERO || *time > MAX_GRANT)
        {
            return Err(refuse(
                "match/no-grant",
                format!("A ruling gives at most {} to a player.", MAX_GRANT.words()),
            )
            .hint("Write for example +5m."));
        }
        if let Ruling::Win { seat } = ruling
            && seat.index() >= self.game.seats.len()
        {
            return Err(misfit("a seat that nobody has"));
        }
        let Ruling::Back { to } = ruling else {
            return Ok(());
        };
        let open_luck = self.game.terms.game().is_some_and(|game| !game.spec().undo);
        if over && open_luck {
            return Err(refuse(
                "match/opened",
                format!("The luck of {id} was opened at its end, so it cannot be played on."),
            )
            .hint(format!(
                "Type `rule {id} void`, win, draw or continue, and a reason."
            )));
        }
        self.game.can_go_back(to)
    }

    fn end_as_ruled(&mut self, ruling: Ruling, reason: &str) -> Result<(), Refusal> {
        let seats = u8::try_from(self.game.seats.len()).map_err(|_| misfit("too many seats"))?;
        let verdict = match ruling {
            Ruling::Win { seat } => {
                let text = format!("{{{seat}}} wins by a ruling: {reason}");
                Verdict::won_by(seat, seats, "ruled", text)
            }
            Ruling::Draw => Verdict::tie(seats, "ruled", format!("Drawn by a ruling: {reason}")),
            _ => Verdict {
                places: Vec::new(),
                code: "ruled".to_owned(),
                text: format!("Void by a ruling: {reason}"),
            },
        };
        self.end(verdict, None)
    }

    fn grant(&mut self, grants: &[(Seat, Span)]) -> Result<(), Refusal> {
        for (seat, time) in grants {
            self.emit(Event::Granted {
                seat: *seat,
                time: *time,
            })?;
        }
        Ok(())
    }

    /// The dispute no longer holds the match up.
    fn thaw(&mut self) -> Result<(), Refusal> {
        let held = self.game.standstills.iter();
        if held.clone().any(|held| held.why == Pause::Dispute) {
            return self.emit(Event::Resumed {
                why: Pause::Dispute,
            });
        }
        Ok(())
    }

    /// Nobody is sent back to the board only to lose on time at once.
    fn has_time(&self) -> Result<(), Refusal> {
        let id = self.game.id;
        let mut waiting = self.game.waits_for().into_iter();
        let without = waiting.find(|seat| {
            let left = self.game.time_left(*seat, self.at);
            left.is_some_and(|left| left <= Span::ZERO)
        });
        match without {
            None => Ok(()),
            Some(_) => Err(refuse(
                "match/no-time",
                "Whoever would be on turn has no time left.",
            )
            .hint(format!(
                "Give some, as in `rule {id} back 12 +5m` and a reason."
            ))),
        }
    }

    /// Human referees are told of a match in which nobody does anything any more.
    pub(super) fn stall(&mut self) -> Result<(), Refusal> {
        match (self.game.stalls_at(), self.game.acted) {
            (Some(due), Some(since)) if due <= self.at => self.emit(Event::Stalled { since }),
            _ => Ok(()),
        }
    }
}

/// The words behind a no, on one line.
pub(super) fn checked_words(reason: &str) -> Result<String, Refusal> {
    let reason = crate::kit::clean_line(reason, MAX_REASON_CHARS + 1);
    match reason.chars().count() {
        n if n > MAX_REASON_CHARS => Err(too_long()),
        _ => Ok(reason),
    }
}

fn too_long() -> Refusal {
    refuse(
        "match/long-reason",
        format!("A reason has at most {MAX_REASON_CHARS} characters."),
    )
    .hint("Say it in a sentence; more can be written to the referee in private.")
}

fn checked_reason(reason: &str, command: &str, id: crate::kit::MatchId) -> Result<String, Refusal> {
    let reason = crate::kit::clean_line(reason, MAX_REASON_CHARS + 1);
    let what = match command {
        "rule" => "A ruling",
        "appeal" => "An appeal",
        _ => "A dispute",
    };
    match reason.chars().count() {
        0 => Err(refuse("match/no-reason", format!("{what} needs a reason."))
            .hint(format!("Add it, as in `{command} {id} … and why`."))),
        n if n > MAX_REASON_CHARS => Err(too_long()),
        _ => Ok(reason),
    }
}
