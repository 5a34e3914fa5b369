//! What may be written: the journal never shrinks, so what it grows by is measured, and the last room on the disk is for
//! the matches that run.

use xmpp_referee::commands::{Action, Answer, Call, Form, Place};
use xmpp_referee::engine::budget::{
    Budget, OF_BOT, OF_CLAN, OF_PERSON, OF_SERVER, SPACE_KEPT, Space,
};
use xmpp_referee::kit::{PersonId, Span, Stream};

use super::app::{ADMIN, App};
use super::{code, say};

const EVE: &str = "eve@evil.example";
const BEN: &str = "ben@good.example";

/// Eve and Ben, in the middle of a match.
fn at_play() -> App {
    let mut app = App::new();
    for (who, line) in [
        (EVE, "clan create wolves"),
        (BEN, "hello"),
        (EVE, "challenge ben chess no-room side=white"),
        (BEN, "accept m1"),
        (EVE, "m1 e4"),
    ] {
        assert_eq!(code(say(&mut app, who, line)), "done", "{who}: {line}");
        app.wait(Span::seconds(1));
    }
    app
}

fn person(app: &mut App, bare: &str) -> PersonId {
    let people = &app.engine().desk().world().people;
    people.by_jid(bare).unwrap().id
}

/// As if somebody had written all they may, but for the last kilobyte.
fn write_nearly_all(app: &mut App, bare: &str, stream: &str, budget: Budget) {
    let (who, stream) = (person(app, bare), stream.parse::<Stream>().unwrap());
    let bytes = usize::try_from(budget.burst).unwrap() - 1024;
    app.engine().desk().charge_journal(Some(who), stream, bytes);
}

#[test]
fn whoever_writes_without_end_begins_nothing_new_and_plays_on() {
    let mut app = at_play();
    write_nearly_all(&mut app, EVE, "m1", OF_PERSON);
    let mut made = 0;
    let refused = loop {
        app.wait(Span::seconds(1));
        let said = code(say(&mut app, EVE, "open rps no-room"));
        if said != "done" || made == 20 {
            break said;
        }
        made += 1;
        let id = made + 1;
        assert_eq!(code(say(&mut app, EVE, &format!("withdraw m{id}"))), "done");
    };
    assert_eq!(refused, "journal/person", "after {made}");
    assert!((1..10).contains(&made), "{made}");
    for line in [
        "challenge ben chess",
        "clan create foxes",
        "clan set wolves description Howl",
    ] {
        assert_eq!(code(say(&mut app, EVE, line)), "journal/person", "{line}");
    }
    assert_eq!(
        code(say(&mut app, BEN, "challenge eve rps no-room")),
        "done"
    );
    let theirs = format!("accept m{}", made + 2);
    assert_eq!(code(say(&mut app, EVE, &theirs)), "journal/person");
    // What was begun goes on, and others do not notice.
    for (who, line) in [
        (BEN, "m1 e5"),
        (EVE, "m1 Nf3"),
        (EVE, "draw m1"),
        (EVE, "resign m1 yes"),
    ] {
        assert_eq!(code(say(&mut app, who, line)), "done", "{who}: {line}");
        app.wait(Span::seconds(1));
    }
    app.wait(Span::hours(1));
    assert_eq!(code(say(&mut app, EVE, &theirs)), "done");
}

#[test]
fn a_bot_and_a_server_have_a_measure_too_and_other_servers_their_own() {
    let mut app = at_play();
    say(&mut app, EVE, "bot on");
    write_nearly_all(&mut app, EVE, "m1", OF_PERSON);
    say(&mut app, "mallory@chat.evil.example", "hello");
    app.engine();
    assert_eq!(code(say(&mut app, EVE, "open rps no-room")), "done");
    write_nearly_all(&mut app, EVE, "m1", OF_BOT);
    assert_eq!(
        code(say(&mut app, EVE, "open rps no-room")),
        "journal/person"
    );
    assert_eq!(
        code(say(
            &mut app,
            "mallory@chat.evil.example",
            "open rps no-room"
        )),
        "done"
    );
    for _ in 0..2 {
        write_nearly_all(&mut app, EVE, "m1", OF_SERVER);
    }
    let mate = code(say(
        &mut app,
        "mallory@chat.evil.example",
        "open rps no-room",
    ));
    assert_eq!(mate, "journal/server");
    assert_eq!(code(say(&mut app, BEN, "open rps no-room")), "done");
    // The own server's people are in the hands of those who run it; each of them has a measure all the same.
    for who in ["alice@example.org", "zoe@example.org"] {
        say(&mut app, who, "hello");
    }
    write_nearly_all(&mut app, "alice@example.org", "m1", OF_SERVER);
    assert_eq!(
        code(say(&mut app, "alice@example.org", "open rps no-room")),
        "journal/person"
    );
    assert_eq!(
        code(say(&mut app, "zoe@example.org", "open rps no-room")),
        "done"
    );
}

