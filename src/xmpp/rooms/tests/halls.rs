//! Rooms of clans: made, kept in step, mended, ended.

use std::time::Duration;

use super::*;
use crate::commands::{Halls, Inmate};
use crate::xmpp::rooms::roster::{CHECK_EVERY, MENDS_AT_ONCE};

fn tag() -> ClanTag {
    "wolves".parse().expect("a tag")
}

fn inmate(name: &str, badge: Option<&str>) -> Inmate {
    Inmate {
        jid: format!("{name}@localhost"),
        name: name.to_owned(),
        badge: badge.map(str::to_owned),
    }
}

/// The clan with these members; anna owns it.
fn halls(members: &[&str], outcasts: &[&str]) -> Halls {
    let badge = |name: &str| (name == "anna").then_some("owner");
    Halls {
        tag: tag(),
        name: "Wolves".to_owned(),
        exists: true,
        private: None,
        public: None,
        subjects: ["members".to_owned(), "everybody".to_owned()],
        members: members.iter().map(|one| inmate(one, badge(one))).collect(),
        outcasts: outcasts.iter().map(|one| inmate(one, None)).collect(),
    }
}

fn answer(halls: Halls) -> Answer {
    Answer::Seen(Seen::Halls(Box::new(halls)))
}

fn list(affiliation: Affiliation, people: &[&str]) -> Heard {
    let word = affiliation.word();
    let items: String = people
        .iter()
        .map(|one| format!("<item affiliation='{word}' jid='{one}'/>"))
        .collect();
    result(&format!(
        "<query xmlns='http://jabber.org/protocol/muc#admin'>{items}</query>"
    ))
}

/// The room's four lists answer: us as the owner, and whom the test says.
fn read_lists(
    rooms: &mut Rooms,
    room: &str,
    lists: &[(Affiliation, &[&str])],
    now: Instant,
) -> Vec<Out> {
    let mut outs = Vec::new();
    for one in Affiliation::LISTED {
        let named = lists.iter().find(|(which, _)| *which == one);
        let mut people = named.map_or(Vec::new(), |(_, people)| people.to_vec());
        if one == Affiliation::Owner {
            people.push("clan-wolves@r.localhost");
        }
        let asked = Asked::List(room.to_owned(), one);
        outs.extend(rooms.heard(&asked, &list(one, &people), now));
    }
    outs
}

/// Who is set to what, and the texts that are said, in the order of sending.
fn changes(outs: &[Out]) -> Vec<String> {
    let line = |out: &Out| match out {
        Out::Ask(Question { payload, set, .. }) if *set => {
            let item = payload.children().next()?;
            Some(match item.attr("affiliation") {
                Some(word) => format!("{} {word}", item.attr("jid")?),
                None => item.name().to_owned(),
            })
        }
        Out::Send(stanza) => {
            let text = stanza.children().find(|child| child.name() == "body");
            text.map(Element::text)
        }
        _ => None,
    };
    outs.iter().filter_map(line).collect()
}

/// The members' room, open and in step with its roster.
fn with_hall(members: &[&str]) -> (Rooms, Instant, String) {
    let (mut rooms, now) = rooms();
    assert_eq!(
        told(&rooms.housekeep(tag())),
        ["look Clan(ClanTag(wolves)) as r.localhost"]
    );
    let outs = rooms.answered(&Asked::Halls(tag()), &answer(halls(members, &[])), now);
    let [private, public] = told(&outs).try_into().expect("two joins");
    assert!(
        private.starts_with("join clan-wolves-") && public.starts_with("join clan-wolves-pub-")
    );
    let room = joined(&outs);
    let outs = rooms.presence(&in_room(&room, "referee", "", "", &[110, 201]), now);
    assert_eq!(told(&outs), [format!("get Form {room}")]);
    rooms.heard(&Asked::Form(room.clone()), &result(FORM), now);
    let outs = rooms.heard(&Asked::Setup(room.clone()), &result(""), now);
    let lists = vec![format!("get List {room}"); 4];
    assert_eq!(
        told(&outs)[0],
        format!("HallReady(ClanTag(wolves), true, {room:?})")
    );
    assert_eq!(told(&outs)[1..], lists);
    read_lists(&mut rooms, &room, &[], now);
    for one in members {
        let asked = Asked::Affiliation(room.clone(), format!("{one}@localhost"));
        rooms.heard(&asked, &result(""), now);
    }
    (rooms, now, room)
}

