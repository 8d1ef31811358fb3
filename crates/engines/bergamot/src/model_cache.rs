//! The models in memory: each loaded when it is first needed, then kept.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::ModelError;
use crate::model::LoadedModel;
use crate::model_files::ModelFiles;

/// A model that is loaded once, by the first caller; the others wait for it.
type Slot = Arc<Mutex<Option<Arc<LoadedModel>>>>;

/// The models by their folders.
#[derive(Default)]
pub(crate) struct ModelCache(Mutex<HashMap<PathBuf, Slot>>);

impl ModelCache {
    pub(crate) fn get(&self, files: &ModelFiles) -> Result<Arc<LoadedModel>, ModelError> {
        let slot = {
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(files.folder.clone()).or_default())
        };
        let mut place = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = &*place {
            return Ok(Arc::clone(model));
        }
        let model = Arc::new(LoadedModel::load(files)?);
        *place = Some(Arc::clone(&model));
        Ok(model)
    }
}
