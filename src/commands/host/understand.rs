//! What a line of chat means: a command, a move in one of the writer's matches, or nothing.

use std::collections::BTreeSet;

use super::answers::nothing_open;
use crate::commands::call::{Caller, Chat, Flaw, Place};
use crate::commands::card::{Card, FAMILIES, Kind, Who, WordsFor};
use crate::commands::terms::game_at;
use crate::commands::{COMMANDS, clan, find, moves, show, typed};
use crate::engine::agenda;
use crate::engine::{About, Desk};
use crate::kit::{MatchId, PersonId, Refusal, clip, refuse};
use crate::matches::{Match, Stage};

/// Matches in which a line that is no command is tried as a move. Whoever has more of them says in which.
const MAX_TRIED: usize = 10;

/// What a line of chat means.
pub(super) enum Meant<'a> {
    /// A command, the words after it, and the match or clan named before it.
    Command(&'static Card, &'a str, Option<About>),
    /// Another line says it whole.
    Line(String),
    /// Nothing is done, and this is said.
    Instead(String),
    /// Somebody says hello.
    Greeting,
    /// A move in this match.
    MoveIn(MatchId, String),
    /// It is a move in several.
    Which(Vec<MatchId>),
    /// Nothing I know.
    Nothing(Refusal),
    /// Something that is refused.
    Refused(Refusal),
}

pub(super) fn understand<'a>(desk: &Desk, caller: &Caller, chat: &'a Chat) -> Meant<'a> {
    // A story about oneself (XEP-0245); `me` would be `profile`.
    if let Some(deed) = chat.text.trim_start().strip_prefix("/me ") {
        return Meant::Nothing(unknown(caller, deed));
    }
    if let Some(meant) = command(desk, caller, chat.place, &chat.text) {
        return meant;
    }
    let text = line(&chat.text);
    match a_move(desk, caller, chat.place, text) {
        Meant::Nothing(_) if typed::is_greeting(text) => Meant::Greeting,
        Meant::Nothing(no) if no.code == UNKNOWN && typed::yes_or_no(text).is_some() => {
            Meant::Nothing(nothing_open())
        }
        meant => meant,
    }
}

/// The code of a line that is nothing I know.
const UNKNOWN: &str = "command/unknown";

/// A line without the sign that makes it a command in rooms.
pub(super) fn line(text: &str) -> &str {
    text.trim().trim_start_matches(['!', '/']).trim_start()
}

/// What somebody says below lines that they quote (XEP-0393).
pub(super) fn without_quotes(text: &str) -> &str {
    let mut rest = text;
    while let Some((first, after)) = rest.split_once('\n')
        && first.trim_start().starts_with('>')
        && !after.trim().is_empty()
    {
        rest = after;
    }
    rest
}

fn first_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// What a line says that names its command.
fn command<'a>(desk: &Desk, caller: &Caller, place: Place, text: &'a str) -> Option<Meant<'a>> {
    let text = line(text);
    let (first, rest) = first_word(text);
    let word = typed::plain(first);
    let word = word.as_str();
    if let Some(family) = FAMILIES.iter().find(|family| word == **family) {
        let meant = in_family(desk, caller, family, rest);
        return Some(meant.unwrap_or_else(|| Meant::Nothing(unknown_in(caller, family, rest))));
    }
    // At a clan's own address its commands need not say so.
    if place.clan().is_some()
        && let Some(meant) = in_family(desk, caller, "clan", text)
    {
        return Some(meant);
    }
    // `profile export` is a command of its own.
    let (next, after) = first_word(rest.trim_start());
    let both = format!("{word}-{}", typed::plain(next));
    if let Some(card) = find(&both).filter(|card| caller.may_use(card)) {
        return Some(Meant::Command(card, after, None));
    }
    if let Some(card) = find(word).filter(|card| caller.may_use(card)) {
        return Some(Meant::Command(card, rest, None));
    }
    if find(word).is_some_and(|card| card.who == Who::Referee) {
        return Some(Meant::Refused(
            refuse("people/not-referee", "Only human referees rule on matches.")
                .hint("Type `dispute` and a reason to call one to a match you play in."),
        ));
    }
    if let Some(meant) = coming(desk, caller, place, text) {
        return Some(meant);
    }
    // `m42 e4`, `m42 resign`, `m42` alone.
    let id = word.parse::<MatchId>().ok()?;
    let next = typed::plain(next);
    Some(match find(&next).filter(|card| caller.may_use(card)) {
        Some(card) => Meant::Command(card, after, Some(About::Match(id))),
        None if rest.trim().is_empty() => Meant::Command(&show::CARD, "", Some(About::Match(id))),
        None => Meant::MoveIn(id, rest.trim().to_owned()),
    })
}

