mod crowds;

use std::time::Instant;

use super::*;
use crate::commands::{Reply, Sitter, Step, StepState, Table, Turn, table_game};
use crate::kit::refuse;

const OWNER: &str = "alice@x/pc";
const GUEST: &str = "bob@x/pc";
const OTHER: &str = "carol@x/pc";

fn mug() -> Mug {
    Mug::new("r", false)
}

fn parse(text: &str) -> Element {
    text.replacen(' ', " xmlns='jabber:component:accept' ", 1)
        .parse()
        .unwrap()
}

fn sitter(name: &str) -> Sitter {
    Sitter {
        jid: format!("{name}@x"),
        handle: name.to_owned(),
        others: vec![format!("{name}@linked")],
    }
}

fn open() -> Table {
    Table {
        game: table_game("kuhn-poker").unwrap(),
        sides: vec!["first", "second"],
        stage: "open",
        version: 1,
        visibility: "public",
        owner: sitter("alice"),
        owner_seat: Some(0),
        hidden: true,
        ..Table::default()
    }
}

/// The match as a seat sees it, or as everybody does; the position says whose it is.
fn begun(version: u64, viewer: Option<usize>) -> Table {
    Table {
        stage: "started",
        version,
        viewer,
        guest: Some(sitter("bob")),
        seats: vec![sitter("alice"), sitter("bob")],
        players: vec![(0, sitter("alice")), (1, sitter("bob"))],
        position: viewer.map_or("public".to_owned(), |seat| format!("secret-{seat}")),
        turn: vec![0],
        clocks: vec![None, None],
        ..open()
    }
}

/// Answers every question in these outs as `see` sees the match, and the questions that follow, and gives what is sent.
fn play_out(mug: &mut Mug, outs: Vec<Out>, see: &impl Fn(&str) -> Answer) -> Vec<Element> {
    let mut sent = Vec::new();
    for out in outs {
        match out {
            Out::Send(stanza) => sent.push(stanza),
            Out::Call(Call::News(_), None) => {}
            Out::Call(call, Some(Then::Mug(asked))) => {
                let answer = match &call {
                    Call::News(_) => Answer::Silence,
                    Call::Look(look) => see(&look.bare),
                    Call::Form(form) => see(&form.node),
                    other => panic!("{other:?}"),
                };
                let more = mug.answered(&asked, &answer, Instant::now());
                sent.extend(play_out(mug, more, see));
            }
            other => panic!("{other:?}"),
        }
    }
    sent
}

fn seen(table: Table) -> Answer {
    Answer::Seen(Seen::Table(Box::new(table)))
}

fn done(result: Result<Reply, crate::kit::Refusal>) -> Answer {
    Answer::Step(Step {
        node: String::new(),
        session: String::new(),
        state: StepState::Done(result),
    })
}

fn join(mug: &mut Mug, who: &str, to: &str, table: &Table) -> Vec<Element> {
    let stanza = format!("<presence from='{who}' to='{to}'><game xmlns='{MUG}'/></presence>");
    let outs = mug.presence(&parse(&stanza), Instant::now()).unwrap();
    play_out(mug, outs, &|_| seen(table.clone()))
}

/// `to` and the condition of each error, and `to` of all others.
fn told(sent: &[Element]) -> Vec<String> {
    let line = |stanza: &Element| {
        let error = stanza.get_child("error", "jabber:component:accept");
        let condition = error.and_then(|error| error.children().next());
        let condition = condition.map_or("", Element::name);
        format!("{} {condition}", stanza.attr("to").unwrap())
            .trim_end()
            .to_owned()
    };
    sent.iter().map(line).collect()
}

fn all_in(table: &Table) -> Mug {
    let mut mug = mug();
    for (who, nick) in [(OTHER, "carol"), (OWNER, "alice"), (GUEST, "bob")] {
        join(&mut mug, who, &format!("m1@r/{nick}"), table);
    }
    mug
}

#[test]
fn a_newcomer_is_shown_the_match_the_others_and_itself_at_last() {
    let mut mug = mug();
    join(&mut mug, OWNER, "m1@r/alice", &open());
    let sent = join(&mut mug, GUEST, "m1@r/bob", &open());
    let froms: Vec<_> = sent
        .iter()
        .map(|s| (s.attr("to").unwrap(), s.attr("from").unwrap()))
        .collect();
    assert_eq!(
        froms,
        [
            (GUEST, "m1@r"),
            (GUEST, "m1@r/alice"),
            (GUEST, "m1@r/bob"),
            (OWNER, "m1@r/bob"),
        ]
    );
    assert!(
        sent.iter()
            .all(|stanza| !String::from(stanza).contains("@x'")),
        "an address is shown"
    );
}

