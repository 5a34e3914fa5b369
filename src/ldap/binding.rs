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
use crate::clans::{app_password_text, check_app_password};
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
    let service = &place.service;
    let bound = match &place.node {
        Node::Person(handle) => known(session, handle, service, password).await?,
        Node::Reader => reads(session, &place, password)?,
        _ => return Err(wrong()),
    };
    if let Node::Person(handle) = &bound.place.node {
        shared.directory.logged_in(handle, service);
    }
    tracing::debug!(%service, source = %session.source, "somebody has bound by LDAP");
    Ok(bound)
}

/// A service that reads. Its password may be one that can be guessed, so here too many wrong ones are the end for a while: for
/// that service and from that address alone, so that no stranger elsewhere, nor any at the service's own door, keeps it out.
fn reads<D: Directory, C: Clock + Sync + 'static>(
    session: &Session<'_, D, C>,
    place: &Place,
    password: &str,
) -> Result<Bound, LdapResult> {
    let shared = session.shared;
    let name = format!("{} reader at {}", place.service, session.source);
    let now = shared.clock.now();
    let slow = shared.guesses().slow_name(&name, now);
    if let Some(wait) = slow {
        return Err(locked(wait));
    }
    let secret = shared.readers.get(&place.service);
    if secret.is_some_and(|secret| same(secret.reveal(), password)) {
        shared.guesses().right(&name);
        return Ok(Bound {
            place: place.clone(),
            proof: None,
        });
    }
    let many = shared.guesses().wrong_name(&name, now);
    if many {
        warn_of(&place.service, session.source);
    }
    Err(wrong())
}

fn warn_of(service: &str, source: std::net::IpAddr) {
    tracing::warn!(%service, %source, "too many wrong passwords by LDAP; for a minute they are tried one by one");
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
async fn known<D: Directory, C: Clock + Sync + 'static>(
    session: &Session<'_, D, C>,
    handle: &str,
    service: &str,
    text: &str,
) -> Result<Bound, LdapResult> {
    // What cannot be one of ours is wrong whoever is asked for: it costs nothing, and so counts for nothing.
    let text = app_password_text(text).ok_or_else(wrong)?;
    let shared = session.shared;
    let name = format!("{service} {}", handle.to_lowercase());
    let found = password(shared, handle, service).await.map_err(failed)?;
    let bound = |(handle, hash): (String, Secret<String>)| Bound {
        place: Place {
            service: service.to_owned(),
            node: Node::Person(handle),
        },
        proof: Some(hash),
    };
    if let Some(found) = &found
        && shared.proven.holds(&name, found.1.reveal(), &text)
    {
        return Ok(bound(found.clone()));
    }
    let hash = match &found {
        Some((_, hash)) => hash.reveal().clone(),
        None => shared.nobody.clone(),
    };
    let (right, slow) = checked(session, &name, &hash, &text).await?;
    match found.filter(|_| right) {
        Some(found) => {
            shared.guesses().right(&name);
            shared.proven.note(&name, &hash, &text);
            Ok(bound(found))
        }
        None => {
            let now = shared.clock.now();
            let many = shared.guesses().wrong(&name, session.source, now);
            if many {
                warn_of(service, session.source);
            }
            Err(slow.map_or_else(wrong, locked))
        }
    }
}

/// Whether a text is the password behind a hash, and how long it is slow to find that out, where it is.
async fn checked<D: Directory, C: Clock + Sync + 'static>(
    session: &Session<'_, D, C>,
    name: &str,
    hash: &str,
    text: &str,
) -> Result<(bool, Option<Span>), LdapResult> {
    let shared = session.shared;
    let check = async {
        let room = shared.checks.acquire().await;
        let _room = room.map_err(|_| failed(Failure::Unavailable))?;
        let (hash, text) = (hash.to_owned(), text.to_owned());
        let right = tokio::task::spawn_blocking(move || check_app_password(&hash, &text)).await;
        Ok(right.unwrap_or(false))
    };
    let now = shared.clock.now();
    let slow = shared.guesses().admit(name, session.source, now).err();
    match slow {
        None => check.await.map(|right| (right, None)),
        Some(wait) => match shared.slow.run(name, check).await {
            Some(right) => right.map(|right| (right, Some(wait))),
            None => Err(locked(wait)),
        },
    }
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
