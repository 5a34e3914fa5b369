//! Components of the same server: one that takes everything and says nothing, and the door of a crowd from elsewhere.

use std::io;
use std::time::Duration;

use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{REFEREE, SECRET};
use crate::wire::attribute;

/// Connects as the component of this name; the server has taken the handshake when its answer is read.
///
/// # Errors
/// The connection broke, or the server does not know such a component.
pub async fn connect(address: &str, domain: &str) -> io::Result<TcpStream> {
    let mut socket = TcpStream::connect(address).await?;
    let header = format!(
        "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='{domain}'>"
    );
    socket.write_all(header.as_bytes()).await?;
    let mut bytes = vec![0; 4096];
    let mut said = String::new();
    let id = loop {
        let read = socket.read(&mut bytes).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        said.push_str(&String::from_utf8_lossy(&bytes[..read]));
        if let Some(id) = attribute(&said, "<stream:stream", "id") {
            break id.to_owned();
        }
    };
    let hash = Sha1::digest(format!("{id}{SECRET}"));
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let handshake = format!("<handshake>{hash}</handshake>");
    socket.write_all(handshake.as_bytes()).await?;
    Ok(socket)
}

/// Somebody there says hello, and the server that this component plays says that it is one when it is asked.
///
/// # Errors
/// The connection broke, or nobody answered.
pub async fn introduce(socket: &mut TcpStream, domain: &str) -> io::Result<()> {
    let hello = format!(
        "<message type='chat' from='first@{domain}/x' to='referee@{REFEREE}'><body>help</body></message>"
    );
    socket.write_all(hello.as_bytes()).await?;
    let (mut said, mut bytes) = (String::new(), vec![0; 65_536]);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !said.contains("<body>") {
        let read = tokio::time::timeout_at(deadline, socket.read(&mut bytes)).await??;
        said.push_str(&String::from_utf8_lossy(&bytes[..read]));
        let asked = said.rfind("<iq").map(|at| said.split_off(at));
        let Some(asked) = asked.filter(|asked| asked.contains("disco#info")) else {
            continue;
        };
        let id = attribute(&asked, "<iq", "id").unwrap_or_default();
        let answer = format!(
            "<iq type='result' id='{id}' from='{domain}' to='{REFEREE}'>\
             <query xmlns='http://jabber.org/protocol/disco#info'><identity category='server' type='im'/></query></iq>"
        );
        socket.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// Keeps a component connected that never answers, for as long as the program runs.
pub async fn stay(address: String, domain: &'static str) {
    loop {
        // The server may be down at the moment: that is what this program is about.
        let _ = silent(&address, domain).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn silent(address: &str, domain: &str) -> io::Result<()> {
    let mut socket = connect(address, domain).await?;
    let mut bytes = vec![0; 4096];
    while socket.read(&mut bytes).await? > 0 {}
    Ok(())
}
