//! The end of a run: everything comes to rest, and nothing is missing.

use xmpp_referee::engine::Inbound;
use xmpp_referee::kit::{MatchId, Span};
use xmpp_referee::matches::Stage;

use super::crowd::Want;
use super::{Errand, MAX_WAKES, Sim};

impl Sim {
    /// The faults end, nobody moves any more, and everything comes to its end.
    pub(super) fn go_home(&mut self) -> Result<(), String> {
        self.machine.memory.journal.set_full(false);
        if !self.machine.lives() {
            self.restart()?;
        }
        if self.cut.is_some() {
            self.turn(vec![Inbound::LinkUp])?;
        }
        for _ in 0..MAX_WAKES {
            self.give_up_untimed();
            let unconfirmed = (!self.post.in_flight.is_empty()).then_some(self.now);
            let due = self.due.iter().map(|due| due.at).min();
            let wake = self.machine.engine().next_wake();
            let Some(next) = [unconfirmed, due, wake].into_iter().flatten().min() else {
                return self.check_the_end();
            };
            self.now = self.now.max(next);
            self.serve_due()?;
        }
        Err("it never comes to rest".to_owned())
    }

    /// Matches without a clock end when somebody gives up.
    pub(super) fn give_up_untimed(&mut self) {
        if !self.due.is_empty() {
            return;
        }
        let world = self.machine.engine().desk().world();
        let untimed = world
            .all_live()
            .filter(|live| live.game.stage == Stage::Started && live.game.terms.clock.is_none());
        let resigning: Vec<(MatchId, String)> = untimed
            .filter_map(|live| {
                let person = world.people.get(*live.game.seats.first()?)?;
                Some((live.game.id, person.jid.clone()))
            })
            .collect();
        for (game, bare) in resigning {
            let player = self.players.iter().position(|player| player.bare == bare);
            let want = Want::Command {
                node: "resign",
                fields: vec![("match", game.to_string())],
                records: true,
            };
            self.send(player, Errand::Wish(want), Span::seconds(1));
        }
    }

    pub(super) fn check_the_end(&mut self) -> Result<(), String> {
        self.follow()?;
        self.compare()?;
        let stuck = self
            .mirror
            .world
            .all_live()
            .find(|live| !live.game.is_done());
        if let Some(live) = stuck {
            return Err(format!("{} is stuck: {:?}", live.game.id, live.game.stage));
        }
        self.post.check_all(&self.mirror)?;
        self.mirror.audit()?;
        // A start from the views and the rest of the journal, and one from the journal alone.
        self.machine.kill();
        self.restart()?;
        self.machine.kill();
        self.machine.memory.views.damage();
        self.restart()?;
        self.count_disk_faults();
        Ok(())
    }

    pub(super) fn count_disk_faults(&mut self) {
        let (journal, book) = (
            self.machine.memory.journal.hits(),
            self.machine.memory.book.hits(),
        );
        let killed = journal.risen + journal.lost;
        for (fault, count) in [
            (
                "killed between write and sync, the write survived",
                journal.risen,
            ),
            (
                "killed between write and sync, the write was lost",
                journal.lost,
            ),
            ("write refused", journal.before_write),
            ("sync failed", journal.after_write.saturating_sub(killed)),
            ("disk full", journal.full),
            ("address book refused", book),
        ] {
            (0..count).for_each(|_| self.tally.hit(fault));
        }
    }
}
