//! The server with its players: one connection to the referee at a time, and all bots on it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use minidom::Element;
use tokio::time::timeout_at;

use crate::bot::{Bot, Pending, Request};
use crate::clocks::Lateness;
use crate::ledger::Ledger;
use crate::line::{Line, parse, value, values};
use crate::process::{Home, PATIENCE, Referee};
use crate::support::wire::{DOMAIN, WireServer};

/// Somebody who only asks.
const VISITOR: &str = "visitor@x.example";
const COMMANDS: &str = "http://jabber.org/protocol/commands";

/// See the file's head.
pub struct Table {
    /// The players.
    pub bots: Vec<Bot>,
    /// What they know.
    pub ledger: Ledger,
    /// Whether the server answers pings, and so confirms what it got.
    pub pongs: bool,
    /// Requests that were put off with `wait`.
    pub put_off: usize,
    line: Option<Line>,
    waiting: BTreeMap<String, usize>,
    answer: Option<(String, Option<Element>)>,
    lateness: Lateness,
    ids: u64,
}

impl Table {
    /// A table with these players.
    pub fn new(bots: Vec<Bot>) -> Table {
        Table {
            bots,
            ledger: Ledger::default(),
            pongs: true,
            put_off: 0,
            line: None,
            waiting: BTreeMap::new(),
            answer: None,
            lateness: Lateness::watch(),
            ids: 0,
        }
    }

    /// Starts a referee and plays on from there: it is ready, and everybody has logged in.
    pub async fn start(&mut self, home: &Home) -> Referee {
        let server = WireServer::start().await;
        let mut referee = home.start(&server.address());
        self.connect(&server, &mut referee).await;
        referee
    }

    /// Takes the referee's connection and waits until it is ready. May be given up at any time.
    pub async fn connect(&mut self, server: &WireServer, referee: &mut Referee) {
        let mut peer = server.accept().await;
        self.ledger.clocks.connected();
        self.ledger.mail.begin_run();
        assert!(peer.handshake_is_right().await);
        peer.send("<handshake/>").await;
        self.line = Some(Line::new(peer.into_socket()));
        self.pongs = true;
        let deadline = Instant::now() + PATIENCE;
        while !referee.log().contains("referee ready") {
            assert!(
                Instant::now() < deadline,
                "it is not ready: {}",
                referee.log()
            );
            self.serve(Instant::now() + Duration::from_millis(5)).await;
        }
        // A program may ask more than a person.
        self.ask("bot", &[("mode", "on")])
            .await
            .expect("the first answer");
        self.ledger.clocks.ready();
        self.bots.iter_mut().for_each(Bot::log_in);
    }

    /// Plays until then; false when the referee has closed the connection before.
    pub async fn play(&mut self, until: Instant) -> bool {
        loop {
            self.ask_what_is_due().await;
            let wakes = self.bots.iter().filter_map(Bot::wakes);
            let wake = wakes.chain([until]).min().unwrap_or(until).min(until);
            if !self.serve(wake).await {
                return false;
            }
            if Instant::now() >= until {
                return true;
            }
        }
    }

    /// Plays until something is so; panics when it takes too long.
    pub async fn play_until(&mut self, what: &str, mut so: impl FnMut(&Table) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !so(self) {
            let open = || {
                self.bots
                    .iter()
                    .flat_map(|bot| &bot.active)
                    .collect::<Vec<_>>()
            };
            assert!(
                Instant::now() < deadline,
                "waited in vain until {what}; under way: {:?}",
                open()
            );
            assert!(
                self.play(Instant::now() + Duration::from_millis(10)).await,
                "the referee is gone"
            );
        }
    }

    /// Kills it, and takes what it had said before its death.
    pub async fn kill(&mut self, referee: &mut Referee) {
        let out = self.bots.iter().filter_map(|bot| bot.pending.as_ref());
        let unanswered = out
            .map(|pending| pending.sent.elapsed())
            .max()
            .unwrap_or_default();
        self.ledger.clocks.dying(self.lateness.worst() + unanswered);
        referee.kill();
        self.ledger.clocks.dead();
        self.pongs = false;
        while self.serve(Instant::now() + PATIENCE).await {}
        self.line = None;
    }

