//! A whole journal, read line by line: every chain, every fold, and the record of every match.

use std::collections::BTreeMap;

use super::audit::{Report, audit, audit_clan};
use super::verify::whose;
use crate::engine::aside::Asides;
use crate::engine::{What, World, record};
use crate::kit::{ClanTag, Hash, MatchId, PublicKey, Stream};

/// What has been read so far. Matches that are done with are checked and let go, so that memory holds only live ones.
pub struct Ledger {
    world: World,
    lines: BTreeMap<MatchId, Vec<String>>,
    /// The last record of each stream that is not done with: number and hash.
    heads: BTreeMap<Stream, (u64, Hash)>,
    /// The records of clans, which never end.
    clans: BTreeMap<ClanTag, Vec<String>>,
    /// Matches whose record is sound to its end.
    pub finished: u64,
    /// Whose signatures count; anybody's, where nobody is named.
    trusted: Vec<PublicKey>,
}

impl Ledger {
    /// Nothing read yet.
    pub fn new() -> Ledger {
        Ledger {
            world: World::default(),
            lines: BTreeMap::new(),
            heads: BTreeMap::new(),
            clans: BTreeMap::new(),
            finished: 0,
            trusted: Vec::new(),
        }
    }

    /// Nothing read yet, and every match that was played to its end has to be signed with one of these keys, if there are any.
    pub fn trusting(keys: &[PublicKey]) -> Ledger {
        let trusted = keys.to_vec();
        Ledger {
            trusted,
            ..Ledger::new()
        }
    }

    /// How many records were read.
    pub fn records(&self) -> u64 {
        self.world.n
    }

    /// Streams that cannot be read; they were checked as far as they can be.
    pub fn aside(&self) -> &Asides {
        &self.world.aside
    }

    /// Reads the next record.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn take(&mut self, text: &str) -> Result<(), String> {
        let expected = self.world.n + 1;
        let line = record::read(text).map_err(|bad| bad.to_string())?;
        if line.public.n != expected {
            return Err(format!(
                "record {expected} is missing; {} follows",
                line.public.n
            ));
        }
        let domain = line
            .public
            .s
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain);
        if expected == 1 {
            self.world.domain = domain.to_owned();
        }
        if domain != self.world.domain {
            return Err(format!(
                "it is of {domain} and not of {}",
                self.world.domain
            ));
        }
        if line.public.seal.is_some() && line.sealed.is_none() {
            return Err("its sealed half is missing".to_owned());
        }
        if line.public.at < self.world.at {
            return Err("time runs backwards".to_owned());
        }
        // What cannot be read is set aside; what was changed is not: every chain has to hold.
        let (_, stream) = record::head(text).ok_or("it is of no stream that this referee knows")?;
        let (v, head) = self.heads.get(&stream).copied().unwrap_or((0, Hash::ZERO));
        if line.public.v != v + 1 || line.public.prev != head {
            return Err(format!("the chain of {stream} is broken"));
        }
        self.heads.insert(stream, (line.public.v, line.hash));
        let taken = self.world.take(text, expected, None);
        let Some((decided, _)) = taken.map_err(|fault| fault.to_string())? else {
            return Ok(());
        };
        if let What::Clan { tag, .. } = decided.what {
            self.clans.entry(tag).or_default().push(text.to_owned());
        }
        if let What::Match { id, .. } = decided.what {
            self.lines.entry(id).or_default().push(text.to_owned());
            if self.world.live(id).is_some_and(|live| live.game.is_done()) {
                self.check(id)?;
                self.world.archive(id);
                self.heads.remove(&stream);
                self.finished += 1;
            }
        }
        self.world.dirty.clear();
        Ok(())
    }

    fn check(&mut self, id: MatchId) -> Result<Report, String> {
        let lines = self.lines.remove(&id).unwrap_or_default();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let report = audit(&lines).map_err(|bad| format!("the record of {id}, {bad}"))?;
        whose(report.signing, &self.trusted).map_err(|why| format!("the record of {id}: {why}"))?;
        Ok(report)
    }

    /// Checks the clans and the matches that are not done with, and returns how many such matches there are.
    ///
    /// # Errors
    /// Says what is wrong with which.
    pub fn finish(&mut self) -> Result<usize, String> {
        let aside = &self.world.aside;
        self.lines
            .retain(|id, _| aside.get(Stream::Match(*id)).is_none());
        self.clans
            .retain(|tag, _| aside.get(Stream::Clan(*tag)).is_none());
        let ids: Vec<MatchId> = self.lines.keys().copied().collect();
        ids.iter().try_for_each(|id| self.check(*id).map(|_| ()))?;
        for (tag, lines) in &self.clans {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            audit_clan(&lines).map_err(|bad| format!("the record of the clan {tag}, {bad}"))?;
        }
        Ok(ids.len())
    }
}

impl Default for Ledger {
    fn default() -> Ledger {
        Ledger::new()
    }
}
