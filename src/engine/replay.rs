//! From disk to memory: a snapshot if there is a fitting one, and the journal after it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::archive;
use super::aside;
use super::decided::{Decided, What};
use super::effect::Effect;
use super::missing::{self, Accept};
use super::outbox::Outbox;
use super::ports::{Fault, Mark, Place, Ports, Views};
use super::story;
use super::world::{Applied, World};
use crate::clans::Person;
use crate::kit::{Hash, PersonId, Timestamp};
use crate::matches::Event;

/// What memory holds after a start.
pub(super) struct Memory {
    pub world: World,
    pub outbox: Outbox,
    /// How many effects the views hold.
    pub stored_effects: u64,
    /// Feeds that were opened in records whose effects are not confirmed: they are told again what they missed.
    pub feeds: Vec<Decided>,
    /// Those whom the record calls forgotten and the book still has: whoever ran before could not finish.
    pub forgetting: BTreeSet<PersonId>,
    /// People whose entries do not go together with those of others, as they should be.
    pub mended: Vec<Person>,
    /// Whether the views were thrown away, so that they have to be written once this memory is complete.
    pub rebuilt: bool,
}

/// Records between two writes to the views while everything is rebuilt.
const REBUILD_STEP: u64 = 20_000;

/// A mark that fits no journal: the views are being rebuilt and are not to be trusted if that is interrupted.
pub(super) const UNFINISHED: Mark = Mark {
    n: u64::MAX,
    chain: Hash::ZERO,
    next: Place(u64::MAX),
};

/// Reads everything back. Views that do not fit the journal are rebuilt, aloud; a damaged journal is refused.
pub(super) fn load(
    domain: &str,
    ports: &mut Ports,
    now: Timestamp,
    accept: Accept,
) -> Result<Memory, Fault> {
    accept.check_journal(ports)?;
    match ports.views.mark() {
        Ok(Some(mark)) if mark != UNFINISHED => match from_snapshot(domain, ports, mark) {
            Ok(memory) => return Ok(memory),
            Err(fault) => {
                tracing::warn!(%fault, "the views do not fit the journal; rebuilding them from it")
            }
        },
        Ok(None) if ports.journal.mark().n > 0 => {
            tracing::warn!("there are no views; building them from the journal")
        }
        Ok(None) => {}
        Ok(Some(_)) => {
            tracing::warn!("the views were left half built; rebuilding them from the journal")
        }
        // A full disk is not damage: good views are not thrown away for it.
        Err(fault @ Fault::Io { .. }) => return Err(fault),
        Err(fault) => {
            tracing::warn!(%fault, "the views cannot be read; rebuilding them from the journal")
        }
    }
    from_the_beginning(domain, ports, now)
}

fn empty(domain: &str, ports: &mut Ports) -> Result<Memory, Fault> {
    let mut world = World::new(domain);
    for (id, text) in ports.book.load()? {
        let person: Person = serde_json::from_str(&text).map_err(|error| Fault::Fold {
            n: 0,
            why: format!("the address book's entry {id}: {error}"),
        })?;
        world.people.put(person);
    }
    Ok(Memory {
        world,
        outbox: Outbox::default(),
        stored_effects: 0,
        feeds: Vec::new(),
        forgetting: BTreeSet::new(),
        mended: Vec::new(),
        rebuilt: false,
    })
}

fn from_snapshot(domain: &str, ports: &mut Ports, mark: Mark) -> Result<Memory, Fault> {
    let mut memory = empty(domain, ports)?;
    memory.stored_effects =
        archive::load(&mut memory.world, &mut memory.outbox, mark, &*ports.views)?;
    let aside = &memory.world.aside;
    if let Some(stream) = aside::readable_again(domain, aside, &mut *ports.journal)? {
        let why = format!("the record of {stream} was set aside and can be read again");
        return Err(Fault::Views(why));
    }
    ports.journal.replay(Some(mark), &mut |entry, place| {
        memory.apply(&entry.text, entry.n, place)
    })?;
    memory.finish();
    Ok(memory)
}

fn from_the_beginning(domain: &str, ports: &mut Ports, now: Timestamp) -> Result<Memory, Fault> {
    if !matches!(ports.views.mark(), Ok(None)) {
        ports.views.reset(now)?;
    }
    let mut memory = empty(domain, ports)?;
    let views = &mut ports.views;
    ports.journal.replay(None, &mut |entry, place| {
        memory.apply(&entry.text, entry.n, place)?;
        if entry.n % REBUILD_STEP == 0 {
            tracing::info!(records = entry.n, "rebuilding");
            memory.outbox.forget_upto(memory.world.service.confirmed);
            memory.checkpoint(&mut **views, UNFINISHED);
        }
        Ok(())
    })?;
    memory.finish();
    memory.rebuilt = true;
    Ok(memory)
}

impl Memory {
    fn apply(&mut self, text: &str, n: u64, place: Place) -> Result<(), Fault> {
        let Some((decided, applied)) = self.world.take(text, n, Some(place))? else {
            return Ok(());
        };
        self.outbox.push(self.retold(&decided, &applied));
        match &decided.what {
            What::Service { .. } => self.outbox.forget_upto(self.world.service.confirmed),
            What::Clan { .. } => {}
            What::Match { made, .. } => {
                if made
                    .events
                    .iter()
                    .any(|event| matches!(event, Event::Fed { .. }))
                {
                    self.feeds.push(decided);
                }
            }
        }
        Ok(())
    }

    /// What a record has to tell. Where telling fails, the record stands all the same and is not told again.
    fn retold(&self, decided: &Decided, applied: &Applied) -> Vec<Effect> {
        let told = catch_unwind(AssertUnwindSafe(|| {
            story::effects(&self.world, decided, applied)
        }));
        told.unwrap_or_else(|_| {
            tracing::error!(
                record = decided.n,
                "what a record has to tell could not be made"
            );
            Vec::new()
        })
    }

    /// Writes what is there so far and lets finished matches go from memory. Views that cannot be written are no reason not
    /// to start: then everything stays in memory until they can.
    fn checkpoint(&mut self, views: &mut dyn Views, mark: Mark) {
        let (world, stored) = (&mut self.world, &mut self.stored_effects);
        if let Err(fault) = archive::checkpoint(world, &self.outbox, stored, views, mark) {
            tracing::error!(%fault, "the views could not be written while they were rebuilt");
        }
    }

    fn finish(&mut self) {
        let confirmed = self.world.service.confirmed;
        self.outbox.forget_upto(confirmed);
        self.feeds.retain(|decided| decided.n > confirmed);
        let world = &mut self.world;
        let people = world.people.iter().map(|person| person.id);
        self.forgetting = people
            .filter(|id| world.service.gone.contains(*id))
            .collect();
        if !self.forgetting.is_empty() {
            for id in &self.forgetting {
                world.people.forget(*id);
            }
            world.people.sort_addresses();
        }
        self.mended = missing::part_addresses(&world.people);
        world.reminders.plan_digests(&world.people, &world.service);
    }
}
