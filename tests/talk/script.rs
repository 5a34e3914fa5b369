//! The form of a talk file: blocks of input, `----`, output. Reading it and writing it back with what really came out.

use super::verbs::Stage;

/// Plays a file and returns it with the output it should have.
///
/// Output ends at a blank line; whatever stands outside of blocks, comments above all, stays as it is.
pub fn play(name: &str, text: &str) -> String {
    let mut stage = Stage::new();
    let mut out = String::new();
    let mut input: Vec<&str> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if line != "----" {
            if !line.is_empty() && !line.starts_with('#') {
                input.push(line);
            }
            continue;
        }
        let mut heard = Vec::new();
        for line in input.drain(..) {
            stage.perform(line).unwrap_or_else(|why| {
                panic!("{name}: `{line}`: {why}");
            });
            heard.append(&mut stage.take_output());
        }
        if heard.is_empty() {
            heard.push("(silence)".to_owned());
        }
        for line in &heard {
            out.push_str(line.trim_end());
            out.push('\n');
        }
        while lines.peek().is_some_and(|line| !line.is_empty()) {
            lines.next();
        }
    }
    stage.audit().unwrap_or_else(|why| panic!("{name}: {why}"));
    assert!(
        input.is_empty(),
        "{name}: input without a `----` at the end"
    );
    out
}
