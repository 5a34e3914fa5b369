//! How answers and effects look in a transcript: short lines, exact words.

use xmpp_referee::commands::{
    Answer, FieldKind, FormOut, Halls, Inmate, Listing, Reply, Rows, Seen, StepState, Stop, Value,
};
use xmpp_referee::engine::{Act, EventOut, Item, Sending};
use xmpp_referee::kit::{Block, Refusal, Words};

/// What a transcript leaves out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taste {
    /// Show boards; else `[board]` stands for them.
    pub boards: bool,
    /// Show the ids of effects.
    pub ids: bool,
    /// Show what programs read: result fields, events.
    pub fields: bool,
}

/// A long hash, key or signature says nothing to a reader and changes with every byte of a record.
pub fn without_hashes(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=') {
            word.push(c);
            continue;
        }
        match word.len() {
            88 if word.ends_with("==") => out.push_str("<signature>"),
            44 if word.ends_with('=') => out.push_str("<key>"),
            _ => hide_digits(&word, &mut out),
        }
        word.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

/// Hides runs of hexadecimal digits that are as long as a hash or its short form.
fn hide_digits(word: &str, out: &mut String) {
    let mut run = String::new();
    for c in word.chars().chain(['\0']) {
        if c.is_ascii_digit() || ('a'..='f').contains(&c) {
            run.push(c);
            continue;
        }
        out.push_str(if run.len() >= 16 { "<hash>" } else { &run });
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
}

/// Words behind a name: the first line after it, the others below.
pub fn said(lead: &str, words: &Words, taste: Taste) -> Vec<String> {
    let mut lines = Vec::new();
    for block in &words.0 {
        match block {
            Block::Line(line) => lines.push(line.clone()),
            Block::Board(board) if taste.boards => {
                lines.extend(board.lines().map(|row| format!("| {row}")))
            }
            Block::Board(_) => lines.push("[board]".to_owned()),
        }
    }
    let mut out = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let line = without_hashes(line);
        out.push(if n == 0 {
            format!("{lead} {line}")
        } else {
            format!("    {line}")
        });
    }
    out
}

fn refused(lead: &str, no: &Refusal) -> Vec<String> {
    let mut out = vec![format!("{lead} {}", no.text)];
    out.extend(no.hint.iter().map(|hint| format!("    {hint}")));
    out.push(format!("    ({})", no.code));
    out
}

fn reply(lead: &str, reply: &Reply, taste: Taste) -> Vec<String> {
    let mut out = said(lead, &reply.words, taste);
    if taste.fields {
        out.extend(reply.fields.iter().map(field));
        out.extend(reply.rows.iter().flat_map(rows));
    }
    out
}

/// A field of a form, for programs.
fn field((name, value): &(&'static str, Value)) -> String {
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::List(list) => format!("[{}]", list.join(", ")),
    };
    format!("    {name} = {}", without_hashes(&text))
}

fn rows(table: &Rows) -> Vec<String> {
    let head = table.columns.iter().map(|(name, _)| (*name).to_owned());
    let mut out = vec![format!("    # {}", head.collect::<Vec<_>>().join(" | "))];
    let row = |row: &Vec<String>| format!("    - {}", without_hashes(&row.join(" | ")));
    out.extend(table.rows.iter().map(row));
    out
}

fn form(lead: &str, form: &FormOut) -> Vec<String> {
    let mut out = vec![format!("{lead} form: {}", form.title)];
    out.push(format!("    {}", form.instructions));
    for field in &form.fields {
        let kind = match &field.kind {
            FieldKind::Text | FieldKind::Lines => String::new(),
            FieldKind::Flag => " (yes or no)".to_owned(),
            FieldKind::Pick(options) => {
                let values: Vec<&str> = options.iter().map(|(value, _)| value.as_str()).collect();
                format!(" (one of {})", values.join(" "))
            }
        };
        let must = if field.required { " *" } else { "" };
        out.push(format!(
            "    {}{must} [{}] {}{kind}",
            field.name, field.value, field.label
        ));
    }
    if let Some(refusal) = &form.refused {
        out.insert(0, format!("{lead} refused: {refusal}"));
    }
    out
}

