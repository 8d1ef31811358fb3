//! HTML and SSML tags: which of them are tags at all, and what they mean for speech.

use std::time::Duration;

use super::super::Boundary;
use super::pause::{InvalidPause, of_break};

/// What a tag does to the text around it. None of it is spoken itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Effect {
    /// It is text that looks like a tag: `vector<int>`, `x<y and y>z`.
    Text,
    /// Nothing.
    Nothing,
    /// What follows begins anew.
    Break(Boundary),
    /// Silence.
    Pause(Duration),
    /// Cells of a row part here.
    Cell,
    /// Its content is spoken by these words up to its end.
    Alias(String),
    /// These words are spoken in its place.
    Words(String),
}

/// Elements without which texts on the web and in SSML are rare, and that mean nothing here.
const PLAIN: &[&str] = &[
    "a", "abbr", "acronym", "audio", "b", "bdi", "bdo", "big", "button", "canvas", "cite", "code",
    "data", "del", "desc", "dfn", "em", "embed", "emphasis", "font", "i", "iframe", "input", "ins",
    "kbd", "label", "lang", "lexicon", "link", "lookup", "map", "mark", "meta", "metadata",
    "meter", "nobr", "object", "output", "param", "phoneme", "picture", "progress", "prosody", "q",
    "rp", "rt", "ruby", "s", "samp", "say-as", "select", "small", "source", "span", "strike",
    "strong", "sub", "sup", "svg", "time", "token", "tt", "u", "var", "video", "voice",
];

/// Elements that part paragraphs.
const PARAGRAPHS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "details",
    "dialog",
    "div",
    "dl",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "main",
    "nav",
    "ol",
    "p",
    "paragraph",
    "pre",
    "section",
    "speak",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "title",
    "ul",
    "noscript",
    "template",
    "textarea",
];

/// Elements that part sentences.
const SENTENCES: &[&str] = &[
    "caption",
    "dd",
    "dt",
    "figcaption",
    "legend",
    "li",
    "option",
    "summary",
    "tr",
];

/// Attributes without a value.
const FLAGS: &[&str] = &[
    "allowfullscreen",
    "async",
    "autofocus",
    "autoplay",
    "checked",
    "controls",
    "default",
    "defer",
    "disabled",
    "hidden",
    "loop",
    "multiple",
    "muted",
    "open",
    "readonly",
    "required",
    "reversed",
    "selected",
];

/// What a tag does. `speech` shows whether the text is SSML, where `<s>` is a sentence.
pub(super) fn effect(tag: &str, speech: bool) -> Result<Effect, InvalidPause> {
    if tag.starts_with("<!") || tag.starts_with("<?") {
        return Ok(Effect::Nothing);
    }
    let Some(tag) = Tag::parse(tag) else {
        return Ok(Effect::Text);
    };
    let name = tag.name.as_str();
    let cell = matches!(name, "td" | "th");
    Ok(match name {
        "break" => Effect::Pause(of_break(tag.get("time"), tag.get("strength"))?),
        "sub" if !tag.closing && tag.get("alias").is_some() => {
            Effect::Alias(tag.get("alias").unwrap_or_default().to_owned())
        }
        "img" => Effect::Words(tag.get("alt").unwrap_or_default().to_owned()),
        "br" => Effect::Break(Boundary::Clause),
        "s" | "sentence" if speech => Effect::Break(Boundary::Sentence),
        _ if cell && tag.closing => Effect::Cell,
        _ if cell => Effect::Nothing,
        _ if PARAGRAPHS.contains(&name) => Effect::Break(Boundary::Paragraph),
        _ if SENTENCES.contains(&name) => Effect::Break(Boundary::Sentence),
        _ if PLAIN.contains(&name) || tag.is_foreign() => Effect::Nothing,
        _ => Effect::Text,
    })
}

/// Whether a tag ends an element of this name.
pub(super) fn closes(tag: &str, name: &str) -> bool {
    Tag::parse(tag).is_some_and(|tag| tag.closing && tag.name == name)
}

/// A tag taken apart.
struct Tag {
    closing: bool,
    empty: bool,
    name: String,
    attributes: Vec<(String, Option<String>)>,
}

