//! Codes by which somebody proves that another address or account is theirs. Volatile, bounded, and never in a log.

use crate::clans::spell;
use crate::kit::{PersonId, Refusal, Secret, Span, Timestamp, refuse};

/// How long a code is good for.
pub const LASTS: Span = Span::minutes(10);
/// Wrong codes after which one is worth nothing any more.
pub const MAX_TRIES: u8 = 5;
/// Codes one person may have open.
const MAX_EACH: usize = 5;
/// Codes in all; the oldest goes first.
const MAX_ALL: usize = 5000;
/// Characters of a code, without the dash: 40 random bits against [`MAX_TRIES`] guesses.
const CODE_GROUPS: usize = 2;
const CODE_GROUP: usize = 4;

/// What somebody says is theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A bare JID, which has to send the code itself.
    Address(String),
    /// An account, for which a registered service has to.
    Account {
        /// The kind of service.
        kind: String,
        /// The name there, as it was typed.
        name: String,
    },
}

struct Proof {
    who: PersonId,
    claim: Claim,
    code: Secret<String>,
    expires: Timestamp,
    tries: u8,
}

/// All open codes, the oldest first.
#[derive(Default)]
pub struct Proofs {
    open: Vec<Proof>,
}

impl Proofs {
    /// Opens a code for a claim; an earlier one for the same claim is worth nothing any more.
    pub fn open(
        &mut self,
        who: PersonId,
        claim: Claim,
        luck: &Secret<[u8; 32]>,
        now: Timestamp,
    ) -> Result<Secret<String>, Refusal> {
        self.open
            .retain(|proof| proof.expires > now && !(proof.who == who && proof.claim == claim));
        if self.open.iter().filter(|proof| proof.who == who).count() >= MAX_EACH {
            return Err(refuse(
                "link/pending",
                format!("{MAX_EACH} codes of yours wait to be used already."),
            )
            .hint("Use one, or wait ten minutes until they lapse."));
        }
        if self.open.len() >= MAX_ALL {
            self.open.remove(0);
        }
        let code = Secret::new(spell(luck.reveal(), CODE_GROUPS, CODE_GROUP));
        self.open.push(Proof {
            who,
            claim,
            code: code.clone(),
            expires: now + LASTS,
            tries: 0,
        });
        Ok(code)
    }

    /// Uses a code up: whose claim it proves. `fits` says which claims whoever sends it can speak for; a wrong code is
    /// counted against all of those, so that nobody guesses one of them.
    pub fn redeem(
        &mut self,
        code: &str,
        now: Timestamp,
        fits: impl Fn(&Claim) -> bool,
    ) -> Result<(PersonId, Claim), Refusal> {
        self.open.retain(|proof| proof.expires > now);
        let plain = |code: &str| code.replace('-', "").to_ascii_lowercase();
        let code = plain(code.trim());
        let found = (self.open.iter())
            .position(|proof| fits(&proof.claim) && plain(proof.code.reveal()) == code);
        if let Some(at) = found {
            let proof = self.open.remove(at);
            return Ok((proof.who, proof.claim));
        }
        for proof in self.open.iter_mut().filter(|proof| fits(&proof.claim)) {
            proof.tries += 1;
        }
        self.open.retain(|proof| proof.tries < MAX_TRIES);
        Err(
            refuse("link/code", "That is no code that waits for you here.").hint(
                "Codes last ten minutes and a few tries. Type `link` at the address that is known here to get a new one.",
            ),
        )
    }

    /// Lets go of everything that waits for somebody.
    pub fn drop_of(&mut self, who: PersonId) {
        self.open.retain(|proof| proof.who != who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(jid: &str) -> Claim {
        Claim::Address(jid.to_owned())
    }

    fn opened(proofs: &mut Proofs, who: u64, jid: &str, luck: u8) -> Secret<String> {
        let luck = Secret::new([luck; 32]);
        let code = proofs.open(PersonId(who), address(jid), &luck, Timestamp(0));
        code.unwrap()
    }

    #[test]
    fn a_code_is_good_once_in_time_and_for_its_own_address() {
        let mut proofs = Proofs::default();
        let code = opened(&mut proofs, 1, "b@x", 7);
        let (code, at) = (code.reveal().as_str(), Timestamp(1));
        assert_eq!(code.len(), 9);
        let for_eve = proofs.redeem(code, at, |claim| *claim == address("eve@x"));
        assert_eq!(for_eve.unwrap_err().code, "link/code");
        let spoken = code.to_uppercase().replace('-', "");
        let mine = |claim: &Claim| *claim == address("b@x");
        assert_eq!(
            proofs.redeem(&spoken, at, mine).unwrap(),
            (PersonId(1), address("b@x"))
        );
        assert!(proofs.redeem(code, at, mine).is_err());
        let late = opened(&mut proofs, 1, "b@x", 8);
        let then = Timestamp(0) + LASTS;
        assert!(proofs.redeem(late.reveal(), then, mine).is_err());
    }

    #[test]
    fn guessing_ends_the_code() {
        let mut proofs = Proofs::default();
        let code = opened(&mut proofs, 1, "b@x", 7);
        let mine = |claim: &Claim| *claim == address("b@x");
        for _ in 0..MAX_TRIES {
            assert!(proofs.redeem("aaaa-aaaa", Timestamp(1), mine).is_err());
        }
        assert!(proofs.redeem(code.reveal(), Timestamp(1), mine).is_err());
    }

    #[test]
    fn one_person_has_few_codes_open_and_a_new_one_replaces_the_old() {
        let mut proofs = Proofs::default();
        for n in 0..MAX_EACH as u8 {
            opened(&mut proofs, 1, &format!("b{n}@x"), n);
        }
        let luck = Secret::new([9; 32]);
        let more = proofs.open(PersonId(1), address("more@x"), &luck, Timestamp(0));
        assert_eq!(more.unwrap_err().code, "link/pending");
        opened(&mut proofs, 1, "b0@x", 99);
        assert_eq!(proofs.open.len(), MAX_EACH);
        assert!(!format!("{:?}", luck).contains('9'));
    }
}
