//! What is wrong is named, and nothing is left behind.

use crate::support::Home;

#[test]
fn say_refuses_unspeakable_text() {
    let home = Home::new();
    home.write("picture.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    let cases: [(&[&str], i32, &str); 9] = [
        (&["say", "", "-o", "a.wav"], 2, "the text is empty"),
        (&["say", " \n", "-o", "a.wav"], 2, "the text is empty"),
        (&["say", "picture.txt", "-o", "a.wav"], 2, "not text"),
        (
            &["say", "Hi.", "--voice", "nobody", "-o", "a.wav"],
            2,
            "nobody",
        ),
        (&["say", "Hi.", "--speed", "9", "-o", "a.wav"], 2, "0.25"),
        (&["say", "Hi.", "-o", "a.midi"], 2, ".midi"),
        (
            &["say", "Hi.", "--language", "klingonese", "-o", "a.wav"],
            2,
            "BCP-47",
        ),
        (
            &[
                "say",
                "Hi.",
                "--voice",
                "flite/slt",
                "--language",
                "de",
                "-o",
                "a.wav",
            ],
            4,
            "espeak/de",
        ),
        (
            &[
                "say",
                "Hi.",
                "--instruct",
                "gently",
                "--voice",
                "flite/slt",
                "-o",
                "a.wav",
            ],
            4,
            "instruct",
        ),
    ];
    for (arguments, code, word) in cases {
        home.run(arguments).fails(code, &[word]);
        assert!(
            !home.path().join("a.wav").exists(),
            "{arguments:?} left a file"
        );
    }
}

#[test]
fn transcribe_refuses_what_is_no_audio() {
    let home = Home::new();
    home.write("zip.wav", b"PK\x03\x04rest of an archive");
    home.write("empty.mp3", b"");
    home.run(&["transcribe", "zip.wav"]).fails(2, &["zip.wav"]);
    home.run(&["transcribe", "empty.mp3"])
        .fails(2, &["empty.mp3"]);
    home.run(&["transcribe", "nowhere.wav"])
        .fails(2, &["nowhere.wav"]);
}

#[test]
fn an_unknown_direction_names_the_known_ones() {
    let home = Home::new();
    home.run(&["translate", "Hi.", "--from", "en", "--to", "zh"])
        .fails(4, &["es"]);
}

#[test]
fn a_voice_that_is_unknown_names_the_engine() {
    Home::new()
        .run(&["voices", "--engine", "nobody"])
        .fails(2, &["flite", "espeak"]);
}

#[test]
fn a_recording_needs_consent_and_its_text() {
    let home = Home::new().with("MYNAH_ENGINES__TONE__ENABLED", "true");
    home.write("ana.wav", "not much of a sound");
    home.write("empty.wav", "");
    home.write("picture.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    home.write("large.wav", vec![0; (10 << 20) + 1]);
    let consent = [
        "--consent-speaker",
        "Ana",
        "--consent-statement",
        "Mynah may speak in my voice.",
    ];
    let x_vector = "--x-vector-only";
    for (name, arguments, words) in [
        (
            "no consent",
            vec!["--ref-audio", "ana.wav", x_vector],
            ["--consent-speaker", "--consent-statement"],
        ),
        (
            "half a consent",
            vec![
                "--ref-audio",
                "ana.wav",
                x_vector,
                "--consent-speaker",
                "Ana",
            ],
            ["--consent-statement", ""],
        ),
        (
            "no text",
            [&["--ref-audio", "ana.wav"][..], &consent].concat(),
            ["--ref-text", x_vector],
        ),
        (
            "no such text",
            [
                &["--ref-audio", "ana.wav", "--ref-text", "@no.txt"][..],
                &consent,
            ]
            .concat(),
            ["no.txt", "opened"],
        ),
        (
            "a picture for a text",
            [
                &["--ref-audio", "ana.wav", "--ref-text", "@picture.txt"][..],
                &consent,
            ]
            .concat(),
            ["picture.txt", "not text"],
        ),
        (
            "no such recording",
            [&["--ref-audio", "no.wav", x_vector][..], &consent].concat(),
            ["no.wav", "opened"],
        ),
        (
            "an empty one",
            [&["--ref-audio", "empty.wav", x_vector][..], &consent].concat(),
            ["empty.wav", "audio file"],
        ),
        (
            "a large one",
            [&["--ref-audio", "large.wav", x_vector][..], &consent].concat(),
            ["large.wav", "10485760"],
        ),
        (
            "no recording",
            vec!["--voice", "tone/clone"],
            ["tone/clone", "--ref-audio"],
        ),
        (
            "no description",
            vec!["--voice", "tone/design"],
            ["tone/design", "--instruct"],
        ),
        (
            "text of nothing",
            vec!["--ref-text", "Hi."],
            ["--ref-audio", ""],
        ),
    ] {
        let mut all = vec!["say", "Hi.", "-o", "a.wav"];
        all.extend(arguments);
        println!("{name}");
        home.run(&all).fails(2, &words);
        assert!(!home.path().join("a.wav").exists(), "{name} left a file");
    }
    let ready_made = ["say", "Hi.", "-o", "a.wav", "--voice", "tone/alto"];
    let recording = ["--ref-audio", "ana.wav", x_vector];
    home.run(&[&ready_made[..], &recording, &consent].concat())
        .fails(4, &["tone/alto", "tone/clone"]);
}
