//! One person who is looked after, and the clients that were seen of them.

use std::time::{Duration, Instant};

use crate::commands::Leave;

/// Clients of one person that are remembered, those heard of last.
const MAX_CLIENTS: usize = 4;
/// Pings of a client whose time is remembered.
const LAGS: usize = 5;

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Presence {
    /// As far as is known.
    #[default]
    There,
    /// Their last client was lost then.
    Doubt(Instant, Leave),
    /// For so long that it was told.
    Gone(Leave),
}

/// A client, by its full address.
#[derive(Debug)]
struct Client {
    full: String,
    heard: Instant,
    /// Whether it has answered a ping, so that an error means that it is not there.
    answers: bool,
    lags: Vec<Duration>,
}

/// See the file's head.
#[derive(Debug, Default)]
pub(super) struct Person {
    /// Until when they are looked after.
    pub until: Option<Instant>,
    pub presence: Presence,
    /// Whether they were seen on this connection.
    pub fresh: bool,
    /// When they were asked last.
    pub asked: Option<Instant>,
    /// When they are seen to next.
    pub planned: Option<Instant>,
    clients: Vec<Client>,
    /// The client that was lost last: it may come back under the same address.
    last: Option<String>,
}

impl Person {
    /// One of their clients has sent something.
    pub fn heard(&mut self, full: &str, is_client: bool, now: Instant) {
        if let Some(client) = self.clients.iter_mut().find(|client| client.full == full) {
            client.heard = now;
            return;
        }
        if !is_client {
            return;
        }
        if self.clients.len() >= MAX_CLIENTS {
            let oldest = (0..self.clients.len()).min_by_key(|at| self.clients[*at].heard);
            oldest.map(|at| self.clients.remove(at));
        }
        self.clients.push(Client {
            full: full.to_owned(),
            heard: now,
            answers: false,
            lags: Vec::new(),
        });
    }

    /// A client has answered a ping after so long.
    pub fn answered(&mut self, full: &str, after: Duration) {
        if let Some(client) = self.clients.iter_mut().find(|client| client.full == full) {
            client.answers = true;
            if client.lags.len() >= LAGS {
                client.lags.remove(0);
            }
            client.lags.push(after);
        }
    }

    /// Whether this client has answered before.
    pub fn has_answered(&self, full: &str) -> bool {
        let mut clients = self.clients.iter();
        clients.any(|client| client.full == full && client.answers)
    }

    /// This client is not there any more; whether it was the last one known.
    pub fn loses(&mut self, full: &str) -> bool {
        let known = self.clients.len();
        self.clients.retain(|client| client.full != full);
        if self.clients.len() < known {
            self.last = Some(full.to_owned());
        }
        self.clients.is_empty()
    }

    /// The client to ask.
    pub fn client(&self) -> Option<&str> {
        let latest = self.clients.iter().max_by_key(|client| client.heard);
        let known = latest.map(|client| client.full.as_str());
        known.or(self.last.as_deref())
    }

    /// All clients, to ask each.
    pub fn clients(&self) -> impl Iterator<Item = &str> {
        self.clients.iter().map(|client| client.full.as_str())
    }

    /// The least lag of a client that was measured lately.
    pub fn lag(&self, full: &str) -> Option<Duration> {
        let mut clients = self.clients.iter();
        let client = clients.find(|client| client.full == full)?;
        client.lags.iter().min().copied()
    }
}
