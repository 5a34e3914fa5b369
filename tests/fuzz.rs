//! Every card with random and hostile values, typed and by form, by several people; then a crash and a restart, and the
//! record has to be sound to whoever audits it. Whatever a person sends, the referee starts again and knows the same.
//!
//! `cargo test --test fuzz` takes some seconds. `FUZZ_SEEDS=200 FUZZ_STEPS=2000` is more, `FUZZ_SEED=17` one seed again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "talk/app.rs"]
#[allow(dead_code, reason = "the talk tests use all of it")]
mod app;

use std::collections::BTreeSet;
use std::fmt::Write;

use app::{ADMIN, App};
use xmpp_referee::cli::ledger::Ledger;
use xmpp_referee::commands::{
    Action, Answer, COMMANDS, Call, Card, Chat, Field, Form, Kind, Place, Reply, StepState, Who,
    WordsFor,
};
use xmpp_referee::engine::ports::Fault;
use xmpp_referee::games::GAMES;
use xmpp_referee::kit::{MatchId, Refusal, Span};
use xmpp_referee::matches::Stage;

/// People who ask for things; the last is an admin, the one before has an address that JSON and XML find hard.
const PEOPLE: [&str; 6] = [
    "alice@example.org",
    "bob@example.org",
    "carol@far.example",
    "dave@far.example",
    "\\\"'&é@example.org",
    ADMIN,
];

/// Luck that follows from a seed (SplitMix64).
struct Luck(u64);

