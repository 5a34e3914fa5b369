//! The cycle of the one writer: begin a batch, ask, commit; then tell.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::archive;
use super::decided::What;
use super::desk::Desk;
use super::guard::{Chore, Failed};
use super::missing::{self, Accept};
use super::outbox::Outbox;
use super::planted::{self, Bug};
use super::ports::{Fault, Ports};
use super::quiet::Quiet;
use super::replay;
use super::service::ServiceEvent;
use crate::clans::{Configured, day_of};
use crate::kit::{PersonId, Span, Timestamp};
use crate::matches::{Ask, Leave, Stage};

/// Records after which the views are brought up to date. A start after a crash replays at most this many.
const CHECKPOINT_RECORDS: usize = 4096;
/// Timers seen to in one batch: the rest follow in the next.
const MAX_TIMERS: usize = 256;
/// Signs of life are not written closer together than this, however many batches there are.
const BEAT_PAUSE: Span = Span::millis(25);
/// How long to wait before asking a full disk again.
const RETRY_DISK: Span = Span::seconds(1);

/// The engine: the only one that writes.
pub struct Engine {
    pub(super) desk: Desk,
    pub(super) outbox: Outbox,
    stored_effects: u64,
    since_checkpoint: usize,
    /// Since when the referee cannot be reached. Clocks stand still.
    down: Option<Timestamp>,
    /// Since when nobody could be served, where that stretch is over but not durably in the record yet.
    unpaid: Option<Timestamp>,
    /// Until when such stretches are in the record: none is paid twice.
    paid: Timestamp,
    next_disk_try: Timestamp,
    next_beat: Timestamp,
    pub(super) quiet: Quiet,
    /// Whether memory may hold what the disk refused. Then nothing is read from it, told or written down.
    pub(super) tainted: bool,
    /// Those whom the record calls forgotten and the book still has.
    forgetting: BTreeSet<PersonId>,
    next_forget: Timestamp,
    accept: Accept,
    last_sign: Option<Timestamp>,
}

impl Engine {
    /// Reads everything back and is ready to begin; clocks stand still until [`Engine::link_up`], effects wait for
    /// [`Engine::open_outbox`].
    pub fn open(domain: &str, ports: Ports, now: Timestamp) -> Result<Engine, Fault> {
        Engine::open_with(domain, ports, now, Accept::default())
    }

    /// The same where the operator says what may be missing.
    pub fn open_with(
        domain: &str,
        mut ports: Ports,
        now: Timestamp,
        accept: Accept,
    ) -> Result<Engine, Fault> {
        let last_alive = ports.pulse.last();
        let memory = replay::load(domain, &mut ports, now, accept)?;
        if !accept.missing_people {
            missing::check_people(&memory.world)?;
        }
        let alive = memory.world.at.max(last_alive.unwrap_or_default());
        let now = now.max(alive);
        let fresh = memory.world.n == 0;
        let last_sign = (!fresh).then_some(alive);
        let desk = Desk::new(memory.world, ports, now);
        let mut engine = Engine {
            desk,
            outbox: memory.outbox,
            stored_effects: memory.stored_effects,
            since_checkpoint: 0,
            down: Some(if fresh { now } else { alive }),
            unpaid: None,
            paid: Timestamp::default(),
            next_disk_try: now,
            next_beat: now,
            quiet: Quiet::default(),
            tainted: false,
            forgetting: memory.forgetting,
            next_forget: now,
            accept,
            last_sign,
        };
        engine.desk.mend_people(memory.mended);
        engine.let_go();
        engine.desk.world.govern(Configured::default());
        engine.quiet = Quiet::after_start(&engine.desk.world, now);
        for decided in &memory.feeds {
            engine.desk.retell(decided);
        }
        let (_, late) = engine.desk.take_batch();
        engine.outbox.push_late(late);
        if fresh {
            engine.desk.born().map_err(|refusal| Fault::Fold {
                n: 1,
                why: refusal.text,
            })?;
            engine.commit()?;
        }
        if accept.missing_people {
            let forgotten = engine.desk.forget_missing();
            forgotten.map_err(|no| Fault::Lost(no.text))?;
            engine.commit()?;
        }
        if memory.rebuilt {
            engine.checkpoint();
        }
        Ok(engine)
    }

