//! The link: a component stream that comes back by itself.
//!
//! [`Link::spawn`] gives a handle and a stream of [`LinkEvent`]s. Each connection brings its own [`Outlet`] with
//! [`LinkEvent::Up`]; what is given to the outlet of a dead connection is gone and says so, so nothing that was meant
//! for the old stream can slip into the new one before rooms are rejoined. Keep taking events while you wait for an
//! outlet: both directions are bounded, and a server whose stanzas nobody takes stops reading ours.
//!
//! From below: `frames` cuts stanzas out of the bytes, `sieve` holds back those that
//! would end tokio-xmpp's stream, `stream` is that stream, opened and authenticated, and this file
//! keeps one up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use minidom::Element;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinHandle;

use super::backoff::Backoff;
use super::broken::Broken;
use super::filter::MAX_LOST;
use super::pulse::Pulse;
use super::stanza::weigh;
use super::stream::{self, Fault, Stream};
use super::writer::Writer;
use crate::kit::Secret;

/// Events that wait for the upper half before the link stops reading from the server.
pub const MAX_EVENTS: usize = 1024;

/// Stanzas that wait for the server before [`Outlet::send`] waits too.
pub const MAX_ORDERS: usize = 1024;

/// Bytes of such stanzas; one that is larger goes alone. Whatever waits here is in front of everybody's next answer.
pub const MAX_ORDERED: usize = 64 * 1024;

/// How long an ordered close waits for what is queued and for the server's own farewell.
const FAREWELL: Duration = Duration::from_secs(2);

/// A connection that lived this long was a good one: the next retry is a first retry again.
const GOOD_LIFE: Duration = Duration::from_secs(5);

/// Whom to connect to, and as whom.
#[derive(Clone, Debug)]
pub struct LinkConfig {
    /// The component's own domain.
    pub domain: String,
    /// `host:port` of the server's component port.
    pub server: String,
    /// The secret shared with the server.
    pub secret: Secret<String>,
    /// Allows a server on another machine, unencrypted.
    pub allow_plaintext: bool,
    /// How long to wait for what.
    pub timing: Timing,
}

/// How long the link waits. The defaults suit a server on the same machine or network.
#[derive(Clone, Debug)]
pub struct Timing {
    /// Silence after which the link pings (XEP-0199).
    pub idle: Duration,
    /// How long a pong may take before the connection counts as dead.
    pub pong: Duration,
    /// How long the server may take none of what we say before the connection counts as dead.
    pub stall: Duration,
    /// How long connecting and the handshake may take together.
    pub handshake: Duration,
    /// The longest first retry; each further one doubles, with jitter.
    pub first_retry: Duration,
    /// The longest retry.
    pub last_retry: Duration,
    /// The shortest retry after a fault that only the operator can mend.
    pub mending: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            idle: Duration::from_secs(20),
            pong: Duration::from_secs(15),
            stall: Duration::from_secs(30),
            handshake: Duration::from_secs(10),
            first_retry: Duration::from_millis(100),
            last_retry: Duration::from_secs(30),
            mending: Duration::from_secs(10),
        }
    }
}

/// What the link tells.
#[derive(Debug)]
pub enum LinkEvent {
    /// A stream is up.
    Up {
        /// Everything that belongs to it goes through this.
        outlet: Outlet,
        /// Whether an earlier stream ended, or could not be opened: the server itself may have been away.
        again: bool,
    },
    /// A stanza arrived.
    Stanza(Element),
    /// The server has routed everything that was sent before [`Outlet::ping`] with this token or an earlier one.
    Pong(u64),
    /// The stream is gone, and a new one is being tried.
    Down {
        /// When the server last gave a sign of life: downtime is counted from here.
        alive: Instant,
        /// Why, as a fragment that ends a sentence.
        why: String,
    },
}

/// What an outlet is asked to do.
#[derive(Debug)]
pub(super) enum Order {
    /// The permit is for the bytes of the stanza; it goes back when the stanza is written.
    Send(
        Element,
        #[allow(dead_code, reason = "it is only kept")] Option<OwnedSemaphorePermit>,
    ),
    Ping(u64),
}

/// The connection of this outlet has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream is down")]
pub struct Gone;

