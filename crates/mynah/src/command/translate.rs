//! `mynah translate`: text to text.

use std::time::Instant;

use mynah_speech::Language;

use super::say;
use crate::config::Config;
use crate::house::House;

/// What to translate.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mynah translate \"The weather is very nice today.\" --from en --to es
  mynah translate letter.txt --from es --to en")]
pub(crate) struct Args {
    /// The text; `-` reads it from stdin, the name of an existing file reads that file
    #[arg(value_name = "TEXT|-|FILE", allow_hyphen_values = true)]
    text: String,

    /// Language of the text, as BCP-47
    #[arg(long, value_name = "TAG")]
    from: Language,

    /// Language to translate into, as BCP-47
    #[arg(long, value_name = "TAG")]
    to: Language,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args, config: Config) -> anyhow::Result<()> {
    let house = House::new(&config)?;
    let text = say::text(&args.text)?;
    let began = Instant::now();
    let translation = house
        .interpreter
        .translate(&text, &args.from, &args.to)
        .await?;
    if args.json {
        let report = serde_json::json!({
            "from": args.from,
            "to": args.to,
            "text": translation,
            "milliseconds": began.elapsed().as_millis(),
        });
        println!("{report}");
    } else {
        println!("{}", translation.trim_end());
    }
    Ok(())
}
