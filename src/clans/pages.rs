//! A clan's own pages: news, notes, strategies and links to files, each for everybody, for members or for officers.
//!
//! A page keeps its number for ever; an edit replaces what it says, a removed one is gone from every outlet and stays in the
//! clan's record, which is given only to those who may export it. Begin reading with [`Page`], then [`Ask`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clan::{Clan, ClanEvent, Permission, authorise};
use crate::kit::{PersonId, Refusal, Timestamp, clean_line, clip, read_link, refuse};

/// The most pages a clan has at a time.
pub const MAX_PAGES: usize = 100;
/// The longest text of a page, in characters.
pub const MAX_PAGE_CHARS: usize = 2000;
/// The longest title, in characters.
pub const MAX_PAGE_TITLE_CHARS: usize = 80;

/// Who may read a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sees {
    /// Everybody.
    Public,
    /// Those who may read what is for members.
    Members,
    /// Those who may read what is for officers.
    Officers,
}

impl Sees {
    /// All of them, the widest first.
    pub const ALL: [Sees; 3] = [Sees::Public, Sees::Members, Sees::Officers];

    /// The word people type.
    pub fn word(self) -> &'static str {
        match self {
            Sees::Public => "public",
            Sees::Members => "members",
            Sees::Officers => "officers",
        }
    }

    /// Reads the word, in small letters alone: a text may begin with "Members".
    pub fn read(text: &str) -> Option<Sees> {
        Sees::ALL.into_iter().find(|one| one.word() == text)
    }

    /// The permission it takes to read; none for everybody.
    pub fn needs(self) -> Option<Permission> {
        match self {
            Sees::Public => None,
            Sees::Members => Some(Permission::Read),
            Sees::Officers => Some(Permission::Confidential),
        }
    }

    /// Who reads it, as the beginning of a sentence.
    pub fn readers(self) -> &'static str {
        match self {
            Sees::Public => "Everybody",
            Sees::Members => "Members",
            Sees::Officers => "Officers",
        }
    }
}

/// What a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageKind {
    /// Told to everybody who may read it, once.
    News,
    /// Something to look up.
    Note,
    /// How to play.
    Strategy,
    /// A link to a file.
    File,
}

impl PageKind {
    /// All kinds.
    pub const ALL: [PageKind; 4] = [
        PageKind::News,
        PageKind::Note,
        PageKind::Strategy,
        PageKind::File,
    ];

    /// The word people type.
    pub fn word(self) -> &'static str {
        match self {
            PageKind::News => "news",
            PageKind::Note => "note",
            PageKind::Strategy => "strategy",
            PageKind::File => "file",
        }
    }

    /// Reads the word, also in the plural.
    pub fn read(text: &str) -> Option<PageKind> {
        let text = text.trim().to_ascii_lowercase();
        match text.as_str() {
            "notes" => Some(PageKind::Note),
            "strategies" => Some(PageKind::Strategy),
            "files" => Some(PageKind::File),
            _ => PageKind::ALL.into_iter().find(|one| one.word() == text),
        }
    }
}

/// What a linked file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A video or sound of a match.
    Recording,
    /// What the game itself wrote of a match.
    Demo,
    /// A picture.
    Screenshot,
    /// Anything else.
    Other,
}

impl FileKind {
    /// All kinds.
    pub const ALL: [FileKind; 4] = [
        FileKind::Recording,
        FileKind::Demo,
        FileKind::Screenshot,
        FileKind::Other,
    ];

    /// The word people type.
    pub fn word(self) -> &'static str {
        match self {
            FileKind::Recording => "recording",
            FileKind::Demo => "demo",
            FileKind::Screenshot => "screenshot",
            FileKind::Other => "other",
        }
    }

    /// Reads the word, in small letters alone: a title may begin with "Demo".
    pub fn read(text: &str) -> Option<FileKind> {
        FileKind::ALL.into_iter().find(|one| one.word() == text)
    }
}

