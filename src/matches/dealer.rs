//! The dealer: luck that is fixed before play and can be checked after it, in any language.
//!
//! One secret seed per match gives two keys. The *open key* drives public luck (who sits where, dice), the *card key*
//! drives shuffles. Their hashes are committed to before anybody may add a salt:
//!
//! ```text
//! open key   = SHA-256("referee:open:1"  ‖ seed)          card key = SHA-256("referee:cards:1" ‖ seed)
//! commitment = SHA-256("referee:luck:1"  ‖ SHA-256(open key) ‖ SHA-256(card key))
//! mix        = SHA-256("referee:mix:1"   ‖ key ‖ match id ‖ 0x00 ‖ for each salt: length as u32 ‖ bytes)
//! block i    = SHA-256("referee:draw:1"  ‖ mix ‖ draw number as u32 ‖ i as u32)
//! ```
//! Numbers are big-endian. A draw reads the blocks as u32 after u32; a number below n is `u mod n`, where values of u at
//! or above the largest multiple of n below 2³² are skipped. A die is 1 + a number below its sides. A shuffle starts from
//! 0, 1, …, n−1 and for i = n−1 down to 1 swaps position i with a position below i+1 (Fisher and Yates, in Durstenfeld's
//! form). A card at a position is committed to as
//!
//! ```text
//! nonce = SHA-256("referee:nonce:1" ‖ mix ‖ draw number as u32 ‖ position as u32)
//! card commitment = SHA-256("referee:card:1" ‖ nonce ‖ card as u8)
//! ```
//! At the end the open key is always published; the card key only where the game reveals the whole seed, else its hash
//! and the openings of the cards that were shown. The ideas are those of coin flipping by commitment (Blum, 1981).

use serde::{Deserialize, Serialize};

use crate::games::{self, Ask, Draw};
use crate::kit::{Hash, MatchId, Secret, sha256};

/// What a match knows of its luck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Luck {
    /// Announced before play.
    pub commitment: Hash,
    /// The seed; absent where only the public record is at hand.
    pub seed: Option<Secret<Hash>>,
    /// What the players added, in the order of their coming: the challenger's, which came before the commitment was told,
    /// and the other's, which came after it.
    pub salts: Vec<String>,
    /// How many draws there were.
    pub draws: u32,
    /// The order of each shuffled deck, by deck number, with the number of its draw.
    pub decks: Vec<(u32, Secret<Vec<u8>>)>,
}

/// A card shown to somebody who may see it, with the proof that it was dealt from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Which shuffle of this match, from 0.
    pub deck: u32,
    /// Position in the deck, from 0.
    pub at: u8,
    /// The card's number.
    pub card: u8,
    /// What was hashed with it.
    pub nonce: Hash,
}

/// What is published of the seed when a match ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Reveal {
    /// Drives seats and dice.
    pub open_key: Hash,
    /// Drives shuffles; only for games that reveal the whole seed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub card_key: Option<Hash>,
    /// SHA-256 of the card key: with it the commitment can be checked in any case.
    pub card_key_hash: Hash,
}

/// The commitment that a [`Reveal`] must fit.
pub fn commitment(reveal: &Reveal) -> Option<Hash> {
    if reveal
        .card_key
        .is_some_and(|key| sha256(&[&key.0]) != reveal.card_key_hash)
    {
        return None;
    }
    Some(commit(
        &sha256(&[&reveal.open_key.0]),
        &reveal.card_key_hash,
    ))
}

fn commit(open: &Hash, cards: &Hash) -> Hash {
    sha256(&[b"referee:luck:1", &open.0, &cards.0])
}

/// The commitment to one card.
pub fn card_commitment(opening: &Opening) -> Hash {
    sha256(&[b"referee:card:1", &opening.nonce.0, &[opening.card]])
}

/// Recomputes a draw from the key that drives it, as an auditor does.
pub fn draw_from_keys(key: &Hash, id: MatchId, salts: &[String], number: u32, ask: Ask) -> Draw {
    Blocks {
        mix: mix(key, id, salts),
        number,
        index: 0,
        block: Hash::ZERO,
        used: 32,
    }
    .answer(ask)
}

