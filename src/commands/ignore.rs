//! `ignore`: whose challenges one does not want to hear of.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use crate::clans::{MAX_IGNORED, server_name};
use crate::kit::{PersonId, Refusal, Words, clip, refuse};
use crate::matches::Stage;

/// The card.
pub const CARD: Card = Card {
    name: "ignore",
    aliases: &["block"],
    title: "Ignore somebody",
    help: "Keeps somebody's challenges away from you, or those of a whole server; `off` lifts it. Alone: your last challenger.",
    example: "ignore bob",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        Field {
            name: "who",
            label: "Handle, JID, or @server",
            kind: Kind::Person,
            default: "",
            required: false,
            words: WordsFor::Next,
        },
        Field {
            name: "mode",
            label: "On or off",
            kind: Kind::OneOf(&["on", "off"]),
            default: "on",
            required: false,
            words: WordsFor::Next,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let on = super::terms::is_yes("mode", ask.field("mode").unwrap_or("on"))?;
    let Some(who) = ask.field("who").map(str::to_owned) else {
        return last_challenger_or_list(ask, me);
    };
    if let Some(domain) = who.strip_prefix('@') {
        let domain = server_name(domain).ok_or_else(|| {
            refuse(
                "people/no-server",
                format!("`{}` is no name of a server.", clip(domain, 40)),
            )
            .hint("Type for example `ignore @example.org`.")
        })?;
        let count = ask.ignored(me);
        check_room(count, on)?;
        let said = format!(
            "{domain} is {}.",
            if on { "ignored" } else { "no longer ignored" }
        );
        ask.desk.change_person(me, |person| {
            if on {
                person.ignored_domains.insert(domain)
            } else {
                person.ignored_domains.remove(&domain)
            };
        })?;
        return Ok(Reply::line(said));
    }
    let (them, by_address) = ask.addressed(&who)?.ok_or_else(|| unheard_of(&who))?;
    if them == me {
        return Err(refuse("people/self", "You cannot ignore yourself."));
    }
    // Whoever gives an address reads what they typed: who is behind it is not theirs to learn.
    let as_typed = by_address.then(|| clip(&who, 80));
    set(ask, me, them, as_typed, on)
}

/// The refusal for somebody who never was here: naming people must not fill the address book.
fn unheard_of(who: &str) -> Refusal {
    refuse(
        "people/unknown",
        format!("I do not know anybody called `{}`.", clip(who, 40)),
    )
    .hint("Whoever never wrote to me cannot challenge you; `ignore @example.org` turns away a whole server.")
}

fn set(
    ask: &mut Ask<'_>,
    me: PersonId,
    them: PersonId,
    as_typed: Option<String>,
    on: bool,
) -> Result<Reply, Refusal> {
    let count = ask.ignored(me);
    check_room(count, on)?;
    ask.desk.change_person(me, |person| {
        let list = match as_typed {
            Some(_) => &mut person.ignores_unnamed,
            None => &mut person.ignores,
        };
        if on {
            list.insert(them)
        } else {
            list.remove(&them)
        };
    })?;
    let name = as_typed.unwrap_or_else(|| ask.desk.world().people.name(them));
    Ok(Reply::line(if on {
        format!("You hear no more challenges from {name}. Type `ignore {name} off` to change that.")
    } else {
        format!("{name} may challenge you again.")
    }))
}

fn check_room(count: usize, on: bool) -> Result<(), Refusal> {
    if on && count >= MAX_IGNORED {
        return Err(refuse(
            "people/ignore-limit",
            format!("{MAX_IGNORED} ignored people and servers are the limit."),
        )
        .hint("Lift one with `ignore NAME off`."));
    }
    Ok(())
}

fn last_challenger_or_list(ask: &mut Ask<'_>, me: PersonId) -> Result<Reply, Refusal> {
    let challenged = |live: &&crate::engine::Live| {
        live.game.stage == Stage::Challenged && live.game.to == Some(me)
    };
    let last = ask
        .desk
        .world()
        .matches_of(me)
        .rev()
        .find(challenged)
        .map(|live| (live.game.id, live.game.by));
    if let Some((id, by)) = last {
        ask.desk.act(
            Some(me),
            id,
            &crate::matches::Ask::Decline {
                what: None,
                reason: None,
            },
            ask.req,
        )?;
        return set(ask, me, by, None, true);
    }
    let people = &ask.desk.world().people;
    let Some(mine) = people.get(me) else {
        return Ok(Reply::default());
    };
    let names: Vec<String> = mine.ignores.iter().map(|id| people.name(*id)).collect();
    let servers: Vec<String> = mine
        .ignored_domains
        .iter()
        .map(|domain| format!("@{domain}"))
        .collect();
    let unnamed = match mine.ignores_unnamed.len() {
        0 => None,
        1 => Some("1 person by their address".to_owned()),
        count => Some(format!("{count} people by their addresses")),
    };
    let all = [names, servers, unnamed.into_iter().collect()].concat();
    let said = if all.is_empty() {
        "You ignore nobody.".to_owned()
    } else {
        format!("You ignore {}.", all.join(", "))
    };
    Ok(Reply::words(Words::line(said).and(
        "Type `ignore bob`, `ignore @example.org` or `ignore bob off`.",
    )))
}

impl Ask<'_> {
    fn ignored(&self, me: PersonId) -> usize {
        self.desk.world().people.get(me).map_or(0, |person| {
            person.ignores.len() + person.ignores_unnamed.len() + person.ignored_domains.len()
        })
    }
}
