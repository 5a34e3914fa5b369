//! The key that signs results: its file, its rotation, and the signer made of it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde::{Deserialize, Serialize};

use super::disk::{self, damaged, failed};
use crate::engine::ports::{Entropy, Fault, Signer};
use crate::kit::{PublicKey, Secret, Signature, Timestamp};

/// The version of the file's form.
const FORMAT: u32 = 1;

/// An Ed25519 key in memory. Its signatures are deterministic (RFC 8032 section 5.1.6).
#[derive(Clone)]
pub struct Ed25519Signer(SigningKey);

impl Ed25519Signer {
    /// The key that follows from 32 secret bytes.
    pub fn new(secret: &Secret<[u8; 32]>) -> Ed25519Signer {
        Ed25519Signer(SigningKey::from_bytes(secret.reveal()))
    }
}

impl std::fmt::Debug for Ed25519Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ed25519Signer({})", self.key())
    }
}

impl Signer for Ed25519Signer {
    fn key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, statement: &[u8]) -> Signature {
        Signature(self.0.sign(statement).to_bytes())
    }
}

/// A key that no longer signs; what it signed stays signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormerKey {
    /// The key.
    pub public: PublicKey,
    /// When it was made.
    pub since: Timestamp,
    /// When another took its place.
    pub until: Timestamp,
}

/// What the file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    format: u32,
    secret: Secret<String>,
    public: PublicKey,
    since: Timestamp,
    #[serde(default)]
    former: Vec<FormerKey>,
}

/// The file of the signing key, with the public halves of those before it.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    secret: Secret<[u8; 32]>,
    /// When the key was made.
    pub since: Timestamp,
    /// The keys before it, oldest first.
    pub former: Vec<FormerKey>,
}

impl KeyFile {
    /// Makes a new key and its file, readable by its owner only.
    ///
    /// # Errors
    /// A file that is there already, a folder that cannot be made, a disk that takes no more.
    pub fn make(path: &Path, entropy: &mut dyn Entropy, now: Timestamp) -> Result<KeyFile, Fault> {
        disk::make_folder(&disk::parent(path))?;
        let made = KeyFile {
            path: path.to_owned(),
            secret: Secret::new(entropy.seed()),
            since: now,
            former: Vec::new(),
        };
        let file = disk::create(path)?;
        made.write(file, path)?;
        disk::sync_folder(&disk::parent(path))?;
        Ok(made)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// A file that cannot be read, and one that is no key file of this version; what it holds is never told.
    pub fn read(path: &Path) -> Result<KeyFile, Fault> {
        let text = fs::read_to_string(path).map_err(failed("read the signing key", path))?;
        // serde's own words may quote what they found.
        let bad = |why| damaged(path, 0, why);
        let content: Content = serde_json::from_str(&text)
            .map_err(|_| bad("this is no signing key as `referee init` writes it"))?;
        if content.format != FORMAT {
            return Err(bad("this signing key is of another version of the referee"));
        }
        let secret: [u8; 32] = BASE64_STANDARD
            .decode(content.secret.reveal())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| bad("the secret is not 32 bytes in base64"))?;
        let read = KeyFile {
            path: path.to_owned(),
            secret: Secret::new(secret),
            since: content.since,
            former: content.former,
        };
        if read.signer().key() != content.public {
            return Err(bad("the public half does not belong to the secret one"));
        }
        Ok(read)
    }

    /// Reads the file, or makes a new key where there is none; true when it was made.
    ///
    /// # Errors
    /// As those of [`KeyFile::read`] and [`KeyFile::make`].
    pub fn open(
        path: &Path,
        entropy: &mut dyn Entropy,
        now: Timestamp,
    ) -> Result<(KeyFile, bool), Fault> {
        if path.exists() {
            return Ok((KeyFile::read(path)?, false));
        }
        Ok((KeyFile::make(path, entropy, now)?, true))
    }

