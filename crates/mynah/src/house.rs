//! The rooms, wired: engines, then what works with them.

use std::path::PathBuf;
use std::time::Duration;

use mynah_apertium::Apertium;
use mynah_earshot::Earshot;
use mynah_espeak::Espeak;
use mynah_flite::Flite;
use mynah_interpreter::Interpreter;
use mynah_pocketsphinx::PocketSphinx;
use mynah_speech::Engines;
use mynah_synthesis::Synthesis;
use mynah_tone::{Behaviour, Script, Tone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::exit::CliError;

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
    /// Whether the test engine is offered beside the real ones: it speaks in tones.
    pub(crate) tone: bool,
    /// How long the test engine works before its first sound, in milliseconds.
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
            tone: false,
            tone_work_ms: 0,
        }
    }
}

/// Everything below the doors.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) engines: Engines,
    pub(crate) synthesis: Synthesis,
    pub(crate) interpreter: Interpreter,
}

impl House {
    /// Builds the rooms. Opens no library, starts no process, spawns no thread.
    pub(crate) fn new(config: &Config) -> Result<Self, CliError> {
        let engines = engines(&config.engines);
        let synthesis = Synthesis::new(engines.clone(), config.synthesis.clone());
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
        })
    }
}

/// The engines that this program was built with, best first.
fn engines(settings: &EngineSettings) -> Engines {
    let flite = settings
        .flite_folder
        .as_ref()
        .map_or_else(Flite::new, Flite::in_directory);
    let engines = Engines::new(|| Box::new(Earshot::new()))
        .with_synthesizer(flite)
        .with_synthesizer(Espeak::with_program(&settings.espeak_program))
        .with_recognizer(PocketSphinx::new(
            settings.pocketsphinx_folder.clone(),
            &settings.pocketsphinx_model,
        ))
        .with_translator(Apertium::new(&settings.apertium_modes));
    if !settings.tone {
        return engines;
    }
    let script = Script::new();
    script
        .speech
        .always(Behaviour::working(Duration::from_millis(
            settings.tone_work_ms,
        )));
    let tone = Tone::new(script);
    engines
        .with_synthesizer(tone.clone())
        .with_recognizer(tone.clone())
        .with_translator(tone)
}
