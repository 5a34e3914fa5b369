//! The edge loop: the one place where stanzas, the writer's answers, timers and the order to stop come together.
//!
//! It never waits for any of them: what goes out is queued ([`line`]), what is asked of the writer is remembered
//! ([`tickets`]), and the sub-rooms give data. `arrivals` has what happens with each stanza.

mod arrivals;
mod domains;
mod fair;
mod foreign;
mod gate;
mod line;
mod tickets;

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Receiver, UnboundedReceiver};

pub use gate::{KNOWN, STRANGER, STRANGERS_OF_DOMAIN, STRANGERS_OF_HOME};
pub use line::{MAX_OF_ALL, MAX_OF_DOMAIN, MAX_OF_PERSON};
pub use tickets::WriterGone;

use self::domains::Domains;
use self::gate::Gate;
use self::line::Line;
use self::tickets::{Origin, Tickets};
use super::calls::Calls;
use super::delivery::{Delivery, Setup};
use super::iqs;
use super::link::{Link, LinkConfig, LinkEvent};
use super::out::{Heard, Out, Question, Then};
use super::stanza::address;
use super::{calls, disco, vcard};
use crate::commands::{Answer, Call, Look, Place, Regulars, Seen, Sight};
use crate::engine::{Clock, Inbound, Outbound, STANDSTILL, Sending};
use crate::kit::{Span, Timestamp};

/// How long a service may take to answer an IQ.
const IQ_PATIENCE: Duration = Duration::from_secs(10);
/// How long an ordered end waits for the writer.
const LEAVING_PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait before the writer is told again what the disk refused.
const TELL_AGAIN: Duration = Duration::from_secs(1);
/// News that wait for the disk; a fresh connection finds out again what was lost here.
const MAX_UNTOLD: usize = 4096;

/// How long effects wait for the ping that confirms them, so that a busy stream pays for few pings and for few marks in the
/// journal; and how many are enough not to wait. What is not confirmed at a kill is told again.
const PING_PAUSE: Duration = Duration::from_millis(25);
const PING_EFFECTS: usize = 96;

/// The token of the ping that opens a connection; those of windows come after it.
const FIRST_PING: u64 = 0;

/// What wakes the edge.
enum Woken {
    Linked(LinkEvent),
    Said(Outbound<Answer>),
    /// The link took an errand, or is gone.
    Taken(bool),
    Due,
    /// To end.
    Ordered,
}

/// What the edge is told at the start.
pub struct EdgeConfig {
    /// The server.
    pub link: LinkConfig,
    /// The MUC service, if the config names one.
    pub muc: Option<String>,
    /// The pubsub service, if the config names one.
    pub pubsub: Option<String>,
    /// The name of the lobby on the MUC service.
    pub lobby: String,
    /// Whether an invalid turn puts a MUG client out of its match.
    pub kick_on_illegal_turn: bool,
    /// Where the host notes who is no stranger.
    pub regulars: Regulars,
}

/// The edge. See [`Edge::run`].
pub struct Edge<C> {
    domain: String,
    clock: C,
    started: Timestamp,
    delivery: Delivery,
    calls: Calls<Then>,
    gate: Gate<(Timestamp, Call, Origin)>,
    tickets: Tickets,
    /// What the domains are that people write from.
    domains: Domains,
    line: Option<Line>,
    /// Requests that were not even read since the last word in the log, because the server did not take our answers.
    unread: u64,
    /// Something was heard on this connection, and the writer knows: clocks run, and calls are decided.
    hears: bool,
    /// The journal is known, and the writer may send windows.
    open: bool,
    /// The services are known too; that was told.
    ready: bool,
    /// Whether the server itself may have been away.
    again: bool,
    window: Window,
    /// Refused by the disk, to be told again then.
    untold: VecDeque<(Call, Origin)>,
    tell_again: Option<Instant>,
    /// Rooms whose private messages were answered lately.
    veiled: BTreeMap<String, Instant>,
    leaving: Option<Instant>,
    /// Makes ids of answers that no other run has used.
    nonce: u64,
}

/// Effects on their way.
#[derive(Default)]
struct Window {
    /// How many were sent and are not confirmed.
    out: usize,
    /// When the first of them was sent that no ping covers.
    since: Option<Instant>,
    /// The ping that is out: never two.
    pinged: Option<Ping>,
    pings: u64,
}

impl Window {
    /// When a ping is due for what is out, if anything is.
    fn due(&self) -> Option<Instant> {
        let many = self.out >= PING_EFFECTS;
        let since = self.since.filter(|_| self.pinged.is_none())?;
        Some(if many { since } else { since + PING_PAUSE })
    }
}

