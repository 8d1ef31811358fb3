//! Whole segments that the detector closed: speech is kept, music and signals are not.
#![allow(clippy::unwrap_used)]

use std::f32::consts::TAU;
use std::path::Path;
use std::process::Command;

use mynah_audio::{DecodeLimits, SampleRate, decode, resample, to_16_bits};
use mynah_earshot::Earshot;
use mynah_speech::VoiceScorer;
use mynah_speech::voice_activity::speech_check::Features;
use mynah_speech::voice_activity::{Segmenter, SegmenterSettings, VoiceEvent};

const RATE: f32 = 16_000.0;

/// The segments of a sound with silence around it.
fn segments(sound: &[f32]) -> Vec<Vec<f32>> {
    let mut stream = vec![0.0; 8_000];
    stream.extend(sound);
    stream.resize(stream.len() + 16_000, 0.0);
    to_16_bits(&mut stream);
    let settings = SegmenterSettings::default();
    let mut segmenter = Segmenter::new(Box::new(Earshot::new()), &settings).unwrap();
    let mut events = Vec::new();
    segmenter.push(&stream, &mut events);
    segmenter.finish(&mut events);
    let closed = |event: &VoiceEvent| match event {
        VoiceEvent::Closed {
            start_sample,
            end_sample,
        } => Some(stream[*start_sample as usize..*end_sample as usize].to_vec()),
        _ => None,
    };
    events.iter().filter_map(closed).collect()
}

fn load(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let decoded = decode(bytes, &DecodeLimits::default()).unwrap();
    resample(&decoded.clip, SampleRate::HZ_16000).samples
}

fn spoken(program: &str, arguments: &[&str]) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spoken.wav");
    let option = if program == "flite" { "-o" } else { "-w" };
    let status = Command::new(program)
        .args([option, path.to_str().unwrap()])
        .args(arguments)
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{program}: apt-get install {program}"
    );
    load(&path)
}

/// White noise, always the same, within −1…1.
fn noise(samples: usize) -> Vec<f32> {
    let mut state = 7_u32;
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..samples).map(|_| uniform()).collect()
}

/// The same with white noise 10 dB below it.
fn noisy(samples: &[f32]) -> Vec<f32> {
    let power = samples.iter().map(|own| own * own).sum::<f32>() / samples.len() as f32;
    let level = (power * 0.1 * 3.0).sqrt();
    let pairs = samples.iter().zip(noise(samples.len()));
    pairs.map(|(own, noise)| own + level * noise).collect()
}

fn assert_kept(name: &str, speech: &[f32]) {
    for segment in segments(speech) {
        let features = Features::of(&segment);
        assert!(
            Earshot::new().may_be_speech(&segment),
            "{name}: {:?} {features:?}",
            features.map(|own| own.score())
        );
    }
}

#[test]
fn people_are_kept_with_noise_too() {
    for folder in ["cards", "librivox"] {
        let folder = Path::new("/usr/share/pocketsphinx/test/data").join(folder);
        let files = std::fs::read_dir(&folder).expect("apt-get install pocketsphinx-testdata");
        let paths = files.map(|file| file.unwrap().path());
        for path in paths.filter(|path| path.extension().is_some_and(|end| end == "wav")) {
            let speech = load(&path);
            assert_kept(&path.to_string_lossy(), &speech);
            assert_kept(&path.to_string_lossy(), &noisy(&speech));
        }
    }
}

#[test]
fn synthesized_voices_are_kept_with_noise_too() {
    for voice in ["slt", "rms", "awb", "kal16", "kal"] {
        for text in [
            "Yes.",
            "Where is the nearest train station?",
            "I would like some tea.",
        ] {
            let speech = spoken("flite", &["-voice", voice, "-t", text]);
            assert_kept(voice, &speech);
            assert_kept(voice, &noisy(&speech));
        }
    }
    for (language, text) in [
        ("en", "The weather is very nice today."),
        (
            "es",
            "El tiempo es muy bueno hoy, y todos están en el parque.",
        ),
        ("de", "Das Wetter ist heute sehr schön."),
        ("fr", "Il fait très beau aujourd'hui."),
        ("it", "Oggi il tempo è molto bello."),
        ("pt", "O tempo está muito bom hoje."),
        ("ru", "Сегодня очень хорошая погода."),
        ("cmn", "今天天气很好,我们去公园吧。"),
        ("ja", "こんにちは、きょうはいいてんきですね。"),
        ("ko", "오늘은 날씨가 아주 좋습니다."),
        ("tr", "Bugün hava çok güzel."),
    ] {
        for variant in ["", "+f3", "+whisper"] {
            let voice = format!("{language}{variant}");
            let speech = spoken("espeak-ng", &["-v", &voice, text]);
            assert_kept(&voice, &speech);
            assert_kept(&voice, &noisy(&speech));
        }
    }
}

/// A function of time, so many seconds of it.
fn sampled(seconds: f32, wave: impl Fn(f32) -> f32) -> Vec<f32> {
    (0..(seconds * RATE) as usize)
        .map(|n| 0.3 * wave(n as f32 / RATE))
        .collect()
}

