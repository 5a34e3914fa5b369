//! One connection: who is bound, and the answer to each request, one after the other.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapCompareRequest, LdapExtendedRequest, LdapExtendedResponse, LdapMsg, LdapOp, LdapResult,
    LdapResultCode as Code, OID_WHOAMI,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::codec::Framed;

use super::codec::Codec;
pub use super::codec::MAX_MESSAGE_BYTES;
use super::guesses::Guesses;
use super::lanes::{Proven, SlowLane};
use super::room::Seat;
use super::search::{Directory, Failure};
use super::tree::{Node, Place, Tree};
use super::{answers, binding};
use crate::engine::Clock;
use crate::kit::Secret;

/// How long a connection may take to bind.
pub const IDLE_UNBOUND: Duration = Duration::from_secs(15);
/// How long a bound connection may ask nothing.
pub const IDLE_BOUND: Duration = Duration::from_secs(300);
/// How long an answer may take to be received.
const WRITING: Duration = Duration::from_secs(10);
/// The name of the notice before a connection is closed (RFC 4511, 4.4.1).
const DISCONNECTION: &str = "1.3.6.1.4.1.1466.20036";

/// What all connections share.
pub struct Shared<D, C> {
    /// The base of all names.
    pub tree: Tree,
    /// Passwords of services that read.
    pub readers: BTreeMap<String, Secret<String>>,
    /// How long a connection may take to bind.
    pub idle_unbound: Duration,
    /// Who knows the rows.
    pub directory: D,
    /// The time.
    pub clock: C,
    /// Who guesses.
    pub guesses: Mutex<Guesses>,
    /// Room for passwords that are checked.
    pub checks: Semaphore,
    /// Where passwords are checked after too many wrong ones.
    pub slow: SlowLane,
    /// Who has shown the right one lately.
    pub proven: Proven,
    /// A hash that no password fits: what is checked when there is nobody of a name.
    pub nobody: String,
}

impl<D, C> Shared<D, C> {
    /// Who guesses.
    pub fn guesses(&self) -> std::sync::MutexGuard<'_, Guesses> {
        // What is counted stays sound whatever happened under the lock.
        self.guesses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer to one request: messages without their number, or the end of the connection.
pub(super) enum Reply {
    /// These, in this order, the last with these controls.
    Say(Vec<LdapOp>, Vec<LdapControl>),
    /// Nothing.
    Nothing,
    /// Good-bye without a word.
    End,
    /// Good-bye, and why.
    Break(&'static str),
}

/// Serves one connection until it ends.
pub(super) async fn serve<D: Directory, C: Clock + Sync + 'static>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    source: IpAddr,
    seat: &Seat,
    shared: &Shared<D, C>,
) {
    let mut framed = Framed::new(stream, Codec::default());
    let mut session = Session {
        shared,
        source,
        bound: None,
    };
    let mut deadline = Instant::now() + shared.idle_unbound;
    loop {
        let message = match timeout_at(deadline, framed.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(None) => return,
            Ok(Some(Err(_))) => {
                tracing::debug!(%source, "an LDAP connection sent what cannot be read");
                let told = farewell(Code::ProtocolError, "That could not be read.");
                let _ = timeout(WRITING, framed.send(told)).await;
                return;
            }
            Err(_) => {
                let told = farewell(Code::Unavailable, "Nothing was asked for too long.");
                let _ = timeout(WRITING, framed.send(told)).await;
                return;
            }
        };
        seat.asks();
        let was_bound = session.bound.is_some();
        let msgid = message.msgid;
        let answer = session.answer(message).await;
        seat.is_bound(session.bound.is_some());
        let said = match answer {
            Reply::Nothing => continue,
            Reply::End => return,
            Reply::Break(why) => {
                let told = farewell(Code::ProtocolError, why);
                let _ = timeout(WRITING, framed.send(told)).await;
                return;
            }
            Reply::Say(ops, ctrl) => say(&mut framed, msgid, ops, ctrl),
        };
        if !matches!(timeout(WRITING, said).await, Ok(Ok(()))) {
            return;
        }
        // Whoever does not bind has one deadline, whatever is asked meanwhile.
        if session.bound.is_some() {
            deadline = Instant::now() + IDLE_BOUND;
        } else if was_bound {
            deadline = Instant::now() + shared.idle_unbound;
        }
    }
}

async fn say(
    framed: &mut Framed<impl AsyncRead + AsyncWrite + Unpin, Codec>,
    msgid: i32,
    ops: Vec<LdapOp>,
    mut last: Vec<LdapControl>,
) -> std::io::Result<()> {
    let count = ops.len();
    for (nth, op) in ops.into_iter().enumerate() {
        let ctrl = match nth + 1 == count {
            true => std::mem::take(&mut last),
            false => Vec::new(),
        };
        framed.feed(LdapMsg { msgid, op, ctrl }).await?;
    }
    framed.flush().await
}

/// The notice before a connection is closed.
pub(super) fn farewell(code: Code, why: &str) -> LdapMsg {
    LdapMsg {
        msgid: 0,
        op: LdapOp::ExtendedResponse(LdapExtendedResponse {
            res: result(code, why),
            name: Some(DISCONNECTION.to_owned()),
            value: None,
        }),
        ctrl: Vec::new(),
    }
}

/// A result with a sentence for people.
pub(super) fn result(code: Code, message: &str) -> LdapResult {
    LdapResult {
        code,
        matcheddn: String::new(),
        message: message.to_owned(),
        referral: Vec::new(),
    }
}

/// The result of a search or a comparison that found nothing.
pub(super) fn failed(failure: Failure) -> LdapResult {
    match failure {
        Failure::NoSuchObject => result(Code::NoSuchObject, ""),
        Failure::TooLong => result(Code::TimeLimitExceeded, "Ask for less."),
        Failure::Unavailable => result(Code::Unavailable, "Try again in a moment."),
        Failure::BadCookie => result(Code::UnwillingToPerform, "The cookie is of another search."),
    }
}

/// One connection's state.
pub(super) struct Session<'a, D, C> {
    pub shared: &'a Shared<D, C>,
    pub source: IpAddr,
    /// Who is bound: a person or a reader, and so for which service.
    pub bound: Option<Bound>,
}

