//! Text as espeak-ng can take it without reading commands into it.

/// What espeak-ng speaks for a text: `[[` would begin phonemes, and control characters commands.
/// Markup is off by itself. Ends with a newline.
pub(crate) fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '[' if harmless.ends_with('[') => harmless.push_str(" ["),
            c if c.is_control() => harmless.push(' '),
            c => harmless.push(c),
        }
    }
    harmless.push('\n');
    harmless
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn nothing_reads_as_a_command() {
        assert_eq!(harmless("[[h@l'oU]]"), "[ [h@l'oU]]\n");
        assert_eq!(harmless("[[[x"), "[ [ [x\n");
        assert_eq!(harmless("a\u{1}50Pb\0c"), "a 50Pb c\n");
        assert_eq!(harmless("-v fr"), "-v fr\n");
    }
}