impl Luck {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// What breaks parsers, files and lines, and what people paste.
const HOSTILE: [&str; 24] = [
    "",
    " ",
    "-1",
    "0",
    "99999999999999999999",
    "18446744073709551615",
    "1e400",
    "NaN",
    "null",
    "\"",
    "\\",
    "\\u0000",
    "{\"pub\":{}}",
    "a=b=c",
    "|",
    "m1 m2 m3",
    "İİİİİİİİİİ",
    "ﷺ",
    "a\u{2028}b\u{85}c",
    "e\u{301}\u{301}\u{301}",
    "\u{202e}drow",
    "🏳️‍🌈",
    "yes",
    "9999-12-31 23:59",
];

const MOVES: [&str; 22] = [
    "a1", "b2", "c3", "a2", "b1", "c1", "a3", "b3", "e4", "e5", "Nf3", "d4", "rock", "paper",
    "bet", "check", "call", "fold", "roll", "bank", "hold", "O-O",
];

const TIMES: [&str; 14] = [
    "30s",
    "5m",
    "1h",
    "2d",
    "1w",
    "tomorrow",
    "2026-02-03",
    "2026-02-03 20:00",
    "18:30",
    "fri 20:00",
    "9999d",
    "2026-03-29 02:30",
    "14d",
    "0s",
];

fn clock(luck: &mut Luck) -> String {
    // Clocks that are much longer as they are written down than as they are typed; one such stopped every start.
    if luck.chance(20) {
        let long = |luck: &mut Luck| {
            let time = luck.pick(&["1439.999", "1439.998", "1439.997", "719.999"]);
            format!("{time}+{}/{time}", luck.pick(&["300", "299", "30"]))
        };
        let lag = luck.pick(&["", "lag9.999", "lag9.998"]);
        return format!("{}|{}{lag}", long(luck), long(luck));
    }
    let number = |luck: &mut Luck| {
        luck.pick(&[
            "5",
            "3",
            "0",
            "1439.999",
            "1439.998",
            "1440",
            "0.001",
            "59.999",
            "1",
            "86399.999s",
            "23.999h",
            "90s",
        ])
    };
    let control = |luck: &mut Luck| match luck.below(8) {
        0 => format!("{}+{}", number(luck), number(luck)),
        1 => format!("{}d{}", number(luck), number(luck)),
        2 => format!("{}b{}", number(luck), number(luck)),
        3 => format!("{}+99x{}", number(luck), number(luck)),
        4 => format!("{}+300/{}", number(luck), number(luck)),
        5 => format!("hg{}", number(luck)),
        6 => luck
            .pick(&["2d", "30d+60v", "none", "3h/move", "2591999.999s/move"])
            .to_owned(),
        _ => "1439.999+300/1439.999".to_owned(),
    };
    let mut text = control(luck);
    if luck.chance(30) {
        let second = match luck.chance(50) {
            true => control(luck),
            false => "1439.998+300/1439.998".to_owned(),
        };
        write!(text, "|{second}").unwrap();
    }
    if luck.chance(30) {
        write!(
            text,
            "lag{}",
            luck.pick(&["1s", "9.999", "10s", "11", "0.001"])
        )
        .unwrap();
    }
    text
}

fn formula(luck: &mut Luck) -> String {
    let one = |luck: &mut Luck| {
        luck.pick(&[
            "handle=a",
            "rated",
            "not bot",
            "games>=1",
            "rating within 5",
            "rating>=1400",
            "(bot or handle=b)",
            "domain=x.org",
            "handle=İİİİ",
            "not not rated",
        ])
    };
    let same = luck.chance(50).then(|| one(luck));
    let word = luck.pick(&[" or ", " and "]);
    let parts: Vec<&str> = (0..=luck.below(20))
        .map(|_| same.unwrap_or_else(|| one(luck)))
        .collect();
    parts.join(word)
}

fn hostile(luck: &mut Luck) -> String {
    match luck.below(10) {
        0 => luck
            .pick(&["x", "\\", "\"", "é", "🎲"])
            .repeat(1 << luck.below(12)),
        1 => {
            let some = (0..luck.below(12)).map(|_| char::from_u32(luck.next() as u32 % 0x11000));
            some.flatten().collect()
        }
        2 => clock(luck),
        3 => formula(luck),
        4 => luck.pick(&TIMES).to_owned(),
        5 => luck.pick(&MOVES).to_owned(),
        _ => luck.pick(&HOSTILE).to_owned(),
    }
}

/// A value that the field may be meant for, or something else.
fn value(luck: &mut Luck, field: &Field, last: u64) -> String {
    if luck.chance(12) {
        return hostile(luck);
    }
    let by_name = match field.name {
        "game" => {
            let games: Vec<&str> = GAMES.iter().map(|game| game.spec().id).collect();
            Some(luck.pick(&games).to_owned())
        }
        "clock" => Some(clock(luck)),
        "for" | "formula" => Some(formula(luck)),
        "move" => Some(luck.pick(&MOVES).to_owned()),
        "best" => Some(luck.pick(&["1", "3", "5", "99"]).to_owned()),
        "delay" => Some(
            luck.pick(&["30s", "86400s", "1440m", "24h", "2moves", "1 move"])
                .to_owned(),
        ),
        "confirm" | "sure" => Some("yes".to_owned()),
        "zone" => Some(
            luck.pick(&["Europe/Berlin", "UTC", "+02:00", "Mars/Base"])
                .to_owned(),
        ),
        "name" | "title" => Some(luck.pick(&["Wolves", "The İ Pack", "Cup", "x"]).to_owned()),
        "number" | "event" | "n" => Some(luck.pick(&["1", "2", "#1", "3"]).to_owned()),
        _ => None,
    };
    if let Some(value) = by_name {
        return value;
    }
    match field.kind {
        Kind::Person => luck
            .pick(&[
                "alice",
                "bob",
                "carol",
                "dave",
                "@far.example",
                "bob@example.org",
            ])
            .to_owned(),
        Kind::Match | Kind::AnyMatch => MatchId(last).to_string(),
        Kind::Clan | Kind::AnyClan => luck
            .pick(&["wolves", "lions", "ab", "red-3-army"])
            .to_owned(),
        Kind::OneOf(words) if !words.is_empty() => luck.pick(words).to_owned(),
        Kind::Flag | Kind::FlagFor(_) => luck.pick(&["1", "yes", "no", "on", "off"]).to_owned(),
        _ if luck.chance(30) => luck.pick(&TIMES).to_owned(),
        _ if luck.chance(30) => luck
            .pick(&[
                "1", "3", "10", "on", "off", "yes", "open", "wolves", "alice", "captain",
            ])
            .to_owned(),
        _ => hostile(luck),
    }
}

struct Fuzz {
    app: App,
    luck: Luck,
    last: u64,
    /// What was sent, for whoever has to find out.
    sent: Vec<String>,
    accepted: BTreeSet<&'static str>,
    /// The longest clock and formula that a match has, as they are written down.
    longest: (usize, usize),
    /// How often what was refused, and silence, to see whether the values are worth trying.
    codes: std::collections::BTreeMap<String, u64>,
}

impl Fuzz {
    fn new(seed: u64) -> Fuzz {
        let mut fuzz = Fuzz {
            app: App::new(),
            luck: Luck(seed),
            last: 0,
            sent: Vec::new(),
            accepted: BTreeSet::new(),
            longest: (0, 0),
            codes: Default::default(),
        };
        for (who, text) in [
            ("alice@example.org", "clan create wolves Wolves"),
            ("carol@far.example", "clan create lions Lions"),
            ("bob@example.org", "clan join wolves"),
            ("alice@example.org", "clan set wolves joining open"),
            ("carol@far.example", "clan set lions joining open"),
            ("dave@far.example", "challenge alice tic-tac-toe none"),
            ("alice@example.org", "accept"),
        ] {
            fuzz.chat(None, who, Place::Contact, text.to_owned());
        }
        fuzz
    }

