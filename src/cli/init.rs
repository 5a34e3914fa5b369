//! `referee init`: a first configuration with a fresh secret, and the lines that the Jabber server needs.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use xmpp_parsers::jid::BareJid;

use super::clock::RunClock;
use crate::engine::Clock;
use crate::kit::Secret;
use crate::store::{KeyFile, OsEntropy};

/// Bytes of luck in a secret: 192 bits, 32 letters.
const SECRET_BYTES: usize = 24;

/// Writes a new configuration for this domain and a new signing key beside it, and returns the text to show, with the lines
/// for both servers. A key that is there already is kept. `host` is the Jabber server's own domain, guessed when missing.
///
/// # Errors
/// `domain` or `host` is no domain, the file exists already, or something cannot be written.
pub fn init(file: &Path, domain: &str, host: Option<&str>) -> io::Result<String> {
    let domain = &checked(domain)?;
    let host = &match host {
        Some(host) => checked(host)?,
        None => parent(domain).to_owned(),
    };
    let secret = fresh_secret();
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    let key_path = file.with_extension("key");
    let name = key_path.file_name().unwrap_or_default();
    let name = toml::Value::from(name.to_string_lossy().into_owned()).to_string();
    out.write_all(configuration(domain, host, &secret, &name).as_bytes())?;
    out.sync_all()?;
    let mut entropy = OsEntropy::open().map_err(io::Error::other)?;
    let key = KeyFile::open(&key_path, &mut entropy, RunClock::start().now());
    let (key, _) = key.map_err(io::Error::other)?;
    let key = format!("{} in {}", key.public().id(), key_path.display());
    Ok(instructions(file, domain, host, &secret, &key))
}

/// A domain as the server and we write it.
fn checked(domain: &str) -> io::Result<String> {
    // The JID library lets more through than a TOML string, a YAML line and a Lua string can hold.
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    let jid = BareJid::new(domain).ok();
    jid.filter(|jid| jid.node().is_none() && jid.as_str().chars().all(plain))
        .map(|jid| jid.as_str().to_owned())
        .ok_or_else(|| {
            let why = format!("`{domain}` is no domain; it must look like referee.example.org");
            io::Error::new(io::ErrorKind::InvalidInput, why)
        })
}

fn fresh_secret() -> Secret<String> {
    let luck: [u8; SECRET_BYTES] = rand::random();
    Secret::new(BASE64_URL_SAFE_NO_PAD.encode(luck))
}

/// The domain of the server that a component of this name usually belongs to. `games.org` belongs to no `org`.
fn parent(domain: &str) -> &str {
    match domain.split_once('.') {
        Some((_, parent)) if parent.contains('.') || parent == "localhost" => parent,
        _ => domain,
    }
}

fn configuration(domain: &str, parent: &str, secret: &Secret<String>, key: &str) -> String {
    let secret = secret.reveal();
    format!(
        r#"[component]
domain = "{domain}"
# The server's component port. The link is plain text: keep it on this machine, or set allow_plaintext = true.
server = "127.0.0.1:5347"
secret = "{secret}"

# Found by discovery when left out.
# [services]
# muc = "conference.{parent}"
# pubsub = "pubsub.{parent}"
# lobby = "lobby"

[store]
path = "data"

# What results are signed with. Keep it secret, and keep a copy.
[signing]
key = {key}

[admins]
jids = []
# jids = ["admin@{parent}"]
"#
    )
}

/// The very lines that the throwaway servers of the tests run with.
const EJABBERD: &str = include_str!("../../ejabberd-config/referee.yml");
const PROSODY: &str = include_str!("../../examples/prosody/referee.cfg.lua");

/// A Jabber server that we have lines for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Server {
    /// ejabberd.
    Ejabberd,
    /// Prosody.
    Prosody,
}

/// The lines that this server needs, filled in. They hold the secret.
pub fn lines(server: Server, domain: &str, host: Option<&str>, secret: &Secret<String>) -> String {
    let text = match server {
        Server::Ejabberd => EJABBERD,
        Server::Prosody => PROSODY,
    };
    text.replace("referee.localhost", domain)
        .replace(
            "pubsub.localhost",
            &format!("pubsub.{}", host.unwrap_or_else(|| parent(domain))),
        )
        .replace("change-this-secret", secret.reveal())
}

fn instructions(
    file: &Path,
    domain: &str,
    host: &str,
    secret: &Secret<String>,
    key: &str,
) -> String {
    let file = file.display();
    let lines = |server| lines(server, domain, Some(host), secret);
    let (ejabberd, prosody) = (lines(Server::Ejabberd), lines(Server::Prosody));
    format!(
        "{file} is ready, with a fresh secret. Only you can read it.\n\
         Results will be signed with key {key}. Only you can read that file too.\n\
         Next: put your own address under [admins], and give your Jabber server the lines for {domain}.\n\n\
         ---- ejabberd ----\n{ejabberd}\n\
         ---- Prosody ----\n{prosody}\n\
         ----\n\
         These lines let the referee create rooms and nodes, and give it no power over other people's.\n\
         To see them again: `referee lines ejabberd -c {file}` or `referee lines prosody -c {file}`.\n\
         Then `referee check -c {file}` says whether all is well, and `referee serve -c {file}` starts.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::Config;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_new_file_is_private_valid_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("referee.toml");
        let said = init(&file, "referee.example.org", None).unwrap();
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let config = Config::load(&file, None).unwrap();
        assert_eq!(config.domain, "referee.example.org");
        assert_eq!(config.secret.reveal().len(), 32);
        let key = KeyFile::read(&config.key).unwrap();
        assert!(!key.is_exposed() && said.contains(&key.public().id().to_string()));
        assert_eq!(
            said.matches(config.secret.reveal().as_str()).count(),
            2,
            "once for each server"
        );
        for line in [
            "      referee.example.org:\n        password: ",
            "    server: referee.example.org",
            "Component \"pubsub.example.org\" \"pubsub\"\n  admins = { \"referee.example.org\" }",
        ] {
            assert!(said.contains(line), "{line} is missing in {said}");
        }
        assert!(!said.contains("localhost\""), "{said}");
        let quoted = init(&folder.path().join("c.toml"), "a\"b", None).unwrap_err();
        assert_eq!(quoted.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(
            init(&file, "x.example", None).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(Config::load(&file, None).unwrap().secret, config.secret);
        let other = init(&folder.path().join("b.toml"), "referee.example.org", None).unwrap();
        assert_ne!(said.len(), 0);
        assert!(
            !other.contains(config.secret.reveal().as_str()),
            "each secret is new"
        );
    }

    #[test]
    fn the_server_is_guessed_only_where_that_makes_sense() {
        for (domain, host) in [
            ("referee.example.org", "example.org"),
            ("referee.localhost", "localhost"),
            ("games.org", "games.org"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(parent(domain), host);
        }
        let folder = tempfile::tempdir().unwrap();
        let said = init(&folder.path().join("a.toml"), "games.org", Some("talk.net")).unwrap();
        assert!(
            said.contains("Component \"pubsub.talk.net\" \"pubsub\"")
                && !said.contains("pubsub.org")
        );
        let again = Config::load(&folder.path().join("a.toml"), None).unwrap();
        let lines = lines(
            Server::Prosody,
            &again.domain,
            Some("talk.net"),
            &again.secret,
        );
        assert!(said.contains(&lines), "the lines can be printed again");
    }
}
