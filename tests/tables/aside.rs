//! What cannot be recorded is refused alone, and what cannot be read is set aside alone.

use xmpp_referee::engine::ports::Entry;
use xmpp_referee::engine::{Act, Desk, Engine, ServiceEvent, record};
use xmpp_referee::games::{Setup, find};
use xmpp_referee::kit::{ClanTag, MatchId, PersonId, Seat, Span, Stream, Timestamp};
use xmpp_referee::matches::{Ask, ClockRule, Control, Side, Stage, Terms, Visibility};
use xmpp_referee::store::memory::Memory;

use super::stage::START;

const DOMAIN: &str = "referee.example.org";
const ADMIN: &str = "admin@example.org";

fn at(seconds: i64) -> Timestamp {
    START + Span::seconds(seconds)
}

fn open(memory: &mut Memory, seconds: i64) -> Engine {
    let mut engine = Engine::open(DOMAIN, memory.restart(), at(seconds)).unwrap();
    engine.govern(Default::default(), &[ADMIN.to_owned()]);
    engine.begin(at(seconds));
    engine.link_up(false);
    engine.open_outbox();
    engine.commit().unwrap();
    engine
}

fn meet(engine: &mut Engine, name: &str) -> PersonId {
    let bare = format!("{name}@example.org");
    engine.desk().meet(&bare, true).unwrap()
}

fn terms(clock: ClockRule) -> Terms {
    let spec = find("tic-tac-toe").unwrap().spec();
    Terms {
        game: spec.id.to_owned(),
        rules: spec.version,
        setup: Setup::read(spec.options, "").unwrap(),
        clock,
        side: Side::Seat(Seat(0)),
        rated: false,
        visibility: Visibility::Public,
        room: false,
        delay: None,
        spectators: None,
        law: 0,
        format: None,
    }
}

/// A match of two people that has begun.
fn play(engine: &mut Engine, (by, to): (PersonId, PersonId), clock: &str) -> MatchId {
    let desk = engine.desk();
    let id = desk
        .create(by, Some(to), terms(clock.parse().unwrap()), None, None)
        .unwrap();
    desk.act(Some(to), id, &Ask::Accept { salt: None }, None)
        .unwrap();
    id
}

fn moves(engine: &mut Engine, who: PersonId, id: MatchId, text: &str) {
    let ask = Ask::Play {
        text: text.to_owned(),
        expect: None,
        lag: None,
    };
    engine.desk().act(Some(who), id, &ask, None).unwrap();
}

/// Appends a line to the journal as another version would have written it, behind what is there of its stream.
fn append(
    memory: &mut Memory,
    stream: &str,
    v: u64,
    prev: xmpp_referee::kit::Hash,
    by: Option<PersonId>,
    events: &str,
) {
    let mut ports = memory.restart();
    let n = ports.journal.mark().n + 1;
    let events = serde_json::value::RawValue::from_string(events.to_owned()).unwrap();
    let (text, _) = record::write(&record::Draft {
        n,
        stream: &format!("{stream}@{DOMAIN}"),
        v,
        at: at(1),
        by,
        req: None,
        events: &events,
        prev,
        sealed: None,
    })
    .unwrap();
    let stream: Stream = stream.parse().unwrap();
    ports.journal.commit(&[Entry { n, stream, text }]).unwrap();
}

/// Who is told of what is set aside or back.
fn told(engine: &mut Engine) -> Vec<(PersonId, String)> {
    let mut found = Vec::new();
    loop {
        let window = engine.next_window();
        if window.is_empty() {
            return found;
        }
        engine.confirmed(window.len());
        for sending in window {
            if let Act::Tell(note) = sending.effect.act {
                let text = format!("{:?}", note.words);
                let ours = [
                    "stands still",
                    "set aside",
                    "left out",
                    "read its record again",
                ];
                if ours.iter().any(|words| text.contains(words)) {
                    found.push((note.to, text));
                }
            }
        }
    }
}

fn fault(desk: &mut Desk, event: ServiceEvent) {
    let no = desk.serve(None, event).unwrap_err();
    assert_eq!(no.code, "service/fault");
}

/// Values that are written in one way and read in another, or not at all: no decision with them gets into a batch, and the
/// others of the same batch stand.
#[test]
fn what_does_not_read_back_is_refused_alone() {
    let mut memory = Memory::new(1);
    let mut engine = open(&mut memory, 0);
    let (alice, bob) = (meet(&mut engine, "alice"), meet(&mut engine, "bob"));
    let id = play(&mut engine, (alice, bob), "none");
    let before = engine.desk().world().n;
    // A moment that no calendar has is written as the last one that it has.
    let (from, to) = (at(0), Timestamp(i64::MAX));
    fault(engine.desk(), ServiceEvent::Down { from, to });
    // A clock that nobody can type.
    let nothing = Control::Increment {
        base: Span::ZERO,
        increment: Span::ZERO,
    };
    let poison = terms(ClockRule::same(nothing));
    let no = engine.desk().create(alice, None, poison, None, None);
    assert_eq!(no.unwrap_err().code, "service/fault");
    assert_eq!(engine.desk().world().n, before, "nothing was staged");
    moves(&mut engine, alice, id, "a3");
    engine.commit().unwrap();
    drop(engine);
    let mut engine = open(&mut memory, 9);
    assert_eq!(engine.desk().world().live(id).unwrap().game.plays, 1);
    assert_eq!(engine.desk().world().last_match, id.0);
    assert!(engine.desk().world().aside.is_empty());
}

