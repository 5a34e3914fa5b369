//! What is found, by whom.

use ldap3_proto::control::LdapControl;
use ldap3_proto::parse_ldap_filter_str;
use ldap3_proto::proto::*;

use xmpp_referee::kit::{PersonId, clan_uuid, person_uuid};

use crate::house::{Client, House};
use LdapResultCode as Code;
use LdapSearchScope::{Base, OneLevel, Subtree};

fn request(base: &str, scope: LdapSearchScope, filter: &str, attrs: &[&str]) -> LdapSearchRequest {
    LdapSearchRequest {
        base: base.to_owned(),
        scope,
        aliases: LdapDerefAliases::Never,
        sizelimit: 0,
        timelimit: 0,
        typesonly: false,
        filter: parse_ldap_filter_str(filter).unwrap(),
        attrs: attrs.iter().map(|attr| (*attr).to_owned()).collect(),
    }
}

/// Names of what was found, and how the search ended.
fn found(answers: &[LdapMsg]) -> (Vec<String>, Code) {
    let names = answers.iter().filter_map(|answer| match &answer.op {
        LdapOp::SearchResultEntry(entry) => Some(entry.dn.clone()),
        _ => None,
    });
    let Some(LdapOp::SearchResultDone(done)) = answers.last().map(|last| &last.op) else {
        panic!("{answers:?}");
    };
    (names.collect(), done.code.clone())
}

fn search(client: &mut Client, base: &str, scope: LdapSearchScope, filter: &str) -> (String, Code) {
    let op = LdapOp::SearchRequest(request(base, scope, filter, &["1.1"]));
    let (names, code) = found(&client.ask(op, Vec::new()));
    let short = |name: &String| name.trim_end_matches(",o=forum,dc=r").to_owned();
    let names: Vec<String> = names.iter().map(short).collect();
    (names.join(" "), code)
}

fn values(answers: &[LdapMsg], name: &str) -> Vec<String> {
    let mut values = Vec::new();
    for answer in answers {
        if let LdapOp::SearchResultEntry(entry) = &answer.op {
            let wanted = entry.attributes.iter().filter(|found| found.atype == name);
            values.extend(wanted.flat_map(|found| found.vals.clone()));
        }
    }
    let text = |value| String::from_utf8(value).unwrap();
    values.into_iter().map(text).collect()
}

#[test]
fn whoever_is_not_bound_sees_what_the_server_can_do_and_nothing_else() {
    let house = House::new();
    let mut client = house.client();
    let root = LdapOp::SearchRequest(request("", Base, "(objectClass=*)", &["+", "*"]));
    let answers = client.ask(root, Vec::new());
    assert_eq!(values(&answers, "namingContexts"), ["dc=r"]);
    assert_eq!(values(&answers, "supportedLDAPVersion"), ["3"]);
    for base in [
        "dc=r",
        "ou=people,o=forum,dc=r",
        "uid=anna-k,ou=people,dc=r",
        "dc=x",
        "bad",
    ] {
        let (names, code) = search(&mut client, base, Subtree, "(objectClass=*)");
        assert_eq!(
            (names.as_str(), code),
            ("", Code::InsufficentAccessRights),
            "{base}"
        );
    }
    let compare = LdapOp::CompareRequest(LdapCompareRequest {
        dn: "cn=wolves,ou=clans,dc=r".to_owned(),
        atype: "member".to_owned(),
        val: b"uid=bob,ou=people,dc=r".to_vec(),
    });
    let LdapOp::CompareResult(refused) = client.one(compare) else {
        panic!("this answers no comparison");
    };
    assert_eq!(refused.code, Code::InsufficentAccessRights);
}

