//! The story of a record: who is told what. The one place where events turn into sentences and effects.
//!
//! Nothing secret passes here by accident: public texts are made from [`Fact::Public`], the public twin of
//! [`Fact::Split`] and the public view; a seat's texts from what that seat may see. This room refuses to know doors: it says
//! who hears what, never how. Begin reading with [`effects`]; `sentences` has the words, `notes` goes to people, `rooms`
//! to rooms, `feed` to feeds, and `parts` is what programs read.

mod accounts;
mod again;
mod aside;
mod clan_calendar;
mod clan_fixtures;
mod clan_mates;
mod clan_pages;
mod clan_rooms;
mod clans;
mod feed;
mod moderation;
mod notes;
mod parts;
mod rooms;
mod sentences;
mod teams;

pub use clan_fixtures::{offer_words, players_words};
pub use clan_pages::{page_item, page_item_id};
pub use feed::retell;
pub use sentences::{full_stop, sentence, turn_line, with_names};

use super::behind::Told;
use super::decided::{Decided, What};
use super::effect::{Act, Effect, Note};
use super::planted::{self, Bug};
use super::rating;
use super::ruling::referees_for;
use super::service::ServiceEvent;
use super::world::{Applied, Facts, Live, World};
use crate::clans::People;
use crate::games::{Fact, Viewer};
use crate::kit::{PersonId, Stream, Timestamp, Words};
use crate::matches::{Event, Match, Visibility};

/// The node of what is going on, as a suffix of the domain.
pub const NEWS_NODE: &str = "events";

/// All effects of a record that was just applied.
pub fn effects(world: &World, decided: &Decided, applied: &Applied) -> Vec<Effect> {
    let (stream, acts) = match &decided.what {
        What::Service { events, .. } => {
            let acts = service_acts(world, events, decided.at);
            ("service".to_owned(), acts)
        }
        What::Match { id, made } => match world.live(*id) {
            Some(live) => (
                id.to_string(),
                match_acts(world, live, decided, &made.events, applied),
            ),
            None => return Vec::new(),
        },
        What::Clan { tag, events } => match world.clans.get(*tag) {
            Some(live) => (
                Stream::Clan(*tag).to_string(),
                clans::clan_acts(world, live, decided, events),
            ),
            None => return Vec::new(),
        },
    };
    let numbered = acts.into_iter().enumerate();
    numbered
        .map(|(k, act)| Effect {
            id: format!("{stream}/{}/{k}", decided.v),
            n: decided.n,
            act,
        })
        .collect()
}

fn service_acts(world: &World, events: &[ServiceEvent], at: Timestamp) -> Vec<Act> {
    let one = |event: &ServiceEvent| match event {
        ServiceEvent::Rested { who, about, clans } => {
            let rested = again::rested(world, *who, about, clans, at);
            rested.into_iter().collect()
        }
        ServiceEvent::Digested { who, about } => again::digested(world, *who, about, at)
            .into_iter()
            .collect(),
        ServiceEvent::Referee { who, on } => {
            let words = Words::line(match on {
                true => {
                    "You are a human referee here now: you are told when a match waits for a ruling."
                }
                false => "You are no human referee here any more.",
            });
            let words = match on {
                true => {
                    words.and("Type `my` to see what waits, and `help rule` to see how to rule.")
                }
                false => words,
            };
            vec![Act::Tell(Note {
                to: *who,
                about: None,
                clan: None,
                words,
                event: None,
                turn: None,
            })]
        }
        ServiceEvent::Announced { text } => vec![Act::Lobby {
            words: Words::line(text.clone()),
        }],
        ServiceEvent::Rated(rated) => {
            let notes = rating::notes(world, rated).into_iter();
            notes.map(Act::Tell).collect()
        }
        ServiceEvent::Swept { node, .. } => vec![Act::CloseFeed { node: node.clone() }],
        ServiceEvent::SetAside { .. } | ServiceEvent::Returned { .. } => aside::acts(event),
        other => [accounts::acts(world, other), moderation::acts(world, other)].concat(),
    };
    events.iter().flat_map(one).collect()
}