    /// The last moment at which the run before this one was surely there; none where there was none.
    pub fn last_sign(&self) -> Option<Timestamp> {
        self.last_sign
    }

    /// Begins a batch at this time, and sees to timers that are due.
    pub fn begin(&mut self, now: Timestamp) {
        self.desk.now = now.max(self.desk.now);
        self.desk.world.people.dawn(day_of(self.desk.now));
        self.retry_disk();
        self.desk.look_at_space();
        self.let_go();
        self.desk.announce_key();
        self.desk.announce_asides();
        if self.desk.sentence().is_err() {
            return;
        }
        if self.down.is_some() || self.desk.stalled.is_some() {
            return;
        }
        // What fails is dealt with by whoever runs this: nothing of the batch counts then.
        let _ = self.see_to_what_is_due();
    }

    fn see_to_what_is_due(&mut self) -> Result<(), Failed> {
        let (desk, most) = (&mut self.desk, MAX_TIMERS);
        for id in desk.world.due(desk.now, most) {
            desk.chore(Chore::Timer(id), |desk| desk.wake(id))?;
        }
        for id in desk.world.take_stirred(most) {
            desk.chore(Chore::Boards(id), |desk| desk.tend(id))?;
        }
        for tag in desk.world.clans.due(desk.now, most) {
            desk.chore(Chore::Clan(tag), |desk| desk.wake_clan(tag))?;
        }
        for id in desk.world.clans.take_stirred(most) {
            desk.chore(Chore::Fixture(id), |desk| desk.tend_fixture(id, None))?;
        }
        for (game, node) in desk.world.service.due_feeds(desk.now, most) {
            let swept = ServiceEvent::Swept { game, node };
            desk.chore(Chore::Sweep(game), |desk| {
                let _ = desk.serve(None, swept);
            })?;
        }
        for id in desk.world.reminders.due(desk.now, most) {
            desk.chore(Chore::Reminder(id), |desk| desk.remind(id))?;
        }
        for who in desk.world.reminders.due_digests(desk.now, most) {
            desk.chore(Chore::Digest(who), |desk| desk.digest(who))?;
        }
        desk.chore(Chore::Mutes, |desk| desk.end_mutes(most))?;
        desk.chore(Chore::Ratings, Desk::rate)?;
        desk.chore(Chore::Guests, Desk::let_guests_go)?;
        let (quiet, now) = (&mut self.quiet, desk.now);
        desk.chore(Chore::Quiet, |desk| {
            for event in quiet.due(now) {
                let _ = desk.serve(None, event);
            }
        })
    }

    /// What the configuration says: the rules of the community, and the bare JIDs of the admins.
    pub fn govern(&mut self, configured: Configured, admins: &[String]) {
        self.desk.world.govern(configured);
        self.desk.world.admins = admins.iter().cloned().collect();
    }

    /// What is asked next was received at this moment; time never runs backwards.
    pub fn hear(&mut self, at: Timestamp) {
        self.desk.now = at.max(self.desk.now);
    }

    /// What commands work on.
    pub fn desk(&mut self) -> &mut Desk {
        &mut self.desk
    }

    /// Makes the batch durable; afterwards its effects are on their way. On an error nothing of the batch has happened:
    /// memory is rebuilt from what is durable, and the error is for everybody who asked in this batch.
    ///
    /// Only a disk that fails stops the clocks. What the journal does not take although the disk is sound is a bug of ours,
    /// and costs this one batch.
    pub fn commit(&mut self) -> Result<(), Fault> {
        let result = self.try_commit();
        if let Err(fault) = &result {
            tracing::error!(%fault, "a batch could not be written; nothing of it has happened");
            let broken_disk = matches!(fault, Fault::Io { .. });
            if broken_disk {
                self.stall(self.desk.now);
                self.next_disk_try = self.desk.now + RETRY_DISK;
            }
            self.rebuild()?;
            if !broken_disk && let Some(since) = self.unpaid.take() {
                self.pay(since);
            }
        }
        result
    }