/// The lines that older versions wrote for `open chess for handle=a or …`, and for the clock that is longest when written
/// down, are read now.
#[test]
fn what_older_versions_let_in_is_read() {
    let mut memory = Memory::new(2);
    let mut engine = open(&mut memory, 0);
    let alice = meet(&mut engine, "alice");
    engine.commit().unwrap();
    drop(engine);
    let wanted = vec!["handle = a"; 17].join(" or ");
    let clock = "86399.940s+300/86399.940s|86399.880s+300/86399.880s lag9.999s";
    for (id, clock, format) in [
        ("m1", "5+3", format!(r#","format":{{"for":"{wanted}"}}"#)),
        ("m2", clock, String::new()),
    ] {
        let events = format!(
            r#"[{{"opened":{{"by":"{alice}","terms":{{"game":"chess","rules":1,"setup":{{}},"clock":"{clock}","side":"luck","rated":false,"visibility":"public","room":false{format}}},"commitment":"{}","salt":null,"expires":"2030-01-01T00:00:00.000Z"}}}}]"#,
            "0".repeat(64)
        );
        append(
            &mut memory,
            id,
            1,
            xmpp_referee::kit::Hash::ZERO,
            Some(alice),
            &events,
        );
    }
    let mut engine = open(&mut memory, 9);
    let world = engine.desk().world();
    assert_eq!(world.aside.lines(), Vec::<String>::new());
    assert_eq!(world.live(MatchId(1)).unwrap().game.stage, Stage::Open);
    assert_eq!(world.live(MatchId(2)).unwrap().game.stage, Stage::Open);
}

/// A line that no version can read costs its own match and nothing else, is told once, and what is set aside stays.
#[test]
fn a_match_that_cannot_be_read_is_set_aside_alone() {
    let mut memory = Memory::new(3);
    let mut engine = open(&mut memory, 0);
    let (alice, bob) = (meet(&mut engine, "alice"), meet(&mut engine, "bob"));
    let admin = meet(&mut engine, "admin");
    let (poor, good) = (
        play(&mut engine, (alice, bob), "5+3"),
        play(&mut engine, (alice, bob), "5+3"),
    );
    moves(&mut engine, alice, poor, "a3");
    moves(&mut engine, alice, good, "a3");
    engine.commit().unwrap();
    told(&mut engine);
    engine.rest();
    engine.commit().unwrap();
    let live = engine.desk().world().live(poor).unwrap();
    let (v, head) = (live.v, live.head);
    drop(engine);
    append(
        &mut memory,
        "m1",
        v + 1,
        head,
        Some(bob),
        r#"[{"moved-by-tomorrow":{"seat":1}}]"#,
    );
    // Later records of it are passed over, a new one that nobody can read at all is aside from its birth.
    append(&mut memory, "m1", v + 2, head, None, r#"[{"unfed":null}]"#);
    let unread = r#"[{"opened":{"by":"p1","whatever":"p3"}}]"#;
    append(
        &mut memory,
        "m3",
        1,
        xmpp_referee::kit::Hash::ZERO,
        Some(alice),
        unread,
    );

    for start in 0..3 {
        let mut engine = match start {
            // From the views, from nothing, and from the views that the second wrote.
            0 | 2 => open(&mut memory, 10 + start),
            _ => {
                memory.restart().views.reset(at(11)).unwrap();
                open(&mut memory, 11)
            }
        };
        let world = engine.desk().world();
        let asides: Vec<Stream> = world.aside.iter().map(|(stream, _)| stream).collect();
        assert_eq!(
            asides,
            [Stream::Match(MatchId(1)), Stream::Match(MatchId(3))]
        );
        assert!(world.live(poor).is_none() && world.matches_of(bob).all(|one| one.game.id == good));
        assert_eq!(world.last_match, 3, "numbers are not given out again");
        let notes = told(&mut engine);
        if start == 0 {
            let to: Vec<PersonId> = notes.iter().map(|(to, _)| *to).collect();
            assert_eq!(to, [alice, bob, admin, alice, admin], "{notes:?}");
            assert!(notes[0].1.contains("stands still"), "{notes:?}");
            assert!(notes[2].1.contains("from record"), "{notes:?}");
        } else {
            assert_eq!(notes, [], "told once");
        }
        for (who, code) in [
            (Some(bob), "match/set-aside"),
            (Some(PersonId(9)), "match/unknown"),
        ] {
            let no = engine
                .desk()
                .act(who, poor, &Ask::Resign, None)
                .unwrap_err();
            assert_eq!(no.code, code);
        }
        let text = ["b3", "c3", "b2"][start as usize];
        moves(&mut engine, [bob, alice, bob][start as usize], good, text);
        engine.commit().unwrap();
        engine.rest();
        engine.commit().unwrap();
        engine.checkpoint();
    }
}

/// A clan is set aside in the same way; nobody gets its tag or its name.
#[test]
fn a_clan_that_cannot_be_read_is_set_aside_alone() {
    let mut memory = Memory::new(4);
    let mut engine = open(&mut memory, 0);
    let (alice, bob) = (meet(&mut engine, "alice"), meet(&mut engine, "bob"));
    let tag: ClanTag = "wolves".parse().unwrap();
    let joining = xmpp_referee::clans::Joining::Open;
    let desk = engine.desk();
    desk.found_clan(alice, tag, "The Wolves", joining, None)
        .unwrap();
    let live = desk.world().clans.get(tag).unwrap();
    let (v, head) = (live.v, live.head);
    engine.commit().unwrap();
    engine.checkpoint();
    drop(engine);
    append(
        &mut memory,
        "clan-wolves",
        v + 1,
        head,
        Some(alice),
        r#"[{"howled":{}}]"#,
    );
    for start in 0..2 {
        let mut engine = open(&mut memory, 10 + start);
        let desk = engine.desk();
        assert_eq!(desk.clan(tag).err().unwrap().code, "clan/set-aside");
        for (tag, name) in [
            ("wolves", "Others"),
            ("w0lves", "Others"),
            ("others", "The Wolves"),
        ] {
            let tag = tag.parse().unwrap();
            let no = desk.found_clan(bob, tag, name, joining, None);
            assert!(no.is_err(), "{tag} {name}");
        }
        assert_eq!(desk.world().clans.of(alice).count(), 0);
        engine.commit().unwrap();
        engine.checkpoint();
    }
}

/// What is set aside and can be read comes back, with the time given back in which it stood.
#[test]
fn what_can_be_read_again_comes_back() {
    let mut memory = Memory::new(5);
    let mut engine = open(&mut memory, 0);
    let (alice, bob) = (meet(&mut engine, "alice"), meet(&mut engine, "bob"));
    let id = play(&mut engine, (alice, bob), "5+3");
    for (who, text) in [(alice, "a3"), (bob, "b3")] {
        moves(&mut engine, who, id, text);
    }
    engine.commit().unwrap();
    // As if this version could not read it: the engine knows a stream to be aside by its views.
    engine.desk().shelve(Stream::Match(id), "a test says so");
    engine.begin(at(60));
    engine.commit().unwrap();
    assert!(engine.desk().world().live(id).is_none());
    engine.checkpoint();
    told(&mut engine);
    drop(engine);
    let mut engine = open(&mut memory, 3600);
    engine.begin(at(3600));
    let game = &engine.desk().world().live(id).unwrap().game;
    assert_eq!(game.stage, Stage::Started, "nobody lost on time");
    let notes = told(&mut engine);
    assert!(
        notes
            .iter()
            .any(|(to, text)| *to == alice && text.contains("goes on")),
        "{notes:?}"
    );
    assert!(engine.desk().world().aside.is_empty());
    moves(&mut engine, alice, id, "b2");
}

/// A line of the referee's own stream that cannot be read is left out aloud where the chain holds; where it does not, or
/// where it is the line with the key of the bans, the start is refused and says which record it is.
#[test]
fn the_referees_own_record_is_left_out_only_where_the_chain_holds() {
    let mut memory = Memory::new(6);
    let mut engine = open(&mut memory, 0);
    let (alice, admin) = (meet(&mut engine, "alice"), meet(&mut engine, "admin"));
    let text = "Hello".to_owned();
    engine
        .desk()
        .serve(Some(admin), ServiceEvent::Announced { text })
        .unwrap();
    engine.commit().unwrap();
    told(&mut engine);
    engine.rest();
    engine.commit().unwrap();
    let service = &engine.desk().world().service;
    let (v, head) = (service.v, service.head.unwrap());
    drop(engine);
    append(
        &mut memory,
        "service",
        v + 1,
        head,
        None,
        r#"[{"tuned":{}}]"#,
    );
    for start in 0..2 {
        let mut engine = open(&mut memory, 10 + start);
        let notes = told(&mut engine);
        assert_eq!(notes.len(), usize::from(start == 0), "{notes:?}");
        assert!(
            notes
                .iter()
                .all(|(to, text)| *to == admin && text.contains("left out"))
        );
        assert_eq!(engine.desk().world().aside.iter().count(), 1);
        play(&mut engine, (alice, admin), "none");
        engine.commit().unwrap();
        engine.checkpoint();
    }
    let n = memory.restart().journal.mark().n + 1;
    append(&mut memory, "service", v, head, None, r#"[{"tuned":{}}]"#);
    let refused = Engine::open(DOMAIN, memory.restart(), at(20))
        .err()
        .unwrap();
    assert!(
        refused.to_string().contains(&format!("record {n} ")),
        "{refused}"
    );
}
