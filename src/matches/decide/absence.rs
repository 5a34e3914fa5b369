//! The law of absence: who is away, what the opponent may do about it, and what becomes of a match that nobody plays.
//!
//! Nothing is won by absence alone: the flag falls by itself, the rest takes a `claim`.

use super::{Draft, Event, PersonId, Refusal, Seat, Span, Stage, Timestamp, refuse};
use crate::games::Verdict;
use crate::matches::away::{Due, Leave, WAIT, grace};
use crate::matches::event::Pause;

/// How long, in one match, no clock runs because the server of the same player cannot be reached. That it cannot is hard to
/// tell from a server that says so itself, so nobody saves a lost position with it for longer.
pub const OUTAGE_LASTS: Span = Span::minutes(15);
/// How long a match that everybody left may be resumed, before it is called off.
pub const ADJOURNED_FOR: Span = Span::days(7);

impl Draft {
    /// The door has noticed that somebody went away. What is known already, or matters to no clock, is no event.
    pub(super) fn gone(&mut self, seat: Seat, why: Leave) -> Result<(), Refusal> {
        let playing = matches!(
            self.game.stage,
            Stage::Started | Stage::Paused | Stage::Adjourned
        );
        // Who plays on another server need not be seen here.
        let clocked =
            grace(self.game.terms.clock, seat).is_some() && !self.game.terms.is_elsewhere();
        let known = self.game.absences.of(seat).map(|away| away.why);
        let is_asked = || self.game.clock.running().any(|runs| runs == seat);
        let news = match known {
            None if why == Leave::Unseen => is_asked() && self.game.forgives_absence(),
            None => true,
            Some(Leave::Unseen) => why != Leave::Unseen,
            // The connection broke because the whole server did.
            Some(Leave::Network) => why == Leave::Server,
            Some(Leave::Left | Leave::Server) => false,
        };
        if !playing || !clocked || !news || seat.index() >= self.game.seats.len() {
            return Ok(());
        }
        self.emit(Event::Absent { seat, why })?;
        let left = OUTAGE_LASTS - self.game.absences.outage(seat);
        let pauses = why == Leave::Server && left > Span::ZERO;
        if pauses && self.game.stage != Stage::Adjourned && !self.holds(Pause::Outage) {
            return self.emit(Event::Paused {
                why: Pause::Outage,
                until: Some(self.at + left),
                reason: Some(format!("The server of {{{seat}}} cannot be reached.")),
            });
        }
        Ok(())
    }

    /// Somebody is there: the door has seen them, or they ask for something.
    pub(super) fn back(&mut self, seat: Seat) -> Result<(), Refusal> {
        if self.game.absences.of(seat).is_none() {
            return Ok(());
        }
        self.emit(Event::Back { seat })?;
        if self.holds(Pause::Outage) && !self.game.absences.any_outage() {
            let why = Pause::Outage;
            self.emit(Event::Resumed { why })?;
        }
        Ok(())
    }

    /// Whoever asks for something is not away.
    pub(super) fn appear(&mut self, by: Option<PersonId>) -> Result<(), Refusal> {
        match by.and_then(|by| self.game.seat_of(by)) {
            Some(seat) => self.back(seat),
            None => Ok(()),
        }
    }

    /// A match whose players have all gone is put away: neither wins by being the last to leave.
    pub(super) fn adjourn_if_deserted(&mut self) -> Result<(), Refusal> {
        let game = &self.game;
        if game.stage != Stage::Started || !game.forgives_absence() || !game.is_deserted() {
            return Ok(());
        }
        self.put_away(None)
    }

    fn put_away(&mut self, reason: Option<String>) -> Result<(), Refusal> {
        self.emit(Event::Paused {
            why: Pause::Absent,
            until: Some(self.at + ADJOURNED_FOR),
            reason,
        })
    }

    /// A server has been away for so long that nobody sits and waits any more: from now on the law is that of whoever is
    /// away. Only where nobody at all is there the match is put away.
    pub(super) fn outage_too_long(&mut self) -> Result<(), Refusal> {
        let all = (0..).map(Seat).take(self.game.seats.len());
        let nobody = all.into_iter().all(|seat| {
            let away = self.game.absences.of(seat);
            away.is_some_and(|away| away.is_claimable())
        });
        let why = Pause::Outage;
        if !nobody {
            return self.emit(Event::Resumed { why });
        }
        let seats = self.game.absences.iter();
        let away = seats.filter(|(_, why)| *why == Leave::Server);
        let away: Vec<String> = away.map(|(seat, _)| format!("{{{seat}}}")).collect();
        let whose = away.join(" and ");
        self.put_away(Some(format!("The server of {whose} has not come back.")))?;
        self.emit(Event::Resumed { why })
    }

    pub(super) fn deserted_too_long(&mut self) -> Result<(), Refusal> {
        let text = "Nobody came back to play on; the match is called off.";
        self.end_without_result("deserted", text, None)
    }

