//! What a command sees: everything the referee knows, and the verbs that change it.
//!
//! A change is visible here at once and to the next request of the same batch; nobody outside hears of it before
//! [`super::Engine::commit`] has made it durable.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::archive::Finished;
use super::budget::Budgets;
use super::crowd::Crowds;
use super::decided::{self, Decided, Position, What};
use super::effect::{Act, Effect};
use super::guard::{Chore, Guard};
use super::guests::Guests;
use super::ports::{BATCH_MAX, Entry, LINE_MAX, Ports};
use super::roll::Roll;
use super::service::{ServiceEvent, ServiceSealed};
use super::story;
use super::world::{Live, World};
use crate::clans::Sees;
use crate::kit::{ClanTag, Hash, MatchId, PersonId, Refusal, Span, Stream, Timestamp, refuse};
use crate::matches::{self, Ask, Decision, Event, Terms};

/// The most matches a person takes part in at a time, open challenges included.
pub const MAX_MATCHES: usize = 50;
/// The same for a bot, which can look after more.
pub const MAX_BOT_MATCHES: usize = 500;
/// Matches between bots that have a room at a time, of each bot; further ones go on without. A match with a person is
/// never one of them.
pub const MAX_BOT_ROOMS: usize = 20;
/// Matches with fewer moves are soon forgotten by those who watch.
const SHORT: u32 = 10;
/// Records that a match may have beyond one for each move: offers, refusals, changed choices, watchers. Whoever asks for
/// the record has all of it read.
const MAX_CHATTER: u64 = 1000;
/// The longest request id that is kept.
const MAX_REQ_CHARS: usize = 64;

/// The state, the batch in the making, and the ports.
pub struct Desk {
    pub(super) world: World,
    pub(super) ports: Ports,
    /// The records of this batch, decided and applied but not durable.
    pub(super) staged: Vec<Entry>,
    /// The bytes of these.
    staged_bytes: usize,
    /// What is to be told once they are.
    pub(super) told: Vec<Effect>,
    /// The book's new entries of people who changed, to be written before the records that name them.
    pub(super) changed: BTreeMap<PersonId, String>,
    /// Those who are forgotten, to leave the book after the record that says so.
    pub(super) leaving: BTreeSet<PersonId>,
    pub(super) now: Timestamp,
    /// Since when the disk refuses writes.
    pub(super) stalled: Option<Timestamp>,
    /// What the last decision came to, for whoever asked for it.
    pub(super) heard: Vec<String>,
    /// Who sits in the rooms of matches.
    pub(super) crowds: Crowds,
    /// Who is on.
    pub(super) roll: Roll,
    /// Nodes of clans of which somebody may read who should not, as far as the door knows. Volatile: it finds out again.
    pub(super) astray: BTreeSet<(ClanTag, Sees)>,
    /// What a failure would belong to.
    pub(super) at_work: Option<Chore>,
    /// What failed, and what stands still for it.
    pub(super) guard: Guard,
    /// Who wrote how much lately, and whether there is room for more.
    pub(super) budgets: Budgets,
    /// Where to look for guests who went, and when.
    pub(super) guests: Guests,
    /// What was read for whoever asks, in lines of a record: now, and when it was asked last.
    pub(super) read: Cell<(usize, usize)>,
}

/// A match, wherever it is kept.
pub enum Found<'a> {
    /// In memory.
    Live(&'a Live),
    /// In the archive.
    Finished(Box<Finished>),
}

impl Desk {
    /// The code of the refusal of everything while the disk takes no writes.
    pub const STALLED: &str = "service/stalled";

    pub(super) fn new(world: World, ports: Ports, now: Timestamp) -> Desk {
        Desk {
            world,
            ports,
            staged: Vec::new(),
            staged_bytes: 0,
            told: Vec::new(),
            heard: Vec::new(),
            changed: BTreeMap::new(),
            leaving: BTreeSet::new(),
            now,
            stalled: None,
            crowds: Crowds::default(),
            roll: Roll::default(),
            astray: BTreeSet::new(),
            at_work: None,
            guard: Guard::default(),
            budgets: Budgets::default(),
            guests: Guests::default(),
            read: Cell::default(),
        }
    }

