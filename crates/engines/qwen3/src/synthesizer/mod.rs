//! The engine as a [`Synthesizer`]: one or several checkpoints, each opened when a request needs it.

mod checkpoint;
mod clone_prompt_cache;
mod saved_voices;
mod speech_error;
mod voices;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mynah_audio::{Clip, SampleRate};
use mynah_speech::model_cache::{ModelCache, ModelLease};
use mynah_speech::{
    AudioSink, Cancel, Capability, EngineHealth, EngineId, EngineInfo, FinishReason, ScorerFactory,
    SpeechError, SpeechRequest, Synthesizer, Voice, VoiceId,
};

use crate::Qwen3Error;
use crate::config::{ModelConfig, ModelKind};
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

/// Options of the checkpoints.
#[derive(Clone, Debug)]
pub struct SynthesizerOptions {
    /// How each is opened.
    pub model: Options,
    /// How the engine of each works.
    pub engine: EngineOptions,
    /// Checkpoints in memory at once, at least 1. Default: 1.
    pub loaded: usize,
    /// The folder of saved voices; only a checkpoint that clones has them.
    pub voices: Option<PathBuf>,
    /// The voice activity detector for reference audio; without one no reference is cloned.
    pub scorer: Option<ScorerFactory>,
    /// Forces the length in frames of 80 ms, for measurements.
    pub frames: Option<usize>,
}

impl Default for SynthesizerOptions {
    fn default() -> Self {
        Self {
            model: Options::default(),
            engine: EngineOptions::default(),
            loaded: 1,
            voices: None,
            scorer: None,
            frames: None,
        }
    }
}

/// An engine in use.
pub type EngineLease = ModelLease<Engine>;

/// Checkpoints as one [`Synthesizer`]. Clones share them.
#[derive(Clone, Debug)]
pub struct Qwen3(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// In order of preference; never empty.
    checkpoints: Vec<Source>,
    options: SynthesizerOptions,
    /// By the number of the checkpoint.
    engines: ModelCache<usize, Engine>,
    saved_voices: SavedVoices,
}

/// A checkpoint and what is kept of it between requests.
#[derive(Debug)]
struct Source {
    checkpoint: Checkpoint,
    clone_prompts: ClonePromptCache,
}

impl Qwen3 {
    /// An engine without a checkpoint: it only reports why, and what to do.
    pub fn absent(reason: &str) -> Self {
        let checkpoint = Checkpoint::Absent {
            reason: reason.to_owned(),
        };
        Self::with([checkpoint], SynthesizerOptions::default())
    }

    /// The checkpoints at these paths, folders or GGUF files, the preferred one of each kind first.
    /// Only their configurations are read until a request needs one.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a Path>, options: SynthesizerOptions) -> Self {
        let mut checkpoints = paths.into_iter().map(Checkpoint::at).peekable();
        if checkpoints.peek().is_none() {
            return Self::absent("no checkpoint was chosen");
        }
        Self::with(checkpoints, options)
    }

    fn with(
        checkpoints: impl IntoIterator<Item = Checkpoint>,
        options: SynthesizerOptions,
    ) -> Self {
        let sources = checkpoints.into_iter().map(|checkpoint| Source {
            checkpoint,
            clone_prompts: ClonePromptCache::default(),
        });
        Self(Arc::new(Inner {
            checkpoints: sources.collect(),
            saved_voices: SavedVoices::new(options.voices.clone()),
            engines: ModelCache::new(options.loaded),
            options,
        }))
    }

    /// Opens the preferred checkpoint unless it is open; `on_packing` is called with the name of each
    /// matrix that is packed. Concurrent callers wait. The checkpoint stays in memory at least as long
    /// as the lease.
    ///
    /// # Errors
    /// As [`Model::open`].
    pub fn open(&self, on_packing: &mut dyn FnMut(&str)) -> Result<EngineLease, Qwen3Error> {
        self.lease(0, &Cancel::new(), on_packing)
    }

    fn lease(
        &self,
        checkpoint: usize,
        cancel: &Cancel,
        on_packing: &mut dyn FnMut(&str),
    ) -> Result<EngineLease, Qwen3Error> {
        self.0.engines.lease(&checkpoint, cancel, || {
            let path = self.0.checkpoints[checkpoint].checkpoint.path()?;
            let options = &self.0.options;
            let model = Arc::new(Model::open(path, &options.model, on_packing)?);
            Engine::start(model, options.engine)
        })
    }

    /// The number of the first checkpoint that has a voice. Where none has it, that of the first one,
    /// whose error names what it has.
    fn checkpoint_of(&self, voice: &VoiceId) -> usize {
        let has = |source: &Source| {
            let voices = self.voices_of(source);
            voices.iter().any(|own| own.id == *voice)
        };
        self.0.checkpoints.iter().position(has).unwrap_or(0)
    }

    fn voices_of(&self, source: &Source) -> Vec<Voice> {
        let saved = || self.0.saved_voices.names();
        let config = source.checkpoint.config();
        config.map_or_else(|_| Vec::new(), |config| voices::of(config, saved))
    }

    /// The configurations of the checkpoints that can be used.
    fn configs(&self) -> impl Iterator<Item = &ModelConfig> {
        let sources = self.0.checkpoints.iter();
        sources.filter_map(|source| source.checkpoint.config().ok())
    }

    fn method(
        &self,
        checkpoint: usize,
        engine: &Engine,
        request: &SpeechRequest,
    ) -> Result<Method, Qwen3Error> {
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
                let scorer = self.0.options.scorer.as_ref();
                let prompts = &self.0.checkpoints[checkpoint].clone_prompts;
                let prompt = prompts.of(engine.model(), reference, scorer)?;
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
        let checkpoint = self.checkpoint_of(&request.voice);
        let engine = self.lease(checkpoint, cancel, &mut |_| ())?;
        let frames = self.0.options.frames;
        let model_request = Request {
            language: request.language.to_string(),
            sampling: SamplingOverrides {
                seed: request.seed,
                min_frames: frames,
                max_frames: frames,
                ..SamplingOverrides::default()
            },
            ..Request::new(&*request.text, self.method(checkpoint, &engine, request)?)
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
        let usable: Vec<String> = self
            .configs()
            .map(|config| format!("{} {}", config.tts_model_size, config.kind.method()))
            .collect();
        if !usable.is_empty() {
            return EngineHealth::Ready {
                version: Some(usable.join(", ")),
            };
        }
        let mut sources = self.0.checkpoints.iter();
        EngineHealth::Missing {
            reason: sources
                .find_map(|source| source.checkpoint.config().err())
                .unwrap_or("no checkpoint was chosen")
                .to_owned(),
            fix: "Fetch one with mynah models pull, or choose one with --model or \
                  engines.qwen3.model: the folder or the GGUF file of a Qwen3-TTS checkpoint, or its \
                  name at the hub"
                .into(),
        }
    }

    fn capability(&self) -> Capability {
        let has = |kind| self.configs().any(|config| config.kind == kind);
        Capability {
            streaming: true,
            instruct: self.voices().iter().any(|voice| voice.instruct),
            seed: true,
            clone: has(ModelKind::Base),
            design: has(ModelKind::VoiceDesign),
            max_chars: MAX_CHARS,
        }
    }

    fn voices(&self) -> Vec<Voice> {
        let mut voices: Vec<Voice> = Vec::new();
        for source in &self.0.checkpoints {
            for voice in self.voices_of(source) {
                if voices.iter().all(|other| other.id != voice.id) {
                    voices.push(voice);
                }
            }
        }
        voices
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
