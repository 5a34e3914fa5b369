//! What spectators are told, and when: the delay that both players agreed on, and how many may watch.
//!
//! A match holds back every public event after its start until the delay has passed. What is held back is part of the
//! state, so what is due derives from it; nothing is held back once the match is over.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::state::{Match, Stage};
use crate::kit::{Refusal, Span, Timestamp, clip, refuse};

/// The longest delay in time, and in moves.
const MAX_DELAY: Span = Span::hours(24);
const MAX_DELAY_MOVES: u32 = 20;
/// The most spectators that terms may name.
pub const MAX_SPECTATORS: u16 = 200;

/// How much later than the players everybody else sees the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// So much time later.
    Time(Span),
    /// When so many more moves have been played.
    Moves(u32),
}

impl Delay {
    /// In words: `30 seconds`, `2 moves`.
    pub fn words(self) -> String {
        match self {
            Delay::Time(span) => span.words(),
            Delay::Moves(1) => "1 move".to_owned(),
            Delay::Moves(moves) => format!("{moves} moves"),
        }
    }
}

impl FromStr for Delay {
    type Err = Refusal;

    /// Reads `30s`, `5m`, `1h` or `2moves`, as people type it.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let text = text.trim().to_ascii_lowercase();
        Delay::read(&text)
            .filter(|delay| match delay {
                Delay::Time(span) => *span <= MAX_DELAY,
                Delay::Moves(moves) => *moves <= MAX_DELAY_MOVES,
            })
            .ok_or_else(|| unreadable(&text))
    }
}

fn unreadable(text: &str) -> Refusal {
    refuse(
        "match/delay",
        format!("`{}` is no delay for spectators.", clip(text, 20)),
    )
    .hint("Write delay=30s, delay=5m or delay=2moves; at most 24 hours or 20 moves.")
}

impl Delay {
    /// Whether this is a delay at all; the limits are for what people type.
    fn read(text: &str) -> Option<Delay> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
        let span = i64::from(number);
        Some(match unit.trim_start() {
            "s" => Delay::Time(Span::seconds(span)),
            "m" => Delay::Time(Span::minutes(span)),
            "h" => Delay::Time(Span::hours(span)),
            "move" | "moves" => Delay::Moves(number),
            _ => return None,
        })
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Delay::Time(span) if span.0 % 3_600_000 == 0 => write!(f, "{}h", span.0 / 3_600_000),
            Delay::Time(span) if span.0 % 60_000 == 0 => write!(f, "{}m", span.0 / 60_000),
            Delay::Time(span) => write!(f, "{}s", span.0 / 1000),
            Delay::Moves(1) => f.write_str("1move"),
            Delay::Moves(moves) => write!(f, "{moves}moves"),
        }
    }
}

impl Serialize for Delay {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Delay::read(&text).ok_or_else(|| serde::de::Error::custom(unreadable(&text).text))
    }
}

/// Public events that spectators have not been told: those with these numbers, of one moment and one count of moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HeldBack {
    from: u32,
    upto: u32,
    plays: u32,
    at: Timestamp,
}

impl Match {
    /// Notes the public event that just happened, if spectators are to be told of it later.
    pub(super) fn hold_back(&mut self, at: Timestamp) {
        let (n, plays) = (self.events, self.plays);
        match self.held_back.last_mut() {
            Some(last) if (last.plays, last.at) == (plays, at) => last.upto = n,
            _ => self.held_back.push(HeldBack {
                from: n,
                upto: n,
                plays,
                at,
            }),
        }
    }

    /// The last public event that everybody may know of.
    pub fn told(&self) -> u32 {
        (self.held_back.first()).map_or(self.events, |held| held.from.saturating_sub(1))
    }

    /// Up to which public event spectators are to be told now; `None` when nothing more is due.
    pub fn releasable(&self, now: Timestamp) -> Option<u32> {
        let delay = self.terms.delay?;
        let due = |held: &&HeldBack| match delay {
            Delay::Time(span) => held.at + span <= now,
            Delay::Moves(moves) => held.plays.saturating_add(moves) <= self.plays,
        };
        self.held_back
            .iter()
            .take_while(due)
            .last()
            .map(|held| held.upto)
    }

    /// Up to this public event, spectators have been told.
    pub(super) fn release(&mut self, upto: u32) {
        self.held_back.retain(|held| held.upto > upto);
    }

    /// When time alone lets spectators see more.
    pub(super) fn next_release(&self) -> Option<Timestamp> {
        match (self.terms.delay?, self.stage) {
            (_, Stage::Over) | (Delay::Moves(_), _) => None,
            (Delay::Time(span), _) => self.held_back.first().map(|held| held.at + span),
        }
    }

    /// Whether what players type is not for everybody's eyes at once.
    pub fn plays_in_private(&self) -> bool {
        self.terms.delay.is_some() || self.hides_choices()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_read_and_print() {
        for (text, printed, words) in [
            ("30s", "30s", "30 seconds"),
            ("120s", "2m", "2 minutes"),
            ("24h", "24h", "1 day"),
            ("2 moves", "2moves", "2 moves"),
            ("1MOVE", "1move", "1 move"),
        ] {
            let delay: Delay = text.parse().unwrap();
            assert_eq!(
                (delay.to_string().as_str(), delay.words().as_str()),
                (printed, words)
            );
            assert_eq!(printed.parse::<Delay>().unwrap(), delay);
        }
        for bad in [
            "",
            "30",
            "0s",
            "25h",
            "21moves",
            "-1s",
            "s",
            "1d",
            "é",
            "99999999s",
        ] {
            assert!(bad.parse::<Delay>().is_err(), "{bad}");
        }
    }
}