    /// Whether nobody but the referee is to blame for a refusal, and the same may be asked again later.
    pub fn passes(refusal: &Refusal) -> bool {
        matches!(
            &*refusal.code,
            Desk::STALLED | "service/disk-low" | "service/busy"
        )
    }

    /// The time of this batch.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The time that clocks show: while the disk takes no writes they stand still.
    pub fn clock_time(&self) -> Timestamp {
        self.stalled.map_or(self.now, |since| since.min(self.now))
    }

    /// What the last decision came to, in sentences for whoever asked for it: the game's own words, and the end.
    pub fn heard(&self) -> &[String] {
        &self.heard
    }

    /// Everything known.
    pub fn world(&self) -> &World {
        &self.world
    }

    pub(super) fn check_writable(&self) -> Result<(), Refusal> {
        match self.stalled {
            None if self.staged_bytes > BATCH_MAX / 2 => Err(refuse(
                "service/busy",
                "Too much is being written down at this moment; nothing has changed.",
            )
            .hint("Try again.")),
            None => Ok(()),
            Some(_) => Err(refuse(
                Desk::STALLED,
                "The referee cannot write to its disk; nothing is lost and no clock runs.",
            )
            .hint("Try again in a minute.")),
        }
    }

    /// Makes a match: a challenge to somebody, or an open one. The caller has judged whether these two may be brought
    /// together.
    pub fn create(
        &mut self,
        by: PersonId,
        to: Option<PersonId>,
        mut terms: Terms,
        salt: Option<String>,
        req: Option<&str>,
    ) -> Result<MatchId, Refusal> {
        self.check_new(by)?;
        self.check_limit(by)?;
        let is_bot = |id: PersonId| self.world.people.get(id).is_some_and(|one| one.bot);
        if is_bot(by) && to.is_none_or(is_bot) && self.world.shares.roomed(by) >= MAX_BOT_ROOMS {
            terms.room = false;
        }
        let id = MatchId(self.world.last_match + 1);
        let seed = Hash(self.ports.entropy.seed());
        let made = matches::challenge(self.now, by, to, terms, salt, seed)?;
        self.stage(Some(by), req, What::Match { id, made })?;
        Ok(id)
    }

    /// What the count of somebody's matches has to be.
    fn counted(&self, person: PersonId) -> usize {
        let own =
            |live: &&Live| live.game.by == person || live.game.stage != matches::Stage::Challenged;
        self.world.matches_of(person).filter(own).count()
    }

    fn check_limit(&self, person: PersonId) -> Result<(), Refusal> {
        let bot = self
            .world
            .people
            .get(person)
            .is_some_and(|person| person.bot);
        let limit = if bot { MAX_BOT_MATCHES } else { MAX_MATCHES };
        debug_assert_eq!(self.world.shares.own(person), self.counted(person));
        if self.world.shares.own(person) < limit {
            return Ok(());
        }
        Err(refuse(
            "match/too-many",
            format!("{limit} matches at a time are the limit."),
        )
        .hint("Type `my` to see them; finish or withdraw some first."))
    }

    /// Asks something of a live match.
    pub fn act(
        &mut self,
        by: Option<PersonId>,
        id: MatchId,
        ask: &Ask,
        req: Option<&str>,
    ) -> Result<(), Refusal> {
        self.check_writable()?;
        self.heard.clear();
        if let (Ask::Accept { .. }, Some(by)) = (ask, by) {
            self.check_limit(by)?;
        }
        if let Some(by) = by
            && !self.goes_on(id, by, ask)
        {
            self.check_new(by)?;
        }
        // Should anything panic from here on, this is the match to stop.
        self.at_work_on(Chore::Asked(id), |desk| desk.act_on(by, id, ask, req))
    }

