//! Roles, start, turns and giving up: the commands `accept join move resign resume`, and what becomes of them.

use std::time::Instant;

use minidom::Element;

use super::enter::outside;
use super::errors::{self, Done, Fault};
use super::room::{Room, at};
use super::words::{self, MUG, USER};
use super::{Asked, Mug, error};
use crate::commands::Answer;
use crate::kit::MatchId;
use crate::xmpp::out::Out;
use crate::xmpp::stanza::{Back, Condition, Head, el};

/// Something that was asked of the writer in somebody's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The match.
    pub game: MatchId,
    /// What.
    pub what: What,
    /// Bare JID of whoever did it.
    pub bare: String,
    /// The client.
    pub full: String,
    /// The address by which the client knows the match.
    pub address: String,
    /// The id of its stanza.
    pub id: Option<String>,
    /// What is repeated in an error.
    pub echo: Option<Element>,
    /// Where the answer to an IQ goes.
    pub back: Option<Back>,
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A move; sealed ones are told to whoever made them alone.
    Turn {
        /// What is played now stays sealed.
        sealed: bool,
    },
    /// To begin, or to go on.
    Start,
    /// To give up.
    Resign,
    /// To put the match away.
    Save,
}

impl Mug {
    /// A role is taken, or given up.
    pub(super) fn take_role(
        &mut self,
        game: MatchId,
        head: &Head,
        element: &Element,
        now: Instant,
    ) -> Vec<Out> {
        let (full, bare) = (&head.from.full, &head.from.bare);
        let refuse = |no: &Fault| {
            let game = Element::bare("game", MUG);
            let back = (head.to.bare.as_str(), full.as_str());
            vec![error("presence", back, head.id.as_deref(), &[&game], no)]
        };
        let Some(role) = element
            .get_child("item", MUG)
            .and_then(|item| item.attr("role"))
        else {
            return refuse(&Fault::new(Condition::BadRequest, ""));
        };
        let nick = self.rooms.get(&game).and_then(|room| room.session(full));
        let Some(nick) = nick.map(|(nick, _)| nick.to_owned()) else {
            return refuse(&outside(&head.to.bare));
        };
        let Some(room) = self.rooms.get(&game) else {
            return Vec::new();
        };
        if role == "none" && room.facts.is_running() && room.facts.seat_of(bare).is_some() {
            let deed = self.deed(game, What::Resign, head, None);
            return vec![self.command(
                (bare, full),
                Some(game),
                "resign",
                Vec::new(),
                Asked::Did(deed),
            )];
        }
        // A claim may change another's role too; giving up a match above is never held up.
        if let Err(no) = self.paced(game, bare, 2, now) {
            return refuse(&no);
        }
        let Some(room) = self.rooms.get_mut(&game) else {
            return Vec::new();
        };
        match claim(room, bare, role) {
            Ok(()) => {
                let mut outs = room.announce(&nick);
                outs.extend(room.announce_changes());
                outs
            }
            Err(no) => refuse(&no),
        }
    }

    fn deed(&self, game: MatchId, what: What, head: &Head, echo: Option<&Element>) -> Box<Deed> {
        Box::new(Deed {
            game,
            what,
            bare: head.from.bare.clone(),
            full: head.from.full.clone(),
            address: head.to.bare.clone(),
            id: head.id.clone(),
            echo: echo.cloned(),
            back: None,
        })
    }

    /// Somebody is ready to start, or to go on.
    pub(super) fn start(&mut self, game: MatchId, head: &Head, now: Instant) -> Vec<Out> {
        let (full, bare) = (&head.from.full, &head.from.bare);
        let echo = Element::bare("start", USER);
        let deed = self.deed(game, What::Start, head, Some(&echo));
        let refuse = |no: &Fault| vec![deed.refused(no)];
        let nick = self.rooms.get(&game).and_then(|room| room.session(full));
        let Some(nick) = nick.map(|(nick, _)| nick.to_owned()) else {
            return refuse(&outside(&head.to.bare));
        };
        if let Err(no) = self.paced(game, bare, 1, now) {
            return refuse(&no);
        }
        let Some(room) = self.rooms.get_mut(&game) else {
            return refuse(&outside(&head.to.bare));
        };
        if matches!(room.facts.stage, "paused" | "adjourned") && room.facts.seat_of(bare).is_some()
        {
            let outs = reflect_start(room, &nick);
            let go_on = self.command(
                (bare, full),
                Some(game),
                "resume",
                Vec::new(),
                Asked::Did(deed),
            );
            return outs.into_iter().chain([go_on]).collect();
        }
        if let Err(no) = may_start(room, bare) {
            return refuse(&no);
        }
        room.ready.insert(bare.clone(), full.clone());
        let mut outs = reflect_start(room, &nick);
        outs.extend(self.begin(game, &head.to.bare));
        outs
    }

