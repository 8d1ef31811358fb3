//! The detector with the segmenter's defaults, on synthetic and human speech.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use mynah_audio::{DecodeLimits, SampleRate, decode, resample};
use mynah_silero::Silero;
use mynah_speech::VoiceScorer;
use mynah_speech::voice_activity::{Segmenter, SegmenterSettings, VoiceEvent};

const RECORDINGS: &str = "/usr/share/pocketsphinx/test/data";

/// The places of the segments in a stream at 16 kHz.
fn cut(stream: &[f32], settings: &SegmenterSettings) -> Vec<(u64, u64)> {
    let mut segmenter = Segmenter::new(Box::new(Silero::new()), settings).unwrap();
    let mut events = Vec::new();
    segmenter.push(stream, &mut events);
    segmenter.finish(&mut events);
    places(&events)
}

fn places(events: &[VoiceEvent]) -> Vec<(u64, u64)> {
    let closed = |event: &VoiceEvent| match event {
        VoiceEvent::Closed {
            start_sample,
            end_sample,
        } => Some((*start_sample, *end_sample)),
        _ => None,
    };
    events.iter().filter_map(closed).collect()
}

fn load(path: &Path, package: &str) -> Vec<f32> {
    let bytes = std::fs::read(path)
        .unwrap_or_else(|e| panic!("{}: {e}: apt-get install {package}", path.display()));
    let decoded = decode(bytes, &DecodeLimits::default()).unwrap();
    resample(&decoded.clip, SampleRate::HZ_16000).samples
}

fn synthesized(voice: &str, sentence: &str) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spoken.wav");
    let spoken = Command::new("flite")
        .args(["-voice", voice, "-t", sentence, "-o"])
        .arg(&path)
        .status();
    assert!(
        spoken.is_ok_and(|status| status.success()),
        "flite: apt-get install flite"
    );
    load(&path, "flite")
}

fn recordings(folder: &str) -> Vec<Vec<f32>> {
    let folder = Path::new(RECORDINGS).join(folder);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|e| {
        panic!(
            "{}: {e}: apt-get install pocketsphinx-testdata",
            folder.display()
        )
    });
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "wav"));
    paths.sort();
    paths
        .iter()
        .map(|path| load(path, "pocketsphinx-testdata"))
        .collect()
}

/// White noise of some root mean square, always the same.
fn noise(samples: usize, rms: f32) -> Vec<f32> {
    let mut state = 7_u32;
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..samples)
        .map(|_| uniform() * rms * 3_f32.sqrt())
        .collect()
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt()
}

/// The same with white noise so many decibels below it.
fn with_noise(samples: &[f32], decibels: f32) -> Vec<f32> {
    let noise = noise(samples.len(), rms(samples) * 10_f32.powf(-decibels / 20.0));
    samples
        .iter()
        .zip(noise)
        .map(|(sample, noise)| sample + noise)
        .collect()
}

/// Speech with silence around it, and where it was put.
fn timeline(pieces: &[Vec<f32>], pauses_ms: &[usize]) -> (Vec<f32>, Vec<(u64, u64)>) {
    let (mut stream, mut places) = (Vec::new(), Vec::new());
    for (piece, pause) in pieces.iter().zip(pauses_ms) {
        stream.resize(stream.len() + pause * 16, 0.0);
        let start = stream.len() as u64;
        stream.extend(piece);
        places.push((start, stream.len() as u64));
    }
    stream.resize(stream.len() + 16_000, 0.0);
    (stream, places)
}

const FOUR: [&str; 4] = [
    "The weather is very nice today, and the whole town has gone to the park by the river.",
    "Where is the nearest train station? I have to be in the city before nine, and I am late.",
    "I would like a cup of coffee with milk, a glass of water, and two of the small cakes.",
    "Thank you very much for your help, I would never have found the way to the station alone.",
];

/// How much of the speech is in no segment, in per cent.
fn lost(speech: &[(u64, u64)], segments: &[(u64, u64)]) -> f64 {
    let all: u64 = speech.iter().map(|(from, to)| to - from).sum();
    let kept: u64 = speech
        .iter()
        .flat_map(|a| {
            segments
                .iter()
                .map(move |b| a.1.min(b.1).saturating_sub(a.0.max(b.0)))
        })
        .sum();
    100.0 * (all - kept) as f64 / all as f64
}

