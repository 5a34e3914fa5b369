//! A seed makes players, faults and time; the checks make sure that none of it shows.
//!
//! The engine and the command host are the real ones, on the memory twins of the store. Begin with [`run`]; `machine` is
//! what can die, `crowd` who plays, `faults` what goes wrong, `batch` what must hold after each batch and `home` at the end.
//! `mirror` is the record as an auditor reads it; `cases`, `clans`, `clocks`, `absence`, `leaks` and `post` are some of the things that must hold.

mod absence;
mod batch;
mod cases;
mod clans;
mod clocks;
mod crowd;
mod faults;
mod home;
mod leaks;
mod luck;
mod machine;
mod mirror;
mod post;
mod tally;

use std::collections::{BTreeMap, BTreeSet};

use xmpp_referee::commands::{Call, News};
use xmpp_referee::engine::{Act, Inbound};
use xmpp_referee::kit::{Span, Timestamp};

use cases::RITA;
use clocks::Outages;
use crowd::{Player, Want, crowd};
use luck::Luck;
use machine::{ADMIN, DOMAIN, Machine, Now};
use mirror::Mirror;
use post::Post;
pub use tally::Tally;

/// Stretches of play before everybody goes home.
const STEPS: usize = 70;
/// 2026-01-01 12:00 UTC.
const NOON: Timestamp = Timestamp(1_767_268_800_000);
/// How long somebody waits for an answer before asking again.
const PATIENCE: Span = Span::seconds(4);
/// More wake-ups than this in one stretch mean that something wakes for ever.
const MAX_WAKES: usize = 20_000;
/// A process that is idle while clocks run still gives a sign of life this often.
const BEAT_MS: i64 = 50;

/// A request on its way.
struct Due {
    at: Timestamp,
    req: String,
    /// Nobody for what the door itself has to tell.
    from: Option<usize>,
    want: Errand,
}

#[derive(Clone)]
enum Errand {
    Wish(Want),
    News(News),
}

struct Sim {
    luck: Luck,
    now: Timestamp,
    clock: Now,
    machine: Machine,
    players: Vec<Player>,
    /// What each player waits for an answer to, and since when.
    waiting: Vec<Option<(Want, Timestamp)>>,
    due: Vec<Due>,
    /// Requests in the process, by ticket.
    open: BTreeMap<u64, Due>,
    tickets: u64,
    refused: BTreeSet<String>,
    mirror: Mirror,
    post: Post,
    outages: Outages,
    /// Since when the connection is gone.
    cut: Option<Timestamp>,
    /// Whether effects wait until the door knows what stands.
    shut: bool,
    /// Whether the process was there all the time, and the connection was not.
    was_cut: bool,
    /// Since when the disk refuses.
    stalled: Option<Timestamp>,
    /// Faults strike.
    rough: bool,
    /// Who is not there.
    away: BTreeSet<usize>,
    tally: Tally,
}

/// Plays one seed through. The error names what did not hold.
pub fn run(seed: u64) -> Result<Tally, String> {
    let clock = Now::new(NOON);
    let players = crowd();
    let mut sim = Sim {
        luck: Luck::new(seed),
        now: NOON,
        machine: Machine::new(seed, clock.clone()),
        clock,
        waiting: players.iter().map(|_| None).collect(),
        players,
        due: Vec::new(),
        open: BTreeMap::new(),
        tickets: 0,
        refused: BTreeSet::new(),
        mirror: Mirror::new(),
        post: Post::default(),
        outages: Outages::default(),
        cut: Some(NOON),
        shut: false,
        was_cut: false,
        stalled: None,
        rough: false,
        away: BTreeSet::new(),
        tally: Tally::default(),
    };
    sim.open_doors()?;
    sim.rough = true;
    for step in 0..STEPS {
        sim.step()
            .map_err(|why| format!("step {step}, {}: {why}", sim.now))?;
    }
    sim.rough = false;
    sim.go_home()
        .map_err(|why| format!("at the end, {}: {why}", sim.now))?;
    sim.tally.add(&sim.mirror.cases.tally);
    sim.tally.add(&sim.mirror.clans);
    let (cards, choices) = &sim.mirror.secrets.looked;
    sim.tally.hits(tally::CARDS, cards.get());
    sim.tally.hits(tally::CHOICES, choices.get());
    Ok(sim.tally)
}

impl Sim {
    /// Everybody says who they are, and the rooms and feeds of the house are made.
    fn open_doors(&mut self) -> Result<(), String> {
        self.machine.start()?;
        let up = self.up(false);
        self.turn(vec![up, Inbound::Open])?;
        for player in 0..self.players.len() {
            let mode = if self.players[player].bot {
                "on"
            } else {
                "off"
            };
            let want = Want::Command {
                node: "bot",
                fields: vec![("mode", mode.to_owned())],
                records: false,
            };
            self.send(Some(player), Errand::Wish(want), Span::ZERO);
        }
        let admin = (self.players.iter()).position(|player| player.bare == ADMIN);
        let appoint = Want::Command {
            node: "admin-referee",
            fields: vec![("who", RITA.to_owned())],
            records: false,
        };
        self.send(admin, Errand::Wish(appoint), Span::ZERO);
        let lobby = News::LobbyReady("lobby@conference.example.org".to_owned());
        let news = News::NewsReady(format!("{DOMAIN}/events"));
        self.send(None, Errand::News(lobby), Span::ZERO);
        self.send(None, Errand::News(news), Span::ZERO);
        self.serve_due()
    }

