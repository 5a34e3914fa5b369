//! The server's end: what has arrived, what may come again, and what had to.

use std::collections::BTreeSet;

use xmpp_referee::engine::{Act, Effect, Sending, WINDOW, World};

use super::luck::Luck;
use super::mirror::Mirror;

/// What came over the connection so far.
#[derive(Default)]
pub struct Post {
    /// Given to the connection.
    sent: BTreeSet<String>,
    /// Arrived.
    got: BTreeSet<String>,
    /// What is not confirmed: at most a window.
    pub in_flight: Vec<Sending>,
    /// What a break allows to come again.
    repeatable: BTreeSet<String>,
    /// What was no longer true when the connection came back.
    overtaken: BTreeSet<String>,
}

impl Post {
    /// Takes a window, and checks every effect in it.
    pub fn window(&mut self, window: Vec<Sending>, mirror: &Mirror) -> Result<(), String> {
        if self.in_flight.len() + window.len() > WINDOW {
            return Err("more than a window is unconfirmed".to_owned());
        }
        for sending in &window {
            let id = &sending.effect.id;
            match mirror.told.get(id) {
                None => return Err(format!("{id} is told and not in the record")),
                Some(told) if *told != sending.effect => {
                    return Err(format!(
                        "{id} says something else than the record:\n{:?}\n{told:?}",
                        sending.effect
                    ));
                }
                Some(_) => {}
            }
            if !self.sent.insert(id.clone()) && !self.repeatable.contains(id) {
                return Err(format!("{id} is told again without a reason"));
            }
        }
        self.in_flight.extend(window);
        Ok(())
    }

    /// The server has the first so many of them. Returns what it now can act on.
    pub fn confirm(&mut self, effects: usize) -> Vec<Act> {
        let window: Vec<Sending> = self.in_flight.drain(..effects).collect();
        for sending in &window {
            self.repeatable.remove(&sending.effect.id);
            self.got.insert(sending.effect.id.clone());
        }
        window
            .into_iter()
            .map(|sending| sending.effect.act)
            .collect()
    }

    /// The connection broke; some of the window arrived. True when something was lost on the way.
    pub fn broken(&mut self, luck: &mut Luck) -> bool {
        let window = std::mem::take(&mut self.in_flight);
        let arrived = luck.below(window.len() + 1);
        let ids = window.iter().map(|sending| sending.effect.id.clone());
        self.repeatable.extend(ids.clone());
        self.got.extend(ids.take(arrived));
        arrived < window.len()
    }

    /// The process died: everything behind the recorded cursor may come again.
    pub fn crashed(&mut self, luck: &mut Luck, mirror: &Mirror) {
        self.broken(luck);
        let cursor = mirror.world.service.confirmed;
        let open = self
            .sent
            .iter()
            .filter(|id| mirror.told.get(*id).is_none_or(|effect| effect.n > cursor));
        self.repeatable.extend(open.cloned());
    }

    /// The connection is back: what is no longer true need not come.
    pub fn back(&mut self, mirror: &Mirror) {
        let gone = mirror
            .told
            .values()
            .filter(|effect| !self.got.contains(&effect.id) && is_overtaken(effect, &mirror.world));
        self.overtaken.extend(gone.map(|effect| effect.id.clone()));
    }

    /// At the end: everything has arrived.
    pub fn check_all(&self, mirror: &Mirror) -> Result<(), String> {
        let lost = mirror
            .told
            .keys()
            .find(|id| !self.got.contains(*id) && !self.overtaken.contains(*id));
        lost.map_or(Ok(()), |id| {
            Err(format!("{id} never arrived: {:?}", mirror.told[id].act))
        })
    }
}

fn is_overtaken(effect: &Effect, world: &World) -> bool {
    match &effect.act {
        Act::Status { .. } => true,
        Act::Tell(note) => note.turn.is_some_and(|(seat, plays)| {
            let live = note.about.and_then(|id| world.live(id));
            live.is_none_or(|live| {
                live.game.plays != plays || !live.game.waits_for().contains(&seat)
            })
        }),
        _ => false,
    }
}
