//! `challenge`: asks somebody to play.

use super::audience::{DELAY, SPECTATORS};
use super::bots;
use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::format::{ALLIES, BEST, BOARDS, CARRY, DRAWS, is_series};
use super::levels::bot_matches;
use super::limits::{COLD_CALLED, COLD_CALLS, MATCHES};
use super::lines::{is_filler, missing};
use super::reply::Reply;
use super::shared::SALT;
use super::terms::{
    CLOCK, GAME, LAG, OPTIONS, RATED, ROOM, SIDE, VISIBILITY, agreed, clock_at, game_at,
};
use super::typed;
use crate::clans::Person;
use crate::kit::{PersonId, Refusal, Seat, Words, clip, refuse};
use crate::matches::{Side, Stage, Terms};

/// The card.
pub const CARD: Card = Card {
    name: "challenge",
    aliases: &["duel"],
    title: "Challenge somebody",
    help: "Asks somebody to play; nothing begins before they accept. `rematch` asks your last opponent again.",
    example: "challenge bob chess 5+3 white",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        Field {
            name: "opponent",
            label: "Opponent (handle or JID)",
            kind: Kind::Person,
            default: "",
            required: false,
            words: WordsFor::If(may_be_a_person),
        },
        GAME,
        CLOCK,
        LAG,
        SIDE,
        RATED,
        ROOM,
        VISIBILITY,
        DELAY,
        SPECTATORS,
        BEST,
        DRAWS,
        CARRY,
        BOARDS,
        ALLIES,
        SALT,
        OPTIONS,
    ],
    run,
};

fn may_be_a_person(word: &str) -> bool {
    game_at(word).is_none()
        && !word.contains('=')
        && !is_series(word)
        && clock_at(word).is_none()
        && !is_filler(word)
        && !typed::is_courtesy(word)
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let last = ask.last_match(me);
    let fields = ask.fields;
    let opponent = match fields.get("opponent") {
        Some(name) => ask.somebody(name)?,
        // Nobody is challenged who was not named: `rematch` is for the last opponent.
        None => return Err(missing(&CARD, "an opponent")),
    };
    // What was played last is asked for again where no game is named, with whatever else is said changed.
    let terms = match (ask.field("game"), last) {
        (None, Some(last)) if last.opponent == opponent => {
            let old = ask.again(last)?;
            let beside = |(name, _): (&str, &str)| !matches!(name, "opponent" | "salt");
            match fields.iter().any(beside) {
                true => ask.changed_terms(me, Some(opponent), old)?,
                false => old,
            }
        }
        _ => ask.terms(me, Some(opponent))?,
    };
    ask.challenge_to(me, opponent, terms)
}

/// Somebody who was named.
enum Named {
    /// By id.
    Known(PersonId),
    /// By a bare JID that the referee has not met.
    New(String),
}

/// The last match somebody played, for a rematch.
struct Last {
    opponent: PersonId,
    terms: Terms,
    seat: Option<Seat>,
}

