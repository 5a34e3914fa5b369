//! What a clan says about itself, and how one joins it.

use super::within;
use crate::clans::check_name;
use crate::clans::clan::event::{ClanEvent, Setting};
use crate::clans::clan::roles::Permission;
use crate::clans::clan::{Clan, MAX_COLOURS};
use crate::kit::{PersonId, Refusal, Span, refuse};

/// The longest address of a picture, in characters.
const MAX_URL_CHARS: usize = 300;
/// The shortest and the longest time after which an owner counts as gone.
const SUCCESSION: std::ops::RangeInclusive<Span> = Span::days(7)..=Span::days(730);

impl Clan {
    pub(super) fn change(
        &self,
        by: PersonId,
        setting: &Setting,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Settings)?;
        match setting {
            Setting::Name(name) => {
                check_name(name)?;
            }
            Setting::Colours(colours) => {
                if colours.len() > MAX_COLOURS || !colours.iter().all(|one| is_colour(one)) {
                    return Err(refuse(
                        "clan/bad-colour",
                        format!("A clan has up to {MAX_COLOURS} colours, written as #rrggbb."),
                    )
                    .hint("Type for example `clan set colours #203040 #ffcc00`."));
                }
            }
            Setting::Description(text) => {
                within(text, "description")?;
            }
            Setting::Avatar(Some(url)) => {
                let web = url.starts_with("https://") && url.chars().count() <= MAX_URL_CHARS;
                if !web || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
                    return Err(refuse(
                        "clan/bad-url",
                        "A picture is given by its address, which begins with https://.",
                    )
                    .hint("Upload it with your client and copy the link."));
                }
            }
            Setting::Entry(role) => self.require_grant(by, role)?,
            Setting::Succession(Some(span)) if !SUCCESSION.contains(span) => {
                return Err(refuse(
                    "clan/bad-span",
                    "An owner counts as gone after 7 to 730 days without a sign, or never.",
                )
                .hint(
                    "Type for example `clan set succession 60d`, or `clan set succession never`.",
                ));
            }
            Setting::Avatar(None) | Setting::Joining(_) | Setting::Succession(_) => {}
        }
        // Whoever comes in the owner's absence is the owner's choice alone.
        if matches!(setting, Setting::Succession(_)) {
            self.require(by, Permission::Disband)?;
        }
        Ok(vec![ClanEvent::Set(setting.clone())])
    }
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| {
        digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
