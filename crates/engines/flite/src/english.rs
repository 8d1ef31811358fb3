//! Text as flite can take it: ASCII.

use std::ffi::CString;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A letter or digit that flite cannot speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnsupportedChar(pub(crate) char);

/// What flite speaks for characters that have no ASCII letters within.
const REPLACEMENTS: [(char, &str); 41] = [
    ('ß', "ss"),
    ('æ', "ae"),
    ('Æ', "Ae"),
    ('œ', "oe"),
    ('Œ', "Oe"),
    ('ø', "o"),
    ('Ø', "O"),
    ('ł', "l"),
    ('Ł', "L"),
    ('đ', "d"),
    ('Đ', "D"),
    ('ð', "th"),
    ('Ð', "Th"),
    ('þ', "th"),
    ('Þ', "Th"),
    ('ı', "i"),
    ('©', " copyright "),
    ('®', " registered "),
    ('α', " alpha "),
    ('β', " beta "),
    ('γ', " gamma "),
    ('δ', " delta "),
    ('λ', " lambda "),
    ('μ', " mu "),
    ('π', " pi "),
    ('σ', " sigma "),
    ('φ', " phi "),
    ('ω', " omega "),
    ('Ω', " ohms "),
    ('Δ', " delta "),
    ('‘', "'"),
    ('’', "'"),
    ('“', "\""),
    ('”', "\""),
    ('«', "\""),
    ('»', "\""),
    ('–', ", "),
    ('—', ", "),
    ('…', "..."),
    ('‐', "-"),
    ('⁄', "/"),
];

/// Folds a text into ASCII: accents go, typographic marks become plain ones, Greek letters and a few
/// symbols their names, and what is neither letter nor digit and has no name is left out. Currency,
/// units and the like were put into words before, the same for every engine.
pub(crate) fn fold(text: &str) -> Result<CString, UnsupportedChar> {
    let mut plain = String::with_capacity(text.len());
    for given in text.chars() {
        if let Some((_, spoken)) = REPLACEMENTS.iter().find(|(known, _)| *known == given) {
            plain.push_str(spoken);
            continue;
        }
        for c in std::iter::once(given).nfkd() {
            match REPLACEMENTS.iter().find(|(known, _)| *known == c) {
                _ if c.is_ascii() && !c.is_ascii_control() => plain.push(c),
                Some((_, spoken)) => plain.push_str(spoken),
                None if is_combining_mark(c) => {}
                None if c.is_alphanumeric() => return Err(UnsupportedChar(given)),
                None => plain.push(' '),
            }
        }
    }
    // No control character, so no NUL, came through.
    Ok(CString::new(plain).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Result<String, UnsupportedChar> {
        fold(text).map(|text| text.into_string().unwrap())
    }

    #[test]
    fn latin_letters_lose_their_accents() {
        assert_eq!(
            folded("Café Ångström, naïve ½ x² ﬁn"),
            Ok("Cafe Angstrom, naive 1/2 x2 fin".into())
        );
        assert_eq!(folded("“Don’t” … Łódź"), Ok("\"Don't\" ... Lodz".into()));
    }

    #[test]
    fn symbols_are_named_or_left_out() {
        assert_eq!(folded("5 € at π ©"), Ok("5   at  pi   copyright ".into()));
        assert_eq!(
            folded("hi \u{1F600}\u{0}\u{7}\n there"),
            Ok("hi      there".into())
        );
    }

    #[test]
    fn other_scripts_are_refused() {
        for (text, first) in [
            ("The word 你好", '你'),
            ("Привет", 'П'),
            ("٣", '٣'),
            ("한", '한'),
        ] {
            assert_eq!(folded(text), Err(UnsupportedChar(first)));
        }
    }
}
