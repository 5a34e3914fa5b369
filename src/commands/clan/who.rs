//! `clan who`: which members are on, for members.

use super::{ANY_CLAN, read_tag};
use crate::clans::{Clan, Permission, RoleId, rank_of};
use crate::commands::call::Place;
use crate::commands::card::{Ask, Card, Effect, Field, Who, WordsFor};
use crate::commands::look::next_line;
use crate::commands::paging::{PAGE, PAGE_ROWS};
use crate::commands::reply::Reply;
use crate::engine::Here;
use crate::kit::{ClanTag, MatchId, PersonId, Refusal, Words, refuse};
use crate::matches::Stage;

/// The card.
pub const CARD: Card = Card {
    name: "clan-who",
    aliases: &["who", "clan-online"],
    title: "Clan: who is on",
    help: "Lists the members of your clan by whether they are on, away or in a match, with their roles.",
    example: "clan who wolves",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[
        Field {
            words: WordsFor::Rest,
            ..ANY_CLAN
        },
        Field {
            words: WordsFor::Named,
            ..PAGE
        },
    ],
    run,
};

/// Names shown of each state.
const NAMES: usize = 20;
const COLUMNS: &[(&str, &str)] = &[
    ("member", "Member"),
    ("role", "Role"),
    ("presence", "Presence"),
    ("match", "Match"),
];
const STATES: [&str; 4] = ["playing", "on", "away", "off"];

/// A member as they are now.
struct Seen {
    who: PersonId,
    role: RoleId,
    rank: u8,
    /// One of [`STATES`], by place.
    state: usize,
    game: Option<MatchId>,
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    if ask
        .field("clan")
        .is_some_and(|named| read_tag(named).is_none())
    {
        // "Who are you?" is no question about a clan.
        return Err(refuse("command/unknown", "I do not know `who`.")
            .hint("Type `help` to see what you can do, or `my` for your matches."));
    }
    let tag = ask.clan()?;
    let (me, page) = (ask.me()?, ask.page(PAGE_ROWS)?);
    check_place(ask.place, tag)?;
    let clan = ask.desk.clan(tag)?.clan.clone();
    clan.require(me, Permission::Read)?;
    let members = seen(ask, &clan);
    let there = members.iter().filter(|one| one.state < 2).count();
    let mut words = Words::line(format!(
        "[{tag}] {}: {there} of {} on.",
        clan.name,
        members.len()
    ));
    for (state, label) in STATES.iter().enumerate() {
        let label = if *label == "off" {
            "off, or not seen"
        } else {
            label
        };
        let of: Vec<&Seen> = members.iter().filter(|one| one.state == state).collect();
        if !of.is_empty() {
            words = words.and(format!("{label}: {}.", names(ask, &of)));
        }
    }
    let zone = ask
        .desk
        .world()
        .people
        .get(me)
        .and_then(|one| one.zone.as_deref());
    if let Some(next) = next_line(&clan, ask.desk.now(), zone, true) {
        words = words.and(format!("Next: {next}"));
    }
    let hidden = ask.desk.roll().of(me).is_none() && !ask.place.is_room();
    if hidden {
        let contact = format!("referee@{}", ask.desk.world().domain);
        words = words.and(format!(
            "I do not see whether you are on: add {contact} to your contacts, and allow what it asks."
        ));
    }
    let row = |one: &Seen| {
        vec![
            ask.name_of(one.who),
            one.role.to_string(),
            STATES[one.state].to_owned(),
            one.game.map_or(String::new(), |id| id.to_string()),
        ]
    };
    let rows = page.of(&members).iter().map(row).collect();
    let reply = ask.with_clan(tag, words).with("on", there.to_string());
    let reply = reply.with("members", members.len().to_string());
    Ok(reply.paged(page, members.len()).with_rows(COLUMNS, rows))
}

/// What members read is not said where others read along.
fn check_place(place: Place, tag: ClanTag) -> Result<(), Refusal> {
    if !place.is_room() || place == Place::ClanRoom(tag, true) {
        return Ok(());
    }
    let text = format!("Who of {tag} is on is for its members alone.");
    Err(refuse("room/private", text).hint("Ask me in private, or in the members' room."))
}

/// The members in the order in which they are shown: the most present first, then by rank and name.
fn seen(ask: &Ask<'_>, clan: &Clan) -> Vec<Seen> {
    let world = ask.desk.world();
    let one = |(who, member): (&PersonId, &crate::clans::Member)| {
        // Only what everybody may see: a private match is nobody's business, not even a clan mate's.
        let mut games = world
            .matches_of(*who)
            .filter(|live| live.game.visible_to(None));
        let playing = games.find(|live| {
            let seated = live.game.seat_of(*who).is_some();
            seated && live.game.stage == Stage::Started && world.is_timed(live.game.id)
        });
        let state = match (playing, ask.desk.roll().of(*who)) {
            (Some(_), _) => 0,
            (None, Some(Here::On)) => 1,
            (None, Some(Here::Away)) => 2,
            (None, None) => 3,
        };
        Seen {
            who: *who,
            role: member.role.clone(),
            rank: rank_of(clan, *who),
            state,
            game: playing.map(|live| live.game.id),
        }
    };
    let mut seen: Vec<Seen> = clan.members.iter().map(one).collect();
    seen.sort_by_cached_key(|one| (one.state, std::cmp::Reverse(one.rank), ask.name_of(one.who)));
    seen
}

/// Names with what is not ordinary about them: `alice (owner, m3)`.
fn names(ask: &Ask<'_>, of: &[&Seen]) -> String {
    let one = |one: &&Seen| {
        let name = ask.name_of(one.who);
        let role = (one.role != RoleId::member()).then(|| one.role.to_string());
        let game = one.game.map(|id| id.to_string());
        let marks: Vec<String> = role.into_iter().chain(game).collect();
        match marks.as_slice() {
            [] => name,
            marks => format!("{name} ({})", marks.join(", ")),
        }
    };
    let shown: Vec<String> = of.iter().take(NAMES).map(one).collect();
    match of.len().saturating_sub(NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
