//! Where a flood comes from: connections that send at a rate and count what comes back.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

/// How often the share of a rate is sent.
const TICK: Duration = Duration::from_millis(5);

/// What was sent, and what came back.
#[derive(Default)]
pub struct Flow {
    /// Stanzas.
    pub sent: AtomicU64,
    /// Bytes that came back.
    pub bytes: AtomicU64,
    /// Sources whose connection broke.
    pub broken: AtomicU64,
}

/// Sends the stanzas that `next` makes, so many a second, for so long; reads all that comes back meanwhile.
pub async fn pour(
    socket: &mut TcpStream,
    rate: f64,
    lasts: Duration,
    next: impl FnMut(u64) -> String,
    flow: &Flow,
) {
    let (reads, writes) = socket.split();
    let sent = tokio::select! {
        sent = send(writes, rate, lasts, next, flow) => sent,
        ended = drain(reads, flow) => ended,
    };
    if sent.is_err() {
        flow.broken.fetch_add(1, Ordering::Relaxed);
    }
}

async fn send(
    mut socket: WriteHalf<'_>,
    rate: f64,
    lasts: Duration,
    mut next: impl FnMut(u64) -> String,
    flow: &Flow,
) -> io::Result<()> {
    let begun = Instant::now();
    let mut sent = 0;
    while begun.elapsed() < lasts {
        tokio::time::sleep(TICK).await;
        let due = (begun.elapsed().as_secs_f64() * rate) as u64;
        // What a server that throttles did not take is not made up for: a rate is a rate.
        let from = sent.max(due.saturating_sub((rate * 0.1) as u64 + 1));
        let text: String = (from..due).map(&mut next).collect();
        socket.write_all(text.as_bytes()).await?;
        flow.sent.fetch_add(due - from, Ordering::Relaxed);
        sent = due;
    }
    Ok(())
}

async fn drain(mut socket: ReadHalf<'_>, flow: &Flow) -> io::Result<()> {
    let mut bytes = vec![0; 65_536];
    loop {
        match socket.read(&mut bytes).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => flow.bytes.fetch_add(read as u64, Ordering::Relaxed),
        };
    }
}
