//! The terms of a match: the fields in which `challenge`, `open` and the cards of clans take them, what people type for
//! them, and how an answer says them back.

use super::call::{Caller, Door, Place};
use super::card::{Ask, Field, Kind, WordsFor};
use super::typed;
use crate::engine::Desk;
use crate::games::{self, GAMES, Game, Played, Setup};
use crate::kit::{MatchId, PersonId, Refusal, Seat, clip, refuse};
use crate::matches::{ClockRule, Format, Match, Side, Terms, Visibility};

pub(super) const GAME: Field = Field {
    name: "game",
    label: "Game",
    kind: Kind::Pick(game_choices),
    default: "",
    required: false,
    words: WordsFor::Phrase(game_at),
};
pub(super) const CLOCK: Field = Field {
    name: "clock",
    label: "Clock: 5+3 (minutes + seconds per move), 2d (days per move), none …; see `clocks`",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::Phrase(clock_at),
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
    words: WordsFor::If(|word| {
        matches!(
            word,
            "rated" | "ranked" | "unrated" | "unranked" | "casual" | "friendly"
        )
    }),
};
pub(super) const ROOM: Field = Field {
    name: "room",
    label: "A room and a move-by-move feed",
    kind: Kind::FlagFor(|desk, caller| {
        let me = caller.person.and_then(|me| desk.world().people.get(me));
        !me.is_some_and(|me| me.bot)
    }),
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
    words: WordsFor::Each(|word| word.contains('=')),
};

/// Words of the longest name of a game.
const MAX_NAME_WORDS: usize = 4;

/// The game that the first words of a line name, by its id, an alias or its title: `rock paper scissors bob`.
pub(super) fn game_at(line: &str) -> Option<(String, usize)> {
    let words = line.split_whitespace().take(MAX_NAME_WORDS);
    let words: Vec<String> = words
        .map(|word| typed::plain(word).replace('-', " "))
        .collect();
    let plain = |name: &str| name.to_lowercase().replace('-', " ");
    (1..=words.len()).rev().find_map(|count| {
        let named = words[..count].join(" ");
        let mut games = GAMES.iter().map(|game| game.spec());
        let spec = games.find(|spec| {
            let mut names = [spec.id, spec.title]
                .into_iter()
                .chain(spec.aliases.iter().copied());
            names.any(|name| plain(name) == named)
        })?;
        Some((spec.id.to_owned(), count))
    })
}

/// What people call a clock of a kind.
const SPEEDS: [(&str, &str); 7] = [
    ("bullet", "1+0"),
    ("blitz", "5+3"),
    ("rapid", "10+5"),
    ("classical", "30+20"),
    ("correspondence", "3d"),
    ("daily", "1d"),
    ("unlimited", "none"),
];

/// The clock that the first words of a line are: `5+3`, `5|3`, `5 min`, `3 days per move`, `blitz`.
pub(super) fn clock_at(line: &str) -> Option<(String, usize)> {
    let words: Vec<&str> = line.split_whitespace().take(6).collect();
    let first = *words.first()?;
    let plain = |at: usize| {
        words
            .get(at)
            .map(|word| typed::plain(word))
            .unwrap_or_default()
    };
    if let Some((_, clock)) = SPEEDS.iter().find(|(name, _)| *name == plain(0)) {
        return Some(((*clock).to_owned(), 1));
    }
    if plain(0) == "no" && matches!(plain(1).as_str(), "clock" | "time" | "limit") {
        return Some(("none".to_owned(), 2));
    }
    if let Some(found) = spoken_time(&words) {
        return Some(found);
    }
    let bare = match typed::bare(first) {
        "" => first,
        bare => bare,
    };
    // Most sites write 5|3 for what is 5+3 here; odds of time name both clocks whole: 5+0|3+0.
    if let Some((base, extra)) = bare.split_once('|')
        && is_number(base)
        && is_number(extra)
    {
        return Some((format!("{base}+{extra}"), 1));
    }
    let clock = bare.parse::<ClockRule>().is_ok() || looks_like_a_clock(bare);
    clock.then(|| (bare.to_owned(), 1))
}

