//! Speech that is kept, and voices without a person: kept, listed, made a voice, saved, deleted.

use serde_json::Value;

use crate::checkpoints;
use crate::support::Home;

const TEXT: &str = "The weather is very nice today, and we walk along the river until the evening.";

fn kept(home: &Home, more: &[&str]) -> Value {
    let say = ["say", TEXT, "--keep", "-o", "said.flac", "--json"];
    let report = home.run(&[&say, more].concat()).ok();
    serde_json::from_str(&report).expect("JSON")
}

fn listed(home: &Home) -> Vec<Value> {
    let printed = home.run(&["takes", "--json"]).ok();
    serde_json::from_str(&printed).expect("JSON")
}

#[test]
fn a_take_is_kept_saved_and_deleted() {
    let home = Home::new();
    home.run(&["takes"]).fails(2, &["say --keep"]);
    let report = kept(&home, &["--voice", "flite/slt"]);
    let clip = report["clip"].as_str().expect("a clip");
    let takes = listed(&home);
    assert_eq!(takes[0]["id"], clip);
    assert_eq!(takes[0]["text"], TEXT);
    assert_eq!(takes[0]["voice"], "flite/slt");
    let shown = home.run(&["takes"]).ok();
    assert!(shown.contains(clip) && shown.contains("river"), "{shown}");

    home.run(&["takes", "save", clip, "-o", "saved.flac"]).ok();
    let file = |name: &str| std::fs::read(home.path().join(name)).expect("a file");
    assert_eq!(file("saved.flac"), file("said.flac"));
    home.run(&["takes", "remove", clip]).ok();
    assert_eq!(listed(&home), Vec::<Value>::new());
    home.run(&["takes", "save", clip, "-o", "again.flac"])
        .fails(2, &["no such clip"]);
    home.run(&["takes", "remove", "clp_1"]).fails(2, &["clp_"]);
}

#[test]
fn a_take_becomes_a_voice_and_a_recording_of_it() {
    let home = Home::new();
    let voice = ["--voice", "flite/slt"];
    let clip = kept(&home, &voice)["clip"].clone();
    let clip = clip.as_str().expect("a clip");
    let make = ["takes", "voice", clip, "--name", "Keeper", "--json"];
    let made: Value = serde_json::from_str(&home.run(&make).ok()).expect("JSON");
    assert_eq!(made["origin"], "description");
    assert_eq!(made["prompts"][0]["transcript"], TEXT);
    home.run(&make).fails(2, &["this name"]);
    let add = ["takes", "add", clip, "--voice", "keeper", "--mode"];
    home.run(&[&add[..], &["whispering"]].concat()).ok();
    home.run(&[&add[..], &["wispering"]].concat())
        .fails(2, &["style"]);
    let shown = home.run(&["voices", "show", "Keeper"]).ok();
    assert!(
        shown.contains("generated") && shown.contains("whispering"),
        "{shown}"
    );
    assert!(!shown.contains("consent"), "{shown}");
    home.run(&["say", "Hello.", "--voice", "Keeper", "-o", "x.wav"])
        .fails(4, &["mynah models pull"]);
}

#[test]
fn an_engines_voice_is_kept_under_another_name() {
    let home = Home::new();
    let preset = ["voices", "preset", "flite/slt", "--name", "Clara"];
    home.run(&[&preset[..], &["--speed", "2"]].concat()).ok();
    home.run(&["voices", "preset", "flite/unknown", "--name", "X"])
        .fails(2, &["flite/unknown"]);
    let said = kept(&home, &["--voice", "clara"]);
    assert_eq!(said["engine"], "flite");
    let own = kept(&home, &["--voice", "flite/slt", "--speed", "2"]);
    assert_eq!(said["audio_ms"], own["audio_ms"]);
    let of_clara = home.run(&["takes", "--voice", "Clara", "--json"]).ok();
    let of_clara: Vec<Value> = serde_json::from_str(&of_clara).expect("JSON");
    assert_eq!(of_clara.len(), 1);
}

#[test]
fn without_a_model_that_designs_the_error_says_so() {
    let home = Home::new();
    let design = ["voices", "design", "a calm old man", "--name", "Keeper"];
    home.run(&design).fails(4, &["made of a description"]);
}

#[test]
fn the_voice_of_a_person_that_the_engine_has_saved_becomes_no_other() {
    let home = Home::new()
        .with("MYNAH_ENGINES__QWEN3__FRAMES", "7")
        .with("MYNAH_ENGINES__QWEN3__PRECISION", "f32");
    let model = checkpoints::checkpoint("tiny-base");
    let model = model.to_str().expect("UTF-8");
    home.run(&["say", TEXT, "-o", "ana.wav"]).ok();
    let clone = [
        "qwen3",
        "clone",
        "ana",
        "--model",
        model,
        "--ref-audio",
        "ana.wav",
        "--ref-text",
        TEXT,
        "--consent-speaker",
        "Ana",
        "--consent-statement",
        "I agree.",
    ];
    home.run(&clone).ok();
    let report = kept(&home, &["--model", model, "--voice", "qwen3/ana"]);
    let clip = report["clip"].as_str().expect("a clip");
    assert_eq!(listed(&home)[0]["of_person"], true);
    home.run(&["takes", "voice", clip, "--name", "Eve"])
        .fails(2, &["a person's voice"]);
    let home = home.with("MYNAH_ENGINES__QWEN3__MODEL", model);
    home.run(&["voices", "preset", "qwen3/ana", "--name", "Eve"])
        .fails(2, &["the voice of a person"]);
}