#[test]
fn a_position_goes_to_the_eyes_it_was_made_for() {
    // Nobody has a seat that the room knows of when the record that seats them is told.
    let mut mug = all_in(&open());
    let outs = mug.changed(MatchId(1));
    let sent = play_out(&mut mug, outs, &|bare| {
        let seat = ["alice@x", "bob@x"].iter().position(|seat| *seat == bare);
        seen(begun(5, seat))
    });
    let states: Vec<String> = sent
        .iter()
        .map(String::from)
        .filter(|text| text.contains("<position"))
        .collect();
    assert_eq!(states.len(), 3, "{states:?}");
    for (who, own) in [(OWNER, "secret-0"), (GUEST, "secret-1"), (OTHER, "public")] {
        for state in &states {
            assert_eq!(
                state.contains(&format!("to=\"{who}\"")) || state.contains(&format!("to='{who}'")),
                state.contains(own),
                "{state}"
            );
        }
    }
}

#[test]
fn one_of_many_spectators_who_is_seated_keeps_the_seat_to_itself() {
    let mut mug = mug();
    let luck = Table {
        owner_seat: None,
        ..open()
    };
    for name in ["bob", "carol", "dave"] {
        join(
            &mut mug,
            &format!("{name}@x/pc"),
            &format!("m1@r/{name}"),
            &luck,
        );
    }
    // bob joins by chat: the look for all spectators was made as bob.
    let outs = mug.changed(MatchId(1));
    assert_eq!(outs.len(), 1);
    let sent = play_out(&mut mug, outs, &|bare| {
        seen(begun(5, (bare == "bob@x").then_some(1)))
    });
    let secret: Vec<_> = sent
        .iter()
        .filter(|s| String::from(*s).contains("secret"))
        .collect();
    assert_eq!(
        told(&secret.into_iter().cloned().collect::<Vec<_>>()),
        [GUEST]
    );
    let public = sent
        .iter()
        .filter(|s| String::from(*s).contains("public"))
        .count();
    assert_eq!(public, 2);
}

#[test]
fn turns_are_told_once_and_before_the_state() {
    let mut mug = all_in(&begun(5, None));
    let moved = |seat| Table {
        moves: 1,
        news: vec![Turn {
            number: 1,
            seat: 0,
            text: "bet".to_owned(),
        }],
        ..begun(6, seat)
    };
    let see = |bare: &str| {
        let seat = ["alice@x", "bob@x"].iter().position(|seat| *seat == bare);
        seen(moved(seat))
    };
    let outs = mug.changed(MatchId(1));
    // A second change while the first is asked for is asked for afterwards, and has nothing new.
    assert!(mug.changed(MatchId(1)).is_empty());
    let sent = play_out(&mut mug, outs, &see);
    let kinds: Vec<_> = sent.iter().map(Element::name).collect();
    assert_eq!(kinds, ["message", "presence"].repeat(3));
    assert!(
        sent.iter()
            .all(|s| s.name() != "message" || s.attr("from") == Some("m1@r/alice"))
    );
}

