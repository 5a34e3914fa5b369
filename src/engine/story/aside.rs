//! What people and admins are told of a record that cannot be read, and when it can be again.

use super::super::effect::{Act, Note};
use super::super::service::ServiceEvent;
use crate::kit::{PersonId, Stream, Words};

/// Notes to whoever has to do with it and to the admins, each person once.
pub(super) fn acts(event: &ServiceEvent) -> Vec<Act> {
    let (stream, people, admins, theirs, ours) = match event {
        ServiceEvent::SetAside {
            stream,
            record,
            people,
            tell,
        } => (
            stream,
            people,
            tell,
            set_aside(stream),
            for_admins(stream, *record),
        ),
        ServiceEvent::Returned {
            stream,
            people,
            tell,
            ..
        } => (stream, people, tell, is_back(stream), is_back(stream)),
        _ => return Vec::new(),
    };
    let about = stream.parse().ok();
    let note = |to: &PersonId, words: &Words| {
        Act::Tell(Note {
            to: *to,
            about: None,
            clan: match about {
                Some(Stream::Clan(tag)) => Some(tag),
                _ => None,
            },
            words: words.clone(),
            event: None,
            turn: None,
        })
    };
    let others = people.iter().filter(|who| !admins.contains(who));
    let others = others.map(|who| note(who, &theirs));
    others
        .chain(admins.iter().map(|admin| note(admin, &ours)))
        .collect()
}

fn set_aside(stream: &str) -> Words {
    match stream.parse() {
        Ok(Stream::Clan(tag)) => Words::line(format!(
            "The clan {tag} stands still: the referee cannot read its record any more."
        ))
        .and("Nothing of it is lost. The admins have been told and will bring it back."),
        _ => Words::line(format!(
            "Match {stream} stands still: the referee cannot read its record any more."
        ))
        .and("Nothing of it is lost, no clock runs, and nobody loses. The admins have been told.")
        .and("Type `my` for your other matches."),
    }
}

fn for_admins(stream: &str, record: u64) -> Words {
    let words = match stream.parse() {
        Ok(Stream::Service) => Words::line(format!(
            "The referee left out its own record {record}: it cannot be read, and what it said is not in force."
        ))
        .and("It may have been a ban, a mute or a rule: type `admin status`, and compare with what you know."),
        _ => Words::line(format!(
            "{stream} is set aside: its record cannot be read from record {record} on. Everything else goes on."
        ))
        .and("Its people have been told. Nothing is lost, and its number is not given out again."),
    };
    words.and("The log says why. A version of the referee that can read it brings it back at its start; keep the data folder and report the fault.")
}

fn is_back(stream: &str) -> Words {
    match stream.parse() {
        Ok(Stream::Match(id)) => Words::line(format!(
            "Match {id} goes on: the referee can read its record again. No clock ran meanwhile."
        ))
        .and(format!("Type `show {id}` to see it.")),
        Ok(Stream::Clan(tag)) => Words::line(format!(
            "The clan {tag} is back: the referee can read its record again."
        ))
        .and(format!("Type `clan show {tag}` to see it.")),
        _ => Words::line("The referee can read all of its own records again."),
    }
}