fn mix(key: &Hash, id: MatchId, salts: &[String]) -> Hash {
    let mut bytes = format!("{id}\0").into_bytes();
    for salt in salts {
        bytes.extend(u32::try_from(salt.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(salt.as_bytes());
    }
    sha256(&[b"referee:mix:1", &key.0, &bytes])
}

/// Answers the questions of one match to luck.
pub struct Dealer<'a> {
    id: MatchId,
    seed: &'a Hash,
    salts: &'a [String],
}

impl Luck {
    /// Luck from a fresh seed.
    pub fn new(seed: Hash) -> Luck {
        let commitment = commit(
            &sha256(&[&open_key(&seed).0]),
            &sha256(&[&card_key(&seed).0]),
        );
        Luck {
            commitment,
            seed: Some(Secret::new(seed)),
            salts: Vec::new(),
            draws: 0,
            decks: Vec::new(),
        }
    }

    /// The dealer, where the seed is known.
    pub fn dealer(&self, id: MatchId) -> Option<Dealer<'_>> {
        let seed = self.seed.as_ref()?.reveal();
        Some(Dealer {
            id,
            seed,
            salts: &self.salts,
        })
    }

    /// What is published at the end.
    pub fn reveal(&self, mode: games::Reveal) -> Option<Reveal> {
        let seed = self.seed.as_ref()?.reveal();
        let card_key = card_key(seed);
        Some(Reveal {
            open_key: open_key(seed),
            card_key: (mode == games::Reveal::Whole).then_some(card_key),
            card_key_hash: sha256(&[&card_key.0]),
        })
    }

    /// Opens the card at a position of a deck.
    pub fn open(&self, id: MatchId, deck: u32, at: u8) -> Option<Opening> {
        let (number, order) = self.decks.get(usize::try_from(deck).ok()?)?;
        let card = *order.reveal().get(usize::from(at))?;
        let nonce = self.dealer(id)?.nonce(*number, at);
        Some(Opening {
            deck,
            at,
            card,
            nonce,
        })
    }
}

fn open_key(seed: &Hash) -> Hash {
    sha256(&[b"referee:open:1", &seed.0])
}

fn card_key(seed: &Hash) -> Hash {
    sha256(&[b"referee:cards:1", &seed.0])
}

impl Dealer<'_> {
    /// The answer to a question, as draw number `number` of this match.
    pub fn draw(&self, number: u32, ask: Ask) -> Draw {
        let key = match ask {
            Ask::Dice { .. } => open_key(self.seed),
            Ask::Shuffle { .. } => card_key(self.seed),
        };
        draw_from_keys(&key, self.id, self.salts, number, ask)
    }

    /// The commitments to every position of a shuffled deck.
    pub fn commit_cards(&self, number: u32, order: &[u8]) -> Vec<Hash> {
        card_commitments(&card_key(self.seed), self.id, self.salts, number, order)
    }

    fn nonce(&self, number: u32, at: u8) -> Hash {
        nonce(&mix(&card_key(self.seed), self.id, self.salts), number, at)
    }
}

/// The commitments to every position of a deck, from the card key that shuffled it, as an auditor computes them.
pub fn card_commitments(
    key: &Hash,
    id: MatchId,
    salts: &[String],
    number: u32,
    order: &[u8],
) -> Vec<Hash> {
    let mix = mix(key, id, salts);
    let one = |(at, card): (usize, &u8)| {
        let at = u8::try_from(at).unwrap_or(u8::MAX);
        card_commitment(&Opening {
            deck: 0,
            at,
            card: *card,
            nonce: nonce(&mix, number, at),
        })
    };
    order.iter().enumerate().map(one).collect()
}

fn nonce(mix: &Hash, number: u32, at: u8) -> Hash {
    let (number, at) = (number.to_be_bytes(), u32::from(at).to_be_bytes());
    sha256(&[b"referee:nonce:1", &mix.0, &number, &at])
}

/// The endless stream of numbers behind one draw.
struct Blocks {
    mix: Hash,
    number: u32,
    index: u32,
    block: Hash,
    used: usize,
}

