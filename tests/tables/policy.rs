//! Given, when, then: the rules of a community.

use xmpp_referee::clans::{Configured, Policy, RULES, policy_rule, read_time, show_time};
use xmpp_referee::kit::Span;

/// Sets a rule on top of others and tells its value afterwards, or the refusal.
fn set(policy: &mut Policy, name: &str, value: &str) -> String {
    let rule = policy_rule(name).unwrap();
    let before = policy.clone();
    match rule.set(policy, value) {
        Ok(()) => rule.show(policy),
        Err(no) => {
            assert!(no.hint.is_some(), "{no:?} says what would be right");
            assert_eq!(*policy, before, "{name} {value}: a refusal changes nothing");
            format!("no: {}", no.code)
        }
    }
}

#[test]
fn values_are_taken_or_refused_with_what_would_be_right() {
    let many: Vec<String> = (0..201).map(|n| format!("word{n}")).collect();
    let many = many.join(",");
    for (name, value, then) in [
        ("creators", "admins", "admins"),
        ("creators", "Listed", "listed"),
        ("creators", "nobody", "no: policy/value"),
        ("clans", "5", "5"),
        ("clans", "0", "no: policy/value"),
        ("clans", "-1", "no: policy/value"),
        ("clans", "51", "no: policy/value"),
        ("clans", "99999999999", "no: policy/value"),
        ("members", "1000", "1000"),
        ("members", "many", "no: policy/value"),
        ("invitations", "0", "0"),
        ("grace", "48h", "2d"),
        ("grace", "90m", "90m"),
        ("grace", "0", "no: policy/value"),
        ("grace", "91d", "no: policy/value"),
        ("rejoin", "0", "0"),
        ("founding", "2w", "14d"),
        ("founding", "soon", "no: policy/value"),
        ("words", "Bad, *worse*", "*worse*, bad"),
        ("words", "bad, bad", "bad"),
        ("words", "none", "none"),
        ("words", "", "no: policy/value"),
        ("words", "two words", "no: policy/word"),
        ("words", &many, "no: policy/value"),
        ("reserved", "Acme Corp, x1", "acme corp, x1"),
        ("reserved", "x", "no: policy/word"),
        (
            "contact",
            " write to\nanna@example.org ",
            "write to anna@example.org",
        ),
        ("contact", "\u{202e}", "no: policy/value"),
    ] {
        assert_eq!(
            set(&mut Policy::default(), name, value),
            then,
            "{name} {value}"
        );
    }
}

#[test]
fn lists_are_edited_entry_by_entry() {
    let mut policy = Policy::default();
    for (value, then) in [
        ("bad", "bad"),
        ("+worse", "bad, worse"),
        ("+worst, -bad", "worse, worst"),
        ("-never", "worse, worst"),
        ("new", "new"),
        ("+x", "no: policy/word"),
        ("-new", "none"),
    ] {
        assert_eq!(set(&mut policy, "words", value), then, "{value}");
    }
}

#[test]
fn each_rule_reads_what_it_shows_and_they_are_in_order() {
    let mut policy = Policy::default();
    let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    for rule in RULES {
        let shown = rule.show(&policy);
        rule.set(&mut policy, &shown).unwrap();
        assert!(
            !rule.help.is_empty() && policy == Policy::default(),
            "{}",
            rule.name
        );
    }
    let told = names.clone();
    names.sort_unstable();
    assert_eq!(told, names);
}

#[test]
fn a_configuration_names_what_it_changes() {
    let mut configured = Configured::default();
    configured.take("clans", "5").unwrap();
    assert_eq!(configured.policy.clans, 5);
    assert_eq!(configured.policy.members, Policy::default().members);
    assert_eq!(
        configured.named.iter().copied().collect::<Vec<_>>(),
        ["clans"]
    );
    let unknown = configured.take("clanz", "5").unwrap_err();
    assert!(unknown.to_string().contains("creators"), "{unknown}");
    assert_eq!(unknown.code, "policy/unknown");
    assert_eq!(
        configured.take("clans", "x").unwrap_err().code,
        "policy/value"
    );
}

#[test]
fn times_are_short_to_write() {
    for (text, span) in [
        ("0", Some(Span::ZERO)),
        ("45m", Some(Span::minutes(45))),
        ("12H", Some(Span::hours(12))),
        ("7d", Some(Span::days(7))),
        ("2w", Some(Span::days(14))),
        ("", None),
        ("d", None),
        ("-1d", None),
        ("1.5h", None),
        ("999999d", None),
        ("7 d", None),
        ("é", None),
    ] {
        assert_eq!(read_time(text), span, "{text}");
        if let Some(span) = span {
            assert_eq!(read_time(&show_time(span)), Some(span));
        }
    }
}
