//! A reader that leaves early ends a command quietly.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};

use crate::support::Home;

/// The signal of a write to a pipe that nothing reads.
const SIGPIPE: i32 = 13;

const COMMANDS: [&[&str]; 27] = [
    &["--help"],
    &["--version"],
    &["say", "--help"],
    &["voices"],
    &["voices", "--json"],
    &["doctor"],
    &["doctor", "--json"],
    &["config"],
    &["config", "--json"],
    &["config", "--path"],
    &["config", "--reference"],
    &["completions", "bash"],
    &["completions", "zsh"],
    &["completions", "fish"],
    &["keys", "add", "laptop"],
    &["keys", "list"],
    &["keys", "list", "--json"],
    &["models", "list"],
    &["models", "list", "--json"],
    &["translate", "Good morning.", "--from", "en", "--to", "es"],
    &[
        "translate",
        "Good morning.",
        "--from",
        "en",
        "--to",
        "es",
        "--json",
    ],
    &["transcribe", "a.wav"],
    &["transcribe", "a.wav", "--format", "json"],
    &["transcribe", "a.wav", "--format", "srt"],
    &["interpret", "a.wav", "--from", "en", "--to", "es"],
    &["interpret", "a.wav", "--from", "en", "--to", "es", "--json"],
    &["say", "Hello.", "-o", "-", "--format", "pcm"],
];

fn quiet(status: ExitStatus) -> bool {
    status.success() || status.signal() == Some(SIGPIPE)
}

/// The end of a pipe whose reader has gone.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

fn home() -> Home {
    let home = Home::new();
    home.run(&[
        "say",
        "The weather is nice.",
        "--voice",
        "flite/slt",
        "-o",
        "a.wav",
    ])
    .ok();
    home
}

#[test]
fn a_closed_stdout_ends_every_command_quietly() {
    let home = home();
    for arguments in COMMANDS {
        let mut command = home.command(arguments);
        let run = command.stdout(closed()).output().expect("the program runs");
        let stderr = String::from_utf8_lossy(&run.stderr);
        assert!(quiet(run.status), "{arguments:?}: {} {stderr}", run.status);
        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_closed_stderr_makes_no_panic() {
    let home = home();
    let failing: [&[&str]; 3] = [
        &["voices", "--engine", "none"],
        &["say"],
        &["transcribe", "no.wav"],
    ];
    for (arguments, wanted) in COMMANDS
        .iter()
        .map(|it| (*it, 0))
        .chain(failing.map(|it| (it, 2)))
    {
        let mut command = home.command(arguments);
        let status = command.stdout(closed()).stderr(closed()).status();
        let status = status.expect("the program runs");
        assert!(
            if wanted == 0 {
                quiet(status)
            } else {
                status.code() == Some(wanted)
            },
            "{arguments:?}: {status}"
        );
    }
}
