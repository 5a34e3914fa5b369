//! A match as a client draws it: who sits where, the position as the one who looks may see it, and what is new. Made for
//! the MUG door, which turns it into presence and turns.

use super::details::match_name;
use super::{
    Answer, Desk, Finished, Found, GAMES, Host, Live, Look, MatchId, PersonId, Seat, Seen, Stage,
    archive,
};
use crate::commands::limits::{COLD_CALLED, COLD_CALLS, INVITES};
use crate::commands::reply::Stop;
use crate::engine::story::with_names;
use crate::games::{Choice, Game, Phase, View, Viewer};
use crate::kit::clip;
use crate::matches::{Match, Side, Terms};

/// A game as a client has to know it before anybody sits down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableGame {
    /// Its id.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What the seats are called, in order.
    pub sides: &'static [&'static str],
    /// What may be chosen.
    pub options: Vec<OptionInfo>,
}

/// An option of a game.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionInfo {
    /// Its name, such as `rows`.
    pub name: &'static str,
    /// One short sentence.
    pub help: &'static str,
    /// What stands in the form at first.
    pub default: &'static str,
    /// All that may be chosen; empty where the players write their own words.
    pub values: Vec<String>,
}

/// Somebody at the table. The JID is for the door alone, to know its own people; it is shown to nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sitter {
    /// The bare JID; empty for somebody who was forgotten.
    pub jid: String,
    /// The name others see.
    pub handle: String,
    /// The other addresses this person acts from.
    pub others: Vec<String>,
}

impl Sitter {
    /// Whether this is the address of that person, or another of theirs.
    pub fn is(&self, bare: &str) -> bool {
        self.jid == bare || self.others.iter().any(|other| other == bare)
    }
}

/// One move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Its number, from 1.
    pub number: u32,
    /// Who moved.
    pub seat: usize,
    /// In the game's notation.
    pub text: String,
}

/// How a match ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// The stable reason code.
    pub code: String,
    /// One sentence.
    pub text: String,
    /// The place of each seat, from 1; empty when there is no result.
    pub places: Vec<u8>,
}

