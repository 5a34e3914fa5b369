//! Which keys a page of a scan covers.

use std::ops::Bound;

/// Bounds of keys, as maps and sled take them.
pub(super) type Range = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// The keys under a prefix and strictly beyond `from` in the direction of the scan; none when there can be none.
pub(super) fn range(prefix: &[u8], from: Option<&[u8]>, backwards: bool) -> Option<Range> {
    let end = after_prefix(prefix);
    let (mut low, mut high) = (
        Bound::Included(prefix.to_vec()),
        end.clone().map_or(Bound::Unbounded, Bound::Excluded),
    );
    match from {
        None => {}
        // Keys beyond the far edge leave nothing, keys before the near edge cut nothing off.
        Some(from) if !backwards => {
            if end.is_some_and(|end| from >= end.as_slice()) {
                return None;
            }
            if from >= prefix {
                low = Bound::Excluded(from.to_vec());
            }
        }
        Some(from) => {
            if from <= prefix {
                return None;
            }
            if end.is_none_or(|end| from < end.as_slice()) {
                high = Bound::Excluded(from.to_vec());
            }
        }
    }
    Some((low, high))
}

/// The smallest key that is greater than all with this prefix; none when there is no such key.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=kept].to_vec();
    end[kept] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_the_highest_byte_have_no_end() {
        assert_eq!(after_prefix(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(after_prefix(&[1, 255, 255]), Some(vec![2]));
        assert_eq!(after_prefix(&[255]), None);
        assert_eq!(after_prefix(b""), None);
    }

    #[test]
    fn a_start_outside_the_prefix_never_widens_it() {
        assert_eq!(range(b"b", Some(b"a"), false), range(b"b", None, false));
        assert_eq!(range(b"b", Some(b"c"), false), None);
        assert_eq!(range(b"b", Some(b"c"), true), range(b"b", None, true));
        assert_eq!(range(b"b", Some(b"b"), true), None);
    }
}
