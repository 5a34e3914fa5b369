//! The one way in which JSON is written in a record. Whoever judges a line that anybody may have written takes no other: two
//! readers that see different things in the same bytes are what a forger looks for.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Whether a JSON text is written in that way: no white space, no escapes that need not be, whole numbers, no key twice.
pub fn is_canonical(text: &str) -> bool {
    serde_json::from_str::<Written>(text).is_ok_and(|written| written.0 == text)
}

/// A text read and written again.
struct Written(String);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Writer).map(Written)
    }
}

struct Writer;

fn quoted<E: Error>(text: &str) -> Result<String, E> {
    serde_json::to_string(text).map_err(E::custom)
}

impl<'de> Visitor<'de> for Writer {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without fractions")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<String, E> {
        quoted(value)
    }

    fn visit_unit<E: Error>(self) -> Result<String, E> {
        Ok("null".to_owned())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<String, A::Error> {
        let mut parts = Vec::new();
        while let Some(Written(part)) = seq.next_element()? {
            parts.push(part);
        }
        Ok(format!("[{}]", parts.join(",")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
        let (mut keys, mut parts) = (BTreeSet::new(), Vec::new());
        while let Some((key, Written(value))) = map.next_entry::<String, Written>()? {
            parts.push(format!("{}:{value}", quoted::<A::Error>(&key)?));
            if !keys.insert(key) {
                return Err(A::Error::custom("a key stands there twice"));
            }
        }
        Ok(format!("{{{}}}", parts.join(",")))
    }
}

#[cfg(test)]
mod tests {
    use super::is_canonical;

    #[test]
    fn there_is_one_way_to_write_it() {
        for good in [
            r#"[{"a":[1,-2,null,true,"é\u0001\n\u2028"]}]"#.replace("\\u2028", "\u{2028}"),
            "[]".to_owned(),
            r#""\u007f""#.replace("\\u007f", "\u{7f}"),
            u64::MAX.to_string(),
        ] {
            assert!(is_canonical(&good), "{good}");
        }
        for bad in [
            "1.0",
            "1e3",
            "-0",
            "18446744073709551616",
            "[1, 2]",
            " []",
            "[]\n",
            r#""\u0041""#,
            r#""\/""#,
            r#""\u001F""#,
            r#"{"a":1,"a":1}"#,
            r#"[{"a":{"b":1,"b":2}}]"#,
            r#""\ud800""#,
            "NaN",
            "[1]x",
        ] {
            assert!(!is_canonical(bad), "{bad}");
        }
    }
}
