//! What a line says beyond what is understood of it: an auditor passes nothing that it has not read.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Whether the events as they were read are all there is in the line. What an older referee left out is no matter.
///
/// # Errors
/// Names a field that is unknown here.
pub(super) fn says_no_more<T: Serialize>(raw: &RawValue, read: &T) -> Result<(), String> {
    let raw: Value = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
    let read = serde_json::to_value(read).map_err(|error| error.to_string())?;
    match unknown(&raw, &read) {
        None => Ok(()),
        Some(field) => Err(format!(
            "it has `{field}`, which is unknown here: a newer referee wrote it, or somebody else"
        )),
    }
}

fn unknown(raw: &Value, read: &Value) -> Option<String> {
    match (raw, read) {
        (Value::Object(raw), Value::Object(read)) => raw.iter().find_map(|(key, value)| {
            let known = read.get(key);
            known.map_or_else(|| Some(key.clone()), |known| unknown(value, known))
        }),
        (Value::Array(raw), Value::Array(read)) => {
            let pairs = raw.iter().zip(read);
            pairs.into_iter().find_map(|(raw, read)| unknown(raw, read))
        }
        (Value::Object(raw), _) => raw.keys().next().cloned(),
        _ => None,
    }
}
