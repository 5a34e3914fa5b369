//! Given, when, then: a clan's pages. `olga` owns it, `oscar` is an officer, `mia` a member, `rex` a recruit, `wanda` may write
//! and not read what is for officers; `stan` does not belong to it.

use xmpp_referee::clans::{
    Clan, ClanAsk, ClanEvent, Context, FileKind, Joining, MAX_PAGE_CHARS, MAX_PAGES, PageAsk,
    PageEvent, PageKind, Permission, RoleId, Sees,
};
use xmpp_referee::kit::{PersonId, Refusal, Span, Timestamp};

const PEOPLE: [(&str, &str); 6] = [
    ("olga", "owner"),
    ("oscar", "officer"),
    ("mia", "member"),
    ("rex", "recruit"),
    ("wanda", "writer"),
    ("stan", ""),
];

fn person(name: &str) -> PersonId {
    let place = PEOPLE.iter().position(|(one, _)| *one == name).unwrap();
    PersonId(place as u64 + 1)
}

fn role(name: &str) -> RoleId {
    RoleId::read(name).unwrap()
}

fn clan() -> Clan {
    let founded = ClanEvent::Founded {
        name: "Wolves".to_owned(),
        owner: person("olga"),
        joining: Joining::Open,
    };
    let mut clan = Clan::begin("wolves".parse().unwrap(), Timestamp(0), &founded).unwrap();
    let made = ClanEvent::RoleMade {
        role: role("writer"),
        rank: 30,
        may: [Permission::EditPages, Permission::Read].into(),
        like: None,
    };
    clan.evolve(Timestamp(0), None, &made);
    for (name, word) in &PEOPLE[1..5] {
        let joined = ClanEvent::Joined {
            who: person(name),
            role: role(word),
        };
        clan.evolve(Timestamp(0), None, &joined);
    }
    clan
}

fn asked(clan: &Clan, who: &str, ask: PageAsk) -> Result<Vec<ClanEvent>, Refusal> {
    let context = Context::default();
    clan.decide(
        Timestamp(5),
        Some(person(who)),
        &ClanAsk::Page(ask),
        &context,
    )
}

/// Asks, applies, and says in a word what came of it.
fn outcome(clan: &mut Clan, who: &str, ask: PageAsk) -> String {
    match asked(clan, who, ask) {
        Ok(events) => {
            for event in &events {
                clan.evolve(Timestamp(5), Some(person(who)), event);
            }
            let words: Vec<&str> = events.iter().map(ClanEvent::word).collect();
            words.join(" ")
        }
        Err(no) => {
            assert!(no.hint.is_some(), "{} says nothing to type next", no.code);
            format!("no: {}", no.code)
        }
    }
}

fn write(sees: Sees, text: &str) -> PageAsk {
    PageAsk::Write {
        kind: PageKind::Note,
        sees,
        title: None,
        text: text.to_owned(),
        file: None,
    }
}

fn edit(page: u32) -> PageAsk {
    PageAsk::Edit {
        page,
        sees: None,
        title: None,
        text: None,
        url: None,
        file: None,
    }
}

#[test]
fn whoever_may_edit_pages_writes_what_they_may_read() {
    for (who, sees, then) in [
        ("olga", Sees::Officers, "page"),
        ("oscar", Sees::Officers, "page"),
        ("oscar", Sees::Public, "page"),
        ("wanda", Sees::Members, "page"),
        ("wanda", Sees::Officers, "no: clan/not-allowed"),
        ("mia", Sees::Members, "no: clan/not-allowed"),
        ("mia", Sees::Public, "no: clan/not-allowed"),
        ("stan", Sees::Public, "no: clan/not-allowed"),
    ] {
        assert_eq!(
            outcome(&mut clan(), who, write(sees, "Plan B")),
            then,
            "{who} {sees:?}"
        );
    }
}

#[test]
fn a_page_is_read_by_those_it_is_for() {
    let mut clan = clan();
    for sees in Sees::ALL {
        outcome(&mut clan, "olga", write(sees, sees.word()));
    }
    for (who, pages) in [
        (Some("olga"), "3 2 1"),
        (Some("oscar"), "3 2 1"),
        (Some("mia"), "2 1"),
        (Some("rex"), "2 1"),
        (Some("wanda"), "2 1"),
        (Some("stan"), "1"),
        (None, "1"),
    ] {
        let reader = who.map(person);
        let seen: Vec<String> = clan.pages_for(reader).map(|(n, _)| n.to_string()).collect();
        assert_eq!(seen.join(" "), pages, "{who:?}");
        // One that is for others and one that is not there are refused alike.
        let refused = |number| clan.page_for(reader, number).unwrap_err().text;
        if !pages.contains('3') {
            assert_eq!(refused(3).replace('3', "9"), refused(9), "{who:?}");
        }
    }
    let left = ClanEvent::Kicked {
        who: person("oscar"),
        reason: "gone".to_owned(),
    };
    clan.evolve(Timestamp(9), Some(person("olga")), &left);
    assert_eq!(clan.readers_of(Sees::Officers), [person("olga")]);
    assert!(clan.page_for(Some(person("oscar")), 2).is_err());
    clan.evolve(Timestamp(9), None, &ClanEvent::Disbanded);
    assert_eq!(clan.pages_for(Some(person("olga"))).count(), 0);
}

