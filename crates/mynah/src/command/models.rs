//! `mynah models`: what is on this machine, and what is fetched to it.

use std::ops::ControlFlow;
use std::path::PathBuf;

use indicatif::ProgressBar;
use mynah_qwen3::config::ModelConfig;
use mynah_qwen3::hub::{self, HubOptions};
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::{Model, Options};
use mynah_qwen3::synthesizer::Qwen3;
use serde::Serialize;

use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::outln;
use crate::output::progress;

/// What to do with models.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A model is the folder of a checkpoint, or its name at the hub: OWNER/NAME, with @REVISION
for one of its revisions. Models are kept in Hugging Face's cache (HF_HUB_CACHE, or hub in
HF_HOME), shared with its tools. HF_ENDPOINT names another hub, HF_TOKEN a token for it, and
HF_HUB_OFFLINE=1 forbids requests.

Examples:
  mynah models pull Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice
  mynah models quantize Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice --precision int4
  mynah models list")]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    command: ModelsCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ModelsCommand {
    /// List the models that were fetched
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Fetch a model; a broken download goes on where it stopped
    Pull {
        /// OWNER/NAME or OWNER/NAME@REVISION
        #[arg(value_name = "MODEL")]
        model: String,
    },
    /// Delete a model that was fetched
    Remove {
        /// OWNER/NAME, all its revisions; or OWNER/NAME@REVISION
        #[arg(value_name = "MODEL")]
        model: String,
    },
    /// Pack a model's weights now, so that its first start is as quick as the next
    Quantize {
        /// Folder, or OWNER/NAME
        #[arg(value_name = "MODEL")]
        model: String,
        /// Format of the weights: bf16, int8 or int4
        #[arg(long, value_name = "FORMAT", default_value = "int8")]
        precision: Precision,
    },
}

pub(crate) fn run(args: ModelsArgs) -> anyhow::Result<()> {
    match args.command {
        ModelsCommand::List { json } => list(json),
        ModelsCommand::Pull { model } => {
            outln!("{}", fetched(&model)?.display())?;
            Ok(())
        }
        ModelsCommand::Remove { model } => remove(&model),
        ModelsCommand::Quantize { model, precision } => quantize(&model, precision),
    }
}

/// The folder of a model, which is fetched where it is not on this machine.
pub(crate) fn fetched(model: &str) -> anyhow::Result<PathBuf> {
    let mut bar: Option<ProgressBar> = None;
    let folder = hub::resolve(model, &options()?, &mut |progress| {
        let bar = bar.get_or_insert_with(progress::of_bytes);
        if let Some(total) = progress.total_bytes {
            bar.set_length(total);
        }
        bar.set_position(progress.bytes);
        bar.set_message(progress.file.clone());
        ControlFlow::Continue(())
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(folder?)
}

/// Takes the model that a command names, which is fetched where it is not on this machine; fails
/// where the engine that it names needs one and none is chosen.
pub(crate) fn select(
    model: Option<String>,
    engine: Option<&str>,
    config: &mut Config,
) -> anyhow::Result<()> {
    if let Some(model) = model {
        let folder = fetched(&model)?;
        // A folder with an odd name is still a folder.
        let folder = folder
            .into_os_string()
            .into_string()
            .map_err(|folder| CliError::bad_input(format!("{} is not UTF-8", folder.display())))?;
        config.engines.qwen3.model = Some(folder);
    }
    if engine == Some("qwen3") && config.engines.qwen3.model.is_none() {
        return Err(CliError::missing(
            "qwen3 needs a model: name one with --model or engines.qwen3.model, a checkpoint's \
             folder or its name at the hub, such as Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice",
        )
        .into());
    }
    Ok(())
}

/// Opens the model that was chosen, where one was; shows what goes on where its weights are packed.
pub(crate) fn open(qwen3: Option<&Qwen3>) -> anyhow::Result<()> {
    let Some(qwen3) = qwen3 else { return Ok(()) };
    let mut bar: Option<ProgressBar> = None;
    let opened = qwen3.open(&mut |name| {
        let bar = bar.get_or_insert_with(|| progress::of_work("packing weights, once:"));
        bar.set_message(name.to_owned());
        bar.tick();
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    opened.map(|_| ()).map_err(anyhow::Error::from)
}

/// The folder of a model, where it is on this machine.
pub(crate) fn present(model: &str) -> anyhow::Result<PathBuf> {
    let options = HubOptions {
        offline: true,
        ..options()?
    };
    Ok(hub::resolve(model, &options, &mut |_| {
        ControlFlow::Continue(())
    })?)
}

fn options() -> anyhow::Result<HubOptions> {
    HubOptions::from_env().ok_or_else(|| {
        CliError::failed("there is no home folder to keep models in; set HOME or HF_HOME").into()
    })
}

#[derive(Serialize)]
struct Listed {
    model: String,
    revision: String,
    bytes: u64,
    /// None where it is not whole.
    kind: Option<&'static str>,
    folder: PathBuf,
}

fn list(json: bool) -> anyhow::Result<()> {
    let options = options()?;
    let listed: Vec<Listed> = hub::list(&options.cache)?
        .into_iter()
        // Other tools keep other kinds of model in the same cache.
        .filter(|model| !model.complete || ModelConfig::load(&model.folder).is_ok())
        .map(|model| Listed {
            // What is not whole can't be used, whatever it says of itself.
            kind: ModelConfig::load(&model.folder)
                .ok()
                .filter(|_| model.complete)
                .map(|config| config.kind.method()),
            model: model.repository,
            revision: model.commit,
            bytes: model.bytes,
            folder: model.folder,
        })
        .collect();
    if json {
        outln!("{}", serde_json::to_string_pretty(&listed)?)?;
        return Ok(());
    }
    if listed.is_empty() {
        outln!("no models were fetched; `mynah models pull OWNER/NAME` fetches one")?;
    }
    for model in listed {
        let gigabytes = model.bytes as f64 / 1e9;
        let short: String = model.revision.chars().take(8).collect();
        let kind = model.kind.unwrap_or("not whole");
        outln!("{}  {short}  {gigabytes:.2} GB  {kind}", model.model)?;
    }
    Ok(())
}

fn remove(model: &str) -> anyhow::Result<()> {
    let freed = hub::remove(&options()?.cache, model)?;
    outln!("{:.2} GB are free again", freed as f64 / 1e9)?;
    Ok(())
}

fn quantize(model: &str, precision: Precision) -> anyhow::Result<()> {
    let folder = fetched(model)?;
    let options = Options {
        precision,
        ..Options::default()
    };
    let bar = progress::of_work("packing");
    let packed = Model::pack(&folder, &options, &mut |name| {
        bar.set_message(name.to_owned());
        bar.tick();
    });
    bar.finish_and_clear();
    outln!("{}", packed?.display())?;
    Ok(())
}
