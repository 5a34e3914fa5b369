//! The section `[ldap]` of the configuration.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Deserialize;
use toml::Spanned;

use super::{ConfigError, Source};
use crate::kit::Secret;

/// Where LDAP is served, and what it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LdapConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The base of all names.
    pub base: String,
    /// Passwords of services that read, by the service's name.
    pub readers: BTreeMap<String, Secret<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ldap {
    listen: Spanned<String>,
    base: Option<Spanned<String>>,
    #[serde(default)]
    allow_plaintext: bool,
    #[serde(default)]
    readers: BTreeMap<Spanned<String>, Spanned<Secret<String>>>,
}

/// Checks the section.
#[cfg(feature = "ldap")]
pub(super) fn read(
    section: &Ldap,
    domain: &str,
    source: &Source<'_>,
) -> Result<LdapConfig, ConfigError> {
    use crate::clans::check_service;
    use crate::ldap::Tree;

    /// A password of fewer characters could be guessed.
    const SHORTEST: usize = 8;
    let Ok(listen) = section.listen.get_ref().parse::<SocketAddr>() else {
        let text = "`listen` must be an address and a port, such as \"127.0.0.1:3890\".";
        return Err(source.fault(&section.listen, text));
    };
    if !listen.ip().is_loopback() && !section.allow_plaintext {
        let text = "LDAP is served without encryption, and whoever sees it sees passwords: listen on 127.0.0.1 and put a \
                    tunnel before it, or set `allow_plaintext = true` for a network that you trust.";
        return Err(source.fault(&section.listen, text));
    }
    let usual = Tree::base_of(domain);
    let base = section.base.as_ref().map_or(&usual, Spanned::get_ref);
    if let (Err(_), Some(base)) = (Tree::new(base), &section.base) {
        let text = "`base` must be a distinguished name, such as \"dc=example,dc=org\".";
        return Err(source.fault(base, text));
    }
    let mut readers = BTreeMap::new();
    for (service, secret) in &section.readers {
        if check_service(service.get_ref()).as_ref() != Ok(service.get_ref()) {
            let text = "a service is named by 2 to 20 small letters and digits, such as forum.";
            return Err(source.fault(service, text));
        }
        if secret.get_ref().reveal().len() < SHORTEST {
            let text = format!("the password of a reader has at least {SHORTEST} characters.");
            return Err(source.fault(secret, text));
        }
        readers.insert(service.get_ref().clone(), secret.get_ref().clone());
    }
    Ok(LdapConfig {
        listen,
        base: base.clone(),
        readers,
    })
}

/// There is nothing here that could serve it.
#[cfg(not(feature = "ldap"))]
pub(super) fn read(
    section: &Ldap,
    _domain: &str,
    source: &Source<'_>,
) -> Result<LdapConfig, ConfigError> {
    let (_, _, _) = (&section.base, section.allow_plaintext, &section.readers);
    let text = "this referee was built without LDAP. Build it with `cargo build --release --features ldap`, or take [ldap] out.";
    Err(source.fault(&section.listen, text))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Config, ConfigError};
    #[cfg(feature = "ldap")]
    use super::LdapConfig;

    fn parse(section: &str) -> Result<Config, ConfigError> {
        let text = format!(
            "[component]\ndomain = \"referee.example\"\nserver = \"127.0.0.1:5347\"\nsecret = \"hush\"\n[ldap]\n{section}\n"
        );
        Config::parse(&text, Path::new("referee.toml"), None)
    }

    #[cfg(not(feature = "ldap"))]
    #[test]
    fn a_build_without_it_says_so() {
        let said = parse("listen = \"127.0.0.1:3890\"")
            .unwrap_err()
            .to_string();
        assert!(
            said.starts_with("referee.toml, line 6: ") && said.contains("--features ldap"),
            "{said}"
        );
    }

    #[cfg(feature = "ldap")]
    #[test]
    fn the_least_and_the_most() {
        let least = parse("listen = \"127.0.0.1:3890\"").unwrap().ldap;
        let wanted = LdapConfig {
            listen: "127.0.0.1:3890".parse().unwrap(),
            base: "dc=referee,dc=example".to_owned(),
            readers: Default::default(),
        };
        assert_eq!(least, Some(wanted));
        let most = parse(
            "listen = \"[2001:db8::1]:389\"\nallow_plaintext = true\nbase = \"o=us\"\n[ldap.readers]\nforum = \"long enough\"",
        );
        let most = most.unwrap().ldap.unwrap();
        assert_eq!((most.base.as_str(), most.readers.len()), ("o=us", 1));
        assert!(!format!("{most:?}").contains("long enough"));
    }

    #[cfg(feature = "ldap")]
    #[test]
    fn each_error_names_its_line_and_the_remedy() {
        let listen = "listen = \"127.0.0.1:3890\"";
        for (section, line, part) in [
            ("listen = \"localhost\"", 6, "127.0.0.1:3890"),
            ("listen = \"0.0.0.0:389\"", 6, "allow_plaintext = true"),
            ("base = \"dc=r\"", 5, "listen"),
            (&format!("{listen}\nbase = \"us\""), 7, "distinguished name"),
            (&format!("{listen}\nbase = \"\""), 7, "distinguished name"),
            (
                &format!("{listen}\n[ldap.readers]\nA = \"12345678\""),
                8,
                "small letters",
            ),
            (
                &format!("{listen}\n[ldap.readers]\nforum = \"short\""),
                8,
                "at least 8",
            ),
            (&format!("{listen}\nstarttls = true"), 7, "starttls"),
        ] {
            let said = parse(section).unwrap_err().to_string();
            let head = format!("referee.toml, line {line}: ");
            assert!(said.starts_with(&head) && said.contains(part), "{said}");
            assert!(
                !said.contains("short") && !said.contains("12345678"),
                "{said}"
            );
        }
    }
}
