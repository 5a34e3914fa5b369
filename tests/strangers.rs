//! What strangers, crowds and quarrelsome players may cost: each attack here once stopped the referee, or filled it.
//!
//! The whole application runs as under the talk files: host, engine and the store's memory twins, with a clock that only
//! moves when a test says so.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[allow(dead_code, reason = "the talk files use more of it")]
#[path = "talk/app.rs"]
mod app;

#[path = "strangers/budgets.rs"]
mod budgets;
#[path = "strangers/newcomers.rs"]
mod newcomers;
#[path = "strangers/replies.rs"]
mod replies;

use app::App;
use xmpp_referee::commands::{Answer, Call, Chat, Look, News, Page, Place, Seen, Sight};
use xmpp_referee::engine::Contact;
use xmpp_referee::kit::Span;

/// What somebody is told; `None` when nothing is said.
fn say(app: &mut App, bare: &str, text: &str) -> Option<Result<(), String>> {
    let answer = app.call(Call::Chat(Chat {
        bare: bare.to_owned(),
        full: format!("{bare}/home"),
        place: Place::Contact,
        text: text.to_owned(),
        flaw: None,
        lag: None,
        id: None,
    }));
    match answer {
        Answer::Say { result, .. } => Some(result.map(|_| ()).map_err(|no| no.code.into_owned())),
        Answer::Sorry => Some(Err("sorry".to_owned())),
        _ => None,
    }
}

fn code(answer: Option<Result<(), String>>) -> String {
    match answer {
        Some(Ok(())) => "done".to_owned(),
        Some(Err(code)) => code,
        None => "silence".to_owned(),
    }
}

#[test]
fn nobodys_profile_outgrows_the_address_book_and_stops_the_disk() {
    let mut app = App::new();
    for n in 0..300 {
        let domain = format!("{n:03}{}.example", "x".repeat(240));
        let long = say(&mut app, "eve@evil.example", &format!("ignore @{domain}"));
        assert_ne!(code(long), "sorry", "after {n} names");
        app.wait(Span::seconds(1));
    }
    let longer = format!("ignore @{}", "\u{1f600}".repeat(900));
    for n in 0..60 {
        let said = code(say(&mut app, "mallory@evil.example", &longer));
        assert_eq!(said, "people/no-server", "after {n} names");
    }
}

#[test]
fn naming_invented_people_fills_no_address_book() {
    let mut app = App::new();
    say(&mut app, "eve@evil.example", "bot on");
    for n in 0..500 {
        say(
            &mut app,
            "eve@evil.example",
            &format!("ignore a{n}@x.example"),
        );
        let challenge = format!("challenge b{n}@x.example chess no-room");
        say(&mut app, "eve@evil.example", &challenge);
        say(
            &mut app,
            "eve@evil.example",
            &format!("withdraw m{}", n + 1),
        );
        app.wait(Span::millis(10));
    }
    let known = app.engine().desk().world().people.len();
    assert!(known < 20, "{known} people are known");
}

#[test]
fn one_talkative_stranger_keeps_no_newcomer_away() {
    let mut app = App::new();
    for _ in 0..4000 {
        say(&mut app, "eve@evil.example", "xyzzy");
        app.wait(Span::millis(20));
    }
    for n in 0..5 {
        let said = say(&mut app, &format!("new{n}@evil.example"), "my");
        assert_eq!(code(said), "done", "newcomer {n}");
    }
}

#[test]
fn a_crowd_of_invented_names_does_not_refill_the_measure_of_its_server() {
    let mut app = App::new();
    let mut met = 0;
    for n in 0..70_000 {
        let said = code(say(&mut app, &format!("e{n}@evil.example"), "help"));
        met += usize::from(said != "silence" && said != "chat/too-fast");
    }
    assert!(
        met <= 300,
        "{met} strangers of one server were heard at once"
    );
    assert_eq!(code(say(&mut app, "new@good.example", "my")), "done");
}

#[test]
fn quarrels_do_not_make_a_record_endless() {
    let mut app = App::new();
    for who in ["anna@a.example", "ben@b.example"] {
        say(&mut app, who, "bot on");
    }
    say(&mut app, "anna@a.example", "challenge ben rps no-room");
    assert_eq!(code(say(&mut app, "ben@b.example", "accept m1")), "done");
    let mut last = String::new();
    for n in 0..3000 {
        let choice = ["rock", "paper"][n % 2];
        last = code(say(
            &mut app,
            "anna@a.example",
            &format!("move m1 {choice}"),
        ));
        app.wait(Span::millis(10));
    }
    assert_eq!(last, "match/chatter");
    let lines = app
        .engine()
        .desk()
        .world()
        .matches_of(xmpp_referee::kit::PersonId(1));
    let lines: u64 = lines.map(|live| live.v).sum();
    assert!(lines < 1100, "{lines} lines");
    // The match itself goes on.
    assert_eq!(code(say(&mut app, "ben@b.example", "move m1 rock")), "done");
    assert_eq!(
        code(say(&mut app, "anna@a.example", "move m1 paper")),
        "done"
    );
}

#[test]
fn opening_and_withdrawing_does_not_flood_the_news() {
    let mut app = App::new();
    let mut made = 0;
    for n in 0..400 {
        made += u32::from(code(say(&mut app, "eve@evil.example", "open chess")) == "done");
        say(
            &mut app,
            "eve@evil.example",
            &format!("withdraw m{}", n + 1),
        );
        app.wait(Span::millis(250));
    }
    assert!(made < 80, "{made} matches in 100 seconds");
}

#[test]
fn contact_lists_cost_few_lines_and_nothing_of_the_banned() {
    let mut app = App::new();
    let before = app.engine().desk().world().n;
    for n in 0..2000 {
        let news = [News::Subscribed, News::Unsubscribed];
        let bare = "eve@evil.example".to_owned();
        app.call(Call::News(news[n % 2](bare, Contact::Referee)));
        let crowd = format!("e{n}@evil.example");
        app.call(Call::News(News::Subscribed(crowd, Contact::Referee)));
    }
    let world = app.engine().desk().world();
    let (lines, people) = (world.n - before, world.people.len());
    assert!(
        lines <= 450 && people <= 301,
        "{lines} lines, {people} people"
    );
}

#[test]
fn searches_are_measured() {
    let mut app = App::new();
    let mut seen = 0;
    for n in 0..1000 {
        let look = Look {
            bare: format!("e{}@evil.example", n % 50),
            place: Place::Service,
            at: Sight::Search {
                fields: vec![("game".to_owned(), "chess".to_owned())],
                page: Page::default(),
            },
        };
        let answer = app.call(Call::Look(look));
        seen += u32::from(matches!(answer, Answer::Seen(Seen::Found(..))));
    }
    assert_eq!(seen, 100);
}
