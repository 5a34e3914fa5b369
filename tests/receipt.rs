//! A move counts from its receipt: a slow disk between receipt and decision neither loses it nor charges for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use xmpp_referee::commands::{Answer, Call, Chat, Host, HostConfig, Place};
use xmpp_referee::engine::{Clock, Engine, Inbound, Outbound, Runner};
use xmpp_referee::kit::Timestamp;
use xmpp_referee::store::memory::Memory;

const START: i64 = 1_700_000_000_000;

#[derive(Clone)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(START + self.0.load(Ordering::Relaxed))
    }
}

struct Table {
    runner: Runner<Host, Hand>,
    hand: Hand,
}

impl Table {
    /// alice (white) against bob, one minute each, after both have moved; alice's clock runs from second 0.
    fn laid() -> Table {
        let hand = Hand(Arc::new(AtomicI64::new(0)));
        let engine =
            Engine::open("r.example", Memory::new(1).ports(), hand.now()).expect("memory opens");
        let handler = Host::new(HostConfig::default());
        let runner = Runner {
            engine,
            handler,
            clock: hand.clone(),
        };
        let mut table = Table { runner, hand };
        let up = Inbound::LinkUp {
            at: table.hand.now(),
            again: false,
        };
        table.runner.batch(vec![up, Inbound::Open], &mut |_| {});
        for (who, line) in [
            ("bob", "hello"),
            ("alice", "challenge bob@a.example chess 1+0 white no-room"),
            ("bob", "accept"),
            ("alice", "e4"),
            ("bob", "e5"),
        ] {
            table.say(who, line, 0, 0);
        }
        table
    }

    /// A line that is received at one millisecond and gets to the writer at another.
    fn say(&mut self, who: &str, line: &str, received: i64, decided: i64) -> String {
        self.hand.0.store(decided, Ordering::Relaxed);
        let chat = Chat {
            bare: format!("{who}@a.example"),
            full: format!("{who}@a.example/x"),
            place: Place::Contact,
            text: line.to_owned(),
            flaw: None,
            lag: None,
            id: None,
        };
        let call = Inbound::Call(1, Timestamp(START + received), Call::Chat(chat));
        let mut said = String::new();
        self.runner.batch(vec![call], &mut |out| {
            if let Outbound::Answers(answers) = out {
                for (_, answer) in answers {
                    if let Answer::Say { result, .. } = answer {
                        said = match result {
                            Ok(reply) => reply.words.plain(),
                            Err(refusal) => refusal.text,
                        };
                    }
                }
            }
        });
        said
    }
}

#[test]
fn a_move_received_before_the_flag_counts_however_late_the_disk_is() {
    let mut table = Table::laid();
    let said = table.say("alice", "Nf3", 59_900, 75_000);
    assert!(said.contains("You played Nf3"), "{said}");
    let shown = table.say("bob", "show", 75_000, 75_000);
    assert!(
        shown.contains("alice 0:00.1"),
        "only what she used is charged: {shown}"
    );
}

#[test]
fn a_move_received_after_the_flag_is_too_late() {
    let mut table = Table::laid();
    let said = table.say("alice", "Nf3", 60_100, 60_100);
    assert!(!said.contains("You played"), "{said}");
}
