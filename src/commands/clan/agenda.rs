//! What the commands of the calendar share: which event is meant, in whose time zone, and how it is shown.

use crate::clans::calendar::{
    Answer, Calendar, Entry, Lineup, Occurrence, Plan, Proposal, Which, Wish,
};
use crate::clans::{Clan, Permission, authorise};
use crate::commands::card::{Ask, Field, Kind, WordsFor};
use crate::engine::agenda;
use crate::kit::{ClanTag, PersonId, Refusal, Words, clip, refuse};

/// The field that says which event is meant; without it the only one that fits is.
pub const EVENT: Field = Field {
    name: "event",
    label: "Number of the event, such as 3 (`clan events` shows them)",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::If(is_number),
};
/// The field that says which occurrence of an event that repeats is meant.
pub const DATE: Field = Field {
    name: "date",
    label: "Of an event that repeats: which date (2026-12-26), or all",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::If(is_date),
};
/// Names of people who are shown for each answer.
const MAX_NAMES: usize = 30;

/// Whether a word is an event's number: `3` or `#3`.
pub fn is_number(word: &str) -> bool {
    read_number(word).is_some()
}

fn read_number(word: &str) -> Option<u32> {
    let digits = word.strip_prefix('#').unwrap_or(word);
    let plain = matches!(digits.len(), 1..=6) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

fn is_date(word: &str) -> bool {
    crate::clans::calendar::words::date(word).is_some()
}

/// The same where `all` cannot be the beginning of anything else.
pub fn is_date_or_all(word: &str) -> bool {
    word.eq_ignore_ascii_case("all") || is_date(word)
}

impl Ask<'_> {
    /// The number that was given.
    ///
    /// # Errors
    /// `calendar/bad-number`.
    pub fn event_number(&self) -> Result<Option<u32>, Refusal> {
        let Some(text) = self.field("event") else {
            return Ok(None);
        };
        let number = read_number(text).ok_or_else(|| {
            refuse(
                "calendar/bad-number",
                format!("`{}` is no event's number.", clip(text, 30)),
            )
            .hint("Events are numbered 1, 2 and so on; type `clan events` to see them.")
        })?;
        Ok(Some(number))
    }

    /// The event that was named, or the only one of this clan that is to come.
    ///
    /// # Errors
    /// None or several could be meant.
    pub fn event_of(&self, tag: ClanTag) -> Result<u32, Refusal> {
        if let Some(n) = self.event_number()? {
            return Ok(n);
        }
        let (now, clan) = (self.desk.now(), &self.desk.clan(tag)?.clan);
        let to_come = clan.calendar.entries().filter(|entry| !entry.is_over(now));
        match to_come.map(|entry| entry.n).collect::<Vec<_>>().as_slice() {
            [] => Err(
                refuse("calendar/none", "Nothing is planned in this clan.").hint(format!(
                    "Type for example `clan event {tag} training Aim practice sat 20:00`."
                )),
            ),
            [only] => Ok(*only),
            several => {
                let numbers: Vec<String> =
                    several.iter().take(10).map(|n| format!("#{n}")).collect();
                Err(refuse(
                    "calendar/which-event",
                    format!("Which event do you mean: {}?", numbers.join(", ")),
                )
                .hint(format!("Add its number; `clan events {tag}` shows them.")))
            }
        }
    }

    /// Which occurrence was named.
    ///
    /// # Errors
    /// `calendar/bad-day`.
    pub fn event_date(&self) -> Result<Which, Refusal> {
        match self.field("date") {
            None => Ok(Which::Unsaid),
            Some(word) if word.eq_ignore_ascii_case("all") => Ok(Which::All),
            Some(word) => crate::clans::calendar::words::date(word)
                .map(Which::On)
                .ok_or_else(|| {
                    refuse(
                        "calendar/bad-day",
                        format!("I cannot read the date `{}`.", clip(word, 30)),
                    )
                    .hint("Write it as 2026-12-26, or all.")
                }),
        }
    }

    /// The caller's time zone, if the profile has one.
    pub fn own_zone(&self) -> Option<String> {
        let me = self.caller.person?;
        self.desk.world().people.get(me)?.zone.clone()
    }

    /// The zone in which the caller's times are read.
    pub fn zone(&self) -> String {
        self.own_zone().unwrap_or_else(|| "UTC".to_owned())
    }

    /// What has to be said about how a time was read: that it comes twice, or that the zone is a guess.
    pub fn reading_notes(&self, wish: &Wish) -> Vec<String> {
        let mut notes = Vec::new();
        if wish.starts.iter().any(|read| read.twice) {
            notes.push(
                "Clocks are put back that night and show this time twice: I took the first."
                    .to_owned(),
            );
        }
        let zones = wish.starts.iter().map(|read| read.start.zone.as_str());
        if !wish.zoned && self.own_zone().is_none() && zones.into_iter().any(|zone| zone == "UTC") {
            notes.push("I read this as UTC: type `profile zone=Europe/Vienna` (or where you live) to use your own time.".to_owned());
        }
        notes
    }

    /// Names in a refusal of the calendar's, which knows people by their ids.
    pub fn with_event_names(&self, refusal: Refusal) -> Refusal {
        let mut named = refusal;
        while let Some((before, rest)) = named.text.split_once('{') {
            let Some((id, after)) = rest.split_once('}') else {
                break;
            };
            let Ok(who) = id.parse::<PersonId>() else {
                break;
            };
            named.text = format!("{before}{}{after}", self.name_of(who));
        }
        named
    }

    /// Whether whoever reads the answer may read what is planned for members.
    pub fn reads_calendar(&self, clan: &Clan) -> bool {
        let inside =
            matches!(self.place, crate::commands::Place::ClanRoom(tag, true) if tag == clan.tag);
        let reader = self.reader().or(self.caller.person.filter(|_| inside));
        reader.is_some_and(|me| authorise(clan, me, Permission::Read).allowed)
    }
}

