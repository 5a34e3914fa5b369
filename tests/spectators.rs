//! Nobody who does not play sees a delayed match earlier than its terms say, through whichever outlet they look; and
//! everybody sees all of it once it is over.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use xmpp_referee::commands::{
    Action, Answer, COMMANDS, Call, Chat, Effect, Form, Host, HostConfig, Look, News, Page, Place,
    Sight,
};
use xmpp_referee::engine::{Act, Engine, Handler, Sending};
use xmpp_referee::kit::{MatchId, Span, Timestamp};
use xmpp_referee::store::memory::Memory;

const GAME: MatchId = MatchId(1);
/// Knights and rooks to and fro: no two of these texts are alike, and none stands in a help text.
const MOVES: [&str; 6] = ["Nh3", "Nh6", "Rg1", "Rg8", "Na3", "Na6"];

struct Club {
    memory: Memory,
    engine: Engine,
    host: Host,
    now: Timestamp,
}

fn host() -> Host {
    Host::new(HostConfig::default())
}

fn bare(who: &str) -> String {
    format!("{who}@example.org")
}

impl Club {
    /// alice (white) plays bob with this delay; carol watches.
    fn open(delay: &str) -> Club {
        let now = Timestamp(1_700_000_000_000);
        let memory = Memory::new(3);
        let mut engine = Engine::open("r.example", memory.ports(), now).unwrap();
        engine.link_up(false);
        engine.open_outbox();
        let mut club = Club {
            memory,
            engine,
            host: host(),
            now,
        };
        club.say("bob", Place::Contact, "my");
        let terms = format!("challenge bob chess 60+0 white delay={delay}");
        club.say("alice", Place::Contact, &terms);
        club.say("bob", Place::Contact, "accept");
        club.news(News::NewsReady("r.example/events".to_owned()));
        club.news(News::RoomReady(GAME, "m1-abcd@muc.example".to_owned()));
        club.news(News::FeedReady(GAME, "r.example/match/m1".to_owned()));
        club.say("carol", Place::Contact, "watch m1");
        club
    }

    fn call(&mut self, call: Call) -> Answer {
        self.engine.begin(self.now);
        let answer = self.host.answer(self.engine.desk(), call);
        self.engine.commit().unwrap();
        answer
    }

    fn news(&mut self, news: News) {
        self.call(Call::News(news));
    }

    fn say(&mut self, who: &str, place: Place, text: &str) -> Answer {
        self.call(Call::Chat(Chat {
            bare: bare(who),
            full: format!("{}/x", bare(who)),
            place,
            text: text.to_owned(),
            flaw: None,
            lag: None,
            id: None,
        }))
    }

    fn plays(&mut self, n: usize) {
        let who = if n.is_multiple_of(2) { "alice" } else { "bob" };
        let answer = self.say(who, Place::Contact, MOVES[n]);
        assert!(
            matches!(&answer, Answer::Say { result: Ok(_), .. }),
            "{answer:?}"
        );
    }

    /// Everything that went out to others than the players since the last call.
    fn sent(&mut self) -> String {
        let mut told = String::new();
        loop {
            let window: Vec<Sending> = self.engine.next_window();
            if window.is_empty() {
                return told;
            }
            self.engine.confirmed(window.len());
            for sending in window {
                let to_player = sending.to.iter().any(|to| to.handle != "carol");
                if !(to_player && matches!(sending.effect.act, Act::Tell(_) | Act::Admit { .. })) {
                    told.push_str(&format!("{:?}\n", sending.effect.act));
                }
            }
        }
    }

