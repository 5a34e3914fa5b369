//! One bot: a state machine that asks one thing at a time, as a real bot would, and starts over from `my` after a break.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use minidom::Element;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::ledger::Ledger;
use crate::line::{value, values};

/// What a bot asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// To be marked as a program.
    Bot,
    /// What waits for it.
    My,
    /// A match.
    Show(String),
    /// To play against its partner.
    Challenge,
    /// To take up a challenge.
    Accept(String),
    /// A move: the match, the text, and how many moves were made before.
    Move(String, String, usize),
    /// A legal move with a wrong count, which must be refused.
    Probe(String, String, usize),
    /// To end a match that goes on for long.
    Resign(String),
}

impl Request {
    /// The command's node and its fields.
    pub fn form(&self, bot: &Bot) -> (&'static str, Vec<(&'static str, String)>) {
        let of = |game: &String| ("match", game.clone());
        match self {
            Request::Bot => ("bot", vec![("mode", "on".to_owned())]),
            Request::My => ("my", vec![]),
            Request::Show(game) => ("show", vec![of(game)]),
            Request::Accept(game) => ("accept", vec![of(game)]),
            Request::Resign(game) => ("resign", vec![of(game)]),
            Request::Move(game, text, expect) | Request::Probe(game, text, expect) => (
                "move",
                vec![
                    of(game),
                    ("move", text.clone()),
                    ("expect", expect.to_string()),
                ],
            ),
            Request::Challenge => (
                "challenge",
                vec![
                    ("opponent", bot.partner.clone()),
                    ("game", bot.game.to_owned()),
                    ("clock", bot.clock.to_owned()),
                    ("room", "0".to_owned()),
                ],
            ),
        }
    }
}

/// A request that is out.
pub struct Pending {
    /// What was asked.
    pub request: Request,
    /// The stanza's id.
    pub id: String,
    /// When it was sent last.
    pub sent: Instant,
    /// How many messages were confirmed then.
    pub confirmed: usize,
    /// It was sent once only.
    pub first: bool,
}

/// What two bots play.
#[derive(Clone, Copy)]
pub struct Fixture {
    /// The game.
    pub game: &'static str,
    /// Its clock.
    pub clock: &'static str,
    /// The longest that a player thinks.
    pub thinks: Duration,
    /// Moves after which somebody resigns.
    pub limit: usize,
    /// Whether the players are marked as programs.
    pub marked: bool,
}

/// See the file's head.
pub struct Bot {
    /// Its bare JID.
    pub jid: String,
    /// The other one's.
    pub partner: String,
    /// The time on its clock at the start, if there is one.
    pub base: Option<Duration>,
    /// What is out.
    pub pending: Option<Pending>,
    /// When it has thought enough.
    pub ready_at: Instant,
    /// Whether it begins new matches.
    eager: bool,
    /// Matches that it believes to be under way.
    pub active: BTreeSet<String>,
    game: &'static str,
    clock: &'static str,
    fixture: Fixture,
    challenges: bool,
    marked: bool,
    todo: VecDeque<Request>,
    luck: StdRng,
}

impl Bot {
    /// Two who play each other.
    pub fn pair(fixture: Fixture, name: usize, seed: u64) -> [Bot; 2] {
        let jid = |side: &str| format!("{side}{name}@x.example");
        let base = fixture
            .clock
            .strip_suffix("+0")
            .map(|minutes| Duration::from_secs(60 * minutes.parse::<u64>().unwrap()));
        let bot = |jid: String, partner: String, challenges: bool| Bot {
            jid,
            partner,
            base,
            pending: None,
            ready_at: Instant::now(),
            eager: true,
            active: BTreeSet::new(),
            game: fixture.game,
            clock: fixture.clock,
            fixture,
            challenges,
            marked: false,
            todo: VecDeque::new(),
            luck: StdRng::seed_from_u64(seed + u64::from(challenges)),
        };
        [
            bot(jid("a"), jid("b"), true),
            bot(jid("b"), jid("a"), false),
        ]
    }

    /// The referee is back: what was out is asked again or given up, and then everything is looked at afresh.
    pub fn log_in(&mut self) {
        let lost = self.pending.take().map(|pending| pending.request);
        self.todo.clear();
        self.ready_at = Instant::now();
        self.todo
            .extend(lost.filter(|_| self.luck.random_bool(0.5)));
        if self.fixture.marked && !self.marked {
            self.todo.push_back(Request::Bot);
        }
        self.todo.push_back(Request::My);
        for game in self.active.clone() {
            self.look(&game);
        }
    }

    /// No new matches, and no long thoughts.
    pub fn hurry(&mut self) {
        self.eager = false;
        self.fixture.thinks = Duration::ZERO;
        self.fixture.limit = self.fixture.limit.min(120);
    }

    /// The next thing to ask, if it is time.
    pub fn next(&mut self) -> Option<Request> {
        if self.pending.is_some() || self.ready_at > Instant::now() {
            return None;
        }
        self.todo.pop_front()
    }

    /// Whether it has nothing to do.
    pub fn is_idle(&self) -> bool {
        self.pending.is_none() && self.todo.is_empty()
    }

    /// When it has thought enough to ask something.
    pub fn wakes(&self) -> Option<Instant> {
        (self.pending.is_none() && !self.todo.is_empty()).then_some(self.ready_at)
    }

