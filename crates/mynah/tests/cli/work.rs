//! The main job, on real engines.

use crate::support::Home;

const SENTENCE: &str = "The weather is very nice today.";

#[test]
fn say_transcribe_and_interpret_work_together() {
    let home = Home::new();
    home.run(&["say", SENTENCE, "--voice", "flite/slt", "-o", "a.wav"])
        .ok();
    assert_eq!(home.run(&["transcribe", "a.wav"]).ok().trim(), SENTENCE);

    let srt = home.run(&["transcribe", "a.wav", "--format", "srt"]).ok();
    assert!(
        srt.starts_with("1\n00:00:0") && srt.contains(SENTENCE),
        "{srt}"
    );

    let lines = home
        .run(&[
            "interpret",
            "a.wav",
            "--from",
            "en",
            "--to",
            "es",
            "-o",
            "b.mp3",
            "--json",
        ])
        .ok();
    let line: serde_json::Value =
        serde_json::from_str(lines.trim()).expect("one line, one segment");
    assert_eq!(line["segment"], 0);
    assert_eq!(line["source"], SENTENCE);
    assert!(
        line["translation"]
            .as_str()
            .expect("text")
            .contains("tiempo")
    );
    assert!(line["end_ms"].as_u64() > line["start_ms"].as_u64());
    assert!(line["timings"]["recognize_ms"].is_u64());
    assert!(
        std::fs::metadata(home.path().join("b.mp3"))
            .expect("a file")
            .len()
            > 5_000
    );
}

#[test]
fn text_comes_from_a_file_or_a_pipe() {
    use std::io::Write;
    use std::process::Stdio;

    let home = Home::new();
    home.write("hola.txt", "Buenos días.");
    home.run(&["say", "hola.txt", "--language", "es", "-o", "a.opus"])
        .ok();

    let mut child = home
        .command(&["say", "-", "-o", "-", "--format", "pcm"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(b"Hello.")
        .expect("text goes in");
    let sound = child.wait_with_output().expect("it ends").stdout;
    assert!(
        sound.len() > 10_000 && sound.len().is_multiple_of(2),
        "{} bytes",
        sound.len()
    );
}

#[test]
fn a_report_has_the_voice_and_the_duration() {
    let report = Home::new()
        .run(&[
            "say", SENTENCE, "--voice", "alloy", "--speed", "2", "-o", "a.flac", "--json",
        ])
        .ok();
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["engine"], "flite");
    assert_eq!(report["voice"], "flite/slt");
    let ms = report["audio_ms"].as_u64().expect("a number");
    assert!((700..1_500).contains(&ms), "{ms} ms at twice the speed");
}

#[test]
fn voices_can_be_listed_by_language() {
    let spanish = Home::new()
        .run(&["voices", "--language", "es", "--json"])
        .ok();
    let spanish: serde_json::Value = serde_json::from_str(&spanish).expect("JSON");
    let ids: Vec<_> = spanish
        .as_array()
        .expect("a list")
        .iter()
        .map(|v| v["id"].clone())
        .collect();
    assert!(ids.contains(&"espeak/es".into()), "{ids:?}");
}

#[test]
fn a_voice_is_made_of_a_recording_or_a_description() {
    let home = Home::new().with("MYNAH_ENGINES__TONE__ENABLED", "true");
    home.write("ana.wav", "not much of a sound");
    home.write("ana.txt", "What Ana says in it.\n");
    let cloned = [
        "say",
        "Hello.",
        "--json",
        "-o",
        "clone.wav",
        "--ref-audio",
        "ana.wav",
        "--consent-speaker",
        "Ana",
        "--consent-statement",
        "Mynah may speak in my voice.",
    ];
    let text = ["--ref-text", "@ana.txt"];
    for rest in [
        &text[..],
        &["--x-vector-only"],
        &["--voice", "clone", "--ref-text", "Hi."],
    ] {
        let report = home.run(&[&cloned[..], rest].concat()).ok();
        assert!(report.contains("tone/clone"), "{report}");
    }
    let designed = [
        "say",
        "Hello.",
        "-o",
        "design.wav",
        "--voice",
        "tone/design",
    ];
    home.run(&[&designed[..], &["--instruct", "a calm old man"]].concat())
        .ok();
    let sound = |name: &str| std::fs::read(home.path().join(name)).expect("a file");
    assert!(sound("clone.wav").len() > 1_000);
    assert_ne!(sound("clone.wav"), sound("design.wav"));

    let listed = home.run(&["voices", "--engine", "tone"]).ok();
    for kind in ["preset", "designed", "cloned"] {
        assert!(listed.contains(kind), "{listed}");
    }
    let listed = home.run(&["voices", "--engine", "tone", "--json"]).ok();
    assert!(listed.contains("\"kind\": \"cloned\""), "{listed}");
}
