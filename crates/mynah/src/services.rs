//! The services of this process, wired: engines, then what uses them.

use std::sync::Arc;

use mynah_qwen3::synthesizer::Qwen3;
use mynah_speech::Engines;
use mynah_speech_translation::Interpreter;
use mynah_synthesis::Synthesis;
use mynah_voices::{BuiltinStyles, Library};

use crate::config::Config;
use crate::engines::{self, ModelFiles};
use crate::exit::CliError;
use crate::library;

/// What the servers and commands use.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) engines: Engines,
    pub(crate) synthesis: Synthesis,
    pub(crate) interpreter: Interpreter,
    /// The folder of the models.
    pub(crate) models: ModelFiles,
    /// The checkpoints of Qwen3-TTS, where there are any.
    pub(crate) qwen3: Option<Qwen3>,
    /// The kept voices, where some are kept here.
    pub(crate) library: Option<Library>,
}

impl Services {
    /// Builds the services without kept voices. Opens no shared library, starts no process, spawns no
    /// thread.
    pub(crate) fn new(config: &Config) -> Result<Self, CliError> {
        BuiltEngines::new(config)?.services(config, None)
    }

    /// The services with kept voices, where some are kept here.
    pub(crate) async fn with_kept_voices(config: &Config) -> anyhow::Result<Self> {
        let built = BuiltEngines::new(config)?;
        let library = library::open_existing(config, built.engines.clone()).await?;
        Ok(built.services(config, library.as_ref())?)
    }

    /// Writes which kept voices were spoken. Called by commands at their end; servers do so all the time.
    pub(crate) async fn write_uses(&self) {
        if let Some(library) = &self.library
            && let Err(error) = library.write_uses().await
        {
            tracing::warn!(%error, "voice_uses_not_written");
        }
    }

    /// The services and the library of kept voices, which is created where there is none.
    pub(crate) async fn with_library(config: &Config) -> anyhow::Result<(Self, Library)> {
        let built = BuiltEngines::new(config)?;
        let library = library::open(config, built.engines.clone()).await?;
        Ok((built.services(config, Some(&library))?, library))
    }
}

/// The engines, and what they are made of.
struct BuiltEngines {
    models: ModelFiles,
    qwen3: Option<Qwen3>,
    engines: Engines,
}

impl BuiltEngines {
    fn new(config: &Config) -> Result<Self, CliError> {
        let models = ModelFiles::new(&config.models)?;
        let qwen3 = engines::qwen3(&config.engines, &models);
        let engines = engines::all(config, &models, qwen3.clone())?;
        Ok(Self {
            models,
            qwen3,
            engines,
        })
    }

    fn services(self, config: &Config, library: Option<&Library>) -> Result<Services, CliError> {
        let Self {
            models,
            qwen3,
            engines,
        } = self;
        let mut settings = config.synthesis.clone();
        if settings.running == 0 && config.engines.qwen3.model.is_some() {
            // It speaks for many at the price of one; and one more would wait in the engine, where
            // a wait looks like a stall.
            settings.running = config.engines.qwen3.streams;
        }
        let synthesis = Synthesis::new(engines.clone(), settings);
        let synthesis = match library.cloned().map(Arc::new) {
            Some(library) => synthesis
                .with_kept_voices(library.clone())
                .with_styles(library),
            None => synthesis.with_styles(Arc::new(BuiltinStyles)),
        };
        let interpreter = Interpreter::new(
            engines.clone(),
            synthesis.clone(),
            config.interpreter.clone(),
        )
        .map_err(|error| CliError::bad_input(format!("interpreter.{error}")))?;
        Ok(Services {
            engines,
            synthesis,
            interpreter,
            models,
            qwen3,
            library: library.cloned(),
        })
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
            let services = services.map_err(|_| ()).expect("services");
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
                let services = Services::new(config).map_err(|_| ()).expect("services");
                services.synthesis.settings().running
            };
            assert_eq!(running(&config), streams);
            config.synthesis.running = 2;
            assert_eq!(running(&config), 2, "the setting takes precedence");
        }
    }
}
