//! The ad-hoc door: one page for each form, with what was filled in so far kept in a session until it is accepted.

use super::{Host, Refused};
use crate::commands::authorise::FOR_SERVICES;
use crate::commands::call::{Action, Caller, Door, Form, Place};
use crate::commands::card::{Card, Effect, Field, Fields, Kind, Who};
use crate::commands::lines::MAX_VERBATIM_CHARS;
use crate::commands::reply::{Answer, FieldKind, FieldOut, FormOut, Step, StepState, Stop};
use crate::commands::shared::outline;
use crate::commands::{COMMANDS, prove};
use crate::engine::{Desk, Live, LiveClan};
use crate::kit::clip;

/// Fields of one submitted form that are read.
const MAX_FIELDS: usize = 32;
/// Matches or clans of one's own that a form lists.
const MAX_LISTED: usize = 50;
/// Characters of one value that are read.
const MAX_VALUE_CHARS: usize = 1000;

impl Host {
    pub(super) fn form(&mut self, desk: &mut Desk, form: Form) -> Answer {
        match self.admit(desk, &form.bare) {
            Ok(()) => {}
            Err(Refused::TooFast) => {
                return Answer::Stop(
                    Stop::Overload,
                    "You are asking too fast; wait a moment.".to_owned(),
                );
            }
            Err(Refused::Stale(_)) if form.node == prove::CARD.name => {}
            Err(Refused::Banned(refusal) | Refused::Stale(refusal)) => {
                return Answer::Stop(Stop::Forbidden, refusal.to_string());
            }
        }
        let mut caller = self.caller(desk, &form.bare, &form.full, form.place);
        caller.lag = form.lag;
        let Some(card) = COMMANDS.iter().find(|card| card.name == form.node).copied() else {
            return Answer::Stop(
                Stop::Unknown,
                format!("There is no command {}.", clip(&form.node, 40)),
            );
        };
        if !caller.may_use(card) {
            let whose = match card.who {
                Who::Referee => "This command is for human referees.",
                Who::Service => FOR_SERVICES,
                _ => "This command is for admins.",
            };
            return Answer::Stop(Stop::Forbidden, whose.to_owned());
        }
        let answer = match &form.session {
            Some(session) => self.go_on(desk, &caller, card, session.clone(), &form),
            None => self.begin(desk, &caller, card, &form),
        };
        sorry_if_stalled(answer)
    }

    fn begin(
        &mut self,
        desk: &mut Desk,
        caller: &Caller,
        card: &'static Card,
        form: &Form,
    ) -> Answer {
        let step = |session: String, state| {
            Answer::Step(Step {
                node: card.name.to_owned(),
                session,
                state,
            })
        };
        if form.action == Action::Cancel {
            return step(card.name.to_owned(), StepState::Cancelled);
        }
        let mut fields = Fields::default();
        merge(card, &mut fields, form.fields.as_deref());
        let needs_nothing =
            card.effect == Effect::Reads && card.fields.iter().all(|field| !field.required);
        if form.fields.is_some() || (needs_nothing && self.defaults_suffice(card, form.place)) {
            let result = self.run_card(
                desk,
                caller,
                form.place,
                Door::Form,
                card,
                &fields,
                form.id.as_deref(),
            );
            return step(card.name.to_owned(), StepState::Done(result));
        }
        let session =
            self.sessions
                .open(&caller.bare, card, form.place, fields.clone(), desk.now());
        step(
            session,
            StepState::Asking(page(desk, caller, card, form.place, &fields)),
        )
    }

    /// Whether a reading command makes sense without being asked for its values first.
    fn defaults_suffice(&self, card: &Card, place: Place) -> bool {
        place.game().is_some()
            || !card
                .fields
                .iter()
                .any(|field| matches!(field.kind, Kind::Match | Kind::AnyMatch))
    }

    fn go_on(
        &mut self,
        desk: &mut Desk,
        caller: &Caller,
        card: &'static Card,
        id: String,
        form: &Form,
    ) -> Answer {
        let step = |state| {
            Answer::Step(Step {
                node: card.name.to_owned(),
                session: id.clone(),
                state,
            })
        };
        let Some(session) = self.sessions.get(&id, &caller.bare, card.name, desk.now()) else {
            return Answer::Stop(
                Stop::BadSession,
                "This form has expired; begin again.".to_owned(),
            );
        };
        merge(card, &mut session.fields, form.fields.as_deref());
        if form.action == Action::Cancel {
            self.sessions.close(&id);
            return step(StepState::Cancelled);
        }
        let (fields, place) = (session.fields.clone(), session.place);
        let again = |desk: &Desk| page(desk, caller, card, place, &fields);
        if form.action == Action::Prev {
            return step(StepState::Asking(again(desk)));
        }
        let req = form.id.as_deref();
        match self.run_card(desk, caller, place, Door::Form, card, &fields, req) {
            // What was filled in comes back to be mended; the disk's refusals are nobody's mistake.
            Err(refusal) if !Desk::passes(&refusal) => step(StepState::Asking(FormOut {
                refused: Some(refusal),
                ..again(desk)
            })),
            done => {
                self.sessions.close(&id);
                step(StepState::Done(done))
            }
        }
    }
}

