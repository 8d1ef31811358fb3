//! Models of the catalogue: fetched, removed, verified.

use std::io::{IsTerminal, stdin};
use std::path::PathBuf;

use anyhow::Context as _;
use mynah_models::{Cancel, Catalogue, PullOptions, PullPlan, Store};
use serde::Serialize;

use crate::config::Config;
use crate::engines::ModelFiles;
use crate::exit::CliError;
use crate::output::print::{note, outln};
use crate::output::progress;

use super::checkpoint::options;

/// The models that are installed.
pub(crate) fn store(config: &Config) -> anyhow::Result<Store> {
    Ok(ModelFiles::new(&config.models)?.store())
}

#[derive(Serialize)]
struct Pulled {
    id: String,
    folder: PathBuf,
    bytes: u64,
}

pub(super) fn pull(ids: &[&str], yes: bool, json: bool, config: &Config) -> anyhow::Result<()> {
    let (store, catalogue) = (store(config)?, Catalogue::builtin());
    let plan = store.plan(catalogue, ids)?;
    if plan.download_bytes > 0 {
        describe(&plan);
        if !yes && stdin().is_terminal() && !confirmed()? {
            return Err(CliError::failed("nothing was fetched").into());
        }
    }
    let pull_options = PullOptions::new(options()?);
    let bar = progress::of_bytes();
    let cancelled = cancelled_by_interrupt()?;
    let installed = store.pull(
        catalogue,
        ids,
        &pull_options,
        &|progress| {
            bar.set_length(progress.total_bytes);
            bar.set_position(progress.bytes);
            bar.set_message(format!("{} {}", progress.model, progress.file));
        },
        &cancelled,
    );
    bar.finish_and_clear();
    let pulled = installed?.into_iter().map(|model| Pulled {
        bytes: model.bytes(),
        id: model.id,
        folder: model.folder,
    });
    if json {
        let pulled: Vec<Pulled> = pulled.collect();
        outln!("{}", serde_json::to_string_pretty(&pulled)?)?;
        return Ok(());
    }
    for model in pulled {
        outln!("{}", model.folder.display())?;
    }
    Ok(())
}

/// Says what will be fetched.
fn describe(plan: &PullPlan) {
    for model in plan.models.iter().filter(|model| !model.installed) {
        let megabytes = model.bytes as f64 / 1e6;
        note!("{:<26} {megabytes:>6.0} MB  {}", model.id, model.licence);
    }
    let megabytes = plan.download_bytes as f64 / 1e6;
    note!("About {megabytes:.0} MB are fetched.");
}

fn confirmed() -> anyhow::Result<bool> {
    note!("Fetch them? [Y/n]");
    let mut line = String::new();
    stdin()
        .read_line(&mut line)
        .context("the answer cannot be read")?;
    Ok(matches!(
        line.trim().to_lowercase().as_str(),
        "" | "y" | "yes"
    ))
}

pub(super) fn remove(id: &str, config: &Config) -> anyhow::Result<u64> {
    Ok(store(config)?.remove(id, &options()?, &cancelled_by_interrupt()?)?)
}

#[derive(Serialize)]
struct Verified {
    id: String,
    files: usize,
    damaged: Vec<mynah_models::Damage>,
}

pub(super) fn verify(ids: &[String], json: bool, config: &Config) -> anyhow::Result<()> {
    let store = store(config)?;
    let ids = if ids.is_empty() {
        let installed = store.installed()?.into_iter();
        installed.map(|model| model.id).collect()
    } else {
        ids.to_vec()
    };
    let cancelled = cancelled_by_interrupt()?;
    let mut all = Vec::new();
    for id in ids {
        let damaged = store.verify(&id, &cancelled)?;
        let files = store.get(&id)?.map_or(0, |model| model.files.len());
        all.push(Verified { id, files, damaged });
    }
    if json {
        outln!("{}", serde_json::to_string_pretty(&all)?)?;
    } else {
        for model in &all {
            if model.damaged.is_empty() {
                outln!("{}: {} files, all as installed", model.id, model.files)?;
            }
            for damage in &model.damaged {
                outln!("{}: {}: {}", model.id, damage.file, damage.reason)?;
            }
        }
    }
    let damaged: Vec<&str> = all
        .iter()
        .filter(|model| !model.damaged.is_empty())
        .map(|model| model.id.as_str())
        .collect();
    if damaged.is_empty() {
        return Ok(());
    }
    let ids = damaged.join(" ");
    Err(CliError::failed(format!(
        "files are damaged; `mynah models pull {ids}` fetches them again"
    ))
    .into())
}

/// Is cancelled by the first interrupt; a second one ends the program.
fn cancelled_by_interrupt() -> anyhow::Result<Cancel> {
    let cancel = Cancel::new();
    let own = cancel.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime could not start")?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                own.cancel();
                if tokio::signal::ctrl_c().await.is_ok() {
                    std::process::exit(130);
                }
            }
        });
    });
    Ok(cancel)
}
