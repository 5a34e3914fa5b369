//! Those who only want to play: pairs whose moves are timed, and newcomers who ask for help.

use std::io;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::command::{PATIENCE, ask, value};
use crate::players::PASSWORD;
use crate::server::{HOST, REFEREE};
use crate::wire::{Wire, attribute};

/// A game of nine moves that nobody wins.
const MOVES: [&str; 9] = ["a3", "b3", "c3", "b2", "a2", "c2", "b1", "a1", "c1"];
/// How long they think about each move: slowly enough for the limit of a person (10 requests a second).
const THINKS: Duration = Duration::from_millis(150);
/// When they try again after a "not now".
const AGAIN: Duration = Duration::from_millis(20);

/// What became of one move.
pub struct Played {
    /// When it was sent.
    pub at: Instant,
    /// How long it took to be answered; nothing where it was not played.
    pub took: Result<Duration, String>,
}

/// The account of an innocent player.
pub fn account(pair: usize, seat: usize) -> String {
    format!("{}{pair}", ["innocent", "partner"][seat])
}

/// Plays until nobody listens any more; each move is told.
pub async fn play(pair: usize, server: String, told: mpsc::Sender<Played>) -> io::Result<()> {
    let mut wires = [
        Wire::login(&server, &account(pair, 0), PASSWORD).await?,
        Wire::login(&server, &account(pair, 1), PASSWORD).await?,
    ];
    let mut ids = 0;
    let opponent = format!("{}@{HOST}", account(pair, 1));
    loop {
        let fields = [
            ("opponent", opponent.as_str()),
            ("game", "tic-tac-toe"),
            ("clock", "10+0"),
            ("side", "x"),
            ("visibility", "unlisted"),
            ("room", "0"),
        ];
        let answer = ask(&mut wires[0], "challenge", &fields, &mut ids).await?;
        let Some(game) = answer.as_ref().ok().and_then(|text| value(text, "match")) else {
            // Too many in too short a time: they wait, as people do.
            tokio::time::sleep(10 * THINKS).await;
            continue;
        };
        let fields = [("match", game.as_str())];
        let _ = ask(&mut wires[1], "accept", &fields, &mut ids).await?;
        for (played, text) in MOVES.iter().enumerate() {
            tokio::time::sleep(THINKS).await;
            let expect = played.to_string();
            let fields = [
                ("match", game.as_str()),
                ("move", text),
                ("expect", &expect),
            ];
            let at = Instant::now();
            let took = loop {
                match ask(&mut wires[played % 2], "move", &fields, &mut ids).await? {
                    Ok(_) => break Ok(at.elapsed()),
                    // "Not now" is asked again, and all of it is waiting.
                    Err(word) if word == "wait" && at.elapsed() < PATIENCE => {
                        tokio::time::sleep(AGAIN).await;
                    }
                    Err(word) => break Err(word),
                }
            };
            let lost = took.is_err();
            if told.send(Played { at, took }).is_err() {
                return Ok(());
            }
            if lost {
                break;
            }
        }
    }
}

/// How long somebody whom the referee never heard of waits for the answer to `help`.
///
/// # Errors
/// The server said no.
pub async fn newcomer(server: &str, name: &str) -> io::Result<Duration> {
    let mut wire = Wire::login(server, name, PASSWORD).await?;
    let asked = Instant::now();
    wire.send(&help("")).await?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while let Ok(stanza) = tokio::time::timeout_at(deadline, wire.stanza()).await {
        let stanza = stanza?;
        if !stanza.starts_with("<message") {
            continue;
        }
        if attribute(&stanza, "<message", "type") == Some("error") {
            // Nobody is there yet, or it is too much just now: people try again.
            tokio::time::sleep(AGAIN).await;
            wire.send(&help("")).await?;
        } else if stanza.contains("<body>") {
            return Ok(asked.elapsed());
        }
    }
    Ok(PATIENCE)
}

/// The same for somebody of another server, which this component is.
///
/// # Errors
/// The connection broke.
pub async fn foreigner(socket: &mut TcpStream, bare: &str) -> io::Result<Duration> {
    let asked = Instant::now();
    let text = help(&format!(" from='{bare}/phone'"));
    socket.write_all(text.as_bytes()).await?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let (mut said, mut bytes) = (String::new(), vec![0; 65_536]);
    while let Ok(read) = tokio::time::timeout_at(deadline, socket.read(&mut bytes)).await {
        match read? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => said.push_str(&String::from_utf8_lossy(&bytes[..read])),
        }
        if said.contains(bare) && said.contains("<body>") {
            return Ok(asked.elapsed());
        }
    }
    Ok(PATIENCE)
}

fn help(from: &str) -> String {
    format!(
        "<message type='chat'{from} to='referee@{REFEREE}' id='help1'><body>help</body></message>"
    )
}
