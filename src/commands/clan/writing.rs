//! What the commands for pages share: fields, how a page is written, and how one is shown.

use super::CLAN;
use crate::clans::{ClanAsk, FileKind, Page, PageAsk, PageKind, Sees};
use crate::commands::card::{Ask, Field, Kind, WordsFor};
use crate::commands::reply::Reply;
use crate::engine::Desk;
use crate::kit::{ClanTag, Refusal, Words, clip, refuse};

/// Who may read it.
pub const SEES: Field = Field {
    name: "for",
    label: "Who may read it (members when empty)",
    kind: Kind::Pick(sees_choices),
    default: "",
    required: false,
    words: WordsFor::If(is_sees),
};
/// A title of its own.
pub const TITLE: Field = Field {
    name: "title",
    label: "Title (empty: the first line of the text)",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::Named,
};
/// The text.
pub const TEXT: Field = Field {
    name: "text",
    label: "Text",
    kind: Kind::Lines,
    default: "",
    required: true,
    words: WordsFor::Verbatim,
};
/// The fields of a page that is written. Who may read it comes before the text, which takes all words that are left.
pub const WRITTEN: &[Field] = &[CLAN, SEES, TEXT, TITLE];
/// Which page.
pub const PAGE: Field = Field {
    name: "page",
    label: "Number of the page",
    kind: Kind::Text,
    default: "",
    required: true,
    words: WordsFor::Next,
};

fn is_sees(word: &str) -> bool {
    Sees::read(word).is_some()
}

/// Whether a word says what a file is, for fields that take one.
pub fn is_file_kind(word: &str) -> bool {
    FileKind::read(word).is_some()
}

/// Whether a word may be a link, for fields that take one; the clan says what is wrong with it.
pub fn is_link(word: &str) -> bool {
    word.contains("://")
}

fn sees_choices(
    _: &Desk,
    _: &crate::commands::call::Caller,
    _: crate::commands::call::Place,
) -> Vec<(String, String)> {
    let choice = |sees: Sees| (sees.word().to_owned(), sees.readers().to_owned());
    Sees::ALL.into_iter().map(choice).collect()
}

impl Ask<'_> {
    /// Who is to read a page, where that was said.
    ///
    /// # Errors
    /// `clan/bad-readers`.
    pub fn sees(&self) -> Result<Option<Sees>, Refusal> {
        let Some(word) = self.field("for") else {
            return Ok(None);
        };
        let sees = Sees::read(&word.to_ascii_lowercase());
        sees.map(Some).ok_or_else(|| {
            refuse(
                "clan/bad-readers",
                format!("`{}` does not say who may read it.", clip(word, 30)),
            )
            .hint("Say public, members or officers.")
        })
    }

    /// What a file is, where that was said.
    ///
    /// # Errors
    /// `clan/bad-file`.
    pub fn file_kind(&self) -> Result<Option<FileKind>, Refusal> {
        let Some(word) = self.field("kind") else {
            return Ok(None);
        };
        let kind = FileKind::read(&word.to_ascii_lowercase());
        kind.map(Some).ok_or_else(|| {
            refuse(
                "clan/bad-file",
                format!("`{}` is no kind of file.", clip(word, 30)),
            )
            .hint("Say recording, demo, screenshot or other.")
        })
    }

    /// The number of the page that is meant.
    ///
    /// # Errors
    /// `clan/bad-page`.
    pub fn page_number(&self, tag: ClanTag) -> Result<u32, Refusal> {
        let text = self.field("page").unwrap_or_default();
        text.trim_start_matches('#').parse().map_err(|_| {
            refuse(
                "clan/bad-page",
                format!("`{}` is no number of a page.", clip(text, 30)),
            )
            .hint(format!("Type `clan pages {tag}` for the numbers."))
        })
    }

    /// Writes a page and says where it is.
    ///
    /// # Errors
    /// Whatever the clan refuses; `people/muted` where others would be told of it.
    pub fn write_page(
        &mut self,
        kind: PageKind,
        text: String,
        file: Option<(String, FileKind)>,
    ) -> Result<Reply, Refusal> {
        let tag = self.clan()?;
        let sees = self.sees()?.unwrap_or(Sees::Members);
        let wish = PageAsk::Write {
            kind,
            sees,
            title: self.field("title").map(str::to_owned),
            text,
            file,
        };
        self.ask_clan(tag, &ClanAsk::Page(wish))?;
        let number = self.desk.clan(tag)?.clan.pages.last;
        let more = match sees {
            Sees::Public => String::new(),
            _ => format!(" `clan edit {tag} {number} public` shows it to everybody."),
        };
        let told = match kind {
            PageKind::News => "They are told.",
            _ => "Nobody is told.",
        };
        let text = format!(
            "Page {number} ({}) is there. {} may read it. {told}{more}",
            kind.word(),
            sees.readers()
        );
        Ok(self.about_page(tag, number, Words::line(format!("[{tag}] {text}"))))
    }

    /// The answer of a command about a page.
    pub fn about_page(&self, tag: ClanTag, number: u32, words: Words) -> Reply {
        let reply = self.with_clan(tag, words).with("page", number.to_string());
        let page = self.desk.clan(tag).ok();
        match page.and_then(|live| live.clan.pages.all.get(&number)) {
            Some(page) => reply
                .with("kind", page.kind.word())
                .with("for", page.sees.word())
                .with("title", page.title.clone()),
            None => reply,
        }
    }
}

/// A page in one line, for lists.
pub fn page_line(number: u32, page: &Page) -> String {
    let kind = match &page.file {
        Some(file) => file.kind.word(),
        None => page.kind.word(),
    };
    let sees = match page.sees {
        Sees::Public => String::new(),
        sees => format!(", {} only", sees.word()),
    };
    format!(
        "{number}. {} ({kind}, {}{sees})",
        page.title,
        page.changed().jiff().strftime("%Y-%m-%d")
    )
}
