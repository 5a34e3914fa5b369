//! Ed25519 keys and signatures as values (RFC 8032): bytes with one way to write them. Nothing here signs or verifies.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::hash::sha256;

/// The algorithm's name in forms, feeds and files: there is one.
pub const ALGORITHM: &str = "ed25519";

/// A public key of 32 bytes, written in base64 with padding (RFC 4648 section 4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey(pub [u8; 32]);

/// A signature of 64 bytes, written like a public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// The short name of a public key: the first 8 bytes of its SHA-256, as 16 lower-case hexadecimal digits.
///
/// A name is for people and lists. Trust is in the key itself: 8 bytes are few enough to be made to fit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 8]);

impl PublicKey {
    /// The key's short name.
    pub fn id(&self) -> KeyId {
        let mut id = [0; 8];
        id.copy_from_slice(&sha256(&[&self.0]).0[..8]);
        KeyId(id)
    }
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], ()> {
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| ())?;
    bytes.try_into().map_err(|_| ())
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl FromStr for PublicKey {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        bytes(text).map(PublicKey)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl FromStr for Signature {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        bytes(text).map(Signature)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for KeyId {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let digit = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.bytes().all(digit) {
            return Err(());
        }
        let number = u64::from_str_radix(text, 16).map_err(|_| ())?;
        Ok(KeyId(number.to_be_bytes()))
    }
}

/// Debug is what Display writes, and JSON is a text of it.
macro_rules! as_text {
    ($kind:ty, $what:literal) => {
        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(d)?;
                text.parse().map_err(|()| serde::de::Error::custom($what))
            }
        }
    };
}

as_text!(PublicKey, "a public key is 32 bytes in base64");
as_text!(Signature, "a signature is 64 bytes in base64");
as_text!(
    KeyId,
    "the name of a key is 16 lower-case hexadecimal digits"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_back() {
        let key = PublicKey([7; 32]);
        assert_eq!(key.to_string().parse(), Ok(key));
        assert_eq!(key.id().to_string().parse(), Ok(key.id()));
        let signature = Signature([9; 64]);
        assert_eq!(signature.to_string().parse(), Ok(signature));
        for bad in [
            "",
            "AAAA",
            "not base64",
            "ABCDEF0123456789",
            "+123456789abcdef",
        ] {
            assert!(bad.parse::<PublicKey>().is_err(), "{bad}");
            assert!(bad.parse::<Signature>().is_err(), "{bad}");
            assert!(bad.parse::<KeyId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_id_is_the_start_of_the_digest() {
        // SHA-256 of 32 zero bytes begins so.
        assert_eq!(PublicKey([0; 32]).id().to_string(), "66687aadf862bd77");
    }
}
