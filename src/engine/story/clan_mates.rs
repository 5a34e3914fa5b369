//! Who of a clan shares addresses, told to those who do: as contacts to be added, or to be taken away again.

use super::clans::ClanStory;
use crate::clans::mates::Event;
use crate::engine::effect::Act;
use crate::kit::PersonId;

/// Contacts in one message, each of some 150 bytes.
const AT_ONCE: usize = 50;

impl ClanStory<'_> {
    /// The effects of somebody's sharing.
    pub(super) fn tell_mates(&self, event: &Event) -> Vec<Act> {
        let sharing = || self.clan().mates.sharing();
        match event {
            Event::Shared { who, again } => {
                let others: Vec<PersonId> = sharing().filter(|one| one != who).collect();
                let mut acts = self.offer(*who, true, &others, true);
                if !again {
                    acts.extend(
                        others
                            .iter()
                            .flat_map(|one| self.offer(*one, true, &[*who], false)),
                    );
                }
                acts
            }
            Event::Unshared { who } => {
                let gone: Vec<PersonId> = who.iter().copied().collect();
                let stay = sharing().flat_map(|one| self.offer(one, false, &gone, false));
                let mut acts: Vec<Act> = stay.collect();
                for one in who {
                    let others = sharing().chain(gone.iter().copied());
                    let others: Vec<PersonId> = others.filter(|other| other != one).collect();
                    acts.extend(self.offer(*one, false, &others, false));
                }
                acts
            }
        }
    }

    fn offer(&self, to: PersonId, add: bool, who: &[PersonId], aloud: bool) -> Vec<Act> {
        let clan = self.clan();
        let one = |who: &[PersonId]| Act::Contacts {
            clan: clan.tag,
            group: clan.name.clone(),
            to,
            add,
            who: who.to_vec(),
            aloud,
        };
        who.chunks(AT_ONCE).map(one).collect()
    }
}
