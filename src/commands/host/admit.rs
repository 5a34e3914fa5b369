//! Who may come in: not the banned, not the too fast, and of strangers no more than there is room for. What is known of
//! somebody is told to the doors, which let people wait before the writer is asked for anything.

use super::Host;
use crate::commands::call::Chat;
use crate::commands::levels::bot_rate;
use crate::commands::limits::{
    ALL_STRANGERS, BOT, CONTACTS, HOME_STRANGERS, PERSON, Rate, STRANGERS, TOO_FAST,
};
use crate::commands::prove;
use crate::commands::regulars::Regular;
use crate::commands::reply::Answer;
use crate::commands::shared::moment;
use crate::engine::Desk;
use crate::kit::{Refusal, clip, domain_of, is_home, refuse, registered};

/// Why somebody is not let in.
pub enum Refused {
    /// Too much was asked for in a short time.
    TooFast,
    /// The address was silent for so long that it has to be proven again.
    Stale(Refusal),
    /// They are banned.
    Banned(Refusal),
}

impl Host {
    /// Tells the doors which services may ask who may do what.
    pub(in crate::commands) fn note_trusted(&self, desk: &Desk) {
        let trusted = self.trusted.iter().chain(&self.admins);
        trusted.for_each(|bare| self.note_regular(desk, bare));
    }

    /// Tells the doors what somebody is: whoever is banned is as good as a stranger there.
    pub(in crate::commands) fn note_regular(&self, desk: &Desk, bare: &str) {
        let world = desk.world();
        let person = world.people.acting(bare);
        let regular = match person {
            Some(person) if world.ban_of(bare, desk.now()).is_none() => Regular {
                known: true,
                plays: world.matches_of(person.id).next().is_some(),
                bot: person.bot,
            },
            _ => Regular {
                known: self.trusted.contains(bare) || self.admins.contains(bare),
                plays: false,
                bot: self.trusted.contains(bare),
            },
        };
        self.regulars.note(bare, regular);
    }
    /// Whether this person may ask for something now: not banned, not too fast, not one stranger too many.
    pub(super) fn admit(&mut self, desk: &mut Desk, bare: &str) -> Result<(), Refused> {
        let now = desk.now();
        let rate = self.rate(desk, bare, false);
        let person = desk.world().people.by_jid(bare);
        let trusted = self.trusted.contains(bare);
        // One stranger counts once, so that nobody can use up what all newcomers share by talking.
        let fits = person.is_some()
            || trusted
            || self.limits.knows(bare, PERSON)
            || self.welcomes(desk, bare);
        if !fits {
            return Err(Refused::TooFast);
        }
        if !self.limits.take(bare, rate, now) {
            // A bot may have finished more matches since it was counted.
            let rate = self.rate(desk, bare, true);
            if !self.limits.take(bare, rate, now) {
                return Err(Refused::TooFast);
            }
        }
        if let Some(refusal) = banned(desk, bare) {
            return Err(Refused::Banned(refusal));
        }
        let people = &desk.world().people;
        if person.is_some() && people.acting(bare).is_none() {
            return Err(Refused::Stale(prove::stale(bare)));
        }
        desk.note_seen(bare);
        Ok(())
    }

    /// How much somebody may ask; `again` counts anew what a bot has finished.
    pub(super) fn rate(&mut self, desk: &Desk, bare: &str, again: bool) -> Rate {
        let person = desk.world().people.by_jid(bare);
        if self.trusted.contains(bare) {
            return BOT;
        }
        match person.filter(|person| person.bot) {
            Some(bot) => bot_rate(self.finished.of(desk, bot.id, again)),
            None => PERSON,
        }
    }

    /// Whether one more stranger fits, of this server and of all.
    fn welcomes(&mut self, desk: &Desk, bare: &str) -> bool {
        let (domain, now) = (domain_of(bare), desk.now());
        let of = registered(domain);
        match is_home(domain, &desk.world().domain) {
            true => self.limits.take(of, HOME_STRANGERS, now),
            false => self.limits.take_share(of, STRANGERS, ALL_STRANGERS, now),
        }
    }

    /// Whether an address of ours in somebody's contact list is kept. If not, it lasts as long as the connection.
    pub(super) fn keeps_contact(&mut self, desk: &Desk, bare: &str) -> bool {
        let now = desk.now();
        desk.world().ban_of(bare, now).is_none()
            && (desk.world().people.by_jid(bare).is_some() || self.welcomes(desk, bare))
            && self
                .limits
                .take(&format!("contacts of {bare}"), CONTACTS, now)
    }

    /// Says that a line was not taken, once in a while: somebody in time trouble has to know, and a flood is not to be doubled.
    pub(super) fn too_fast(&mut self, desk: &Desk, chat: &Chat) -> Answer {
        if !self.limits.take(&chat.bare, TOO_FAST, desk.now()) {
            return Answer::Silence;
        }
        Answer::Say {
            result: Err(too_fast(&chat.text)),
            private: true,
        }
    }
}

/// What somebody is told whose line came too soon after others.
pub fn too_fast(text: &str) -> Refusal {
    let text = format!(
        "Too many messages at once: I didn't take `{}`.",
        clip(text.trim(), 20)
    );
    refuse("chat/too-fast", text).hint("Wait a few seconds, then send it again.")
}

/// What somebody is told who is banned from this referee.
pub fn banned(desk: &Desk, bare: &str) -> Option<Refusal> {
    let ban = desk.world().ban_of(bare, desk.now())?;
    let until = ban.until.map_or("for good".to_owned(), |until| {
        format!("until {}", moment(until))
    });
    let text = format!(
        "You are banned from this referee {until}: {}.",
        ban.reason.trim_end_matches('.')
    );
    let contact = &desk.world().policy().contact;
    Some(refuse("people/banned", text).hint(format!("Write to {contact} if you disagree.")))
}
