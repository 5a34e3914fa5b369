//! `clan create`: founds a clan.

use crate::clans::{Joining, check_name, check_tag};
use crate::commands::COMMANDS;
use crate::commands::call::Door;
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::levels::{CLANS_OF_GUESTS, CLANS_OF_HOME, CLANS_OF_NEW, CLANS_OF_SERVER};
use crate::commands::reply::Reply;
use crate::games::GAMES;
use crate::kit::{ClanTag, MAX_TAG_CHARS, PersonId, Refusal, Words, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-create",
    aliases: &["clan-found", "clan-new"],
    title: "Clan: found one",
    help: "Founds a clan that you own: a short tag for its address, which stays for ever, and a name.",
    example: "clan create wolves Wolves of Vienna",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        Field {
            name: "tag",
            label: "Tag (2 to 16 letters and digits; part of the clan's address)",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        Field {
            name: "joining",
            label: "How people join",
            kind: Kind::OneOf(&["invite", "apply", "open"]),
            default: "invite",
            required: false,
            words: WordsFor::Named,
        },
        Field {
            name: "name",
            label: "Name (empty: the tag)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let named = ask.field("tag").unwrap_or_default().to_owned();
    whole_name(ask, &named)?;
    let tag: ClanTag = named.parse().map_err(|()| bad_tag(&named))?;
    let games = GAMES.iter().map(|game| game.spec().id);
    let words = COMMANDS.iter().map(|card| card.name);
    check_tag(tag.as_str(), games.chain(words))?;
    let name = check_name(ask.field("name").unwrap_or(&named))?;
    let joining = read_joining(ask.field("joining").unwrap_or("invite"))?;
    may_use_up(ask, me)?;
    ask.desk.found_clan(me, tag, &name, joining, ask.req)?;
    let address = format!("clan-{tag}@{}", ask.desk.world().domain);
    let words = Words::line(format!("[{tag}] You founded the clan {name}. Its tag {tag} stays for good. Its address is {address}: add it to your contacts."))
        .and(format!("Invite people: `clan invite {tag} bob`. Let everybody in: `clan set {tag} joining open`. Describe it: `clan set {tag} description …`."))
        .and(format!("`clan show {tag}` shows it, `help clan` all that a clan can do."));
    Ok(ask.with_clan(tag, words).with("address", address))
}

/// A tag is never given out again, so the people of one server may use up a few a day, and fewer as long as they have
/// finished no match here; all other servers together have a share beside that of our own.
fn may_use_up(ask: &mut Ask<'_>, me: PersonId) -> Result<(), Refusal> {
    let (now, bare) = (ask.desk.now(), ask.caller.bare.clone());
    let server = bare.rsplit('@').next().unwrap_or_default().to_owned();
    let home = ask.desk.world().domain.ends_with(&format!(".{server}"));
    let (server_rate, new_rate) = match home {
        true => (CLANS_OF_HOME, CLANS_OF_HOME),
        false => (CLANS_OF_SERVER, CLANS_OF_NEW),
    };
    let is_new = !home && ask.desk.finished_count(me, 1) == 0;
    let limits = &mut *ask.limits;
    let fits = (!is_new || limits.take(&format!("new clans of {server}"), new_rate, now))
        && limits.take(&format!("clans of {server}"), server_rate, now)
        && (home || limits.take("clans of guests", CLANS_OF_GUESTS, now));
    if fits {
        return Ok(());
    }
    let said = "Many clans were founded from your server lately.";
    let hint = match is_new {
        true => {
            "Play a match to its end, then try again; or wait an hour. `clans` lists those there are."
        }
        false => "Try again in an hour; `clans` lists those there are.",
    };
    Err(refuse("clan/founding", said).hint(hint))
}

/// Asks back where what was typed first reads like the beginning of a name: a tag stays for ever.
fn whole_name(ask: &Ask<'_>, tag: &str) -> Result<(), Refusal> {
    let Some(name) = ask.field("name").filter(|_| ask.door == Door::Chat) else {
        return Ok(());
    };
    if !tag.starts_with(char::is_uppercase) {
        return Ok(());
    }
    let short: String = tag
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    Err(refuse(
        "clan/which-tag",
        format!("Is `{tag}` the tag, or does the name begin with it?"),
    )
    .hint(format!(
        "First comes a short tag, which stays for good. Type `clan create {short} {tag} {name}`."
    )))
}

/// Reads how one joins.
///
/// # Errors
/// `clan/bad-joining`.
pub fn read_joining(text: &str) -> Result<Joining, Refusal> {
    Joining::read(text).ok_or_else(|| {
        refuse(
            "clan/bad-joining",
            format!("`{}` is no way to join.", clip(text, 30)),
        )
        .hint("There are invite (by invitation), apply (one applies) and open (anybody joins).")
    })
}

fn bad_tag(text: &str) -> Refusal {
    refuse("clan/bad-tag", format!("`{}` cannot be a clan's tag.", clip(text, 40)))
        .hint(format!("Choose 2 to {MAX_TAG_CHARS} letters a-z and digits, with single hyphens inside, such as `clan create wolves`."))
}
