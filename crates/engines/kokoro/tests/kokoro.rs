//! The real model. It is looked for in the folder `MYNAH_TEST_MODELS`: `kokoro/kokoro-v1.0.int8.im2col.onnx`,
//! `kokoro/voices`, `onnxruntime/libonnxruntime.so`. Without the variable these tests are skipped.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use mynah_audio::Clip;
use mynah_kokoro::{Kokoro, KokoroOptions};
use mynah_speech::{Cancel, EngineHealth, FinishReason, SpeechError, SpeechRequest, Synthesizer};

const TWENTY_WORDS: &str = "The old harbour master walked slowly down the stone steps and looked \
                            for a small white boat on the sea.";

/// The most memory that these tests may need, in KiB: the test program with both lexicons of English
/// and one session.
const MAX_PEAK_KIB: u64 = 700_000;

static ENGINE: LazyLock<Option<Kokoro>> = LazyLock::new(|| options().map(Kokoro::new));

fn options() -> Option<KokoroOptions> {
    let folder = PathBuf::from(std::env::var_os("MYNAH_TEST_MODELS")?);
    let mut options = KokoroOptions::in_folder(folder.join("kokoro"));
    options.runtime = Some(folder.join("onnxruntime/libonnxruntime.so"));
    Some(options)
}

/// The engine; none, with a line that says so, where no files are given.
fn installed() -> Option<&'static Kokoro> {
    let Some(kokoro) = &*ENGINE else {
        println!("skipped: MYNAH_TEST_MODELS is not set to a folder with Kokoro's files");
        return None;
    };
    assert_eq!(kokoro.health(), EngineHealth::Ready { version: None });
    Some(kokoro)
}

fn request(voice: &str, text: &str) -> SpeechRequest {
    let voice: mynah_speech::VoiceId = voice.parse().unwrap();
    let language = match &voice.name()[..1] {
        "b" => "en-GB",
        "e" => "es",
        "f" => "fr",
        "h" => "hi",
        "i" => "it",
        "p" => "pt-BR",
        _ => "en-US",
    };
    SpeechRequest {
        text: text.into(),
        voice,
        language: language.parse().unwrap(),
        instruct: None,
        reference: None,
        seed: None,
    }
}

fn speak(kokoro: &Kokoro, voice: &str, text: &str) -> Result<Vec<Clip>, SpeechError> {
    let mut clips = Vec::new();
    let mut sink = |clip: Clip| {
        assert_eq!(clip.rate.hz(), 24_000);
        clips.push(clip);
        ControlFlow::Continue(())
    };
    let finish = kokoro.speak(&request(voice, text), &Cancel::new(), &mut sink)?;
    assert_eq!(finish, FinishReason::Stop);
    Ok(clips)
}

fn samples(clips: Vec<Clip>) -> Vec<f32> {
    clips.into_iter().flat_map(|clip| clip.samples).collect()
}

fn seconds(samples: &[f32]) -> f64 {
    samples.len() as f64 / 24_000.0
}

/// A value of `/proc/self/status` in KiB.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn all_languages_have_audio_of_plausible_length() {
    let Some(kokoro) = installed() else { return };
    for (voice, text) in [
        ("kokoro/af_heart", "Good morning, how are you today?"),
        ("kokoro/bm_george", "Good morning, how are you today?"),
        ("kokoro/ef_dora", "Buenos días, ¿cómo está usted hoy?"),
        (
            "kokoro/ff_siwis",
            "Bonjour, comment allez-vous aujourd’hui ?",
        ),
        ("kokoro/hf_alpha", "नमस्ते, आज आप कैसे हैं?"),
        ("kokoro/if_sara", "Buongiorno, come sta oggi?"),
        ("kokoro/pf_dora", "Bom dia, como vai você hoje?"),
    ] {
        let samples = samples(speak(kokoro, voice, text).unwrap());
        let peak = samples
            .iter()
            .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        println!("{voice}: {:.2} s, peak {peak:.2}", seconds(&samples));
        assert!((1.0..4.5).contains(&seconds(&samples)), "{voice}");
        assert!((0.1..=1.2).contains(&peak), "{voice}");
        assert!(samples.iter().all(|sample| sample.is_finite()), "{voice}");
    }
}

