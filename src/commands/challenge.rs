//! `challenge`: asks somebody to play, and what `open` shares with it: reading the terms of a match.

use super::audience::{DELAY, SPECTATORS};
use super::call::{Caller, Place};
use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::format::{ALLIES, BEST, BOARDS, CARRY, DRAWS, is_series};
use super::levels::bot_matches;
use super::limits::{COLD_CALLED, COLD_CALLS, MATCHES};
use super::lines::missing;
use super::reply::Reply;
use super::shared::SALT;
use crate::clans::Person;
use crate::engine::{Desk, Found};
use crate::games::{self, GAMES, Game, Played, Setup};
use crate::kit::{MatchId, PersonId, Refusal, Seat, Words, clip, refuse};
use crate::matches::{ClockRule, Side, Terms, Visibility};

/// The card.
pub const CARD: Card = Card {
    name: "challenge",
    aliases: &["duel"],
    title: "Challenge somebody",
    help: "Asks somebody to play; nothing begins before they accept. Alone, it asks your last opponent for another match.",
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

pub(super) const GAME: Field = Field {
    name: "game",
    label: "Game",
    kind: Kind::Pick(game_choices),
    default: "",
    required: false,
    words: WordsFor::If(|word| games::find(word).is_some()),
};
pub(super) const CLOCK: Field = Field {
    name: "clock",
    label: "Clock: 5+3 (minutes + seconds per move), 2d (days per move), none …; see `clocks`",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::If(|word| word.parse::<ClockRule>().is_ok() || looks_like_a_clock(word)),
};
pub(super) const LAG: Field = Field {
    name: "lag",
    label: "Lag forgiven per move, at most: lag1s (none when empty)",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::If(|word| word.strip_prefix("lag").is_some_and(starts_with_a_digit)),
};
pub(super) const SIDE: Field = Field {
    name: "side",
    label: "Your side (white, x, first …; luck decides when empty)",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::If(is_side),
};
pub(super) const RATED: Field = Field {
    name: "rated",
    label: "Rated",
    kind: Kind::Flag,
    default: "false",
    required: false,
    words: WordsFor::If(|word| matches!(word, "rated" | "unrated" | "casual")),
};
pub(super) const ROOM: Field = Field {
    name: "room",
    label: "A room and a move-by-move feed",
    kind: Kind::Flag,
    default: "",
    required: false,
    words: WordsFor::If(|word| matches!(word, "room" | "no-room")),
};
pub(super) const VISIBILITY: Field = Field {
    name: "visibility",
    label: "Who finds it",
    kind: Kind::Pick(visibilities),
    default: "public",
    required: false,
    words: WordsFor::If(|word| matches!(word, "public" | "unlisted" | "private")),
};
pub(super) const OPTIONS: Field = Field {
    name: "options",
    label: "Options of the game, such as rows=5 cols=5",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::Rest,
};

fn may_be_a_person(word: &str) -> bool {
    games::find(word).is_none()
        && !word.contains('=')
        && !is_series(word)
        && word.parse::<ClockRule>().is_err()
}

/// A word that can only be meant as a clock, so that a misspelt one is refused as a clock and not as something else.
fn looks_like_a_clock(word: &str) -> bool {
    starts_with_a_digit(word.strip_prefix("hg").unwrap_or(word)) && !word.contains(['@', '='])
}

fn starts_with_a_digit(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

fn is_side(word: &str) -> bool {
    matches!(word, "first" | "second" | "random" | "luck")
        || GAMES.iter().any(|game| {
            game.spec()
                .sides
                .iter()
                .any(|side| side.eq_ignore_ascii_case(word))
        })
}

fn game_choices(_: &Desk, _: &Caller, _: Place) -> Vec<(String, String)> {
    GAMES
        .iter()
        .map(|game| (game.spec().id.to_owned(), game.spec().title.to_owned()))
        .collect()
}

fn visibilities(_: &Desk, _: &Caller, _: Place) -> Vec<(String, String)> {
    ["public", "unlisted", "private"]
        .map(|word| (word.to_owned(), word.to_owned()))
        .to_vec()
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let last = ask.last_match(me);
    let fields = ask.fields;
    let opponent = match fields.get("opponent") {
        Some(name) => ask.somebody(name)?,
        None => last
            .as_ref()
            .map(|last| last.opponent)
            .ok_or_else(|| missing(&CARD, "an opponent"))?,
    };
    let terms = match (ask.field("game"), last) {
        (None, Some(last)) if last.opponent == opponent => ask.again(last)?,
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
        self.may_ask(&terms, me, opponent)?;
        self.may_be_rated(&terms, me, opponent)?;
        self.may_make(me)?;
        let salt = self.field("salt").map(str::to_owned);
        let id = (self.desk).create(me, Some(opponent), terms, salt, self.req)?;
        let name = self.desk.world().people.name(opponent);
        let words = Words::line(format!(
            "[{id}] {name} is asked. You will be told of the answer."
        ))
        .and(format!("Type `withdraw {id}` to take it back."));
        Ok(self.state_of(id, words))
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
        let finished = self.desk.finished_of(me, None, 1).into_iter().next();
        let recent = self.recent_over(me);
        let (names, terms, seats) = match (recent, finished) {
            (Some(live), Some(finished)) if finished.id > live => {
                (finished.names(), finished.terms.clone(), finished.seats)
            }
            (Some(live), _) => match self.desk.find(live)? {
                Found::Live(live) => (
                    live.game.names(),
                    live.game.terms.clone(),
                    live.game.seats.clone(),
                ),
                Found::Finished(finished) => {
                    (finished.names(), finished.terms.clone(), finished.seats)
                }
            },
            (None, Some(finished)) => (finished.names(), finished.terms.clone(), finished.seats),
            (None, None) => return None,
        };
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

    /// A match that is over and still in memory, because it ended a moment ago.
    fn recent_over(&self, me: PersonId) -> Option<MatchId> {
        self.desk.world().recently_over(me)
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

    /// A person by handle or JID, if the referee knows them.
    pub fn acquaintance(&self, name: &str) -> Result<Option<PersonId>, Refusal> {
        Ok(match self.named(name)? {
            Named::Known(person) => Some(person),
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

    fn named(&self, name: &str) -> Result<Named, Refusal> {
        let name = name
            .trim()
            .trim_start_matches("xmpp:")
            .trim_end_matches([',', '.']);
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
                format!("I do not know anybody called `{}`.", clip(name, 40)),
            )
            .hint("Give the whole JID, such as bob@example.org.")
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
        let refused = theirs.ignores(mine) || self.is_banned(theirs);
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

    /// The terms of a match from the fields.
    pub fn terms(&self, me: PersonId, opponent: Option<PersonId>) -> Result<Terms, Refusal> {
        let game = self.chosen_game()?;
        let spec = game.spec();
        let setup = Setup::read(spec.options, &self.options(game))?;
        let clock = self.clock(game.played())?;
        let visibility = match self.field("visibility").unwrap_or("public") {
            "public" => Visibility::Public,
            "unlisted" => Visibility::Unlisted,
            "private" => Visibility::Private,
            other => {
                return Err(refuse(
                    "match/visibility",
                    format!("`{}` is no visibility.", clip(other, 20)),
                )
                .hint("Choose public, unlisted or private."));
            }
        };
        let is_bot = |id: PersonId| {
            self.desk
                .world()
                .people
                .get(id)
                .is_some_and(|person| person.bot)
        };
        let only_bots = is_bot(me) && opponent.is_none_or(is_bot);
        let room = match self.field("room") {
            None => !only_bots && self.has_room_left(me),
            Some(word) if is_yes("room", word)? && !self.has_room_left(me) => {
                return Err(refuse(
                    "match/too-many-rooms",
                    format!("You have {MAX_ROOMS_OF_ONE} matches with a room already."),
                )
                .hint("Write `no-room` to play this one without, or finish some first."));
            }
            Some(word) => is_yes("room", word)?,
        };
        Ok(Terms {
            game: spec.id.to_owned(),
            rules: spec.version,
            setup,
            clock,
            side: side(game, self.field("side"))?,
            rated: self
                .field("rated")
                .map_or(Ok(false), |word| is_yes("rated", word))?,
            visibility,
            room: room && visibility != Visibility::Private,
            delay: self.delay()?,
            spectators: self.spectators()?,
            law: 0,
            format: self.format(game)?,
        })
    }

    /// Rooms are few on any server, so nobody holds too many; a match needs none to be played.
    fn has_room_left(&self, me: PersonId) -> bool {
        let mine = self.desk.world().matches_of(me);
        mine.filter(|live| live.game.terms.room).count() < MAX_ROOMS_OF_ONE
    }

    /// The time control, with the lag that is forgiven where that was said apart.
    fn clock(&self, played: Played) -> Result<ClockRule, Refusal> {
        let usual = match played {
            Played::Here => "none",
            // Without a deadline nothing would ever end a match that nobody reports.
            Played::Elsewhere => "2d",
        };
        let clock = self.field("clock").unwrap_or(usual);
        match self.field("lag") {
            None => clock.parse(),
            Some(lag) => {
                let lag = lag.strip_prefix("lag").unwrap_or(lag);
                format!("{clock} lag{lag}").parse()
            }
        }
    }

    fn chosen_game(&self) -> Result<&'static dyn Game, Refusal> {
        let names: Vec<&str> = GAMES.iter().map(|game| game.spec().id).collect();
        // A bare word among the options is a game that nobody knows.
        let stray = self
            .field("options")
            .and_then(|options| options.split_whitespace().find(|word| !word.contains('=')));
        match self.field("game").or(stray) {
            None => Err(refuse("match/no-game", "Which game?")
                .hint(format!("Name one of {}.", names.join(", ")))),
            Some(name) => games::find(name).ok_or_else(|| {
                refuse(
                    "match/unknown-game",
                    format!("I do not know the game `{}`.", clip(name, 30)),
                )
                .hint(format!("I know {}.", names.join(", ")))
            }),
        }
    }
}

/// Challenges to people who never spoke to the referee that may wait at a time: it is no spammer.
const MAX_COLD_CALLS: usize = 5;
/// Matches of one person that have a room at a time.
const MAX_ROOMS_OF_ONE: usize = 20;
/// Challenges to one person that may wait at a time.
const MAX_PENDING: usize = 3;

/// Reads a yes-or-no field, whose own name is a yes too.
pub(super) fn is_yes(field: &str, word: &str) -> Result<bool, Refusal> {
    match word.to_lowercase().as_str() {
        "1" | "true" | "yes" | "on" | "room" | "rated" => Ok(true),
        "0" | "false" | "no" | "off" | "no-room" | "unrated" | "casual" => Ok(false),
        other => Err(refuse(
            "command/flag",
            format!("{field} is yes or no, and not `{}`.", clip(other, 20)),
        )
        .hint(format!("Write {field}=yes or {field}=no."))),
    }
}

fn side(game: &dyn Game, word: Option<&str>) -> Result<Side, Refusal> {
    let Some(word) = word else {
        return Ok(Side::Luck);
    };
    let sides = game.spec().sides;
    let place = sides
        .iter()
        .position(|side| side.eq_ignore_ascii_case(word))
        .or(match word.to_lowercase().as_str() {
            "first" | "0" => Some(0),
            "second" | "1" => Some(1),
            _ => None,
        });
    match place.and_then(|place| u8::try_from(place).ok()) {
        Some(place) => Ok(Side::Seat(Seat(place))),
        None if matches!(word.to_lowercase().as_str(), "random" | "luck") => Ok(Side::Luck),
        None => Err(refuse(
            "match/side",
            format!("{} has no side `{}`.", game.spec().title, clip(word, 20)),
        )
        .hint(format!(
            "Choose {}, or leave it to luck.",
            sides.join(" or ")
        ))),
    }
}