    /// Whether somebody only goes on with a match that is theirs already: that is bounded by the match.
    fn goes_on(&self, id: MatchId, by: PersonId, ask: &Ask) -> bool {
        let live = self.world.live(id);
        let own = live.is_none_or(|live| live.game.by == by || live.game.seat_of(by).is_some());
        own && !matches!(ask, Ask::Accept { .. })
    }

    fn act_on(
        &mut self,
        by: Option<PersonId>,
        id: MatchId,
        ask: &Ask,
        req: Option<&str>,
    ) -> Result<(), Refusal> {
        self.run_timer(id)?;
        self.come_back(by, id)?;
        let Some(live) = self.world.live(id) else {
            return Err(self.missing_match(id, by));
        };
        check_chatter(live, by, ask)?;
        let now = self.now;
        // A panic in the rules of one game must not take the others along.
        let decided = catch_unwind(AssertUnwindSafe(|| live.game.decide(now, by, ask)));
        let made = match decided {
            Ok(made) => made?,
            Err(_) => return self.halt(id),
        };
        if made.events.is_empty() {
            return Ok(());
        }
        self.stage(by, req, What::Match { id, made })
    }

    /// Whoever was away with no time left is back before they do anything, and their flag falls first: a clock at zero
    /// stood still for them alone.
    fn come_back(&mut self, by: Option<PersonId>, id: MatchId) -> Result<(), Refusal> {
        let Some(game) = self.world.live(id).map(|live| &live.game) else {
            return Ok(());
        };
        let Some(seat) = by.and_then(|by| game.seat_of(by)) else {
            return Ok(());
        };
        let spent = game
            .time_left(seat, self.now)
            .is_some_and(|left| left <= Span::ZERO);
        if !spent || game.absences.of(seat).is_none() {
            return Ok(());
        }
        let now = self.now;
        let back = catch_unwind(AssertUnwindSafe(|| {
            game.decide(now, None, &Ask::Back { seat })
        }));
        match back {
            Ok(Ok(made)) if made.events.is_empty() => Ok(()),
            Ok(Ok(made)) => {
                self.stage(None, None, What::Match { id, made })?;
                self.run_timer(id)
            }
            Ok(Err(refusal)) => Err(refusal),
            Err(_) => self.halt(id),
        }
    }

    /// A deadline that has passed counts before whatever is asked now, even if the timer has not been seen to yet.
    fn run_timer(&mut self, id: MatchId) -> Result<(), Refusal> {
        let due = self
            .world
            .live(id)
            .and_then(|live| live.game.next_wake())
            .is_some_and(|due| due <= self.now);
        if !due {
            return Ok(());
        }
        let now = self.now;
        let Some(live) = self.world.live(id) else {
            return Ok(());
        };
        match catch_unwind(AssertUnwindSafe(|| live.game.decide(now, None, &Ask::Wake))) {
            Ok(Ok(made)) if made.events.is_empty() => Ok(()),
            Ok(Ok(made)) => {
                let left = self.lingering_feed(id, &made);
                self.stage(None, None, What::Match { id, made })?;
                left.map_or(Ok(()), |event| self.serve(None, event))
            }
            Ok(Err(refusal)) => Err(refusal),
            Err(_) => self.halt(id),
        }
    }

    pub(super) fn lingering_feed(&self, id: MatchId, made: &Decision) -> Option<ServiceEvent> {
        const FEED_LINGERS: Span = Span::days(7);
        const SHORT_LINGERS: Span = Span::hours(1);
        made.events
            .iter()
            .any(|event| matches!(event, Event::Unfed))
            .then_some(())?;
        let game = &self.world.live(id)?.game;
        let node = game.node.clone()?;
        let lingers = if game.plays < SHORT {
            SHORT_LINGERS
        } else {
            FEED_LINGERS
        };
        Some(ServiceEvent::Lingers {
            game: id,
            node,
            until: self.now + lingers,
        })
    }

    pub(super) fn wake(&mut self, id: MatchId) {
        if let Err(refusal) = self.run_timer(id) {
            tracing::error!(%id, code = %refusal.code, "a timer was refused");
            let _ = self.halt(id);
        }
    }

