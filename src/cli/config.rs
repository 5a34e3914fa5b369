//! The configuration file, `referee.toml`: what it may say, and a plain word for everything that it may not.

mod community;
mod ldap;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

pub use self::ldap::LdapConfig;
use crate::clans::Configured;
use crate::kit::Secret;

/// The environment variable that may hold the secret.
pub const SECRET_VARIABLE: &str = "REFEREE_SECRET";

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The component's own domain, in lower case.
    pub domain: String,
    /// `host:port` of the server's component port.
    pub server: String,
    /// What the server wants to hear before it believes us.
    pub secret: Secret<String>,
    /// Whether the link may go to another machine unencrypted.
    pub allow_plaintext: bool,
    /// The MUC service; found by discovery when left out.
    pub muc: Option<String>,
    /// The pubsub service; found by discovery when left out.
    pub pubsub: Option<String>,
    /// The name of the lobby room on the MUC service.
    pub lobby: String,
    /// The folder of the journal and the store.
    pub store: PathBuf,
    /// The file of the key that signs results; it need not be there yet.
    pub key: PathBuf,
    /// Bare JIDs of the admins, in lower case.
    pub admins: Vec<String>,
    /// Domains and bare JIDs of services that may ask who may do what in a clan, in lower case.
    pub trusted: Vec<String>,
    /// Whether an illegal turn puts a MUG client out of its match; it never loses by that.
    pub kick_on_illegal_turn: bool,
    /// Where LDAP is served, if it is.
    pub ldap: Option<LdapConfig>,
    /// The rules of the community.
    pub community: Configured,
}

