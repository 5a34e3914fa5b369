//! What the referee signs of a match, byte by byte, and how a signature is checked; `docs/RECORD.md` specifies both.

use ed25519_dalek::VerifyingKey;

use super::decided::What;
use super::desk::Desk;
use super::service::ServiceEvent;
use crate::kit::{Hash, MatchId, PublicKey, Refusal, Signature};
use crate::matches::{Decision, Event, Signed};

/// What a signature is for: nothing else that is ever signed begins so.
const PURPOSE: &str = "urn:x-referee:result:1";

/// The text that is signed: purpose, the referee's domain, the match, and the line hash of the record that ended it, with
/// a line feed between them and none at the end.
pub fn statement(domain: &str, id: MatchId, over: Hash) -> String {
    format!("{PURPOSE}\n{domain}\n{id}\n{over}")
}

/// Whether this key signed this text: Ed25519 (RFC 8032), and neither key nor signature of a small order.
pub fn is_signed_by(key: &PublicKey, statement: &str, signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    VerifyingKey::from_bytes(&key.0)
        .is_ok_and(|key| key.verify_strict(statement.as_bytes(), &signature).is_ok())
}

impl Desk {
    /// The key that signs goes into the record before anything it signs.
    pub(super) fn announce_key(&mut self) {
        let Some(public) = self.ports.signer.as_ref().map(|signer| signer.key()) else {
            return;
        };
        let (known, from) = (&self.world.service.keys, self.now);
        if known.last().is_none_or(|(last, _)| *last != public) {
            let id = public.id();
            let _ = self.serve(None, ServiceEvent::Key { id, public, from });
        }
    }

    /// Names in the end of a match the key that will sign it, so that nobody can leave the signature out unseen. The match,
    /// if there is something to sign.
    pub(super) fn promise(&self, what: &mut What) -> Option<MatchId> {
        let key = self.ports.signer.as_ref()?.key().id();
        let What::Match { id, made } = what else {
            return None;
        };
        let live = self.world.live(*id);
        let mut started = live.is_some_and(|live| live.game.started.is_some());
        let mut promised = false;
        for event in &mut made.events {
            match event {
                Event::Started { .. } => started = true,
                Event::Over { key: promise, .. } if started => {
                    *promise = Some(key);
                    promised = true;
                }
                _ => {}
            }
        }
        promised.then_some(*id)
    }

    /// Signs the end that was just staged.
    pub(super) fn sign(&mut self, id: MatchId) -> Result<(), Refusal> {
        let (Some(signer), Some(live)) = (&self.ports.signer, self.world.live(id)) else {
            return Ok(());
        };
        let (over, public) = (live.head, signer.key());
        let text = statement(&self.world.domain, id, over);
        let signed = Signed {
            over,
            key: public.id(),
            public,
            signature: signer.sign(text.as_bytes()),
        };
        let made = Decision {
            events: vec![Event::Signed(signed)],
            sealed: Vec::new(),
        };
        // Whoever asked hears of the end, not of the signature.
        let heard = std::mem::take(&mut self.heard);
        let signed = self.stage_one(None, None, What::Match { id, made });
        self.heard = heard;
        signed
    }
}