#[test]
fn equal_requests_have_equal_audio() {
    let Some(kokoro) = installed() else { return };
    let text = "Blorpt is no word, is it?";
    let first = samples(speak(kokoro, "kokoro/am_michael", text).unwrap());
    samples(speak(kokoro, "kokoro/bf_emma", TWENTY_WORDS).unwrap());
    let second = samples(speak(kokoro, "kokoro/am_michael", text).unwrap());
    assert!(first == second);
}

#[test]
fn concurrent_requests_have_the_audio_of_single_ones() {
    let Some(kokoro) = installed() else { return };
    let cases = [
        ("kokoro/af_heart", "One after the other."),
        ("kokoro/ef_dora", "Uno tras otro."),
        ("kokoro/af_heart(1)+af_bella(1)", "Both voices at once."),
    ];
    let single: Vec<_> = cases
        .iter()
        .map(|(voice, text)| samples(speak(kokoro, voice, text).unwrap()))
        .collect();
    thread::scope(|scope| {
        for (case, expected) in cases.iter().zip(&single) {
            scope.spawn(move || {
                let audio = samples(speak(kokoro, case.0, case.1).unwrap());
                assert!(audio == *expected, "{}", case.0);
            });
        }
    });
}

#[test]
fn texts_beyond_the_tokens_of_the_graph_are_spoken_whole() {
    let Some(kokoro) = installed() else { return };
    let sentence = "A long text is cut at its marks, and no part of it is lost. ";
    let one = samples(speak(kokoro, "kokoro/af_heart", sentence).unwrap());
    let many = 12;
    let clips = speak(kokoro, "kokoro/af_heart", &sentence.repeat(many)).unwrap();
    assert!(clips.len() >= 5, "{}", clips.len());
    for clip in &clips {
        // No edge clicks.
        let first_samples: Vec<_> = clip.samples.iter().take(24).collect();
        assert!(first_samples.iter().all(|sample| sample.abs() < 0.01));
        assert!(clip.samples[clip.samples.len() - 1].abs() < 0.01);
    }
    let ratio = seconds(&samples(clips)) / (seconds(&one) * many as f64);
    assert!((0.8..1.25).contains(&ratio), "{ratio}");
    let peak = memory("VmHWM");
    println!(
        "peak memory {} MiB, now {} MiB",
        peak / 1024,
        memory("VmRSS") / 1024
    );
    assert!(peak < MAX_PEAK_KIB, "{peak}");
}

#[test]
fn mixes_differ_from_their_voices() {
    let Some(kokoro) = installed() else { return };
    let audio = |voice: &str| samples(speak(kokoro, voice, "Good morning.").unwrap());
    let (heart, mix) = (
        audio("kokoro/af_heart"),
        audio("kokoro/af_heart(2)+af_bella(1)"),
    );
    assert!(heart != mix);
    assert!(mix == audio("kokoro/af_heart(4)+af_bella(2)"));
    assert!(heart == audio("kokoro/af_heart(1)+af_bella(0)"));
    let voice = kokoro
        .described_voice("AF_Heart(2)+af_bella")
        .unwrap()
        .unwrap();
    assert_eq!(voice.id.to_string(), "kokoro/af_heart(2)+af_bella");
    assert_eq!(kokoro.described_voice("alto"), Ok(None));
}

#[test]
fn cancel_ends_an_utterance_soon() {
    let Some(kokoro) = installed() else { return };
    speak(kokoro, "kokoro/af_heart", "Warm.").unwrap();
    let cancel = Cancel::new();
    let token = cancel.clone();
    let (sender, first_clip) = channel();
    let ending = thread::spawn(move || {
        // Only the first is received.
        let mut sink = |_: Clip| {
            let _ = sender.send(());
            ControlFlow::Continue(())
        };
        let request = request("kokoro/af_heart", &TWENTY_WORDS.repeat(20));
        let end = kokoro.speak(&request, &cancel, &mut sink);
        (end, Instant::now())
    });
    // The second input is running then.
    first_clip.recv().unwrap();
    let cancelled = Instant::now();
    token.cancel();
    let (end, ended) = ending.join().unwrap();
    println!("ended {:?} after the cancellation", ended - cancelled);
    assert_eq!(end, Err(SpeechError::Cancelled));

    let mut clips = 0;
    let mut closed = |_: Clip| {
        clips += 1;
        ControlFlow::Break(())
    };
    let request = request("kokoro/af_heart", TWENTY_WORDS);
    let end = kokoro.speak(&request, &Cancel::new(), &mut closed);
    assert_eq!((end, clips), (Err(SpeechError::Cancelled), 1));
    assert!(speak(kokoro, "kokoro/af_heart", "Still here.").is_ok());
}