/// The stream, and with noise that is so far below it.
fn at_noise_levels(stream: &[f32]) -> [(&'static str, Vec<f32>); 3] {
    [
        ("clean", stream.to_vec()),
        ("20 dB", with_noise(stream, 20.0)),
        ("10 dB", with_noise(stream, 10.0)),
    ]
}

#[test]
fn four_sentences_with_pauses_are_four_segments() {
    let settings = SegmenterSettings::default();
    for voice in ["slt", "rms", "awb", "kal16"] {
        let pieces = FOUR.map(|sentence| synthesized(voice, sentence));
        let (stream, places) = timeline(&pieces, &[900, 700, 800, 1_000]);
        println!("{voice}: {:.1} s", stream.len() as f64 / 16_000.0);
        for (name, stream) in at_noise_levels(&stream) {
            let found = cut(&stream, &settings);
            println!(
                "  {name}: {} segments, {:.1} % lost",
                found.len(),
                lost(&places, &found)
            );
            assert_eq!(found.len(), 4, "{voice} {name}: {found:?} for {places:?}");
            for (segment, place) in found.iter().zip(&places) {
                assert!(segment.0 < place.1 && place.0 < segment.1, "{voice} {name}");
            }
        }
    }
}

#[test]
fn a_single_word_is_a_segment() {
    for word in ["yes", "no", "stop"] {
        let (stream, places) = timeline(&[synthesized("slt", word)], &[1_000]);
        let found = cut(&stream, &SegmenterSettings::default());
        assert_eq!(found.len(), 1, "{word}: {found:?} for {places:?}");
    }
}

#[test]
fn human_speech_is_in_segments_as_a_whole() {
    let settings = SegmenterSettings::default();
    for folder in ["cards", "librivox"] {
        let pieces = recordings(folder);
        let (stream, places) = timeline(&pieces, &vec![1_000; pieces.len()]);
        for (name, stream) in at_noise_levels(&stream) {
            let found = cut(&stream, &settings);
            println!(
                "{folder} {name}: {} clips, {} segments, {:.1} % lost",
                places.len(),
                found.len(),
                lost(&places, &found)
            );
            for place in &places {
                let detected = found
                    .iter()
                    .any(|segment| segment.0 < place.1 && place.0 < segment.1);
                assert!(detected, "{folder} {name}: {place:?} not in {found:?}");
            }
            assert!(lost(&places, &found) < 3.0, "{folder} {name}");
        }
    }
}

#[test]
fn a_replay_from_any_reset_finds_the_same_segments() {
    let settings = SegmenterSettings::default();
    let pieces = FOUR.map(|sentence| synthesized("slt", sentence));
    let (stream, _) = timeline(&pieces, &[900, 12_000, 700, 25_000]);
    let stream = with_noise(&stream, 20.0);
    let all = cut(&stream, &settings);
    let mut segmenter = Segmenter::new(Box::new(Silero::new()), &settings).unwrap();
    let mut resets = vec![0];
    for piece in stream.chunks(160) {
        segmenter.push(piece, &mut Vec::new());
        resets.push(segmenter.last_reset());
    }
    resets.dedup();
    assert!(resets.len() > 6, "closes and multiples: {resets:?}");
    for reset in resets {
        let scorer = Box::new(Silero::new());
        let mut replay = Segmenter::resume(scorer, &settings, reset).unwrap();
        let mut events = Vec::new();
        replay.push(&stream[reset as usize..], &mut events);
        replay.finish(&mut events);
        let later: Vec<_> = all
            .iter()
            .copied()
            .filter(|place| place.0 >= reset)
            .collect();
        assert_eq!(places(&events), later, "from {reset}");
    }
}

#[test]
fn silence_and_noise_are_no_speech() {
    let settings = SegmenterSettings::default();
    assert_eq!(cut(&[0.0; 30 * 16_000], &settings), []);
    for rms in [0.0001, 0.001, 0.01, 0.05, 0.1, 0.2] {
        assert_eq!(
            cut(&noise(30 * 16_000, rms), &settings),
            [],
            "noise of {rms}"
        );
    }
}

#[test]
fn scores_after_a_reset_depend_on_nothing_earlier() {
    let speech = synthesized("slt", FOUR[0]);
    let score = |scorer: &mut Silero| -> Vec<f32> {
        speech
            .chunks_exact(512)
            .map(|frame| scorer.score(frame))
            .collect()
    };
    let mut scorer = Silero::new();
    let first = score(&mut scorer);
    assert_ne!(score(&mut scorer), first, "it has a state");
    scorer.reset();
    assert_eq!(score(&mut scorer), first);
}

#[test]
fn scores_stay_finite_after_samples_that_are_not() {
    let mut scorer = Silero::new();
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30] {
        assert!((0.0..=1.0).contains(&scorer.score(&[bad; 512])));
    }
    for _ in 0..40 {
        scorer.score(&[0.0; 512]);
    }
    assert!(scorer.score(&[0.0; 512]) < 0.1);
}
