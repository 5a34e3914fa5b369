//! Players who know what they used: each turn they think for a time of their own, and compare what their clock lost by it.
//!
//! What a turn used is the time from the moment the player could know of it to the moment the player had decided, less
//! whatever of it lay within a wound or without a connection of their own. What comes after the decision (asking again
//! until somebody answers) is nobody's thinking time. What a question and its answer were on their way where nothing was hurt is
//! the Jabber server's affair and the machine's: it counts as used.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rand::RngExt;

use crate::report::PROMISED;
use crate::server::{HOST, REFEREE};
use crate::wire::{Wire, attribute};
use crate::wounds::Wound;

/// The password of all players.
pub const PASSWORD: &str = "secret";
/// A game of nine moves that nobody wins.
const MOVES: [&str; 9] = ["a3", "b3", "c3", "b2", "a2", "c2", "b1", "a1", "c1"];
/// How long a player waits for an answer before asking again.
const AGAIN: Duration = Duration::from_millis(20);
/// The longest that this becomes while a server says nothing at all.
const SLOWEST: Duration = Duration::from_millis(320);
/// How long before a challenge is made again, which is another challenge.
const CHALLENGE_AGAIN: Duration = Duration::from_secs(2);
/// How long a player thinks, in milliseconds.
const THINKS: std::ops::Range<u64> = 0..400;

/// What was counted of one kind of wound.
#[derive(Default)]
pub struct Count {
    /// How often it was inflicted.
    pub rounds: usize,
    /// Moves that were acknowledged.
    pub moves: usize,
    /// Of these, the ones that are not there any more.
    pub missing: usize,
    /// Moves that are there and were not meant, or more than once.
    pub twice: usize,
    /// What each turn on the clock was charged beyond what the player used.
    pub charged: Vec<Duration>,
}

impl Count {
    /// Takes another one in.
    pub fn add(&mut self, other: &Count) {
        self.rounds += other.rounds;
        self.moves += other.moves;
        self.missing += other.missing;
        self.twice += other.twice;
        self.charged.extend(&other.charged);
    }
}

struct Inflicted {
    wound: Wound,
    begun: Instant,
    /// When the process could go on.
    healed: Option<Instant>,
    /// When it first answered a question of after that.
    heard: Option<Instant>,
}

/// What was counted, by the wound that a turn met.
#[derive(Default)]
pub struct Tally {
    /// None for turns that met none.
    pub counts: BTreeMap<Option<Wound>, Count>,
    wounds: Vec<Inflicted>,
    finishes: bool,
}

impl Tally {
    /// The wound that a stretch of time met last.
    fn met(&self, from: Instant, to: Instant) -> Option<Wound> {
        let mut wounds = self.wounds.iter().rev();
        let met = wounds.find(|one| one.begun < to && one.heard.is_none_or(|heard| heard > from));
        met.map(|one| one.wound)
    }

    fn answered(&mut self, asked: Instant, at: Instant) {
        // From the last one on back to those that this was said of already.
        let open = self.wounds.iter_mut().rev();
        for one in open.take_while(|one| one.heard.is_none()) {
            if one.healed.is_some_and(|healed| healed < asked) {
                one.heard = Some(at);
            }
        }
    }

    fn stretches(&self) -> impl Iterator<Item = (Instant, Instant)> + '_ {
        let wounds = self.wounds.iter().rev();
        wounds.map(|one| (one.begun, one.healed.unwrap_or_else(Instant::now)))
    }
}

/// A tally that everybody shares.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<Tally>>);

impl Shared {
    /// Locks it; one thread runs everything, so nobody waits.
    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A wound begins.
    pub fn wounded(&self, wound: Wound, at: Instant) {
        let mut tally = self.tally();
        tally.counts.entry(Some(wound)).or_default().rounds += 1;
        tally.wounds.push(Inflicted {
            wound,
            begun: at,
            healed: None,
            heard: None,
        });
    }

    /// The last one ends.
    pub fn healed(&self, at: Instant) {
        if let Some(last) = self.tally().wounds.last_mut() {
            last.healed = Some(at);
        }
    }

    /// Nobody begins anew.
    pub fn finish(&self) {
        self.tally().finishes = true;
    }
}

/// The account of a player.
pub fn account(pair: usize, seat: usize) -> String {
    format!("{}{pair}", ["a", "b"][seat])
}