/// A ping whose pong confirms the first so many effects.
struct Ping {
    token: u64,
    covers: usize,
}

impl<C: Clock> Edge<C> {
    /// An edge that asks this writer.
    pub fn new(config: &EdgeConfig, writer: Sender<Inbound<Call>>, clock: C) -> Edge<C> {
        let domain = config.link.domain.clone();
        Edge {
            delivery: Delivery::new(Setup {
                domain: domain.clone(),
                muc: config.muc.clone(),
                pubsub: config.pubsub.clone(),
                lobby: config.lobby.clone(),
                kick: config.kick_on_illegal_turn,
                regulars: config.regulars.clone(),
                face: disco::caps().into_iter().chain([vcard::avatar()]).collect(),
            }),
            started: clock.now(),
            gate: Gate::new(&domain, config.regulars.clone()),
            domain,
            clock,
            calls: Calls::default(),
            tickets: Tickets::new(writer),
            domains: Domains::default(),
            line: None,
            hears: false,
            unread: 0,
            open: false,
            ready: false,
            again: false,
            window: Window::default(),
            untold: VecDeque::new(),
            tell_again: None,
            veiled: BTreeMap::new(),
            leaving: None,
            nonce: rand::random(),
        }
    }

    /// Serves until `stop` is ready, then ends in order: what was decided is durable, rooms are told, the stream is
    /// closed. `ready` is called whenever a connection is up and the services of the server are known.
    ///
    /// # Errors
    /// The writer ended by itself; nothing can be decided any more.
    pub async fn run(
        mut self,
        link: LinkConfig,
        mut outbound: UnboundedReceiver<Outbound<Answer>>,
        stop: impl Future<Output = ()>,
        mut ready: impl FnMut(),
    ) -> Result<(), WriterGone> {
        let (link, mut events) = Link::spawn(link);
        tokio::pin!(stop);
        loop {
            self.flush();
            let wake = self.next_wake().map(tokio::time::Instant::from_std);
            let woken = tokio::select! {
                Some(event) = events.recv() => Woken::Linked(event),
                out = outbound.recv() => Woken::Said(out.ok_or(WriterGone)?),
                taken = wait(self.line.as_ref()) => Woken::Taken(taken.is_ok()),
                () = sleep(wake) => Woken::Due,
                () = &mut stop, if self.leaving.is_none() => Woken::Ordered,
            };
            let begun = self.clock.now();
            match woken {
                Woken::Linked(event) => self.linked(event)?,
                Woken::Said(Outbound::Answers(answers)) => {
                    for answer in answers {
                        self.answered(answer)?;
                    }
                }
                Woken::Said(Outbound::Window(window)) => self.deliver(window)?,
                Woken::Said(Outbound::Stopped) if self.leaving.is_some() => break,
                Woken::Said(Outbound::Stopped) => return Err(WriterGone),
                Woken::Taken(whole) => match &mut self.line {
                    Some(line) if whole => line.flush(),
                    _ => self.line = None,
                },
                Woken::Due => self.tick(Instant::now())?,
                Woken::Ordered => {
                    tracing::info!("stopping");
                    self.leaving = Some(Instant::now() + LEAVING_PATIENCE);
                    self.tickets.stop()?;
                }
            }
            if self.leaving.is_some_and(|until| until <= Instant::now()) {
                tracing::error!("the writer did not end in time");
                return Err(WriterGone);
            }
            if self.settle()? {
                ready();
            }
            // Whatever arrived meanwhile had to wait to be read.
            let done = self.clock.now();
            if done - begun > STANDSTILL {
                self.tickets.tell(Inbound::StoodStill(begun, done))?;
            }
        }
        self.leave(link, events).await;
        Ok(())
    }

    /// Says good-bye and closes the stream.
    async fn leave(mut self, link: Link, mut events: Receiver<LinkEvent>) {
        let outs = self.delivery.farewell();
        // The writer is gone: calls would find nobody.
        for out in outs {
            if let (Out::Send(stanza), Some(line)) = (out, &mut self.line) {
                line.send(stanza);
            }
        }
        let closing = async {
            if let Some(line) = &mut self.line {
                // A connection that breaks now has nothing more to hear.
                let _ = line.finish().await;
            }
            link.close().await;
        };
        tokio::pin!(closing);
        // Both directions are bounded: somebody has to take what still arrives.
        let closed = tokio::time::timeout(LEAVING_PATIENCE, async {
            loop {
                tokio::select! {
                    () = &mut closing => break,
                    Some(_) = events.recv() => {}
                }
            }
        });
        if closed.await.is_err() {
            tracing::warn!("the server did not let go in time");
        }
    }

