//! `clan invite`: invites somebody.

use super::{CLAN, WHO, read_role};
use crate::clans::{ClanAsk, Permission, RoleId};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::{ClanTag, PersonId, Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-invite",
    aliases: &[],
    title: "Clan: invite",
    help: "Invites somebody to your clan; they are told how to answer.",
    example: "clan invite wolves bob",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        Field {
            label: "Who (handle or JID; several with commas)",
            words: WordsFor::Phrase(names_at),
            ..WHO
        },
        Field {
            name: "role",
            label: "Role (empty for the usual one)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Next,
        },
    ],
    run,
};

/// People that one line invites.
const MAX_INVITED: usize = 10;

/// The names at the beginning of a line: one, or several with commas between them.
fn names_at(line: &str) -> Option<(String, usize)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let more = words.iter().take_while(|word| word.ends_with(',')).count();
    let count = (more + 1).min(words.len());
    (count > 0).then(|| (words[..count].join(" "), count))
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let tag = ask.clan()?;
    // Who may not invite uses up no permit and makes nobody known.
    ask.desk.clan(tag)?.clan.require(me, Permission::Invite)?;
    let role = ask.field("role").map(read_role).transpose()?;
    let named = ask.field("who").unwrap_or_default().to_owned();
    let names: Vec<&str> = named
        .split([',', ' '])
        .filter(|name| !name.is_empty())
        .collect();
    if names.len() > MAX_INVITED {
        return Err(refuse(
            "clan/too-many-names",
            format!("One line invites at most {MAX_INVITED} people."),
        )
        .hint("Send the others in a second line."));
    }
    let mut words = Words::default();
    for (n, name) in names.iter().enumerate() {
        let line = match invite(ask, me, tag, name, role.clone()) {
            Ok(line) => line,
            // What was done before stands, so it is told.
            Err(refusal) if n > 0 => format!("{name}: {refusal}"),
            Err(refusal) => return Err(refusal),
        };
        words = match n {
            0 => Words::line(format!("[{tag}] {line}")),
            _ => words.and(line),
        };
    }
    Ok(ask.with_clan(tag, words))
}

/// Invites one person, and says so.
fn invite(
    ask: &mut Ask<'_>,
    me: PersonId,
    tag: ClanTag,
    named: &str,
    role: Option<RoleId>,
) -> Result<String, Refusal> {
    let who = ask.somebody(named)?;
    ask.may_challenge(me, who)?;
    ask.ask_clan(tag, &ClanAsk::Invite { who, role })?;
    let name = ask.name_of(who);
    let joined = ask.desk.clan(tag)?.clan.is_member(who);
    Ok(match joined {
        true => format!("{name} had applied, and is a member now."),
        false => format!(
            "{name} is invited. I'll tell you the answer; `clan uninvite {tag} {name}` takes it back."
        ),
    })
}