/// A time in words: `5 min`, `5 minutes + 3`, `90 seconds`, `3 days per move`.
fn spoken_time(words: &[&str]) -> Option<(String, usize)> {
    let first = typed::bare(words.first()?).to_ascii_lowercase();
    let digits = first.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (unit, mut count) = match &first[digits.len()..] {
        "" => (typed::plain(words.get(1)?), 2),
        unit if unit.len() > 1 => (unit.to_owned(), 1),
        _ => return None,
    };
    let unit = match unit.trim_end_matches('s') {
        "min" | "minute" => "m",
        "h" | "hour" => "h",
        "sec" | "second" => "s",
        "d" | "day" => "d",
        _ => return None,
    };
    if !is_number(digits) {
        return None;
    }
    let next = |at: usize| {
        words
            .get(at)
            .map(|word| typed::plain(word))
            .unwrap_or_default()
    };
    let each = (next(count) == "per" || next(count) == "a" || next(count) == "each")
        && next(count + 1) == "move";
    if each {
        count += 2;
    }
    let mut clock = match (unit, each) {
        ("d", _) => format!("{digits}d"),
        (unit, true) => format!("{digits}{unit}/move"),
        (unit, false) => format!("{digits}{unit}"),
    };
    let (sign, extra) = (
        words.get(count).copied().unwrap_or_default(),
        next(count + 1),
    );
    if !each && unit != "d" && sign == "+" && is_number(&extra) {
        clock = format!("{clock}+{extra}");
        count += 2;
    } else if let Some(extra) = sign.strip_prefix('+')
        && !each
        && unit != "d"
        && is_number(extra)
    {
        clock = format!("{clock}+{extra}");
        count += 1;
    }
    Some((clock, count))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit())
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

/// Matches of one person that have a room at a time.
const MAX_ROOMS_OF_ONE: usize = 20;

impl Ask<'_> {
    /// The terms of a match from the fields.
    pub fn terms(&self, me: PersonId, opponent: Option<PersonId>) -> Result<Terms, Refusal> {
        let game = self.chosen_game()?;
        self.terms_of(game.spec().id, me, opponent)
    }

    fn terms_of(
        &self,
        game: &str,
        me: PersonId,
        opponent: Option<PersonId>,
    ) -> Result<Terms, Refusal> {
        let game = named_game(game)?;
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
        let typed = self.field("clock").unwrap_or(usual);
        let whole = |(_, words): &(String, usize)| typed.split_whitespace().count() == *words;
        let read = clock_at(typed).filter(whole);
        let clock = read.map_or(typed.to_owned(), |(clock, _)| clock);
        if let Some((one, other)) = clock.split_once('/')
            && self.door == Door::Chat
            && is_number(one)
            && is_number(other)
        {
            let text = format!("`{clock}` can mean two clocks.");
            return Err(refuse("clock/which", text).hint(format!(
                "Type `{one}+{other}` for {one} minutes and {other} seconds per move, or `0+{clock}` for {one} moves in every {other} minutes."
            )));
        }
        match self.field("lag") {
            None => clock.parse(),
            Some(lag) => {
                let lag = lag.strip_prefix("lag").unwrap_or(lag);
                format!("{clock} lag{lag}").parse()
            }
        }
    }

    fn chosen_game(&self) -> Result<&'static dyn Game, Refusal> {
        // A bare word among the options is a game that nobody knows.
        let stray = self
            .field("options")
            .and_then(|options| options.split_whitespace().find(|word| !word.contains('=')));
        match self.field("game").or(stray) {
            None => Err(refuse("match/no-game", "Which game?")
                .hint(format!("Name one of {}.", all_games().join(", ")))),
            Some(name) => named_game(name),
        }
    }

    /// The terms from the fields, where those of another kind stay as they were.
    ///
    /// # Errors
    /// The terms contradict each other.
    pub(super) fn changed_terms(
        &self,
        me: PersonId,
        opponent: Option<PersonId>,
        old: Terms,
    ) -> Result<Terms, Refusal> {
        let game = games::find(&old.game).map(|game| game.spec().id);
        let new = self.terms_of(game.unwrap_or_default(), me, opponent)?;
        let has = |names: &[&str]| names.iter().any(|name| self.field(name).is_some());
        let mut terms = old;
        if has(&["clock", "lag"]) {
            terms.clock = new.clock;
        }
        if has(&["side"]) {
            terms.side = new.side;
        }
        if has(&["rated"]) {
            terms.rated = new.rated;
        }
        if has(&["room"]) {
            terms.room = new.room;
        }
        if has(&["visibility"]) {
            (terms.visibility, terms.room) = (new.visibility, new.room && terms.room);
        }
        if has(&["delay"]) {
            terms.delay = new.delay;
        }
        if has(&["spectators"]) {
            terms.spectators = new.spectators;
        }
        if has(&["options"]) || (has(&["best"]) && terms.is_elsewhere()) {
            terms.setup = new.setup;
        }
        let mut format = terms
            .format
            .take()
            .map_or_else(Format::default, |format| *format);
        let wanted = new.format.map_or_else(Format::default, |format| *format);
        if has(&["best", "draws", "carry"]) {
            format.series = wanted.series;
        }
        if has(&["boards", "allies"]) {
            (format.boards, format.allies) = (wanted.boards, wanted.allies);
        }
        terms.format = (format != Format::default()).then(|| Box::new(format));
        Ok(terms)
    }
}

