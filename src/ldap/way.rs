//! The way to the writer: the same channel as the edge's, with tickets of our own, so that each door gets its answers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::search::Directory;
use crate::commands::{Answer, Call, DirectoryAsk, DirectorySeen, Look, News, Place, Seen, Sight};
use crate::engine::{Clock, Inbound, Outbound};

/// Tickets from here on are ours; the edge counts from one.
const FIRST_TICKET: u64 = 1 << 63;
/// How long an answer of the writer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

type Waiting = HashMap<u64, oneshot::Sender<Answer>>;

/// The way to the writer. Clones are the same way.
#[derive(Clone)]
pub struct Way<C> {
    writer: Sender<Inbound<Call>>,
    waiting: Arc<Mutex<Waiting>>,
    last: Arc<AtomicU64>,
    domain: Arc<str>,
    clock: C,
}

impl<C: Clock> Way<C> {
    /// A way to this writer, for the referee of this domain.
    pub fn new(writer: Sender<Inbound<Call>>, domain: &str, clock: C) -> Way<C> {
        Way {
            writer,
            waiting: Arc::default(),
            last: Arc::new(AtomicU64::new(FIRST_TICKET)),
            domain: domain.into(),
            clock,
        }
    }

    /// Takes our answers out of what the writer says, and gives what is left for the edge.
    pub fn sort(&self, out: Outbound<Answer>) -> Option<Outbound<Answer>> {
        let Outbound::Answers(answers) = out else {
            return Some(out);
        };
        let (ours, theirs): (Vec<_>, Vec<_>) = answers
            .into_iter()
            .partition(|(ticket, _)| *ticket >= FIRST_TICKET);
        if !ours.is_empty() {
            let mut waiting = self.waiting();
            for (ticket, answer) in ours {
                if let Some(asker) = waiting.remove(&ticket) {
                    // Whoever has gone meanwhile needs no answer.
                    let _ = asker.send(answer);
                }
            }
        }
        (!theirs.is_empty()).then_some(Outbound::Answers(theirs))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that could panic happens under the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Clock + Clone + Sync + 'static> Directory for Way<C> {
    async fn ask(&self, ask: DirectoryAsk) -> Option<DirectorySeen> {
        let ticket = self.last.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        self.waiting().insert(ticket, answer);
        let look = Look {
            bare: self.domain.to_string(),
            place: Place::Service,
            at: Sight::Directory(ask),
        };
        let call = Inbound::Call(ticket, self.clock.now(), Call::Look(look));
        let sent = self.writer.send(call).is_ok();
        let answered = match sent {
            true => tokio::time::timeout(PATIENCE, answered).await.ok(),
            false => None,
        };
        self.waiting().remove(&ticket);
        match answered {
            Some(Ok(Answer::Seen(Seen::Directory(seen)))) => Some(seen),
            _ => None,
        }
    }

    fn logged_in(&self, handle: &str, service: &str) {
        let ticket = self.last.fetch_add(1, Ordering::Relaxed);
        let news = News::LoggedIn(handle.to_owned(), service.to_owned());
        let call = Inbound::Call(ticket, self.clock.now(), Call::News(news));
        // Nobody waits for an answer, and a writer that is gone needs no news.
        let _ = self.writer.send(call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::Timestamp;
    use std::sync::mpsc;

    #[derive(Clone)]
    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp(0)
        }
    }

    #[tokio::test]
    async fn each_door_gets_its_own_answers() {
        let (calls, writer) = mpsc::channel();
        let way = Way::new(calls, "r", Noon);
        let asking = tokio::spawn({
            let way = way.clone();
            async move { way.ask(DirectoryAsk::People(None)).await }
        });
        let Inbound::Call(ticket, ..) = tokio::task::spawn_blocking(move || writer.recv().unwrap())
            .await
            .unwrap()
        else {
            panic!("this is no call");
        };
        let seen = Answer::Seen(Seen::Directory(DirectorySeen::People(Vec::new(), None)));
        let edge = vec![(1, Answer::Silence), (ticket, seen)];
        let left = way.sort(Outbound::Answers(edge));
        assert!(matches!(left, Some(Outbound::Answers(left)) if left.len() == 1 && left[0].0 == 1));
        assert!(matches!(
            asking.await.unwrap(),
            Some(DirectorySeen::People(..))
        ));
        assert!(way.waiting().is_empty());
    }

    #[tokio::test]
    async fn a_writer_that_is_gone_gives_no_answer() {
        let (calls, writer) = mpsc::channel();
        drop(writer);
        let way = Way::new(calls, "r", Noon);
        assert!(way.ask(DirectoryAsk::People(None)).await.is_none());
        assert!(way.sort(Outbound::Answers(Vec::new())).is_none());
    }
}
