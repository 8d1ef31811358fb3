//! The engines of test servers, and their properties.

use mynah_qwen3::engine::{EngineOptions, GenerationOptions};
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::Options;
use mynah_qwen3::request::{Method, Request, SamplingOverrides, ValidationMode};
use mynah_qwen3::synthesizer::{EngineLease, Qwen3, SynthesizerOptions};
use mynah_speech::Cancel;
use mynah_synthesis::{AliasSettings, SynthesisSettings};

use super::checkpoints::checkpoint;

/// The engine that synthesizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// The scripted test engine.
    Tone,
    /// Qwen3-TTS on the tiny random checkpoint of `parity/`: its speech is noise, and all else is
    /// real. It is wired as `mynah serve --engine qwen3 --model …` does it.
    Qwen3,
}

/// Makes a test for each engine of each of these functions. What the test engine must be ordered
/// to do, or what no engine ever hears of, is an ordinary test beside them.
macro_rules! for_every_engine {
    ($($test:ident),+ $(,)?) => {
        mod tone {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test($crate::support::Engine::Tone).await;
            })+
        }

        mod qwen3 {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test($crate::support::Engine::Qwen3).await;
            })+
        }
    };
}

pub(crate) use for_every_engine;

impl Engine {
    /// Its name.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Tone => "tone",
            Self::Qwen3 => "qwen3",
        }
    }

    /// The full id of a voice of its own.
    pub(crate) const fn voice(self) -> &'static str {
        match self {
            Self::Tone => "tone/alto",
            Self::Qwen3 => "qwen3/ryan",
        }
    }

    /// The voice that stands behind `alloy`.
    pub(crate) const fn alloy(self) -> &'static str {
        match self {
            Self::Tone => "tone/alto",
            Self::Qwen3 => "qwen3/vivian",
        }
    }

    /// A voice, and a language that it does not speak.
    pub(crate) const fn mute_in(self) -> (&'static str, &'static str) {
        match self {
            Self::Tone => ("tone/bass", "es"),
            Self::Qwen3 => ("qwen3/ryan", "sw"),
        }
    }

    /// Whether a seed changes the audio.
    pub(crate) const fn samples(self) -> bool {
        matches!(self, Self::Qwen3)
    }

    /// The settings of synthesis with it.
    pub(super) fn settings(self) -> SynthesisSettings {
        let defaults = SynthesisSettings::default();
        match self {
            Self::Tone => {
                let alloy = AliasSettings {
                    voices: vec![self.alloy().parse().unwrap()],
                    gender: None,
                };
                SynthesisSettings {
                    aliases: [("alloy".into(), alloy)].into(),
                    running: 2,
                    ..defaults
                }
            }
            Self::Qwen3 => SynthesisSettings {
                engine: Some(self.id().into()),
                running: EngineOptions::default().streams,
                ..defaults
            },
        }
    }
}

/// The tiny checkpoint, opened, and its engine. It says so many frames of 80 ms for each piece of
/// text: left alone, a random model ends where it likes.
pub(super) fn tiny(frames: usize, streams: usize) -> (Qwen3, EngineLease) {
    let options = SynthesizerOptions {
        model: Options {
            // As it lies: nothing is written beside it.
            precision: Precision::F32,
            // Many tests share the processor.
            threads: Some(1),
            ..Options::default()
        },
        engine: EngineOptions {
            streams,
            ..EngineOptions::default()
        },
        frames: Some(frames),
        ..SynthesizerOptions::default()
    };
    let qwen3 = Qwen3::new([&*checkpoint("tiny-custom_voice")], options);
    let engine = qwen3.open(&mut |_| ()).unwrap();
    (qwen3, engine)
}

/// The frames of an engine that speaks for one at a time, once that one is gone: its own utterance
/// follows.
pub(super) fn settled_frames(engine: &mynah_qwen3::engine::Engine) -> u64 {
    const FRAMES: usize = 3;
    let speaker = Method::CustomVoice {
        speaker: Some("ryan".into()),
        instruct: None,
    };
    let word = Request {
        sampling: SamplingOverrides {
            min_frames: Some(FRAMES),
            max_frames: Some(FRAMES),
            ..SamplingOverrides::default()
        },
        ..Request::new("Hi.", speaker)
    };
    let prepared = engine
        .model()
        .prepare(&word, ValidationMode::Strict)
        .unwrap();
    let mut stream = engine
        .speak(prepared, GenerationOptions::default(), &Cancel::new())
        .unwrap();
    while stream.read().unwrap().is_some() {}
    engine.frames() - FRAMES as u64
}
