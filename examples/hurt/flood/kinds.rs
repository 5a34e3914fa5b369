//! The floods: what each needs to begin with, and its stanzas.
//!
//! Most are the ones that once brought the referee down or made players wait; the rates are those of then.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use rand::RngExt;
use rand::rngs::SmallRng;
use rand::{SeedableRng, seq::IndexedRandom};
use tokio::task::JoinSet;

use super::command::{PATIENCE, ask, command, value};
use super::source::{Flow, pour};
use super::{CROWD, Place, SILENT};
use crate::component;
use crate::players::PASSWORD;
use crate::server::{HOST, REFEREE};
use crate::wire::Wire;

/// The accounts that floods come from.
pub const FLOODERS: usize = 4;
/// Clients of each of the two who shake a table.
const CLIENTS: usize = 20;
/// Matches between two bots; more than a person may have at a time.
const MATCHES: usize = 280;
/// Changes of a clan before its record is asked for.
const CHANGES: usize = 500;
const COMMANDS: &str = "http://jabber.org/protocol/commands";
const MUG: &str = "http://jabber.org/protocol/mug";

/// One kind of flood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Flood {
    /// A bot with hundreds of matches asks for them all, 1,000 times a second.
    My,
    /// The same bot types what is no command, 1,000 times a second.
    Gibberish,
    /// disco#info by 4,000 people a second who were never seen before.
    Looks,
    /// Searches by 500 people a second who were never seen before.
    Searches,
    /// 2,000 people a second want to see the referee's presence.
    Subscriptions,
    /// Two people with twenty clients each change their names at a table, 2,000 times a second.
    Tables,
    /// A bot changes its clan's description 1,000 times a second.
    Changes,
    /// A clan's record is asked for 60 times a second.
    Records,
    /// Three strangers make app-passwords, 10 times a second each.
    Passwords,
    /// Somebody takes a name and is forgotten, 100 times a second.
    Forgetting,
    /// 1,000 newcomers of one server a second say hello.
    Newcomers,
    /// 2,000 hostile stanzas a second: what no form holds, what no protocol knows, deep, long and empty.
    Malformed,
}

/// The account of a flooder.
pub fn account(n: usize) -> String {
    format!("flooder{n}")
}

