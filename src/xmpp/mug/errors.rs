//! The one table from refusals to the stanza errors that the ProtoXEP names.

use minidom::Element;

use super::words::{MUG, OURS};
use crate::commands::{Answer, Reply, StepState};
use crate::kit::{Refusal, refuse};
use crate::xmpp::chat::SORRY;
use crate::xmpp::stanza::{Condition, attribute, el, error_child};

/// What a command came to.
#[derive(Debug)]
pub enum Done {
    /// It was done.
    Yes(Box<Reply>),
    /// It was not.
    No(Fault),
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The stanza error.
    pub condition: Condition,
    /// The rules of the game do not allow it.
    pub invalid_turn: bool,
    /// The refusal's stable code, for programs; empty when none stands behind it.
    pub code: String,
    /// For people.
    pub text: String,
}

/// Prefixes of codes with the stanza error for them; the first that fits counts.
const TABLE: &[(&str, Condition, bool)] = &[
    ("game/", Condition::Undefined, true),
    ("match/not-your-turn", Condition::Undefined, true),
    ("match/stale", Condition::Undefined, true),
    ("match/long-move", Condition::Undefined, true),
    ("match/ambiguous", Condition::Undefined, true),
    ("match/not-a-player", Condition::Forbidden, false),
    ("people/banned", Condition::Forbidden, false),
    ("people/muted", Condition::Forbidden, false),
    ("match/unknown", Condition::ItemNotFound, false),
    ("people/unknown", Condition::ItemNotFound, false),
    ("service/stalled", Condition::ResourceConstraint, false),
    ("service/busy", Condition::ResourceConstraint, false),
    ("service/disk-low", Condition::ResourceConstraint, false),
    ("journal/", Condition::ResourceConstraint, false),
    ("match/too-fast", Condition::ResourceConstraint, false),
    ("match/", Condition::NotAllowed, false),
    ("setup/", Condition::NotAcceptable, false),
];

impl Fault {
    /// A fault of the door's own, without a refusal behind it.
    pub fn new(condition: Condition, text: &str) -> Fault {
        Fault {
            condition,
            invalid_turn: false,
            code: String::new(),
            text: text.to_owned(),
        }
    }

    /// A turn that cannot be read.
    pub fn unreadable(how: &str) -> Fault {
        Fault::from(&refuse("game/unreadable", "This turn holds no move of this game.").hint(how))
    }

    /// The `<error/>`.
    pub fn element(&self) -> Element {
        let mut error = error_child(self.condition, &self.text);
        if self.invalid_turn {
            error.append_child(Element::bare("invalid-turn", MUG));
        }
        if !self.code.is_empty() {
            let refusal = el("refusal", OURS).attr(attribute("code"), self.code.as_str());
            error.append_child(refusal.build());
        }
        error
    }
}

impl From<&Refusal> for Fault {
    fn from(refusal: &Refusal) -> Fault {
        let found = TABLE
            .iter()
            .find(|(prefix, ..)| refusal.code.starts_with(prefix));
        let (_, condition, invalid_turn) = found.unwrap_or(&("", Condition::NotAcceptable, false));
        Fault {
            condition: *condition,
            invalid_turn: *invalid_turn,
            code: refusal.code.to_string(),
            text: refusal.to_string(),
        }
    }
}

/// What the host's answer to a command means.
pub fn done(answer: &Answer) -> Done {
    match answer {
        Answer::Step(step) => match &step.state {
            StepState::Done(Ok(reply)) => Done::Yes(Box::new(reply.clone())),
            StepState::Done(Err(refusal)) => Done::No(Fault::from(refusal)),
            StepState::Asking(_) | StepState::Cancelled => {
                Done::No(Fault::new(Condition::BadRequest, ""))
            }
        },
        answer => Done::No(fault(answer)),
    }
}

/// Why the host has nothing to show.
pub fn fault(answer: &Answer) -> Fault {
    match answer {
        Answer::Stop(stop, text) => Fault::new((*stop).into(), text),
        Answer::Sorry => Fault::new(Condition::ResourceConstraint, SORRY),
        _ => Fault::new(Condition::ItemNotFound, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_error() {
        let error = |code: &'static str| {
            let fault = Fault::from(&refuse(code, "No."));
            let names: Vec<String> = fault
                .element()
                .children()
                .map(|c| c.name().to_owned())
                .collect();
            names.join(" ")
        };
        assert_eq!(
            error("game/illegal"),
            "undefined-condition text invalid-turn refusal"
        );
        assert_eq!(
            error("match/not-your-turn"),
            "undefined-condition text invalid-turn refusal"
        );
        assert_eq!(error("match/not-a-player"), "forbidden text refusal");
        assert_eq!(error("match/not-started"), "not-allowed text refusal");
        assert_eq!(error("match/over"), "not-allowed text refusal");
        assert_eq!(error("match/unknown"), "item-not-found text refusal");
        assert_eq!(error("setup/contradiction"), "not-acceptable text refusal");
        assert_eq!(error("clock/unreadable"), "not-acceptable text refusal");
    }

    #[test]
    fn an_answer_that_is_no_command_is_an_error() {
        let condition = |answer: &Answer| match done(answer) {
            Done::No(fault) => fault.condition,
            Done::Yes(_) => panic!("done"),
        };
        assert_eq!(condition(&Answer::Nothing), Condition::ItemNotFound);
        assert_eq!(condition(&Answer::Sorry), Condition::ResourceConstraint);
        let stop = Answer::Stop(crate::commands::Stop::Forbidden, "Banned.".to_owned());
        assert_eq!(condition(&stop), Condition::Forbidden);
    }
}
