//! Kept voices: shown, changed, deleted, restored; their consents and what happened to them.

use mynah_speech::{Consent, DEFAULT_WORKSPACE as WORKSPACE, Language, VoiceIndex as _};
use mynah_voices::{Library, PromptId, StoredVoice, VoiceChange, VoiceKey, VoiceName, VoicesError};

use super::print::{print, print_audit};
use crate::command::reference;
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::note;
use crate::services::Services;

/// Which voice.
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The name or the id
    #[arg(value_name = "VOICE")]
    voice: String,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What to change.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  mynah voices edit Ana --name \"Ana, calm\" --tag book --speed 0.95")]
pub(crate) struct EditArgs {
    /// The name or the id
    #[arg(value_name = "VOICE")]
    voice: String,

    /// Its new name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// How it sounds, in words
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// A word to find it by, in place of the earlier ones; may be given several times
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,

    /// A language that it speaks, in place of the earlier ones; may be given several times
    #[arg(long = "language", value_name = "TAG")]
    languages: Vec<Language>,

    /// Its speed where a request names none, 0.25 to 4
    #[arg(long, value_name = "FACTOR")]
    speed: Option<f64>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which voice to delete.
#[derive(Debug, clap::Args)]
pub(crate) struct RemoveArgs {
    /// The name or the id; the id of one of its recordings (prm_…) deletes that alone, for good
    #[arg(value_name = "VOICE")]
    voice: String,

    /// Erase its recordings and its consents as well, now and for good
    #[arg(long)]
    erase: bool,
}

/// Which voice to restore.
#[derive(Debug, clap::Args)]
pub(crate) struct RestoreArgs {
    /// The id, as `mynah voices remove` printed it
    #[arg(value_name = "ID")]
    voice: VoiceKey,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The consent of a voice.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
From two seconds after its consent was revoked no server begins another part of a text with the
voice. It stays in the library, and another consent makes it speak again.

Examples:
  mynah voices consent Ana --revoke
  mynah voices consent Ana --consent-speaker \"Ana Lima\" --consent-statement \"I agree.\"")]
pub(crate) struct ConsentArgs {
    /// The name or the id
    #[arg(value_name = "VOICE")]
    voice: String,

    /// Revoke it
    #[arg(long, conflicts_with_all = ["consent_speaker", "consent_statement", "consent_basis"])]
    revoke: bool,

    /// Who speaks in the recording
    #[arg(long, value_name = "NAME", required_unless_present = "revoke")]
    consent_speaker: Option<String>,

    /// What they agreed to, in their own words
    #[arg(long, value_name = "TEXT", required_unless_present = "revoke")]
    consent_statement: Option<String>,

    /// Why the recording may be used
    #[arg(long, value_name = "BASIS", default_value = "permission")]
    consent_basis: reference::Basis,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn show(args: ShowArgs, config: &Config) -> anyhow::Result<()> {
    let library = existing(config).await?;
    print(&find(&library, &args.voice).await?, args.json)
}

pub(super) async fn edit(args: EditArgs, config: &Config) -> anyhow::Result<()> {
    let library = existing(config).await?;
    let voice = find(&library, &args.voice).await?;
    let change = VoiceChange {
        name: args.name.as_deref().map(new_name).transpose()?,
        description: args.description,
        languages: (!args.languages.is_empty()).then_some(args.languages),
        tags: (!args.tags.is_empty()).then_some(args.tags),
        speed: args.speed,
        public: None,
    };
    let changed = library.change(WORKSPACE, &voice.id, change, Some(voice.version));
    print(&changed.await?, args.json)
}

pub(super) async fn remove(args: RemoveArgs, config: &Config) -> anyhow::Result<()> {
    let library = existing(config).await?;
    if let Ok(prompt) = args.voice.parse::<PromptId>() {
        library.delete_prompt(WORKSPACE, &prompt, None).await?;
        note!("{prompt} is deleted.");
        return Ok(());
    }
    let voice = find(&library, &args.voice).await?;
    if args.erase {
        library.erase(WORKSPACE, &voice.id, None).await?;
        note!("{} is erased.", voice.name);
        return Ok(());
    }
    library.delete(WORKSPACE, &voice.id, None).await?;
    note!(
        "{} is deleted. Within 24 hours: mynah voices restore {}",
        voice.name,
        voice.id
    );
    Ok(())
}

pub(super) async fn restore(args: RestoreArgs, config: &Config) -> anyhow::Result<()> {
    let library = existing(config).await?;
    let restored = library.restore(WORKSPACE, &args.voice, None).await;
    print(&restored?, args.json)
}

pub(super) async fn consent(args: ConsentArgs, config: &Config) -> anyhow::Result<()> {
    let library = existing(config).await?;
    let voice = find(&library, &args.voice).await?;
    let stored = match (args.consent_speaker, args.consent_statement) {
        (Some(speaker), Some(statement)) => {
            let consent = Consent::now(&speaker, &statement);
            let consent = Consent {
                basis: args.consent_basis.into(),
                ..consent.map_err(VoicesError::from)?
            };
            library
                .give_consent(WORKSPACE, &voice.id, consent, None)
                .await?
        }
        _ => library.revoke_consent(WORKSPACE, &voice.id, None).await?,
    };
    print(&stored, args.json)
}

pub(super) async fn audit(args: ShowArgs, config: &Config) -> anyhow::Result<()> {
    let library = existing(config).await?;
    let voice = find(&library, &args.voice).await?;
    let entries = library.audit(WORKSPACE, &voice.id).await?;
    print_audit(entries, args.json)
}

/// The library, where there is one: only what keeps something creates it.
pub(in crate::command) async fn existing(config: &Config) -> anyhow::Result<Library> {
    let services = Services::with_kept_voices(config).await?;
    services.library.ok_or_else(|| {
        CliError::bad_input(
            "no voice is kept here; `mynah voices clone` keeps one, and `mynah say --keep` speech",
        )
        .into()
    })
}

/// The voice of a name, or of an id, deleted or not.
pub(in crate::command) async fn find(library: &Library, name: &str) -> anyhow::Result<StoredVoice> {
    let id = match library.find(WORKSPACE, name) {
        Some(voice) => voice.id.parse(),
        None => name.parse(),
    };
    let id: VoiceKey = id.map_err(|_| {
        let message = format!("no voice is kept as {name:?}; `mynah voices` lists them");
        CliError::bad_input(message)
    })?;
    Ok(library.get_any(WORKSPACE, &id).await?)
}

fn new_name(text: &str) -> Result<VoiceName, VoicesError> {
    Ok(VoiceName::new(text)?)
}
