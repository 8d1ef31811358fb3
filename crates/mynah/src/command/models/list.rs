//! The models that are installed, and those that can be.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mynah_models::{Catalogue, Installed, InstalledFile, Model, Role};
use serde::Serialize;

use crate::config::Config;
use crate::output::print::outln;

use super::catalogue::store;
use super::checkpoint::{self, Listed};

#[derive(Serialize)]
struct List<'a> {
    /// Those of the catalogue.
    models: Vec<Entry<'a>>,
    /// Those of the hub's cache, by their names there.
    checkpoints: Vec<Listed>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    role: Role,
    state: State,
    default: bool,
    bytes: u64,
    memory: u64,
    languages: &'a [String],
    licence: &'a str,
    improves: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<PathBuf>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<InstalledFile>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Installed,
    /// Files are missing.
    Incomplete,
    Available,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Incomplete => "incomplete",
            Self::Available => "",
        }
    }
}

pub(super) fn run(json: bool, config: &Config) -> anyhow::Result<()> {
    let installed = store(config)?.installed()?.into_iter();
    let mut installed: BTreeMap<String, Installed> =
        installed.map(|model| (model.id.clone(), model)).collect();
    let models = Catalogue::builtin().models().iter();
    let list = List {
        models: models
            .map(|model| entry(model, installed.remove(&model.id)))
            .collect(),
        checkpoints: checkpoint::list()?,
    };
    if json {
        outln!("{}", serde_json::to_string_pretty(&list)?)?;
        return Ok(());
    }
    for model in &list.models {
        outln!(
            "{:<26} {:<10} {:>6.0} MB  {:<10}  {}{}",
            model.id,
            model.state.name(),
            model.bytes as f64 / 1e6,
            model.licence,
            model.improves,
            languages(model.languages)
        )?;
    }
    for model in list.checkpoints {
        let gigabytes = model.bytes as f64 / 1e9;
        let short: String = model.revision.chars().take(8).collect();
        let kind = model.kind.unwrap_or("not whole");
        outln!("{}  {short}  {gigabytes:.2} GB  {kind}", model.model)?;
    }
    Ok(())
}

fn entry(model: &Model, installed: Option<Installed>) -> Entry<'_> {
    let state = match &installed {
        None => State::Available,
        Some(found) if found.missing().is_empty() => State::Installed,
        Some(_) => State::Incomplete,
    };
    Entry {
        id: &model.id,
        role: model.role,
        state,
        default: model.default,
        bytes: installed.as_ref().map_or(model.bytes(), Installed::bytes),
        memory: model.memory,
        languages: &model.languages,
        licence: &model.licence,
        improves: &model.improves,
        folder: installed.as_ref().map(|found| found.folder.clone()),
        files: installed.map(|found| found.files).unwrap_or_default(),
    }
}

/// The languages in brackets; none where they are too many to list.
fn languages(languages: &[String]) -> String {
    if languages.is_empty() || languages.iter().any(|it| it == "*") {
        String::new()
    } else {
        format!(" ({})", languages.join(" "))
    }
}
