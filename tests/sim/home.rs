//! The end of a run: everything comes to rest, and nothing is missing.

use xmpp_referee::engine::{Inbound, Live, World};
use xmpp_referee::kit::Span;
use xmpp_referee::matches::Stage;

use super::cases::rule;
use super::crowd::{Want, crowd};
use super::machine::ADMIN;
use super::{Errand, MAX_WAKES, Sim};

impl Sim {
    /// The faults end, nobody moves any more, and everything comes to its end.
    pub(super) fn go_home(&mut self) -> Result<(), String> {
        self.machine.memory.journal.set_full(false);
        if !self.machine.lives() {
            self.restart()?;
        }
        if self.cut.is_some() {
            let up = self.up(false);
            self.turn(vec![up, Inbound::Open])?;
        } else if std::mem::take(&mut self.shut) {
            self.turn(vec![Inbound::Open])?;
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

    /// What would stand for ever ends: a referee rules on what waits for one, and where no clock runs somebody gives up.
    pub(super) fn give_up_untimed(&mut self) {
        if !self.due.is_empty() {
            return;
        }
        let world = self.machine.engine().desk().world();
        let last: Vec<(String, Want)> = (world.all_live())
            .filter_map(|live| last_want(world, live))
            .collect();
        for (bare, want) in last {
            let player = self.players.iter().position(|player| player.bare == bare);
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
            return Err(format!(
                "{} is stuck: {:?}, {:?}, {:?}",
                live.game.id, live.game.standstills, live.game.case, live.game.stage
            ));
        }
        self.post.check_all(&self.mirror)?;
        self.mirror.cases.check_all()?;
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

/// Who brings this match to its end, and how, when it would not end by itself.
fn last_want(world: &World, live: &Live) -> Option<(String, Want)> {
    let game = &live.game;
    if game.case.open.is_some() {
        return Some(last_ruling(world, live));
    }
    let held = &game.standstills;
    let rests = held.iter().all(|held| held.why.is_the_players())
        && held.iter().any(|held| held.until.is_none());
    let untimed = game.stage == Stage::Started && game.terms.clock.is_none();
    let person = world.people.get(*game.seats.first()?)?;
    let want = Want::Command {
        node: "resign",
        fields: vec![("match", game.id.to_string())],
        records: true,
    };
    (rests || untimed).then(|| (person.jid.clone(), want))
}

/// A ruling by whoever may give one; where all referees have ruled before, an admin makes another one first.
fn last_ruling(world: &World, live: &Live) -> (String, Want) {
    let may_rule = |bare: &str| {
        let person = world.people.by_jid(bare);
        person.is_some_and(|person| live.game.may_be_ruled_by(person.id).is_ok())
    };
    let referees = world.service.referees.iter();
    let known = referees.filter_map(|id| Some(world.people.get(*id)?.jid.clone()));
    match known.chain([ADMIN.to_owned()]).find(|bare| may_rule(bare)) {
        Some(bare) => (bare, rule(live.game.id, "void")),
        None => {
            let new = crowd().into_iter().find(|player| may_rule(&player.bare));
            let new = new.map_or(String::new(), |player| player.bare);
            let want = Want::Command {
                node: "admin-referee",
                fields: vec![("who", new)],
                records: false,
            };
            (ADMIN.to_owned(), want)
        }
    }
}
