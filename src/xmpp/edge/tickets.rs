//! Calls that are with the writer, and what is to be done with their answers.

use std::collections::HashMap;
use std::sync::mpsc::Sender;

use super::gate::Ticket;
use crate::commands::Call;
use crate::engine::Inbound;
use crate::kit::Timestamp;
use crate::xmpp::chat::Manner;
use crate::xmpp::iqs::Written;
use crate::xmpp::out::Then;
use crate::xmpp::stanza::Back;

/// Where an answer of the writer goes.
#[derive(Debug)]
pub enum Origin {
    /// To somebody who said something.
    Said(Manner, String),
    /// To whoever sent an IQ: how it is written, the address of ours that was asked, and, if this was a command, who.
    Iq(Back, Written, String, Option<String>),
    /// To a sub-room.
    Then(Then),
    /// What stands, for a fresh connection.
    Standing,
    /// News; kept to be told again should the disk refuse it.
    News(Call),
}

/// The writer has ended without being told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the writer has ended")]
pub struct WriterGone;

/// The way to the writer.
pub struct Tickets {
    writer: Sender<Inbound<Call>>,
    out: HashMap<u64, (Origin, Option<Ticket>)>,
    last: u64,
    /// The writer was told to end: from then on nobody has to be there to hear.
    stopped: bool,
}

impl Tickets {
    /// No call is out.
    pub fn new(writer: Sender<Inbound<Call>>) -> Tickets {
        Tickets {
            writer,
            out: HashMap::new(),
            last: 0,
            stopped: false,
        }
    }

    /// Gives the writer a call that was received at this moment.
    pub fn call(&mut self, at: Timestamp, call: Call, origin: Origin) -> Result<(), WriterGone> {
        self.call_for(None, at, call, origin)
    }

    /// The same for somebody who came through the gate.
    pub fn call_for(
        &mut self,
        ticket: Option<Ticket>,
        at: Timestamp,
        call: Call,
        origin: Origin,
    ) -> Result<(), WriterGone> {
        self.last += 1;
        self.out.insert(self.last, (origin, ticket));
        self.tell(Inbound::Call(self.last, at, call))
    }

    /// Tells the writer something that has no answer.
    pub fn tell(&self, inbound: Inbound<Call>) -> Result<(), WriterGone> {
        match self.writer.send(inbound) {
            Err(_) if !self.stopped => Err(WriterGone),
            _ => Ok(()),
        }
    }

    /// Tells the writer to end. What still arrives may find it gone, and is as lost as if it had arrived a moment later.
    pub fn stop(&mut self) -> Result<(), WriterGone> {
        self.tell(Inbound::Stop)?;
        self.stopped = true;
        Ok(())
    }

    /// Where this answer goes, and whose turn it was.
    pub fn answered(&mut self, ticket: u64) -> Option<(Origin, Option<Ticket>)> {
        self.out.remove(&ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_that_was_told_to_end_may_be_gone() {
        let (writer, reader) = std::sync::mpsc::channel();
        let mut tickets = Tickets::new(writer);
        assert_eq!(tickets.stop(), Ok(()));
        drop(reader);
        assert_eq!(tickets.tell(Inbound::Open), Ok(()));
    }

    #[test]
    fn a_writer_that_ends_by_itself_is_missed() {
        let (writer, reader) = std::sync::mpsc::channel();
        drop(reader);
        let mut tickets = Tickets::new(writer);
        assert_eq!(tickets.tell(Inbound::Open), Err(WriterGone));
        assert_eq!(tickets.stop(), Err(WriterGone));
    }
}