/// Two who play each other.
pub struct Pair {
    pair: usize,
    server: String,
    shared: Shared,
    wires: [Option<Wire>; 2],
    /// When somebody of the pair had no connection.
    cut: Vec<(Instant, Instant)>,
    ids: u64,
}

/// What an answer says.
struct Said {
    text: String,
    /// What question and answer were on their way; nothing where something was hurt meanwhile.
    way: Duration,
}

impl Said {
    /// The values of a field.
    fn values(&self, name: &str) -> Vec<String> {
        let quoted = [format!("var='{name}'"), format!("var=\"{name}\"")];
        let field = quoted
            .iter()
            .find_map(|var| self.text.split_once(var.as_str()));
        let field = field.map_or("", |(_, rest)| rest.split("</field>").next().unwrap_or(""));
        let values = field.split("<value>").skip(1);
        let values = values.filter_map(|value| value.split("</value>").next());
        values.map(str::to_owned).collect()
    }

    fn value(&self, name: &str) -> String {
        self.values(name).into_iter().next().unwrap_or_default()
    }
}

impl Pair {
    /// Nobody has logged in yet.
    pub fn new(pair: usize, server: String, shared: Shared) -> Pair {
        Pair {
            pair,
            server,
            shared,
            wires: [None, None],
            cut: Vec::new(),
            ids: 0,
        }
    }

    /// Plays match after match until there is to be no other.
    pub async fn play(mut self) {
        for seat in [0, 1] {
            self.ask(seat, "bot", &[("mode", "on")], AGAIN * 10).await;
        }
        while !self.shared.tally().finishes {
            self.one().await;
        }
    }

    async fn one(&mut self) {
        let opponent = format!("{}@{HOST}", account(self.pair, 1));
        let fields = [
            ("opponent", opponent.as_str()),
            ("game", "tic-tac-toe"),
            ("clock", "10+0"),
            ("side", "x"),
            ("visibility", "unlisted"),
            ("room", "0"),
        ];
        let challenge = self.ask(0, "challenge", &fields, CHALLENGE_AGAIN).await;
        let game = challenge.value("match");
        if game.is_empty() {
            return tokio::time::sleep(CHALLENGE_AGAIN).await;
        }
        self.ask(1, "accept", &[("match", &game)], AGAIN).await;
        let mut left: [Option<u64>; 2] = [None, None];
        let mut way = Duration::ZERO;
        for (played, text) in MOVES.into_iter().enumerate() {
            let (seat, told) = (played % 2, Instant::now());
            let thinks = rand::rng().random_range(THINKS);
            let decided = told + Duration::from_millis(thinks);
            self.think(decided).await;
            let decided = Instant::now().min(decided + Duration::from_millis(5));
            let used = self.used(told, decided);
            let expect = played.to_string();
            let fields = [
                ("match", game.as_str()),
                ("move", text),
                ("expect", &expect),
            ];
            let moved = self.ask(seat, "move", &fields, AGAIN).await;
            let used = used + way + moved.way;
            let shown = self.ask(seat, "show", &[("match", &game)], AGAIN).await;
            way = moved.way + shown.way;
            let moves = shown.values("moves");
            let clocks = shown.values("clocks");
            let now: Option<u64> = clocks.get(seat).and_then(|left| left.parse().ok());
            let mut tally = self.shared.tally();
            let met = tally.met(told, Instant::now());
            let count = tally.counts.entry(met).or_default();
            count.moves += 1;
            let wanted = &MOVES[..=played];
            if moves.len() < wanted.len() {
                count.missing += wanted.len() - moves.len();
                eprintln!(
                    "{game}: {} of {} moves are there",
                    moves.len(),
                    wanted.len()
                );
                return;
            }
            if moves != wanted {
                count.twice += 1;
                eprintln!("{game}: {moves:?} instead of {wanted:?}");
                return;
            }
            if let (Some(before), Some(now)) = (left[seat], now) {
                let charged = Duration::from_millis(before.saturating_sub(now));
                let over = charged.saturating_sub(used);
                if over > PROMISED {
                    eprintln!("{game} move {played}: charged {charged:?}, used {used:?} ({met:?})");
                }
                count.charged.push(over);
            }
            left[seat] = now;
        }
    }