    /// Play begins when the one who was asked is ready, and the challenger is too or is not here.
    fn begin(&mut self, game: MatchId, address: &str) -> Option<Out> {
        let room = self.rooms.get(&game)?;
        let owner = &room.facts.owner;
        let is_here = room.people().into_iter().any(|bare| owner.is(bare));
        if is_here && !room.ready.keys().any(|bare| owner.is(bare)) {
            return None;
        }
        let (bare, full) = room.ready.iter().find(|(bare, _)| !owner.is(bare))?;
        let node = if room.facts.stage == "open" {
            "join"
        } else {
            "accept"
        };
        let deed = Box::new(Deed {
            game,
            what: What::Start,
            bare: bare.clone(),
            full: full.clone(),
            address: room
                .session(full)
                .map_or(address, |(_, session)| session.address.as_str())
                .to_owned(),
            id: None,
            echo: Some(Element::bare("start", USER)),
            back: None,
        });
        Some(self.command((bare, full), Some(game), node, Vec::new(), Asked::Did(deed)))
    }

    /// A move.
    pub(super) fn turn(
        &mut self,
        game: MatchId,
        head: &Head,
        stanza: &Element,
        turn: &Element,
    ) -> Vec<Out> {
        let (full, bare) = (&head.from.full, &head.from.bare);
        let _ = stanza;
        let room = self.rooms.get(&game);
        let here = room.filter(|room| room.session(full).is_some());
        let sealed = here.is_some_and(|room| room.facts.sealed);
        let deed = self.deed(game, What::Turn { sealed }, head, Some(turn));
        let Some(room) = here else {
            return vec![deed.refused(&outside(&head.to.bare))];
        };
        let Some(made) = words::read_turn(room.facts.game.id, turn) else {
            let how = format!(
                "Write it as a move element in {}.",
                words::namespace(room.facts.game.id)
            );
            return self.put_out(&deed, &Fault::unreadable(&how));
        };
        let mut fields = vec![("move", made.text)];
        // The first move is 1: so many were played before it.
        fields.extend(
            made.id
                .map(|id| ("expect", id.saturating_sub(1).to_string())),
        );
        vec![self.command((bare, full), Some(game), "move", fields, Asked::Did(deed))]
    }

    /// What was asked in somebody's name has been done, or refused.
    pub(super) fn did(&mut self, deed: &Deed, answer: &Answer) -> Vec<Out> {
        match errors::done(answer) {
            Done::Yes(_) => match (deed.what, &deed.back) {
                (What::Turn { sealed: true }, _) => self.reflect_sealed(deed),
                (What::Save, Some(back)) => vec![Out::Send(back.result(None))],
                _ => Vec::new(),
            },
            Done::No(no) => {
                if let (What::Start, Some(room)) = (deed.what, self.rooms.get_mut(&deed.game)) {
                    room.ready.clear();
                }
                self.put_out(deed, &no)
            }
        }
    }

    /// A choice that stays sealed goes back to whoever made it, and to nobody else.
    fn reflect_sealed(&self, deed: &Deed) -> Vec<Out> {
        let Some(room) = self.rooms.get(&deed.game) else {
            return Vec::new();
        };
        let Some((nick, one)) = room.occupants.iter().find(|(_, one)| one.bare == deed.bare) else {
            return Vec::new();
        };
        let reflect = |session: &super::room::Session| {
            let from = at(&session.address, nick);
            let message = words::message(&from, &session.full, Some("chat"), deed.id.as_deref());
            Out::Send(message.append_all(deed.echo.clone()).build())
        };
        one.sessions.iter().map(reflect).collect()
    }