fn seen_as(room: &str, nick: &str, who: &str, affiliation: &str) -> Element {
    stanza(&format!(
        "<presence from='{room}/{nick}' to='{OWN}'><x xmlns='http://jabber.org/protocol/muc#user'>\
         <item affiliation='{affiliation}' role='participant' jid='{who}@localhost/x'/></x></presence>"
    ))
}

#[test]
fn a_fresh_room_lets_in_the_roster_silently_and_then_they_are_invited() {
    let (mut rooms, now) = rooms();
    let outs = rooms.answered(
        &Asked::Halls(tag()),
        &answer(halls(&["anna", "bob"], &["eve"])),
        now,
    );
    let room = joined(&outs);
    rooms.presence(&in_room(&room, "referee", "", "", &[110, 201]), now);
    let form = rooms.rooms[&room].setup.clone().expect("known by now");
    assert!(!form.open && !form.listed && !form.moderated);
    rooms.heard(&Asked::Form(room.clone()), &result(FORM), now);
    rooms.heard(&Asked::Setup(room.clone()), &result(""), now);
    let invitation = stanza("<message to='bob@localhost'><body>come in</body></message>");
    let outs = rooms.welcome(&room, vec![("bob@localhost".to_owned(), invitation)]);
    assert!(outs.is_empty() && rooms.rooms[&room].roster.has_welcomes());
    let outs = read_lists(&mut rooms, &room, &[], now);
    // Whoever may not come in goes first; nothing is said about a room that was just made.
    assert_eq!(
        changes(&outs),
        [
            "eve@localhost outcast",
            "anna@localhost member",
            "bob@localhost member"
        ]
    );
    let asked = Asked::Affiliation(room.clone(), "bob@localhost".to_owned());
    let outs = rooms.heard(&asked, &result(""), now);
    assert_eq!(changes(&outs), ["come in"]);
}

#[test]
fn whoever_leaves_the_roster_leaves_the_room_at_once() {
    let (mut rooms, now, room) = with_hall(&["anna", "bob", "carol"]);
    let outs = rooms.answered(
        &Asked::Halls(tag()),
        &answer(halls(&["anna", "carol"], &[])),
        now,
    );
    assert_eq!(changes(&outs), ["bob@localhost none"]);
    let outs = rooms.answered(
        &Asked::Halls(tag()),
        &answer(halls(&["anna"], &["carol"])),
        now,
    );
    assert_eq!(changes(&outs), ["carol@localhost outcast"]);
    // Said again before the room has answered: nothing is sent twice.
    let outs = rooms.answered(
        &Asked::Halls(tag()),
        &answer(halls(&["anna"], &["carol"])),
        now,
    );
    assert!(changes(&outs).is_empty());
    assert!(!rooms.rooms[&room].roster.has_welcomes());
}

