//! Luck from the operating system.

use rand::TryRng;
use rand::rngs::{SysError, SysRng};

use crate::engine::ports::Entropy;

/// The operating system's generator.
#[derive(Debug)]
pub struct OsEntropy(());

impl OsEntropy {
    /// Asks the system for bytes once, so that a system without luck is found at start and not in a match.
    pub fn open() -> Result<OsEntropy, SysError> {
        SysRng.try_fill_bytes(&mut [0; 32])?;
        Ok(OsEntropy(()))
    }
}

impl Entropy for OsEntropy {
    /// # Panics
    ///
    /// When the system has no luck to give though it had some at start: a deck that can be guessed would be worse.
    fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        if let Err(error) = SysRng.try_fill_bytes(&mut seed) {
            panic!("the system's random generator failed: {error}");
        }
        seed
    }
}