/// A link to a file that lies elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLink {
    /// Its address, http or https.
    pub url: String,
    /// What it is.
    pub kind: FileKind,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// What it is.
    pub kind: PageKind,
    /// Who may read it.
    pub sees: Sees,
    /// One line.
    pub title: String,
    /// Several lines, or none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The file, for a page that is a link to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileLink>,
    /// Who wrote it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Timestamp>,
}

impl Page {
    /// When it last became what it is.
    pub fn changed(&self) -> Timestamp {
        self.edited.unwrap_or(self.at)
    }
}

/// Something that happened to the pages. Kinds and fields are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Event {
    /// A page was written.
    Written {
        /// Its number.
        page: u32,
        /// What it is.
        kind: PageKind,
        /// Who may read it.
        sees: Sees,
        /// Its title.
        title: String,
        /// Its text.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// The file it links to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<FileLink>,
    },
    /// A page says something else, or is for others, from now on.
    Edited {
        /// Its number.
        page: u32,
        /// Who may read it.
        sees: Sees,
        /// Who could before, where that has changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was: Option<Sees>,
        /// Its title.
        title: String,
        /// Its text.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// The file it links to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<FileLink>,
    },
    /// A page is gone.
    Removed {
        /// Its number.
        page: u32,
        /// Who could read it.
        sees: Sees,
    },
    /// This pubsub node is ours, and has the pages for these readers; without a node it is deleted.
    Node {
        /// For whom.
        sees: Sees,
        /// Its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
    },
}

impl Event {
    /// The word for it in messages to programs.
    pub fn word(&self) -> &'static str {
        match self {
            Event::Written { .. } => "page",
            Event::Edited { .. } => "page-edited",
            Event::Removed { .. } => "page-removed",
            Event::Node { .. } => "page-node",
        }
    }

    /// The kind in an `<event/>`, where everybody may know of it.
    pub fn kind(&self) -> Option<&'static str> {
        let public = match self {
            Event::Written { sees, .. } | Event::Removed { sees, .. } => *sees == Sees::Public,
            Event::Edited { sees, was, .. } => [Some(*sees), *was].contains(&Some(Sees::Public)),
            Event::Node { .. } => false,
        };
        public.then(|| self.word())
    }
}

/// What one may ask of the pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Write a page.
    Write {
        /// What it is.
        kind: PageKind,
        /// Who may read it.
        sees: Sees,
        /// Its title; without one the text's first line is the title.
        title: Option<String>,
        /// Its text.
        text: String,
        /// The file it links to: address and kind.
        file: Option<(String, FileKind)>,
    },
    /// Change a page; what is missing stays.
    Edit {
        /// Its number.
        page: u32,
        /// Who may read it.
        sees: Option<Sees>,
        /// Its title.
        title: Option<String>,
        /// Its text.
        text: Option<String>,
        /// The file's address.
        url: Option<String>,
        /// What the file is.
        file: Option<FileKind>,
    },
    /// Remove a page.
    Remove {
        /// Its number.
        page: u32,
    },
}

/// The pages of a clan, by number, and the nodes that show them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pages {
    /// The pages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub all: BTreeMap<u32, Page>,
    /// The highest number given out.
    #[serde(default)]
    pub last: u32,
    /// The nodes that are ours.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub nodes: BTreeMap<Sees, String>,
}

impl Pages {
    /// Whether there was never anything here.
    pub fn is_empty(&self) -> bool {
        *self == Pages::default()
    }

    /// Whether there is to be a node for these readers: the public one always, another from its first page on.
    pub fn wants(&self, sees: Sees) -> bool {
        sees == Sees::Public
            || self.nodes.contains_key(&sees)
            || self.all.values().any(|page| page.sees == sees)
    }

