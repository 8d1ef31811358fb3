//! The program's environment: given, not inherited.

use std::env;
use std::path::Path;
use std::process::Command;

/// What is passed on: how the program and its data are found.
const INHERITED_VARIABLES: [&str; 3] = ["PATH", "LD_LIBRARY_PATH", "ESPEAK_DATA_PATH"];

/// A path under which nothing can be made.
const NO_DIRECTORY: &str = "/dev/null";

/// The program with an environment of its own. It opens a PulseAudio client even where it plays
/// nothing, which leaves folders in the home and in `/tmp`; here it finds no place for them.
pub(crate) fn command(program: &Path) -> Command {
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
