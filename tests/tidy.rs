//! The tidy test: the shape of the code that a compiler does not check. Every rule says what to do instead.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The arrows of `docs/ARCHITECTURE.md`: what each room may import. `kit` imports nothing.
const ARROWS: &[(&str, &[&str])] = &[
    ("kit", &[]),
    ("games", &["kit"]),
    ("matches", &["games", "kit"]),
    ("clans", &["kit"]),
    ("leagues", &["kit"]),
    ("engine", &["matches", "clans", "leagues", "games", "kit"]),
    // Cards name what they ask of the pure rooms; they change nothing but through the engine's desk.
    (
        "commands",
        &["engine", "matches", "clans", "leagues", "games", "kit"],
    ),
    ("store", &["engine", "kit"]),
    ("xmpp", &["commands", "engine", "kit"]),
    ("ldap", &["commands", "engine", "clans", "kit"]),
    ("web", &["commands", "engine", "kit"]),
    ("bridges", &["commands", "engine", "kit"]),
];

/// Rooms that may import everything.
const FREE: &[&str] = &["cli", "lib", "main"];

/// A file of more lines opens with the reason, on its first line: `//! … Long because …`.
const MAX_FILE_LINES: usize = 600;
/// No new function is longer.
const MAX_FUNCTION_LINES: usize = 90;

/// Words that must not be in the code, and what to write instead. Spelled apart, so that this file passes its own test.
const BANNED: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "do it, or open an issue"),
    (concat!("FIX", "ME"), "mend it, or open an issue"),
    (concat!("db", "g!("), "use tracing, or a test"),
    (concat!("unimple", "mented!("), "finish it"),
    (concat!("to", "do!("), "finish it"),
    (concat!("print", "ln!(\"debug"), "use tracing"),
    (
        concat!("thread::", "sleep(Duration::from_secs"),
        "poll with a deadline",
    ),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ext: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ext));
        } else if path.extension().is_some_and(|found| found == ext) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn name(path: &Path) -> String {
    let short = path.strip_prefix(root()).unwrap_or(path);
    short.to_string_lossy().into_owned()
}

