//! The tag of a clan: a short name that is part of addresses and stands for the clan for ever.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MIN_CHARS: usize = 2;
/// The longest tag, in characters.
pub const MAX_TAG_CHARS: usize = 16;

/// A clan: `wolves`, whose address is `clan-wolves@R`. 2 to 16 of `a-z` and `0-9`, single hyphens inside, at least one
/// letter. Never given out again, also after the clan is gone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClanTag {
    /// Filled up with zeros, so that the order is that of the text.
    bytes: [u8; MAX_TAG_CHARS],
}

impl ClanTag {
    /// The tag as text.
    pub fn as_str(&self) -> &str {
        let end = self.bytes.iter().position(|byte| *byte == 0);
        let text = &self.bytes[..end.unwrap_or(MAX_TAG_CHARS)];
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl fmt::Display for ClanTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ClanTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClanTag({})", self.as_str())
    }
}

impl FromStr for ClanTag {
    type Err = ();

    /// Accepts any case and gives the small letters.
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.to_ascii_lowercase();
        let fits = (MIN_CHARS..=MAX_TAG_CHARS).contains(&text.len());
        let inside = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let letters = text.bytes().any(|byte| byte.is_ascii_lowercase());
        let hyphens = text.starts_with('-') || text.ends_with('-') || text.contains("--");
        if !fits || hyphens || !letters || !text.bytes().all(inside) {
            return Err(());
        }
        let mut bytes = [0; MAX_TAG_CHARS];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(ClanTag { bytes })
    }
}

impl Serialize for ClanTag {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClanTag {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse()
            .map_err(|()| serde::de::Error::custom(format!("`{text}` is no tag of a clan")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_read_back_in_small_letters_and_refuse_what_is_no_node_part() {
        for (text, tag) in [
            ("Wolves", "wolves"),
            ("a1", "a1"),
            ("red-3-army", "red-3-army"),
            ("abcdefghijklmnop", "abcdefghijklmnop"),
        ] {
            let read: ClanTag = text.parse().unwrap();
            assert_eq!(read.to_string(), tag);
            assert_eq!(tag.parse(), Ok(read));
        }
        for bad in [
            "",
            "a",
            "42",
            "-ab",
            "ab-",
            "a--b",
            "a b",
            "a@b",
            "ä1",
            "abcdefghijklmnopq",
            "a/b",
            "а1",
        ] {
            assert_eq!(bad.parse::<ClanTag>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn tags_are_in_the_order_of_their_text() {
        let tag = |text: &str| text.parse::<ClanTag>().unwrap();
        assert!(tag("ab") < tag("abc") && tag("abc") < tag("b1"));
    }
}
