//! Styles: listed, changed, spoken; and recordings of a kept voice in styles.

use serde_json::Value;

use crate::support::Home;

const CONSENT: [&str; 4] = [
    "--consent-speaker",
    "Ana Lima",
    "--consent-statement",
    "I agree.",
];

fn json(printed: &str) -> Value {
    serde_json::from_str(printed).expect("JSON")
}

#[test]
fn styles_are_listed_changed_and_restored() {
    let home = Home::new();
    let listed = home.run(&["styles"]).ok();
    assert_eq!(listed.lines().count(), 23);
    assert!(listed.contains("medium intense"));
    let german = home.run(&["styles", "list", "--language", "de"]).ok();
    assert!(german.contains("Traurig"), "{german}");
    let shown = home.run(&["styles", "show", "sad", "--json"]).ok();
    let mut style = json(&shown);
    style["variants"][0]["instruct"] = "Speak as if it rained.".into();
    home.write("style.json", style.to_string());
    home.run(&["styles", "set", "sad", "style.json"]).ok();
    home.run(&["styles", "set", "rainy", "style.json"]).ok();
    assert!(
        home.run(&["styles", "show", "sad"])
            .ok()
            .contains("override")
    );
    let listed = home.run(&["styles"]).ok();
    assert_eq!(listed.lines().count(), 24);
    home.run(&["styles", "remove", "sad"]).ok();
    home.run(&["styles", "remove", "rainy"]).ok();
    assert_eq!(home.run(&["styles", "show", "sad", "--json"]).ok(), shown);
    home.run(&["styles", "remove", "sad"])
        .fails(2, &["no such style"]);
    home.run(&["styles", "show", "rainy"])
        .fails(2, &["no such style"]);
    home.run(&["styles", "set", "Très", "style.json"])
        .fails(2, &["a-z"]);
    home.write("wrong.json", "{\"kind\": \"mood\"}");
    home.run(&["styles", "set", "rainy", "wrong.json"])
        .fails(2, &["wrong.json", "mood"]);
}

#[test]
fn a_voice_without_the_style_speaks_it_by_prosody_and_says_so() {
    let home = Home::new();
    let say = |more: &[&str]| {
        let say = [
            "say",
            "The weather is very nice today.",
            "--engine",
            "flite",
            "--json",
        ];
        [&say[..], more]
            .concat()
            .iter()
            .map(|own| (*own).to_owned())
            .collect::<Vec<_>>()
    };
    let run = |more: &[&str]| home.run(&say(more).iter().map(String::as_str).collect::<Vec<_>>());
    let plain = json(&run(&["-o", "plain.wav"]).ok());
    let sad = json(
        &run(&[
            "--emotion",
            "sad",
            "--intensity",
            "intense",
            "-o",
            "sad.wav",
        ])
        .ok(),
    );
    assert_eq!(sad["style"], "sad/intense; by=prosody");
    assert_eq!(plain["style"], Value::Null);
    let milliseconds = |report: &Value| report["audio_ms"].as_f64().expect("a number");
    let ratio = milliseconds(&sad) / milliseconds(&plain);
    assert!((ratio - 1.25).abs() < 0.1, "{ratio}");
    run(&["--emotion", "sad", "--style-strict", "-o", "no.wav"]).fails(4, &["sad/medium"]);
    run(&["--emotion", "sad", "--intensity", "huge", "-o", "no.wav"])
        .fails(2, &["medium, intense"]);
    run(&["--mode", "sad", "-o", "no.wav"]).fails(2, &["emotion"]);
    run(&["--emotion", "sad", "--mode", "radio", "-o", "no.wav"]).fails(2, &["cannot be used"]);
    run(&["--intensity", "medium", "-o", "no.wav"]).fails(2, &["--emotion"]);
}

#[test]
fn a_kept_voice_speaks_from_its_recording_in_the_style() {
    let home = Home::new().with("MYNAH_ENGINES__TONE__ENABLED", "true");
    let text = "The weather is very nice today, and we walk along the river until the evening.";
    for file in ["ana.wav", "sad.wav"] {
        let voice = if file == "ana.wav" { "slt" } else { "rms" };
        home.run(&[
            "say", text, "--engine", "flite", "--voice", voice, "-o", file,
        ])
        .ok();
    }
    let with_consent = |command: &[&str]| home.run(&[command, &CONSENT].concat()).ok();
    with_consent(&[
        "voices",
        "clone",
        "ana.wav",
        "--name",
        "Ana",
        "--ref-text",
        text,
    ]);
    let added = with_consent(&[
        "voices",
        "add",
        "Ana",
        "sad.wav",
        "--emotion",
        "sad",
        "--ref-text",
        text,
        "--json",
    ]);
    let added = json(&added);
    let prompt = &added["prompts"][1];
    assert_eq!(prompt["style"]["intensity"], "medium");
    let say = [
        "say", "Hello.", "--voice", "Ana", "--json", "--mode", "radio", "-o", "a.wav",
    ];
    assert_eq!(json(&home.run(&say).ok())["style"], "radio; by=prosody");
    let say = [
        "say",
        "Hello.",
        "--voice",
        "Ana",
        "--json",
        "--emotion",
        "sad",
        "-o",
        "a.wav",
    ];
    assert_eq!(json(&home.run(&say).ok())["style"], "sad/medium; by=prompt");
    let id = prompt["id"].as_str().expect("an id");
    assert!(home.run(&["voices", "show", "Ana"]).ok().contains(id));
    home.run(&["voices", "remove", id]).ok();
    assert_eq!(
        json(&home.run(&say).ok())["style"],
        "sad/medium; by=prosody"
    );
    let anchor = added["prompts"][0]["id"].as_str().expect("an id");
    home.run(&["voices", "remove", anchor])
        .fails(2, &["anchor"]);
}

#[test]
fn the_speed_of_a_kept_voice_is_that_of_commands_without_one() {
    let home = Home::new().with("MYNAH_ENGINES__TONE__ENABLED", "true");
    let text = "The weather is very nice today, and we walk along the river until the evening.";
    home.run(&["say", text, "--engine", "flite", "-o", "ana.wav"])
        .ok();
    let clone = [
        "voices",
        "clone",
        "ana.wav",
        "--name",
        "Ana",
        "--ref-text",
        text,
    ];
    home.run(&[&clone[..], &CONSENT].concat()).ok();
    home.run(&["voices", "edit", "Ana", "--speed", "2"]).ok();
    let milliseconds = |more: &[&str]| {
        let say = [
            "say",
            "Hello, and a good morning.",
            "--voice",
            "Ana",
            "--json",
            "-o",
            "a.wav",
        ];
        let report = json(&home.run(&[&say[..], more].concat()).ok());
        report["audio_ms"].as_f64().expect("a number")
    };
    let ratio = milliseconds(&["--speed", "1"]) / milliseconds(&[]);
    assert!((ratio - 2.0).abs() < 0.1, "{ratio}");
}
