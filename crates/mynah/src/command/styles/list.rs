//! `mynah styles list` and `show`.

use mynah_api::{Style, StyleVariant};
use mynah_speech::{DEFAULT_WORKSPACE as WORKSPACE, StyleKey};
use mynah_voices::{BuiltinStyles, StoredStyle, VoicesError};

use crate::config::Config;
use crate::output::print::outln;
use crate::services::Services;

/// How to list styles.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Language of the names, as BCP-47
    #[arg(long, value_name = "TAG", default_value = "en")]
    language: String,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which style to show.
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The key
    #[arg(value_name = "KEY")]
    key: StyleKey,

    /// Print JSON, as `mynah styles set` reads it
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &ListArgs, config: &Config) -> anyhow::Result<()> {
    let styles: Vec<Style> = stored(config).await?.into_iter().map(Into::into).collect();
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&styles)?)?;
        return Ok(());
    }
    let width = styles
        .iter()
        .map(|style| style.key.len())
        .max()
        .unwrap_or(0);
    for style in &styles {
        let label = style.body.labels.get(&args.language);
        let label = label
            .or_else(|| style.body.labels.get("en"))
            .map_or("", String::as_str);
        let intensities = style.body.variants.iter().filter_map(intensity);
        let intensities: Vec<_> = intensities.collect();
        let line = format!(
            "{:width$}  {:8}  {:18}  {label}",
            style.key,
            style.body.kind.as_str(),
            intensities.join(" ")
        );
        outln!("{}", line.trim_end())?;
    }
    Ok(())
}

pub(super) async fn show(args: &ShowArgs, config: &Config) -> anyhow::Result<()> {
    let stored = stored(config).await?;
    let found = stored.into_iter().find(|own| own.style.key == args.key);
    let style = Style::from(found.ok_or(VoicesError::NoSuchStyle)?);
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&style.body)?)?;
        return Ok(());
    }
    outln!(
        "{}  {}, {}",
        style.key,
        style.body.kind.as_str(),
        style.origin.as_str()
    )?;
    for variant in &style.body.variants {
        let prosody = variant.prosody;
        outln!("{}", intensity(variant).unwrap_or("any intensity"))?;
        outln!("  instruct   {}", variant.instruct)?;
        outln!(
            "  prosody    rate {}, pitch {}, gain {}",
            prosody.rate,
            prosody.pitch,
            prosody.gain
        )?;
        for (language, text) in &variant.texts {
            outln!("  text {language:5} {text}")?;
        }
    }
    Ok(())
}

/// The styles: those of the library, where there is one, else the built-in ones.
async fn stored(config: &Config) -> anyhow::Result<Vec<StoredStyle>> {
    match Services::with_kept_voices(config).await?.library {
        Some(library) => Ok(library.stored_styles(WORKSPACE).await),
        None => Ok(BuiltinStyles.stored()),
    }
}

fn intensity(variant: &StyleVariant) -> Option<&str> {
    variant.intensity.as_deref()
}
