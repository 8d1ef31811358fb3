//! Where settings, data and caches lie: the XDG base directories, in a folder of our own.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;

use crate::exit::CliError;

const FOLDER: &str = "mynah";

/// `$XDG_CONFIG_HOME/mynah/config.toml`.
pub(crate) fn config_file() -> Result<PathBuf, CliError> {
    Ok(xdg()?.config_dir().join(FOLDER).join("config.toml"))
}

/// `$XDG_DATA_HOME/mynah`: what must not be lost, such as the keys.
fn data_dir() -> Result<PathBuf, CliError> {
    Ok(xdg()?.data_dir().join(FOLDER))
}

fn xdg() -> Result<Xdg, CliError> {
    Xdg::new().map_err(|_| CliError::bad_input("no home folder: set HOME"))
}

/// Where the hashes of the keys lie.
pub(crate) fn keys_file() -> Result<PathBuf, CliError> {
    Ok(data_dir()?.join("keys.json"))
}

/// Where the database of kept voices is.
pub(crate) fn database_file() -> Result<PathBuf, CliError> {
    Ok(data_dir()?.join("mynah.db"))
}

/// Where the recordings of kept voices are.
pub(crate) fn blobs_folder() -> Result<PathBuf, CliError> {
    Ok(data_dir()?.join("blobs"))
}

/// Where cloned voices of one checkpoint are.
pub(crate) fn voices_folder() -> Result<PathBuf, CliError> {
    Ok(data_dir()?.join("voices"))
}