    /// Everything a spectator can ask for.
    fn asked(&mut self) -> String {
        let mut seen = String::new();
        let mut note = |what: &str, answer: Answer| seen.push_str(&format!("{what}: {answer:?}\n"));
        let sights = || {
            let page = Page::default();
            let nodes = ["", "matches", "open", "games"];
            let items = nodes.map(|node| Sight::Items {
                node: node.to_owned(),
                page: Page::default(),
            });
            let fields = vec![("player".to_owned(), "alice".to_owned())];
            [Sight::Info, Sight::Commands, Sight::Status]
                .into_iter()
                .chain([Sight::Search { fields, page }])
                .chain(items)
                .collect::<Vec<Sight>>()
        };
        for at in sights() {
            for place in [Place::Service, Place::Match(GAME)] {
                for who in ["carol", "stranger"] {
                    let (bare, at) = (bare(who), at.clone());
                    note("look", self.call(Call::Look(Look { bare, place, at })));
                }
            }
        }
        for card in COMMANDS.iter().filter(|card| card.effect == Effect::Reads) {
            // A new host forgets how much was asked of it.
            self.host = host();
            for place in [Place::Contact, Place::Match(GAME), Place::Room(GAME)] {
                // In the room even the players are answered before everybody's eyes.
                for who in ["carol", "stranger", "alice"] {
                    if who == "alice" && !place.is_room() {
                        continue;
                    }
                    for text in [card.name.to_owned(), format!("{} m1", card.name)] {
                        let answer = self.say(who, place, &text);
                        let private = matches!(&answer, Answer::Say { private: true, .. });
                        if !(who == "alice" && private) {
                            note(&text, answer);
                        }
                    }
                }
            }
            let form = Form {
                bare: bare("carol"),
                full: format!("{}/x", bare("carol")),
                place: Place::Match(GAME),
                node: card.name.to_owned(),
                action: Action::Execute,
                session: None,
                fields: Some(Vec::new()),
                lag: None,
                id: None,
            };
            note(card.name, self.call(Call::Form(form)));
        }
        self.host = host();
        seen
    }

    /// The positions, the moves and the hashes that only players may know while `public` moves are.
    fn secrets(&mut self, public: usize) -> Vec<String> {
        let played = self.engine.desk().world().live(GAME).unwrap();
        let mut secrets: Vec<String> = MOVES.iter().map(|text| (*text).to_owned()).collect();
        secrets.drain(..public);
        if played.game.plays as usize > public {
            let view = played.game.view(xmpp_referee::games::Viewer::Public);
            let next = format!("move {},", played.game.plays + 1);
            secrets.extend([view.position, played.head.to_string(), next]);
        }
        secrets
    }

    fn leaks_nothing(&mut self, public: usize) {
        let secrets = self.secrets(public);
        let all = [self.asked(), self.sent()].concat();
        for secret in secrets {
            let found = all.lines().find(|line| line.contains(&secret));
            assert_eq!(
                found, None,
                "{secret} is known while {public} moves are public"
            );
        }
        for known in &MOVES[..public] {
            assert!(
                all.contains(known),
                "{known} is not known although it may be"
            );
        }
    }

    fn crash(&mut self) {
        self.engine = Engine::open("r.example", self.memory.restart(), self.now).unwrap();
        self.host = host();
        self.engine.begin(self.now);
        self.engine.link_up(false);
        self.engine.open_outbox();
    }
}

#[test]
fn a_delay_in_moves_holds_at_every_outlet() {
    let mut club = Club::open("2moves");
    club.leaks_nothing(0);
    for n in 0..MOVES.len() {
        club.plays(n);
        club.leaks_nothing((n + 1).saturating_sub(2));
        if n == 3 {
            club.crash();
            club.leaks_nothing(2);
        }
    }
    club.say("alice", Place::Contact, "resign yes");
    let all = [club.asked(), club.sent()].concat();
    assert!(
        MOVES.iter().all(|text| all.contains(text)),
        "all is told at the end"
    );
}

#[test]
fn a_delay_in_time_holds_at_every_outlet() {
    let mut club = Club::open("30s");
    for n in 0..MOVES.len() {
        club.plays(n);
        club.now = club.now + Span::seconds(10);
        // Each move is ten seconds after the one before: the last three are younger than the delay, save at its very end.
        club.leaks_nothing((n + 1).saturating_sub(2));
        if n == 3 {
            club.crash();
            club.leaks_nothing(2);
        }
    }
    club.now = club.now + Span::seconds(60);
    club.leaks_nothing(MOVES.len());
}

#[test]
fn without_a_delay_everybody_sees_everything_at_once() {
    let mut club = Club::open("off");
    club.plays(0);
    club.leaks_nothing(1);
}
