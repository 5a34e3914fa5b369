//! What is bounded: occupants, patience, joins at once.

use super::*;

#[test]
fn occupants_are_bounded() {
    let (mut rooms, now, room) = with_room();
    for n in 0..=MAX_OCCUPANTS {
        rooms.presence(
            &in_room(
                &room,
                &format!("n{n}"),
                "",
                &format!("jid='p{n}@localhost/x'"),
                &[],
            ),
            now,
        );
    }
    assert_eq!(rooms.rooms[&room].occupants.len(), MAX_OCCUPANTS);
    rooms.admit(&room, ["late@localhost".to_owned()].into_iter());
    let player = in_room(&room, "late", "", "jid='late@localhost/x'", &[]);
    rooms.presence(&player, now);
    let occupants = &rooms.rooms[&room].occupants;
    assert!(
        occupants.contains_key("late"),
        "players come in behind any crowd"
    );
}

#[test]
fn a_silent_service_is_not_waited_for_for_ever_and_errors_end_a_room() {
    let (mut rooms, now) = rooms();
    let room = joined(&rooms.open(MatchId(42), &[], false, false, now));
    assert!(rooms.is_busy());
    let due = rooms.next_wake().unwrap();
    rooms.tick(due);
    assert!(!rooms.is_busy());
    let (mut rooms, now) = self::rooms();
    let room2 = joined(&rooms.open(MatchId(42), &[], false, false, now));
    assert_ne!(room, room2);
    rooms.presence(&in_room(&room2, "referee", "", "", &[110, 201]), now);
    rooms.answered(&Asked::Face(room2.clone()), &info(), now);
    let outs = rooms.heard(&Asked::Form(room2.clone()), &error("forbidden"), now);
    assert_eq!(told(&outs), [format!("unavailable {room2}/referee")]);
}

#[test]
fn joins_after_a_break_are_paced() {
    let name = |n: u64| format!("m{n}-abcd@conference.localhost");
    let standing: Vec<_> = (1..=100)
        .map(|n| (MatchId(n), name(n), Vec::new()))
        .collect();
    let (mut rooms, now) = (Rooms::new("r.localhost", "lobby"), Instant::now());
    let outs = rooms.stand(Some(MUC), &standing, None, &[], now);
    assert_eq!(outs.len(), JOINS_AT_ONCE);
    let first = name(1);
    rooms.presence(&in_room(&first, "referee", "", "", &[110]), now);
    checked(&mut rooms, &first, &["m1@r.localhost"], &[], now);
    let outs = reset(&mut rooms, &first, now);
    assert_eq!(outs.len(), 1, "the next one takes the free place");
}

