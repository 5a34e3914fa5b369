use super::*;
use crate::commands::{Answer, MatchInfo, Seen};
use crate::xmpp::out::{Heard, Question, Then};

mod bounds;
mod halls;
mod mutes;

const OWN: &str = "m42@r.localhost/referee";
const MUC: &str = "conference.localhost";

/// The form of ejabberd 23.01 and of Prosody 0.12.3, shortened to names.
const FORM: &str = "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='form'>\
    <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#roomconfig</value></field>\
    <field var='muc#roomconfig_roomname'/><field var='muc#roomconfig_persistentroom'/>\
    <field var='muc#roomconfig_publicroom'/><field var='muc#roomconfig_membersonly'/>\
    <field var='muc#roomconfig_moderatedroom'/><field var='muc#roomconfig_whois'/></x></query>";

fn stanza(text: &str) -> Element {
    text.replacen(['>', ' '], " xmlns='jabber:component:accept' ", 1)
        .parse()
        .unwrap()
}

fn result(payload: &str) -> Heard {
    Heard::Result(stanza(&format!("<iq type='result' id='1'>{payload}</iq>")))
}

fn error(condition: &str) -> Heard {
    Heard::Error(stanza(&format!(
        "<iq type='error' id='1'><error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )))
}

fn owners(jids: &[&str]) -> Heard {
    listed("owner", jids)
}

fn listed(what: &str, jids: &[&str]) -> Heard {
    let items: String = jids
        .iter()
        .map(|jid| format!("<item affiliation='{what}' jid='{jid}'/>"))
        .collect();
    result(&format!(
        "<query xmlns='http://jabber.org/protocol/muc#admin'>{items}</query>"
    ))
}

/// The room answers who owns it and who administers it.
fn checked(rooms: &mut Rooms, room: &str, owns: &[&str], runs: &[&str], now: Instant) -> Vec<Out> {
    let asked = rooms.heard(&Asked::Owners(room.to_owned()), &owners(owns), now);
    if told(&asked) != [format!("get Admins {room}")] {
        return asked;
    }
    rooms.heard(&Asked::Admins(room.to_owned()), &admins(runs), now)
}

/// The room takes its settings once more.
fn reset(rooms: &mut Rooms, room: &str, now: Instant) -> Vec<Out> {
    let outs = rooms.answered(&Asked::Face(room.to_owned()), &info(), now);
    assert_eq!(told(&outs), [format!("get Form {room}")]);
    let outs = rooms.heard(&Asked::Form(room.to_owned()), &result(FORM), now);
    assert_eq!(told(&outs), [format!("set Setup {room}")]);
    rooms.heard(&Asked::Setup(room.to_owned()), &result(""), now)
}

fn admins(jids: &[&str]) -> Heard {
    listed("admin", jids)
}

fn in_room(room: &str, nick: &str, kind: &str, item: &str, codes: &[u16]) -> Element {
    let codes: String = codes
        .iter()
        .map(|code| format!("<status code='{code}'/>"))
        .collect();
    stanza(&format!(
        "<presence from='{room}/{nick}' to='{OWN}' {kind}><x xmlns='http://jabber.org/protocol/muc#user'>\
         <item affiliation='none' role='participant' {item}/>{codes}</x></presence>"
    ))
}

fn refusal(room: &str, condition: &str) -> Element {
    stanza(&format!(
        "<presence from='{room}/referee' to='{OWN}' type='error'><error type='cancel'>\
         <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
    ))
}

fn info() -> Answer {
    Answer::Seen(Seen::Match(MatchInfo {
        name: "Chess: alice–bob".to_owned(),
        public: true,
        ..MatchInfo::default()
    }))
}

/// As whom we sit in a room: the match or the clan itself, in the lobby the one contact.
fn own(room: &str) -> String {
    let mut parts = room.split(['-', '@']);
    let local = parts.next().unwrap();
    if local == "clan" {
        return format!("clan-{}@r.localhost/referee", parts.next().unwrap());
    }
    let id = local
        .parse::<MatchId>()
        .map_or("referee".to_owned(), |id| id.to_string());
    format!("{id}@r.localhost/referee")
}

/// Outs as short lines.
fn told(outs: &[Out]) -> Vec<String> {
    let line = |out: &Out| match out {
        Out::Send(stanza) => {
            assert_eq!(
                stanza.attr("from"),
                Some(own(stanza.attr("to").unwrap()).as_str())
            );
            let kind = stanza.attr("type").unwrap_or("join");
            let text = stanza
                .children()
                .find(|child| child.name() == "body")
                .map(|body| body.text())
                .unwrap_or_default();
            format!("{kind} {} {text}", stanza.attr("to").unwrap())
                .trim_end()
                .to_owned()
        }
        Out::Ask(Question {
            from,
            to,
            set,
            then,
            ..
        }) => {
            assert_eq!(*from, own(to));
            let Then::Rooms(asked) = then else {
                panic!("{then:?}")
            };
            let name = format!("{asked:?}");
            format!(
                "{} {} {to}",
                if *set { "set" } else { "get" },
                name.split('(').next().unwrap()
            )
        }
        Out::Call(Call::News(news), None | Some(Then::Rooms(Asked::Guest(..)))) => {
            format!("{news:?}")
        }
        Out::Call(Call::Look(look), Some(Then::Rooms(Asked::Face(_) | Asked::Halls(_)))) => {
            format!("look {:?} as {}", look.place, look.bare)
        }
        other => panic!("{other:?}"),
    };
    outs.iter().map(line).collect()
}

fn rooms() -> (Rooms, Instant) {
    let (mut rooms, now) = (Rooms::new("r.localhost", "lobby"), Instant::now());
    assert_eq!(
        told(&rooms.stand(Some(MUC), &[], None, &[], now)),
        ["join lobby@conference.localhost/referee"]
    );
    (rooms, now)
}

fn joined(outs: &[Out]) -> String {
    let lines = told(outs);
    let to = lines
        .iter()
        .find_map(|line| line.strip_prefix("join "))
        .unwrap_or_else(|| panic!("{lines:?}"));
    to.split('/').next().unwrap().to_owned()
}

/// A match room that is made, configured and told.
fn with_room() -> (Rooms, Instant, String) {
    let (mut rooms, now) = rooms();
    let room = joined(&rooms.open(MatchId(42), &[], false, false, now));
    let outs = rooms.presence(
        &in_room(
            &room,
            "referee",
            "",
            "jid='m42@r.localhost/referee'",
            &[110, 201],
        ),
        now,
    );
    assert_eq!(told(&outs), ["look Match(MatchId(42)) as r.localhost"]);
    let outs = rooms.answered(&Asked::Face(room.clone()), &info(), now);
    assert_eq!(told(&outs), [format!("get Form {room}")]);
    let outs = rooms.heard(&Asked::Form(room.clone()), &result(FORM), now);
    assert_eq!(told(&outs), [format!("set Setup {room}")]);
    assert!(rooms.is_busy());
    let outs = rooms.heard(&Asked::Setup(room.clone()), &result(""), now);
    assert_eq!(told(&outs), [format!("RoomReady(MatchId(42), {room:?})")]);
    (rooms, now, room)
}

#[test]
fn a_new_room_has_a_random_tail_and_is_ready_once_it_is_configured() {
    let (_, _, room) = with_room();
    let tail = room
        .strip_prefix("m42-")
        .and_then(|rest| rest.strip_suffix("@conference.localhost"))
        .unwrap();
    assert!(
        tail.len() == 4
            && tail
                .bytes()
                .all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b)),
        "{tail}"
    );
}

#[test]
fn the_form_is_filled_with_what_the_server_offers_and_no_more() {
    let setup = muc::Setup {
        title: "m42 a\u{1}b".to_owned(),
        listed: true,
        open: true,
        moderated: true,
        bans: false,
        most: Some(25),
        hats: false,
    };
    let Heard::Result(iq) = result(FORM) else {
        panic!()
    };
    let form = setup.fill(&iq);
    let fields: Vec<(String, String)> = form
        .children()
        .flat_map(|x| x.children())
        .map(|field| {
            (
                field.attr("var").unwrap().replace("muc#roomconfig_", ""),
                field.children().map(Element::text).collect(),
            )
        })
        .collect();
    let value = |name: &str| {
        fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(
        value("FORM_TYPE"),
        Some("http://jabber.org/protocol/muc#roomconfig")
    );
    assert_eq!(
        (
            value("roomname"),
            value("persistentroom"),
            value("publicroom")
        ),
        (Some("m42 ab"), Some("1"), Some("1"))
    );
    assert_eq!(
        (value("membersonly"), value("moderatedroom"), value("whois")),
        (Some("0"), Some("1"), Some("moderators"))
    );
    assert_eq!((value("members_by_default"), fields.len()), (None, 7));
}

#[test]
fn a_private_match_has_a_room_for_members_only_which_nobody_lists() {
    let (mut rooms, now) = rooms();
    let room = joined(&rooms.open(MatchId(7), &[], false, false, now));
    rooms.presence(&in_room(&room, "referee", "", "", &[201, 110]), now);
    rooms.answered(&Asked::Face(room.clone()), &Answer::Nothing, now);
    let outs = rooms.heard(&Asked::Form(room), &result(FORM), now);
    let [Out::Ask(question)] = outs.as_slice() else {
        panic!("{outs:?}")
    };
    let bytes = String::from(&question.payload).replace('"', "'");
    for (name, value) in [
        ("publicroom", "0"),
        ("membersonly", "1"),
        ("moderatedroom", "0"),
        ("roomname", "m7"),
    ] {
        let field = format!("var='muc#roomconfig_{name}'><value>{value}</value>");
        assert!(bytes.contains(&field), "{bytes}");
    }
}

#[test]
fn a_squatted_room_is_left_and_another_name_is_taken_a_few_times() {
    let (mut rooms, now) = rooms();
    let mut room = joined(&rooms.open(MatchId(42), &[], false, false, now));
    for _ in 1..enter::MAX_TRIES {
        let outs = rooms.presence(&in_room(&room, "referee", "", "", &[110]), now);
        let lines = told(&outs);
        assert_eq!(lines[0], format!("unavailable {room}/referee"));
        let next = joined(&outs);
        assert_ne!(next, room);
        room = next;
    }
    let outs = rooms.presence(&in_room(&room, "referee", "", "", &[110]), now);
    assert_eq!(told(&outs), [format!("unavailable {room}/referee")]);
}

#[test]
fn a_room_that_shuts_us_out_is_somebody_elses_too() {
    for condition in [
        "registration-required",
        "conflict",
        "forbidden",
        "not-authorized",
    ] {
        let (mut rooms, now) = rooms();
        let room = joined(&rooms.open(MatchId(42), &[], false, false, now));
        assert_ne!(
            joined(&rooms.presence(&refusal(&room, condition), now)),
            room,
            "{condition}"
        );
    }
    let (mut rooms, now) = rooms();
    let room = joined(&rooms.open(MatchId(42), &[], false, false, now));
    assert!(
        rooms
            .presence(&refusal(&room, "not-allowed"), now)
            .is_empty()
    );
    assert!(rooms.say(&room, "x", &Words::line("lost"), None).is_empty());
}

#[test]
fn after_a_break_a_room_is_ours_only_if_nobody_else_owns_or_administers_it() {
    let room = "m42-abcd@conference.localhost";
    let standing = [(
        MatchId(42),
        room.to_owned(),
        vec!["alice@localhost".to_owned()],
    )];
    let us = "m42@r.localhost";
    for (owns, runs, ours) in [
        (vec![us], vec![], true),
        (vec![us], vec!["mallory@localhost"], false),
        (vec![us, "mallory@localhost"], vec![], false),
        (vec!["mallory@localhost"], vec![], false),
        (vec![], vec![], false),
    ] {
        let (mut rooms, now) = (Rooms::new("r.localhost", "lobby"), Instant::now());
        rooms.stand(Some(MUC), &standing, None, &[], now);
        assert!(
            rooms
                .say(room, "m42/3/0", &Words::line("alice plays e4"), None)
                .is_empty()
        );
        assert!(rooms.is_busy());
        assert_eq!(
            told(&rooms.presence(&in_room(room, "referee", "", "", &[110]), now)),
            [format!("get Owners {room}")]
        );
        let lines = told(&checked(&mut rooms, room, &owns, &runs, now));
        if ours {
            // Whatever its settings are now: they are set before a word is said.
            assert_eq!(lines, ["look Match(MatchId(42)) as r.localhost"]);
            let lines = told(&reset(&mut rooms, room, now));
            assert_eq!(lines, [format!("groupchat {room} alice plays e4")]);
            continue;
        }
        assert_eq!(lines[0], format!("unavailable {room}/referee"), "{owns:?}");
        // Another is made, nobody guesses its name, and the players are told.
        let [_, join] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        let other = join.strip_prefix("join ").unwrap();
        let other = other.strip_suffix("/referee").unwrap().to_owned();
        assert_eq!(other.len(), "m42-".len() + 16 + 1 + MUC.len(), "{other}");
        rooms.presence(&in_room(&other, "referee", "", "", &[110, 201]), now);
        let lines = told(&reset(&mut rooms, &other, now));
        let ready = format!("RoomReady(MatchId(42), {other:?})");
        let said = format!("groupchat {other} alice plays e4");
        assert_eq!(lines, [ready, format!("set Favour {other}"), said]);
    }
}

#[test]
fn a_room_that_vanished_is_made_again_with_its_players() {
    let room = "m42-abcd@conference.localhost";
    let standing = [(
        MatchId(42),
        room.to_owned(),
        vec!["alice@localhost".to_owned()],
    )];
    let (mut rooms, now) = (Rooms::new("r.localhost", "lobby"), Instant::now());
    rooms.stand(Some(MUC), &standing, None, &[], now);
    rooms.presence(&in_room(room, "referee", "", "", &[110, 201]), now);
    rooms.answered(&Asked::Face(room.to_owned()), &info(), now);
    rooms.heard(&Asked::Form(room.to_owned()), &result(FORM), now);
    let outs = rooms.heard(&Asked::Setup(room.to_owned()), &result(""), now);
    assert_eq!(told(&outs), [format!("set Favour {room}")]);
    let [Out::Ask(question)] = outs.as_slice() else {
        panic!()
    };
    let item = question.payload.children().next().unwrap();
    assert_eq!(
        (item.attr("jid"), item.attr("affiliation")),
        (Some("alice@localhost"), Some("member"))
    );
}

#[test]
fn a_break_in_the_middle_of_making_a_room_leaves_no_second_room() {
    let (mut rooms, now) = rooms();
    let room = joined(&rooms.open(MatchId(42), &[], false, false, now));
    rooms.presence(&in_room(&room, "referee", "", "", &[110, 201]), now);
    rooms.down();
    rooms.heard(&Asked::Form(room.clone()), &Heard::Silence, now);
    let outs = rooms.stand(Some(MUC), &[], None, &[], now);
    assert!(told(&outs).contains(&format!("join {room}/referee")));
    // The effect comes again with its window.
    assert!(rooms.open(MatchId(42), &[], false, false, now).is_empty());
    rooms.presence(&in_room(&room, "referee", "", "", &[110]), now);
    let outs = checked(&mut rooms, &room, &["m42@r.localhost"], &[], now);
    assert_eq!(told(&outs), ["look Match(MatchId(42)) as r.localhost"]);
}

#[test]
fn real_addresses_count_in_our_rooms_only_and_only_once_we_are_in() {
    let (mut rooms, now, room) = with_room();
    rooms.presence(
        &in_room(&room, "ally", "", "jid='alice@localhost/phone'", &[]),
        now,
    );
    let line = |from: &str, more: &str| {
        stanza(&format!(
            "<message from='{from}' to='{OWN}' type='groupchat'><body>!e4</body>{more}</message>"
        ))
    };
    let ally = line(&format!("{room}/ally"), "");
    let author = rooms.author(&ally).unwrap();
    assert_eq!(
        (author.full, author.place, author.our_nick),
        ("alice@localhost/phone", Place::Room(MatchId(42)), "referee")
    );
    // A hostile service that asserts somebody's address, for a room of ours by name or for its own.
    for from in ["m42-abcd@muc.evil.example", "x@evil.example"] {
        rooms.presence(
            &in_room(from, "ally", "", "jid='alice@localhost/phone'", &[]),
            now,
        );
        rooms.presence(&in_room(from, "referee", "", "", &[110, 201]), now);
        assert_eq!(rooms.author(&line(&format!("{from}/ally"), "")), None);
    }
    let history = line(
        &format!("{room}/ally"),
        "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>",
    );
    for none in [
        history,
        line(&format!("{room}/nobody"), ""),
        line(&format!("{room}/referee"), ""),
        line(&room, ""),
    ] {
        assert_eq!(rooms.author(&none), None, "{none:?}");
    }
    let private = stanza(&format!(
        "<message from='{room}/ally' to='{OWN}' type='chat'><body>e4</body></message>"
    ));
    assert_eq!(rooms.author(&private), None);
    rooms.presence(
        &in_room(&room, "ally", "type='unavailable'", "nick='al'", &[303]),
        now,
    );
    assert_eq!(rooms.author(&ally), None);
    rooms.presence(
        &in_room(&room, "ally", "", "jid='alice@localhost/phone'", &[]),
        now,
    );
    rooms.down();
    assert_eq!(rooms.author(&ally), None);
}

#[test]
fn thrown_out_or_destroyed_we_come_back() {
    for (codes, more) in [
        (vec![110, 307], ""),
        (vec![333, 110], ""),
        (vec![], "<destroy/>"),
    ] {
        let (mut rooms, now, room) = with_room();
        let mut gone = in_room(&room, "referee", "type='unavailable'", "", &codes);
        if !more.is_empty() {
            let x = gone.children_mut().next().unwrap();
            x.append_child(Element::bare(
                "destroy",
                "http://jabber.org/protocol/muc#user",
            ));
        }
        assert!(rooms.presence(&gone, now).is_empty());
        assert!(
            rooms
                .say(&room, "m42/9/0", &Words::line("later"), None)
                .is_empty()
        );
        assert!(
            !rooms.is_busy(),
            "a window does not wait for a room that shut us out"
        );
        assert!(rooms.tick(now).is_empty());
        rooms.presence(
            &in_room("lobby@conference.localhost", "referee", "", "", &[110, 201]),
            now,
        );
        let due = rooms.next_wake().unwrap();
        assert_eq!(told(&rooms.tick(due)), [format!("join {room}/referee")]);
    }
}

#[test]
fn a_room_that_forgot_us_hears_again_what_it_refused() {
    let (mut rooms, now, room) = with_room();
    assert_eq!(
        told(&rooms.say(&room, "m42/5/0", &Words::line("once"), None)),
        [format!("groupchat {room} once")]
    );
    let refused = stanza(&format!(
        "<message from='{room}' to='{OWN}' type='error' id='m42/5/0'><error type='modify'>\
         <not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    ));
    rooms.message_error(&refused, now);
    assert_eq!(joined(&rooms.tick(now)), room);
    rooms.presence(&in_room(&room, "referee", "", "", &[110]), now);
    checked(&mut rooms, &room, &["m42@r.localhost"], &[], now);
    let form = rooms.heard(&Asked::Form(room.clone()), &result(FORM), now);
    assert_eq!(told(&form), [format!("set Setup {room}")]);
    let outs = rooms.heard(&Asked::Setup(room.clone()), &result(""), now);
    assert_eq!(told(&outs), [format!("groupchat {room} once")]);
}

#[test]
fn the_last_word_then_the_room_may_go() {
    let (mut rooms, now, room) = with_room();
    let bye = Words::line("bye");
    let outs = rooms.close(&room, "m42/9/0", &bye, now);
    let lines = [
        format!("groupchat {room} bye"),
        format!("set Favour {room}"),
        format!("unavailable {room}/referee"),
    ];
    assert_eq!(told(&outs), lines);
    // In a run that does not know the room any more it is entered for the last word, and owned before that.
    let (mut rooms, now) = self::rooms();
    assert_eq!(joined(&rooms.close(&room, "m42/9/0", &bye, now)), room);
    rooms.presence(&in_room(&room, "referee", "", "", &[110]), now);
    checked(&mut rooms, &room, &["m42@r.localhost"], &[], now);
    assert_eq!(told(&reset(&mut rooms, &room, now)), lines);
    assert!(
        rooms
            .close("m1-abcd@muc.evil.example", "m1/1/0", &bye, now)
            .is_empty()
    );
}

#[test]
fn the_lobby_follows_the_same_rule() {
    let (mut rooms, now) = rooms();
    let lobby = "lobby@conference.localhost";
    let other = joined(&rooms.presence(&in_room(lobby, "referee", "", "", &[110]), now));
    assert!(
        other.starts_with("lobby-") && other.ends_with(MUC),
        "{other}"
    );
    rooms.say_in_lobby("service/3/0", &Words::line("hello"));
    rooms.presence(&in_room(&other, "referee", "", "", &[110, 201]), now);
    rooms.heard(&Asked::Form(other.clone()), &result(FORM), now);
    let outs = rooms.heard(&Asked::Setup(other.clone()), &result(""), now);
    assert_eq!(
        told(&outs),
        [
            format!("LobbyReady({other:?})"),
            format!("groupchat {other} hello")
        ]
    );
}
