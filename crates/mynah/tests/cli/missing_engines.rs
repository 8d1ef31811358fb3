//! Nothing is installed: the program runs, and says what to install.

use crate::support::Home;

#[test]
fn the_doctor_names_every_missing_package() {
    let run = Home::without_engines().run(&["doctor"]);
    for package in ["libflite1", "espeak-ng", "libpocketsphinx3", "apertium"] {
        assert!(
            run.stdout.contains(package),
            "{package} is not in: {}",
            run.stdout
        );
    }
    run.fails(
        3,
        &[
            "missing",
            "kokoro, flite, espeak",
            "whisper, pocketsphinx",
            "bergamot, apertium",
        ],
    );
}

#[test]
fn the_doctor_says_the_same_in_json() {
    let run = Home::without_engines().run(&["doctor", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let engines = report["engines"].as_array().expect("a list");
    assert_eq!(engines.len(), 7);
    assert!(
        engines
            .iter()
            .all(|engine| engine["state"] == "missing" && engine["fix"].is_string())
    );
}

#[test]
fn every_command_names_the_package_that_it_lacks() {
    let home = Home::without_engines();
    home.write("silence.wav", support_wav());
    home.run(&["say", "Hello.", "-o", "a.wav"])
        .fails(3, &["mynah models pull default", "apt-get install"]);
    home.run(&["transcribe", "silence.wav"])
        .fails(3, &["mynah models pull default", "apt-get install"]);
    home.run(&["translate", "Hello.", "--from", "en", "--to", "es"])
        .fails(3, &["mynah models pull default", "apt-get install"]);
    assert!(!home.path().join("a.wav").exists());
}

/// A tenth of a second of silence.
fn support_wav() -> Vec<u8> {
    use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};
    let silence = Clip::new(SampleRate::HZ_16000, vec![0.0; 1600]);
    encode_whole(&silence, Format::Wav, &Tags::new()).expect("wav needs nothing")
}
