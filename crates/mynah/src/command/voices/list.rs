//! `mynah voices list`: the voices that can speak.

use mynah_speech::{DEFAULT_WORKSPACE, Language, LanguageChoice, VoiceKind};
use mynah_voices::{StoredVoice, VoiceQuery};

use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::outln;
use crate::services::Services;

/// Which voices to list.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mynah voices list --language en
  mynah voices list --engine espeak --json")]
pub(crate) struct ListArgs {
    /// Only voices that speak this language (BCP-47: en, en-US, es …, or an English name); where
    /// none has its region, those of its other regions
    #[arg(
        long,
        value_name = "TAG",
        default_value = "auto",
        hide_default_value = true
    )]
    language: LanguageChoice,

    /// Only voices of this engine, and no kept ones
    #[arg(long, value_name = "ENGINE")]
    engine: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: &ListArgs, config: &Config) -> anyhow::Result<()> {
    let services = Services::with_kept_voices(config).await?;
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
    let kept = match (&services.library, engine) {
        (Some(library), None) => {
            let query = VoiceQuery {
                language: args.language.named().cloned(),
                limit: usize::MAX,
                ..VoiceQuery::default()
            };
            library.list(DEFAULT_WORKSPACE, &query).await?.items
        }
        _ => Vec::new(),
    };
    if args.json {
        let kept = kept.iter().map(|voice| {
            serde_json::json!({
                "id": voice.id,
                "name": voice.name,
                "languages": voice.languages,
                "kind": kept_kind(voice),
                "tags": voice.tags,
            })
        });
        let voices = voices.iter().map(serde_json::to_value);
        let all: Vec<_> = kept.map(Ok).chain(voices).collect::<Result<_, _>>()?;
        outln!("{}", serde_json::to_string_pretty(&all)?)?;
        return Ok(());
    }
    if voices.is_empty() && kept.is_empty() {
        return Err(CliError::missing(
            "no voice fits; `mynah doctor` says which engines are missing",
        )
        .into());
    }
    let kept = kept.iter().map(|voice| Line {
        id: voice.id.to_string(),
        kind: kept_kind(voice),
        languages: tags(&voice.languages),
        name: voice.name.as_str(),
    });
    let voices = voices.iter().map(|voice| Line {
        id: voice.id.to_string(),
        kind: kind(voice.kind),
        languages: tags(&voice.languages),
        name: &voice.name,
    });
    let lines: Vec<_> = kept.chain(voices).collect();
    let width = lines.iter().map(|line| line.id.len()).max().unwrap_or(0);
    for Line {
        id,
        kind,
        languages,
        name,
    } in lines
    {
        outln!("{id:width$}  {kind:8}  {languages:12}  {name}")?;
    }
    Ok(())
}

/// A voice as it is printed.
struct Line<'a> {
    id: String,
    kind: &'static str,
    languages: String,
    name: &'a str,
}

fn tags(languages: &[Language]) -> String {
    let tags: Vec<_> = languages.iter().map(Language::as_str).collect();
    tags.join(" ")
}

/// Whether a kept voice can be spoken, in a word.
fn kept_kind(voice: &StoredVoice) -> &'static str {
    match voice.may_speak() {
        true => "kept",
        false => "revoked",
    }
}

/// What a voice is made of, in a word.
const fn kind(kind: VoiceKind) -> &'static str {
    match kind {
        VoiceKind::Preset => "preset",
        VoiceKind::Designed => "designed",
        VoiceKind::Cloned => "cloned",
    }
}
