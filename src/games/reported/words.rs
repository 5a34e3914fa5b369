//! How a reported match is read and told: notation, sentences, the board and what each side is asked for.

use std::fmt::Write;

use super::super::rules::{Fact, Prompt, unreadable};
use super::score::{self, Score};
use super::veto::{Chosen, SIDES, Turn, Veto};
use super::{Deed, State};
use crate::kit::{Refusal, Seat, clip, refuse};

/// The notation of a confirmation. Not `confirm` itself: a move must not look like a command.
const CONFIRMED: &str = "confirmed";
const HOW_TO_REPORT: &str = "Type report and the scores, yours first, for example";

impl State {
    /// What one unit of play is called.
    pub(super) fn unit(&self) -> &'static str {
        if self.veto.is_some() { "map" } else { "game" }
    }

    /// Scores that are possible now, for those who want to see or try some.
    pub(super) fn examples(&self, seat: Seat) -> Vec<Deed> {
        let needed = self.needed();
        let [one, other] = self.counting.examples();
        let wins = |n: usize| if n.is_multiple_of(2) { one } else { other };
        let straight: Vec<Score> = (0..needed).map(|n| wins(n).seen_by(seat)).collect();
        let lost: Vec<Score> = straight.iter().map(|score| score.turned()).collect();
        let mut full: Vec<Score> = straight
            .iter()
            .take(needed - 1)
            .flat_map(|score| [*score, score.turned()])
            .collect();
        full.push(Score::Forfeit(seat));
        let mut all = vec![straight, lost];
        if !all.contains(&full) {
            all.push(full);
        }
        if self.counting.draws() {
            let level = match self.counting {
                score::Counting::Rounds { half, .. } => u16::from(half),
                _ => 2,
            };
            all.push(vec![Score::Played(level, level); usize::from(self.best_of)]);
        }
        // Saying the same again says nothing.
        all.retain(|scores| self.report_of(seat) != Some(scores));
        all.into_iter().map(Deed::Report).collect()
    }

    pub(super) fn notation(&self, seat: Seat, deed: &Deed) -> String {
        let map = |map: &u8| {
            let verb = match self.turn() {
                Some(Turn::Pick(_)) => "pick",
                _ => "ban",
            };
            let name = self.veto.as_ref().map_or("", |veto| veto.name(*map));
            format!("{verb}-{name}")
        };
        match deed {
            Deed::Choose(Chosen::Map(chosen)) => map(chosen),
            Deed::Choose(Chosen::Side(side)) => {
                let name = SIDES.get(usize::from(*side)).copied();
                name.unwrap_or_default().to_owned()
            }
            Deed::Report(scores) => written(scores, seat),
            Deed::Confirm => CONFIRMED.to_owned(),
        }
    }

    /// Reads the exact notation; whether it may be done now is not judged.
    pub(super) fn read(&self, seat: Seat, text: &str) -> Result<Deed, Refusal> {
        if let (Some(turn), Some(veto)) = (self.turn(), &self.veto) {
            return self.read_choice(turn, veto, text);
        }
        if text == CONFIRMED {
            return Ok(Deed::Confirm);
        }
        // One score too many is enough to say so.
        let scores: Vec<Score> = text
            .split(',')
            .take(usize::from(self.best_of) + 1)
            .map(|score| Ok(score::read(score)?.seen_by(seat)))
            .collect::<Result<_, Refusal>>()?;
        Ok(Deed::Report(scores))
    }

    fn read_choice(&self, turn: Turn, veto: &Veto, text: &str) -> Result<Deed, Refusal> {
        let how = self.how_to_choose(turn);
        if let Turn::Side(_) = turn {
            let side = SIDES.iter().position(|side| *side == text);
            let side = side.and_then(|side| u8::try_from(side).ok());
            return side
                .map(|side| Deed::Choose(Chosen::Side(side)))
                .ok_or_else(|| unreadable("side", text, &how));
        }
        let (verb, name) = text.split_once('-').unwrap_or(("", text));
        let (wanted, meant) = match turn {
            Turn::Pick(_) => ("pick", "pick a map, not to ban one"),
            _ => ("ban", "ban a map, not to pick one"),
        };
        if matches!(verb, "ban" | "pick") && verb != wanted {
            return Err(refuse("veto/turn", format!("It is time to {meant}.")).hint(how));
        }
        match veto.find(name) {
            Some(map) if verb == wanted => Ok(Deed::Choose(Chosen::Map(map))),
            None if veto.knows(name) => Err(refuse(
                "veto/taken",
                format!("{} is banned or picked already.", clip(name, 20)),
            )
            .hint(how)),
            _ => Err(unreadable("map of this pool", name, &how)),
        }
    }

    /// Reads what a person types in a hurry.
    pub(super) fn read_loosely(&self, seat: Seat, text: &str) -> Result<Deed, Refusal> {
        let text = text.to_lowercase();
        let mut words: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || c == ',')
            .filter(|word| !word.is_empty())
            .collect();
        if let Some(turn) = self.turn() {
            let played = |word: &&str| *word == "report" || score::read(word).is_ok();
            if words.first().is_some_and(played) {
                self.admit(seat, &Deed::Confirm)?;
            }
            return self.read(seat, &choice_typed(turn, &words));
        }
        if words.first() == Some(&"report") {
            words.remove(0);
        }
        let theirs = words.first() == Some(&"them");
        if matches!(words.first(), Some(&"them" | &"me")) {
            words.remove(0);
        }
        let claim = words.first().and_then(|word| Claim::read(word));
        if claim.is_some() {
            words.remove(0);
        }
        if words.is_empty() {
            return Err(unreadable("report", &text, &self.how_to_report()));
        }
        let first = if theirs { seat.other() } else { seat };
        let deed = self.read(first, &words.join(","))?;
        if let (Some(claim), Deed::Report(scores)) = (claim, &deed) {
            claim.check(first, State::winner(scores))?;
        }
        Ok(deed)
    }

    /// What these scores mean: `{0} wins 2–1 ({0} 13–7 on inferno, …)`.
    pub(super) fn outcome(&self, scores: &[Score]) -> String {
        let venues = self.names();
        let place = |n: usize| match (self.veto.is_some(), venues.get(n)) {
            (true, Some(map)) => format!(" on {map}"),
            _ => String::new(),
        };
        let each: Vec<String> = scores
            .iter()
            .enumerate()
            .map(|(n, score)| score.told(&place(n)))
            .collect();
        let each = each.join(", ");
        let [first, second] = State::tally(scores);
        let (high, low) = (first.max(second), first.min(second));
        match (State::winner(scores), self.best_of) {
            (Some(winner), 1) => {
                let how = each
                    .strip_prefix(&format!("{{{winner}}} "))
                    .unwrap_or(&each);
                format!("{{{winner}}} wins {how}")
            }
            (Some(winner), _) => format!("{{{winner}}} wins {high}–{low} ({each})"),
            (None, 1) => format!("a draw, {each}"),
            (None, _) => format!("a draw, {high}–{low} ({each})"),
        }
    }

    pub(super) fn told_choice(&self, turn: Turn, chosen: Chosen, silent: bool) -> Fact {
        let Some(veto) = &self.veto else {
            return Fact::Public("Nothing was chosen.".to_owned());
        };
        let seat = turn.seat();
        let what = match (turn, chosen) {
            (Turn::Ban(_), Chosen::Map(map)) => format!("bans {}", veto.name(map)),
            (Turn::Pick(_), Chosen::Map(map)) => format!("picks {}", veto.name(map)),
            (_, Chosen::Map(map)) => veto.name(map).to_owned(),
            (_, Chosen::Side(side)) => {
                let side = SIDES.get(usize::from(side)).copied().unwrap_or_default();
                format!("starts {} as {side}", veto.last_pick())
            }
        };
        Fact::Public(if silent {
            format!("{{{seat}}} was silent, and so {what}.")
        } else {
            format!("{{{seat}}} {what}.")
        })
    }

    /// Which maps are played, once that is known.
    pub(super) fn told_maps(&self) -> Option<Fact> {
        let names = self.names();
        Some(Fact::Public(match names.as_slice() {
            [] => return None,
            [only] => format!("The map is {only}."),
            [all @ .., last] => format!("The maps are {} and, if needed, {last}.", all.join(", ")),
        }))
    }

    /// The maps or games in their order.
    fn names(&self) -> Vec<String> {
        match &self.veto {
            Some(veto) => {
                let venues = veto.venues();
                venues.iter().map(|venue| venue.map.to_owned()).collect()
            }
            None => (1..=self.best_of).map(|n| format!("game {n}")).collect(),
        }
    }

    pub(super) fn how_to_choose(&self, turn: Turn) -> String {
        let Some(veto) = &self.veto else {
            return String::new();
        };
        let left: Vec<&str> = veto.left().iter().map(|map| veto.name(*map)).collect();
        let one_of = match left.as_slice() {
            [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
            names => names.join(", "),
        };
        match turn {
            Turn::Ban(_) => format!("Type ban and one of {one_of}."),
            Turn::Pick(_) => format!("Type pick and one of {one_of}."),
            Turn::Side(_) => format!(
                "Type {}: the side on which you start {}.",
                SIDES.join(" or "),
                veto.last_pick()
            ),
        }
    }

    fn how_to_report(&self) -> String {
        let [one, other] = self.counting.examples();
        let scores = match self.needed() {
            1 => one.to_string(),
            _ => format!("{one} {other}"),
        };
        format!("{HOW_TO_REPORT} report {scores}.")
    }

    pub(super) fn prompt(&self, seat: Seat) -> Prompt {
        let (task, how) = match (self.turn(), self.reporter()) {
            (Some(turn @ Turn::Ban(_)), _) => ("ban a map", self.how_to_choose(turn)),
            (Some(turn @ Turn::Pick(_)), _) => ("pick a map", self.how_to_choose(turn)),
            (Some(turn @ Turn::Side(_)), _) => ("choose the side to start on", self.how_to_choose(turn)),
            (None, Some(_)) => (
                "confirm or dispute the result",
                "Type confirm if that is right; if not, type report and the scores as you have them, yours first. Who does \
                 not answer in time has confirmed."
                    .to_owned(),
            ),
            (None, None) if self.report_of(seat).is_some() => (
                "settle the result",
                "Type confirm to accept the other report, or dispute to call a human referee; evidence and a link help \
                 your case."
                    .to_owned(),
            ),
            (None, None) => (
                "play and report the result",
                format!("When you have played, either of you reports. {}", self.how_to_report()),
            ),
        };
        Prompt {
            task: task.to_owned(),
            how,
        }
    }

    pub(super) fn board(&self, sides: &[&str]) -> String {
        let mut board = String::new();
        if !self.title.is_empty() {
            let _ = writeln!(board, "{}", self.title);
        }
        let _ = writeln!(board, "best of {}", self.best_of);
        let side = |seat: Seat| sides.get(seat.index()).copied().unwrap_or_default();
        match (&self.veto, &self.reports) {
            (Some(veto), [None, None]) => pool(&mut board, veto, side),
            (None, [None, None]) => {}
            (_, [first, second]) if self.is_disputed() => {
                for (seat, report) in [(Seat(0), first), (Seat(1), second)] {
                    let _ = writeln!(board, "{} reports:", side(seat));
                    self.scores(&mut board, report.as_deref().unwrap_or_default(), sides);
                }
            }
            (_, reports) => {
                if let (Some(seat), None) = (self.reporter(), &self.over) {
                    let _ = writeln!(board, "{} reports:", side(seat));
                }
                let report = reports.iter().flatten().next();
                self.scores(&mut board, report.map_or(&[], Vec::as_slice), sides);
            }
        }
        board
    }

    fn scores(&self, board: &mut String, scores: &[Score], sides: &[&str]) {
        let _ = writeln!(
            board,
            "{:<13}{:>6}{:>8}",
            "",
            sides.first().copied().unwrap_or_default(),
            sides.get(1).copied().unwrap_or_default()
        );
        for (n, name) in self.names().iter().enumerate() {
            let (first, second) = match scores.get(n) {
                Some(Score::Played(first, second)) => (first.to_string(), second.to_string()),
                Some(Score::Forfeit(Seat(0))) => ("w".to_owned(), "f".to_owned()),
                Some(Score::Forfeit(_)) => ("f".to_owned(), "w".to_owned()),
                None => ("-".to_owned(), "-".to_owned()),
            };
            let _ = writeln!(board, "{name:<13}{first:>6}{second:>8}");
        }
    }

    pub(super) fn position(&self) -> String {
        let phase = match (&self.over, self.turn(), self.reporter()) {
            (Some(_), ..) => "over",
            (_, Some(Turn::Ban(_)), _) => "ban",
            (_, Some(Turn::Pick(_)), _) => "pick",
            (_, Some(Turn::Side(_)), _) => "side",
            (_, None, Some(_)) => "reported",
            _ if self.is_disputed() => "disputed",
            _ => "play",
        };
        let list = |names: Vec<String>| {
            if names.is_empty() {
                "-".to_owned()
            } else {
                names.join(",")
            }
        };
        let mut position = format!("phase={phase} best-of={}", self.best_of);
        if let Some(veto) = &self.veto {
            let maps = veto.venues().into_iter().map(|venue| match venue.side {
                Some(side) => format!("{}:{side}", venue.map),
                None => venue.map.to_owned(),
            });
            let banned = veto.banned().into_iter().map(|(map, _)| map.to_owned());
            let open = veto.turn().map_or(Vec::new(), |_| veto.left());
            let left = open.iter().map(|map| veto.name(*map).to_owned());
            let _ = write!(
                position,
                " maps={} banned={} left={}",
                list(maps.collect()),
                list(banned.collect()),
                list(left.collect())
            );
        }
        for (name, report) in ["first", "second"].iter().zip(&self.reports) {
            let scores = report.as_ref().map(|scores| written(scores, Seat(0)));
            let _ = write!(position, " {name}={}", scores.as_deref().unwrap_or("-"));
        }
        position
    }
}

