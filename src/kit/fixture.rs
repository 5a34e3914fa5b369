//! The id of a match between clans: the clan that challenged, and its number there.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::tag::ClanTag;

/// A match between two clans from the challenge on: `wolves/3`, the third that wolves made. Never given out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FixtureId {
    /// The clan that challenged.
    pub home: ClanTag,
    /// Its number among the challenges of that clan, from 1.
    pub no: u32,
}

impl fmt::Display for FixtureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.home, self.no)
    }
}

impl FromStr for FixtureId {
    type Err = ();

    /// Accepts a tag in any case, and a number without leading zeros.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (home, no) = text.split_once('/').ok_or(())?;
        let digits = !no.is_empty() && no.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || no.starts_with('0') {
            return Err(());
        }
        Ok(FixtureId {
            home: home.parse()?,
            no: no.parse().map_err(|_| ())?,
        })
    }
}

impl Serialize for FixtureId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FixtureId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse().map_err(|()| {
            serde::de::Error::custom(format!(
                "`{text}` is no match between clans such as wolves/1"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_and_nothing_else_is_one() {
        let id: FixtureId = "Red-Wolves/12".parse().unwrap();
        assert_eq!(id.to_string(), "red-wolves/12");
        let text = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<FixtureId>(&text).unwrap(), id);
        for bad in [
            "wolves",
            "wolves/",
            "wolves/0",
            "wolves/01",
            "/1",
            "wolves/-1",
            "wolves/1x",
            "wolves/99999999999",
            "m1/1/1",
            "w/1",
        ] {
            assert_eq!(bad.parse::<FixtureId>(), Err(()), "{bad}");
        }
    }
}