    /// From here on nobody is served; a stretch of that kind whose record was lost with the batch goes on.
    fn stall(&mut self, since: Timestamp) {
        let since = self.unpaid.take().map_or(since, |unpaid| unpaid.min(since));
        let stalled = self.desk.stalled.get_or_insert(since);
        *stalled = since.min(*stalled);
    }

    fn try_commit(&mut self) -> Result<(), Fault> {
        if !self.desk.staged.is_empty() {
            let rated = self.desk.chore(Chore::Ratings, Desk::rate);
            rated.map_err(|Failed| Fault::Fold {
                n: self.desk.world.n,
                why: "counting results failed".to_owned(),
            })?;
            self.note_cursor();
        }
        self.write_people()?;
        let (entries, effects) = self.desk.take_batch();
        if entries.is_empty() {
            return Ok(());
        }
        let places = self.desk.ports.journal.commit(&entries)?;
        self.unpaid = None;
        self.forgetting.append(&mut self.desk.leaving);
        for (entry, place) in entries.iter().zip(places) {
            self.desk.world.set_place(entry.stream, place);
        }
        self.outbox.push(effects);
        self.next_forget = self.next_forget.min(self.desk.now);
        self.let_go();
        self.since_checkpoint += entries.len();
        if self.since_checkpoint >= CHECKPOINT_RECORDS {
            self.checkpoint();
        }
        Ok(())
    }

    /// Nothing happens at the moment: time to write down what has been delivered, so that a crash repeats little.
    pub fn rest(&mut self) {
        if self.desk.stalled.is_none() {
            self.note_cursor();
        }
    }

    /// The delivery cursor rides on a batch that is written anyway.
    fn note_cursor(&mut self) {
        let upto = self.outbox.confirmed_upto();
        if upto > self.desk.world.service.confirmed {
            let events = vec![ServiceEvent::Confirmed { upto }];
            let _ = self.desk.stage(
                None,
                None,
                What::Service {
                    events,
                    sealed: Vec::new(),
                },
            );
        }
    }

    /// Who changed goes into the book before any record names them.
    fn write_people(&mut self) -> Result<(), Fault> {
        if self.desk.changed.is_empty() {
            return Ok(());
        }
        let changed = std::mem::take(&mut self.desk.changed);
        let put: Vec<(PersonId, String)> = changed.into_iter().collect();
        self.desk.ports.book.put(&put)
    }

    /// Who was forgotten leaves the book after the record that says so is durable: so a crash in between loses neither the
    /// record nor the bans that were written with it, and the next start finds whom to let go of. A book that refuses is
    /// asked again.
    fn let_go(&mut self) {
        if self.forgetting.is_empty() || self.desk.now < self.next_forget {
            return;
        }
        let people: Vec<PersonId> = self.forgetting.iter().copied().collect();
        match self.desk.ports.book.forget(&people) {
            Ok(()) => self.forgetting.clear(),
            Err(fault) => {
                tracing::warn!(%fault, people = people.len(), "people who were forgotten are still in the address book; trying again");
                self.next_forget = self.desk.now + RETRY_DISK;
            }
        }
    }

    /// Brings the views up to the journal. When that fails they are left as they are: a start rebuilds them.
    pub fn checkpoint(&mut self) {
        if self.tainted || self.is_spoiled() {
            return;
        }
        self.since_checkpoint = 0;
        let mark = self.desk.ports.journal.mark();
        let views = &mut *self.desk.ports.views;
        let (world, stored) = (&mut self.desk.world, &mut self.stored_effects);
        let written = catch_unwind(AssertUnwindSafe(|| {
            archive::checkpoint(world, &self.outbox, stored, views, mark)
        }));
        let written =
            written.unwrap_or_else(|_| Err(Fault::Views("making them failed".to_owned())));
        if let Err(fault) = written {
            tracing::error!(%fault, "the views could not be written; they will be rebuilt at the next start");
        }
    }