    /// Makes a new key in the place of this one, whose public half stays in the file. The file is replaced whole.
    ///
    /// # Errors
    /// A disk that takes no more; then the old key stands.
    pub fn rotate(&mut self, entropy: &mut dyn Entropy, now: Timestamp) -> Result<(), Fault> {
        let mut former = self.former.clone();
        former.push(FormerKey {
            public: self.signer().key(),
            since: self.since,
            until: now,
        });
        let next = KeyFile {
            path: self.path.clone(),
            secret: Secret::new(entropy.seed()),
            since: now,
            former,
        };
        let fresh = self.path.with_added_extension("new");
        disk::remove(&fresh)?;
        next.write(disk::create(&fresh)?, &fresh)?;
        fs::rename(&fresh, &self.path).map_err(failed("replace", &self.path))?;
        disk::sync_folder(&disk::parent(&self.path))?;
        *self = next;
        Ok(())
    }

    fn write(&self, mut file: fs::File, path: &Path) -> Result<(), Fault> {
        let content = Content {
            format: FORMAT,
            secret: Secret::new(BASE64_STANDARD.encode(self.secret.reveal())),
            public: self.signer().key(),
            since: self.since,
            former: self.former.clone(),
        };
        let text = serde_json::to_string_pretty(&content)
            .map_err(|error| failed("write", path)(std::io::Error::other(error)))?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
            .map_err(failed("write", path))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.signer().key()
    }

    /// The signer of this key.
    pub fn signer(&self) -> Ed25519Signer {
        Ed25519Signer::new(&self.secret)
    }

    /// Whether the file can be read by others than its owner.
    pub fn is_exposed(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::signing::{is_signed_by, statement};
    use crate::kit::{Hash, MatchId};
    use crate::store::memory::SeededEntropy;

    #[test]
    fn the_first_test_of_rfc_8032() {
        let secret = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
            0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03,
            0x1c, 0xae, 0x7f, 0x60,
        ];
        let signer = Ed25519Signer::new(&Secret::new(secret));
        assert_eq!(
            signer.key().to_string(),
            "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        );
        let signed = "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==";
        assert_eq!(signer.sign(b"").to_string(), signed);
    }

    #[test]
    fn made_once_read_back_and_rotated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/referee.key");
        let mut luck = SeededEntropy::new(3);
        let (first, made) = KeyFile::open(&path, &mut luck, Timestamp(1_000)).unwrap();
        assert!(made && !first.is_exposed());
        let (mut again, made) = KeyFile::open(&path, &mut luck, Timestamp(2_000)).unwrap();
        assert!(!made && again.signer().key() == first.signer().key());
        assert!(KeyFile::make(&path, &mut luck, Timestamp(3_000)).is_err());
        again.rotate(&mut luck, Timestamp(4_000)).unwrap();
        let rotated = KeyFile::read(&path).unwrap();
        let (old, new) = (first.signer().key(), rotated.signer().key());
        assert!(old != new && !rotated.is_exposed());
        let (since, until) = (Timestamp(1_000), Timestamp(4_000));
        assert_eq!(
            rotated.former,
            [FormerKey {
                public: old,
                since,
                until
            }]
        );
        let said = statement("r.example", MatchId(4), Hash::ZERO);
        let signature = rotated.signer().sign(said.as_bytes());
        assert!(is_signed_by(&new, &said, &signature));
        assert!(!is_signed_by(&old, &said, &signature));
        assert!(!is_signed_by(
            &new,
            &statement("r.example", MatchId(5), Hash::ZERO),
            &signature
        ));
    }

    #[test]
    fn a_file_that_is_no_key_is_refused_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("referee.key");
        let made = KeyFile::make(&path, &mut SeededEntropy::new(3), Timestamp(0)).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        let secret = BASE64_STANDARD.encode(made.secret.reveal());
        assert!(good.contains(&secret) && !format!("{made:?}").contains(&secret));
        let public = made.signer().key().to_string();
        let other = PublicKey([1; 32]).to_string();
        for bad in [
            good.replace("\"secret\": \"", "\"secret\": \"A"),
            good.replace("\"format\": 1", "\"format\": 2"),
            good.replace(&public, &other),
            good.replace("\"since\"", "\"sinse\""),
            secret.clone(),
        ] {
            fs::write(&path, bad).unwrap();
            let said = KeyFile::read(&path).unwrap_err().to_string();
            assert!(
                said.contains("referee.key is damaged") && !said.contains(&secret),
                "{said}"
            );
        }
    }
}
