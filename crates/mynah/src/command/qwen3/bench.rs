//! `mynah qwen3 bench`: one text, a forced length, and where the time went.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mynah_qwen3::config::ModelKind;
use mynah_qwen3::engine::{Engine, EngineOptions, GenerationOptions, Report};
use mynah_qwen3::kernels::{Isa, Precision};
use mynah_qwen3::model::{Model, Options};
use mynah_qwen3::request::{Method, Request, SamplingOverrides, ValidationMode};
use mynah_speech::Cancel;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::memory;
use crate::exit::CliError;
use crate::output::print::outln;

/// What to measure.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The real-time factor is wall time from the request to the last sample, prompt included,
by seconds of sound: below 1 is faster than speech. The model is loaded before. Close what
else runs: the numbers are of this machine at this moment. The method and what came of it
are in bench/qwen3.md.

Examples:
  mynah qwen3 bench --model Qwen3-TTS-12Hz-0.6B-CustomVoice
  mynah qwen3 bench --model FOLDER --precision int4 --streams 8 --json")]
pub(crate) struct Qwen3BenchArgs {
    /// Folder of a checkpoint
    #[arg(long, value_name = "FOLDER")]
    model: PathBuf,

    /// Format of the weights: f32, bf16, int8 or int4
    #[arg(long, value_name = "FORMAT", default_value = "int8")]
    precision: Precision,

    /// Frames of 80 ms that are spoken, whatever the text
    #[arg(long, value_name = "NUMBER", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=8000))]
    frames: u32,

    /// Utterances that are spoken together
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    streams: u32,

    /// Threads that compute [default: one for each core]
    #[arg(long, value_name = "NUMBER")]
    threads: Option<usize>,

    /// What is spoken
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "Hello, this is a test of the text to speech system."
    )]
    text: String,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The figures, by the names that scripts read.
#[derive(Debug, Serialize)]
struct Figures {
    /// Wall time from the requests to the last sample of all, by seconds of audio of one.
    rtf: f64,
    /// Reading the prompt.
    prefill_ms: f64,
    /// The first code, a frame.
    talker_ms: f64,
    /// The other codes, a frame.
    predictor_ms: f64,
    /// From codes to samples, a frame.
    codec_ms: f64,
    /// From the request to the first samples, of the slowest stream.
    ttfa_ms: f64,
    peak_rss_bytes: Option<u64>,
    /// From a folder's name to a model that can speak.
    load_ms: f64,
    /// What this machine's memory gives, measured after the speech.
    bandwidth_gb_s: f64,
    /// The real-time factor if nothing but the language models' weights were read, at that speed.
    floor_rtf: f64,
    /// Of the first stream's codes, u16 little-endian, frame by frame.
    codes_sha256: String,
    /// Frames of all streams by wall time.
    frames_per_second: f64,
    prompt_positions: usize,
    precision: Precision,
    frames: usize,
    streams: usize,
    threads: usize,
    instructions: &'static str,
}

