//! Whoever is muted says nothing in the lobby, nor in the rooms of clans.

use super::*;

const LOBBY: &str = "lobby@conference.localhost";

/// The form with the field of ejabberd by which everybody has voice in a moderated room.
fn ejabberd() -> Heard {
    result(&FORM.replace("</x>", "<field var='members_by_default'/></x>"))
}

fn muted(why: Option<&str>) -> Answer {
    Answer::Seen(Seen::Muted(why.map(str::to_owned)))
}

/// Who is set to which role, with the reason, and about whom the writer is asked.
fn roles(outs: &[Out]) -> Vec<String> {
    let line = |out: &Out| match out {
        Out::Ask(Question { payload, .. }) => {
            let item = payload.children().next()?;
            let why = item.children().next().map(Element::text);
            let why = why.map_or(String::new(), |why| format!(": {why}"));
            Some(format!(
                "{} {}{why}",
                item.attr("nick")?,
                item.attr("role")?
            ))
        }
        Out::Call(Call::Look(look), Some(Then::Rooms(Asked::Voice(..)))) => {
            Some(format!("? {}", look.bare))
        }
        _ => None,
    };
    outs.iter().filter_map(line).collect()
}

fn comes(rooms: &mut Rooms, nick: &str, now: Instant) -> Vec<String> {
    let jid = format!("jid='{nick}@localhost/pc'");
    roles(&rooms.presence(&in_room(LOBBY, nick, "", &jid, &[]), now))
}

fn says(rooms: &mut Rooms, nick: &str) -> Vec<String> {
    let line = stanza(&format!(
        "<message type='groupchat' from='{LOBBY}/{nick}' to='referee@r.localhost/referee'><body>x</body></message>"
    ));
    roles(&rooms.overhear(&line))
}

fn is_told(rooms: &mut Rooms, nick: &str, why: Option<&str>, now: Instant) -> Vec<String> {
    let asked = Asked::Voice(LOBBY.to_owned(), nick.to_owned());
    roles(&rooms.answered(&asked, &muted(why), now))
}

/// The lobby, with eve in it before we were, of whom the writer is asked if anybody is muted.
fn with_lobby(mutes: bool) -> (Rooms, Instant, Vec<String>) {
    let (mut rooms, now) = rooms();
    rooms.mutes(mutes);
    assert!(
        comes(&mut rooms, "eve", now).is_empty(),
        "we are not in yet"
    );
    rooms.presence(&in_room(LOBBY, "referee", "", "", &[110, 201]), now);
    let outs = rooms.heard(&Asked::Form(LOBBY.to_owned()), &ejabberd(), now);
    let form = format!("{outs:?}");
    assert!(form.contains("moderatedroom"), "{form}");
    let outs = rooms.heard(&Asked::Setup(LOBBY.to_owned()), &result(""), now);
    (rooms, now, roles(&outs))
}

#[test]
fn who_comes_into_the_lobby_muted_has_no_voice_there() {
    let (mut rooms, now, asked) = with_lobby(true);
    assert_eq!(asked, ["? eve@localhost"]);
    assert_eq!(is_told(&mut rooms, "eve", None, now), ["eve participant"]);
    assert_eq!(comes(&mut rooms, "bob", now), ["? bob@localhost"]);
    assert!(comes(&mut rooms, "bob", now).is_empty(), "he was there");
    let why = Some("You are muted until tomorrow: insults.");
    assert_eq!(is_told(&mut rooms, "bob", why, now), ["bob visitor"]);
    // Whoever left before the answer came is nobody's concern.
    assert!(is_told(&mut rooms, "carol", why, now).is_empty());
    // What the room takes from nobody's mouth, and what it lets through all the same.
    assert!(says(&mut rooms, "eve").is_empty());
    let out = "bob none: You are muted until tomorrow: insults.";
    assert_eq!(says(&mut rooms, "bob"), [out]);
    let gone = in_room(LOBBY, "bob", "type='unavailable'", "", &[]);
    rooms.presence(&gone, now);
    assert_eq!(comes(&mut rooms, "bob", now), ["? bob@localhost"]);
    assert_eq!(is_told(&mut rooms, "bob", why, now), [out]);
}

#[test]
fn a_mute_reaches_who_sits_there_and_ends_for_them() {
    let (mut rooms, now, asked) = with_lobby(false);
    assert!(asked.is_empty());
    assert!(comes(&mut rooms, "bob", now).is_empty(), "nobody is muted");
    let bob = ["bob@elsewhere".to_owned(), "bob@localhost".to_owned()];
    assert_eq!(roles(&rooms.mute(&bob, true)), ["bob visitor"]);
    assert_eq!(comes(&mut rooms, "carol", now), ["? carol@localhost"]);
    assert_eq!(roles(&rooms.mute(&bob, false)), ["bob participant"]);
    assert!(says(&mut rooms, "bob").is_empty());
}

#[test]
fn only_where_it_keeps_people_silent_a_room_is_moderated_for_it() {
    let setup = |moderated, open| muc::Setup {
        title: String::new(),
        listed: true,
        open,
        moderated,
        bans: false,
        most: None,
        hats: false,
    };
    let Heard::Result(ejabberd) = ejabberd() else {
        panic!()
    };
    let Heard::Result(prosody) = result(FORM) else {
        panic!()
    };
    let moderated = |setup: muc::Setup, form: &Element| {
        let form = String::from(&setup.fill(form)).replace('\'', "\"");
        form.contains("\"muc#roomconfig_moderatedroom\"><value>1<")
    };
    assert!(moderated(setup(false, true), &ejabberd));
    assert!(!moderated(setup(false, true), &prosody));
    assert!(!moderated(setup(false, false), &ejabberd));
    assert!(moderated(setup(true, true), &ejabberd) && moderated(setup(true, true), &prosody));
    let clans = muc::Setup {
        bans: true,
        ..setup(false, true)
    };
    assert!(
        !moderated(clans, &ejabberd),
        "a ban is worth more than a mute"
    );
    // A room of an older version is not taken for one that somebody changed.
    let plain = FORM.replace(
        "<field var='muc#roomconfig_moderatedroom'/>",
        "<field var='muc#roomconfig_moderatedroom'><value>0</value></field><field var='members_by_default'/>",
    );
    let Heard::Result(plain) = result(&plain) else {
        panic!()
    };
    assert!(!setup(false, true).differs(&plain) && setup(true, true).differs(&plain));
}