    /// A match that goes on, most of the time.
    fn game(&mut self) -> MatchId {
        let world = self.app.engine().desk().world();
        let live = world
            .all_live()
            .filter(|live| live.game.stage != Stage::Over);
        let ids: Vec<MatchId> = live.map(|live| live.game.id).collect();
        match ids.len() {
            0 => MatchId(self.last),
            _ if self.luck.chance(15) => MatchId(self.luck.below(self.last as usize + 2) as u64),
            n => ids[self.luck.below(n)],
        }
    }

    fn chat(&mut self, card: Option<&'static Card>, who: &str, place: Place, text: String) {
        self.sent.push(format!("{who} at {place:?}: {text:?}"));
        let id = Some(format!("id{}", self.sent.len()));
        let call = Call::Chat(Chat {
            bare: who.to_owned(),
            full: format!("{who}/phone"),
            place,
            text,
            flaw: None,
            lag: None,
            id,
        });
        self.judge(card, call);
    }

    fn judge(&mut self, card: Option<&'static Card>, call: Call) {
        let before = self.app.engine().desk().world().n;
        let answer = self.app.call(call);
        let result = match &answer {
            Answer::Say { result, .. } => Some(result),
            Answer::Step(step) => match &step.state {
                StepState::Done(result) => Some(result),
                _ => None,
            },
            Answer::Sorry => panic!("a batch was lost: {}", self.sent.last().unwrap()),
            _ => None,
        };
        let refused: Option<&Refusal> =
            result.and_then(|result: &Result<Reply, Refusal>| result.as_ref().err());
        let code = match (refused, result) {
            (Some(no), _) => no.code.to_string(),
            (None, Some(_)) => "done".to_owned(),
            (None, None) => format!("{answer:?}").chars().take(20).collect(),
        };
        *self.codes.entry(code).or_default() += 1;
        if let Some(no) = refused {
            // The wall before the journal caught something: good, and a fault all the same.
            assert_ne!(no.code, "service/fault", "{}", self.sent.last().unwrap());
        }
        let world = self.app.engine().desk().world();
        if let Some(card) = card
            && world.n > before
        {
            self.accepted.insert(card.name);
        }
        self.last = world.last_match;
    }

    fn place(&mut self) -> Place {
        let tag = self.luck.pick(&["wolves", "lions"]).parse().unwrap();
        let id = self.game();
        match self.luck.below(11) {
            0 => Place::Service,
            1 | 2 => Place::Match(id),
            3 => Place::Room(id),
            4 => Place::Clan(tag),
            5 => Place::ClanRoom(tag, self.luck.chance(50)),
            6 => Place::Lobby,
            _ => Place::Contact,
        }
    }