impl Flood {
    /// Its name in the table.
    pub fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Makes ready, then floods for so long each time `begin` is told: first a component that takes everything and says nothing,
    /// then the referee.
    ///
    /// # Errors
    /// What it needs could not be made ready.
    pub async fn run(
        self,
        place: Arc<Place>,
        lasts: Duration,
        mut begin: tokio::sync::mpsc::Receiver<()>,
        ready: tokio::sync::oneshot::Sender<()>,
        flows: [Arc<Flow>; 2],
    ) -> io::Result<()> {
        let mut sources: Vec<(tokio::net::TcpStream, f64, Next)> = Vec::new();
        match self {
            Flood::My | Flood::Gibberish => {
                let first = busy_bot(&place).await?;
                let next: Next = match self {
                    Flood::My => Box::new(|n| command(&format!("f{n}"), "my", &[])),
                    _ => Box::new(|n| chat("", &format!("xyzzy{n}"))),
                };
                sources.push((first.into_socket(), 1000.0, next));
            }
            Flood::Looks | Flood::Searches | Flood::Subscriptions | Flood::Newcomers => {
                if self == Flood::Searches {
                    open_challenges(&place).await?;
                }
                let mut socket = component::connect(&place.crowd, CROWD).await?;
                component::introduce(&mut socket, CROWD).await?;
                let (rate, next): (f64, Next) = match self {
                    Flood::Looks => (4000.0, Box::new(look)),
                    Flood::Searches => (500.0, Box::new(search)),
                    Flood::Subscriptions => (2000.0, Box::new(subscribe)),
                    _ => (
                        1000.0,
                        Box::new(|n| chat(&format!(" from='u{n}@{CROWD}/x'"), "hello")),
                    ),
                };
                sources.push((socket, rate, next));
            }
            Flood::Tables => {
                let mut first = log_in(&place, 0).await?;
                let game = open(&mut first, "tic-tac-toe").await?;
                for n in 0..2 * CLIENTS {
                    let who = account(n % 2);
                    let mut wire = log_in(&place, n % 2).await?;
                    let to = format!("{game}@{REFEREE}");
                    wire.send(&enter(&to, &who)).await?;
                    let next = move |n| enter(&to, &format!("{who}{}", n % 50));
                    sources.push((wire.into_socket(), 50.0, Box::new(next)));
                }
            }
            Flood::Changes | Flood::Records => {
                let mut bot = log_in(&place, 0).await?;
                found_clan(&mut bot).await?;
                let next: Next = match self {
                    Flood::Changes => Box::new(describe),
                    _ => {
                        for n in 0..CHANGES as u64 {
                            bot.send(&describe(n)).await?;
                            bot.stanza().await?;
                        }
                        Box::new(|n| command(&format!("f{n}"), "clan-export", &[]))
                    }
                };
                let rate = if self == Flood::Changes { 1000.0 } else { 60.0 };
                sources.push((bot.into_socket(), rate, next));
            }
            Flood::Passwords => {
                for n in 0..3 {
                    let wire = log_in(&place, n).await?;
                    let next = |n| {
                        let service = format!("forum{n}");
                        let fields = [("do", "add"), ("service", service.as_str())];
                        command(&format!("f{n}"), "app-password", &fields)
                    };
                    sources.push((wire.into_socket(), 10.0, Box::new(next)));
                }
            }
            Flood::Forgetting => {
                let wire = log_in(&place, 0).await?;
                let next = |n| match n % 2 {
                    0 => command(&format!("f{n}"), "handle", &[("handle", "abcd")]),
                    _ => command(&format!("f{n}"), "profile-forget", &[("confirm", "yes")]),
                };
                sources.push((wire.into_socket(), 100.0, Box::new(next)));
            }
            Flood::Malformed => {
                for n in 0..FLOODERS {
                    let wire = log_in(&place, n).await?;
                    let mut luck = SmallRng::seed_from_u64(n as u64);
                    let next = move |n| hostile(n, &mut luck);
                    sources.push((wire.into_socket(), 500.0, Box::new(next)));
                }
            }
        }
        let _ = ready.send(());
        let mut sources = sources;
        for (to, flow) in [SILENT, REFEREE].iter().zip(flows) {
            let _ = begin.recv().await;
            let mut all = JoinSet::new();
            for (mut socket, rate, mut next) in sources.drain(..) {
                let flow = flow.clone();
                all.spawn(async move {
                    let elsewhere = |n| next(n).replace(REFEREE, to);
                    pour(&mut socket, rate, lasts, elsewhere, &flow).await;
                    (socket, rate, next)
                });
            }
            sources = all.join_all().await;
        }
        Ok(())
    }
}

/// Makes the nth stanza.
type Next = Box<dyn FnMut(u64) -> String + Send>;

async fn log_in(place: &Place, n: usize) -> io::Result<Wire> {
    Wire::login(&place.clients, &account(n), PASSWORD).await
}

/// What must succeed before a flood.
async fn must(wire: &mut Wire, node: &str, fields: &[(&str, &str)]) -> io::Result<String> {
    let (mut ids, begun) = (0, Instant::now());
    loop {
        match ask(wire, node, fields, &mut ids).await? {
            Ok(stanza) => return Ok(stanza),
            // Too fast, or not yet there: it is asked again.
            Err(_) if begun.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(word) => return Err(io::Error::other(format!("{node}: {word}"))),
        }
    }
}

async fn open(wire: &mut Wire, game: &str) -> io::Result<String> {
    let fields = [("game", game), ("clock", "none"), ("room", "0")];
    let stanza = must(wire, "open", &fields).await?;
    Ok(value(&stanza, "match").unwrap_or_default())
}

/// A bot with hundreds of matches against another.
async fn busy_bot(place: &Place) -> io::Result<Wire> {
    let (mut first, mut second) = (log_in(place, 0).await?, log_in(place, 1).await?);
    must(&mut first, "bot", &[("mode", "on")]).await?;
    must(&mut second, "bot", &[("mode", "on")]).await?;
    let opponent = format!("{}@{HOST}", account(1));
    let fields = [
        ("opponent", opponent.as_str()),
        ("game", "chess"),
        ("clock", "none"),
        ("visibility", "unlisted"),
        ("room", "0"),
    ];
    for _ in 0..MATCHES {
        let stanza = must(&mut first, "challenge", &fields).await?;
        let game = value(&stanza, "match").unwrap_or_default();
        must(&mut second, "accept", &[("match", &game)]).await?;
    }
    Ok(first)
}

/// What searches have to walk.
async fn open_challenges(place: &Place) -> io::Result<()> {
    for n in 0..FLOODERS {
        let mut wire = log_in(place, n).await?;
        must(&mut wire, "bot", &[("mode", "on")]).await?;
        for _ in 0..MATCHES {
            open(&mut wire, "chess").await?;
        }
    }
    Ok(())
}