#[test]
fn play_begins_when_the_guest_is_ready_and_the_challenger_too_if_here() {
    let mut mug = all_in(&open());
    let say = |mug: &mut Mug, who: &str, child: &str| {
        let (name, child) = child.split_once(' ').unwrap();
        let stanza = parse(&format!("<{name} from='{who}' to='m1@r'>{child}</{name}>"));
        let now = Instant::now();
        match name {
            "message" => mug.message(&stanza, now).unwrap(),
            _ => mug.presence(&stanza, now).unwrap(),
        }
    };
    let start = format!("message <start xmlns='{}'/>", words::USER);
    let take = format!("presence <game xmlns='{MUG}'><item role='second'/></game>");
    let refused = |outs: Vec<Out>| {
        told(&play_out(&mut super::tests::mug(), outs, &|_| {
            Answer::Nothing
        }))
    };
    assert_eq!(
        refused(say(&mut mug, GUEST, &start)),
        [format!("{GUEST} not-allowed")]
    );
    assert_eq!(
        refused(say(&mut mug, OWNER, &start)),
        [format!("{OWNER} not-allowed")]
    );
    assert_eq!(say(&mut mug, GUEST, &take).len(), 3);
    assert_eq!(
        refused(say(&mut mug, OTHER, &take)),
        [format!("{OTHER} conflict")]
    );
    assert_eq!(
        say(&mut mug, GUEST, &start).len(),
        3,
        "it waits for the challenger"
    );
    let outs = say(&mut mug, OWNER, &start);
    let asked = outs.iter().find_map(|out| match out {
        Out::Call(Call::Form(form), _) => Some((form.node.as_str(), form.bare.as_str())),
        _ => None,
    });
    assert_eq!(asked, Some(("join", "bob@x")));
    // Should the writer refuse, whoever joins is told, and both say it again.
    let sent = play_out(&mut mug, outs, &|_| {
        done(Err(refuse("match/too-many", "Too many.")))
    });
    assert_eq!(told(&sent).last(), Some(&format!("{GUEST} not-allowed")));
    assert!(mug.rooms[&MatchId(1)].ready.is_empty());
}

#[test]
fn whoever_is_outside_does_nothing_inside() {
    let mut mug = all_in(&begun(5, None));
    let now = Instant::now();
    let turn = format!(
        "<turn xmlns='{}'><move xmlns='urn:x-referee:mug:0#kuhn-poker'>bet</move></turn>",
        words::USER
    );
    for child in [
        turn,
        format!("<start xmlns='{}'/>", words::USER),
        format!("<game xmlns='{0}'><invite to='x@y'/></game>", words::USER),
    ] {
        let stanza = parse(&format!(
            "<message from='mallory@y/z' to='m1@r'>{child}</message>"
        ));
        let outs = mug.message(&stanza, now).unwrap();
        assert_eq!(
            told(&play_out(&mut super::tests::mug(), outs, &|_| {
                Answer::Nothing
            })),
            ["mallory@y/z not-acceptable"]
        );
    }
    // Who has no name, and who claims to be one of us, is nobody.
    for from in ["y", "m2@r/bob", "referee@r"] {
        let stanza = parse(&format!(
            "<presence from='{from}' to='m1@r/x'><game xmlns='{MUG}'/></presence>"
        ));
        assert!(mug.presence(&stanza, now).is_none(), "{from}");
    }
}

#[test]
fn nobody_fills_the_house() {
    let mut mug = mug();
    for game in 0..MAX_OF_PERSON + 1 {
        let sent = join(&mut mug, OTHER, &format!("m{}@r/carol", game + 1), &open());
        let refused = told(&sent) == [format!("{OTHER} resource-constraint")];
        assert_eq!(refused, game == MAX_OF_PERSON, "{game}");
    }
    let mut mug = super::tests::mug();
    for n in 0..MAX_OCCUPANTS {
        join(
            &mut mug,
            &format!("u{n}@x/pc"),
            &format!("m1@r/u{n}"),
            &open(),
        );
    }
    assert_eq!(
        told(&join(&mut mug, OTHER, "m1@r/carol", &open())),
        [format!("{OTHER} service-unavailable")]
    );
    assert!(
        join(&mut mug, OWNER, "m1@r/alice", &open()).len() > 2,
        "players always fit"
    );
    for n in 0..MAX_OCCUPANTS {
        let bye = format!("<presence type='unavailable' from='u{n}@x/pc' to='m1@r/u{n}'/>");
        mug.presence(&parse(&bye), Instant::now());
    }
    assert_eq!((mug.sessions, mug.of_person.len()), (1, 1));
}

#[test]
fn after_a_break_those_who_were_here_are_told_to_come_in_again() {
    let mut mug = all_in(&open());
    mug.down();
    assert_eq!((mug.rooms.len(), mug.sessions), (0, 0));
    let outs = mug.up();
    let sent = play_out(&mut mug, outs, &|_| Answer::Nothing);
    assert_eq!(sent.len(), 3);
    assert!(
        sent.iter()
            .all(|stanza| stanza.attr("type") == Some("unavailable"))
    );
    assert!(mug.up().is_empty(), "once is enough");
}

