//! Tags in a text that switch voice and style: `[voice:NAME]…[/voice]`, `[style:sad/intense]…[/style]`.

use std::fmt;
use std::ops::Range;

use mynah_speech::text::indivisible_ranges;

/// The most tags of a text, opening ones.
const MAX_TAGS: usize = 64;
/// The most voices that the tags of a text name.
const MAX_VOICES: usize = 8;
/// The most tags that are open at once.
const MAX_DEPTH: usize = 8;
/// The longest name in a tag, in bytes.
const MAX_NAME_BYTES: usize = 400;

/// A part of a text between tags, without them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaggedSpan<'a> {
    /// Where it is in the text.
    pub(crate) range: Range<usize>,
    /// The voice of the innermost tag that names one.
    pub(crate) voice: Option<Tag<'a>>,
    /// The style of the innermost tag that names one.
    pub(crate) style: Option<Tag<'a>>,
}

/// An opening tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// What it names.
    pub(crate) name: &'a str,
    /// Its first byte in the text.
    pub(crate) at: usize,
}

/// Tags that are no markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvalidTags {
    at: usize,
    fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Nameless(Kind),
    LongName(Kind),
    Unclosed(Kind),
    Unopened(Kind),
    Crossed { closed: Kind, open: Kind },
    Inside,
    TooMany,
    TooManyVoices,
    TooDeep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Voice,
    Style,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Style => "style",
        }
    }
}

impl fmt::Display for InvalidTags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::Nameless(kind) => {
                let kind = kind.as_str();
                write!(f, "[{kind}:…] names nothing")
            }
            Fault::LongName(kind) => {
                let kind = kind.as_str();
                write!(
                    f,
                    "the name in [{kind}:…] has more than {MAX_NAME_BYTES} bytes"
                )
            }
            Fault::Unclosed(kind) => {
                let kind = kind.as_str();
                write!(f, "[{kind}:…] is not closed; add [/{kind}]")
            }
            Fault::Unopened(kind) => {
                let kind = kind.as_str();
                write!(f, "[/{kind}] closes nothing")
            }
            Fault::Crossed { closed, open } => {
                let (closed, open) = (closed.as_str(), open.as_str());
                write!(
                    f,
                    "[/{closed}] comes before [/{open}], which was opened later"
                )
            }
            Fault::Inside => f.write_str("a tag is within a link, code or a comment"),
            Fault::TooMany => write!(f, "a text has at most {MAX_TAGS} tags"),
            Fault::TooManyVoices => {
                write!(f, "the tags of a text name at most {MAX_VOICES} voices")
            }
            Fault::TooDeep => write!(f, "at most {MAX_DEPTH} tags are open at once"),
        }?;
        write!(
            f,
            " (byte {}); write \\[ for a bracket that is no tag",
            self.at
        )
    }
}

impl std::error::Error for InvalidTags {}

/// The parts of a text between its tags, in order, none empty. Takes time linear in the text.
pub(crate) fn tagged_spans(text: &str) -> Result<Vec<TaggedSpan<'_>>, InvalidTags> {
    let mut reader = Reader {
        text,
        whole: indivisible_ranges(text),
        open: Vec::new(),
        tags: 0,
        voices: Vec::new(),
        spans: Vec::new(),
        from: 0,
    };
    let mut at = 0;
    while let Some(found) = text[at..].find(['[', '\\']) {
        at += found;
        if text[at..].starts_with('\\') {
            // The next character is text, whatever it is.
            at += 1;
            at += text[at..].chars().next().map_or(0, char::len_utf8);
            continue;
        }
        match lexed(&text[at..]) {
            Some((token, length)) => {
                reader.take(token, at, length)?;
                at += length;
            }
            None => at += 1,
        }
    }
    reader.finish()
}

/// A tag as it is written.
#[derive(Clone, Copy)]
enum Token<'a> {
    Open(Kind, &'a str),
    Close(Kind),
}

/// The tag at the beginning of a text, and its length in bytes.
fn lexed(text: &str) -> Option<(Token<'_>, usize)> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find([']', '[', '\n'])?;
    if !inner[end..].starts_with(']') {
        return None;
    }
    let (inner, length) = (&inner[..end], end + 2);
    let kind = |name: &str| match name {
        _ if name.eq_ignore_ascii_case("voice") => Some(Kind::Voice),
        _ if name.eq_ignore_ascii_case("style") => Some(Kind::Style),
        _ => None,
    };
    if let Some(name) = inner.strip_prefix('/') {
        return Some((Token::Close(kind(name)?), length));
    }
    let (name, value) = inner.split_once(':')?;
    Some((Token::Open(kind(name)?, value.trim()), length))
}

