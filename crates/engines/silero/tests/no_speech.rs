//! Music, signals and noises open no segment; speech does, over music and noise too.
#![allow(clippy::unwrap_used)]

use std::f32::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::Command;

use mynah_audio::{DecodeLimits, SampleRate, decode, resample, to_16_bits};
use mynah_silero::Silero;
use mynah_speech::voice_activity::{Segmenter, SegmenterSettings, VoiceEvent};

const RATE: f32 = 16_000.0;

/// Debian's music on hold: five pieces, 18 minutes.
const MUSIC: &str = "/usr/share/asterisk/moh";

/// Debian's sounds of a desktop: bells, rings, busy tones.
const DESKTOP: &str = "/usr/share/sounds/freedesktop/stereo";

/// Debian's telephone prompts, spoken by a person.
const PROMPTS: &str = "/usr/share/asterisk/sounds/en_US_f_Allison";

/// The number of segments in a sound with silence around it.
fn segments(sound: &[f32]) -> usize {
    let mut stream = vec![0.0; 8_000];
    stream.extend(sound);
    stream.resize(stream.len() + 16_000, 0.0);
    to_16_bits(&mut stream);
    let settings = SegmenterSettings::default();
    let mut segmenter = Segmenter::new(Box::new(Silero::new()), &settings).unwrap();
    let mut events = Vec::new();
    segmenter.push(&stream, &mut events);
    segmenter.finish(&mut events);
    let opened = |event: &&VoiceEvent| matches!(event, VoiceEvent::Opened { .. });
    events.iter().filter(opened).count()
}

/// The files of a folder with this extension, in order; none where the package is not installed.
fn installed(folder: &str, extension: &str, package: &str) -> Vec<PathBuf> {
    let Ok(files) = std::fs::read_dir(folder) else {
        println!("skipped: {folder} is missing (apt-get install {package})");
        return Vec::new();
    };
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|own| own == extension));
    paths.sort();
    paths
}

/// A recording in G.722 at 16 kHz, by ffmpeg.
fn load_g722(path: &Path) -> Vec<f32> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "g722", "-i", path.to_str().unwrap()])
        .args(["-ac", "1", "-ar", "16000", "-f", "s16le", "-"])
        .output()
        .expect("apt-get install ffmpeg");
    assert!(output.status.success(), "{}", path.display());
    let samples = output.stdout.chunks_exact(2);
    let value = |bytes: &[u8]| f32::from(i16::from_le_bytes([bytes[0], bytes[1]])) / 32_768.0;
    samples.map(value).collect()
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

fn power(samples: &[f32]) -> f32 {
    samples.iter().map(|own| own * own).sum::<f32>() / samples.len() as f32
}

/// Speech with silence around it, and all of that over a sound 10 dB below the speech.
fn over(speech: &[f32], sound: &[f32]) -> Vec<f32> {
    let mut stream = vec![0.0; 16_000];
    stream.extend(speech);
    stream.resize(stream.len() + 16_000, 0.0);
    let level = (power(speech) * 0.1 / power(&sound[..stream.len()])).sqrt();
    let pairs = stream.iter().zip(sound);
    pairs.map(|(own, sound)| own + level * sound).collect()
}

/// What speech is put over: nothing, noise, a synthesized melody, and recorded music.
fn backgrounds() -> Vec<(String, Vec<f32>)> {
    let seconds = 60;
    let length = seconds * RATE as usize;
    let melody = sampled(seconds as f32, |at| {
        let note = MELODY[(at / 0.4) as usize % MELODY.len()];
        harmonic(note, at, 8)
    });
    let mut all = vec![
        ("noise".to_owned(), noise(length)),
        ("a melody".to_owned(), melody),
    ];
    for path in installed(MUSIC, "wav", "asterisk-moh-opsound-wav") {
        let music = load(&path);
        let middle = music[20 * RATE as usize..].to_vec();
        all.push((path.display().to_string(), middle));
    }
    all
}

fn assert_detected(name: &str, speech: &[f32], backgrounds: &[(String, Vec<f32>)]) {
    assert!(segments(speech) > 0, "{name}");
    for (background, sound) in backgrounds {
        assert!(
            segments(&over(speech, sound)) > 0,
            "{name} over {background}"
        );
    }
}

