use super::*;

const NOW_TEXT: &str = "2 matches wait for you";

fn contacts() -> Presence {
    contacts_with(Regulars::default())
}

fn contacts_with(regulars: Regulars) -> Presence {
    Presence::new(
        "r.localhost",
        vec![Element::bare("c", "http://jabber.org/protocol/caps")],
        regulars,
    )
}

fn stanza(kind: &str, from: &str, to: &str) -> Element {
    format!("<presence xmlns='jabber:component:accept' type='{kind}' from='{from}' to='{to}'/>")
        .parse()
        .unwrap()
}

fn status(text: &str, gone: bool) -> Answer {
    Answer::Seen(Seen::Status(Status {
        text: text.to_owned(),
        waiting: 2,
        gone,
        asks_back: true,
        ..Status::default()
    }))
}

/// Outs as short lines, and the questions among them.
fn told(outs: &[Out]) -> (Vec<String>, Vec<Asked>) {
    let mut asked = Vec::new();
    let line = |out: &Out| match out {
        Out::Send(stanza) => {
            let text = stanza
                .get_child("status", ns::DEFAULT_NS)
                .map(|status| status.text())
                .unwrap_or_default();
            let face = if stanza.has_child("c", "http://jabber.org/protocol/caps") {
                " +caps"
            } else {
                ""
            };
            let (from, to) = (stanza.attr("from").unwrap(), stanza.attr("to").unwrap());
            Some(
                format!(
                    "{} {from} > {to} {text}{face}",
                    stanza.attr("type").unwrap_or("here")
                )
                .trim_end()
                .to_owned(),
            )
        }
        Out::Call(Call::News(news), None) => Some(format!("{news:?}")),
        Out::Call(Call::Look(look), Some(Then::Presence(ask))) => {
            asked.push(ask.clone());
            assert!(matches!(look.at, Sight::Status));
            None
        }
        other => panic!("{other:?}"),
    };
    (outs.iter().filter_map(line).collect(), asked)
}

fn subscribed(presence: &mut Presence, bare: &str, to: &str, now: Instant) -> Vec<String> {
    let (lines, asked) = told(&presence.presence(&stanza("subscribe", bare, to)));
    assert!(lines.is_empty(), "{lines:?}");
    told(&presence.answered(&asked[0], &status(NOW_TEXT, false), now)).0
}

#[test]
fn who_adds_the_referee_sees_what_waits() {
    let (mut presence, now) = (contacts(), Instant::now());
    assert_eq!(
        subscribed(&mut presence, "alice@localhost", "referee@r.localhost", now),
        [
            "subscribed referee@r.localhost > alice@localhost",
            "here referee@r.localhost > alice@localhost 2 matches wait for you +caps",
            "subscribe referee@r.localhost > alice@localhost",
            "Subscribed(\"alice@localhost\", Referee)",
        ]
    );
    assert_eq!(
        subscribed(&mut presence, "alice@localhost", "referee@r.localhost", now).len(),
        2,
        "told the writer once"
    );
    let status = Answer::Seen(Seen::Status(Status {
        text: NOW_TEXT.to_owned(),
        ..Status::default()
    }));
    let (_, asked) =
        told(&presence.presence(&stanza("subscribe", "alice@localhost", "m42@r.localhost")));
    let (lines, _) = told(&presence.answered(&asked[0], &status, now));
    assert_eq!(lines.len(), 3, "a match does not ask back: {lines:?}");
    assert_eq!(
        lines[1],
        "here m42@r.localhost > alice@localhost 2 matches wait for you"
    );
}

