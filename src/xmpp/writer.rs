//! The writing side of one connection: everything that waits goes out in one write.

use std::io;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use super::broken::Broken;
use super::link::{Order, lock};
use super::pulse::Pulse;
use super::stream::{Fault, Stream};

/// Orders that are written before the connection is flushed and others have their turn.
const BATCH: usize = 256;

/// Takes orders until the connection breaks.
pub struct Writer<'a> {
    stream: &'a Stream,
    pulse: &'a Mutex<Pulse>,
    /// Rings when the link's own ping is due.
    silence: &'a Notify,
    /// What the filter did not let through, to be answered.
    lost: mpsc::Receiver<Broken>,
    orders: mpsc::Receiver<Order>,
    /// Taken from the queue and not yet written; kept here so that a cancelled write loses nothing.
    held: Option<Order>,
    /// How long the server may take nothing before the connection counts as dead.
    stall: Duration,
}

impl<'a> Writer<'a> {
    /// Writes to this stream what is ordered, rung for and lost.
    pub fn new(
        stream: &'a Stream,
        pulse: &'a Mutex<Pulse>,
        silence: &'a Notify,
        lost: mpsc::Receiver<Broken>,
        orders: mpsc::Receiver<Order>,
        stall: Duration,
    ) -> Writer<'a> {
        Writer {
            stream,
            pulse,
            silence,
            lost,
            orders,
            held: None,
            stall,
        }
    }

    /// Writes until the connection breaks, and says why it did. May be dropped at any time.
    pub async fn run(&mut self) -> Fault {
        loop {
            if let Err(fault) = self.turn().await {
                return fault;
            }
        }
    }

    /// Writes what is queued and the end of the stream; nothing can be queued any more.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn finish(&mut self) -> Result<(), Fault> {
        self.orders.close();
        loop {
            self.write_held().await?;
            self.held = self.orders.recv().await;
            if self.held.is_none() {
                return Ok(self.stream.shutdown().await?);
            }
        }
    }

    async fn turn(&mut self) -> Result<(), Fault> {
        tokio::select! {
            biased;
            () = self.silence.notified() => self.ping(None).await?,
            Some(broken) = self.lost.recv() => self.answer(&broken).await?,
            Some(order) = self.orders.recv() => {
                self.held = Some(order);
                self.write_batch().await?;
            }
        }
        self.taken(self.stream.flush()).await
    }

    /// Waits for the server to take what is written, but not for ever: those who wait for answers behind it would.
    async fn taken(&self, write: impl Future<Output = io::Result<()>>) -> Result<(), Fault> {
        let taken = tokio::time::timeout(self.stall, write).await;
        Ok(taken.map_err(|_| Fault::Deaf)??)
    }

    async fn write_batch(&mut self) -> Result<(), Fault> {
        for _ in 1..BATCH {
            self.write_held().await?;
            self.held = self.orders.try_recv().ok();
            if self.held.is_none() {
                return Ok(());
            }
        }
        self.write_held().await
    }

    async fn write_held(&mut self) -> Result<(), Fault> {
        match &self.held {
            Some(Order::Send(stanza, _)) => self.taken(self.stream.feed(stanza)).await?,
            Some(Order::Ping(token)) => self.ping(Some(*token)).await?,
            None => {}
        }
        self.held = None;
        Ok(())
    }

    async fn ping(&self, token: Option<u64>) -> Result<(), Fault> {
        let ping = lock(self.pulse).ping(token).ok_or(Fault::Silent)?;
        self.taken(self.stream.feed(&ping)).await
    }

    async fn answer(&self, broken: &Broken) -> Result<(), Fault> {
        tracing::debug!(
            from = broken.from,
            name = broken.name,
            "lost a stanza that cannot be parsed"
        );
        match broken.answer() {
            Some(answer) => self.taken(self.stream.feed(&answer)).await,
            None => Ok(()),
        }
    }
}