    /// Goes on with a match that everybody had left, once everybody is back.
    pub(super) fn resume_deserted(&mut self) -> Result<(), Refusal> {
        if self.game.absences.iter().next().is_none() {
            let why = Pause::Absent;
            return self.emit(Event::Resumed { why });
        }
        let id = self.game.id;
        Err(
            refuse("match/absent", "Your opponent is not back yet.").hint(format!(
                "You are told when they are; then type `resume {id}`."
            )),
        )
    }

    /// What absence brings by this time, if it comes before the next flag.
    pub(super) fn absence_due(&self) -> Option<Event> {
        let (due, what) = self.game.absences.next()?;
        let flag = self.game.clock.next_flag(self.game.terms.clock);
        let first = flag.is_none_or(|flag| due <= flag);
        (due <= self.at && first).then_some(match what {
            Due::GraceOver(seat) => Event::GraceOver { seat },
            Due::Claimable(seat) => Event::Claimable { seat },
        })
    }

    /// The verdict when a first move was not made in time: nobody loses a match that never began.
    /// Unless there was luck to see: then it is a way out of a bad hand.
    pub(super) fn no_first_move(&mut self, seat: Seat) -> Result<(), Refusal> {
        if let Some(verdict) = self.game.forfeited(seat) {
            return self.end(verdict, None);
        }
        let (code, text) = if self.game.is_deserted() {
            let text = "No player was there to begin; the match is called off.".to_owned();
            ("both-absent", text)
        } else if self.game.absences.of(seat).is_some() {
            let text =
                format!("{{{seat}}} was not there to make a first move; the match is called off.");
            ("no-show", text)
        } else {
            let text =
                format!("{{{seat}}} did not make a first move in time; the match is called off.");
            ("no-first-move", text)
        };
        self.end_without_result(code, text, None)
    }

    pub(super) fn claim(&mut self, by: PersonId) -> Result<(), Refusal> {
        let seat = self.seat(by)?;
        let gone = self.overdue_opponents(seat, true)?;
        let seats = u8::try_from(self.game.seats.len()).unwrap_or(u8::MAX);
        let verdict = self
            .game
            .abandoned(seat, &gone)
            .unwrap_or_else(|| Verdict::lost_by(&gone, seats, "abandoned", "did not come back"));
        self.end(verdict, None)
    }

    pub(super) fn wait_for_them(&mut self, by: PersonId) -> Result<(), Refusal> {
        let seat = self.seat(by)?;
        let id = self.game.id;
        for gone in self.overdue_opponents(seat, false)? {
            if !self.game.absences.may_wait(gone) {
                return Err(refuse(
                    "match/waited-enough",
                    "You have given all the time that can be given in one match.",
                )
                .hint(format!(
                    "Type `claim {id}` to win, or let the clock run on."
                )));
            }
            let until = self.at + WAIT;
            let (seat, by) = (gone, seat);
            self.emit(Event::Waited { seat, by, until })?;
        }
        Ok(())
    }

    /// The opponents who have been away for long enough; else says why there is nothing to claim, or when there will be.
    fn overdue_opponents(&self, mine: Seat, claiming: bool) -> Result<Vec<Seat>, Refusal> {
        let id = self.game.id;
        let away = self.game.absences.iter();
        let others = away.filter(|(seat, why)| *seat != mine && *why != Leave::Unseen);
        let others: Vec<Seat> = others.map(|(seat, _)| seat).collect();
        if others.is_empty() {
            return Err(refuse(
                "match/nobody-away",
                "Your opponent is not away, as far as I can tell.",
            )
            .hint(format!(
                "The clock decides if they do not move; type `show {id}` to see it."
            )));
        }
        if !self.game.clock.all_moved() {
            return Err(refuse(
                "match/not-begun",
                "A first move is missing, so nobody can win yet.",
            )
            .hint(format!(
                "The match is called off if it does not come; `abort {id}` calls it off now."
            )));
        }
        let claims = others.iter().filter_map(|seat| {
            let from = self.game.absences.claim_from(*seat)?;
            Some((*seat, from))
        });
        let claims: Vec<(Seat, Timestamp)> = claims.collect();
        let Some(first) = claims.iter().map(|(_, from)| *from).min() else {
            return Err(refuse(
                "match/not-waiting",
                "Your opponent is away, but the match does not wait for them now.",
            )
            .hint(format!(
                "Play on; type `show {id}` to see whose turn it is."
            )));
        };
        if self.at < first {
            let left = (first - self.at).words();
            let text = format!("Your opponent has {left} left to come back.");
            let early = if claiming {
                refuse("match/claim-early", text)
            } else {
                refuse("match/wait-early", text)
            };
            return Err(early.hint(format!(
                "You are told when you may type `claim {id}` or `wait {id}`."
            )));
        }
        let overdue = claims.iter().filter(|(_, from)| *from <= self.at);
        Ok(overdue.map(|(seat, _)| *seat).collect())
    }

    pub(super) fn holds(&self, why: Pause) -> bool {
        self.game.standstills.iter().any(|held| held.why == why)
    }
}
