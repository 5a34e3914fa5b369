//! What goes out: the next effects of the outbox, each with the people it is for at the moment it leaves.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::cycle::Engine;
use super::effect::{Act, Addressee, Effect, Sending};
use super::planted::{self, Bug};
use crate::kit::PersonId;

impl Engine {
    /// The server has the first so many of the effects that were given out and are not confirmed.
    pub fn confirmed(&mut self, effects: usize) {
        self.outbox.confirm(effects);
    }

    /// The effects to send now: at most one window of them is ever unconfirmed.
    pub fn next_window(&mut self) -> Vec<Sending> {
        if self.tainted {
            return Vec::new();
        }
        let window = self.outbox.next_window(&self.desk.world);
        let mut sendings = Vec::with_capacity(window.len());
        for effect in window {
            let addressed = catch_unwind(AssertUnwindSafe(|| self.address(&effect)));
            let to = addressed.unwrap_or_else(|_| {
                tracing::error!(
                    id = effect.id,
                    "an effect could not be addressed; it goes to nobody"
                );
                Vec::new()
            });
            sendings.push(Sending { to, effect });
        }
        sendings
    }

    fn address(&mut self, effect: &Effect) -> Vec<Addressee> {
        assert!(!planted::is(Bug::AddressPanics), "planted");
        let (now, world) = (self.desk.now, &self.desk.world);
        let people = match &effect.act {
            Act::Tell(note) => vec![note.to],
            Act::Mute { who, .. } => vec![*who],
            Act::OpenRoom { people, .. }
            | Act::Admit { people, .. }
            | Act::Voice { people, .. }
            | Act::Welcome { people, .. } => people.clone(),
            // The first is the one who is told of the others; without that one there is nobody to tell.
            Act::Contacts { to, who, .. } if world.people.get(*to).is_some() => {
                std::iter::once(to).chain(who).copied().collect()
            }
            _ => Vec::new(),
        };
        let known = people.into_iter().filter_map(|id| world.people.get(id));
        let quiet = &mut self.quiet;
        let awake = known.filter(|person| match &effect.act {
            Act::Tell(note) => !quiet.holds(world, person, note, now),
            _ => true,
        });
        let about = match &effect.act {
            Act::Tell(note) => note.about.filter(|id| world.is_timed(*id)),
            _ => None,
        };
        let sits = |person: PersonId| {
            let live = about.and_then(|id| world.live(id));
            live.is_some_and(|live| live.game.seat_of(person).is_some())
        };
        // Whoever has an address now that was silent for a year may be another: nothing goes there.
        let to = awake.filter_map(|person| {
            let mut known = world.people.told_at(person).map(str::to_owned);
            Some(Addressee {
                on_clock: sits(person.id),
                jid: known.next()?,
                others: known.collect(),
                handle: person.handle.clone(),
                bot: person.bot,
                invitations: person.invitations,
                muted: world.mute_of(person.id, now).is_some(),
            })
        });
        to.collect()
    }
}
