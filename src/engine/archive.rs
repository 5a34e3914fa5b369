//! What the views hold: snapshots of live matches, results of finished ones, unconfirmed effects, and the keys of each.
//!
//! Everything here can be rebuilt from the journal. Keys are a letter and big-endian numbers, so that a scan is in order:
//! `s` match: snapshot · `r` match: result · `p` person match: an index of results · `w`: the referee's own state ·
//! `o` number: unconfirmed effects · `c` tag: a clan with its roster and standing · `l` tag number: where some of its
//! records lie.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::aside::Asides;
use super::clans::{LEAF, LiveClan};
use super::effect::Effect;
use super::outbox::Outbox;
use super::ports::{Change, Fault, Mark, Place, Views};
use super::service::Service;
use super::world::{Live, World};
use crate::games::{Verdict, View, Viewer};
use crate::kit::{ClanTag, Hash, MatchId, PersonId, Stream, Timestamp};
use crate::leagues::Ratings;
use crate::matches::{Case, Match, Reveal, Signed, Stage, Tally, Team, Terms};

const SNAPSHOT: u8 = b's';
const RESULT: u8 = b'r';
const BY_PERSON: u8 = b'p';
const SERVICE: u8 = b'w';
const EFFECT: u8 = b'o';
const CLAN: u8 = b'c';
const LEAF_OF_CLAN: u8 = b'l';

/// A finished match as it is kept for ever.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finished {
    /// Its id.
    pub id: MatchId,
    /// What was agreed.
    pub terms: Terms,
    /// Who challenged or opened.
    pub by: PersonId,
    /// Who was challenged or joined.
    pub to: Option<PersonId>,
    /// Who sat where.
    pub seats: Vec<PersonId>,
    /// How it ended.
    pub verdict: Verdict,
    /// What was published of the seed.
    pub reveal: Option<Reveal>,
    /// The referee's signature under it.
    #[serde(default)]
    pub signature: Option<Signed>,
    /// The commitment to the seed.
    pub commitment: Hash,
    /// The salts.
    pub salts: Vec<String>,
    /// Moves and rounds played.
    pub plays: u32,
    /// When play began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Timestamp,
    /// The last position as everybody may see it.
    pub view: View,
    /// Line-ups, boards and who was replaced.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub team: Option<Box<Team>>,
    /// The score, in a series.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tally: Option<Box<Tally>>,
    /// The moves, in the game's notation.
    pub moves: Vec<(crate::kit::Seat, String)>,
    /// What was left on each clock at the end, in milliseconds; empty without a clock.
    #[serde(default)]
    pub clocks: Vec<i64>,
    /// Records in its stream.
    pub v: u64,
    /// Hash of the last record.
    pub head: Hash,
    /// Where its records lie.
    pub places: Vec<Place>,
    /// What human referees had to do with it.
    #[serde(skip_serializing_if = "Case::is_empty", default)]
    pub case: Case,
}

impl Finished {
    /// The result of a match that is over; `None` while it is not.
    pub fn of(live: &Live) -> Option<Finished> {
        let game = &live.game;
        let (verdict, ended) = (game.verdict.clone()?, game.ended?);
        Some(Finished {
            id: game.id,
            terms: game.terms.clone(),
            by: game.by,
            to: game.to,
            seats: game.seats.clone(),
            verdict,
            reveal: game.reveal,
            signature: game.signature,
            commitment: game.luck.commitment,
            salts: game.luck.salts.clone(),
            plays: game.plays,
            started: game.started,
            ended,
            view: game.view(Viewer::Public),
            team: game.team.clone(),
            tally: game.tally.clone(),
            moves: game
                .moves()
                .map(|(seat, text)| (seat, text.to_owned()))
                .collect(),
            clocks: (game.readings(ended).iter())
                .map(|reading| reading.left.0)
                .collect(),
            v: live.v,
            head: live.head,
            places: live.places.clone(),
            case: game.case.clone(),
        })
    }

    /// The people `{0}`, `{1}`, … stand for.
    pub fn names(&self) -> Vec<PersonId> {
        if self.seats.is_empty() {
            [self.by].into_iter().chain(self.to).collect()
        } else {
            self.seats.clone()
        }
    }

    /// Everybody who had to do with it: who played to the end or was replaced, and who accepted a place in a line-up.
    pub fn people(&self) -> Vec<PersonId> {
        let mut people = self.names();
        if let Some(team) = &self.team {
            people.extend(team.replaced.iter().map(|(_, person)| *person));
            for roster in &team.rosters {
                people.extend(&roster.agreed);
            }
        }
        people.sort();
        people.dedup();
        people
    }

    /// Whether there was a result.
    pub fn counts(&self) -> bool {
        !self.verdict.places.is_empty()
    }
}

