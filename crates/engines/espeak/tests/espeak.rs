//! The real espeak-ng. Where it is missing these tests fail and say which package to install.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use mynah_audio::Clip;
use mynah_espeak::Espeak;
use mynah_speech::{
    Cancel, EngineHealth, FinishReason, Language, SpeechError, SpeechRequest, Synthesizer,
};

fn installed() -> Espeak {
    let espeak = Espeak::new();
    assert!(
        espeak.health().is_ready(),
        "install the package espeak-ng to run this test"
    );
    espeak
}

fn request(voice: &str, language: &str, text: &str) -> SpeechRequest {
    SpeechRequest {
        text: text.into(),
        voice: voice.parse().unwrap(),
        language: language.parse().unwrap(),
        instruct: None,
        reference: None,
        seed: None,
    }
}

fn speak(espeak: &Espeak, request: &SpeechRequest) -> Result<Clip, SpeechError> {
    let mut take: Option<Clip> = None;
    let mut sink = |clip: Clip| {
        match &mut take {
            Some(take) => take.samples.extend(clip.samples),
            None => take = Some(clip),
        }
        ControlFlow::Continue(())
    };
    assert_eq!(
        espeak.speak(request, &Cancel::new(), &mut sink)?,
        FinishReason::Stop
    );
    Ok(take.expect("no sound came"))
}

#[test]
fn many_languages_are_synthesized() {
    let espeak = installed();
    for (voice, language, text) in [
        ("espeak/en-us", "en-US", "The weather is very nice today."),
        ("espeak/es", "es", "¿Dónde está la estación de tren?"),
        ("espeak/ru", "ru", "Добрый день."),
        ("espeak/cmn", "zh", "你好。"),
    ] {
        let started = Instant::now();
        let take = speak(&espeak, &request(voice, language, text)).unwrap();
        let peak = take
            .samples
            .iter()
            .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        println!(
            "{voice}: {:?} of sound in {:?}, peak {peak}",
            take.duration(),
            started.elapsed()
        );
        assert!(take.duration() > Duration::from_millis(400), "{voice}");
        assert!(peak > 0.05 && peak <= 0.708, "{voice}: {peak}");
    }
}

#[test]
fn voices_are_found_by_language() {
    let voices = installed().voices();
    assert!(voices.len() > 100, "{}", voices.len());
    let best = |tag: &str| {
        let language: Language = tag.parse().unwrap();
        voices
            .iter()
            .find(|voice| voice.supports_language(&language))
            .map(|voice| voice.id.to_string())
    };
    for (tag, id) in [
        ("es", "es"),
        ("pt-BR", "pt-br"),
        ("fr", "fr-fr"),
        ("no", "nb"),
        ("zh", "cmn"),
    ] {
        assert_eq!(best(tag), Some(format!("espeak/{id}")), "{tag}");
    }
}

#[test]
fn text_is_text_and_never_a_command() {
    let espeak = installed();
    let length = |text: &str| {
        speak(&espeak, &request("espeak/en-us", "en", text))
            .unwrap()
            .duration()
    };
    // Read as an option, as phonemes or as markup these would be short or silent.
    assert!(length("-q --version") > Duration::from_millis(600));
    assert!(length("[[h@l'oU]]") > length("hello") * 2);
    assert!(length("<b>bold</b>") > length("bold"));
}

#[test]
fn a_listener_who_leaves_or_a_cancel_ends_it() {
    let espeak = installed();
    let long = request("espeak/en-us", "en", &"All work and no play. ".repeat(40));
    let mut clips = 0;
    let mut leave = |_| {
        clips += 1;
        ControlFlow::Break(())
    };
    assert_eq!(
        espeak.speak(&long, &Cancel::new(), &mut leave),
        Err(SpeechError::Cancelled)
    );
    assert_eq!(clips, 1);

    let cancel = Cancel::new();
    let inner = cancel.clone();
    let mut ask = move |_| {
        inner.cancel();
        ControlFlow::Continue(())
    };
    assert_eq!(
        espeak.speak(&long, &cancel, &mut ask),
        Err(SpeechError::Cancelled)
    );
}

#[test]
fn a_missing_program_is_named_with_its_package() {
    let espeak = Espeak::with_program("/nowhere/espeak-ng");
    assert_eq!(espeak.voices(), []);
    let EngineHealth::Missing { fix, .. } = espeak.health() else {
        panic!("it is not there")
    };
    assert!(fix.contains("apt-get install espeak-ng"), "{fix}");
    let error = espeak.speak(
        &request("espeak/en-us", "en", "hello"),
        &Cancel::new(),
        &mut |_| ControlFlow::Continue(()),
    );
    assert!(
        matches!(error, Err(SpeechError::Unavailable { .. })),
        "{error:?}"
    );
}

