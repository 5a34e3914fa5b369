use super::*;

fn rosters(granted: &str) -> Rosters {
    let mut rosters = Rosters::new("r.localhost");
    let told =
        "<privilege xmlns='urn:xmpp:privilege:1'><perm access='roster' type='both'/></privilege>";
    assert!(hears(&mut rosters, granted, told));
    rosters
}

fn hears(rosters: &mut Rosters, from: &str, inner: &str) -> bool {
    let text = format!(
        "<message xmlns='jabber:component:accept' from='{from}' to='r.localhost'>{inner}</message>"
    );
    let message: Element = text.parse().expect("a message");
    rosters.privileges(&message, &Head::read(&message).expect("addresses"))
}

fn person(jid: &str) -> Addressee {
    Addressee {
        jid: jid.to_owned(),
        others: Vec::new(),
        handle: jid.split('@').next().unwrap_or_default().to_owned(),
        on_clock: false,
        bot: false,
        invitations: false,
        muted: false,
    }
}

fn wolves(rosters: &mut Rosters, add: bool, aloud: bool, to: &[&str]) -> Vec<Out> {
    let to: Vec<Addressee> = to.iter().map(|jid| person(jid)).collect();
    rosters.contacts(
        ("wolves".parse().unwrap(), "Wolves"),
        add,
        aloud,
        &to,
        "clan-wolves@r/3/0",
    )
}

fn list(items: &str) -> Heard {
    let text = format!(
        "<iq xmlns='jabber:component:accept' type='result' id='1'><query xmlns='jabber:iq:roster'>{items}</query></iq>"
    );
    Heard::Result(text.parse().expect("an iq"))
}

/// Messages and questions as text, and the questions themselves.
fn shown(outs: &[Out]) -> (Vec<String>, Vec<Asked>) {
    let mut asked = Vec::new();
    let one = |out: &Out| match out {
        Out::Send(stanza) => String::from(stanza),
        Out::Ask(Question {
            to,
            set,
            payload,
            then: Then::Rosters(ask),
            from,
        }) => {
            assert_eq!(from, "r.localhost");
            asked.push(ask.clone());
            format!(
                "{} {to} {}",
                if *set { "set" } else { "get" },
                String::from(payload)
            )
        }
        other => panic!("{other:?}"),
    };
    (outs.iter().map(one).collect(), asked)
}

#[test]
fn without_a_grant_mates_are_offered_by_message() {
    let mut rosters = Rosters::new("r.localhost");
    let (lines, _) = shown(&wolves(&mut rosters, true, true, &["a@x", "b@x", "c@y"]));
    assert_eq!(lines.len(), 1);
    for part in [
        "from=\"clan-wolves@r.localhost\"",
        "to=\"a@x\"",
        "<item action=\"add\" jid=\"b@x\" name=\"b\"><group>Wolves</group></item>",
        "c: xmpp:c@y</body>",
        "type=\"chat\"",
    ] {
        let plain = lines[0].replace('\'', "\"");
        assert!(plain.contains(part), "{part} in {plain}");
    }
    let (lines, _) = shown(&wolves(&mut rosters, false, false, &["a@x", "b@x"]));
    let plain = lines[0].replace('\'', "\"");
    assert!(
        plain.contains("action=\"delete\"") && !plain.contains("<body"),
        "{plain}"
    );
    assert!(
        wolves(&mut rosters, true, true, &["a@x"]).is_empty(),
        "nobody to offer"
    );
    assert!(
        wolves(&mut rosters, true, true, &[]).is_empty(),
        "nobody to tell"
    );
}

