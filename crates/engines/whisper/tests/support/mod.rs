//! What the tests share: tiny models, sounds, and the engine.
#![allow(dead_code, unused_imports, clippy::unwrap_used)]

mod filters;
mod random;
mod script;
mod tiny;

use std::time::Duration;

use mynah_speech::{Cancel, LanguageChoice, RecognitionHints, SpeechError};
use mynah_whisper::{Limits, Transcription, Whisper, WhisperOptions};
use tempfile::TempDir;

pub(crate) use random::{Random, random_model};
pub(crate) use script::{Script, seen};
pub(crate) use tiny::{ENGLISH, MULTILINGUAL, Tiny};

/// An engine with a model of its own, which lies in the folder.
pub(crate) struct Engine {
    pub(crate) whisper: Whisper,
    pub(crate) folder: TempDir,
}

/// The engine with this model.
pub(crate) fn engine(model: &Tiny) -> Engine {
    engine_with(
        model,
        Limits {
            // More than the cores would wait for one another in busy loops.
            threads: 1,
            ..Limits::default()
        },
    )
}

pub(crate) fn engine_with(model: &Tiny, limits: Limits) -> Engine {
    engine_of(model, |options| WhisperOptions { limits, ..options })
}

/// The engine with a model and options that are made of the default ones.
pub(crate) fn engine_of(
    model: &Tiny,
    options: impl FnOnce(WhisperOptions) -> WhisperOptions,
) -> Engine {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.bin");
    std::fs::write(&path, model.bytes()).unwrap();
    let limits = Limits {
        threads: 1,
        ..Limits::default()
    };
    let default = WhisperOptions::new(path);
    Engine {
        whisper: Whisper::new(options(WhisperOptions { limits, ..default })),
        folder,
    }
}

impl Engine {
    /// The text in a language, or in one to be detected.
    pub(crate) fn transcribe(&self, samples: &[f32], language: &str) -> Transcription {
        self.transcribe_with(samples, language, &RecognitionHints::default())
    }

    /// The same with hints.
    pub(crate) fn transcribe_with(
        &self,
        samples: &[f32],
        language: &str,
        hints: &RecognitionHints,
    ) -> Transcription {
        let language: LanguageChoice = language.parse().unwrap();
        self.whisper
            .transcribe(samples, &language, hints, &Cancel::new())
            .unwrap()
    }

    /// The same without hints, with a token that may be cancelled.
    pub(crate) fn transcribe_until(
        &self,
        samples: &[f32],
        language: &LanguageChoice,
        cancel: &Cancel,
    ) -> Result<Transcription, SpeechError> {
        self.whisper
            .transcribe(samples, language, &RecognitionHints::default(), cancel)
    }
}

/// Four tones at once, of these frequencies in hertz, that swell and fade.
pub(crate) fn tones(length: Duration, frequencies: [f64; 4]) -> Vec<f32> {
    let count = (length.as_secs_f64() * 16_000.0) as usize;
    let sample = |place: usize| {
        let time = place as f64 / 16_000.0;
        let turn = |hertz: f64| (std::f64::consts::TAU * hertz * time).sin();
        let all: f64 = frequencies.into_iter().map(turn).sum();
        (0.1 * all * (1.0 + turn(1.5)) / 2.0) as f32
    };
    (0..count).map(sample).collect()
}

/// A sound of so many seconds that is not silent.
pub(crate) fn sound(seconds: f64) -> Vec<f32> {
    tones(
        Duration::from_secs_f64(seconds),
        [220.0, 554.4, 987.8, 2_093.0],
    )
}