    /// What of this stretch was the player's own.
    fn used(&self, from: Instant, to: Instant) -> Duration {
        let tally = self.shared.tally();
        let mut away: Vec<(Instant, Instant)> = tally.stretches().take(8).collect();
        away.extend(self.cut.iter().rev().take(8));
        away.sort_unstable();
        let (mut sum, mut reached) = (to - from, from);
        for (begin, end) in away {
            let (begin, end) = (begin.max(reached), end.min(to));
            if begin < end {
                sum = sum.saturating_sub(end - begin);
                reached = end;
            }
        }
        sum
    }

    /// Thinks until then; a connection that breaks meanwhile is made again at once.
    async fn think(&mut self, until: Instant) {
        loop {
            let [first, second] = &mut self.wires;
            let (Some(first), Some(second)) = (first, second) else {
                self.log_in().await;
                continue;
            };
            let broken = tokio::select! {
                () = tokio::time::sleep_until(until.into()) => return,
                heard = first.stanza() => heard.is_err().then_some(0),
                heard = second.stanza() => heard.is_err().then_some(1),
            };
            if let Some(seat) = broken {
                self.wires[seat] = None;
            }
        }
    }

    /// Logs in whoever has no connection.
    async fn log_in(&mut self) {
        let since = Instant::now();
        while let Some(seat) = self.wires.iter().position(Option::is_none) {
            let name = account(self.pair, seat);
            let login = Wire::login(&self.server, &name, PASSWORD);
            match tokio::time::timeout(Duration::from_secs(5), login).await {
                Ok(Ok(wire)) => self.wires[seat] = Some(wire),
                _ => tokio::time::sleep(AGAIN).await,
            }
        }
        self.cut.push((since, Instant::now()));
    }

    /// Asks until there is an answer that is none of "not now".
    async fn ask(
        &mut self,
        seat: usize,
        node: &str,
        fields: &[(&str, &str)],
        again: Duration,
    ) -> Said {
        let (begun, cuts, first) = (Instant::now(), self.cut.len(), self.ids + 1);
        let mut patience = again;
        loop {
            let asked = Instant::now();
            let tried = self.try_to_ask(seat, node, fields, patience, first);
            match tried.await {
                Ok(Some(text)) => {
                    let now = Instant::now();
                    let mut tally = self.shared.tally();
                    tally.answered(asked, now);
                    let hurt = tally.met(begun, now).is_some() || self.cut.len() > cuts;
                    let way = if hurt { Duration::ZERO } else { now - begun };
                    return Said { text, way };
                }
                // Silence: a server that is slow or throttles is not to be asked ever faster.
                Ok(None) if asked.elapsed() >= patience => patience = (2 * patience).min(SLOWEST),
                // Somebody said no: so they can be asked.
                Ok(None) => patience = again,
                Err(_) => {
                    self.wires[seat] = None;
                    self.log_in().await;
                }
            }
        }
    }

    async fn try_to_ask(
        &mut self,
        seat: usize,
        node: &str,
        fields: &[(&str, &str)],
        again: Duration,
        first: u64,
    ) -> io::Result<Option<String>> {
        self.ids += 1;
        let id = format!("{node}{}", self.ids);
        let fields: String = fields
            .iter()
            .map(|(name, value)| format!("<field var='{name}'><value>{value}</value></field>"))
            .collect();
        let text = format!(
            "<iq type='set' to='{REFEREE}' id='{id}'><command xmlns='http://jabber.org/protocol/commands' node='{node}' \
             action='execute'><x xmlns='jabber:x:data' type='submit'>{fields}</x></command></iq>"
        );
        let Some(wire) = &mut self.wires[seat] else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        wire.send(&text).await?;
        let deadline = tokio::time::Instant::now() + again;
        loop {
            let stanza = match tokio::time::timeout_at(deadline, wire.stanza()).await {
                Ok(stanza) => stanza?,
                Err(_) => return Ok(None),
            };
            let number = attribute(&stanza, "<iq", "id").and_then(|id| id.strip_prefix(node));
            let number = number.and_then(|number| number.parse().ok());
            // The answer to an earlier try is as good.
            let ours = number.is_some_and(|number: u64| (first..=self.ids).contains(&number));
            match attribute(&stanza, "<iq", "type") {
                Some("result") if ours => return Ok(Some(stanza)),
                _ if ours => {
                    tokio::time::sleep(AGAIN / 2).await;
                    return Ok(None);
                }
                _ => {}
            }
        }
    }
}