#[test]
fn human_speech_over_music_opens_segments() {
    let backgrounds = backgrounds();
    for folder in ["cards", "librivox"] {
        let folder = format!("/usr/share/pocketsphinx/test/data/{folder}");
        for path in installed(&folder, "wav", "pocketsphinx-testdata") {
            assert_detected(&path.to_string_lossy(), &load(&path), &backgrounds);
        }
    }
    let prompts = installed(PROMPTS, "g722", "asterisk-core-sounds-en-g722");
    // The others are tones, and silence of some seconds.
    let spoken = |path: &&PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy();
        !name.contains("tone") && !name.contains("beep") && !name.contains("ring")
    };
    for path in prompts.iter().filter(spoken).step_by(20) {
        assert_detected(&path.to_string_lossy(), &load_g722(path), &backgrounds);
    }
}

#[test]
fn synthesized_speech_over_music_opens_segments() {
    let backgrounds = backgrounds();
    for voice in ["slt", "rms", "awb", "kal16", "kal"] {
        for text in ["Yes.", "Where is the nearest train station?", "No."] {
            let speech = spoken("flite", &["-voice", voice, "-t", text]);
            assert_detected(voice, &speech, &backgrounds);
        }
    }
    for (language, text) in [
        (
            "es",
            "El tiempo es muy bueno hoy, y todos están en el parque.",
        ),
        ("de", "Das Wetter ist heute sehr schön."),
        ("fr", "Il fait très beau aujourd'hui."),
        ("pt", "O tempo está muito bom hoje."),
        ("ru", "Сегодня очень хорошая погода."),
        ("cmn", "今天天气很好,我们去公园吧。"),
        ("ja", "こんにちは、きょうはいいてんきですね。"),
        ("ko", "오늘은 날씨가 아주 좋습니다."),
        ("tr", "Bugün hava çok güzel."),
    ] {
        for variant in ["", "+f3"] {
            let voice = format!("{language}{variant}");
            let speech = spoken("espeak-ng", &["-v", &voice, text]);
            assert_detected(&voice, &speech, &backgrounds);
        }
        let voice = format!("{language}+whisper");
        let whisper = spoken("espeak-ng", &["-v", &voice, text]);
        assert!(segments(&whisper) > 0, "{voice}");
    }
}

#[test]
fn recorded_music_opens_no_segment() {
    for path in installed(MUSIC, "wav", "asterisk-moh-opsound-wav") {
        assert_eq!(segments(&load(&path)), 0, "{}", path.display());
    }
}

#[test]
fn recorded_rings_and_bells_open_no_segment() {
    for path in installed(DESKTOP, "oga", "sound-theme-freedesktop") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // Tests of loudspeakers, in which a person names the channel.
        if !name.starts_with("audio-channel-") {
            let sound = load(&path);
            let thrice = [&sound[..], &sound, &sound].concat();
            assert_eq!(segments(&thrice), 0, "{name}");
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
fn music_signals_and_noises_open_no_segment() {
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
    let mut found = Vec::new();
    let waves = sounds
        .into_iter()
        .map(|(name, wave)| (name, sampled(8.0, wave)));
    let noises = [("applause", applause()), ("typing", typing())];
    for (name, sound) in waves.chain(noises) {
        let count = segments(&sound);
        if count > 0 {
            found.push((name, count));
        }
    }
    assert!(found.is_empty(), "{found:?}");
}

/// Bursts of noise with a decay: this many at each place of a second, so loud.
fn bursts(places: impl Iterator<Item = (usize, f32, f32)>) -> Vec<f32> {
    let mut sound = vec![0.0; 8 * RATE as usize];
    let noise = noise(8_000);
    for (number, (place, decay, level)) in places.enumerate() {
        let offset = number * 131 % 4_000;
        for n in 0..(6.0 * decay) as usize {
            if let Some(sample) = sound.get_mut(place + n) {
                *sample += level * (-(n as f32) / decay).exp() * noise[offset + n];
            }
        }
    }
    let loudest = sound
        .iter()
        .fold(0.0_f32, |loudest, own| loudest.max(own.abs()));
    sound.iter().map(|own| 0.3 * own / loudest).collect()
}

/// Sixty claps a second, at places that are not regular.
fn applause() -> Vec<f32> {
    let places = noise(480);
    bursts(places.iter().enumerate().map(|(number, place)| {
        let at = (number as f32 + 0.5 + 0.5 * place) * RATE / 60.0;
        (
            at as usize,
            20.0 + 30.0 * place.abs(),
            0.4 + 0.6 * place.abs(),
        )
    }))
}

/// Keys that go down and up, about five a second.
fn typing() -> Vec<f32> {
    let places = noise(40);
    bursts(places.iter().enumerate().flat_map(|(number, place)| {
        let at = (number as f32 + 0.5 + 0.4 * place) * RATE / 5.0;
        [(at as usize, 40.0, 1.0), (at as usize + 1_100, 40.0, 0.4)]
    }))
}
