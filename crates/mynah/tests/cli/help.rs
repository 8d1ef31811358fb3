//! The help, word by word: a change to it is a change to what people rely on.

use crate::support::Home;

#[test]
fn the_help_of_every_command() {
    let home = Home::new();
    for command in [
        "",
        "say",
        "transcribe",
        "translate",
        "interpret",
        "serve",
        "voices",
        "styles",
        "takes",
        "keys",
        "doctor",
        "config",
        "bench",
        "completions",
    ] {
        let mut arguments = vec!["--help"];
        if !command.is_empty() {
            arguments.insert(0, command);
        }
        let name = if command.is_empty() { "mynah" } else { command };
        let text = home.run(&arguments).ok();
        insta::with_settings!({ snapshot_path => "snapshots/help", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, text);
        });
    }
}

#[test]
fn completions_list_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = Home::new().run(&["completions", shell]).ok();
        assert!(script.contains("interpret"), "{shell}");
    }
}
