//! Every message that came, by its origin-id: repeated only across a crash, unchanged, and never once it is settled.
//!
//! A message is settled when its window was confirmed before a request that has since been acknowledged: the cursor is
//! then in the journal, and nothing may bring the message back.

use std::collections::{BTreeMap, BTreeSet};

use minidom::Element;

/// Effects in one window (`engine::outbox::WINDOW`): no restart may repeat more.
const WINDOW: usize = 256;

struct Seen {
    text: String,
    run: usize,
    /// How many windows had been confirmed, or asked to be, when it came.
    window: usize,
    /// Its place in the order of confirmation.
    confirmed: Option<usize>,
}

/// See the file's head.
#[derive(Default)]
pub struct Mail {
    seen: BTreeMap<String, Seen>,
    run: usize,
    /// Messages of this run that came since the last ping.
    fresh: Vec<String>,
    /// Those that one ping came after. They may have overtaken it on the way out, so only the next one is about them for sure.
    once: Vec<String>,
    confirmed: usize,
    settled: usize,
    repeated_now: usize,
    windows: usize,
    windows_now: BTreeSet<usize>,
    /// The most windows of which one restart repeated something.
    pub most_windows: usize,
    /// Messages that were repeated, over all runs.
    pub repeated: usize,
    /// Of these, how many a pong had confirmed before the crash.
    pub repeated_although_confirmed: usize,
    /// Who was told that a match is over.
    pub over: BTreeSet<(String, String)>,
}

impl Mail {
    /// A new process begins.
    pub fn begin_run(&mut self) {
        self.run += 1;
        self.repeated_now = 0;
        self.windows += 1;
        self.windows_now.clear();
        self.fresh.clear();
        self.once.clear();
    }

    /// A ping asks whether everything before it has arrived.
    pub fn pinged(&mut self) {
        self.windows += 1;
    }

    /// A message of this process.
    pub fn take(&mut self, message: &Element, text: &str) {
        let origin = message.get_child("origin-id", "urn:xmpp:sid:0");
        let id = origin.and_then(|origin| origin.attr("id"));
        let id = id
            .unwrap_or_else(|| panic!("a message without origin-id: {text}"))
            .to_owned();
        if let Some(seen) = self.seen.get_mut(&id) {
            assert_ne!(seen.run, self.run, "doubled within one run: {text}");
            assert_eq!(seen.text, text, "repeated with another content");
            let settled = seen.confirmed.is_some_and(|at| at < self.settled);
            assert!(!settled, "repeated although its cursor was durable: {text}");
            self.repeated += 1;
            self.repeated_now += 1;
            self.repeated_although_confirmed += usize::from(seen.confirmed.is_some());
            seen.run = self.run;
            self.windows_now.insert(seen.window);
            self.most_windows = self.most_windows.max(self.windows_now.len());
            seen.window = self.windows;
            assert!(
                self.repeated_now <= WINDOW,
                "more than one window was repeated"
            );
        } else {
            let seen = Seen {
                text: text.to_owned(),
                run: self.run,
                window: self.windows,
                confirmed: None,
            };
            self.seen.insert(id.clone(), seen);
        }
        self.fresh.push(id);
        if let Some(event) = message.get_child("event", "urn:x-referee:event:0")
            && event.attr("kind") == Some("over")
            && let (Some(game), Some(to)) = (event.attr("match"), message.attr("to"))
        {
            self.over.insert((game.to_owned(), to.to_owned()));
        }
    }

    /// The server confirms everything that was sent before the ping it answers.
    pub fn confirm(&mut self) {
        let fresh = std::mem::take(&mut self.fresh);
        for id in std::mem::replace(&mut self.once, fresh) {
            if let Some(seen) = self.seen.get_mut(&id) {
                seen.confirmed.get_or_insert(self.confirmed);
                self.confirmed += 1;
            }
        }
    }

    /// How many messages are confirmed: what a request is sent with.
    pub fn confirmed(&self) -> usize {
        self.confirmed
    }

    /// A request that was sent when so many were confirmed is in the journal, and the cursor with it.
    pub fn settle(&mut self, confirmed: usize) {
        self.settled = self.settled.max(confirmed);
    }

    /// How many messages came, each counted once.
    pub fn count(&self) -> usize {
        self.seen.len()
    }
}
