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
    /// Its folder or file has no valid configuration.
    Unreadable {
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Its configuration is valid; its weights are checked when it is opened.
    Present {
        path: PathBuf,
        config: Box<ModelConfig>,
    },
}

impl Checkpoint {
    /// That of a folder or a GGUF file. Only its configuration is read.
    pub(super) fn at(path: &Path) -> Self {
        let path = path.to_owned();
        match ModelConfig::load(&path) {
            Ok(config) => Self::Present {
                path,
                config: Box::new(config),
            },
            Err(error) => Self::Unreadable {
                path,
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

    /// The path to open. An invalid checkpoint is checked again, since it may have been repaired.
    pub(super) fn path(&self) -> Result<&Path, Qwen3Error> {
        match self {
            Self::Present { path, .. } | Self::Unreadable { path, .. } => Ok(path),
            Self::Absent { reason } => Err(Qwen3Error::invalid("model", reason.clone())),
        }
    }
}
