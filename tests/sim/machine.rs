//! The machine under the simulation: a process that can be killed at the worst moments, on disks that can fail.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use xmpp_referee::commands::{Answer, Call, Host, HostConfig};
use xmpp_referee::engine::ports::{Entry, Fault, Journal, Mark, Place, Ports};
use xmpp_referee::engine::{Clock, Engine, Inbound, Outbound, Runner, World};
use xmpp_referee::kit::Timestamp;
use xmpp_referee::store::memory::{CommitFault, Memory, MemoryJournal};

pub const DOMAIN: &str = "referee.example.org";
pub const ADMIN: &str = "admin@example.org";

/// The time, moved by hand.
#[derive(Clone)]
pub struct Now(Arc<AtomicI64>);

impl Now {
    pub fn new(at: Timestamp) -> Now {
        Now(Arc::new(AtomicI64::new(at.0)))
    }

    pub fn set(&self, at: Timestamp) {
        self.0.store(at.0, Ordering::Relaxed);
    }
}

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

/// At which moment of its next commit the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// Nothing was written.
    BeforeWrite,
    /// Written and not synced.
    BeforeSync,
    /// Synced, and nobody was told.
    AfterSync,
}

type Fate = Arc<Mutex<Option<Death>>>;

/// What a killed process unwinds with.
struct Killed;

/// A journal whose process may die in the middle of a commit.
struct Mortal {
    disk: MemoryJournal,
    fate: Fate,
    /// The process is dead, whatever catches its unwinding: nothing is written or heard from it any more.
    dead: Arc<AtomicBool>,
}

impl Journal for Mortal {
    fn commit(&mut self, batch: &[Entry]) -> Result<Vec<Place>, Fault> {
        if self.dead.load(Ordering::Relaxed) {
            resume_unwind(Box::new(Killed));
        }
        let fate = self.fate.lock().unwrap().take();
        match fate {
            None => return self.disk.commit(batch),
            Some(Death::BeforeWrite) => {}
            Some(Death::BeforeSync) => {
                self.disk.fail_next(CommitFault::AfterWrite);
                let _ = self.disk.commit(batch);
            }
            Some(Death::AfterSync) => {
                let _ = self.disk.commit(batch);
            }
        }
        self.dead.store(true, Ordering::Relaxed);
        resume_unwind(Box::new(Killed))
    }

    fn mark(&self) -> Mark {
        self.disk.mark()
    }

    fn recover(&mut self) -> Result<Mark, Fault> {
        if self.dead.load(Ordering::Relaxed) {
            resume_unwind(Box::new(Killed));
        }
        self.disk.recover()
    }

    fn replay(
        &mut self,
        after: Option<Mark>,
        each: &mut dyn FnMut(Entry, Place) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.disk.replay(after, each)
    }

    fn read(&mut self, places: &[Place]) -> Result<Vec<String>, Fault> {
        self.disk.read(places)
    }
}

/// The machine, and the process on it while it lives.
pub struct Machine {
    pub memory: Memory,
    now: Now,
    fate: Fate,
    dead: Arc<AtomicBool>,
    process: Option<Runner<Host, Now>>,
}

impl Machine {
    pub fn new(seed: u64, now: Now) -> Machine {
        Machine {
            memory: Memory::new(seed),
            now,
            fate: Fate::default(),
            dead: Arc::default(),
            process: None,
        }
    }

    /// What a dead process leaves on the disks, or a power cut.
    pub fn fall(&mut self, power_cut: bool) {
        if power_cut {
            self.memory.power_cut();
        } else {
            self.memory.restart();
        }
    }

    /// Starts a process on what is there.
    pub fn start(&mut self) -> Result<(), String> {
        let ports = self.memory.restart();
        self.dead.store(false, Ordering::Relaxed);
        let journal = Box::new(Mortal {
            disk: self.memory.journal.clone(),
            fate: self.fate.clone(),
            dead: self.dead.clone(),
        });
        let ports = Ports { journal, ..ports };
        let engine = Engine::open(DOMAIN, ports, self.now.now())
            .map_err(|fault| format!("the referee does not start: {fault}"))?;
        let admins = vec![ADMIN.to_owned()];
        self.process = Some(Runner {
            engine,
            handler: Host::new(HostConfig {
                admins,
                ..HostConfig::default()
            }),
            clock: self.now.clone(),
        });
        Ok(())
    }

    pub fn kill(&mut self) {
        self.process = None;
    }

    pub fn lives(&self) -> bool {
        self.process.is_some()
    }

    /// Makes the process die in its next commit.
    pub fn arm(&self, death: Death) {
        *self.fate.lock().unwrap() = Some(death);
    }

    /// Takes that back; true when it had not happened.
    pub fn disarm(&self) -> bool {
        self.fate.lock().unwrap().take().is_some()
    }

    pub fn engine(&mut self) -> &mut Engine {
        &mut self.process.as_mut().expect("the referee lives").engine
    }

    pub fn world(&mut self) -> &World {
        self.engine().desk().world()
    }

    /// One batch at this moment: what came out of the process before it ended, or died.
    pub fn turn(&mut self, inbound: Vec<Inbound<Call>>) -> Vec<Outbound<Answer>> {
        let mut out = Vec::new();
        let dead = self.dead.clone();
        let process = self.process.as_mut().expect("the referee lives");
        let turned = catch_unwind(AssertUnwindSafe(|| {
            process.batch(inbound, &mut |outbound| {
                if !dead.load(Ordering::Relaxed) {
                    out.push(outbound);
                }
            });
        }));
        if let Err(why) = turned
            && !why.is::<Killed>()
        {
            resume_unwind(why);
        }
        if self.dead.load(Ordering::Relaxed) {
            self.process = None;
        }
        out
    }
}
