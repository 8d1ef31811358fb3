//! The engines of this build, set up and in order of preference.

mod installed;
mod preference;
mod qwen3;
pub(crate) mod speed;

use std::path::PathBuf;
use std::sync::Arc;

use mynah_apertium::Apertium;
use mynah_bergamot::Bergamot;
use mynah_espeak::Espeak;
use mynah_flite::Flite;
use mynah_kokoro::{Kokoro, KokoroOptions};
use mynah_openai::OpenAi;
use mynah_pocketsphinx::PocketSphinx;
use mynah_qwen3::synthesizer::Qwen3;
use mynah_silero::Silero;
use mynah_speech::{Engines, Recognizer, Synthesizer, Translator};

use crate::config::{Config, EngineSettings};
use crate::exit::CliError;

pub(crate) use installed::ModelFiles;
use preference::in_order;
pub(crate) use qwen3::qwen3;
use speed::RealTimeFactor;

/// The engines of this build, in order of preference.
pub(crate) fn all(
    config: &Config,
    files: &ModelFiles,
    qwen3: Option<Qwen3>,
) -> Result<Engines, CliError> {
    let settings = &config.engines;
    let flite = settings.flite.folder.as_ref();
    let flite = flite.map_or_else(Flite::new, Flite::in_directory);
    let mut synthesizers: Vec<Arc<dyn Synthesizer>> = vec![
        Arc::new(Kokoro::new(kokoro(settings, files))),
        Arc::new(flite),
        Arc::new(Espeak::with_program(&settings.espeak.program)),
    ];
    let mut recognizers: Vec<Arc<dyn Recognizer>> = vec![Arc::new(PocketSphinx::new(
        settings.pocketsphinx.folder.clone(),
        &settings.pocketsphinx.model,
    ))];
    let bergamot = mynah_bergamot::Options {
        models: bergamot_folders(settings, files),
        concurrency: settings.bergamot.concurrency,
    };
    let mut translators: Vec<Arc<dyn Translator>> = vec![
        Arc::new(Bergamot::new(bergamot)),
        Arc::new(Apertium::new(&settings.apertium.modes)),
    ];
    let mut prefer_synthesis = config.synthesis.prefer.clone();
    if let Some(qwen3) = qwen3 {
        let id = qwen3.info().id.as_str().to_owned();
        // A model that was named is one that was asked for; one that is as fast as speech here comes
        // behind those that the setting prefers.
        if settings.qwen3.model.is_some() {
            prefer_synthesis.insert(0, id);
        } else if speed::remembered(settings, files).is_some_and(RealTimeFactor::is_real_time) {
            prefer_synthesis.push(id);
        }
        synthesizers.push(Arc::new(qwen3));
    }
    if let Some(options) = settings.openai.options() {
        translators.push(Arc::new(OpenAi::new(options)));
    }
    translators.extend(marian(settings)?);
    recognizers.extend(whisper(settings, files)?);
    if let Some(tone) = settings.tone.engine() {
        synthesizers.push(Arc::new(tone.clone()));
        recognizers.push(Arc::new(tone.clone()));
        translators.push(Arc::new(tone));
    }
    Ok(Engines::new(|| Box::new(Silero::new()))
        .with_synthesizers(in_order(
            synthesizers,
            |engine| engine.info().id.as_str(),
            "synthesis.prefer",
            &prefer_synthesis,
            &preference::SYNTHESIS,
        )?)
        .with_recognizers(in_order(
            recognizers,
            |engine| engine.info().id.as_str(),
            "recognition.prefer",
            &config.recognition.prefer,
            &preference::RECOGNITION,
        )?)
        .with_translators(in_order(
            translators,
            |engine| engine.info().id.as_str(),
            "translation.prefer",
            &config.translation.prefer,
            &preference::TRANSLATION,
        )?))
}

/// Kokoro with the files that are configured, else with those that are installed.
fn kokoro(settings: &EngineSettings, files: &ModelFiles) -> KokoroOptions {
    let own = &settings.kokoro;
    let file =
        |own: &Option<PathBuf>, model, path| own.clone().unwrap_or_else(|| files.file(model, path));
    KokoroOptions {
        model: file(&own.model, "kokoro", "kokoro-v1.0.int8.im2col.onnx"),
        voices: file(&own.voices, "kokoro", "voices"),
        runtime: own.runtime.clone().or_else(|| files.onnxruntime()),
        threads: own.threads,
        sessions: own.sessions,
        espeak: settings.espeak.program.clone(),
    }
}

/// The folders that are configured, then that of the models which are installed.
fn bergamot_folders(settings: &EngineSettings, files: &ModelFiles) -> Vec<PathBuf> {
    let mut folders = settings.bergamot.models.clone();
    folders.push(files.folder().to_owned());
    folders
}

/// The configured MarianMT models, as one translator.
#[cfg(feature = "marian")]
#[allow(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn marian(settings: &EngineSettings) -> Result<Option<Arc<dyn Translator>>, CliError> {
    let settings = &settings.marian;
    let Some(models) = &settings.models else {
        return Ok(None);
    };
    let options = mynah_marian::Options {
        models: models.clone(),
        threads: settings.threads,
        loaded: settings.max_loaded,
    };
    Ok(Some(Arc::new(mynah_marian::Marian::new(&options))))
}

#[cfg(not(feature = "marian"))]
fn marian(settings: &EngineSettings) -> Result<Option<Arc<dyn Translator>>, CliError> {
    match settings.marian.models {
        None => Ok(None),
        Some(_) => Err(CliError::bad_input(
            "engines.marian.models is set, and this program was built without the feature \
             `marian`: unset it, or build with `--features marian`",
        )),
    }
}

/// The Whisper model: the configured one, else the installed one.
#[cfg(feature = "whisper")]
#[allow(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn whisper(
    settings: &EngineSettings,
    files: &ModelFiles,
) -> Result<Option<Arc<dyn Recognizer>>, CliError> {
    let settings = &settings.whisper;
    let limits = mynah_whisper::Limits {
        threads: settings.threads,
        states: settings.decoders,
        ..mynah_whisper::Limits::default()
    };
    let model = settings.model.clone();
    let options = mynah_whisper::WhisperOptions {
        preview_model: settings
            .preview_model
            .clone()
            .or_else(|| files.whisper_preview()),
        beam: settings.beam,
        limits,
        ..mynah_whisper::WhisperOptions::new(model.unwrap_or_else(|| files.whisper()))
    };
    Ok(Some(Arc::new(mynah_whisper::Whisper::new(options))))
}

#[cfg(not(feature = "whisper"))]
fn whisper(
    settings: &EngineSettings,
    _files: &ModelFiles,
) -> Result<Option<Arc<dyn Recognizer>>, CliError> {
    match settings.whisper.model {
        None => Ok(None),
        Some(_) => Err(CliError::missing(
            "engines.whisper.model: this program was built without Whisper; build it with the \
             feature whisper",
        )),
    }
}