    fn send(&mut self, from: Option<usize>, want: Errand, delay: Span) {
        self.tickets += 1;
        let req = format!("q{}", self.tickets);
        let at = self.now + delay;
        self.due.push(Due {
            at,
            req,
            from,
            want,
        });
    }

    fn step(&mut self) -> Result<(), String> {
        self.pass_time()?;
        if !self.machine.lives() {
            return self.restart();
        }
        if self.cut.is_some() {
            return self.reconnect();
        }
        if self.shut && self.luck.percent(50) {
            self.shut = false;
            self.turn(vec![Inbound::Open])?;
            if !self.machine.lives() {
                return Ok(());
            }
        }
        self.wishes();
        self.trouble_the_disk();
        self.trouble_the_players();
        match self.luck.below(100) {
            0..=5 => self.die(),
            6..=9 => self.lose_connection(),
            13..=15 => self.stand_still(),
            10..=12 => {
                // The process has nothing to do and brings its views up to date.
                self.machine.engine().checkpoint();
                self.serve_due()
            }
            _ => self.serve_due(),
        }
    }

    /// Time passes, mostly a little. While the process lives it wakes when it has to.
    fn pass_time(&mut self) -> Result<(), String> {
        let long = match self.luck.below(100) {
            0..=69 => self.luck.millis(1500),
            70..=91 => self.luck.millis(9000),
            92..=97 => self.luck.millis(70_000),
            _ => {
                self.tally.hit("clock jumped");
                self.now = self.now + Span::hours(1);
                if self.machine.lives() {
                    // A process that was only idle has given signs of life all the while.
                    self.machine.engine().beat(self.now);
                }
                0
            }
        };
        let until = self.now + Span(long);
        if self.machine.lives() {
            self.wake_until(until)?;
            let beat = Timestamp(until.0 - self.luck.millis(BEAT_MS));
            self.now = self.now.max(beat);
            self.turn(Vec::new())?;
        }
        self.now = self.now.max(until);
        Ok(())
    }

    fn wake_until(&mut self, until: Timestamp) -> Result<(), String> {
        for _ in 0..MAX_WAKES {
            match self.machine.engine().next_wake() {
                Some(wake) if wake <= until => {
                    self.now = self.now.max(wake);
                    self.turn(Vec::new())?;
                }
                _ => return Ok(()),
            }
        }
        Err("something wakes for ever".to_owned())
    }

    /// Players who have an answer, or gave up waiting for one, ask for something.
    fn wishes(&mut self) {
        for player in 0..self.players.len() {
            if self.away.contains(&player) || !self.luck.percent(60) {
                continue;
            }
            let again = match self.waiting[player].take() {
                Some((want, since)) if self.now - since < PATIENCE => {
                    self.waiting[player] = Some((want, since));
                    continue;
                }
                // What was typed by hand is not typed twice.
                Some((Want::Line { .. }, _)) | None => None,
                Some((want, _)) => Some(want),
            };
            let want = again.or_else(|| {
                let world = self.machine.engine().desk().world();
                self.players[player].next(&mut self.luck, world, &self.players)
            });
            let Some(want) = want else { continue };
            self.waiting[player] = Some((want.clone(), self.now));
            self.post_wish(player, want);
        }
    }

    fn post_wish(&mut self, player: usize, want: Want) {
        match self.luck.below(100) {
            0..=4 => self.tally.hit("request lost"),
            5..=9 => {
                self.tally.hit("request late");
                let delay = Span(self.luck.millis(30_000));
                self.send(Some(player), Errand::Wish(want), delay);
            }
            10..=15 => {
                self.tally.hit("request twice");
                let delay = Span(self.luck.millis(3000));
                self.send(Some(player), Errand::Wish(want.clone()), Span::ZERO);
                self.send(Some(player), Errand::Wish(want), delay);
            }
            _ => self.send(Some(player), Errand::Wish(want), Span::ZERO),
        }
    }

    /// One batch of everything that has come in.
    fn serve_due(&mut self) -> Result<(), String> {
        self.serve_after(Vec::new())
    }

    /// The same, after something that the door has to tell first.
    fn serve_after(&mut self, mut inbound: Vec<Inbound<Call>>) -> Result<(), String> {
        let now = self.now;
        let (ready, later) = std::mem::take(&mut self.due)
            .into_iter()
            .partition(|due| due.at <= now);
        self.due = later;
        let ready: Vec<Due> = ready;
        if !self.post.in_flight.is_empty() && !self.luck.percent(15) {
            // The ping went out after some of them, or after all.
            let sent = self.post.in_flight.len();
            let covered = if self.luck.percent(50) {
                sent
            } else {
                1 + self.luck.below(sent)
            };
            let acts = self.post.confirm(covered);
            acts.into_iter().for_each(|act| self.act(act));
            inbound.push(Inbound::Confirmed(covered));
        }
        for due in ready {
            self.tickets += 1;
            let call = match &due.want {
                Errand::News(news) => Call::News(news.clone()),
                Errand::Wish(want) => self.players[due.from.unwrap_or(0)].call(want, &due.req),
            };
            inbound.push(Inbound::Call(self.tickets, now, call));
            self.open.insert(self.tickets, due);
        }
        self.turn(inbound)
    }

    /// The server has got this, and the door does its part.
    fn act(&mut self, act: Act) {
        let news = match act {
            Act::OpenRoom { game, .. } => {
                News::RoomReady(game, format!("{game}-x@conference.example.org"))
            }
            Act::OpenFeed { game } => News::FeedReady(game, format!("{DOMAIN}/match/{game}")),
            _ => return,
        };
        let delay = Span(self.luck.millis(2000));
        self.send(None, Errand::News(news), delay);
    }
}
