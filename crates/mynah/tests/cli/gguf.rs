//! GGUF files of Qwen3-TTS: opened by path, pulled from a hub, removed.

use std::path::Path;

use serde_json::Value;

use crate::hub::{Behaviour, TestHub};
use crate::models::{NAME, checkpoints, offline};
use crate::support::Home;

/// A file of `parity/gguf/qwentts`.
fn gguf(name: &str) -> std::path::PathBuf {
    crate::checkpoints::parity().join("gguf/qwentts").join(name)
}

#[test]
fn gguf_files_speak_as_the_folder_they_were_made_of() {
    let home = Home::new()
        .with("MYNAH_ENGINES__QWEN3__FRAMES", "7")
        .with("MYNAH_ENGINES__QWEN3__PRECISION", "f32");
    let say = |model: &Path, out: &str| {
        let model = model.to_str().expect("UTF-8");
        home.run(&["say", "Hello.", "--model", model, "--seed", "3", "-o", out])
            .ok();
        std::fs::read(home.path().join(out)).expect("a file")
    };
    let file = say(&gguf("tiny-custom_voice-f32.gguf"), "file.wav");
    let folder = crate::checkpoints::checkpoint("tiny-custom_voice");
    assert!(file.len() > 1_000);
    assert!(file == say(&folder, "folder.wav"), "the sound differs");
}

#[test]
fn a_gguf_file_is_pulled_and_speaks_beside_its_codec() {
    for folder in ["", "f32/"] {
        pull_and_speak(folder);
    }
}

/// Pulls and removes GGUF files that are in this folder of the repository.
fn pull_and_speak(folder: &str) {
    let names = ["tiny-custom_voice-f32.gguf", "tokenizer-f32.gguf"];
    let files = names.map(|name| {
        let bytes = std::fs::read(gguf(name)).expect("a file");
        (format!("{folder}{name}"), bytes)
    });
    let hub = TestHub::start(Behaviour {
        files: files.into_iter().collect(),
        ..Behaviour::default()
    });
    let home = Home::new()
        .with("HF_ENDPOINT", &hub.endpoint)
        .with("MYNAH_ENGINES__QWEN3__FRAMES", "7");
    let [talker, codec] = names.map(|name| format!("{NAME}:{folder}{name}"));
    let pulled = home.run(&["models", "pull", &talker]).ok();
    assert!(Path::new(pulled.trim()).ends_with(names[0]), "{pulled}");
    let say = ["say", "Hello.", "--model", &talker, "-o", "hello.wav"];
    home.run(&say).fails(2, &[names[0], "codec", "models pull"]);
    assert_eq!(checkpoints(&home), Vec::<Value>::new());

    home.run(&["models", "pull", &codec]).ok();
    offline(&home, &say).ok();
    let length = home
        .path()
        .join("hello.wav")
        .metadata()
        .expect("a file")
        .len();
    assert!(length > 1_000);
    let listed = checkpoints(&home);
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["model"], talker.as_str());
    assert_eq!(listed[0]["kind"], "custom_voice");

    home.run(&["models", "remove", &talker])
        .fails(2, &["as a whole"]);
    home.run(&["models", "remove", NAME]).ok();
    assert_eq!(checkpoints(&home), Vec::<Value>::new());
}