#[test]
fn what_is_no_contact_cannot_be_added() {
    let (mut presence, now) = (contacts(), Instant::now());
    for to in ["r.localhost", "nobody@r.localhost", "m042@r.localhost"] {
        let (lines, _) = told(&presence.presence(&stanza("subscribe", "alice@localhost", to)));
        assert_eq!(lines, [format!("unsubscribed {to} > alice@localhost")]);
    }
    for answer in [Answer::Nothing, status("over", true), Answer::Sorry] {
        let (_, asked) =
            told(&presence.presence(&stanza("subscribe", "alice@localhost", "m9@r.localhost")));
        let (lines, _) = told(&presence.answered(&asked[0], &answer, now));
        assert_eq!(lines, ["unsubscribed m9@r.localhost > alice@localhost"]);
    }
    let (lines, _) =
        told(&presence.presence(&stanza("subscribe", "evil.example", "referee@r.localhost")));
    assert_eq!(lines, ["unsubscribed referee@r.localhost > evil.example"]);
    assert!(
        presence
            .presence(&stanza("error", "alice@localhost", "referee@r.localhost"))
            .is_empty()
    );
}

#[test]
fn probes_and_unsubscriptions() {
    let (mut presence, now) = (contacts(), Instant::now());
    let probe = stanza("probe", "alice@localhost/phone", "referee@r.localhost");
    assert!(
        presence.presence(&probe).is_empty(),
        "before the journal is known nobody is turned away"
    );
    told(&presence.stand(&[("alice@localhost".to_owned(), Contact::Referee)], now));
    let (_, asked) = told(&presence.presence(&probe));
    let (lines, _) = told(&presence.answered(&asked[0], &status("idle", false), now));
    assert_eq!(
        lines,
        ["here referee@r.localhost > alice@localhost/phone idle +caps"]
    );
    let (lines, _) =
        told(&presence.presence(&stanza("probe", "eve@localhost", "referee@r.localhost")));
    assert_eq!(lines, ["unsubscribed referee@r.localhost > eve@localhost"]);
    let (lines, _) = told(&presence.presence(&stanza(
        "unsubscribe",
        "alice@localhost",
        "referee@r.localhost",
    )));
    assert_eq!(
        lines.last().unwrap(),
        "Unsubscribed(\"alice@localhost\", Referee)"
    );
    let (lines, _) = told(&presence.presence(&stanza(
        "unsubscribe",
        "alice@localhost",
        "referee@r.localhost",
    )));
    assert_eq!(
        lines.last().unwrap(),
        "unsubscribed referee@r.localhost > alice@localhost"
    );
}

#[test]
fn a_match_is_shown_at_most_once_in_ten_seconds_and_never_the_same_twice() {
    let (mut presence, now) = (contacts(), Instant::now());
    let game = MatchId(42);
    for bare in ["alice@localhost", "bob@localhost"] {
        subscribed(&mut presence, bare, "m42@r.localhost", now);
    }
    presence.changed(game, now);
    presence.changed(game, now);
    presence.changed(MatchId(43), now);
    let (_, asked) = told(&presence.tick(now));
    assert_eq!(asked, [Asked::Update(Shown::Match(game))]);
    let (lines, _) = told(&presence.answered(&asked[0], &status("move 2", false), now));
    assert_eq!(
        lines,
        [
            "here m42@r.localhost > alice@localhost move 2",
            "here m42@r.localhost > bob@localhost move 2"
        ]
    );
    presence.changed(game, now);
    assert!(
        presence
            .tick(now + PACE - Duration::from_millis(1))
            .is_empty()
    );
    assert_eq!(presence.next_wake(), Some(now + PACE));
    let (_, asked) = told(&presence.tick(now + PACE));
    assert!(
        presence
            .answered(&asked[0], &status("move 2", false), now + PACE)
            .is_empty()
    );
}

#[test]
fn a_match_that_is_over_shows_its_end_and_leaves() {
    let (mut presence, now) = (contacts(), Instant::now());
    subscribed(&mut presence, "alice@localhost", "m42@r.localhost", now);
    presence.changed(MatchId(42), now);
    let (_, asked) = told(&presence.tick(now));
    let (lines, _) = told(&presence.answered(&asked[0], &status("alice wins", true), now));
    assert_eq!(
        lines,
        [
            "here m42@r.localhost > alice@localhost alice wins",
            "unavailable m42@r.localhost > alice@localhost",
            "unsubscribed m42@r.localhost > alice@localhost",
            "Unsubscribed(\"alice@localhost\", Match(MatchId(42)))",
        ]
    );
    assert!(presence.screens.is_empty() && presence.contacts == 0 && presence.of_person.is_empty());
}

