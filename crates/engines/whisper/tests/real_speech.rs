//! Real models and recordings of people.
//!
//! The models lie in the folder `MYNAH_TEST_MODELS` (`whisper-base/ggml-base-q8_0.bin`,
//! `whisper-tiny.en/ggml-tiny.en-q8_0.bin`), the recordings are those of Debian's
//! `pocketsphinx-testdata`. Without them the tests are skipped.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use mynah_audio::{Clip, DecodeLimits, decode, resample};
use mynah_speech::{
    Cancel, LanguageChoice, RecognitionHints, RecognitionOptions, Recognizer, Transcript,
};
use mynah_whisper::{Limits, Whisper, WhisperOptions};

const RECORDINGS: &str = "/usr/share/pocketsphinx/test/data/librivox";
const RATE: usize = 16_000;

/// A model of the test folder; none where there is no such folder.
fn model(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("MYNAH_TEST_MODELS").map(PathBuf::from)?;
    Some(folder.join(name)).filter(|path| path.exists())
}

/// Samples at 16 kHz and the words in them.
type Transcribed = (Vec<f32>, String);

/// The base model and the sentences of a read book with their words.
fn base_and_book() -> Option<(Whisper, Vec<Transcribed>)> {
    let model = model("whisper-base/ggml-base-q8_0.bin");
    let lines = std::fs::read_to_string(Path::new(RECORDINGS).join("transcription"));
    let (Some(model), Ok(lines)) = (model, lines) else {
        println!("skipped: needs MYNAH_TEST_MODELS and pocketsphinx-testdata");
        return None;
    };
    let clips = lines.lines().filter_map(|line| {
        let (words, file) = line.trim().strip_prefix("<s>")?.split_once("</s>")?;
        let file = file.trim().trim_matches(['(', ')']);
        let path = Path::new(RECORDINGS).join(file).with_extension("wav");
        let clip = decode(std::fs::read(path).unwrap(), &DecodeLimits::default()).unwrap();
        Some((at_16_khz(&clip.clip), words.trim().to_owned()))
    });
    let clips: Vec<_> = clips.collect();
    assert!(!clips.is_empty());
    Some((Whisper::new(options(model)), clips))
}

/// One thread: more would wait for one another in busy loops where the cores have other work.
fn options(model: PathBuf) -> WhisperOptions {
    let limits = Limits {
        threads: 1,
        ..Limits::default()
    };
    WhisperOptions {
        limits,
        ..WhisperOptions::new(model)
    }
}

fn at_16_khz(clip: &Clip) -> Vec<f32> {
    resample(clip, mynah_audio::SampleRate::HZ_16000).samples
}

fn recognized(whisper: &Whisper, samples: &[f32]) -> Transcript {
    let (choice, hints) = (LanguageChoice::Auto, RecognitionHints::default());
    let transcription = whisper.transcribe(samples, &choice, &hints, &Cancel::new());
    transcription.unwrap().transcript
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '\''));
    let words = words.filter(|word| !word.is_empty());
    let words = words.map(str::to_lowercase);
    words
        .map(|word| if word == "mr" { "mister".into() } else { word })
        .collect()
}

/// Levenshtein's distance over words.
fn errors(expected: &[String], found: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=found.len()).collect();
    for (i, word) in expected.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in found.iter().enumerate() {
            let kept = diagonal + usize::from(word != other);
            diagonal = row[j + 1];
            row[j + 1] = kept.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[found.len()]
}

