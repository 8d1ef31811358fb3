//! The checkpoints of Qwen3-TTS, as one engine.

use std::path::{Path, PathBuf};

use mynah_qwen3::ModelSize;
use mynah_qwen3::config::ModelConfig;
use mynah_qwen3::engine::EngineOptions;
use mynah_qwen3::synthesizer::{Qwen3, SynthesizerOptions};
use mynah_silero::Silero;
use mynah_speech::ScorerFactory;

use super::ModelFiles;
use crate::command::models;
use crate::config::EngineSettings;
use crate::paths;

/// The checkpoints of Qwen3-TTS: the one that was chosen, else all that are installed. One that was
/// chosen and is not here, or cannot be read, is an engine that reports it.
pub(crate) fn qwen3(settings: &EngineSettings, files: &ModelFiles) -> Option<Qwen3> {
    match checkpoints(settings, files) {
        Ok(paths) if paths.is_empty() => None,
        Ok(paths) => Some(at(settings, &paths)),
        // A folder that cannot be read stops no other engine.
        Err(error) => Some(Qwen3::absent(&error.to_string())),
    }
}

/// These checkpoints as an engine.
pub(super) fn at(settings: &EngineSettings, paths: &[PathBuf]) -> Qwen3 {
    let settings = &settings.qwen3;
    let options = SynthesizerOptions {
        model: mynah_qwen3::model::Options {
            precision: settings.precision,
            threads: Some(settings.thread_count()),
            pretokenizer: settings.pretokenizer,
        },
        engine: EngineOptions {
            streams: settings.streams,
            ..EngineOptions::default()
        },
        loaded: settings.loaded,
        frames: settings.frames,
        scorer: Some(ScorerFactory::new(|| Box::new(Silero::new()))),
        voices: settings
            .voices
            .clone()
            .or_else(|| paths::voices_folder().ok()),
    };
    Qwen3::new(paths.iter().map(|path| &**path), options)
}

/// The checkpoints that are used, those of the preferred size first.
pub(super) fn checkpoints(
    settings: &EngineSettings,
    files: &ModelFiles,
) -> anyhow::Result<Vec<PathBuf>> {
    let settings = &settings.qwen3;
    if let Some(model) = &settings.model {
        return Ok(vec![models::present(model)?]);
    }
    let mut paths = models::installed_checkpoints(files)?;
    paths.sort_by_cached_key(|path| size_of(path) != Some(settings.size));
    Ok(paths)
}

/// The size of a checkpoint.
fn size_of(path: &Path) -> Option<ModelSize> {
    let config = ModelConfig::load(path).ok()?;
    Some(match config.tts_model_size.as_str() {
        "0b6" => ModelSize::Small,
        _ => ModelSize::Large,
    })
}
