//! `clan challenge`: asks another clan to play.

use super::CLAN;
use super::fixture::TERMS;
use crate::clans::fixtures::Ask as Wish;
use crate::clans::{Permission, authorise};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::lines::is_filler;
use crate::commands::reply::Reply;
use crate::commands::terms::{clock_at, game_at};
use crate::engine::no_such_clan;
use crate::engine::story::offer_words;
use crate::kit::{ClanTag, PersonId, Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-challenge",
    aliases: &[],
    title: "Clan: challenge another clan",
    help: "Asks another clan to play; they accept, decline or propose something else. Then both name their line-ups.",
    example: "clan challenge lions cs2 bo3 sat 20:00",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &FIELDS,
    run,
};

const FIELDS: [Field; 18] = {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = TERMS;
    [
        Field {
            label: "The other clan (its tag)",
            words: WordsFor::If(may_be_a_clan),
            ..CLAN
        },
        Field {
            name: "as",
            label: "Your clan (empty: the only one you speak for)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
        l,
        m,
        n,
        o,
        p,
    ]
};

/// A word that may be a clan's tag, and is no game, clock, day or time.
fn may_be_a_clan(word: &str) -> bool {
    let said = game_at(word).is_some() || clock_at(word).is_some() || is_filler(word);
    let is_flag = |field: &Field| matches!(field.words, WordsFor::If(takes) if takes(word));
    !said && super::read_tag(word).is_some() && !TERMS.iter().any(is_flag)
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let side = own_side(ask, me)?;
    let named = ask.field("clan").map(str::to_owned);
    let to = match (named, ask.place.clan()) {
        (Some(named), _) => super::read_tag(&named).ok_or_else(|| no_such_clan(&named))?,
        (None, Some(here)) if here != side => here,
        _ => {
            return Err(
                refuse("clan/no-opponent", "Which clan do you challenge?").hint(
                    "Type for example `clan challenge lions cs2 bo3`; `clans` lists the clans.",
                ),
            );
        }
    };
    // An unknown clan or missing right is told before anything is said about terms.
    ask.desk.clan(to)?;
    ask.desk.clan(side)?.clan.require(me, Permission::Speak)?;
    let offer = ask.offer(me, side, None)?;
    ask.may_make(me)?;
    let words = offer_words(&offer, ask.own_zone().as_deref());
    let wish = Wish::Call { to, offer };
    let id = ask.desk.act_in_fixture(me, side, wish, ask.req)?;
    let words = Words::line(format!("[{side}] Challenge sent to {to}, {id}: {words}.")).and(
        format!("I'll tell you when they answer. Type `clan decline {id}` to take it back."),
    );
    Ok(ask.about_fixture(id, side, words))
}

/// The clan somebody speaks for: the one that was named, the one of this address, or the only one.
fn own_side(ask: &Ask<'_>, me: PersonId) -> Result<ClanTag, Refusal> {
    if let Some(named) = ask.field("as") {
        let tag = super::read_tag(named).ok_or_else(|| no_such_clan(named))?;
        return ask.desk.clan(tag).map(|live| live.clan.tag);
    }
    let mine: Vec<ClanTag> = (ask.desk.world().clans.of(me))
        .map(|live| live.clan.tag)
        .collect();
    if let Some(here) = ask.place.clan().filter(|here| mine.contains(here)) {
        return Ok(here);
    }
    let speaks = |tag: &&ClanTag| {
        let live = ask.desk.world().clans.get(**tag);
        live.is_some_and(|live| authorise(&live.clan, me, Permission::Speak).allowed)
    };
    let able: Vec<ClanTag> = mine.iter().filter(speaks).copied().collect();
    match (able.as_slice(), mine.as_slice()) {
        ([only], _) | ([], [only]) => Ok(*only),
        ([], []) => Err(refuse(
            "clan/none",
            "You belong to no clan that could challenge another.",
        )
        .hint("Type `clans` to see the clans, `clan create` to found one.")),
        ([], [first, ..]) => Ok(*first),
        ([first, ..], _) => Err(refuse("clan/which", "For which of your clans?")
            .hint(format!("Add as={first}, or the tag of another of them."))),
    }
}
