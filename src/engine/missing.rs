//! What should be there when the referee starts, and is not.
//!
//! The journal, the views and the address book are written in this order: who changed goes into the book, then records become
//! durable, then the views follow. So the views never know a record that the journal lacks, every number that was given to a
//! person is in the book or was forgotten, and a book without records belongs to a journal that is lost. Whatever breaks
//! this was done from outside, and going on would give numbers out twice: it takes a word of the operator.

use std::collections::BTreeMap;

use super::desk::Desk;
use super::ports::{Fault, Ports};
use super::replay::UNFINISHED;
use super::service::ServiceEvent;
use super::world::World;
use crate::clans::{People, Person};
use crate::kit::{PersonId, Refusal};

/// What may be missing, because the operator said so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accept {
    /// Records that the views or the address book know of.
    pub short_journal: bool,
    /// People whose numbers were given out.
    pub missing_people: bool,
}

/// Missing people who are named.
const MAX_NAMED: usize = 5;
/// Missing people whom one record calls forgotten.
const A_RECORD: usize = 1000;

impl Accept {
    /// Refuses a journal that lacks what the views or the book know, unless that may be.
    pub fn check_journal(self, ports: &mut Ports) -> Result<(), Fault> {
        if self.short_journal {
            return Ok(());
        }
        check_journal(ports)
    }
}

fn check_journal(ports: &mut Ports) -> Result<(), Fault> {
    let found = ports.journal.mark();
    let known = match ports.views.mark() {
        Ok(mark) => mark.filter(|mark| *mark != UNFINISHED),
        // Views that cannot be read are another matter, and rebuilt.
        Err(_) => None,
    };
    if let Some(known) = known
        && (known.n > found.n || (known.n == found.n && known != found))
    {
        return Err(Fault::Lost(format!(
            "the folder `journal` ends with record {} and is not the one that `views` was made from, which knows record {}: \
             records are missing. Put the newest copy of `journal` back; or go on without them by `--accept-short-journal`",
            found.n, known.n
        )));
    }
    if found.n == 0 && !ports.book.load()?.is_empty() {
        return Err(Fault::Lost(
            "the folder `journal` is empty, and `people.jsonl` knows people: the records are missing. \
             Put the newest copy of `journal` back; or begin anew by `--accept-short-journal`"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Refuses a book that lacks people whose numbers were given out and who were not forgotten.
pub(super) fn check_people(world: &World) -> Result<(), Fault> {
    let lost = missing(world);
    if lost.is_empty() {
        return Ok(());
    }
    let named = lost.iter().take(MAX_NAMED).map(ToString::to_string);
    let named = named.collect::<Vec<_>>().join(", ");
    let more = if lost.len() > MAX_NAMED { ", …" } else { "" };
    Err(Fault::Lost(format!(
        "the address book `people.jsonl` lacks {} of {} people whom the folder `journal` knows ({named}{more}): they would be \
         strangers in their own matches and clans. Put the newest copy of `people.jsonl` back; or have them forgotten for good \
         by `--accept-missing-people`",
        lost.len(),
        world.last_person
    )))
}

fn missing(world: &World) -> Vec<PersonId> {
    let known = world.people.len() as u64;
    // The usual case, without looking at every number.
    if known + world.service.gone.len() >= world.last_person {
        return Vec::new();
    }
    let all = (1..=world.last_person).map(PersonId);
    let lost = |id: &PersonId| world.people.get(*id).is_none() && !world.service.gone.contains(*id);
    all.filter(lost).collect()
}

impl Desk {
    /// Those who are missing count as forgotten from now on, and the record says so.
    pub(super) fn forget_missing(&mut self) -> Result<(), Refusal> {
        let lost = missing(&self.world);
        if !lost.is_empty() {
            tracing::warn!(
                people = lost.len(),
                "people who are missing in the address book count as forgotten"
            );
        }
        for some in lost.chunks(A_RECORD) {
            let event = |who: &PersonId| ServiceEvent::Forgotten {
                who: *who,
                into: None,
            };
            self.serve_all(some.iter().map(event).collect())?;
        }
        Ok(())
    }

    /// Puts entries of the book right that a crash left in two minds.
    pub(super) fn mend_people(&mut self, mended: Vec<Person>) {
        if mended.is_empty() {
            return;
        }
        for person in mended {
            tracing::warn!(person = %person.id, "an address that was being linked stays with whoever had it");
            // It had room for more before.
            let _ = self.put_person(person);
        }
        self.world.people.sort_addresses();
    }
}

/// The book is written before the record that an address was linked. Where a crash came in between nothing was linked: the
/// address stays its owner's, whoever has it as the main one, else whoever proved it last.
pub(super) fn part_addresses(people: &People) -> Vec<Person> {
    let mut claims: BTreeMap<&str, (bool, Option<jiff::civil::Date>, PersonId)> = BTreeMap::new();
    for person in people.iter() {
        for (address, seen) in &person.links.addresses {
            let claim = (false, Some(seen.proven), person.id);
            let held = claims.entry(address).or_insert(claim);
            *held = claim.max(*held);
        }
    }
    if claims.is_empty() {
        return Vec::new();
    }
    for person in people.iter() {
        if let Some(held) = claims.get_mut(person.jid.as_str()) {
            *held = (true, None, person.id);
        }
    }
    let mut mended = Vec::new();
    for person in people.iter() {
        let lost = |address: &str| claims.get(address).is_some_and(|held| held.2 != person.id);
        if person.links.addresses.keys().any(|address| lost(address)) {
            let mut person = person.clone();
            person.links.addresses.retain(|address, _| !lost(address));
            mended.push(person);
        }
    }
    mended
}