    /// Applies one event.
    pub fn evolve(&mut self, at: Timestamp, by: PersonId, event: &Event) {
        match event.clone() {
            Event::Written {
                page,
                kind,
                sees,
                title,
                text,
                file,
            } => {
                self.last = self.last.max(page);
                let written = Page {
                    kind,
                    sees,
                    title,
                    text,
                    file,
                    by,
                    at,
                    edited: None,
                };
                self.all.insert(page, written);
            }
            Event::Edited {
                page,
                sees,
                title,
                text,
                file,
                ..
            } => {
                if let Some(known) = self.all.get_mut(&page) {
                    (known.sees, known.title, known.text, known.file) = (sees, title, text, file);
                    known.edited = Some(at);
                }
            }
            Event::Removed { page, .. } => {
                self.all.remove(&page);
            }
            Event::Node { sees, node } => match node {
                Some(node) => {
                    self.nodes.insert(sees, node);
                }
                None => {
                    self.nodes.remove(&sees);
                }
            },
        }
    }
}

impl Clan {
    /// Whether somebody, or a stranger, may read what is for these readers.
    pub fn may_read(&self, person: Option<PersonId>, sees: Sees) -> bool {
        match sees.needs() {
            None => self.is_alive(),
            Some(needed) => person.is_some_and(|who| authorise(self, who, needed).allowed),
        }
    }

    /// The pages that somebody may read, the newest first.
    pub fn pages_for(&self, person: Option<PersonId>) -> impl Iterator<Item = (u32, &Page)> {
        let newest = self.pages.all.iter().rev();
        newest
            .filter(move |(_, page)| self.may_read(person, page.sees))
            .map(|(number, page)| (*number, page))
    }

    /// A page that somebody may read.
    ///
    /// # Errors
    /// The same for a page that is not there and one that is for others.
    pub fn page_for(&self, person: Option<PersonId>, number: u32) -> Result<&Page, Refusal> {
        let page = self.pages.all.get(&number);
        page.filter(|page| self.may_read(person, page.sees))
            .ok_or_else(|| {
                refuse(
                    "clan/no-page",
                    format!("{} has no page {number} that you may read.", self.tag),
                )
                .hint(format!("Type `clan pages {}` for those it has.", self.tag))
            })
    }

    /// Those who may read what is for these readers by being members, in the order of their ids.
    pub fn readers_of(&self, sees: Sees) -> Vec<PersonId> {
        match sees.needs() {
            Some(needed) => self.those_who_may(needed).collect(),
            None => self.members.keys().copied().collect(),
        }
    }

    /// What comes of a wish about pages.
    pub(super) fn decide_page(&self, by: PersonId, ask: &Ask) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::EditPages)?;
        let event = match ask {
            Ask::Write {
                kind,
                sees,
                title,
                text,
                file,
            } => {
                self.require_sight(by, *sees)?;
                if self.pages.all.len() >= MAX_PAGES {
                    let tag = self.tag;
                    return Err(refuse(
                        "clan/many-pages",
                        format!("{tag} has {MAX_PAGES} pages, and that is the limit."),
                    )
                    .hint(format!(
                        "Type `clan pages {tag}` and remove one that nobody needs, such as `clan remove {tag} 1`."
                    )));
                }
                let (title, text) = written(title.as_deref(), text)?;
                let file = match file {
                    Some((url, kind)) => Some(FileLink {
                        url: url_of(url)?,
                        kind: *kind,
                    }),
                    None => None,
                };
                Event::Written {
                    page: self.pages.last + 1,
                    kind: *kind,
                    sees: *sees,
                    title,
                    text,
                    file,
                }
            }
            Ask::Edit {
                page,
                sees,
                title,
                text,
                url,
                file,
            } => {
                let known = self.page_for(Some(by), *page)?;
                let sees = sees.unwrap_or(known.sees);
                self.require_sight(by, sees)?;
                let (title, text) = match (title, text) {
                    (None, None) => (known.title.clone(), known.text.clone()),
                    (Some(title), None) => written(Some(title), &known.text)?,
                    (title, Some(text)) => written(title.as_deref(), text)?,
                };
                let file = edited_file(known, url.as_deref(), *file)?;
                if (sees, &title, &text, &file)
                    == (known.sees, &known.title, &known.text, &known.file)
                {
                    return Err(refuse(
                        "clan/unchanged",
                        format!("Page {page} says that already."),
                    )
                    .hint(format!("Type `clan read {} {page}` to see it.", self.tag)));
                }
                Event::Edited {
                    page: *page,
                    sees,
                    was: (sees != known.sees).then_some(known.sees),
                    title,
                    text,
                    file,
                }
            }
            Ask::Remove { page } => Event::Removed {
                page: *page,
                sees: self.page_for(Some(by), *page)?.sees,
            },
        };
        Ok(vec![ClanEvent::Page(event)])
    }

    /// Nobody writes what they may not read.
    fn require_sight(&self, by: PersonId, sees: Sees) -> Result<(), Refusal> {
        match sees.needs() {
            Some(needed) => self.require(by, needed),
            None => Ok(()),
        }
    }
}

