//! A recording's words, times and subtitles.

use std::process::Command;

use serde_json::Value;

use crate::support::Home;

const TEXT: &str = "The weather is very nice today. We walk along the river to the old mill. \
                    Then we drink a cup of coffee and go home.";

/// A home with a recording in several formats, named `a.*`.
fn home() -> Home {
    let home = Home::new();
    home.run(&["say", TEXT, "--voice", "flite/slt", "-o", "a.wav"])
        .ok();
    home
}

/// Makes another file of `a.wav`.
fn convert(home: &Home, name: &str, options: &[&str]) {
    let done = Command::new("ffmpeg")
        .args(["-v", "error", "-i", "a.wav"])
        .args(options)
        .arg(name)
        .current_dir(home.path())
        .status()
        .expect("ffmpeg runs");
    assert!(done.success(), "{name}");
}

#[test]
fn transcribing_and_interpreting_give_the_same_words() {
    let home = home();
    let files: [(&str, &[&str]); 5] = [
        ("a8.wav", &["-ar", "8000"]),
        ("a16.flac", &["-ar", "16000"]),
        ("a44.mp3", &["-ar", "44100", "-ac", "2"]),
        ("a48.opus", &["-ar", "48000", "-c:a", "libopus"]),
        ("aloud.wav", &["-ar", "22050", "-af", "volume=12dB"]),
    ];
    for (name, options) in files {
        convert(&home, name, options);
    }
    for name in [
        "a.wav",
        "a8.wav",
        "a16.flac",
        "a44.mp3",
        "a48.opus",
        "aloud.wav",
    ] {
        let whole = home.run(&["transcribe", name, "--format", "json"]).ok();
        let whole: Value = serde_json::from_str(&whole).expect("JSON");
        let transcribed: Vec<_> = whole["segments"]
            .as_array()
            .expect("segments")
            .iter()
            .map(|it| {
                (
                    it["start_ms"].clone(),
                    it["end_ms"].clone(),
                    it["text"].clone(),
                )
            })
            .collect();
        let interpreted = home
            .run(&["interpret", name, "--from", "en", "--to", "es", "--json"])
            .ok();
        let interpreted: Vec<_> = interpreted
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
            .map(|it| {
                (
                    it["start_ms"].clone(),
                    it["end_ms"].clone(),
                    it["source"].clone(),
                )
            })
            .collect();
        assert_eq!(transcribed, interpreted, "{name}");
        assert!(!transcribed.is_empty(), "{name}");
    }
}

#[test]
fn a_recording_over_the_limit_is_refused_where_there_is_one() {
    let home = home();
    convert(&home, "long.flac", &["-af", "apad=whole_dur=3", "-t", "3"]);
    for (arguments, code) in [
        (vec!["transcribe", "long.flac"], 0),
        (vec!["transcribe", "long.flac", "--max-seconds", "3"], 0),
        (vec!["transcribe", "long.flac", "--max-seconds", "2"], 2),
        (
            vec![
                "interpret",
                "long.flac",
                "--from",
                "en",
                "--to",
                "es",
                "--max-seconds",
                "2",
            ],
            2,
        ),
        (vec!["transcribe", "long.flac", "--max-seconds", "0"], 2),
    ] {
        assert_eq!(home.run(&arguments).code, code, "{arguments:?}");
    }
    let home = home.with("MYNAH_RECORDING__MAX_SECONDS", "2");
    home.run(&["transcribe", "long.flac"])
        .fails(2, &["long.flac"]);
    home.run(&["transcribe", "long.flac", "--max-seconds", "3"])
        .ok();
}

#[test]
fn three_hours_are_no_limit() {
    let home = Home::new();
    // Silence: it takes a moment to decode and nothing to recognize.
    let made = Command::new("ffmpeg")
        .args([
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "anullsrc=r=8000:cl=mono",
            "-t",
            "10800",
            "a.flac",
        ])
        .current_dir(home.path())
        .status()
        .expect("ffmpeg runs");
    assert!(made.success());
    assert_eq!(home.run(&["transcribe", "a.flac"]).ok(), "");
}

#[test]
fn a_language_is_recognized_in_every_variant() {
    let home = home();
    let expected = home.run(&["transcribe", "a.wav", "--language", "en"]).ok();
    for language in [
        "en-GB",
        "en-AU",
        "EN_us",
        "English",
        "British English",
        "eng",
        "",
        "auto",
    ] {
        let run = home.run(&["transcribe", "a.wav", "--language", language]);
        assert_eq!(run.ok(), expected, "{language:?}");
    }
    home.run(&["transcribe", "a.wav", "--language", "pt-BR"])
        .fails(4, &["pt-BR", "en-US"]);
}

#[test]
fn subtitles_keep_their_limits() {
    let home = home();
    for format in ["srt", "vtt"] {
        for (options, width, count) in [
            (vec![], 42, 2),
            (
                vec!["--max-line-width", "20", "--max-line-count", "1"],
                20,
                1,
            ),
        ] {
            let arguments = [&["transcribe", "a.wav", "--format", format][..], &options].concat();
            let file = home.run(&arguments).ok();
            let cues: Vec<_> = file
                .split("\n\n")
                .filter(|cue| cue.contains("-->"))
                .collect();
            assert!(cues.len() >= 2, "{file}");
            for cue in cues {
                let lines: Vec<_> = cue
                    .lines()
                    .skip_while(|line| !line.contains("-->"))
                    .collect();
                assert!((2..=count + 1).contains(&lines.len()), "{cue}");
                let narrow = |line: &&str| line.chars().count() <= width;
                assert!(lines[1..].iter().all(narrow), "{cue}");
            }
        }
    }
    let home = home.with("MYNAH_INTERPRETER__SUBTITLES__MAX_LINE_WIDTH", "15");
    let file = home.run(&["transcribe", "a.wav", "--format", "srt"]).ok();
    let long = file
        .lines()
        .find(|line| !line.contains("-->") && line.chars().count() > 15);
    assert_eq!(long, None);
    home.run(&[
        "transcribe",
        "a.wav",
        "--format",
        "srt",
        "--max-line-width",
        "9",
    ])
    .fails(2, &["max_line_width", "10 to 200"]);
}
