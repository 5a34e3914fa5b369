//! App-passwords: one for each service that a person logs in to with what this referee knows of them.
//!
//! A password is 125 random bits that the referee chooses, so nobody can guess one from a stolen address book however fast
//! the guesses are; one cheap pass of argon2id (RFC 9106) keeps the text out of the book, and takes the writer a millisecond. What is kept is the hash alone.

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::kit::{Refusal, Secret, refuse};

/// Memory of one hash, in KiB. What OWASP names (7 MiB and five passes) is for passwords that people choose.
pub const MEMORY_KIB: u32 = 1024;
/// Passes over that memory.
pub const PASSES: u32 = 1;
/// Lanes: one, because each check has one thread.
pub const LANES: u32 = 1;
/// App-passwords of one person.
pub const MAX_APP_PASSWORDS: usize = 10;
/// The longest text that is checked at all; ours have [`PASSWORD_CHARS`].
pub const MAX_CHECKED: usize = 128;

/// The digits of a password: no `l`, `o`, `0`, `1` that people take for each other.
const DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS: usize = 5;
const GROUP: usize = 5;
/// Characters of a password, the dashes between its groups included.
pub const PASSWORD_CHARS: usize = GROUPS * GROUP + GROUPS - 1;
const SALT_BYTES: usize = 16;

/// One app-password, as the address book keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppPassword {
    /// What it is for, such as `forum`.
    pub service: String,
    /// argon2id in PHC's text form.
    pub hash: Secret<String>,
    /// The day it was made.
    pub made: Date,
    /// The day it was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Date>,
}

/// The name of a service as it is kept: 2 to 20 of `a-z 0-9 -`, beginning with a letter.
pub fn check_service(text: &str) -> Result<String, Refusal> {
    let name = text.trim().to_ascii_lowercase();
    let fits = (2..=20).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && (name.bytes()).all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits {
        return Ok(name);
    }
    Err(refuse(
        "app-password/service",
        "A service is named by 2 to 20 letters and digits, such as forum or ldap.",
    )
    .hint("Type for example `app-password add forum`."))
}

/// Makes a password of random bytes that nobody else has seen: the text to show once, and what is kept of it.
pub fn make_app_password(
    service: &str,
    luck: &Secret<[u8; 32]>,
    today: Date,
) -> Result<(Secret<String>, AppPassword), Refusal> {
    let (key, salt) = luck.reveal().split_at(32 - SALT_BYTES);
    let text = spell(key, GROUPS, GROUP);
    let hash = hash(&text, salt).ok_or_else(|| {
        refuse(
            "service/fault",
            "Something went wrong inside the referee; nothing has changed.",
        )
    })?;
    let kept = AppPassword {
        service: service.to_owned(),
        hash: Secret::new(hash),
        made: today,
        used: None,
    };
    Ok((Secret::new(text), kept))
}

/// The normal form of a text that may be an app-password; nothing for any other, which is none without looking further.
pub fn app_password_text(text: &str) -> Option<String> {
    let text = text
        .get(..MAX_CHECKED.min(text.len()))
        .filter(|cut| cut.len() == text.len())?;
    let text = text.trim().to_ascii_lowercase();
    let fits = |(at, byte): (usize, u8)| match at % (GROUP + 1) == GROUP {
        true => byte == b'-',
        false => DIGITS.contains(&byte),
    };
    (text.len() == PASSWORD_CHARS && text.bytes().enumerate().all(fits)).then_some(text)
}

/// Whether a text is the password behind a hash. It takes some milliseconds of processor time, whatever the
/// answer: ports call it off the writer's thread, and check against [`nobodys_hash`] when there is no such person.
pub fn check_app_password(hash: &str, text: &str) -> bool {
    let known = text.len() <= MAX_CHECKED;
    // People copy with blanks around it, and type in capitals.
    let text = text.trim().to_ascii_lowercase();
    let fits = hasher().is_some_and(|argon| argon.verify_password(text.as_bytes(), hash).is_ok());
    fits && known
}

/// A hash that no password fits, made as all others are: checking against it takes as long.
pub fn nobodys_hash() -> String {
    // No text spells with a capital, and what is checked is in small letters.
    hash("NOBODY", &[0; SALT_BYTES]).unwrap_or_default()
}

fn hasher() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(text: &str, salt: &[u8]) -> Option<String> {
    let hashed = hasher()?.hash_password_with_salt(text.as_bytes(), salt);
    hashed.ok().map(|hash| hash.to_string())
}

/// Spells random bytes for people: five bits for each character, in groups with a dash between them.
pub fn spell(key: &[u8], groups: usize, group: usize) -> String {
    let bits = |n: usize| {
        let byte = |at: usize| u16::from(key.get(at).copied().unwrap_or(0));
        let (at, shift) = (n * 5 / 8, n * 5 % 8);
        let two = byte(at) << 8 | byte(at + 1);
        usize::from(two >> (11 - shift) & 31)
    };
    let mut text = String::with_capacity(groups * (group + 1));
    for n in 0..groups * group {
        if n > 0 && n % group == 0 {
            text.push('-');
        }
        text.push(char::from(DIGITS[bits(n)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_alone() {
        let day = jiff::civil::date(2026, 1, 1);
        let luck = |byte| Secret::new([byte; 32]);
        let (text, kept) = make_app_password("forum", &luck(7), day).unwrap();
        let (other, _) = make_app_password("forum", &luck(8), day).unwrap();
        let (text, hash) = (text.reveal(), kept.hash.reveal());
        assert_eq!(text.len(), PASSWORD_CHARS);
        assert!(hash.starts_with("$argon2id$v=19$m=1024,t=1,p=1$"), "{hash}");
        assert!(check_app_password(hash, text));
        let typed = format!(" {} ", text.to_uppercase());
        assert_eq!(app_password_text(&typed).as_ref(), Some(text));
        for none in [
            "",
            "hunter2",
            &text[1..],
            &text.replace('-', "a"),
            &"x".repeat(5000),
        ] {
            assert_eq!(app_password_text(none), None, "{none}");
        }
        assert!(check_app_password(
            hash,
            &format!(" {} ", text.to_uppercase())
        ));
        for wrong in [other.reveal().as_str(), "", &text[1..], &"x".repeat(5000)] {
            assert!(!check_app_password(hash, wrong));
        }
        assert!(!check_app_password("", text) && !check_app_password("$argon2id$v=19", text));
        assert!(!check_app_password(&nobodys_hash(), "NOBODY"));
        assert!(
            !format!("{kept:?}").contains("argon2id"),
            "hashes never print"
        );
    }

    fn spelled(key: &[u8]) -> String {
        spell(key, GROUPS, GROUP)
    }

    #[test]
    fn every_bit_of_the_key_is_in_the_text() {
        assert_eq!(spelled(&[0; 16]), "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa");
        assert_eq!(spelled(&[255; 16]), "99999-99999-99999-99999-99999");
        let texts: std::collections::BTreeSet<String> = (0..125)
            .map(|bit| {
                let mut key = [0_u8; 16];
                key[bit / 8] = 128 >> (bit % 8);
                spelled(&key)
            })
            .collect();
        assert_eq!(texts.len(), 125);
    }

    #[test]
    fn services_have_plain_names() {
        assert_eq!(check_service(" Forum "), Ok("forum".to_owned()));
        for bad in [
            "",
            "a",
            "9a",
            "-a",
            "a-",
            "a b",
            "a_b",
            "ä1",
            &"a".repeat(21),
        ] {
            assert_eq!(
                check_service(bad).unwrap_err().code,
                "app-password/service",
                "{bad}"
            );
        }
    }
}
