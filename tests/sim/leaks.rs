//! What must not leave the process: seeds, keys of decks, and the other player's card.

use std::collections::BTreeMap;

use xmpp_referee::commands::Answer;
use xmpp_referee::engine::{About, Act, Effect, Live, World};
use xmpp_referee::games::Reveal;
use xmpp_referee::kit::{MatchId, PersonId, Seat};

/// What nobody may be told.
#[derive(Default)]
pub struct Secrets {
    /// In hexadecimal, never told.
    pub seeds: Vec<String>,
    /// In hexadecimal, told at the end of matches that reveal the whole seed, never of others.
    pub card_keys: BTreeMap<MatchId, String>,
}

impl Secrets {
    pub fn check_effect(&self, world: &World, effect: &Effect) -> Result<(), String> {
        let text = format!("{effect:?}");
        self.check_keys(world, &text)?;
        let (viewer, about) = match &effect.act {
            Act::Tell(note) => (Some(note.to), note.about),
            Act::Announce { game, .. } => (None, Some(*game)),
            Act::Publish { item, .. } => match item.event.about {
                About::Match(id) => (None, Some(id)),
                About::Clan(_) => (None, None),
            },
            _ => return Ok(()),
        };
        check_cards(world, about, viewer, &text).map_err(|why| format!("{}: {why}", effect.id))
    }

    pub fn check_answer(&self, world: &World, to: PersonId, answer: &Answer) -> Result<(), String> {
        let text = format!("{answer:?}");
        self.check_keys(world, &text)?;
        let about = text
            .split_once("(\"match\", Text(\"")
            .and_then(|(_, rest)| rest.split('"').next()?.parse().ok());
        check_cards(world, about, Some(to), &text)
    }

    fn check_keys(&self, world: &World, text: &str) -> Result<(), String> {
        if self.seeds.iter().any(|seed| text.contains(seed)) {
            return Err(format!("a seed is told: {text}"));
        }
        for (id, key) in &self.card_keys {
            let spec = world
                .live(*id)
                .and_then(|live| live.game.terms.game())
                .map(|game| game.spec());
            let over = world
                .live(*id)
                .is_some_and(|live| live.game.verdict.is_some());
            let may = over && spec.is_some_and(|spec| spec.reveal == Reveal::Whole);
            if !may && text.contains(key) {
                return Err(format!("the card key of {id} is told: {text}"));
            }
        }
        Ok(())
    }
}

/// Checks that a text about a match of Kuhn poker shows its reader no card but the own.
fn check_cards(
    world: &World,
    about: Option<MatchId>,
    reader: Option<PersonId>,
    text: &str,
) -> Result<(), String> {
    let Some(live) = about.and_then(|id| world.live(id)) else {
        return Ok(());
    };
    if live.game.terms.game != "kuhn-poker" {
        return Ok(());
    }
    let seat = reader.and_then(|reader| live.game.seat_of(reader));
    let leak = |what: &str| Err(format!("{what} is told to {reader:?}: {text}"));
    // One record may deal several hands, when flags fall one after the other.
    let held = words_after(text, "You hold the ");
    let own = seat.map_or(Vec::new(), |seat| own_cards(live, seat));
    // An answer is older than what the rest of its batch has dealt.
    let told = held.is_empty() || own.windows(held.len()).any(|hands| hands == held);
    if !told {
        return leak("another's card");
    }
    for cards in words_after(text, "cards=") {
        for (letter, place) in cards.chars().zip(0..2) {
            // In a series sides change, and an answer may be of the game before.
            let own = seat.is_some_and(|seat| {
                let held = own_places(live, seat)
                    .into_iter()
                    .zip(own_cards(live, seat));
                let fits = |(at, card): (u8, &str)| {
                    at == place && card.starts_with(letter.to_ascii_lowercase())
                };
                held.into_iter().any(fits)
            });
            if !own && !matches!(letter, '?' | '-') {
                return leak("a hidden position");
            }
        }
    }
    for part in text.split("Part { name: \"card\"").skip(1) {
        let attrs = part.split("text:").next().unwrap_or_default();
        let own = |seat: Seat| {
            let places = own_places(live, seat).into_iter().zip(0..);
            let mut own =
                places.map(|(at, deck)| format!("[(\"deck\", \"{deck}\"), (\"at\", \"{at}\")"));
            own.any(|own| attrs.contains(&own))
        };
        if !seat.is_some_and(own) {
            return leak("the proof of another's card");
        }
    }
    Ok(())
}

/// The word that follows each occurrence of a beginning.
fn words_after<'a>(text: &'a str, beginning: &str) -> Vec<&'a str> {
    let end = |c: char| !c.is_alphanumeric() && !matches!(c, '?' | '-');
    let rests = text.split(beginning).skip(1);
    rests.filter_map(|rest| rest.split(end).next()).collect()
}

/// Where the cards of a seat lie in each deck: in every other game of a series it has the other side.
fn own_places(live: &Live, seat: Seat) -> Vec<u8> {
    let games = live.game.tally.as_ref().map(|tally| tally.games.as_slice());
    let games = games.unwrap_or_default();
    let place = |deck: u32| {
        let before = games.iter().filter(|game| game.decks <= deck).count();
        if before % 2 == 1 {
            seat.other().0
        } else {
            seat.0
        }
    };
    let decks = u32::try_from(live.game.luck.decks.len()).unwrap_or(0);
    (0..decks).map(place).collect()
}

/// The cards a seat was dealt, hand by hand.
fn own_cards(live: &Live, seat: Seat) -> Vec<&'static str> {
    let decks = live.game.luck.decks.iter().zip(own_places(live, seat));
    let cards = decks.filter_map(|((_, order), place)| order.reveal().get(usize::from(place)));
    cards
        .map(|card| ["jack", "queen", "king"][usize::from(*card)])
        .collect()
}