/// What somebody gets for a call.
pub fn answer(who: &str, place: &str, answer: &Answer, taste: Taste) -> Vec<String> {
    let lead = |private: bool| match (place, private) {
        ("", _) | (_, true) => format!("{who} <"),
        (room, false) => format!("{room} <"),
    };
    match answer {
        Answer::Silence => Vec::new(),
        Answer::Sorry => vec![format!("{who} < (sorry: nothing was changed, try later)")],
        Answer::Nothing => vec![format!("{who} < (item-not-found)")],
        Answer::Say { result, private } => match result {
            Ok(said) => reply(&lead(*private), said, taste),
            Err(no) => refused(&lead(*private), no),
        },
        Answer::Stop(stop, why) => {
            let name = match stop {
                Stop::Forbidden => "forbidden",
                Stop::Unknown => "unknown",
                Stop::BadSession => "bad session",
                Stop::Overload => "overload",
            };
            vec![format!("{who} < error, {name}: {why}")]
        }
        Answer::Step(step) => match &step.state {
            StepState::Asking(asked) => form(&format!("{who} <"), asked),
            StepState::Cancelled => vec![format!("{who} < cancelled")],
            StepState::Done(Err(no)) => refused(&format!("{who} < completed, refused:"), no),
            StepState::Done(Ok(said)) => {
                let taste = Taste {
                    fields: true,
                    ..taste
                };
                reply(&format!("{who} < completed:"), said, taste)
            }
        },
        Answer::Seen(seen) => self::seen(who, seen),
    }
}

fn seen(who: &str, seen: &Seen) -> Vec<String> {
    let listing = |listing: &Listing| -> Vec<String> {
        let shown = listing.items.len();
        let mut out = vec![format!(
            "{who} sees {shown} of {}, from {}",
            listing.count, listing.first_index
        )];
        out.extend(
            listing
                .items
                .iter()
                .map(|item| format!("    {}: {}", item.key, item.name)),
        );
        out
    };
    match seen {
        Seen::Match(info) => {
            let mut out = vec![format!("{who} sees {} ({})", info.name, info.game)];
            out.extend(info.form.iter().map(field));
            out
        }
        Seen::Items(items) => listing(items),
        Seen::Commands(commands) => {
            let names: Vec<&str> = commands.iter().map(|(name, _)| name.as_str()).collect();
            vec![format!("{who} may use {}", names.join(" "))]
        }
        Seen::Found(table, items) => {
            let mut out = listing(items);
            out.extend(rows(table));
            out
        }
        Seen::Status(status) => vec![format!(
            "{who} sees status: {} ({} waiting{})",
            status.text,
            status.waiting,
            if status.gone { ", gone" } else { "" }
        )],
        Seen::Clan(info) => {
            let mut out = vec![format!("{who} sees the clan {}", info.name)];
            out.extend(info.form.iter().map(field));
            out
        }
        Seen::Clans(_) => vec![format!("{seen:?}")],
        Seen::Keys(keys) => vec![format!("{who} sees {} keys", keys.len())],
        Seen::Halls(halls) => halls_of(halls),
        Seen::Nodes(nodes) => vec![format!("{nodes:?}")],
        Seen::Standing(standing) => vec![format!("{standing:?}")],
        Seen::Table(_)
        | Seen::Muted(_)
        | Seen::Guest(..)
        | Seen::Decision(..)
        | Seen::Directory(_) => {
            vec![format!("{seen:?}")]
        }
    }
}

