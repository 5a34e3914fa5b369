//! What the commands for matches between clans share: which match and which side are meant, and what is proposed.

use crate::clans::fixtures::{Fixture, Offer, no_such_fixture};
use crate::clans::{Permission, authorise, calendar};
use crate::commands::audience::{DELAY, SPECTATORS};
use crate::commands::card::{Ask, Field, Kind, WordsFor};
use crate::commands::format::{ALLIES, BEST, BOARDS, CARRY, DRAWS};
use crate::commands::reply::Reply;
use crate::commands::terms::{CLOCK, GAME, LAG, OPTIONS, RATED, ROOM, VISIBILITY};
use crate::engine::story::{offer_words, players_words};
use crate::games;
use crate::kit::{ClanTag, FixtureId, PersonId, Refusal, Timestamp, Words, clip, refuse};
use crate::matches::{Format, MAX_ALLIES, MAX_SUBS, Terms};

/// The field that says which match between clans is meant; without it the only one that fits.
pub const FIXTURE: Field = Field {
    name: "fixture",
    label: "Match between clans, such as wolves/3 (empty: the only one that fits)",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::If(|word| word.parse::<FixtureId>().is_ok()),
};
/// The day of the start.
pub const DAY: Field = Field {
    name: "day",
    label: "Day of the start: 2026-12-24, sat, tomorrow (empty: as soon as both line-ups are in)",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::If(calendar::words::is_day),
};
/// The time of the start.
pub const TIME: Field = Field {
    name: "time",
    label: "Time of the start, in your time zone: 20:00",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::If(|word| {
        let clock = word.contains(':') || word.ends_with("am") || word.ends_with("pm");
        clock && calendar::words::hour_and_minute(word).is_some()
    }),
};

/// The fields of what is proposed, behind those of the card itself.
pub const TERMS: [Field; 16] = [
    DAY, TIME, GAME, CLOCK, LAG, RATED, ROOM, VISIBILITY, DELAY, SPECTATORS, BEST, DRAWS, CARRY,
    BOARDS, ALLIES, OPTIONS,
];