    /// One card, with values for some of its fields.
    fn card(&mut self) {
        let luck = &mut self.luck;
        let card = COMMANDS[luck.below(COMMANDS.len())];
        let owner = card.name.starts_with("clan-") && luck.chance(50);
        let who = match card.who {
            // Else nobody would be left who is not banned.
            Who::Admin if luck.chance(70) => return,
            Who::Admin | Who::Referee => ADMIN,
            _ if owner => PEOPLE[0],
            _ => luck.pick(&PEOPLE),
        };
        let last = self.game().0;
        let luck = &mut self.luck;
        let mut values: Vec<(&Field, String)> = Vec::new();
        for field in card.fields {
            if luck.chance(if field.required { 95 } else { 45 }) {
                values.push((field, value(luck, field, last)));
            }
        }
        if luck.chance(35) {
            let place = match luck.chance(70) {
                true => Place::Service,
                false => self.place(),
            };
            let fields = values.into_iter();
            let fields: Vec<(String, Vec<String>)> = fields
                .map(|(field, value)| {
                    (
                        field.name.to_owned(),
                        value.split('\n').map(str::to_owned).collect(),
                    )
                })
                .collect();
            self.sent.push(format!(
                "{who} at {place:?} by form {}: {fields:?}",
                card.name
            ));
            let id = Some(format!("id{}", self.sent.len()));
            let call = Call::Form(Form {
                bare: who.to_owned(),
                full: format!("{who}/bot"),
                place,
                node: card.name.to_owned(),
                action: Action::Complete,
                session: None,
                fields: Some(fields),
                lag: None,
                id,
            });
            return self.judge(Some(card), call);
        }
        let mut text = card.typed();
        for (field, value) in values {
            match field.words {
                WordsFor::Named => write!(text, " {}={value}", field.name).unwrap(),
                WordsFor::Following(word) => write!(text, " {word} {value}").unwrap(),
                _ => write!(text, " {value}").unwrap(),
            }
        }
        let place = self.place();
        self.chat(Some(card), who, place, text);
    }

    /// Something that brings a match or a clan on, so that the cards meet more than beginnings.
    fn likely(&mut self) {
        let id = self.game();
        let luck = &mut self.luck;
        let who = luck.pick(&PEOPLE[..4]);
        let other = luck.pick(&["alice", "bob", "carol", "dave"]);
        let games: Vec<&str> = GAMES.iter().map(|game| game.spec().id).collect();
        let clock = match luck.chance(60) {
            true => luck.pick(&["none", "5+3", "2d", "1+0"]).to_owned(),
            false => clock(luck),
        };
        let text = match luck.below(10) {
            0 => format!("challenge {other} {} {clock}", luck.pick(&games)),
            1 => format!("open {} {clock} for {}", luck.pick(&games), formula(luck)),
            2 | 3 => format!("accept {id}"),
            4 => format!("join {id}"),
            5 => format!("clan join {}", luck.pick(&["wolves", "lions"])),
            _ => format!("move {id} {}", luck.pick(&MOVES)),
        };
        self.chat(None, who, Place::Contact, text);
    }

    /// Everything in memory goes, sometimes the views too; what comes back is the same, and an auditor finds it sound.
    fn restart(&mut self) {
        let digest = |app: &mut App| {
            let world = app.engine().desk().world();
            let matches: Vec<String> = world
                .all_live()
                .filter(|live| !live.game.is_done())
                .map(|live| {
                    format!(
                        "{} {} {} {}",
                        live.game.id,
                        live.game.stage.word(),
                        live.v,
                        live.head
                    )
                })
                .collect();
            let clans: Vec<String> = world
                .clans
                .all()
                .map(|live| format!("{} {}", live.clan.tag, live.head))
                .collect();
            (matches, clans, world.last_match, world.service.bans.len())
        };
        for live in self.app.engine().desk().world().all_live() {
            let terms = &live.game.terms;
            let formula = terms.wanted().map(|wanted| wanted.to_string());
            let formula = formula.map_or(0, |text| text.chars().count());
            self.longest.0 = self.longest.0.max(terms.clock.to_string().len());
            self.longest.1 = self.longest.1.max(formula);
        }
        let before = digest(&mut self.app);
        let resets = self.app.memory.views.resets();
        let from_nothing = self.luck.chance(30);
        if self.luck.chance(50) {
            self.app.engine().checkpoint();
        }
        self.app.crash();
        if from_nothing {
            let now = self.app.now;
            self.app.memory.restart().views.reset(now).unwrap();
        }
        self.sent.push("crash, restart".to_owned());
        self.app.restart(false).unwrap();
        let aside = self.app.engine().desk().world().aside.lines();
        assert_eq!(aside, Vec::<String>::new(), "something cannot be read");
        let rebuilt = self.app.memory.views.resets() - resets;
        assert!(
            rebuilt <= u64::from(from_nothing),
            "the views did not read back"
        );
        assert_eq!(digest(&mut self.app), before, "another state came back");
    }

