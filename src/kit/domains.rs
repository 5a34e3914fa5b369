//! Who answers for a server's name: limits count what was registered, because names below it are free.

use std::net::IpAddr;

/// The registered domain of a server's name: `a.b.example.co.uk` counts as `example.co.uk`. A name that nobody registers
/// (`localhost`, an address in numbers, a public suffix itself) counts as it is.
pub fn registered(name: &str) -> &str {
    let is_number = name.starts_with('[') || name.parse::<IpAddr>().is_ok();
    match is_number {
        true => name,
        false => psl::domain_str(name).unwrap_or(name),
    }
}

/// Whether a server belongs to those who run the referee at this domain: its own server, and what was registered with it.
pub fn is_home(name: &str, referee: &str) -> bool {
    referee
        .split_once('.')
        .is_some_and(|(_, parent)| parent == name)
        || registered(name) == registered(referee)
}

/// The domain of a bare JID.
pub fn domain_of(bare: &str) -> &str {
    bare.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_a_registered_one_count_as_it() {
        for (name, counts_as) in [
            ("example.org", "example.org"),
            ("a.b.example.org", "example.org"),
            ("x.example.co.uk", "example.co.uk"),
            ("me.duckdns.org", "me.duckdns.org"),
            ("localhost", "localhost"),
            ("x.y.localhost", "y.localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("co.uk", "co.uk"),
            ("", ""),
        ] {
            assert_eq!(registered(name), counts_as, "{name}");
        }
    }

    #[test]
    fn the_own_server_is_home() {
        assert!(is_home("localhost", "referee.localhost"));
        assert!(is_home("chat.example.org", "referee.example.org"));
        assert!(!is_home("evil.org", "referee.example.org"));
        assert!(!is_home("alice.duckdns.org", "referee.bob.duckdns.org"));
    }
}
