//! How often two files of one checkpoint choose the same code, each with the codes of the first
//! before it: `choices A B [PRECISION [FRAMES [PRECISION OF B]]]`.

#[path = "../tests/common/teacher_forced.rs"]
mod teacher_forced;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use mynah_qwen3::Qwen3Error;
use mynah_qwen3::config::{ModelConfig, ModelKind};
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::{Model, Options};
use mynah_qwen3::request::{ClonePrompt, Method, Request, SamplingOverrides};
use teacher_forced::{choices, sampled_codes};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next().ok_or("which checkpoints?")?;
    let second = arguments.next().ok_or("which second one?")?;
    let precision: Precision = match arguments.next() {
        Some(precision) => precision.parse()?,
        None => Precision::Int8,
    };
    let frames = arguments.next().map_or(Ok(24), |it| it.parse())?;
    let second_precision = match arguments.next() {
        Some(precision) => precision.parse()?,
        None => precision,
    };
    let expected = open(&first, precision)?;
    let request = request(expected.config(), frames);
    let codes = sampled_codes(&expected, &request, frames);
    let wanted = choices(&expected, &request, &codes);
    drop(expected);
    let got = choices(&open(&second, second_precision)?, &request, &codes);
    let same = got.iter().zip(&wanted).filter(|(a, b)| a == b).count();
    let share = 100.0 * same as f64 / wanted.len() as f64;
    println!(
        "{precision}: {share:.2} % of {} choices are the same",
        wanted.len()
    );
    Ok(())
}

/// Opens a checkpoint twice: packed anew where need be, and packed before.
fn open(path: &str, precision: Precision) -> Result<Model, Qwen3Error> {
    let options = Options {
        precision,
        ..Options::default()
    };
    let mut matrices = 0;
    let start = Instant::now();
    drop(Model::open(Path::new(path), &options, &mut |_| {
        matrices += 1;
    })?);
    let packed = start.elapsed();
    let start = Instant::now();
    let model = Model::open(Path::new(path), &options, &mut |_| ())?;
    println!(
        "{path}: {packed:.2?} with {matrices} matrices packed, then {:.2?}",
        start.elapsed()
    );
    Ok(model)
}

/// Sampled speech of a fixed length.
fn request(config: &ModelConfig, frames: usize) -> Request {
    let method = match config.kind {
        ModelKind::CustomVoice => Method::CustomVoice {
            speaker: config.talker_config.speakers().next().map(str::to_owned),
            instruct: None,
        },
        ModelKind::VoiceDesign => Method::VoiceDesign {
            instruct: "A calm voice.".into(),
        },
        ModelKind::Base => Method::Clone(Arc::new(ClonePrompt {
            embedding: vec![0.1; config.talker_config.hidden_size],
            reference: None,
        })),
    };
    Request {
        sampling: SamplingOverrides {
            seed: Some(5),
            min_frames: Some(frames),
            max_frames: Some(frames),
            ..SamplingOverrides::default()
        },
        ..Request::new("Hello, world. This is a test of two files.", method)
    }
}