/// What only the disk refuses is an error that says `wait`, in the batch that met the full disk and after it alike: a
/// program tries again later, and does not look for another request.
fn sorry_if_stalled(answer: Answer) -> Answer {
    match answer {
        Answer::Step(Step {
            state: StepState::Done(Err(refusal)),
            ..
        }) if Desk::passes(&refusal) => Answer::Sorry,
        answer => answer,
    }
}

/// The form of a command, filled in as far as it can be.
fn page(desk: &Desk, caller: &Caller, card: &Card, place: Place, fields: &Fields) -> FormOut {
    let field = |field: &Field| {
        let here = match field.kind {
            Kind::Match | Kind::AnyMatch => place.game().map(|id| id.to_string()),
            Kind::Clan | Kind::AnyClan => place.clan().map(|tag| tag.to_string()),
            Kind::Kept(now) => now(desk, caller),
            Kind::FlagFor(usual) => Some(if usual(desk, caller) { "1" } else { "0" }.to_owned()),
            _ => None,
        };
        let kind = match field.kind {
            Kind::Flag | Kind::FlagFor(_) => FieldKind::Flag,
            Kind::Lines => FieldKind::Lines,
            Kind::Pick(options) => choice(options(desk, caller, place)),
            Kind::OneOf(words) => choice(
                words
                    .iter()
                    .map(|word| ((*word).to_owned(), String::new()))
                    .collect(),
            ),
            Kind::Match if here.is_none() => choice(my_matches(desk, caller)),
            Kind::Clan if here.is_none() => choice(my_clans(desk, caller)),
            Kind::Text
            | Kind::Person
            | Kind::Match
            | Kind::AnyMatch
            | Kind::Clan
            | Kind::AnyClan
            | Kind::Kept(_)
            | Kind::Program => FieldKind::Text,
        };
        let only = match &kind {
            FieldKind::Pick(options) if matches!(field.kind, Kind::Match | Kind::Clan) => {
                match &options[..] {
                    [(only, _)] => Some(only.clone()),
                    _ => None,
                }
            }
            _ => None,
        };
        let listed = |value: &str| match &kind {
            FieldKind::Pick(options) => options.iter().any(|(option, _)| option == value),
            _ => true,
        };
        let given = fields.get(field.name).filter(|value| listed(value));
        let value = given.map(str::to_owned).or(here).or(only);
        let value = value.unwrap_or_else(|| field.default.to_owned());
        FieldOut {
            name: field.name.to_owned(),
            label: field.label.to_owned(),
            kind,
            value,
            required: field.required,
        }
    };
    let asks_back = if card.effect.asks_back() {
        " Complete this form to confirm."
    } else {
        ""
    };
    let shown = card
        .fields
        .iter()
        .filter(|field| !matches!(field.kind, Kind::Program));
    FormOut {
        title: card.title.to_owned(),
        instructions: format!("{}{asks_back}", card.help),
        fields: shown.map(field).collect(),
        refused: None,
    }
}

/// A list to choose from, or a line to fill in where there is nothing to choose.
fn choice(options: Vec<(String, String)>) -> FieldKind {
    if options.is_empty() {
        FieldKind::Text
    } else {
        FieldKind::Pick(options)
    }
}

/// The caller's matches, those that wait for them first.
fn my_matches(desk: &Desk, caller: &Caller) -> Vec<(String, String)> {
    let Some(me) = caller.person else {
        return Vec::new();
    };
    let waits = |live: &&Live| {
        let seat = live.game.seat_of(me);
        !seat.is_some_and(|seat| live.game.waits_for().contains(&seat))
    };
    let mut mine: Vec<&Live> = desk.world().matches_of(me).take(MAX_LISTED).collect();
    mine.sort_by_key(|live| (waits(live), live.game.id));
    let line = |live: &Live| {
        (
            live.game.id.to_string(),
            format!("{}: {}", live.game.id, outline(desk, &live.game)),
        )
    };
    mine.into_iter().map(line).collect()
}

/// The clans the caller is a member of.
fn my_clans(desk: &Desk, caller: &Caller) -> Vec<(String, String)> {
    let mine = caller
        .person
        .into_iter()
        .flat_map(|me| desk.world().clans.of(me));
    let line = |live: &LiveClan| (live.clan.tag.to_string(), live.clan.name.clone());
    mine.take(MAX_LISTED).map(line).collect()
}

/// Takes a submitted form's values over the ones before.
fn merge(card: &Card, fields: &mut Fields, submitted: Option<&[(String, Vec<String>)]>) {
    for (name, values) in submitted.unwrap_or_default().iter().take(MAX_FIELDS) {
        let Some(field) = card.fields.iter().find(|field| field.name == name) else {
            continue;
        };
        let (between, most) = match field.kind {
            Kind::Lines => ("\n", MAX_VERBATIM_CHARS),
            _ => (" ", MAX_VALUE_CHARS),
        };
        let value: String = values.join(between).chars().take(most).collect();
        fields.set(name, &value);
    }
}