/// A command of two words, such as `admin ban`; `clan` alone, or with a tag, shows a clan. A tag may follow the command.
fn in_family<'a>(desk: &Desk, caller: &Caller, family: &str, rest: &'a str) -> Option<Meant<'a>> {
    let rest = rest.trim_start();
    let (verb, after) = first_word(rest);
    let plain = typed::plain(verb);
    let known = |word: &str| {
        let tag = clan::read_tag(word)?;
        desk.world().clans.get(tag).map(|_| About::Clan(tag))
    };
    if let Some(card) = find(&format!("{family}-{plain}")).filter(|card| caller.may_use(card)) {
        let takes_clan = (card.fields.first())
            .is_some_and(|field| matches!(field.kind, Kind::Clan | Kind::AnyClan));
        let after = after.trim_start();
        let (next, behind) = after.split_once(char::is_whitespace).unwrap_or((after, ""));
        // Where nothing but a clan can be meant, the card says that there is none of that name.
        let only = || {
            clan::read_tag(next)
                .filter(|tag| card.fields.len() == 1 && tag.as_str() != "yes")
                .map(About::Clan)
        };
        return Some(match known(next).or_else(only).filter(|_| takes_clan) {
            Some(tag) => Meant::Command(card, behind, Some(tag)),
            None => Meant::Command(card, after, None),
        });
    }
    if family != "clan" {
        return None;
    }
    match known(verb) {
        Some(tag) if after.trim().is_empty() => {
            Some(Meant::Command(&clan::show::CARD, "", Some(tag)))
        }
        None if verb.is_empty() => Some(Meant::Command(&clan::show::CARD, "", None)),
        _ => None,
    }
}

/// `yes`, `no` or `maybe` alone, where an event of a clan waits for it and it is no move in any match that waits.
fn coming<'a>(desk: &Desk, caller: &Caller, place: Place, text: &'a str) -> Option<Meant<'a>> {
    let (me, alone) = (
        caller.person?,
        matches!(place, Place::Contact | Place::Clan(_)),
    );
    let text = typed::bare(text);
    let said = ["yes", "no", "maybe"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    let waits = || !agenda::unanswered(desk.world(), me, desk.now()).is_empty();
    if !alone || !said || !waits() {
        return None;
    }
    let reads = |id: &MatchId| is_move(desk, me, *id, text);
    let waiting = waiting_for(desk, me, place);
    let is_move = one_of_each(desk, &waiting).iter().any(reads);
    (!is_move).then_some(Meant::Command(&clan::attend::CARD, text, None))
}

/// One match of each game, and so not many.
pub(super) fn one_of_each(desk: &Desk, waiting: &[MatchId]) -> Vec<MatchId> {
    let mut games = BTreeSet::new();
    let mut new = |id: &&MatchId| {
        let live = desk.world().live(**id);
        live.is_some_and(|live| games.insert(&live.game.terms.game))
    };
    let some = waiting.iter().filter(&mut new).take(MAX_TRIED);
    some.copied().collect()
}

/// Whether a text reads as a move of this person's in a match.
pub(super) fn is_move(desk: &Desk, me: PersonId, id: MatchId, text: &str) -> bool {
    desk.bill(1);
    let live = desk.world().live(id);
    live.is_some_and(|live| {
        moves::readings(&live.game, me, text).is_ok_and(|found| !found.is_empty())
    })
}

/// A line that is no command: a move in the one match that waits for this person, if it reads as one.
fn a_move<'a>(desk: &Desk, caller: &Caller, place: Place, text: &str) -> Meant<'a> {
    if place == Place::Lobby {
        return Meant::Nothing(unknown(caller, text));
    }
    let Some(me) = caller.person else {
        return Meant::Nothing(unknown(caller, text));
    };
    let waiting = waiting_for(desk, me, place);
    if let Some(first) = waiting.first().filter(|_| waiting.len() > MAX_TRIED) {
        return Meant::Refused(which_of_many(*first, waiting.len(), text));
    }
    let reads = |id: &MatchId| is_move(desk, me, *id, text);
    let fitting: Vec<MatchId> = waiting.iter().copied().filter(reads).collect();
    match (fitting.as_slice(), waiting.as_slice()) {
        ([only], _) => Meant::MoveIn(*only, text.to_owned()),
        ([], []) => Meant::Nothing(
            out_of_turn(desk, me, place, text).unwrap_or_else(|| unknown(caller, text)),
        ),
        // One match waits: whatever was typed was meant for it, so the game says what is wrong with it.
        ([], [only]) => match no_move(caller, text) {
            Some(meant) => meant,
            None if is_elsewhere(desk, *only) => Meant::Nothing(unknown(caller, text)),
            None => Meant::MoveIn(*only, text.to_owned()),
        },
        ([], several) => {
            let ids: Vec<String> = several.iter().take(5).map(ToString::to_string).collect();
            Meant::Refused(
                refuse(
                    "match/no-such-move",
                    format!(
                        "`{}` is neither a command nor a move in {}.",
                        clip(text, 30),
                        ids.join(", ")
                    ),
                )
                .hint(format!(
                    "Type `show {}` to see your legal moves, or `help`.",
                    ids[0]
                )),
            )
        }
        (several, _) => Meant::Which(several.to_vec()),
    }
}

