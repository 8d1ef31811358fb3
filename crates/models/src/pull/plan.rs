//! What a pull would fetch.

use crate::catalogue::{Catalogue, Content, Model};
use crate::{ModelError, Store};

/// What a pull would fetch, as far as it can be seen without reading the files.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PullPlan {
    /// The models, in the order in which they were named.
    pub models: Vec<PlannedModel>,
    /// The bytes from the network, roughly: a source may have a smaller form.
    pub download_bytes: u64,
}

/// A model of a plan.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PlannedModel {
    /// Its id.
    pub id: String,
    /// Its licence.
    pub licence: String,
    /// The bytes that it takes once it is installed.
    pub bytes: u64,
    /// Whether it is installed and whole already.
    pub installed: bool,
}

impl Store {
    /// What a pull of these models would fetch.
    ///
    /// # Errors
    /// `Unknown` for an id that the catalogue does not have, `File`.
    pub fn plan(&self, catalogue: &Catalogue, ids: &[&str]) -> Result<PullPlan, ModelError> {
        let mut planned = Vec::new();
        let mut missing = Vec::new();
        for model in models(catalogue, ids)? {
            let found = self.get(&model.id)?;
            let installed = found.is_some_and(|it| it.missing().is_empty());
            if !installed {
                missing.push(model);
            }
            planned.push(PlannedModel {
                id: model.id.clone(),
                licence: model.licence.clone(),
                bytes: model.bytes(),
                installed,
            });
        }
        let files = missing.iter().flat_map(|model| model.files());
        let repositories = missing.iter().map(|model| match model.content {
            Content::Repository { bytes, .. } => bytes,
            Content::Files(_) => 0,
        });
        Ok(PullPlan {
            download_bytes: catalogue.download_bytes(files) + repositories.sum::<u64>(),
            models: planned,
        })
    }
}

/// The models with these ids, each once; `default` stands for those of the default set.
pub(super) fn models<'a>(
    catalogue: &'a Catalogue,
    ids: &[&str],
) -> Result<Vec<&'a Model>, ModelError> {
    let mut models: Vec<&Model> = Vec::new();
    for id in ids {
        let named = match *id {
            "default" => catalogue.defaults().collect(),
            id => vec![catalogue.get(id)?],
        };
        for model in named {
            if models.iter().all(|own| own.id != model.id) {
                models.push(model);
            }
        }
    }
    Ok(models)
}
