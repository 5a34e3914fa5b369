//! A component of the same server that takes everything and says nothing.

use std::io;
use std::time::Duration;

use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Keeps such a component connected for as long as the program runs.
pub async fn stay(address: String, domain: &'static str, secret: &'static str) {
    loop {
        // The server may be down at the moment: that is what this program is about.
        let _ = connected(&address, domain, secret).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn connected(address: &str, domain: &str, secret: &str) -> io::Result<()> {
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
            return Ok(());
        }
        said.push_str(&String::from_utf8_lossy(&bytes[..read]));
        if let Some(id) = crate::wire::attribute(&said, "<stream:stream", "id") {
            break id.to_owned();
        }
    };
    let hash = Sha1::digest(format!("{id}{secret}"));
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let handshake = format!("<handshake>{hash}</handshake>");
    socket.write_all(handshake.as_bytes()).await?;
    while socket.read(&mut bytes).await? > 0 {}
    Ok(())
}
