//! The record's line format: one decision, one line; `docs/RECORD.md` specifies it for other languages.
//!
//! A line is `{"pub":{…},"sealed":{…}}`. The hash of a line is SHA-256 over the exact bytes of the `pub` object, so the
//! public half can be exported and verified alone; `pub.seal` ties the sealed half to it without showing it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::canonical::is_canonical;
use crate::kit::{Hash, PersonId, Stream, Timestamp, sha256};

/// Bytes of the salt in a seal.
const SALT_BYTES: usize = 16;

/// Everything that goes into one line.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Global number of the record.
    pub n: u64,
    /// Stream and domain: `m42@referee.example.org`.
    pub stream: &'a str,
    /// Number of the record within its stream, from 1.
    pub v: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// Whose request it was; nobody's when a timer decided.
    pub by: Option<PersonId>,
    /// The request's id, for retries.
    pub req: Option<&'a str>,
    /// The events as a JSON array.
    pub events: &'a RawValue,
    /// Hash of the line before in this stream; [`Hash::ZERO`] for the first.
    pub prev: Hash,
    /// The secrets of this decision as a JSON array, and 16 random bytes.
    pub sealed: Option<(&'a RawValue, [u8; SALT_BYTES])>,
}

/// The public half of a line, in the order in which it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Public<'a> {
    /// Global number of the record.
    pub n: u64,
    /// Stream and domain.
    #[serde(borrow)]
    pub s: std::borrow::Cow<'a, str>,
    /// Number within the stream, from 1.
    pub v: u64,
    /// When.
    pub at: Timestamp,
    /// Whose request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<PersonId>,
    /// The request's id.
    #[serde(skip_serializing_if = "Option::is_none", default, borrow)]
    pub req: Option<std::borrow::Cow<'a, str>>,
    /// Hash of the stream's line before.
    pub prev: Hash,
    /// SHA-256 over `salt`, then the bytes of the sealed events.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seal: Option<Hash>,
    /// The events.
    #[serde(borrow)]
    pub ev: &'a RawValue,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed<'a> {
    /// 16 bytes in hexadecimal.
    salt: &'a str,
    #[serde(borrow)]
    ev: &'a RawValue,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole<'a> {
    #[serde(borrow, rename = "pub")]
    public: &'a RawValue,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    sealed: Option<Sealed<'a>>,
}

/// A line that was read back and whose seal, if it is there, fits.
#[derive(Debug)]
pub struct Line<'a> {
    /// The public half.
    pub public: Public<'a>,
    /// SHA-256 over the bytes of the public half.
    pub hash: Hash,
    /// The exact bytes of the public half.
    pub bytes: &'a str,
    /// The sealed events, when this copy of the record holds them.
    pub sealed: Option<&'a RawValue>,
}

/// Why a text is no line of a record.
#[derive(Debug, thiserror::Error)]
pub enum BadLine {
    /// No JSON of the right shape.
    #[error("not a record line: {0}")]
    Shape(#[from] serde_json::Error),
    /// The sealed half is not the one the public half promised.
    #[error("the sealed half does not fit its seal")]
    Seal,
    /// It says something, but not in the one way in which a record says it.
    #[error(
        "not a record line: it is not written as records are (white space, escapes, fractions, a key twice, fields out of order)"
    )]
    Form,
}

/// Writes a line and computes its hash.
pub fn write(draft: &Draft<'_>) -> Result<(String, Hash), serde_json::Error> {
    let salt = draft.sealed.map(|(_, salt)| hex(&salt)).unwrap_or_default();
    let public = Public {
        n: draft.n,
        s: draft.stream.into(),
        v: draft.v,
        at: draft.at,
        by: draft.by,
        req: draft.req.map(Into::into),
        prev: draft.prev,
        seal: draft.sealed.map(|(ev, _)| seal(&salt, ev)),
        ev: draft.events,
    };
    let public = serde_json::to_string(&public)?;
    let hash = sha256(&[public.as_bytes()]);
    let mut text = String::with_capacity(public.len() + 64);
    text.push_str("{\"pub\":");
    text.push_str(&public);
    if let Some((ev, _)) = draft.sealed {
        text.push_str(",\"sealed\":");
        text.push_str(&serde_json::to_string(&Sealed { salt: &salt, ev })?);
    }
    text.push('}');
    Ok((text, hash))
}