/// The clips one after another until so many seconds, with silence of this length between them;
/// and where each lies, in samples.
fn joined(
    clips: &[Transcribed],
    seconds: usize,
    gap: usize,
) -> (Vec<f32>, Vec<String>, Vec<(usize, usize)>) {
    let (mut samples, mut expected, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (clip, text) in clips.iter().cycle() {
        if samples.len() > seconds * RATE {
            break;
        }
        places.push((samples.len(), samples.len() + clip.len()));
        samples.extend_from_slice(clip);
        samples.resize(samples.len() + gap, 0.0);
        expected.extend(words(text));
    }
    (samples, expected, places)
}

#[test]
fn read_book_has_few_errors_in_clips_and_joined() {
    let Some((whisper, clips)) = base_and_book() else {
        return;
    };
    let (mut alone, mut count) = (0, 0);
    for (samples, text) in &clips {
        let found = recognized(&whisper, samples);
        assert_eq!(found.language.unwrap().as_str(), "en");
        let expected = words(text);
        alone += errors(&expected, &words(&found.text));
        count += expected.len();
    }
    println!("book, clips: {alone} errors in {count} words");
    assert!(100 * alone <= 4 * count, "{alone} errors in {count} words");
    // Joined without a pause, so that windows are cut within speech as well.
    for gap in [0, RATE / 2] {
        let (samples, expected, _) = joined(&clips, 65, gap);
        let found = recognized(&whisper, &samples);
        let wrong = errors(&expected, &words(&found.text));
        println!(
            "book, gap {gap}: {wrong} errors in {} words",
            expected.len()
        );
        assert!(100 * wrong <= 6 * expected.len(), "{}", found.text);
    }
}

#[test]
fn word_times_lie_within_the_clip_they_come_from() {
    let Some((whisper, clips)) = base_and_book() else {
        return;
    };
    let (samples, _, places) = joined(&clips, 25, RATE);
    let found = recognized(&whisper, &samples);
    let place = |ms: u64| usize::try_from(ms).unwrap() * RATE / 1_000;
    let mut previous = 0;
    for word in &found.words {
        assert!(previous <= word.start_ms && word.start_ms <= word.end_ms);
        previous = word.end_ms;
    }
    assert!(place(previous) <= samples.len());
    // A word is of the clip that holds the middle of it: so many words begin and end there.
    let mut at = 0;
    for ((from, to), (_, text)) in places.iter().zip(clips.iter().cycle()) {
        let count = words(text).len();
        let own = found.words[at..]
            .iter()
            .take_while(|word| place(word.start_ms) < to + RATE / 2);
        let own: Vec<_> = own.collect();
        at += own.len();
        let (first, last) = (own.first().unwrap(), own.last().unwrap());
        println!(
            "clip {from}..{to}: {} of {count} words, {} to {}",
            own.len(),
            place(first.start_ms),
            place(last.end_ms)
        );
        assert!(own.len().abs_diff(count) <= 2, "{} of {count}", own.len());
        let slack = RATE / 5;
        assert!(place(first.start_ms) + slack >= *from, "{first:?} {from}");
        assert!(place(last.end_ms) <= to + slack, "{last:?} {to}");
    }
}

#[test]
fn repeated_sentences_are_kept() {
    let Some((whisper, clips)) = base_and_book() else {
        return;
    };
    let (clip, text) = &clips[0];
    let (samples, expected, _) = joined(std::slice::from_ref(&clips[0]), 20, RATE / 4);
    assert_eq!(
        expected.len(),
        3 * words(text).len(),
        "{} samples",
        clip.len()
    );
    let found = recognized(&whisper, &samples);
    let wrong = errors(&expected, &words(&found.text));
    assert!(100 * wrong <= 6 * expected.len(), "{}", found.text);
}

#[test]
fn equal_sound_has_equal_text_beside_other_decodes() {
    let Some((whisper, clips)) = base_and_book() else {
        return;
    };
    let samples = &clips[0].0[..4 * RATE];
    let first = recognized(&whisper, samples);
    std::thread::scope(|scope| {
        let others = scope.spawn(|| recognized(&whisper, &clips[1].0));
        for _ in 0..2 {
            assert_eq!(recognized(&whisper, samples), first);
        }
        others.join().unwrap();
    });
}

#[test]
fn preview_by_the_small_model_leaves_the_final_text() {
    let Some((whisper, clips)) = base_and_book() else {
        return;
    };
    let Some(small) = model("whisper-tiny.en/ggml-tiny.en-q8_0.bin") else {
        println!("skipped: needs whisper-tiny.en in MYNAH_TEST_MODELS");
        return;
    };
    let both = Whisper::new(WhisperOptions {
        preview_model: Some(small),
        ..options(model("whisper-base/ggml-base-q8_0.bin").unwrap())
    });
    let samples = &clips[0].0;
    let mut stream = both
        .open(&RecognitionOptions {
            language: "en".parse().unwrap(),
            preview: true,
            hints: RecognitionHints::default(),
        })
        .unwrap();
    let mut previews = Vec::new();
    for piece in samples.chunks(RATE / 5) {
        previews.extend(stream.push(piece).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let last = stream.finish(&Cancel::new()).unwrap();
    println!("{} previews: {previews:?}", previews.len());
    assert!(!previews.is_empty());
    assert_eq!(last.text, recognized(&whisper, samples).text);
}