/// Why a configuration cannot be used: where, what, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    file: PathBuf,
    line: Option<usize>,
    what: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for ConfigError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    component: Component,
    #[serde(default)]
    services: Services,
    #[serde(default)]
    store: Store,
    #[serde(default)]
    signing: Signing,
    #[serde(default)]
    admins: Admins,
    #[serde(default)]
    mug: MugSection,
    ldap: Option<ldap::Ldap>,
    #[serde(default)]
    community: community::Section,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Component {
    domain: Spanned<String>,
    server: Spanned<String>,
    secret: Option<Spanned<Secret<String>>>,
    secret_file: Option<Spanned<PathBuf>>,
    #[serde(default)]
    allow_plaintext: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Services {
    muc: Option<Spanned<String>>,
    pubsub: Option<Spanned<String>>,
    lobby: Option<Spanned<String>>,
    #[serde(default)]
    trusted: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Store {
    path: PathBuf,
}

impl Default for Store {
    fn default() -> Self {
        Store {
            path: PathBuf::from("data"),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signing {
    key: Option<PathBuf>,
}

/// The key's file in the data folder, where no other is named.
const KEY_FILE: &str = "referee.key";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MugSection {
    #[serde(default)]
    kick_on_illegal_turn: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Admins {
    #[serde(default)]
    jids: Vec<Spanned<String>>,
}

impl Config {
    /// Reads and checks the file. `secret` is what the environment variable holds, if it is set.
    ///
    /// # Errors
    /// Says the line and what to do; never prints a secret.
    pub fn load(file: &Path, secret: Option<String>) -> Result<Config, ConfigError> {
        let text = fs::read_to_string(file).map_err(|error| ConfigError {
            file: file.to_owned(),
            line: None,
            what: format!("could not read it: {error}. `referee init` writes a new one."),
        })?;
        Config::parse(&text, file, secret)
    }

    fn parse(text: &str, file: &Path, secret: Option<String>) -> Result<Config, ConfigError> {
        let source = Source { text, file };
        let raw: File = toml::from_str(text).map_err(|error| source.syntax(&error))?;
        let component = &raw.component;
        let domain = source.domain(&component.domain, "domain")?;
        let server = component.server.get_ref();
        let port = server.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        if port.is_none_or(|(_, port)| port.parse::<u16>().is_err()) {
            return Err(source.fault(
                &component.server,
                "`server` must be host:port, such as \"127.0.0.1:5347\".",
            ));
        }
        let optional = |name: &Option<Spanned<String>>, key| match name {
            Some(name) => source.domain(name, key).map(Some),
            None => Ok(None),
        };
        let folder = file.parent().unwrap_or(Path::new(""));
        let store = folder.join(&raw.store.path);
        let key = raw.signing.key.as_ref();
        let ldap = raw.ldap.as_ref();
        Ok(Config {
            ldap: ldap
                .map(|section| ldap::read(section, &domain, &source))
                .transpose()?,
            secret: source.secret(component, secret, folder)?,
            domain,
            server: server.clone(),
            allow_plaintext: component.allow_plaintext,
            muc: optional(&raw.services.muc, "muc")?,
            pubsub: optional(&raw.services.pubsub, "pubsub")?,
            lobby: source.lobby(raw.services.lobby.as_ref())?,
            key: key.map_or_else(|| store.join(KEY_FILE), |key| folder.join(key)),
            store,
            kick_on_illegal_turn: raw.mug.kick_on_illegal_turn,
            trusted: (raw.services.trusted.iter())
                .map(|jid| source.trusted(jid))
                .collect::<Result<_, _>>()?,
            community: source.community(&raw.community)?,
            admins: raw
                .admins
                .jids
                .iter()
                .map(|jid| source.admin(jid))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// The text that errors point into.
struct Source<'a> {
    text: &'a str,
    file: &'a Path,
}

impl Source<'_> {
    fn at(&self, offset: Option<usize>, what: impl Into<String>) -> ConfigError {
        let line = offset
            .and_then(|at| self.text.get(..at))
            .map(|before| before.matches('\n').count() + 1);
        ConfigError {
            file: self.file.to_owned(),
            line,
            what: what.into(),
        }
    }

    fn fault<T>(&self, place: &Spanned<T>, what: impl Into<String>) -> ConfigError {
        self.at(Some(place.span().start), what)
    }

    /// toml's own message names keys and types, never values; the quoted source line is left out for the secret's sake.
    fn syntax(&self, error: &toml::de::Error) -> ConfigError {
        let what = error
            .message()
            .lines()
            .next()
            .unwrap_or("this is no TOML")
            .to_owned();
        // A wrong type for the secret would be named with its value.
        let what = if what.starts_with("invalid type") {
            let wanted = what
                .rsplit_once("expected ")
                .map_or("something else", |(_, wanted)| wanted);
            format!("the value has the wrong type; expected {wanted}")
        } else {
            what
        };
        self.at(error.span().map(|span| span.start), format!("{what}."))
    }

    fn domain(&self, name: &Spanned<String>, key: &str) -> Result<String, ConfigError> {
        match xmpp_parsers::jid::BareJid::new(name.get_ref()) {
            Ok(jid) if jid.node().is_none() => Ok(jid.to_string()),
            _ => Err(self.fault(
                name,
                format!("`{key}` must be a domain, such as \"referee.example.org\"."),
            )),
        }
    }

    fn trusted(&self, jid: &Spanned<String>) -> Result<String, ConfigError> {
        match xmpp_parsers::jid::BareJid::new(jid.get_ref()) {
            Ok(bare) => Ok(bare.to_string()),
            Err(_) => Err(self.fault(
                jid,
                "a trusted service must be a domain or a bare JID, such as \"forum.example.org\".",
            )),
        }
    }

    fn admin(&self, jid: &Spanned<String>) -> Result<String, ConfigError> {
        match xmpp_parsers::jid::BareJid::new(jid.get_ref()) {
            Ok(bare) if bare.node().is_some() => Ok(bare.to_string()),
            _ => Err(self.fault(
                jid,
                "an admin must be a bare JID, such as \"admin@example.org\".",
            )),
        }
    }

    fn lobby(&self, name: Option<&Spanned<String>>) -> Result<String, ConfigError> {
        let Some(name) = name else {
            return Ok("lobby".to_owned());
        };
        match xmpp_parsers::jid::NodePart::new(name.get_ref()) {
            Ok(node) => Ok(node.to_string()),
            Err(_) => Err(self.fault(
                name,
                "`lobby` must be the name of a room without `@`, such as \"lobby\".",
            )),
        }
    }

    /// The environment wins over the file, so that a container needs no second configuration.
    fn secret(
        &self,
        component: &Component,
        variable: Option<String>,
        folder: &Path,
    ) -> Result<Secret<String>, ConfigError> {
        let (secret, place) = match (variable, &component.secret, &component.secret_file) {
            (Some(secret), ..) => (Secret::new(secret), None),
            (None, Some(_), Some(file)) => {
                return Err(self.fault(
                    file,
                    "take out either `secret` or `secret_file`; only one can hold.",
                ));
            }
            (None, Some(secret), None) => (secret.get_ref().clone(), Some(secret.span().start)),
            (None, None, Some(file)) => {
                let path = folder.join(file.get_ref());
                let text = fs::read_to_string(&path).map_err(|error| {
                    self.fault(
                        file,
                        format!(
                            "could not read the secret from {}: {error}.",
                            path.display()
                        ),
                    )
                })?;
                (
                    Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()),
                    Some(file.span().start),
                )
            }
            (None, None, None) => {
                return Err(self.fault(
                    &component.domain,
                    format!(
                        "[component] has no secret. Add `secret = \"…\"` or `secret_file = \"…\"`, or set the \
                         environment variable {SECRET_VARIABLE}; it must be the one in the Jabber server's configuration."
                    ),
                ));
            }
        };
        if secret.reveal().is_empty() {
            return Err(self.at(
                place,
                "the secret is empty; `referee init` makes a good one.",
            ));
        }
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[component]\ndomain = \"Referee.localhost\"\nserver = \"127.0.0.1:5347\"\nsecret = \"hush\"\n";

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("/etc/referee/referee.toml"), None)
    }

    fn error(text: &str) -> String {
        let said = parse(text).unwrap_err().to_string();
        assert!(!said.contains("hush"), "{said}");
        said
    }

    #[test]
    fn the_least_and_the_most() {
        let least = parse(GOOD).unwrap();
        assert_eq!(
            (least.domain.as_str(), least.lobby.as_str()),
            ("referee.localhost", "lobby")
        );
        assert_eq!(least.store, Path::new("/etc/referee/data"));
        assert_eq!(least.key, Path::new("/etc/referee/data/referee.key"));
        assert!(!least.allow_plaintext && least.muc.is_none() && least.admins.is_empty());
        assert!(!format!("{least:?}").contains("hush"));
        let most = parse(&format!(
            "{GOOD}allow_plaintext = true\n[services]\nmuc = \"conference.localhost\"\npubsub = \"pubsub.localhost\"\n\
             lobby = \"Hall\"\ntrusted = [\"Forum.localhost\"]\n[store]\npath = \"/var/lib/referee\"\n[signing]\nkey = \"signing.key\"\n[admins]\njids = [\"Admin@localhost\"]\n"
        ))
        .unwrap();
        assert_eq!(most.muc.as_deref(), Some("conference.localhost"));
        assert_eq!(most.lobby, "hall");
        assert_eq!(most.trusted, ["forum.localhost"]);
        assert_eq!(most.store, Path::new("/var/lib/referee"));
        assert_eq!(most.key, Path::new("/etc/referee/signing.key"));
        assert_eq!(most.admins, ["admin@localhost"]);
    }

    #[test]
    fn each_error_names_its_line_and_the_remedy() {
        let with = |from: &str, to: &str| error(&GOOD.replace(from, to));
        for (said, line, part) in [
            (with("domain =", "domian ="), 2, "domian"),
            (
                with("\"Referee.localhost\"", "\"a@b\""),
                2,
                "must be a domain",
            ),
            (with("\"127.0.0.1:5347\"", "\"127.0.0.1\""), 3, "host:port"),
            (with("\"127.0.0.1:5347\"", "5347"), 3, "expected a string"),
            (with("\"hush\"", "\"\""), 4, "the secret is empty"),
            (with("secret = \"hush\"", ""), 2, SECRET_VARIABLE),
            (with("\"hush\"", "\"hush"), 4, ""),
            (error(&format!("{GOOD}secret_file = \"x\"")), 5, "only one"),
            (
                error(&format!("{GOOD}[services]\nmuc = \"room@b\"")),
                6,
                "`muc` must be a domain",
            ),
            (
                error(&format!("{GOOD}[services]\nlobby = \"a@b\"")),
                6,
                "without `@`",
            ),
            (
                error(&format!("{GOOD}[services]\ntrusted = [\"a b\"]")),
                6,
                "a domain or a bare JID",
            ),
            (
                error(&format!("{GOOD}[admins]\njids = [\"localhost\"]")),
                6,
                "bare JID",
            ),
            (
                error(&format!("{GOOD}[admins]\njids = \"a@localhost\"")),
                6,
                "expected a sequence",
            ),
            (error(&format!("{GOOD}[stroe]\npath = \"x\"")), 5, "stroe"),
        ] {
            let head = format!("/etc/referee/referee.toml, line {line}: ");
            assert!(said.starts_with(&head) && said.contains(part), "{said}");
        }
        assert!(error("[store]\npath = \"x\"").contains("component"));
    }

    #[test]
    fn a_secret_of_the_wrong_type_is_not_shown() {
        let said = error(&GOOD.replace("\"hush\"", "123456789"));
        assert!(
            said.contains("line 4") && !said.contains("123456789"),
            "{said}"
        );
    }

    #[test]
    fn secrets_from_a_file_and_from_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("referee.toml");
        fs::write(
            &file,
            GOOD.replace("secret = \"hush\"", "secret_file = \"key\""),
        )
        .unwrap();
        let missing = Config::load(&file, None).unwrap_err().to_string();
        assert!(
            missing.contains("line 4") && missing.contains("could not read the secret"),
            "{missing}"
        );
        fs::write(folder.path().join("key"), "from the file\n").unwrap();
        assert_eq!(
            Config::load(&file, None).unwrap().secret.reveal(),
            "from the file"
        );
        assert_eq!(
            Config::load(&file, Some("env".to_owned()))
                .unwrap()
                .secret
                .reveal(),
            "env"
        );
        assert!(
            Config::load(Path::new("/no/file"), None)
                .unwrap_err()
                .to_string()
                .contains("referee init")
        );
    }
}
