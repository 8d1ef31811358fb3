//! How the program espeak-ng is run, for every engine that needs it: the environment that it gets, and
//! text that it cannot read as commands. The program is GPL: it is only run, never linked.

use std::env;
use std::path::Path;
use std::process::Command;

/// What is passed on: how the program and its data are found.
const INHERITED_VARIABLES: [&str; 3] = ["PATH", "LD_LIBRARY_PATH", "ESPEAK_DATA_PATH"];

/// A path under which nothing can be made.
const NO_DIRECTORY: &str = "/dev/null";

/// The program with an environment of its own. It opens a PulseAudio client even where it plays
/// nothing, which leaves folders in the home and in `/tmp`; here it finds no place for them.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    for name in INHERITED_VARIABLES {
        if let Some(value) = env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .env("LANG", "C.UTF-8")
        .env("HOME", NO_DIRECTORY)
        .env("PULSE_RUNTIME_PATH", "/dev/null/pulse");
    command
}

/// What espeak-ng speaks for a text: `[[` would begin phonemes, and control characters commands.
/// Markup is off by itself. Ends with a newline.
pub fn without_commands(text: &str) -> String {
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