/// The refusal for a line that is no command, by somebody for whom too many matches wait to try it in each.
fn which_of_many(first: MatchId, waiting: usize, text: &str) -> Refusal {
    let text = clip(text, 30);
    refuse(
        "match/which",
        format!("`{text}` is no command, and {waiting} matches wait for you."),
    )
    .hint(format!(
        "If it is a move, say in which match: `{first} {text}`. `my` lists them."
    ))
}

/// What a line means that is no move although one is waited for, where it is plainly something else.
fn no_move<'a>(caller: &Caller, text: &str) -> Option<Meant<'a>> {
    if typed::is_greeting(text) {
        return Some(Meant::Greeting);
    }
    if typed::yes_or_no(text).is_some_and(|(_, rest)| typed::adds_nothing(rest)) {
        return Some(Meant::Nothing(nothing_open()));
    }
    let (word, _) = first_word(text);
    // Short words are more likely misspelt moves than misspelt commands; no move is a sentence.
    let long = word.chars().count() >= MIN_COMMAND && word.chars().all(char::is_alphabetic);
    let sentence = text.split_whitespace().count() >= MIN_SENTENCE;
    let known = sentence || (long && nearest_command(caller, word).is_some());
    known.then(|| Meant::Nothing(unknown(caller, text)))
}

/// Whether there is nothing but reports to type for a match, which say so themselves.
fn is_elsewhere(desk: &Desk, id: MatchId) -> bool {
    (desk.world().live(id)).is_some_and(|live| live.game.terms.is_elsewhere())
}

/// Words from which on a line is no move, however it is written.
const MIN_SENTENCE: usize = 4;
/// Letters from which on a word that is no move is compared with commands.
const MIN_COMMAND: usize = 5;

/// The refusal for something that may have been meant as a move, by somebody whose turn it is nowhere.
fn out_of_turn(desk: &Desk, me: PersonId, place: Place, text: &str) -> Option<Refusal> {
    let text = clip(text, 30);
    if let Some(id) = place.game() {
        let live = desk.world().live(id)?;
        if live.game.stage == Stage::Started && live.game.seat_of(me).is_none() {
            let said = format!("You do not play in {id}, and `{text}` is no command.");
            return Some(refuse("match/not-a-player", said).hint(format!(
                "Type `watch {id}` to be told how it goes, or `help`."
            )));
        }
    }
    let playing = |id: &MatchId| place.game().is_none_or(|here| here == *id);
    let mine = || desk.world().matches_of(me).map(|live| &live.game);
    let at = |stages: &'static [Stage]| {
        mine().find(move |game| stages.contains(&game.stage) && playing(&game.id))
    };
    let Some(game) = at(&[Stage::Started]) else {
        // What the players can go on with is named before what waits for others.
        let short = text.split_whitespace().count() == 1;
        let rests = || at(&[Stage::Adjourned]).or_else(|| at(&[Stage::Paused]));
        let still = short.then(rests).flatten().map(Match::standing_still);
        return still.or_else(|| after_the_end(desk, me, &text));
    };
    let first = game.id;
    let said = format!("It's not your turn in {first}, and `{text}` isn't a command.");
    Some(refuse("match/not-your-turn", said).hint(format!(
        "I'll tell you when it is. Type `show {first}` to see the position."
    )))
}

/// The refusal for what may have been meant as a move in a match that ended a moment ago.
fn after_the_end(desk: &Desk, me: PersonId, text: &str) -> Option<Refusal> {
    let id = desk.world().recently_over(me)?.game.id;
    let short = text.split_whitespace().count() == 1 && !typed::is_greeting(text);
    let guess = typed::nearest(text, COMMANDS.iter().map(|card| card.name)).is_some();
    (short && !guess && typed::yes_or_no(text).is_none()).then(|| {
        refuse(
            "match/over",
            format!("{id} is over, and `{text}` isn't a command."),
        )
        .hint("Type `rematch` to play again, or `help`.")
    })
}

pub(super) fn waiting_for(desk: &Desk, me: PersonId, place: Place) -> Vec<MatchId> {
    let mine = desk.world().matches_of(me).filter(|live| {
        let game = &live.game;
        game.seat_of(me)
            .is_some_and(|seat| game.waits_for().contains(&seat) || game.chosen.contains_key(&seat))
    });
    let ids = mine.map(|live| live.game.id);
    match place.game() {
        Some(here) => ids.filter(|id| *id == here).collect(),
        None => ids.collect(),
    }
}

