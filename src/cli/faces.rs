//! Doors beside XMPP that a running referee opens: LDAP, in a build that has it.

use std::sync::mpsc::Sender;

use super::clock::RunClock;
use super::config::Config;
use super::serve::ServeError;
use crate::commands::{Answer, Call};
use crate::engine::{Inbound, Outbound};

#[cfg(feature = "ldap")]
use crate::ldap::{IDLE_UNBOUND, Server, ServerConfig, Tree, Way};

/// The doors that are open.
pub(super) struct Faces {
    #[cfg(feature = "ldap")]
    ldap: Option<Server>,
}

/// Gives each door the answers to its own calls.
#[derive(Clone)]
pub(super) struct Sorter {
    #[cfg(feature = "ldap")]
    ldap: Option<Way<RunClock>>,
}

impl Faces {
    /// Opens what the configuration asks for.
    ///
    /// # Errors
    /// The port cannot be listened on.
    #[cfg(feature = "ldap")]
    pub fn open(
        config: &Config,
        calls: &Sender<Inbound<Call>>,
        clock: RunClock,
    ) -> Result<(Faces, Sorter), ServeError> {
        let Some(wanted) = &config.ldap else {
            return Ok((Faces { ldap: None }, Sorter { ldap: None }));
        };
        let failed = |source| ServeError::Ldap {
            listen: wanted.listen,
            source,
        };
        // The configuration was checked: only a base made from an odd domain is none.
        let tree = Tree::new(&wanted.base).map_err(|bad| failed(std::io::Error::other(bad)))?;
        let way = Way::new(calls.clone(), &config.domain, clock);
        let told = ServerConfig {
            listen: wanted.listen,
            tree,
            readers: wanted.readers.clone(),
            idle_unbound: IDLE_UNBOUND,
        };
        let server = Server::open(told, way.clone(), clock).map_err(failed)?;
        tracing::info!(listen = %server.address(), base = %wanted.base, "LDAP is served");
        if !server.address().ip().is_loopback() {
            tracing::warn!(
                "LDAP is served to other machines without encryption: they see passwords"
            );
        }
        Ok((Faces { ldap: Some(server) }, Sorter { ldap: Some(way) }))
    }

    /// Opens nothing: this build has no other doors.
    ///
    /// # Errors
    /// None.
    #[cfg(not(feature = "ldap"))]
    pub fn open(
        _config: &Config,
        _calls: &Sender<Inbound<Call>>,
        _clock: RunClock,
    ) -> Result<(Faces, Sorter), ServeError> {
        Ok((Faces {}, Sorter {}))
    }

    /// Closes them all.
    pub fn close(self) {
        #[cfg(feature = "ldap")]
        if let Some(server) = self.ldap {
            server.close();
        }
    }
}

impl Sorter {
    /// What of the writer's words is left for the edge.
    pub fn sort(&self, out: Outbound<Answer>) -> Option<Outbound<Answer>> {
        #[cfg(feature = "ldap")]
        if let Some(way) = &self.ldap {
            return way.sort(out);
        }
        Some(out)
    }
}