#[test]
fn where_a_server_lets_us_its_own_accounts_get_a_group() {
    let mut rosters = rosters("x");
    let (lines, asked) = shown(&wolves(
        &mut rosters,
        true,
        false,
        &["a@x", "b@x", "c@x", "d@x", "e@y"],
    ));
    assert!(
        lines[0].contains("e@y") && !lines[0].contains("b@x"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("get a@x "), "{lines:?}");
    let known = "<item jid='c@x' subscription='both'/><item jid='d@x' subscription='none'><group>Friends</group></item>";
    let (lines, sets) = shown(&rosters.heard(asked[0].clone(), &list(known)));
    assert_eq!(
        lines.len(),
        1,
        "whom they know already is left alone: {lines:?}"
    );
    let plain = lines[0].replace('\'', "\"");
    assert!(
        plain.starts_with("set a@x ")
            && plain.contains("jid=\"b@x\" name=\"b\" subscription=\"both\"><group>Wolves</group>"),
        "{plain}"
    );
    assert!(rosters.heard(sets[0].clone(), &list("")).is_empty() && rosters.busy == 0);
}

#[test]
fn what_is_taken_off_is_what_was_put_there() {
    let mut rosters = rosters("x");
    let (_, asked) = shown(&wolves(
        &mut rosters,
        false,
        false,
        &["a@x", "b@x", "c@x", "d@x"],
    ));
    let known = "<item jid='b@x' subscription='both'><group>Wolves</group></item>\
                 <item jid='c@x' name='Cee' subscription='both'><group>Wolves</group><group>Friends</group></item>\
                 <item jid='d@x' subscription='both'/>";
    let (lines, _) = shown(&rosters.heard(asked[0].clone(), &list(known)));
    let plain: Vec<String> = lines.iter().map(|line| line.replace('\'', "\"")).collect();
    assert_eq!(plain.len(), 2, "{plain:?}");
    assert!(
        plain[0].contains("jid=\"b@x\" subscription=\"remove\""),
        "{plain:?}"
    );
    assert!(
        plain[1].contains("name=\"Cee\" subscription=\"both\"><group>Friends</group></item>"),
        "{plain:?}"
    );
}

#[test]
fn what_a_server_refuses_is_offered() {
    let mut rosters = rosters("x");
    let (_, asked) = shown(&wolves(&mut rosters, true, false, &["a@x", "b@x"]));
    let (lines, _) = shown(&rosters.heard(asked[0].clone(), &Heard::Silence));
    assert!(lines.len() == 1 && lines[0].contains(ROSTERX), "{lines:?}");
    let (_, asked) = shown(&wolves(&mut rosters, true, false, &["a@x", "b@x", "c@x"]));
    let (_, sets) = shown(&rosters.heard(asked[0].clone(), &list("")));
    let (lines, _) = shown(&rosters.heard(sets[1].clone(), &Heard::Silence));
    assert!(
        lines[0].contains("c@x") && !lines[0].contains("b@x"),
        "{lines:?}"
    );
}

#[test]
fn both_namespaces_are_understood_and_only_a_server_grants() {
    let mut rosters = rosters("x");
    let perm = |ns: &str, access: &str, kind: &str| {
        format!("<privilege xmlns='{ns}'><perm access='{access}' type='{kind}'/></privilege>")
    };
    let [one, two] = PRIVILEGES;
    assert!(hears(&mut rosters, "y", &perm(two, "roster", "both")));
    assert!(!hears(&mut rosters, "eve@z", &perm(one, "roster", "both")));
    assert!(!hears(&mut rosters, "z", "<body>hello</body>"));
    assert!(hears(&mut rosters, "z", &perm(one, "message", "outgoing")));
    assert!(hears(&mut rosters, "v", &perm(one, "roster", "get")));
    assert_eq!(rosters.granted.iter().collect::<Vec<_>>(), ["x", "y"]);
    assert!(hears(&mut rosters, "x", &perm(one, "message", "outgoing")));
    assert_eq!(rosters.granted.len(), 1);
    for n in 0..2 * MAX_SERVERS {
        hears(
            &mut rosters,
            &format!("s{n}.example"),
            &perm(one, "roster", "both"),
        );
    }
    assert_eq!(rosters.granted.len(), MAX_SERVERS);
}

#[test]
fn a_crowd_is_served_a_few_at_a_time() {
    let mut rosters = rosters("x");
    let mut asked = Vec::new();
    for n in 0..3 * AT_ONCE {
        asked.extend(
            shown(&wolves(
                &mut rosters,
                true,
                false,
                &[&format!("p{n}@x"), "b@x"],
            ))
            .1,
        );
    }
    assert_eq!((asked.len(), rosters.busy), (AT_ONCE, AT_ONCE));
    let mut done = 0;
    while let Some(ask) = asked.pop() {
        asked.extend(shown(&rosters.heard(ask, &list("<item jid='b@x'/>"))).1);
        done += 1;
    }
    assert_eq!((done, rosters.busy), (3 * AT_ONCE, 0));
}