/// A match as one viewer may see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The game.
    pub game: TableGame,
    /// A readable name.
    pub name: String,
    /// The word for how far it has come: `challenged open started paused adjourned over`.
    pub stage: &'static str,
    /// `public`, `unlisted` or `private`.
    pub visibility: &'static str,
    /// Whether the result counts for ratings.
    pub rated: bool,
    /// The time control.
    pub clock: String,
    /// The chosen options, all of them.
    pub options: Vec<(&'static str, String)>,
    /// Records so far.
    pub version: u64,
    /// The hash of the last record.
    pub hash: String,
    /// The challenger.
    pub owner: Sitter,
    /// The challenged, or whoever joined.
    pub guest: Option<Sitter>,
    /// The challenger's seat; none when luck decides.
    pub owner_seat: Option<usize>,
    /// Who sits where, once play has begun.
    pub seats: Vec<Sitter>,
    /// Everybody who plays, with the seat: allies sit where their player does.
    pub players: Vec<(usize, Sitter)>,
    /// What each seat plays now; in a series sides change from game to game.
    pub sides: Vec<&'static str>,
    /// The handle of the one who looks; empty for strangers.
    pub handle: String,
    /// Whether others than its players see it late.
    pub delayed: bool,
    /// The seat of the one who looks.
    pub viewer: Option<usize>,
    /// The nick that was asked for is somebody else's name, or looks like it.
    pub nick_taken: bool,
    /// One line that a program can read.
    pub position: String,
    /// A picture.
    pub board: String,
    /// The seats that must act.
    pub turn: Vec<usize>,
    /// The seats that have made a sealed choice.
    pub chosen: Vec<usize>,
    /// Whether what is played now stays sealed until all have chosen.
    pub sealed: bool,
    /// Whether some seats know what others do not.
    pub hidden: bool,
    /// As many watch it as its players allow, and the one who looks would be one more.
    pub full: bool,
    /// What each seat's clock shows, in milliseconds.
    pub clocks: Vec<Option<i64>>,
    /// Moves so far.
    pub moves: u32,
    /// The moves that were asked for.
    pub news: Vec<Turn>,
    /// Standing offers: the seat and the word.
    pub offers: Vec<(usize, &'static str)>,
    /// How it ended.
    pub ending: Option<Ending>,
}

/// All games, the newest version of each, in the order of their ids.
pub fn table_games() -> Vec<TableGame> {
    let newest = GAMES.iter().filter_map(|game| table_game(game.spec().id));
    let mut games: Vec<TableGame> = newest.collect();
    games.dedup_by_key(|game| game.id);
    games
}

/// A game by its id or one of its other names.
pub fn table_game(name: &str) -> Option<TableGame> {
    crate::games::find(name).map(game_info)
}

fn game_info(game: &dyn Game) -> TableGame {
    let spec = game.spec();
    let values = |choice: &Choice| match choice {
        Choice::Number(least, most) => (*least..=*most).map(|n| n.to_string()).collect(),
        Choice::Word(words) => words.iter().map(|word| (*word).to_owned()).collect(),
        // The players' own words: the form has a line of text for them.
        Choice::Name(_) | Choice::Names(..) => Vec::new(),
    };
    let options = spec.options.iter().map(|option| OptionInfo {
        name: option.name,
        help: option.help,
        default: option.default,
        values: values(&option.choice),
    });
    TableGame {
        id: spec.id,
        title: spec.title,
        sides: spec.sides,
        options: options.collect(),
    }
}

/// The match of this address, as the one who looks may see it.
pub(super) fn table(desk: &Desk, look: &Look, since: u32, nick: Option<&str>) -> Answer {
    let Some(id) = look.place.game() else {
        return Answer::Nothing;
    };
    if let Some(stop) = banned(desk, look) {
        return stop;
    }
    let people = &desk.world().people;
    let person = people.acting(&look.bare);
    let me = person.map(|person| person.id);
    let seen = match desk.find(id) {
        Some(Found::Live(live)) if live.game.visible_to(me) => Table {
            full: nick.is_some() && desk.check_audience(live, &look.bare).is_err(),
            ..live_table(desk, live, me, since)
        },
        Some(Found::Finished(over)) if archive::visible_to(&over, me) => {
            finished_table(desk, &over, me, since)
        }
        _ => return Answer::Nothing,
    };
    Answer::Seen(Seen::Table(Box::new(Table {
        handle: person
            .map(|person| person.handle.clone())
            .unwrap_or_default(),
        nick_taken: nick.is_some_and(|nick| is_anothers(desk, me, nick)),
        ..seen
    })))
}

fn banned(desk: &Desk, look: &Look) -> Option<Answer> {
    desk.world()
        .service
        .ban_of(&look.bare, desk.now())
        .map(|_| Answer::Stop(Stop::Forbidden, "You are banned from this referee.".into()))
}

/// Whether a nick would be taken for somebody else, or for the referee.
fn is_anothers(desk: &Desk, me: Option<PersonId>, nick: &str) -> bool {
    let letters: String = nick.chars().filter(|c| c.is_alphanumeric()).collect();
    let me = me.unwrap_or(PersonId(0));
    [nick, &letters].iter().any(|name| {
        let judged = desk.world().people.may_take(me, name);
        judged.is_err_and(|no| matches!(&*no.code, "handle/taken" | "handle/reserved"))
    })
}

fn sitter(desk: &Desk, id: PersonId) -> Sitter {
    let people = &desk.world().people;
    let person = people.get(id);
    // An address that was silent for a year may be another's by now: nobody sits at the table from there.
    let mut addresses = person.into_iter().flat_map(|person| people.told_at(person));
    Sitter {
        jid: addresses.next().unwrap_or_default().to_owned(),
        handle: people.name(id),
        others: addresses.map(str::to_owned).collect(),
    }
}

fn common(desk: &Desk, terms: &Terms, by: PersonId, to: Option<PersonId>) -> Table {
    let game = terms.game().map(game_info).unwrap_or_default();
    let options = game.options.iter();
    Table {
        delayed: terms.delay.is_some(),
        options: options
            .map(|option| (option.name, terms.setup.word(option.name).to_owned()))
            .collect(),
        visibility: terms.visibility.word(),
        rated: terms.rated,
        clock: terms.clock.to_string(),
        owner: sitter(desk, by),
        guest: to.map(|to| sitter(desk, to)),
        owner_seat: match terms.side {
            Side::Luck => None,
            Side::Seat(seat) => Some(seat.index()),
        },
        hidden: terms.game().is_some_and(|game| game.spec().hidden),
        sides: game.sides.to_vec(),
        game,
        ..Table::default()
    }
}

fn live_table(desk: &Desk, live: &Live, me: Option<PersonId>, since: u32) -> Table {
    let now = live.clock_time(me, desk.clock_time());
    let live = live.seen_by(me);
    let game = &live.game;
    let seat = me.and_then(|me| game.seat_of(me));
    let View { board, position } = game.view(seat.map_or(Viewer::Public, Viewer::Seat));
    let usual = common(desk, &game.terms, game.by, game.to);
    let begun = (!game.seats.is_empty()).then(|| game.players().into_iter());
    let player = |(seat, id): (Seat, PersonId)| (seat.index(), sitter(desk, id));
    let players = begun.map(|players| players.map(player).collect());
    let side = |seat: usize| game.side_of(Seat(u8::try_from(seat).ok()?));
    let sides = (0..usual.sides.len()).map(side).collect::<Option<_>>();
    let clock = |seat: usize| {
        let left = game.time_left(Seat(u8::try_from(seat).ok()?), now)?;
        Some(left.0)
    };
    Table {
        name: match_name(desk, &game.terms, &game.names()),
        sides: sides.unwrap_or_else(|| usual.sides.clone()),
        stage: game.stage.word(),
        version: live.v,
        hash: live.head.to_string(),
        seats: game.seats.iter().map(|id| sitter(desk, *id)).collect(),
        players: players.unwrap_or_default(),
        viewer: seat.map(Seat::index),
        position,
        board,
        turn: indices(game.waits_for()),
        chosen: indices(game.chosen.keys().copied()),
        sealed: game.stage == Stage::Started && matches!(game.phase(), Some(Phase::Together(_))),
        clocks: (0..game.seats.len()).map(clock).collect(),
        moves: game.plays,
        news: news(game.moves(), since),
        offers: game
            .offers
            .iter()
            .map(|offer| (offer.seat.index(), offer.what.word()))
            .collect(),
        ending: game.verdict.as_ref().map(|verdict| Ending {
            code: verdict.code.clone(),
            text: spoken(desk, game, &verdict.text),
            places: verdict.places.clone(),
        }),
        ..usual
    }
}

fn spoken(desk: &Desk, game: &Match, text: &str) -> String {
    with_names(&desk.world().people, game, text)
}

fn finished_table(desk: &Desk, over: &Finished, me: Option<PersonId>, since: u32) -> Table {
    let seats: Vec<Sitter> = over.seats.iter().map(|id| sitter(desk, *id)).collect();
    let mut text = over.verdict.text.clone();
    for (seat, person) in over.names().into_iter().enumerate() {
        text = text.replace(&format!("{{{seat}}}"), &desk.world().people.name(person));
    }
    let moves = over.moves.iter().map(|(seat, text)| (*seat, text.as_str()));
    Table {
        name: match_name(desk, &over.terms, &over.names()),
        stage: Stage::Over.word(),
        version: over.v,
        hash: over.head.to_string(),
        viewer: me.and_then(|me| over.seats.iter().position(|seat| *seat == me)),
        position: over.view.position.clone(),
        board: over.view.board.clone(),
        clocks: vec![None; seats.len()],
        players: (0..).zip(seats.iter().cloned()).collect(),
        seats,
        moves: over.plays,
        news: news(moves, since),
        ending: Some(Ending {
            code: over.verdict.code.clone(),
            text,
            places: over.verdict.places.clone(),
        }),
        ..common(desk, &over.terms, over.by, over.to)
    }
}

fn indices(seats: impl IntoIterator<Item = Seat>) -> Vec<usize> {
    seats.into_iter().map(Seat::index).collect()
}

fn news<'a>(moves: impl Iterator<Item = (Seat, &'a str)>, since: u32) -> Vec<Turn> {
    let numbered = (1..).zip(moves).filter(|(number, _)| *number > since);
    numbered
        .map(|(number, (seat, text))| Turn {
            number,
            seat: seat.index(),
            text: text.to_owned(),
        })
        .collect()
}

