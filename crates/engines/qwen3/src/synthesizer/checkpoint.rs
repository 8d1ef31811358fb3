//! The checkpoint that was chosen, and what is known of it before it is opened.

use std::path::{Path, PathBuf};

use crate::config::ModelConfig;
use crate::{Qwen3Error, Result};

/// A checkpoint that was chosen.
#[derive(Debug)]
pub(super) enum Checkpoint {
    /// It is not on this machine.
    Absent {
        /// Why, and what to do.
        reason: String,
    },
    /// Its folder is no checkpoint's, as far as its configuration tells.
    Unreadable {
        folder: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// It says what it is; whether its weights agree is seen when it is opened.
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

    /// What it says of itself, or why it cannot speak.
    pub(super) fn config(&self) -> std::result::Result<&ModelConfig, &str> {
        match self {
            Self::Present { config, .. } => Ok(config),
            Self::Absent { reason } | Self::Unreadable { reason, .. } => Err(reason),
        }
    }

    /// Where it is opened; what is wrong with it is found anew, for it may have been mended.
    pub(super) fn folder(&self) -> Result<&Path> {
        match self {
            Self::Present { folder, .. } | Self::Unreadable { folder, .. } => Ok(folder),
            Self::Absent { reason } => Err(Qwen3Error::invalid("model", reason.clone())),
        }
    }
}