/// The pool as it stands: what is banned, and what is played as which map.
fn pool<'a>(board: &mut String, veto: &Veto, side: impl Fn(Seat) -> &'a str) {
    let (venues, banned) = (veto.venues(), veto.banned());
    for map in veto.pool() {
        let place = venues.iter().position(|venue| venue.map == map);
        let ban = banned.iter().find(|(name, _)| *name == map);
        let mark = match (place, ban) {
            (Some(n), _) => {
                let starts = venues
                    .get(n)
                    .and_then(|venue| Some((venue.by?, venue.side?)));
                match starts {
                    Some((by, start)) => format!("map {}, {} {start}", n + 1, side(by.other())),
                    None => format!("map {}", n + 1),
                }
            }
            (None, Some((_, seat))) => format!("banned by {}", side(*seat)),
            (None, None) => "-".to_owned(),
        };
        let _ = writeln!(board, "{map:<13}{mark}");
    }
}

/// Scores with commas between them, those of this seat first.
fn written(scores: &[Score], seat: Seat) -> String {
    let each: Vec<String> = scores
        .iter()
        .map(|score| score.seen_by(seat).to_string())
        .collect();
    each.join(",")
}

/// The exact notation of what was typed in a veto.
fn choice_typed(turn: Turn, words: &[&str]) -> String {
    let wanted = match turn {
        Turn::Ban(_) => "ban",
        Turn::Pick(_) => "pick",
        Turn::Side(_) => "",
    };
    let (verb, name) = match words {
        [name] => (wanted, *name),
        ["veto", name] => ("ban", *name),
        [verb, name] => (*verb, *name),
        _ => return words.join(" "),
    };
    let whole = name.starts_with("ban-") || name.starts_with("pick-");
    match turn {
        Turn::Side(_) => name.to_owned(),
        _ if whole => name.to_owned(),
        _ => format!("{verb}-{}", name.strip_prefix("de_").unwrap_or(name)),
    }
}

/// How somebody says a match ended, to check the scores against.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim {
    Won,
    Lost,
    Drew,
}

impl Claim {
    fn read(word: &str) -> Option<Claim> {
        match word {
            "won" => Some(Claim::Won),
            "lost" => Some(Claim::Lost),
            "drew" | "drawn" => Some(Claim::Drew),
            _ => None,
        }
    }

    /// Refuses scores that say something else for the side whose scores come first.
    fn check(self, seat: Seat, winner: Option<Seat>) -> Result<(), Refusal> {
        let by_scores = match winner {
            Some(winner) if winner == seat => Claim::Won,
            Some(_) => Claim::Lost,
            None => Claim::Drew,
        };
        if by_scores == self {
            return Ok(());
        }
        let word = |claim| match claim {
            Claim::Won => "won",
            Claim::Lost => "lost",
            Claim::Drew => "drew",
        };
        Err(refuse(
            "report/contradiction",
            format!(
                "By these scores the side whose score comes first {}, and you wrote {}.",
                word(by_scores),
                word(self)
            ),
        )
        .hint("Type your own score first, map by map; nothing was recorded."))
    }
}
