//! What no translation changes: addresses, numbers and code.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A stretch of a text that is the same in every language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// Where it stands, in bytes.
    pub(super) range: Range<usize>,
    /// The part of it that a translation must hold: of `3rd` that is `3`.
    core: Range<usize>,
}

/// The kinds, in order of preference where several begin at the same place. Names of groups show
/// what is checked besides. Addresses may hold letters of Latin, Greek, Cyrillic,
/// Hebrew and Arabic (to U+06FF); those of scripts without spaces end them.
static KINDS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?x)
        (?<code> ``[^\n]+?`` | `[^`\n]+` )
      | (?<markup> </?[A-Za-z][^<>\n]*> | &(?:[A-Za-z]+|\#x?[0-9A-Fa-f]+); )
      | (?<url> (?: [A-Za-z][A-Za-z0-9+.-]*:// | www\. | (?:mailto|tel|file|data): )
                [[\x21-\x7e\x{c0}-\x{6ff}]--[<>"`]]+ )
      | (?<email> [A-Za-z\x{c0}-\x{24f}0-9](?:[A-Za-z\x{c0}-\x{24f}0-9._%+'-]*[A-Za-z\x{c0}-\x{24f}0-9_+-])?
                  @[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)* )
      | (?<mention> [@\#]\w+(?:[.-]\w+)* )
      | (?<variable> \$\{[^}\n]*\} | \{\{[^}\n]*\}\} | \{[\w.:]*\} | %\(\w+\)[sd] | %[sd]\b
                   | \$[A-Za-z_]\w* )
      | (?<windows> \b[A-Za-z]:\\[[^\s]--["<>|]]* )
      | (?<path> (?:~|\.{1,2})?/[A-Za-z0-9_.@+~%-]+(?:/[A-Za-z0-9_.@+~%-]*)* )
      | (?<option> --[A-Za-z][\w-]*(?:=[^\s,;]+)? | -[A-Za-z]\b )
      | (?<uuid> \b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b )
      | (?<identifier> [A-Za-z_]\w*(?:(?:::|\.|->)\w+)*\(\)
                     | [A-Za-z_]\w*(?:(?:::|->)[A-Za-z_]\w*)+
                     | [A-Za-z0-9]+(?:_[A-Za-z0-9]+)+
                     | [a-z]+[A-Z][A-Za-z0-9]*
                     | [A-Z][a-z0-9]+[A-Z][a-z0-9]+[A-Za-z0-9]* )
      | (?<phone> \+\d[\d\ ().-]{5,}\d )
      | (?<dotted> \.?[A-Za-z0-9_-]*[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*
                   \.[A-Za-z0-9_-]*[A-Za-z][A-Za-z0-9_-]*
                 | \.[a-z][\w-]+ )
      | (?<number> (?:[A-Za-z]+-?)? [€$£¥₹₽₩]?
                   (?<digits> \d+(?:[.,:/'’\x{a0}\x{202f}×x–-]\d+)*)
                   (?: \x{a0}?[%‰°€$£¥₹₽₩][CFK]?\b? | [A-Za-z][A-Za-z0-9]* )? )
    "#;
    Regex::new(pattern).unwrap_or_else(|error| unreachable!("a constant: {error}"))
});

/// All literals of a text, in order.
pub(super) fn literals(text: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut place = 0;
    while let Some(captures) = KINDS.captures_at(text, place) {
        let Some(whole) = captures.get(0) else { break };
        let kind = |name: &str| captures.name(name).is_some();
        let before = text[..whole.start()].chars().next_back();
        let range = whole.start()..whole.start() + length(whole.as_str(), kind);
        if range.is_empty() || !stands_alone(&text[range.clone()], before, kind) {
            // What begins here is none, but a part of it may be: `5` of `No.5`.
            let skipped = text[whole.start()..]
                .chars()
                .next()
                .map_or(1, char::len_utf8);
            place = whole.start() + skipped;
            continue;
        }
        let digits = captures.name("digits").map(|digits| digits.range());
        // Of `mp3` every character counts, of `3rd`, `5km` and `$5` the number.
        let named = text[range.clone()].starts_with(|c: char| c.is_ascii_alphabetic())
            && !text[range.clone()].contains('-');
        let core = match digits {
            Some(digits) if !named && !text[range.clone()].starts_with("0x") => digits,
            _ => range.clone(),
        };
        place = range.end;
        found.push(Literal { range, core });
    }
    found
}

/// How much of a match belongs to it: an address at the end of a sentence has not its full stop.
fn length(matched: &str, kind: impl Fn(&str) -> bool) -> usize {
    if !(kind("url") || kind("path") || kind("windows") || kind("option")) {
        return matched.len();
    }
    let mut kept = matched;
    loop {
        let unbalanced = |open, close| kept.matches(close).count() > kept.matches(open).count();
        let cut = match kept.chars().next_back() {
            Some('.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_') => true,
            Some(')') => unbalanced('(', ')'),
            Some(']') => unbalanced('[', ']'),
            Some('}') => unbalanced('{', '}'),
            _ => false,
        };
        if !cut {
            return kept.len();
        }
        kept = &kept[..kept.len() - 1];
    }
}

/// Whether a match is a literal, by what stands before it and how it is built.
fn stands_alone(matched: &str, before: Option<char>, kind: impl Fn(&str) -> bool) -> bool {
    let in_word = before.is_some_and(|c| c == '_' || c.is_ascii_alphanumeric());
    let apart = before.is_none_or(|c| c.is_whitespace() || "([{\"'=:,«“‘（「".contains(c));
    if kind("code") || kind("markup") || kind("variable") {
        true
    } else if kind("path") || kind("option") {
        // Not the stroke of `and/or` and not the hyphen of `well-known`.
        apart
    } else if kind("dotted") {
        let mut labels = matched.split('.').filter(|label| !label.is_empty());
        let last = matched.rsplit('.').next().unwrap_or_default();
        // Neither `a.m` nor two sentences without a space between them.
        let abbreviation = labels.all(|label| label.chars().count() == 1);
        let capital = last.starts_with(|c: char| c.is_ascii_uppercase())
            && last.chars().any(|c| c.is_ascii_lowercase());
        let hidden = !matched.starts_with('.') || apart;
        !in_word && hidden && !abbreviation && !capital
    } else {
        !in_word
    }
}

impl Literal {
    /// Whether a translation holds every literal of a text, as often as the text does.
    pub(super) fn all_in(text: &str, literals: &[Self], translation: &str) -> bool {
        let mut wanted: HashMap<&str, usize> = HashMap::new();
        for literal in literals {
            *wanted.entry(&text[literal.core.clone()]).or_default() += 1;
        }
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for literal in self::literals(translation) {
            *numbers.entry(&translation[literal.core]).or_default() += 1;
        }
        wanted.iter().all(|(core, count)| {
            // The `5` of `15` is another number.
            if core.chars().any(char::is_alphabetic) {
                translation.matches(core).count() >= *count
            } else {
                numbers.get(core).is_some_and(|found| found >= count)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        literals(text)
            .into_iter()
            .map(|literal| &text[literal.range])
            .collect()
    }

    #[test]
    fn addresses_numbers_and_code_are_literals() {
        for (text, expected) in [
            (
                "See https://example.com/a?b=c#d.",
                vec!["https://example.com/a?b=c#d"],
            ),
            (
                "(see http://de.wikipedia.org/wiki/Öl_(Stoff))",
                vec!["http://de.wikipedia.org/wiki/Öl_(Stoff)"],
            ),
            ("访问https://example.com吧", vec!["https://example.com"]),
            (
                "Ask www.example.com, or example.org.",
                vec!["www.example.com", "example.org"],
            ),
            (
                "Write to first.last+tag@mail.example.com!",
                vec!["first.last+tag@mail.example.com"],
            ),
            ("Ask @ana about #42.", vec!["@ana", "#42"]),
            (
                "Connect to 192.168.0.1:8080 or [::1].",
                vec!["192.168.0.1:8080", "1"],
            ),
            (
                "It is 1,234.56 or 1.234,56 or 3.",
                vec!["1,234.56", "1.234,56", "3"],
            ),
            ("It costs $5.00, 20 % or 7%.", vec!["$5.00", "20", "7%"]),
            ("Born 2024-01-05 at 10:30.", vec!["2024-01-05", "10:30"]),
            ("Call +1 (555) 123-4567 now.", vec!["+1 (555) 123-4567"]),
            ("The 3rd of 1990s, 5km", vec!["3rd", "1990s", "5km"]),
            (
                "An mp3 in H2O, COVID-19, 0xFF",
                vec!["mp3", "H2O", "COVID-19", "0xFF"],
            ),
            ("Version 0.12.1 or v2.0", vec!["0.12.1", "v2.0"]),
            (
                "Edit config.toml and ~/.bashrc in /usr/bin.",
                vec!["config.toml", "~/.bashrc", "/usr/bin"],
            ),
            ("Open C:\\Users\\ana.", vec!["C:\\Users\\ana"]),
            (
                "Call `let x = the dog` or get_name() or std::vec::Vec",
                vec!["`let x = the dog`", "get_name()", "std::vec::Vec"],
            ),
            (
                "Use --no-color or -v with my_file and getUserName",
                vec!["--no-color", "-v", "my_file", "getUserName"],
            ),
            (
                "Dear {name}, $HOME and %s, <b>bold</b> &amp;",
                vec!["{name}", "$HOME", "%s", "<b>", "</b>", "&amp;"],
            ),
            (
                "id 123e4567-e89b-12d3-a456-426614174000",
                vec!["123e4567-e89b-12d3-a456-426614174000"],
            ),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn words_are_no_literals() {
        for text in [
            "Hello. How are you?",
            "It ended.Then it rained.",
            "and/or, he/she, well-known, a - b",
            "At a.m. or p.m., e.g. here, i.e. there",
            "The U.S. and Mr. Smith's dog",
            "Über uns — ein Jahr",
            "他说你好。",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
        assert_eq!(found("No.5 and p.12"), ["5", "12"]);
    }

    #[test]
    fn a_translation_is_checked_for_every_literal() {
        let holds =
            |text: &str, translation: &str| Literal::all_in(text, &literals(text), translation);
        assert!(holds(
            "The 3rd dog ate 5 eggs.",
            "El 3.º perro comió 5 huevos."
        ));
        assert!(holds("Ask a@b.org.", "Pregunta a@b.org."));
        for (text, translation) in [
            ("It ate 5 eggs.", "Comió 15 huevos."),
            ("It ate 5 and 5 eggs.", "Comió 5 huevos."),
            ("Ask a@b.org.", "Pregunta un@b.org."),
            ("It is 1,234.56.", "Es 1.234,56."),
            ("Call `the dog`.", "Llama `el perro`."),
        ] {
            assert!(!holds(text, translation), "{translation}");
        }
    }
}
