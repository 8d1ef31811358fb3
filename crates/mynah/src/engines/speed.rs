//! The speed of Qwen3-TTS on this machine, measured once and remembered in the folder of the models.

use std::fs;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use mynah_audio::Clip;
use mynah_qwen3::config::{ModelConfig, ModelKind};
use mynah_speech::{Cancel, SpeechRequest, Synthesizer};
use serde::{Deserialize, Serialize};

use super::{ModelFiles, qwen3};
use crate::config::EngineSettings;

const FILE: &str = "qwen3-speed.json";

/// What is spoken: first to load the model, then to measure.
const FIRST: &str = "Good morning.";
const MEASURED: &str =
    "The train to the city leaves at seven in the morning, and the next one an hour later.";

/// A measurement and what it holds for.
#[derive(Debug, Deserialize, Serialize)]
struct Measurement {
    #[serde(flatten)]
    conditions: Conditions,
    real_time_factor: RealTimeFactor,
}

/// What the speed depends on.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Conditions {
    /// The checkpoint that speaks.
    checkpoint: PathBuf,
    precision: String,
    threads: usize,
    processor: String,
}

/// Seconds of computing by seconds of speech.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct RealTimeFactor(f64);

impl RealTimeFactor {
    /// Whether it is as fast as speech.
    pub(crate) fn is_real_time(self) -> bool {
        self.0 <= 1.0
    }

    pub(crate) const fn value(self) -> f64 {
        self.0
    }
}

/// The factor that was measured under these conditions; none where it was not.
pub(crate) fn remembered(settings: &EngineSettings, files: &ModelFiles) -> Option<RealTimeFactor> {
    let text = fs::read(files.folder().join(FILE)).ok()?;
    let measured: Measurement = serde_json::from_slice(&text).ok()?;
    let here = Conditions::of(settings, preset_checkpoint(settings, files).ok()??);
    (measured.conditions == here).then_some(measured.real_time_factor)
}

/// Speaks with the checkpoint that has speakers of its own, and remembers how fast that was. None
/// where none is installed.
pub(crate) fn measure(
    settings: &EngineSettings,
    files: &ModelFiles,
) -> anyhow::Result<Option<RealTimeFactor>> {
    let Some(checkpoint) = preset_checkpoint(settings, files)? else {
        return Ok(None);
    };
    let engine = qwen3::at(settings, std::slice::from_ref(&checkpoint));
    let voice = engine.voices().into_iter().next();
    let mut request = SpeechRequest {
        text: FIRST.to_owned(),
        voice: voice
            .ok_or_else(|| anyhow!("the checkpoint has no voices"))?
            .id,
        language: "en".parse().map_err(|error| anyhow!("{error}"))?,
        instruct: None,
        reference: None,
        seed: Some(1),
    };
    let mut seconds = 0.0;
    let mut sink = |clip: Clip| {
        seconds += clip.duration().as_secs_f64();
        ControlFlow::Continue(())
    };
    engine.speak(&request, &Cancel::new(), &mut |_: Clip| {
        ControlFlow::Continue(())
    })?;
    MEASURED.clone_into(&mut request.text);
    let began = Instant::now();
    engine.speak(&request, &Cancel::new(), &mut sink)?;
    let took = began.elapsed().as_secs_f64();
    if seconds <= 0.0 {
        return Err(anyhow!("qwen3 spoke nothing, so its speed is not known"));
    }
    let measured = Measurement {
        conditions: Conditions::of(settings, checkpoint),
        real_time_factor: RealTimeFactor(took / seconds),
    };
    measured
        .write(files)
        .context("the measured speed cannot be kept")?;
    Ok(Some(measured.real_time_factor))
}

/// The checkpoint that answers requests for a preset voice.
fn preset_checkpoint(
    settings: &EngineSettings,
    files: &ModelFiles,
) -> anyhow::Result<Option<PathBuf>> {
    let preset = |path: &PathBuf| {
        ModelConfig::load(path).is_ok_and(|config| config.kind == ModelKind::CustomVoice)
    };
    Ok(qwen3::checkpoints(settings, files)?
        .into_iter()
        .find(preset))
}

impl Measurement {
    fn write(&self, files: &ModelFiles) -> io::Result<()> {
        fs::create_dir_all(files.folder())?;
        let mut file = tempfile::NamedTempFile::new_in(files.folder())?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.flush()?;
        file.persist(files.folder().join(FILE))?;
        Ok(())
    }
}

impl Conditions {
    fn of(settings: &EngineSettings, checkpoint: PathBuf) -> Self {
        let threads = settings.qwen3.thread_count();
        Self {
            checkpoint,
            precision: settings.qwen3.precision.to_string(),
            threads,
            processor: processor(),
        }
    }
}

/// The name of the processor; its architecture where the system does not state one.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut lines = text.lines();
    let name = lines.find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or(std::env::consts::ARCH, |(_, name)| name)
        .to_owned()
}