impl Blocks {
    fn answer(mut self, ask: Ask) -> Draw {
        match ask {
            Ask::Dice { count, sides } => {
                Draw::Dice((0..count).map(|_| 1 + self.below(sides.max(1))).collect())
            }
            Ask::Shuffle { cards } => {
                let mut order: Vec<u8> = (0..cards).collect();
                for i in (1..cards).rev() {
                    order.swap(usize::from(i), usize::from(self.below(i + 1)));
                }
                Draw::Order(order)
            }
        }
    }

    fn below(&mut self, n: u8) -> u8 {
        let n = u64::from(n);
        let limit = (1 << 32) / n * n;
        loop {
            let value = u64::from(self.next());
            if value < limit {
                return u8::try_from(value % n).unwrap_or(0);
            }
        }
    }

    fn next(&mut self) -> u32 {
        if self.used == 32 {
            let (number, index) = (self.number.to_be_bytes(), self.index.to_be_bytes());
            self.block = sha256(&[b"referee:draw:1", &self.mix.0, &number, &index]);
            self.index += 1;
            self.used = 0;
        }
        let bytes = &self.block.0[self.used..self.used + 4];
        self.used += 4;
        bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u32::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values come from a few lines of Python written after the comment at the top of this file.
    #[test]
    fn golden_draws() {
        let mut luck = Luck::new(sha256(&[b"golden"]));
        luck.salts = vec!["rain".to_owned()];
        let dealer = luck.dealer(MatchId(42)).unwrap();
        assert_eq!(
            dealer.draw(0, Ask::Dice { count: 6, sides: 6 }),
            Draw::Dice(vec![2, 5, 4, 5, 6, 4])
        );
        assert_eq!(
            dealer.draw(1, Ask::Shuffle { cards: 10 }),
            Draw::Order(vec![2, 6, 9, 1, 5, 0, 7, 8, 4, 3])
        );
        assert_eq!(
            luck.commitment.to_string(),
            "4a450ad86c1b1a5ba1ee6a3d34bb50e77b9866ec3e712d7cb984d8e541ec84af"
        );
    }

    #[test]
    fn the_reveal_fits_the_commitment_and_redraws() {
        let luck = Luck::new(sha256(&[b"x"]));
        let whole = luck.reveal(games::Reveal::Whole).unwrap();
        assert_eq!(commitment(&whole), Some(luck.commitment));
        let sealed = luck.reveal(games::Reveal::PerCard).unwrap();
        assert_eq!(
            (sealed.card_key, commitment(&sealed)),
            (None, Some(luck.commitment))
        );
        let ask = Ask::Shuffle { cards: 52 };
        let drawn = luck.dealer(MatchId(1)).unwrap().draw(3, ask);
        assert_eq!(
            draw_from_keys(&whole.card_key.unwrap(), MatchId(1), &[], 3, ask),
            drawn
        );
        assert_ne!(
            draw_from_keys(
                &whole.card_key.unwrap(),
                MatchId(1),
                &["s".to_owned()],
                3,
                ask
            ),
            drawn
        );
    }

    #[test]
    fn openings_fit_their_commitments() {
        let mut luck = Luck::new(sha256(&[b"deck"]));
        let Draw::Order(order) = luck
            .dealer(MatchId(1))
            .unwrap()
            .draw(0, Ask::Shuffle { cards: 3 })
        else {
            panic!()
        };
        let commitments = luck.dealer(MatchId(1)).unwrap().commit_cards(0, &order);
        luck.decks.push((0, Secret::new(order)));
        for at in 0..3 {
            let opening = luck.open(MatchId(1), 0, at).unwrap();
            assert_eq!(card_commitment(&opening), commitments[usize::from(at)]);
        }
        assert_eq!(luck.open(MatchId(1), 0, 3), None);
    }

    #[test]
    fn dice_are_even() {
        let luck = Luck::new(sha256(&[b"even"]));
        let mut counts = [0u32; 6];
        for number in 0..600 {
            let Draw::Dice(faces) = luck.dealer(MatchId(1)).unwrap().draw(
                number,
                Ask::Dice {
                    count: 10,
                    sides: 6,
                },
            ) else {
                panic!()
            };
            faces
                .iter()
                .for_each(|face| counts[usize::from(*face) - 1] += 1);
        }
        assert!(
            counts.iter().all(|count| (850..1150).contains(count)),
            "{counts:?}"
        );
    }
}