#[test]
fn scopes_and_filters_find_what_they_should() {
    let house = House::new();
    let mut client = house.anna();
    let wolves = "cn=wolves,ou=clans cn=captain,cn=wolves,ou=clans cn=member,cn=wolves,ou=clans";
    for (base, scope, filter, wanted) in [
        ("o=forum,dc=r", Base, "(objectClass=*)", "o=forum,dc=r"),
        (
            "o=forum,dc=r",
            OneLevel,
            "(objectClass=*)",
            "ou=people ou=clans",
        ),
        (
            "ou=people,o=forum,dc=r",
            Base,
            "(objectClass=*)",
            "ou=people",
        ),
        (
            "ou=people,o=forum,dc=r",
            OneLevel,
            "(objectClass=*)",
            "uid=Anna-K,ou=people uid=bob,ou=people uid=carol,ou=people uid=dave,ou=people uid=eve,ou=people",
        ),
        ("o=forum,dc=r", Subtree, "(uid=BOB)", "uid=bob,ou=people"),
        ("o=forum,dc=r", Subtree, "(uid=zoe)", ""),
        (
            "uid=bob,ou=people,o=forum,dc=r",
            Base,
            "(objectClass=*)",
            "uid=bob,ou=people",
        ),
        ("uid=bob,ou=people,o=forum,dc=r", Subtree, "(uid=eve)", ""),
        (
            "uid=bob,ou=people,o=forum,dc=r",
            OneLevel,
            "(objectClass=*)",
            "",
        ),
        (
            "cn=wolves,ou=clans,o=forum,dc=r",
            Subtree,
            "(objectClass=*)",
            wolves,
        ),
        (
            "cn=wolves,ou=clans,o=forum,dc=r",
            OneLevel,
            "(objectClass=groupOfNames)",
            "cn=captain,cn=wolves,ou=clans cn=member,cn=wolves,ou=clans",
        ),
        (
            "cn=member,cn=wolves,ou=clans,o=forum,dc=r",
            Base,
            "(cn=member)",
            "cn=member,cn=wolves,ou=clans",
        ),
        (
            "ou=clans,o=forum,dc=r",
            OneLevel,
            "(objectClass=*)",
            "cn=lions,ou=clans cn=wolves,ou=clans",
        ),
        (
            "o=forum,dc=r",
            Subtree,
            "(&(objectClass=groupOfNames)(member=\"uid=carol,ou=people,o=forum,dc=r\"))",
            "cn=lions,ou=clans cn=captain,cn=lions,ou=clans",
        ),
        (
            "o=forum,dc=r",
            Subtree,
            "(memberOf=\"cn=member,cn=wolves,ou=clans,o=forum,dc=r\")",
            "uid=bob,ou=people uid=dave,ou=people",
        ),
        (
            "o=forum,dc=r",
            Subtree,
            "(&(objectClass=person)(!(memberOf=\"cn=wolves,ou=clans,o=forum,dc=r\")))",
            "uid=carol,ou=people uid=eve,ou=people",
        ),
        (
            "o=forum,dc=r",
            Subtree,
            "(|(uid=e*)(cn=li*))",
            "uid=eve,ou=people cn=lions,ou=clans",
        ),
        ("o=forum,dc=r", Subtree, "(mail=*)", ""),
    ] {
        let wanted = (wanted.to_owned(), Code::Success);
        assert_eq!(
            search(&mut client, base, scope, filter),
            wanted,
            "{base} {filter}"
        );
    }
}

#[test]
fn what_is_not_there_is_said_and_another_service_is_out_of_bounds() {
    let house = House::new();
    let mut client = house.anna();
    for (base, wanted) in [
        ("uid=zoe,ou=people,o=forum,dc=r", Code::NoSuchObject),
        ("cn=tigers,ou=clans,o=forum,dc=r", Code::NoSuchObject),
        (
            "cn=coach,cn=wolves,ou=clans,o=forum,dc=r",
            Code::NoSuchObject,
        ),
        (
            "cn=fly,ou=may,cn=wolves,ou=clans,o=forum,dc=r",
            Code::NoSuchObject,
        ),
        ("dc=elsewhere", Code::NoSuchObject),
        ("anna", Code::InvalidDNSyntax),
        ("dc=r", Code::InsufficentAccessRights),
        ("ou=people,o=ftp,dc=r", Code::InsufficentAccessRights),
    ] {
        let (names, code) = search(&mut client, base, Subtree, "(objectClass=*)");
        assert_eq!((names.as_str(), code), ("", wanted), "{base}");
    }
}

#[test]
fn an_entry_shows_what_was_asked_for() {
    let house = House::new();
    let mut client = house.anna();
    let mut anna = |attrs: &[&str]| {
        let op = request("o=forum,dc=r", Subtree, "(uid=anna-k)", attrs);
        client.ask(LdapOp::SearchRequest(op), Vec::new())
    };
    let all = anna(&[]);
    assert_eq!(values(&all, "uid"), ["Anna-K"]);
    assert_eq!(values(&all, "sn"), ["Anna-K"]);
    assert_eq!(
        values(&all, "memberOf"),
        [
            "cn=lions,ou=clans,o=forum,dc=r",
            "cn=guest,cn=lions,ou=clans,o=forum,dc=r",
            "cn=wolves,ou=clans,o=forum,dc=r",
            "cn=captain,cn=wolves,ou=clans,o=forum,dc=r",
        ]
    );
    assert!(values(&all, "entryDN").is_empty());
    assert_eq!(
        values(&anna(&["+"]), "entryDN"),
        ["uid=Anna-K,ou=people,o=forum,dc=r"]
    );
    assert_eq!(values(&anna(&["MEMBEROF"]), "memberOf").len(), 4);
    assert!(values(&anna(&["MEMBEROF"]), "uid").is_empty());
    assert!(values(&anna(&["1.1"]), "uid").is_empty());
    // Nobody's address is anywhere.
    assert!(!format!("{all:?}").contains('@'));
}

