//! What becomes durable, and what does not: batches that fail, memory that cannot be read back, people who are forgotten in
//! the middle of a crash, and files that somebody lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use xmpp_referee::clans::{
    Account, AppPassword, MAX_ACCOUNT_CHARS, MAX_ACCOUNTS, MAX_APP_PASSWORDS,
};
use xmpp_referee::clans::{MAX_IGNORED, MAX_OTHER_ADDRESSES, MAX_REMARK_CHARS, MAX_REMARKS};
use xmpp_referee::clans::{People, Remark, Seen};
use xmpp_referee::commands::{Answer, Call, Chat, Host, HostConfig, Place};
use xmpp_referee::engine::ports::{Book, Fault, PERSON_MAX, Ports};
use xmpp_referee::engine::{Accept, Clock, Engine, Inbound, Outbound, Runner, ServiceEvent};
use xmpp_referee::kit::{MatchId, PersonId, Secret, Timestamp};
use xmpp_referee::store::memory::{CommitFault, Memory};

const START: i64 = 1_700_000_000_000;
const DOMAIN: &str = "r.example";

#[derive(Clone)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(START + self.0.load(Ordering::Relaxed))
    }
}

struct Referee {
    memory: Memory,
    hand: Hand,
    runner: Runner<Host, Hand>,
}

fn host() -> Host {
    Host::new(HostConfig {
        admins: vec!["boss@a.example".to_owned()],
        ..HostConfig::default()
    })
}

fn open(memory: &Memory, ports: Ports, hand: &Hand, accept: Accept) -> Result<Referee, Fault> {
    let mut engine = Engine::open_with(DOMAIN, ports, hand.now(), accept)?;
    engine.govern(Default::default(), &["boss@a.example".to_owned()]);
    let (memory, hand) = (memory.clone(), hand.clone());
    let (handler, clock) = (host(), hand.clone());
    let runner = Runner {
        engine,
        handler,
        clock,
    };
    let mut referee = Referee {
        memory,
        hand,
        runner,
    };
    referee.link_up();
    Ok(referee)
}

impl Referee {
    fn new() -> Referee {
        let (memory, hand) = (Memory::new(1), Hand(Arc::new(AtomicI64::new(0))));
        open(&memory, memory.ports(), &hand, Accept::default()).unwrap()
    }

    /// alice and bob play chess without a clock; alice has moved, and the match is m1.
    fn with_a_match() -> Referee {
        let mut referee = Referee::new();
        for (who, line) in [
            ("bob", "hello"),
            ("alice", "challenge bob@a.example chess none white no-room"),
            ("bob", "accept"),
            ("alice", "e4"),
        ] {
            referee.say(who, line);
        }
        assert_eq!(referee.moves(), 1);
        referee
    }

    fn link_up(&mut self) {
        let (at, again) = (self.hand.now(), false);
        self.turn(vec![Inbound::LinkUp { at, again }, Inbound::Open]);
    }

    fn turn(&mut self, batch: Vec<Inbound<Call>>) -> Vec<String> {
        let mut said = Vec::new();
        self.runner.batch(batch, &mut |out| {
            let Outbound::Answers(answers) = out else {
                return;
            };
            for (_, answer) in answers {
                said.push(match answer {
                    Answer::Say {
                        result: Ok(reply), ..
                    } => reply.words.plain(),
                    Answer::Say {
                        result: Err(no), ..
                    } => no.code.to_string(),
                    Answer::Sorry => "sorry".to_owned(),
                    _ => "something else".to_owned(),
                });
            }
        });
        said
    }

    fn line(&self, who: &str, text: &str) -> Inbound<Call> {
        let chat = Chat {
            bare: format!("{who}@a.example"),
            full: format!("{who}@a.example/x"),
            place: Place::Contact,
            text: text.to_owned(),
            flaw: None,
            lag: None,
            id: None,
        };
        Inbound::Call(1, self.hand.now(), Call::Chat(chat))
    }

    fn say(&mut self, who: &str, text: &str) -> String {
        self.wait(100);
        let line = self.line(who, text);
        self.turn(vec![line]).join(" / ")
    }