    /// Stops the whole process for so long; what the players say meanwhile waits for it.
    pub async fn freeze(&mut self, referee: &mut Referee, time: Duration) {
        let out = self.bots.iter().filter_map(|bot| bot.pending.as_ref());
        let unanswered = out.map(|pending| pending.sent.elapsed()).max();
        let late = self.lateness.worst() + unanswered.unwrap_or_default();
        self.ledger.clocks.dying(late);
        referee.signal("-STOP");
        self.ledger.clocks.dead();
        self.ask_what_is_due().await;
        tokio::time::sleep(time).await;
        self.ledger.clocks.connected();
        referee.signal("-CONT");
        self.ask("bot", &[("mode", "on")])
            .await
            .expect("an answer after it");
        self.ledger.clocks.ready();
    }

    /// Kills a referee whose start was given up.
    pub fn cut(&mut self, referee: &mut Referee) {
        referee.kill();
        self.ledger.clocks.dead();
        self.line = None;
    }

    /// Tells it to end, and takes everything that it says; gives the exit status.
    pub async fn terminate(&mut self, referee: &mut Referee) -> Option<i32> {
        self.ledger.clocks.dying(self.lateness.worst());
        referee.terminate();
        let deadline = Instant::now() + PATIENCE;
        while self
            .serve(Instant::now() + Duration::from_millis(100))
            .await
        {
            assert!(
                Instant::now() < deadline,
                "it does not end: {}",
                referee.log()
            );
        }
        self.line = None;
        let status = referee.end();
        self.ledger.clocks.dead();
        status
    }

    /// Lets everybody finish what is under way, and checks that it can be finished.
    pub async fn finish(&mut self) {
        self.bots.iter_mut().for_each(Bot::hurry);
        self.play_until("every match is over", |table| {
            table
                .bots
                .iter()
                .all(|bot| bot.is_idle() && bot.active.is_empty())
        })
        .await;
        for game in self.ledger.games.clone() {
            let form = self.ask_patiently("show", &[("match", &game)]).await;
            let state = value(&form, "state");
            assert_eq!(
                state,
                "over",
                "{game} is stuck: {}",
                values(&form, "text").join("\n")
            );
        }
    }