    fn audit(&mut self) -> u64 {
        let mut ledger = Ledger::new();
        let mut ports = self.app.memory.ports();
        let read = ports.journal.replay(None, &mut |entry, _| {
            let taken = ledger.take(&entry.text);
            taken.map_err(|why| Fault::Fold {
                n: entry.n,
                why: format!("{why}: {}", entry.text),
            })
        });
        read.unwrap_or_else(|fault| panic!("{fault}"));
        ledger.finish().unwrap_or_else(|why| panic!("{why}"));
        assert!(ledger.aside().is_empty(), "{:?}", ledger.aside());
        ledger.records()
    }
}

/// The records of one run, the cards that changed something, and the longest clock and formula.
fn run(seed: u64, steps: usize) -> (u64, BTreeSet<&'static str>, (usize, usize)) {
    let mut fuzz = Fuzz::new(seed);
    let turned = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for step in 1..=steps {
            match fuzz.luck.below(10) {
                0..=2 => fuzz.likely(),
                _ => fuzz.card(),
            }
            let pause = match fuzz.luck.below(200) {
                0 => Span::hours(20),
                1..=9 => Span::minutes(9),
                _ => Span::millis(400),
            };
            fuzz.app.wait(pause);
            if step % 60 == 0 {
                fuzz.restart();
            }
        }
        fuzz.restart();
        fuzz.audit()
    }));
    match turned {
        Ok(records) => {
            if std::env::var_os("FUZZ_SEED").is_some() {
                println!("{:?}", fuzz.codes);
            }
            (records, fuzz.accepted, fuzz.longest)
        }
        Err(panic) => {
            let from = fuzz.sent.len().saturating_sub(12);
            eprintln!(
                "seed {seed}; the last that was sent:\n{}",
                fuzz.sent[from..].join("\n")
            );
            std::panic::resume_unwind(panic);
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().expect("a number"))
}

#[test]
fn whatever_is_sent_the_referee_starts_again() {
    let steps = usize::try_from(number("FUZZ_STEPS").unwrap_or(1200)).unwrap();
    let seeds = match number("FUZZ_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("FUZZ_SEEDS").unwrap_or(8),
    };
    let (mut records, mut accepted, mut longest) = (0, BTreeSet::new(), (0, 0));
    for seed in seeds.clone() {
        println!("seed {seed}");
        let (n, cards, (clock, formula)) = run(seed, steps);
        longest = (longest.0.max(clock), longest.1.max(formula));
        records += n;
        accepted.extend(cards);
    }
    println!(
        "{records} records; {} of {} cards changed something: {accepted:?}",
        accepted.len(),
        COMMANDS.len()
    );
    // Values of which nothing is ever accepted would try nothing.
    let runs = seeds.end - seeds.start;
    assert!(records > runs * steps as u64 / 8, "only {records} records");
    assert!(
        steps < 200 || runs < 8 || accepted.len() > 40,
        "only {accepted:?}"
    );
    // What grew between typing and writing down once stopped every start: it has to come up, near the limits.
    assert!(
        steps < 200 || runs < 8 || (longest.0 > 60 && longest.1 > 150),
        "the longest clock and formula have only {longest:?} characters"
    );
}