impl Host {
    /// Whether somebody may be invited to the match of this address, by whoever looks.
    pub(super) fn guest(&mut self, desk: &Desk, look: &Look, to: &str) -> Answer {
        if let Some(stop) = banned(desk, look) {
            return stop;
        }
        let no = |text: String| Answer::Stop(Stop::Forbidden, text);
        let people = &desk.world().people;
        let me = people.acting(&look.bare);
        if let Some(muted) = me.and_then(|me| desk.may_speak(me.id).err()) {
            return no(muted.to_string());
        }
        let Some(names) = look
            .place
            .game()
            .and_then(|id| open_to(desk, id, me.map(|me| me.id)))
        else {
            return Answer::Nothing;
        };
        let known = people.by_handle(to).or_else(|| people.by_jid(to));
        let told = |person| people.told_at(person).next().map(str::to_owned);
        let jid = match known {
            Some(person) => match told(person) {
                Some(jid) => jid,
                None => return Answer::Nothing,
            },
            None => match crate::clans::bare_jid(to) {
                Some(jid) if !is_ours(desk, &jid) => jid,
                _ => return Answer::Nothing,
            },
        };
        let theirs = people.by_jid(&jid);
        if names.is_some_and(|names| !theirs.is_some_and(|person| names.contains(&person.id))) {
            return no("This match is private: only its players may enter.".to_owned());
        }
        let unwanted = theirs
            .zip(me)
            .is_some_and(|(theirs, me)| desk.world().ignores(theirs, me))
            || desk.world().ban_of(&jid, desk.now()).is_some();
        if unwanted {
            return no(format!(
                "{} does not take invitations from you.",
                clip(to, 40)
            ));
        }
        let (spoke, now) = (theirs.is_some_and(|person| person.spoke), desk.now());
        let mine = format!("invitations of {}", look.bare);
        let cold = format!("cold calls of {}", look.bare);
        let fits = self.limits.take(&mine, INVITES, now)
            && (spoke
                || (self.limits.take(&cold, COLD_CALLS, now)
                    && self
                        .limits
                        .take(&format!("cold calls to {jid}"), COLD_CALLED, now)));
        if !fits {
            let text = "Enough people were invited; wait a while.".to_owned();
            return Answer::Stop(Stop::Overload, text);
        }
        Answer::Seen(Seen::Guest(jid, spoke))
    }
}

fn is_ours(desk: &Desk, jid: &str) -> bool {
    jid.rsplit('@').next() == Some(&desk.world().domain)
}

/// Whether this person may know of a match that is not over, and, if it is private, who plays in it.
fn open_to(desk: &Desk, id: MatchId, me: Option<PersonId>) -> Option<Option<Vec<PersonId>>> {
    let game = &desk.world().live(id)?.game;
    let private = game.terms.visibility == crate::matches::Visibility::Private;
    game.visible_to(me).then(|| private.then(|| game.names()))
}
