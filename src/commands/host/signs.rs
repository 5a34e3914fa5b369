//! Signs that people put to messages (XEP-0444): what they answer, where the message asked whether somebody comes.

use super::Host;
use super::understand::flawed;
use crate::clans::calendar::Answer as Coming;
use crate::commands::call::{Door, Reaction};
use crate::commands::card::Fields;
use crate::commands::clan::attend;
use crate::commands::reply::Answer;
use crate::engine::Desk;

impl Host {
    /// A sign that answers an event counts like the word; any other says nothing to us.
    pub(super) fn reaction(&mut self, desk: &mut Desk, reaction: &Reaction) -> Answer {
        let said: Vec<Coming> = reaction
            .signs
            .iter()
            .filter_map(|sign| Coming::of_reaction(sign))
            .collect();
        // Yes and no at once is neither.
        let [answer] = said.as_slice() else {
            return Answer::Silence;
        };
        if self.admit(desk, &reaction.bare).is_err() {
            return Answer::Silence;
        }
        let Some((tag, n, on)) = desk.asked_by_message(&reaction.to) else {
            return Answer::Silence;
        };
        if let Some(flaw) = reaction.flaw {
            return Answer::Say {
                result: Err(flawed(flaw)),
                private: true,
            };
        }
        let mut fields = Fields::default();
        fields.set("clan", tag.as_str());
        fields.set("event", &n.to_string());
        fields.set("date", &on.to_string());
        fields.set("answer", answer.word());
        let caller = self.caller(desk, &reaction.bare, &reaction.full, reaction.place);
        let req = reaction.id.as_deref();
        let result = self.run_card(
            desk,
            &caller,
            reaction.place,
            Door::Chat,
            &attend::CARD,
            &fields,
            req,
        );
        Answer::Say {
            result,
            private: true,
        }
    }
}
