//! What is done and said in the rooms of matches.

use super::sentences::with_names;
use crate::matches::Visibility;

use super::{Act, Event, Story, Viewer, Words};

impl Story<'_> {
    pub(super) fn house(&self, acts: &mut Vec<Act>) {
        let game = self.game();
        for event in self.events {
            match event {
                Event::Started { .. } if game.terms.room => {
                    let players = game.players().into_iter();
                    let listed = game.terms.visibility == Visibility::Public;
                    acts.push(Act::OpenRoom {
                        game: game.id,
                        people: players.map(|(_, person)| person).collect(),
                        hidden: !listed,
                    });
                    // Both servers show everybody the names of all nodes: what is not listed is in none.
                    acts.extend(listed.then_some(Act::OpenFeed { game: game.id }));
                }
                Event::Housed { room } => {
                    let (game, room) = (game.id, room.clone());
                    let players = self.game().players();
                    acts.push(Act::Admit {
                        game,
                        room,
                        people: players.into_iter().map(|(_, person)| person).collect(),
                    });
                }
                Event::Enlisted { by: person } | Event::Replaced { who: person, .. } => {
                    let plays = game.seat_of(*person).is_some();
                    if let Some(room) = game.room.clone().filter(|_| plays) {
                        acts.push(Act::Admit {
                            game: game.id,
                            room,
                            people: vec![*person],
                        });
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn announce(&self, acts: &mut Vec<Act>) {
        let game = self.game();
        if let (true, Some(room)) = (
            self.has(|event| matches!(event, Event::Vacated)),
            game.left_room.clone(),
        ) {
            let text = format!(
                "The match is over and I leave the room. The record stays: write `record {}` to me.",
                game.id
            );
            acts.push(Act::CloseRoom {
                room,
                words: Words::line(text),
            });
        }
        if let Some(room) = game.room.clone() {
            let opened = self.has(|event| matches!(event, Event::Housed { .. }));
            if !opened && (!self.has_public_news() || self.is_signature()) {
                return;
            }
            let lines = if opened {
                self.present_state()
            } else {
                self.lines(Viewer::Public, 0)
            };
            let words = lines.into_iter().fold(Words::default(), Words::and);
            let mut words = words.board(game.view(Viewer::Public).board);
            if let [seat] = game.waits_for().as_slice() {
                let next = match game.prompt(*seat) {
                    Some(prompt) => format!("{{{seat}}} has to {}.", prompt.task),
                    None => format!("{{{seat}}} to move."),
                };
                words = words.and(with_names(self.people, game, &next));
            }
            acts.push(Act::Announce {
                game: game.id,
                room,
                words,
                event: self.event_out(Viewer::Public, false),
            });
        }
    }

    pub(super) fn present_state(&self) -> Vec<String> {
        let game = self.game();
        let title = game.terms.game().map_or("game", |game| game.spec().title);
        let line = format!(
            "Match {} ({title}, {}): {{0}} against {{1}}, {} moves so far.",
            game.id,
            game.terms.clock_words(),
            game.plays
        );
        let mut lines = vec![with_names(self.people, game, &line)];
        // Spectators have no voice here, and a private message through a room says nothing of who wrote it.
        let (me, id) = (format!("referee@{}", self.domain), game.id);
        lines.push(match game.terms.delay {
            Some(delay) => format!(
                "Players write to {me}. Spectators see the position {} later; they type `show {id}` there.",
                delay.words()
            ),
            None if game.hides_choices() => {
                format!("Players send their choices to {me}. Spectators type `show {id}` there.")
            }
            None => format!(
                "Players type `!` and their move here, or just the move to {me}. Spectators type `show {id}` there."
            ),
        });
        lines
    }
}
