//! UUIDs (RFC 9562, version 8) of people and clans, for services that keep one beside what they know of somebody.
//!
//! That of a person has the number in its last six bytes, so that whoever shows one is found without a search; the rest says which
//! referee gave it.

use super::{Hash, PersonId, sha256};

/// Bytes of a UUID.
const BYTES: usize = 16;
/// Where a person's number begins.
const NUMBER_AT: usize = 10;

fn digest(parts: [&str; 3]) -> [u8; BYTES] {
    let Hash(hash) = sha256(&[parts.join("\0").as_bytes()]);
    let mut bytes = [0; BYTES];
    bytes.copy_from_slice(&hash[..BYTES]);
    bytes
}

fn write(mut bytes: [u8; BYTES]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    let groups = [
        &bytes[..4],
        &bytes[4..6],
        &bytes[6..8],
        &bytes[8..10],
        &bytes[10..],
    ];
    groups.map(hex).join("-")
}

/// The UUID of a person of the referee of this domain.
pub fn person_uuid(domain: &str, id: PersonId) -> String {
    let mut bytes = digest(["urn:x-referee:uuid:0", domain, "person"]);
    bytes[NUMBER_AT..].copy_from_slice(&id.0.to_be_bytes()[2..]);
    write(bytes)
}

/// The UUID of a clan of the referee of this domain. A tag is never given out twice, so neither is this.
pub fn clan_uuid(domain: &str, tag: &str) -> String {
    write(digest([
        "urn:x-referee:uuid:0",
        domain,
        &format!("clan {tag}"),
    ]))
}

/// The person whose UUID this may be; whether it is can be seen from theirs.
pub fn person_of_uuid(text: &str) -> Option<PersonId> {
    let last = text.get(text.len().checked_sub(12)?..)?;
    let fits = last.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u64::from_str_radix(last, 16).ok().filter(|_| fits)?;
    Some(PersonId(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_of_one_person_at_one_referee_for_ever() {
        let anna = person_uuid("referee.example.org", PersonId(7));
        // Services keep it: it must never come out otherwise.
        assert_eq!(anna, "a5d3c8fe-8126-8d45-8bdc-000000000007");
        assert_eq!(person_of_uuid(&anna), Some(PersonId(7)));
        assert_ne!(anna, person_uuid("referee.example.org", PersonId(8)));
        assert_ne!(anna, person_uuid("referee.example.net", PersonId(7)));
        let wolves = clan_uuid("referee.example.org", "wolves");
        assert_eq!(wolves, "7410aed7-c866-828a-8624-80fc324f4b68");
        for text in [&anna, &wolves] {
            assert_eq!((text.len(), &text[14..15]), (36, "8"), "{text}");
            assert!("89ab".contains(&text[19..20]), "{text}");
        }
        assert_eq!(person_of_uuid("+00000000007"), None);
        assert_eq!(person_of_uuid("7"), None);
    }
}