pub(crate) fn run(args: &Qwen3BenchArgs) -> anyhow::Result<()> {
    let options = Options {
        precision: args.precision,
        threads: args.threads,
        ..Options::default()
    };
    // Weights that were never packed are packed first: their load is another one.
    if args.precision != Precision::F32 {
        Model::pack(&args.model, &options, &mut |_| ())?;
    }
    let begun = Instant::now();
    let model = Arc::new(Model::open(&args.model, &options, &mut |_| ())?);
    let load = begun.elapsed();
    let streams = args.streams as usize;
    let engine = Engine::start(
        Arc::clone(&model),
        EngineOptions {
            streams,
            ..EngineOptions::default()
        },
    )?;

    let begun = Instant::now();
    let mut audio_streams = Vec::new();
    let mut prompt_positions = 0;
    for stream in 0..streams {
        let prepared = model.prepare(&request(args, &model, stream)?, ValidationMode::Strict)?;
        prompt_positions = prepared.layout().positions.len();
        let generation = GenerationOptions {
            stop_runaways: false,
        };
        audio_streams.push(engine.speak(prepared, generation, &Cancel::new())?);
    }
    let mut reports: Vec<Report> = Vec::new();
    for mut stream in audio_streams {
        while stream.read()?.is_some() {}
        reports.extend(stream.report().cloned());
    }
    let wall = begun.elapsed();
    let peak_rss_bytes = memory::peak();
    let bandwidth = memory::bandwidth(model.thread_pool().threads());
    let Some(first) = reports.first() else {
        return Err(CliError::failed("nothing was spoken").into());
    };

    let frames = first.codes.len();
    let seconds = frames as f64 * 0.08;
    let per_frame = |time: Duration| ms(time) / frames as f64;
    let figures = Figures {
        rtf: wall.as_secs_f64() / seconds,
        prefill_ms: ms(first.timings.prefill),
        talker_ms: per_frame(first.timings.talker),
        predictor_ms: per_frame(first.timings.predictor),
        codec_ms: per_frame(first.timings.codec),
        ttfa_ms: reports
            .iter()
            .map(|report| ms(report.timings.first_audio))
            .fold(0.0, f64::max),
        peak_rss_bytes,
        load_ms: ms(load),
        bandwidth_gb_s: bandwidth,
        floor_rtf: model.bytes_per_frame() as f64 / (bandwidth * 1e9) / 0.08,
        codes_sha256: digest(first),
        frames_per_second: (frames * streams) as f64 / wall.as_secs_f64(),
        prompt_positions,
        precision: args.precision,
        frames,
        streams,
        threads: model.thread_pool().threads(),
        instructions: Isa::best().as_str(),
    };
    if args.json {
        outln!("{}", serde_json::to_string(&figures)?)?;
    } else {
        print(&figures)?;
    }
    Ok(())
}

/// The same text for all, each with its own seed.
fn request(args: &Qwen3BenchArgs, model: &Model, stream: usize) -> anyhow::Result<Request> {
    let method = match model.config().kind {
        ModelKind::CustomVoice => Method::CustomVoice {
            speaker: Some("ryan".into()),
            instruct: None,
        },
        ModelKind::VoiceDesign => Method::VoiceDesign {
            instruct: "A calm voice.".into(),
        },
        ModelKind::Base => {
            return Err(CliError::bad_input(
                "a Base checkpoint speaks with references; measure one that ends in CustomVoice",
            )
            .into());
        }
    };
    let frames = Some(args.frames as usize);
    Ok(Request {
        language: "english".into(),
        sampling: SamplingOverrides {
            seed: Some(stream as u64),
            min_frames: frames,
            max_frames: frames,
            ..SamplingOverrides::default()
        },
        ..Request::new(&*args.text, method)
    })
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn digest(report: &Report) -> String {
    let mut hash = Sha256::new();
    for code in report.codes.iter().flatten() {
        hash.update(code.to_le_bytes());
    }
    let hash = hash.finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn print(figures: &Figures) -> anyhow::Result<()> {
    let Figures {
        rtf,
        prefill_ms,
        talker_ms,
        predictor_ms,
        codec_ms,
        ttfa_ms,
        load_ms,
        bandwidth_gb_s,
        floor_rtf,
        frames_per_second,
        ..
    } = figures;
    outln!("real-time factor  {rtf:8.3}     (floor {floor_rtf:.3} at {bandwidth_gb_s:.1} GB/s)")?;
    outln!("frames a second   {frames_per_second:8.1}     of all streams")?;
    outln!("first sound       {ttfa_ms:8.0} ms  after the request")?;
    outln!(
        "prompt            {prefill_ms:8.0} ms  for {} positions",
        figures.prompt_positions
    )?;
    outln!("talker            {talker_ms:8.1} ms  a frame")?;
    outln!("predictor         {predictor_ms:8.1} ms  a frame")?;
    outln!("codec             {codec_ms:8.1} ms  a frame")?;
    outln!("load              {load_ms:8.0} ms")?;
    if let Some(bytes) = figures.peak_rss_bytes {
        outln!("peak memory       {:8.2} GB", bytes as f64 / 1e9)?;
    }
    Ok(())
}