#[test]
fn a_clan_that_is_rewritten_without_end_stands_still_and_may_be_left() {
    let mut app = at_play();
    assert_eq!(
        code(say(&mut app, EVE, "clan set wolves joining open")),
        "done"
    );
    assert_eq!(code(say(&mut app, BEN, "clan join wolves")), "done");
    write_nearly_all(&mut app, EVE, "clan-wolves", OF_CLAN);
    let text = "\u{1f600}".repeat(200);
    let mut said = Vec::new();
    for n in 0..20 {
        app.wait(Span::seconds(1));
        said.push(code(say(
            &mut app,
            EVE,
            &format!("clan set wolves description {n}{text}"),
        )));
    }
    assert!(said.iter().any(|code| code == "journal/clan"), "{said:?}");
    assert_eq!(code(say(&mut app, BEN, "clan leave wolves yes")), "done");
    assert_eq!(code(say(&mut app, EVE, "open rps no-room")), "done");
}

#[test]
fn on_a_disk_that_is_nearly_full_matches_go_on_and_nothing_new_begins() {
    let mut app = at_play();
    assert_eq!(
        code(say(&mut app, BEN, "challenge eve rps no-room")),
        "done"
    );
    let total = 1 << 40;
    let space = |free| Space { free, total };
    app.memory.journal.set_space(space(SPACE_KEPT - 1));
    app.wait(Span::seconds(1));
    for (who, line) in [
        (EVE, "open rps no-room"),
        (EVE, "accept m2"),
        (EVE, "clan create foxes"),
        (EVE, "clan set wolves description Howl"),
        ("new@good.example", "open rps no-room"),
        ("new@good.example", "ignore eve"),
    ] {
        assert_eq!(
            code(say(&mut app, who, line)),
            "service/disk-low",
            "{who}: {line}"
        );
    }
    for (who, line) in [
        ("new@good.example", "help"),
        (BEN, "my"),
        (BEN, "m1 e5"),
        (EVE, "m1 Nf3"),
        (BEN, "withdraw m2"),
        (EVE, "resign m1 yes"),
        (ADMIN, "admin status"),
    ] {
        assert_eq!(code(say(&mut app, who, line)), "done", "{who}: {line}");
    }
    // A program is told to wait, and does not look for another request.
    assert!(matches!(open_by_form(&mut app, EVE), Answer::Sorry));
    assert!(app.engine().desk().is_low_on_space());
    // A little more than the mark, so that it does not flicker; then it comes back by itself.
    app.memory.journal.set_space(space(SPACE_KEPT));
    app.wait(Span::seconds(1));
    assert_eq!(
        code(say(&mut app, EVE, "open rps no-room")),
        "service/disk-low"
    );
    app.memory.journal.set_space(space(2 * SPACE_KEPT));
    app.wait(Span::seconds(1));
    assert_eq!(code(say(&mut app, EVE, "open rps no-room")), "done");
    assert_eq!(
        code(say(&mut app, "new@good.example", "open rps no-room")),
        "done"
    );
}

fn open_by_form(app: &mut App, bare: &str) -> Answer {
    let field = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    app.call(Call::Form(Form {
        bare: bare.to_owned(),
        full: format!("{bare}/home"),
        place: Place::Service,
        node: "open".to_owned(),
        action: Action::Complete,
        session: None,
        fields: Some([field("game", "rps")].into_iter().collect()),
        lag: None,
        id: None,
    }))
}