#[test]
fn titles_and_texts_are_short_and_clean() {
    let long = "x".repeat(MAX_PAGE_CHARS + 1);
    let wordy = "word ".repeat(30);
    for (text, title, body) in [
        ("Training at 20:00", "Training at 20:00", ""),
        (
            "Rush B\n\nSmoke first.\n\n\n\nThen run.",
            "Rush B",
            "Smoke first.\n\nThen run.",
        ),
        (" \u{202e}Rush\t B \u{200b}\r\n go ", "Rush B", "go"),
        (wordy.as_str(), "word word", wordy.trim()),
    ] {
        let mut clan = clan();
        assert_eq!(
            outcome(&mut clan, "olga", write(Sees::Members, text)),
            "page"
        );
        let page = &clan.pages.all[&1];
        assert!(page.title.starts_with(title), "{}", page.title);
        assert!(page.title.chars().count() <= 80);
        assert_eq!(page.text, body);
    }
    for (text, then) in [
        ("", "no: clan/empty-page"),
        (" \n\t\u{200b} ", "no: clan/empty-page"),
        (long.as_str(), "no: clan/long"),
    ] {
        assert_eq!(
            outcome(&mut clan(), "olga", write(Sees::Members, text)),
            then
        );
    }
    for (title, then) in [
        ("Plan", "page"),
        (" ", "no: clan/empty-page"),
        (wordy.as_str(), "no: clan/long"),
    ] {
        let ask = PageAsk::Write {
            kind: PageKind::Strategy,
            sees: Sees::Members,
            title: Some(title.to_owned()),
            text: String::new(),
            file: None,
        };
        assert_eq!(outcome(&mut clan(), "olga", ask), then, "{title}");
    }
}

#[test]
fn edits_keep_the_number_and_say_what_was_before() {
    let mut clan = clan();
    outcome(&mut clan, "olga", write(Sees::Members, "Plan A"));
    let changed = |clan: &Clan, who: &str, ask| match asked(clan, who, ask) {
        Ok(events) => match events.as_slice() {
            [
                ClanEvent::Page(PageEvent::Edited {
                    page,
                    sees,
                    was,
                    title,
                    ..
                }),
            ] => {
                format!("{page} {} {:?} {title}", sees.word(), was.map(Sees::word))
            }
            other => panic!("{other:?}"),
        },
        Err(no) => format!("no: {}", no.code),
    };
    let text = |text: &str| PageAsk::Edit {
        page: 1,
        sees: None,
        title: None,
        text: Some(text.to_owned()),
        url: None,
        file: None,
    };
    let sees = |page, sees| PageAsk::Edit {
        page,
        sees: Some(sees),
        title: None,
        text: None,
        url: None,
        file: None,
    };
    for (who, ask, then) in [
        ("oscar", text("Plan B"), "1 members None Plan B"),
        (
            "oscar",
            sees(1, Sees::Officers),
            "1 officers Some(\"members\") Plan A",
        ),
        (
            "oscar",
            sees(1, Sees::Public),
            "1 public Some(\"members\") Plan A",
        ),
        ("oscar", sees(1, Sees::Members), "no: clan/unchanged"),
        ("oscar", edit(1), "no: clan/unchanged"),
        ("oscar", text("Plan A"), "no: clan/unchanged"),
        ("oscar", text(""), "no: clan/empty-page"),
        ("oscar", sees(2, Sees::Public), "no: clan/no-page"),
        // Nobody hides a page from themselves.
        ("wanda", sees(1, Sees::Officers), "no: clan/not-allowed"),
        ("mia", text("Plan C"), "no: clan/not-allowed"),
    ] {
        assert_eq!(changed(&clan, who, ask), then, "{who}");
    }
    outcome(&mut clan, "olga", sees(1, Sees::Officers));
    // Whoever may write and not read it does not learn that it is there.
    assert_eq!(changed(&clan, "wanda", text("mine")), "no: clan/no-page");
    assert_eq!(
        outcome(&mut clan, "wanda", PageAsk::Remove { page: 1 }),
        "no: clan/no-page"
    );
    assert_eq!(
        outcome(&mut clan, "oscar", PageAsk::Remove { page: 1 }),
        "page-removed"
    );
    assert_eq!(
        outcome(&mut clan, "olga", write(Sees::Public, "New")),
        "page"
    );
    assert_eq!(
        clan.pages.all.keys().copied().collect::<Vec<_>>(),
        [2],
        "numbers are not given out again"
    );
}

