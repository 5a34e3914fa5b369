//! What many clients, and a delay, make of a table.

use std::time::Duration;

use super::*;

/// A match with so many clients of each of two people.
fn crowd_of_two(each: usize) -> Mug {
    let mut mug = mug();
    let (table, start) = (open(), Instant::now());
    for n in 0..each {
        for who in ["eve", "mallory"] {
            let at = start + Duration::from_secs(60 * n as u64);
            let from = format!("{who}@evil/{n}");
            let stanza =
                format!("<presence from='{from}' to='m1@r/{who}'><game xmlns='{MUG}'/></presence>");
            let outs = mug.presence(&parse(&stanza), at).unwrap();
            play_out(&mut mug, outs, &|_| seen(table.clone()));
        }
    }
    assert_eq!(mug.rooms[&MatchId(1)].sessions(), 2 * each);
    mug
}

#[test]
fn what_one_sends_is_not_multiplied_without_end() {
    let start = Instant::now() + Duration::from_secs(100_000);
    for kind in ["role", "nick", "again", "start", "gone", "talk"] {
        let mut mug = crowd_of_two(40);
        let mut sent = 0;
        for n in 0..4000_u64 {
            let (who, device) = (["eve", "mallory"][n as usize % 2], n / 2 % 40);
            let from = format!("{who}@evil/{device}");
            let to = format!("m1@r/{who}");
            let stanza = match kind {
                "role" => {
                    let role = ["second", "none"][n as usize / 2 % 2];
                    format!(
                        "<presence from='{from}' to='m1@r'><game xmlns='{MUG}'><item role='{role}'/></game></presence>"
                    )
                }
                "nick" => format!(
                    "<presence from='{from}' to='m1@r/{who}{n}'><game xmlns='{MUG}'/></presence>"
                ),
                "gone" if n % 4 < 2 => {
                    format!("<presence from='{from}' to='{to}' type='unavailable'/>")
                }
                "start" => format!(
                    "<message from='{from}' to='m1@r'><start xmlns='{MUG}#user'/></message>"
                ),
                "talk" => format!(
                    "<message from='{from}' to='m1@r' type='groupchat'><body>hi</body></message>"
                ),
                _ => format!("<presence from='{from}' to='{to}'><game xmlns='{MUG}'/></presence>"),
            };
            let (stanza, now) = (parse(&stanza), start + Duration::from_millis(5 * n));
            let outs = match stanza.name() {
                "presence" => mug.presence(&stanza, now),
                _ => mug.message(&stanza, now),
            };
            let answer = |_: &str| seen(open());
            let told = play_out(&mut mug, outs.unwrap_or_default(), &answer);
            // What comes back to the sender is the sender's own.
            sent += told
                .iter()
                .filter(|one| one.attr("to") != Some(&from))
                .count();
        }
        // In 20 seconds: two bursts, and what comes in meanwhile; without a pace it was a third of a million.
        assert!(sent < 7000, "{kind}: {sent} stanzas");
    }
}

#[test]
fn a_player_comes_back_to_a_crowded_table_and_may_always_resign() {
    let mut mug = all_in(&begun(5, None));
    let now = Instant::now();
    for n in 0..400 {
        let stanza =
            format!("<presence from='eve@evil/{n}' to='m1@r/eve'><game xmlns='{MUG}'/></presence>");
        let outs = mug.presence(&parse(&stanza), now).unwrap();
        play_out(&mut mug, outs, &|_| seen(begun(5, None)));
    }
    mug.paces.rooms_are_spent(MatchId(1), now);
    let again = format!("<presence from='{GUEST}' to='m1@r/bob'><game xmlns='{MUG}'/></presence>");
    let outs = mug.presence(&parse(&again), now).unwrap();
    assert!(
        outs.iter().all(|out| matches!(out, Out::Call(..))),
        "a player is let in"
    );
    let stranger =
        format!("<presence from='zoe@x/pc' to='m1@r/zoe'><game xmlns='{MUG}'/></presence>");
    let outs = mug.presence(&parse(&stranger), now).unwrap();
    assert_eq!(
        told(&play_out(&mut mug, outs, &|_| seen(begun(5, None)))),
        ["zoe@x/pc resource-constraint"]
    );
    let resign = format!(
        "<presence from='{GUEST}' to='m1@r'><game xmlns='{MUG}'><item role='none'/></game></presence>"
    );
    let outs = mug.presence(&parse(&resign), now).unwrap();
    assert!(matches!(outs.as_slice(), [Out::Call(Call::Form(form), _)] if form.node == "resign"));
}

