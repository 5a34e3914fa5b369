//! Ad-hoc commands (XEP-0050), written by hand: no library has them.
//!
//! The host keeps the sessions and decides what an action means; this file only carries requests in and steps out, with
//! every session id as it came. A refusal is a completed command with an error note; IQ errors are for what could not be
//! asked at all.

use minidom::Element;
use xmpp_parsers::ns;

use super::forms;
use super::stanza::{Condition, attribute, el, leaf};
use crate::commands::{Action, Step, StepState};

/// The namespace, and the node under which commands are listed.
pub const COMMANDS: &str = "http://jabber.org/protocol/commands";

/// What a client asks, without who and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// The command.
    pub node: String,
    /// What is to be done.
    pub action: Action,
    /// The session, as the client sent it.
    pub session: Option<String>,
    /// The submitted fields, when there was a form.
    pub fields: Option<Vec<(String, Vec<String>)>>,
}

/// Reads a `<command/>`.
pub fn read(command: &Element) -> Result<Request, Condition> {
    let action = match command.attr("action") {
        None | Some("execute") => Action::Execute,
        Some("next") => Action::Next,
        Some("prev") => Action::Prev,
        Some("complete") => Action::Complete,
        Some("cancel") => Action::Cancel,
        Some(_) => return Err(Condition::BadAction),
    };
    let node = command.attr("node").ok_or(Condition::BadRequest)?;
    let form = command
        .get_child("x", ns::DATA_FORMS)
        .map(forms::read)
        .transpose()?;
    let cancelled = matches!(form, Some(forms::Filled::Cancelled));
    Ok(Request {
        node: node.to_owned(),
        action: if cancelled { Action::Cancel } else { action },
        session: command.attr("sessionid").map(str::to_owned),
        fields: form.and_then(forms::Filled::fields),
    })
}

/// Writes a step.
pub fn write(step: &Step) -> Element {
    let status = match step.state {
        StepState::Asking(_) => "executing",
        StepState::Done(_) => "completed",
        StepState::Cancelled => "canceled",
    };
    let command = el("command", COMMANDS)
        .attr(attribute("node"), step.node.as_str())
        .attr(attribute("sessionid"), step.session.as_str())
        .attr(attribute("status"), status);
    match &step.state {
        StepState::Asking(form) => {
            let actions = el("actions", COMMANDS)
                .attr(attribute("execute"), "complete")
                .append(Element::bare("complete", COMMANDS));
            let refused = form.refused.as_ref();
            command
                .append(actions.build())
                .append_all(refused.map(|refusal| note("error", &refusal.to_string())))
                .append(forms::asking(form))
                .build()
        }
        StepState::Done(Ok(reply)) => {
            let text = reply.words.plain();
            command
                .append(note("info", &text))
                .append(forms::result(reply, &text))
                .build()
        }
        StepState::Done(Err(refusal)) => command
            .append(note("error", &refusal.to_string()))
            .append(forms::refused(refusal))
            .build(),
        StepState::Cancelled => command.build(),
    }
}

fn note(kind: &str, text: &str) -> Element {
    let mut note = leaf("note", COMMANDS, text);
    note.set_attr(minidom::rxml::Namespace::NONE, attribute("type"), kind);
    note
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::{FieldKind, FieldOut, FormOut, Reply};
    use crate::kit::refuse;

    fn command(attributes: &str, inner: &str) -> Element {
        format!("<command xmlns='{COMMANDS}' {attributes}>{inner}</command>")
            .parse()
            .unwrap()
    }

    fn step(state: StepState) -> Element {
        write(&Step {
            node: "move".into(),
            session: "s 1".into(),
            state,
        })
    }

    #[test]
    fn requests_are_read_as_clients_send_them() {
        let form = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>u</value></field>\
                    <field var='move'><value>e4</value></field><field var='note'/></x>";
        let request = read(&command("node='move' sessionid=' S é'", form)).unwrap();
        assert_eq!(
            (request.action, request.session.as_deref()),
            (Action::Execute, Some(" S é"))
        );
        let fields = vec![
            ("move".to_owned(), vec!["e4".to_owned()]),
            ("note".to_owned(), vec![]),
        ];
        assert_eq!(request.fields, Some(fields));
        let bare = read(&command("node='my' action='complete'", "")).unwrap();
        assert_eq!(
            (bare.action, bare.session, bare.fields),
            (Action::Complete, None, None)
        );
        let cancel = "<x xmlns='jabber:x:data' type='cancel'/>";
        assert_eq!(
            read(&command("node='my' action='next'", cancel))
                .unwrap()
                .action,
            Action::Cancel
        );
    }

    #[test]
    fn what_cannot_be_asked_is_named() {
        assert_eq!(read(&command("", "")), Err(Condition::BadRequest));
        assert_eq!(
            read(&command("node='my' action='dance'", "")),
            Err(Condition::BadAction)
        );
        let bad = "<x xmlns='jabber:x:data' type='dance'/>";
        assert_eq!(read(&command("node='my'", bad)), Err(Condition::BadPayload));
    }

    #[test]
    fn steps_say_where_the_command_stands() {
        let field = FieldOut {
            name: "move".into(),
            label: "Your move".into(),
            kind: FieldKind::Pick(vec![("e4".into(), "e2-e4".into())]),
            value: "e4".into(),
            required: true,
        };
        let form = FormOut {
            fields: vec![field],
            refused: Some(refuse("game/illegal", "No.")),
            ..FormOut::default()
        };
        let asking = step(StepState::Asking(form));
        assert_eq!(
            (asking.attr("status"), asking.attr("sessionid")),
            (Some("executing"), Some("s 1"))
        );
        let actions: Vec<_> = asking
            .get_child("actions", COMMANDS)
            .unwrap()
            .children()
            .map(Element::name)
            .collect();
        assert_eq!(actions, ["complete"]);
        let note = asking.get_child("note", COMMANDS).unwrap();
        assert_eq!(
            (note.attr("type"), note.text().as_str()),
            (Some("error"), "No.")
        );
        let back = asking.get_child("x", ns::DATA_FORMS).unwrap();
        let code = back
            .children()
            .find(|field| field.attr("var") == Some("code"))
            .unwrap();
        assert_eq!(
            (
                code.attr("type"),
                code.get_child("value", ns::DATA_FORMS)
                    .unwrap()
                    .text()
                    .as_str()
            ),
            (Some("hidden"), "game/illegal")
        );
        let done = step(StepState::Done(
            Ok(Reply::line("Done.").with("match", "m1")),
        ));
        assert_eq!(done.attr("status"), Some("completed"));
        let note = done.get_child("note", COMMANDS).unwrap();
        assert_eq!(
            (note.attr("type"), note.text().as_str()),
            (Some("info"), "Done.")
        );
        let refused = step(StepState::Done(Err(
            refuse("match/unknown", "No.").hint("Type `my`.")
        )));
        let note = refused.get_child("note", COMMANDS).unwrap();
        assert_eq!(
            (note.attr("type"), note.text().as_str()),
            (Some("error"), "No. Type `my`.")
        );
        assert!(refused.get_child("x", ns::DATA_FORMS).is_some());
        assert_eq!(step(StepState::Cancelled).attr("status"), Some("canceled"));
    }
}
