//! Bugs planted one at a time: the simulation has to object to each of them, and to nothing when there is none.
//!
//! `cargo test --features planted --test planted`

#![allow(clippy::unwrap_used)]

#[path = "sim/mod.rs"]
mod sim;

use std::panic::{AssertUnwindSafe, catch_unwind};

use sim::Tally;
use xmpp_referee::engine::planted::{Bug, plant};

/// Seeds within which a bug has to show.
const SEEDS: u64 = 25;

/// The first seed that objects, and what it says; else how many faults struck without an objection.
fn objection(bug: Option<Bug>) -> Result<u64, (u64, String)> {
    plant(bug);
    let mut struck = Tally::default();
    let objects = (0..SEEDS).find_map(|seed| {
        let run = catch_unwind(AssertUnwindSafe(|| sim::run(seed)));
        match run.unwrap_or_else(|_| Err("it panicked".to_owned())) {
            Ok(tally) => {
                struck.add(&tally);
                None
            }
            Err(why) => Some((seed, why)),
        }
    });
    plant(None);
    objects.map_or_else(|| Ok(struck.counts().map(|(_, count)| count).sum()), Err)
}

/// Shows a bug to the simulation; `sign` is what the objection must say, so that it is the right one.
fn is_caught(bug: Bug, signs: &[&str]) {
    let (seed, why) = match objection(Some(bug)) {
        Err(objection) => objection,
        Ok(struck) => panic!("{bug:?} passed {SEEDS} seeds and {struck} faults"),
    };
    println!("{bug:?}, seed {seed}: {why}");
    let signed = signs.iter().any(|sign| why.contains(sign));
    assert!(signed, "{bug:?}: {why}");
}

#[test]
fn a_reply_before_the_sync_is_caught() {
    is_caught(
        Bug::ReplyBeforeFsync,
        &["was acknowledged and is not in the record"],
    );
}

#[test]
fn a_skipped_cursor_is_caught() {
    is_caught(Bug::SkippedCursor, &["never arrived"]);
}

#[test]
fn an_event_applied_twice_is_caught() {
    is_caught(
        Bug::DoubleEvolve,
        &[
            "is not the fold of its record",
            "says something else than the record",
        ],
    );
}

#[test]
fn a_leaked_card_is_caught() {
    is_caught(Bug::LeakedView, &["another's card is told"]);
}

#[test]
fn downtime_charged_to_a_player_is_caught() {
    is_caught(
        Bug::ChargedDowntime,
        &["the clock of seat", "the flag of seat"],
    );
}

#[test]
fn a_lost_wake_up_is_caught() {
    is_caught(Bug::LostWakeUp, &["is stuck"]);
}

#[test]
fn without_a_bug_nothing_objects() {
    let struck = objection(None).unwrap();
    assert!(struck > 100, "only {struck} faults struck");
}

/// A writer whose calls are pieces of code, for bugs that the simulation's people would only stumble over.
mod writer {
    use std::sync::{Arc, Mutex};

    use xmpp_referee::engine::planted::{Bug, plant};
    use xmpp_referee::engine::{Act, Clock, Desk, Engine, Handler, Inbound, Outbound, Runner};
    use xmpp_referee::games::{Setup, find};
    use xmpp_referee::kit::{MatchId, PersonId, Seat, Span, Timestamp};
    use xmpp_referee::matches::{Ask, Side, Stage, Terms, Visibility};
    use xmpp_referee::store::memory::Memory;

    const START: Timestamp = Timestamp(1_767_268_800_000);

    type Deed = Box<dyn FnOnce(&mut Desk) + Send>;

    struct Doer;

    impl Handler for Doer {
        type Call = Deed;
        type Answer = bool;
        fn answer(&mut self, desk: &mut Desk, call: Deed) -> bool {
            call(desk);
            true
        }
        fn apologise(&self) -> bool {
            false
        }
    }

    #[derive(Clone)]
    struct Hand(Arc<Mutex<Timestamp>>);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    pub struct Writer {
        runner: Runner<Doer, Hand>,
        hand: Hand,
        pub told: Vec<(Vec<String>, String)>,
    }

