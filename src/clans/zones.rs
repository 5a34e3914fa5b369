//! The time zones this machine knows, all of them in memory: what is decided reads no disk, and a change of the machine's
//! files in the middle of a run changes no date.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::tz::TimeZone;

/// Zones by their names in small letters.
static ZONES: LazyLock<BTreeMap<String, TimeZone>> = LazyLock::new(|| {
    let names = jiff::tz::db().available();
    let known = names.filter_map(|name| {
        let zone = TimeZone::get(name.as_str()).ok()?;
        Some((name.as_str().to_ascii_lowercase(), zone))
    });
    known.chain([("utc".to_owned(), TimeZone::UTC)]).collect()
});

/// Reads all zones, and says how many there are. Without this the first that is asked for does.
pub fn read_zones() -> usize {
    ZONES.len()
}

/// A zone by its IANA name, in any case.
pub fn zone(name: &str) -> Option<TimeZone> {
    ZONES.get(&name.to_ascii_lowercase()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_in_any_case_and_only_zones_are() {
        assert!(read_zones() > 300);
        for name in ["Europe/Vienna", "europe/vienna", "America/New_York", "UTC"] {
            assert!(zone(name).is_some(), "{name}");
        }
        for name in ["", "../passwd", "Europe", "Nowhere/Land"] {
            assert!(zone(name).is_none(), "{name}");
        }
    }
}
