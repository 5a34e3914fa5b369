//! The ad-hoc door: one-step and two-step forms, with what was filled in so far kept in a session.

use super::{Host, Refused};
use crate::commands::authorise::FOR_SERVICES;
use crate::commands::call::{Action, Caller, Door, Form, Place};
use crate::commands::card::{Card, Effect, Field, Fields, Kind, Who};
use crate::commands::lines::MAX_VERBATIM_CHARS;
use crate::commands::reply::{Answer, FieldKind, FieldOut, FormOut, Step, StepState, Stop};
use crate::commands::{COMMANDS, prove};
use crate::engine::Desk;
use crate::kit::clip;

/// Fields of one submitted form that are read.
const MAX_FIELDS: usize = 32;
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
        match self
            .sessions
            .open(&caller.bare, card, form.place, fields.clone(), desk.now())
        {
            Some(session) => step(
                session,
                StepState::Asking(stage_form(desk, caller, card, form.place, &fields, 0)),
            ),
            None => Answer::Stop(
                Stop::Overload,
                "You have too many forms open; finish or cancel some.".to_owned(),
            ),
        }
    }

    /// Whether a reading command makes sense without being asked for its values first.
    fn defaults_suffice(&self, card: &Card, place: Place) -> bool {
        place.game().is_some()
            || !card
                .fields
                .iter()
                .any(|field| matches!(field.kind, Kind::Match))
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
        let last = stages(card).saturating_sub(1);
        let forward = match form.action {
            Action::Cancel => {
                self.sessions.close(&id);
                return step(StepState::Cancelled);
            }
            Action::Prev => {
                session.stage = session.stage.saturating_sub(1);
                false
            }
            Action::Complete => true,
            Action::Execute | Action::Next if session.stage < last => {
                session.stage += 1;
                false
            }
            Action::Execute | Action::Next => true,
        };
        let (fields, place, stage) = (session.fields.clone(), session.place, session.stage);
        if !forward {
            return step(StepState::Asking(stage_form(
                desk, caller, card, place, &fields, stage,
            )));
        }
        self.sessions.close(&id);
        let result = self.run_card(
            desk,
            caller,
            place,
            Door::Form,
            card,
            &fields,
            form.id.as_deref(),
        );
        step(StepState::Done(result))
    }
}

/// What only the disk refuses is an error that says `wait`, in the batch that met the full disk and after it alike: a
/// program tries again later, and does not look for another request.
fn sorry_if_stalled(answer: Answer) -> Answer {
    match answer {
        Answer::Step(Step {
            state: StepState::Done(Err(refusal)),
            ..
        }) if refusal.code == Desk::STALLED => Answer::Sorry,
        answer => answer,
    }
}

/// How many steps a command's form has.
fn stages(card: &Card) -> usize {
    if card.fields.len() > STAGE_FIELDS {
        2
    } else {
        1
    }
}

/// Fields of the first step of a long form: what must be said comes first, what has defaults after it.
const STAGE_FIELDS: usize = 4;
const FIRST_STAGE: usize = 2;

fn stage_form(
    desk: &Desk,
    caller: &Caller,
    card: &Card,
    place: Place,
    fields: &Fields,
    stage: usize,
) -> FormOut {
    let shown = match (stages(card), stage) {
        (1, _) => card.fields,
        (_, 0) => &card.fields[..FIRST_STAGE],
        _ => &card.fields[FIRST_STAGE..],
    };
    let field = |field: &Field| {
        let here = match field.kind {
            Kind::Match => place.game().map(|id| id.to_string()),
            Kind::Clan => place.clan().map(|tag| tag.to_string()),
            _ => None,
        };
        let value = fields
            .get(field.name)
            .map(str::to_owned)
            .or(here)
            .unwrap_or_else(|| field.default.to_owned());
        let kind = match field.kind {
            Kind::Flag => FieldKind::Flag,
            Kind::Lines => FieldKind::Lines,
            Kind::Pick(options) => match options(desk, caller, place) {
                options if options.is_empty() => FieldKind::Text,
                options => FieldKind::Pick(options),
            },
            Kind::Text | Kind::Person | Kind::Match | Kind::Clan => FieldKind::Text,
        };
        FieldOut {
            name: field.name.to_owned(),
            label: field.label.to_owned(),
            kind,
            value,
            required: field.required,
        }
    };
    let asks_back = if card.effect == Effect::Ends {
        " Complete this form to confirm."
    } else {
        ""
    };
    FormOut {
        title: card.title.to_owned(),
        instructions: format!("{}{asks_back}", card.help),
        fields: shown.iter().map(field).collect(),
        can_go_back: stage > 0,
        can_go_on: stage + 1 < stages(card),
    }
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
