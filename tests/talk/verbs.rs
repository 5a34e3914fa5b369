//! The verbs of talk files. Each line is a verb or `who` and what they do:
//!
//! ```text
//! alice: challenge bob chess 5+3          to referee@R
//! alice to m1: e4                         to m1@R; `to service` is R itself
//! alice in m1: !e4                        in m1's room, or talk without `!`; `in lobby`
//! alice late: e4                          a delayed message; also `edits` and `encrypts`
//! alice lagging 1s: e4                    it was on its way so long, as far as the door could measure
//! alice: prove {code}                     the last code that somebody was given
//! alice form move match=m1 move=e4        an ad-hoc command with a submitted form; without values it only opens it
//! alice next k=v · prev · complete k=v · cancel · forgets       the session that is open; `forgets` drops its id
//! bob reacts 👍                           to the last message that bob was sent
//! carol enters m1 · carol leaves m1        a match's room, as the door sees it
//! clan rooms · alice in clan wolves: !who · alice in public wolves: !who      rooms are made for clans from here on
//! rooms of wolves · remade wolves          what the door is told; somebody destroyed the members' room, and it is there again
//! people alice bob                        they have written to the referee before
//! zone alice Europe/Vienna                 that is where she lives
//! alice long 2001 clan note wolves        the line, and so many letters behind it
//! crowd 60 challenges bob                 sixty people of sixty servers do
//! wait 40s · crash · power cut · restart · drop xmpp · xmpp back · hold effects · lose pongs · deliver
//! here bob on · here bob away · here bob off                  who is on, as the door sees it
//! alice adds referee · alice adds clan-wolves               to the contact list
//! gone bob network · gone bob left · back bob · server example.net down · server example.net up
//! config clans=2 words=bad*,worse         what the configuration says of the community, from now on
//! disk full · disk ok · sync fails
//! see m1 as bob · commands m1 as bob · items matches as bob · search game=chess as bob · presence m1 as bob
//! node wolves officers                    a clan's node: its readers and its items
//! feed m1 · news · record m1 · verify m1
//! show boards · show ids · show fields    more of everything from here on; `hide` ends it
//! ```

use std::collections::BTreeMap;

use xmpp_referee::cli::audit::{audit, audit_clan};
use xmpp_referee::commands::{
    Action, Answer, Call, Chat, Flaw, Form, Look, News, Page, Place, Reaction, Sees, Sight,
    StepState, Value,
};
use xmpp_referee::engine::{Contact, Here, record};
use xmpp_referee::kit::{ClanTag, MatchId, Span, Stream};
use xmpp_referee::matches::Leave;
use xmpp_referee::store::memory::CommitFault;

use super::app::{self, App, NEWS, clan_node, hall_of, node_of};
use super::show::{self, Taste, without_hashes};

/// A file being played.
pub struct Stage {
    app: App,
    out: Vec<String>,
    taste: Taste,
    power_cut: bool,
    /// The ad-hoc session each person has open: node and id.
    sessions: BTreeMap<String, (String, Option<String>, Place)>,
    stanzas: u64,
    /// The id of the last message that each person was sent.
    told: BTreeMap<String, String>,
    /// The last code that somebody was given, for `{code}` in what is said next.
    code: String,
}

type Done = Result<(), String>;

impl Stage {
    /// Gives everything that was recorded to the auditors, who have nothing but the public lines.
    pub fn audit(&self) -> Result<(), String> {
        let mut streams: BTreeMap<Stream, Vec<String>> = BTreeMap::new();
        for entry in self.app.memory.journal.lines() {
            let open = record::open_half(&entry.text).map_err(|bad| bad.to_string())?;
            streams.entry(entry.stream).or_default().push(open);
        }
        for (stream, lines) in &streams {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let found = match stream {
                Stream::Service => continue,
                Stream::Match(_) => audit(&lines).map(|_| ()),
                Stream::Clan(_) => audit_clan(&lines).map(|_| ()),
            };
            found.map_err(|bad| {
                let line = lines.get(bad.line - 1).unwrap_or(&"");
                format!("the auditor objects to {stream}: {bad}: {line}")
            })?;
        }
        Ok(())
    }

