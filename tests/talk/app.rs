//! The application under the talk files: one machine that can crash, and a server that can be lost.

use std::collections::{BTreeMap, VecDeque};

use xmpp_referee::clans::Configured;
use xmpp_referee::commands::{Answer, Call, Host, HostConfig, News, Sees};
use xmpp_referee::engine::{Act, Engine, Handler, Item, Sending};
use xmpp_referee::kit::{ClanTag, MatchId, Span, Timestamp};
use xmpp_referee::store::memory::Memory;

/// The component's domain.
pub const DOMAIN: &str = "referee.example.org";
/// The lobby and the node of what is going on, as the door would have made them.
pub const LOBBY: &str = "lobby@conference.example.org";
pub const NEWS: &str = "referee.example.org/events";
/// The admin of the configuration.
pub const ADMIN: &str = "admin@example.org";
/// 2026-01-01 12:00 UTC.
const NOON: Timestamp = Timestamp(1_767_268_800_000);
/// More timers in one stretch of waiting mean that something wakes for ever.
const MAX_WAKES: usize = 10_000;

/// What the server has got from us.
#[derive(Default)]
pub struct Server {
    /// Items by node, in the order of their coming; an item with a known id replaces the old one.
    pub feeds: BTreeMap<String, Vec<Item>>,
    /// Who may read the nodes of clans, by node; nobody in particular where everybody may.
    pub readers: BTreeMap<String, Vec<String>>,
}

/// One machine with the referee on it.
pub struct App {
    pub memory: Memory,
    running: Option<(Engine, Host)>,
    pub now: Timestamp,
    pub server: Server,
    /// What was sent since somebody last looked.
    pub sent: Vec<Sending>,
    /// Whether windows reach the server at all, and whether its pongs reach us.
    pub delivers: bool,
    pub confirms: bool,
    connected: bool,
    /// What the configuration says of the rules of the community.
    configured: Configured,
    news: VecDeque<News>,
    /// Whether the server makes rooms for clans; most files do without their lines.
    pub clan_rooms: bool,
}

impl App {
    pub fn new() -> App {
        let mut app = App {
            memory: Memory::new(7),
            running: None,
            now: NOON,
            server: Server::default(),
            sent: Vec::new(),
            delivers: true,
            confirms: true,
            connected: true,
            configured: Configured::default(),
            news: VecDeque::new(),
            clan_rooms: false,
        };
        app.start(false);
        app.call(Call::News(News::LobbyReady(LOBBY.to_owned())));
        app.call(Call::News(News::NewsReady(NEWS.to_owned())));
        app
    }

    fn start(&mut self, power_cut: bool) {
        let ports = if power_cut {
            self.memory.power_cut()
        } else {
            self.memory.restart()
        };
        let admins = vec![ADMIN.to_owned()];
        let mut engine = Engine::open(DOMAIN, ports, self.now).unwrap();
        engine.govern(self.configured.clone(), &admins);
        engine.begin(self.now);
        if self.connected {
            engine.link_up(false);
            engine.open_outbox();
        }
        let config = HostConfig {
            admins,
            trusted: vec!["forum@example.org".to_owned()],
            ..HostConfig::default()
        };
        self.running = Some((engine, Host::new(config)));
        self.batch(None);
    }

    /// Takes rules of the community into the configuration, as if the referee had started with them.
    pub fn configure(&mut self, rules: &[&str]) -> Result<(), String> {
        for rule in rules {
            let (name, value) = rule.split_once('=').ok_or("rules are name=value")?;
            self.configured
                .take(name, value)
                .map_err(|no| no.to_string())?;
        }
        let configured = self.configured.clone();
        self.engine().govern(configured, &[ADMIN.to_owned()]);
        Ok(())
    }

    pub fn restart(&mut self, power_cut: bool) -> Result<(), String> {
        if self.running.is_some() {
            return Err("it runs; `crash` comes first".to_owned());
        }
        self.start(power_cut);
        Ok(())
    }

    /// Everything in memory is gone; the disks stay.
    pub fn crash(&mut self) {
        self.running = None;
        self.news.clear();
    }

    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    pub fn engine(&mut self) -> &mut Engine {
        &mut self.running.as_mut().expect("the referee runs").0
    }

    pub fn link_down(&mut self) {
        self.connected = false;
        let now = self.now;
        self.engine().link_down(now);
    }

    pub fn link_up(&mut self, again: bool) {
        self.connected = true;
        let now = self.now;
        let engine = self.engine();
        engine.begin(now);
        engine.link_up(again);
        engine.open_outbox();
        self.batch(None);
    }

    /// One call in a batch of its own, and everything that follows from it.
    pub fn call(&mut self, call: Call) -> Answer {
        self.batch(Some(call)).unwrap_or(Answer::Silence)
    }