/// The way out of one connection. Order is kept; clones share the queue.
#[derive(Clone, Debug)]
pub struct Outlet {
    orders: mpsc::Sender<Order>,
    bytes: Arc<Semaphore>,
}

impl Outlet {
    fn new(orders: mpsc::Sender<Order>) -> Outlet {
        Outlet {
            orders,
            bytes: Arc::new(Semaphore::new(MAX_ORDERED)),
        }
    }

    /// One without a connection, and what it was given.
    #[cfg(test)]
    pub(super) fn alone() -> (Outlet, mpsc::Receiver<Order>) {
        let (orders, given) = mpsc::channel(MAX_ORDERS);
        (Outlet::new(orders), given)
    }

    /// Queues a stanza, and waits while the queue is full.
    ///
    /// # Errors
    /// [`Gone`]: the connection ended; the stanza was not sent.
    pub async fn send(&self, stanza: Element) -> Result<(), Gone> {
        let bytes = permits(weigh(&stanza));
        let permit = self.bytes.clone().acquire_many_owned(bytes).await.ok();
        let order = Order::Send(stanza, permit);
        self.orders.send(order).await.map_err(|_| Gone)
    }

    /// Queues a stanza if that can be done without waiting.
    ///
    /// # Errors
    /// Gives it back. [`Outlet::ready`] tells when to try again, and whether the connection has ended.
    pub fn offer(&self, stanza: Element) -> Result<(), Element> {
        let Ok(place) = self.orders.try_reserve() else {
            return Err(stanza);
        };
        let bytes = permits(weigh(&stanza));
        match self.bytes.clone().try_acquire_many_owned(bytes) {
            Ok(permit) => {
                place.send(Order::Send(stanza, Some(permit)));
                Ok(())
            }
            Err(_) => Err(stanza),
        }
    }

    /// The same for a ping; false when it was not queued.
    pub fn offer_ping(&self, token: u64) -> bool {
        self.orders.try_send(Order::Ping(token)).is_ok()
    }

    /// Waits until a stanza of so many bytes can be queued.
    ///
    /// # Errors
    /// [`Gone`]: the connection ended.
    pub async fn ready(&self, bytes: usize) -> Result<(), Gone> {
        // Whoever is written gives back bytes first and the place with it, so neither is waited for in vain.
        let room = self.bytes.acquire_many(permits(bytes));
        tokio::select! {
            room = room => drop(room.map_err(|_| Gone)?),
            () = self.orders.closed() => return Err(Gone),
        }
        self.orders.reserve().await.map(drop).map_err(|_| Gone)
    }

    /// Queues a question whose answer, [`LinkEvent::Pong`] with this token, confirms all that was queued before it.
    ///
    /// # Errors
    /// [`Gone`]: the connection ended.
    pub async fn ping(&self, token: u64) -> Result<(), Gone> {
        self.orders.send(Order::Ping(token)).await.map_err(|_| Gone)
    }

    /// True once the connection has ended.
    pub fn is_gone(&self) -> bool {
        self.orders.is_closed()
    }
}

/// Permits for a stanza: even the largest fits when nothing else waits.
fn permits(bytes: usize) -> u32 {
    u32::try_from(bytes.min(MAX_ORDERED)).unwrap_or(u32::MAX)
}

/// Connects and authenticates once, and lets go again.
///
/// # Errors
/// Why it did not work, as a fragment that ends a sentence.
pub(super) async fn try_out(config: &LinkConfig) -> Result<(), Fault> {
    let (loser, _lost) = mpsc::channel(MAX_LOST);
    let opening = stream::open(config, loser);
    let opened = tokio::time::timeout(config.timing.handshake, opening).await;
    opened.unwrap_or(Err(Fault::Silent)).map(drop)
}

/// The handle of a running link. Dropping it ends the link without farewell.
#[derive(Debug)]
pub struct Link {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Link {
    /// Starts connecting; events come from the receiver until the link is closed. Needs a tokio runtime.
    pub fn spawn(config: LinkConfig) -> (Link, mpsc::Receiver<LinkEvent>) {
        let (events, receiver) = mpsc::channel(MAX_EVENTS);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(config, events, stopped));
        (Link { stop, task }, receiver)
    }

