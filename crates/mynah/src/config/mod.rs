//! The one documented struct of settings: file, then environment, then flags.

mod engines;
mod library;
mod preference;
mod problems;
mod recording;
mod reference;
mod renamed;

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use garde::Validate;
use mynah_bus::BusSettings;
use mynah_bus::claim::StorageSettings;
use mynah_gateway::GatewaySettings;
use mynah_models::ModelsSettings;
use mynah_pipeline::PipelineSettings;
use mynah_server::ServerSettings;
use mynah_speech_translation::InterpreterSettings;
use mynah_synthesis::SynthesisSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use engines::EngineSettings;
pub(crate) use library::{DatabaseSettings, VoicesSettings};
pub(crate) use preference::PreferenceSettings;
pub(crate) use recording::RecordingSettings;
pub(crate) use reference::markdown;

use crate::exit::CliError;
use crate::log::LogSettings;
use crate::paths;
use crate::telemetry::TelemetrySettings;

/// Two underscores stand between levels: `MYNAH_SERVER__LISTEN`.
pub(crate) const ENVIRONMENT_PREFIX: &str = "MYNAH_";

/// Every setting of the program.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// The HTTP server.
    #[garde(dive)]
    pub(crate) server: ServerSettings,
    /// The WebSocket server: live interpreting.
    #[garde(dive)]
    pub(crate) gateway: GatewaySettings,
    /// Text to speech, whatever the engine.
    #[garde(dive)]
    pub(crate) synthesis: SynthesisSettings,
    /// Speech to text and to speech in another language.
    #[garde(dive)]
    pub(crate) interpreter: InterpreterSettings,
    /// Speech to text.
    #[garde(dive)]
    pub(crate) recognition: PreferenceSettings,
    /// Text in one language to text in another.
    #[garde(dive)]
    pub(crate) translation: PreferenceSettings,
    /// How events travel between stages.
    #[garde(dive)]
    pub(crate) bus: BusSettings,
    /// Where sound lies that is too large for an event.
    #[garde(dive)]
    pub(crate) storage: StorageSettings,
    /// The database of kept voices.
    #[garde(dive)]
    pub(crate) database: DatabaseSettings,
    /// Voices that are kept.
    #[garde(dive)]
    pub(crate) voices: VoicesSettings,
    /// The stages over a bus.
    #[garde(dive)]
    pub(crate) pipeline: PipelineSettings,
    /// Recordings that commands read.
    #[garde(dive)]
    pub(crate) recording: RecordingSettings,
    /// Models that were fetched, and which clients may have more fetched.
    #[garde(dive)]
    pub(crate) models: ModelsSettings,
    /// The engines.
    #[garde(dive)]
    pub(crate) engines: EngineSettings,
    /// What is logged and how.
    #[garde(dive)]
    pub(crate) log: LogSettings,
    /// Traces for a collector.
    #[garde(dive)]
    pub(crate) telemetry: TelemetrySettings,
}

impl Config {
    /// Reads the settings file (the one named, else the usual one where it exists) and the environment.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self, CliError> {
        let mut layers = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file(named)? {
            layers = layers.merge(Toml::file_exact(file));
        }
        let layers = layers.merge(
            Env::prefixed(ENVIRONMENT_PREFIX)
                .filter(|key| key.as_str().contains("__"))
                .split("__"),
        );
        problems::read(&layers).map_err(|problems| {
            let problems = problems.join("\n  ");
            CliError::bad_input(format!("the settings are wrong:\n  {problems}"))
        })
    }
}

/// The settings file in effect, if there is one.
pub(crate) fn file(named: Option<&Path>) -> Result<Option<PathBuf>, CliError> {
    match named {
        Some(file) if !file.exists() => Err(CliError::bad_input(format!(
            "the settings file {} does not exist",
            file.display()
        ))),
        Some(file) => Ok(Some(file.to_owned())),
        None => Ok(paths::config_file().ok().filter(|file| file.exists())),
    }
}
