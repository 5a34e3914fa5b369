//! The bots: pairs that challenge, accept and play tic-tac-toe by ad-hoc commands, one move outstanding per pair.
//!
//! A bot moves when an `<event/>` says that its seat is to move, as any bot would. It does not know who answers: the
//! referee, or the echo.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use crate::script::Script;
use crate::server::{HOST, REFEREE};
use crate::wire::{Wire, attribute};

/// A game of nine moves that nobody wins.
pub const MOVES: [&str; 9] = ["a3", "b3", "c3", "b2", "a2", "c2", "b1", "a1", "c1"];

/// The password of all bots.
pub const PASSWORD: &str = "secret";

/// What all bots are to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Finish the match at hand, then rest.
    Rest,
    /// Play with this component, by so many pairs.
    Play(&'static str, usize),
}

/// What is counted while it counts.
#[derive(Default)]
pub struct Tally {
    /// Whether moves count now.
    pub counts: bool,
    /// How long each counted move took, from its IQ to the answer.
    pub latencies: Vec<Duration>,
    /// What the first pair hears, while that is recorded.
    pub script: Option<Script>,
}

/// A tally that all bots share.
pub type Shared = Arc<Mutex<Tally>>;

/// Locks a tally; one thread runs all bots, so nobody waits.
pub fn tally(shared: &Shared) -> MutexGuard<'_, Tally> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The account of a bot.
pub fn account(pair: usize, seat: usize) -> String {
    format!("{}{pair}", ["a", "b"][seat])
}

/// One bot.
pub struct Bot {
    wire: Wire,
    pair: usize,
    seat: usize,
    orders: watch::Receiver<Order>,
    /// Tells that this pair rests.
    rests: mpsc::UnboundedSender<usize>,
    tally: Shared,
    /// Commands sent so far.
    sent: u64,
    /// The command that waits for its answer: what it was, and since when.
    asked: Option<(String, Instant)>,
}

impl Bot {
    /// Logs in, and says to the referee that this is a bot.
    ///
    /// # Errors
    /// The server or the referee said no.
    pub async fn new(
        server: &str,
        (pair, seat): (usize, usize),
        orders: watch::Receiver<Order>,
        rests: mpsc::UnboundedSender<usize>,
        tally: Shared,
    ) -> io::Result<Bot> {
        let mut bot = Bot {
            wire: Wire::login(server, &account(pair, seat), PASSWORD).await?,
            pair,
            seat,
            orders,
            rests,
            tally,
            sent: 0,
            asked: None,
        };
        bot.command(REFEREE, "bot", &[("mode", "on")]).await?;
        while bot.asked.is_some() {
            let stanza = bot.wire.stanza().await?;
            bot.take(&stanza).await?;
        }
        Ok(bot)
    }

    /// Plays as ordered, until the connection breaks or something is refused.
    pub async fn run(mut self) -> io::Error {
        loop {
            let done = tokio::select! {
                Ok(()) = self.orders.changed(), if self.seat == 0 => self.challenge().await,
                stanza = self.wire.stanza() => match stanza {
                    Ok(stanza) => self.take(&stanza).await,
                    Err(error) => Err(error),
                },
            };
            if let Err(error) = done {
                let who = account(self.pair, self.seat);
                return io::Error::new(error.kind(), format!("{who}: {error}"));
            }
        }
    }

    /// Begins a match, if that is the order.
    async fn challenge(&mut self) -> io::Result<()> {
        let order = *self.orders.borrow_and_update();
        let Order::Play(domain, pairs) = order else {
            return Ok(());
        };
        if self.pair >= pairs {
            return Ok(());
        }
        let opponent = format!("{}@{HOST}", account(self.pair, 1));
        // Unlisted, so that the pubsub service has no part in what is measured.
        let fields = [
            ("opponent", opponent.as_str()),
            ("game", "tic-tac-toe"),
            ("side", "x"),
            ("visibility", "unlisted"),
        ];
        self.command(domain, "challenge", &fields).await
    }

    /// Reacts to whatever came.
    async fn take(&mut self, stanza: &str) -> io::Result<()> {
        if stanza.starts_with("<iq") {
            return self.answered(stanza);
        }
        let from = attribute(stanza, "<message", "from");
        let (Some(from), Some(kind)) = (from, attribute(stanza, "<event", "kind")) else {
            return Ok(());
        };
        let played: usize = attribute(stanza, "<state", "moves")
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        if let Some(script) = &mut tally(&self.tally).script {
            script.heard(kind, played, self.seat, stanza);
        }
        let mine = attribute(stanza, "<turn", "seat") == Some(["0", "1"][self.seat]);
        match kind {
            "challenged" => self.command(from, "accept", &[]).await,
            "over" if self.seat == 0 => {
                if *self.orders.borrow() == Order::Rest {
                    let _ = self.rests.send(self.pair);
                    return Ok(());
                }
                self.challenge().await
            }
            _ if mine && played < MOVES.len() => {
                let expect = played.to_string();
                self.command(
                    from,
                    "move",
                    &[("move", MOVES[played]), ("expect", &expect)],
                )
                .await
            }
            _ => Ok(()),
        }
    }

    async fn command(&mut self, to: &str, node: &str, fields: &[(&str, &str)]) -> io::Result<()> {
        self.sent += 1;
        let id = format!("{node}{}", self.sent);
        let fields: String = fields
            .iter()
            .map(|(name, value)| format!("<field var='{name}'><value>{value}</value></field>"))
            .collect();
        let text = format!(
            "<iq type='set' to='{to}' id='{id}'><command xmlns='http://jabber.org/protocol/commands' node='{node}' \
             action='execute'><x xmlns='jabber:x:data' type='submit'>{fields}</x></command></iq>"
        );
        self.asked = Some((id, Instant::now()));
        self.wire.send(&text).await
    }

    fn answered(&mut self, stanza: &str) -> io::Result<()> {
        let id = attribute(stanza, "<iq", "id");
        let Some((asked, since)) = self.asked.take_if(|(asked, _)| id == Some(asked)) else {
            return Ok(());
        };
        let good = attribute(stanza, "<iq", "type") == Some("result")
            && attribute(stanza, "<note", "type") != Some("error");
        if !good {
            return Err(io::Error::other(format!("a command was refused: {stanza}")));
        }
        let mut tally = tally(&self.tally);
        if tally.counts && asked.starts_with("move") {
            tally.latencies.push(since.elapsed());
        }
        if let Some(script) = &mut tally.script {
            script.answered(asked.trim_end_matches(|c: char| c.is_ascii_digit()), stanza);
        }
        Ok(())
    }
}
