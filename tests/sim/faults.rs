//! What goes wrong: the disk, the connection, the process.

use xmpp_referee::commands::{Call, Leave, News};
use xmpp_referee::engine::Inbound;
use xmpp_referee::kit::{Span, Timestamp};
use xmpp_referee::store::memory::CommitFault;

use super::machine::Death;
use super::{BEAT_MS, Errand, Sim};

impl Sim {
    pub(super) fn trouble_the_disk(&mut self) {
        let memory = &self.machine.memory;
        match self.luck.below(200) {
            0..=2 => memory.journal.fail_next(CommitFault::BeforeWrite),
            3..=5 => memory.journal.fail_next(CommitFault::AfterWrite),
            6..=8 => memory.book.fail_next(),
            9 => memory.journal.set_full(true),
            10..=40 => memory.journal.set_full(false),
            41..=42 => memory.views.fail_next(),
            43 => memory.views.damage(),
            44..=50 => memory.views.sync(),
            _ => {}
        }
    }

    /// People lose their line, leave, or are on a server that nobody can reach; sooner or later they are back.
    pub(super) fn trouble_the_players(&mut self) {
        let player = self.luck.below(self.players.len());
        let bare = self.players[player].bare.clone();
        let domain = "example.net";
        let news = match self.luck.below(100) {
            0..=4 => {
                self.tally.hit("player lost the line");
                self.away.insert(player);
                News::Gone(bare, Leave::Network)
            }
            5..=6 => {
                self.tally.hit("player left");
                self.away.insert(player);
                News::Gone(bare, Leave::Left)
            }
            7 => {
                self.tally.hit("server away");
                News::ServerDown(domain.to_owned())
            }
            8..=15 => News::ServerBack(domain.to_owned()),
            16..=30 => match self.away.pop_first() {
                Some(player) => News::Back(self.players[player].bare.clone()),
                None => return,
            },
            // Back, and nobody noticed before they asked for something.
            31..=33 => {
                self.away.pop_first();
                return;
            }
            _ => return,
        };
        self.send(None, Errand::News(news), Span::ZERO);
    }

    pub(super) fn lose_connection(&mut self) -> Result<(), String> {
        self.tally.hit("connection lost");
        if self.post.broken(&mut self.luck) {
            self.tally.hit("window cut in two");
        }
        let since = Timestamp(self.now.0 - self.luck.millis(BEAT_MS));
        self.cut = Some(since);
        (self.was_cut, self.shut) = (true, false);
        self.outages.breaks += 1;
        self.turn(vec![Inbound::LinkDown(since)])
    }

    pub(super) fn reconnect(&mut self) -> Result<(), String> {
        if self.luck.percent(40) {
            return self.turn(Vec::new());
        }
        self.wishes();
        let again = self.was_cut && self.luck.percent(50);
        let mut inbound = vec![self.up(again)];
        self.shut = self.luck.percent(60);
        match self.shut {
            true => self.tally.hit("effects waited for discovery"),
            false => inbound.push(Inbound::Open),
        }
        if self.due.iter().any(|due| due.at <= self.now) {
            self.tally.hit("called at once after a break");
        }
        self.serve_after(inbound)
    }

    pub(super) fn up(&self, again: bool) -> Inbound<Call> {
        let at = self.now;
        Inbound::LinkUp { at, again }
    }

    /// The whole process is stopped for a while: no timer runs, and what arrives is read afterwards.
    pub(super) fn stand_still(&mut self) -> Result<(), String> {
        self.tally.hit("process stood still");
        let from = self.now;
        self.now = self.now + Span(self.luck.millis(40_000));
        self.outages.add(from, self.now);
        self.serve_after(vec![Inbound::StoodStill(from, self.now)])
    }

    /// The process is killed: in the middle of a commit if it comes to one, else at rest.
    pub(super) fn die(&mut self) -> Result<(), String> {
        let deaths = [Death::BeforeWrite, Death::BeforeSync, Death::AfterSync];
        let death = deaths[self.luck.below(deaths.len())];
        self.machine.arm(death);
        self.serve_due()?;
        let at_rest = self.machine.disarm();
        match (at_rest, death) {
            (true, _) => self.tally.hit("killed at rest"),
            (false, Death::BeforeWrite) => self.tally.hit("killed before the write"),
            (false, Death::AfterSync) => self
                .tally
                .hit("killed after the sync, before anybody was told"),
            // The journal counts what becomes of it.
            (false, Death::BeforeSync) => {}
        }
        self.machine.kill();
        let power_cut = self.luck.percent(40);
        if power_cut {
            self.tally.hit("power cut");
        }
        self.machine.fall(power_cut);
        let mut since = self.now;
        if let Some(stalled) = self.stalled.take() {
            self.outages.add(stalled, self.now);
            since = stalled;
        }
        let people = self.mirror.world.people.clone();
        self.mirror
            .follow(&self.machine.memory.journal, &people, &self.outages)?;
        if power_cut {
            // Signs of life are gone too, so the absence begins with the last record.
            since = since.min(self.mirror.world.at);
        }
        self.cut = Some(since);
        (self.was_cut, self.shut) = (false, false);
        self.outages.breaks += 1;
        self.post.crashed(&mut self.luck, &self.mirror);
        // What the door had still to tell died with it.
        self.due.retain(|due| due.from.is_some());
        Ok(())
    }

    pub(super) fn restart(&mut self) -> Result<(), String> {
        self.clock.set(self.now);
        self.machine.start()?;
        self.follow()?;
        self.compare()
    }
}
