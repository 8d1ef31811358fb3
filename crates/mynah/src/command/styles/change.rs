//! `mynah styles set` and `remove`.

use std::path::PathBuf;

use mynah_api::StyleBody;
use mynah_speech::{DEFAULT_WORKSPACE as WORKSPACE, StyleKey};
use mynah_voices::{StyleOrigin, VoicesError, style_of};

use crate::command::reference;
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::note;
use crate::services::Services;

/// The largest file of a style, in bytes: more than its bounds allow.
const MAX_FILE_BYTES: usize = 1 << 20;

/// Which style to set.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The file is JSON, as `mynah styles show KEY --json` prints it and as the HTTP API takes it.

Example:
  mynah styles show whispering --json > whispering.json
  mynah styles set murmuring whispering.json")]
pub(crate) struct SetArgs {
    /// Its key: 1 to 64 of a-z, 0-9 and _
    #[arg(value_name = "KEY")]
    key: StyleKey,

    /// File with the style
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Which style to delete.
#[derive(Debug, clap::Args)]
pub(crate) struct RemoveArgs {
    /// The key
    #[arg(value_name = "KEY")]
    key: StyleKey,
}

pub(super) async fn set(args: SetArgs, config: &Config) -> anyhow::Result<()> {
    let bytes = reference::bytes(&args.file, MAX_FILE_BYTES)?;
    let body: StyleBody = serde_json::from_slice(&bytes).map_err(|error| {
        CliError::bad_input(format!("{} is no style: {error}", args.file.display()))
    })?;
    let style = style_of(args.key, body)?;
    let (_, library) = Services::with_library(config).await?;
    let stored = library.put_style(WORKSPACE, &style, None).await?;
    match stored.origin {
        StyleOrigin::Override => note!("{} takes the place of the built-in style.", style.key),
        StyleOrigin::Workspace | StyleOrigin::Builtin => note!("{} is a style.", style.key),
    }
    Ok(())
}

pub(super) async fn remove(args: &RemoveArgs, config: &Config) -> anyhow::Result<()> {
    let library = Services::with_kept_voices(config).await?.library;
    let library = library.ok_or(VoicesError::NoSuchStyle)?;
    library.delete_style(WORKSPACE, &args.key, None).await?;
    note!("{} is deleted.", args.key);
    Ok(())
}