#[test]
fn invalid_requests_are_refused_before_any_audio() {
    let Some(kokoro) = installed() else { return };
    let error = |voice: &str, text: &str| speak(kokoro, voice, text).unwrap_err();
    for voice in [
        "kokoro/af_nobody",
        "kokoro/jf_alpha",
        "kokoro/af_heart(0)",
        "kokoro/x",
    ] {
        let error = error(voice, "Hello.");
        assert!(
            matches!(error, SpeechError::Invalid { param: "voice", .. }),
            "{error:?}"
        );
    }
    for voice in ["flite/af_heart", "kokoro/af_heart+bf_emma"] {
        let error = error(voice, "Hello.");
        assert!(
            matches!(error, SpeechError::Unsupported { param: "voice", .. }),
            "{error:?}"
        );
    }
    for text in ["你好", "Привет", "—", "…", &"long ".repeat(5000)] {
        let error = error("kokoro/af_heart", text);
        assert!(
            matches!(error, SpeechError::Unsupported { param: "input", .. }),
            "{error:?}"
        );
    }
}

#[test]
fn damaged_models_are_named_with_their_fix() {
    let Some(mut options) = options() else {
        installed();
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    options.model = folder.path().join("kokoro.onnx");
    for bytes in [&b""[..], b"not a model"] {
        fs::write(&options.model, bytes).unwrap();
        let error = speak(&Kokoro::new(options.clone()), "kokoro/af_heart", "Hello.").unwrap_err();
        let SpeechError::Unavailable { fix, .. } = &error else {
            panic!("{error:?}")
        };
        assert!(fix.contains("mynah models"), "{fix}");
    }
}

#[test]
fn missing_files_are_named_with_their_fix() {
    let folder = tempfile::tempdir().unwrap();
    let kokoro = Kokoro::new(KokoroOptions::in_folder(folder.path()));
    let missing = |kokoro: &Kokoro| match kokoro.health() {
        EngineHealth::Missing { reason, fix } => (reason, fix),
        EngineHealth::Ready { .. } => panic!("it has no files"),
    };
    let (reason, fix) = missing(&kokoro);
    assert!(reason.contains("model"), "{reason}");
    assert!(fix.contains("mynah models pull default"), "{fix}");
    assert_eq!(kokoro.voices(), []);
    assert_eq!(kokoro.described_voice("af_heart+af_bella"), Ok(None));
    let error = speak(&kokoro, "kokoro/af_heart", "Hello.");
    assert!(
        matches!(error, Err(SpeechError::Unavailable { .. })),
        "{error:?}"
    );

    fs::write(folder.path().join("kokoro-v1.0.int8.im2col.onnx"), b"x").unwrap();
    assert!(missing(&kokoro).0.contains("voices"));
    fs::create_dir(folder.path().join("voices")).unwrap();
    fs::write(folder.path().join("voices/af_heart.bin"), b"x").unwrap();
    let mut options = KokoroOptions::in_folder(folder.path());
    options.runtime = Some("/nonexistent/libonnxruntime.so".into());
    assert!(
        missing(&Kokoro::new(options.clone()))
            .0
            .contains("ONNX Runtime")
    );
    options.runtime = Some(folder.path().join("voices/af_heart.bin"));
    options.espeak = "/nonexistent/espeak-ng".into();
    let (reason, fix) = missing(&Kokoro::new(options));
    assert!(reason.contains("espeak-ng"), "{reason}");
    assert!(fix.contains("apt-get install espeak-ng"), "{fix}");
}