    fn wait(&mut self, millis: i64) {
        self.hand.0.fetch_add(millis, Ordering::Relaxed);
    }

    fn meet(&mut self, who: &str) -> PersonId {
        let desk = self.runner.engine.desk();
        let id = desk.meet(&format!("{who}@a.example"), true).unwrap();
        self.turn(Vec::new());
        id
    }

    fn moves(&mut self) -> u32 {
        let world = self.runner.engine.desk().world();
        world.live(MatchId(1)).map_or(0, |live| live.game.plays)
    }

    fn id_of(&mut self, who: &str) -> Option<PersonId> {
        let people = &self.runner.engine.desk().world().people;
        people
            .by_jid(&format!("{who}@a.example"))
            .map(|person| person.id)
    }

    /// As after kill -9.
    fn restart(self) -> Referee {
        let ports = self.memory.restart();
        open(&self.memory, ports, &self.hand, Accept::default()).unwrap()
    }

    /// The same, and somebody removed the views.
    fn restart_without_views(self) -> Referee {
        let mut ports = self.memory.restart();
        ports.views.reset(self.hand.now()).unwrap();
        open(&self.memory, ports, &self.hand, Accept::default()).unwrap()
    }

    fn refused(self, accept: Accept) -> String {
        let ports = self.memory.restart();
        match open(&self.memory, ports, &self.hand, accept) {
            Ok(_) => panic!("it starts"),
            Err(fault) => fault.to_string(),
        }
    }
}

#[test]
fn somebody_who_uses_every_limit_fits_into_the_address_book() {
    let long = |local: char, bytes: usize| local.to_string().repeat(bytes / local.len_utf8());
    // The most bytes that one character takes: JSON writes a backslash as two.
    let jid = |n: usize| format!("{}{n}@{}", long('\\', 1022), "x".repeat(253));
    let day = jiff::civil::date(2026, 1, 2);
    let mut person = People::default()
        .introduce(PersonId(u64::MAX), &jid(0), |_| false, Timestamp(START))
        .unwrap();
    person.handle = long('𝕏', 80);
    person.zone = Some("America/Argentina/ComodRivadavia".to_owned());
    person.lang = Some("x".repeat(100));
    person.formula = Some(long('𝕏', 800));
    person.ignored_domains = (0..MAX_IGNORED)
        .map(|n| format!("{n:03}{}", "x".repeat(250)))
        .collect();
    let remark = Remark {
        at: Timestamp(START),
        by: PersonId(u64::MAX),
        text: long('𝕏', 4 * MAX_REMARK_CHARS),
    };
    person.remarks = vec![remark; MAX_REMARKS];
    let password = AppPassword {
        service: "x".repeat(20),
        hash: Secret::new("x".repeat(200)),
        made: day,
        used: Some(day),
    };
    person.app_passwords = vec![password; MAX_APP_PASSWORDS];
    let seen = Seen {
        proven: day,
        seen: day,
    };
    let others = (1..=MAX_OTHER_ADDRESSES).map(|n| (jid(n), seen));
    person.links.addresses = others.collect::<BTreeMap<_, _>>();
    let account = Account {
        kind: "website".to_owned(),
        name: long('𝕏', 4 * MAX_ACCOUNT_CHARS),
        proven: Some(day),
        by: Some(PersonId(u64::MAX)),
        public: true,
    };
    person.links.accounts = vec![account; MAX_ACCOUNTS];
    let text = serde_json::to_string(&person).unwrap();
    assert!(
        text.len() > PERSON_MAX / 2,
        "the reckoning misses something: {}",
        text.len()
    );
    assert!(text.len() < PERSON_MAX * 9 / 10, "{} bytes", text.len());
    Memory::new(1).book.put(&[(person.id, text)]).unwrap();
}

