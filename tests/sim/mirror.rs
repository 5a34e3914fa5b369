//! The record, folded from its first line by somebody who knows nothing but the record, and what must be true of it.

use std::collections::{BTreeMap, BTreeSet};

use xmpp_referee::clans::People;
use xmpp_referee::cli::audit::audit;
use xmpp_referee::engine::ports::{Journal, Place};
use xmpp_referee::engine::{Act, Decided, Effect, Live, What, World, read_decided, record, story};
use xmpp_referee::kit::{MatchId, sha256};
use xmpp_referee::matches::{Event, Sealed};
use xmpp_referee::store::memory::MemoryJournal;

use super::cases::Cases;
use super::clans;
use super::clocks::{Clocks, Outages};
use super::leaks;
use super::machine::DOMAIN;
use super::tally::Tally;

/// Digits that a record keeps of the hash of a request's id.
const MARK_DIGITS: usize = 16;

/// A move without the marks that say what came of it.
fn bare(text: &str) -> String {
    text.trim_end_matches(['+', '#']).to_owned()
}

/// What the record says.
pub struct Mirror {
    pub world: World,
    seen: usize,
    /// Everything that is to be told, by id.
    pub told: BTreeMap<String, Effect>,
    /// The requests that left a record.
    pub requests: BTreeSet<String>,
    history: BTreeMap<MatchId, Vec<Decided>>,
    /// The public record of each match.
    records: BTreeMap<MatchId, Vec<String>>,
    clocks: Clocks,
    pub cases: Cases,
    /// Every move that was ever played, with its number.
    played: BTreeSet<(MatchId, u32, String)>,
    /// What happened in clans.
    pub clans: Tally,
    pub secrets: leaks::Secrets,
}

impl Mirror {
    pub fn new() -> Mirror {
        Mirror {
            world: World::new(DOMAIN),
            seen: 0,
            told: BTreeMap::new(),
            requests: BTreeSet::new(),
            history: BTreeMap::new(),
            records: BTreeMap::new(),
            clocks: Clocks::default(),
            cases: Cases::default(),
            played: BTreeSet::new(),
            clans: Tally::default(),
            secrets: leaks::Secrets::default(),
        }
    }

    /// Whether a request left a record, which keeps a mark of its id alone.
    pub fn has(&self, req: &str) -> bool {
        let mark = sha256(&[b"referee:req:1", req.as_bytes()]).to_string();
        self.requests.contains(&mark[..MARK_DIGITS])
    }

    /// Reads on to the end of the journal.
    pub fn follow(
        &mut self,
        journal: &MemoryJournal,
        people: &People,
        outages: &Outages,
    ) -> Result<(), String> {
        let fresh: Vec<Place> = (self.seen..journal.len())
            .map(|at| Place(at as u64))
            .collect();
        if fresh.is_empty() {
            return Ok(());
        }
        self.world.people = people.clone();
        let lines = journal
            .clone()
            .read(&fresh)
            .map_err(|fault| fault.to_string())?;
        for (line, place) in lines.iter().zip(fresh) {
            self.line(line, place, outages)
                .map_err(|why| format!("record {}: {why}", place.0 + 1))?;
        }
        self.seen = journal.len();
        Ok(())
    }

