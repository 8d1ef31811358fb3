//! `mynah translate`: text to text.

use std::time::Instant;

use mynah_speech::text::detect_language;
use mynah_speech::{Language, LanguageChoice};

use super::text;
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::outln;
use crate::services::Services;

/// What to translate.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mynah translate \"The weather is very nice today.\" --to es
  mynah translate letter.txt --from es --to en")]
pub(crate) struct TranslateArgs {
    /// The text; `-` reads it from stdin, the name of an existing file reads that file
    #[arg(value_name = "TEXT|-|FILE", allow_hyphen_values = true)]
    text: String,

    /// Language of the text, as BCP-47 or by its English name; `auto` finds it out from the text
    #[arg(long, value_name = "TAG", default_value = "auto")]
    from: LanguageChoice,

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
    let from = source_language(&args.from, &source)?;
    let began = Instant::now();
    let translation = services
        .interpreter
        .translate(&source, &from, &args.to)
        .await?;
    if args.json {
        let milliseconds = began.elapsed().as_millis();
        let report = serde_json::json!({
            "from": from,
            "to": args.to,
            "via": translation.via,
            "engines": translation.translators,
            "text": translation.text,
            "milliseconds": milliseconds,
        });
        outln!("{report}")?;
    } else {
        let translation = translation.text.trim_end();
        // Nothing in, nothing out, not even an empty line.
        if !translation.is_empty() {
            outln!("{translation}")?;
        }
    }
    Ok(())
}

/// The language that was named, else that of the text.
fn source_language(named: &LanguageChoice, text: &str) -> Result<Language, CliError> {
    match named {
        LanguageChoice::Is(language) => Ok(language.clone()),
        // A text without words has no language, and is its own translation.
        LanguageChoice::Auto if !text.chars().any(char::is_alphabetic) => Ok(Language::english()),
        LanguageChoice::Auto => detect_language(text).ok_or_else(|| {
            CliError::bad_input("the language of the text is not clear; name it with --from")
        }),
    }
}
