//! Matches of every game, played through the engine on real files, with luck that follows from a seed.

use std::path::{Path, PathBuf};

use xmpp_referee::engine::ports::{Ports, Signer};
use xmpp_referee::engine::{Accept, Engine, record};
use xmpp_referee::games::{Setup, find};
use xmpp_referee::kit::{MatchId, PersonId, Seat, Secret, Span, Timestamp, sha256};
use xmpp_referee::matches::{Ask, ClockRule, Delay, Side, Stage, Terms, Visibility};
use xmpp_referee::store::memory::SeededEntropy;
use xmpp_referee::store::{DataFolder, Ed25519Signer};

pub const DOMAIN: &str = "referee.example.org";
const NOON: Timestamp = Timestamp(1_767_268_800_000);

/// The matches that [`play_all`] plays to their end: game, options, and the moves to make first.
pub const MATCHES: [(&str, &str, &[&str]); 5] = [
    ("chess", "", &["f3", "e5", "g4", "Qh4#"]),
    ("dice-duel", "", &[]),
    (
        "kuhn-poker",
        "hands=4",
        &["check", "check", "bet", "fold", "bet", "call"],
    ),
    ("rock-paper-scissors", "", &[]),
    ("tic-tac-toe", "", &[]),
];

/// A referee on a data folder.
pub struct Referee {
    pub engine: Engine,
    pub folder: DataFolder,
    pub now: Timestamp,
    alice: PersonId,
    bob: PersonId,
}

/// The key of the golden signed records.
pub fn golden_key() -> Ed25519Signer {
    Ed25519Signer::new(&Secret::new(sha256(&[b"golden key"]).0))
}

impl Referee {
    /// A referee of before results were signed.
    pub fn open(path: &Path) -> Referee {
        Referee::open_with(path, None)
    }

    pub fn open_with(path: &Path, key: Option<Ed25519Signer>) -> Referee {
        let (folder, ports) = DataFolder::open(path, NOON).unwrap();
        let entropy = Box::new(SeededEntropy::new(1));
        let signer = key.map(|key| Box::new(key) as Box<dyn Signer>);
        let ports = Ports {
            entropy,
            signer,
            ..ports
        };
        // An import has people without addresses.
        let accept = Accept {
            missing_people: true,
            ..Accept::default()
        };
        let mut engine = Engine::open_with(DOMAIN, ports, NOON, accept).unwrap();
        engine.begin(NOON);
        engine.link_up(false);
        engine.open_outbox();
        let alice = engine.desk().meet("alice@example.org", true).unwrap();
        let bob = engine.desk().meet("bob@example.net", true).unwrap();
        engine.commit().unwrap();
        Referee {
            engine,
            folder,
            now: NOON,
            alice,
            bob,
        }
    }

    pub fn batch<T>(&mut self, work: impl FnOnce(&mut Referee) -> T) -> T {
        self.now = self.now + Span::millis(1500);
        self.engine.begin(self.now);
        let result = work(self);
        self.engine.commit().unwrap();
        result
    }

    /// A challenge that was accepted.
    pub fn start(&mut self, game: &str, options: &str) -> MatchId {
        self.start_under("5+3", game, options)
    }

    fn start_under(&mut self, clock: &str, game: &str, options: &str) -> MatchId {
        self.start_late(clock, game, options, None)
    }

    fn start_late(
        &mut self,
        clock: &str,
        game: &str,
        options: &str,
        delay: Option<Delay>,
    ) -> MatchId {
        let spec = find(game).unwrap().spec();
        let terms = Terms {
            game: spec.id.to_owned(),
            rules: spec.version,
            setup: Setup::read(spec.options, options).unwrap(),
            clock: clock.parse::<ClockRule>().unwrap(),
            side: Side::Luck,
            rated: false,
            visibility: Visibility::Public,
            room: false,
            delay,
            spectators: None,
            law: 0,
            format: None,
        };
        let (alice, bob) = (self.alice, self.bob);
        let id = self.batch(|referee| {
            let salt = Some("rain".to_owned());
            let desk = referee.engine.desk();
            desk.create(alice, Some(bob), terms, salt, Some("q1"))
                .unwrap()
        });
        self.act(
            bob,
            id,
            Ask::Accept {
                salt: Some("sun".to_owned()),
            },
        );
        id
    }

    pub fn act(&mut self, by: PersonId, id: MatchId, ask: Ask) {
        self.batch(|referee| referee.engine.desk().act(Some(by), id, &ask, None).unwrap());
    }