#[test]
fn a_draft_is_its_makers_alone_and_becomes_a_match_at_the_same_address() {
    let mut mug = mug();
    let now = Instant::now();
    let namespace = words::namespace("kuhn-poker");
    let enter = |who: &str| {
        parse(&format!(
            "<presence from='{who}' to='new-kuhn-poker@r/alice'><game xmlns='{MUG}' var='{namespace}'/></presence>"
        ))
    };
    assert_eq!(mug.presence(&enter(OWNER), now).unwrap().len(), 2);
    assert_eq!(mug.presence(&enter(OTHER), now).unwrap().len(), 2);
    let submit = format!(
        "<iq type='set' id='1' from='{OWNER}' to='new-kuhn-poker@r'><query xmlns='{}'><options><x xmlns='jabber:x:data' type='submit'/></options></query></iq>",
        words::OWNER
    );
    let outs = mug.iq(&parse(&submit), now).unwrap();
    let sent = play_out(&mut mug, outs, &|asked| match asked {
        "open" => done(Ok(Reply::default().with("match", "m7"))),
        "alice@x" => seen(open()),
        other => panic!("{other}"),
    });
    assert_eq!(sent[0].attr("type"), Some("result"));
    assert!(
        sent[1..]
            .iter()
            .all(|stanza| stanza.attr("from").unwrap().starts_with("new-kuhn-poker@r"))
    );
    assert_eq!(mug.occupants(MatchId(7)), (1, 1));
    let sent = join(&mut mug, GUEST, "m7@r/bob", &open());
    let froms: Vec<_> = sent
        .iter()
        .map(|s| (s.attr("to").unwrap(), s.attr("from").unwrap()))
        .collect();
    assert!(
        froms.contains(&(OWNER, "new-kuhn-poker@r/bob")) && froms.contains(&(GUEST, "m7@r/alice")),
        "{froms:?}"
    );
    // The other draft is still there, and ends by itself.
    assert_eq!(mug.drafts.len(), 1);
    assert_eq!(mug.tick(now + DRAFT_LASTS).len(), 1);
    assert!(mug.drafts.is_empty() && mug.next_wake().is_none());
}

#[test]
fn whoever_cannot_be_reached_is_out() {
    let mut mug = all_in(&begun(5, None));
    let bounce = |condition: &str| {
        parse(&format!(
            "<message type='error' from='{GUEST}' to='m1@r'><error xmlns='jabber:component:accept' type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
        ))
    };
    assert!(mug.bounced(&bounce("not-acceptable")).is_empty());
    // The two who stay, its own client, and the writer's count.
    assert_eq!(mug.bounced(&bounce("service-unavailable")).len(), 4);
    assert_eq!(mug.occupants(MatchId(1)), (2, 1));
    assert!(mug.bounced(&bounce("service-unavailable")).is_empty());
}

#[test]
fn places_to_make_matches_have_a_game_and_perhaps_a_word() {
    let game = |local| draft::game(local).map(|game| game.id);
    assert_eq!(game("new-chess"), Some("chess"));
    assert_eq!(game("new-tictactoe"), Some("tic-tac-toe"));
    assert_eq!(game("new-tic-tac-toe-friday"), Some("tic-tac-toe"));
    for none in ["new-", "new-x", "chess", "new-chess-a-b", "island-chess"] {
        assert_eq!(game(none), None, "{none}");
    }
}

#[test]
fn who_is_muted_says_nothing_to_those_around_a_match() {
    let (mut mug, now) = (mug(), Instant::now());
    for (who, nick) in [(OWNER, "ann"), (GUEST, "bob")] {
        join(&mut mug, who, &format!("m1@r/{nick}"), &begun(1, None));
    }
    let line = parse(&format!(
        "<message from='{GUEST}' to='m1@r' type='groupchat' id='1'><body>hi</body></message>"
    ));
    let say = |mug: &mut Mug, why: Option<&str>| {
        let outs = mug.message(&line, now).unwrap();
        let answer = Answer::Seen(Seen::Muted(why.map(str::to_owned)));
        told(&play_out(mug, outs, &|_| answer.clone()))
    };
    assert_eq!(say(&mut mug, Some("nobody asks")), [OWNER, GUEST]);
    mug.mutes(true);
    let said = say(&mut mug, Some("You are muted."));
    assert_eq!(said, [format!("{GUEST} forbidden")]);
    assert_eq!(say(&mut mug, None), [OWNER, GUEST]);
}