#[test]
fn whoever_comes_and_goes_is_counted_and_one_too_many_is_shown_out() {
    let (mut rooms, now, room) = with_room();
    let carol = |kind| in_room(&room, "cc", kind, "jid='carol@localhost/x'", &[]);
    let outs = rooms.presence(&carol(""), now);
    assert_eq!(told(&outs), [r#"Came(MatchId(42), "carol@localhost")"#]);
    assert!(
        rooms.presence(&carol(""), now).is_empty(),
        "a new status is nobody new"
    );
    let asked = Asked::Guest(room.clone(), "cc".to_owned());
    assert!(rooms.answered(&asked, &Answer::Silence, now).is_empty());
    let full = Answer::Say {
        result: Err(crate::kit::refuse("match/full", "No place.")),
        private: true,
    };
    let outs = rooms.answered(&asked, &full, now);
    let [Out::Ask(question)] = outs.as_slice() else {
        panic!("{outs:?}")
    };
    let text = String::from(&question.payload);
    assert!(text.contains("none") && text.contains("cc") && text.contains("No place."));
    let outs = rooms.presence(&carol("type='unavailable'"), now);
    assert_eq!(told(&outs), [r#"Left(MatchId(42), "carol@localhost")"#]);
    assert!(
        rooms.answered(&asked, &full, now).is_empty(),
        "who has left is not put out"
    );
    rooms.presence(&carol(""), now);
    let mut outs = rooms.close(&room, "m42/9/0", &Words::line("bye"), now);
    let last = told(&outs.split_off(outs.len() - 1));
    assert_eq!(last, ["Emptied(MatchId(42))"]);
}

#[test]
fn a_stanza_looks_at_the_rooms_it_concerns_and_not_at_all() {
    let name = |n: u64| format!("m{n}-abcd@conference.localhost");
    let standing: Vec<_> = (1..=1500)
        .map(|n| (MatchId(n), name(n), vec![format!("p{n}@localhost")]))
        .collect();
    let (mut rooms, now) = (Rooms::new("r.localhost", "lobby"), Instant::now());
    let mut joins = rooms.stand(Some(MUC), &standing, None, &[], now);
    while let Some(out) = joins.pop() {
        let room = joined(&[out]);
        let own = in_room(&room, "referee", "", "", &[110]);
        rooms.presence(&own, now);
        if room.starts_with("lobby") {
            continue;
        }
        let local = room.split('-').next().unwrap_or_default();
        let us = format!("{local}@r.localhost");
        checked(&mut rooms, &room, &[&us], &[], now);
        let outs = reset(&mut rooms, &room, now);
        joins.extend(
            outs.into_iter()
                .filter(|out| told(std::slice::from_ref(out))[0].starts_with("join")),
        );
    }
    assert!(
        !rooms.is_busy() && rooms.rooms.entering() <= 1,
        "the lobby is still to come"
    );
    let before = rooms.rooms.looked_at();
    for n in 1..=1000 {
        let carol = in_room(&name(n), "cc", "", "jid='carol@localhost/x'", &[]);
        rooms.presence(&carol, now);
        rooms.is_busy();
        rooms.next_wake();
        rooms.say(&name(n), "x", &Words::line("e4"), None);
    }
    rooms.open(MatchId(9999), &[], false, false, now);
    rooms.housekeep("wolves".parse().unwrap());
    let looked = rooms.rooms.looked_at() - before;
    assert!(looked < 5000, "{looked} rooms looked at for 1000 stanzas");
}

#[test]
fn two_bots_leave_rooms_for_everybody_else() {
    let (mut rooms, now) = rooms();
    let made = |outs: Vec<Out>, rooms: &Rooms, game| {
        drop(outs);
        rooms.rooms.of(Purpose::Match(MatchId(game))).is_some()
    };
    let mut open = |game: u64, players: [String; 2], bots: bool| {
        let outs = rooms.open(MatchId(game), &players, bots, false, now);
        made(outs, &rooms, game)
    };
    let bot = |n: u64| format!("bot{n}@evil.example");
    let two = (1..=500)
        .filter(|n| open(*n, [bot(1), bot(2)], true))
        .count();
    assert_eq!(two, MAX_OF_PERSON);
    let many = (501..=3000)
        .filter(|n| open(*n, [bot(*n), bot(n + 10_000)], true))
        .count();
    assert!(two + many <= MAX_OF_BOTS, "{many}");
    // People of that server come to an end as well, and those of others and of our own never notice.
    let crowd = (3001..=6000)
        .filter(|n| open(*n, [bot(*n), bot(n + 10_000)], false))
        .count();
    assert!(crowd <= MAX_OF_SERVER, "{crowd}");
    assert!(open(
        9000,
        ["alice@localhost".to_owned(), "bob@localhost".to_owned()],
        false
    ));
    assert!(open(
        9001,
        ["carol@good.example".to_owned(), "bob@localhost".to_owned()],
        false
    ));
}

#[test]
fn the_counts_follow_the_rooms() {
    let (mut rooms, now, room) = with_room();
    assert_eq!((rooms.rooms.others(), rooms.rooms.halls()), (2, 0));
    assert_eq!(
        rooms.rooms.of(Purpose::Match(MatchId(42))),
        Some(room.clone())
    );
    rooms.close(&room, "m42/9/0", &Words::line("bye"), now);
    assert_eq!(
        (
            rooms.rooms.others(),
            rooms.rooms.of(Purpose::Match(MatchId(42)))
        ),
        (1, None)
    );
    rooms.down();
    assert!(rooms.next_wake().is_none() && rooms.rooms.entering() == 0);
}

#[test]
fn whoever_has_our_name_in_a_room_of_ours_is_put_out() {
    let room = "m42-abcd@conference.localhost";
    let (mut rooms, now) = (Rooms::new("r.localhost", "lobby"), Instant::now());
    rooms.stand(
        Some(MUC),
        &[(MatchId(42), room.to_owned(), vec![])],
        None,
        &[],
        now,
    );
    let outs = rooms.presence(&refusal(room, "conflict"), now);
    assert_eq!(told(&outs), [format!("join {room}/referee-2")]);
    let outs = rooms.presence(&in_room(room, "referee-2", "", "", &[110]), now);
    assert_eq!(told(&outs), [format!("get Owners {room}")]);
    // Whoever has our name has to go, and we take it.
    let outs = checked(&mut rooms, room, &["m42@r.localhost"], &[], now);
    let look = "look Match(MatchId(42)) as r.localhost".to_owned();
    assert_eq!(told(&outs), [format!("set Nick {room}"), look]);
    let outs = rooms.heard(&Asked::Nick(room.to_owned()), &result(""), now);
    assert_eq!(told(&outs), [format!("join {room}/referee")]);
    let gone = in_room(
        room,
        "referee-2",
        "type='unavailable'",
        "nick='referee'",
        &[110, 303],
    );
    assert!(rooms.presence(&gone, now).is_empty());
    rooms.presence(&in_room(room, "referee", "", "", &[110]), now);
    reset(&mut rooms, room, now);
    let said = rooms.say(room, "x", &Words::line("hello"), None);
    assert_eq!(told(&said), [format!("groupchat {room} hello")]);
}
