//! Streams that are set aside: a match or a clan whose record this referee cannot read or apply must not keep it from
//! starting. It is taken out of everything under its name, nobody can do anything in it, no clock of it runs, and its people
//! and the admins are told once. Its lines stay where they are: a referee that can read them brings it back.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};

use super::decided::{self, Decided};
use super::desk::Desk;
use super::ports::{Fault, Journal, Place};
use super::record;
use super::service::ServiceEvent;
use super::world::{Applied, World};
use crate::kit::{ClanTag, MatchId, PersonId, Refusal, Stream, Timestamp, refuse};

/// Admins who are told at once; all see it in `admin status`.
const MAX_ADMINS_TOLD: usize = 20;
/// People of one stream who are told that it is set aside.
const MAX_TOLD: usize = 200;

/// What is known of a stream that is set aside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// The number of the first record that could not be read or applied.
    pub n: u64,
    /// Why, for the log and the admins.
    pub why: String,
    /// What a clan is called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Who has to do with it, as far as that could be read.
    pub people: BTreeSet<PersonId>,
    /// Where its records lie; of the referee's own stream only those that were left out.
    pub places: Vec<Place>,
}

/// Everything that is set aside. JSON has no maps with such keys, so it is a list there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(String, Aside)>", into = "Vec<(String, Aside)>")]
pub struct Asides(BTreeMap<Stream, Aside>);

impl From<Vec<(String, Aside)>> for Asides {
    fn from(list: Vec<(String, Aside)>) -> Asides {
        let named = list.into_iter();
        Asides(
            named
                .filter_map(|(name, aside)| Some((name.parse().ok()?, aside)))
                .collect(),
        )
    }
}

impl From<Asides> for Vec<(String, Aside)> {
    fn from(asides: Asides) -> Self {
        let all = asides.0.into_iter();
        all.map(|(stream, aside)| (stream.to_string(), aside))
            .collect()
    }
}

impl Asides {
    /// What is known of this stream, if it is set aside.
    pub fn get(&self, stream: Stream) -> Option<&Aside> {
        self.0.get(&stream)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Stream, &Aside)> {
        self.0.iter().map(|(stream, aside)| (*stream, aside))
    }

    /// Whether everything could be read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One line for each, for whoever keeps the referee: `m5 from record 17 on: why`.
    pub fn lines(&self) -> Vec<String> {
        let line = |(stream, aside): (Stream, &Aside)| match stream {
            Stream::Service => format!(
                "the referee's own record {} was left out: {}",
                aside.n, aside.why
            ),
            _ => format!("{stream} from record {} on: {}", aside.n, aside.why),
        };
        self.iter().map(line).collect()
    }

    fn note(&mut self, stream: Stream, aside: Aside) {
        let known = self.0.entry(stream).or_insert_with(|| Aside {
            n: aside.n,
            why: aside.why,
            name: aside.name,
            ..Aside::default()
        });
        known.people.extend(aside.people);
        known.places.extend(aside.places);
    }
}

impl World {
    /// Takes the next line of the journal; `None` where it belongs to a stream that is set aside, now or before.
    ///
    /// A line of the referee's own stream is left out when its content is unknown and its chain holds: what it said is then
    /// not in force, which the admins are told. The first one is not left out, because it has the key of the bans.
    ///
    /// # Errors
    /// The journal has lost its order, or the referee's own chain is broken.
    pub fn take(
        &mut self,
        text: &str,
        n: u64,
        place: Option<Place>,
    ) -> Result<Option<(Decided, Applied)>, Fault> {
        let fold = |why: &str| Fault::Fold {
            n,
            why: why.to_owned(),
        };
        let stream = match record::head(text) {
            Some((number, stream)) if number == n && n == self.n + 1 => stream,
            Some(_) => return Err(fold(&format!("record {} was expected", self.n + 1))),
            None => return Err(fold("it is of no stream that this referee knows")),
        };
        let is_aside = stream != Stream::Service && self.aside.get(stream).is_some();
        if !is_aside {
            // Whatever goes wrong in one stream is no reason to lose the others.
            let tried = catch_unwind(AssertUnwindSafe(|| {
                let (decided, prev) = decided::read(text, n)?;
                let applied = self.apply(&decided, prev, place)?;
                Ok((decided, applied))
            }));
            let why = match tried {
                Ok(Ok(taken)) => return Ok(Some(taken)),
                Ok(Err(Fault::Fold { why, .. })) => why,
                Ok(Err(other)) => return Err(other),
                Err(_) => "applying it failed".to_owned(),
            };
            if stream == Stream::Service {
                self.leave_out(text, n, &why)?;
            }
            tracing::error!(%stream, record = n, why, "a record cannot be read; its stream is set aside");
            self.set_aside(stream, n, why);
        }
        let aside = Aside {
            people: named_in(text),
            places: place.into_iter().collect(),
            ..Aside::default()
        };
        let highest = aside.people.iter().map(|who| who.0).max().unwrap_or(0);
        self.last_person = self.last_person.max(highest);
        if let Ok(line) = record::read(text) {
            self.at = self.at.max(line.public.at);
        }
        self.aside.note(stream, aside);
        self.n = n;
        Ok(None)
    }

