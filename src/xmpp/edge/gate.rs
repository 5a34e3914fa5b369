//! Who may ask the writer for anything, before anything is asked: rates by person, by registered domain and in all, and
//! lanes in which requests wait for their turn.
//!
//! People who play come first, then those whom the referee knows; strangers have a share of their own, of which their own
//! server's people have a part. So no crowd of strangers costs a player more than a few requests' time.

use super::fair::{Fair, Room};
use crate::commands::{BOT, Limits, Rate, Regular, Regulars, is_home, registered};
use crate::kit::Timestamp;
use crate::xmpp::stanza::Address;

/// What a person whom the referee knows may ask, looks and commands together: a client that opens a directory asks for
/// each entry.
pub const KNOWN: Rate = Rate {
    kind: "asked by a person",
    burst: 200,
    per_hour: 20 * 3600,
};
/// All known people of one registered domain who do not play just now.
pub const KNOWN_OF_DOMAIN: Rate = Rate {
    kind: "asked by a domain",
    burst: 2000,
    per_hour: 400 * 3600,
};
/// All known people who do not play just now.
pub const ALL_KNOWN: Rate = Rate {
    kind: "asked by all",
    burst: 4000,
    per_hour: 1000 * 3600,
};
/// What a stranger may ask.
pub const STRANGER: Rate = Rate {
    kind: "asked by a stranger",
    burst: 100,
    per_hour: 10 * 3600,
};
/// All strangers of one registered domain.
pub const STRANGERS_OF_DOMAIN: Rate = Rate {
    kind: "asked by strangers of a domain",
    burst: 400,
    per_hour: 40 * 3600,
};
/// All strangers of the referee's own server.
pub const STRANGERS_OF_HOME: Rate = Rate {
    kind: "asked by strangers of home",
    burst: 800,
    per_hour: 100 * 3600,
};
/// All strangers but those: the writer spends less than a twentieth of its time on them.
pub const ALL_STRANGERS: Rate = Rate {
    kind: "asked by all strangers",
    burst: 2000,
    per_hour: 200 * 3600,
};
/// Times somebody whom the referee knows is told by chat that a line was not taken.
const TOLD: Rate = Rate {
    kind: "told",
    burst: 1,
    per_hour: 1800,
};
/// The same for strangers: once a minute.
const TOLD_STRANGER: Rate = Rate {
    kind: "told as a stranger",
    burst: 1,
    per_hour: 60,
};

const PLAYERS_ROOM: Room = Room {
    out: 256,
    out_of_house: 256,
    out_of_lane: 32,
    waiting: 4096,
    waiting_in_lane: 1024,
};
const KNOWN_ROOM: Room = Room {
    out: 64,
    out_of_house: 48,
    out_of_lane: 16,
    waiting: 2048,
    waiting_in_lane: 256,
};
const STRANGERS_ROOM: Room = Room {
    out: 48,
    out_of_house: 24,
    out_of_lane: 8,
    waiting: 1024,
    waiting_in_lane: 64,
};

/// Who has the same right to come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Player,
    Known,
    Stranger,
}

/// Somebody who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    class: Class,
    bot: bool,
    home: bool,
    /// The registered domain.
    pub domain: String,
    /// The bare JID.
    pub bare: String,
}

impl Asker {
    /// Whether nobody knows them.
    pub fn is_stranger(&self) -> bool {
        self.class == Class::Stranger
    }

    /// Whether they are of the referee's own server.
    pub fn is_home(&self) -> bool {
        self.home
    }

    /// Whether they have matches that are not over.
    pub fn plays(&self) -> bool {
        self.class == Class::Player
    }
}

/// The gate. `T` is what waits.
pub struct Gate<T> {
    domain: String,
    regulars: Regulars,
    limits: Limits,
    players: Fair<T>,
    known: Fair<T>,
    strangers: Fair<T>,
}

impl<T> Gate<T> {
    /// A gate before the referee at this domain.
    pub fn new(domain: &str, regulars: Regulars) -> Gate<T> {
        Gate {
            domain: domain.to_owned(),
            regulars,
            limits: Limits::default(),
            players: Fair::new(PLAYERS_ROOM),
            known: Fair::new(KNOWN_ROOM),
            strangers: Fair::new(STRANGERS_ROOM),
        }
    }

    /// Who somebody is, here.
    pub fn asker(&self, from: &Address) -> Asker {
        let Regular { known, plays, bot } = self.regulars.get(&from.bare);
        Asker {
            class: match (known, plays) {
                (true, true) => Class::Player,
                (true, false) => Class::Known,
                (false, _) => Class::Stranger,
            },
            bot,
            home: is_home(&from.domain, &self.domain),
            domain: registered(&from.domain).to_owned(),
            bare: from.bare.clone(),
        }
    }

    /// Takes what one request costs; false when it is too much.
    pub fn admits(&mut self, asker: &Asker, now: Timestamp) -> bool {
        let limits = &mut self.limits;
        let own = match (asker.class, asker.bot) {
            (Class::Stranger, _) => STRANGER,
            (_, true) => BOT,
            (_, false) => KNOWN,
        };
        if !limits.take(&asker.bare, own, now) {
            return false;
        }
        match (asker.class, asker.home) {
            (Class::Player, _) => true,
            (Class::Known, true) => limits.take("", ALL_KNOWN, now),
            (Class::Known, false) => {
                limits.take_share(&asker.domain, KNOWN_OF_DOMAIN, ALL_KNOWN, now)
            }
            (Class::Stranger, true) => limits.take(&asker.domain, STRANGERS_OF_HOME, now),
            (Class::Stranger, false) => {
                limits.take_share(&asker.domain, STRANGERS_OF_DOMAIN, ALL_STRANGERS, now)
            }
        }
    }

