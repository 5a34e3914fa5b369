//! Commands as a bot sends them, and what their answers say.

use std::io;
use std::time::Duration;

use crate::server::REFEREE;
use crate::wire::{Wire, attribute};

/// Whoever has no answer by then has none.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// One command, and its answer: the stanza, or why there is none (`wait`, `silence`, the referee's code).
///
/// # Errors
/// The connection broke.
pub async fn ask(
    wire: &mut Wire,
    node: &str,
    fields: &[(&str, &str)],
    ids: &mut u64,
) -> io::Result<Result<String, String>> {
    *ids += 1;
    let id = format!("{node}{ids}");
    wire.send(&command(&id, node, fields)).await?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let Ok(stanza) = tokio::time::timeout_at(deadline, wire.stanza()).await else {
            return Ok(Err("silence".to_owned()));
        };
        let stanza = stanza?;
        if attribute(&stanza, "<iq", "id") != Some(&id) {
            continue;
        }
        let refused = attribute(&stanza, "<note", "type") == Some("error");
        return Ok(match attribute(&stanza, "<iq", "type") {
            Some("result") if !refused => Ok(stanza),
            _ if stanza.contains("type='wait'") || stanza.contains("type=\"wait\"") => {
                Err("wait".to_owned())
            }
            _ => Err(value(&stanza, "code").unwrap_or(stanza)),
        });
    }
}

/// The text of a submitted command.
pub fn command(id: &str, node: &str, fields: &[(&str, &str)]) -> String {
    let fields: String = fields
        .iter()
        .map(|(name, value)| format!("<field var='{name}'><value>{value}</value></field>"))
        .collect();
    format!(
        "<iq type='set' to='{REFEREE}' id='{id}'><command xmlns='http://jabber.org/protocol/commands' node='{node}' \
         action='execute'><x xmlns='jabber:x:data' type='submit'>{fields}</x></command></iq>"
    )
}

/// The first value of a field.
pub fn value(stanza: &str, name: &str) -> Option<String> {
    let quoted = [format!("var='{name}'"), format!("var=\"{name}\"")];
    let rest = quoted
        .iter()
        .find_map(|var| stanza.split_once(var.as_str()));
    let value = rest?.1.split("</field>").next()?.split_once("<value>")?.1;
    Some(value.split("</value>").next()?.to_owned())
}