#[test]
fn an_entry_that_does_not_fit_is_refused_to_its_owner_alone() {
    let mut referee = Referee::with_a_match();
    let alice = referee.id_of("alice").unwrap();
    let desk = referee.runner.engine.desk();
    let servers = |from: usize| (from..from + 1000).map(|n| format!("{n}{}", "x".repeat(100)));
    desk.change_person(alice, |person| person.ignored_domains.extend(servers(0)))
        .unwrap();
    let no = desk
        .change_person(alice, |person| person.ignored_domains.extend(servers(1000)))
        .unwrap_err();
    assert_eq!(no.code, "profile/full");
    assert!(referee.say("bob", "e5").contains("You played e5"));
    assert_eq!(
        referee.memory.journal.hits().recoveries,
        0,
        "nobody noticed"
    );
    let mut referee = referee.restart();
    assert_eq!(referee.moves(), 2);
    let people = &referee.runner.engine.desk().world().people;
    assert_eq!(people.get(alice).unwrap().ignored_domains.len(), 1000);
}

#[test]
fn what_the_journal_does_not_take_costs_its_batch_and_no_time() {
    let mut referee = Referee::with_a_match();
    referee.memory.journal.fail_next(CommitFault::Unfit);
    assert_eq!(referee.say("bob", "e5"), "sorry");
    assert_eq!(referee.moves(), 1);
    assert!(
        referee.say("bob", "e5").contains("You played e5"),
        "at once"
    );
    assert_eq!(referee.restart_without_views().moves(), 2);
}

/// A move whose batch fails, and a disk that cannot be read back so many times.
fn tainted(recoveries: u64, fault: CommitFault) -> Referee {
    let mut referee = Referee::with_a_match();
    referee.runner.engine.checkpoint();
    referee.memory.journal.fail_next(fault);
    referee.memory.journal.fail_recoveries(recoveries);
    assert_eq!(referee.say("bob", "e5"), "sorry");
    referee
}

#[test]
fn while_memory_cannot_be_read_back_nobody_is_told_what_it_holds() {
    for fault in [CommitFault::BeforeWrite, CommitFault::AfterWrite] {
        let mut referee = tainted(3, fault);
        let (look, ask) = (referee.line("alice", "show"), referee.line("bob", "my"));
        for answer in referee.turn(vec![look, ask]) {
            assert_eq!(answer, "sorry");
        }
        assert!(referee.runner.engine.next_window().is_empty());
        // The connection may go and come meanwhile.
        let now = referee.hand.now();
        referee.turn(vec![Inbound::LinkDown(now)]);
        referee.link_up();
        assert!(referee.runner.engine.next_window().is_empty());
        // It is idle for a while, which writes the views.
        for _ in 0..4 {
            referee.wait(1000);
            referee.turn(Vec::new());
            referee.runner.engine.checkpoint();
        }
        assert!(!referee.runner.engine.is_tainted());
        assert_eq!(referee.moves(), 1, "the refused move is nowhere");
        assert!(referee.say("bob", "e5").contains("You played e5"));
        assert!(referee.say("alice", "Nf3").contains("You played Nf3"));
        assert_eq!(referee.moves(), 3);
        let mut again = referee.restart();
        assert_eq!(again.moves(), 3);
        assert_eq!(again.restart_without_views().moves(), 3);
    }
}

#[test]
fn a_refused_move_is_not_in_the_views_when_the_process_ends_meanwhile() {
    for without_views in [false, true] {
        let mut referee = tainted(u64::MAX, CommitFault::BeforeWrite);
        for _ in 0..3 {
            referee.wait(1000);
            referee.turn(Vec::new());
            referee.runner.engine.checkpoint();
        }
        assert!(referee.runner.engine.is_tainted());
        let mut again = match without_views {
            true => referee.restart_without_views(),
            false => referee.restart(),
        };
        assert_eq!(again.moves(), 1);
        assert!(again.say("bob", "c5").contains("You played c5"));
        assert_eq!(again.restart_without_views().moves(), 2);
    }
}

/// bob is banned and has a second address, which nothing but the book knows.
fn banned() -> Referee {
    let mut referee = Referee::new();
    let bob = referee.meet("bob");
    let desk = referee.runner.engine.desk();
    desk.link_address(bob, "robert@a.example").unwrap();
    referee.turn(Vec::new());
    referee.say("boss", "admin ban bob he cheats");
    referee.say("boss", "admin mute bob he shouts");
    assert!(referee.is_banned("robert"));
    referee
}

