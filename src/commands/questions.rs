//! The open questions of a person: everything that waits for a yes or a no, whoever asked it, with the line that says yes and
//! the line that says no. So `yes`, `no` and their kin mean the same everywhere, and nothing is answered twice.

use crate::clans::fixtures::FixtureStage;
use crate::clans::{Permission, authorise};
use crate::engine::waiting::{Wait, waits_for};
use crate::engine::{World, agenda};
use crate::kit::{MatchId, PersonId, Timestamp};
use crate::matches::{Match, OfferKind};

/// Challenges, offers and the like of one person that are looked at: whoever has more names one.
const MAX_QUESTIONS: usize = 200;

/// Something that waits for a yes or a no.
pub struct Question {
    /// What is asked, for people: `bob challenges you to Chess, 5+3, rated`.
    pub what: String,
    /// The words that mean this one: the match, who asked, the clan, the kind.
    pub names: Vec<String>,
    /// The line that says yes.
    pub yes: String,
    /// The line that says no, or what to do instead where no line does.
    pub no: Result<String, String>,
}

impl Question {
    /// Whether a word, in small letters, means this one.
    pub fn is_meant_by(&self, word: &str) -> bool {
        self.names.iter().any(|name| name == word)
    }
}

/// Everything that waits for a yes or no of this person.
pub fn open_questions(world: &World, me: PersonId, now: Timestamp) -> Vec<Question> {
    let games = world.matches_of(me).map(|live| &live.game);
    let matches = games.flat_map(|game| of_match(world, game, me));
    let found = matches
        .chain(invitations(world, me))
        .chain(challenges_of_clans(world, me))
        .chain(events(world, me, now));
    found.take(MAX_QUESTIONS).collect()
}

fn title(game: &Match) -> &str {
    let known = game.terms.game();
    known.map_or(game.terms.game.as_str(), |game| game.spec().title)
}

fn of_match(world: &World, game: &Match, me: PersonId) -> Vec<Question> {
    let id = game.id;
    let others = game.names().into_iter().filter(|person| *person != me);
    let others: Vec<String> = others.map(|person| world.people.name(person)).collect();
    let who = others.first().cloned().unwrap_or_default();
    let names = |kind: &str| {
        let mut names: Vec<String> = others.iter().map(|name| name.to_lowercase()).collect();
        names.extend([id.to_string(), kind.to_owned(), game.terms.game.clone()]);
        names
    };
    let mut found = Vec::new();
    if game.awaits_answer_of(me) {
        let what = if game.awaits_member(me) {
            format!("a place in the line-up of {id}")
        } else if game.awaits_consent_of(me) {
            format!("a substitution in {id}")
        } else {
            let clock = match game.terms.clock {
                clock if clock.is_none() => "no clock".to_owned(),
                clock => clock.to_string(),
            };
            let rated = if game.terms.rated { "rated" } else { "casual" };
            format!("{who} challenges you to {}, {clock}, {rated}", title(game))
        };
        found.push(Question {
            what,
            names: names("challenge"),
            yes: format!("accept {id}"),
            no: Ok(format!("decline {id}")),
        });
    }
    for wait in waits_for(game, me) {
        found.extend(match wait {
            Wait::Offer(offer) => Some(Question {
                what: match offer {
                    OfferKind::Undo => format!("{who} asks to take a move back in {id}"),
                    _ => format!("{who} offers {} in {id}", offer.what()),
                },
                names: names(offer.word()),
                yes: format!("{} {id}", offer.word()),
                no: Ok(format!("decline {id} {}", offer.word())),
            }),
            Wait::Confirm => Some(Question {
                what: format!("the result that {who} reported in {id}"),
                names: names("report"),
                yes: format!("confirm {id}"),
                no: Err(format!(
                    "Type `report {id}` and the score as you know it, or `dispute {id}` and why."
                )),
            }),
            _ => None,
        });
    }
    found
}

/// Clans that have invited this person.
pub fn invitations(world: &World, me: PersonId) -> impl Iterator<Item = Question> {
    let invited = world.clans.waiting_for(me).map(|live| &live.clan);
    let invited = invited.filter(move |clan| clan.invitations.contains_key(&me));
    invited.map(|clan| {
        let tag = clan.tag.to_string();
        Question {
            what: format!("{} invites you to join", clan.name),
            names: vec![tag.clone(), "invitation".to_owned(), "clan".to_owned()],
            yes: format!("clan join {tag}"),
            no: Ok(format!("clan decline {tag}")),
        }
    })
}

/// Challenges to clans that this person speaks for.
pub fn challenges_of_clans(world: &World, me: PersonId) -> impl Iterator<Item = Question> {
    let mine = world.clans.of(me).map(|live| &live.clan);
    let speaks = mine.filter(move |clan| authorise(clan, me, Permission::Speak).allowed);
    speaks.flat_map(|clan| {
        let waits = clan.fixtures.open.iter().filter(|(_, fixture)| {
            matches!(fixture.stage, FixtureStage::Talking { .. })
                && fixture.answers(clan.tag) == clan.tag
        });
        waits.map(|(id, fixture)| Question {
            what: format!("{} proposes the match {id}", fixture.with),
            names: vec![
                id.to_string(),
                fixture.with.to_string(),
                fixture.offer.game.clone(),
            ],
            yes: format!("clan accept {id}"),
            no: Ok(format!("clan decline {id}")),
        })
    })
}

fn events(world: &World, me: PersonId, now: Timestamp) -> impl Iterator<Item = Question> {
    agenda::unanswered(world, me, now).into_iter().map(|asked| {
        let (tag, n) = (asked.tag, asked.one.n);
        let answer = |word: &str| format!("clan attend {tag} {n} {word} {}", asked.one.on);
        Question {
            what: format!("do you come to [{tag}] #{n} {}", asked.title),
            names: vec![
                tag.to_string(),
                format!("#{n}"),
                n.to_string(),
                "event".to_owned(),
            ],
            yes: answer("yes"),
            no: Ok(answer("no")),
        }
    })
}

/// The match that a line of the kind `m42 …` is about, so that whoever names one is not asked which.
pub fn names_a_match(words: &str) -> bool {
    let first = words.split_whitespace().next().unwrap_or_default();
    first.contains('=') || super::typed::plain(first).parse::<MatchId>().is_ok()
}
