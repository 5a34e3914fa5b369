//! The writer's thread: takes calls in batches, and gives answers and effects only after the batch is durable.
//!
//! The previous batch's fsync is the batching window: whatever came in meanwhile is the next batch, and nobody waits for
//! a timer. The channel in is unbounded because its user bounds it: a door has at most so many calls in flight, and the
//! outbox at most one window.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::cycle::Engine;
use super::desk::Desk;
use super::effect::Sending;
use super::planted::{self, Bug};
use crate::kit::{Span, Timestamp};

/// Calls taken into one batch.
pub const MAX_BATCH: usize = 256;
/// How often a sign of life is written while a clock runs.
const BEAT: Duration = Duration::from_millis(25);
/// Longer than this between two turns of a loop that has to turn every [`BEAT`] is a standstill of the process, or of a
/// disk: nobody's thinking time.
pub const STANDSTILL: Span = Span::millis(50);
/// How often memory is read back in one batch: each time one more piece of work is found that has to stand still.
const MAX_HEALS: usize = 4;
/// How long nothing happens before the views are brought up to date.
const IDLE: Duration = Duration::from_secs(1);

/// Who answers calls.
pub trait Handler: Send {
    /// What is asked.
    type Call: Send;
    /// What is answered.
    type Answer: Send;
    /// Answers one call.
    fn answer(&mut self, desk: &mut Desk, call: Self::Call) -> Self::Answer;
    /// The answer to a call of a batch that could not be written.
    fn apologise(&self) -> Self::Answer;
}