struct Reader<'a> {
    text: &'a str,
    /// What no tag may divide.
    whole: Vec<Range<usize>>,
    open: Vec<(Kind, Tag<'a>)>,
    tags: usize,
    voices: Vec<String>,
    spans: Vec<TaggedSpan<'a>>,
    /// The end of the last tag.
    from: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, token: Token<'a>, at: usize, length: usize) -> Result<(), InvalidTags> {
        let fault = |fault| Err(InvalidTags { at, fault });
        if self.whole.iter().any(|range| range.contains(&at)) {
            return fault(Fault::Inside);
        }
        self.end_span(at);
        self.from = at + length;
        match token {
            Token::Open(kind, "") => return fault(Fault::Nameless(kind)),
            Token::Open(kind, name) if name.len() > MAX_NAME_BYTES => {
                return fault(Fault::LongName(kind));
            }
            Token::Open(kind, name) => {
                self.tags += 1;
                if self.tags > MAX_TAGS {
                    return fault(Fault::TooMany);
                }
                let lower = name.to_lowercase();
                if kind == Kind::Voice && !self.voices.contains(&lower) {
                    self.voices.push(lower);
                }
                if self.voices.len() > MAX_VOICES {
                    return fault(Fault::TooManyVoices);
                }
                self.open.push((kind, Tag { name, at }));
                if self.open.len() > MAX_DEPTH {
                    return fault(Fault::TooDeep);
                }
            }
            Token::Close(closed) => match self.open.pop() {
                Some((open, _)) if open == closed => {}
                Some((open, _)) if self.open.iter().any(|(kind, _)| *kind == closed) => {
                    return fault(Fault::Crossed { closed, open });
                }
                _ => return fault(Fault::Unopened(closed)),
            },
        }
        Ok(())
    }

    fn end_span(&mut self, at: usize) {
        if at == self.from {
            return;
        }
        let innermost = |kind| {
            let mut open = self.open.iter().rev();
            open.find(|(own, _)| *own == kind).map(|(_, tag)| *tag)
        };
        self.spans.push(TaggedSpan {
            range: self.from..at,
            voice: innermost(Kind::Voice),
            style: innermost(Kind::Style),
        });
    }

    fn finish(mut self) -> Result<Vec<TaggedSpan<'a>>, InvalidTags> {
        if let Some((kind, tag)) = self.open.last() {
            let fault = Fault::Unclosed(*kind);
            return Err(InvalidTags { at: tag.at, fault });
        }
        self.end_span(self.text.len());
        Ok(self.spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The spans as `text|voice|style`.
    fn read(text: &str) -> Vec<String> {
        let spans = tagged_spans(text).unwrap();
        let name = |tag: Option<Tag<'_>>| tag.map_or("", |tag| tag.name).to_owned();
        let shown = spans.into_iter().map(|span| {
            format!(
                "{}|{}|{}",
                &text[span.range.clone()],
                name(span.voice),
                name(span.style)
            )
        });
        shown.collect()
    }

    fn refused(text: &str) -> String {
        tagged_spans(text).unwrap_err().to_string()
    }

    #[test]
    fn the_innermost_tag_of_each_kind_holds() {
        assert_eq!(read("Hello."), ["Hello.||"]);
        assert_eq!(read(""), Vec::<String>::new());
        assert_eq!(
            read("A [voice:Ana]b [style:sad/intense]c[/style] d[/voice] e"),
            ["A ||", "b |Ana|", "c|Ana|sad/intense", " d|Ana|", " e||"]
        );
        assert_eq!(
            read("[Voice: Ana Lima ]a[VOICE:Bea]b[/voice]c[/VOICE]"),
            ["a|Ana Lima|", "b|Bea|", "c|Ana Lima|"]
        );
        // Of a name in any script, and without anything between.
        assert_eq!(
            read("[voice:愛/😀]x[/voice][voice:b][/voice]"),
            ["x|愛/😀|"]
        );
    }

    #[test]
    fn other_brackets_are_text() {
        for text in [
            r"\[voice:Ana] and \[/voice]",
            "[pause:500ms] [note] [see: this] [voice] [/pause]",
            "[voice:Ana\n]",
            "[voice:Ana",
            "[[voice",
            r"ends with \",
        ] {
            assert_eq!(read(text), [format!("{text}||")]);
        }
    }

    #[test]
    fn tags_that_do_not_match_are_refused_by_their_place() {
        for (text, expected) in [
            (
                "a [voice:Ana]b",
                "[voice:…] is not closed; add [/voice] (byte 2)",
            ),
            ("a[/style]", "[/style] closes nothing (byte 1)"),
            (
                "[style:sad]a[/voice][/style]",
                "[/voice] closes nothing (byte 12)",
            ),
            (
                "[voice:Ana][style:sad]a[/voice][/style]",
                "[/voice] comes before [/style], which was opened later (byte 23)",
            ),
            ("[voice: ]a[/voice]", "[voice:…] names nothing (byte 0)"),
            (
                "see [the [voice:Ana]page[/voice]](https://example.com)",
                "a link, code or a comment (byte 9)",
            ),
            (
                "[voice:Ana](https://example.com) a [/voice]",
                "a link, code or a comment (byte 0)",
            ),
        ] {
            let message = refused(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn one_over_each_limit_is_refused() {
        let pairs = |count: usize| "[style:sad]a[/style]".repeat(count);
        assert_eq!(tagged_spans(&pairs(MAX_TAGS)).unwrap().len(), MAX_TAGS);
        assert!(refused(&pairs(MAX_TAGS + 1)).contains("64 tags"));
        let voices = |count: usize| {
            let tags = (0..count).map(|voice| format!("[voice:v{voice}]a[/voice]"));
            tags.collect::<String>()
        };
        assert_eq!(tagged_spans(&voices(MAX_VOICES)).unwrap().len(), MAX_VOICES);
        assert!(refused(&voices(MAX_VOICES + 1)).contains("8 voices"));
        let nested = |depth: usize| {
            format!(
                "{}a{}",
                "[style:sad]".repeat(depth),
                "[/style]".repeat(depth)
            )
        };
        assert_eq!(tagged_spans(&nested(MAX_DEPTH)).unwrap().len(), 1);
        assert!(refused(&nested(MAX_DEPTH + 1)).contains("8 tags are open"));
        let named = |bytes: usize| format!("[voice:{}]a[/voice]", "n".repeat(bytes));
        assert!(tagged_spans(&named(MAX_NAME_BYTES)).is_ok());
        assert!(refused(&named(MAX_NAME_BYTES + 1)).contains("400 bytes"));
    }
}
