//! Where a text has links, code and comments.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

/// How HTML begins that is not shown.
const HIDDEN: [&str; 4] = ["<!--", "<script", "<style", "<?"];

/// The links, images, code and comments of a text, with their marks: what a mark of another kind would divide.
/// Takes time linear in the text.
pub fn indivisible_ranges(text: &str) -> Vec<Range<usize>> {
    let hidden = |range: &Range<usize>| {
        let html = text[range.clone()].trim_start().to_ascii_lowercase();
        HIDDEN.iter().any(|own| html.starts_with(own))
    };
    let events = Parser::new_ext(text, Options::empty()).into_offset_iter();
    let found = events.filter_map(|(event, range)| match event {
        Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) | Event::Code(_) => {
            Some(range)
        }
        Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => Some(range).filter(hidden),
        _ => None,
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_code_and_comments_are_found_with_their_marks() {
        let text = "See [this](https://a.example), ![that](b.png), `code` and [no link]. A <!-- note --> <b>b</b>\n\n\
                    <!-- one\n\nmore -->\n\n```\nfn\n```\n";
        let ranges = indivisible_ranges(text).into_iter();
        let found: Vec<_> = ranges.map(|own| text[own].trim_end()).collect();
        let expected = [
            "[this](https://a.example)",
            "![that](b.png)",
            "`code`",
            "<!-- note -->",
            "<!-- one\n\nmore -->",
            "```\nfn\n```",
        ];
        assert_eq!(found, expected);
    }
}