    /// Makes one move: this one, or the first legal one from a place that changes with every move.
    pub fn step(&mut self, id: MatchId, text: Option<&str>) {
        self.step_after(id, text, None);
    }

    fn step_after(&mut self, id: MatchId, text: Option<&str>, lag: Option<Span>) {
        let live = self.engine.desk().world().live(id).unwrap();
        let game = &live.game;
        let seat: Seat = game.waits_for()[0];
        let by = game.seats[seat.index()];
        let list = game.table().unwrap().legal(seat).shown();
        let text = match text {
            Some(text) => text.to_owned(),
            None => list[(live.v as usize * 5 + seat.index()) % list.len()].clone(),
        };
        let expect = None;
        self.act(by, id, Ask::Play { text, expect, lag });
    }

    pub fn is_over(&mut self, id: MatchId) -> bool {
        let live = self.engine.desk().world().live(id);
        live.is_none_or(|live| live.game.stage == Stage::Over)
    }
}

/// Plays all five games to their end, begins a hand of poker that is not finished, and lets an open match wait.
pub fn play_all(path: &Path) -> Referee {
    play_all_with(path, None)
}

fn play_all_with(path: &Path, key: Option<Ed25519Signer>) -> Referee {
    let mut referee = Referee::open_with(path, key);
    for (game, options, moves) in MATCHES {
        let id = referee.start(game, options);
        let mut moves = moves.iter();
        while !referee.is_over(id) {
            referee.step(id, moves.next().copied());
        }
    }
    let id = referee.start("kuhn-poker", "");
    referee.step(id, Some("bet"));
    referee
}

/// A folder, and the lines of each finished match in it as the public may have them.
pub type Played = (tempfile::TempDir, Vec<(&'static str, Vec<String>)>);

/// A folder with all of that, no longer open.
pub fn records() -> Played {
    records_with(None)
}

/// The same matches, refereed by somebody who signs.
pub fn signed_records() -> Played {
    records_with(Some(golden_key()))
}

fn records_with(key: Option<Ed25519Signer>) -> Played {
    let folder = tempfile::tempdir().unwrap();
    drop(play_all_with(&data(&folder), key));
    let mut out = Vec::new();
    xmpp_referee::cli::export::export(&data(&folder), &Default::default(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let all = MATCHES.iter().zip(1..).map(|((game, ..), id)| {
        let mark = format!("\"s\":\"m{id}@");
        let lines = text.lines().filter(|line| line.contains(&mark));
        (*game, lines.map(str::to_owned).collect())
    });
    (folder, all.collect())
}

/// The public record of a match that somebody gave up after a few moves.
pub fn given_up(game: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut referee = Referee::open(&data(&folder));
    let id = referee.start(game, "");
    (0..3).for_each(|_| referee.step(id, None));
    let alice = referee.alice;
    referee.act(alice, id, Ask::Resign);
    let lines = referee
        .engine
        .desk()
        .record_lines(id, 0, usize::MAX)
        .unwrap();
    lines
        .iter()
        .map(|line| record::open_half(line).unwrap())
        .collect()
}

/// The public record of a match of chess under a clock: after the two first moves each is thought about so many seconds,
/// and has so much lag; then nobody moves, until a flag falls.
pub fn under_clock(clock: &str, thinks: &[i64], lag: Option<Span>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut referee = Referee::open(&data(&folder));
    let id = referee.start_under(clock, "chess", "");
    let moves = ["e4", "e5", "Nf3", "Nc6", "Bc4", "Bc5", "c3"];
    let thinks = [0, 0].iter().chain(thinks);
    for (text, think) in moves.into_iter().zip(thinks) {
        referee.now = referee.now + Span::seconds(*think);
        referee.step_after(id, Some(text), lag);
    }
    let live = referee.engine.desk().world().live(id).unwrap();
    let due = live.game.next_wake().unwrap();
    referee.now = due;
    referee.batch(|_| ());
    let lines = referee
        .engine
        .desk()
        .record_lines(id, 0, usize::MAX)
        .unwrap();
    lines
        .iter()
        .map(|line| record::open_half(line).unwrap())
        .collect()
}

pub fn data(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("data")
}

/// A folder with a match of tic-tac-toe that spectators see two moves late: three moves are played, and with `over` it was
/// given up then.
pub fn late(over: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut referee = Referee::open(&data(&folder));
    let id = referee.start_late("5+3", "tic-tac-toe", "", Some(Delay::Moves(2)));
    for text in ["a1", "b2", "c3"] {
        referee.step(id, Some(text));
    }
    if over {
        let alice = referee.alice;
        referee.act(alice, id, Ask::Resign);
    }
    folder
}
