//! Everything is said with a clock in hand: `s(20)` is twenty seconds after the beginning.

use super::*;
use crate::kit::MatchId;
use crate::xmpp::stanza::{attribute, el};

const BOB: &str = "bob@far.example";
const PHONE: &str = "bob@far.example/phone";

struct Door {
    reach: Reach,
    start: Instant,
}

/// What was told, and who was asked.
fn said(outs: Vec<Out>) -> Vec<String> {
    let one = |out| match out {
        Out::Call(Call::News(news), None) => format!("{news:?}"),
        Out::Ask(question) => format!("ping {}", question.to),
        other => panic!("{other:?}"),
    };
    outs.into_iter().map(one).collect()
}

fn address(text: &str) -> Address {
    Address::read(text).unwrap()
}

fn error(condition: &str) -> Element {
    let inner = el("error", ns::DEFAULT_NS).append(Element::bare(condition, ns::XMPP_STANZAS));
    el("iq", ns::DEFAULT_NS)
        .attr(attribute("type"), "error")
        .append(inner)
        .build()
}

impl Door {
    /// Bob plays, and his phone has been seen.
    fn new() -> Door {
        let start = Instant::now();
        let mut reach = Reach::new("referee.example");
        reach.seen(&address(PHONE), start);
        assert!(said(reach.expect(BOB, false, start)).is_empty());
        reach.seen(&address(PHONE), start);
        Door { reach, start }
    }

    fn s(&self, seconds: u64) -> Instant {
        self.start + Duration::from_secs(seconds)
    }

    fn tick(&mut self, seconds: u64) -> Vec<String> {
        let now = self.s(seconds);
        said(self.reach.tick(now))
    }

    fn ping(&self, sent: u64) -> Asked {
        Asked::Client(BOB.to_owned(), PHONE.to_owned(), self.s(sent))
    }

    fn answers(&mut self, sent: u64, at: u64) -> Vec<String> {
        let (asked, now) = (self.ping(sent), self.s(at));
        let pong = Heard::Result(Element::bare("iq", ns::DEFAULT_NS));
        said(self.reach.heard(asked, &pong, now))
    }

    fn bounces(&mut self, condition: &str, at: u64) -> Vec<String> {
        let (asked, now) = (self.ping(at), self.s(at));
        said(
            self.reach
                .heard(asked, &Heard::Error(error(condition)), now),
        )
    }

    fn probe(&mut self, condition: Option<&str>, at: u64) -> Vec<String> {
        let heard = match condition {
            Some(condition) => Heard::Error(error(condition)),
            None => Heard::Result(Element::bare("iq", ns::DEFAULT_NS)),
        };
        let (asked, now) = (Asked::Server("far.example".to_owned()), self.s(at));
        said(self.reach.heard(asked, &heard, now))
    }

    fn sees(&mut self, full: &str, at: u64) -> Vec<String> {
        let now = self.s(at);
        said(self.reach.seen(&address(full), now))
    }

    fn loses(&mut self, full: &str, why: Leave, at: u64) {
        let now = self.s(at);
        self.reach.lost(&address(full), why, now);
    }
}

#[test]
fn silence_is_asked_about_and_proves_nothing() {
    let mut door = Door::new();
    assert!(door.tick(14).is_empty());
    assert_eq!(door.tick(15), [format!("ping {PHONE}")]);
    let asked = door.ping(15);
    let now = door.s(25);
    assert!(said(door.reach.heard(asked, &Heard::Silence, now)).is_empty());
    assert_eq!(door.tick(30), [format!("ping {PHONE}")]);
    assert!(door.answers(30, 39).is_empty(), "a late pong");
}

