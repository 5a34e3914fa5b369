//! What the referee says during one match, recorded by its two players, so that the echo can say the same.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

/// What follows a command.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Scene {
    /// The answer's children, as text.
    pub answer: String,
    /// The message's children for each seat that got a message.
    pub told: BTreeMap<usize, String>,
}

/// The scenes of one match, by the command that begins them: `challenge`, `accept`, `move0` to `move8`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Script {
    /// The scenes.
    pub scenes: BTreeMap<String, Scene>,
    answered: usize,
}

impl Script {
    /// Notes an answer to a command.
    pub fn answered(&mut self, node: &str, stanza: &str) {
        let key = if node == "move" {
            self.answered += 1;
            format!("move{}", self.answered - 1)
        } else {
            node.to_owned()
        };
        self.scenes.entry(key).or_default().answer = inner(stanza);
    }

    /// Notes a message: the event's kind, the moves played, and whose ears.
    pub fn heard(&mut self, kind: &str, played: usize, seat: usize, stanza: &str) {
        let key = match kind {
            "challenged" => "challenge".to_owned(),
            "started" => "accept".to_owned(),
            _ => format!("move{}", played.saturating_sub(1)),
        };
        self.scenes
            .entry(key)
            .or_default()
            .told
            .insert(seat, inner(stanza));
    }

    /// Checks that a whole match is in it.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn check(&self, moves: usize) -> io::Result<()> {
        let moves = (0..moves).map(|n| format!("move{n}"));
        for key in ["challenge".to_owned(), "accept".to_owned()]
            .into_iter()
            .chain(moves)
        {
            let scene = self.scenes.get(&key);
            if scene.is_none_or(|scene| scene.answer.is_empty() || scene.told.is_empty()) {
                return Err(io::Error::other(format!(
                    "the referee did not answer `{key}` as a bot expects"
                )));
            }
        }
        Ok(())
    }
}

/// What is between the first tag and the last.
fn inner(stanza: &str) -> String {
    let start = stanza.find('>').map_or(0, |at| at + 1);
    let end = stanza.rfind('<').unwrap_or(stanza.len()).max(start);
    stanza[start..end].to_owned()
}