    /// Goes on behind a line of the referee's own stream whose content is unknown.
    fn leave_out(&mut self, text: &str, n: u64, why: &str) -> Result<(), Fault> {
        let no = || Fault::Fold {
            n,
            why: format!("the referee's own stream cannot be read: {why}"),
        };
        let line = record::read(text).map_err(|_| no())?;
        let (public, service) = (&line.public, &mut self.service);
        let follows = Some(public.prev) == service.head && public.v == service.v + 1;
        // Where it follows already, it was applied but for its end.
        let applied = Some(line.hash) == service.head && public.v == service.v;
        if !follows && !applied {
            return Err(no());
        }
        (service.v, service.head) = (public.v, Some(line.hash));
        Ok(())
    }

    /// Takes a stream out of everything but its name, which is never given out again.
    pub(super) fn set_aside(&mut self, stream: Stream, n: u64, why: String) {
        let mut aside = Aside {
            n,
            why,
            ..Aside::default()
        };
        match stream {
            Stream::Service => {}
            Stream::Match(id) => (aside.people, aside.places) = self.take_out(id),
            Stream::Clan(tag) => {
                if let Some(live) = self.clans.take_out(tag) {
                    aside.people.extend(live.clan.members.keys());
                    (aside.name, aside.places) = (live.clan.name, live.places);
                }
                self.clans.reserve(tag, &aside.name);
            }
        }
        self.aside.note(stream, aside);
    }

    /// Takes a match out of everything: who had to do with it, and where its records lie. What names it from outside stays,
    /// so that no board and no match between clans is made twice.
    fn take_out(&mut self, id: MatchId) -> (BTreeSet<PersonId>, Vec<Place>) {
        self.last_match = self.last_match.max(id.0);
        self.listed.remove(id);
        self.open.remove(id);
        let indexes = [
            &mut self.cases,
            &mut self.over,
            &mut self.stirred,
            &mut self.ticking,
            &mut self.timed,
            &mut self.dirty,
        ];
        indexes.into_iter().for_each(|index| {
            index.remove(&id);
        });
        // What went wrong may have gone wrong between two of these, so they are searched.
        self.timers.retain(|(_, other)| *other != id);
        self.reminders.forget(id);
        self.shares.drop_match(id);
        self.by_person.retain(|_, mine| {
            mine.remove(&id);
            !mine.is_empty()
        });
        let Some(live) = self.live.remove(&id) else {
            return Default::default();
        };
        let people = live.game.people().into_iter();
        (people.collect(), live.places)
    }

    /// Takes over what a snapshot says of it.
    pub(super) fn restore_asides(&mut self, asides: Asides) {
        for (stream, aside) in asides.iter() {
            match stream {
                Stream::Service => {}
                Stream::Match(id) => self.last_match = self.last_match.max(id.0),
                Stream::Clan(tag) => self.clans.reserve(tag, &aside.name),
            }
        }
        self.aside = asides;
    }
}