    fn line(&mut self, line: &str, place: Place, outages: &Outages) -> Result<(), String> {
        let read = record::read(line).map_err(|bad| bad.to_string())?;
        if let Some(req) = read.public.req
            && !self.requests.insert(req.clone().into_owned())
        {
            return Err(format!("request {req} was carried out twice"));
        }
        let (decided, prev) = read_decided(line, place.0 + 1).map_err(|bad| bad.to_string())?;
        if decided.at < self.world.at {
            return Err("time runs backwards".to_owned());
        }
        if let What::Match { id, made } = &decided.what {
            self.cases.follow(*id, self.world.live(*id), &made.events)?;
            for sealed in &made.sealed {
                if let Sealed::Seed(seed) = sealed {
                    self.secrets.seeds.push(seed.reveal().to_string());
                    let cards = sha256(&[b"referee:cards:1", &seed.reveal().0]);
                    self.secrets.card_keys.insert(*id, cards.to_string());
                }
            }
        }
        let applied = self
            .world
            .apply(&decided, prev, Some(place))
            .map_err(|fault| fault.to_string())?;
        if let What::Clan { tag, events } = &decided.what {
            let live = self
                .world
                .clans
                .get(*tag)
                .ok_or("a clan without a foundation")?;
            clans::follow(&live.clan, events, &mut self.clans)?;
        }
        if let What::Match { id, made } = &decided.what {
            let live = self.world.live(*id);
            self.secrets.note_choice(live, &made.events, &made.sealed);
        }
        for effect in story::effects(&self.world, &decided, &applied) {
            self.tell(effect)?;
        }
        self.secrets.told();
        if let What::Match { id, made } = &decided.what {
            self.retell(*id, &decided, &made.events)?;
            self.history.entry(*id).or_default().push(decided.clone());
            let public = record::open_half(line).map_err(|bad| bad.to_string())?;
            self.records.entry(*id).or_default().push(public);
            if let Some(live) = self.world.live(*id) {
                let moves = (0..).zip(live.game.moves());
                let moves = moves.map(|(number, (_, text))| (*id, number, bare(text)));
                self.played.extend(moves);
                self.cases.compare(live)?;
                self.clocks
                    .follow(live, decided.at, &made.events, outages)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, effect: Effect) -> Result<(), String> {
        self.secrets.check_effect(&self.world, &effect)?;
        match self.told.insert(effect.id.clone(), effect) {
            Some(twin) => Err(format!("two effects have the id {}", twin.id)),
            None => Ok(()),
        }
    }

    fn retell(&mut self, id: MatchId, decided: &Decided, events: &[Event]) -> Result<(), String> {
        for event in events {
            let Event::Fed { node } = event else { continue };
            let history = self.history.get(&id).cloned().unwrap_or_default();
            let missed = story::retell(&self.world, id, &history);
            for (k, item) in missed.into_iter().enumerate() {
                self.tell(Effect {
                    id: format!("{id}/{}/feed/{k}", decided.v),
                    n: decided.n,
                    act: Act::Publish {
                        node: node.clone(),
                        item,
                    },
                })?;
            }
        }
        Ok(())
    }

    /// Whether this text was ever played as the move with this number; it may have been taken back in the same batch.
    pub fn has_play(&self, game: MatchId, number: u32, text: &str) -> bool {
        self.played.contains(&(game, number, bare(text)))
    }

    /// Gives every match to the auditor, who has nothing but its public record.
    pub fn audit(&self) -> Result<(), String> {
        for (id, lines) in &self.records {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            audit(&lines).map_err(|bad| format!("the auditor objects to {id}: {bad}"))?;
        }
        Ok(())
    }

    /// Compares what a process holds in memory with the fold of its record.
    pub fn compare(&self, process: &World) -> Result<(), String> {
        let json = |live: &Live| serde_json::to_string(live).unwrap();
        for live in process.all_live() {
            let id = live.game.id;
            let mine = self
                .world
                .live(id)
                .ok_or(format!("{id} is in memory and not in the record"))?;
            if json(mine) != json(live) {
                return Err(format!(
                    "{id} in memory is not the fold of its record:\n{}\n{}",
                    json(live),
                    json(mine)
                ));
            }
        }
        for mine in self.world.all_live() {
            if process.live(mine.game.id).is_none() && !mine.game.is_done() {
                return Err(format!("{} is missing in memory", mine.game.id));
            }
        }
        clans::compare(process, &self.world)?;
        let service = |world: &World| serde_json::to_string(&world.service).unwrap();
        if service(process) != service(&self.world) {
            return Err("the referee's own state is not the fold of its record".to_owned());
        }
        let counters = |world: &World| (world.n, world.at, world.last_match);
        if counters(process) != counters(&self.world) {
            return Err("the counters are not those of the record".to_owned());
        }
        Ok(())
    }
}
