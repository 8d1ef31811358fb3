//! The services of this process, wired: engines, then what uses them.

use mynah_apertium::Apertium;
use mynah_earshot::Earshot;
use mynah_espeak::Espeak;
use mynah_flite::Flite;
use mynah_openai::OpenAi;
use mynah_pocketsphinx::PocketSphinx;
use mynah_qwen3::engine::EngineOptions;
use mynah_qwen3::synthesizer::{Qwen3, SynthesizerOptions};
use mynah_speech::Engines;
use mynah_speech_translation::Interpreter;
use mynah_synthesis::Synthesis;

use crate::command::models;
use crate::config::{Config, EngineSettings};
use crate::exit::CliError;
use crate::paths;

/// Everything below the doors.
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
        if settings.running == 0 && config.engines.qwen3.model.is_some() {
            // It speaks for many at the price of one; and one more would wait in the engine, where
            // a wait looks like a stall.
            settings.running = config.engines.qwen3.streams;
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

/// The configured checkpoint. One that is not here is an engine that reports it.
fn qwen3(settings: &EngineSettings) -> Option<Qwen3> {
    let settings = &settings.qwen3;
    let folder = match models::present(settings.model.as_ref()?) {
        Ok(folder) => folder,
        Err(error) => return Some(Qwen3::absent(&error.to_string())),
    };
    Some(Qwen3::new(
        &folder,
        SynthesizerOptions {
            model: mynah_qwen3::model::Options {
                precision: settings.precision,
                threads: (settings.threads > 0).then_some(settings.threads),
                pretokenizer: settings.pretokenizer,
            },
            engine: EngineOptions {
                streams: settings.streams,
                ..EngineOptions::default()
            },
            frames: settings.frames,
            voices: settings
                .voices
                .clone()
                .or_else(|| paths::voices_folder().ok()),
        },
    ))
}

/// The engines of this build, best first.
fn engines(settings: &EngineSettings, qwen3: Option<Qwen3>) -> Result<Engines, CliError> {
    let flite = settings.flite.folder.as_ref();
    let flite = flite.map_or_else(Flite::new, Flite::in_directory);
    let mut engines = Engines::new(|| Box::new(Earshot::new()));
    if let Some(qwen3) = qwen3 {
        engines = engines.with_synthesizer(qwen3);
    }
    if let Some(options) = settings.openai.options() {
        engines = engines.with_translator(OpenAi::new(options));
    }
    engines = with_marian(engines, settings)?;
    engines = with_whisper(engines, settings)?
        .with_synthesizer(flite)
        .with_synthesizer(Espeak::with_program(&settings.espeak.program))
        .with_recognizer(PocketSphinx::new(
            settings.pocketsphinx.folder.clone(),
            &settings.pocketsphinx.model,
        ))
        .with_translator(Apertium::new(&settings.apertium.modes));
    let Some(tone) = settings.tone.engine() else {
        return Ok(engines);
    };
    Ok(engines
        .with_synthesizer(tone.clone())
        .with_recognizer(tone.clone())
        .with_translator(tone))
}

/// Adds the configured MarianMT models, as one translator.
#[cfg(feature = "marian")]
#[allow(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn with_marian(engines: Engines, settings: &EngineSettings) -> Result<Engines, CliError> {
    let settings = &settings.marian;
    let Some(models) = &settings.models else {
        return Ok(engines);
    };
    let options = mynah_marian::Options {
        models: models.clone(),
        threads: settings.threads,
        loaded: settings.max_loaded,
    };
    Ok(engines.with_translator(mynah_marian::Marian::new(&options)))
}

#[cfg(not(feature = "marian"))]
fn with_marian(engines: Engines, settings: &EngineSettings) -> Result<Engines, CliError> {
    match settings.marian.models {
        None => Ok(engines),
        Some(_) => Err(CliError::bad_input(
            "engines.marian.models is set, and this program was built without the feature \
             `marian`: unset it, or build with `--features marian`",
        )),
    }
}

/// Adds the configured Whisper model, before all other recognizers.
#[cfg(feature = "whisper")]
#[allow(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn with_whisper(engines: Engines, settings: &EngineSettings) -> Result<Engines, CliError> {
    let settings = &settings.whisper;
    let Some(model) = &settings.model else {
        return Ok(engines);
    };
    let limits = mynah_whisper::Limits {
        threads: settings.threads,
        states: settings.decoders,
        ..mynah_whisper::Limits::default()
    };
    Ok(engines.with_recognizer(mynah_whisper::Whisper::new(model, limits)))
}

#[cfg(not(feature = "whisper"))]
fn with_whisper(engines: Engines, settings: &EngineSettings) -> Result<Engines, CliError> {
    match settings.whisper.model {
        None => Ok(engines),
        Some(_) => Err(CliError::missing(
            "engines.whisper.model: this program was built without Whisper; build it with the \
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
        config.engines.whisper.model = Some("/nowhere/ggml-tiny.bin".into());
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
        config.engines.whisper.model = None;
        assert!(Services::new(&config).is_ok());
    }

    #[test]
    fn running_syntheses_match_the_models_streams() {
        for streams in [1, 3, 100] {
            let mut config = Config::default();
            config.engines.qwen3.model = Some("/nowhere".into());
            config.engines.qwen3.streams = streams;
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
