//! The selected checkpoint, before it is opened.

use std::path::{Path, PathBuf};

use crate::Qwen3Error;
use crate::config::ModelConfig;

/// The selected checkpoint.
#[derive(Debug)]
pub(super) enum Checkpoint {
    /// It is not on this machine.
    Absent {
        /// Why, and what to do.
        reason: String,
    },
    /// Its folder has no valid configuration.
    Unreadable {
        folder: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Its configuration is valid; its weights are checked when it is opened.
    Present {
        folder: PathBuf,
        config: Box<ModelConfig>,
    },
}

impl Checkpoint {
    /// That of a folder. Only its configuration is read.
    pub(super) fn at(folder: &Path) -> Self {
        let folder = folder.to_owned();
        match ModelConfig::load(&folder) {
            Ok(config) => Self::Present {
                folder,
                config: Box::new(config),
            },
            Err(error) => Self::Unreadable {
                folder,
                reason: error.to_string(),
            },
        }
    }

    /// Its configuration, or why it cannot be used.
    pub(super) fn config(&self) -> Result<&ModelConfig, &str> {
        match self {
            Self::Present { config, .. } => Ok(config),
            Self::Absent { reason } | Self::Unreadable { reason, .. } => Err(reason),
        }
    }

    /// The folder to open. An invalid checkpoint is checked again, since it may have been repaired.
    pub(super) fn folder(&self) -> Result<&Path, Qwen3Error> {
        match self {
            Self::Present { folder, .. } | Self::Unreadable { folder, .. } => Ok(folder),
            Self::Absent { reason } => Err(Qwen3Error::invalid("model", reason.clone())),
        }
    }
}