/// Everybody whom a line names, whatever it says of them.
fn named_in(text: &str) -> BTreeSet<PersonId> {
    fn walk(value: &serde_json::Value, found: &mut BTreeSet<PersonId>) {
        match value {
            serde_json::Value::String(text) => found.extend(text.parse::<PersonId>()),
            serde_json::Value::Array(all) => all.iter().for_each(|one| walk(one, found)),
            serde_json::Value::Object(all) => all.values().for_each(|one| walk(one, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    let public = record::read(text).ok();
    if let Some(public) = public.and_then(|line| serde_json::from_str(line.bytes).ok()) {
        walk(&public, &mut found);
    }
    found
}

/// A stream that is set aside and whose lines can be read and applied now, taken by themselves.
pub(super) fn readable_again(
    domain: &str,
    asides: &Asides,
    journal: &mut dyn Journal,
) -> Result<Option<Stream>, Fault> {
    for (stream, aside) in asides.iter() {
        let lines = journal.read(&aside.places)?;
        let mut trial = World::new(domain);
        let reads = |line: &String| {
            let Some((n, _)) = record::head(line) else {
                return false;
            };
            if stream == Stream::Service {
                return decided::read(line, n).is_ok();
            }
            trial.n = n.saturating_sub(1);
            matches!(trial.take(line, n, None), Ok(Some(_)))
        };
        if !lines.is_empty() && lines.iter().all(reads) {
            return Ok(Some(stream));
        }
    }
    Ok(None)
}

impl Desk {
    /// What is set aside and not told of yet is told of, and what is back; each once.
    pub(super) fn announce_asides(&mut self) {
        let (aside, told) = (&self.world.aside, &self.world.service.aside);
        if aside.is_empty() && told.is_empty() {
            return;
        }
        let admins = self.world.admins.iter();
        let admins = admins.filter_map(|jid| self.world.people.acting(jid));
        let admins: Vec<PersonId> = admins.map(|one| one.id).take(MAX_ADMINS_TOLD).collect();
        let known = |who: &&PersonId| self.world.people.get(**who).is_some();
        let people = |people: &BTreeSet<PersonId>| -> Vec<PersonId> {
            people
                .iter()
                .filter(known)
                .take(MAX_TOLD)
                .copied()
                .collect()
        };
        let gone = aside
            .iter()
            .filter(|(stream, _)| !told.contains_key(&stream.to_string()))
            .map(|(stream, aside)| ServiceEvent::SetAside {
                stream: stream.to_string(),
                record: aside.n,
                people: match stream {
                    Stream::Service => Vec::new(),
                    _ => people(&aside.people),
                },
                tell: admins.clone(),
            });
        let back = told.iter().filter_map(|(name, known)| {
            let stream = name.parse().ok()?;
            aside.get(stream).is_none().then(|| ServiceEvent::Returned {
                stream: name.clone(),
                since: known.since,
                people: known.people.clone(),
                tell: admins.clone(),
            })
        });
        let events: Vec<ServiceEvent> = gone.chain(back).collect();
        for event in events {
            let _ = self.serve(None, event);
        }
    }

    /// Sets a stream aside from now on; the next start tries again.
    pub fn shelve(&mut self, stream: Stream, why: &str) {
        tracing::error!(%stream, why, "a stream is set aside");
        let n = self.world.n;
        self.world.set_aside(stream, n, why.to_owned());
    }

    /// Refuses what is asked of a stream that is set aside.
    pub(super) fn not_aside(&self, stream: Stream) -> Result<(), Refusal> {
        match (stream, self.world.aside.get(stream)) {
            (Stream::Service, _) | (_, None) => Ok(()),
            (Stream::Match(id), Some(_)) => Err(match_aside(id)),
            (Stream::Clan(tag), Some(_)) => Err(clan_aside(tag)),
        }
    }

    /// The refusal for a match that cannot be found: whoever has to do with one that is set aside hears so.
    pub fn missing_match(&self, id: MatchId, who: Option<PersonId>) -> Refusal {
        let aside = self.world.aside.get(Stream::Match(id));
        let knows = |who: PersonId| {
            self.is_admin(who) || aside.is_some_and(|aside| aside.people.contains(&who))
        };
        match aside {
            Some(_) if who.is_some_and(knows) => match_aside(id),
            _ => super::desk::no_such_match(id),
        }
    }
}

fn match_aside(id: MatchId) -> Refusal {
    refuse(
        "match/set-aside",
        format!(
            "The referee cannot read the record of {id}. Nothing of it is lost, no clock runs, and nobody loses."
        ),
    )
    .hint("The admins have been told. Type `my` for your other matches.")
}

pub(super) fn clan_aside(tag: ClanTag) -> Refusal {
    refuse(
        "clan/set-aside",
        format!("The referee cannot read the record of the clan {tag}. Nothing of it is lost."),
    )
    .hint("The admins have been told. Type `clans` for the other clans.")
}

/// What the record says of a stream that is set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldAside {
    /// Since when it is: no clock of it runs from then on.
    pub since: Timestamp,
    /// Who was told, besides the admins.
    pub people: Vec<PersonId>,
}
