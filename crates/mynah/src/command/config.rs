//! `mynah config`: the settings in effect.

use std::path::Path;

use anyhow::Context;

use crate::config::{self, Config};
use crate::output::print::{out, outln};
use crate::paths;

/// What to print of the settings.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Settings come from a file, over it from the environment (MYNAH_SERVER__LISTEN=…),
over that from flags. Without options this prints what is in effect, as a file
that `--config` would read.")]
pub(crate) struct ConfigArgs {
    /// Print where the settings file is looked for
    #[arg(long, conflicts_with_all = ["reference", "json"])]
    path: bool,

    /// Print every setting with its default and meaning, as Markdown
    #[arg(long, conflicts_with = "json")]
    reference: bool,

    /// Print JSON instead of TOML
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &ConfigArgs, named: Option<&Path>) -> anyhow::Result<()> {
    if args.path {
        let file = named.map_or_else(paths::config_file, |file| Ok(file.to_owned()))?;
        outln!("{}", file.display())?;
    } else if args.reference {
        out!("{}", config::markdown())?;
    } else {
        let config = Config::load(named)?;
        let text = if args.json {
            serde_json::to_string_pretty(&config)
                .context("the settings can't be written as JSON")?
        } else {
            toml::to_string_pretty(&config).context("the settings can't be written as TOML")?
        };
        outln!("{}", text.trim_end())?;
    }
    Ok(())
}
