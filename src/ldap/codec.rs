//! Bytes to messages and back, with limits, and without a word in the log: the library would write down what it could not
//! read, which may be a password.

use std::io;

use ldap3_proto::LdapCodec;
use ldap3_proto::proto::LdapMsg;
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};
use tracing::subscriber::{NoSubscriber, with_default};

/// Bytes of one message that are read: a search with a long filter has a few hundred.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024;
/// Levels of a message: filters may be nested half as deep.
const MAX_DEPTH: usize = 32;

/// The codec of one connection.
pub struct Codec(LdapCodec);

impl Default for Codec {
    fn default() -> Self {
        Codec(LdapCodec::new(Some(MAX_MESSAGE_BYTES), Some(MAX_DEPTH)))
    }
}

impl Decoder for Codec {
    type Item = LdapMsg;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<LdapMsg>> {
        with_default(NoSubscriber::default(), || self.0.decode(bytes))
    }

    /// What is left when the other side is gone is no message.
    fn decode_eof(&mut self, bytes: &mut BytesMut) -> io::Result<Option<LdapMsg>> {
        let message = self.decode(bytes)?;
        if message.is_none() {
            bytes.clear();
        }
        Ok(message)
    }
}

impl Encoder<LdapMsg> for Codec {
    type Error = io::Error;

    fn encode(&mut self, message: LdapMsg, bytes: &mut BytesMut) -> io::Result<()> {
        self.0.encode(message, bytes)
    }
}