    impl Writer {
        pub fn new() -> Writer {
            let ports = Memory::new(9).ports();
            let mut engine = Engine::open("referee.example.org", ports, START).unwrap();
            engine.govern(Default::default(), &["admin@example.org".to_owned()]);
            let hand = Hand(Arc::new(Mutex::new(START)));
            let (handler, clock) = (Doer, hand.clone());
            let runner = Runner {
                engine,
                handler,
                clock,
            };
            let told = Vec::new();
            let mut writer = Writer { runner, hand, told };
            writer.turn(vec![
                Inbound::LinkUp {
                    at: START,
                    again: false,
                },
                Inbound::Open,
            ]);
            assert!(writer.does(|desk| {
                desk.meet("admin@example.org", true).unwrap();
            }));
            writer
        }

        fn turn(&mut self, batch: Vec<Inbound<Deed>>) -> Vec<bool> {
            let (mut answers, mut sent) = (Vec::new(), 0);
            let told = &mut self.told;
            self.runner.batch(batch, &mut |out| match out {
                Outbound::Answers(more) => {
                    answers.extend(more.into_iter().map(|(_, answer)| answer))
                }
                Outbound::Window(window) => {
                    sent += window.len();
                    told.extend(window.into_iter().filter_map(|one| match one.effect.act {
                        Act::Tell(note) => {
                            let to = one.to.into_iter().map(|to| to.jid).collect();
                            Some((to, format!("{:?}", note.words)))
                        }
                        _ => None,
                    }));
                }
                Outbound::Stopped => {}
            });
            self.runner.engine.confirmed(sent);
            answers
        }

        /// Time passes, and the writer looks what is due.
        pub fn wait(&mut self, span: Span) {
            let then = self.hand.now() + span;
            *self.hand.0.lock().unwrap() = then;
            self.turn(Vec::new());
        }

        /// One call; whether it was answered.
        pub fn does(&mut self, deed: impl FnOnce(&mut Desk) + Send + 'static) -> bool {
            let now = self.hand.now();
            self.turn(vec![Inbound::Call(1, now, Box::new(deed))]) == [true]
        }

        /// A match of two people of their own that has begun; who is on turn has so many seconds.
        pub fn play(&mut self, clock: &str, rated: bool) -> MatchId {
            let spec = find("tic-tac-toe").unwrap().spec();
            let terms = Terms {
                game: spec.id.to_owned(),
                rules: spec.version,
                setup: Setup::read(spec.options, "").unwrap(),
                clock: clock.parse().unwrap(),
                side: Side::Seat(Seat(0)),
                rated,
                visibility: Visibility::Public,
                room: false,
                delay: None,
                spectators: None,
                format: None,
                law: 0,
            };
            let begun = self.does(move |desk| {
                let people = ["alice@example.org", "bob@example.org"];
                let [alice, bob] = people.map(|bare| desk.meet(bare, true).unwrap());
                let id = desk.create(alice, Some(bob), terms, None, None).unwrap();
                desk.act(Some(bob), id, &Ask::Accept { salt: None }, None)
                    .unwrap();
                plays(desk, alice, id, "a3");
                plays(desk, bob, id, "b3");
            });
            assert!(begun);
            MatchId(self.desk().world().last_match)
        }

        pub fn desk(&mut self) -> &mut Desk {
            self.runner.engine.desk()
        }

        pub fn stage(&mut self, id: MatchId) -> Option<Stage> {
            self.desk().world().live(id).map(|live| live.game.stage)
        }
    }

    pub fn plays(desk: &mut Desk, who: PersonId, id: MatchId, text: &str) {
        let ask = Ask::Play {
            text: text.to_owned(),
            expect: None,
            lag: None,
        };
        desk.act(Some(who), id, &ask, None).unwrap();
    }

    /// The writer with a bug of this kind, for as long as it runs.
    pub fn with(bug: Bug, run: impl FnOnce(&mut Writer)) {
        let mut writer = Writer::new();
        plant(Some(bug));
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&mut writer)));
        plant(None);
        done.unwrap();
    }
}

