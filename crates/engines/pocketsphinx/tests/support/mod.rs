//! What the tests share: the real engine, recordings, and a word error rate.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use mynah_audio::{Clip, DecodeLimits, SampleRate, decode, resample};
use mynah_pocketsphinx::PocketSphinx;
use mynah_speech::{Cancel, Language, LanguageChoice, RecognitionOptions, Recognizer, Transcript};

pub(crate) const MODEL: &str = "/usr/share/pocketsphinx/model/en-us";
pub(crate) const RECORDINGS: &str = "/usr/share/pocketsphinx/test/data";

/// The engine of this machine.
pub(crate) fn engine() -> PocketSphinx {
    let engine = PocketSphinx::new(None, MODEL);
    let health = engine.health();
    let packages = "libpocketsphinx3 pocketsphinx-en-us";
    assert!(health.is_ready(), "{health:?}: apt-get install {packages}");
    engine
}

pub(crate) fn options(preview: bool) -> RecognitionOptions {
    RecognitionOptions {
        language: LanguageChoice::Is(Language::english()),
        preview,
        hints: mynah_speech::RecognitionHints::default(),
    }
}

/// The final text of a clip.
pub(crate) fn recognize(engine: &PocketSphinx, clip: &Clip) -> Transcript {
    let mut stream = engine.open(&options(false)).unwrap();
    stream.push(&clip.samples).unwrap();
    stream.finish(&Cancel::new()).unwrap()
}

/// A file of sound, at 16 kHz.
pub(crate) fn load(path: &Path) -> Clip {
    let bytes = std::fs::read(path).unwrap_or_else(|e| {
        panic!(
            "{}: {e}: apt-get install pocketsphinx-testdata",
            path.display()
        )
    });
    let decoded = decode(bytes, &DecodeLimits::default()).unwrap();
    resample(&decoded.clip, SampleRate::HZ_16000)
}

/// A sentence spoken by the flite program.
pub(crate) fn speak(voice: &str, sentence: &str) -> Clip {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spoken.wav");
    let status = Command::new("flite")
        .args(["-voice", voice, "-t", sentence, "-o"])
        .arg(&path)
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "flite: apt-get install flite"
    );
    load(&path)
}

/// The sentences that are spoken and recognized back.
pub(crate) fn sentences() -> Vec<&'static str> {
    include_str!("../data/sentences.txt").lines().collect()
}

/// Recordings of people: each file of a folder and what is said in it.
pub(crate) fn recordings(folder: &str, transcripts: &str) -> Vec<(Clip, String)> {
    let folder = Path::new(RECORDINGS).join(folder);
    let text = std::fs::read_to_string(folder.join(transcripts)).unwrap_or_else(|e| {
        panic!(
            "{}: {e}: apt-get install pocketsphinx-testdata",
            folder.display()
        )
    });
    text.lines()
        .map(|line| {
            let (said, name) = line.trim().trim_end_matches(')').rsplit_once('(').unwrap();
            let said = said.replace("<s>", "").replace("</s>", "");
            (load(&folder.join(name).with_extension("wav")), said)
        })
        .collect()
}

/// Words, and how many of them were got wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Errors {
    pub(crate) wrong: usize,
    pub(crate) words: usize,
}

impl Errors {
    /// Insertions, deletions and substitutions between two texts, case and marks aside.
    pub(crate) fn between(said: &str, heard: &str) -> Self {
        let (said, heard) = (words(said), words(heard));
        let mut row: Vec<usize> = (0..=heard.len()).collect();
        for (i, word) in said.iter().enumerate() {
            let mut diagonal = std::mem::replace(&mut row[0], i + 1);
            for (j, other) in heard.iter().enumerate() {
                let changed = diagonal + usize::from(word != other);
                diagonal = row[j + 1];
                row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
            }
        }
        Self {
            wrong: row[heard.len()],
            words: said.len(),
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.wrong += other.wrong;
        self.words += other.words;
    }

    /// The word error rate, in per cent.
    pub(crate) fn rate(self) -> f64 {
        100.0 * self.wrong as f64 / self.words as f64
    }
}

fn words(text: &str) -> Vec<String> {
    let letter = |c: char| c.is_alphanumeric() || c == '\'';
    let plain = text.to_lowercase().replace(|c| !letter(c), " ");
    plain.split_whitespace().map(str::to_owned).collect()
}
