//! What is said of matches between clans, to those who speak for them and to those who play.

use super::clans::ClanStory;
use super::sentences::full_stop;
use crate::clans::Permission;
use crate::clans::calendar::shown_in;
use crate::clans::fixtures::{Drop, Event, LineUp, Off, Offer, Outcome};
use crate::engine::effect::{Act, Part};
use crate::games;
use crate::kit::{ClanTag, FixtureId, PersonId, Timestamp};
use crate::matches::Terms;

/// What is proposed, as one line: game, options, format, and the time in the reader's zone.
pub fn offer_words(offer: &Offer, zone: Option<&str>) -> String {
    let title = games::find(&offer.game).map_or(offer.game.as_str(), |game| game.spec().title);
    let mut words = vec![title.to_owned()];
    if let Ok(terms) = serde_json::from_value::<Terms>(offer.terms.clone()) {
        let options = terms
            .game()
            .map(|game| game.spec().options)
            .unwrap_or_default();
        let setup = terms.setup.text(options);
        let maps = terms.is_elsewhere() && !setup.contains("bo=");
        words.extend(maps.then(|| format!("bo={}", terms.setup.number("bo"))));
        words.extend((!setup.is_empty()).then_some(setup));
        words.extend(
            terms
                .series()
                .map(|series| format!("best of {}", series.best)),
        );
        match terms.boards() {
            0 => {}
            boards => words.push(format!("{boards} boards")),
        }
        words.push(terms.clock_words());
        words.extend(terms.rated.then(|| "rated".to_owned()));
    }
    words.push(match offer.at {
        Some(at) => format!("on {}", shown_in(at, zone)),
        None => "as soon as both line-ups are in".to_owned(),
    });
    words.join(", ")
}

/// How many players a line-up needs: `2 players`, `1 to 6 players`.
pub fn players_words(offer: &Offer) -> String {
    match offer.players {
        (1, 1) => "1 player".to_owned(),
        (least, most) if least == most => format!("{most} players"),
        (least, most) => format!("{least} to {most} players"),
    }
}

