//! `authorise`: other services ask whether somebody may do something in a clan. [`crate::clans::authorise`] decides; this
//! only finds out who and what is meant, and writes down who asked.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::reply::Reply;
use crate::clans::{Permission, authorise, bare_jid};
use crate::engine::Desk;
use crate::kit::{ClanTag, Refusal, Words, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "authorise",
    aliases: &["authorize"],
    title: "May somebody do something in a clan?",
    help: "Tells a service whether a person may do something in a clan, and why.",
    example: "authorise anna wolves edit-pages",
    who: Who::Service,
    effect: Effect::Reads,
    fields: &[
        Field {
            name: "person",
            label: "Person: handle or JID",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        Field {
            name: "clan",
            label: "Clan: its tag",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        Field {
            name: "permission",
            label: "Permission, such as speak",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
    ],
    run,
};

/// What everybody else hears.
pub const FOR_SERVICES: &str =
    "This is for services that the referee's admins trust (`trusted` in its configuration).";

/// The longest text of a question that is said back.
const MAX_SHOWN: usize = 40;

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the person may.
    pub allowed: bool,
    /// Why, as a clause: "the role captain may speak for the clan".
    pub because: String,
    /// The person's role in the clan, if they are in it.
    pub role: Option<String>,
}

impl Decision {
    fn no(because: String) -> Decision {
        Decision {
            allowed: false,
            because,
            role: None,
        }
    }
}

/// A question of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// A handle or a bare JID.
    pub person: String,
    /// The clan's tag.
    pub clan: String,
    /// The permission's word.
    pub permission: String,
}

/// Decides, and writes into the log what was asked and what came of it: a service that asks too much shows there.
///
/// # Errors
/// There is no such permission. Unknown people and clans are no error: nobody may do anything there.
pub(super) fn decide(desk: &Desk, service: &str, asked: &Question) -> Result<Decision, Refusal> {
    let permission = Permission::read(&asked.permission).ok_or_else(|| {
        let all: Vec<&str> = Permission::ALL.iter().map(|one| one.word()).collect();
        refuse(
            "clan/no-permission",
            format!(
                "There is no permission {}.",
                clip(&asked.permission, MAX_SHOWN)
            ),
        )
        .hint(format!("There are {}.", all.join(", ")))
    })?;
    let world = desk.world();
    let named = match asked.person.contains('@') {
        true => bare_jid(&asked.person).and_then(|jid| world.people.by_jid(&jid)),
        false => world.people.by_handle(&asked.person),
    };
    let tag = asked.clan.parse::<ClanTag>().ok();
    let clan = tag.and_then(|tag| world.clans.get(tag));
    let decision = match (named, clan) {
        (None, _) => Decision::no("nobody of that name is known here".to_owned()),
        (_, None) => Decision::no(format!("there is no clan {}", clip(&asked.clan, MAX_SHOWN))),
        (Some(person), _) if world.ban_of(&person.jid, desk.now()).is_some() => {
            Decision::no("this person is banned from the referee".to_owned())
        }
        (Some(person), Some(live)) => {
            let authority = authorise(&live.clan, person.id, permission);
            Decision {
                allowed: authority.allowed,
                because: authority.because,
                role: authority.role.map(|role| role.to_string()),
            }
        }
    };
    let person = named.map(|person| person.id.to_string());
    let (person, clan) = (person.unwrap_or_default(), tag.map(|tag| tag.to_string()));
    tracing::info!(
        service,
        person,
        clan = clan.unwrap_or_default(),
        permission = permission.word(),
        allowed = decision.allowed,
        "a service asked who may do what"
    );
    Ok(decision)
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let field = |name| {
        let value = ask.field(name).map(str::to_owned);
        value.ok_or_else(|| missing(&CARD, name))
    };
    let asked = Question {
        person: field("person")?,
        clan: field("clan")?,
        permission: field("permission")?,
    };
    let decision = decide(ask.desk, &ask.caller.bare, &asked)?;
    let word = match decision.allowed {
        true => "Yes",
        false => "No",
    };
    let words = Words::line(format!("{word}: {}.", decision.because));
    Ok(Reply::words(words)
        .with("allowed", if decision.allowed { "1" } else { "0" })
        .with("because", decision.because)
        .with("role", decision.role.unwrap_or_default()))
}