    /// Sends what is queued, closes the stream in order and ends the link. Events are thrown away meanwhile only if
    /// their receiver is dropped: drop it, or go on taking.
    pub async fn close(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(2 * FAREWELL, &mut self.task)
            .await
            .is_err()
        {
            self.task.abort();
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(config: LinkConfig, events: mpsc::Sender<LinkEvent>, mut stop: watch::Receiver<bool>) {
    let mut backoff = Backoff::new(&config.timing);
    let (mut told, mut again) = (String::new(), false);
    while !*stop.borrow() && !events.is_closed() {
        let (loser, lost) = mpsc::channel(MAX_LOST);
        let opening = stream::open(&config, loser);
        let opened = tokio::select! {
            opened = tokio::time::timeout(config.timing.handshake, opening) => opened,
            _ = stop.changed() => return,
        };
        let fault = match opened.unwrap_or(Err(Fault::Silent)) {
            Ok(stream) => {
                let begun = Instant::now();
                tracing::info!(server = config.server, "connected");
                let fault = live(&config, stream, again, lost, &events, &mut stop).await;
                if begun.elapsed() > GOOD_LIFE {
                    backoff.reset();
                    told.clear();
                }
                fault
            }
            Err(fault) => fault,
        };
        if *stop.borrow() {
            return;
        }
        again = true;
        let why = fault.to_string();
        // Once per reason: an outage is one line, not one per retry.
        if why != told {
            tracing::warn!(server = config.server, "no stream to the server: {why}");
            told = why;
        }
        tokio::select! {
            () = tokio::time::sleep(backoff.next(fault.needs_mending())) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Lives through one connection and tells its beginning and its end.
async fn live(
    config: &LinkConfig,
    stream: Stream,
    again: bool,
    lost: mpsc::Receiver<Broken>,
    events: &mpsc::Sender<LinkEvent>,
    stop: &mut watch::Receiver<bool>,
) -> Fault {
    let (orders, queue) = mpsc::channel(MAX_ORDERS);
    let outlet = Outlet::new(orders);
    if (events.send(LinkEvent::Up { outlet, again }).await).is_err() {
        return Fault::Closed;
    }
    let pulse = Mutex::new(Pulse::new(&config.domain));
    let silence = Notify::new();
    let inbox = Inbox {
        stream: &stream,
        pulse: &pulse,
        silence: &silence,
        events,
    };
    let mut writer = Writer::new(&stream, &pulse, &silence, lost, queue, config.timing.stall);
    // Two futures of one task: neither ever waits for the other, so a full queue on one side cannot stop both.
    let fault = tokio::select! {
        fault = inbox.run() => Some(fault),
        fault = writer.run() => Some(fault),
        _ = stop.changed() => None,
    };
    let fault = match fault {
        Some(fault) => fault,
        None => {
            // What goes wrong now changes nothing: the process is leaving.
            let _ = tokio::time::timeout(FAREWELL, writer.finish()).await;
            let _ = tokio::time::timeout(FAREWELL, inbox.run()).await;
            Fault::Closed
        }
    };
    drop(writer);
    let down = LinkEvent::Down {
        alive: stream.heard(),
        why: fault.to_string(),
    };
    let _ = events.send(down).await;
    fault
}

/// The lock of a pulse; a panic elsewhere leaves it usable.
pub(super) fn lock(pulse: &Mutex<Pulse>) -> MutexGuard<'_, Pulse> {
    pulse.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The reading side of one connection.
struct Inbox<'a> {
    stream: &'a Stream,
    pulse: &'a Mutex<Pulse>,
    /// Rings for the link's own ping.
    silence: &'a Notify,
    events: &'a mpsc::Sender<LinkEvent>,
}

impl Inbox<'_> {
    /// Reads until the connection ends, and says why it did.
    async fn run(&self) -> Fault {
        loop {
            match self.stream.next().await {
                Ok(Some(stanza)) => self.take(stanza).await,
                Ok(None) => self.silence.notify_one(),
                Err(fault) => return fault,
            }
        }
    }

    async fn take(&self, stanza: Element) {
        let event = match lock(self.pulse).pong(&stanza) {
            Some(None) => return,
            Some(Some(token)) => LinkEvent::Pong(token),
            None => LinkEvent::Stanza(stanza),
        };
        // When nobody listens any more, the link is about to end anyway.
        let _ = self.events.send(event).await;
    }
}