/// The file of a page after an edit.
fn edited_file(
    known: &Page,
    url: Option<&str>,
    kind: Option<FileKind>,
) -> Result<Option<FileLink>, Refusal> {
    let Some(file) = &known.file else {
        if url.is_some() || kind.is_some() {
            return Err(refuse("clan/no-file", "That page is no link to a file.")
                .hint("Type `clan file` and a link to add one, or put the link into the text."));
        }
        return Ok(None);
    };
    Ok(Some(FileLink {
        url: url.map_or(Ok(file.url.clone()), url_of)?,
        kind: kind.unwrap_or(file.kind),
    }))
}

fn url_of(text: &str) -> Result<String, Refusal> {
    read_link(text).map_err(|why| {
        refuse("clan/no-link", format!("`{}` {why}.", clip(text.trim(), 40)))
            .hint("Send the file with your client first, and give the link it shows, such as https://upload.example.org/final.dem.")
    })
}

/// Title and text as they are kept. Without a title it is the first line; a single long line is its own title, clipped.
fn written(title: Option<&str>, text: &str) -> Result<(String, String), Refusal> {
    let text = cleaned(text)?;
    let Some(title) = title else {
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        if first.is_empty() {
            return Err(
                refuse("clan/empty-page", "There is nothing on that page.").hint(
                    "Put a title and a text at the end of the line; the first line is the title.",
                ),
            );
        }
        if first.chars().count() > MAX_PAGE_TITLE_CHARS {
            return Ok((clip(first, MAX_PAGE_TITLE_CHARS), text));
        }
        return Ok((first.to_owned(), rest.trim_start().to_owned()));
    };
    let clean = clean_line(title, 2 * MAX_PAGE_TITLE_CHARS);
    if clean.is_empty() {
        return Err(
            refuse("clan/empty-page", "A page needs a title.").hint("Give it one of a few words.")
        );
    }
    if clean.chars().count() > MAX_PAGE_TITLE_CHARS {
        return Err(refuse(
            "clan/long",
            format!("The title is longer than {MAX_PAGE_TITLE_CHARS} characters."),
        )
        .hint("Say it shorter, and put the rest into the text."));
    }
    Ok((clean, text))
}

/// The lines of a text without what cannot be seen; never two empty ones in a row.
fn cleaned(text: &str) -> Result<String, Refusal> {
    if text.chars().count() > MAX_PAGE_CHARS {
        return Err(refuse(
            "clan/long",
            format!("The text is longer than {MAX_PAGE_CHARS} characters."),
        )
        .hint("Make two pages of it, or give a link."));
    }
    let mut out = String::new();
    for line in text.lines() {
        let line = clean_line(line, MAX_PAGE_CHARS);
        if line.is_empty() && (out.is_empty() || out.ends_with("\n\n")) {
            continue;
        }
        out.push_str(&line);
        out.push('\n');
    }
    Ok(out.trim_end().to_owned())
}