#[test]
fn changes_are_sent_a_few_at_a_time() {
    let names: Vec<String> = (0..30).map(|n| format!("p{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (mut rooms, now, room) = with_hall(&["anna"]);
    let outs = rooms.answered(&Asked::Halls(tag()), &answer(halls(&names, &[])), now);
    assert_eq!(changes(&outs).len(), MENDS_AT_ONCE);
    assert_eq!(changes(&outs)[0], "anna@localhost none");
    let asked = Asked::Affiliation(room, "anna@localhost".to_owned());
    let outs = rooms.heard(&asked, &result(""), now);
    assert_eq!(changes(&outs).len(), 1, "one answered, one more sent");
}

#[test]
fn what_is_changed_by_hand_is_set_back_aloud_and_names_no_address() {
    let (mut rooms, now, room) = with_hall(&["anna", "bob"]);
    rooms.presence(&seen_as(&room, "evil", "eve", "none"), now);
    assert!(rooms.tick(now).is_empty());
    rooms.presence(&seen_as(&room, "evil", "eve", "admin"), now);
    let soon = rooms.next_wake().expect("a check");
    assert!(soon > now && soon < now + Duration::from_secs(5));
    rooms.presence(
        &in_room("lobby@conference.localhost", "referee", "", "", &[110]),
        now,
    );
    let outs = rooms.tick(soon);
    assert_eq!(
        outs.iter().filter(|out| matches!(out, Out::Ask(asked) if matches!(asked.then, Then::Rooms(Asked::List(..))))).count(),
        4
    );
    let outs = read_lists(
        &mut rooms,
        &room,
        &[
            (Affiliation::Admin, &["eve@localhost", "mallory@localhost"]),
            (Affiliation::Member, &["anna@localhost"]),
        ],
        soon,
    );
    let said = changes(&outs);
    assert_eq!(
        said[..3],
        [
            "eve@localhost none",
            "mallory@localhost none",
            "bob@localhost member"
        ]
    );
    assert_eq!(
        said[3],
        "This room's lists were changed by hand, and I set them back: bob was no member, and is a member again; \
         evil was an admin, and is no member again; somebody who is not in the clan was an admin, and is no member again. \
         The clan's roster decides who is what here: type `clan invite` or `clan kick` instead."
    );
}

#[test]
fn a_servers_admin_who_only_looks_in_is_let_alone() {
    let (mut rooms, now, room) = with_hall(&["anna"]);
    rooms.presence(&seen_as(&room, "root", "admin", "owner"), now);
    let soon = rooms.next_wake().expect("a check");
    rooms.tick(soon);
    // The lists do not name the admin: it is a right of the server's, and no change of the room.
    let outs = read_lists(
        &mut rooms,
        &room,
        &[(Affiliation::Member, &["anna@localhost"])],
        soon,
    );
    assert!(changes(&outs).is_empty());
    rooms.presence(&seen_as(&room, "root", "admin", "owner"), soon);
    let outs = rooms.tick(soon + Duration::from_secs(30));
    assert!(!told(&outs).iter().any(|line| line.contains("List")));
    let outs = rooms.tick(soon + CHECK_EVERY);
    assert!(told(&outs).iter().any(|line| line.contains("List")));
    assert!(told(&outs).iter().any(|line| line.starts_with("look Clan")));
}

#[test]
fn our_own_change_in_the_middle_of_a_check_is_nobody_elses() {
    let (mut rooms, now, room) = with_hall(&["anna", "bob"]);
    let later = now + CHECK_EVERY;
    rooms.tick(later);
    let members: &[&str] = &["anna@localhost", "bob@localhost"];
    let asked = |one| Asked::List(room.clone(), one);
    rooms.heard(
        &asked(Affiliation::Member),
        &list(Affiliation::Member, members),
        later,
    );
    // Bob is kicked after his list was read, and the room agrees before the last list comes.
    rooms.answered(&Asked::Halls(tag()), &answer(halls(&["anna"], &[])), later);
    let mended = Asked::Affiliation(room.clone(), "bob@localhost".to_owned());
    rooms.heard(&mended, &result(""), later);
    let mut outs = Vec::new();
    for one in [Affiliation::Owner, Affiliation::Admin, Affiliation::Outcast] {
        let people: &[&str] = if one == Affiliation::Owner {
            &["clan-wolves@r.localhost"]
        } else {
            &[]
        };
        outs.extend(rooms.heard(&asked(one), &list(one, people), later));
    }
    assert!(changes(&outs).is_empty(), "{:?}", changes(&outs));
}

#[test]
fn what_a_room_refuses_is_nobodys_doing_and_is_tried_again_at_the_next_check() {
    let (mut rooms, now, room) = with_hall(&["anna"]);
    let outs = rooms.answered(
        &Asked::Halls(tag()),
        &answer(halls(&["anna", "root"], &[])),
        now,
    );
    assert_eq!(changes(&outs), ["root@localhost member"]);
    let asked = Asked::Affiliation(room.clone(), "root@localhost".to_owned());
    assert!(changes(&rooms.heard(&asked, &error("not-allowed"), now)).is_empty());
    rooms.tick(now + CHECK_EVERY);
    let lists: &[(Affiliation, &[&str])] = &[(Affiliation::Member, &["anna@localhost"])];
    let outs = read_lists(&mut rooms, &room, lists, now + CHECK_EVERY);
    assert_eq!(changes(&outs), ["root@localhost member"]);
}

#[test]
fn settings_that_somebody_changed_are_set_back_aloud() {
    let (mut rooms, now, room) = with_hall(&["anna"]);
    let form = FORM.replace(
        "<field var='muc#roomconfig_membersonly'/>",
        "<field var='muc#roomconfig_membersonly'><value>0</value></field>",
    );
    let asked = Asked::Reform(room.clone(), false);
    let outs = rooms.heard(&asked, &result(&form), now);
    assert_eq!(
        changes(&outs),
        [
            "x",
            "This room's settings were changed by hand, and I set them back."
        ]
    );
    // Prosody leaves the value out where it is off.
    let silent = form.replace("<value>0</value>", "").replace(
        "<field var='muc#roomconfig_membersonly'>",
        "<field type='boolean' var='muc#roomconfig_membersonly'>",
    );
    assert_eq!(
        changes(&rooms.heard(&asked, &result(&silent), now)).len(),
        2
    );
    let ours = form.replace("<value>0</value>", "<value>true</value>");
    assert!(rooms.heard(&asked, &result(&ours), now).is_empty());
}

#[test]
fn a_room_that_somebody_destroyed_is_made_again_soon_and_told_of_again() {
    let (mut rooms, now, room) = with_hall(&["anna"]);
    let mut gone = in_room(&room, "referee", "type='unavailable'", "", &[]);
    let x = gone.children_mut().next().expect("x");
    x.append_child(Element::bare(
        "destroy",
        "http://jabber.org/protocol/muc#user",
    ));
    rooms.presence(&gone, now);
    let due = now + Duration::from_secs(1);
    assert!(told(&rooms.tick(due)).contains(&format!("join {room}/referee")));
    rooms.presence(&in_room(&room, "referee", "", "", &[110, 201]), due);
    rooms.heard(&Asked::Form(room.clone()), &result(FORM), due);
    let outs = rooms.heard(&Asked::Setup(room.clone()), &result(""), due);
    assert_eq!(
        told(&outs)[0],
        format!("HallReady(ClanTag(wolves), true, {room:?})")
    );
    // Its lists are empty, and nobody is to blame for that.
    let outs = read_lists(&mut rooms, &room, &[], due);
    assert_eq!(changes(&outs), ["anna@localhost member"]);
}

#[test]
fn a_journaled_room_is_ours_if_we_own_it_and_else_another_is_made() {
    let room = "clan-wolves-abcd@conference.localhost";
    let standing = [(tag(), Some(room.to_owned()), None)];
    for (jids, ours) in [
        (vec!["clan-wolves@r.localhost"], true),
        (vec!["mallory@localhost", "clan-wolves@r.localhost"], true),
        (vec!["mallory@localhost"], false),
        (vec![], false),
    ] {
        let (mut rooms, now) = (Rooms::new("r.localhost", "lobby"), Instant::now());
        let outs = rooms.stand(Some(MUC), &[], None, &standing, now);
        let lines = told(&outs);
        // The lobby, the room, and the question about the one that is missing.
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert_eq!(lines[2], "look Clan(ClanTag(wolves)) as r.localhost");
        rooms.presence(&in_room(room, "referee", "", "", &[110]), now);
        let lines = told(&rooms.heard(&Asked::Owners(room.to_owned()), &owners(&jids), now));
        if ours {
            assert_eq!(lines, ["look Clan(ClanTag(wolves)) as r.localhost"]);
        } else {
            assert_eq!(lines[0], format!("unavailable {room}/referee"), "{jids:?}");
            let next = lines[1].strip_prefix("join clan-wolves-");
            assert!(next.is_some() && !lines[1].contains("abcd"), "{lines:?}");
        }
    }
}

#[test]
fn the_rooms_of_a_clan_that_is_no_more_end() {
    let (mut rooms, now, room) = with_hall(&["anna"]);
    let gone = Halls {
        exists: false,
        private: Some(room.clone()),
        public: Some("clan-wolves-pub-abcd@conference.localhost".to_owned()),
        ..halls(&[], &[])
    };
    let outs = rooms.answered(&Asked::Halls(tag()), &answer(gone), now);
    assert_eq!(
        told(&outs),
        [
            format!("groupchat {room} The clan is disbanded, and this room ends."),
            format!("set Razed {room}")
        ]
    );
    assert_eq!(changes(&outs)[1], "destroy");
    let razed = Asked::Razed(tag(), true, room.clone());
    let outs = rooms.heard(&razed, &result(""), now);
    assert!(told(&outs).contains(&format!("HallGone(ClanTag(wolves), true, {room:?})")));
    assert!(!rooms.rooms.contains_key(&room));
    // The public room was still being entered: it ends when we are in.
    let public = rooms
        .rooms
        .iter()
        .map(|(name, _)| name)
        .find(|name| name.contains("-pub-"));
    let public = public.expect("still on the way").clone();
    rooms.presence(&in_room(&public, "referee", "", "", &[110, 201]), now);
    rooms.heard(&Asked::Form(public.clone()), &result(FORM), now);
    let outs = rooms.heard(&Asked::Setup(public.clone()), &result(""), now);
    assert_eq!(told(&outs).last(), Some(&format!("set Razed {public}")));
}

#[test]
fn a_clans_room_is_never_given_up() {
    let (mut rooms, now, room) = with_hall(&["anna"]);
    rooms.presence(
        &in_room(&room, "referee", "type='unavailable'", "", &[110, 307]),
        now,
    );
    let mut at = now;
    for _ in 0..40 {
        at += Duration::from_secs(400);
        rooms.tick(at);
        rooms.presence(&refusal(&room, "remote-server-not-found"), at);
    }
    at += Duration::from_secs(400);
    assert!(told(&rooms.tick(at)).contains(&format!("join {room}/referee")));
}

#[test]
fn those_who_lead_wear_hats_or_are_introduced() {
    let (mut rooms, now, room) = with_hall(&["anna", "bob"]);
    let come = |rooms: &mut Rooms, nick: &str, who: &str, at| {
        rooms.presence(&seen_as(&room, nick, who, "member"), at)
    };
    assert_eq!(
        changes(&come(&mut rooms, "ann", "anna", now)),
        ["ann is anna, owner of Wolves."]
    );
    assert!(changes(&come(&mut rooms, "bob", "bob", now)).is_empty());
    rooms.presence(
        &in_room(
            &room,
            "ann",
            "type='unavailable'",
            "jid='anna@localhost/x'",
            &[],
        ),
        now,
    );
    assert!(
        changes(&come(&mut rooms, "ann", "anna", now)).is_empty(),
        "once an hour"
    );
    // A server with hats shows it itself.
    let (mut rooms, now) = self::rooms();
    let outs = rooms.answered(&Asked::Halls(tag()), &answer(halls(&["anna"], &[])), now);
    let room = joined(&outs);
    rooms.presence(&in_room(&room, "referee", "", "", &[110, 201]), now);
    let form = FORM.replace("</x>", "<field var='enable_hats'/></x>");
    rooms.heard(&Asked::Form(room.clone()), &result(&form), now);
    rooms.heard(&Asked::Setup(room.clone()), &result(""), now);
    let outs = read_lists(
        &mut rooms,
        &room,
        &[(Affiliation::Member, &["anna@localhost"])],
        now,
    );
    let hats: Vec<String> = outs
        .iter()
        .filter_map(|out| match out {
            Out::Ask(asked) if asked.payload.name() == "command" => {
                Some(String::from(&asked.payload))
            }
            _ => None,
        })
        .collect();
    assert_eq!(hats.len(), 2, "anna's and our own");
    assert!(hats[0].contains("anna@localhost") && hats[0].contains("urn:x-referee:hat:0#owner"));
    assert!(hats[1].contains("#referee"));
}

#[test]
fn another_subject_is_written_once() {
    let (mut rooms, now, room) = with_hall(&["anna"]);
    let mut next = halls(&["anna"], &[]);
    next.subjects[0] = "Wolves, next: training".to_owned();
    let subjects = |outs: &[Out]| -> Vec<String> {
        let one = |out: &Out| match out {
            Out::Send(stanza) => stanza
                .children()
                .find(|child| child.name() == "subject")
                .map(Element::text),
            _ => None,
        };
        outs.iter().filter_map(one).collect()
    };
    let outs = rooms.answered(&Asked::Halls(tag()), &answer(next.clone()), now);
    assert_eq!(subjects(&outs), ["Wolves, next: training"]);
    assert!(subjects(&rooms.answered(&Asked::Halls(tag()), &answer(next), now)).is_empty());
    let other = stanza(&format!(
        "<message from='{room}/root' type='groupchat'><subject>mine</subject></message>"
    ));
    rooms.heed(&other, now);
    let soon = now + Duration::from_secs(2);
    rooms.tick(soon);
    let outs = read_lists(
        &mut rooms,
        &room,
        &[(Affiliation::Member, &["anna@localhost"])],
        soon,
    );
    assert_eq!(subjects(&outs), ["Wolves, next: training"]);
}