#[test]
fn an_unknown_voice_is_unsupported() {
    let error = speak(&installed(), &request("espeak/nobody", "en", "hello"));
    assert!(
        matches!(error, Err(SpeechError::Unsupported { param: "voice", .. })),
        "{error:?}"
    );
}

/// A program that plays espeak-ng as far as its table, and then does as the test says.
#[cfg(unix)]
fn pretender(then: &str) -> (tempfile::TempDir, Espeak) {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("espeak-ng");
    let script = format!(
        "#!/bin/sh\ncase $1 in\n--version) echo 'eSpeak NG text-to-speech: 0.0  Data at: x';;\n\
         --voices) printf 'Pty\\n 5 en --/M E f\\n';;\n*) {then};;\nesac\n"
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let espeak = Espeak::with_program(&path);
    (directory, espeak)
}

#[cfg(unix)]
#[test]
fn the_environment_of_the_program_is_given() {
    // Cargo sets this for a test; no program needs it.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("environment");
    let (_directory, espeak) = pretender(&format!("env > {}; exit 3", file.display()));
    speak(&espeak, &request("espeak/en", "en", "hello")).unwrap_err();
    let names: Vec<String> = std::fs::read_to_string(file)
        .unwrap()
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0.to_owned()))
        // The shell's own.
        .filter(|name| !matches!(name.as_str(), "PWD" | "_" | "SHLVL" | "OLDPWD"))
        .collect();
    for name in &names {
        let given = [
            "PATH",
            "LD_LIBRARY_PATH",
            "ESPEAK_DATA_PATH",
            "LANG",
            "HOME",
        ];
        assert!(
            given.contains(&name.as_str()) || name == "PULSE_RUNTIME_PATH",
            "{name}"
        );
    }
    assert!(names.contains(&"HOME".to_owned()));
}

#[cfg(target_os = "linux")]
#[test]
fn no_pulse_folders_are_left() {
    let folders = || -> usize {
        let entries = std::fs::read_dir("/tmp").unwrap();
        let pulse =
            |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with("pulse-");
        entries.filter_map(Result::ok).filter(pulse).count()
    };
    let home = tempfile::tempdir().unwrap();
    // A process of its own, whose home is new, so that a client would make its folders there.
    let run = |test: &str| {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact"])
            .env("HOME", home.path())
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("XDG_CONFIG_HOME")
            .output()
            .unwrap()
    };
    let before = folders();
    let output = run("many_languages_are_synthesized");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(folders(), before);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn letters_of_other_scripts_are_not_its_to_say() {
    let espeak = installed();
    for (letters, tag, can) in [
        ("aé1", "es", true),
        ("東京あ", "es", false),
        ("привет", "en", false),
        ("привет", "ru", true),
        ("東京", "zh", true),
        ("한국", "ko", true),
        ("한국", "de", false),
    ] {
        let language = tag.parse().unwrap();
        let all = letters.chars().all(|c| espeak.can_say(c, &language));
        let any = letters.chars().any(|c| espeak.can_say(c, &language));
        assert_eq!((all, any), (can, can), "{letters} in {tag}");
    }
}

#[cfg(unix)]
#[test]
fn a_program_that_fails_is_a_failure_and_a_stalled_one_can_be_cancelled() {
    for then in ["exit 3", "printf garbage", "printf 'RIFF1234WAVEdata1234'"] {
        let (_directory, espeak) = pretender(then);
        let error = speak(&espeak, &request("espeak/en", "en", "hello"));
        assert!(
            matches!(error, Err(SpeechError::Failed { .. })),
            "{then}: {error:?}"
        );
    }
    // A header, a chunk of sound, and then nothing more.
    let begin = "printf 'RIFF\\0\\0\\0\\0WAVEfmt \\020\\0\\0\\0\\001\\0\\001\\0\\042\\126\\0\\0\\104\\254\\0\\0\\002\\0\\020\\0data\\0\\0\\0\\0'; head -c 4096 /dev/zero";
    for then in ["exec sleep 600", "exec >&-; exec sleep 600"] {
        let (_directory, espeak) = pretender(&format!("{begin}; {then}"));
        let cancel = Cancel::new();
        let inner = cancel.clone();
        let mut clips = 0;
        let mut sink = |_| {
            clips += 1;
            inner.cancel();
            ControlFlow::Continue(())
        };
        let result = espeak.speak(&request("espeak/en", "en", "hello"), &cancel, &mut sink);
        assert_eq!(result, Err(SpeechError::Cancelled), "{then}");
        assert!(clips >= 1, "{then}");
    }
}
