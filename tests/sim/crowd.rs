//! The people of the simulation: what they want next, judged by what they could see.

use xmpp_referee::commands::{Action, Call, Chat, Form, Place};
use xmpp_referee::engine::{Live, World};
use xmpp_referee::games::{GAMES, Played, find};
use xmpp_referee::kit::{MatchId, PersonId};
use xmpp_referee::matches::Stage;

use super::cases::{self, REFEREES, RITA};
use super::clans;
use super::luck::Luck;
use super::machine::ADMIN;

/// Live matches beyond which nobody begins another.
const ENOUGH: usize = 8;

/// Somebody with a Jabber account.
pub struct Player {
    pub bare: String,
    pub bot: bool,
}

/// What somebody wants; sent again under another id when no answer comes.
#[derive(Clone, Debug)]
pub enum Want {
    /// A move, safe to repeat.
    Move {
        game: MatchId,
        expect: u32,
        text: String,
    },
    /// A command by form, and whether success leaves a record.
    Command {
        node: &'static str,
        fields: Vec<(&'static str, String)>,
        records: bool,
    },
    /// A move typed in a chat.
    Line { game: MatchId, text: String },
}

/// Two people, three programs, an admin and a human referee.
pub fn crowd() -> Vec<Player> {
    let player = |(bare, bot): (&str, bool)| Player {
        bare: bare.to_owned(),
        bot,
    };
    [
        ("alice@example.org", false),
        ("bob@example.net", false),
        ("carl@example.org", true),
        ("dora@example.org", true),
        ("emil@example.net", true),
        (ADMIN, false),
        (RITA, false),
    ]
    .map(player)
    .into()
}

/// What games that are played here are played with.
const CLOCKS: [&str; 12] = [
    "30s+1",
    "1+0",
    "10s+0",
    "5+3",
    "2d",
    "none",
    "20sd3",
    "20sb3",
    "10s+3x5s",
    "0+4/20s",
    "30s/move",
    "10s+1|1+0",
];

impl Player {
    /// The request for a want, under this id.
    pub fn call(&self, want: &Want, req: &str) -> Call {
        let (node, fields) = match want {
            Want::Line { game, text } => {
                return Call::Chat(Chat {
                    bare: self.bare.clone(),
                    full: format!("{}/phone", self.bare),
                    place: Place::Contact,
                    text: format!("{game} {text}"),
                    flaw: None,
                    lag: None,
                    id: Some(req.to_owned()),
                });
            }
            Want::Move { game, expect, text } => (
                "move",
                vec![
                    ("match", game.to_string()),
                    ("move", text.clone()),
                    ("expect", expect.to_string()),
                ],
            ),
            Want::Command { node, fields, .. } => (*node, fields.clone()),
        };
        let fields = fields.into_iter();
        Call::Form(Form {
            bare: self.bare.clone(),
            full: format!("{}/phone", self.bare),
            place: Place::Service,
            node: node.to_owned(),
            action: Action::Complete,
            session: None,
            fields: Some(
                fields
                    .map(|(name, value)| (name.to_owned(), vec![value]))
                    .collect(),
            ),
            lag: None,
            id: Some(req.to_owned()),
        })
    }

    /// What this player does next, if anything.
    pub fn next(&self, luck: &mut Luck, world: &World, others: &[Player]) -> Option<Want> {
        let me = world.people.by_jid(&self.bare)?.id;
        if REFEREES.contains(&self.bare.as_str()) {
            let ruling = cases::referee(luck, world, me);
            return ruling.or_else(|| admin(luck, world).filter(|_| self.bare == ADMIN));
        }
        let mine: Vec<&Live> = world.matches_of(me).collect();
        let waiting: Vec<&&Live> = mine.iter().filter(|live| waits(live, me)).collect();
        if luck.percent(6) {
            return odd(luck, world, &mine);
        }
        if luck.percent(16) {
            let known = others
                .iter()
                .filter_map(|other| world.people.by_jid(&other.bare));
            let known: Vec<PersonId> = known.map(|person| person.id).collect();
            return clans::wish(luck, world, me, &known);
        }
        if let Some(want) = cases::trouble(luck, world, &mine, me) {
            return Some(want);
        }
        if let Some(live) = luck.pick(&waiting) {
            return self.play(luck, live, me);
        }
        let asked = mine
            .iter()
            .find(|live| live.game.stage == Stage::Challenged && live.game.to == Some(me));
        if let Some(live) = asked {
            let node = if luck.percent(85) {
                "accept"
            } else {
                "decline"
            };
            return Some(about(node, live.game.id, luck));
        }
        if let Some(open) = world.open_matches().find(|live| live.game.by != me) {
            return Some(about("join", open.game.id, luck));
        }
        if world
            .all_live()
            .filter(|live| live.game.stage != Stage::Over)
            .count()
            < ENOUGH
        {
            return Some(self.invite(luck, others));
        }
        None
    }