    /// Compares every record with what the players know, and has `referee verify` check it. Gives the records' files.
    pub async fn audit(&mut self, home: &Home) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for game in self.ledger.games.clone() {
            let mut record = Vec::new();
            loop {
                let from = record.len().to_string();
                let fields = [("match", game.as_str()), ("from", from.as_str())];
                let form = self.ask_patiently("record", &fields).await;
                record.extend(values(&form, "record"));
                if value(&form, "next").is_empty() {
                    break;
                }
            }
            self.ledger.compare(&game, &record);
            let file = home.data().with_file_name(format!("{game}.record"));
            std::fs::write(&file, record.join("\n") + "\n").unwrap();
            files.push(file);
        }
        let (sound, said) = home.verify(files.iter().map(PathBuf::as_path));
        assert!(sound, "{said}");
        files
    }

    /// Asks as a visitor; none when the answer is an error.
    pub async fn ask(&mut self, node: &str, fields: &[(&str, &str)]) -> Option<Element> {
        self.ids += 1;
        let id = format!("v{}", self.ids);
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        self.send_command(&id, VISITOR, node, &fields).await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some((_, form)) = self.answer.take_if(|(answered, _)| *answered == id) {
                return form;
            }
            assert!(Instant::now() < deadline, "no answer to {node}");
            assert!(self.serve_one(deadline).await, "the referee is gone");
        }
    }

    /// The same, again and again while it is refused: long answers cost more than one request.
    async fn ask_patiently(&mut self, node: &str, fields: &[(&str, &str)]) -> Element {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(form) = self.ask(node, fields).await {
                return form;
            }
            assert!(Instant::now() < deadline, "{node} is refused for ever");
            let pause = Instant::now() + Duration::from_millis(100);
            while Instant::now() < pause {
                assert!(self.serve_one(pause).await, "the referee is gone");
            }
        }
    }

    async fn ask_what_is_due(&mut self) {
        for i in 0..self.bots.len() {
            let Some(request) = self.bots[i].next() else {
                continue;
            };
            self.ids += 1;
            let (id, jid) = (format!("q{}", self.ids), self.bots[i].jid.clone());
            let (node, fields) = request.form(&self.bots[i]);
            let mut first = true;
            if let Request::Move(game, _, expect) = &request {
                first = self.ledger.first_time(game, &jid, *expect);
                self.ledger.clocks.sent(game, *expect);
            }
            let (sent, confirmed) = (Instant::now(), self.ledger.mail.confirmed());
            self.bots[i].pending = Some(Pending {
                request,
                id: id.clone(),
                sent,
                confirmed,
                first,
            });
            self.waiting.insert(id.clone(), i);
            self.send_command(&id, &jid, node, &fields).await;
        }
    }

    async fn send_command(&mut self, id: &str, jid: &str, node: &str, fields: &[(&str, String)]) {
        let fields: String = fields
            .iter()
            .map(|(name, value)| format!("<field var='{name}'><value>{value}</value></field>"))
            .collect();
        let text = format!(
            "<iq type='set' id='{id}' from='{jid}/1' to='{DOMAIN}'><command xmlns='{COMMANDS}' node='{node}'>\
             <x xmlns='jabber:x:data' type='submit'>{fields}</x></command></iq>"
        );
        self.line.as_mut().expect("a connection").send(&text).await;
    }

    /// Takes what comes until then; false once the referee is gone.
    async fn serve(&mut self, until: Instant) -> bool {
        while Instant::now() < until {
            if !self.serve_one(until).await {
                return false;
            }
            let now = Instant::now();
            if self
                .bots
                .iter()
                .filter_map(Bot::wakes)
                .any(|wake| wake <= now)
            {
                return true;
            }
        }
        true
    }

    async fn serve_one(&mut self, until: Instant) -> bool {
        let line = self.line.as_mut().expect("a connection");
        match timeout_at(until.into(), line.next()).await {
            Ok(Some(stanza)) => self.take(&stanza).await,
            Ok(None) => return false,
            Err(_) => {}
        }
        true
    }

    async fn take(&mut self, text: &str) {
        if text.starts_with("</stream") {
            return;
        }
        let stanza = parse(text);
        match (stanza.name(), stanza.attr("type").unwrap_or_default()) {
            ("iq", "get" | "set") => self.asked(&stanza, text).await,
            ("iq", kind) => self.answered(&stanza, kind),
            ("message", _) => {
                self.ledger.mail.take(&stanza, text);
                let event = stanza.get_child("event", "urn:x-referee:event:0");
                let Some(event) = event else { return };
                let (game, kind) = (event.attr("match").unwrap(), event.attr("kind").unwrap());
                let bot = self
                    .bots
                    .iter_mut()
                    .find(|bot| Some(bot.jid.as_str()) == stanza.attr("to"));
                bot.expect("a message to nobody").hint(game, kind);
            }
            _ => {}
        }
    }

    /// The server has neither rooms nor feeds; it answers its component's pings when it wants to.
    async fn asked(&mut self, stanza: &Element, text: &str) {
        let line = self.line.as_mut().expect("a connection");
        if stanza.attr("to") == Some(DOMAIN) {
            self.ledger.mail.pinged();
            if self.pongs {
                line.send(text).await;
                self.ledger.mail.confirm();
            }
            return;
        }
        let attr = |name| stanza.attr(name).unwrap_or_default();
        let error = format!(
            "<iq type='error' id='{}' from='{}' to='{}'><error type='cancel'>\
             <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
            attr("id"),
            attr("to"),
            attr("from")
        );
        line.send(&error).await;
    }

    fn answered(&mut self, stanza: &Element, kind: &str) {
        let id = stanza.attr("id").unwrap_or_default();
        let command = stanza.get_child("command", COMMANDS);
        let form = command.and_then(|command| command.get_child("x", "jabber:x:data"));
        let Some(i) = self.waiting.remove(id) else {
            self.answer = Some((id.to_owned(), form.cloned()));
            return;
        };
        // A bot that has logged in again asks under another id.
        let Some(pending) = self.bots[i].pending.take_if(|pending| pending.id == id) else {
            return;
        };
        if kind == "error" {
            let error = stanza
                .get_child("error", "jabber:component:accept")
                .expect("an error");
            let is = |name| {
                error
                    .get_child(name, "urn:ietf:params:xml:ns:xmpp-stanzas")
                    .is_some()
            };
            assert!(
                error.attr("type") == Some("wait") && is("resource-constraint"),
                "{}",
                String::from(stanza)
            );
            self.put_off += 1;
            self.bots[i].put_off(&pending, &mut self.ledger);
            return;
        }
        let form = form.unwrap_or_else(|| panic!("{}", String::from(stanza)));
        let written = pending.first
            && matches!(pending.request, Request::Move(..))
            && value(form, "code").is_empty();
        if written {
            self.ledger.mail.settle(pending.confirmed);
        }
        self.bots[i].answered(&pending, form, &mut self.ledger);
    }
}
