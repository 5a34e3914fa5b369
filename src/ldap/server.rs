//! The port: takes connections, as many as there is room for, on a thread of its own.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use futures::SinkExt;
use ldap3_proto::proto::LdapResultCode;
use tokio::sync::{Semaphore, oneshot};
use tokio_util::codec::Framed;

use super::codec::Codec;
use super::guesses::Guesses;
use super::lanes::{Proven, SlowLane};
use super::room::Room;
use super::search::Directory;
use super::session::{Shared, farewell, serve};
use super::tree::Tree;
use crate::clans::nobodys_hash;
use crate::engine::Clock;
use crate::kit::Secret;

/// Passwords that are checked at once: each takes some 20 ms of a processor, and play comes first.
const MAX_CHECKS: usize = 2;
/// How long to wait when the system gives no connection.
const BREATH: Duration = Duration::from_millis(200);
/// How long a connection there is no room for may take to hear so.
const GOODBYE: Duration = Duration::from_secs(1);
/// Connections that are told so at once; beyond them a connection is closed without a word.
const MAX_GOODBYES: usize = 16;

/// What the server is told at the start.
pub struct ServerConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The base of all names.
    pub tree: Tree,
    /// Passwords of services that read, by the service's name.
    pub readers: BTreeMap<String, Secret<String>>,
    /// How long a connection may take to bind; [`super::IDLE_UNBOUND`] unless a test is in a hurry.
    pub idle_unbound: Duration,
}

/// The running server.
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Server {
    /// Listens, and answers from what this directory knows.
    ///
    /// # Errors
    /// The address cannot be listened on, or the system gives no thread.
    pub fn open(
        config: ServerConfig,
        directory: impl Directory,
        clock: impl Clock + Sync + 'static,
    ) -> io::Result<Server> {
        let listener = TcpListener::bind(config.listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            tree: config.tree,
            readers: config.readers,
            idle_unbound: config.idle_unbound,
            directory,
            clock,
            guesses: Mutex::new(Guesses::default()),
            checks: Semaphore::new(MAX_CHECKS),
            slow: SlowLane::default(),
            proven: Proven::default(),
            nobody: nobodys_hash(),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(MAX_CHECKS)
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("ldap".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        // Told to stop, or nobody is left who could tell us.
                        _ = stopped => {}
                        end = accept(listener, shared) => if let Err(error) = end {
                            tracing::error!(%error, "LDAP is served no longer");
                        },
                    }
                });
                // Connections end here; a password that is being checked is not waited for.
                runtime.shutdown_background();
            })?;
        Ok(Server {
            address,
            stop,
            thread,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends all connections.
    pub fn close(self) {
        let _ = self.stop.send(());
        if self.thread.join().is_err() {
            tracing::error!("the LDAP thread panicked");
        }
    }
}

async fn accept<D: Directory, C: Clock + Sync + 'static>(
    listener: TcpListener,
    shared: Arc<Shared<D, C>>,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let room = Arc::new(Room::default());
    let goodbyes = Arc::new(Semaphore::new(MAX_GOODBYES));
    loop {
        let (stream, source) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "an LDAP connection could not be taken");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let Some(seat) = room.take(source.ip()) else {
            tracing::debug!(%source, "there is no room for another LDAP connection");
            if let Ok(permit) = Arc::clone(&goodbyes).try_acquire_owned() {
                tokio::spawn(async move {
                    let busy = farewell(LdapResultCode::Busy, "Too many connections; try again.");
                    let mut framed = Framed::new(stream, Codec::default());
                    let _ = tokio::time::timeout(GOODBYE, framed.send(busy)).await;
                    drop(permit);
                });
            }
            continue;
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            tokio::select! {
                () = serve(stream, source.ip(), &seat, &shared) => {}
                () = seat.is_needed() => {
                    tracing::debug!(%source, "a silent LDAP connection had to make room");
                }
            }
        });
    }
}
