//! Binds: who somebody is, proven by an app-password; or a service that reads, by its password of the configuration.
//!
//! A name that nobody bears and a wrong password get the same answer after the same work, and are counted alike.

use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapBindResponse, LdapResult, LdapResultCode as Code,
};
use sha2::{Digest, Sha256};

use super::search::{Directory, Failure};
use super::session::{Bound, Session, Shared, failed, result};
use super::tree::{Node, Place};
use crate::clans::check_app_password;
use crate::commands::{DirectoryAsk, DirectorySeen};
use crate::engine::Clock;
use crate::kit::{Secret, Span};

/// The answer to a bind with this result.
pub(super) fn response(res: LdapResult) -> LdapBindResponse {
    LdapBindResponse {
        res,
        saslcreds: None,
    }
}

/// Binds the connection, or leaves it bound to nobody (RFC 4511, 4.2.1).
pub(super) async fn bind<D: Directory, C: Clock + Sync + 'static>(
    session: &mut Session<'_, D, C>,
    asked: &LdapBindRequest,
) -> LdapBindResponse {
    session.bound = None;
    response(match tried(session, asked).await {
        Ok(bound) => {
            session.bound = bound;
            result(Code::Success, "")
        }
        Err(refused) => refused,
    })
}

async fn tried<D: Directory, C: Clock + Sync + 'static>(
    session: &Session<'_, D, C>,
    asked: &LdapBindRequest,
) -> Result<Option<Bound>, LdapResult> {
    if asked.version != 3 {
        return Err(result(
            Code::ProtocolError,
            "Only version 3 is spoken here.",
        ));
    }
    let LdapBindCred::Simple(password) = &asked.cred else {
        let text = "Only simple binds are known here.";
        return Err(result(Code::AuthMethodNotSupported, text));
    };
    if asked.dn.is_empty() && password.is_empty() {
        return Ok(None);
    }
    if password.is_empty() {
        // RFC 4513, 5.1.2: a program that takes this for a login would let anybody in.
        let text = "A name without a password proves nothing.";
        return Err(result(Code::UnwillingToPerform, text));
    }
    let place = match session.shared.tree.read(&asked.dn) {
        Err(bad) => return Err(result(Code::InvalidDNSyntax, &bad.to_string())),
        Ok(place) => place,
    };
    match place {
        Some(place) => prove(session, place, password).await.map(Some),
        // Whether there is such a name is nobody's business here either.
        None => Err(wrong()),
    }
}

fn wrong() -> LdapResult {
    result(Code::InvalidCredentials, "")
}

async fn prove<D: Directory, C: Clock + Sync + 'static>(
    session: &Session<'_, D, C>,
    place: Place,
    password: &str,
) -> Result<Bound, LdapResult> {
    let shared = session.shared;
    let (name, handle) = match &place.node {
        Node::Person(handle) => (
            format!("{} {}", place.service, handle.to_lowercase()),
            handle,
        ),
        Node::Reader => (format!("{} reader of all", place.service), &place.service),
        _ => return Err(wrong()),
    };
    // Only now: so few are checked at once that hardly one more is tried than may be.
    let room = shared.checks.acquire().await;
    let _room = room.map_err(|_| failed(Failure::Unavailable))?;
    let admitted = shared
        .guesses()
        .admit(&name, session.source, shared.clock.now());
    admitted.map_err(locked)?;
    let proven = match &place.node {
        Node::Reader => (shared.readers.get(&place.service))
            .is_some_and(|secret| same(secret.reveal(), password))
            .then(|| Bound {
                place: place.clone(),
                proof: None,
            }),
        _ => known(shared, handle, &place.service, password).await?,
    };
    let service = &place.service;
    match proven {
        Some(bound) => {
            shared.guesses().right(&name);
            if let Node::Person(handle) = &bound.place.node {
                shared.directory.logged_in(handle, service);
            }
            tracing::debug!(%service, source = %session.source, "somebody has bound by LDAP");
            Ok(bound)
        }
        None => {
            let now = shared.clock.now();
            if shared.guesses().wrong(&name, session.source, now) {
                tracing::warn!(%service, source = %session.source, "too many wrong passwords by LDAP; for a minute none is tried");
            }
            Err(wrong())
        }
    }
}

/// The handle and the hash behind a name, if the person may log in to the service at all.
pub(super) async fn password<D: Directory, C>(
    shared: &Shared<D, C>,
    handle: &str,
    service: &str,
) -> Result<Option<(String, Secret<String>)>, Failure> {
    let ask = DirectoryAsk::Password {
        handle: handle.to_owned(),
        service: service.to_owned(),
    };
    match shared.directory.ask(ask).await {
        Some(DirectorySeen::Password(found)) => Ok(found),
        _ => Err(Failure::Unavailable),
    }
}

/// A person whose password this is. For a name that nobody bears a password is checked as well, against nobody's.
async fn known<D: Directory, C>(
    shared: &Shared<D, C>,
    handle: &str,
    service: &str,
    text: &str,
) -> Result<Option<Bound>, LdapResult> {
    let found = password(shared, handle, service).await.map_err(failed)?;
    let hash = match &found {
        Some((_, hash)) => hash.reveal().clone(),
        None => shared.nobody.clone(),
    };
    let text = text.to_owned();
    let right = tokio::task::spawn_blocking(move || check_app_password(&hash, &text)).await;
    let found = found.filter(|_| right.unwrap_or(false));
    Ok(found.map(|(handle, hash)| Bound {
        place: Place {
            service: service.to_owned(),
            node: Node::Person(handle),
        },
        proof: Some(hash),
    }))
}

fn locked(wait: Span) -> LdapResult {
    let seconds = wait.0.div_euclid(1000) + 1;
    let text = format!("Too many wrong passwords. Wait {seconds} seconds.");
    result(Code::Busy, &text)
}

/// Compares digests, so that the time it takes says nothing about how much was right.
fn same(secret: &str, password: &str) -> bool {
    Sha256::digest(secret.as_bytes()) == Sha256::digest(password.as_bytes())
}