impl Referee {
    fn is_banned(&mut self, who: &str) -> bool {
        let now = self.hand.now();
        let world = self.runner.engine.desk().world();
        world.ban_of(&format!("{who}@a.example"), now).is_some()
    }

    fn forget(&mut self, who: PersonId) {
        let desk = self.runner.engine.desk();
        desk.forget_person(who, who).unwrap();
        self.turn(Vec::new());
    }

    fn in_the_book(&self) -> usize {
        self.memory.clone().book.load().unwrap().len()
    }
}

#[test]
fn a_crash_while_somebody_is_forgotten_never_loses_a_ban() {
    // Before the record is durable: nothing has happened.
    let mut referee = banned();
    let bob = referee.id_of("bob").unwrap();
    let people = referee.in_the_book();
    referee.memory.journal.fail_next(CommitFault::BeforeWrite);
    referee.memory.journal.fail_recoveries(u64::MAX);
    referee.forget(bob);
    referee.memory.journal.fail_recoveries(0);
    let mut referee = referee.restart();
    assert_eq!(
        referee.in_the_book(),
        people,
        "the profile waits for the record"
    );
    assert!(referee.is_banned("bob") && referee.is_banned("robert"));
    // Between the record and the book: the next start lets go of the rest, with views and without.
    for without_views in [false, true] {
        let mut referee = banned();
        referee.memory.book.keep_next(u64::MAX);
        referee.forget(bob);
        referee.runner.engine.checkpoint();
        assert_eq!(referee.in_the_book(), people);
        assert_eq!(
            referee.id_of("bob"),
            None,
            "nobody is told of them any more"
        );
        referee.memory.book.keep_next(0);
        let mut again = match without_views {
            true => referee.restart_without_views(),
            false => referee.restart(),
        };
        assert_eq!(again.in_the_book(), people - 1);
        assert_eq!(again.id_of("bob"), None);
        assert!(again.is_banned("bob") && again.is_banned("robert"));
        again.say("robert", "hello");
        assert_eq!(
            again.id_of("robert"),
            None,
            "who is banned does not come back as another"
        );
    }
    // A book that refuses is asked again, without anybody waiting.
    let mut referee = banned();
    referee.memory.book.keep_next(2);
    referee.forget(bob);
    assert!(referee.say("alice", "hello").len() > 9);
    for _ in 0..3 {
        referee.wait(1000);
        referee.turn(Vec::new());
    }
    assert!(
        referee
            .memory
            .book
            .load()
            .unwrap()
            .iter()
            .all(|(id, _)| *id != bob)
    );
}

#[test]
fn a_crash_while_addresses_are_linked_leaves_one_owner() {
    for (fault, linked) in [
        (CommitFault::BeforeWrite, false),
        (CommitFault::AfterWrite, true),
    ] {
        let mut referee = Referee::new();
        let (alice, ally) = (referee.meet("alice"), referee.meet("ally"));
        let desk = referee.runner.engine.desk();
        desk.link_address(alice, "ally@a.example").unwrap();
        referee.memory.journal.fail_next(fault);
        referee.memory.journal.fail_recoveries(u64::MAX);
        referee.turn(Vec::new());
        referee.memory.journal.fail_recoveries(0);
        let mut referee = referee.restart();
        let owner = if linked { alice } else { ally };
        assert_eq!(referee.id_of("ally"), Some(owner), "{fault:?}");
        let person = |id: PersonId| {
            referee
                .memory
                .clone()
                .book
                .load()
                .unwrap()
                .into_iter()
                .find(|(one, _)| *one == id)
        };
        assert_eq!(person(ally).is_some(), !linked);
        assert!(referee.say("ally", "profile").len() > 20);
        let world = referee.runner.engine.desk().world();
        let alice = world.people.get(alice).unwrap();
        assert_eq!(alice.links.addresses.len(), usize::from(linked));
        let mut again = referee.restart();
        assert_eq!(again.id_of("ally"), Some(owner));
    }
}