#[test]
fn an_error_means_gone_only_where_pings_were_answered() {
    let mut door = Door::new();
    assert!(door.bounces("service-unavailable", 20).is_empty());
    assert_eq!(door.tick(31), [format!("ping {PHONE}")]);
    door.answers(31, 32);
    assert!(door.bounces("service-unavailable", 46).is_empty());
    assert!(door.tick(55).is_empty());
    let gone = format!("Gone({BOB:?}, Network)");
    assert_eq!(door.tick(56), [gone]);
    assert_eq!(
        door.sees("bob@far.example/laptop", 60),
        [format!("Back({BOB:?})")]
    );
}

#[test]
fn a_client_that_knows_no_ping_is_there() {
    let mut door = Door::new();
    door.answers(0, 1);
    assert!(door.bounces("feature-not-implemented", 2).is_empty());
    assert!(door.tick(14).is_empty());
    assert_eq!(door.tick(40), [format!("ping {PHONE}")]);
}

#[test]
fn changing_the_network_is_no_event() {
    let mut door = Door::new();
    door.loses(PHONE, Leave::Network, 5);
    assert!(door.tick(14).is_empty());
    assert!(door.sees("bob@far.example/other", 14).is_empty());
    assert_eq!(door.tick(15), ["ping bob@far.example/other"]);
}

#[test]
fn somebody_with_two_clients_is_there_while_one_is() {
    let mut door = Door::new();
    door.sees("bob@far.example/laptop", 1);
    door.loses(PHONE, Leave::Left, 2);
    assert_eq!(door.tick(30), ["ping bob@far.example/laptop"]);
    door.loses("bob@far.example/laptop", Leave::Left, 31);
    assert_eq!(door.tick(41), [format!("Gone({BOB:?}, Left)")]);
}

#[test]
fn a_match_that_begins_later_hears_of_it_too() {
    let mut door = Door::new();
    door.loses(PHONE, Leave::Left, 2);
    door.tick(12);
    let now = door.s(60);
    let told = said(door.reach.expect(BOB, true, now));
    assert_eq!(told, [format!("Gone({BOB:?}, Left)")]);
}

#[test]
fn nobody_is_asked_more_often_than_is_fit() {
    let mut door = Door::new();
    let turn = |door: &mut Door, at| {
        let now = door.s(at);
        said(door.reach.expect(BOB, true, now))
    };
    assert_eq!(turn(&mut door, 1), [format!("ping {PHONE}")]);
    assert!(turn(&mut door, 2).is_empty());
    assert_eq!(turn(&mut door, 6), [format!("ping {PHONE}")]);
    let mut reach = Reach::new("referee.example");
    let now = Instant::now();
    let asked: usize = (0..200)
        .map(|n| {
            let bare = format!("p{n}@far.example");
            reach.expect(&bare, false, now);
            reach.seen(&address(&format!("{bare}/x")), now);
            said(reach.expect(&bare, true, now)).len()
        })
        .sum();
    assert_eq!(asked, PINGS_PER_SECOND as usize);
    let crowd = (0..2 * MAX_PEOPLE).map(|n| format!("q{n}@far.example"));
    crowd.for_each(|bare| drop(reach.expect(&bare, false, now)));
    assert_eq!(reach.people.len(), MAX_PEOPLE);
}

#[test]
fn the_least_lag_of_late_counts() {
    let mut door = Door::new();
    assert_eq!(door.reach.lag(BOB, PHONE), None);
    door.answers(1, 4);
    door.answers(10, 12);
    assert_eq!(door.reach.lag(BOB, PHONE), Some(Span::seconds(2)));
    (20..25).for_each(|at| drop(door.answers(at, at + 5)));
    assert_eq!(door.reach.lag(BOB, PHONE), Some(Span::seconds(5)));
}