#[test]
fn after_a_break_everybody_is_told_a_few_at_a_time() {
    let (mut presence, now) = (contacts(), Instant::now());
    let all: Vec<_> = (0..200)
        .map(|n| (format!("p{n}@localhost"), Contact::Referee))
        .collect();
    let (_, mut asked) = told(&presence.stand(&all, now));
    assert_eq!(asked.len(), LOOKS_AT_ONCE);
    let mut shown = 0;
    while let Some(ask) = asked.pop() {
        let (lines, more) = told(&presence.answered(&ask, &status("idle", false), now));
        shown += lines.len();
        asked.extend(more);
    }
    assert_eq!(shown, 200);
    let (lines, _) = told(&presence.farewell());
    assert_eq!(
        (lines.len(), lines[0].as_str()),
        (200, "unavailable referee@r.localhost > p0@localhost")
    );
}

#[test]
fn nobody_fills_the_list_alone() {
    let (mut presence, now) = (contacts(), Instant::now());
    for n in 1..=MAX_OF_PERSON {
        subscribed(
            &mut presence,
            "mallory@localhost",
            &format!("m{n}@r.localhost"),
            now,
        );
    }
    let (lines, asked) = told(&presence.presence(&stanza(
        "subscribe",
        "mallory@localhost",
        "referee@r.localhost",
    )));
    assert_eq!((lines.len(), asked.len()), (1, 0));
    assert!(lines[0].starts_with("unsubscribed"));
    let full: Vec<_> = (0..MAX_OF_DOMAIN)
        .map(|n| (format!("p{n}@big.example"), Contact::Referee))
        .collect();
    presence.stand(&full, now);
    let (lines, _) = told(&presence.presence(&stanza(
        "subscribe",
        "one@big.example",
        "referee@r.localhost",
    )));
    assert!(lines[0].starts_with("unsubscribed"));
    let (_, asked) = told(&presence.presence(&stanza(
        "subscribe",
        "one@small.example",
        "referee@r.localhost",
    )));
    assert_eq!(asked.len(), 1);
}

#[test]
fn strangers_never_keep_out_whom_the_referee_knows() {
    let regulars = Regulars::default();
    let (mut presence, now) = (contacts_with(regulars.clone()), Instant::now());
    let wants = |presence: &mut Presence, who: &str| {
        let asked = stanza("subscribe", who, "referee@r.localhost");
        told(&presence.presence(&asked)).1.len() == 1
    };
    // One registered domain, with as many names below it as it likes.
    for n in 0..MAX_STRANGERS_OF_DOMAIN {
        subscribed(
            &mut presence,
            &format!("x@s{n}.evil.org"),
            "referee@r.localhost",
            now,
        );
    }
    assert!(!wants(&mut presence, "x@other.evil.org"));
    // Many of them have no more than the strangers' share.
    for n in 0..2 * MAX_STRANGERS {
        let who = format!("x{n}@evil{}.org", n % 500);
        if wants(&mut presence, &who) {
            subscribed(&mut presence, &who, "referee@r.localhost", now);
        }
    }
    assert_eq!(presence.strangers.len, MAX_STRANGERS);
    assert_eq!(presence.contacts, MAX_STRANGERS);
    let known = crate::commands::Regular {
        known: true,
        ..Default::default()
    };
    regulars.note("alice@quiet.net", known);
    assert!(wants(&mut presence, "alice@quiet.net"));
    // When every place is taken, a stranger of the busiest domain goes.
    presence.contacts += MAX_CONTACTS - MAX_STRANGERS;
    assert!(wants(&mut presence, "alice@quiet.net"));
    subscribed(&mut presence, "alice@quiet.net", "referee@r.localhost", now);
    assert!(presence.knows(Contact::Referee, "alice@quiet.net"));
    assert_eq!(presence.contacts, MAX_CONTACTS);
    assert_eq!(
        presence.strangers.of("evil.org"),
        MAX_STRANGERS_OF_DOMAIN - 1
    );
}

