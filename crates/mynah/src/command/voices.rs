//! `mynah voices`: the available voices.

use mynah_speech::{Language, LanguageChoice, VoiceKind};

use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::outln;
use crate::services::Services;

/// Which voices to list.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mynah voices --language en
  mynah voices --engine espeak --json")]
pub(crate) struct VoicesArgs {
    /// Only voices that speak this language (BCP-47: en, en-US, es …, or an English name); where
    /// none has its region, those of its other regions
    #[arg(
        long,
        value_name = "TAG",
        default_value = "auto",
        hide_default_value = true
    )]
    language: LanguageChoice,

    /// Only voices of this engine
    #[arg(long, value_name = "ENGINE")]
    engine: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &VoicesArgs, config: &Config) -> anyhow::Result<()> {
    let services = Services::new(config)?;
    if let Some(engine) = &args.engine
        && services.engines.synthesizer(engine).is_none()
    {
        let names: Vec<_> = services
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
    let engine = args.engine.as_deref();
    let mut voices = services.synthesis.voices();
    voices.retain(|voice| engine.is_none_or(|engine| voice.id.engine() == engine));
    if let Some(language) = args.language.named() {
        let in_region = voices.iter().any(|voice| voice.supports_language(language));
        voices.retain(|voice| match in_region {
            true => voice.supports_language(language),
            false => voice
                .languages
                .iter()
                .any(|own| own.is_same_language(language)),
        });
    }
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&voices)?)?;
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
        outln!(
            "{:width$}  {:8}  {:12}  {}",
            voice.id.to_string(),
            kind(voice.kind),
            languages.join(" "),
            voice.name
        )?;
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
