//! The engine as a [`Synthesizer`]: opened when it is first needed, then kept.

mod checkpoint;
mod clone_prompt_cache;
mod saved_voices;
mod speech_error;
mod voices;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use mynah_audio::{Clip, SampleRate};
use mynah_speech::{
    AudioSink, Cancel, Capability, EngineHealth, EngineId, EngineInfo, FinishReason, SpeechError,
    SpeechRequest, Synthesizer, Voice,
};

use crate::Qwen3Error;
use crate::config::ModelKind;
use crate::engine::{Engine, EngineOptions, GenerationOptions};
use crate::model::{Model, Options};
use crate::request::{Method, Request, SamplingOverrides, ValidationMode};

use checkpoint::Checkpoint;
use clone_prompt_cache::ClonePromptCache;
use saved_voices::SavedVoices;

/// What the engine is.
pub(crate) static INFO: EngineInfo = EngineInfo {
    id: EngineId::new("qwen3"),
    demo: false,
    about: "Qwen3-TTS: preset, designed and cloned voices in ten languages, on this machine",
    licence: "MIT OR Apache-2.0",
    packages: &[],
};

/// The longest text of one request, in characters: some 20 s of English.
const MAX_CHARS: usize = 300;

/// Options of a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SynthesizerOptions {
    /// How it is opened.
    pub model: Options,
    /// How its engine works.
    pub engine: EngineOptions,
    /// The folder of saved voices; only a checkpoint that clones has them.
    pub voices: Option<PathBuf>,
    /// Forces the length in frames of 80 ms, for measurements.
    pub frames: Option<usize>,
}

/// A checkpoint as a [`Synthesizer`]. Clones share one engine.
#[derive(Clone, Debug)]
pub struct Qwen3(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    checkpoint: Checkpoint,
    options: SynthesizerOptions,
    engine: Mutex<Option<Arc<Engine>>>,
    clone_prompts: ClonePromptCache,
    saved_voices: SavedVoices,
}

impl Qwen3 {
    /// An engine without a checkpoint: it only reports why, and what to do.
    pub fn absent(reason: &str) -> Self {
        Self(Arc::new(Inner {
            checkpoint: Checkpoint::Absent {
                reason: reason.to_owned(),
            },
            options: SynthesizerOptions::default(),
            engine: Mutex::default(),
            clone_prompts: ClonePromptCache::default(),
            saved_voices: SavedVoices::default(),
        }))
    }

    /// A checkpoint's folder. Only its configuration is read until the first request.
    pub fn new(folder: &Path, options: SynthesizerOptions) -> Self {
        Self(Arc::new(Inner {
            checkpoint: Checkpoint::at(folder),
            saved_voices: SavedVoices::new(options.voices.clone()),
            options,
            engine: Mutex::default(),
            clone_prompts: ClonePromptCache::default(),
        }))
    }

    /// Opens the checkpoint unless it is open; `on_packing` is called with the name of each matrix
    /// that is packed. Concurrent callers wait.
    ///
    /// # Errors
    /// As [`Model::open`].
    pub fn open(&self, on_packing: &mut dyn FnMut(&str)) -> Result<Arc<Engine>, Qwen3Error> {
        let mut engine = self.0.engine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = &*engine {
            return Ok(Arc::clone(engine));
        }
        let folder = self.0.checkpoint.folder()?;
        let options = &self.0.options;
        let model = Arc::new(Model::open(folder, &options.model, on_packing)?);
        let opened = Arc::new(Engine::start(model, options.engine)?);
        *engine = Some(Arc::clone(&opened));
        Ok(opened)
    }