/// What a clan shows, and to whom of those who have it.
fn clan(members: &[&str], inside: &str) -> Answer {
    let members = members.iter().map(|bare| (*bare).to_owned()).collect();
    Answer::Seen(Seen::Status(Status {
        text: "Wolves: 12 members".to_owned(),
        nick: Some("Wolves".to_owned()),
        inside: Some((members, inside.to_owned())),
        ..Status::default()
    }))
}

#[test]
fn members_of_a_clan_are_shown_what_others_are_not() {
    let (mut presence, now) = (contacts(), Instant::now());
    let wolves = "clan-wolves@r.localhost";
    let standing = ["alice@localhost", "bob@localhost"];
    let tag: ClanTag = "wolves".parse().unwrap();
    let standing = standing.map(|bare| (bare.to_owned(), Contact::Clan(tag)));
    let (_, asked) = told(&presence.stand(&standing, now));
    let outs = presence.answered(
        &asked[0],
        &clan(&["alice@localhost"], "Wolves: 3 of 12 on"),
        now,
    );
    let Out::Send(first) = &outs[0] else {
        panic!("{outs:?}")
    };
    assert_eq!(first.get_child("nick", NICK).unwrap().text(), "Wolves");
    assert!(first.has_child("x", ns::VCARD_UPDATE));
    assert_eq!(
        told(&outs).0,
        [
            format!("here {wolves} > alice@localhost Wolves: 3 of 12 on"),
            format!("here {wolves} > bob@localhost Wolves: 12 members"),
        ]
    );
    // Somebody came on: only members hear of it. Then one joins, and one is put out.
    presence.clan_changed(tag, now);
    let (_, asked) = told(&presence.tick(now + PACE));
    let answer = clan(&["alice@localhost"], "Wolves: 4 of 12 on");
    let (lines, _) = told(&presence.answered(&asked[0], &answer, now + PACE));
    assert_eq!(
        lines,
        [format!(
            "here {wolves} > alice@localhost Wolves: 4 of 12 on"
        )]
    );
    presence.clan_changed(tag, now + PACE);
    let (_, asked) = told(&presence.tick(now + 2 * PACE));
    let answer = clan(&["bob@localhost"], "Wolves: 4 of 12 on");
    let (lines, _) = told(&presence.answered(&asked[0], &answer, now + 2 * PACE));
    assert_eq!(
        lines,
        [
            format!("here {wolves} > alice@localhost Wolves: 12 members"),
            format!("here {wolves} > bob@localhost Wolves: 4 of 12 on"),
        ]
    );
}

#[test]
fn a_clan_that_is_no_more_leaves_the_list() {
    let (mut presence, now) = (contacts(), Instant::now());
    let wolves = "clan-wolves@r.localhost";
    let (_, asked) = told(&presence.presence(&stanza("subscribe", "alice@localhost", wolves)));
    let (lines, _) = told(&presence.answered(&asked[0], &Answer::Nothing, now));
    assert_eq!(lines, [format!("unsubscribed {wolves} > alice@localhost")]);
    let tag: ClanTag = "wolves".parse().unwrap();
    presence.stand(&[("alice@localhost".to_owned(), Contact::Clan(tag))], now);
    assert!(presence.is_contact("alice@localhost"));
    presence.clan_changed(tag, now);
    let update = Asked::Update(Shown::Clan(tag));
    let (lines, _) = told(&presence.answered(&update, &Answer::Nothing, now));
    assert_eq!(
        lines[..2],
        [
            format!("unavailable {wolves} > alice@localhost"),
            format!("unsubscribed {wolves} > alice@localhost")
        ]
    );
    assert!(!presence.is_contact("alice@localhost"));
}