/// The effects of a match's record: those for its players, and those for everybody else, which may tell of earlier records.
fn match_acts(
    world: &World,
    live: &Live,
    decided: &Decided,
    events: &[Event],
    applied: &Applied,
) -> Vec<Act> {
    let flag = |event: &Event| matches!(event, Event::Flagged { .. });
    let halt = |event: &Event| matches!(event, Event::Halted { .. });
    let flags = planted::is(Bug::FlagPanics) || planted::is(Bug::HaltPanics);
    assert!(!(flags && events.iter().any(flag)), "planted");
    assert!(
        !(planted::is(Bug::HaltPanics) && events.iter().any(halt)),
        "planted"
    );
    let story = Story::of(world, live, decided, events, &applied.facts);
    let mut acts = Vec::new();
    story.for_players(&mut acts);
    match &applied.told {
        None => {
            story.tell_watchers(&mut acts);
            story.house(&mut acts);
            story.for_everybody(&mut acts);
        }
        Some(told) => {
            story.house(&mut acts);
            for late in told.iter().map(|told| Story::late(world, told)) {
                late.tell_watchers(&mut acts);
                late.for_everybody(&mut acts);
            }
            story.tell_doors(&mut acts);
        }
    }
    acts
}

/// What a decision of a match came to, for the player who asked for it: the game's own words, and the end.
///
/// The deed itself is left out: whoever did it knows.
pub fn heard(world: &World, decided: &Decided, facts: &Facts) -> Vec<String> {
    let What::Match { id, made } = &decided.what else {
        return Vec::new();
    };
    let (Some(live), Some(by)) = (world.live(*id), decided.by) else {
        return Vec::new();
    };
    let story = Story::of(world, live, decided, &made.events, facts);
    let viewer = live.game.seat_of(by).map_or(Viewer::Public, Viewer::Seat);
    let mut heard = Vec::new();
    for (event, facts) in made.events.iter().zip(facts) {
        // The next game of a series has a message of its own.
        if matches!(event, Event::Next { .. }) {
            break;
        }
        heard.extend(match event {
            Event::Over { .. } | Event::Scored { .. } => story.event_lines(event, facts, viewer),
            _ => story.fact_lines(facts, viewer),
        });
    }
    heard
}

/// One record of one match, about to be told.
struct Story<'a> {
    people: &'a People,
    domain: &'a str,
    /// The node of what is going on, once it is ours.
    news: Option<&'a String>,
    /// The human referees who may rule on this match, where it begins to wait for one.
    referees: Vec<PersonId>,
    live: &'a Live,
    decided: &'a Decided,
    events: &'a [Event],
    facts: &'a Facts,
    /// The place in the record of the first of these events.
    first: usize,
}