/// Who is bound.
pub(super) struct Bound {
    /// The name.
    pub place: Place,
    /// What proved a person: the hash of the app-password, which may be revoked meanwhile.
    pub proof: Option<Secret<String>>,
}

impl<D: Directory, C: Clock + Sync + 'static> Session<'_, D, C> {
    /// Answers one request.
    pub async fn answer(&mut self, message: LdapMsg) -> Reply {
        let paged = match control(&message) {
            Ok(paged) => paged,
            Err(unknown) => return unknown,
        };
        let one = |op| Reply::Say(vec![op], Vec::new());
        let read_only = || result(Code::UnwillingToPerform, "This directory can only be read.");
        match message.op {
            LdapOp::BindRequest(asked) => {
                one(LdapOp::BindResponse(binding::bind(self, &asked).await))
            }
            LdapOp::UnbindRequest => Reply::End,
            LdapOp::AbandonRequest(_) => Reply::Nothing,
            LdapOp::SearchRequest(asked) => answers::search(self, &asked, paged).await,
            LdapOp::CompareRequest(asked) => one(LdapOp::CompareResult(self.compare(&asked).await)),
            LdapOp::ExtendedRequest(asked) => one(LdapOp::ExtendedResponse(self.extended(&asked))),
            LdapOp::ModifyRequest(_) => one(LdapOp::ModifyResponse(read_only())),
            LdapOp::AddRequest(_) => one(LdapOp::AddResponse(read_only())),
            LdapOp::DelRequest(_) => one(LdapOp::DelResponse(read_only())),
            LdapOp::ModifyDNRequest(_) => one(LdapOp::ModifyDNResponse(read_only())),
            LdapOp::BindResponse(_)
            | LdapOp::SearchResultEntry(_)
            | LdapOp::SearchResultDone(_)
            | LdapOp::SearchResultReference(_)
            | LdapOp::ModifyResponse(_)
            | LdapOp::AddResponse(_)
            | LdapOp::DelResponse(_)
            | LdapOp::ModifyDNResponse(_)
            | LdapOp::CompareResult(_)
            | LdapOp::ExtendedResponse(_)
            | LdapOp::IntermediateResponse(_) => Reply::Break("Only requests are answered."),
        }
    }

