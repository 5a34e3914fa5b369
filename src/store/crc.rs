//! CRC-32C as a value: it finds bytes that a disk changed or lost. Against people who change them there is the chain.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A CRC-32C (RFC 3720, appendix B.4), written as 8 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crc(pub u32);

impl Crc {
    /// The digits it is written with.
    pub const DIGITS: usize = 8;

    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Crc {
        Crc(crc32c::crc32c(bytes))
    }

    /// Reads the canonical form only.
    pub fn parse(digits: &[u8]) -> Option<Crc> {
        let lower = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != Crc::DIGITS || !digits.iter().all(lower) {
            return None;
        }
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16)
            .ok()
            .map(Crc)
    }
}

impl fmt::Display for Crc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl Serialize for Crc {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Crc {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Crc::parse(text.as_bytes())
            .ok_or_else(|| serde::de::Error::custom("a CRC is 8 lower-case hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_check_value() {
        assert_eq!(Crc::of(b"123456789").to_string(), "e3069283");
        assert_eq!(Crc::parse(b"e3069283"), Some(Crc(0xe306_9283)));
        for bad in ["E3069283", "e306928", "e30692830", "+3069283"] {
            assert_eq!(Crc::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