fn sine(hz: f32, at: f32) -> f32 {
    (TAU * hz * at).sin()
}

/// Partials with falling weights.
fn harmonic(hz: f32, at: f32, count: u32) -> f32 {
    (1..=count)
        .map(|k| sine(hz * k as f32, at) / k as f32)
        .sum::<f32>()
        / 2.0
}

/// A sweep of a frequency by its phase, in periods.
fn swept(phase: impl Fn(f32) -> f32) -> impl Fn(f32) -> f32 {
    move |at| (TAU * phase(at)).sin()
}

const MELODY: [f32; 8] = [220.0, 277.2, 329.6, 440.0, 392.0, 329.6, 246.9, 293.7];

type Wave = Box<dyn Fn(f32) -> f32>;

fn boxed(wave: impl Fn(f32) -> f32 + 'static) -> Wave {
    Box::new(wave)
}

#[test]
fn music_and_signals_have_no_segment_that_may_be_speech() {
    let note = |at: f32, seconds: f32| MELODY[(at / seconds) as usize % MELODY.len()];
    let sounds: Vec<(&str, Wave)> = vec![
        (
            "dial tone",
            boxed(|at| (sine(350.0, at) + sine(440.0, at)) / 2.0),
        ),
        (
            "ring of the US",
            boxed(|at| {
                if at % 6.0 < 2.0 {
                    (sine(440.0, at) + sine(480.0, at)) / 2.0
                } else {
                    0.0
                }
            }),
        ),
        (
            "ring of Europe",
            boxed(|at| if at % 5.0 < 1.0 { sine(425.0, at) } else { 0.0 }),
        ),
        (
            "busy",
            boxed(|at| {
                if at % 1.0 < 0.5 {
                    (sine(480.0, at) + sine(620.0, at)) / 2.0
                } else {
                    0.0
                }
            }),
        ),
        (
            "dialled digits",
            boxed(|at| {
                let digit = (at / 0.3) as usize;
                let (low, high) = ([697.0, 770.0, 852.0, 941.0], [1_209.0, 1_336.0, 1_477.0]);
                let on = if at % 0.3 < 0.2 { 0.5 } else { 0.0 };
                on * (sine(low[digit * 3 % 4], at) + sine(high[digit * 2 % 3], at))
            }),
        ),
        ("low hum", boxed(|at| harmonic(100.0, at, 20))),
        ("hum", boxed(|at| harmonic(220.0, at, 12))),
        ("whistle", boxed(|at| sine(1_000.0, at))),
        (
            "siren of two tones",
            boxed(|at| sine(if at % 1.0 < 0.5 { 440.0 } else { 585.0 }, at)),
        ),
        (
            "siren, slow",
            boxed(swept(|at| {
                900.0 * at - 400.0 * (TAU * 0.3 * at).cos() / (TAU * 0.3)
            })),
        ),
        (
            "siren, fast",
            boxed(swept(|at| {
                1_000.0 * at - 400.0 * (TAU * 3.0 * at).cos() / (TAU * 3.0)
            })),
        ),
        ("melody, pure", boxed(move |at| sine(note(at, 0.3), at))),
        (
            "melody, organ",
            boxed(move |at| harmonic(note(at, 0.4), at, 8)),
        ),
        (
            "melody, piano",
            boxed(move |at| harmonic(note(at, 0.25), at, 6) * (-4.0 * (at % 0.25)).exp()),
        ),
        (
            "melody, strings",
            boxed(move |at| harmonic(note(at, 0.6), at, 15) * (at % 0.6 * 8.0).min(1.0)),
        ),
        (
            "chords",
            boxed(move |at| {
                let root = note(at, 0.8);
                [1.0, 1.26, 1.5]
                    .map(|step| harmonic(root * step, at, 6))
                    .iter()
                    .sum::<f32>()
                    / 3.0
            }),
        ),
        (
            "chords, plucked",
            boxed(move |at| {
                let root = note(at, 0.5) / 2.0;
                let sum: f32 = [1.0, 1.26, 1.5, 2.0]
                    .map(|step| harmonic(root * step, at, 8))
                    .iter()
                    .sum();
                sum / 4.0 * (-3.0 * (at % 0.5)).exp()
            }),
        ),
    ];
    let mut kept = Vec::new();
    for (name, wave) in sounds {
        let sound = sampled(8.0, wave);
        let found = segments(&sound);
        let passed = found.iter().filter(|own| Earshot::new().may_be_speech(own));
        let passed: Vec<_> = passed.map(|own| Features::of(own)).collect();
        println!("{name}: {} segments, {} kept", found.len(), passed.len());
        if !passed.is_empty() {
            kept.push((name, passed));
        }
    }
    assert!(kept.is_empty(), "{kept:#?}");
}

#[test]
fn the_judgement_depends_on_the_samples_alone() {
    let speech = spoken("flite", &["-voice", "slt", "-t", "The same again."]);
    let first = Features::of(&speech);
    assert!(first.is_some());
    assert_eq!(first, Features::of(&speech));
    assert_eq!(
        Features::of(&speech[..6_000]),
        None,
        "too short to be judged"
    );
}