fn all_games() -> Vec<&'static str> {
    GAMES.iter().map(|game| game.spec().id).collect()
}

pub(super) fn named_game(name: &str) -> Result<&'static dyn Game, Refusal> {
    let whole = |(_, words): &(String, usize)| name.split_whitespace().count() == *words;
    let named = game_at(name).filter(whole);
    let id = named.map_or(name.to_owned(), |(id, _)| id);
    games::find(&id).ok_or_else(|| {
        refuse(
            "match/unknown-game",
            format!("I don't know the game `{}`.", clip(name, 30)),
        )
        .hint(format!("I know {}.", all_games().join(", ")))
    })
}

/// What was agreed, in one line for an answer: `Chess, 5 minutes each, rated, public; you play white.`
pub(super) fn agreed(ask: &Ask<'_>, id: MatchId, me: PersonId) -> String {
    let Some(live) = ask.desk.world().live(id) else {
        return String::new();
    };
    let terms = &live.game.terms;
    let mut said = vec![terms.clock_words()];
    said.extend(terms.series().map(|series| series.words()));
    said.push(if terms.rated { "rated" } else { "casual" }.to_owned());
    said.push(terms.visibility.word().to_owned());
    if let Some(game) = terms.game() {
        let setup = terms.setup.text(game.spec().options);
        said.extend((!setup.is_empty()).then_some(setup));
    }
    let title = terms
        .game()
        .map_or(terms.game.as_str(), |game| game.spec().title);
    let side = side_words(&live.game, me);
    format!("{title}: {}{side}.", said.join(", "))
}

/// Who plays what, behind the terms; nothing where nobody moves first.
fn side_words(game: &Match, me: PersonId) -> String {
    let Some(spec) = game.terms.game().map(|game| game.spec()) else {
        return String::new();
    };
    if !game.terms.has_sides() {
        return String::new();
    }
    let mine = match (game.seat_of(me), game.terms.side) {
        (Some(seat), _) => Some(seat),
        (None, Side::Seat(seat)) if game.by == me => Some(seat),
        (None, Side::Seat(seat)) => Some(seat.other()),
        (None, Side::Luck) => None,
    };
    match mine.and_then(|seat| spec.sides.get(seat.index())) {
        Some(side) => format!("; you play {side}"),
        None => match spec.sides.first() {
            Some(side) => format!("; luck decides who plays {side}"),
            None => String::new(),
        },
    }
}

/// Reads a yes-or-no field, whose own name is a yes too.
pub(super) fn is_yes(field: &str, word: &str) -> Result<bool, Refusal> {
    match word.to_lowercase().as_str() {
        "1" | "true" | "yes" | "on" | "room" | "rated" | "ranked" => Ok(true),
        "0" | "false" | "no" | "off" | "no-room" | "unrated" | "unranked" | "casual"
        | "friendly" => Ok(false),
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