impl<'a> Story<'a> {
    fn of(
        world: &'a World,
        live: &'a Live,
        decided: &'a Decided,
        events: &'a [Event],
        facts: &'a Facts,
    ) -> Story<'a> {
        let called = events.iter().any(|event| {
            matches!(
                event,
                Event::Disputed { .. }
                    | Event::Appealed { .. }
                    | Event::Stalled { .. }
                    | Event::Halted { .. }
            )
        });
        let referees = match called {
            true => referees_for(world, &live.game),
            false => Vec::new(),
        };
        Story {
            people: &world.people,
            domain: &world.domain,
            news: world.service.news.as_ref(),
            referees,
            live,
            decided,
            events,
            facts,
            first: 0,
        }
    }

    /// What spectators are told later than the players.
    fn late(world: &'a World, told: &'a Told) -> Story<'a> {
        Story {
            first: told.first,
            ..Story::of(world, &told.live, &told.decided, told.events(), &told.facts)
        }
    }

    fn for_players(&self, acts: &mut Vec<Act>) {
        self.tell_players(acts);
        self.tell_team(acts);
        self.tell_again(acts);
        self.call_referees(acts);
    }

    fn for_everybody(&self, acts: &mut Vec<Act>) {
        self.announce(acts);
        self.publish(acts);
        self.tell_doors(acts);
    }

    /// Doors that draw the match ask for it again; each viewer is shown what is for them.
    fn tell_doors(&self, acts: &mut Vec<Act>) {
        if self.has_public_news() && !self.is_signature() {
            acts.push(Act::Status {
                game: self.game().id,
            });
        }
    }

    fn game(&self) -> &Match {
        &self.live.game
    }

    fn is_public(&self) -> bool {
        self.game().terms.visibility == Visibility::Public
    }

    fn has(&self, wanted: fn(&Event) -> bool) -> bool {
        self.events.iter().any(wanted)
    }

    fn has_public_news(&self) -> bool {
        self.has(|event| event.kind().is_some())
    }

    /// Whether this only signs what has been told already.
    fn is_signature(&self) -> bool {
        self.has(|event| matches!(event, Event::Signed(_)))
    }

    fn has_result(&self) -> bool {
        self.has(|event| matches!(event, Event::Over { verdict, .. } if !verdict.places.is_empty()))
    }

    /// The sentences of this record, from an event on, that a viewer may read, each said once.
    fn lines(&self, viewer: Viewer, from: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for (event, facts) in self.events.iter().zip(self.facts).skip(from) {
            if !self.said_by_another(event) {
                lines.extend(self.event_lines(event, facts, viewer));
            } else {
                lines.extend(self.fact_lines(facts, viewer));
            }
        }
        lines
    }

    /// Whether a later event of the same record says what this one would.
    fn said_by_another(&self, event: &Event) -> bool {
        match event {
            Event::Accepted { .. } => self.has(|event| matches!(event, Event::Started { .. })),
            Event::Shown(_) => true,
            Event::Consented { .. } => self.has(|event| matches!(event, Event::Replaced { .. })),
            // Whoever is still away when a server stays away is told of what follows from it; a ruling says itself that
            // the match goes on.
            Event::Resumed { .. } => {
                let ruled = self.has(|event| matches!(event, Event::Ruled { .. }));
                self.has(|event| matches!(event, Event::Paused { .. }))
                    || (ruled && self.game().standstills.is_empty())
            }
            Event::Drawn { .. } => self.has(|event| matches!(event, Event::Started { .. })),
            Event::Chose { .. } => self.has(|event| matches!(event, Event::Revealed { .. })),
            Event::Resigned { .. } | Event::Flagged { .. } => {
                self.has_result() || self.has(|event| matches!(event, Event::Scored { .. }))
            }
            Event::Over { verdict, .. } => verdict.code == "ruled",
            _ => false,
        }
    }

    fn event_lines(&self, event: &Event, facts: &[Fact], viewer: Viewer) -> Vec<String> {
        let told = self.fact_lines(facts, viewer);
        // Games that tell of a round name the choices themselves, and so do those that are played elsewhere.
        let known = match event {
            Event::Revealed { .. } => !told.is_empty(),
            Event::Moved { .. } => self.game().terms.is_elsewhere(),
            _ => false,
        };
        let own = sentence(self.game(), event, self.domain).filter(|_| !known);
        let own = own.map(|line| match event {
            Event::Ruled { by, .. } => line.replacen("{by}", &self.people.name(*by), 1),
            _ => line,
        });
        let own = own.map(|line| with_names(self.people, self.game(), &line));
        own.into_iter().chain(told).collect()
    }

    /// What the game itself has to say, as a viewer may read it.
    fn fact_lines(&self, facts: &[Fact], viewer: Viewer) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for fact in facts {
            let text = match fact {
                Fact::Public(text) => text,
                Fact::Split { seat, secret, .. }
                    if viewer == Viewer::Seat(*seat) || planted::is(Bug::LeakedView) =>
                {
                    secret
                }
                Fact::Split { public, .. } => public,
                Fact::Opened { .. } => continue,
            };
            if !text.is_empty() {
                lines.push(text.clone());
            }
        }
        lines
            .iter()
            .map(|line| with_names(self.people, self.game(), line))
            .collect()
    }
}
