//! What the bots wanted, what was acknowledged and what was refused; and the comparison with the record.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::bot::bare;
use crate::clocks::Clocks;
use crate::mail::Mail;

/// A move as a player wants it: match, player, and how many moves were made before.
type Turn = (String, String, usize);

/// What became of it.
struct Intent {
    text: String,
    acknowledged: bool,
}

/// See the file's head.
#[derive(Default)]
pub struct Ledger {
    /// Every match that anybody has heard of.
    pub games: BTreeSet<String>,
    /// Who sits where.
    pub seats: BTreeMap<(String, String), usize>,
    /// The clocks.
    pub clocks: Clocks,
    /// The messages.
    pub mail: Mail,
    intents: BTreeMap<Turn, Intent>,
    sent: BTreeSet<Turn>,
    refused: BTreeSet<(Turn, String)>,
}

impl Ledger {
    /// What this player plays now: what was wanted before, if there was something, so that a retry is the same.
    pub fn intend(&mut self, game: &str, jid: &str, played: usize, fresh: &str) -> String {
        let turn = turn(game, jid, played);
        if !self.intents.contains_key(&turn) {
            // When everything legal has been refused for now, the player has to ask for the same again.
            self.refused.remove(&(turn.clone(), fresh.to_owned()));
        }
        let fresh = || Intent {
            text: fresh.to_owned(),
            acknowledged: false,
        };
        self.intents.entry(turn).or_insert_with(fresh).text.clone()
    }

    /// A move is sent; whether it never was before.
    pub fn first_time(&mut self, game: &str, jid: &str, played: usize) -> bool {
        self.sent.insert(turn(game, jid, played))
    }

    /// A move was acknowledged.
    pub fn acknowledge(&mut self, game: &str, jid: &str, played: usize) {
        let intent = self.intents.get_mut(&turn(game, jid, played));
        intent.expect("a move that nobody wanted").acknowledged = true;
    }

    /// A move was refused for good.
    pub fn refuse(&mut self, game: &str, jid: &str, played: usize, text: &str) {
        self.refused
            .insert((turn(game, jid, played), text.to_owned()));
    }

    /// A move was refused for now, and another will be made instead.
    pub fn forget(&mut self, game: &str, jid: &str, played: usize, text: &str) {
        self.intents.remove(&turn(game, jid, played));
        self.sent.remove(&turn(game, jid, played));
        self.refuse(game, jid, played, text);
    }

    /// Whether a move was refused.
    pub fn is_refused(&self, game: &str, jid: &str, played: usize, text: &str) -> bool {
        self.refused
            .contains(&(turn(game, jid, played), text.to_owned()))
    }

    /// How many moves were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.intents
            .values()
            .filter(|intent| intent.acknowledged)
            .count()
    }

    /// How many moves were refused.
    pub fn refusals(&self) -> usize {
        self.refused.len()
    }

    /// Compares the record of a match, line by line as the `record` command gives it, with what the players know.
    ///
    /// Every move in it was wanted by whoever made it, at that place, and was not refused; and every acknowledged move is
    /// in it.
    pub fn compare(&self, game: &str, record: &[String]) {
        let (moves, chosen) = read(record);
        let players = self.seats.iter().filter(|((of, _), _)| of == game);
        let players: BTreeMap<usize, &str> = players
            .map(|((_, jid), seat)| (*seat, jid.as_str()))
            .collect();
        for (played, seat, text) in &moves {
            let jid = players
                .get(seat)
                .unwrap_or_else(|| panic!("{game}: nobody sits on {seat}"));
            let intent = self.intents.get(&turn(game, jid, *played));
            let intent =
                intent.unwrap_or_else(|| panic!("{game}: nobody wanted {text} as move {played}"));
            assert_eq!(
                bare(&intent.text),
                bare(text),
                "{game}, move {played} of {jid}"
            );
            assert!(
                !self.is_refused(game, jid, *played, text),
                "{game}: {text} was refused as move {played}"
            );
        }
        let acknowledged = self
            .intents
            .iter()
            .filter(|((of, ..), intent)| of == game && intent.acknowledged);
        for ((_, jid, played), intent) in acknowledged {
            let seat = self.seats[&(game.to_owned(), jid.clone())];
            let made = moves.iter().any(|(at, by, _)| at == played && *by == seat);
            // The last round of a match that was resigned is never opened.
            assert!(
                made || chosen.contains(&seat),
                "{game}: {} was acknowledged as move {played} of {jid}, and lost",
                intent.text
            );
        }
    }
}

fn turn(game: &str, jid: &str, played: usize) -> Turn {
    (game.to_owned(), jid.to_owned(), played)
}

/// The moves of a record, each with the number of moves before it, its seat and its text; and the seats whose choices
/// were never opened.
fn read(record: &[String]) -> (Vec<(usize, usize, String)>, BTreeSet<usize>) {
    let (mut moves, mut chosen) = (Vec::new(), BTreeSet::new());
    let seat = |value: &Value| value.as_u64().unwrap() as usize;
    for line in record {
        let line: Value = serde_json::from_str(line).unwrap();
        let public = line.get("pub").unwrap_or(&line);
        for event in public["ev"].as_array().unwrap() {
            if let Some(moved) = event.get("moved") {
                let text = moved["text"].as_str().unwrap().to_owned();
                moves.push((moves.len(), seat(&moved["seat"]), text));
            } else if let Some(chose) = event.get("chose") {
                chosen.insert(seat(&chose["seat"]));
            } else if let Some(revealed) = event.get("revealed") {
                let before = moves.len();
                for choice in revealed["choices"].as_array().unwrap() {
                    moves.push((
                        before,
                        seat(&choice[0]),
                        choice[1].as_str().unwrap().to_owned(),
                    ));
                }
                chosen.clear();
            }
        }
    }
    (moves, chosen)
}