use writer::{plays, with};
use xmpp_referee::clans::Daily;
use xmpp_referee::kit::{PersonId, Span, Stream};
use xmpp_referee::matches::Stage;

#[test]
fn a_timer_that_panics_twice_halts_its_match_and_no_other() {
    with(Bug::FlagPanics, |writer| {
        let (poor, good) = (writer.play("1+0", false), writer.play("none", false));
        // The flag falls, and telling of it panics: once, and once more. Nobody else loses more than a batch.
        (0..4).for_each(|_| writer.wait(Span::seconds(61)));
        assert_eq!(writer.stage(poor), Some(Stage::Halted));
        assert!(writer.does(move |desk| plays(desk, PersonId(2), good, "c3")));
        assert_eq!(writer.stage(good), Some(Stage::Started));
    });
}

#[test]
fn a_match_that_cannot_even_be_halted_is_set_aside() {
    with(Bug::HaltPanics, |writer| {
        let (poor, good) = (writer.play("1+0", false), writer.play("none", false));
        (0..4).for_each(|_| writer.wait(Span::seconds(61)));
        assert_eq!(writer.stage(poor), None);
        let aside = writer.desk().world().aside.get(Stream::Match(poor));
        assert!(aside.is_some_and(|aside| aside.people.len() == 2));
        assert!(writer.does(move |desk| plays(desk, PersonId(2), good, "c3")));
        let about = |who: &str| {
            let told = writer.told.iter().filter(|(to, text)| {
                to.iter().any(|jid| jid == who)
                    && (text.contains("stands still") || text.contains("is set aside"))
            });
            told.count()
        };
        for who in ["alice@example.org", "bob@example.org", "admin@example.org"] {
            assert_eq!(about(who), 1, "{who}: {:?}", writer.told);
        }
    });
}

#[test]
fn a_clan_whose_timer_panics_is_set_aside() {
    with(Bug::ClanPanics, |writer| {
        let founded = writer.does(|desk| {
            let carol = desk.meet("carol@example.org", true).unwrap();
            let tag = "wolves".parse().unwrap();
            let joining = xmpp_referee::clans::Joining::Open;
            let reason = "over".to_owned();
            let disband = xmpp_referee::clans::ClanAsk::Disband { reason };
            desk.found_clan(carol, tag, "Wolves", joining, None)
                .unwrap();
            desk.act_in_clan(Some(carol), tag, &disband, None).unwrap();
        });
        assert!(founded);
        (0..40).for_each(|_| writer.wait(Span::days(1)));
        let tag = "wolves".parse().unwrap();
        assert!(writer.desk().world().aside.get(Stream::Clan(tag)).is_some());
        let good = writer.play("none", false);
        assert_eq!(writer.stage(good), Some(Stage::Started));
    });
}

#[test]
fn what_belongs_to_no_stream_rests_and_the_writer_goes_on() {
    with(Bug::DigestPanics, |writer| {
        let good = writer.play("none", false);
        assert!(writer.does(|desk| {
            let since = desk.now();
            let daily = Some(Daily {
                minute: 7 * 60,
                since,
            });
            desk.change_person(PersonId(2), |person| person.digest = daily)
                .unwrap();
        }));
        (0..4).for_each(|_| writer.wait(Span::days(1)));
        assert_eq!(writer.desk().resting().count(), 1);
        assert!(writer.does(move |desk| plays(desk, PersonId(2), good, "c3")));
    });
    with(Bug::RatingPanics, |writer| {
        let (rated, good) = (writer.play("1+0", true), writer.play("none", false));
        (0..4).for_each(|_| writer.wait(Span::seconds(61)));
        assert_eq!(writer.stage(rated), Some(Stage::Over));
        assert!(writer.does(move |desk| plays(desk, PersonId(2), good, "c3")));
        assert_eq!(writer.desk().resting().count(), 1);
    });
    with(Bug::AddressPanics, |writer| {
        let good = writer.play("none", false);
        assert!(writer.does(move |desk| plays(desk, PersonId(2), good, "c3")));
        assert_eq!(writer.stage(good), Some(Stage::Started));
    });
}