/// The room a source file belongs to: `src/engine/story/mod.rs` is in `engine`.
fn room(path: &Path) -> String {
    let short = path.strip_prefix(root().join("src")).unwrap();
    let first = short.components().next().unwrap().as_os_str();
    first.to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn check(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// The rooms named after `crate::` in a line: `use crate::kit::…`, `crate::games::find(…)`, `use crate::{a, b}`.
fn imported(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or_default();
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut rooms = Vec::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                rooms.extend(list.split(',').map(|one| word(one.trim())));
            }
            None => rooms.push(word(after)),
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

#[test]
fn rooms_import_only_along_the_arrows() {
    let mut problems = Vec::new();
    let mut arrows_seen = 0;
    for path in files(&root().join("src"), "rs") {
        let from = room(&path);
        if FREE.contains(&from.as_str()) {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(room, _)| *room == from) else {
            problems.push(format!(
                "{}: the room {from} has no arrows here",
                name(&path)
            ));
            continue;
        };
        for (number, line) in read(&path).lines().enumerate() {
            for to in imported(line) {
                arrows_seen += 1;
                if to != from && !allowed.contains(&to.as_str()) {
                    problems.push(format!(
                        "{}:{}: {from} must not import {to}; it may import {}",
                        name(&path),
                        number + 1,
                        allowed.join(", ")
                    ));
                }
            }
        }
    }
    assert!(
        arrows_seen > 100,
        "only {arrows_seen} imports found: is this test blind?"
    );
    check(problems);
}

#[test]
fn imports_are_read_in_every_form() {
    assert_eq!(imported("use crate::kit::{Seat, Span};"), ["kit"]);
    assert_eq!(
        imported("    let x = crate::games::find(crate::kit::clip(a, 3));"),
        ["games", "kit"]
    );
    assert_eq!(imported("use crate::{games, kit::Seat};"), ["games", "kit"]);
    assert_eq!(imported("// crate::xmpp is far away"), Vec::<String>::new());
}

/// Names in a list such as `&abort::CARD,` or `&chess::Chess,` between the line that opens it and `];`.
fn listed(text: &str, opens: &str) -> Vec<String> {
    let body = text
        .split(opens)
        .nth(1)
        .unwrap()
        .split("];")
        .next()
        .unwrap();
    body.split(',')
        .map(|item| item.trim().trim_start_matches('&'))
        .filter_map(|item| item.rsplit_once("::").map(|(file, _)| file.to_owned()))
        .collect()
}

fn check_registry(folder: &str, opens: &str, marks: fn(&str) -> bool) {
    let folder = root().join("src").join(folder);
    let text = read(&folder.join("mod.rs"));
    let list = listed(&text, opens);
    let mut sorted = list.clone();
    sorted.sort();
    let mut problems = Vec::new();
    if list != sorted {
        problems.push(format!("{opens}: put it in alphabetical order: {sorted:?}"));
    }
    for file in files(&folder, "rs") {
        let path = file.strip_prefix(&folder).unwrap().with_extension("");
        let parts = path.iter().map(|part| part.to_string_lossy());
        let module: Vec<_> = parts.filter(|part| part != "mod").collect();
        let module = module.join("::");
        if marks(&read(&file)) {
            let is_listed = list.contains(&module);
            if !module.is_empty() && !is_listed {
                problems.push(format!(
                    "{}: it is in no list; add it to {opens}",
                    name(&file)
                ));
            }
        }
    }
    assert!(list.len() > 3, "{opens}: only {list:?} found");
    check(problems);
}

#[test]
fn every_command_is_in_the_list() {
    check_registry("commands", "COMMANDS: &[&Card] = &[", |text| {
        text.contains("pub const CARD: Card")
    });
}

#[test]
fn every_game_is_in_the_list() {
    check_registry("games", "GAMES: &[&dyn Game] = &[", |text| {
        text.contains("impl Rules for ")
    });
}

#[test]
fn files_are_short_or_say_why_not() {
    let long = |path: &PathBuf| {
        let text = read(path);
        let lines = text.lines().count();
        let reason = text.lines().next().unwrap_or_default();
        (lines > MAX_FILE_LINES && !reason.contains("Long because"))
            .then(|| format!("{}: {lines} lines; split it along a seam", name(path)))
    };
    let all = files(&root().join("src"), "rs");
    check(all.iter().filter_map(long).collect());
}

/// Functions with their lengths in lines, by indentation: rustfmt keeps the closing brace under the `fn`.
fn functions(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let is_fn = ["fn ", "pub fn ", "async fn ", "pub async fn "]
            .iter()
            .any(|start| code.starts_with(start))
            || (code.starts_with("pub(") && code.contains(" fn "));
        if !is_fn || line.trim_end().ends_with(';') {
            continue;
        }
        let closing = format!("{}}}", &line[..line.len() - code.len()]);
        let length = lines[at..].iter().position(|later| *later == closing);
        let title = code.split("fn ").nth(1).unwrap_or_default();
        let title = title.split(['(', '<']).next().unwrap_or_default();
        found.extend(length.map(|length| (title.to_owned(), length + 1)));
    }
    found
}

#[test]
fn functions_are_short() {
    let mut seen = 0;
    let mut problems = Vec::new();
    for path in files(&root().join("src"), "rs") {
        for (title, length) in functions(&read(&path)) {
            seen += 1;
            let known = LONG_FUNCTIONS
                .iter()
                .find(|(file, function, _)| name(&path) == *file && title == *function);
            let allowed = known.map_or(MAX_FUNCTION_LINES, |(.., lines)| *lines);
            if length > allowed {
                problems.push(format!(
                    "{}: {title} has {length} lines, {allowed} are allowed",
                    name(&path)
                ));
            }
            if known.is_some() && length <= MAX_FUNCTION_LINES {
                problems.push(format!(
                    "{}: {title} is short now; take it off LONG_FUNCTIONS",
                    name(&path)
                ));
            }
        }
    }
    assert!(
        seen > 500,
        "only {seen} functions found: is this test blind?"
    );
    check(problems);
}

/// The ratchet: functions that are too long today. Shorten them and take them off; put none on.
const LONG_FUNCTIONS: &[(&str, &str, usize)] = &[];

#[test]
fn no_banned_words() {
    let mut problems = Vec::new();
    for folder in ["src", "tests", "examples", "benches"] {
        for path in files(&root().join(folder), "rs") {
            for (number, line) in read(&path).lines().enumerate() {
                for (word, instead) in BANNED {
                    if line.contains(word) {
                        problems.push(format!(
                            "{}:{}: `{word}`: {instead}",
                            name(&path),
                            number + 1
                        ));
                    }
                }
            }
        }
    }
    check(problems);
}

/// Modules declared in a file: `mod x;` with or without `pub`, and the paths of `#[path]`.
fn declared(text: &str) -> BTreeSet<String> {
    let module = |line: &str| {
        let rest = line.trim().strip_suffix(';')?;
        let rest = rest.rsplit_once("mod ")?;
        (rest.0.is_empty() || rest.0.starts_with("pub")).then(|| rest.1.to_owned())
    };
    text.lines().filter_map(module).collect()
}

#[test]
fn no_dead_files() {
    let src = root().join("src");
    let mut problems = Vec::new();
    let mut parents: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for path in files(&src, "rs") {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let folder = path.parent().unwrap().to_owned();
        let home = match stem.as_str() {
            "mod" | "lib" | "main" => folder,
            _ => folder.join(stem),
        };
        parents
            .entry(home)
            .or_default()
            .extend(declared(&read(&path)));
    }
    for path in files(&src, "rs") {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let folder = path.parent().unwrap();
        let (home, module) = match stem.as_str() {
            "lib" | "main" => continue,
            "mod" => (
                folder.parent().unwrap(),
                folder.file_name().unwrap().to_string_lossy().into_owned(),
            ),
            _ => (folder, stem),
        };
        if !parents.get(home).is_some_and(|mods| mods.contains(&module)) {
            problems.push(format!(
                "{}: no `mod` line names it; add one or delete it",
                name(&path)
            ));
        }
    }
    check(problems);
}

#[test]
fn every_room_opens_with_what_it_is() {
    let no_opening = |path: &PathBuf| {
        if path.ends_with("tests.rs") {
            return None;
        }
        let text = read(path);
        (!text.starts_with("//! "))
            .then(|| format!("{}: begin with `//! ` and what it is", name(path)))
    };
    let all = files(&root().join("src"), "rs");
    check(all.iter().filter_map(no_opening).collect());
}

#[test]
fn no_unwrap_outside_tests() {
    let mut problems = Vec::new();
    for path in files(&root().join("src"), "rs") {
        if name(&path).ends_with("tests.rs") || name(&path).contains("/tests/") {
            continue;
        }
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            if line.contains(concat!(".unw", "rap()")) && !line.trim_start().starts_with("//") {
                problems.push(format!(
                    "{}:{}: say why it holds, or return it",
                    name(&path),
                    number + 1
                ));
            }
        }
    }
    check(problems);
}

/// The targets of links such as `[text](target)` in a document, web addresses and anchors left out.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in text.split("](").skip(1) {
        let target = part.split(')').next().unwrap_or_default();
        let target = target.split('#').next().unwrap_or_default();
        let outside =
            target.contains("://") || target.starts_with("mailto:") || target.starts_with("xmpp:");
        if !target.is_empty() && !outside && !target.contains(char::is_whitespace) {
            found.push(target.to_owned());
        }
    }
    found
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut problems = Vec::new();
    let mut pages = files(&root().join("docs"), "md");
    pages.extend(["README.md", "CHANGELOG.md"].map(|page| root().join(page)));
    for page in pages.iter().filter(|page| page.exists()) {
        for target in links(&read(page)) {
            if !page.parent().unwrap().join(&target).exists() {
                problems.push(format!(
                    "{}: the link to {target} leads nowhere",
                    name(page)
                ));
            }
        }
    }
    check(problems);
}