    /// Lets a request wait for its turn.
    ///
    /// # Errors
    /// Gives it back when too much waits already.
    pub fn push(&mut self, asker: &Asker, item: T) -> Result<(), T> {
        self.fair(asker.class)
            .push(&asker.domain, &asker.bare, item)
    }

    /// The next request that may go to the writer.
    pub fn next(&mut self) -> Option<(Ticket, T)> {
        for class in [Class::Player, Class::Known, Class::Stranger] {
            if let Some((house, lane, item)) = self.fair(class).next() {
                return Some((Ticket { class, house, lane }, item));
            }
        }
        None
    }

    /// A request was answered.
    pub fn done(&mut self, ticket: &Ticket) {
        self.fair(ticket.class).done(&ticket.house, &ticket.lane);
    }

    /// Whether somebody is to be told now by chat that a line was not taken.
    pub fn tells(&mut self, asker: &Asker, now: Timestamp) -> bool {
        let rate = match asker.class {
            Class::Stranger => TOLD_STRANGER,
            Class::Known | Class::Player => TOLD,
        };
        self.limits.take(&asker.bare, rate, now)
    }

    fn fair(&mut self, class: Class) -> &mut Fair<T> {
        match class {
            Class::Player => &mut self.players,
            Class::Known => &mut self.known,
            Class::Stranger => &mut self.strangers,
        }
    }
}

/// Whose request is with the writer.
#[derive(Debug)]
pub struct Ticket {
    class: Class,
    house: String,
    lane: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> (Gate<u32>, Regulars) {
        let regulars = Regulars::default();
        (Gate::new("referee.example", regulars.clone()), regulars)
    }

    fn from(text: &str) -> Address {
        Address::read(text).unwrap()
    }

    const NOW: Timestamp = Timestamp(1);

    #[test]
    fn three_domains_of_strangers_leave_room_for_a_fourth_and_for_home() {
        let (mut gate, _) = gate();
        let mut let_in = 0;
        for n in 0..3000 {
            for domain in ["a.evil.org", "b.bad.org", "c.wicked.org"] {
                // Never-seen names, at never-seen servers below one that is registered.
                let flooder = gate.asker(&from(&format!("x{n}@s{n}.{domain}")));
                let_in += i64::from(gate.admits(&flooder, NOW));
            }
        }
        // Each has its own share, and together they leave half of what all share.
        assert!(let_in <= ALL_STRANGERS.burst / 2 + 1, "{let_in}");
        assert!(let_in >= ALL_STRANGERS.burst / 2, "{let_in}");
        for newcomer in ["new@quiet.net", "new@example"] {
            let newcomer = gate.asker(&from(newcomer));
            assert!(gate.admits(&newcomer, NOW), "{newcomer:?}");
        }
    }

    #[test]
    fn a_hundred_domains_do_not_use_up_what_a_quiet_one_finds() {
        let (mut gate, _) = gate();
        for n in 0..40 {
            for domain in 0..40 {
                let flooder = gate.asker(&from(&format!("x{n}@evil{domain}.org")));
                gate.admits(&flooder, NOW);
            }
        }
        let newcomer = gate.asker(&from("new@quiet.net"));
        assert!(gate.admits(&newcomer, NOW));
    }

    #[test]
    fn who_plays_comes_first_and_is_not_counted_with_strangers() {
        let (mut gate, regulars) = gate();
        let known = Regular {
            known: true,
            ..Regular::default()
        };
        regulars.note(
            "alice@evil.org",
            Regular {
                plays: true,
                ..known
            },
        );
        regulars.note("bob@evil.org", known);
        for n in 0..2000 {
            let flooder = gate.asker(&from(&format!("x{n}@evil.org")));
            if gate.admits(&flooder, NOW) {
                let _ = gate.push(&flooder, n);
            }
        }
        let alice = gate.asker(&from("alice@evil.org/phone"));
        let bob = gate.asker(&from("bob@evil.org"));
        for (who, n) in [(&bob, 10_001), (&alice, 10_000)] {
            assert!(gate.admits(who, NOW));
            gate.push(who, n).unwrap();
        }
        let order: Vec<u32> = std::iter::from_fn(|| gate.next().map(|(_, n)| n)).collect();
        assert_eq!(order[..2], [10_000, 10_001]);
        assert_eq!(order.len(), 2 + STRANGERS_ROOM.out_of_house);
    }

    #[test]
    fn a_bot_asks_a_thousand_times_a_second_and_a_person_less() {
        let (mut gate, regulars) = gate();
        let known = Regular {
            known: true,
            plays: true,
            bot: false,
        };
        regulars.note("alice@a.org", known);
        regulars.note("bot@a.org", Regular { bot: true, ..known });
        let mut asks = |who: &str| {
            let who = gate.asker(&from(who));
            (0..9999).filter(|_| gate.admits(&who, NOW)).count() as i64
        };
        assert_eq!(
            (asks("alice@a.org"), asks("bot@a.org")),
            (KNOWN.burst, BOT.burst)
        );
    }
}
