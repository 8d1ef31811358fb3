//! `mynah translate`: text to text.

use std::time::Instant;

use mynah_speech::Language;

use super::text;
use crate::config::Config;
use crate::output::print::outln;
use crate::services::Services;

/// What to translate.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mynah translate \"The weather is very nice today.\" --from en --to es
  mynah translate letter.txt --from es --to en")]
pub(crate) struct TranslateArgs {
    /// The text; `-` reads it from stdin, the name of an existing file reads that file
    #[arg(value_name = "TEXT|-|FILE", allow_hyphen_values = true)]
    text: String,

    /// Language of the text, as BCP-47 or by its English name
    #[arg(long, value_name = "TAG")]
    from: Language,

    /// Language to translate into, as BCP-47 or by its English name
    #[arg(long, value_name = "TAG")]
    to: Language,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: TranslateArgs, config: Config) -> anyhow::Result<()> {
    let services = Services::new(&config)?;
    let source = text::of_argument(&args.text)?;
    let began = Instant::now();
    let translation = services
        .interpreter
        .translate(&source, &args.from, &args.to)
        .await?;
    if args.json {
        let report = serde_json::json!({
            "from": args.from,
            "to": args.to,
            "text": translation,
            "milliseconds": began.elapsed().as_millis(),
        });
        outln!("{report}")?;
    } else {
        let translation = translation.trim_end();
        // Nothing in, nothing out, not even an empty line.
        if !translation.is_empty() {
            outln!("{translation}")?;
        }
    }
    Ok(())
}