/// What an effect looks like to those it reaches. Feed items are shown by `feed` and `news` only.
pub fn effect(sending: &Sending, taste: Taste) -> Vec<String> {
    let id = match taste.ids {
        true => format!(" {{{}}}", sending.effect.id),
        false => String::new(),
    };
    match &sending.effect.act {
        Act::Tell(note) => {
            let mut out = Vec::new();
            for to in &sending.to {
                let turn = if note.turn.is_some() { " (turn)" } else { "" };
                let name = to.jid.split('@').next().unwrap_or_default();
                let lead = format!("{name} <<{turn}{id}");
                if note.words.0.is_empty() {
                    out.push(format!("{lead} (no text)"));
                } else {
                    out.extend(said(&lead, &note.words, taste));
                }
                if let Some(event) = note.event.as_ref().filter(|_| taste.fields) {
                    out.extend(self::event(event));
                }
            }
            out
        }
        Act::Announce { game, words, .. } => said(&format!("room {game} <<{id}"), words, taste),
        Act::Lobby { words } => said(&format!("lobby <<{id}"), words, taste),
        Act::InHall {
            clan,
            private,
            words,
            ..
        } => {
            let which = if *private { "" } else { " (public)" };
            said(&format!("room clan-{clan}{which} <<{id}"), words, taste)
        }
        Act::Welcome { clan, room, .. } => {
            let names = sending.to.iter().map(|to| to.handle.as_str());
            let names: Vec<&str> = names.collect();
            let who = names.join(", ");
            vec![format!("{who} << (invitation to {room}, of {clan})")]
        }
        Act::CloseRoom { room, words } => said(&format!("room {room} closes:"), words, taste),
        Act::Contacts { group, add, .. } => contacts(sending, group, *add),
        Act::CloseFeed { node } => vec![format!("feed {node} is deleted")],
        Act::Voice { game, on, .. } => {
            let does = if *on { "may speak" } else { "may only listen" };
            let people = sending.to.iter().map(|to| &to.handle);
            people
                .map(|who| format!("room {game}: {who} {does}"))
                .collect()
        }
        Act::Mute { on, .. } => {
            let does = if *on { "may only listen" } else { "may speak" };
            let people = sending.to.iter().map(|to| &to.handle);
            people
                .map(|who| format!("lobby and clan rooms: {who} {does}"))
                .collect()
        }
        Act::OpenRoom { .. }
        | Act::OpenFeed { .. }
        | Act::Admit { .. }
        | Act::Publish { .. }
        | Act::ClanStatus { .. }
        | Act::Housekeep { .. }
        | Act::Nodes { .. }
        | Act::Post { .. }
        | Act::Retract { .. }
        | Act::Status { .. } => Vec::new(),
        Act::Part { addresses } => vec![format!("contacts of {} end", addresses.join(", "))],
    }
}

/// What the rooms of a clan should be like; the door alone is told.
fn halls_of(halls: &Halls) -> Vec<String> {
    let room = |room: &Option<String>| room.clone().unwrap_or_else(|| "none".to_owned());
    let one = |one: &Inmate| match &one.badge {
        Some(badge) => format!("{} ({badge})", one.jid),
        None => one.jid.clone(),
    };
    let list = |people: &[Inmate]| people.iter().map(one).collect::<Vec<_>>().join(", ");
    let exists = if halls.exists {
        ""
    } else {
        ", which is no more"
    };
    let mut out = vec![
        format!("rooms of {}{exists}", halls.name),
        format!(
            "    private: {}: {}",
            room(&halls.private),
            halls.subjects[0]
        ),
        format!("    public: {}: {}", room(&halls.public), halls.subjects[1]),
        format!("    members: {}", list(&halls.members)),
    ];
    if !halls.outcasts.is_empty() {
        out.push(format!("    outcasts: {}", list(&halls.outcasts)));
    }
    out
}

/// Contacts that are offered: the first is the one who reads it.
fn contacts(sending: &Sending, group: &str, add: bool) -> Vec<String> {
    let Some((to, who)) = sending.to.split_first() else {
        return Vec::new();
    };
    let name = to.jid.split('@').next().unwrap_or_default();
    let jids: Vec<&str> = who.iter().map(|one| one.jid.as_str()).collect();
    let what = if add { "add" } else { "take off" };
    vec![format!(
        "{name} << contacts of {group}: {what} {}",
        jids.join(", ")
    )]
}

fn event(event: &EventOut) -> Vec<String> {
    let again = match event.again {
        0 => String::new(),
        again => format!(", again {again}"),
    };
    let mut out = vec![format!("    event {} #{}{again}", event.kind, event.n)];
    for part in &event.parts {
        let attrs = part.attrs.iter().map(|(k, v)| format!(" {k}={v}"));
        let line = format!(
            "      {}{}: {}",
            part.name,
            attrs.collect::<String>(),
            part.text
        );
        out.push(without_hashes(&line));
    }
    out
}

/// A feed's items: id, kind and title.
pub fn items(items: &[Item]) -> Vec<String> {
    items
        .iter()
        .map(|item| {
            let title = without_hashes(&item.title);
            format!(
                "    {} #{} {}: {title}",
                item.id, item.event.n, item.event.kind
            )
        })
        .collect()
}