    fn linked(&mut self, event: LinkEvent) -> Result<(), WriterGone> {
        match event {
            LinkEvent::Up { outlet, again } => {
                let mut line = Line::new(outlet);
                line.ping(FIRST_PING);
                self.line = Some(line);
                self.again = again;
                let outs = self.delivery.up();
                self.carry_out(outs)
            }
            LinkEvent::Stanza(stanza) => {
                self.hear()?;
                self.arrived(stanza)
            }
            LinkEvent::Pong(token) => {
                self.hear()?;
                match self.window.pinged.take_if(|ping| ping.token == token) {
                    Some(ping) => {
                        self.window.out -= ping.covers;
                        self.delivery.wait(Instant::now());
                        self.tickets.tell(Inbound::Confirmed(ping.covers))
                    }
                    None => Ok(()),
                }
            }
            LinkEvent::Down { alive, why } => {
                tracing::warn!("the connection is gone: {why}");
                self.line = None;
                (self.hears, self.open, self.ready) = (false, false, false);
                (self.window.out, self.window.since) = (0, None);
                self.window.pinged = None;
                self.calls.drain();
                self.domains.down(Instant::now());
                self.delivery.down();
                let silent = i64::try_from(alive.elapsed().as_millis()).unwrap_or(i64::MAX);
                self.tickets.tell(Inbound::LinkDown(
                    self.clock.now() + (Span::ZERO - Span(silent)),
                ))
            }
        }
    }

    /// The first that is heard on a connection, be it somebody's stanza or the pong of our first ping, shows that the server
    /// routes: the writer pays for the time since the last sign of life before it decides anything.
    fn hear(&mut self) -> Result<(), WriterGone> {
        if std::mem::replace(&mut self.hears, true) {
            return Ok(());
        }
        let (at, again) = (self.clock.now(), self.again);
        self.tickets.tell(Inbound::LinkUp { at, again })?;
        self.ask_standing()
    }

    /// The answer comes after every window that was meant for an older connection, so none of those is taken for ours.
    fn ask_standing(&mut self) -> Result<(), WriterGone> {
        let look = Look {
            bare: self.domain.clone(),
            place: Place::Service,
            at: Sight::Standing,
        };
        self.tickets
            .call(self.clock.now(), Call::Look(look), Origin::Standing)
    }

    /// Opens the connection for effects once the journal is known, and confirms a window that is out; true when the services
    /// have just become known too.
    fn settle(&mut self) -> Result<bool, WriterGone> {
        let Some(line) = &mut self.line else {
            return Ok(false);
        };
        let now = Instant::now();
        // While the process leaves, nothing is put off.
        let due = (self.window.due()).is_some_and(|due| due <= now || self.leaving.is_some());
        if due && self.delivery.is_done(now) {
            self.window.since = None;
            self.window.pings += 1;
            let (token, covers) = (self.window.pings, self.window.out);
            self.window.pinged = Some(Ping { token, covers });
            line.ping(token);
        }
        if !self.open && self.delivery.stands() {
            self.open = true;
            self.tickets.tell(Inbound::Open)?;
        }
        let settled = self.open && self.delivery.is_settled();
        Ok(settled && !std::mem::replace(&mut self.ready, true))
    }

    fn deliver(&mut self, window: Vec<Sending>) -> Result<(), WriterGone> {
        if !self.open {
            return Ok(());
        }
        let now = Instant::now();
        if self.window.out == 0 {
            self.delivery.wait(now);
        }
        if !window.is_empty() {
            self.window.since.get_or_insert(now);
        }
        self.window.out += window.len();
        let outs = self.delivery.window(window, now);
        self.carry_out(outs)
    }

    fn answered(&mut self, (ticket, answer): (u64, Answer)) -> Result<(), WriterGone> {
        let Some((origin, turn)) = self.tickets.answered(ticket) else {
            return Ok(());
        };
        if let Some(turn) = turn {
            self.gate.done(&turn);
            self.let_in()?;
        }
        let now = Instant::now();
        match origin {
            Origin::Said(manner, bare) => {
                let id = format!("a{:016x}-{ticket}", self.nonce);
                manner
                    .answer(&answer, &id)
                    .into_iter()
                    .for_each(|stanza| self.send(stanza));
                self.delivery.stir(&bare, now);
            }
            Origin::Iq(back, written, address, who) => {
                let told = match iqs::write(&written, &answer, &address, &self.here_at(&address)) {
                    Ok(payload) => back.result(payload),
                    Err((condition, text)) => back.error(condition, &text),
                };
                self.send(told);
                who.iter().for_each(|bare| self.delivery.stir(bare, now));
            }
            Origin::Then(then) => {
                let outs = self.delivery.answered(&then, &answer, now);
                self.carry_out(outs)?;
            }
            Origin::Standing => match answer {
                Answer::Seen(Seen::Standing(standing)) if self.line.is_some() => {
                    let outs = self.delivery.stand(standing, now);
                    self.carry_out(outs)?;
                }
                _ if self.line.is_some() => self.tell_later(None, now),
                _ => {}
            },
            Origin::News(call) if matches!(answer, Answer::Sorry) => {
                self.tell_later(Some(call), now)
            }
            Origin::News(_) => {}
        }
        Ok(())
    }

