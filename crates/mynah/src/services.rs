//! The services of this process, wired: engines, then what uses them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mynah_apertium::Apertium;
use mynah_bus::Secret;
use mynah_earshot::Earshot;
use mynah_espeak::Espeak;
use mynah_flite::Flite;
use mynah_openai::{OpenAi, OpenAiOptions};
use mynah_pocketsphinx::PocketSphinx;
use mynah_qwen3::engine::EngineOptions;
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::synthesizer::{Qwen3, SynthesizerOptions};
use mynah_qwen3::tokenizer::Pretokenizer;
use mynah_speech::{Engines, Language};
use mynah_speech_translation::Interpreter;
use mynah_synthesis::Synthesis;
use mynah_tone::{Behaviour, Script, Tone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::models;
use crate::config::Config;
use crate::exit::CliError;
use crate::paths;

/// Where the engines lie. None is touched before it is needed.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EngineSettings {
    /// The espeak-ng program: a name found on `PATH`, or a path.
    pub(crate) espeak_program: PathBuf,
    /// The folder that holds libflite; unset, the system's own search finds it.
    pub(crate) flite_folder: Option<PathBuf>,
    /// The folder that holds libpocketsphinx; unset, the system's own search finds it.
    pub(crate) pocketsphinx_folder: Option<PathBuf>,
    /// The folder of PocketSphinx's English model.
    pub(crate) pocketsphinx_model: PathBuf,
    /// The folder of Apertium's installed directions.
    pub(crate) apertium_modes: PathBuf,
    /// The Qwen3-TTS checkpoint that speaks: its folder, or its name at the hub once it was fetched
    /// by `mynah models pull`. Unset, the demo engines speak.
    pub(crate) qwen3_model: Option<String>,
    /// The format of its weights: `f32`, `bf16`, `int8` or `int4`. All but f32 are packed once, at
    /// the first start, into a file beside the model.
    #[schemars(with = "String")]
    pub(crate) qwen3_precision: Precision,
    /// How its text is cut before it is tokenized: `qwen2`, as it was trained with; or `mistral`, as the
    /// official package does it where a checkpoint's `transformers_version` is 4.57.3.
    #[schemars(with = "String")]
    pub(crate) qwen3_pretokenizer: Pretokenizer,
    /// Threads that compute for it. 0 means one per processor core.
    pub(crate) qwen3_threads: usize,
    /// Utterances that it speaks together; the others wait in order.
    pub(crate) qwen3_streams: usize,
    /// The folder of cloned voices that were kept by `mynah qwen3 clone`, for checkpoints that clone;
    /// unset, it is `mynah/voices` in the user's data folder.
    pub(crate) qwen3_voices: Option<PathBuf>,
    /// For measurements and tests: it speaks so many frames of 80 ms for each piece of a text, whatever
    /// the text.
    pub(crate) qwen3_frames: Option<usize>,
    /// The address of an OpenAI-compatible endpoint that translates, up to `/chat/completions`, such as
    /// `http://127.0.0.1:11434/v1`. What is said is sent there. Unset, Apertium translates.
    pub(crate) openai_url: Option<String>,
    /// The model's name there.
    pub(crate) openai_model: String,
    /// The key, where the endpoint needs one.
    pub(crate) openai_key: Secret,
    /// Between which languages it may be asked to translate, as BCP-47 tags.
    #[schemars(with = "Vec<String>")]
    pub(crate) openai_languages: Vec<Language>,
    /// How long one of its answers may take, in seconds.
    pub(crate) openai_seconds: u32,
    /// The folder of MarianMT models (OPUS-MT) that translate: one folder each, named like
    /// `opus-mt-en-es`. Unset, none does. It takes a program built with the feature `marian`.
    pub(crate) marian_models: Option<PathBuf>,
    /// Threads that compute for them. 0 means one per processor core.
    pub(crate) marian_threads: usize,
    /// How many of them stay in memory; the one that was not used for the longest time is unloaded.
    /// At least 1, default 4.
    pub(crate) marian_loaded: usize,
    /// The Whisper model that listens before PocketSphinx does: a file of whisper.cpp (`ggml-*.bin`).
    /// Unset, there is none. It needs a program built with the feature `whisper`.
    pub(crate) whisper_model: Option<PathBuf>,
    /// Threads that compute for each of its decodes. 0 means one per processor core.
    pub(crate) whisper_threads: usize,
    /// Decodes that it does at once, each with buffers of its own; the others wait.
    pub(crate) whisper_states: usize,
    /// Whether the test engine is offered beside the real ones: it speaks in tones.
    pub(crate) tone: bool,
    /// How long the test engine works before its first audio, in milliseconds.
    pub(crate) tone_work_ms: u64,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            espeak_program: "espeak-ng".into(),
            flite_folder: None,
            pocketsphinx_folder: None,
            pocketsphinx_model: "/usr/share/pocketsphinx/model/en-us".into(),
            apertium_modes: "/usr/share/apertium/modes".into(),
            qwen3_model: None,
            qwen3_precision: Precision::Int8,
            qwen3_pretokenizer: Pretokenizer::Qwen2,
            qwen3_threads: 0,
            qwen3_streams: 8,
            qwen3_voices: None,
            qwen3_frames: None,
            openai_url: None,
            openai_model: String::new(),
            openai_key: Secret::default(),
            openai_languages: ["de", "en", "es", "fr", "it", "ja", "ko", "pt", "ru", "zh"]
                .iter()
                .filter_map(|tag| tag.parse().ok())
                .collect(),
            openai_seconds: 30,
            marian_models: None,
            marian_threads: 0,
            marian_loaded: 4,
            whisper_model: None,
            whisper_threads: 0,
            whisper_states: 1,
            tone: false,
            tone_work_ms: 0,
        }
    }
}

