//! `<authorise xmlns='urn:x-referee:authorise:0'/>`: another service asks whether somebody may do something in a clan.
//!
//! ```xml
//! <authorise xmlns='urn:x-referee:authorise:0' person='anna' clan='wolves' permission='speak'/>
//! <authorise xmlns='urn:x-referee:authorise:0' person='anna' clan='wolves' permission='speak' allowed='true'
//!     role='captain' because='the role captain may speak for the clan'/>
//! ```

use minidom::Element;

use super::stanza::{attribute, el};
use crate::commands::{Decision, Question, Sight};

/// The namespace.
pub const NS: &str = "urn:x-referee:authorise:0";

/// The longest value that is read, in bytes: a JID may be this long.
const MAX_VALUE_BYTES: usize = 3071;

/// Reads the question; none when something is missing or too long.
pub fn read(asked: &Element) -> Option<Sight> {
    let value = |name| {
        let value = asked.attr(name).map(str::trim);
        value.filter(|value| !value.is_empty() && value.len() <= MAX_VALUE_BYTES)
    };
    Some(Sight::Authorise(Question {
        person: value("person")?.to_owned(),
        clan: value("clan")?.to_owned(),
        permission: value("permission")?.to_owned(),
    }))
}

/// Writes the answer: the question once more, and what was decided.
pub fn write(asked: &Question, decision: &Decision) -> Element {
    let answer = el("authorise", NS)
        .attr(attribute("person"), &asked.person)
        .attr(attribute("clan"), &asked.clan)
        .attr(attribute("permission"), &asked.permission)
        .attr(attribute("allowed"), decision.allowed.to_string())
        .attr(attribute("because"), &decision.because);
    match &decision.role {
        Some(role) => answer.attr(attribute("role"), role).build(),
        None => answer.build(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(attributes: &str) -> Option<Sight> {
        let text = format!("<authorise xmlns='{NS}' {attributes}/>");
        read(&text.parse().unwrap())
    }

    #[test]
    fn a_question_needs_all_three_parts() {
        let whole = question("person=' anna ' clan='wolves' permission='speak'");
        let Some(Sight::Authorise(asked)) = whole else {
            panic!("{whole:?}");
        };
        assert_eq!(
            (asked.person.as_str(), asked.clan.as_str()),
            ("anna", "wolves")
        );
        let long = "x".repeat(MAX_VALUE_BYTES + 1);
        for partly in [
            "person='anna' clan='wolves'".to_owned(),
            "person='' clan='wolves' permission='speak'".to_owned(),
            format!("person='{long}' clan='wolves' permission='speak'"),
        ] {
            assert!(question(&partly).is_none());
        }
    }

    #[test]
    fn the_answer_says_the_question_again() {
        let asked = Question {
            person: "anna".to_owned(),
            clan: "wolves".to_owned(),
            permission: "speak".to_owned(),
        };
        let decision = Decision {
            allowed: true,
            because: "the role captain may speak for the clan".to_owned(),
            role: Some("captain".to_owned()),
        };
        let answer = write(&asked, &decision);
        assert_eq!(answer.attr("allowed"), Some("true"));
        assert_eq!(answer.attr("role"), Some("captain"));
        assert_eq!(answer.attr("person"), Some("anna"));
        let stranger = Decision {
            allowed: false,
            role: None,
            ..decision
        };
        assert_eq!(write(&asked, &stranger).attr("role"), None);
    }
}
