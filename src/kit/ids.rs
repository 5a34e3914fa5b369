//! Short ids that can be spoken: `m42`, `p7`, seat 1.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::tag::ClanTag;

macro_rules! spoken_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ();
            /// Accepts the canonical form only: the prefix in either case, then a number without leading zeros.
            fn from_str(text: &str) -> Result<Self, ()> {
                let digits = text
                    .strip_prefix($prefix)
                    .or_else(|| text.strip_prefix(&$prefix.to_ascii_uppercase()))
                    .ok_or(())?;
                let canonical = !digits.is_empty()
                    && digits.len() <= 19
                    && digits.bytes().all(|b| b.is_ascii_digit())
                    && (digits == "0" || !digits.starts_with('0'));
                if !canonical {
                    return Err(());
                }
                digits.parse().map($name).map_err(|_| ())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(d)?;
                text.parse()
                    .map_err(|()| serde::de::Error::custom(format!("`{text}` is no id such as {}1", $prefix)))
            }
        }
    };
}

spoken_id!(
    /// A match: `m42`. Numbered from 1 in the order of creation, never reused.
    MatchId,
    "m"
);
spoken_id!(
    /// A person: `p7`. The journal knows people by this alone; names and addresses live in the address book.
    PersonId,
    "p"
);

/// A place at the table, counted from 0. A seat is not a person: the person in it may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seat(pub u8);

impl Seat {
    /// The seat as an index into per-seat lists.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The opposite seat of a two-seat game.
    pub fn other(self) -> Seat {
        Seat(1 - self.0.min(1))
    }
}

impl fmt::Display for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A journal stream: everything in one stream is ordered and hash-chained by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// The referee's own affairs: rooms and nodes it made, downtime, delivery cursors, contacts.
    Service,
    /// One match.
    Match(MatchId),
    /// One clan: `clan-wolves`.
    Clan(ClanTag),
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stream::Service => f.write_str("service"),
            Stream::Match(id) => id.fmt(f),
            Stream::Clan(tag) => write!(f, "clan-{tag}"),
        }
    }
}

impl FromStr for Stream {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "service" {
            return Ok(Stream::Service);
        }
        match text.strip_prefix("clan-") {
            Some(tag) => tag.parse().map(Stream::Clan),
            None => text.parse().map(Stream::Match),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_and_refuse_other_spellings() {
        assert_eq!("m42".parse(), Ok(MatchId(42)));
        assert_eq!("M42".parse(), Ok(MatchId(42)));
        for bad in [
            "",
            "m",
            "m-1",
            "m042",
            "p42",
            "m4 2",
            "m99999999999999999999",
        ] {
            assert_eq!(bad.parse::<MatchId>(), Err(()), "{bad}");
        }
        assert_eq!(MatchId(42).to_string(), "m42");
        assert_eq!("service".parse(), Ok(Stream::Service));
        assert_eq!("m3".parse(), Ok(Stream::Match(MatchId(3))));
        let wolves = Stream::Clan("wolves".parse().unwrap());
        assert_eq!("clan-wolves".parse(), Ok(wolves));
        assert_eq!(wolves.to_string(), "clan-wolves");
    }
}