/// Everything that the servers and commands use.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) engines: Engines,
    pub(crate) synthesis: Synthesis,
    pub(crate) interpreter: Interpreter,
    /// The model that was chosen.
    pub(crate) qwen3: Option<Qwen3>,
}

impl Services {
    /// Builds the services. Opens no library, starts no process, spawns no thread.
    pub(crate) fn new(config: &Config) -> Result<Self, CliError> {
        let qwen3 = qwen3(&config.engines);
        let engines = engines(&config.engines, qwen3.clone())?;
        let mut settings = config.synthesis.clone();
        if settings.running == 0 && config.engines.qwen3_model.is_some() {
            // It speaks for many at the price of one; and one more would wait in the engine, where
            // a wait looks like a stall.
            settings.running = config.engines.qwen3_streams.max(1);
        }
        let synthesis = Synthesis::new(engines.clone(), settings);
        let interpreter = Interpreter::new(
            engines.clone(),
            synthesis.clone(),
            config.interpreter.clone(),
        )
        .map_err(|error| CliError::bad_input(format!("interpreter.{error}")))?;
        Ok(Self {
            engines,
            synthesis,
            interpreter,
            qwen3,
        })
    }
}

/// The checkpoint that was chosen. One that is not here is an engine that says so.
fn qwen3(settings: &EngineSettings) -> Option<Qwen3> {
    let folder = match models::present(settings.qwen3_model.as_ref()?) {
        Ok(folder) => folder,
        Err(error) => return Some(Qwen3::absent(&error.to_string())),
    };
    Some(Qwen3::new(
        &folder,
        SynthesizerOptions {
            model: mynah_qwen3::model::Options {
                precision: settings.qwen3_precision,
                threads: (settings.qwen3_threads > 0).then_some(settings.qwen3_threads),
                pretokenizer: settings.qwen3_pretokenizer,
            },
            engine: EngineOptions {
                streams: settings.qwen3_streams.max(1),
                ..EngineOptions::default()
            },
            frames: settings.qwen3_frames,
            voices: settings
                .qwen3_voices
                .clone()
                .or_else(|| paths::voices_folder().ok()),
        },
    ))
}