#[test]
fn files_are_links_that_others_can_open() {
    let file = |url: &str| PageAsk::Write {
        kind: PageKind::File,
        sees: Sees::Members,
        title: Some("Final".to_owned()),
        text: String::new(),
        file: Some((url.to_owned(), FileKind::Demo)),
    };
    for (url, then) in [
        ("https://upload.example.org/a/final.dem", "page"),
        ("http://upload.example.org/final.dem", "page"),
        ("ftp://example.org/x", "no: clan/no-link"),
        ("javascript:alert(1)", "no: clan/no-link"),
        ("https://bank.example@evil.example/", "no: clan/no-link"),
        ("https://example.org/a b", "no: clan/no-link"),
        ("final.dem", "no: clan/no-link"),
    ] {
        assert_eq!(outcome(&mut clan(), "oscar", file(url)), then, "{url}");
    }
    let mut clan = clan();
    outcome(&mut clan, "oscar", file("https://example.org/1"));
    outcome(&mut clan, "oscar", write(Sees::Members, "no file"));
    let link = |page, url: &str| PageAsk::Edit {
        page,
        sees: None,
        title: None,
        text: None,
        url: Some(url.to_owned()),
        file: Some(FileKind::Recording),
    };
    assert_eq!(
        outcome(&mut clan, "oscar", link(1, "nonsense")),
        "no: clan/no-link"
    );
    assert_eq!(
        outcome(&mut clan, "oscar", link(1, "https://example.org/2")),
        "page-edited"
    );
    assert_eq!(
        outcome(&mut clan, "oscar", link(2, "https://example.org/2")),
        "no: clan/no-file"
    );
    let kept = clan.pages.all[&1].file.clone().unwrap();
    assert_eq!(
        (kept.url.as_str(), kept.kind),
        ("https://example.org/2", FileKind::Recording)
    );
}

#[test]
fn a_clan_has_only_so_many_pages() {
    let mut clan = clan();
    for n in 0..MAX_PAGES {
        assert_eq!(
            outcome(
                &mut clan,
                "olga",
                write(Sees::Members, &format!("Page {n}"))
            ),
            "page"
        );
    }
    assert_eq!(
        outcome(&mut clan, "olga", write(Sees::Members, "more")),
        "no: clan/many-pages"
    );
    assert_eq!(
        outcome(&mut clan, "olga", PageAsk::Remove { page: 1 }),
        "page-removed"
    );
    assert_eq!(
        outcome(&mut clan, "olga", write(Sees::Members, "more")),
        "page"
    );
}

#[test]
fn only_what_everybody_may_read_counts_as_public() {
    let mut clan = clan();
    let before = clan.events;
    outcome(&mut clan, "olga", write(Sees::Officers, "secret"));
    outcome(&mut clan, "olga", PageAsk::Remove { page: 1 });
    assert_eq!(clan.events, before);
    outcome(&mut clan, "olga", write(Sees::Public, "open"));
    assert_eq!(clan.events, before + 1);
    let node = ClanEvent::Page(PageEvent::Node {
        sees: Sees::Public,
        node: Some("r/clan/wolves".to_owned()),
    });
    assert_eq!(node.kind(), None);
}

#[test]
fn what_was_written_reads_back() {
    let mut clan = clan();
    outcome(
        &mut clan,
        "olga",
        write(Sees::Officers, "Rush B\nSmoke first."),
    );
    let kept = serde_json::to_string(&clan).unwrap();
    assert_eq!(serde_json::from_str::<Clan>(&kept).unwrap(), clan);
    let plain = ClanEvent::Page(PageEvent::Removed {
        page: 3,
        sees: Sees::Members,
    });
    let line = serde_json::to_string(&plain).unwrap();
    assert_eq!(line, r#"{"page":{"removed":{"page":3,"sees":"members"}}}"#);
    // Nothing about pages is in the snapshot of a clan that has none.
    assert!(
        !serde_json::to_string(&self::clan())
            .unwrap()
            .contains("pages\":{\"last")
    );
    assert!(clan.pages.all[&1].changed() < Timestamp(0) + Span::days(1));
}