    /// Records something about the referee itself.
    pub fn serve(&mut self, by: Option<PersonId>, event: ServiceEvent) -> Result<(), Refusal> {
        self.check_writable()?;
        self.stage(
            by,
            None,
            What::Service {
                events: vec![event],
                sealed: Vec::new(),
            },
        )
    }

    /// The same of several things at once, in one record.
    pub(super) fn serve_all(&mut self, events: Vec<ServiceEvent>) -> Result<(), Refusal> {
        self.check_writable()?;
        let sealed = Vec::new();
        self.stage(None, None, What::Service { events, sealed })
    }

    pub(super) fn born(&mut self) -> Result<(), Refusal> {
        let key = ServiceSealed::BanKey(crate::kit::Secret::new(Hash(self.ports.entropy.seed())));
        self.stage(
            None,
            None,
            What::Service {
                events: vec![ServiceEvent::Born],
                sealed: vec![key],
            },
        )
    }

    /// Applies a decision in memory and adds it to the batch; the end of a match that had begun is signed right behind it.
    pub(super) fn stage(
        &mut self,
        by: Option<PersonId>,
        req: Option<&str>,
        mut what: What,
    ) -> Result<(), Refusal> {
        let ended = self.promise(&mut what);
        self.stage_one(by, req, what)?;
        ended.map_or(Ok(()), |id| self.sign(id))
    }

    pub(super) fn stage_one(
        &mut self,
        by: Option<PersonId>,
        req: Option<&str>,
        what: What,
    ) -> Result<(), Refusal> {
        self.not_aside(what.stream())?;
        let (v, prev) = self.head(&what);
        let has_secrets = match &what {
            What::Service { sealed, .. } => !sealed.is_empty(),
            What::Match { made, .. } => !made.sealed.is_empty(),
            What::Clan { .. } => false,
        };
        let mut salt = [0; 16];
        if has_secrets {
            salt.copy_from_slice(&self.ports.entropy.seed()[..16]);
        }
        let req = req.filter(|req| req.chars().count() <= MAX_REQ_CHARS);
        let position = Position {
            n: self.world.n + 1,
            v: v + 1,
            at: self.now,
            by,
            req,
            prev,
            salt,
        };
        let broken = |why: String| {
            tracing::error!(%why, "a decision could not be recorded");
            refuse(
                "service/fault",
                "Something went wrong inside the referee; nothing has changed.",
            )
        };
        let (decided, entry) = decided::write(&self.world.domain, position, what)
            .map_err(|error| broken(error.to_string()))?;
        check_size(&entry)?;
        let applied = self.world.apply(&decided, prev, None);
        let applied = applied.map_err(|fault| {
            self.note_spoiled();
            broken(fault.to_string())
        })?;
        self.log(&decided);
        self.heard = story::heard(&self.world, &decided, &applied.facts);
        self.told
            .extend(story::effects(&self.world, &decided, &applied));
        self.keep_named(&entry.text);
        self.charge_journal(by, entry.stream, entry.text.len());
        self.staged_bytes += entry.text.len();
        self.staged.push(entry);
        self.retell(&decided);
        Ok(())
    }

    fn head(&self, what: &What) -> (u64, Hash) {
        match what {
            What::Service { .. } => (
                self.world.service.v,
                self.world.service.head.unwrap_or(Hash::ZERO),
            ),
            What::Match { id, .. } => self
                .world
                .live(*id)
                .map_or((0, Hash::ZERO), |live| (live.v, live.head)),
            What::Clan { tag, .. } => {
                (self.world.clans.get(*tag)).map_or((0, Hash::ZERO), |live| (live.v, live.head))
            }
        }
    }

