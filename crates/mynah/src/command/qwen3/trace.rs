//! `mynah qwen3 trace`: one request, with all its numbers.

use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::{Model, Options};
use mynah_qwen3::trace::TraceRequest;

/// What to trace.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
REQUEST.json holds the official call's arguments: method (custom_voice, voice_design,
voice_clone, clone_prompt, codec_decode), text, speaker, language, instruct, and more;
parity/README.md lists them. Tensors have the names of parity/dumps.

Example:
  mynah qwen3 trace --model parity/dumps/tiny-base --request request.json --out trace.safetensors")]
pub(crate) struct Qwen3TraceArgs {
    /// Folder of a checkpoint
    #[arg(long, value_name = "FOLDER")]
    model: PathBuf,

    /// The request
    #[arg(long, value_name = "REQUEST.json")]
    request: PathBuf,

    /// File to write
    #[arg(long, value_name = "OUT.safetensors")]
    out: PathBuf,
}

pub(crate) fn run(args: &Qwen3TraceArgs) -> anyhow::Result<()> {
    let json = std::fs::read(&args.request)
        .with_context(|| format!("{} can't be read", args.request.display()))?;
    let request = TraceRequest::parse(&json)?;
    let options = Options {
        precision: request.precision.unwrap_or(Precision::F32),
        ..Options::default()
    };
    let model = Model::open(&args.model, &options, &mut |_| ())?;
    let folder = args.request.parent().unwrap_or_else(|| Path::new("."));
    request.run(&model, folder)?.save(&args.out)?;
    Ok(())
}