fn key(kind: u8, id: u64) -> Vec<u8> {
    [&[kind][..], &id.to_be_bytes()].concat()
}

fn clan_key(tag: ClanTag) -> Vec<u8> {
    [&[CLAN][..], tag.as_str().as_bytes()].concat()
}

fn leaf_key(tag: ClanTag, number: usize) -> Vec<u8> {
    [
        &[LEAF_OF_CLAN][..],
        tag.as_str().as_bytes(),
        b" ",
        &(number as u64).to_be_bytes(),
    ]
    .concat()
}

fn person_key(person: PersonId, id: MatchId) -> Vec<u8> {
    [
        &[BY_PERSON][..],
        &person.0.to_be_bytes(),
        &id.0.to_be_bytes(),
    ]
    .concat()
}

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|error| Fault::Views(error.to_string()))
}

fn parse<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| Fault::Views(error.to_string()))
}

/// What the snapshot holds. One with another number is not read: it is built again from the journal.
const FORMAT: u32 = 1;

/// The referee's own state in a snapshot: borrowed where it is written, because it may be large.
#[derive(Serialize, Deserialize)]
struct Own<'a> {
    #[serde(default)]
    format: u32,
    service: Cow<'a, Service>,
    #[serde(default)]
    ratings: Cow<'a, Ratings>,
    last_match: u64,
    last_person: u64,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "is_empty")]
    aside: Cow<'a, Asides>,
}

fn is_empty(aside: &Asides) -> bool {
    aside.is_empty()
}

/// Writes what has changed since the last checkpoint, and lets finished matches go from memory.
pub fn checkpoint(
    world: &mut World,
    outbox: &Outbox,
    stored_effects: &mut u64,
    views: &mut dyn Views,
    mark: Mark,
) -> Result<(), Fault> {
    let mut changes: Vec<Change> = Vec::new();
    let dirty: Vec<MatchId> = world.dirty.iter().copied().collect();
    let mut done = Vec::new();
    for id in &dirty {
        let Some(live) = world.live(*id) else {
            continue;
        };
        if live.game.stage == Stage::Over {
            result_changes(live, &mut changes)?;
        }
        if live.game.is_done() {
            changes.push((key(SNAPSHOT, id.0), None));
            done.push(*id);
        } else {
            changes.push((key(SNAPSHOT, id.0), Some(json(live)?)));
        }
    }
    for tag in &world.clans.dirty {
        if let Some(live) = world.clans.get(*tag) {
            clan_changes(live, &mut changes)?;
        }
    }
    // What was set aside since is no match and no clan any more as far as the views go.
    changes.extend(world.aside.iter().filter_map(|(stream, _)| match stream {
        Stream::Service => None,
        Stream::Match(id) => Some((key(SNAPSHOT, id.0), None)),
        Stream::Clan(tag) => Some((clan_key(tag), None)),
    }));
    let (last_match, last_person, at) = (world.last_match, world.last_person, world.at);
    changes.push((
        vec![SERVICE],
        Some(json(&Own {
            format: FORMAT,
            service: Cow::Borrowed(&world.service),
            ratings: Cow::Borrowed(&world.ratings),
            last_match,
            last_person,
            at,
            aside: Cow::Borrowed(&world.aside),
        })?),
    ));
    let effects: Vec<&Effect> = outbox.waiting().collect();
    for (number, effect) in effects.iter().enumerate() {
        changes.push((key(EFFECT, number as u64), Some(json(effect)?)));
    }
    for number in effects.len() as u64..*stored_effects {
        changes.push((key(EFFECT, number), None));
    }
    views.apply(changes, mark)?;
    *stored_effects = effects.len() as u64;
    world.dirty.clear();
    world.clans.checkpointed();
    done.into_iter().for_each(|id| world.archive(id));
    Ok(())
}

/// The full leaves of a clan's places, each once, and the clan with the rest of them.
fn clan_changes(live: &LiveClan, changes: &mut Vec<Change>) -> Result<(), Fault> {
    let mut rest = live.clone();
    for (number, leaf) in live.full_leaves() {
        changes.push((leaf_key(live.clan.tag, number), Some(json(&leaf)?)));
        rest.filed += LEAF;
        rest.places.drain(..LEAF);
    }
    changes.push((clan_key(live.clan.tag), Some(json(&rest)?)));
    Ok(())
}

