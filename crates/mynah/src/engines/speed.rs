//! The speed of Qwen3-TTS on this machine, measured once and remembered in the folder of the models.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;
use std::{fs, io, thread};

use anyhow::{Context as _, anyhow};
use mynah_audio::Clip;
use mynah_qwen3::synthesizer::Qwen3;
use mynah_speech::{Cancel, SpeechRequest, Synthesizer, VoiceKind};
use serde::{Deserialize, Serialize};

use super::{ModelFiles, qwen3_folders};
use crate::config::EngineSettings;

const FILE: &str = "qwen3-speed.json";

/// What is spoken: first to load the model, then to measure.
const FIRST: &str = "Good morning.";
const MEASURED: &str =
    "The train to the city leaves at seven in the morning, and the next one an hour later.";

/// A measurement and what it holds for.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Speed {
    /// The folder of the checkpoint that speaks.
    checkpoint: PathBuf,
    precision: String,
    threads: usize,
    processor: String,
    /// Seconds of computing by seconds of speech: up to 1 is as fast as speech.
    real_time_factor: f64,
}

/// The real-time factor that was measured with these settings on this machine; none where it was not.
pub(crate) fn remembered(settings: &EngineSettings, files: &ModelFiles) -> Option<f64> {
    let text = fs::read(files.folder().join(FILE)).ok()?;
    let speed: Speed = serde_json::from_slice(&text).ok()?;
    let here = here(settings, files, speed.real_time_factor)?;
    (speed == here).then_some(speed.real_time_factor)
}

/// Speaks with a preset voice of the installed checkpoints, and remembers how fast that was. None
/// without such a voice.
pub(crate) fn measure(
    settings: &EngineSettings,
    files: &ModelFiles,
    qwen3: &Qwen3,
) -> anyhow::Result<Option<f64>> {
    let voices = qwen3.voices();
    let Some(voice) = voices.iter().find(|voice| voice.kind == VoiceKind::Preset) else {
        return Ok(None);
    };
    let language = "en".parse().map_err(|error| anyhow!("{error}"))?;
    let mut request = SpeechRequest {
        text: FIRST.to_owned(),
        voice: voice.id.clone(),
        language,
        instruct: None,
        reference: None,
        seed: Some(1),
    };
    let mut seconds = 0.0;
    let mut sink = |clip: Clip| {
        seconds += clip.duration().as_secs_f64();
        ControlFlow::Continue(())
    };
    qwen3.speak(&request, &Cancel::new(), &mut |_: Clip| {
        ControlFlow::Continue(())
    })?;
    MEASURED.clone_into(&mut request.text);
    let began = Instant::now();
    qwen3.speak(&request, &Cancel::new(), &mut sink)?;
    let took = began.elapsed().as_secs_f64();
    if seconds <= 0.0 {
        return Err(anyhow!("qwen3 spoke nothing, so its speed is not known"));
    }
    let factor = took / seconds;
    if let Some(speed) = here(settings, files, factor) {
        write(files, &speed).context("the measured speed cannot be kept")?;
    }
    Ok(Some(factor))
}

fn write(files: &ModelFiles, speed: &Speed) -> io::Result<()> {
    fs::create_dir_all(files.folder())?;
    let text = serde_json::to_vec_pretty(speed).map_err(io::Error::other)?;
    fs::write(files.folder().join(FILE), text)
}

/// The conditions of a measurement on this machine; none without a checkpoint.
fn here(settings: &EngineSettings, files: &ModelFiles, real_time_factor: f64) -> Option<Speed> {
    let checkpoint = qwen3_folders(settings, files).ok()?.into_iter().next()?;
    let threads = match settings.qwen3.threads {
        0 => thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    Some(Speed {
        checkpoint,
        precision: settings.qwen3.precision.to_string(),
        threads,
        processor: processor(),
        real_time_factor,
    })
}

/// The name of the processor; its architecture where the system does not state one.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut lines = text.lines();
    let name = lines.find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or(std::env::consts::ARCH, |(_, name)| name)
        .to_owned()
}