#[test]
fn pages_join_to_the_whole_and_a_limit_is_kept() {
    let house = House::new();
    let mut client = house.anna();
    let whole = request("o=forum,dc=r", Subtree, "(|(uid=*)(member=*))", &["1.1"]);
    let (all, code) = found(&client.ask(LdapOp::SearchRequest(whole.clone()), Vec::new()));
    assert_eq!((all.len(), code), (12, Code::Success));
    for size in 1..=13 {
        let (mut joined, mut cookie) = (Vec::new(), Vec::new());
        loop {
            let page = LdapControl::SimplePagedResults { size, cookie };
            let answers = client.ask(LdapOp::SearchRequest(whole.clone()), vec![page]);
            let (names, code) = found(&answers);
            assert!(code == Code::Success && names.len() <= size as usize);
            joined.extend(names);
            let ctrl = answers.last().map(|last| last.ctrl.clone());
            let Some([LdapControl::SimplePagedResults { cookie: next, .. }]) = ctrl.as_deref()
            else {
                panic!("a page without a cookie");
            };
            if next.is_empty() {
                break;
            }
            cookie = next.clone();
        }
        assert_eq!(joined, all, "pages of {size}");
    }
    for (sizelimit, wanted) in [(11, Code::SizeLimitExceeded), (12, Code::Success)] {
        let limited = LdapSearchRequest {
            sizelimit,
            ..whole.clone()
        };
        let (names, code) = found(&client.ask(LdapOp::SearchRequest(limited), Vec::new()));
        assert_eq!((names.len(), code), (sizelimit as usize, wanted));
    }
    for cookie in ["99 0 ", "2 0 nonsense", "x", "0 99999999999 "] {
        let cookie = cookie.as_bytes().to_vec();
        let page = LdapControl::SimplePagedResults { size: 5, cookie };
        let (_, code) = found(&client.ask(LdapOp::SearchRequest(whole.clone()), vec![page]));
        assert!(matches!(code, Code::UnwillingToPerform | Code::Success));
    }
}

#[test]
fn a_comparison_answers_who_is_a_member() {
    let house = House::new();
    let mut client = house.anna();
    for (dn, value, wanted) in [
        ("cn=wolves,ou=clans", "uid=bob,ou=people", Code::CompareTrue),
        (
            "cn=member,cn=wolves,ou=clans",
            "uid=bob,ou=people",
            Code::CompareTrue,
        ),
        (
            "cn=captain,cn=wolves,ou=clans",
            "uid=bob,ou=people",
            Code::CompareFalse,
        ),
        (
            "cn=wolves,ou=clans",
            "uid=carol,ou=people",
            Code::CompareFalse,
        ),
        (
            "cn=kick,ou=may,cn=wolves,ou=clans",
            "uid=anna-k,ou=people",
            Code::CompareTrue,
        ),
        (
            "cn=kick,ou=may,cn=wolves,ou=clans",
            "uid=bob,ou=people",
            Code::CompareFalse,
        ),
        (
            "cn=fly,ou=may,cn=wolves,ou=clans",
            "uid=anna-k,ou=people",
            Code::NoSuchObject,
        ),
        (
            "cn=tigers,ou=clans",
            "uid=bob,ou=people",
            Code::NoSuchObject,
        ),
        ("ou=clans", "uid=bob,ou=people", Code::NoSuchAttribute),
    ] {
        let op = LdapOp::CompareRequest(LdapCompareRequest {
            dn: format!("{dn},o=forum,dc=r"),
            atype: "member".to_owned(),
            val: format!("{value},o=forum,dc=r").into_bytes(),
        });
        let LdapOp::CompareResult(told) = client.one(op) else {
            panic!("this answers no comparison");
        };
        assert_eq!(told.code, wanted, "{dn} {value}");
    }
}

#[test]
fn services_know_a_person_by_what_never_becomes_anothers() {
    let house = House::new();
    let mut anna = house.anna();
    let uuid = person_uuid("r", PersonId(1));
    let mut shown = |filter: &str, attr: &str| {
        let asked = request("o=forum,dc=r", LdapSearchScope::Subtree, filter, &[attr]);
        let answers = anna.ask(LdapOp::SearchRequest(asked), Vec::new());
        (found(&answers).0.len(), values(&answers, attr))
    };
    assert_eq!(shown("(uid=anna-k)", "entryUUID"), (1, vec![uuid.clone()]));
    assert_eq!(
        shown("(uid=anna-k)", "uidNumber"),
        (1, vec!["1000001".to_owned()])
    );
    let by_uuid = format!("(entryUUID={})", uuid.to_uppercase());
    assert_eq!(shown(&by_uuid, "uid"), (1, vec!["Anna-K".to_owned()]));
    assert_eq!(
        shown("(uidNumber=1000001)", "uid"),
        (1, vec!["Anna-K".to_owned()])
    );
    // The number of another referee's person is nobody's here.
    let other = format!("(entryUUID={})", person_uuid("elsewhere", PersonId(1)));
    assert_eq!(shown(&other, "uid"), (0, Vec::new()));
    assert_eq!(shown("(uidNumber=7)", "uid"), (0, Vec::new()));
    let wolves = format!("(entryUUID={})", clan_uuid("r", "wolves"));
    assert_eq!(shown(&wolves, "cn"), (1, vec!["wolves".to_owned()]));
    let unasked = request(
        "o=forum,dc=r",
        LdapSearchScope::Subtree,
        "(uid=anna-k)",
        &[],
    );
    let answers = anna.ask(LdapOp::SearchRequest(unasked), Vec::new());
    assert_eq!(values(&answers, "entryUUID"), [""; 0]);
}
