//! Text as espeak-ng can take it without reading commands into it.

/// What espeak-ng speaks for a text: `[[` would begin phonemes, and control characters commands.
/// Markup is off by itself. Ends with a newline.
pub(crate) fn without_commands(text: &str) -> String {
    let mut without_commands = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '[' if without_commands.ends_with('[') => without_commands.push_str(" ["),
            c if c.is_control() => without_commands.push(' '),
            c => without_commands.push(c),
        }
    }
    without_commands.push('\n');
    without_commands
}

#[cfg(test)]
mod tests {
    use super::without_commands;

    #[test]
    fn nothing_reads_as_a_command() {
        assert_eq!(without_commands("[[h@l'oU]]"), "[ [h@l'oU]]\n");
        assert_eq!(without_commands("[[[x"), "[ [ [x\n");
        assert_eq!(without_commands("a\u{1}50Pb\0c"), "a 50Pb c\n");
        assert_eq!(without_commands("-v fr"), "-v fr\n");
    }
}