    /// The error for a deed; an invalid turn may put its client out as well, where the config says so.
    fn put_out(&mut self, deed: &Deed, no: &Fault) -> Vec<Out> {
        let mut outs = vec![deed.refused(no)];
        if self.kick && no.invalid_turn && matches!(deed.what, What::Turn { .. }) {
            let why = Element::bare("invalid-turn", USER);
            outs.extend(self.leave_with(deed.game, &deed.full, Some(&why)));
        }
        outs
    }
}

impl Deed {
    /// The error that answers the stanza.
    fn refused(&self, no: &Fault) -> Out {
        if let Some(back) = &self.back {
            return Out::Send(back.error_with(no.element()));
        }
        let head = (self.address.as_str(), self.full.as_str());
        let game = el("game", MUG).build();
        let (name, echo) = match self.what {
            What::Resign => ("presence", &game),
            _ => ("message", self.echo.as_ref().unwrap_or(&game)),
        };
        error(name, head, self.id.as_deref(), &[echo], no)
    }
}

/// Whether this occupant may say that it is ready: there is somebody to play with, and it is one of the two.
fn may_start(room: &Room, bare: &str) -> Result<(), Fault> {
    let facts = &room.facts;
    let no = |text: &str| Err(Fault::new(Condition::NotAllowed, text));
    if !facts.is_waiting() {
        return no("This match has begun already, or is over.");
    }
    let guest = facts.guest.as_ref();
    let fits = |other: &str| match (facts.stage, facts.owner_seat) {
        _ if facts.owner.is(other) => false,
        ("challenged", _) => guest.is_some_and(|guest| guest.is(other)),
        (_, Some(_)) => room.claims.values().any(|by| by == other),
        (_, None) => true,
    };
    if facts.owner.is(bare) {
        if room.people().into_iter().any(fits) {
            return Ok(());
        }
        return no("Nobody sits opposite yet.");
    }
    if fits(bare) {
        return Ok(());
    }
    match facts.stage {
        "challenged" => no("This challenge is for somebody else."),
        _ => no("Take a role first."),
    }
}

/// Takes or gives up a seat before play.
fn claim(room: &mut Room, bare: &str, role: &str) -> Result<(), Fault> {
    let facts = &room.facts;
    let no = |condition, text: &str| Err(Fault::new(condition, text));
    let side = facts
        .sides
        .iter()
        .position(|side| side.eq_ignore_ascii_case(role));
    let owner = facts.owner.is(bare);
    match (side, facts.owner_seat) {
        (None, _) if role != "none" => {
            return no(Condition::NotAcceptable, "This game has no such role.");
        }
        _ if !facts.is_waiting() => {
            let has = facts.seat_of(bare).is_some() && facts.seat_of(bare) == side;
            return if has || (side.is_none() && facts.seat_of(bare).is_none()) {
                Ok(())
            } else {
                no(Condition::Conflict, "All roles are taken.")
            };
        }
        (None, _) if owner && facts.owner_seat.is_some() => {
            let text =
                "Your role is part of the challenge. Type withdraw to the referee to take it back.";
            return no(Condition::NotAllowed, text);
        }
        (None, _) => {}
        (Some(_), None) => {
            return no(
                Condition::NotAllowed,
                "Luck decides who sits where when the match begins.",
            );
        }
        (Some(side), Some(taken)) if side == taken && owner => return Ok(()),
        (Some(side), Some(taken)) if side == taken || owner => {
            return no(Condition::Conflict, "That role is taken.");
        }
        (Some(side), _) if room.claims.get(&side).is_some_and(|by| by != bare) => {
            return no(Condition::Conflict, "That role is taken.");
        }
        (Some(_), _) if facts.stage == "challenged" && !facts.is_party(bare) => {
            return no(
                Condition::NotAllowed,
                "This challenge is for somebody else.",
            );
        }
        (Some(_), _) => {}
    }
    room.claims.retain(|_, by| by != bare);
    room.claims.extend(side.map(|side| (side, bare.to_owned())));
    // Whoever was ready was ready for other roles.
    room.ready.clear();
    Ok(())
}

fn reflect_start(room: &Room, nick: &str) -> Vec<Out> {
    room.broadcast(|to, _| {
        words::message(&at(&to.address, nick), &to.full, None, None)
            .append(Element::bare("start", USER))
            .build()
    })
}