/// `#3 Aim practice (training): Sat 2026-12-26 20:00 Europe/Vienna, 2 hours, at cs.example.org`
pub fn described(entry: &Entry, one: &Occurrence, zone: Option<&str>) -> String {
    let when = one.start.shown(zone);
    let mut said = format!(
        "{}: {when}, {}",
        titled(entry.n, &entry.plan),
        (one.ends - one.begins).words()
    );
    if !entry.plan.place.is_empty() {
        said.push_str(&format!(", at {}", entry.plan.place));
    }
    said
}

/// How often an event takes place, behind its description: `, every week, 8 times`. Nothing for a date that was moved.
pub fn often(entry: &Entry, one: &Occurrence) -> String {
    let all = one.start.local == entry.start.on(one.on).local;
    let repeat = entry.repeat.as_ref().filter(|_| all);
    repeat.map_or(String::new(), |repeat| format!(", {}", repeat.words()))
}

/// `#3 Aim practice (training)`
pub fn titled(n: u32, plan: &Plan) -> String {
    let public = if plan.public { ", public" } else { "" };
    format!("#{n} {} ({}{public})", plan.title, plan.what.word())
}

/// Who comes, who does not, and who plays, each a line.
pub fn attendance(ask: &Ask<'_>, clan: &Clan, entry: &Entry, one: &Occurrence) -> Vec<String> {
    let answers = entry.answers(one.on);
    let with = |wanted: Option<Answer>| -> Vec<PersonId> {
        let people = clan.those_who_may(Permission::Play);
        people
            .filter(|who| answers.get(who).copied() == wanted)
            .collect()
    };
    let mut said = Vec::new();
    for (word, wanted) in [
        ("Yes", Some(Answer::Yes)),
        ("Maybe", Some(Answer::Maybe)),
        ("No", Some(Answer::No)),
        ("No answer", None),
    ] {
        let people = with(wanted);
        if !people.is_empty() {
            said.push(format!(
                "{word} ({}): {}.",
                people.len(),
                names(ask, &people)
            ));
        }
    }
    said.extend(lineup_words(ask, &entry.lineup(one.on)));
    said
}

/// Who plays, if anybody was named.
pub fn lineup_words(ask: &Ask<'_>, lineup: &Lineup) -> Option<String> {
    let parts = [
        ("Line-up", &lineup.players),
        ("substitutes", &lineup.substitutes),
        ("coach", &lineup.coaches),
    ];
    let said = parts.into_iter().filter(|(_, people)| !people.is_empty());
    let said: Vec<String> = said
        .map(|(part, people)| format!("{part}: {}", names(ask, people)))
        .collect();
    let nobody = if lineup.players.is_empty() {
        "Line-up: nobody yet; "
    } else {
        ""
    };
    (!said.is_empty()).then(|| format!("{nobody}{}.", said.join("; ")))
}

fn names(ask: &Ask<'_>, people: &[PersonId]) -> String {
    let shown = people.iter().take(MAX_NAMES).map(|who| ask.name_of(*who));
    let mut shown: Vec<String> = shown.collect();
    if people.len() > MAX_NAMES {
        shown.push(format!("{} more", people.len() - MAX_NAMES));
    }
    shown.join(", ")
}

/// The times of a proposal with their votes, each a line.
pub fn choices(ask: &Ask<'_>, proposal: &Proposal, zone: Option<&str>) -> Vec<String> {
    let slots = (0_u8..).zip(&proposal.slots);
    let lines = slots.map(|(slot, start)| {
        let voters = proposal
            .votes
            .iter()
            .filter(|(_, slots)| slots.contains(&slot));
        let voters: Vec<PersonId> = voters.map(|(who, _)| *who).collect();
        let said = match voters.as_slice() {
            [] => "no vote".to_owned(),
            [_] => format!("1 vote ({})", names(ask, &voters)),
            several => format!("{} votes ({})", several.len(), names(ask, several)),
        };
        format!("{}) {}: {said}", slot + 1, start.shown(zone))
    });
    lines.collect()
}

/// What whoever planned an event reads: how it was read, and what stands in its way.
pub fn planned(ask: &Ask<'_>, tag: ClanTag, n: u32, wish: &Wish) -> Words {
    let zone = ask.own_zone();
    let words = |calendar: &Calendar, clan: &Clan| -> Option<Words> {
        let entry = calendar.entry(n)?;
        let one = entry.next(ask.desk.now())?;
        let line = described(entry, &one, zone.as_deref().or(Some(&one.start.zone)));
        let often = often(entry, &one);
        let words = Words::line(format!("[{tag}] {line}{often}. The members are asked."));
        let notes = ask.reading_notes(wish);
        let warnings = agenda::warnings(ask.desk.world(), clan, entry, ask.desk.now());
        Some(notes.into_iter().chain(warnings).fold(words, Words::and))
    };
    let clan = ask.desk.world().clans.get(tag).map(|live| &live.clan);
    clan.and_then(|clan| words(&clan.calendar, clan))
        .unwrap_or_default()
}
