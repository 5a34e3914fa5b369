//! Questions that are out: IQs sent and not yet answered. Servers give no timeout, so every call has a deadline.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use minidom::Element;

/// Calls that may be out at once.
pub const MAX_CALLS: usize = 4096;

/// How a call ended.
#[derive(Debug)]
pub enum Answer {
    /// The whole `iq` of type `result`.
    Result(Element),
    /// The whole `iq` of type `error`.
    Error(Element),
}

struct Call<T> {
    to: String,
    deadline: Instant,
    what: T,
}

/// Calls by id, each with what to go on with.
pub struct Calls<T> {
    out: BTreeMap<String, Call<T>>,
    deadlines: BTreeSet<(Instant, String)>,
    /// Makes ids that nobody can guess and that no other run has used.
    nonce: u64,
    count: u64,
}

impl<T> Default for Calls<T> {
    fn default() -> Self {
        Calls {
            out: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            nonce: rand::random(),
            count: 0,
        }
    }
}

impl<T> Calls<T> {
    /// Notes a call to this address, and gives the id for its `iq`.
    ///
    /// # Errors
    /// Gives `what` back when [`MAX_CALLS`] are out.
    pub fn insert(&mut self, to: &str, what: T, deadline: Instant) -> Result<String, T> {
        if self.out.len() >= MAX_CALLS {
            return Err(what);
        }
        self.count += 1;
        let id = format!("call-{:016x}-{}", self.nonce, self.count);
        self.deadlines.insert((deadline, id.clone()));
        self.out.insert(
            id.clone(),
            Call {
                to: to.to_owned(),
                deadline,
                what,
            },
        );
        Ok(id)
    }

    /// Takes the call that this `iq` answers. An answer from anybody but the one who was asked is ignored.
    ///
    /// # Errors
    /// Gives the stanza back when it answers none.
    pub fn take(&mut self, iq: Element) -> Result<(T, Answer), Element> {
        let kind = iq.attr("type");
        let error = kind == Some("error");
        if iq.name() != "iq" || !(error || kind == Some("result")) {
            return Err(iq);
        }
        let asked = iq.attr("id").and_then(|id| self.out.get_key_value(id));
        let Some((id, _)) = asked.filter(|(_, call)| iq.attr("from") == Some(call.to.as_str()))
        else {
            return Err(iq);
        };
        let id = id.clone();
        let Some(call) = self.out.remove(&id) else {
            return Err(iq);
        };
        self.deadlines.remove(&(call.deadline, id));
        Ok((
            call.what,
            if error {
                Answer::Error(iq)
            } else {
                Answer::Result(iq)
            },
        ))
    }

    /// Takes the calls whose time is over, oldest deadline first.
    pub fn expire(&mut self, now: Instant) -> Vec<T> {
        let mut late = Vec::new();
        while self
            .deadlines
            .first()
            .is_some_and(|(deadline, _)| *deadline <= now)
        {
            let id = self.deadlines.pop_first().map(|(_, id)| id);
            late.extend(id.and_then(|id| self.out.remove(&id)).map(|call| call.what));
        }
        late
    }

    /// Takes all calls: after a break no answer will come.
    pub fn drain(&mut self) -> Vec<T> {
        self.deadlines.clear();
        std::mem::take(&mut self.out)
            .into_values()
            .map(|call| call.what)
            .collect()
    }

    /// The next deadline.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn iq(kind: &str, id: &str, from: &str) -> Element {
        format!("<iq xmlns='jabber:component:accept' type='{kind}' id='{id}' from='{from}'/>")
            .parse()
            .unwrap()
    }

    #[test]
    fn only_the_one_who_was_asked_can_answer() {
        let mut calls = Calls::default();
        let id = calls.insert("muc.example", 1, Instant::now()).unwrap();
        assert!(calls.take(iq("result", &id, "evil.example")).is_err());
        assert!(calls.take(iq("result", "other", "muc.example")).is_err());
        assert!(calls.take(iq("get", &id, "muc.example")).is_err());
        assert!(matches!(
            calls.take(iq("error", &id, "muc.example")),
            Ok((1, Answer::Error(_)))
        ));
        assert!(calls.take(iq("result", &id, "muc.example")).is_err());
        assert_eq!(calls.next_deadline(), None);
    }

    #[test]
    fn time_runs_out_in_order_and_the_number_is_bounded() {
        let (mut calls, now) = (Calls::default(), Instant::now());
        for n in 0..MAX_CALLS {
            calls
                .insert("a", n, now + Duration::from_secs(n as u64))
                .unwrap();
        }
        assert_eq!(calls.insert("a", 9, now), Err(9));
        assert_eq!(calls.expire(now + Duration::from_secs(2)), [0, 1, 2]);
        assert_eq!(calls.next_deadline(), Some(now + Duration::from_secs(3)));
        assert_eq!(calls.drain().len(), MAX_CALLS - 3);
        assert!(calls.expire(now + Duration::from_secs(9999)).is_empty());
    }
}
