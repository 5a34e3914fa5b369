//! Given, when, then: names and tags of clans.

use xmpp_referee::clans::{check_name, check_reserved, check_tag};
use xmpp_referee::kit::Refusal;

fn said(result: Result<String, Refusal>) -> String {
    match result {
        Ok(text) => text,
        Err(no) => {
            assert!(no.hint.is_some(), "{no:?} says what to do next");
            format!("no: {}", no.code)
        }
    }
}

#[test]
fn names_of_clans_are_normal_or_refused() {
    let long = "x".repeat(41);
    let stacked = "Wo\u{301}\u{302}\u{303}lves";
    for (given, then) in [
        ("The Wolves", "The Wolves"),
        ("  The   Wolves ", "The Wolves"),
        ("Ｔｈｅ Wolves", "The Wolves"),
        ("Les Loups d'Été", "Les Loups d'Été"),
        ("Rot-Weiß 09", "Rot-Weiß 09"),
        ("Волки", "Волки"),
        ("狼 Wolves", "狼 Wolves"),
        ("भेड़िये", "भेड़िये"),
        ("Fire & Ice!", "Fire & Ice!"),
        ("x", "no: clan/name-length"),
        ("", "no: clan/name-length"),
        (&long, "no: clan/name-length"),
        ("1337", "no: clan/name-characters"),
        ("-wolves", "no: clan/name-characters"),
        ("wol\u{202e}sev", "no: clan/name-characters"),
        ("wol\u{200d}ves", "no: clan/name-characters"),
        ("wol\nves", "no: clan/name-characters"),
        ("<b>wolves", "no: clan/name-characters"),
        ("{0} wins", "no: clan/name-characters"),
        ("wolves@home", "no: clan/name-characters"),
        (stacked, "no: clan/name-characters"),
        ("Wоlves", "no: clan/name-scripts"),
        ("Ωolves", "no: clan/name-scripts"),
        ("Referee", "no: clan/name-reserved"),
        ("Rеfеrее", "no: clan/name-scripts"),
        ("R E F E R E E", "no: clan/name-reserved"),
        ("ALL", "no: clan/name-reserved"),
    ] {
        assert_eq!(said(check_name(given)), then, "{given:?}");
    }
}

#[test]
fn tags_collide_with_no_other_address_and_no_word_that_means_something() {
    let also = ["chess", "challenge", "acme"];
    for (tag, then) in [
        ("wolves", "wolves"),
        ("m-team", "m-team"),
        ("m42b", "m42b"),
        ("4ever", "4ever"),
        ("m42", "no: clan/tag-reserved"),
        ("p7", "no: clan/tag-reserved"),
        ("t7", "no: clan/tag-reserved"),
        ("ladder-chess", "no: clan/tag-reserved"),
        ("clan-wolves", "no: clan/tag-reserved"),
        ("new-chess", "no: clan/tag-reserved"),
        ("referee", "no: clan/tag-reserved"),
        ("r3feree", "r3feree"),
        ("re-fe-ree", "no: clan/tag-reserved"),
        ("l0bby", "no: clan/tag-reserved"),
        ("chess", "no: clan/tag-reserved"),
        ("che-ss", "no: clan/tag-reserved"),
        ("acme", "no: clan/tag-reserved"),
    ] {
        let read = check_tag(tag, also).map(|()| tag.to_owned());
        assert_eq!(said(read), then, "{tag}");
    }
}

#[test]
fn what_a_community_reserves_holds_for_look_alikes_too() {
    for (name, free) in [
        ("Acme Corp", false),
        ("ACME-C0RP", false),
        ("Acme", true),
        ("Wolves", true),
    ] {
        let checked = check_reserved(name, ["acme corp"]);
        assert_eq!(checked.is_ok(), free, "{name}");
    }
}
