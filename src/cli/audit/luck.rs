//! Luck: what was committed to before play, what was revealed after it, and every draw in between, drawn again.

use std::collections::BTreeMap;

use super::{Entry, Objection};
use crate::games::{Ask, Draw};
use crate::kit::{Hash, PersonId};
use crate::matches::{
    Event, Luck, Match, Opening, Sealed, card_commitment, card_commitments, draw_from_keys,
};

/// Orders of decks by the number of their draw.
pub(super) type Decks = BTreeMap<u32, Vec<u8>>;

/// A deck as the public record shows it.
struct Deck {
    draw: u32,
    commitments: Vec<Hash>,
    order: Vec<Option<u8>>,
}

/// The order of each deck: the sealed one where it is at hand; else the opened cards where they lay, and the others, which
/// nobody but their holders ever saw, anyhow. A game may show nothing that depends on cards it has not opened.
pub(super) fn decks(entries: &[Entry]) -> Result<Decks, Objection> {
    let mut decks: Vec<Deck> = Vec::new();
    let mut sealed: Decks = BTreeMap::new();
    for entry in entries {
        let fail = |why: &str| Objection {
            line: entry.line,
            why: why.to_owned(),
        };
        for secret in &entry.sealed {
            if let Sealed::Order { draw, order } = secret {
                sealed.insert(*draw, order.reveal().clone());
            }
        }
        for event in &entry.events {
            match event {
                Event::Drawn {
                    draw,
                    cards,
                    ask: Ask::Shuffle { cards: count },
                    ..
                } => {
                    decks.push(Deck {
                        draw: *draw,
                        commitments: cards.clone(),
                        order: vec![None; usize::from(*count)],
                    });
                }
                Event::Shown(opening) => {
                    let deck = decks.get_mut(opening.deck as usize);
                    deck.ok_or_else(|| fail("a card of a deck that was never dealt is opened"))?
                        .open(opening)
                        .map_err(fail)?;
                }
                _ => {}
            }
        }
    }
    let mut orders = Decks::new();
    for deck in decks {
        let draw = deck.draw;
        let order = sealed.remove(&draw).unwrap_or_else(|| deck.filled());
        orders.insert(draw, order);
    }
    Ok(orders)
}

impl Deck {
    fn open(&mut self, opening: &Opening) -> Result<(), &'static str> {
        let commitment = self.commitments.get(usize::from(opening.at));
        if commitment != Some(&card_commitment(opening)) {
            return Err("the opened card is not the one that was committed to when it was dealt");
        }
        let twice = self.order.contains(&Some(opening.card));
        match self.order.get_mut(usize::from(opening.at)) {
            Some(place) if *place == Some(opening.card) => Ok(()),
            Some(place) if !twice && usize::from(opening.card) < self.commitments.len() => {
                *place = Some(opening.card);
                Ok(())
            }
            _ => Err("the opened card cannot be in this deck"),
        }
    }

    fn filled(self) -> Vec<u8> {
        let count = u8::try_from(self.order.len()).unwrap_or(u8::MAX);
        let mut rest = (0..count).filter(|card| !self.order.contains(&Some(*card)));
        let places = self.order.iter();
        places
            .filter_map(|card| card.or_else(|| rest.next()))
            .collect()
    }
}

/// Draws everything again that can be, and says what that was.
pub(super) fn check(game: &Match, entries: &[Entry], decks: &Decks) -> Result<String, Objection> {
    let seed = entries
        .iter()
        .flat_map(|entry| &entry.sealed)
        .find_map(|sealed| match sealed {
            Sealed::Seed(seed) => Some(*seed.reveal()),
            _ => None,
        });
    let from_seed = seed.map(Luck::new);
    if from_seed
        .as_ref()
        .is_some_and(|luck| luck.commitment != game.luck.commitment)
    {
        return Err(Objection {
            line: 1,
            why: "the sealed seed is not the one that was committed to".to_owned(),
        });
    }
    let (mut redrawn, mut shown) = (0, 0);
    for entry in entries {
        let fail = |why: &str| Objection {
            line: entry.line,
            why: why.to_owned(),
        };
        for event in &entry.events {
            match event {
                Event::Drawn {
                    draw,
                    ask,
                    outcome,
                    cards,
                } => {
                    let key = key_for(game, from_seed.as_ref(), *ask);
                    let Some(key) = key else { continue };
                    let again = draw_from_keys(&key, game.id, &game.luck.salts, *draw, *ask);
                    let order = decks.get(draw).cloned().map(Draw::Order);
                    if Some(&again) != outcome.as_ref().or(order.as_ref()) {
                        return Err(fail("luck is drawn again and answers otherwise"));
                    }
                    if let Draw::Order(order) = &again
                        && card_commitments(&key, game.id, &game.luck.salts, *draw, order) != *cards
                    {
                        return Err(fail(
                            "the commitments to the cards do not follow from the luck",
                        ));
                    }
                    redrawn += 1;
                }
                Event::Shown(_) => shown += 1,
                _ => {}
            }
        }
    }
    Ok(words(game, entries, redrawn, shown))
}

/// The key that drives a draw, where it was revealed or the seed is at hand.
fn key_for(game: &Match, from_seed: Option<&Luck>, ask: Ask) -> Option<Hash> {
    let whole = from_seed.and_then(|luck| luck.reveal(crate::games::Reveal::Whole));
    let reveal = game.reveal.or(whole)?;
    match ask {
        Ask::Dice { .. } => Some(reveal.open_key),
        Ask::Shuffle { .. } => reveal
            .card_key
            .or_else(|| whole.and_then(|whole| whole.card_key)),
    }
}

/// Whose salts there are, and when they came. Only a salt that came after the commitment was told binds the referee: what it
/// knew before, it could choose the seed by.
#[derive(Default)]
struct Salts {
    after: Vec<PersonId>,
    before: Option<PersonId>,
}

impl Salts {
    fn of(entries: &[Entry]) -> Salts {
        let mut salts = Salts::default();
        for event in entries.iter().flat_map(|entry| &entry.events) {
            match event {
                Event::Challenged { by, salt, .. } | Event::Opened { by, salt, .. } => {
                    salts.before = salt.as_ref().map(|_| *by);
                }
                Event::Accepted { by, salt: Some(_) } => salts.after.push(*by),
                _ => {}
            }
        }
        salts
    }
}

impl std::fmt::Display for Salts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let after: Vec<String> = self.after.iter().map(ToString::to_string).collect();
        match after.join(" and ") {
            none if none.is_empty() => {
                f.write_str("no salt came after the commitment, so the referee alone chose it")?;
            }
            who => write!(
                f,
                "{who} added a salt after the commitment, unknown to the referee when it chose"
            )?,
        }
        match self.before {
            Some(who) => write!(
                f,
                "; the salt of {who} came with the challenge, before the commitment, and binds nobody"
            ),
            None => Ok(()),
        }
    }
}

fn words(game: &Match, entries: &[Entry], redrawn: usize, shown: usize) -> String {
    if game.luck.draws == 0 {
        return "none was needed".to_owned();
    }
    let salts = Salts::of(entries);
    let draws = game.luck.draws as usize;
    match (game.reveal.is_some(), redrawn) {
        (false, 0) => format!("not revealed before the end, {shown} opened cards fit; {salts}"),
        _ => format!(
            "the reveal fits the commitment, {redrawn} of {draws} draws redrawn, {shown} opened cards fit; {salts}"
        ),
    }
}