/// The one match that waits for the caller here.
pub(super) fn only_waiting(desk: &Desk, caller: &Caller, place: Place) -> Option<MatchId> {
    match waiting_for(desk, caller.person?, place).as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// The refusal of a line that is nothing I know, with what was probably meant.
fn unknown(caller: &Caller, text: &str) -> Refusal {
    let (word, rest) = first_word(text);
    let names = COMMANDS
        .iter()
        .filter(|card| caller.may_use(card) && !card.name.contains('-'));
    let names = names.flat_map(|card| [card.name].into_iter().chain(card.aliases.iter().copied()));
    let near = typed::nearest(word, names.chain(FAMILIES));
    let refusal = refuse(UNKNOWN, format!("I don't know `{}`.", clip(word, 30)));
    if let Some(near) = near {
        return refusal.hint(format!(
            "Did you mean `{}`?",
            clip(&format!("{near} {}", rest.trim()), 40).trim_end()
        ));
    }
    // A question about a game, in whatever words.
    let words = text.split_whitespace().count();
    let behind = |n: usize| {
        text.split_whitespace()
            .skip(n)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let game = (0..words.min(MAX_LOOKED_AT)).find_map(|n| game_at(&behind(n)));
    refusal.hint(match game {
        Some((game, _)) => format!(
            "Type `help {game}` to see how it is played, or `challenge bob {game}` to play bob."
        ),
        None => "Type `help` to see what you can do, or `my` for your matches.".to_owned(),
    })
}

fn nearest_command(caller: &Caller, word: &str) -> Option<&'static str> {
    let seen = |card: &&&Card| caller.may_use(card) && !card.name.contains('-');
    let names = COMMANDS.iter().filter(seen);
    let names = names.flat_map(|card| [card.name].into_iter().chain(card.aliases.iter().copied()));
    typed::nearest(word, names.chain(FAMILIES))
}

/// Words of a line that is not understood in which a game is looked for.
const MAX_LOOKED_AT: usize = 12;

/// The refusal of a command that a family does not have.
fn unknown_in(caller: &Caller, family: &str, rest: &str) -> Refusal {
    let (verb, _) = first_word(rest.trim_start());
    let start = format!("{family}-");
    let names = COMMANDS.iter().filter(|card| caller.may_use(card));
    let verbs = names.filter_map(|card| card.name.strip_prefix(&start));
    let refusal = refuse(
        UNKNOWN,
        format!("I don't know `{family} {}`.", clip(verb, 30)),
    );
    refusal.hint(match typed::nearest(verb, verbs) {
        Some(near) => format!("Did you mean `{family} {near}`?"),
        None => format!("Type `help {family}` to see what there is."),
    })
}

pub(super) fn flawed(flaw: Flaw) -> Refusal {
    match flaw {
        Flaw::Delayed => refuse(
            "chat/delayed",
            "Your message came late, so I did nothing with it.",
        )
        .hint("Type `my` to see where things stand, and send it again if you still mean it."),
        Flaw::Corrected => refuse(
            "chat/corrected",
            "I do not act on corrected messages: the first one counted.",
        )
        .hint("Send what you mean as a new message."),
        Flaw::Encrypted => refuse("chat/encrypted", "I cannot read encrypted messages.")
            .hint("Please turn encryption off for this chat; the record keeps your moves anyway."),
    }
}

/// Whether a line begins with a command that takes a text as it is typed, and so may be longer than others.
pub(super) fn takes_pages(text: &str) -> bool {
    let mut words = text.trim_start_matches(['!', '/', ' ']).split_whitespace();
    let (first, second) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let long = |name: &str| {
        find(name).is_some_and(|card| {
            let mut fields = card.fields.iter();
            fields.any(|field| matches!(field.words, WordsFor::Verbatim))
        })
    };
    // At the clan's own address its commands need not say so.
    long(&format!("{first}-{second}")) || long(&format!("clan-{first}"))
}

/// Whether a command's answer is for the asker alone, even in a room.
pub(super) fn is_personal(card: &Card) -> bool {
    matches!(
        card.name,
        "help"
            | "my"
            | "profile"
            | "handle"
            | "ignore"
            | "bot"
            | "link"
            | "prove"
            | "clan-bans"
            | "clan-log"
            | "clan-pages"
            | "clan-read"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_quotes_says_what_stands_below() {
        for (text, said) in [
            ("> bob plays Nc6\nBb5", "Bb5"),
            ("> one\n> two\nmy", "my"),
            ("> only a quote", "> only a quote"),
            ("> only\n> a quote", "> a quote"),
            ("> one\n", "> one\n"),
            ("e4\n> no quote", "e4\n> no quote"),
        ] {
            assert_eq!(without_quotes(text), said, "{text:?}");
        }
    }
}
