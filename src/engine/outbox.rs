//! Effects on their way out: sent in order, at most one window of them unconfirmed.
//!
//! A component stream has no acknowledgements. The door sends effects, and whenever no ping is out, one to the server;
//! stanzas of one stream are routed in order, so the pong confirms what was sent before the ping ([`Outbox::confirm`]) and
//! the cursor moves. After a break only what is unconfirmed is sent again, with the same ids, without what the state has overtaken: effects are never
//! lost, and repeated at most one window.

use std::collections::VecDeque;

use super::effect::{Act, Effect};
use super::planted::{self, Bug};
use super::world::World;

/// Effects that may be sent and unconfirmed: enough to keep the stream busy for one round trip, few enough to repeat.
pub const WINDOW: usize = 256;

/// The most effects kept while the server cannot be reached. Beyond it the oldest that only describe passing states go:
/// whoever comes back asks `my`, and the record has everything.
const MAX_WAITING: usize = 100_000;

/// The effects that are not confirmed.
#[derive(Default)]
pub struct Outbox {
    waiting: VecDeque<Effect>,
    /// How many of the first effects are sent and unconfirmed.
    sent: usize,
    /// Everything up to this record is confirmed.
    confirmed: u64,
    open: bool,
    /// How many of the first effects waited while nobody was there, and may not be true any more.
    late: usize,
}

impl Outbox {
    /// Adds the effects of a record that is durable.
    pub fn push(&mut self, effects: Vec<Effect>) {
        self.waiting.extend(effects);
        while self.waiting.len() > MAX_WAITING {
            let passing = self
                .waiting
                .iter()
                .skip(self.sent)
                .position(|effect| !is_deed(&effect.act));
            let Some(place) = passing else { break };
            self.waiting.remove(self.sent + place);
            self.late -= usize::from(self.sent + place < self.late);
        }
    }

    /// Adds effects of records that older effects may already follow; before the connection is ready.
    pub fn push_late(&mut self, effects: Vec<Effect>) {
        if !effects.is_empty() {
            self.push(effects);
            // The cursor says "everything up to this record", so the queue has to keep the records' order.
            self.waiting
                .make_contiguous()
                .sort_by_key(|effect| effect.n);
        }
    }

    /// The connection is ready: whatever was sent and not confirmed will be sent again.
    /// A hundred thousand may wait; whether each is still true is asked as it is sent.
    pub fn open(&mut self) {
        self.open = true;
        self.sent = 0;
        self.late = self.waiting.len();
    }

    /// The connection broke.
    pub fn close(&mut self) {
        self.open = false;
        self.sent = 0;
    }

    /// What may be sent now: as much as keeps at most one window unconfirmed.
    pub fn next_window(&mut self, world: &World) -> Vec<Effect> {
        if !self.open {
            return Vec::new();
        }
        let before = self.sent;
        while self.sent < WINDOW.min(self.waiting.len()) {
            let upto = self.late.clamp(self.sent, self.waiting.len());
            let late = self.waiting.range(self.sent..upto);
            let stale = late.take_while(|one| !still_true(one, world)).count();
            self.waiting.drain(self.sent..self.sent + stale);
            self.late = self.late.saturating_sub(stale);
            self.sent = (self.sent + 1).min(self.waiting.len());
        }
        self.waiting.range(before..self.sent).cloned().collect()
    }

    /// The server has the first so many of what was sent.
    pub fn confirm(&mut self, effects: usize) {
        let confirmed = if planted::is(Bug::SkippedCursor) {
            self.waiting.len()
        } else {
            effects.min(self.sent)
        };
        let last = self
            .waiting
            .drain(..confirmed)
            .next_back()
            .map(|effect| effect.n);
        self.sent = self.sent.saturating_sub(confirmed);
        self.late = self.late.saturating_sub(confirmed);
        if let Some(last) = last {
            // The record's later effects may still wait; then only the records before it are done.
            let partly = self.waiting.front().is_some_and(|next| next.n == last);
            self.confirmed = self.confirmed.max(if partly { last - 1 } else { last });
        }
    }

    /// The effects that are not confirmed, for a snapshot.
    pub fn waiting(&self) -> impl Iterator<Item = &Effect> {
        self.waiting.iter()
    }

    /// Everything up to this record is confirmed: forgets what a journal's cursor says has arrived.
    pub fn forget_upto(&mut self, n: u64) {
        self.confirmed = self.confirmed.max(n);
        self.waiting.retain(|effect| effect.n > n);
        self.late = self.late.min(self.waiting.len());
    }

    /// Everything up to this record is confirmed.
    pub fn confirmed_upto(&self) -> u64 {
        self.confirmed
    }

