//! `referee serve`: the process. The writer has a thread of its own, because it waits for the disk; everything else is
//! one thread of tokio.

use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::mpsc;

use tokio::signal::unix::{SignalKind, signal};

use super::clock::{RunClock, Unbelievable};
use super::config::Config;
use super::faces::Faces;
use crate::commands::{Host, HostConfig, Regulars};
use crate::engine::ports::{Entropy, Fault, Signer};
use crate::engine::{Accept, Clock, Engine, Runner};
use crate::kit::Timestamp;
use crate::store::{DataFolder, KeyFile};
use crate::xmpp::edge::{Edge, EdgeConfig, WriterGone};
use crate::xmpp::link::{LinkConfig, Timing};

/// Why the process could not serve, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Data(#[from] Fault),
    /// The machine's clock cannot be believed.
    #[error(transparent)]
    Clock(#[from] Unbelievable),
    /// The system gave no thread, runtime or signal handler.
    #[error("could not start")]
    System(#[from] io::Error),
    /// The LDAP port cannot be used.
    #[error("could not serve LDAP on {listen}")]
    Ldap {
        /// The port.
        listen: std::net::SocketAddr,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The writer ended by itself; the log says why.
    #[error("the process cannot go on; everything that was acknowledged is on disk")]
    Writer(#[from] WriterGone),
}

/// Serves until SIGTERM or SIGINT, then ends in order.
///
/// # Errors
/// See [`ServeError`]. A server that cannot be reached is no error: it is tried again for as long as the process runs.
pub fn serve(config: Config, accept: Accept, accept_clock: bool) -> Result<(), ServeError> {
    let clock = RunClock::start();
    crate::clans::read_zones();
    let (_folder, mut ports) = DataFolder::open(&config.store, clock.now())?;
    ports.signer = Some(signer(&config.key, &mut *ports.entropy, clock.now())?);
    let mut engine = Engine::open_with(&config.domain, ports, clock.now(), accept)
        .map_err(|fault| fault.within(&config.store))?;
    let clock = clock.following(engine.last_sign(), &config.store, accept_clock)?;
    engine.govern(config.community.clone(), &config.admins);
    let records = engine.desk().world().n;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        domain = config.domain,
        records,
        "the journal is read back"
    );
    let regulars = Regulars::default();
    let host = Host::new(HostConfig {
        admins: config.admins.clone(),
        trusted: config.trusted.clone(),
        regulars: regulars.clone(),
    });
    let (calls, calls_in) = mpsc::channel();
    let (answers, answers_in) = tokio::sync::mpsc::unbounded_channel();
    let runner = Runner {
        engine,
        handler: host,
        clock,
    };
    let (faces, sorter) = Faces::open(&config, &calls, clock)?;
    let writer = std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || {
            // An edge that is gone needs no answers; the writer then ends because nobody calls.
            runner.run(&calls_in, |out| {
                sorter
                    .sort(out)
                    .into_iter()
                    .for_each(|out| drop(answers.send(out)));
            });
        })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let stop = told_to_stop()?;
        let config = edge(config, regulars);
        let edge = Edge::new(&config, calls, clock);
        let mut told = false;
        edge.run(config.link, answers_in, stop, || {
            if !std::mem::replace(&mut told, true) {
                ready();
            }
        })
        .await?;
        Ok(())
    });
    // Before the writer, which ends when nobody can call it any more.
    faces.close();
    if writer.join().is_err() {
        tracing::error!("the writer's thread panicked");
    }
    if served.is_ok() {
        tracing::info!("stopped");
    }
    served
}

/// Who signs results. A key that is missing is made, aloud: records of before it are not signed, or with another.
fn signer(
    path: &Path,
    entropy: &mut dyn Entropy,
    now: Timestamp,
) -> Result<Box<dyn Signer>, Fault> {
    let (file, made) = KeyFile::open(path, entropy, now)?;
    let (key, path) = (file.public().id(), path.display());
    if made {
        tracing::warn!(%key, %path, "there was no key to sign results with; a new one is made");
    }
    if file.is_exposed() {
        tracing::warn!(%key, %path, "others on this machine may read the signing key: chmod 600 it");
    }
    Ok(Box::new(file.signer()))
}

/// What the edge needs of a configuration.
pub(super) fn edge(config: Config, regulars: Regulars) -> EdgeConfig {
    EdgeConfig {
        link: LinkConfig {
            domain: config.domain,
            server: config.server,
            secret: config.secret,
            allow_plaintext: config.allow_plaintext,
            timing: Timing::default(),
        },
        muc: config.muc,
        pubsub: config.pubsub,
        lobby: config.lobby,
        kick_on_illegal_turn: config.kick_on_illegal_turn,
        regulars,
    }
}

/// Ready when the process is to end.
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    let (mut term, mut int) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

fn ready() {
    tracing::info!("referee ready");
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::warn!(%error, "could not tell systemd");
    }
}