/// The time, which never runs backwards within a run.
pub trait Clock: Send {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// What comes in.
pub enum Inbound<C> {
    /// A call, with a ticket for its answer and the moment of its receipt.
    Call(u64, Timestamp, C),
    /// The server has the first so many of the effects that are not confirmed.
    Confirmed(usize),
    /// The door hears and is heard since this moment; whether the server itself may have been away before.
    LinkUp {
        /// When something was first heard.
        at: Timestamp,
        /// A connection was lost, or could not be made at once.
        again: bool,
    },
    /// The door knows what stands: effects may go out.
    Open,
    /// The door did nothing between these moments, and whatever arrived had to wait.
    StoodStill(Timestamp, Timestamp),
    /// The connection is gone, and worked last at this moment.
    LinkDown(Timestamp),
    /// Finish: write what is left, and end. Nobody is served after it, and the last sign of life says so.
    Stop,
}

/// An answer with the ticket of its call.
pub type Answered<A> = (u64, A);

/// What goes out.
pub enum Outbound<A> {
    /// Answers to calls, in order, after they are durable.
    Answers(Vec<Answered<A>>),
    /// Effects to send, after those before.
    Window(Vec<Sending>),
    /// The writer has ended; everything is durable.
    Stopped,
}

/// The writer.
pub struct Runner<H: Handler, C: Clock> {
    /// The engine it runs.
    pub engine: Engine,
    /// Who answers.
    pub handler: H,
    /// The time.
    pub clock: C,
}

impl<H: Handler, C: Clock> Runner<H, C> {
    /// Runs until told to stop, or until the other side is gone. Blocks: it belongs on a thread of its own.
    pub fn run(
        mut self,
        calls: &Receiver<Inbound<H::Call>>,
        mut out: impl FnMut(Outbound<H::Answer>),
    ) {
        let mut awake = self.clock.now();
        loop {
            let first = match calls.recv_timeout(self.patience()) {
                Ok(call) => Some(call),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if first.is_none() && self.engine.wants_checkpoint() && !self.engine.clocks_run() {
                self.engine.checkpoint();
            }
            if first.is_none() && !self.engine.is_spoiled() {
                self.guarded(Engine::rest);
            }
            let batch: Vec<Inbound<H::Call>> = first
                .into_iter()
                .chain(calls.try_iter().take(MAX_BATCH - 1))
                .collect();
            let now = self.clock.now();
            let paid = self.engine.paid_until();
            if now - awake > STANDSTILL {
                self.engine.stood_still(awake, now);
            }
            if self.batch(batch, &mut out) {
                break;
            }
            // What a batch takes counts, for the disk may be slow; but for what it costs to pay all that is owed.
            awake = match self.engine.paid_until() == paid {
                true => now,
                false => self.clock.now(),
            };
        }
        self.engine.checkpoint();
        out(Outbound::Stopped);
    }

    /// Does something with the engine; false when it failed, and memory has to be read back.
    fn guarded(&mut self, work: impl FnOnce(&mut Engine)) -> bool {
        let engine = &mut self.engine;
        if catch_unwind(AssertUnwindSafe(|| work(engine))).is_err() {
            self.engine.spoil();
        }
        !self.engine.is_spoiled()
    }

    /// Reads memory back where it may hold half of something; what has failed twice stands still then. Where that fails as
    /// well, everybody is asked to come again, and the next batch tries it again.
    fn heal(&mut self) {
        for _ in 0..MAX_HEALS {
            if !self.engine.is_spoiled() {
                return;
            }
            let mut read_back = Ok(());
            self.guarded(|engine| read_back = engine.abandon());
            if let Err(fault) = read_back {
                tracing::error!(%fault, "memory could not be rebuilt after a panic");
                return;
            }
        }
    }

    fn patience(&self) -> Duration {
        let now = self.clock.now();
        let due = self
            .engine
            .next_wake()
            .map(|due| Duration::from_millis(due.0.saturating_sub(now.0).max(0).unsigned_abs()));
        let usual = if self.engine.clocks_run() { BEAT } else { IDLE };
        due.unwrap_or(usual).min(usual)
    }

    /// One batch; true when it was the last. [`Runner::run`] is a loop around this; the simulation turns it by hand.
    pub fn batch(
        &mut self,
        batch: Vec<Inbound<H::Call>>,
        out: &mut impl FnMut(Outbound<H::Answer>),
    ) -> bool {
        let now = self.clock.now();
        // Whoever moved in time is not to lose because the disk was slow: what is due falls due as of each call's receipt,
        // and as of now only after the last of them.
        let received = batch.iter().filter_map(|inbound| match inbound {
            // What fell due while the door stood still is later by that.
            Inbound::Call(_, at, _) | Inbound::StoodStill(at, _) => Some(*at),
            _ => None,
        });
        self.heal();
        let first = received.min().unwrap_or(now).min(now);
        self.guarded(|engine| engine.begin(first));
        self.heal();
        let mut stop = false;
        let mut answers: Vec<Answered<H::Answer>> = Vec::new();
        let mut panicked = self.engine.is_spoiled();
        for inbound in batch {
            match inbound {
                Inbound::Call(ticket, ..) if panicked || self.engine.is_tainted() => {
                    answers.push((ticket, self.handler.apologise()))
                }
                Inbound::Call(ticket, at, call) => {
                    self.engine.hear(at.min(now));
                    let (handler, desk) = (&mut self.handler, self.engine.desk());
                    let answer = catch_unwind(AssertUnwindSafe(|| handler.answer(desk, call)));
                    if answer.is_err() {
                        self.engine.spoil();
                    }
                    panicked = self.engine.is_spoiled();
                    answers.push((ticket, answer.unwrap_or_else(|_| self.handler.apologise())));
                }
                Inbound::Confirmed(effects) => self.engine.confirmed(effects),
                Inbound::LinkUp { at, again } => {
                    self.engine.hear(at.min(now));
                    panicked |= !self.guarded(|engine| engine.link_up(again));
                }
                Inbound::Open => self.engine.open_outbox(),
                Inbound::StoodStill(from, to) => self.engine.stood_still(from, to.min(now)),
                Inbound::LinkDown(since) => self.engine.link_down(since),
                Inbound::Stop => stop = true,
            }
        }
        if !panicked {
            panicked = !self.guarded(|engine| engine.begin(now));
        }
        if planted::is(Bug::ReplyBeforeFsync) {
            out(Outbound::Answers(std::mem::take(&mut answers)));
        }
        let mut written = false;
        if !panicked {
            self.guarded(|engine| written = engine.commit().is_ok());
        }
        self.heal();
        if !written {
            let sorry = answers
                .iter()
                .map(|(ticket, _)| (*ticket, self.handler.apologise()))
                .collect();
            answers = sorry;
        }
        if !answers.is_empty() {
            out(Outbound::Answers(answers));
        }
        let window = self.engine.next_window();
        if !window.is_empty() {
            out(Outbound::Window(window));
        }
        self.engine.beat(now);
        stop
    }
}