impl Ask<'_> {
    /// The clan of the caller that a match is about, with the match as that clan keeps it: the one that was named, else the
    /// only one that fits.
    ///
    /// # Errors
    /// There is no such match of a clan of the caller, or several could be meant.
    pub fn fixture(
        &mut self,
        permission: Permission,
        fits: impl Fn(&Fixture, ClanTag) -> bool,
    ) -> Result<(FixtureId, ClanTag, Fixture), Refusal> {
        let me = self.me()?;
        let named = match self.field("fixture") {
            None => None,
            Some(text) => Some(text.parse::<FixtureId>().map_err(|()| bad_fixture(text))?),
        };
        let mut found: Vec<(FixtureId, ClanTag, Fixture, bool)> = Vec::new();
        for live in self.desk.world().clans.of(me) {
            let clan = &live.clan;
            let may = authorise(clan, me, permission).allowed;
            for (id, fixture) in &clan.fixtures.open {
                let meant = named.map_or_else(|| fits(fixture, clan.tag), |named| named == *id);
                if meant {
                    found.push((*id, clan.tag, fixture.clone(), may));
                }
            }
        }
        // Whoever belongs to both clans speaks for the one for which they may.
        found.sort_by_key(|(id, tag, fixture, may)| (!may, !fits(fixture, *tag), *id));
        // Somebody who may do it in none is told by the clan who may.
        let able = found.iter().filter(|(.., may)| *may).count();
        let several = named.is_none() && able > 1;
        match (found.into_iter().next(), named) {
            (Some((id, ..)), _) if several => Err(refuse(
                "fixture/which",
                "Which match between clans do you mean? Several fit.",
            )
            .hint(format!("Add its name, such as {id}; `clan fixtures` lists them."))),
            (Some((id, tag, fixture, _)), _) => Ok((id, tag, fixture)),
            (None, Some(id)) => Err(no_such_fixture(id)),
            (None, None) => Err(refuse("fixture/none", "No match with another clan waits for that.")
                .hint("Type `clan fixtures` to see what is open, `clan challenge` and a clan for a new one.")),
        }
    }

    /// What is proposed, from the fields; what they leave open is as it was `before`.
    ///
    /// # Errors
    /// The terms contradict each other, or the start is no time.
    pub fn offer(
        &mut self,
        me: PersonId,
        side: ClanTag,
        before: Option<&Offer>,
    ) -> Result<Offer, Refusal> {
        let at = match self.start(me)? {
            Some(at) => Some(at),
            None => before.and_then(|before| before.at),
        };
        let old = before.and_then(|before| serde_json::from_value(before.terms.clone()).ok());
        let mut terms = match (self.field("game"), old) {
            (None, Some(old)) => self.changed_terms(me, None, old)?,
            _ => self.terms(me, None)?,
        };
        let format = terms.format.take().unwrap_or_default();
        let format = with_allies(&terms, *format, self.field("allies").is_some());
        terms.format = (format != Format::default()).then(|| Box::new(format));
        let (players, subs) = match (terms.boards(), terms.allies()) {
            (0, allies) => ((1, 1 + allies), 0),
            (boards, _) => ((boards, boards), u8::try_from(MAX_SUBS).unwrap_or(u8::MAX)),
        };
        let game = terms.game.clone();
        let terms = serde_json::to_value(&terms)
            .map_err(|_| refuse("fixture/terms", "These terms cannot be written down."))?;
        Ok(Offer {
            side,
            by: me,
            game,
            terms,
            at,
            players,
            subs,
        })
    }

    /// When it begins, in the time zone of whoever asks.
    fn start(&self, me: PersonId) -> Result<Option<Timestamp>, Refusal> {
        let (day, time) = (self.field("day"), self.field("time"));
        let Some(time) = time else {
            return match day {
                None => Ok(None),
                Some(day) => Err(refuse(
                    "fixture/time",
                    format!("At which time on {}?", clip(day, 20)),
                )
                .hint("Write it behind the day, as in `sat 20:00`.")),
            };
        };
        let person = self.desk.world().people.get(me);
        let zone = person
            .and_then(|person| person.zone.as_deref())
            .unwrap_or("UTC");
        let now = self.desk.now();
        let day = day.unwrap_or("today");
        let read = calendar::read_start(day, time, zone, now)?;
        Ok(Some(read.start.moment()))
    }

    /// A match between clans as the answer of a command shows it.
    pub fn about_fixture(&self, id: FixtureId, tag: ClanTag, words: Words) -> Reply {
        let reply = self.with_clan(tag, words).with("fixture", id.to_string());
        let live = self.desk.world().clans.get(tag);
        let open = live.and_then(|live| live.clan.fixtures.open.get(&id));
        match open {
            Some(fixture) => reply.with("offer", offer_words(&fixture.offer, None)),
            None => reply,
        }
    }
}

/// Where a team plays on a server elsewhere, five more may speak in the game for it.
fn with_allies(terms: &Terms, mut format: Format, said: bool) -> Format {
    if terms.is_elsewhere() && format.boards == 0 && !said && format.allies == 0 {
        format.allies = MAX_ALLIES;
    }
    format
}

/// What is agreed and what the own line-up needs: `Chess, 2 boards, …; 2 players`.
pub fn needs(fixture: &Fixture, zone: Option<&str>) -> String {
    format!(
        "{}; {} a side",
        offer_words(&fixture.offer, zone),
        players_words(&fixture.offer)
    )
}

/// The title of a game.
pub fn title(game: &str) -> &str {
    games::find(game).map_or(game, |game| game.spec().title)
}

fn bad_fixture(text: &str) -> Refusal {
    refuse("fixture/unknown", format!("`{}` is no match between clans.", clip(text, 40)))
        .hint("They are named by the clan that challenged and a number, such as wolves/3; type `clan fixtures`.")
}
