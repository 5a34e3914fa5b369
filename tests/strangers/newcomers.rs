//! Whoever only said hello is not kept for ever, and a crowd of them keeps nobody out.

use xmpp_referee::engine::guests::{KEPT, KEPT_IF_FULL};
use xmpp_referee::kit::Span;

use super::app::App;
use super::{code, say};

fn known(app: &mut App, bare: &str) -> bool {
    app.engine().desk().world().people.by_jid(bare).is_some()
}

fn count(app: &mut App) -> usize {
    app.engine().desk().world().people.len()
}

#[test]
fn a_flood_of_newcomers_keeps_no_honest_one_out() {
    const MOST: usize = 1000;
    let mut app = App::new();
    app.engine().desk().know_at_most(MOST);
    // As many in an hour as the rates for strangers let in to a book of full size, and a little more.
    let pause = Span(KEPT_IF_FULL.0 * 200_000 / (80_000 * MOST as i64));
    let mut most = 0;
    for n in 0..4000 {
        say(&mut app, &format!("e{n}@evil{}.example", n % 20), "xyzzy");
        app.wait(pause);
        most = most.max(count(&mut app));
        if n % 400 == 399 {
            for who in [
                format!("new{n}@good.example"),
                format!("new{n}@example.org"),
            ] {
                assert_eq!(code(say(&mut app, &who, "hello")), "done", "{who}");
                assert_eq!(
                    code(say(&mut app, &who, "open rps no-room")),
                    "done",
                    "{who}"
                );
            }
        }
    }
    assert!(most > MOST / 2, "the book was never full: {most}");
    assert!(most <= MOST - MOST / 10, "{most} people");
    // Those who did something are all there, and a start finds nobody missing.
    app.crash();
    app.restart(false).unwrap();
    for n in (399..4000).step_by(400) {
        assert!(known(&mut app, &format!("new{n}@good.example")), "{n}");
    }
    app.wait(KEPT + Span::days(1));
    // Some go at a time.
    for _ in 0..10 {
        app.wait(Span::seconds(1));
    }
    let left = count(&mut app);
    assert!(left <= 30, "{left} people are kept");
}

#[test]
fn a_full_book_has_room_for_the_own_server() {
    let mut app = App::new();
    app.engine().desk().know_at_most(40);
    for n in 0..36 {
        let who = format!("e{n}@evil.example");
        assert_eq!(code(say(&mut app, &who, "bot on")), "done", "{n}");
    }
    let new = "new@good.example";
    assert_eq!(code(say(&mut app, new, "open rps no-room")), "people/full");
    assert_eq!(code(say(&mut app, new, "help")), "done");
    for n in 0..4 {
        let who = format!("a{n}@example.org");
        assert_eq!(code(say(&mut app, &who, "bot on")), "done", "{n}");
    }
    assert_eq!(
        code(say(&mut app, "a4@example.org", "bot on")),
        "people/full"
    );
}

#[test]
fn whoever_was_named_or_chose_something_is_kept() {
    let mut app = App::new();
    let here = |name: &str| format!("{name}@a.example");
    for name in ["anna", "ben", "carl", "dora", "emil", "fritz"] {
        assert_eq!(code(say(&mut app, &here(name), "hello")), "done");
    }
    for (who, line) in [
        ("anna", "challenge ben rps no-room"),
        ("anna", "ignore carl"),
        ("dora", "profile zone=Europe/Vienna"),
    ] {
        assert_eq!(code(say(&mut app, &here(who), line)), "done", "{line}");
    }
    app.wait(KEPT + Span::days(-1));
    say(&mut app, &here("fritz"), "hello");
    app.wait(Span::days(2));
    for name in ["anna", "ben", "carl", "dora", "fritz"] {
        assert!(known(&mut app, &here(name)), "{name}");
    }
    assert!(!known(&mut app, &here("emil")));
    // After a power cut it is the same, and nobody is missed or comes back by another's number.
    app.crash();
    app.restart(true).unwrap();
    assert!(!known(&mut app, &here("emil")) && known(&mut app, &here("carl")));
    assert_eq!(code(say(&mut app, &here("emil"), "hello")), "done");
    assert_eq!(
        code(say(&mut app, &here("anna"), "challenge emil rps no-room")),
        "done"
    );
}