    /// Whether anything is not in the views yet.
    pub fn wants_checkpoint(&self) -> bool {
        self.since_checkpoint > 0
    }

    /// Something panicked in the middle of a batch: nothing of the batch counts.
    pub fn abandon(&mut self) -> Result<(), Fault> {
        self.rebuild()?;
        if let Some(since) = self.unpaid.take() {
            self.paid = self.paid.min(since);
            self.pay(since);
        }
        if self.desk.sentence().is_err() {
            return Ok(());
        }
        self.commit()
    }

    /// Something failed outside of the work that looks after itself.
    pub fn spoil(&mut self) {
        self.desk.spoil();
    }

    /// Whether memory may hold half of something: then [`Engine::abandon`] comes before anything else.
    pub fn is_spoiled(&self) -> bool {
        self.desk.guard.is_spoiled()
    }

    /// Throws memory away and reads back what is durable. The outbox never holds anything else, and a window of it may be
    /// on its way: it stays.
    ///
    /// While it has not succeeded memory may hold what nobody was promised: nobody is served, and clocks stand still.
    fn rebuild(&mut self) -> Result<(), Fault> {
        let was = std::mem::replace(&mut self.tainted, true);
        let read_back = self.read_back();
        match &read_back {
            Ok(()) => {
                self.tainted = false;
                if was {
                    tracing::info!("memory is read back from the journal");
                }
            }
            Err(fault) => {
                tracing::error!(%fault, "the journal cannot be read back yet; nobody is served meanwhile");
                self.stall(self.desk.now);
                self.next_disk_try = self.desk.now + RETRY_DISK;
            }
        }
        read_back
    }

    fn read_back(&mut self) -> Result<(), Fault> {
        let domain = self.desk.world.domain.clone();
        self.desk.take_batch();
        self.desk.changed.clear();
        self.desk.leaving.clear();
        self.desk.ports.journal.recover()?;
        let memory = replay::load(&domain, &mut self.desk.ports, self.desk.now, self.accept)?;
        self.forgetting.extend(memory.forgetting);
        let configured = self.desk.world.configured().clone();
        let admins = std::mem::take(&mut self.desk.world.admins);
        (self.desk.world, self.stored_effects) = (memory.world, memory.stored_effects);
        self.desk.world.govern(configured);
        self.desk.world.admins = admins;
        self.desk.mend_people(memory.mended);
        self.desk.is_read_back();
        self.tainted = false;
        if memory.rebuilt {
            self.checkpoint();
        }
        Ok(())
    }

    /// Whether memory may hold what the disk refused: then it answers nobody.
    pub fn is_tainted(&self) -> bool {
        self.tainted
    }

    /// A disk that refused is asked again from time to time; the stretch in between is nobody's thinking time.
    fn retry_disk(&mut self) {
        let Some(since) = self
            .desk
            .stalled
            .filter(|_| self.desk.now >= self.next_disk_try)
        else {
            return;
        };
        let now = self.desk.now;
        self.next_disk_try = now + RETRY_DISK;
        if self.tainted && self.rebuild().is_err() {
            return;
        }
        self.desk.stalled = None;
        // The connection may be gone too: one record for both, and what follows is the connection's alone.
        let from = self.down.map_or(since, |down| down.min(since));
        let staged = self.desk.serve(None, ServiceEvent::Down { from, to: now });
        let written = staged.is_ok() && self.try_commit().is_ok();
        if written {
            tracing::info!("the disk takes writes again");
            self.paid = now;
            self.down = self.down.map(|_| now);
        } else {
            self.desk.stalled = Some(since);
            // If this fails too, it is said there, and tried again from here.
            let _ = self.rebuild();
        }
    }

