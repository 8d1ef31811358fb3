//! Kept voices as files: out of one home and into another, where they speak the same.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::checkpoints;
use crate::support::Home;

const TEXT: &str = "The weather is very nice today, and we walk along the river until the evening.";

fn home() -> Home {
    Home::new()
        .with("MYNAH_ENGINES__QWEN3__FRAMES", "7")
        .with("MYNAH_ENGINES__QWEN3__PRECISION", "f32")
}

/// A home with a kept voice of this name.
fn with_voice(name: &str) -> Home {
    let home = home();
    home.run(&["say", TEXT, "-o", "ana.wav"]).ok();
    let clone = [
        "voices",
        "clone",
        "ana.wav",
        "--name",
        name,
        "--ref-text",
        TEXT,
    ];
    let consent = [
        "--consent-speaker",
        "Ana Lima",
        "--consent-statement",
        "I agree.",
    ];
    home.run(&[&clone[..], &consent[..]].concat()).ok();
    home
}

fn copy(from: &Home, to: &Home, name: &str) {
    std::fs::copy(from.path().join(name), to.path().join(name)).expect("copied");
}

fn say(home: &Home) -> Vec<u8> {
    let model = checkpoints::checkpoint("tiny-base");
    let model = model.to_str().expect("UTF-8");
    let say = [
        "say", "Hello.", "--model", model, "--voice", "narrator", "--seed", "1", "-o", "said.wav",
    ];
    home.run(&say).ok();
    std::fs::read(home.path().join("said.wav")).expect("a file")
}

#[test]
fn a_voice_speaks_the_same_in_another_home() {
    let home = with_voice("narrator");
    home.run(&["voices", "export", "narrator"]).ok();
    let package = home.path().join("narrator.mynahvoice");
    let mode = package.metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Nothing is written over without being told to.
    home.run(&["voices", "export", "narrator"])
        .fails(2, &["narrator.mynahvoice", "-o"]);

    let other = self::home();
    copy(&home, &other, "narrator.mynahvoice");
    let tried = other
        .run(&["voices", "import", "narrator.mynahvoice", "--dry-run"])
        .ok();
    assert!(tried.contains("could be imported"), "{tried}");
    let import = ["voices", "import", "narrator.mynahvoice", "--json"];
    let report: Value = serde_json::from_str(&other.run(&import).ok()).expect("JSON");
    assert_eq!(report["voice"]["consent"]["speaker"], "Ana Lima");
    assert!(say(&home) == say(&other), "the sound differs");

    other.run(&import).fails(2, &["this name"]);
    let rename = ["--on-conflict", "rename"];
    let report = other.run(&[&import[..], &rename[..]].concat()).ok();
    assert!(report.contains("narrator 2"), "{report}");
    other
        .run(&["voices", "export", "narrator 2", "-o", "again.mynahvoice"])
        .ok();
    let audit = other.run(&["voices", "audit", "narrator 2"]).ok();
    assert!(
        audit.contains("imported") && audit.contains("exported"),
        "{audit}"
    );
}

#[test]
fn a_voice_without_consent_is_locked_and_says_what_to_do() {
    let home = with_voice("narrator");
    let export = [
        "voices",
        "export",
        "narrator",
        "--package-version",
        "1",
        "-o",
        "old.zip",
    ];
    home.run(&export).ok();
    let other = self::home();
    copy(&home, &other, "old.zip");
    let imported = other.run(&["voices", "import", "old.zip"]);
    imported.notes(&["mynah voices consent"]);
    other
        .run(&["voices", "export", "narrator"])
        .fails(2, &["consent"]);
    other
        .run(&[
            "voices",
            "consent",
            "narrator",
            "--consent-speaker",
            "Ana",
            "--consent-statement",
            "I agree.",
        ])
        .ok();
    other.run(&["voices", "export", "narrator"]).ok();
}

#[test]
fn what_is_no_package_leaves_nothing() {
    let home = home();
    home.write("a.mynahvoice", "no package");
    home.run(&["voices", "import", "a.mynahvoice"])
        .fails(2, &["no ZIP archive"]);
    home.run(&["voices", "import", "missing.mynahvoice"])
        .fails(2, &["missing.mynahvoice"]);
    home.run(&["voices", "export", "unknown"])
        .fails(2, &["unknown"]);
}