    /// Something happened in a match.
    pub fn hint(&mut self, game: &str, kind: &str) {
        match kind {
            "challenged" => self.todo.push_back(Request::My),
            "over" => self.over(game),
            _ => self.look(game),
        }
    }

    fn look(&mut self, game: &str) {
        let request = Request::Show(game.to_owned());
        if !self.todo.contains(&request) {
            self.todo.push_back(request);
        }
    }

    fn over(&mut self, game: &str) {
        self.active.remove(game);
        self.begin();
    }

    fn begin(&mut self) {
        if self.challenges
            && self.eager
            && self.active.is_empty()
            && !self.todo.contains(&Request::Challenge)
        {
            self.todo.push_back(Request::Challenge);
        }
    }

    /// A command was carried out, or refused with a code.
    pub fn answered(&mut self, pending: &Pending, form: &Element, ledger: &mut Ledger) {
        let code = value(form, "code");
        // A match that is over is shown with its verdict, which has a code too.
        let refused = !code.is_empty() && value(form, "verdict").is_empty();
        let state = value(form, "state");
        match &pending.request {
            Request::Bot => self.marked = true,
            Request::My => self.waits(form),
            Request::Show(game) if refused => panic!("{game} cannot be shown: {code}"),
            Request::Show(game) => self.shown(game, form, ledger, pending.sent),
            Request::Challenge if refused => {}
            Request::Challenge => {
                let game = value(form, "match");
                ledger.games.insert(game.clone());
                self.active.insert(game);
            }
            Request::Accept(game) | Request::Resign(game) => self.look(game),
            Request::Probe(game, text, expect) => {
                assert!(refused, "{game}: {text} was taken as move {expect}");
                ledger.refuse(game, &self.jid, *expect, text);
            }
            Request::Move(game, text, expect) => {
                if !refused {
                    assert_eq!(bare(&value(form, "move")), bare(text), "{game}");
                    ledger.acknowledge(game, &self.jid, *expect);
                    ledger.clocks.known(game, expect + 1);
                }
                match state.as_str() {
                    "over" => self.over(game),
                    _ => self.look(game),
                }
            }
        }
    }

    /// The referee could not do it now: it has not happened.
    pub fn put_off(&mut self, pending: &Pending, ledger: &mut Ledger) {
        if let Request::Move(game, text, expect) = &pending.request
            && pending.first
        {
            ledger.forget(game, &self.jid, *expect, text);
        }
        self.ready_at = Instant::now() + Duration::from_millis(100);
        match &pending.request {
            Request::Move(game, ..) | Request::Probe(game, ..) => self.look(game),
            request => self.todo.push_back(request.clone()),
        }
    }

    fn waits(&mut self, form: &Element) {
        for row in form.children().filter(|child| child.name() == "item") {
            let game = value(row, "match");
            self.active.insert(game.clone());
            match value(row, "state").as_str() {
                "challenged" => self.todo.push_back(Request::Accept(game)),
                _ => self.look(&game),
            }
        }
        self.begin();
    }

    fn shown(&mut self, game: &str, form: &Element, ledger: &mut Ledger, asked: Instant) {
        ledger.games.insert(game.to_owned());
        let moves = values(form, "moves");
        ledger.clocks.known(game, moves.len());
        match value(form, "state").as_str() {
            "over" => return self.over(game),
            "started" => {}
            _ => return,
        }
        self.active.insert(game.to_owned());
        let seat: usize = value(form, "seat").parse().unwrap();
        ledger
            .seats
            .insert((game.to_owned(), self.jid.clone()), seat);
        let clocks = values(form, "clocks");
        if let Some(base) = self.base {
            let left: Vec<Duration> = clocks
                .iter()
                .map(|left| Duration::from_millis(left.parse().unwrap()))
                .collect();
            assert_eq!(left.len(), 2, "{game}");
            ledger.clocks.compare(game, &left, base, moves.len(), asked);
        }
        let legal = values(form, "legal");
        let is_set = |request: &Request| matches!(request, Request::Move(of, ..) | Request::Probe(of, ..) if of == game);
        if legal.is_empty() || self.todo.iter().any(is_set) {
            return;
        }
        if moves.len() >= self.fixture.limit {
            self.todo.push_back(Request::Resign(game.to_owned()));
            return;
        }
        self.choose(game, &legal, moves.len(), ledger);
    }

    fn choose(&mut self, game: &str, legal: &[String], played: usize, ledger: &mut Ledger) {
        let allowed: Vec<&String> = legal
            .iter()
            .filter(|text| !ledger.is_refused(game, &self.jid, played, text))
            .collect();
        let fresh = allowed
            .choose(&mut self.luck)
            .map_or(&legal[0], |text| text);
        let text = ledger.intend(game, &self.jid, played, fresh);
        let other = legal.iter().find(|other| **other != text);
        if let Some(other) = other.filter(|_| self.luck.random_bool(0.15)) {
            self.todo
                .push_back(Request::Probe(game.to_owned(), other.clone(), played + 1));
        }
        if !self.fixture.thinks.is_zero() {
            let most = self.fixture.thinks.as_millis() as u64;
            self.ready_at =
                Instant::now() + Duration::from_millis(self.luck.random_range(most / 10..=most));
        }
        self.todo
            .push_back(Request::Move(game.to_owned(), text, played));
    }
}

/// A move without its check and mate signs, which a retry may leave out.
pub fn bare(text: &str) -> &str {
    text.trim_end_matches(['+', '#'])
}
