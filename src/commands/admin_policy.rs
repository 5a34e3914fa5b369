//! `admin policy`: the rules of the community, where each comes from, and changing one.

use super::call::{Caller, Place};
use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::moderation::{REASON, clean_reason};
use super::reply::Reply;
use super::shared::moment;
use crate::clans::{Creators, PolicyRule, RULES, no_such_rule, policy_rule};
use crate::engine::{Desk, ServiceEvent};
use crate::kit::{Refusal, Words, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "admin-policy",
    aliases: &["admin-rules"],
    title: "Admin: rules of the community",
    help: "Shows the rules of the community and where each comes from; with a rule, a value and a reason it changes one. The value default gives it back to the configuration; lists take +word and -word.",
    example: "admin policy members 50 the rooms are full",
    who: Who::Admin,
    effect: Effect::Changes,
    fields: &[
        Field {
            name: "rule",
            label: "Rule",
            kind: Kind::Pick(choices),
            default: "",
            required: false,
            words: WordsFor::Next,
        },
        Field {
            name: "value",
            label: "New value; default for the configuration's",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Next,
        },
        Field {
            label: "Reason (admins see it)",
            required: false,
            ..REASON
        },
    ],
    run,
};

/// Values are shown cut: a list of words may be long.
const MAX_SHOWN_CHARS: usize = 200;

fn choices(_: &Desk, _: &Caller, _: Place) -> Vec<(String, String)> {
    let rules = RULES.iter();
    rules
        .map(|rule| {
            (
                rule.name.to_owned(),
                format!("{}: {}", rule.name, rule.help),
            )
        })
        .collect()
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let Some(named) = ask.field("rule").map(str::to_owned) else {
        return Ok(shown(ask));
    };
    let rule = policy_rule(&named.to_lowercase()).ok_or_else(|| no_such_rule(&named))?;
    let Some(value) = ask.field("value").map(str::to_owned) else {
        let words = Words::line(line(ask, rule)).and(format!(
            "Type `admin policy {} value reason` to change it.",
            rule.name
        ));
        return Ok(Reply::words(words).with("value", rule.show(ask.desk.world().policy())));
    };
    let (value, reason) = quoted(value, ask.field("reason").unwrap_or_default());
    change(ask, rule, &value, reason)
}

/// A value of several words stands in quotes in chat: `admin policy contact "anna or bob" reason`.
fn quoted(value: String, rest: &str) -> (String, String) {
    let whole = format!("{value} {rest}");
    match whole
        .strip_prefix('"')
        .and_then(|text| text.split_once('"'))
    {
        Some((inside, after)) => (inside.to_owned(), after.to_owned()),
        None => (value, rest.to_owned()),
    }
}

fn change(
    ask: &mut Ask<'_>,
    rule: &PolicyRule,
    value: &str,
    reason: String,
) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let before = rule.show(ask.desk.world().policy());
    let value = match value.eq_ignore_ascii_case("default") {
        true => None,
        false => {
            let mut policy = ask.desk.world().policy().clone();
            rule.set(&mut policy, value)?;
            Some(rule.show(&policy))
        }
    };
    let reason = clean_reason(&reason).ok_or_else(|| missing(&CARD, "a reason"))?;
    let known = ask.desk.world().service.moderation.rules();
    let same = known.get(rule.name).map(|change| &change.value) == value.as_ref();
    if same {
        let said = format!("{} is {before} already.", rule.name);
        return Err(refuse("policy/unchanged", clip(&said, MAX_SHOWN_CHARS))
            .hint("Type `admin policy` to see all rules."));
    }
    let event = ServiceEvent::Policy {
        rule: rule.name.to_owned(),
        value,
        reason,
    };
    ask.desk.serve(Some(me), event)?;
    let after = rule.show(ask.desk.world().policy());
    let said = format!(
        "{} is {} now; it was {}.",
        rule.name,
        clip(&after, MAX_SHOWN_CHARS),
        clip(&before, MAX_SHOWN_CHARS)
    );
    let words = match rule.is_limit() {
        true => Words::line(said).and(
            "What is there stays, even where it is more than a new limit allows; the limit counts from now on.",
        ),
        false => Words::line(said),
    };
    Ok(Reply::words(words).with("value", after))
}

fn shown(ask: &Ask<'_>) -> Reply {
    let lines: Vec<String> = RULES.iter().map(|rule| line(ask, rule)).collect();
    let words = lines.iter().fold(
        Words::line("The rules of this community:"),
        |words, line| words.and(format!("· {line}")),
    );
    let world = ask.desk.world();
    let words = match world.policy().creators {
        Creators::Listed => {
            let founders = world.service.moderation.founders().iter().take(50);
            let names: Vec<String> = founders.map(|id| world.people.name(*id)).collect();
            words.and(match names.as_slice() {
                [] => "Nobody is listed yet; `admin founder carol on reason` lets somebody found clans.".to_owned(),
                names => format!("Listed founders: {}.", names.join(", ")),
            })
        }
        _ => words,
    };
    Reply::words(words.and(
        "Type for example `admin policy members 50 too many ghosts`, or `admin policy members default reason`.",
    ))
    .with_list("rules", lines)
}

/// A rule in one line: what it is, and where that comes from.
fn line(ask: &Ask<'_>, rule: &PolicyRule) -> String {
    let world = ask.desk.world();
    let value = clip(&rule.show(world.policy()), MAX_SHOWN_CHARS);
    let from = match world.service.moderation.rules().get(rule.name) {
        Some(change) => {
            let by = change
                .by
                .map_or("nobody".to_owned(), |by| world.people.name(by));
            format!("by {by} on {}: {}", moment(change.at), change.reason)
        }
        None if world.configured().named.contains(rule.name) => "from the configuration".to_owned(),
        None => "the default".to_owned(),
    };
    format!("{} {value} ({}; {from})", rule.name, rule.help)
}
