//! Checkpoints of Qwen3-TTS by their names at a hub: fetched, listed, opened, quantized.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use mynah_models::Catalogue;
use mynah_models::hub::{self, CachedModel, HubOptions, Selection};
use mynah_qwen3::config::{CHECKPOINT_FILES, ModelConfig};
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::{Model, Options};
use mynah_qwen3::synthesizer::Qwen3;
use serde::Serialize;

use crate::config::Config;
use crate::engines::ModelFiles;
use crate::exit::CliError;
use crate::output::print::outln;
use crate::output::progress;

/// The checkpoint of Qwen3-TTS at a hub.
fn selection() -> Selection {
    Selection::checkpoint(&CHECKPOINT_FILES)
}

/// The folder or the GGUF file of a model, which is fetched where it is not on this machine.
pub(crate) fn fetched(model: &str) -> anyhow::Result<PathBuf> {
    let mut bar: Option<ProgressBar> = None;
    let folder = hub::resolve(model, &selection(), &options()?, &mut |progress| {
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
    if engine == Some("qwen3")
        && config.engines.qwen3.model.is_none()
        && installed_checkpoints(&ModelFiles::new(&config.models)?)?.is_empty()
    {
        return Err(CliError::missing(
            "qwen3 needs a model: fetch one (mynah models pull), or name one with --model or engines.qwen3.model, a checkpoint's \
             folder or GGUF file, or its name at the hub, such as Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice",
        )
        .into());
    }
    Ok(())
}

/// Opens the model that was named, where one was; shows the progress where its weights are packed.
/// Models that are merely installed are opened by the first request that needs them.
pub(crate) fn open(qwen3: Option<&Qwen3>, config: &Config) -> anyhow::Result<()> {
    let Some(qwen3) = qwen3.filter(|_| config.engines.qwen3.model.is_some()) else {
        return Ok(());
    };
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

/// The folder or the GGUF file of a model, where it is on this machine.
pub(crate) fn present(model: &str) -> anyhow::Result<PathBuf> {
    let options = HubOptions {
        offline: true,
        ..options()?
    };
    Ok(hub::resolve(model, &selection(), &options, &mut |_| {
        ControlFlow::Continue(())
    })?)
}

/// The folders and GGUF files of the checkpoints that are installed: those of the catalogue, and
/// those in the cache of the hub.
///
/// # Errors
/// Where a folder is there and cannot be read.
pub(crate) fn installed_checkpoints(files: &ModelFiles) -> anyhow::Result<Vec<PathBuf>> {
    let catalogue = files.store().installed()?.into_iter();
    let mut folders: Vec<PathBuf> = catalogue
        .filter(|model| model.missing().is_empty() && ModelConfig::load(&model.folder).is_ok())
        .map(|model| model.folder)
        .collect();
    let cached = list()?.into_iter();
    folders.extend(cached.filter(|it| it.kind.is_some()).map(|it| it.folder));
    Ok(folders)
}

pub(crate) fn options() -> anyhow::Result<HubOptions> {
    HubOptions::from_env().ok_or_else(|| {
        CliError::failed("there is no home folder to keep models in; set HOME or HF_HOME").into()
    })
}

/// A checkpoint in the cache of the hub.
#[derive(Serialize)]
pub(super) struct Listed {
    /// `owner/name`; of a GGUF file `owner/name:file`.
    pub(super) model: String,
    pub(super) revision: String,
    pub(super) bytes: u64,
    /// None where it is not whole.
    pub(super) kind: Option<&'static str>,
    /// Its folder; of a GGUF file its path.
    pub(super) folder: PathBuf,
}

/// The checkpoints in the cache of the hub. Other tools keep other models there, which are left
/// out.
pub(super) fn list() -> anyhow::Result<Vec<Listed>> {
    let of_catalogue = Catalogue::builtin().repositories();
    let mut listed = Vec::new();
    for model in hub::list(&options()?.cache, &selection())? {
        if of_catalogue.contains(&model.repository) {
            continue;
        }
        let files = gguf_files(&model.folder, 0);
        if !model.complete && !files.is_empty() {
            listed.extend(files.into_iter().filter_map(|file| talker(&model, file)));
            continue;
        }
        let config = ModelConfig::load(&model.folder).ok();
        if model.complete && config.is_none() {
            continue;
        }
        listed.push(Listed {
            kind: config
                .filter(|_| model.complete)
                .map(|config| config.kind.method()),
            model: model.repository,
            revision: model.commit,
            bytes: model.bytes,
            folder: model.folder,
        });
    }
    Ok(listed)
}

/// Folders within folders of a snapshot that are searched.
const MAX_DEPTH: usize = 8;

/// The GGUF files of a snapshot and of its folders, in order.
fn gguf_files(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = entries
        .map(|entry| entry.path())
        .partition(|path| path.is_dir());
    let is_gguf = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "gguf");
    let mut files: Vec<PathBuf> = files.into_iter().filter(is_gguf).collect();
    if depth < MAX_DEPTH {
        files.extend(
            folders
                .iter()
                .flat_map(|folder| gguf_files(folder, depth + 1)),
        );
    }
    files.sort_unstable();
    files
}

/// A GGUF file of a snapshot as a checkpoint; None where it is no talker with its codec.
fn talker(model: &CachedModel, file: PathBuf) -> Option<Listed> {
    let config = ModelConfig::load(&file).ok()?;
    let name = file.strip_prefix(&model.folder).ok()?.to_str()?;
    Some(Listed {
        model: format!("{}:{name}", model.repository),
        revision: model.commit.clone(),
        bytes: file.metadata().ok()?.len(),
        kind: Some(config.kind.method()),
        folder: file,
    })
}

pub(super) fn remove(model: &str) -> anyhow::Result<u64> {
    Ok(hub::remove(&options()?.cache, model)?)
}

pub(super) fn quantize(model: &str, precision: Precision) -> anyhow::Result<()> {
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