/// Reads a line, whole or with its public half only.
pub fn read(text: &str) -> Result<Line<'_>, BadLine> {
    let whole: Whole<'_> = serde_json::from_str(text)?;
    let bytes = whole.public.get();
    let public: Public<'_> = serde_json::from_str(bytes)?;
    if let Some(sealed) = &whole.sealed
        && public.seal != Some(seal(sealed.salt, sealed.ev))
    {
        return Err(BadLine::Seal);
    }
    Ok(Line {
        public,
        hash: sha256(&[bytes.as_bytes()]),
        bytes,
        sealed: whole.sealed.map(|sealed| sealed.ev),
    })
}

/// Reads a line that anybody may have written: as [`read`], and it has to be written as [`write`] does, byte for byte.
pub fn read_strict(text: &str) -> Result<Line<'_>, BadLine> {
    let line = read(text)?;
    let whole: Whole<'_> = serde_json::from_str(text)?;
    let digits = |salt: &str| {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        salt.len() == 2 * SALT_BYTES && salt.bytes().all(digit)
    };
    let sealed = whole.sealed.as_ref();
    let plain = serde_json::to_string(&line.public)? == line.bytes
        && serde_json::to_string(&whole)? == text
        && is_canonical(line.public.ev.get())
        && sealed.is_none_or(|sealed| digits(sealed.salt) && is_canonical(sealed.ev.get()));
    if plain { Ok(line) } else { Err(BadLine::Form) }
}

/// Number and stream of a line, from its fixed beginning: the rest is neither read nor checked.
pub fn head(text: &str) -> Option<(u64, Stream)> {
    let rest = text.strip_prefix("{\"pub\":{\"n\":")?;
    let (n, rest) = rest.split_once(",\"s\":\"")?;
    let (stream, _) = rest.split_once('@')?;
    Some((n.parse().ok()?, stream.parse().ok()?))
}

/// The line without its sealed half, for export.
pub fn open_half(text: &str) -> Result<String, BadLine> {
    let line = read(text)?;
    Ok(format!("{{\"pub\":{}}}", line.bytes))
}

fn seal(salt: &str, ev: &RawValue) -> Hash {
    sha256(&[salt.as_bytes(), ev.get().as_bytes()])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::MatchId;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn golden_line() {
        let (events, secrets) = (
            raw(r#"[{"moved":{"seat":0,"text":"e4"}}]"#),
            raw(r#"["x"]"#),
        );
        let draft = Draft {
            n: 7,
            stream: "m1@referee.localhost",
            v: 3,
            at: Timestamp(1_700_000_000_000),
            by: Some(PersonId(2)),
            req: None,
            events: &events,
            prev: Hash::ZERO,
            sealed: Some((&secrets, [1; 16])),
        };
        let (text, hash) = write(&draft).unwrap();
        let golden = concat!(
            r#"{"pub":{"n":7,"s":"m1@referee.localhost","v":3,"at":"2023-11-14T22:13:20.000Z","by":"p2","#,
            r#""prev":"0000000000000000000000000000000000000000000000000000000000000000","#,
            r#""seal":"6278ada1a53f0d6fb3c8f923374148aad039517a954e3df924bc9a261f20fc2d","#,
            r#""ev":[{"moved":{"seat":0,"text":"e4"}}]},"sealed":{"salt":"01010101010101010101010101010101","ev":["x"]}}"#
        );
        let line = read(&text).unwrap();
        assert_eq!(line.hash, hash);
        assert_eq!(line.sealed.unwrap().get(), r#"["x"]"#);
        assert_eq!(text, golden);
        assert_eq!(head(&text), Some((7, Stream::Match(MatchId(1)))));
    }

    #[test]
    fn a_forged_half_is_found() {
        let (events, secrets) = (raw("[]"), raw(r#"["ace"]"#));
        let draft = Draft {
            n: 1,
            stream: "m1@r",
            v: 1,
            at: Timestamp(0),
            by: None,
            req: None,
            events: &events,
            prev: Hash::ZERO,
            sealed: Some((&secrets, [9; 16])),
        };
        let (text, hash) = write(&draft).unwrap();
        assert!(matches!(
            read(&text.replace("ace", "two")),
            Err(BadLine::Seal)
        ));
        let public = open_half(&text).unwrap();
        assert!(!public.contains("ace"));
        assert_eq!(read(&public).unwrap().hash, hash);
    }
}