    /// The place that is asked about, if whoever is bound may look there. Somebody who was banned since, or whose password was
    /// revoked, is bound no longer: programs keep connections for hours.
    pub async fn may_see(&mut self, name: &str) -> Result<Place, LdapResult> {
        if let Some(bound) = &self.bound
            && let (Node::Person(handle), Some(proof)) = (&bound.place.node, &bound.proof)
        {
            let found = binding::password(self.shared, handle, &bound.place.service).await;
            let found = found.map_err(failed)?;
            if found.is_none_or(|(_, hash)| hash != *proof) {
                self.bound = None;
            }
        }
        let Some(Bound { place: bound, .. }) = &self.bound else {
            let text = "Bind with an app-password first.";
            return Err(result(Code::InsufficentAccessRights, text));
        };
        match self.shared.tree.read(name) {
            Err(bad) => Err(result(Code::InvalidDNSyntax, &bad.to_string())),
            Ok(None) => Err(failed(Failure::NoSuchObject)),
            Ok(Some(place)) if place.service != bound.service => {
                let text = "You are bound for another service.";
                Err(result(Code::InsufficentAccessRights, text))
            }
            Ok(Some(place)) => Ok(place),
        }
    }

    async fn compare(&mut self, asked: &LdapCompareRequest) -> LdapResult {
        let place = match self.may_see(&asked.dn).await {
            Ok(place) => place,
            Err(refused) => return refused,
        };
        let value = String::from_utf8_lossy(&asked.val);
        let is = answers::compare(self.shared, &place, &asked.atype, &value).await;
        match is {
            Ok(Some(true)) => result(Code::CompareTrue, ""),
            Ok(Some(false)) => result(Code::CompareFalse, ""),
            Ok(None) => result(Code::NoSuchAttribute, ""),
            Err(failure) => failed(failure),
        }
    }

    fn extended(&self, asked: &LdapExtendedRequest) -> LdapExtendedResponse {
        let answer = |res, value| LdapExtendedResponse {
            res,
            name: None,
            value,
        };
        if asked.name != OID_WHOAMI {
            // RFC 4511, 4.12: one that is not known is an error of the protocol.
            let text = "Only `who am I` (RFC 4532) is known here.";
            return answer(result(Code::ProtocolError, text), None);
        }
        let who = self.bound.as_ref().map_or(String::new(), |bound| {
            format!("dn:{}", self.shared.tree.write(&bound.place))
        });
        answer(result(Code::Success, ""), Some(who.into_bytes()))
    }
}

/// The page that is asked for, as size and cookie. A control that we must heed and do not know is refused.
fn control(message: &LdapMsg) -> Result<Option<(usize, Vec<u8>)>, Reply> {
    let mut paged = None;
    for control in &message.ctrl {
        let critical = match control {
            LdapControl::SimplePagedResults { size, cookie } => {
                paged = Some((usize::try_from(*size).unwrap_or(0), cookie.clone()));
                false
            }
            // It is about referrals, and there are none.
            LdapControl::ManageDsaIT { .. } => false,
            LdapControl::SyncRequest { criticality, .. }
            | LdapControl::PasswordPolicyRequest { criticality }
            | LdapControl::SearchOptions { criticality, .. }
            | LdapControl::ShowDeleted { criticality }
            | LdapControl::SdFlags { criticality, .. }
            | LdapControl::ExtendedDn { criticality, .. }
            | LdapControl::Unknown { criticality, .. } => *criticality,
            LdapControl::SyncState { .. }
            | LdapControl::SyncDone { .. }
            | LdapControl::AdDirsync { .. }
            | LdapControl::ServerSort { .. }
            | LdapControl::ServerSortResult { .. } => false,
        };
        if critical {
            let text = "A control that you call critical is not known here.";
            let refused = result(Code::UnavailableCriticalExtension, text);
            return Err(refuse(&message.op, refused));
        }
    }
    Ok(paged)
}

/// A result as the answer to this kind of request.
fn refuse(op: &LdapOp, res: LdapResult) -> Reply {
    let answer = match op {
        LdapOp::BindRequest(_) => LdapOp::BindResponse(binding::response(res)),
        LdapOp::SearchRequest(_) => LdapOp::SearchResultDone(res),
        LdapOp::CompareRequest(_) => LdapOp::CompareResult(res),
        LdapOp::ModifyRequest(_) => LdapOp::ModifyResponse(res),
        LdapOp::AddRequest(_) => LdapOp::AddResponse(res),
        LdapOp::DelRequest(_) => LdapOp::DelResponse(res),
        LdapOp::ModifyDNRequest(_) => LdapOp::ModifyDNResponse(res),
        LdapOp::ExtendedRequest(_) => LdapOp::ExtendedResponse(LdapExtendedResponse {
            res,
            name: None,
            value: None,
        }),
        // The criticality of a control says nothing where there is no answer (RFC 4511, 4.1.11).
        LdapOp::UnbindRequest => return Reply::End,
        _ => return Reply::Nothing,
    };
    Reply::Say(vec![answer], Vec::new())
}