    /// Gives the writer the requests whose turn it is.
    fn let_in(&mut self) -> Result<(), WriterGone> {
        while let Some((turn, (at, call, origin))) = self.gate.next() {
            self.tickets.call_for(Some(turn), at, call, origin)?;
        }
        Ok(())
    }

    /// Gives the link what it takes.
    fn flush(&mut self) {
        if let Some(line) = &mut self.line {
            line.flush();
            if line.bytes() == 0 && self.unread > 0 {
                let unread = std::mem::take(&mut self.unread);
                tracing::warn!(
                    unread,
                    "the server reads again what we say; requests went unread"
                );
            }
        }
    }

    /// The disk refused: again in a moment. Without a call it is the question of what stands.
    fn tell_later(&mut self, call: Option<Call>, now: Instant) {
        self.tell_again.get_or_insert(now + TELL_AGAIN);
        if let Some(call) = call
            && self.untold.len() < MAX_UNTOLD
        {
            self.untold.push_back((call.clone(), Origin::News(call)));
        }
    }

    fn carry_out(&mut self, outs: Vec<Out>) -> Result<(), WriterGone> {
        for out in outs {
            match out {
                Out::Send(stanza) => self.send(stanza),
                Out::Ask(question) => self.ask(question)?,
                Out::Call(call, Some(then)) => {
                    self.tickets
                        .call(self.clock.now(), call, Origin::Then(then))?
                }
                Out::Call(call, None) => {
                    self.tickets
                        .call(self.clock.now(), call.clone(), Origin::News(call))?
                }
            }
        }
        Ok(())
    }

    fn ask(&mut self, question: Question) -> Result<(), WriterGone> {
        let Question {
            from,
            to,
            set,
            payload,
            then,
        } = question;
        match self.calls.insert(&to, then, Instant::now() + IQ_PATIENCE) {
            Ok(id) => {
                let kind = if set { "set" } else { "get" };
                self.send(
                    address("iq", &from, &to, Some(&id), kind)
                        .append(payload)
                        .build(),
                );
                Ok(())
            }
            Err(then) => self.heard(then, &Heard::Silence),
        }
    }

    fn heard(&mut self, then: Then, heard: &Heard) -> Result<(), WriterGone> {
        if let Then::Domain(registered, domain) = then {
            return self.knows_domain(&(registered, domain), heard);
        }
        let outs = self.delivery.heard(then, heard, Instant::now());
        self.carry_out(outs)
    }

    fn send(&mut self, stanza: minidom::Element) {
        if let Some(line) = &mut self.line {
            line.send(stanza);
        }
    }

    fn tick(&mut self, now: Instant) -> Result<(), WriterGone> {
        for then in self.calls.expire(now) {
            self.heard(then, &Heard::Silence)?;
        }
        if self.tell_again.is_some_and(|at| at <= now) {
            self.tell_again = None;
            for (call, origin) in std::mem::take(&mut self.untold) {
                self.tickets.call(self.clock.now(), call, origin)?;
            }
            if self.line.is_some() && self.hears && !self.open {
                self.ask_standing()?;
            }
        }
        if self.line.is_some() {
            let outs = self.delivery.tick(now);
            self.carry_out(outs)?;
        }
        Ok(())
    }

    fn next_wake(&self) -> Option<Instant> {
        let delivery = self.line.as_ref().and_then(|_| self.delivery.next_wake());
        // One that is due already waits for rooms or feeds, which wake us by themselves.
        let ping = self.window.due().filter(|due| *due > Instant::now());
        [
            delivery,
            self.calls.next_deadline(),
            ping,
            self.tell_again,
            self.leaving,
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

async fn sleep(until: Option<tokio::time::Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

async fn wait(line: Option<&Line>) -> Result<(), super::link::Gone> {
    match line {
        Some(line) => line.wait().await,
        None => std::future::pending().await,
    }
}
