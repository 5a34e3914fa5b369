//! Cuts the bytes of a component stream into whole stanzas, without trusting any of them.
//!
//! Stanzas are told apart by tags and quotes alone, so that one that cannot be parsed is lost alone.

/// Longest stanza that is kept, in bytes. Servers let clients send 256 KiB and other servers 512 KiB.
pub const MAX_STANZA: usize = 1024 * 1024;

/// Deepest nesting that is kept. Trees are walked and freed by recursion, so depth from strangers costs stack.
pub const MAX_DEPTH: usize = 128;

/// How much of a stanza that is not kept is looked at for its sender and id.
pub const MAX_HEAD: usize = 16 * 1024;

/// One piece of the stream, as raw bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// The opening tag of the stream.
    Header(&'a [u8]),
    /// A whole child of the stream, from `<` to `>`.
    Stanza(&'a [u8]),
    /// The beginning of a child that is over [`MAX_STANZA`] or [`MAX_DEPTH`]; the rest was thrown away.
    Refused(&'a [u8]),
    /// The closing tag of the stream: nothing follows.
    Footer,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Text,
    /// After `<`.
    Open,
    /// In a tag, outside quotes; `slash` is true right after a `/`.
    Tag {
        closing: bool,
        slash: bool,
    },
    Quote {
        mark: u8,
    },
    /// After `<!`.
    Bang,
    /// After `<!-`.
    BangDash,
    /// In `<!…>` of no known kind.
    Declaration,
    /// In a comment, after so many dashes.
    Comment {
        dashes: u8,
    },
    /// In a CDATA section, after so many closing brackets.
    Cdata {
        brackets: u8,
    },
    /// In a processing instruction; `mark` is true right after a `?`.
    Instruction {
        mark: bool,
    },
}

/// What a byte completed.
enum Step {
    Nothing,
    /// A tag begins here.
    Begin,
    OpeningTag,
    EmptyTag,
    ClosingTag,
    /// A comment, an instruction or a declaration: no tag after all.
    Noise,
}

/// Cuts a stream of bytes into [`Frame`]s; memory is bounded by [`MAX_STANZA`] and one read.
#[derive(Debug)]
pub struct Framer {
    buffer: Vec<u8>,
    scanned: usize,
    /// Where the unfinished frame begins in `buffer`.
    start: Option<usize>,
    /// Where the `<` last seen stands in `buffer`.
    tag: usize,
    depth: usize,
    state: State,
    /// The kept beginning of a frame that is being thrown away.
    refused: Option<Vec<u8>>,
    finished: Vec<u8>,
}

impl Default for Framer {
    fn default() -> Self {
        Framer {
            buffer: Vec::new(),
            scanned: 0,
            start: None,
            tag: 0,
            depth: 0,
            state: State::Text,
            refused: None,
            finished: Vec::new(),
        }
    }
}

impl Framer {
    /// Where to read more bytes into, at the end. Frames given before are forgotten.
    pub fn space(&mut self) -> &mut Vec<u8> {
        let done = self.start.unwrap_or(self.scanned);
        if done > 0 {
            self.buffer.drain(..done);
            self.scanned -= done;
            self.tag = self.tag.saturating_sub(done);
            self.start = self.start.map(|_| 0);
        }
        &mut self.buffer
    }

    /// The next whole frame, or none until more bytes are there.
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        while let Some(&byte) = self.buffer.get(self.scanned) {
            if matches!(self.state, State::Text) && byte != b'<' {
                let rest = &self.buffer[self.scanned..];
                self.scanned += rest.iter().position(|b| *b == b'<').unwrap_or(rest.len());
                self.refuse_when_long();
                continue;
            }
            let (state, step) = advance(self.state, byte);
            self.state = state;
            self.scanned += 1;
            match step {
                Step::Nothing => {}
                Step::Begin => self.begin(),
                Step::Noise => self.skip_noise(),
                Step::OpeningTag => {
                    self.depth += 1;
                    if self.depth == 1 {
                        let range = self.start.take().unwrap_or(self.tag)..self.scanned;
                        return Some(Frame::Header(&self.buffer[range]));
                    }
                    if self.depth > MAX_DEPTH {
                        self.refuse();
                    }
                }
                Step::EmptyTag if self.depth <= 1 => return Some(self.finish()),
                Step::EmptyTag => {}
                Step::ClosingTag => {
                    self.depth = self.depth.saturating_sub(1);
                    match self.depth {
                        0 => {
                            self.start = None;
                            return Some(Frame::Footer);
                        }
                        1 => return Some(self.finish()),
                        _ => {}
                    }
                }
            }
            self.refuse_when_long();
        }
        None
    }

    fn begin(&mut self) {
        self.tag = self.scanned - 1;
        if self.depth <= 1 && self.start.is_none() && self.refused.is_none() {
            self.start = Some(self.tag);
        }
    }

    /// Outside stanzas, comments and the like are not part of any frame; inside, the parser judges them.
    fn skip_noise(&mut self) {
        if self.depth <= 1 {
            self.start = None;
            self.refused = None;
        }
    }

    fn refuse_when_long(&mut self) {
        if self
            .start
            .is_some_and(|start| self.scanned - start > MAX_STANZA)
        {
            self.refuse();
        }
    }

    fn refuse(&mut self) {
        if let Some(start) = self.start.take() {
            let end = self.scanned.min(start + MAX_HEAD);
            self.refused = Some(self.buffer[start..end].to_vec());
        }
    }

    fn finish(&mut self) -> Frame<'_> {
        if let Some(head) = self.refused.take() {
            self.finished = head;
            return Frame::Refused(&self.finished);
        }
        let start = self.start.take().unwrap_or(self.tag);
        Frame::Stanza(&self.buffer[start..self.scanned])
    }
}