    fn method(&self, engine: &Engine, request: &SpeechRequest) -> Result<Method, Qwen3Error> {
        let name = request.voice.name();
        let instruct = request.instruct.clone();
        let missing = || {
            Qwen3Error::unsupported(
                "voice",
                format!(
                    "this model has no voice {name}; it {}",
                    engine.model().config().kind.capability()
                ),
            )
        };
        match (engine.model().config().kind, name) {
            (ModelKind::CustomVoice, speaker) => Ok(Method::CustomVoice {
                speaker: Some(speaker.to_owned()),
                instruct,
            }),
            (ModelKind::VoiceDesign, voices::DESIGN) => Ok(Method::VoiceDesign {
                instruct: instruct.unwrap_or_default(),
            }),
            (ModelKind::Base, voices::CLONE) => {
                let reference = request.reference.as_ref().ok_or_else(|| {
                    Qwen3Error::invalid("ref_audio", "a cloned voice needs reference audio")
                })?;
                let prompt = self.0.clone_prompts.of(engine.model(), reference)?;
                Ok(Method::Clone(prompt))
            }
            (ModelKind::Base, saved) => match self.0.saved_voices.voice(engine.model(), saved)? {
                Some(prompt) => Ok(Method::Clone(prompt)),
                None => Err(missing()),
            },
            (ModelKind::VoiceDesign, _) => Err(missing()),
        }
    }

    fn synthesize(
        &self,
        request: &SpeechRequest,
        cancel: &Cancel,
        sink: &mut dyn AudioSink,
    ) -> Result<FinishReason, Qwen3Error> {
        let engine = self.open(&mut |_| ())?;
        let frames = self.0.options.frames;
        let model_request = Request {
            language: request.language.to_string(),
            sampling: SamplingOverrides {
                seed: request.seed,
                min_frames: frames,
                max_frames: frames,
                ..SamplingOverrides::default()
            },
            ..Request::new(&*request.text, self.method(&engine, request)?)
        };
        let prepared = engine
            .model()
            .prepare(&model_request, ValidationMode::Strict)?;
        let options = GenerationOptions {
            stop_runaways: frames.is_none(),
        };
        let mut stream = engine.speak(prepared, options, cancel)?;
        while let Some(samples) = stream.read()? {
            let clip = Clip::new(SampleRate::HZ_24000, samples);
            if let ControlFlow::Break(()) = sink.accept(clip) {
                return Err(Qwen3Error::Cancelled);
            }
        }
        let finish = stream.report().map(|report| report.finish_reason);
        // A requested length is not reported as `Length`.
        Ok(finish
            .filter(|_| frames.is_none())
            .unwrap_or(FinishReason::Stop))
    }
}

impl Synthesizer for Qwen3 {
    fn info(&self) -> &EngineInfo {
        &INFO
    }

    fn health(&self) -> EngineHealth {
        match self.0.checkpoint.config() {
            Ok(config) => EngineHealth::Ready {
                version: Some(format!(
                    "{} {}",
                    config.tts_model_size,
                    config.kind.method()
                )),
            },
            Err(reason) => EngineHealth::Missing {
                reason: reason.to_owned(),
                fix: "Choose one with --model or engines.qwen3.model: the folder of a Qwen3-TTS \
                      checkpoint, or its name at the hub (mynah models pull)"
                    .into(),
            },
        }
    }

    fn capability(&self) -> Capability {
        let kind = self.0.checkpoint.config().ok().map(|config| config.kind);
        Capability {
            streaming: true,
            instruct: self.voices().iter().any(|voice| voice.instruct),
            seed: true,
            clone: kind == Some(ModelKind::Base),
            design: kind == Some(ModelKind::VoiceDesign),
            max_chars: MAX_CHARS,
        }
    }

    fn voices(&self) -> Vec<Voice> {
        let config = self.0.checkpoint.config();
        let saved = || self.0.saved_voices.names();
        config.map_or_else(|_| Vec::new(), |config| voices::of(config, saved))
    }

    fn speak(
        &self,
        request: &SpeechRequest,
        cancel: &Cancel,
        sink: &mut dyn AudioSink,
    ) -> Result<FinishReason, SpeechError> {
        self.synthesize(request, cancel, sink)
            .map_err(SpeechError::from)
    }
}