    fn batch(&mut self, call: Option<Call>) -> Option<Answer> {
        let now = self.now;
        let (engine, host) = self.running.as_mut().expect("the referee runs");
        engine.begin(now);
        let answer = call.map(|call| host.answer(engine.desk(), call));
        let written = engine.commit().is_ok();
        engine.beat(now);
        let answer = if written {
            answer
        } else {
            answer.map(|_| host.apologise())
        };
        self.deliver();
        while let Some(news) = self.news.pop_front() {
            self.call(Call::News(news));
        }
        answer
    }

    /// Plays the door: sends windows, makes rooms and feeds, confirms.
    fn deliver(&mut self) {
        while self.delivers && self.connected {
            let window = self.engine().next_window();
            if window.is_empty() {
                return;
            }
            let given = window.len();
            for sending in window {
                self.carry_out(&sending.effect.act);
                self.sent.push(sending);
            }
            if !self.confirms {
                return;
            }
            self.engine().confirmed(given);
        }
    }

    fn carry_out(&mut self, act: &Act) {
        match act {
            Act::OpenRoom { game, .. } => {
                self.news.push_back(News::RoomReady(*game, room_of(*game)))
            }
            Act::Housekeep { clan } if self.clan_rooms => self.house(*clan),
            Act::OpenFeed { game } => self.news.push_back(News::FeedReady(*game, node_of(*game))),
            Act::Publish { node, item } => self.publish(node.clone(), item),
            Act::Nodes { clan } => self.make_nodes(*clan),
            Act::Post {
                clan, sees, item, ..
            } => self.publish(clan_node(*clan, *sees), item),
            Act::Retract { clan, sees, item } => {
                let items = self.server.feeds.entry(clan_node(*clan, *sees));
                items.or_default().retain(|known| known.id != *item);
            }
            Act::CloseFeed { node } => {
                self.server.feeds.remove(node);
            }
            _ => {}
        }
    }

    /// Whether this room is being made already.
    fn makes(&self, clan: ClanTag, private: bool) -> bool {
        let same = |news: &News| matches!(news, News::HallReady(tag, which, _) if (*tag, *which) == (clan, private));
        self.news.iter().any(same)
    }

    /// What the door does for a clan: makes the rooms that it has not, and ends those of one that is no more.
    fn house(&mut self, clan: ClanTag) {
        let world = self.engine().desk().world();
        let Some(clan) = world.clans.get(clan).map(|live| &live.clan) else {
            return;
        };
        let (tag, exists) = (clan.tag, clan.is_alive());
        let rooms = [
            (true, clan.house.private.clone()),
            (false, clan.house.public.clone()),
        ];
        for (private, room) in rooms {
            match room {
                None if exists && !self.makes(tag, private) => {
                    let room = hall_of(tag, private);
                    self.news.push_back(News::HallReady(tag, private, room));
                }
                Some(room) if !exists => self.news.push_back(News::HallGone(tag, private, room)),
                _ => {}
            }
        }
    }

    fn publish(&mut self, node: String, item: &Item) {
        let items = self.server.feeds.entry(node).or_default();
        match items.iter_mut().find(|old| old.id == item.id) {
            Some(old) => *old = item.clone(),
            None => items.push(item.clone()),
        }
    }

    /// Makes and deletes the nodes of a clan, and lets in who may read them, as the door would.
    fn make_nodes(&mut self, tag: ClanTag) {
        let now = self.now;
        let nodes = self.engine().desk().world().clan_nodes(tag, true, now);
        let Some(nodes) = nodes else { return };
        for one in nodes.nodes {
            let name = clan_node(tag, one.sees);
            if !nodes.alive {
                self.server.feeds.remove(&name);
                self.server.readers.remove(&name);
                self.news.push_back(News::NodeGone(tag, one.sees));
                continue;
            }
            self.server.feeds.entry(name.clone()).or_default();
            self.server.readers.insert(name.clone(), one.readers);
            if one.node.is_none() {
                self.news.push_back(News::NodeReady(tag, one.sees, name));
            }
        }
    }

    /// Lets time pass, stopping wherever the referee wants to be woken.
    pub fn wait(&mut self, span: Span) {
        let until = self.now + span;
        for _ in 0..MAX_WAKES {
            let due = match self.running.as_ref() {
                Some((engine, _)) => engine.next_wake().filter(|due| *due <= until),
                None => None,
            };
            let Some(due) = due else {
                self.now = until;
                if self.running.is_some() {
                    self.batch(None);
                }
                return;
            };
            self.now = due.max(self.now);
            self.batch(None);
        }
        panic!("something wakes for ever at {}", self.now);
    }
}

pub fn room_of(id: MatchId) -> String {
    format!("{id}-k7f3@conference.example.org")
}

pub fn hall_of(tag: ClanTag, private: bool) -> String {
    let which = if private { "" } else { "-pub" };
    format!("clan-{tag}{which}-x2c9@conference.example.org")
}

pub fn node_of(id: MatchId) -> String {
    format!("{DOMAIN}/match/{id}")
}

pub fn clan_node(tag: ClanTag, sees: Sees) -> String {
    match sees {
        Sees::Public => format!("{DOMAIN}/clan/{tag}"),
        sees => format!("{DOMAIN}/clan/{tag}/{}", sees.word()),
    }
}