#[test]
fn a_server_is_down_when_it_says_so_itself_and_back_with_the_first_sign() {
    let mut door = Door::new();
    let now = door.s(5);
    let bounce = error("remote-server-not-found");
    let told = said(door.reach.bounced(&address(BOB), &bounce, now));
    assert_eq!(told, ["ping far.example"]);
    assert!(said(door.reach.bounced(&address(BOB), &bounce, now)).is_empty());
    assert_eq!(
        door.probe(Some("remote-server-timeout"), 6),
        [r#"ServerDown("far.example")"#]
    );
    assert!(
        door.probe(Some("remote-server-timeout"), 8).is_empty(),
        "told once"
    );
    assert_eq!(door.tick(7), ["ping far.example"]);
    assert!(door.tick(10).is_empty(), "less often later");
    assert!(door.tick(11).contains(&"ping far.example".to_owned()));
    assert_eq!(
        door.probe(Some("service-unavailable"), 12),
        [
            r#"ServerBack("far.example")"#.to_owned(),
            format!("ping {PHONE}")
        ]
    );
    assert!(door.probe(None, 13).is_empty());
}

#[test]
fn a_hiccup_of_a_server_is_no_outage() {
    let mut door = Door::new();
    let now = door.s(5);
    let bounce = error("remote-server-timeout");
    door.reach.bounced(&address(BOB), &bounce, now);
    assert!(door.probe(None, 6).is_empty());
    assert!(door.reach.servers.is_empty());
    // And whoever plays nothing makes no work.
    let stranger = address("eve@far.example/x");
    assert!(said(door.reach.bounced(&stranger, &bounce, now)).is_empty());
}

#[test]
fn after_a_break_the_journal_says_who_is_away() {
    let mut door = Door::new();
    let clocked = |jid: &str, away| Clocked {
        game: MatchId(1),
        jid: jid.to_owned(),
        away,
    };
    let now = door.s(100);
    let told = door.reach.stand(
        &[
            clocked(BOB, Some(Leave::Network)),
            clocked("eve@lost.example", Some(Leave::Server)),
        ],
        now,
    );
    assert_eq!(said(told), ["ping lost.example"]);
    assert_eq!(door.sees(PHONE, 101), [format!("Back({BOB:?})")]);
    assert_eq!(
        door.sees("eve@lost.example/x", 102)[..1],
        [r#"ServerBack("lost.example")"#]
    );
}

#[test]
fn whoever_plays_no_more_is_let_go() {
    let mut door = Door::new();
    assert!(door.tick(3 * 3600 + 1).is_empty());
    assert!(door.reach.people.is_empty() && door.reach.next_wake().is_none());
}

#[test]
fn a_server_that_says_of_itself_that_it_is_away_is_there() {
    let mut door = Door::new();
    let bounce = error("remote-server-timeout");
    let now = door.s(1);
    let asked = said(door.reach.bounced(&address(PHONE), &bounce, now));
    assert_eq!(asked, ["ping far.example"]);
    let mut feigned = error("remote-server-timeout");
    let inner = feigned.children_mut().next().unwrap();
    inner.set_attr(
        minidom::rxml::Namespace::NONE,
        attribute("by"),
        "far.example",
    );
    let server = Asked::Server("far.example".to_owned());
    let told = said(door.reach.heard(server, &Heard::Error(feigned), now));
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn after_an_outage_whoever_is_awaited_is_asked_at_once_and_told_when_seen() {
    let mut door = Door::new();
    let awaited = Clocked {
        game: MatchId(1),
        jid: BOB.to_owned(),
        away: Some(Leave::Unseen),
    };
    door.reach.down();
    let now = door.s(30);
    let asked = said(door.reach.stand(std::slice::from_ref(&awaited), now));
    assert_eq!(asked, [format!("ping {PHONE}")]);
    let back = said(door.reach.seen(&address(PHONE), now));
    assert_eq!(back, [format!("Back({BOB:?})")]);
    // Who was seen before the journal told is told of at once.
    door.reach.down();
    assert!(door.reach.seen(&address(PHONE), now).is_empty());
    let told = said(door.reach.stand(&[awaited], now));
    assert_eq!(told, [format!("Back({BOB:?})")]);
}