impl ClanStory<'_> {
    /// The effects of an event about a match with another clan, for this clan.
    pub(super) fn tell_fixture(&self, event: &Event) -> Vec<Act> {
        let id = event.fixture();
        let Some(with) = self.opponent(id) else {
            return Vec::new();
        };
        match event {
            Event::Called { offer, until, .. } => {
                self.called(event, with, offer, *until, "challenges you")
            }
            Event::Countered { offer, until, .. } => {
                self.called(event, with, offer, *until, "proposes something else")
            }
            Event::Agreed { lock, .. } => self.agreed(event, with, *lock),
            Event::Off {
                why, side, reason, ..
            } => self.off(event, with, *why, *side, reason),
            Event::Named { lineup, .. } => self.named(event, with, lineup),
            Event::Dropped { who, why, .. } => self.dropped(event, *who, *why),
            Event::Locked { lineup, .. } => self.locked(event, with, lineup),
            Event::Begun { game, .. } => {
                let text = format!(
                    "The match {id} against {with} has begun, as {game}. Type `watch {game}` to be told how it goes."
                );
                let mut acts = self.to_members(event.word(), &self.fixture_parts(event), &text);
                // Whoever plays is told by the match itself.
                let live = self.world.live(*game);
                let playing = live.map_or_else(Vec::new, |live| live.game.people());
                acts.retain(|act| !matches!(act, Act::Tell(note) if playing.contains(&note.to)));
                acts
            }
            Event::Result { outcome, score, .. } => self.resulted(event, with, *outcome, score),
            Event::Due { .. } => Vec::new(),
        }
    }

    /// The other clan of a match, also of one that was just ended.
    fn opponent(&self, id: FixtureId) -> Option<ClanTag> {
        let fixtures = &self.clan().fixtures;
        let open = fixtures.open.get(&id).map(|one| one.with);
        let played = || fixtures.played(id).map(|one| one.with);
        let ended = || fixtures.ended(id).map(|one| one.with);
        open.or_else(played).or_else(ended)
    }

    fn called(
        &self,
        event: &Event,
        with: ClanTag,
        offer: &Offer,
        until: Timestamp,
        what: &str,
    ) -> Vec<Act> {
        // Whoever proposed this for the own side has the answer to their command.
        if offer.side == self.clan().tag {
            return Vec::new();
        }
        let id = event.fixture();
        self.to_each_speaker(event, |zone| {
            format!(
                "{} ({}) {what}, {id}: {}. Answer by {}: `clan accept {id}`, `clan decline {id}` or `clan counter {id}` with another time or rule.",
                with,
                self.name(offer.by),
                offer_words(offer, zone),
                shown_in(until, zone)
            )
        })
    }

    fn agreed(&self, event: &Event, with: ClanTag, lock: Timestamp) -> Vec<Act> {
        let id = event.fixture();
        let Some(fixture) = self.clan().fixtures.open.get(&id) else {
            return Vec::new();
        };
        let text = |zone: Option<&str>| {
            let lock = shown_in(lock, zone);
            let how = match fixture.offer.at {
                Some(_) => format!("Line-ups are locked {lock}."),
                None => {
                    format!("Line-ups are locked as soon as both are in, {lock} at the latest.")
                }
            };
            format!(
                "The match {id} against {with} is agreed: {}. {how} Name yours: `clan lineup {id}` and {}.",
                offer_words(&fixture.offer, zone),
                players_words(&fixture.offer)
            )
        };
        let mut told: Vec<PersonId> = self.clan().those_who_may(Permission::Lineup).collect();
        told.extend(self.clan().those_who_may(Permission::Speak));
        told.sort();
        told.dedup();
        // Whoever accepted has that in the answer.
        told.retain(|who| self.decided.by != Some(*who));
        let parts = self.fixture_parts(event);
        let note = |who| self.note(who, event.word(), parts.clone(), text(self.zone(who)));
        told.into_iter().map(note).collect()
    }

    fn off(
        &self,
        event: &Event,
        with: ClanTag,
        why: Off,
        side: Option<ClanTag>,
        reason: &str,
    ) -> Vec<Act> {
        let id = event.fixture();
        let who = side.map_or_else(|| "the referee".to_owned(), |side| side.to_string());
        let text = match why {
            Off::Declined => format!("{who} declined {id}."),
            Off::Withdrawn => format!("{who} took {id} back."),
            Off::CalledOff => {
                format!("{who} called {id} off; the match against {with} is not played.")
            }
            Off::Expired => format!("{who} did not answer {id} in time."),
            Off::NoLineup => format!(
                "{who} had no full line-up for {id}; the match against {with} is called off without a result."
            ),
            Off::Disbanded => format!("{who} is disbanded, so {id} is not played."),
            Off::Misfit => format!("{id} could not be set up, so it is not played."),
        };
        let own = side == Some(self.clan().tag);
        let next = match why {
            Off::Declined if !own => " You may ask again after a day.".to_owned(),
            Off::CalledOff | Off::NoLineup | Off::Misfit => {
                format!(" Type `clan challenge {with}` for another match.")
            }
            // That the clan is no more is told by itself.
            Off::Disbanded if own => return Vec::new(),
            _ => String::new(),
        };
        let said = match reason {
            "" => String::new(),
            reason => format!(" They say: {}", full_stop(reason)),
        };
        let text = format!("{text}{said}{next}");
        match why {
            Off::Declined | Off::Withdrawn | Off::Expired => self.to_speakers(event, &text),
            // Those who were to play want to know.
            _ => self.to_members(event.word(), &self.fixture_parts(event), &text),
        }
    }

    fn named(&self, event: &Event, with: ClanTag, lineup: &LineUp) -> Vec<Act> {
        let id = event.fixture();
        let Some(fixture) = self.clan().fixtures.open.get(&id) else {
            return Vec::new();
        };
        let place = |who: PersonId| match lineup.people.iter().position(|one| *one == who) {
            Some(place) if fixture.offer.players.0 > 1 => format!(", on board {}", place + 1),
            Some(0) if fixture.offer.players.1 > 1 => ", as captain".to_owned(),
            Some(_) => String::new(),
            None => ", as substitute".to_owned(),
        };
        let told = lineup.all().filter(|who| self.decided.by != Some(*who));
        let note = |who| {
            let text = format!(
                "You play against {with} ({id}){}: {}. Type `clan decline {id}` if you cannot.",
                place(who),
                offer_words(&fixture.offer, self.zone(who))
            );
            self.note(who, event.word(), self.fixture_parts(event), text)
        };
        told.map(note).collect()
    }

    fn dropped(&self, event: &Event, who: PersonId, why: Drop) -> Vec<Act> {
        let id = event.fixture();
        let name = self.name(who);
        let why = match why {
            Drop::SaidNo => "cannot play",
            Drop::Gone => "does not play for us any more",
        };
        let text = format!(
            "{name} {why} in {id}. Type `clan lineup {id}` with all names to fill the place."
        );
        self.to_those_who_may(
            Permission::Lineup,
            event.word(),
            &self.fixture_parts(event),
            &text,
        )
    }

    fn locked(&self, event: &Event, with: ClanTag, lineup: &LineUp) -> Vec<Act> {
        let id = event.fixture();
        let text = match lineup.people.is_empty() {
            true => format!("Nobody is named for {id} against {with}, and line-ups are locked."),
            false => format!(
                "Your line-up for {id} against {with} is locked: {}.",
                self.names_of(lineup)
            ),
        };
        let parts = self.fixture_parts(event);
        let mut told: Vec<PersonId> = self.clan().those_who_may(Permission::Lineup).collect();
        told.extend(lineup.all());
        told.sort();
        told.dedup();
        let note = |who| self.note(who, event.word(), parts.clone(), text.clone());
        told.into_iter().map(note).collect()
    }

    fn resulted(
        &self,
        event: &Event,
        with: ClanTag,
        outcome: Option<Outcome>,
        score: &str,
    ) -> Vec<Act> {
        let (id, tag) = (event.fixture(), self.clan().tag);
        let score = if score.is_empty() {
            String::new()
        } else {
            format!(" {score}")
        };
        let text = match outcome {
            Some(Outcome::Won) => format!("We won{score} against {with} ({id})."),
            Some(Outcome::Drawn) => format!("We drew{score} with {with} ({id})."),
            Some(Outcome::Lost) => format!("We lost{score} to {with} ({id})."),
            Some(Outcome::Void) => {
                format!("The match against {with} ({id}) ended without a result.")
            }
            None => format!(
                "The match against {with} ({id}) goes on; its result does not count for now."
            ),
        };
        let text = format!("{text} Type `clan history {tag}` to see all.");
        self.to_members(event.word(), &self.fixture_parts(event), &text)
    }

    /// A message to each of those who speak for the clan, made for the zone of the reader.
    fn to_each_speaker(&self, event: &Event, text: impl Fn(Option<&str>) -> String) -> Vec<Act> {
        let told = self.clan().those_who_may(Permission::Speak);
        let told = told.filter(|who| Some(*who) != self.decided.by);
        let parts = self.fixture_parts(event);
        told.map(|who| self.note(who, event.word(), parts.clone(), text(self.zone(who))))
            .collect()
    }

    fn to_speakers(&self, event: &Event, text: &str) -> Vec<Act> {
        self.to_those_who_may(
            Permission::Speak,
            event.word(),
            &self.fixture_parts(event),
            text,
        )
    }

    fn names_of(&self, lineup: &LineUp) -> String {
        let names = |list: &[PersonId]| {
            let names: Vec<String> = list.iter().map(|who| self.name(*who)).collect();
            names.join(", ")
        };
        match lineup.subs.is_empty() {
            true => names(&lineup.people),
            false => format!(
                "{}; substitutes {}",
                names(&lineup.people),
                names(&lineup.subs)
            ),
        }
    }

    /// What programs are told.
    fn fixture_parts(&self, event: &Event) -> Vec<Part> {
        let id = event.fixture();
        let mut fixture = Part::new("fixture", id.to_string());
        if let Some(with) = self.opponent(id) {
            fixture = fixture.with("against", with);
        }
        let mut parts = vec![fixture];
        match event {
            Event::Called { offer, until, .. } | Event::Countered { offer, until, .. } => {
                parts.extend(offer_parts(offer));
                parts.push(Part::new("until", until.to_string()));
            }
            Event::Agreed { lock, .. } => {
                let open = self.clan().fixtures.open.get(&id);
                parts.extend(open.iter().flat_map(|one| offer_parts(&one.offer)));
                parts.push(Part::new("lock", lock.to_string()));
            }
            Event::Off { why, .. } => {
                let word = serde_json::to_value(why).ok();
                let word = word
                    .as_ref()
                    .and_then(|word| word.as_str())
                    .unwrap_or_default();
                parts.push(Part::new("why", word));
            }
            Event::Named { lineup, .. } | Event::Locked { lineup, .. } => {
                let handles = |list: &[PersonId]| {
                    list.iter()
                        .map(|who| self.name(*who))
                        .collect::<Vec<_>>()
                        .join(" ")
                };
                parts.push(
                    Part::new("lineup", handles(&lineup.people))
                        .with("subs", handles(&lineup.subs)),
                );
            }
            Event::Dropped { who, .. } => parts.push(Part::new("person", self.name(*who))),
            Event::Begun { game, .. } => parts.push(Part::new("match", game.to_string())),
            Event::Result { outcome, score, .. } => {
                let word = outcome.map_or("undone", Outcome::word);
                parts.push(Part::new("result", word).with("score", score));
                let played = self.clan().fixtures.played(id);
                parts.extend(played.map(|one| Part::new("match", one.id.to_string())));
            }
            Event::Due { .. } => {}
        }
        parts
    }
}

fn offer_parts(offer: &Offer) -> Vec<Part> {
    let mut parts = vec![
        Part::new("game", offer.game.clone()),
        Part::new("offer", offer_words(offer, None)).with("side", offer.side),
    ];
    parts.extend(offer.at.map(|at| Part::new("start", at.to_string())));
    parts
}
