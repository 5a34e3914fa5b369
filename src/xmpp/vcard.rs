//! The vCards (XEP-0054) and the picture (XEP-0153) of our addresses.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minidom::Element;
use sha1::{Digest, Sha1};
use xmpp_parsers::ns;

use super::disco::NAME;
use super::stanza::{el, leaf};

/// A pawn, half white and half black, 64 pixels wide.
const PICTURE: &[u8] = include_bytes!("../../assets/referee.png");

/// The vCard of an address of ours: a name, what it is, the picture, and as its URL the link (XEP-0147) that opens a chat
/// there and asks for help.
pub fn card(address: &str, name: &str, about: &str) -> Element {
    let photo = el("PHOTO", ns::VCARD)
        .append(leaf("TYPE", ns::VCARD, "image/png"))
        .append(leaf("BINVAL", ns::VCARD, &BASE64_STANDARD.encode(PICTURE)))
        .build();
    el("vCard", ns::VCARD)
        .append(leaf("FN", ns::VCARD, name))
        .append(leaf("NICKNAME", ns::VCARD, name))
        .append(leaf("DESC", ns::VCARD, about))
        .append(leaf(
            "URL",
            ns::VCARD,
            &format!("xmpp:{address}?message;body=help"),
        ))
        .append(photo)
        .build()
}

/// The vCard of `R` and `referee@R`.
pub fn own(address: &str) -> Element {
    card(
        address,
        NAME,
        "I referee games. Write `help` to me to see what I can do.",
    )
}

/// What presence says of the picture (XEP-0153).
pub fn avatar() -> Element {
    let hash: String = Sha1::digest(PICTURE)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    el("x", ns::VCARD_UPDATE)
        .append(leaf("photo", ns::VCARD_UPDATE, &hash))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presence_names_the_picture_of_the_card() {
        let card = own("referee@r.example");
        let photo = card.get_child("PHOTO", ns::VCARD).unwrap();
        let bytes = BASE64_STANDARD
            .decode(photo.get_child("BINVAL", ns::VCARD).unwrap().text())
            .unwrap();
        assert!(
            bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.len() < 4096,
            "{} bytes",
            bytes.len()
        );
        let hash: String = Sha1::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            avatar()
                .get_child("photo", ns::VCARD_UPDATE)
                .unwrap()
                .text(),
            hash
        );
    }
}