const SHORT: Accept = Accept {
    short_journal: true,
    missing_people: false,
};
const MISSING: Accept = Accept {
    short_journal: false,
    missing_people: true,
};

#[test]
fn a_journal_that_lacks_what_the_views_know_is_not_gone_on_with() {
    for empty in [true, false] {
        let mut referee = Referee::with_a_match();
        referee.runner.engine.checkpoint();
        let all = referee.memory.journal.len();
        let kept = if empty { 0 } else { all - 1 };
        referee.memory.journal.lose_after(kept as u64);
        assert!(referee.memory.journal.len() < all);
        let (memory, hand) = (referee.memory.clone(), referee.hand.clone());
        let said = referee.refused(MISSING);
        for word in [
            "`journal`",
            "`views`",
            "--accept-short-journal",
            &all.to_string(),
        ] {
            assert!(said.contains(word), "{word}: {said}");
        }
        let again = open(&memory, memory.restart(), &hand, SHORT).unwrap();
        again.restart();
    }
}

#[test]
fn an_empty_journal_with_people_is_not_gone_on_with() {
    let referee = Referee::with_a_match();
    referee.memory.journal.lose_after(0);
    let mut ports = referee.memory.restart();
    ports.views.reset(referee.hand.now()).unwrap();
    let said = referee.refused(Accept::default());
    assert!(said.contains("`people.jsonl` knows people"), "{said}");
}

#[test]
fn a_book_that_lacks_people_is_not_gone_on_with() {
    type Lost = fn(PersonId) -> bool;
    let all: Lost = |_| true;
    let newest: Lost = |id| id.0 >= 2;
    for (lost, without_views) in [(all, false), (all, true), (newest, false), (newest, true)] {
        let mut referee = Referee::with_a_match();
        referee.runner.engine.checkpoint();
        referee.memory.book.lose(lost);
        let (memory, hand) = (referee.memory.clone(), referee.hand.clone());
        if without_views {
            memory.restart().views.reset(hand.now()).unwrap();
        }
        let said = referee.refused(SHORT);
        for word in [
            "`people.jsonl`",
            "of 2 people",
            "p2",
            "--accept-missing-people",
        ] {
            assert!(said.contains(word), "{word}: {said}");
        }
        let mut again = open(&memory, memory.restart(), &hand, MISSING).unwrap();
        let carl = again.meet("carl");
        assert!(carl > PersonId(2), "no number is given out twice");
        // The record says so, so that nobody has to say it again.
        again.restart().restart_without_views();
    }
}

#[test]
fn whoever_was_forgotten_is_not_missed() {
    let mut referee = Referee::new();
    for who in ["alice", "bob", "carl", "dora"] {
        referee.meet(who);
    }
    for who in ["bob", "dora"] {
        let id = referee.id_of(who).unwrap();
        referee.forget(id);
    }
    let mut referee = referee.restart().restart_without_views();
    assert_eq!(referee.meet("eve"), PersonId(5));
    let serve = ServiceEvent::Announced {
        text: "x".to_owned(),
    };
    referee.runner.engine.desk().serve(None, serve).unwrap();
    referee.turn(Vec::new());
    referee.restart();
}

#[test]
fn a_batch_that_would_outgrow_the_journal_is_cut_short_and_what_fits_is_kept() {
    let mut referee = Referee::with_a_match();
    let engine = &mut referee.runner.engine;
    let now = referee.hand.now();
    engine.begin(now);
    let text = "x".repeat(900_000);
    let mut taken = 0;
    let refused = loop {
        let text = text.clone();
        match engine.desk().serve(None, ServiceEvent::Announced { text }) {
            Ok(()) => taken += 1,
            Err(no) => break no.code,
        }
        assert!(taken < 100, "nothing was refused");
    };
    assert_eq!(refused, "service/busy");
    assert!(taken > 30, "{taken}");
    engine.commit().unwrap();
    let text = "more".to_owned();
    engine
        .desk()
        .serve(None, ServiceEvent::Announced { text })
        .unwrap();
    engine.commit().unwrap();
}
