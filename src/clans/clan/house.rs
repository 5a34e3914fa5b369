//! What a clan has on the server that is ours: its rooms.
//!
//! The door makes them and says so; who made a room counts, not its name, and the journal is the proof after a restart.

use serde::{Deserialize, Serialize};

/// One of the two rooms of a clan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hall {
    /// The members' own.
    Private,
    /// Open to everybody.
    Public,
}

impl Hall {
    /// Both.
    pub const ALL: [Hall; 2] = [Hall::Private, Hall::Public];

    /// Which one, as [`crate::kit`] and the doors say it.
    pub fn of(private: bool) -> Hall {
        if private { Hall::Private } else { Hall::Public }
    }

    /// Whether it is the members' own.
    pub fn is_private(self) -> bool {
        self == Hall::Private
    }
}

/// Something about what is ours. Kinds and fields are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Event {
    /// A room was made and is ours, perhaps again at the same address; one before it is given up.
    Housed {
        /// Which.
        hall: Hall,
        /// Its address.
        room: String,
    },
    /// A room is gone for good.
    Vacated {
        /// Which.
        hall: Hall,
        /// Its address.
        room: String,
    },
}

/// What the door asks to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A room is there and ours.
    Housed {
        /// Which.
        hall: Hall,
        /// Its address.
        room: String,
    },
    /// A room is gone for good.
    Vacated {
        /// Which.
        hall: Hall,
        /// Its address.
        room: String,
    },
}

/// What is ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct House {
    /// The members' room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<String>,
    /// The public room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<String>,
}

impl House {
    /// A room's address.
    pub fn room(&self, hall: Hall) -> Option<&str> {
        match hall {
            Hall::Private => self.private.as_deref(),
            Hall::Public => self.public.as_deref(),
        }
    }

    /// Whether nothing is ours.
    pub fn is_empty(&self) -> bool {
        *self == House::default()
    }

    /// What comes of it: nothing, when it concerns a room that is not ours any more.
    pub fn decide(&self, ask: &Ask) -> Vec<Event> {
        match ask {
            Ask::Housed { hall, room } => vec![Event::Housed {
                hall: *hall,
                room: room.clone(),
            }],
            Ask::Vacated { hall, room } if self.room(*hall) == Some(room) => {
                vec![Event::Vacated {
                    hall: *hall,
                    room: room.clone(),
                }]
            }
            Ask::Vacated { .. } => Vec::new(),
        }
    }

    /// Applies an event.
    pub fn evolve(&mut self, event: &Event) {
        let (hall, room) = match event {
            Event::Housed { hall, room } => (hall, Some(room.clone())),
            Event::Vacated { hall, .. } => (hall, None),
        };
        match hall {
            Hall::Private => self.private = room,
            Hall::Public => self.public = room,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn housed(hall: Hall, room: &str) -> Ask {
        Ask::Housed {
            hall,
            room: room.to_owned(),
        }
    }

    fn lived(house: &mut House, ask: &Ask) -> usize {
        let events = house.decide(ask);
        events.iter().for_each(|event| house.evolve(event));
        events.len()
    }

    #[test]
    fn every_room_that_is_made_is_noted_and_takes_the_place_of_the_one_before() {
        let mut house = House::default();
        assert_eq!(lived(&mut house, &housed(Hall::Private, "a@c")), 1);
        assert_eq!(lived(&mut house, &housed(Hall::Private, "a@c")), 1);
        assert_eq!(house.room(Hall::Public), None);
        assert_eq!(lived(&mut house, &housed(Hall::Private, "b@c")), 1);
        assert_eq!(house.room(Hall::Private), Some("b@c"));
    }

    #[test]
    fn a_room_that_was_given_up_before_is_not_given_up_again() {
        let mut house = House::default();
        lived(&mut house, &housed(Hall::Public, "b@c"));
        let gone = |room: &str| Ask::Vacated {
            hall: Hall::Public,
            room: room.to_owned(),
        };
        assert_eq!(lived(&mut house, &gone("a@c")), 0);
        assert_eq!(lived(&mut house, &gone("b@c")), 1);
        assert!(house.is_empty() && lived(&mut house, &gone("b@c")) == 0);
    }

    #[test]
    fn the_record_says_it_in_few_words() {
        let event = Event::Housed {
            hall: Hall::Private,
            room: "clan-wolves-x2c9@c".to_owned(),
        };
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(
            text,
            r#"{"housed":{"hall":"private","room":"clan-wolves-x2c9@c"}}"#
        );
        assert_eq!(serde_json::to_string(&House::default()).unwrap(), "{}");
    }
}
