//! Links that people show to others.

/// The longest link, in characters.
pub const MAX_LINK_CHARS: usize = 300;

/// A link that may be shown to everybody: http or https, a host by name, and none of the characters that URLs do not have
/// (RFC 3986). No user in front of the host, which could pretend to be another one. The scheme comes back in small letters.
///
/// # Errors
/// Why it is none, as a clause after the link: "names no host".
pub fn read_link(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.chars().count() > MAX_LINK_CHARS {
        return Err("is too long for a link");
    }
    let lower = text.to_ascii_lowercase();
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| lower.starts_with(scheme))
        .ok_or("is no link that begins with https:// or http://")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    if !text.chars().all(allowed) {
        return Err("has characters that no link has");
    }
    let rest = &text[scheme.len()..];
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("names a user, which could mislead");
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let label = |label: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(plain)
    };
    let labels: Vec<&str> = host.split('.').collect();
    let is_host = labels.len() > 1 && labels.into_iter().all(label);
    let is_port = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    if !is_host || !is_port {
        return Err("names no host");
    }
    Ok(format!("{scheme}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_plain_and_short() {
        for good in [
            "https://example.org/demo.dem?x=1#t",
            "http://example.org:8080",
            "https://10.0.0.1/a%20b",
        ] {
            assert_eq!(read_link(good).as_deref(), Ok(good));
        }
        assert_eq!(
            read_link(" HTTPS://example.org/A ").as_deref(),
            Ok("https://example.org/A")
        );
        let long = format!("https://example.org/{}", "x".repeat(MAX_LINK_CHARS));
        for bad in [
            "look at my screenshot",
            "ftp://example.org/x",
            "javascript:alert(1)",
            "https://",
            "https://localhost/x",
            "https://bank.example@evil.example/",
            "https://example.org/{0}",
            "https://example.org/a b",
            "https://ex\u{0430}mple.org/",
            "https://example.org:99999999/",
            long.as_str(),
        ] {
            assert!(read_link(bad).is_err(), "{bad}");
        }
    }
}
