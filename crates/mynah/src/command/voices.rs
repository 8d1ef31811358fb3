//! `mynah voices`: who can speak.

use mynah_speech::{Language, Voice, VoiceKind};

use crate::config::Config;
use crate::exit::CliError;
use crate::house::House;

/// Which voices to list.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mynah voices --language en
  mynah voices --engine espeak --json")]
pub(crate) struct Args {
    /// Only voices that speak this language (BCP-47: en, en-US, es …)
    #[arg(long, value_name = "TAG")]
    language: Option<Language>,

    /// Only voices of this engine
    #[arg(long, value_name = "ENGINE")]
    engine: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, config: &Config) -> anyhow::Result<()> {
    let house = House::new(config)?;
    if let Some(engine) = &args.engine
        && house.engines.synthesizer(engine).is_none()
    {
        let names: Vec<_> = house
            .engines
            .synthesizers()
            .iter()
            .map(|e| e.info().id.as_str())
            .collect();
        return Err(CliError::bad_input(format!(
            "there is no speaking engine {engine}; there are {}",
            names.join(", ")
        ))
        .into());
    }
    let wanted = |voice: &Voice| {
        args.language
            .as_ref()
            .is_none_or(|language| voice.speaks(language))
            && args
                .engine
                .as_deref()
                .is_none_or(|engine| voice.id.engine() == engine)
    };
    let voices: Vec<_> = house
        .synthesis
        .voices()
        .into_iter()
        .filter(wanted)
        .collect();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&voices)?);
        return Ok(());
    }
    if voices.is_empty() {
        return Err(CliError::missing(
            "no voice fits; `mynah doctor` says which engines are missing",
        )
        .into());
    }
    let width = voices
        .iter()
        .map(|voice| voice.id.to_string().len())
        .max()
        .unwrap_or(0);
    for voice in &voices {
        let languages: Vec<_> = voice.languages.iter().map(Language::as_str).collect();
        println!(
            "{:width$}  {:8}  {:12}  {}",
            voice.id.to_string(),
            kind(voice.kind),
            languages.join(" "),
            voice.name
        );
    }
    Ok(())
}

/// What a voice is made of, in a word.
const fn kind(kind: VoiceKind) -> &'static str {
    match kind {
        VoiceKind::Preset => "preset",
        VoiceKind::Designed => "designed",
        VoiceKind::Cloned => "cloned",
    }
}
