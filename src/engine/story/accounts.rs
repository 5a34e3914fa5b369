//! What people are told about their own accounts. Never an address: whoever reads along somewhere must not learn one.

use super::{Act, Note, ServiceEvent, Words};
use crate::engine::World;
use crate::engine::accounts::ADDRESS;
use crate::kit::PersonId;

/// The effects of an event about somebody's accounts; none for all other events.
pub(super) fn acts(world: &World, event: &ServiceEvent) -> Vec<Act> {
    match event {
        ServiceEvent::Linked { who, what } => {
            let told = tell(*who, linked(what)).into_iter();
            told.chain(rooms_of(world, *who)).collect()
        }
        ServiceEvent::Unlinked { who, .. } => rooms_of(world, *who).collect(),
        ServiceEvent::Prover {
            who,
            kind,
            on: true,
        } => tell(
            *who,
            Words::line(format!(
                "You may confirm {kind} accounts here: send `prove CODE kind={kind} name=NAME` when somebody shows you a code."
            )),
        ),
        ServiceEvent::Prover {
            who,
            kind,
            on: false,
        } => tell(
            *who,
            Words::line(format!("You no longer confirm {kind} accounts here.")),
        ),
        // Once their entry is gone nobody knows whom to tell; whoever lives on under another number stays a contact.
        ServiceEvent::Forgotten { who, into: None } => {
            let person = world.people.get(*who);
            let addresses = person.map(|person| person.addresses().map(str::to_owned).collect());
            let part = addresses.map(|addresses| Act::Part { addresses });
            part.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The rooms of their clans let in whoever comes from another address of theirs.
fn rooms_of(world: &World, who: PersonId) -> impl Iterator<Item = Act> + '_ {
    let clans = world.clans.of(who);
    clans.map(|live| Act::Housekeep {
        clan: live.clan.tag,
    })
}

fn linked(what: &str) -> Words {
    match what {
        ADDRESS => Words::line("Another address was confirmed as yours.")
            .and("Type `link` to see it. If that was not you, type `link drop` and that address."),
        kind => Words::line(format!("Your {kind} account was confirmed.")).and(format!(
            "Type `link show {kind}` and its name to let others see it."
        )),
    }
}

fn tell(to: PersonId, words: Words) -> Vec<Act> {
    vec![Act::Tell(Note {
        to,
        about: None,
        clan: None,
        words,
        event: None,
        turn: None,
    })]
}
