//! The models that are in memory: loaded when first needed, and the least recently used
//! one dropped for another.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::MarianError;
use crate::loaded_model::LoadedModel;

/// A model that is loaded once, by the first caller; the others wait for it.
type Slot = Arc<Mutex<Option<Arc<LoadedModel>>>>;

#[derive(Debug)]
pub(crate) struct ModelCache {
    max_models: usize,
    /// Latest used last.
    slots: Mutex<Vec<(PathBuf, Slot)>>,
}

impl ModelCache {
    /// Room for so many models, at least one.
    pub(crate) fn new(max_models: usize) -> Self {
        Self {
            max_models: max_models.max(1),
            slots: Mutex::default(),
        }
    }

    /// The model of a folder. A caller that still uses a dropped one keeps it until it is done.
    pub(crate) fn get(&self, folder: &Path) -> Result<Arc<LoadedModel>, MarianError> {
        let slot = self.slot(folder);
        let mut place = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = &*place {
            return Ok(Arc::clone(loaded));
        }
        let loaded = Arc::new(LoadedModel::read(folder)?);
        *place = Some(Arc::clone(&loaded));
        Ok(loaded)
    }

    /// Whether a model is in memory or being loaded.
    pub(crate) fn holds(&self) -> Vec<PathBuf> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.iter().map(|(folder, _)| folder.clone()).collect()
    }

    fn slot(&self, folder: &Path) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let known = slots.iter().position(|(own, _)| own == folder);
        let slot = known.map_or_else(
            || (folder.to_owned(), Slot::default()),
            |place| slots.remove(place),
        );
        let shared = Arc::clone(&slot.1);
        slots.push(slot);
        if slots.len() > self.max_models {
            slots.remove(0);
        }
        shared
    }
}
