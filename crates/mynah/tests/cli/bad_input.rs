//! What is wrong is named, and nothing is left behind.

use crate::support::Home;

#[test]
fn say_refuses_what_cannot_be_said() {
    let home = Home::new();
    home.write("latin1.txt", [0xE9]);
    let cases: [(&[&str], i32, &str); 9] = [
        (&["say", "", "-o", "a.wav"], 2, "nothing to say"),
        (&["say", "...", "-o", "a.wav"], 2, "nothing to say"),
        (&["say", "latin1.txt", "-o", "a.wav"], 2, "UTF-8"),
        (
            &["say", "Hi.", "--voice", "nobody", "-o", "a.wav"],
            2,
            "nobody",
        ),
        (&["say", "Hi.", "--speed", "9", "-o", "a.wav"], 2, "0.25"),
        (&["say", "Hi.", "-o", "a.midi"], 2, ".midi"),
        (
            &["say", "Hi.", "--language", "english!", "-o", "a.wav"],
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
fn transcribe_refuses_what_is_no_sound() {
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
fn a_direction_that_nobody_knows_names_those_there_are() {
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