    pub fn new() -> Stage {
        Stage {
            app: App::new(),
            out: Vec::new(),
            taste: Taste::default(),
            power_cut: false,
            sessions: BTreeMap::new(),
            stanzas: 0,
            told: BTreeMap::new(),
            code: String::new(),
        }
    }

    /// What was seen since the last call.
    pub fn take_output(&mut self) -> Vec<String> {
        std::mem::take(&mut self.out)
    }

    /// One line of input.
    pub fn perform(&mut self, line: &str) -> Done {
        if let Some((who, text)) = line.split_once(": ") {
            return self.say(who, text);
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if !self.app.is_running() && !matches!(words[0], "wait" | "restart" | "deliver") {
            return Err("the referee does not run".to_owned());
        }
        match words.as_slice() {
            ["wait", span] => self.app.wait(span_of(span)?),
            ["crash"] => self.app.crash(),
            ["power", "cut"] => {
                self.app.crash();
                self.power_cut = true;
            }
            ["restart"] => self.app.restart(std::mem::take(&mut self.power_cut))?,
            ["drop", "xmpp"] => self.app.link_down(),
            ["xmpp", "back"] => self.app.link_up(false),
            // The whole server was away, and with it everybody's connection.
            ["xmpp", "restarted"] => self.app.link_up(true),
            ["hold", "effects"] => self.app.delivers = false,
            ["lose", "pongs"] => self.app.confirms = false,
            ["deliver"] => (self.app.delivers, self.app.confirms) = (true, true),
            ["disk", "full"] => self.app.memory.journal.set_full(true),
            ["disk", "ok"] => self.app.memory.journal.set_full(false),
            ["sync", "fails"] => self.app.memory.journal.fail_next(CommitFault::AfterWrite),
            ["config", rules @ ..] => self.app.configure(rules)?,
            ["show", what] => self.set_taste(what, true)?,
            ["hide", what] => self.set_taste(what, false)?,
            ["feed", id] => self.feed(&node_of(match_of(id)?)),
            ["node", tag, sees] => self.node(tag, sees)?,
            ["news"] => self.feed(NEWS),
            ["record", id] => self.record(match_of(id)?)?,
            ["verify", id] => self.verify(match_of(id)?)?,
            ["see", at, "as", who] => self.look(who, at, Sight::Info)?,
            ["commands", at, "as", who] => self.look(who, at, Sight::Commands)?,
            ["presence", at, "as", who] => self.look(who, at, Sight::Status)?,
            ["items", node, "as", who] => {
                let (node, page) = ((*node).to_owned(), Page::default());
                self.look(who, "service", Sight::Items { node, page })?
            }
            ["search", field, "as", who] => {
                let (name, value) = field.split_once('=').ok_or("search takes name=value")?;
                let fields = vec![(name.to_owned(), value.to_owned())];
                let page = Page::default();
                self.look(who, "service", Sight::Search { fields, page })?
            }
            ["people", people @ ..] => {
                for who in people {
                    self.say(who, "my")?;
                }
                self.out.clear();
            }
            ["zone", who, zone @ ..] => {
                self.say(who, &format!("profile zone={}", zone.join(" ")))?;
                self.out.clear();
            }
            ["crowd", count, "challenges", who] => {
                let count: u32 = count.parse().map_err(|_| "how many?")?;
                for n in 1..=count {
                    let one = format!("fan{n}@server{n}.example");
                    self.say(&one, &format!("challenge {who} chess no-room"))?;
                }
                self.out.clear();
            }
            [who, "adds", at] => {
                let contact = match place_of(at)? {
                    Place::Clan(tag) => Contact::Clan(tag),
                    Place::Match(id) => Contact::Match(id),
                    _ => Contact::Referee,
                };
                self.news(News::Subscribed(bare(who), contact));
            }
            ["here", who, how] => {
                let here = match *how {
                    "on" => Some(Here::On),
                    "away" => Some(Here::Away),
                    _ => None,
                };
                self.news(News::Here(bare(who), here));
            }
            [who, "long", length, words @ ..] => {
                let length: usize = length.parse().map_err(|_| "how long?")?;
                let text = format!("{} {}", words.join(" "), "x".repeat(length));
                self.say(who, &text)?;
            }
            ["clan", "rooms"] => self.app.clan_rooms = true,
            ["rooms", "of", tag] => {
                let (place, at) = (Place::Clan(tag_of(tag)?), Sight::Halls);
                let bare = app::DOMAIN.to_owned();
                let answer = self.app.call(Call::Look(Look { bare, place, at }));
                (self.out).extend(show::answer("the door", "", &answer, self.taste));
            }
            ["remade", tag] => {
                let tag = tag_of(tag)?;
                self.news(News::HallReady(tag, true, hall_of(tag, true)));
            }
            ["gone", who, "network"] => self.news(News::Gone(bare(who), Leave::Network)),
            ["gone", who, "left"] => self.news(News::Gone(bare(who), Leave::Left)),
            ["back", who] => self.news(News::Back(bare(who))),
            ["server", domain, "down"] => self.news(News::ServerDown((*domain).to_owned())),
            ["server", domain, "up"] => self.news(News::ServerBack((*domain).to_owned())),
            [who, "enters", id] => {
                let came = News::Came(match_of(id)?, bare(who));
                let answer = self.app.call(Call::News(came));
                (self.out).extend(show::answer(who, "", &answer, self.taste));
            }
            [who, "leaves", id] => {
                let left = News::Left(match_of(id)?, bare(who));
                self.app.call(Call::News(left));
            }
            [who, "reacts", signs @ ..] => self.react(who, signs)?,
            [who, "form", ..] => self.form(who, after(line, "form"), Action::Execute)?,
            [who, "next", ..] => self.step(who, after(line, "next"), Action::Next)?,
            [who, "prev"] => self.step(who, "", Action::Prev)?,
            [who, "complete", ..] => self.step(who, after(line, "complete"), Action::Complete)?,
            [who, "cancel"] => self.step(who, "", Action::Cancel)?,
            [who, "forgets"] => self.session(who)?.1 = None,
            _ => return Err("no such verb".to_owned()),
        }
        self.hear();
        Ok(())
    }

    fn news(&mut self, news: News) {
        self.app.call(Call::News(news));
    }

    fn set_taste(&mut self, what: &str, on: bool) -> Done {
        match what {
            "boards" => self.taste.boards = on,
            "ids" => self.taste.ids = on,
            "fields" => self.taste.fields = on,
            _ => return Err("boards, ids or fields".to_owned()),
        }
        Ok(())
    }

    /// Shows what was sent meanwhile.
    fn react(&mut self, who: &str, signs: &[&str]) -> Done {
        let to = self.told.get(&bare(who)).ok_or("nobody was told")?;
        let answer = self.app.call(Call::Reaction(Reaction {
            bare: bare(who),
            full: format!("{}/phone", bare(who)),
            place: Place::Contact,
            to: to.clone(),
            signs: signs.iter().map(|sign| (*sign).to_owned()).collect(),
            flaw: None,
            id: None,
        }));
        self.out.extend(show::answer(who, "", &answer, self.taste));
        Ok(())
    }

    fn hear(&mut self) {
        for sending in std::mem::take(&mut self.app.sent) {
            let id = &sending.effect.id;
            (self.told).extend(sending.to.iter().map(|to| (to.jid.clone(), id.clone())));
            self.out.extend(show::effect(&sending, self.taste));
        }
    }

    fn keep_code(&mut self, answer: &Answer) {
        let result = match answer {
            Answer::Say { result, .. } => result,
            Answer::Step(step) => match &step.state {
                StepState::Done(result) => result,
                _ => return,
            },
            _ => return,
        };
        let fields = result.as_ref().map_or(&[][..], |reply| &reply.fields);
        for (name, value) in fields {
            if let ("code", Value::Text(code)) = (*name, value) {
                self.code.clone_from(code);
            }
        }
    }

    fn stanza_id(&mut self) -> Option<String> {
        self.stanzas += 1;
        Some(format!("s{}", self.stanzas))
    }

    fn say(&mut self, who: &str, text: &str) -> Done {
        let words: Vec<&str> = who.split_whitespace().collect();
        let (words, lag) = match words.as_slice() {
            [who, "lagging", lag] => (vec![*who], Some(span_of(lag)?)),
            _ => (words, None),
        };
        let (who, place, flaw) = match words.as_slice() {
            [who] => (*who, Place::Contact, None),
            [who, "to", at] => (*who, place_of(at)?, None),
            [who, "in", "clan", tag] => (*who, Place::ClanRoom(tag_of(tag)?, true), None),
            [who, "in", "public", tag] => (*who, Place::ClanRoom(tag_of(tag)?, false), None),
            [who, "in", "lobby"] => (*who, Place::Lobby, None),
            [who, "in", id] => (*who, Place::Room(match_of(id)?), None),
            [who, "late"] => (*who, Place::Contact, Some(Flaw::Delayed)),
            [who, "edits"] => (*who, Place::Contact, Some(Flaw::Corrected)),
            [who, "encrypts"] => (*who, Place::Contact, Some(Flaw::Encrypted)),
            _ => return Err("who says it, and where?".to_owned()),
        };
        let (text, talk) = match (place.is_room(), text.strip_prefix('!')) {
            (true, Some(command)) => (command, false),
            // Anything else in a room is talk, and never reaches the commands.
            (true, None) if !matches!(place, Place::Room(_)) => return Ok(()),
            (true, None) => (text, true),
            (false, _) => (text, false),
        };
        let text = text.replace("{code}", &self.code);
        let id = self.stanza_id();
        let call = if talk { Call::Overheard } else { Call::Chat };
        let answer = self.app.call(call(Chat {
            bare: bare(who),
            full: format!("{}/phone", bare(who)),
            place,
            text,
            flaw,
            lag,
            id,
        }));
        self.keep_code(&answer);
        let room = match place {
            Place::Room(id) => format!("room {id}"),
            Place::ClanRoom(tag, true) => format!("room clan-{tag}"),
            Place::ClanRoom(tag, false) => format!("room clan-{tag} (public)"),
            Place::Lobby => "lobby".to_owned(),
            _ => String::new(),
        };
        self.out
            .extend(show::answer(who, &room, &answer, self.taste));
        self.hear();
        Ok(())
    }

    fn form(&mut self, who: &str, rest: &str, action: Action) -> Done {
        let (node, values) = rest.split_once(' ').unwrap_or((rest, ""));
        let (node, place) = match node.split_once('@') {
            Some((node, at)) => (node, place_of(at)?),
            None => (node, Place::Service),
        };
        self.submit(who, node, action, None, place, values)
    }

    fn step(&mut self, who: &str, values: &str, action: Action) -> Done {
        let (node, session, place) = self.session(who)?.clone();
        self.submit(who, &node, action, session, place, values)
    }

    fn session(&mut self, who: &str) -> Result<&mut (String, Option<String>, Place), String> {
        self.sessions
            .get_mut(who)
            .ok_or_else(|| format!("{who} has no form open"))
    }

    fn submit(
        &mut self,
        who: &str,
        node: &str,
        action: Action,
        session: Option<String>,
        place: Place,
        values: &str,
    ) -> Done {
        let fields = match values.trim() {
            "" => None,
            // An empty form: submitted, but with nothing in it.
            "-" => Some(Vec::new()),
            values => Some(fields_of(values)?),
        };
        let id = self.stanza_id();
        let answer = self.app.call(Call::Form(Form {
            bare: bare(who),
            full: format!("{}/bot", bare(who)),
            place,
            node: node.to_owned(),
            action,
            session,
            fields,
            lag: None,
            id,
        }));
        self.keep_code(&answer);
        if let Answer::Step(step) = &answer {
            match &step.state {
                StepState::Asking(_) => {
                    let open = (step.node.clone(), Some(step.session.clone()), place);
                    self.sessions.insert(who.to_owned(), open);
                }
                // The id is kept, so that a file can try what a confused client does: use it again.
                StepState::Done(_) | StepState::Cancelled => {}
            }
        }
        self.out.extend(show::answer(who, "", &answer, self.taste));
        Ok(())
    }

    fn look(&mut self, who: &str, at: &str, sight: Sight) -> Done {
        let answer = self.app.call(Call::Look(Look {
            bare: bare(who),
            place: place_of(at)?,
            at: sight,
        }));
        self.out.extend(show::answer(who, "", &answer, self.taste));
        Ok(())
    }

    /// A clan's node: who may read it, and what is there.
    fn node(&mut self, tag: &str, sees: &str) -> Done {
        let tag = tag.parse().map_err(|()| "no tag")?;
        let sees = Sees::read(sees).ok_or("public, members or officers")?;
        let name = clan_node(tag, sees);
        let Some(items) = self.app.server.feeds.get(&name) else {
            self.out.push(format!("there is no node {name}"));
            return Ok(());
        };
        let readers = match self.app.server.readers.get(&name) {
            Some(jids) if sees != Sees::Public => {
                let names = jids.iter().filter_map(|jid| jid.split('@').next());
                names.collect::<Vec<_>>().join(" ")
            }
            _ => "everybody".to_owned(),
        };
        self.out.push(format!("node {name}, for {readers}"));
        self.out.extend(show::items(items));
        Ok(())
    }

    fn feed(&mut self, node: &str) {
        let items = self.app.server.feeds.get(node);
        match items {
            Some(items) => {
                self.out.push(format!("feed {node}"));
                self.out.extend(show::items(items));
            }
            None => self.out.push(format!("no feed {node}")),
        }
    }

    /// What an auditor says of the public record.
    fn verify(&mut self, id: MatchId) -> Done {
        let lines = self.app.engine().desk().record_lines(id, 0, usize::MAX);
        let lines = lines.map_err(|e| e.to_string())?;
        let open = lines.iter().map(|line| record::open_half(line));
        let open: Vec<String> = open.collect::<Result<_, _>>().map_err(|e| e.to_string())?;
        let texts: Vec<&str> = open.iter().map(String::as_str).collect();
        self.out.push(match audit(&texts) {
            Ok(report) => format!("verify {id}: sound, {}", report.outcome),
            Err(objection) => format!("verify {id}: {objection}"),
        });
        Ok(())
    }

    fn record(&mut self, id: MatchId) -> Done {
        let lines = self
            .app
            .engine()
            .desk()
            .record_lines(id, 0, usize::MAX)
            .map_err(|e| e.to_string())?;
        for line in &lines {
            let line = record::read(line).map_err(|e| e.to_string())?;
            let by = line
                .public
                .by
                .map_or("-".to_owned(), |person| person.to_string());
            let events = without_hashes(line.public.ev.get());
            self.out
                .push(format!("    {} {by} {events}", line.public.v));
        }
        Ok(())
    }
}

fn bare(who: &str) -> String {
    if who.contains('@') {
        who.to_owned()
    } else {
        format!("{who}@example.org")
    }
}

fn match_of(id: &str) -> Result<MatchId, String> {
    id.parse().map_err(|()| format!("`{id}` is no match"))
}

fn tag_of(tag: &str) -> Result<ClanTag, String> {
    tag.parse().map_err(|()| format!("`{tag}` is no clan"))
}

fn place_of(at: &str) -> Result<Place, String> {
    match at {
        "referee" => Ok(Place::Contact),
        "service" => Ok(Place::Service),
        clan if clan.starts_with("clan-") => {
            let tag = clan["clan-".len()..].parse();
            Ok(Place::Clan(tag.map_err(|()| format!("{clan} is no clan"))?))
        }
        id => Ok(Place::Match(match_of(id)?)),
    }
}

fn after<'a>(line: &'a str, word: &str) -> &'a str {
    let at = line.find(&format!(" {word}")).unwrap_or(0);
    line[at + word.len() + 1..].trim_start()
}

fn span_of(text: &str) -> Result<Span, String> {
    let (number, unit) = text.split_at(text.len() - 1);
    let number: i64 = number.parse().map_err(|_| "a number and s, m, h or d")?;
    match unit {
        "s" => Ok(Span::seconds(number)),
        "m" => Ok(Span::minutes(number)),
        "h" => Ok(Span::hours(number)),
        "d" => Ok(Span::days(number)),
        _ => Err("a number and s, m, h or d".to_owned()),
    }
}

/// `k=v k="v with blanks"`
fn fields_of(text: &str) -> Result<Vec<(String, Vec<String>)>, String> {
    let mut fields = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or("fields are name=value")?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or("a quote is open")?,
            None => after.split_once(' ').unwrap_or((after, "")),
        };
        fields.push((name.to_owned(), vec![value.to_owned()]));
        rest = after.trim_start();
    }
    Ok(fields)
}