    fn play(&self, luck: &mut Luck, live: &Live, me: PersonId) -> Option<Want> {
        let (game, seat) = (&live.game, live.game.seat_of(me)?);
        let list = game.table()?.legal(seat).shown();
        let text = luck.pick(&list)?.clone();
        if game.terms.is_elsewhere() && luck.percent(30) {
            return Some(elsewhere(game.id, &text));
        }
        if !self.bot && luck.percent(40) {
            return Some(Want::Line {
                game: game.id,
                text,
            });
        }
        Some(Want::Move {
            game: game.id,
            expect: game.plays,
            text,
        })
    }

    fn invite(&self, luck: &mut Luck, others: &[Player]) -> Want {
        // Short games more often than long ones.
        let short = [
            "tic-tac-toe",
            "kuhn-poker",
            "rock-paper-scissors",
            "dice-duel",
            "reported",
        ];
        let game = match luck.pick(&short).filter(|_| luck.percent(85)) {
            Some(short) => (*short).to_owned(),
            None => GAMES[luck.below(GAMES.len())].spec().id.to_owned(),
        };
        let elsewhere = find(&game).is_some_and(|game| game.played() == Played::Elsewhere);
        let clocks: &[&str] = if elsewhere {
            &["1d", "2d", "none"]
        } else {
            &CLOCKS
        };
        let clock = clocks[luck.below(clocks.len())].to_owned();
        let mut fields = vec![("game", game), ("clock", clock)];
        if luck.percent(40) {
            fields.push(("salt", format!("salt {}", luck.below(1000))));
        }
        if luck.percent(30) {
            fields.push(("room", "false".to_owned()));
        }
        let rivals: Vec<&Player> = others
            .iter()
            .filter(|other| other.bare != self.bare && !REFEREES.contains(&other.bare.as_str()))
            .collect();
        let (node, records) = match luck.pick(&rivals).filter(|_| luck.percent(80)) {
            Some(rival) => {
                fields.push(("opponent", rival.bare.clone()));
                ("challenge", true)
            }
            None => ("open", true),
        };
        Want::Command {
            node,
            fields,
            records,
        }
    }
}

/// A move of a match that is played elsewhere, by its own command.
fn elsewhere(game: MatchId, notation: &str) -> Want {
    let (node, more) = match notation.split_once('-') {
        Some(("ban", map)) => ("veto", ("map", map.to_owned())),
        Some(("pick", map)) => ("pick", ("map", map.to_owned())),
        _ if notation == "confirmed" => ("confirm", ("match", game.to_string())),
        _ => ("report", ("scores", notation.replace(',', " "))),
    };
    Want::Command {
        node,
        fields: vec![("match", game.to_string()), more],
        records: true,
    }
}

fn waits(live: &Live, me: PersonId) -> bool {
    let seat = live.game.seat_of(me);
    seat.is_some_and(|seat| live.game.waits_for().contains(&seat))
}

pub fn about(node: &'static str, game: MatchId, luck: &mut Luck) -> Want {
    let mut fields = vec![("match", game.to_string())];
    if matches!(node, "accept" | "join") && luck.percent(40) {
        fields.push(("salt", format!("salt {}", luck.below(1000))));
    }
    Want::Command {
        node,
        fields,
        // Whoever watches already is told so, and that is all.
        records: node != "watch",
    }
}

/// What is rarely done, or refused.
fn odd(luck: &mut Luck, world: &World, mine: &[&Live]) -> Option<Want> {
    let all: Vec<&Live> = world.all_live().collect();
    let live = luck.pick(mine).or(luck.pick(&all)).copied()?;
    let game = live.game.id;
    Some(match luck.below(17) {
        0 => about("resign", game, luck),
        1 => about("draw", game, luck),
        2 => about("abort", game, luck),
        3 => about("withdraw", game, luck),
        4 => about("watch", game, luck),
        5 => Want::Command {
            node: "show",
            fields: vec![("match", game.to_string())],
            records: false,
        },
        6 => Want::Command {
            node: "my",
            fields: Vec::new(),
            records: false,
        },
        7 | 8 => Want::Command {
            node: "profile",
            fields: vec![(
                "listed",
                if luck.percent(50) { "yes" } else { "no" }.to_owned(),
            )],
            records: false,
        },
        10 => Want::Command {
            node: "evidence",
            fields: vec![
                ("match", game.to_string()),
                ("link", format!("https://example.org/{}", luck.below(20))),
            ],
            records: true,
        },
        // Out of turn, against another count, and no move at all.
        9 => Want::Move {
            game,
            expect: live.game.plays + 1,
            text: "e4".to_owned(),
        },
        12 | 13 => about("claim", game, luck),
        14 => about("wait", game, luck),
        15 | 16 => about("resume", game, luck),
        _ => Want::Line {
            game,
            text: "zz9".to_owned(),
        },
    })
}

fn admin(luck: &mut Luck, world: &World) -> Option<Want> {
    if !luck.percent(4) {
        return None;
    }
    let all: Vec<&Live> = world.all_live().collect();
    let live = luck.pick(&all)?;
    Some(Want::Command {
        node: "admin-abort",
        fields: vec![
            ("match", live.game.id.to_string()),
            ("reason", "the tables are cleaned".to_owned()),
        ],
        records: true,
    })
}
