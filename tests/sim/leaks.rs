//! What must not leave the process: seeds, keys of decks, the other player's card, and what somebody chose before all have.

use std::cell::Cell;
use std::collections::BTreeMap;

use xmpp_referee::commands::Answer;
use xmpp_referee::engine::{About, Act, Effect, Live, World};
use xmpp_referee::games::{Game, Reveal, Viewer};
use xmpp_referee::kit::{MatchId, PersonId, Seat};
use xmpp_referee::matches::{Event, Sealed};

/// What nobody may be told.
#[derive(Default)]
pub struct Secrets {
    /// In hexadecimal, never told.
    pub seeds: Vec<String>,
    /// In hexadecimal, told at the end of matches that reveal the whole seed, never of others.
    pub card_keys: BTreeMap<MatchId, String>,
    /// What was chosen in the record that is told of now, and is not revealed in it.
    choice: Option<Choice>,
    /// How many texts about matches with hidden cards, and about choices that nobody knows yet, were looked at.
    pub looked: (Cell<u64>, Cell<u64>),
}

/// A choice that only one may know.
struct Choice {
    game: MatchId,
    by: PersonId,
    text: String,
    /// All that could have been chosen.
    options: Vec<String>,
    /// The position, which tells of choices that were revealed before, as it is written and as it is drawn.
    known: [String; 2],
}

/// How a game hides what it hides.
#[derive(PartialEq)]
enum Hides {
    Cards,
    Choices,
}

/// What to look for in a match of this game, by what the registry says of it.
fn hides(game: &dyn Game) -> Option<Hides> {
    let spec = game.spec();
    spec.hidden.then_some(match spec.reveal {
        Reveal::PerCard => Hides::Cards,
        Reveal::Whole => Hides::Choices,
    })
}

fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

impl Secrets {
    pub fn check_effect(&self, world: &World, effect: &Effect) -> Result<(), String> {
        let text = format!("{effect:?}");
        self.check_keys(world, &text)?;
        self.check_choice(effect, &text)?;
        let (viewer, about) = match &effect.act {
            Act::Tell(note) => (Some(note.to), note.about),
            Act::Announce { game, .. } => (None, Some(*game)),
            Act::Publish { item, .. } => match item.event.about {
                About::Match(id) => (None, Some(id)),
                About::Clan(_) => (None, None),
            },
            _ => return Ok(()),
        };
        self.check_cards(world, about, viewer, &text)
            .map_err(|why| format!("{}: {why}", effect.id))
    }

    /// Notes what a record seals, before anybody is told of it. `live` is the match as the record leaves it.
    pub fn note_choice(&mut self, live: Option<&Live>, events: &[Event], sealed: &[Sealed]) {
        self.choice = None;
        let open = |event: &Event| matches!(event, Event::Revealed { .. });
        let Some(live) = live.filter(|_| !events.iter().any(open)) else {
            return;
        };
        let chosen = sealed.iter().find_map(|sealed| match sealed {
            Sealed::Choice { seat, text } => Some((*seat, text.reveal().clone())),
            _ => None,
        });
        if let (Some((seat, text)), Some(table)) = (chosen, live.game.table()) {
            let view = table.view(Viewer::Public);
            let board = format!("{:?}", view.board);
            self.choice = Some(Choice {
                game: live.game.id,
                by: live.game.seats[seat.index()],
                text,
                options: table.legal(seat).shown(),
                known: [view.position, board.trim_matches('"').to_owned()],
            });
        }
    }

    /// All of a record has been told.
    pub fn told(&mut self) {
        self.choice = None;
    }

    /// Whoever reads of a choice before it is revealed may find it named no more often than all that was not chosen.
    fn check_choice(&self, effect: &Effect, text: &str) -> Result<(), String> {
        let Some(choice) = &self.choice else {
            return Ok(());
        };
        if matches!(&effect.act, Act::Tell(note) if note.to == choice.by) {
            return Ok(());
        }
        count(&self.looked.1);
        let fresh =
            (choice.known.iter()).fold(text.to_owned(), |text, known| match known.is_empty() {
                true => text,
                false => text.replace(known, ""),
            });
        let named = |option: &String| fresh.matches(option.as_str()).count();
        let others = choice.options.iter().filter(|one| **one != choice.text);
        let least = others.map(named).min().unwrap_or(0);
        if named(&choice.text) > least {
            return Err(format!(
                "{} tells what {} chose in {}: {text}",
                effect.id, choice.by, choice.game
            ));
        }
        Ok(())
    }

    pub fn check_answer(&self, world: &World, to: PersonId, answer: &Answer) -> Result<(), String> {
        let text = format!("{answer:?}");
        self.check_keys(world, &text)?;
        let about = text
            .split_once("(\"match\", Text(\"")
            .and_then(|(_, rest)| rest.split('"').next()?.parse().ok());
        self.check_cards(world, about, Some(to), &text)
    }

    /// Checks that a text about a match with hidden cards shows its reader no card but the own.
    fn check_cards(
        &self,
        world: &World,
        about: Option<MatchId>,
        reader: Option<PersonId>,
        text: &str,
    ) -> Result<(), String> {
        let Some(live) = about.and_then(|id| world.live(id)) else {
            return Ok(());
        };
        let game = live.game.terms.game();
        if !game.is_some_and(|game| hides(game) == Some(Hides::Cards)) {
            return Ok(());
        }
        count(&self.looked.0);
        check_proofs(live, reader, text)?;
        match live.game.terms.game.as_str() {
            "kuhn-poker" => check_kuhn(live, reader, text),
            other => Err(format!("nobody has said how {other} speaks of its cards")),
        }
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

fn leak(what: &str, reader: Option<PersonId>, text: &str) -> Result<(), String> {
    Err(format!("{what} is told to {reader:?}: {text}"))
}

/// Checks that nobody has the proof of another's card.
fn check_proofs(live: &Live, reader: Option<PersonId>, text: &str) -> Result<(), String> {
    let seat = reader.and_then(|reader| live.game.seat_of(reader));
    for part in text.split("Part { name: \"card\"").skip(1) {
        let attrs = part.split("text:").next().unwrap_or_default();
        let own = |seat: Seat| {
            let places = own_places(live, seat).into_iter().zip(0..);
            let mut own =
                places.map(|(at, deck)| format!("[(\"deck\", \"{deck}\"), (\"at\", \"{at}\")"));
            own.any(|own| attrs.contains(&own))
        };
        if !seat.is_some_and(own) {
            return leak("the proof of another's card", reader, text);
        }
    }
    Ok(())
}

/// Checks that a text about a match of Kuhn poker shows its reader no card but the own.
fn check_kuhn(live: &Live, reader: Option<PersonId>, text: &str) -> Result<(), String> {
    let seat = reader.and_then(|reader| live.game.seat_of(reader));
    // One record may deal several hands, when flags fall one after the other.
    let held = words_after(text, "You hold the ");
    let own = seat.map_or(Vec::new(), |seat| own_cards(live, seat));
    // An answer is older than what the rest of its batch has dealt.
    let told = held.is_empty() || own.windows(held.len()).any(|hands| hands == held);
    if !told {
        return leak("another's card", reader, text);
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
                return leak("a hidden position", reader, text);
            }
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