    /// A feed that is made after play had begun gets what it missed, under the ids it would have had.
    pub(super) fn retell(&mut self, decided: &Decided) {
        let What::Match { id, made } = &decided.what else {
            return;
        };
        let Some(node) = made.events.iter().find_map(|event| match event {
            Event::Fed { node } => Some(node.clone()),
            _ => None,
        }) else {
            return;
        };
        // What came before in the same batch is staged; after a restart the record also holds what came later.
        let mut lines = self.record_lines(*id, 0, usize::MAX).unwrap_or_default();
        let staged = self
            .staged
            .iter()
            .filter(|entry| match_of(entry.stream) == Some(*id));
        lines.extend(staged.map(|entry| entry.text.clone()));
        let history: Vec<Decided> = lines
            .iter()
            .filter_map(|line| decided::read(line, 0).ok())
            .map(|(decided, _)| decided)
            .filter(|earlier| earlier.v < decided.v)
            .collect();
        let missed = story::retell(&self.world, *id, &history);
        for (k, item) in missed.into_iter().enumerate() {
            let act = Act::Publish {
                node: node.clone(),
                item,
            };
            self.told.push(Effect {
                id: format!("{id}/{}/feed/{k}", decided.v),
                n: decided.n,
                act,
            });
        }
    }

    /// One line per match start and end, for whoever reads the log.
    fn log(&self, decided: &Decided) {
        let What::Match { id, made } = &decided.what else {
            return;
        };
        for event in &made.events {
            match event {
                Event::Started { .. } => {
                    let game = self
                        .world
                        .live(*id)
                        .map(|live| live.game.terms.game.clone())
                        .unwrap_or_default();
                    tracing::info!(match_id = %id, game, "match started");
                }
                Event::Over { verdict, .. } => {
                    tracing::info!(match_id = %id, code = verdict.code, "match over")
                }
                Event::Disputed { .. } | Event::Appealed { .. } | Event::Stalled { .. } => {
                    tracing::info!(match_id = %id, "match waits for a ruling")
                }
                Event::Ruled { ruling, .. } => {
                    tracing::info!(match_id = %id, ruling = ruling.word(), "match ruled")
                }
                _ => {}
            }
        }
    }

    /// The entries of this batch and the streams they belong to.
    pub(super) fn take_batch(&mut self) -> (Vec<Entry>, Vec<Effect>) {
        self.staged_bytes = 0;
        (
            std::mem::take(&mut self.staged),
            std::mem::take(&mut self.told),
        )
    }
}

/// Refuses what the journal would not take, before anything knows of it: the disk is not to blame, and nobody else.
fn check_size(entry: &Entry) -> Result<(), Refusal> {
    if entry.text.len() <= LINE_MAX {
        return Ok(());
    }
    tracing::error!(stream = %entry.stream, bytes = entry.text.len(), "a record would be too long");
    Err(refuse(
        "service/too-long",
        "That is more than one record can hold; nothing has changed.",
    )
    .hint("Try it with less text."))
}

/// Refuses what players may repeat without end, once they have. Whatever brings the match forward goes on.
fn check_chatter(live: &Live, by: Option<PersonId>, ask: &Ask) -> Result<(), Refusal> {
    let game = &live.game;
    let seat = by.and_then(|by| game.seat_of(by));
    let repeats = match ask {
        Ask::Play { .. } => seat.is_some_and(|seat| game.chosen.contains_key(&seat)),
        Ask::Watch | Ask::Unwatch | Ask::Name { .. } | Ask::Substitute { .. } => true,
        Ask::Draw | Ask::Decline { .. } | Ask::Abort | Ask::Offer { .. } => game.in_play(),
        _ => false,
    };
    if !repeats || live.v < u64::from(game.plays) + MAX_CHATTER {
        return Ok(());
    }
    Err(refuse(
        "match/chatter",
        "Offers and choices went to and fro too often in this match.",
    )
    .hint("Move, or type `resign`; what you chose last stands."))
}

/// The refusal for matches that do not exist and for those that one may not know of: the same, to the letter.
pub fn no_such_match(id: MatchId) -> Refusal {
    refuse("match/unknown", format!("There is no match {id}."))
        .hint("Type `my` for your matches or `matches` for all.")
}

/// The match a stream belongs to.
pub(super) fn match_of(stream: Stream) -> Option<MatchId> {
    match stream {
        Stream::Match(id) => Some(id),
        Stream::Service | Stream::Clan(_) => None,
    }
}