/// Some places of a clan's records: only the leaves they stand in are read.
pub(super) fn clan_places(
    views: &dyn Views,
    live: &LiveClan,
    from: usize,
    most: usize,
) -> Result<Vec<Place>, Fault> {
    let upto = from.saturating_add(most).min(live.recorded());
    let mut places = Vec::new();
    for number in from / LEAF..upto.min(live.filed).div_ceil(LEAF) {
        let leaf = views.get(&leaf_key(live.clan.tag, number))?;
        let leaf = leaf.ok_or_else(|| Fault::Views("places of a clan are missing".to_owned()))?;
        let leaf: Vec<Place> = parse(&leaf)?;
        let first = number * LEAF;
        let part = leaf.get(from.max(first) - first..(upto - first).min(leaf.len()));
        places.extend_from_slice(part.unwrap_or_default());
    }
    let (first, last) = (from.max(live.filed), upto.max(live.filed));
    let part = live.places.get(first - live.filed..last - live.filed);
    places.extend_from_slice(part.unwrap_or_default());
    Ok(places)
}

fn result_changes(live: &Live, changes: &mut Vec<Change>) -> Result<(), Fault> {
    let Some(finished) = Finished::of(live) else {
        return Ok(());
    };
    let id = finished.id;
    // Challenges that came to nothing are kept by id alone: they are no part of anybody's history.
    if finished.started.is_some() {
        changes.extend(
            finished
                .people()
                .into_iter()
                .map(|person| (person_key(person, id), Some(Vec::new()))),
        );
    }
    changes.push((key(RESULT, id.0), Some(json(&finished)?)));
    Ok(())
}

/// Reads a snapshot back into an empty world and outbox.
pub fn load(
    world: &mut World,
    outbox: &mut Outbox,
    mark: Mark,
    views: &dyn Views,
) -> Result<u64, Fault> {
    let own = views
        .get(&[SERVICE])?
        .ok_or_else(|| Fault::Views("the referee's own state is missing".to_owned()))?;
    let own: Own<'_> = parse(&own)?;
    if own.format != FORMAT {
        return Err(Fault::Views("another version wrote them".to_owned()));
    }
    (world.service, world.ratings) = (own.service.into_owned(), own.ratings.into_owned());
    world.restore_asides(own.aside.into_owned());
    (world.last_match, world.last_person, world.at, world.n) =
        (own.last_match, own.last_person, own.at, mark.n);
    each(views, SNAPSHOT, |bytes| {
        world.restore(parse::<Live>(bytes)?);
        Ok(())
    })?;
    each(views, CLAN, |bytes| {
        world.clans.restore(parse::<LiveClan>(bytes)?);
        Ok(())
    })?;
    let mut effects = 0;
    each(views, EFFECT, |bytes| {
        effects += 1;
        outbox.push(vec![parse::<Effect>(bytes)?]);
        Ok(())
    })?;
    Ok(effects)
}

fn each(
    views: &dyn Views,
    kind: u8,
    mut take: impl FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    const PAGE: usize = 1000;
    let mut from: Option<Vec<u8>> = None;
    loop {
        let rows = views.scan(&[kind], from.as_deref(), false, PAGE)?;
        rows.iter().try_for_each(|(_, value)| take(value))?;
        match rows.last() {
            Some((last, _)) if rows.len() == PAGE => from = Some(last.clone()),
            _ => return Ok(()),
        }
    }
}

/// A finished match; `None` when there is none of this id in the views.
pub fn finished(views: &dyn Views, id: MatchId) -> Result<Option<Finished>, Fault> {
    views
        .get(&key(RESULT, id.0))?
        .map(|bytes| parse(&bytes))
        .transpose()
}

/// The newest finished matches of a person, before one of them.
pub fn finished_of(
    views: &dyn Views,
    person: PersonId,
    before: Option<MatchId>,
    limit: usize,
) -> Result<Vec<MatchId>, Fault> {
    let prefix = [&[BY_PERSON][..], &person.0.to_be_bytes()].concat();
    let from = before.map(|id| person_key(person, id));
    let rows = views.scan(&prefix, from.as_deref(), true, limit)?;
    Ok(rows
        .iter()
        .filter_map(|(key, _)| {
            key.get(9..17)?
                .try_into()
                .ok()
                .map(u64::from_be_bytes)
                .map(MatchId)
        })
        .collect())
}

/// The newest finished matches, before one of them.
pub fn newest_finished(
    views: &dyn Views,
    before: Option<MatchId>,
    limit: usize,
) -> Result<Vec<Finished>, Fault> {
    let from = before.map(|id| key(RESULT, id.0));
    views
        .scan(&[RESULT], from.as_deref(), true, limit)?
        .iter()
        .map(|(_, bytes)| parse(bytes))
        .collect()
}

/// Whether this match may be shown to a person, as [`Match::visible_to`] judges live ones.
pub fn visible_to(finished: &Finished, person: Option<PersonId>) -> bool {
    finished.terms.visibility != crate::matches::Visibility::Private
        || person.is_some_and(|person| finished.people().contains(&person))
}

/// The moves of a live match as text, for the same places that show finished ones.
pub fn moves_of(game: &Match) -> Vec<(crate::kit::Seat, String)> {
    game.moves()
        .map(|(seat, text)| (seat, text.to_owned()))
        .collect()
}