fn advance(state: State, byte: u8) -> (State, Step) {
    use State::*;
    let next = match (state, byte) {
        (Text, b'<') => return (Open, Step::Begin),
        (Text, _) => Text,
        (Open, b'/') => Tag {
            closing: true,
            slash: false,
        },
        (Open, b'!') => Bang,
        (Open, b'?') => Instruction { mark: false },
        (Open, b'>') => return (Text, Step::OpeningTag),
        (Open, _) => Tag {
            closing: false,
            slash: false,
        },
        (Tag { closing: true, .. }, b'>') => return (Text, Step::ClosingTag),
        (Tag { slash: true, .. }, b'>') => return (Text, Step::EmptyTag),
        (Tag { .. }, b'>') => return (Text, Step::OpeningTag),
        (Tag { closing: false, .. }, mark @ (b'"' | b'\'')) => Quote { mark },
        (Tag { closing, .. }, b) => Tag {
            closing,
            slash: b == b'/',
        },
        (Quote { mark }, b) if b == mark => Tag {
            closing: false,
            slash: false,
        },
        (Quote { mark }, _) => Quote { mark },
        (Bang, b'-') => BangDash,
        (Bang, b'[') => Cdata { brackets: 0 },
        (BangDash, b'-') => Comment { dashes: 0 },
        (Bang | BangDash | Declaration, b'>') => return (Text, Step::Noise),
        (Bang | BangDash | Declaration, _) => Declaration,
        (Comment { dashes: 2 }, b'>') => return (Text, Step::Noise),
        (Comment { dashes }, b'-') => Comment {
            dashes: (dashes + 1).min(2),
        },
        (Comment { .. }, _) => Comment { dashes: 0 },
        (Cdata { brackets: 2 }, b'>') => return (Text, Step::Noise),
        (Cdata { brackets }, b']') => Cdata {
            brackets: (brackets + 1).min(2),
        },
        (Cdata { .. }, _) => Cdata { brackets: 0 },
        (Instruction { mark: true }, b'>') => return (Text, Step::Noise),
        (Instruction { .. }, b) => Instruction { mark: b == b'?' },
    };
    (next, Step::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: &str =
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' id='a>b'>";

    /// The stanzas that come out when the bytes arrive in pieces of these sizes, in turn.
    fn cut(bytes: &[u8], sizes: &[usize]) -> Vec<String> {
        let (mut framer, mut out, mut rest) = (Framer::default(), Vec::new(), bytes);
        for size in sizes.iter().cycle() {
            let (piece, later) = rest.split_at((*size).min(rest.len()));
            framer.space().extend_from_slice(piece);
            rest = later;
            while let Some(frame) = framer.next_frame() {
                out.push(match frame {
                    Frame::Header(_) => "header".to_owned(),
                    Frame::Footer => "footer".to_owned(),
                    Frame::Stanza(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
                    Frame::Refused(head) => {
                        format!("refused {}", &String::from_utf8_lossy(head)[..5])
                    }
                });
            }
            assert!(framer.buffer.len() <= MAX_STANZA + bytes.len().min(size + 1));
            if rest.is_empty() {
                return out;
            }
        }
        out
    }

    #[test]
    fn odd_shapes() {
        let stanzas = [
            "<a b='>' c=\"/>'<\"/>",
            "<m><!-- </m> - -- > --><b><![CDATA[</m>]] ></m>]]]></b></m>",
            "<m>é€𝄞<x/>&lt;</m>",
            "<iq id='/'><q/></iq >",
            "<m a = 'b' / ></m>",
        ];
        let text = format!(
            "{HEADER} \n<!-- <x> -->{}\n</stream:stream>",
            stanzas.join(" ")
        );
        let mut expected = vec!["header"];
        expected.extend(stanzas);
        expected.push("footer");
        for size in 1..40 {
            assert_eq!(cut(text.as_bytes(), &[size]), expected);
        }
    }

    #[test]
    fn long_and_deep_ones_are_refused_alone() {
        let long = format!("<m><b>{}</b></m>", "x".repeat(2 * MAX_STANZA));
        let deep = format!("<m>{}{}</m>", "<a>".repeat(50_000), "</a>".repeat(50_000));
        let text = format!("{HEADER}{long}<ok1/>{deep}<ok2/>");
        let expected = [
            "header",
            "refused <m><b",
            "<ok1/>",
            "refused <m><a",
            "<ok2/>",
        ];
        for size in [1000, 8192, text.len()] {
            assert_eq!(cut(text.as_bytes(), &[size]), expected);
        }
    }

    /// Well-formed elements with every shape of content and quote.
    fn element() -> impl Strategy<Value = String> {
        let name = "[a-z][a-z0-9:é]{0,8}";
        let text = "[a-z >\"'/é€𝄞]{0,12}|&lt;|&#x10FFFF;|<!\\[CDATA\\[(>a|<|\\]<|\\]\\]a){0,4}x\\]\\]>|<!--[<>a]{0,5}-->";
        let attr = "( [a-z]{1,5}='[a-z<>/\"é]{0,9}'| [a-z]{1,5} = \"[a-z<>/'€]{0,9}\"){0,3}";
        let leaf = (name, attr).prop_map(|(n, a)| format!("<{n}{a}/>"));
        leaf.prop_recursive(4, 24, 4, move |inner| {
            (
                name,
                attr,
                prop::collection::vec(prop_oneof![inner, text.prop_map(|t| t)], 0..4),
            )
                .prop_map(|(n, a, inner)| format!("<{n}{a}>{}</{n}>", inner.concat()))
        })
    }

    proptest! {
        #[test]
        fn any_chunks_give_the_same_stanzas(
            stanzas in prop::collection::vec(element(), 0..6),
            sizes in prop::collection::vec(1usize..50, 1..9),
        ) {
            let text = format!("{HEADER}{}</stream:stream>", stanzas.join("\n"));
            let mut expected = vec!["header".to_owned()];
            expected.extend(stanzas);
            expected.push("footer".to_owned());
            prop_assert_eq!(cut(text.as_bytes(), &sizes), expected);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), size in 1usize..50) {
            let mut framer = Framer::default();
            for piece in bytes.chunks(size) {
                framer.space().extend_from_slice(piece);
                while framer.next_frame().is_some() {}
            }
        }
    }
}
