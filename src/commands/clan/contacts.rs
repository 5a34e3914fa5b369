//! `clan contacts`: shares addresses with the clan mates who share theirs.

use super::CLAN;
use crate::clans::{ClanAsk, Permission, mates};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::limits::OFFERS;
use crate::commands::reply::Reply;
use crate::kit::{Refusal, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-contacts",
    aliases: &[],
    title: "Clan: contacts",
    help: "Shares your address with the members who share theirs: each is offered the others as contacts. `off` takes it back.",
    example: "clan contacts wolves on",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        Field {
            name: "share",
            label: "Share your address with members who share theirs (empty: show how it is)",
            kind: Kind::OneOf(&["on", "off"]),
            default: "",
            required: false,
            words: WordsFor::Next,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let me = ask.me()?;
    ask.desk.clan(tag)?.clan.require(me, Permission::Read)?;
    let word = ask.field("share").map(str::to_lowercase);
    let text = match word.as_deref() {
        None => None,
        Some("on" | "yes" | "1" | "true") => {
            take_permit(ask)?;
            ask.ask_clan(tag, &ClanAsk::Mates(mates::Ask::Share))?;
            Some("You share your address; those who share theirs are offered to you as contacts.")
        }
        Some("off" | "no" | "0" | "false") => {
            ask.ask_clan(tag, &ClanAsk::Mates(mates::Ask::Unshare))?;
            Some(
                "You share your address no longer; the others are asked to take it off their lists.",
            )
        }
        Some(other) => {
            let text = format!("`{}` is neither on nor off.", clip(other, 30));
            let hint = format!("Type `clan contacts {tag} on` or `clan contacts {tag} off`.");
            return Err(refuse("clan/bad-choice", text).hint(hint));
        }
    };
    let clan = &ask.desk.clan(tag)?.clan;
    let (count, shares) = (clan.mates.sharing().len(), clan.mates.shares(me));
    let standing = format!("{count} of {} members share theirs.", clan.members.len());
    let next = match shares {
        true => {
            format!("`clan contacts {tag} on` shows them again, `clan contacts {tag} off` ends it.")
        }
        false => {
            format!("Only they see each other's. Type `clan contacts {tag} on` to be one of them.")
        }
    };
    let text = text.map_or_else(
        || format!("{standing} {next}"),
        |text| format!("{text} {standing} {next}"),
    );
    let shares = if shares { "1" } else { "0" };
    let reply = ask.about_clan(tag, text).with("share", shares);
    Ok(reply.with("sharing", count.to_string()))
}

/// Each time all who share may be written to.
fn take_permit(ask: &mut Ask<'_>) -> Result<(), Refusal> {
    let name = format!("offers of {}", ask.caller.bare);
    if ask.limits.take(&name, OFFERS, ask.desk.now()) {
        return Ok(());
    }
    Err(refuse("clan/too-often", "You asked for that too often.").hint("Try again in ten minutes."))
}
