//! Characters that are neither spoken nor shown.

/// A text whose control characters are replaced by white space, without byte order marks.
pub fn normalize_control_chars(text: &str) -> String {
    let space = |c: char| match c {
        '\n' | '\r' | '\t' => c,
        c if c.is_control() => ' ',
        c => c,
    };
    text.chars()
        .filter(|&c| c != '\u{FEFF}')
        .map(space)
        .collect()
}
