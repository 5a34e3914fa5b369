//! What waits to be written on one connection, in order.

use std::collections::VecDeque;

use minidom::Element;

use crate::xmpp::link::{Gone, Outlet};

/// Stanzas that wait beyond the link's own queue before strangers' requests are dropped unread: a server that has not
/// taken so many is not listening, and everything we say would only add to it.
const FLOODED: usize = 16 * 1024;

#[derive(Debug)]
enum Errand {
    Send(Element),
    Ping(u64),
}

/// The way out of one connection, with a queue that never makes the edge wait.
#[derive(Debug)]
pub struct Line {
    outlet: Outlet,
    errands: VecDeque<Errand>,
}

impl Line {
    /// Nothing waits yet.
    pub fn new(outlet: Outlet) -> Line {
        Line {
            outlet,
            errands: VecDeque::new(),
        }
    }

    /// Queues a stanza.
    pub fn send(&mut self, stanza: Element) {
        self.errands.push_back(Errand::Send(stanza));
    }

    /// Queues a ping whose pong confirms what was queued before it.
    pub fn ping(&mut self, token: u64) {
        self.errands.push_back(Errand::Ping(token));
    }

    /// Whether the server has stopped taking what we say.
    pub fn is_flooded(&self) -> bool {
        self.errands.len() >= FLOODED
    }

    /// Gives the link as much as it takes without waiting. Not to be dropped half-way.
    pub async fn flush(&mut self) -> Result<(), Gone> {
        while self.outlet.room() > 0 {
            match self.errands.pop_front() {
                Some(Errand::Send(stanza)) => self.outlet.send(stanza).await?,
                Some(Errand::Ping(token)) => self.outlet.ping(token).await?,
                None => break,
            }
        }
        Ok(())
    }

    /// Waits until the link takes the first errand, or for ever when there is none. May be dropped: then the errand was
    /// not taken. Call [`Line::taken`] when it is through.
    pub async fn wait(&self) -> Result<(), Gone> {
        match self.errands.front() {
            Some(Errand::Send(stanza)) => self.outlet.send(stanza.clone()).await,
            Some(Errand::Ping(token)) => self.outlet.ping(*token).await,
            None => std::future::pending().await,
        }
    }

    /// Gives the link everything, and waits for it.
    pub async fn finish(&mut self) -> Result<(), Gone> {
        while !self.errands.is_empty() {
            self.wait().await?;
            self.taken();
        }
        Ok(())
    }

    /// The first errand was taken.
    pub fn taken(&mut self) {
        self.errands.pop_front();
    }
}