    /// The referee hears, and is heard: what passed since it last did is paid before anything else is decided, and from
    /// now on clocks run. `again`: the server itself may have been away, and with it everybody's connection, so clocks wait
    /// for a while for those who are to move and were not seen since.
    pub fn link_up(&mut self, again: bool) {
        let Some(since) = self.down.take() else {
            return;
        };
        self.pay(since);
        if again && self.desk.stalled.is_none() {
            self.await_players();
        }
    }

    /// The door knows what stands: effects may go out.
    pub fn open_outbox(&mut self) {
        if self.down.is_none() {
            self.outbox.open();
        }
    }

    /// The process itself did nothing between these moments: stopped, swapped out, or waiting for a slow disk.
    pub fn stood_still(&mut self, from: Timestamp, to: Timestamp) {
        self.hear(to);
        if self.down.is_none() {
            self.pay(from);
        }
    }

    /// Until when time in which nobody could be served is paid.
    pub fn paid_until(&self) -> Timestamp {
        self.paid
    }

    /// Whoever is to move has to come back to the server first.
    fn await_players(&mut self) {
        let matches = self.desk.world.timed_matches();
        let started = matches.filter(|live| live.game.stage == Stage::Started);
        let seats = started.flat_map(|live| {
            let id = live.game.id;
            live.game.clock.running().map(move |seat| (id, seat))
        });
        let why = Leave::Unseen;
        for (id, seat) in seats.collect::<Vec<_>>() {
            if let Err(refusal) = self.desk.act(None, id, &Ask::Gone { seat, why }, None) {
                tracing::debug!(game = %id, code = %refusal.code, "its clock does not wait");
            }
        }
    }

    /// Gives back to the players the stretch from `since` to now, as far as it is not paid yet.
    fn pay(&mut self, since: Timestamp) {
        let now = self.desk.now;
        let since = since.max(self.paid);
        if self.desk.stalled.is_some() {
            // The record is written when the disk takes writes again.
            return self.stall(since);
        }
        if planted::is(Bug::ChargedDowntime) || since >= now || !self.desk.world.any_clock_runs() {
            return;
        }
        let down = ServiceEvent::Down {
            from: since,
            to: now,
        };
        if self.desk.serve(None, down).is_ok() {
            self.unpaid = Some(self.unpaid.map_or(since, |unpaid| unpaid.min(since)));
            self.paid = now;
        }
    }

    /// The connection is gone, and `since` is the last moment at which it was known to work.
    pub fn link_down(&mut self, since: Timestamp) {
        let since = since.clamp(self.paid.min(self.desk.now), self.desk.now);
        self.down.get_or_insert(since);
        self.desk.crowds.clear();
        self.desk.roll.clear();
        self.outbox.close();
    }

    /// When something is due, if nothing happens before.
    pub fn next_wake(&self) -> Option<Timestamp> {
        match (self.desk.stalled, self.down) {
            (Some(_), _) => Some(self.next_disk_try),
            (None, Some(_)) => None,
            (None, None) => {
                let wakes = [self.desk.world.next_wake(), self.quiet.next_wake()];
                let next = wakes.into_iter().flatten().min();
                // What rests is due all the time.
                match self.desk.guard.has_resting() {
                    true => next.map(|next| next.max(self.desk.now + RETRY_DISK)),
                    false => next,
                }
            }
        }
    }

    /// A sign of life, for the next run to know how long nobody could be reached.
    pub fn beat(&mut self, now: Timestamp) {
        if self.down.is_none() && self.desk.stalled.is_none() {
            let now = now.max(self.desk.now);
            if now >= self.next_beat {
                self.next_beat = now + BEAT_PAUSE;
                self.desk.ports.pulse.beat(now);
            }
        }
    }

    /// Whether signs of life matter now.
    pub fn clocks_run(&self) -> bool {
        self.down.is_none() && self.desk.world.any_clock_runs()
    }
}