impl Tag {
    /// Reads `<name attribute="value">`; none where an attribute is no attribute.
    fn parse(tag: &str) -> Option<Self> {
        let inner = tag.strip_prefix('<')?.strip_suffix('>')?;
        let (closing, inner) = match inner.strip_prefix('/') {
            Some(inner) => (true, inner),
            None => (false, inner),
        };
        let (empty, inner) = match inner.strip_suffix('/') {
            Some(inner) => (true, inner),
            None => (false, inner),
        };
        let end = inner.find(char::is_whitespace).unwrap_or(inner.len());
        let (name, mut rest) = inner.split_at(end);
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                break;
            }
            let end = rest
                .find(|c: char| c == '=' || c.is_whitespace())
                .unwrap_or(rest.len());
            let key = rest[..end].to_ascii_lowercase();
            rest = rest[end..].trim_start();
            let Some(after) = rest.strip_prefix('=') else {
                attributes.push((key, None));
                continue;
            };
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (value, after) = match quote {
                Some(quote) => after[1..].split_once(quote)?,
                None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
            };
            attributes.push((key, Some(value.to_owned())));
            rest = after;
        }
        let known = |(key, value): &(String, Option<String>)| {
            value.is_some() || FLAGS.contains(&key.as_str())
        };
        attributes.iter().all(known).then(|| Self {
            closing,
            empty,
            name: name.to_ascii_lowercase(),
            attributes,
        })
    }

    fn get(&self, key: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(known, _)| known == key)?;
        value.as_deref()
    }

    /// Whether it can only be a tag though its name is unknown: `<mstts:express-as …>`,
    /// `<my-element>`, `<x y="z">`, `<x/>`.
    fn is_foreign(&self) -> bool {
        self.name.contains([':', '-']) || !self.attributes.is_empty() || self.empty
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tag: &str) -> Effect {
        effect(tag, false).unwrap()
    }

    #[test]
    fn tags_are_distinguished_from_text() {
        for tag in [
            "<b>",
            "</b>",
            "<SPAN class='x'>",
            "<a href=\"http://x.org/?a=b>c\">",
            "<input disabled>",
            "<prosody rate='slow'>",
            "<mstts:express-as style=\"sad\">",
            "<my-tag>",
            "<x/>",
            "<!-- note -->",
            "<?xml version='1.0'?>",
            "</mstts:express-as>",
        ] {
            assert_eq!(of(tag), Effect::Nothing, "{tag}");
        }
        for text in [
            "<int>",
            "<y and y>",
            "<b and c>",
            "<T>",
            "<your name>",
            "<string>",
            "<x",
        ] {
            assert_eq!(of(text), Effect::Text, "{text}");
        }
    }

    #[test]
    fn some_tags_part_what_they_stand_between() {
        assert_eq!(of("<p>"), Effect::Break(Boundary::Paragraph));
        assert_eq!(of("</h2>"), Effect::Break(Boundary::Paragraph));
        assert_eq!(of("<li>"), Effect::Break(Boundary::Sentence));
        assert_eq!(of("<br />"), Effect::Break(Boundary::Clause));
        assert_eq!(of("</td>"), Effect::Cell);
        assert_eq!(of("<s>"), Effect::Nothing);
        assert_eq!(effect("<s>", true), Ok(Effect::Break(Boundary::Sentence)));
    }

    #[test]
    fn breaks_are_pauses_within_bounds() {
        let pause = |ms| Effect::Pause(Duration::from_millis(ms));
        assert_eq!(of("<break time=\"1.5s\"/>"), pause(1500));
        assert_eq!(of("<BREAK strength='x-strong' />"), pause(1500));
        assert_eq!(of("<break/>"), pause(500));
        assert_eq!(of("<break strength=none time='20ms'>"), pause(20));
        assert_eq!(
            effect("<break time='11s'/>", false),
            Err(InvalidPause::TooLong)
        );
        assert_eq!(
            effect("<break time='soon'/>", false),
            Err(InvalidPause::NoLength)
        );
    }

    #[test]
    fn words_stand_in_for_what_has_none() {
        assert_eq!(of("<img src=x alt='A cat'>"), Effect::Words("A cat".into()));
        assert_eq!(
            of("<sub alias=\"World Wide Web\">"),
            Effect::Alias("World Wide Web".into())
        );
        assert_eq!(of("<sub>"), Effect::Nothing);
        assert!(closes("</sub>", "sub") && !closes("<sub>", "sub"));
    }
}