impl Ask<'_> {
    /// Asks somebody to play on these terms, if these two may be brought together.
    pub(super) fn challenge_to(
        &mut self,
        me: PersonId,
        opponent: PersonId,
        terms: Terms,
    ) -> Result<Reply, Refusal> {
        self.desk.may_speak(me)?;
        self.may_challenge(me, opponent)?;
        self.plays(opponent, &terms)?;
        self.may_ask(&terms, me, opponent)?;
        self.may_be_rated(&terms, me, opponent)?;
        self.asked_already(me, opponent, &terms)?;
        self.may_make(me)?;
        let salt = self.field("salt").map(str::to_owned);
        let id = (self.desk).create(me, Some(opponent), terms, salt, self.req)?;
        let name = self.desk.world().people.name(opponent);
        let words = Words::line(format!(
            "[{id}] Challenge sent to {name}. I'll tell you when {name} answers."
        ))
        .and(agreed(self, id, me))
        .and(format!("Type `withdraw {id}` to take it back."));
        Ok(self.state_of(id, words))
    }

    /// A person who asks twice for the same is in doubt whether it went out; programs may want several.
    fn asked_already(
        &self,
        me: PersonId,
        opponent: PersonId,
        terms: &Terms,
    ) -> Result<(), Refusal> {
        let world = self.desk.world();
        if world.people.get(me).is_none_or(|me| me.bot) {
            return Ok(());
        }
        let mut mine = world.matches_of(me).map(|live| &live.game);
        let same = mine.find(|game| {
            game.stage == Stage::Challenged
                && (game.by, game.to) == (me, Some(opponent))
                && game.terms == *terms
        });
        let Some(id) = same.map(|game| game.id) else {
            return Ok(());
        };
        let name = world.people.name(opponent);
        Err(refuse(
            "match/asked-already",
            format!(
                "You have asked {name} for that already: {id}. I'll tell you when {name} answers."
            ),
        )
        .hint(format!("Type `withdraw {id}` to take it back.")))
    }

    /// A bot may say which games it knows.
    fn plays(&self, opponent: PersonId, terms: &Terms) -> Result<(), Refusal> {
        let people = &self.desk.world().people;
        let Some(bot) = people
            .get(opponent)
            .filter(|one| one.bot && !bots::plays(one, &terms.game))
        else {
            return Ok(());
        };
        let first = bot.plays.first().map_or("", String::as_str);
        Err(refuse(
            "people/other-games",
            format!("{} only plays {}.", bot.handle, bots::titles(bot)),
        )
        .hint(format!(
            "Type `challenge {} {first}`, or `bots {}` for others.",
            bot.handle, terms.game
        )))
    }

    /// The caller's last opponent, and the terms of their last match with the sides swapped.
    pub(super) fn rematch_terms(&self, me: PersonId) -> Result<(PersonId, Terms), Refusal> {
        let last = self.last_match(me).ok_or_else(|| {
            refuse("match/none", "You have not finished a match yet.")
                .hint("Type `challenge` and a name, or `open` and a game.")
        })?;
        Ok((last.opponent, self.again(last)?))
    }

    fn last_match(&self, me: PersonId) -> Option<Last> {
        let last = self.desk.last_over(me)?;
        let (names, terms, seats) = (last.names(), last.terms, last.seats);
        let opponent = names.into_iter().find(|person| *person != me)?;
        let seat = seats
            .iter()
            .position(|person| *person == me)
            .and_then(|seat| u8::try_from(seat).ok())
            .map(Seat);
        Some(Last {
            opponent,
            terms,
            seat,
        })
    }

    /// The same terms again, with colours swapped.
    fn again(&self, last: Last) -> Result<Terms, Refusal> {
        let Some(seat) = last.seat.filter(|_| {
            let game = last.terms.game();
            game.is_some_and(|game| game.spec().seats.1 == 2)
        }) else {
            let side = Side::Luck;
            return Ok(Terms { side, ..last.terms });
        };
        Ok(Terms {
            side: Side::Seat(seat.other()),
            clock: last.terms.clock.swapped(),
            ..last.terms
        })
    }

    /// A person by handle or JID, to be written to; a JID the referee does not know becomes known. Nobody names too many
    /// who never spoke to the referee.
    pub fn somebody(&mut self, name: &str) -> Result<PersonId, Refusal> {
        let (known, jid) = match self.named(name)? {
            Named::Known(id) => match self.desk.world().people.get(id) {
                Some(person) if !person.spoke => (Some(id), person.jid.clone()),
                _ => return Ok(id),
            },
            Named::New(bare) => (None, bare),
        };
        if !self.caller.admin {
            self.may_call_cold(&jid)?;
        }
        known.map_or_else(|| self.desk.meet(&jid, false), Ok)
    }

    /// Somebody the referee knows, by handle. Admins may give a JID; anybody else would learn from the answer who is behind it.
    pub fn acquaintance(&self, name: &str) -> Result<Option<PersonId>, Refusal> {
        let known = self.addressed(name)?;
        let allowed = |(_, by_address): &(PersonId, bool)| !by_address || self.caller.admin;
        match known.filter(allowed) {
            Some((person, _)) => Ok(Some(person)),
            None if name.contains('@') && !self.caller.admin => Err(refuse(
                "people/by-handle",
                "Give the name that others see, not an address.",
            )
            .hint("As in `person bob`.")),
            None => Ok(None),
        }
    }

    /// Somebody the referee knows, and whether they were named by an address.
    pub fn addressed(&self, name: &str) -> Result<Option<(PersonId, bool)>, Refusal> {
        Ok(match self.named(name)? {
            Named::Known(person) => Some((person, name.contains('@'))),
            Named::New(_) => None,
        })
    }

    /// Takes a permit to write to somebody who never spoke to the referee.
    fn may_call_cold(&mut self, theirs: &str) -> Result<(), Refusal> {
        let now = self.desk.now();
        let mine = format!("cold calls of {}", self.caller.bare);
        let fits = self.limits.take(&mine, COLD_CALLS, now)
            && self
                .limits
                .take(&format!("cold calls to {theirs}"), COLD_CALLED, now);
        if fits {
            return Ok(());
        }
        Err(refuse(
            "match/cold-calls",
            "Enough people who do not know me yet were asked.",
        )
        .hint("Let them write to me first, or type `open` and a game to wait for anybody."))
    }

    /// Takes a permit to make a match.
    pub(super) fn may_make(&mut self, me: PersonId) -> Result<(), Refusal> {
        let bot = self.desk.world().people.get(me).is_some_and(|me| me.bot);
        let mine = format!("matches of {}", self.caller.bare);
        // A bot that may make no more may have finished some since it was counted.
        for again in [false, true] {
            let rate = match bot {
                true => bot_matches(self.finished.of(self.desk, me, again)),
                false => MATCHES,
            };
            if self.limits.take(&mine, rate, self.desk.now()) {
                return Ok(());
            }
        }
        Err(refuse(
            "match/too-fast",
            "You have made many matches in a short time.",
        )
        .hint("Wait a minute, or join one that is open: type `matches open`."))
    }

    /// What to type for somebody who has no handle here: probably they are on the asker's own server.
    fn whole_address(&self, name: &str) -> String {
        let clan =
            super::clan::read_tag(name).filter(|tag| self.desk.world().clans.get(*tag).is_some());
        if let Some(tag) = clan {
            return format!(
                "{tag} is a clan: for a match between clans type `clan challenge {tag}` and the rest."
            );
        }
        let server = self.caller.bare.rsplit('@').next().unwrap_or_default();
        let probably = crate::clans::bare_jid(&format!("{}@{server}", name.to_lowercase()));
        match probably.filter(|_| !name.contains('@')) {
            Some(jid) => {
                let game = self.field("game").unwrap_or("chess");
                match self.field("opponent").is_some() {
                    true => format!("If you mean {jid}: type `challenge {jid} {game}`."),
                    false => format!("If you mean {jid}, type the whole address."),
                }
            }
            None => "Type the whole address, such as bob@example.org.".to_owned(),
        }
    }

    fn named(&self, name: &str) -> Result<Named, Refusal> {
        let name = typed::bare(name.trim().trim_start_matches("xmpp:"));
        let name = name.trim_start_matches('@');
        let people = &self.desk.world().people;
        if let Some(person) = people
            .by_handle(name)
            .or_else(|| people.by_jid(&name.to_lowercase()))
        {
            return Ok(Named::Known(person.id));
        }
        let unknown = || {
            refuse(
                "people/unknown",
                format!("I don't know anybody called `{}`.", clip(name, 40)),
            )
            .hint(self.whole_address(name))
        };
        let bare = crate::clans::bare_jid(name).ok_or_else(unknown)?;
        if let Some(person) = self.desk.world().people.by_jid(&bare) {
            return Ok(Named::Known(person.id));
        }
        let own = &self.desk.world().domain;
        if bare
            .split_once('@')
            .is_some_and(|(_, domain)| domain == own)
        {
            return Err(
                refuse("people/ourselves", "That address is the referee's own.")
                    .hint("Type `open` and a game to wait for an opponent."),
            );
        }
        Ok(Named::New(bare))
    }

    /// Whether these two may be brought together.
    pub(super) fn may_challenge(&self, me: PersonId, opponent: PersonId) -> Result<(), Refusal> {
        let people = &self.desk.world().people;
        let (Some(mine), Some(theirs)) = (people.get(me), people.get(opponent)) else {
            return Ok(());
        };
        let refused = self.desk.world().ignores(theirs, mine) || self.is_banned(theirs);
        if refused {
            return Err(refuse(
                "match/unwanted",
                format!("{} does not take challenges from you.", theirs.handle),
            )
            .hint("Type `open` and a game to wait for anybody."));
        }
        if mine.ignores(theirs) {
            return Err(
                refuse("match/ignored", format!("You ignore {}.", theirs.handle))
                    .hint(format!("Type `ignore {} off` first.", theirs.handle)),
            );
        }
        let waiting = |live: &&crate::engine::Live| {
            live.game.by == me
                && live.game.stage == crate::matches::Stage::Challenged
                && live.game.to == Some(opponent)
        };
        let people = &self.desk.world().people;
        let cold = |live: &&crate::engine::Live| {
            let asked = live.game.to.and_then(|to| people.get(to));
            live.game.by == me
                && live.game.stage == crate::matches::Stage::Challenged
                && asked.is_some_and(|asked| !asked.spoke)
        };
        if !theirs.spoke && self.desk.world().matches_of(me).filter(cold).count() >= MAX_COLD_CALLS
        {
            return Err(refuse(
                "match/cold-calls",
                "You have asked enough people who do not know me yet.",
            )
            .hint("Wait until some of them have answered."));
        }
        let limit = if theirs.spoke { MAX_PENDING } else { 1 };
        if self.desk.world().matches_of(me).filter(waiting).count() >= limit {
            return Err(refuse(
                "match/pestering",
                format!("{} has not answered you yet.", theirs.handle),
            )
            .hint("Wait for the answer, or `withdraw` first."));
        }
        Ok(())
    }

    fn is_banned(&self, person: &Person) -> bool {
        self.desk
            .world()
            .ban_of(&person.jid, self.desk.now())
            .is_some()
    }
}

/// Challenges to people who never spoke to the referee that may wait at a time: it is no spammer.
const MAX_COLD_CALLS: usize = 5;
/// Challenges to one person that may wait at a time.
const MAX_PENDING: usize = 3;