#[test]
fn nobody_uses_up_the_drafts_of_others() {
    let mut mug = mug();
    let now = Instant::now();
    let mut begin = |who: String, n: usize| {
        let space = "http://jabber.org/protocol/mug/tictactoe";
        let stanza = format!(
            "<presence from='{who}' to='new-tic-tac-toe-{n}@r/me'><game xmlns='{MUG}' var='{space}'/></presence>"
        );
        let outs = mug.presence(&parse(&stanza), now).unwrap();
        let sent = play_out(&mut mug, outs, &|_| seen(open()));
        sent.iter().all(|one| one.attr("type") != Some("error"))
    };
    let mine = (0..50)
        .filter(|n| begin("eve@evil/pc".to_owned(), *n))
        .count();
    let crowd = (0..2000)
        .filter(|n| begin(format!("e{n}@evil/pc"), 0))
        .count();
    assert!(mine <= 5 && crowd <= 200, "{mine} and {crowd}");
    assert!(begin("alice@x/pc".to_owned(), 0));
}

/// The same match after the players have changed sides, which those who see it late do not know yet.
fn turned(version: u64, viewer: Option<usize>) -> Table {
    Table {
        sides: vec!["second", "first"],
        delayed: true,
        ..begun(version, viewer)
    }
}

#[test]
fn spectators_of_a_match_with_a_delay_learn_nothing_from_what_its_players_see() {
    let early = Table {
        delayed: true,
        ..begun(5, None)
    };
    let mut mug = all_in(&early);
    let outs = mug.changed(MatchId(1));
    let sent = play_out(&mut mug, outs, &|bare| match bare {
        "alice@x" => seen(turned(9, Some(0))),
        "bob@x" => seen(turned(9, Some(1))),
        _ => seen(early.clone()),
    });
    let roles = |sent: &[Element], to: &str| {
        let to = to.to_owned();
        let mine = sent
            .iter()
            .filter(move |one| one.attr("to") == Some(&to) && one.name() == "presence");
        let items = mine.filter_map(|one| {
            one.get_child("game", MUG)?
                .get_child("item", MUG)?
                .attr("role")
                .map(str::to_owned)
        });
        items.collect::<Vec<_>>()
    };
    assert_eq!(roles(&sent, OTHER), Vec::<String>::new());
    assert_eq!(roles(&sent, OWNER), ["second", "first"]);
    // Somebody who comes in now is shown the sides that spectators know.
    let late = join(&mut mug, "zoe@x/pc", "m1@r/zoe", &early);
    assert_eq!(
        roles(&late, "zoe@x/pc"),
        ["first", "second", "none", "none"]
    );
    // When it is theirs to know, they are told.
    let outs = mug.changed(MatchId(1));
    let sent = play_out(&mut mug, outs, &|bare| match bare {
        "alice@x" => seen(turned(9, Some(0))),
        "bob@x" => seen(turned(9, Some(1))),
        _ => seen(turned(9, None)),
    });
    assert_eq!(roles(&sent, OTHER), ["second", "first"]);
}

#[test]
fn a_player_at_another_of_their_addresses_is_no_spectator() {
    let mut mug = mug();
    let table = begun(5, None);
    for (who, nick) in [
        ("alice@linked/pc", "alice"),
        (GUEST, "bob"),
        (OTHER, "carol"),
    ] {
        join(&mut mug, who, &format!("m1@r/{nick}"), &table);
    }
    let outs = mug.changed(MatchId(1));
    let sent = play_out(&mut mug, outs, &|bare| match bare {
        "alice@linked" => seen(begun(6, Some(0))),
        "bob@x" => seen(begun(6, Some(1))),
        _ => seen(begun(6, None)),
    });
    let states: Vec<String> = told(&sent);
    assert!(
        states.contains(&OTHER.to_owned()),
        "spectators are told: {states:?}"
    );
    assert!(states.contains(&"alice@linked/pc".to_owned()), "{states:?}");
    assert_eq!(mug.occupants(MatchId(1)).1, 2);
}
