//! One batch, and everything that must hold after it.

use xmpp_referee::commands::{Answer, Call, StepState};
use xmpp_referee::engine::{Inbound, Outbound};
use xmpp_referee::kit::Span;

use super::crowd::Want;
use super::{Errand, Sim};

impl Sim {
    /// One batch, and everything that must hold after it.
    pub(super) fn turn(&mut self, inbound: Vec<Inbound<Call>>) -> Result<(), String> {
        self.clock.set(self.now);
        let comes_back = inbound
            .iter()
            .any(|inbound| matches!(inbound, Inbound::LinkUp { .. }));
        let opens = inbound
            .iter()
            .any(|inbound| matches!(inbound, Inbound::Open));
        let (lines, faults) = (self.machine.memory.journal.len(), self.disk_faults());
        let out = self.machine.turn(inbound);
        let lives = self.machine.lives();
        self.note_absence(
            comes_back,
            self.machine.memory.journal.len() > lines,
            self.disk_faults() > faults,
        );
        if lives {
            self.follow()?;
            if opens {
                self.post.back(&self.mirror);
            }
        }
        for outbound in out {
            match outbound {
                Outbound::Answers(answers) => {
                    for (ticket, answer) in answers {
                        self.answered(ticket, &answer)?;
                    }
                }
                Outbound::Window(window) => self.post.window(window, &self.mirror)?,
                Outbound::Stopped => {}
            }
        }
        if lives && let Some(ticket) = self.open.keys().next() {
            return Err(format!("ticket {ticket} got no answer"));
        }
        self.open.clear();
        if lives && self.luck.percent(10) {
            self.compare()?;
        }
        Ok(())
    }

    /// Failed writes of journal and address book so far, after which the process stalls.
    fn disk_faults(&self) -> u64 {
        let memory = &self.machine.memory;
        let hits = memory.journal.hits();
        hits.before_write + hits.after_write + hits.full + memory.book.hits()
    }

    /// Notes since when and until when nobody could be served.
    fn note_absence(&mut self, comes_back: bool, wrote: bool, failed: bool) {
        let (now, lives) = (self.now, self.machine.lives());
        if comes_back && let Some(since) = self.cut {
            self.outages.add(since, now);
            self.cut = None;
        }
        if wrote && let Some(since) = self.stalled.take() {
            self.outages.add(since, now);
        }
        if failed && lives && self.stalled.is_none() {
            self.stalled = Some(now);
            self.outages.breaks += 1;
        }
    }

    pub(super) fn follow(&mut self) -> Result<(), String> {
        let people = self.machine.world().people.clone();
        self.mirror
            .follow(&self.machine.memory.journal, &people, &self.outages)?;
        match self.refused.iter().find(|req| self.mirror.has(req)) {
            Some(req) => Err(format!("{req} was refused and is in the record")),
            None => Ok(()),
        }
    }

    pub(super) fn compare(&mut self) -> Result<(), String> {
        self.mirror.compare(self.machine.engine().desk().world())
    }

    fn answered(&mut self, ticket: u64, answer: &Answer) -> Result<(), String> {
        let due = self
            .open
            .remove(&ticket)
            .ok_or(format!("ticket {ticket} is answered twice"))?;
        let accepted = is_accepted(answer);
        let want = match (&due.want, due.from) {
            (Errand::Wish(want), Some(player)) => {
                let bare = &self.players[player].bare;
                if let Some(person) = self.mirror.world.people.by_jid(bare) {
                    self.mirror
                        .secrets
                        .check_answer(&self.mirror.world, person.id, answer)?;
                }
                want
            }
            (Errand::News(news), _) => {
                if matches!(answer, Answer::Sorry) {
                    let again = Errand::News(news.clone());
                    self.send(None, again, Span::seconds(1));
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        let recorded = self.mirror.has(&due.req);
        if accepted && !recorded && !self.is_harmless(want) {
            return Err(format!(
                "{} was acknowledged and is not in the record: {want:?}, {answer:?}",
                due.req
            ));
        }
        if !accepted {
            if recorded {
                return Err(format!(
                    "{} was refused and is in the record: {want:?}, {answer:?}",
                    due.req
                ));
            }
            self.refused.insert(due.req.clone());
        }
        if self.rough && self.luck.percent(5) {
            self.tally.hit("answer lost");
        } else if let Some(player) = due.from
            && !matches!(answer, Answer::Sorry)
        {
            self.waiting[player] = None;
        }
        Ok(())
    }

    /// Whether an acknowledged wish needs no record of its own.
    fn is_harmless(&self, want: &Want) -> bool {
        match want {
            Want::Command { records, .. } => !records,
            Want::Move { game, expect, text } => self.mirror.has_play(*game, *expect, text),
            Want::Line { .. } => false,
        }
    }
}

/// Whether an answer says that what was wished was done.
fn is_accepted(answer: &Answer) -> bool {
    match answer {
        Answer::Say { result, .. } => result.is_ok(),
        Answer::Step(step) => matches!(step.state, StepState::Done(Ok(_))),
        _ => false,
    }
}