    /// Whether effects may be sent.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// How many effects are not confirmed.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether everything is confirmed.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// Whether an effect does something that nothing later makes up for.
fn is_deed(act: &Act) -> bool {
    matches!(
        act,
        Act::OpenRoom { .. }
            | Act::CloseRoom { .. }
            | Act::OpenFeed { .. }
            | Act::CloseFeed { .. }
            | Act::Admit { .. }
            | Act::Housekeep { .. }
            | Act::Welcome { .. }
            | Act::Contacts { .. }
            | Act::Part { .. }
            | Act::Voice { .. }
            | Act::Mute { .. }
    )
}

#[cfg(test)]
thread_local! {
    /// How many effects were asked whether they are still true, on this thread.
    static ASKED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Whether an effect still says something true, so that it is worth sending late.
fn still_true(effect: &Effect, world: &World) -> bool {
    #[cfg(test)]
    ASKED.with(|asked| asked.set(asked.get() + 1));
    match &effect.act {
        Act::Tell(note) => match (note.turn, note.about.and_then(|id| world.live(id))) {
            (Some((seat, plays)), Some(live)) => {
                live.game.plays == plays && live.game.waits_for().contains(&seat)
            }
            (Some(_), None) => false,
            (None, _) => true,
        },
        Act::Status { .. } | Act::ClanStatus { .. } => false,
        // What was for everybody may be for officers by now.
        Act::Post {
            clan,
            sees,
            page: Some(number),
            ..
        } => world.clans.get(*clan).is_some_and(|live| {
            let page = live.clan.pages.all.get(number);
            page.is_some_and(|page| page.sees == *sees)
        }),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::{MatchId, Words};

    fn said(n: u64, k: usize) -> Effect {
        Effect {
            id: format!("service/{n}/{k}"),
            n,
            act: Act::Lobby {
                words: Words::line("hello"),
            },
        }
    }

    fn world() -> World {
        World::new("r")
    }

    fn ids(window: &[Effect]) -> Vec<&str> {
        window.iter().map(|effect| effect.id.as_str()).collect()
    }

    fn opened(effects: Vec<Effect>) -> Outbox {
        let mut outbox = Outbox::default();
        outbox.push(effects);
        outbox.open();
        outbox
    }

    #[test]
    fn more_is_sent_at_once_while_less_than_a_window_is_unconfirmed() {
        let mut outbox = opened(vec![said(1, 0)]);
        assert_eq!(ids(&outbox.next_window(&world())), ["service/1/0"]);
        assert!(outbox.next_window(&world()).is_empty());
        outbox.push(vec![said(2, 0), said(3, 0)]);
        assert_eq!(
            ids(&outbox.next_window(&world())),
            ["service/2/0", "service/3/0"]
        );
        outbox.confirm(2);
        assert_eq!((outbox.confirmed_upto(), outbox.len()), (2, 1));
        outbox.confirm(5);
        assert_eq!((outbox.confirmed_upto(), outbox.len()), (3, 0));
    }

    #[test]
    fn never_more_than_a_window_is_unconfirmed() {
        let mut outbox = opened((0..WINDOW + 9).map(|k| said(1, k)).collect());
        assert_eq!(outbox.next_window(&world()).len(), WINDOW);
        assert!(outbox.next_window(&world()).is_empty());
        outbox.confirm(4);
        assert_eq!(outbox.next_window(&world()).len(), 4);
    }

    #[test]
    fn a_break_repeats_the_unconfirmed_window_under_the_same_ids() {
        let mut outbox = opened(vec![said(1, 0), said(1, 1)]);
        let first = outbox.next_window(&world());
        outbox.close();
        assert!(outbox.next_window(&world()).is_empty());
        outbox.open();
        assert_eq!(outbox.next_window(&world()), first);
    }

    #[test]
    fn a_record_is_confirmed_with_its_last_effect() {
        let many = (0..WINDOW + 1).map(|k| said(7, k)).collect();
        let mut outbox = opened(many);
        assert_eq!(outbox.next_window(&world()).len(), WINDOW);
        outbox.confirm(WINDOW);
        assert_eq!((outbox.confirmed_upto(), outbox.len()), (6, 1));
        outbox.next_window(&world());
        outbox.confirm(1);
        assert_eq!((outbox.confirmed_upto(), outbox.len()), (7, 0));
    }

    #[test]
    fn a_status_is_not_sent_late() {
        let status = Effect {
            id: "m1/1/0".to_owned(),
            n: 1,
            act: Act::Status { game: MatchId(1) },
        };
        let mut outbox = opened(vec![status.clone(), said(2, 0), status.clone(), status]);
        assert_eq!(ids(&outbox.next_window(&world())), ["service/2/0"]);
        assert_eq!(outbox.len(), 1);
    }

    #[test]
    fn a_server_away_for_long_costs_talk_and_never_deeds() {
        let deed = Effect {
            id: "m1/2/0".to_owned(),
            n: 1,
            act: Act::OpenRoom {
                game: MatchId(1),
                people: Vec::new(),
                hidden: false,
            },
        };
        let mut outbox = Outbox::default();
        outbox.push(vec![deed.clone()]);
        outbox.push((2..MAX_WAITING as u64 + 12).map(|n| said(n, 0)).collect());
        assert_eq!(outbox.len(), MAX_WAITING);
        assert_eq!(outbox.waiting().next(), Some(&deed));
        assert_eq!(outbox.waiting().nth(1).map(|effect| effect.n), Some(13));
    }

    #[test]
    fn what_a_cursor_confirms_is_forgotten() {
        let mut outbox = opened(vec![said(1, 0), said(2, 0), said(3, 0)]);
        outbox.forget_upto(2);
        assert_eq!(ids(&outbox.next_window(&world())), ["service/3/0"]);
        assert_eq!(outbox.confirmed_upto(), 2);
    }

    #[test]
    fn a_long_queue_is_looked_at_as_it_is_sent() {
        let mut outbox = Outbox::default();
        outbox.push((1..=MAX_WAITING as u64).map(|n| said(n, 0)).collect());
        ASKED.with(|asked| asked.set(0));
        outbox.open();
        for _ in 0..3 {
            assert_eq!(outbox.next_window(&world()).len(), WINDOW);
            outbox.confirm(WINDOW);
        }
        assert_eq!(ASKED.with(std::cell::Cell::get), 3 * WINDOW);
        // What comes after the connection is there is not late.
        outbox.push(vec![said(MAX_WAITING as u64 + 1, 0)]);
        while !outbox.is_empty() {
            let sent = outbox.next_window(&world()).len();
            outbox.confirm(sent);
        }
        assert_eq!(ASKED.with(std::cell::Cell::get), MAX_WAITING);
    }
}