async fn found_clan(bot: &mut Wire) -> io::Result<()> {
    must(bot, "bot", &[("mode", "on")]).await?;
    let fields = [("tag", "floods"), ("name", "Floods")];
    must(bot, "clan-create", &fields).await.map(drop)
}

fn describe(n: u64) -> String {
    let value = format!("{n} {}", "much ado ".repeat(30));
    let fields = [("what", "description"), ("value", value.as_str())];
    command(&format!("f{n}"), "clan-set", &fields)
}

fn chat(from: &str, text: &str) -> String {
    format!("<message type='chat'{from} to='referee@{REFEREE}'><body>{text}</body></message>")
}

fn look(n: u64) -> String {
    format!(
        "<iq type='get' id='f{n}' from='u{n}@{CROWD}/x' to='{REFEREE}'>\
         <query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
    )
}

fn search(n: u64) -> String {
    format!(
        "<iq type='set' id='f{n}' from='u{n}@{CROWD}/x' to='{REFEREE}'><query xmlns='jabber:iq:search'>\
         <x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>jabber:iq:search</value></field>\
         <field var='handle'><value>flooder</value></field></x></query></iq>"
    )
}

fn subscribe(n: u64) -> String {
    format!("<presence type='subscribe' from='u{n}@{CROWD}' to='referee@{REFEREE}'/>")
}

fn enter(table: &str, nick: &str) -> String {
    format!("<presence to='{table}/{nick}'><game xmlns='{MUG}'/></presence>")
}

/// Well-formed for the server, and nothing that a referee could expect.
fn hostile(n: u64, luck: &mut SmallRng) -> String {
    let pick = |luck: &mut SmallRng, from: &[&str]| {
        from.choose(luck).copied().unwrap_or_default().to_owned()
    };
    let long = "z".repeat(luck.random_range(1..4000));
    let words = [
        "",
        "-1",
        "m1",
        "m99999999999999999999",
        "wolves",
        "a1",
        "e4",
        "yes",
        "\u{202e}abc",
        "&lt;x&gt;",
        "1e999",
        "9223372036854775808",
        "../..",
        long.as_str(),
    ];
    let nodes = [
        "my",
        "move",
        "open",
        "challenge",
        "clan-create",
        "show",
        "record",
        "profile",
        "accept",
        "admin-ban",
        "xyzzy",
        "",
    ];
    let fields: String = (0..luck.random_range(0..12))
        .map(|_| {
            let name = pick(
                luck,
                &[
                    "match",
                    "move",
                    "game",
                    "clock",
                    "opponent",
                    "tag",
                    "for",
                    "text",
                    "FORM_TYPE",
                    "",
                ],
            );
            let values: String = (0..luck.random_range(0..4))
                .map(|_| format!("<value>{}</value>", pick(luck, &words)))
                .collect();
            format!("<field var='{name}'>{values}</field>")
        })
        .collect();
    let to = pick(
        luck,
        &["", "referee@", "m1@", "clan-x@", "nobody@", "\u{fc}@"],
    ) + REFEREE;
    let node = pick(luck, &nodes);
    let kind = pick(luck, &["set", "get"]);
    match luck.random_range(0..8) {
        0..4 => format!(
            "<iq type='{kind}' id='f{n}' to='{to}'><command xmlns='{COMMANDS}' node='{node}' action='execute'>\
             <x xmlns='jabber:x:data' type='submit'>{fields}</x></command></iq>"
        ),
        4 => {
            let deep = luck.random_range(1..100);
            let (open, close) = ("<a xmlns='b'>".repeat(deep), "</a>".repeat(deep));
            format!("<iq type='{kind}' id='f{n}' to='{to}'>{open}{close}</iq>")
        }
        5 => format!(
            "<presence to='{to}' type='{}'/>",
            pick(
                luck,
                &["subscribe", "probe", "unsubscribed", "unavailable", "error"]
            )
        ),
        6 => format!(
            "<message to='{to}' type='{}'><body>{}</body><event xmlns='urn:x-referee:0'/></message>",
            pick(luck, &["groupchat", "normal", "error", "headline"]),
            pick(luck, &words)
        ),
        _ => format!(
            "<iq type='{kind}' id='f{n}' to='{to}'><query xmlns='http://jabber.org/protocol/disco#items' node='{}'/></iq>",
            pick(luck, &words)
        ),
    }
}