/// The engines that this program was built with, best first.
fn engines(settings: &EngineSettings, qwen3: Option<Qwen3>) -> Result<Engines, CliError> {
    let flite = settings
        .flite_folder
        .as_ref()
        .map_or_else(Flite::new, Flite::in_directory);
    let mut engines = Engines::new(|| Box::new(Earshot::new()));
    if let Some(qwen3) = qwen3 {
        engines = engines.with_synthesizer(qwen3);
    }
    if let Some(url) = &settings.openai_url {
        engines = engines.with_translator(OpenAi::new(OpenAiOptions {
            url: url.clone(),
            model: settings.openai_model.clone(),
            key: settings.openai_key.clone(),
            languages: settings.openai_languages.clone(),
            timeout: Duration::from_secs(settings.openai_seconds.max(1).into()),
        }));
    }
    if let Some(models) = &settings.marian_models {
        engines = marian(engines, models, settings)?;
    }
    let engines = with_whisper(engines, settings)?
        .with_synthesizer(flite)
        .with_synthesizer(Espeak::with_program(&settings.espeak_program))
        .with_recognizer(PocketSphinx::new(
            settings.pocketsphinx_folder.clone(),
            &settings.pocketsphinx_model,
        ))
        .with_translator(Apertium::new(&settings.apertium_modes));
    if !settings.tone {
        return Ok(engines);
    }
    let script = Script::new();
    script
        .speech
        .always(Behaviour::with_latency(Duration::from_millis(
            settings.tone_work_ms,
        )));
    let tone = Tone::new(script);
    Ok(engines
        .with_synthesizer(tone.clone())
        .with_recognizer(tone.clone())
        .with_translator(tone))
}

/// The models that were chosen, as one translator.
#[cfg(feature = "marian")]
#[allow(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn marian(engines: Engines, models: &Path, settings: &EngineSettings) -> Result<Engines, CliError> {
    let options = mynah_marian::Options {
        models: models.to_owned(),
        threads: settings.marian_threads,
        loaded: settings.marian_loaded,
    };
    Ok(engines.with_translator(mynah_marian::Marian::new(&options)))
}

/// No models: this program was built without what computes them.
#[cfg(not(feature = "marian"))]
fn marian(_: Engines, _: &Path, _: &EngineSettings) -> Result<Engines, CliError> {
    Err(CliError::bad_input(
        "engines.marian_models is set, and this program was built without the feature `marian`: \
         unset it, or build with `--features marian`",
    ))
}

/// The Whisper model that was chosen, before all others that listen.
#[cfg(feature = "whisper")]
fn with_whisper(engines: Engines, settings: &EngineSettings) -> Result<Engines, CliError> {
    let Some(model) = &settings.whisper_model else {
        return Ok(engines);
    };
    let limits = mynah_whisper::Limits {
        threads: settings.whisper_threads,
        states: settings.whisper_states.max(1),
        ..mynah_whisper::Limits::default()
    };
    Ok(engines.with_recognizer(mynah_whisper::Whisper::new(model, limits)))
}

#[cfg(not(feature = "whisper"))]
fn with_whisper(engines: Engines, settings: &EngineSettings) -> Result<Engines, CliError> {
    match settings.whisper_model {
        None => Ok(engines),
        Some(_) => Err(CliError::missing(
            "engines.whisper_model: this program was built without Whisper; build it with the \
             feature whisper",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whisper_model_is_preferred_or_refused() {
        let mut config = Config::default();
        config.engines.whisper_model = Some("/nowhere/ggml-tiny.bin".into());
        let services = Services::new(&config);
        if cfg!(feature = "whisper") {
            let services = services.map_err(|_| ()).expect("a services");
            assert_eq!(
                services.engines.recognizers()[0].info().id.as_str(),
                "whisper"
            );
        } else {
            assert!(services.is_err());
        }
        config.engines.whisper_model = None;
        assert!(Services::new(&config).is_ok());
    }

    #[test]
    fn running_syntheses_match_the_models_streams() {
        for streams in [1, 3, 100] {
            let mut config = Config::default();
            config.engines.qwen3_model = Some("/nowhere".into());
            config.engines.qwen3_streams = streams;
            let running = |config: &Config| {
                let services = Services::new(config).map_err(|_| ()).expect("a services");
                services.synthesis.settings().running
            };
            assert_eq!(running(&config), streams);
            config.synthesis.running = 2;
            assert_eq!(running(&config), 2, "it was said otherwise");
        }
    }
}
