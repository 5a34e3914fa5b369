//! The section `[community]`: rules of the community by name.

use std::collections::BTreeMap;

use toml::Spanned;

use super::{ConfigError, Source};
use crate::clans::{Configured, policy_rule};

/// The section as it is written.
pub(super) type Section = BTreeMap<Spanned<String>, Spanned<toml::Value>>;

impl Source<'_> {
    /// The rules of the community: numbers and texts, and lists of texts.
    pub(super) fn community(&self, section: &Section) -> Result<Configured, ConfigError> {
        let mut configured = Configured::default();
        for (name, value) in section {
            // What is wrong with a name stands at the name, what is wrong with a value at the value.
            let place = match policy_rule(name.get_ref()) {
                None => name.span().start,
                Some(_) => value.span().start,
            };
            let text = plain_text(value.get_ref()).ok_or_else(|| {
                let what = format!(
                    "`{}` takes a number, a text or a list of texts.",
                    name.get_ref()
                );
                self.at(Some(place), what)
            })?;
            configured
                .take(name.get_ref(), &text)
                .map_err(|no| self.at(Some(place), no.to_string()))?;
        }
        Ok(configured)
    }
}

/// A value of `[community]` as the rules read it. An empty list is `none`.
fn plain_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(list) if list.is_empty() => Some("none".to_owned()),
        toml::Value::Array(list) => {
            let texts = list
                .iter()
                .map(|one| one.as_str().filter(|text| !text.contains(',')));
            texts
                .collect::<Option<Vec<_>>>()
                .map(|texts| texts.join(","))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Config;
    use super::*;

    fn parse(section: &str) -> Result<Configured, String> {
        let text = format!(
            "[component]\ndomain = \"r.example\"\nserver = \"127.0.0.1:5347\"\nsecret = \"hush\"\n[community]\n{section}"
        );
        let config = Config::parse(&text, Path::new("referee.toml"), None);
        config
            .map(|config| config.community)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn rules_are_numbers_texts_and_lists() {
        let section = "creators = \"listed\"\nclans = 5\ngrace = \"14d\"\nwords = [\"bad*\", \"worse\"]\nreserved = []\n\
                       contact = \"anna@localhost\"\n";
        let community = parse(section).unwrap();
        assert_eq!(community.policy.clans, 5);
        assert_eq!(community.policy.words, ["bad*", "worse"]);
        assert_eq!(community.policy.contact, "anna@localhost");
        assert!(community.policy.reserved.is_empty());
        assert_eq!(community.named.len(), 6);
        assert_eq!(parse(""), Ok(Configured::default()));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_what_would_be_right() {
        for (section, line, part) in [
            ("clans = 5\nmembres = 3", 7, "no rule `membres`"),
            ("clans = 0", 6, "a number from 1 to 50"),
            ("clans = true", 6, "a number, a text or a list"),
            ("grace = \"soon\"", 6, "such as 12h"),
            ("\n\ncreators = \"king\"", 8, "anyone, listed or admins"),
            ("words = [\"bad\", 7]", 6, "list of texts"),
            ("words = [\"two words\"]", 6, "could be looked for"),
        ] {
            let said = parse(section).unwrap_err();
            let head = format!("referee.toml, line {line}: ");
            assert!(said.starts_with(&head) && said.contains(part), "{said}");
        }
    }
}
